#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 240
#
# The manual pages against the code: each function of the public header has
# one page; every program in them compiles without a warning and does on a
# capture what the page says; the command lines of the tools' pages, of
# divert-pipe(5) and divert-json(5) that begin with `$' run, and so do the rules
# of divertnat.conf(5).  Lines that need a live port: live/divertnat_manual.sh.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"

# Filters run as an unprivileged user when this is root, and the folders of a
# test are closed to others.
if [ "$(id -u)" = 0 ]; then
	rm -rf "$T"
	T=$(mktemp -d /tmp/test.XXXXXX) || exit 1
	chmod 755 "$T"
fi

MAN=$TOP/share/man
DAY=$TOP/regress/data/day.pcapng
DIVERTCAT=$TOP/bin/divertcat/divertcat
export PYTHONDONTWRITEBYTECODE=1
# This would hide a flush that is missing.
unset PYTHONUNBUFFERED

# Pages and header

sed -n '/^[a-z].*divert_[a-z0-9_]*(/s/.*\(divert_[a-z0-9_]*\)(.*/\1/p' \
    "$TOP/lib/libdivertutil/divertutil.h" | sort >"$T/header"
for page in "$MAN"/divert_*.3; do
	awk '/^\.Nd/ { exit } $1 == ".Nm" { print $2 }' "$page"
done | sort >"$T/pages"
ok "the header was read" test "$(wc -l <"$T/header")" -gt 40
empty "every function of the header has one page, and no other" \
    "$(diff "$T/header" "$T/pages")"
empty "every function is named in divertutil(3)" "$(
	while read -r name; do
		grep -q "^\.Fn $name\b" "$MAN/divertutil.3" || echo "$name"
	done <"$T/header")"
empty "every function has its prototype in its page" "$(
	while read -r name; do
		cat "$MAN"/divert_*.3 | sed -n '/^\.Sh SYN/,/^\.Sh DESC/p' |
		    grep -q "^\.F[no] $name\b" || echo "$name"
	done <"$T/header")"

# Programs: each literal display that begins with an #include

value() {
	sed -n "s/^$1=[[:space:]]*//p" "$TOP/config.mk"
}

for page in "$MAN"/*.[1-9]; do
	awk -v base="$T/$(basename "$page" .3)" '
	/^\.Bd -literal/ { inside = 1; first = 1; next }
	/^\.Ed/ { inside = 0; out = ""; next }
	inside && first { first = 0
		if (/^#include/)
			out = base "_" ++n ".c" }
	inside && out { gsub(/\\e/, "\\"); gsub(/\\&/, ""); print > out }
	' "$page"
done

programs=0
for source in "$T"/*.c; do
	program=$(basename "$source" .c)
	programs=$((programs + 1))
	lines=$(wc -l <"$source")
	# shellcheck disable=SC2046
	if $(value CC) -std=gnu11 -Wall -Wextra -Werror $(value CFLAGS) \
	    $(value BASE_LDFLAGS) -I"$TOP/lib/libdivertutil" \
	    -o "$T/$program" "$source" \
	    "$TOP/lib/libdivertutil/libdivertutil.a" $(value LIB_LIBS) \
	    >"$T/out" 2>&1; then
		pass "$program compiles ($lines lines)"
	else
		fail "$program compiles"
		sed 's/^/# /' "$T/out"
	fi
done
is "programs in the pages" "$programs" 8

# What they do on day.pcapng: 19 packets, 11 of UDP, 2 of them to port 53

run() {
	program=$1
	shift
	"$T/$program" "$@" 2>"$T/err"
}

is "divertutil: counts" \
    "$(run divertutil_1 "file:$DAY")" "19 packets, 1036 bytes"
is "divert_port_open: drops every tenth" \
    "$(run divert_port_open_1 "file:$DAY")" "18 passed, 1 dropped"
is "divert_packet_parse: one line per packet" \
    "$(run divert_packet_parse_1 "file:$DAY" | wc -l | tr -d ' ')" 19
is "divert_packet_parse: ports" \
    "$(run divert_packet_parse_1 "file:$DAY" | cut -f 1 | sort -n | uniq -c |
    awk '{ printf "%s%sx%s", (NR > 1 ? " " : ""), $2, $1 }')" \
    "23x1 53x2 77x4 80x1 443x1 7777x9 40003x1"
is "divert_cksum_add: no wrong sums" \
    "$(run divert_cksum_add_1 "file:$DAY")" "0 bad"
# One bit of the first packet's payload.
cp "$DAY" "$T/bad.pcapng"
at=$(grep -abo alpha "$DAY" | sed -n '1s/:.*//p')
printf A | dd of="$T/bad.pcapng" bs=1 seek="$at" conv=notrunc 2>/dev/null
is "divert_cksum_add: one wrong sum" \
    "$(run divert_cksum_add_1 "file:$T/bad.pcapng")" "1 bad"
is "divert_cksum_add: RFC 1071's example" "$(run divert_cksum_add_2)" 220d
is "divert_filter_compile: selects" \
    "$(run divert_filter_compile_1 "file:$DAY" 'udp port 53' | wc -l |
    tr -d ' ')" 2
is "divert_filter_compile: an interface exactly" \
    "$(run divert_filter_compile_1 "file:$DAY" 'on em1' | wc -l | tr -d ' ')" 0
is "divert_filter_compile: inbound" \
    "$(run divert_filter_compile_1 "file:$DAY" inbound | wc -l | tr -d ' ')" 16
run divert_encoder_new_1 <"$DAY" >"$T/copy.pcapng"
is "divert_encoder_new: lengths" \
    "$(awk '{ n += $1 } END { print NR, n }' "$T/err")" "19 1036"
