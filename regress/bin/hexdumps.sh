#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
# Dumps in hexadecimal: what tcpdump, tshark, xxd, hexdump and od write is read
# back as the same packets.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
CAT=$TOP/bin/divertcat/divertcat
DATA=$TOP/regress/data
OTHERS=$TOP/../shared/data/captures
TZ=UTC
LC_ALL=C
export TZ LC_ALL
command -v tcpdump > /dev/null || skip_all "no tcpdump"

# packets FILE: base64, one a line.
packets() {
	timeout 60 "$CAT" -q -r "$1" -F json < /dev/null 2> "$T/said" |
	    sed 's/.*"packet":"\([^"]*\)".*/\1/'
}

# dump FILE FLAG...: into $T/dump.
dump() {
	dumped=$1
	shift
	timeout 60 tcpdump -nn "$@" -r "$dumped" > "$T/dump" 2> "$T/said"
}

# same FILE: where what comes of the dump differs from what is in the file.
same() {
	packets "$1" > "$T/wanted"
	packets "$T/dump" > "$T/got"
	[ -s "$T/said" ] && head -n 2 "$T/said"
	diff "$T/wanted" "$T/got" | sed 4q
}

# Captures whose frames are whole and whose link headers are told by nothing.
files=$(ls "$DATA"/link-*.pcap "$DATA"/day.pcapng)
for flags in -x -X -xx -XX '-tttt -vX' '-tt -exx' '-t -x' '-ttt -XX'; do
	bad=
	n=0
	for f in $files; do
		# shellcheck disable=SC2086
		case $f,$flags in
		# No tcpdump knows these.
		*raw1[24].pcap,*) continue ;;
		# With these headers nobody can tell that they are there.
		*nflog*,*xx* | *nflog*,*XX*) continue ;;
		*loop*,*xx* | *loop*,*XX*) continue ;;
		*null*,*xx* | *null*,*XX*) continue ;;
		# What stands before the packet is the header of PPPoE.
		*pppoe*,*-x | *pppoe*,*X) continue ;;
		# The first line begins with the name of an interface.
		*cooked2*,-t\ *) continue ;;
		esac
		# shellcheck disable=SC2086
		dump "$f" $flags
		found=$(same "$f")
		n=$((n + 1))
		[ -z "$found" ] || bad="$bad${f##*/}: $found
"
	done
	empty "tcpdump $flags: the packets of $n captures" "$bad"
done

# Of other people's captures: but for those printed with dumps inside, of times
# nobody can print, and cut within the header of IP.
odd='babel_update_oobr|time_2106|time_2106_max|ipv._invalid_length|ipv6_39_byte_header'
if [ -d "$OTHERS" ]; then
	for flags in -x -xx; do
		bad=
		n=0
		for f in "$OTHERS"/*.pcap*; do
			echo "${f##*/}" | grep -q -E "^($odd)\\." && continue
			packets "$f" > "$T/wanted"
			# Larger ones than IP packets can be are passed over.
			[ "$(wc -c < "$T/wanted")" -gt 90000 ] && continue
			[ -s "$T/wanted" ] || continue
			dump "$f" "$flags" || continue
			packets "$T/dump" > "$T/got"
			n=$((n + 1))
			# tcpdump prints no more than the file says it has.
			found=$(paste "$T/got" "$T/wanted" | awk -F '\t' '
				{ sub(/.?.?=*$/, "", $1) }
				index($2, $1) != 1 { print NR; exit }')
			[ -z "$found" ] || bad="$bad${f##*/}: packet $found
"
			[ "$(wc -l < "$T/got")" = "$(wc -l < "$T/wanted")" ] ||
			    bad="$bad${f##*/}: not as many
"
		done
		empty "tcpdump $flags: the packets of $n captures of others" \
		    "$bad"
	done
else
	skip "captures of others" "they are not here"
fi

# dumps FILE COMMAND...: each packet of a capture through a command.
dumps() {
	packets "$1" > "$T/wanted"
	shift
	while read -r packet; do
		echo "$packet" | base64 -d > "$T/packet"
		"$@" < "$T/packet"
	done < "$T/wanted" > "$T/dump"
}

# other COMMAND...: dumps that a program makes of single packets.
other() {
	command -v "$1" > /dev/null || {
		skip "$*" "no $1"
		return
	}
	bad=
	for f in "$DATA"/link-raw.pcap "$DATA"/day.pcapng "$T/long.json"; do
		dumps "$f" "$@"
		bad="$bad$(same "$f")"
	done
	empty "$*: the same packets" "$bad"
}

# Payloads whose lines are alike, one of a whole number of lines, and text
# that looks like digits.
UDP='"src_ip":"2001:db8::1","dest_ip":"2001:db8::2","proto":"UDP","src_port":1,"dest_port":2'
for payload in '"payload_len":1000' '"payload_len":992' \
    '"payload_printable":"ab cd ef|"' '"payload_len":64993'; do
	echo "{$UDP,$payload}"
done > "$T/long.json"
other xxd
other xxd -g 1
other xxd -u -c 24
other xxd -p -c 100000
other hexdump -C
other od -A x -t x1
other od -A x -t x1z -v
if command -v tshark > /dev/null; then
	for f in "$DATA"/link-raw.pcap "$DATA"/link-ethernet.pcap \
	    "$DATA"/link-cooked2.pcap; do
		tshark -n -x -r "$f" > "$T/dump" 2>/dev/null
		empty "tshark -x: ${f##*/}" "$(same "$f")"
	done
fi

# What goes with a packet in the text before it; the names of interfaces are
# those of this machine.
dump "$DATA/link-cooked2.pcap" -tttt -x
is "times, directions and interfaces of tcpdump -tttt" "$("$CAT" -q \
    -r "$T/dump" -F json | sed 's/"packet":.*//
	s/.*"timestamp":"\([^"]*\)".*"dir":"\([^"]*\)".*/\1 \2/')" \
    '2026-11-23T12:00:00.123456Z in
2026-11-23T12:00:01.123456Z out
2026-11-23T12:00:02.123456Z in'
dump "$DATA/link-raw.pcap" -tt -x
is "times of tcpdump -tt" "$("$CAT" -q -r "$T/dump" -F json |
    sed 's/.*"timestamp":"\([^"]*\)".*/\1/')" \
    '2026-11-23T12:00:00.123456Z
2026-11-23T12:00:01.123456Z
2026-11-23T12:00:02.123456Z'
dump "$DATA/link-raw.pcap"
is "text without a dump is an error" "$("$CAT" -q -r "$T/dump" -F json 2>&1 |
    sed 's/.*: //')" 'text without packets in hexadecimal (tcpdump -x)'
plan
