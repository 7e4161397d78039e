#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
# Packets out of JSON: made of fields, and changed by fields.  scapy makes the
# same packets, tshark sums them up.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
CAT=$TOP/bin/divertcat/divertcat
COUNT=${COUNT:-1000}

# A system's own Python may have modules that another in the path has not.
PYTHON=
for python in python3 /usr/bin/python3; do
	"$python" -c 'import scapy' 2>/dev/null && PYTHON=$python && break
done

# sound FILE: packets of which tshark says that a sum or a length is wrong.
sound() {
	TZ=UTC timeout 60 tshark -n -r "$1" -o ip.check_checksum:TRUE \
	    -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
	    -Y 'ip.checksum.status == 0 || tcp.checksum.status == 0 ||
		udp.checksum.status == 0 || icmp.checksum.status == 0 ||
		icmpv6.checksum.status == 0 || udp.length.bad ||
		ip.len > frame.len' 2> "$T/said" | sed 10q
}

# read_lines FILE OUT: what divertcat makes of it.
read_lines() {
	timeout 60 "$CAT" -q -r "$1" -F pcap -w "$2" < /dev/null \
	    > "$T/said" 2>&1
}

for mode in make edit; do
	[ -n "$PYTHON" ] || {
		skip "$mode: the packets of scapy" "no scapy"
		continue
	}
	for seed in 1 2 3; do
		"$PYTHON" "$TOP/regress/bin/fields.py" "$mode" "$seed" "$COUNT" \
		    "$T/lines" "$T/wanted" || break
		ok "$mode: $COUNT lines are read" read_lines "$T/lines" "$T/out"
		sed 's/^/# /' "$T/said"
		empty "$mode: the packets of scapy, seed $seed" \
		    "$("$PYTHON" "$TOP/regress/bin/fields.py" compare \
			"$T/out" "$T/wanted" | cut -c 1-400 | sed 4q)"
	done
	if [ "$mode" = make ] && command -v tshark > /dev/null; then
		empty "tshark finds no fault in them" "$(sound "$T/out")"
	fi
done

# What comes of one line as text, or the error.
one() {
	printf '%s\n' "$1" > "$T/line"
	if read_lines "$T/line" "$T/out"; then
		TZ=UTC tcpdump -nn -t -v -r "$T/out" 2>/dev/null |
		    tr -s '\n ' ' ' | sed 's/ $//'
	else
		sed 's/.*: line/line/' "$T/said"
	fi
}

if command -v tcpdump > /dev/null; then
	V4='"src_ip":"192.0.2.1","dest_ip":"198.51.100.7"'
	is "the defaults of TCP" \
	    "$(one "{$V4,\"proto\":\"TCP\",\"src_port\":40000,\"dest_port\":443}")" \
	    "IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto TCP (6), length 40) 192.0.2.1.40000 > 198.51.100.7.443: Flags [S], cksum 0x25ab (correct), seq 0, win 65535, length 0"
	is "an echo request" \
	    "$(one "{$V4,\"proto\":\"ICMP\",\"icmp\":{\"id\":7,\"seq\":1},\"payload_printable\":\"ping\"}")" \
	    "IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto ICMP (1), length 32) 192.0.2.1 > 198.51.100.7: ICMP echo request, id 7, seq 1, length 12"
	is "an error with what it says and quotes" \
	    "$(one "{$V4,\"proto\":\"ICMP\",\"icmp_type\":3,\"icmp_code\":4,\"icmp\":{\"mtu\":1400},\"payload\":\"RQAAHAABAABABk7KwAACAcYzZAecQAG7AAAQAA==\"}" | sed 's/.*ICMP \(198.51.100.7\).*unr/\1 unr/; s/, length.*//')" \
	    "198.51.100.7 unreachable - need to frag (mtu 1400)"
fi
plan
