#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a running divertinject and its guard can still do: their figures in
# /proc, and what comes of system calls that another program (aid_call) makes
# them do, as an intruder would.

# Functions are called by "within" and "ok".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off
command -v pgrep >/dev/null || skip_all "no pgrep"

AID=$TOP/regress/live/aid_call.aid
NET_ADMIN=0000000000001000
NONE=0000000000000000

# of PID NAME: of its /proc/PID/status
of() {
	sed -n "s/^$2:[	 ]*//p" "/proc/$1/status" 2>/dev/null
}

# call PID ARGUMENT...: what became of a system call there.
call() {
	"$AID" "$@" 2>&1 | sed 's/ .*//'
}

check_status() {
	is "$1: capabilities in effect and permitted" \
	    "$(of "$2" CapEff) $(of "$2" CapPrm)" "$3 $3"
	is "$1: none inherited, none ambient" \
	    "$(of "$2" CapInh) $(of "$2" CapAmb)" "$NONE $NONE"
	is "$1: none to be had beyond" "$(of "$2" CapBnd)" "$3"
	is "$1: no new privileges" "$(of "$2" NoNewPrivs)" 1
	is "$1: system calls are filtered" "$(of "$2" Seccomp)" 2
}

local4=45000021000900004011f6bfc0000202c00002010fa01389000d1cd66c6f63616c
mkfifo "$T/pipe"
start inject "$DIVERTINJECT" -v --stats json -D in -i em0 -r "$T/pipe" \
    -p max 700
exec 8>"$T/pipe"
fw 4 -A INPUT -i em0 -p udp --dport 5001
arrived_in() {
	[ "$(counted 4 filter INPUT 'em0 .*dpt:5001')" = "$1" ]
}
echo $local4 >&8
within 10 arrived_in 1
pid=$(pid_of inject)
[ "$(cat "/proc/$pid/comm")" = divertinject ] ||
    pid=$(pgrep -P "$pid" divertinject)
guard=$(pgrep -P "$pid")
if grep -q 'built with sanitizers' "$T/inject.err"; then
	skip "what it can do" "built with sanitizers"
	exec 8>&-
	finish inject
	plan
fi
is "one other process: the guard" "$(echo "$guard" | wc -w)" 1
check_status divertinject "$pid" $NONE
check_status guard "$guard" $NET_ADMIN
if [ "$("$AID" "$pid" getpid 2>/dev/null)" = "$pid" ]; then
	for who in $pid $guard; do
		name=guard
		[ "$who" != "$pid" ] || name=divertinject
		is "$name: open a file" \
		    "$(call "$who" openat -100 @/etc/passwd 0 0)" EPERM
		is "$name: a socket" "$(call "$who" socket 2 1 0)" EPERM
		is "$name: a netlink socket" "$(call "$who" socket 16 3 0)" \
		    EPERM
		is "$name: a mark for a socket" \
		    "$(call "$who" setsockopt 3 1 36 =4 4)" EPERM
		is "$name: a new process" "$(call "$who" clone 17 0 0 0 0)" \
		    EPERM
	done
else
	skip "forbidden calls are refused" "$("$AID" "$pid" getpid 2>&1)"
fi

# And it works on, both ways.
echo $local4 >&8
within 10 arrived_in 2
ok "packets come in still" arrived_in 2
kill -USR1 "$pid"
told() {
	grep -q '"event_type":"stats"' "$T/inject.err"
}
ok "SIGUSR1 has its figures" within 5 told
is "SIGUSR1: so far" "$(tool=inject; law injected)" 2
exec 8>&-
finish inject
is "status" "$status" 0

# A guard that is sent what is no packet ends; nothing is sent.
start inject "$DIVERTINJECT" -v --stats json -D in -i em0 -r "$T/pipe" \
    -p max 700
exec 8>"$T/pipe"
echo $local4 >&8
within 10 arrived_in 3
pid=$(pid_of inject)
[ "$(cat "/proc/$pid/comm")" = divertinject ] ||
    pid=$(pgrep -P "$pid" divertinject)
guard=$(pgrep -P "$pid")
# The only unix socket is the way to it.
for f in "/proc/$pid/fd/"*; do
	case $(readlink "$f") in
	socket:*)
		inode=$(readlink "$f" | tr -dc 0-9)
		grep -q " $inode\$" "/proc/$pid/net/unix" 2>/dev/null ||
		    grep -q " $inode *\$" "/proc/$pid/net/unix" || continue
		way=${f##*/} ;;
	esac
done
if [ -n "${way-}" ] && [ "$("$AID" "$pid" getpid 2>/dev/null)" = "$pid" ]; then
	# A packet that is longer than the message.
	zeros=000000000000000000000000
	call "$pid" sendto "$way" %01017664ffffffff$zeros$zeros$zeros 44 \
	    0 0 0 >/dev/null
	ok "a guard that is sent something else ends" within 5 dead "$guard"
	ok "and says why" grep -q 'no packet, and ends' "$T/inject.err"
	is "and takes the devices with it" "$(ours)" 0
else
	skip "a guard that is sent something else ends" "no way to ask it"
fi
exec 8>&-
stop inject KILL
plan
