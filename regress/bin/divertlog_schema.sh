#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
#
# Every record of every capture, in every mode, is one that the schema
# describes; the schema, the manual page and the code know the same keys.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LOG=$TOP/bin/divertlog/divertlog
CAT=$TOP/bin/divertcat/divertcat
DATA=$TOP/regress/data
OTHERS=$TOP/../shared/data
CHECK=$TOP/regress/bin/divertlog_schema.py
SCHEMA=$TOP/share/schema/divertlog.schema.json
PAGE=$TOP/share/man/divert-json.5

[ -x "$LOG" ] || skip_all "no divertlog"

# The record at the beginning of divert-json(5), which is folded there.
cp "$DATA/day.pcapng" "$T"
is "the record that divert-json(5) shows" \
    "$(sed -n '/^{"timestamp"/,/^\.Ed/p' "$PAGE" | sed '/^\.Ed/d' |
    tr -d '\n')" \
    "$(cd "$T" && "$LOG" -r day.pcapng 2>/dev/null | sed -n 12p)"

#
# The same keys: in the schema, in the page, in the table of fields.
#
if command -v jq >/dev/null; then
	# What has a title is an object: its title, a dot, the key.
	jq -r '.. | objects | select(.title and .properties) |
	    (if .title == "record" then "" else .title + "." end) as $at |
	    .properties | keys[] | $at + .' "$SCHEMA" | sort -u >"$T/keys"
	ok "the schema has keys: $(wc -l <"$T/keys" | tr -d ' ')" \
	    test "$(wc -l <"$T/keys")" -gt 200
	sed -n 's/^\.It Ic \([^ ]*\).*/\1/p' "$PAGE" | sort >"$T/page"
	empty "divert-json(5) explains every key, once, and no other" \
	    "$(diff "$T/page" "$T/keys")"
	sed -n 's/^	{ "\([a-z_0-9.]*\)", IN.*/\1/p' \
	    "$TOP"/bin/divertlog/record*.c \
	    "$TOP"/bin/divertlog/flow_record.c | sort -u >"$T/fields"
	ok "the table of fields was read" test "$(wc -l <"$T/fields")" -gt 100
	empty "every field of divertlog is a key of the schema" \
	    "$(comm -23 "$T/fields" "$T/keys")"
	# Of DNS, arrays and statistics there is no table.
	empty "every key of the schema is a field of divertlog" "$(
	    grep -v -e '\[\]' -e '^dns\.' -e '^stats' -e '^tool$' \
		-e '^port$' "$T/keys" | comm -23 - "$T/fields" |
		grep -v -x -e verdict -e divert -e ip -e tcp -e udp \
		-e udplite -e sctp -e gre -e esp -e icmp -e flow)"
	# A comma, a key in quotes, a colon: what the code writes by hand.
	cat "$TOP"/bin/divertlog/*.c | tr , '\n' |
	    sed -n 's/.*\\"\([a-z_0-9]*\)\\":.*/\1/p' | sort -u >"$T/written"
	ok "keys in the code were found" test "$(wc -l <"$T/written")" -gt 20
	sed 's/.*\.//' "$T/keys" | sort -u >"$T/last"
	empty "every key the code writes is in the schema" \
	    "$(comm -23 "$T/written" "$T/last")"
	fields=$(grep -v -e '\[\]' -e '^dns\.' -e '^stats' -e '^tool$' \
	    -e '^port$' "$T/keys" | paste -s -d , -)
	"$LOG" -q --fields "$fields" -r "$DATA/day.pcapng" >"$T/out" 2>&1
	is "every key can be asked for with --fields" "$? $(grep -c '^{' \
	    "$T/out")" "0 19"
	is "that of no record cannot" "$("$LOG" -q --fields src_ip,src_ipp \
	    -r "$DATA/day.pcapng" 2>&1 | grep -c src_ipp)" 1
else
	skip "schema, page and code" "no jq"
fi

#
# The records.
#
# all NAME OPTION...: of all captures.
all() {
	name=$1
	shift
	for f in "$DATA"/*.pcap* "$DATA"/*.json \
	    "$OTHERS"/captures/*.pcap* "$OTHERS"/community-id/pcaps/*; do
		[ ! -f "$f" ] || timeout 20 "$LOG" -q "$@" -r "$f" \
		    </dev/null 2>>"$T/said"
	done >"$T/$name"
}
all packet.json
all both.json -m both -X --nano
all flow.json -m flow --active 0.5 -S 3600
"$LOG" -q -x -X --snap 30 -S 3600 --stats json -r "$DATA/day.pcapng" \
    >"$T/take.json" 2>"$T/stats.json"
"$CAT" -F json -r "$DATA/day.pcapng" --stats json >"$T/cat.json" \
    2>>"$T/stats.json"
"$CAT" -x -F json -r "$DATA/layers.pcap" --stats json >>"$T/cat.json" \
    2>>"$T/stats.json"
"$CAT" -r "$DATA/day.pcapng" -w "$T/w" --stats json -- cat 2>>"$T/stats.json"
grep '^{' "$T/stats.json" >"$T/stats"
mv "$T/stats" "$T/stats.json"
# What only a live port says of packets, by way of the formats that keep it.
cat >"$T/live.json" <<'END'
{"timestamp":"2026-11-23T12:00:00.000001Z","event_type":"packet","divert":{"v":1,"dir":"out","if":"e\"\\\u007f","mark":268435456,"rule":7,"sum":"partial"},"packet":"RQAAHQABAABAEbtvwAACCsYzZAecQB5hAAkAAGE=","packet_info":{"linktype":101}}
END
"$LOG" -q -r "$T/live.json" >"$T/live.out" 2>>"$T/said"
is "marks, rules and names that need care" "$(grep -c -F \
    '"len":29,"caplen":29,"rule":7,"mark":268435456,"sum":"partial","if":"e\"\\\u007f"}' \
    "$T/live.out")" 1

for python in python3 /usr/bin/python3 /usr/local/bin/python3 none; do
	"$python" -W ignore -c 'import jsonschema
jsonschema.Draft202012Validator' 2>/dev/null && break
done
if [ "$python" != none ]; then
	"$python" "$CHECK" "$SCHEMA" "$T/packet.json" "$T/both.json" \
	    "$T/flow.json" "$T/take.json" "$T/cat.json" "$T/stats.json" \
	    "$T/live.out" >"$T/out" 2>&1
	empty "every record is one of the schema, no wrong one is" \
	    "$(grep -v '^# ' "$T/out" | sed '$d' | head -n 40)"
	pass "$(tail -n 1 "$T/out")"
	grep '^# ' "$T/out"
else
	skip "every record is one of the schema" "no python3 with jsonschema"
fi
if command -v jq >/dev/null; then
	cat "$T"/packet.json "$T"/both.json "$T"/flow.json >"$T/log"
	is "jq reads the whole log" "$(jq -c . "$T/log" | wc -l)" \
	    "$(wc -l <"$T/log")"
	is "and writes the same" "$(jq -c . "$T/packet.json" | cksum)" \
	    "$(cksum <"$T/packet.json")"
fi
plan
