#!/bin/sh
# SPDX-License-Identifier: ISC
#
#                                          em1 -- server
# client -- em0 [forward: divert 700, -x] <
#                                          em10 - server
# "on em1" is em1, and not em10.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --extra-if em10 --offload off --match '-p udp'

for pair in "$DIVERTLAB_SERVER4 $DIVERTLAB_SERVER_EXTRA4" \
    "$DIVERTLAB_SERVER6 $DIVERTLAB_SERVER_EXTRA6"; do
	cat_start -x -w /dev/null 700 on em1
	udp_listen -n 100
	udp_send "${pair% *}" 100
	settle
	udp_end
	is "$pair: over em1: taken" "$(arrived received)" 0
	udp_listen -n 100
	udp_send "${pair#* }" 100
	settle
	udp_end
	is "$pair: over em10: left alone" "$(arrived received)" 100
	stop cat
	is "$pair: counted" "$(law dropped) $(law passed)" "100 100"
	conserved
done
plan
