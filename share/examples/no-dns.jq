# SPDX-License-Identifier: ISC
#
# Drop what goes to port 53; divertcat speaks JSON to the filter:
#
#	divertcat -F json 700 -- jq -c --unbuffered -f no-dns.jq
#
# A packet is known again by its id, divert.pkt_id.

select(.dest_port != 53)
