#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog -o FIFO] em1 -- server
# A FIFO that nobody reads: divertlog begins, traffic goes on, lines are lost
# and counted.  A reader that comes later gets whole lines; with --block none
# is lost.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq
in_lab --offload off --match '-p udp'
to=$DIVERTLAB_SERVER4
N=5000
fifo=$T/fifo
mkfifo "$fifo"

read_it() {
	cat "$fifo" >"$T/lines" &
	reader=$!
	running="$running $reader"
}
some_lines() {
	[ "$(wc -l <"$T/lines")" -gt 1000 ]
}

# Records of 2 KB, 10 MB of them: more than the buffers take.
log_start -X -o "$fifo" 700
udp_listen -n $((N + 10))
udp_send "$to" $N -s 1400 -r 10000
settle
ok "divertlog runs with nobody reading" lives "$(pid_of log)"
ok "traffic passed" test "$(field id "$queue")" -ge $N -o "$queue" = null
read_it
# The ring is behind a pipe that now moves: then there is room again.
within 10 some_lines
udp_send "$to" 10
settle
udp_end
stop log
wait "$reader"
is "ends well" $status 0
is "every datagram arrived" "$(arrived received)" $((N + 10))
conserved
lost=$(said records_lost)
ok "lines were lost: $lost" test "$lost" -gt 100
is "all others are read, whole and in order" \
    "$(jq -c .event_type "$T/lines" | wc -l) $(jq -r \
    'select(.event_type == "packet") | .divert.pkt_id' "$T/lines" |
    sort -nc 2>&1)" "$(($(law received) + 1 - lost)) "
is "the last record is the statistics" \
    "$(tail -1 "$T/lines" | jq -r .event_type)" stats

# Nobody to the end: it is not held up.
log_start -X -o "$fifo" 700
udp_listen -n $N
udp_send "$to" $N -s 1400 -r 10000
settle
udp_end
begin=$(date +%s)
stop log
took=$(($(date +%s) - begin))
is "nobody reads to the end: every datagram arrived" "$(arrived received)" $N
ok "ends in $took s" test $took -le 6
conserved

# waits: packets, in the kernel.
waits() {
	[ "$(field waiting "$("$DIVERTLAB_TRAFFIC" queue 700)")" -gt 0 ]
}
log_start --block -X -o "$fifo" 700
udp_listen -n $N
udp_send "$to" $N -s 1400 -r 10000
if "$DIVERTLAB_TRAFFIC" queue 700 | grep -q waiting; then
	ok "--block: packets wait" within 10 waits
else
	skip "--block: packets wait" "this user may not read the queue table"
fi
read_it
settle
udp_end
stop log
wait "$reader"
is "--block: every datagram arrived" "$(arrived received)" $N
is "--block: no line is lost" \
    "$(said records_lost) $(jq -c .event_type "$T/lines" | wc -l)" \
    "0 $((N + 1))"
conserved
plan
