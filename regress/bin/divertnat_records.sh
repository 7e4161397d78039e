#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Every line of JSON that divertnat writes, in its log, on standard error and
# for those who ask it, is one that the schema describes; the schema, the
# manual page and the code know the same names.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
NAT=$TOP/bin/divertnat/divertnat
INJECT=$TOP/bin/divertinject/divertinject
CHECK=$TOP/regress/bin/divertlog_schema.py
SCHEMA=$TOP/share/schema/divertnat.schema.json
PAGE=$TOP/share/man/divertnat.8
command -v jq >/dev/null || skip_all "no jq"

cat >"$T/rules" <<END
set state-file "$T/state"
set unmatched drop
set limit { states-per-host 4, ports-per-host 3 }
match out log on em1 inet proto { tcp, udp, icmp } from 10.0.0.0/25 to any \\
    nat-to { 203.0.113.1, 203.0.113.2 }
match out on em1 inet proto udp from 10.0.0.128/25 to any \\
    nat-to 203.0.113.3 port 5000
match out on em1 inet from 10.0.1.0/24 to any nat-to (nosuch0)
match in log on em1 inet proto tcp to 203.0.113.9 port 80 \\
    rdr-to 10.0.0.9 port 8080
match out on em1 inet6 from 2001:db8:1::/64 to any nat-to 2001:db8:2::1
match out log on em1 inet proto gre from 10.0.2.0/24 to any nat-to 203.0.113.7
END
out() {
	printf 'out on em1 %s\n' "$*"
}
{
	for port in 1 2 3 4 5; do
		out proto udp from 10.0.0.5 port $port to 192.0.2.9 port 53
		out proto udp from 10.0.0.6 port 9 to 192.0.2.$port port 53
		out proto udp from 10.0.0.13$port port 5 to 192.0.2.9 port 53
	done
	out proto tcp from 10.0.0.7 port 1 to 192.0.2.9 port 80 flags S
	out proto icmp from 10.0.0.8 to 192.0.2.9 icmp-id 7 seq 1
	out proto udp from 10.0.1.8 port 1 to 192.0.2.9 port 9
	out proto gre from 10.0.2.8 to 192.0.2.9 payload hex 0x00000800
	out proto gre from 10.0.2.9 to 192.0.2.9 payload hex 0x00000800
	out proto udp from 2001:db8:1::5 port 1 to 2001:db8::9 port 9
	out proto udp from 172.16.0.1 port 1 to 192.0.2.9 port 9
	echo in on em1 proto tcp from 192.0.2.9 port 1 to 203.0.113.9 \
	    port 80 flags S
	echo in on em1 proto udp from 192.0.2.9 port 1 to 203.0.113.1 port 80
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo in on em1 proto udp from 192.0.2.9 port $i to \
		    203.0.113.1 port 81
	done
} >"$T/words"
set --
while read -r line; do
	set -- "$@" -e "$line"
done <"$T/words"
"$INJECT" -q "$@" -w "$T/in.pcapng" || fail "packets are made"
# The same an hour later, when all has ended.
"$TOP/bin/divertcat/divertcat" -q -r "$T/in.pcapng" -F json >"$T/in.json"
{
	cat "$T/in.json"
	jq -c '.timestamp |= (.[0:19] + "Z" | fromdate + 36000 | todate |
	    .[0:19] + ".000000Z")' "$T/in.json"
} >"$T/twice.json"

"$NAT" -f "$T/rules" -r "$T/twice.json" -m both -o "$T/log.json" -S 1 \
    --stats json 2>"$T/err"
is "a capture is translated" $? 0
grep '^{' "$T/err" >"$T/stats.json"

# A stage that is asked while it waits for more.
mkfifo "$T/in"
"$NAT" --control "$T/control" -f "$T/rules" - <"$T/in" >/dev/null \
    2>"$T/stage.err" &
exec 3>"$T/in"
cat "$T/in.pcapng" >&3
tries=0
until [ "$("$NAT" -s info -F json --control "$T/control" 2>/dev/null |
    jq .stats.received)" = "$(wc -l <"$T/words" | tr -d ' ')" ]; do
	[ $((tries += 1)) -lt 200 ] || break
	sleep 0.05
done
for what in states rules info addresses; do
	"$NAT" -s $what -F json --control "$T/control" >"$T/$what.json"
	is "-s $what" $? 0
	"$NAT" -s $what --control "$T/control" >"$T/$what.text"
	is "-s $what as text" $? 0
done
exec 3>&-
wait $!

for kind in nat drop packet stats; do
	ok "the log has lines of type $kind" \
	    grep -q "\"event_type\":\"$kind\"" "$T/log.json"
done
# RFC 8158, 5.2: the registry's names and numbers.
cat >"$T/events" <<'END'
NAT44 session create	4
NAT44 session delete	5
NAT44 BIB create	8
NAT44 BIB delete	9
NAT ports exhausted	12
NAT Addresses exhausted	3
Quota Exceeded	13
Address binding create	14
Address binding delete	15
END
sort "$T/events" >"$T/registry"
is "events of IPv4 have their numbers of RFC 8158" "$(jq -r '
    select(.event_type == "nat" and (.nat.event | startswith("NAT66") | not)) |
    .nat.event + "\t" + (.nat.event_id | tostring)' "$T/log.json" | sort -u)" \
    "$(cat "$T/registry")"
is "those of IPv6 have none" "$(jq -c 'select(.event_type == "nat" and
    (.nat.event | startswith("NAT66"))) | .nat.event_id' "$T/log.json" |
    sort -u)" null
is "what was left out is told by the next" "$(jq -c 'select(.event_type ==
    "drop" and .nat.suppressed) | .nat' "$T/log.json" | head -n 1)" \
    '{"reason":"unmatched","suppressed":3}'
