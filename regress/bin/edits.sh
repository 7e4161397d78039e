#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 120
# A field of a record changed with jq changes that field of the packet, lengths
# and checksums, and nothing else: tshark, before and after.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
CAT=$TOP/bin/divertcat/divertcat
LOG=$TOP/bin/divertlog/divertlog
for need in jq tshark python3; do
	command -v "$need" >/dev/null || {
		skip "edits with jq" "no $need"
		plan
	}
done

# name, members: the packets that are edited.
cat >"$T/packets" <<'PACKETS'
tcp4 "proto":"TCP","src_port":40000,"dest_port":40001,"ip":{"tos":8,"id":77,"df":true},"tcp":{"tcp_flags":"12","seq":5,"ack":6,"win":512,"mss":1460,"sack_permitted":true,"tsval":7,"tsecr":8,"wscale":3},"payload_printable":"abcdefg"
udp4 "proto":"UDP","src_port":40000,"dest_port":40007,"ip":{"id":78},"payload_printable":"abcdefg"
echo4 "proto":"ICMP","icmp":{"id":9,"seq":10},"payload_printable":"ping"
toobig4 "proto":"ICMP","icmp_type":3,"icmp_code":4,"icmp":{"mtu":1400},"payload":"RQAAHAABAABABk7KwAACAcYzZAecQAG7AAAQAA=="
frag4 "proto":"UDP","ip":{"id":79,"mf":true,"frag_off":8},"payload_printable":"abcdefgh"
first4 "proto":"UDP","src_port":40000,"dest_port":40007,"ip":{"id":80,"mf":true},"payload_printable":"abcdefgh"
tcp6 "proto":"TCP","src_port":40000,"dest_port":40001,"payload_printable":"abcdefg"
udp6 "proto":"UDP","src_port":40000,"dest_port":40007,"payload_printable":"abcdefg"
echo6 "proto":"IPv6-ICMP","icmp":{"id":9,"seq":10},"payload_printable":"ping"
frag6 "proto":"UDP","ip":{"id":79,"mf":true,"frag_off":8},"payload_printable":"abcdefgh"
PACKETS

# packet, what is done to its record, and the fields of tshark that may change:
# "" nothing does, "length" all lengths.
cat >"$T/edits" <<'EDITS'
tcp4|.|
tcp4|.timestamp="2000-01-01T00:00:00Z"|
tcp4|.src_ip="203.0.113.9"|ip.(src|addr|host|src_host)
tcp4|.dest_ip="203.0.113.9"|ip.(dst|addr|host|dst_host)
tcp4|.src_port=1|tcp.(src|)port
tcp4|.dest_port=65535|tcp.(dst|)port
tcp4|.ip.tos=255|ip.dsfield.*
tcp4|.ip.id=1|ip.id
tcp4|.ip.df=false|ip.flags.*
tcp4|.ip.rf=true|ip.flags.*
tcp4|.ip.ttl=1|ip.ttl.*
tcp4|.tcp.seq=4294967295|tcp.(seq|nxtseq|seq_raw)
tcp4|.tcp.ack=4294967295|tcp.ack(_raw)?
tcp4|.tcp.ack=false|tcp.flags.*|tcp.ack.nonzero
tcp4|.tcp.tcp_flags="13"|tcp.flags.*|tcp.nxtseq
tcp4|.tcp.psh=true|tcp.flags.*
tcp4|.tcp.syn=false|tcp.flags.*|tcp.nxtseq|tcp.options.mss.present|tcp.window_size_scalefactor
tcp4|.tcp.ecn=true|tcp.flags.*
tcp4|.tcp.win=0|tcp.window_size.*
tcp4|.tcp.urp=9|tcp.urgent_pointer.*
tcp4|.tcp.mss=536|tcp.option.*mss.*|tcp.options
tcp4|.tcp.wscale=9|tcp.option.*wscale.*|tcp.options
tcp4|.tcp.sack_permitted=false|tcp.option.*
tcp4|.tcp.tsval=99|tcp.option.*timestamp.*|tcp.options
tcp4|.tcp.tsecr=99|tcp.option.*timestamp.*|tcp.options
tcp4|.payload_printable="xyz"|tcp.payload|tcp.segment_data|data.*|tcp.nxtseq|length
tcp4|.payload=("abcdefg"\|@base64)|
udp4|.src_ip="203.0.113.9"|ip.(src|addr|host|src_host)
udp4|.dest_port=9999|udp.(dst|)port
udp4|.payload=("a longer one"\|@base64)|udp.payload|data.*|length
echo4|.icmp.id=1|icmp.ident(_le)?
echo4|.icmp.seq=1|icmp.seq(_le)?
echo4|.icmp_type=0|icmp.type
toobig4|.icmp.mtu=1280|icmp.mtu
frag4|.ip.frag_off=80|ip.frag_offset
frag4|.ip.mf=false|ip.flags.*
first4|.dest_ip="203.0.113.9"|ip.(dst|addr|host|dst_host)
first4|.src_port=1|udp.(src|)port
tcp6|.src_ip="2001:db8::9"|ipv6.(src|addr|host|src_host)
tcp6|.ip.hoplimit=255|ipv6.hlim
tcp6|.ip.tc=255|ipv6.tclass.*|ipv6.version
tcp6|.ip.flowlbl=1048575|ipv6.flow
tcp6|.tcp.mss=536|tcp.option.*|tcp.flags.str|length
udp6|.dest_ip="2001:db8::9"|ipv6.(dst|addr|host|dst_host)
udp6|.payload_printable=""|udp.payload|data.*|length
echo6|.icmp.id=1|icmpv6.echo.identifier
echo6|.icmp_code=3|icmpv6.code
frag6|.ip.id=1|ipv6.fraghdr.ident
frag6|.ip.mf=false|ipv6.fraghdr.more
frag6|.ip.frag_off=80|ipv6.fraghdr.offset
EDITS

