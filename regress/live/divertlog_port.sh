#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog] em1 -- server
# What a live port can be asked for on the command line: the buffer, the length
# of the queue, what the kernel does with packets it cannot queue, offloaded
# packets in pieces, and to go on when the reader is gone.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq
in_lab
to=$DIVERTLAB_SERVER4
N=4000
mkfifo "$T/fifo"

read_it() {
	cat "$T/fifo" >"$T/lines" &
	reader=$!
	running="$running $reader"
}

# blocked OPTION...: with --block and nobody who reads; what arrives then.
blocked() {
	log_start --queue-len 50 --block -X "$@" -o "$T/fifo" 700 udp
	udp_listen -n $N
	udp_send "$to" $N -s 1400 -r 10000
	read_it
	settle
	udp_end
	stop log
	wait "$reader"
	conserved
}

blocked
ok "--queue-len: the kernel drops what is more: $(arrived received)" \
    test "$(arrived received)" -lt $N
blocked --fail-open
is "--fail-open: it lets that by" "$(arrived received)" $N
ok "--fail-open: which is not logged: $(law received)" \
    test "$(law received)" -lt $N

# pieces: packets above what the link takes.
pieces() {
	jq -c 'select(.divert.len > 1500)' "$T/log" | wc -l
}
for gso in on off; do
	rm -f "$T/log"
	log_start -B 1m --gso $gso -o "$T/log" 700 tcp
	ok "-B: is asked for" grep -q 'receive buffer of .*1048576' "$T/log.err"
	tcp_run "$to" 2000000
	stop log
	is "--gso $gso: bytes arrived" "$(field received "$got")" 2000000
	conserved
	if [ $gso = on ]; then
		ok "--gso on: packets are larger than a link takes" \
		    test "$(pieces)" -gt 0
	else
		is "--gso off: none is" "$(pieces)" 0
	fi
done

# into_head OPTION...: the reader leaves with the first line.
into_head() {
	: >"$T/log.err"
	"$DIVERTLOG" -v --stats json "$@" 700 udp >"$T/fifo" 2>"$T/log.err" &
	log_pid=$!
	head -n 1 <"$T/fifo" >"$T/lines" &
	running="$running $log_pid $!"
	tool_ready
	udp_listen -n 20
	udp_send "$to" 20
}
into_head
# It is seen by the next line that is written.
tries=50
while lives "$log_pid" && [ $tries -gt 0 ]; do
	udp_send "$to" 1
	tries=$((tries - 1))
done
finish log
udp_end
is "the reader goes: exit status 1" $status 1
ok "the reader goes: it has a line" grep -q '^{.*}$' "$T/lines"
into_head --keep-going
settle
udp_end
is "--keep-going: every datagram arrived" "$(arrived received)" 20
ok "--keep-going: it runs" lives "$log_pid"
stop log
is "--keep-going: exit status 0" $status 0
conserved
plan
