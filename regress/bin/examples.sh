#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 240
#
# The filters, firewall lines and translators of share/examples: filters first
# between plain pcapng files, then behind divertcat; rules as far as the tools
# and the kernel of this machine can check them.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"

# Filters run as an unprivileged user when this is root, and the folders of a
# test are closed to others.
if [ "$(id -u)" = 0 ]; then
	rm -rf "$T"
	T=$(mktemp -d /tmp/test.XXXXXX) || exit 1
	chmod 755 "$T"
fi

EXAMPLES=$TOP/share/examples
DAY=$TOP/regress/data/day.pcapng
DIVERTCAT=$TOP/bin/divertcat/divertcat
export PYTHONDONTWRITEBYTECODE=1
# This would hide a flush that is missing.
unset PYTHONUNBUFFERED

command -v tcpdump >/dev/null || skip_all "no tcpdump"

# Each file is named in the README.
empty "README names every file" "$(
	for file in "$EXAMPLES"/*; do
		name=$(basename "$file")
		case $name in
		README|Makefile|__pycache__) continue ;;
		esac
		# The two files of a translator have one line.
		case $name in
		nat-*.conf|nat-*.firewall)
			name=${name%.*} ;;
		esac
		grep -q "\b$name\b" "$EXAMPLES/README" || echo "$name"
	done)"

mkdir "$T/try"
cd "$T/try" || exit 1
cp "$EXAMPLES"/*.py "$EXAMPLES"/*.sh "$EXAMPLES"/*.jq .

# scapy may be installed for one python3 and not for the first in the PATH.
scapy=
for python in python3 /usr/bin/python3 /usr/local/bin/python3; do
	if "$python" -c 'import scapy' 2>/dev/null; then
		scapy=$python
		break
	fi
done

value() {
	sed -n "s/^$1=[[:space:]]*//p" "$TOP/config.mk"
}

# shellcheck disable=SC2046
if $(value CC) $(value BASE_CFLAGS) $(value BASE_CPPFLAGS) -Werror \
    $(value CFLAGS) $(value BASE_LDFLAGS) -I"$TOP/lib/libdivertutil" \
    -o drop-third "$EXAMPLES/drop-third.c" \
    "$TOP/lib/libdivertutil/libdivertutil.a" $(value LIB_LIBS) \
    >cc.out 2>&1; then
	pass "drop-third.c compiles"
else
	fail "drop-third.c compiles"
	sed 's/^/# /' cc.out
fi

# Packets as lines of text, time first: what tcpdump reads is not our word.
lines() {
	tcpdump -xnttr - 2>/dev/null
}
count() {
	tcpdump -nr - "$@" 2>/dev/null | wc -l | tr -d ' '
}

# What each filter must make of day.pcapng, however it is run: OUT is a
# capture.  The payloads are lower case words, so capitals are ours.
upper() {
	tcpdump -Anr - udp port 7777 2>/dev/null |
	    grep -c -e ALPHA -e BRAVO -e CHARLIE -e DELTA -e ECHO -e FOXTROT
}
# Times of the packets: the n-th has n times 10 ms, so they tell which.
ordinals() {
	tcpdump -ttnr - 2>/dev/null | awk '{ printf "%d ", substr($1, 12, 2) }'
}
THIRD='0 1 3 4 6 7 9 10 12 13 15 16 18 '

# 1. Between files

