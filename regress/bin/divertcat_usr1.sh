#!/bin/sh
# SPDX-License-Identifier: ISC
#
# pkill -USR1 divertcat: every process of that name gets the signal, one line
# of statistics comes of it, and the filter goes on.

# Functions are called by ok.
# shellcheck disable=SC2317

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"

DAY=$TOP/regress/data/day.pcapng
DIVERTCAT=$TOP/bin/divertcat/divertcat
[ -x "$DIVERTCAT" ] || skip_all "no divertcat"
[ -r /proc/self/status ] || skip_all "no /proc"

# within SECONDS COMMAND...
within() {
	tries=$(($1 * 20))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}
# The process and those it started, by their parents.
family() {
	echo "$1"
	sed -n "s/^\([0-9]*\) (.*) [A-Z] $1 .*/\1/p" \
	    /proc/[0-9]*/stat 2>/dev/null | while read -r child; do
		family "$child"
	done
}
named() {
	for p in $(family "$pid"); do
		[ "$(cat "/proc/$p/comm")" != divertcat ] || echo "$p"
	done
}
two_are_named() {
	[ "$(named | wc -l)" = 2 ] && [ "$(family "$pid" | wc -l)" = 3 ]
}
reported() {
	[ "$(grep -c received "$T/err")" -ge 1 ]
}

mkfifo "$T/in"
"$DIVERTCAT" - -- cat <"$T/in" >"$T/out" 2>"$T/err" &
pid=$!
exec 3>"$T/in"
ok "it starts a helper, and that the filter" within 10 two_are_named
# Words.
# shellcheck disable=SC2046
kill -USR1 $(named)
ok "statistics are printed" within 10 reported
cat "$DAY" >&3
exec 3>&-
wait $pid
is "it goes on to the end" $? 0
is "and so does the filter" \
    "$("$DIVERTCAT" -F text -r "$T/out" | wc -l | tr -d ' ')" 19
plan
