#!/bin/sh
# SPDX-License-Identifier: ISC
# divertnat on captures: every byte that comes out, the capture's clock,
# directions that are not in it, a stage of a pipeline, the log.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
NAT=$TOP/bin/divertnat/divertnat
PACKETS=$TOP/regress/bin/divertnat_packets.py
OUTBOUND='src net 10.0.0.0/8 or src net 2001:db8:1::/64'
command -v python3 >/dev/null || skip_all "no python3"

cat >"$T/rules" <<'EOF'
set unmatched drop
match out inet from 10.0.0.0/8 to any nat-to 203.0.113.1 static-port
match out inet6 from 2001:db8:1::/64 to any nat-to 2001:db8:2::1 static-port
EOF
python3 "$PACKETS" write "$T/in.pcap"

"$NAT" -f "$T/rules" --outbound "$OUTBOUND" -r "$T/in.pcap" -F pcap \
    -w "$T/out.pcap" -o "$T/log" --stats json 2>"$T/err"
is "a capture is translated" $? 0
empty "every packet is as the RFCs have it, or dropped" \
    "$(python3 "$PACKETS" check "$T/out.pcap")"
ok "the statistics say why it was dropped" \
    grep -q '"dropped":{"unmatched":2}' "$T/err"
ok "and that the port's law holds" \
    grep -q '"received":13,"passed":1,"replaced":10,"dropped":2,' "$T/err"

"$NAT" -f "$T/rules" --outbound "$OUTBOUND" -F pcap - <"$T/in.pcap" \
    >"$T/stage.pcap" 2>/dev/null
ok "as a stage the same comes out" cmp "$T/out.pcap" "$T/stage.pcap"
"$NAT" -e "$(sed -n 1p "$T/rules")" -e "$(sed -n 2p "$T/rules")" \
    -e "$(sed -n 3p "$T/rules")" --outbound "$OUTBOUND" -r "$T/in.pcap" \
    -F pcap -w - >"$T/e.pcap" 2>/dev/null
ok "and with the rules on the command line" cmp "$T/out.pcap" "$T/e.pcap"

# Without static-port the ports are chosen, in each run the same.
sed 's/ static-port//' "$T/rules" >"$T/chosen"
for i in 1 2; do
	"$NAT" -f "$T/chosen" --outbound "$OUTBOUND" -r "$T/in.pcap" -F pcap \
	    -w "$T/chosen.$i" 2>/dev/null
done
ok "two runs are the same" cmp "$T/chosen.1" "$T/chosen.2"

# What the expression does not select goes on as it is.
"$NAT" -f "$T/rules" --outbound "$OUTBOUND" -r "$T/in.pcap" -F pcap \
    -w "$T/none.pcap" udp port 1 2>/dev/null
"$TOP/bin/divertcat/divertcat" -F pcap -r "$T/in.pcap" >"$T/plain.pcap" \
    2>/dev/null
ok "what is not selected passes" cmp "$T/plain.pcap" "$T/none.pcap"

"$NAT" -f "$T/rules" -r "$T/in.pcap" -F pcap -w "$T/nowhere.pcap" 2>"$T/err"
is "no direction: no mistake of the run" $? 0
ok "but it is said what to do" grep -q 'no direction (-D' "$T/err"
"$NAT" -f "$T/rules" -D out -r "$T/in.pcap" -F json -w - 2>/dev/null \
    >"$T/out.json"
is "-D out: all of the inside leave translated" \
    "$(grep -c '"src_ip":"203.0.113.1"' "$T/out.json")" 4
is "and none untranslated" "$(grep -c '"src_ip":"10\.' "$T/out.json")" 0

# The log, with the times of the capture.
is "mappings made" "$(grep -c '"NAT44 BIB create"' "$T/log")" 3
is "of IPv6" "$(grep -c '"NAT66 BIB create"' "$T/log")" 1
# Within a second of its time; the next packet is at :44.
is "a mapping ends when it does, not with the next packet" \
    "$(sed -n '/BIB delete.*:5002,/s/.*T\(..:..:..\).*/\1/p' "$T/log")" \
    01:51:43
is "drops" "$(grep -c '"event_type":"drop".*"reason":"unmatched"' "$T/log")" 2
if command -v jq >/dev/null; then
	is "every line is JSON" "$(jq -c .event_type "$T/log" | wc -l)" \
	    "$(wc -l <"$T/log")"
fi
rm "$T/log"
"$NAT" -f "$T/rules" --outbound "$OUTBOUND" -r "$T/in.pcap" -m packet \
    -o "$T/log" 2>/dev/null
is "-m packet: each that was translated" \
    "$(grep -c '"event_type":"packet"' "$T/log")" 10
is "and no mapping" "$(grep -c '"event_type":"nat"' "$T/log")" 0
is "with both addresses" "$(sed -n '2s/.*"src_port":53,\(.*\),"proto".*"nat":\(.*\)}/\1 \2/p' \
    "$T/log")" \
    '"dest_ip":"203.0.113.1","dest_port":5001 {"xlat_dest_ip":"10.0.0.5","xlat_dest_port":5001}'

# A state file belongs to a live port.
echo "set state-file \"$T/state\"" >>"$T/rules"
"$NAT" -v -f "$T/rules" --outbound "$OUTBOUND" -r "$T/in.pcap" 2>"$T/err"
ok "no state file for a capture" test ! -e "$T/state"
ok "which -v says" grep -q 'for a capture' "$T/err"
plan
