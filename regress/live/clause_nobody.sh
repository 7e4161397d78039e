#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, nobody listens] em1 -- server
# What matches the rule is dropped, and so again after a listener has left.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off --match '-p udp'

udp_listen
udp_send "$DIVERTLAB_SERVER4" 50
is "nobody listens: datagrams sent" "$sent" 50
udp_send "$DIVERTLAB_SERVER6" 50
is "nobody listens: and of the other family" "$sent" 50
ping_to "$DIVERTLAB_SERVER4" 10
is "what the rule does not match goes on" "$replies" 10
udp_end
is "nobody listens: none arrives" "$(arrived received)" 0

cat_start 700
udp_listen -n 50
udp_send "$DIVERTLAB_SERVER4" 50
udp_end
is "somebody listens: all arrive" "$(arrived received)" 50
settle
stop cat

udp_listen
udp_send "$DIVERTLAB_SERVER4" 50
udp_end
is "the listener has left: none arrives" "$(arrived received)" 0
plan
