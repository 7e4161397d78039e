#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "divertcat -w FILE 700"] em1 -- server
# The default: a copy of every packet is written, and every packet goes on.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off

cat_start -w "$T/copy.pcapng" 700
total=0
for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	udp_listen -n 1000
	udp_send "$to" 1000 -s 200 -r 5000
	settle
	udp_end
	is "$to: datagrams sent" "$sent" 1000
	is "$to: datagrams arrived" "$(arrived distinct)" 1000
	is "$to: arrived changed" "$(arrived corrupted)" 0
	is "$to: arrived twice" "$(arrived duplicates)" 0
	is "$to: arrived out of order" "$(arrived reordered)" 0
	ping_to "$to" 100
	is "$to: replies to 100 pings" "$replies" 100
	total=$((total + 1200))
done
settle
ids_are $total
stop cat
is "divertcat drained" $status 0
is "divertcat received" "$(law received)" $total
is "divertcat passed" "$(law passed)" $total
is "copies written" "$(said copies)" $total
is "copies lost" "$(said copies_lost)" 0
conserved
if command -v tcpdump >/dev/null; then
	# A namespace with one user only: tcpdump, not root inside another,
	# does not try to change to somebody else.
	cat "$T/copy.pcapng" | unshare -U tcpdump -nr - 2>/dev/null >"$T/lines"
	is "packets that tcpdump reads in the file" \
	    "$(wc -l <"$T/lines" | tr -d ' ')" $total
	is "of them UDP to the servers" "$(grep -c 'UDP, length 200' \
	    "$T/lines")" 2000
else
	skip "packets that tcpdump reads in the file" "no tcpdump"
	skip "of them UDP to the servers" "no tcpdump"
fi
is "errors the server's kernel counts" "$(errors_at server)" 0
plan