if command -v python3 >/dev/null; then
	python3 upper.py <"$DAY" >upper.pcapng
	is "upper.py: nine payloads in capitals" "$(upper <upper.pcapng)" 9
	is "upper.py: nothing else changes" \
	    "$(tcpdump -xnttr - not udp <upper.pcapng 2>/dev/null)" \
	    "$(tcpdump -xnttr - not udp <"$DAY" 2>/dev/null)"
	is "drop-third.py: every third is missing" \
	    "$(python3 drop-third.py <"$DAY" | ordinals)" "$THIRD"

	# Flushed per packet: the first comes back while the second is not
	# written.  176 bytes: section, interface and first packet.
	mkfifo fifo-in fifo-out
	python3 upper.py <fifo-in >fifo-out 2>err &
	pid=$!
	exec 3>fifo-in 4<fifo-out
	size=$(($(od -An -tu4 -j 4 -N 4 "$DAY") + 0))
	size=$((size + $(od -An -tu4 -j $((size + 4)) -N 4 "$DAY")))
	size=$((size + $(od -An -tu4 -j $((size + 4)) -N 4 "$DAY")))
	head -c "$size" "$DAY" >&3
	timeout 20 dd bs=1 count="$size" <&4 2>/dev/null >one.pcapng
	ok "upper.py: gives the first packet before it has the second" \
	    test "$(upper <one.pcapng)" = 1
	exec 3>&- 4<&-
	wait $pid
	is "upper.py: ends when its input does" $? 0

	# The reader closes: quietly, status 0.  Enough input that it must
	# notice: more than a pipe holds.
	i=0
	while [ $i -lt 400 ]; do
		cat "$DAY"
		i=$((i + 1))
	done >long.pcapng
	{ python3 upper.py <long.pcapng 2>err; echo $? >status; } |
	    head -c 1 >/dev/null
	is "upper.py: leaves when its reader does" "$(cat status)" 0
	empty "upper.py: and says nothing" "$(cat err)"

	head -c 300 "$DAY" | python3 upper.py >cut.out 2>cut.err
	is "a stream that is cut is an error" "$?" 1
	is "which says so" "$(cat cut.err)" "pcapngpipe: damaged or cut block"
	echo hello | python3 upper.py >/dev/null 2>err
	is "and so is what is no pcapng" "$?" 1
else
	skip "Python filters" "no python3"
fi
is "drop-third.c: every third is missing" \
    "$(./drop-third <"$DAY" | ordinals)" "$THIRD"
is "drop-third.c: the others are unchanged" \
    "$(./drop-third <"$DAY" | lines | grep -c '^[0-9]')" 13
is "keep.sh: telnet is missing" \
    "$(./keep.sh not tcp port 23 <"$DAY" 2>/dev/null | lines)" \
    "$(tcpdump -xnttr "$DAY" not tcp port 23 2>/dev/null)"
if [ -n "$scapy" ]; then
	is "scapy-ttl.py: 19 packets with the new time to live" \
	    "$("$scapy" scapy-ttl.py 9 <"$DAY" 2>/dev/null |
	    count 'ip[8] = 9 or ip6[7] = 9')" 19
else
	skip "scapy-ttl.py" "no python3 with scapy"
fi

# 2. Behind divertcat, which repairs sums and lengths

if [ ! -x "$DIVERTCAT" ]; then
	skip "filters behind divertcat" "no divertcat"
else
	# behind WHAT: run a filter on the capture; leaves w.pcapng and err.
	behind() {
		"$DIVERTCAT" -r "$DAY" -w w.pcapng --stats json "$@" 2>err
	}
	counted() {
		sed -n '/^{/p' err | tail -n 1 |
		    sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
	}
	# Wrong sums are for another tool to find.
	bad() {
		tcpdump -vvnr - 2>/dev/null | grep -c -i -e 'incorrect' \
		    -e 'bad cksum' -e 'bad udp cksum' -e 'wrong icmp'
	}
	if command -v python3 >/dev/null; then
		behind 'udp port 7777' -- ./upper.py
		is "divertcat -- upper.py: status" $? 0
		is "divertcat -- upper.py: capitals" "$(upper <w.pcapng)" 9
		is "divertcat -- upper.py: nine were replaced" \
		    "$(counted replaced) $(counted passed)" "9 10"
		is "divertcat -- upper.py: sums are right" "$(bad <w.pcapng)" 0
		is "divertcat -K: sums stay as they came" "$(
			behind -K 'udp port 7777' -- ./upper.py
			bad <w.pcapng)" 9
		behind -- ./drop-third.py
		is "divertcat -- drop-third.py: every third is missing" \
		    "$(ordinals <w.pcapng)" "$THIRD"
		is "divertcat -- drop-third.py: six were dropped" \
		    "$(counted passed) $(counted dropped) $(counted expired)" \
		    "13 6 0"
	fi
	behind -- ./drop-third
	is "divertcat -- drop-third: every third is missing" \
	    "$(ordinals <w.pcapng)" "$THIRD"
	behind -- ./keep.sh not tcp port 23
	is "divertcat -- keep.sh: telnet is missing" \
	    "$(lines <w.pcapng)" \
	    "$(tcpdump -xnttr "$DAY" not tcp port 23 2>/dev/null)"
	behind -F pflog -- ./keep.sh 'not (inbound and on em0)'
	is "divertcat -F pflog -- keep.sh: by direction and interface" \
	    "$(counted passed) $(counted dropped)" "3 16"
	if [ -n "$scapy" ]; then
		behind -- "$scapy" ./scapy-ttl.py 9
		is "divertcat -- scapy-ttl.py: the new time to live" \
		    "$(count 'ip[8] = 9 or ip6[7] = 9' <w.pcapng)" 19
		is "divertcat -- scapy-ttl.py: sums are right" \
		    "$(bad <w.pcapng)" 0
	else
		skip "divertcat -- scapy-ttl.py" "no python3 with scapy"
	fi
	if command -v jq >/dev/null; then
		"$DIVERTCAT" -F json -r "$DAY" -w w.json --stats json -- \
		    jq -c --unbuffered -f no-dns.jq 2>err
		is "divertcat -F json -- jq: two were dropped" \
		    "$(counted passed) $(counted dropped)" "17 2"
		is "divertcat -F json -- jq: what goes on" \
		    "$(jq -r 'select(.event_type == "packet") | .dest_port' \
		    <w.json | grep -c -x 53)" 0
	else
		skip "divertcat -F json -- jq" "no jq"
	fi
