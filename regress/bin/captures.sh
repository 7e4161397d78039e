#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
# divertcat reads captures of every kind and writes the packets in them: the
# same bytes, lengths and times that tcpdump, tshark and captures.py see.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
CAT=$TOP/bin/divertcat/divertcat
DATA=$TOP/regress/data
OTHERS=$TOP/../shared/data/captures
TZ=UTC
export TZ

# has PROGRAM
has() {
	command -v "$1" > /dev/null
}

# copy FOLDER FILE...: each through divertcat into a folder of copies; what
# it complains of, unless the list of odd files expects that.
copy() {
	out=$1
	shift
	mkdir -p "$out"
	for f; do
		timeout 20 "$CAT" -q -r "$f" -F pcapng -w "$out/${f##*/}" \
		    < /dev/null > "$T/said" 2>&1
		status=$?
		[ $status = 0 ] ||
		    echo "${f##*/}: exit status $status: $(cat "$T/said")"
	done
}

# odd WHAT: the files of which WHAT is not expected.
odd() {
	sed -n "s/^\([^# ]*\) $1 .*/\1/p" "$DATA/captures.odd"
}

# oracle FOLDER FILE...: what the oracle says against the copies.
oracle() {
	out=$1
	shift
	for f; do
		printf '%s\n%s\n' "$f" "$out/${f##*/}"
	done | xargs python3 "$TOP/regress/bin/captures.py"
}

# dump FILE [EXPRESSION]
dump() {
	timeout 20 tcpdump -nn -tt -r "$@" 2> "$T/said"
}

# all FILE: what tcpdump prints, without what stands before IP.
all() {
	{ dump "$1" || echo "tcpdump: $(tail -n 1 "$T/said")"; } |
	    sed 's/^\([0-9.]*\) .*\([nt]\|0x1]\)  *\(IP6* \)/\1 \3/'
}

# ip FILE: what tcpdump prints of IP.  Where the link type knows no VLANs it
# refuses the word, and where there are no types, the others.
ip() {
	dump "$1" 'ip or ip6 or (vlan and (ip or ip6))' ||
	    dump "$1" 'ip or ip6' || all "$1"
}

# lines all|ip FOLDER FILE...: where tcpdump prints something else for the copy.
lines() {
	what=$1
	out=$2
	shift 2
	odd tcpdump > "$T/odd"
	for f; do
		grep -qxF "${f##*/}" "$T/odd" && continue
		$what "$f" > "$T/a"
		all "$out/${f##*/}" > "$T/b"
		cmp -s "$T/a" "$T/b" || {
			echo "${f##*/}:"
			diff "$T/a" "$T/b" | sed 10q
		}
	done
}

# fields FILE: what tshark sees of the IP packets of a capture.
fields() {
	tshark -n -r "$1" -Y 'ip or ipv6' -T fields -E occurrence=f \
	    -e frame.time_epoch -e ip.src -e ipv6.src -e ip.dst -e ipv6.dst \
	    -e ip.len -e ip.id -e ipv6.plen -e ip.proto -e ipv6.nxt \
	    -e udp.srcport -e tcp.seq_raw -e icmp.type 2> /dev/null
}

#
# Our own, made by make.py.
#
OWN=$(ls "$DATA"/link-* "$DATA"/form-*)
if has python3; then
	mkdir "$T/made"
	python3 "$DATA/make.py" "$T/made"
	empty "the captures are what make.py makes" "$(
	    for f in "$T"/made/*; do cmp "$f" "$DATA/${f##*/}" 2>&1; done)"
fi
# File names without blanks.
# shellcheck disable=SC2086
empty "every link type and format is read" "$(copy "$T/own" $OWN)"
if has python3; then
	# shellcheck disable=SC2086
	is "the oracle agrees" "$(oracle "$T/own" $OWN)" "113 packets"
else
	skip "the oracle agrees" "no python3"
fi
if has tcpdump; then
	# shellcheck disable=SC2086
	empty "tcpdump prints the same" "$(lines all "$T/own" $OWN)"
else
	skip "tcpdump prints the same" "no tcpdump"
fi

#
# Those of others.
#
if [ -d "$OTHERS" ]; then
	# shellcheck disable=SC2046
	empty "captures of other tools are read" \
	    "$(copy "$T/others" $(ls "$OTHERS"/*.pcap*))"
	if has python3; then
		# shellcheck disable=SC2046
		oracle "$T/others" $(ls "$OTHERS"/*.pcap*) > "$T/oracle"
		empty "captures of other tools: the oracle agrees" \
		    "$(sed '$d' "$T/oracle")"
		total=$(sed -n '$s/ packets//p' "$T/oracle")
		ok "captures of other tools: $total packets" \
		    test "${total:-0}" -gt 1000
	else
		skip "captures of other tools: the oracle agrees" "no python3"
	fi
	if has tcpdump; then
		# shellcheck disable=SC2046
		empty "captures of other tools: tcpdump prints the same" \
		    "$(lines ip "$T/others" $(ls "$OTHERS"/*.pcap*))"
	else
		skip "captures of other tools: tcpdump prints the same" \
		    "no tcpdump"
	fi
	if has tshark && has mergecap; then
		odd tshark > "$T/odd"
		set --
		for f in "$OTHERS"/*.pcap*; do
			grep -qxF "${f##*/}" "$T/odd" || set -- "$@" "$f"
		done
		mergecap -a -F pcapng -w "$T/all.a" "$@"
		for f; do
			shift
			set -- "$@" "$T/others/${f##*/}"
		done
		mergecap -a -F pcapng -w "$T/all.b" "$@"
		fields "$T/all.a" > "$T/a"
		fields "$T/all.b" > "$T/b"
		empty "captures of other tools: tshark sees the same" \
		    "$(diff "$T/a" "$T/b" | sed 20q)"
		ok "captures of other tools: tshark sees $(wc -l < "$T/a")" \
		    test "$(wc -l < "$T/a")" -gt 1000
	else
		skip "captures of other tools: tshark sees the same" \
		    "no tshark or mergecap"
	fi
else
	skip "captures of other tools" "no ../shared/data/captures"
fi

#
# What readers in the field make of our formats.
#
if has tshark; then
	tshark -n -r "$T/own/form-mixed.pcapng" -T fields -E separator=/s \
	    -e frame.time_epoch -e frame.packet_flags_direction \
	    -e frame.comment -e frame.packet_id -e frame.interface_queue \
	    2> /dev/null | sed 1q > "$T/a"
	is "tshark shows direction, comment, id and queue" "$(cat "$T/a")" \
	    "1795435200.000000001 0x00000001 divert if=em0 rule=7 1 700"
else
	skip "tshark shows direction, comment, id and queue" "no tshark"
fi
if has tcpdump; then
	"$CAT" -q -r "$DATA/link-pflog100.pcap" -F pflog -w "$T/pflog"
	is "tcpdump filters -F pflog by direction and interface" \
	    "$(tcpdump -n -t -e -r "$T/pflog" inbound and on em0 2> /dev/null |
	    sed 's/: 192.*//')" "rule 7/0(match): pass in on em0"
	"$CAT" -q -r "$DATA/link-pflog100.pcap" -F pcap -w "$T/pcap"
	is "tcpdump reads -F pcap" \
	    "$(tcpdump -n -t -r "$T/pcap" 2> /dev/null | cut -d ' ' -f 1-4)" \
	    "IP 192.0.2.1.4096 > 198.51.100.2.5353:
IP6 2001:db8::1.4096 > 2001:db8::2.80:
IP 192.0.2.1 > 198.51.100.2:"
fi
plan
