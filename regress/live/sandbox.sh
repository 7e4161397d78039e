#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a running divertcat or divertlog can still do: its figures in /proc, and what comes
# of system calls that another program (aid_call) makes it do, as an intruder
# would.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2119
in_lab

AID=$TOP/regress/live/aid_call.aid
NET_ADMIN=0000000000001000
NONE=0000000000000000

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
guard=$(children "$pid")
is "one other process: the guard" "$(echo "$guard" | wc -w)" 1
check_status divertcat "$pid" $NONE
check_status guard "$guard" $NET_ADMIN
if built_with_sanitizers; then
	stop cat
	skip "the rest" "built with sanitizers"
	plan
fi
is "all threads have the filter" "$(threads_filtered "$pid")" 2
is "the guard has it" "$(of "$guard" Seccomp)" 2
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

# ---- the queue's descriptor --------------------------------------------------

# To nftables: "make table x" (in a batch), from a process that could be a
# firewall's administrator; and a verdict on a packet that is not there.
word() {
	printf '%02x%02x%02x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) \
	    $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}
half() {
	printf '%02x%02x' $(($1 & 255)) $(($1 >> 8 & 255))
}
# message TYPE FLAGS BODY
message() {
	printf '%s%s%s%s%s%s' "$(word $((16 + ${#3} / 2)))" "$(half "$1")" \
	    "$(half "$2")" 00000000 00000000 "$3"
}
NFT=$((10 << 8)) QUEUE=$((3 << 8))
begin=$(message 16 1 0000000a)
end=$(message 17 1 0000000a)
# AF_INET, attribute 1 (the table's name): "x"
table=$begin$(message $NFT $((0x401)) 02000000060001007800"0000")$end
# Ask for the ruleset's generation: answered to whom may.
generation=$(message $((NFT | 16)) 1 00000000)
verdict=$(message $((QUEUE | 1)) 1 000002bc0c000200"00000001""7fffffff")
# The guard's own words (netlink_guard.c): verdicts follow.
words=$(word $((0x64760001)))$(printf '%088d' 0)

stopped() {
	[ "$(of "$1" State | cut -c1)" = T ]
}

# say PID FD HEX: what came of it.
say() {
	call "$1" sendto "$2" "%$3" $((${#3} / 2)) 64 0 0
}
# fd_of PID TABLE CONDITION: the descriptor of the socket that satisfies it in
# a table of /proc/net, where i is its inode.
fd_of() {
	for f in "/proc/$1/fd/"*; do
		inode=$(readlink "$f" | sed -n 's/^socket:\[\(.*\)\]$/\1/p')
		[ -z "$inode" ] || ! awk -v i="$inode" "$3 { found = 1 }
		    END { exit !found }" "/proc/net/$2" || echo "${f##*/}"
	done
}
queue_fd_of() {
	# shellcheck disable=SC2016
	fd_of "$1" netlink '$2 == 12 && $10 == i'
}
guard_fd_of() {
	# shellcheck disable=SC2016
	fd_of "$1" unix '$5 == "0005" && $7 == i'
}
# answer PID FD: the errno in the answer, or the type of another message.
answer() {
	"$AID" "$1" recvfrom "$2" =128 128 64 0 0 2>&1 | awk '
	{ hex = $2 }
	hex == "" { print $1; exit }
	substr(hex, 9, 4) != "0200" { print "type " substr(hex, 9, 4); exit }
	{ print "error " substr(hex, 33, 8) }'
}
answered() {
	was=$(answer "$1" "$2")
	[ "$was" != EAGAIN ]
}

if [ -n "$can_call" ]; then
	queue_fd=$(queue_fd_of "$pid")
	guard_fd=$(guard_fd_of "$pid")
	ok "the queue's descriptor is found" test -n "$queue_fd"
	ok "the guard's is" test -n "$guard_fd"
	# It must not read the answers itself.
	kill -STOP "$pid"
	within 5 stopped "$pid"
	is "a query to nftables can be sent" \
	    "$(say "$pid" "$queue_fd" "$generation")" $((${#generation} / 2))
	is "and is refused" "$(answer "$pid" "$queue_fd")" "error ffffffff"
	say "$pid" "$queue_fd" "$table" >/dev/null
	is "so is a new table" "$(answer "$pid" "$queue_fd")" "error ffffffff"
	say "$pid" "$queue_fd" "$verdict" >/dev/null
	is "so is a verdict past the guard" "$(answer "$pid" "$queue_fd")" \
	    "error ffffffff"
	say "$pid" "$guard_fd" "$words$verdict" >/dev/null
	within 5 answered "$pid" "$queue_fd"
	is "by the guard it is not: no such packet" "$was" "error feffffff"
	kill -CONT "$pid"
	ping_to 198.51.100.2 20
	is "traffic passes after that" "$replies" 20
fi
stop cat
is "ends well" $status 0
conserved

# no_verdict WHAT HEX: the guard is asked to send it.
no_verdict() {
	cat_start -w "$T/copy" 700
	pid=$(divertcat_of cat)
	guard=$(children "$pid")
	say "$pid" "$(guard_fd_of "$pid")" "$words$2" >/dev/null
	ok "$1: the guard ends" within 5 dead "$guard"
	ok "$1: and says why" grep -q 'no verdict' "$T/cat.err"
	ping_to 198.51.100.2 3
	finish cat
	is "$1: the port is gone" $status 1
}

if [ -n "$can_call" ]; then
	no_verdict "a query to nftables" "$generation"
	no_verdict "a new table" "$table"
	no_verdict "a table behind a verdict" "$verdict$table"
	no_verdict "a configuration of the queue" \
	    "$(message $((QUEUE | 2)) 1 000002bc08000100"02000000")"
	no_verdict "a verdict on another queue" \
	    "$(message $((QUEUE | 1)) 1 000002bd0c000200"00000001""7fffffff")"

	# The privilege itself, in the guard: this is what it is for.
	cat_start -w "$T/copy" 700
	pid=$(divertcat_of cat)
	guard=$(children "$pid")
	kill -STOP "$pid"
	within 5 stopped "$pid"
	say "$guard" "$(queue_fd_of "$guard")" "$generation" >/dev/null
	was=$(answer "$pid" "$(queue_fd_of "$pid")")
	ok "with the privilege the same query is answered: $was" \
	    test "$was" != "error ffffffff" -a "$was" != EAGAIN
	is "the guard opens no file" \
	    "$(call "$guard" openat -100 @/etc/passwd 0 0)" EPERM
	is "the guard opens no socket" \
	    "$(call "$guard" socket 16 3 12)" EPERM
	kill -CONT "$pid"

	is "becoming another program kills" \
	    "$(call "$pid" execve @/bin/true 0 0)" killed
	finish cat
	is "by SIGSYS" $status 159
	ok "and the guard ends with it" within 5 dead "$guard"
fi

# ---- with a command --------------------------------------------------------

cat_start 700 -- sh -c 'exec cat'
pid=$(divertcat_of cat)
helper=''
for child in $(children "$pid"); do
	[ "$(of "$child" CapEff)" != $NONE ] || helper="$helper$child"
done
is "two other processes: guard and helper" "$(children "$pid" | wc -l)" 2
filter=$(children "$helper")
is "there is one filter" "$(echo "$filter" | wc -w)" 1
check_status "divertcat --" "$pid" $NONE
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
	is "with a command: SIGSTOP for another" \
	    "$(call "$pid" kill "$helper" 19)" EPERM
fi
ping_to 198.51.100.2 20
is "with a command: traffic passes" "$replies" 20
stop cat
conserved

# ---- divertlog and its keeper ----------------------------------------------

log_start -m both -o "$T/log" 700
pid=$(pid_of log)
keeper='' guard=''
for child in $(children "$pid"); do
	if [ "$(of "$child" CapEff)" = $NONE ]; then
		keeper=$keeper$child
	else
		guard=$guard$child
	fi
done
check_status divertlog "$pid" $NONE
check_status "divertlog's guard" "$guard" $NET_ADMIN
check_status keeper "$keeper" $NONE
is "divertlog: all threads have the filter" "$(threads_filtered "$pid")" 2
is "the keeper has it" "$(threads_filtered "$keeper")" 2
if [ -n "$can_call" ]; then
	is "divertlog: open a file" \
	    "$(call "$pid" openat -100 @/etc/passwd 0 0)" EPERM
	is "divertlog: a socket" "$(call "$pid" socket 2 1 0)" EPERM
	if [ "$("$AID" -s "$pid" getpid 2>/dev/null)" = "$pid" ] &&
	    ! grep -q 'landlock:' "$T/log.err"; then
		is "divertlog: behind the filter: no file is opened" \
		    "$(call -s "$pid" openat -100 @/dev/null 0 0)" EACCES
		is "the keeper: a file elsewhere" \
		    "$(call "$keeper" openat -100 @/etc/passwd 0 0)" EACCES
	else
		skip "files behind the filter, and elsewhere" \
		    "no landlock, or seccomp cannot be suspended"
	fi
	is "the keeper: a socket" "$(call "$keeper" socket 2 1 0)" EPERM
	is "the keeper: a new process" \
	    "$(call "$keeper" clone 17 0 0 0 0)" EPERM
	is "the keeper: a signal for another" "$(call "$keeper" kill 1 15)" \
	    EPERM
fi
ping_to 198.51.100.2 20
is "divertlog: traffic passes" "$replies" 20
stop log
conserved

# ---- the guard is gone -------------------------------------------------------

# Without it no packet passes, so divertcat must end, and say why: whatever it
# waits for at that moment, and without another packet to wake it.

# guard_of PID: of its children the one with the privilege.
guard_of() {
	for child in $(children "$1"); do
		[ "$(of "$child" CapEff)" = $NONE ] || echo "$child"
	done
}
# guard_killed WHAT [COMMAND...]: what comes of it when that is done first.
guard_killed() {
	what=$1
	shift
	pid=$(divertcat_of cat)
	guard=$(guard_of "$pid")
	[ $# = 0 ] || "$@"
	kill -KILL "$guard" 2>/dev/null
	finish cat
	is "$what, the guard is killed: divertcat ends" $status 1
	is "$what: and says why, once" \
	    "$(grep -c 'gives the verdicts is gone' "$T/cat.err")" 1
}
full() {
	udp_send 198.51.100.2 30 -r 1000
}
# Its packet and the guard's end are there to be seen at one time.
one_packet() {
	kill -STOP "$pid"
	within 5 stopped "$pid"
	kill -KILL "$guard"
	within 5 dead "$guard"
	udp_send 198.51.100.2 1
	kill -CONT "$pid"
}
drain() {
	full
	kill -INT "$pid"
}

cat_start -w "$T/copy" 700
guard_killed "no packet comes"
cat_start -w "$T/copy" 700
guard_killed "one packet comes" one_packet
cat_start --window 4 --timeout 60 700 -- "$TOP/regress/filter.py" deaf 1
guard_killed "the window is full" full
cat_start --window 4 --timeout 60 700 -- "$TOP/regress/filter.py" deaf 1
guard_killed "a drain is on" drain
log_start -m both -o "$T/log" 700
pid=$(pid_of log)
kill -KILL "$(guard_of "$pid")"
finish log
is "divertlog's guard is killed: it ends" $status 1

# ---- devices made by injection ---------------------------------------------

devices() {
	sed -n 's/^ *\(dv[tr][0-9-]*\):.*/\1/p' /proc/net/dev
}
no_devices() {
	[ -z "$(devices)" ]
}
some_devices() {
	! no_devices
}

if command -v python3 >/dev/null; then
	for how in INT KILL; do
		cat_start -D in -i em0 700 -- "$TOP/regress/filter.py" made 3
		udp_listen -n 40
		udp_send 198.51.100.2 30 -r 1000
		ok "SIG$how: the guard makes a pair for packets inbound" \
		    within 5 some_devices
		settle
		stop cat $how
		udp_end
		# Killed, it may have had some in hand.
		[ $how = KILL ] ||
		    is "SIG$how: what was made arrives" "$(arrived received)" 40
		ok "SIG$how: the pair is gone" within 5 no_devices
	done
else
	skip "devices of injection" "no python3"
fi
plan
