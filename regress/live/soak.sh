#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 90000
#
# client -- em0 gateway [divertnat] em1 -- server
# Short connections and flows of both families, one after the other, for
# LIVE_SECONDS (60): memory stays as it was, as many states are in use as the
# timeouts make, and in the end each has expired.  "make soak"; not a part of
# check.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables ip jq
seconds=${LIVE_SECONDS:-60}
[ -x "$TOP/regress/live/aid_crowd.aid" ] || skip_all "aid_crowd is not built"
in_lab --no-rules --time-limit $((seconds + 120))

nat_rules plain || skip_all "no iptables with NFQUEUE"
inside4='192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6'
inside6='2001:db8:1::3 2001:db8:1::4 2001:db8:1::5 2001:db8:1::6'
# shellcheck disable=SC2086
more_addresses client em0 1 $inside4 $inside6
mkdir "$T/state"
chmod 777 "$T/state"
cat >"$T/rules" <<END
set state-file "$T/state/700" every 10
set timeout { udp 4 unsafe, tcp.opening 4 unsafe, tcp.closing 4 unsafe,
    tcp.rst 4 unsafe, port-rest 4 }
match out on em1 inet from 192.0.2.0/24 to any nat-to 198.51.100.1
match out on em1 inet6 from 2001:db8:1::/64 to any nat-to 2001:db8:2::1
END

start echo "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" \
    "$TOP/regress/live/aid_echo.aid" 7700
within 10 grep -q ready "$T/echo.out"
nat_start -f "$T/rules" -m both -o /dev/null -S 5
# shellcheck disable=SC2086
start crowd "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/client" \
    "$TOP/regress/live/aid_crowd.aid" -s -i 30 -n 30 -u 30 7700 \
    "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6" 192.0.2.2 2001:db8:1::2 \
    $inside4 $inside6

figure() {
	nat_ask -s info -F json | jq ".stats.nat.$1"
}
# resident: of divertnat and its processes, kB.
resident() {
	for p in "$(pid_of nat)" $(children "$(pid_of nat)"); do
		of "$p" VmRSS
	done | awk '{ n += $1 } END { print n }'
}

# What is noted: the time, kB, states in use.
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt $end ]; do
	lives "$crowd_pid" || break
	echo "$((end - $(date +%s))) $(resident) $(figure sessions)" \
	    >>"$T/notes"
	sleep 1
done
kill -TERM "$crowd_pid"
finish crowd
crowd=$(tail -1 "$T/crowd.out")
echo "# $crowd"
sed -n '/^failed/p' "$T/crowd.out" | sed 's/^/# /' | head -20
is "every connection was whole" "$(field whole "$crowd")" \
    "$(field streams "$crowd")"
ok "there were some thousands" test "$(field streams "$crowd")" -gt \
    $((seconds * 100))
is "nothing came damaged, twice, or from other ports than before" \
    "$(field damaged "$crowd") $(field twice "$crowd") \
$(field moved "$crowd")" "0 0 0"

# The first quarter may still grow.
awk -v s="$seconds" '$1 <= s * 3 / 4 {
	if (from == 0) from = $2
	if ($2 > most) most = $2
	if ($3 > states) states = $3
    } { last = $2 } END { print from, most, last, states }' "$T/notes" \
    >"$T/out"
read -r from most last peak <"$T/out"
echo "# resident kB $from, at most $most, last $last; at most $peak states"
ok "memory stays as it is" test "$most" -le $((from + from / 100))
ok "states in use are those of some seconds" test "$peak" -le \
    $((($(field streams "$crowd") + $(field flows "$crowd")) * 12 / seconds))
empty_again() {
	[ "$(figure sessions) $(figure mappings) $(figure hosts)" = "0 0 0" ]
}
ok "each expires" within 20 empty_again
made=$(figure sessions_made)
is "what was made has ended" "$(figure sessions_ended) \
$(figure mappings_ended)" "$made $(figure mappings_made)"
ok "a state for each: $made" test "$made" -ge "$(field streams "$crowd")" \
    -a "$made" -le $(($(field streams "$crowd") + $(field flows "$crowd")))
is "nothing was dropped" "$(nat_ask -s info -F json |
    jq -c .stats.nat.dropped)" '{}'
stop nat
is "divertnat drained" $status 0
conserved
ok "no request was lost but what the kernel could not queue: $(law missed)" \
    test "$(field lost "$crowd")" -le "$(law missed)"
is "no inside address was seen outside" "$(leaks)" 0
plan