if command -v tcpdump >/dev/null; then
	is "divert_encoder_new: what came out" \
	    "$(tcpdump -xnttr "$T/copy.pcapng" 2>/dev/null)" \
	    "$(tcpdump -xnttr "$DAY" 2>/dev/null)"
	run divert_edit_address_1 "file:$DAY" >"$T/edited.pcapng"
	is "divert_edit_address: ports" \
	    "$(tcpdump -nr "$T/edited.pcapng" 'udp dst port 5353' 2>/dev/null |
	    wc -l | tr -d ' ')" 2
	is "divert_edit_address: the sums are right" \
	    "$(run divert_cksum_add_1 "file:$T/edited.pcapng")" "0 bad"
else
	skip "what came out" "no tcpdump"
fi

# Options: those TOOL -h lists are those TOOL(8) explains

for tool in divertcat divertinject divertlog divertnat; do
	[ -x "$TOP/bin/$tool/$tool" ] || { skip "$tool -h" "not built"; continue; }
	"$TOP/bin/$tool/$tool" -h |
	    sed -n 's/^  \(-[A-Za-z], \)\{0,1\} *\(--[a-z-]*\).*/\1\2/p' |
	    sed 's/, / /' | sort >"$T/has"
	sed -n '/^\.Sh DESC/,/^\.Ss/p' "$MAN/$tool.8" |
	    sed -n 's/^\.It Fl \(.*\)/ , \1/p' | awk '{
		line = ""
		for (i = 1; i <= NF; i++)
			if ($i ~ /^-[a-z]/)
				line = line " -" $i
			else if ($i ~ /^[A-Za-z]$/ && $(i - 1) ~ /^(,|Fl)$/)
				line = line " -" $i
		if (line ~ /--/)
			print substr(line, 2) }' | sort >"$T/told"
	ok "$tool: options were read" test "$(wc -l <"$T/has")" -gt 20
	empty "$tool(8) explains every option, and no other" \
	    "$(diff "$T/has" "$T/told")"
done

# Command lines

[ -x "$DIVERTCAT" ] || { skip "command lines" "no divertcat"; plan; }
PATH=$(dirname "$DIVERTCAT"):$TOP/bin/divertinject:$TOP/bin/divertlog:$PATH
PATH=$TOP/bin/divertnat:$PATH
export PATH
# tshark looks for its settings at home.
HOME=$T
export HOME
mkdir "$T/try"
cd "$T/try" || exit 1
cp "$TOP"/share/examples/*.py "$TOP"/share/examples/*.sh \
    "$TOP"/share/examples/*.jq "$TOP/regress/data/layers.pcap" .
cp "$DAY" day.pcapng

for page in divertcat.8 divertinject.8 divertlog.8 divertnat.8 divert-pipe.5 \
    divert-json.5; do
	sed -n -e 's/\\e/\\/g' -e 's/^\.Dl //' -e 's/^\$ //p' "$MAN/$page" \
	    >"$T/lines"
	ok "$page has command lines" test -s "$T/lines"
	while read -r line; do
		missing=
		for tool in tcpdump tshark jq python3; do
			case " $line" in
			*"| $tool"*|*"-- $tool"*|*.py*)
				case "$line" in
				*"$tool"*|*.py*)
					command -v $tool >/dev/null ||
					    missing=$tool ;;
				esac ;;
			esac
		done
		if [ -n "$missing" ]; then
			skip "$line" "no $missing"
			continue
		fi
		rm -f out.pcapng
		# One line reads what another has written.
		case $line in
		*'-o log.json'*)	rm -f log.json ;;
		esac
		if sh -c "$line" >"$T/out" 2>"$T/err" </dev/null && { [ -s "$T/out" ] ||
		    [ -s out.pcapng ] || [ -s log.json ]; }; then
			pass "$line"
		else
			fail "$line"
			sed 's/^/# /' "$T/err"
		fi
	done <"$T/lines"
done

# The rules of divertnat.conf(5): each display of its examples is a file, and
# what is understood is as many rules as there are, or more.

awk -v base="$T/conf" '
/^\.Sh/ { examples = /EXAMPLES/ }
/^\.Bd -literal/ && examples { inside = 1; out = base "_" ++n; next }
/^\.Ed/ { inside = 0 }
inside { gsub(/\\e/, "\\"); print > out }
' "$MAN/divertnat.conf.5"
is "examples in divertnat.conf(5)" "$(find "$T" -name 'conf_*' | wc -l |
    tr -d ' ')" "$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIFF/p' \
    "$MAN/divertnat.conf.5" | grep -c '^\.Ed')"
for conf in "$T"/conf_*; do
	first=$(grep -m 1 -E '^(match|pass)' "$conf" | sed 's, *\\$,,')
	divertnat -n -v -f "$conf" >"$T/understood" 2>"$T/err"
	is "divertnat.conf(5): $first: status" "$? $(cat "$T/err")" "0 "
	ok "divertnat.conf(5): $first: rules" test \
	    "$(grep -c -E '^(match|pass) ' "$T/understood")" -ge \
	    "$(grep -c -E '^(match|pass) ' "$conf")"
done

# The Python filter of divert-pipe(5)

if command -v python3 >/dev/null; then
	sed -n '/^import pcapngpipe/,/^\.Ed/p' "$MAN/divert-pipe.5" |
	    sed -e '/^\.Ed/d' -e 's/\\e/\\/g' >nodns.py
	is "the filter of divert-pipe(5) drops one packet" \
	    "$(python3 nodns.py <"$DAY" | divertcat -F text -r - 2>/dev/null |
	    wc -l | tr -d ' ')" 18
else
	skip "the filter of divert-pipe(5)" "no python3"
fi
plan
