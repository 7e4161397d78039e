#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 240
#
# The records of divertlog against tshark, field by field, over every IP packet
# of the captures.  data/tshark.differences has what may differ, and why.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LOG=$TOP/bin/divertlog/divertlog
DATA=$TOP/regress/data
OTHERS=$TOP/../shared/data/captures
COMPARE=$TOP/regress/bin/divertlog_tshark.py
TZ=UTC
# tshark looks for its settings at home.
HOME=$T
export HOME TZ

[ -x "$LOG" ] || skip_all "no divertlog"
for tool in python3 tshark capinfos mergecap; do
	command -v $tool >/dev/null || skip_all "no $tool"
done

python3 "$DATA/layers.py" >"$T/made"
ok "layers.pcap is what layers.py makes" cmp "$T/made" "$DATA/layers.pcap"

# records FILE...: of each into a folder.
records() {
	for f; do
		timeout 20 "$LOG" -q --nano -r "$f" >"$T/${f##*/}.json" \
		    2>>"$T/said" </dev/null
	done
}

# compare WHAT ARGUMENT...: of divertlog_tshark.py.
compare() {
	what=$1
	shift
	if python3 "$COMPARE" "$@" >"$T/out" 2>&1; then
		pass "$what: $(tail -n 1 "$T/out")"
	else
		fail "$what: $(tail -n 1 "$T/out")"
		head -n 60 "$T/out" | sed 's/^/# /'
	fi
}

records "$DATA"/*.pcap*
if [ -d "$OTHERS" ]; then
	records "$OTHERS"/*.pcap*
	compare "all captures" -a "$T" "$DATA/tshark.differences" \
	    "$DATA"/*.pcap* "$OTHERS"/*.pcap*
else
	for f in "$DATA"/*.pcap*; do
		grep "^${f##*/} " "$DATA/tshark.differences"
	done >"$T/list"
	compare "own captures" "$T" "$T/list" "$DATA"/*.pcap*
	skip "captures of other tools" "no ../shared/data/captures"
fi

#
# The comparison can fail: one record changed, one missing, one too many, one
# line too many in the list.
#
mkdir "$T/bad"
# seen WHAT LINE-OF-OUTPUT SED-COMMAND [LIST]
seen() {
	sed "$3" "$T/day.pcapng.json" >"$T/bad/day.pcapng.json"
	python3 "$COMPARE" "$T/bad" "${4:-/dev/null}" "$DATA/day.pcapng" \
	    >"$T/out"
	is "seen: $1: status" $? 1
	ok "seen: $1" grep -q "$2" "$T/out"
}
seen "an address" '^day.pcapng 1 dest_ip: 198.51.100.8 here' \
    '1s/198\.51\.100\.7/198.51.100.8/'
seen "a verdict of a checksum" '^day.pcapng 19 icmp.sum_ok: False here' \
    '19s/"sum_ok":true/"sum_ok":false/'
seen "a record that is missing" '^day.pcapng 7 packet: absent here' 7d
seen "a record too many" '^day.pcapng 0 packet: .* absent in tshark' 19p
seen "an anomaly that is none" '^day.pcapng 3 anomaly: True here' \
    '3s/"packet"/"anomaly"/'
echo 'day.pcapng 2 ip.ttl of no use' >"$T/list"
seen "a line that nothing needs" '^not needed: day.pcapng 2 ip.ttl' '' \
    "$T/list"
plan
