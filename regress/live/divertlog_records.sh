#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog] em1 -- server
# What a live port says in records is in the schema too: the machine's name,
# packet ids, offloaded packets and their sums, statistics with the kernel's
# figures, flows that end by themselves.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq
in_lab

log_start -m both -X --snap 64 -S 0.2 --idle 1 -o "$T/records" 700
for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	ping_to "$to" 3
	udp_listen -n 5
	udp_send "$to" 5
	udp_end
	tcp_run "$to" 1000000
done
timed_out() {
	grep -q '"reason":"timeout"' "$T/records"
}
within 10 timed_out
stop log
is "divertlog drained" $status 0
conserved
is "every record has the machine's name" \
    "$(jq -c .host "$T/records" | sort -u)" "\"$(hostname)\""
is "every packet has its id" "$(jq -sc 'map(select(.event_type == "packet")) |
    [length, (map(.divert.pkt_id) | unique | length)] | .[0] == .[1]' \
    "$T/records")" true
ok "there are offloaded packets" grep -q '"gso":true' "$T/records"
empty "whose sums are not judged" "$(jq -c 'select(.divert.sum and
    (.tcp | has("sum_ok")))' "$T/records" | head -n 3)"
is "all other sums are right" "$(jq -c '[.tcp, .udp, .icmp] | .[] | objects |
    .sum_ok | select(. != null)' "$T/records" | sort -u)" true
ok "there are statistics on the way: $(grep -c '"stats":{' "$T/records")" \
    test "$(grep -c '"stats":{' "$T/records")" -gt 2
for python in python3 /usr/bin/python3 /usr/local/bin/python3 none; do
	"$python" -W ignore -c 'import jsonschema
jsonschema.Draft202012Validator' 2>/dev/null && break
done
if [ "$python" != none ]; then
	last_stats >"$T/stats"
	"$python" "$TOP/regress/bin/divertlog_schema.py" \
	    "$TOP/share/schema/divertlog.schema.json" "$T/records" "$T/stats" \
	    >"$T/out" 2>&1
	empty "every record is one of the schema" \
	    "$(grep -v '^# ' "$T/out" | sed '$d' | head -n 20)"
	pass "$(tail -n 1 "$T/out")"
else
	skip "every record is one of the schema" "no python3 with jsonschema"
fi
plan
