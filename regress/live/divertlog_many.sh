#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog] em1 -- server
# Many flows that end in one moment are all reported, more of them than the
# buffer takes at once.  A reader that comes after -c was reached gets the last
# statistics: records wait for it then, in every mode.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq python3
in_lab --offload off --match '-p udp'
to=$DIVERTLAB_SERVER4

# burst FIRST LAST: a datagram to each of these ports.
burst() {
	lab client python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(int(sys.argv[2]), int(sys.argv[3]) + 1):
    s.sendto(b"x" * 32, (sys.argv[1], port))' "$to" "$1" "$2"
}
timed_out() {
	[ "$(grep -c '"reason":"timeout"' "$T/records")" = "$(jq -s \
	    'map(.stats.flows.made | numbers) | max' "$T/stats")" ]
}
all_reported() {
	kill -USR1 "$(pid_of log)"
	last_stats >"$T/stats"
	timed_out
}

log_start -m flow --idle 1 -o "$T/records" 700
burst 20001 60000
settle
within 20 all_reported
# And again, with nothing behind them that would end them.
burst 10001 10010
settle
ok "later ones end by themselves too" within 20 all_reported
stop log
is "divertlog drained" $status 0
conserved
ok "there were many flows: $(said made)" test "$(said made)" -gt 20000
is "no record is lost" "$(said records_lost)" 0
is "each flow is reported once" \
    "$(jq -r 'select(.event_type == "flow") | .dest_port' "$T/records" |
    sort -u | wc -l)" "$(said made)"
is "the sums over flows are those of the port" \
    "$(jq -sc '[.[] | .flow | objects] | [(map(.pkts_toserver) | add),
	(map(.bytes_toserver) | add)]' "$T/records")" \
    "[$(law received),$(law bytes)]"

# A reader that begins when -c was reached: 6 MB of records, some are lost.
N=12000
mkfifo "$T/pipe" "$T/go"
: >"$T/log.err"
tool=log
"$DIVERTLOG" -v --stats json -c $N 700 >"$T/pipe" 2>"$T/log.err" &
log_pid=$!
{ read -r _ <"$T/go"; cat >"$T/lines"; } <"$T/pipe" &
reader=$!
running="$running $log_pid $reader"
tool_ready
udp_listen -n $N
udp_send "$to" $N -s 20 -r 10000
udp_end
is "every datagram arrived while nobody read" "$(arrived received)" $N
ok "divertlog waits for the reader" lives $log_pid
echo >"$T/go"
finish log
wait $reader
is "it ends well" $status 0
conserved
ok "records were lost: $(said records_lost)" test "$(said records_lost)" -gt 0
is "that is said for itself" \
    "$(sed -n 's/^divertlog: stdout: \([0-9]*\) records are lost$/\1/p' \
    "$T/log.err")" "$(said records_lost)"
is "records and lost records are all" \
    "$(($(wc -l <"$T/lines") + $(said records_lost)))" $((N + 1))
is "the last one is that of statistics" \
    "$(tail -n 1 "$T/lines" | jq -c '[.event_type, .stats.received]')" \
    "[\"stats\",$N]"
plan
