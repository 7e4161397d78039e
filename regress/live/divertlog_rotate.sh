#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog -o file] em1 -- server
# Rotation by logrotate with the example's configuration, under load: every
# packet has its line, in one of the files, in order.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq logrotate pkill gzip
in_lab
to=$DIVERTLAB_SERVER4
N=20000
TURNS=5

mkdir "$T/log"
log=$T/log/divertlog.json

# configure: the example, for this log, this process and its user.
configure() {
	owner=$(stat -c '%u' "/proc/$(pid_of log)")
	owner=$(id -nu "$owner")
	sed -e "s,^/var/log/divertlog.json,$log," \
	    -e "s/create 0640 _divert adm/create 0640 $owner $(id -ng "$owner")/" \
	    -e "s/pkill -HUP -x divertlog/kill -HUP $(pid_of log)/" \
	    "$EXAMPLES/divertlog.logrotate" >"$T/rotate.conf"
	chmod 644 "$T/rotate.conf"
}

rotate() {
	logrotate -f -s "$T/rotate.state" "$T/rotate.conf" 2>&1
}

# all: the files, oldest first.
all() {
	for n in 9 8 7 6 5 4 3 2 1; do
		[ ! -f "$log.$n.gz" ] || gzip -dc "$log.$n.gz"
		[ ! -f "$log.$n" ] || cat "$log.$n"
	done
	cat "$log"
}

opened() {
	[ "$(grep -c 'opened anew' "$T/log.err")" -ge "$1" ]
}

# some_lines: of the new file.
some_lines() {
	[ -s "$log" ]
}

log_start -o "$log" 700
configure
ok "the example names what is changed here" \
    test "$(diff "$EXAMPLES/divertlog.logrotate" "$T/rotate.conf" |
    grep -c '^>')" = 3
udp_listen -n $N
udp_send "$to" $N -r 4000 &
sender_pid=$!
within 10 some_lines
turn=0
said=''
while [ $turn -lt $TURNS ]; do
	turn=$((turn + 1))
	said=$said$(rotate)
	within 10 opened $turn
	within 10 some_lines
done
during=$(lives $sender_pid && echo yes)
wait $sender_pid
settle
udp_end
stop log
is "drained" $status 0
empty "logrotate says nothing" "$said"
is "there was traffic to the last turn" "$during" yes
is "every datagram arrived" "$(arrived received)" $N
is "nothing is lost" "$(said records_lost)" 0
is "as many files as turns, and one" \
    "$(find "$T/log" -type f | wc -l)" $((TURNS + 1))
is "older ones are compressed" "$(find "$T/log" -name '*.gz' | wc -l)" \
    $((TURNS - 1))
all >"$T/all"
is "every line loads" "$(jq -c .event_type "$T/all" | wc -l)" \
    "$(wc -l <"$T/all")"
is "every packet, in order" \
    "$(jq -r 'select(.event_type == "packet") | .divert.pkt_id' "$T/all" |
    awk '{ if ($1 != NR) bad++ } END { print NR, bad + 0 }')" \
    "$(law received) 0"
ok "the kernel gave at least so many" test "$(law received)" -ge $N
for f in "$log" "$log.1"; do
	is "${f##*/}: mode" "$(stat -c %a "$f")" 640
done
conserved

# Nobody makes the new file, and the directory is root's: the old one goes on.
rm -f "$log"*
log_start -o "$log" 700
configure
sed -i 's/create .*/nocreate/' "$T/rotate.conf"
if [ "$(stat -c %u "/proc/$(pid_of log)")" = 0 ]; then
	skip "a new file that cannot be made" "this namespace has one user"
	stop log
else
	udp_listen -n 20
	udp_send "$to" 10
	settle
	within 10 some_lines
	rotate
	ok "a new file that cannot be made: it is said" \
	    within 10 grep -q 'cannot be opened anew.*old file goes on' \
	    "$T/log.err"
	udp_send "$to" 10
	settle
	udp_end
	stop log
	ok "there is none" test ! -e "$log"
	is "the lines are in the old one" \
	    "$(jq -c 'select(.dest_port == 7777)' "$log.1" | wc -l)" 20
fi
is "ends well" $status 0
plan
