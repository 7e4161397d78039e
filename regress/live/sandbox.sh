#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a running divertcat can still do: its figures in /proc, and what comes
# of system calls that another program (aid_call) makes it do, as an intruder
# would.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab

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

# fds PID: what its descriptors are, without numbers, sorted.
fds() {
	for f in "/proc/$1/fd/"*; do
		readlink "$f"
	done | sed 's/:\[[0-9]*\]//' | sort | uniq -c | awk '{ print $1 $2 }' |
	    tr '\n' ' ' | sed 's/ $//'
}

children() {
	for p in /proc/[0-9]*/stat; do
		sed 's/.*) //' "$p" 2>/dev/null | {
			read -r _ parent _
			[ "$parent" != "$1" ] ||
			    echo "$p" | tr -dc '0-9\n'
		}
	done
}

divertcat_of() {
	# The one that "run" became or started.
	pid_of "$1"
}

# Nothing but the writer thread and the loop: both have the filter.
threads_filtered() {
	for t in "/proc/$1/task/"*; do
		sed -n 's/^Seccomp:[	 ]*//p' "$t/status"
	done | sort -u
}

built_with_sanitizers() {
	grep -q 'built with sanitizers' "$T/cat.err"
}

# check_status WHO PID CAPABILITIES
check_status() {
	is "$1: capabilities in effect" "$(of "$2" CapEff)" "$3"
	is "$1: capabilities permitted" "$(of "$2" CapPrm)" "$3"
	is "$1: none inherited, none ambient" \
	    "$(of "$2" CapInh) $(of "$2" CapAmb)" "$NONE $NONE"
	is "$1: none to be had beyond" "$(of "$2" CapBnd)" "$3"
	is "$1: no new privileges" "$(of "$2" NoNewPrivs)" 1
	if [ "$(wc -l </proc/self/uid_map)" = 1 ] && [ "$(id -u)" = 0 ] &&
	    awk '{ exit $3 < 65536 }' /proc/self/uid_map; then
		uid=$(id -u _divert 2>/dev/null || id -u nobody)
		gid=$(id -g _divert 2>/dev/null || id -g nobody)
		is "$1: the user" "$(of "$2" Uid)" "$uid	$uid	$uid	$uid"
		is "$1: the group" "$(of "$2" Gid)" "$gid	$gid	$gid	$gid"
		is "$1: no other groups" "$(of "$2" Groups | sed 's/ *$//')" \
		    "$gid"
	else
		skip "$1: the user, the group, no other groups" \
		    "this user namespace has one user"
	fi
}

# ---- a copy, no command ----------------------------------------------------

cat_start -w "$T/copy" 700
pid=$(divertcat_of cat)
check_status divertcat "$pid" $NET_ADMIN
if built_with_sanitizers; then
	stop cat
	skip "the rest" "built with sanitizers"
	plan
fi
is "all threads have the filter" "$(threads_filtered "$pid")" 2
if [ "$("$AID" "$pid" getpid 2>/dev/null)" = "$pid" ]; then
	can_call=1
else
	can_call=''
	skip "forbidden calls are refused" "$("$AID" "$pid" getpid 2>&1)"
fi
if [ -n "$can_call" ]; then
	is "open a file" "$(call "$pid" openat -100 @/etc/passwd 0 0)" EPERM
	is "a socket" "$(call "$pid" socket 2 1 0)" EPERM
	is "a netlink socket" "$(call "$pid" socket 16 3 12)" EPERM
	is "a socket option" "$(call "$pid" setsockopt 3 1 2 =4 4)" EPERM
	is "a copy of a descriptor" "$(call "$pid" dup 1)" EPERM
	is "the same by fcntl" "$(call "$pid" fcntl 1 0 0)" EPERM
	is "a new process" "$(call "$pid" clone 17 0 0 0 0)" EPERM
	is "a signal for another" "$(call "$pid" kill 1 15)" EPERM
	is "memory that is code" "$(call "$pid" mmap 0 4096 5 34 -1 0)" EPERM
	if [ "$("$AID" -s "$pid" getpid 2>/dev/null)" = "$pid" ] &&
	    ! grep -q 'landlock:' "$T/cat.err"; then
		is "behind the filter: no file is opened" \
		    "$(call -s "$pid" openat -100 @/dev/null 0 0)" EACCES
		ok "behind the filter: it is the filter that refuses sockets" \
		    test "$(call -s "$pid" socket 1 1 0)" -gt 2
	else
		skip "behind the filter: no file is opened" \
		    "no landlock, or seccomp cannot be suspended"
	fi
	is "what it may do it still does" "$(call "$pid" getpid)" "$pid"
	ping_to 198.51.100.2 20
	is "and traffic passes" "$replies" 20
fi
stop cat
is "ends well" $status 0
conserved
if [ -n "$can_call" ]; then
	cat_start -w "$T/copy" 700
	pid=$(divertcat_of cat)
	is "becoming another program kills" \
	    "$(call "$pid" execve @/bin/true 0 0)" killed
	finish cat
	is "by SIGSYS" $status 159
fi

# ---- with a command --------------------------------------------------------

cat_start 700 -- sh -c 'exec cat'
pid=$(divertcat_of cat)
helper=$(children "$pid")
is "there is one helper" "$(echo "$helper" | wc -w)" 1
filter=$(children "$helper")
is "there is one filter" "$(echo "$filter" | wc -w)" 1
check_status "divertcat --" "$pid" $NET_ADMIN
check_status helper "$helper" $NONE
check_status filter "$filter" $NONE
is "the helper has its socket, stderr and nothing else" \
    "$(fds "$helper" | sed "s|1$T/cat.err|stderr|")" "2/dev/null stderr 1socket"
is "the filter has two pipes, stderr and nothing else" \
    "$(fds "$filter" | sed "s|1$T/cat.err|stderr|")" "stderr 2pipe"
if [ -n "$can_call" ]; then
	is "with a command: open a file" \
	    "$(call "$pid" openat -100 @/etc/passwd 0 0)" EPERM
	is "with a command: a socket" "$(call "$pid" socket 2 1 0)" EPERM
	is "with a command: SIGKILL for another" \
	    "$(call "$pid" kill "$helper" 9)" EPERM
fi
ping_to 198.51.100.2 20
is "with a command: traffic passes" "$replies" 20
stop cat
conserved
plan
