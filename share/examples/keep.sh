#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A firewall from a stock tool: what tcpdump does not write is dropped.
#
#	divertcat 700 -- ./keep.sh not tcp port 23
#	divertcat -F pflog 700 -- ./keep.sh 'not (inbound and on em0)'
#
# -U writes each packet at once.  tcpdump writes classic pcap, without ids: a
# packet is known again by its bytes, which tcpdump does not change.

# Started as root, tcpdump changes to a user of its own.  In a private network
# made without privilege there is no other user, and it gives up: there
# divertcat is the filter, which copies what matches and keeps the ids.
if [ "$(id -u)" -eq 0 ] && [ -r /proc/self/uid_map ] &&
    [ "$(awk '{ n += $3 } END { print n }' /proc/self/uid_map)" = 1 ]; then
	exec divertcat -q - "$*"
fi
exec tcpdump -U -r - -w - "$*"
