#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "divertcat | slow reader"] em1 -- server
# A slow reader loses copies, never traffic; with --block nothing is lost.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq
in_lab --offload off --match '-p udp'
to=$DIVERTLAB_SERVER4

# run OPTIONS...: 6000 datagrams of 1400 bytes, more than the buffers take,
# past a reader that begins when they are sent.
run() {
	mkfifo "$T/pipe" "$T/go"
	: > "$T/cat.err"
	"$DIVERTCAT" -v --stats json "$@" 700 > "$T/pipe" 2> "$T/cat.err" &
	cat_pid=$!
	running="$running $cat_pid"
	{ read -r _ < "$T/go"; cat > "$T/copies"; } < "$T/pipe" &
	reader=$!
	running="$running $reader"
	tool_ready
	udp_listen -n 6000
	udp_send "$to" 6000 -s 1400 -r 10000
}
# The ring of 4 MiB is with the reader, but for a little.
has_caught_up() {
	[ -f "$T/copies" ] && [ "$(wc -c < "$T/copies")" -gt 4000000 ]
}
settled() {
	test "$(field waiting "$("$DIVERTLAB_TRAFFIC" queue 700)")" = 0
}

run
settle
udp_end
is "every datagram arrived while nobody read" "$(arrived received)" 6000
echo > "$T/go"
# The next copies, when there is room again, say how many were lost.
within 10 has_caught_up
udp_listen -n 10
udp_send "$to" 10
settle
udp_end
stop cat
wait "$reader"
ok "copies were lost" test "$(said copies_lost)" -gt 0
is "copies and lost copies are all" \
    "$(($(said copies) + $(said copies_lost)))" 6010
is "they are told of the lost ones" \
    "$("$DIVERTCAT" -F json -r "$T/copies" |
    jq -s 'map(.divert.drops // 0) | add')" "$(said copies_lost)"
is "the reader got the copies" \
    "$(packets_in "$T/copies")" \
    "$(said copies)"
conserved
rm -f "$T/pipe" "$T/go"

run --block
echo > "$T/go"
within 20 settled
settle
udp_end
stop cat
wait "$reader"
is "--block: every datagram arrived" "$(arrived received)" 6000
is "--block: no copy is lost" "$(said copies) $(said copies_lost)" "6000 0"
is "--block: the reader got them" \
    "$(packets_in "$T/copies")" 6000
conserved
plan