# A direction that is there is not overruled.
"$NAT" -f "$T/rules" -r "$T/in.pcapng" --stats json 2>"$T/given"
"$NAT" -f "$T/rules" -r "$T/in.pcapng" --outbound 'udp port 80' \
    --stats json 2>"$T/asked"
is "--outbound is for packets without a direction" \
    "$(grep '^{' "$T/asked" | jq -c .stats.nat)" \
    "$(grep '^{' "$T/given" | jq -c .stats.nat)"
is "as many states, in text and JSON" "$(wc -l <"$T/states.json")" \
    "$(wc -l <"$T/states.text")"
is "which info counts" "$(jq .stats.nat.sessions "$T/info.json")" \
    "$(wc -l <"$T/states.text" | tr -d ' ')"
is "the law holds" "$(jq '.stats | .received == .passed + .replaced +
    .dropped + .expired + .lost + .held' "$T/info.json")" true
is "of the packets each was passed, translated, dropped or held" \
    "$(jq '.stats | .received == .nat.passed + .nat.translated_out +
    .nat.translated_in + .nat.hairpinned + ([.nat.dropped[]] | add) +
    .nat.held' "$T/info.json")" true
is "replaced is translated" "$(jq '.stats | .replaced == .nat.translated_out +
    .nat.translated_in + .nat.hairpinned' "$T/info.json")" true
is "dropped is untranslated" "$(jq '.stats | .dropped == ([.nat.dropped[]] |
    add) and .dropped == .by_reason.untranslated' "$T/info.json")" true
is "lines of the log, lines counted, and the line that counts them" \
    "$(wc -l <"$T/log.json" | tr -d ' ')" \
    "$(($(jq .stats.records "$T/stats.json")))"
is "a rule knows its line" "$(jq -r 'select(.line == 11) | .rule' \
    "$T/rules.json")" \
    'match out on em1 inet6 from 2001:db8:1::/64 to any nat-to 2001:db8:2::1'
is "the same rules as text" "$(jq -r .rule "$T/rules.json")" \
    "$(cat "$T/rules.text")"
is "states name what the log names" "$(jq -c 'select(.src_ip ==
    "2001:db8:1::5") | [.src_port, .dest_ip, .dest_port, .proto,
    .nat.xlat_src_ip]' "$T/states.json")" \
    '[1,"2001:db8::9",9,"UDP","2001:db8:2::1"]'
is "what is taken of an address" "$(jq -c 'select(.nat.xlat_src_ip ==
    "203.0.113.3") | .nat | del(.xlat_src_ip)' "$T/addresses.json")" \
    '{"ports_tcp":0,"ports_udp":1,"ports_icmp":0}'
ok "and as text" grep -qx '203\.0\.113\.3 tcp 0 udp 1 icmp 0' "$T/addresses.text"

#
# The same names in the schema, the page and the code.
#
sed -n 's/^	\[NAT_REASON_[A-Z_]*\] = { "\([a-z_]*\)",.*/\1/p' \
    "$TOP/bin/divertnat/nat_reason.c" | grep -v none | sort >"$T/reasons"
ok "reasons were found" test "$(wc -l <"$T/reasons")" -gt 15
is "reasons: the schema's" "$(jq -r '."$defs".reason.enum[]' "$SCHEMA" |
    sort)" "$(cat "$T/reasons")"
is "reasons: the page's" "$(sed -n '/^\.Ss Drops/,/^\.Ss The log/s/^\.It Cm //p' \
    "$PAGE" | tr -d ' ' | tr ',' '\n' | sort)" "$(cat "$T/reasons")"
is "events: the schema's" "$(jq -r '."$defs".event_nat.oneOf[].properties |
    select(.event.const) | .event.const + "\t" + (.event_id.const | tostring)' \
    "$SCHEMA" | sort)" "$(cat "$T/registry")"
jq -r '.. | objects | select(.title and .properties) | .properties | keys[]' \
    "$SCHEMA" | sort -u >"$T/keys"
ok "the schema has keys: $(wc -l <"$T/keys" | tr -d ' ')" \
    test "$(wc -l <"$T/keys")" -gt 70
sed -n '/^\.Ss Records/,/^\.Ss Capt/s/^\.I[tc] *\(Ic \)*\(.*\)/\2/p' "$PAGE" |
    tr -d ' ;' | tr ',.' '\n' | grep . | sort -u >"$T/page"
# The figures of every port are told in divert-json(5).
empty "divertnat(8) explains every key" "$(jq -r '
    ."$defs".stats_object.properties | keys[]' "$SCHEMA" |
    grep -v -e '^nat$' | sort - "$T/page" | comm -13 - "$T/keys" |
    grep -v -e '^received$' -e '^no_socket$' -e '^full_socket$' \
    -e '^output$' -e '^errors$')"
empty "and no other" "$(comm -23 "$T/page" "$T/keys")"

for python in python3 /usr/bin/python3 /usr/local/bin/python3 none; do
	"$python" -W ignore -c 'import jsonschema
jsonschema.Draft202012Validator' 2>/dev/null && break
done
if [ "$python" != none ]; then
	"$python" "$CHECK" "$SCHEMA" "$T/log.json" "$T/stats.json" \
	    "$T/states.json" "$T/rules.json" "$T/info.json" \
	    "$T/addresses.json" >"$T/out" 2>&1
	empty "every line is one of the schema, no wrong one is" \
	    "$(grep -v '^# ' "$T/out" | sed '$d' | head -n 40)"
	pass "$(tail -n 1 "$T/out")"
	grep '^# ' "$T/out"
else
	skip "every line is one of the schema" "no python3 with jsonschema"
fi
plan