fi

# 3. Firewall lines

for file in rules.nft rules.iptables rules.ip6tables; do
	ok "$file: lets by what was injected" \
	    grep -q '0x10000000' "$EXAMPLES/$file"
done
for file in rules.nft rules.ip6tables rules.pf rules.ipfw; do
	ok "$file: leaves neighbour discovery alone" \
	    grep -q -i -e 'nd-neighbor-solicit' -e 'icmpv6-type 135' \
	    -e 'neighbrsol' -e '133,134,135,136,137' "$EXAMPLES/$file"
done

# 4. Translators: rules that are understood, and print what is understood
# again; one word at the heads of both files has one value; every firewall's
# lines have what keeps injected packets and neighbour discovery out.

DIVERTNAT=$TOP/bin/divertnat/divertnat
for conf in "$EXAMPLES"/nat-*.conf; do
	name=$(basename "$conf" .conf)
	firewall=$EXAMPLES/$name.firewall
	if [ -x "$DIVERTNAT" ]; then
		"$DIVERTNAT" -n -v -f "$conf" >"$T/once" 2>"$T/err"
		is "divertnat -n: $name.conf" "$? $(cat "$T/err")" "0 "
		"$DIVERTNAT" -n -v -f "$T/once" >"$T/twice" 2>"$T/err"
		ok "$name.conf: what is understood is understood again" \
		    cmp -s "$T/once" "$T/twice"
		ok "$name.conf: and it is rules" grep -q '^match ' "$T/once"
	else
		skip "divertnat -n: $name.conf" "no divertnat"
	fi
	empty "$name: one word has one value in both files" "$(
		sed -n 's/^\([a-z][a-z0-9_]*\) = "\(.*\)".*/\1=\2/p' "$conf" |
		    while IFS='=' read -r word value; do
			sed -n "s/^$word=\([^[:space:]]*\).*/\1/p" "$firewall" |
			    grep -v -x -F "$value"
		done)"
	for kind in iptables nft pf ipfw; do
		sh "$firewall" $kind >"$T/$name.$kind"
		is "$name.firewall $kind: status" $? 0
		case $kind in
		iptables|nft) bypass=0x10000000 ;;
		ipfw)	bypass='not diverted' ;;
		*)	bypass='no state' ;;
		esac
		ok "$name.firewall $kind: lets by what was injected" \
		    grep -q "$bypass" "$T/$name.$kind"
		# nat-home is for IPv4 alone.
		[ $name = nat-home ] || ok \
		    "$name.firewall $kind: leaves neighbour discovery alone" \
		    grep -q -i -e 'nd-neighbor-solicit' -e 'icmpv6-type 135' \
		    -e 'neighbrsol' -e '133,134,135,136,137' "$T/$name.$kind"
	done
	sh "$firewall" nothing >/dev/null 2>&1
	is "$name.firewall of another kind: status" $? 2
done

# 5. divertnat as a service: the lines of each file with the program of here, and
# rules of the examples.

