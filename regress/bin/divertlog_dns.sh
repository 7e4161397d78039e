#!/bin/sh
# SPDX-License-Identifier: ISC
# DNS messages in the log, against tshark, field by field.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LOG=$TOP/bin/divertlog/divertlog
CAT=$TOP/bin/divertcat/divertcat
DATA=$TOP/regress/data
OTHERS=$TOP/../shared/data/captures
command -v python3 > /dev/null || skip_all "no python3"

PYTHONDONTWRITEBYTECODE=1 python3 "$DATA/dns.py" > "$T/made.pcap"
ok "the capture is what dns.py makes" cmp "$T/made.pcap" "$DATA/dns.pcap"
command -v tshark > /dev/null || {
	skip "the fields are those of tshark" "no tshark"
	plan
}

# compare CAPTURE ODD: what differs, and the count.
compare() {
	"$LOG" -r "$1" > "$T/log" 2> "$T/err" &&
	    python3 "$TOP/regress/bin/divertlog_dns.py" "$1" "$T/log" "$2" \
		> "$T/compared" 2>&1
	sed '$d' "$T/compared"
	sed -n '$s/^/# /p' "$T/compared" >&2
}
# messages: how many were compared.
messages() {
	sed -n '$s/.* in \([0-9]*\) messages.*/\1/p' "$T/compared"
}

empty "the fields are those of tshark" "$(compare "$DATA/dns.pcap" "$DATA/dns.odd")"
is "all messages were compared" "$(messages)" 132

if [ -d "$OTHERS" ]; then
	for f in "$OTHERS"/*.pcap*; do
		"$CAT" -q -r "$f" -w "$T/one" \
		    'udp port 53 or udp port 5353' 2> /dev/null
		# Sections of one file, those that have a packet.
		case $(tcpdump -nr "$T/one" -c 1 2> /dev/null) in
		?*)	cat "$T/one" >> "$T/all.pcapng" ;;
		esac
		rm -f "$T/one"
	done
	empty "and so in the captures of others" \
	    "$(compare "$T/all.pcapng" /dev/null)"
	ok "many of them" test "$(messages)" -ge 60
else
	skip "and so in the captures of others" "no $OTHERS"
fi
plan
