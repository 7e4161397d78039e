#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog -o file on a small disk] em1 --
# server.  The disk is full: traffic goes on, lines are lost and counted, none
# is torn; with space again the log goes on.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq
if [ -n "${IN_LAB-}" ] && [ -z "${OWN_MOUNTS-}" ]; then
	OWN_MOUNTS=1 exec unshare -m sh "$0"
fi
in_lab --offload off --match '-p udp'
to=$DIVERTLAB_SERVER4
N=8000
mkdir "$T/disk"
mount -t tmpfs -o size=2m,mode=755 none "$T/disk" 2>/dev/null ||
    skip_all "no tmpfs can be mounted here"
trap 'umount "$T/disk"; rm -rf "$T"' EXIT
log=$T/disk/log

# full: nothing can be added.
full() {
	! head -c 4096 /dev/zero >"$T/disk/more" 2>/dev/null
	result=$?
	rm -f "$T/disk/more"
	return $result
}
caught_up() {
	grep -q 'is written again' "$T/log.err"
}
# whole FILE: its lines, when each of them loads.
whole() {
	[ "$(tail -c 1 "$1" | od -An -c | tr -d ' ')" = '\n' ] || echo torn
	loaded=$(jq -c .event_type "$1" | wc -l)
	[ "$loaded" = "$(wc -l <"$1")" ] || echo "$loaded load"
	wc -l <"$1"
}

# Records of 2 KB: 16 MB, more than the disk and all buffers take.
log_start -X -o "$log" 700
udp_listen -n $((N + 10))
udp_send "$to" $N -s 1400 -r 10000
settle
ok "the disk is full" within 10 full
ok "that is said" grep -q 'No space left on device (lines wait' "$T/log.err"
ok "once" test "$(grep -c 'No space left' "$T/log.err")" = 1
first=$(whole "$log")
cp "$log" "$T/first"
ok "what is there is whole lines: $first" test "$first" -gt 100
ok "the divertlog of this goes on" lives "$(pid_of log)"
# Space: the buffers hold more than the disk, which is emptied until they are.
mount -o remount,size=64m "$T/disk" || exit 1
ok "with space it goes on, and says so" within 10 caught_up
udp_send "$to" 10
settle
udp_end
stop log
is "every datagram arrived" "$(arrived received)" $((N + 10))
conserved
is "lines lost meanwhile are no error at the end" $status 0
lost=$(said records_lost)
ok "lines were lost: $lost" test "$lost" -gt 0
is "none is torn, and those lost are all that are not there" \
    "$(whole "$log")" $(($(law received) + 1 - lost))
ok "those of before are there as they were" \
    cmp -n "$(stat -c %s "$T/first")" "$T/first" "$log"
is "in order" "$(jq -r 'select(.event_type == "packet") | .divert.pkt_id' \
    "$log" | sort -nc 2>&1)" ""
is "the last datagrams are among them" \
    "$(jq -c 'select(.divert.pkt_id > '$N')' "$log" | wc -l)" 10
is "the last record tells how many are lost" \
    "$(tail -1 "$log" | jq .stats.records_lost)" "$lost"

# Full to the end: counted, and the exit is not held up.
rm -f "$log"
mount -o remount,size=1m "$T/disk" || exit 1
log_start -X -o "$log" 700
udp_listen -n $N
udp_send "$to" $N -s 1400 -r 10000
settle
udp_end
begin=$(date +%s)
stop log
took=$(($(date +%s) - begin))
is "full to the end: every datagram arrived" "$(arrived received)" $N
conserved
is "the exit status is 1" $status 1
ok "ends in $took s" test $took -le 6
lines=$(whole "$log")
ok "what is there is whole lines: $lines" test "$lines" -gt 50
is "the others are said to be lost, those apart that were never taken" \
    "$((lines + $(sed -n 's/.*: \([0-9]*\) lines are lost$/\1/p' \
    "$T/log.err")))" "$(said records)"
plan