service() {
	sed -e "s,/usr/local/sbin/divertnat,$DIVERTNAT," \
	    -e "s,/etc/divertnat.conf,$EXAMPLES/nat-home.conf,g" \
	    -e "s,/etc/rc\.subr,$T/rc.subr," -e "s,/etc/rc\.d,$T," \
	    "$EXAMPLES/divertnat.$1"
}
if [ ! -x "$DIVERTNAT" ]; then
	skip "divertnat as a service" "no divertnat"
else
	service service >"$T/divertnat.service"
	if ! command -v systemd-analyze >/dev/null; then
		skip "divertnat.service: verified" "no systemd-analyze"
	elif systemd-analyze --help | grep -q -e --man; then
		empty "divertnat.service: verified" "$(systemd-analyze verify \
		    --man=no "$T/divertnat.service" 2>&1 |
		    grep 'divertnat\.service')"
	else
		skip "divertnat.service: verified" "an old systemd-analyze"
	fi
	sed -n 's/^ExecStart=//p' "$T/divertnat.service" >"$T/command"
	sed -n 's/^ExecStartPre=//p' "$T/divertnat.service" >>"$T/command"
	is "divertnat.service: starts a check and a translator" \
	    "$(wc -l <"$T/command" | tr -d ' ')" 2
	while read -r program arguments; do
		# shellcheck disable=SC2086
		"$program" -n $arguments >out 2>&1
		is "divertnat.service: $arguments" "$? $(cat out)" "0 "
	done <"$T/command"

	# What these systems' functions would do, as far as it is the file's.
	cat >"$T/rc.subr" <<-'EOF'
		load_rc_config() { :; }
		run_rc_command() { eval "$start_precmd"; }
		rc_cmd() { rc_pre; }
	EOF
	for system in openbsd freebsd; do
		service $system >"$T/service"
		sh "$T/service" start >out 2>&1
		is "divertnat.$system: its check" "$? $(cat out)" "0 "
		# It can fail, too.
		sed 's/nat-home\.conf/nothing.conf/' "$T/service" >"$T/bad"
		sh "$T/bad" start >out 2>&1
		is "divertnat.$system: its check without rules" $? 1
	done
fi

if ! unshare -Urn true 2>/dev/null; then
	skip "rules" "no network namespace of our own"
	plan
fi
inside() {
	XTABLES_LOCKFILE=$T/lock unshare -Urn "$@"
}
cp "$EXAMPLES"/rules.* .
for file in rules.nft "$T"/nat-*.nft; do
	name=$(basename "$file")
	if ! command -v nft >/dev/null; then
		skip "nft -c: $name" "no nft"
	elif inside nft -c -f "$file" >out 2>&1; then
		pass "nft -c: $name"
	elif inside nft -c 'add table t; add chain t c; add rule t c queue' \
	    >/dev/null 2>&1; then
		fail "nft -c: $name"
		sed 's/^/# /' out
	else
		# The rest can be checked where the kernel has no queue.
		sed 's/queue num 700$/drop/' "$file" >no.nft
		ok "nft -c: $name apart from its queue expression" \
		    inside nft -c -f no.nft
		skip "nft -c: $name whole" "this kernel has no nft queue"
	fi
done
for restore in iptables-legacy-restore iptables-nft-restore \
    ip6tables-legacy-restore ip6tables-nft-restore; do
	rules=rules.${restore%%-*}
	if command -v $restore >/dev/null; then
		ok "$restore --test: $rules" \
		    inside $restore --test --noflush $rules
		for file in "$T"/nat-*.iptables; do
			name=$(basename "$file")
			# Each of these is for one family.
			case $name:$restore in
			nat-home*:ip6*|nat-prefix*:iptables*) continue ;;
			esac
			ok "$restore --test: $name" \
			    inside $restore --test --noflush "$file"
		done
	else
		skip "$restore --test: $rules" "no $restore"
	fi
done
for file in rules.pf "$T"/nat-*.pf; do
	name=$(basename "$file")
	if command -v pfctl >/dev/null; then
		ok "pfctl -n: $name" pfctl -nf "$file"
	else
		skip "pfctl -n: $name" "no pfctl"
	fi
done
for file in rules.ipfw "$T"/nat-*.ipfw; do
	name=$(basename "$file")
	if command -v ipfw >/dev/null; then
		ok "ipfw -n: $name" ipfw -n "$(cd "$(dirname "$file")" &&
		    pwd)/$name"
	else
		skip "ipfw -n: $name" "no ipfw"
	fi
done
plan
