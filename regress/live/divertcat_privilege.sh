#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a running divertcat, the helper that starts its command, and the
# command keep: capabilities, users and descriptors, as the kernel lists them.

# Functions are called by ok.
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --match '-p udp'

# What the shell before us left open must not reach the command.
exec 8</dev/null
cat_start 700 -- sleep 60
exec 8<&-

# divertcat starts the helper, which starts the command.
child_of() {
	sed -n "s/^\([0-9]*\) (.*) [A-Z] $1 .*/\1/p" /proc/[0-9]*/stat \
	    2>/dev/null
}
runs() {
	command=$(child_of "$helper")
	[ -n "$command" ] && [ "$(cat "/proc/$command/comm")" = sleep ]
}
# status PROCESS NAME
status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}
numbers() {
	find "/proc/$1/fd" -type l 2>/dev/null | sed 's/.*\///' | sort -n |
	    tr '\n' ' '
}
# open_as PROCESS KIND: how many of its descriptors are that.
open_as() {
	find "/proc/$1/fd" -type l -exec readlink {} + 2>/dev/null |
	    grep -c "^$2"
}

within 10 grep -q ': ready$' "$T/cat.err"
cat=$cat_pid
helper=$(child_of "$cat")
if [ "$(cat "/proc/$cat/comm")" != divertcat ]; then
	cat=$helper
	helper=$(child_of "$cat")
fi
ok "the command runs" within 10 runs
for set in CapInh CapPrm CapEff CapAmb; do
	case $set in
	CapPrm | CapEff) wanted=0000000000001000 ;;
	*) wanted=0000000000000000 ;;
	esac
	is "divertcat: $set" "$(status_of "$cat" $set)" $wanted
	is "helper: $set" "$(status_of "$helper" $set)" 0000000000000000
	is "command: $set" "$(status_of "$command" $set)" 0000000000000000
done
is "divertcat: CapBnd" "$(status_of "$cat" CapBnd)" 0000000000001000
is "command: CapBnd" "$(status_of "$command" CapBnd)" 0000000000000000
for p in "$cat" "$helper" "$command"; do
	is "$(cat "/proc/$p/comm"): no new privileges" \
	    "$(status_of "$p" NoNewPrivs)" 1
	if [ "$(wc -l < /proc/self/uid_map)" = 1 ] &&
	    grep -q ' 1$' /proc/self/uid_map; then
		skip "no longer root" "one user is mapped here"
	else
		ok "no longer root" test "$(status_of "$p" Uid | cut -f 1)" -gt 0
	fi
done
is "the command has three descriptors" "$(numbers "$command")" "0 1 2 "
is "two of them pipes to divertcat" \
    "$(readlink "/proc/$command/fd/0" | cut -c 1-5) $(
    readlink "/proc/$command/fd/1" | cut -c 1-5)" "pipe: pipe:"
is "the helper has one socket" "$(open_as "$helper" socket:)" 1
is "and no more but its stdin, stdout and stderr" \
    "$(numbers "$helper" | wc -w | tr -d ' ')" 4
stop cat
is "it ends" "$status" 0
plan
