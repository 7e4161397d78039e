#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog] em1 -- server
# The log on its way to another machine, with the example's configuration: two
# real rsyslogds that talk over the loopback.  Once from the file, which is
# rotated meanwhile, once by --syslog.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
need_command jq rsyslogd mount
# The socket of syslog has one path: a /dev of our own.
if [ -n "${IN_LAB-}" ] && [ -z "${OWN_MOUNTS-}" ]; then
	OWN_MOUNTS=1 exec unshare -m sh "$0"
fi
in_lab
to=$DIVERTLAB_SERVER4
N=3000
log=$T/log/divertlog.json
there=$T/gateway.json

own_dev() {
	mkdir "$T/dev"
	for node in null zero full random urandom; do
		: >"$T/dev/$node"
		mount --bind "/dev/$node" "$T/dev/$node" || return 1
	done
	mount --rbind "$T/dev" /dev
}
own_dev || skip_all "no /dev of its own can be mounted here"
trap 'kill $running 2>/dev/null; umount -R /dev; umount "$T/dev/"*; rm -rf "$T"' EXIT

# The user that divertlog becomes makes the new file.
mkdir -m 777 "$T/log"

# Where the example says here, and what it says of the other machine.
mkdir "$T/spool" "$T/spool-there"
sed -e "s,/var/log/divertlog.json,$log," -e 's/logs.example.net/127.0.0.1/' \
    "$EXAMPLES/divertlog.rsyslog" >"$T/example"
{
	echo "global(workDirectory=\"$T/spool-there\")"
	sed -n -e "s,/var/log/gateway.json,$there," -e 's/^#there //p' \
	    "$T/example"
} >"$T/there.conf"
{
	echo "global(workDirectory=\"$T/spool\")"
	cat "$T/example"
} >"$T/file.conf"
{
	echo "global(workDirectory=\"$T/spool\")"
	echo 'module(load="imuxsock")'
	sed 's/^#syslog //' "$T/example"
	echo "*.* action(type=\"omfile\" file=\"$T/others\")"
} >"$T/syslog.conf"

# rsyslog NAME: with NAME.conf, in the background.
rsyslog() {
	rsyslogd -N 1 -f "$T/$1.conf" >"$T/$1.check" 2>&1
	is "rsyslogd takes the configuration: $1" $? 0
	start "$1" rsyslogd -n -f "$T/$1.conf" -i "$T/$1.pid"
}
listening() {
	grep -q ' 00000000:2912 .* 0A ' /proc/net/tcp
}
# arrived_there COUNT: lines.
arrived_there() {
	[ "$(wc -l <"$there" 2>/dev/null || echo 0)" -ge "$1" ]
}
# tell COUNT: why there are not as many.
tell() {
	echo "# arrived: $(wc -l <"$there") of $1"
	sed 's/^/# /' "$T/there.out" "$T/there.err" "$T/others" 2>/dev/null |
	    head -n 20
}

# same_there FILE: what arrived is what was logged.
same_there() {
	lines=$(wc -l <"$1")
	ok "all $lines lines arrive" within 30 arrived_there "$lines" ||
	    tell "$lines"
	ok "as they were" cmp "$1" "$there"
}

rsyslog there
within 10 listening || tell 0

# ---- from the file -----------------------------------------------------------

rsyslog file
log_start -X -o "$log" 700
udp_listen -n $((2 * N))
udp_send "$to" $N -r 5000
settle
# Rotation, while the daemon reads.
mv "$log" "$log.1"
kill -HUP "$(pid_of log)"
within 10 test -e "$log"
udp_send "$to" $N -r 5000
settle
udp_end
is "every datagram arrived" "$(arrived received)" $((2 * N))
# Packets as the sender's kernel makes them: lines of more than 8 KB.
tcp_run "$to" 3000000
settle
stop log
is "no line is lost" "$(said records_lost)" 0
ok "long lines are among them" \
    test "$(awk '{ if (length > m) m = length } END { print m }' "$log")" \
    -gt 9000
conserved
cat "$log.1" "$log" >"$T/all"
same_there "$T/all"
stop file TERM
stop there TERM
rm -f "$there"

# ---- by --syslog -------------------------------------------------------------

rsyslog there
within 10 listening || tell 0
rsyslog syslog
log_start --syslog 700
udp_listen -n $N
udp_send "$to" $((N / 2)) -r 2000
settle
# The daemon is restarted.
stop syslog TERM
rsyslog syslog
udp_send "$to" $((N / 2)) -r 2000
settle
udp_end
stop log
is "--syslog: every datagram arrived" "$(arrived received)" $N
is "--syslog: no line is lost" "$(said records_lost)" 0
conserved
ok "--syslog: all lines arrive" within 30 arrived_there \
    $(($(law received) + 1)) || tell $((N + 1))
is "--syslog: each loads" "$(jq -c .event_type "$there" | wc -l)" \
    $(($(law received) + 1))
is "--syslog: in order" \
    "$(jq -r 'select(.event_type == "packet") | .divert.pkt_id' "$there" |
    awk '{ if ($1 != NR) bad++ } END { print NR, bad + 0 }')" "$(law received) 0"
is "--syslog: each begins with its brace" "$(grep -vc '^{' "$there")" 0
ok "--syslog: none among the messages of others" \
    test "$(grep -c '"timestamp"' "$T/others")" = 0
stop syslog TERM
stop there TERM
plan
