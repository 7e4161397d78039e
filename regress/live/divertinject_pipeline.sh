#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "divertcat -x 700 | cat | divertinject
# 700"] em1 -- server
# Taken on one side and injected on the other: all of it arrives.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off

mkfifo "$T/taken" "$T/passed"
"$DIVERTINJECT" -v --stats json -r "$T/passed" -p max 700 >/dev/null \
    2>"$T/inject.err" &
inject_pid=$!
cat "$T/taken" >"$T/passed" &
program_pid=$!
running="$running $inject_pid $program_pid"
cat_start -x -w "$T/taken" 700

for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	ping_to "$to" 100 -r 500
	is "$to: replies to 100 pings" "$replies" 100
	udp_listen -n 2000
	udp_send "$to" 2000 -s 200 -r 5000
	settle
	udp_end
	is "$to: datagrams sent and arrived" "$sent $(arrived distinct)" \
	    "2000 2000"
	is "$to: changed, twice, out of order" \
	    "$(arrived corrupted) $(arrived duplicates) $(arrived reordered)" \
	    "0 0 0"
	tcp_run "$to" 20000000
	is "$to: 20 MB of TCP are complete" "$(field complete "$sent")" true
	is "$to: and the same at the other end" "$(field sha256 "$got")" \
	    "$(field sha256 "$sent")"
done
settle
stop cat
is "divertcat drained" $status 0
conserved
is "everything was taken" "$(law dropped) $(said taken)" \
    "$(law received) $(law received)"
took=$(law received)
wait $program_pid
wait $inject_pid
is "divertinject: status" $? 0
tool=inject
conserved
is "everything taken was read, and injected" \
    "$(law received) $(law injected)" "$took $took"
# The same with a program that knows JSON, which changes something: what is
# sent to port 7776 arrives at 7777.
if command -v jq >/dev/null; then
	rm -f "$T/taken" "$T/passed"
	mkfifo "$T/taken" "$T/passed"
	"$DIVERTINJECT" -v --stats json <"$T/passed" -p max 700 >/dev/null \
	    2>"$T/inject.err" &
	inject_pid=$!
	jq --unbuffered -c '.dest_port = 7777' <"$T/taken" >"$T/passed" &
	program_pid=$!
	running="$running $inject_pid $program_pid"
	cat_start -x -F json -w "$T/taken" 700 'udp dst port 7776'
	for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
		udp_listen -n 50
		udp_send "$to" 50 -p 7776 -s 200 -r 500
		settle
		udp_end
		is "$to: edited by jq: arrived" \
		    "$(arrived distinct) $(arrived corrupted)" "50 0"
	done
	stop cat
	wait $program_pid
	wait $inject_pid
	is "edited by jq: status" $? 0
	tool=inject
	is "edited by jq: injected" "$(law injected)" 100
else
	skip "edited by jq" "no jq"
fi
is "errors the server's kernel counts" "$(errors_at server)" 0
is "errors the client's kernel counts" "$(errors_at client)" 0
plan