while read -r name members; do
	case $name in
	*4)	echo "{\"src_ip\":\"192.0.2.1\",\"dest_ip\":\"198.51.100.7\",$members}" ;;
	*)	echo "{\"src_ip\":\"2001:db8::1\",\"dest_ip\":\"2001:db8::7\",$members}" ;;
	esac
done <"$T/packets" >"$T/made"
"$CAT" -q -r "$T/made" -w "$T/made.pcapng" </dev/null
# The fullest record there is.
if [ -x "$LOG" ]; then
	"$LOG" -q -X -r "$T/made.pcapng" -o "$T/records" </dev/null
else
	"$CAT" -q -F json -r "$T/made.pcapng" </dev/null >"$T/records"
fi
is "a record for each packet" "$(wc -l <"$T/records")" \
    "$(wc -l <"$T/packets")"

while IFS='|' read -r name rest; do
	n=$(grep -n "^$name " "$T/packets" | cut -d : -f 1)
	# A bar with a backslash is jq's.
	expression=$(printf '%s' "$rest" | sed 's/\\|/\n/; s/|.*//; s/\n/|/')
	sed -n "${n}p" "$T/records" >>"$T/before.json"
	sed -n "${n}p" "$T/records" | jq -c "$expression" >>"$T/after.json"
done <"$T/edits"
for i in before after; do
	ok "$i: all lines are packets" "$CAT" -q -r "$T/$i.json" -F pcap \
	    -w "$T/$i.pcap"
	TZ=UTC timeout 60 tshark -n -r "$T/$i.pcap" -T pdml \
	    -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
	    -o udp.check_checksum:TRUE -o ip.defragment:FALSE \
	    -o ipv6.defragment:FALSE -o tcp.analyze_sequence_numbers:FALSE \
	    -o tcp.relative_sequence_numbers:FALSE \
	    -o tcp.desegment_tcp_streams:FALSE >"$T/$i.pdml" 2>"$T/said"
done
python3 "$TOP/regress/bin/edits.py" "$T/edits" "$T/before.pdml" \
    "$T/after.pdml" >"$T/report"
is "every edit is held against tshark" "$(grep -c . "$T/report")" \
    "$(wc -l <"$T/edits")"
while read -r verdict edit; do
	is "$edit" "$verdict" ok
done <"$T/report"
plan
