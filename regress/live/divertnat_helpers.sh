#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [divertnat] em1 -- server
# The processes beside divertnat are killed, one in each round: what is said,
# what goes on, and how it ends.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables
in_lab --no-rules

nat_rules || skip_all "no iptables with NFQUEUE"
mkdir "$T/state" "$T/logs"
chmod 777 "$T/state" "$T/logs"
cat >"$T/rules" <<EOF2
set state-file "$T/state/700" every 1
match out on em1 inet from 192.0.2.0/24 to any nat-to (em1) log
EOF2

# helper WHICH: the process of the running divertnat that does this.
helper() {
	for p in $(children "$(pid_of nat)"); do
		case $(of "$p" CapEff)$(find "/proc/$p/fd" -type l \
		    -exec readlink {} \; | tr '\n' ' ') in
		0000000000001000*) what=guard ;;
		*"$T/state "*)	what=state ;;
		*"$T/logs/log "*) what=log ;;
		*)		what=interfaces ;;
		esac
		[ $what != "$1" ] || echo "$p"
	done
}

# kill_one WHICH SENTENCE: one line says it.
kill_one() {
	nat_start -f "$T/rules" -o "$T/logs/log"
	ping_to "$DIVERTLAB_SERVER4" 2 -r 4
	is "$1: before" "$replies" 2
	victim=$(helper "$1")
	is "$1: is a process" "$(echo "$victim" | wc -w | tr -d ' ')" 1
	kill -KILL "$victim"
	ping_to "$DIVERTLAB_SERVER4" 2 -r 4 -w 500
	ok "$1: it is said" within 10 grep -q "$2" "$T/nat.err"
	is "$1: once" "$(grep -c "$2" "$T/nat.err")" 1
}

kill_one guard 'the process that gives the verdicts is gone'
is "guard: nothing leaves without verdicts" "$replies" 0
finish nat
is "guard: divertnat ends" $status 1
ok "guard: states are saved" test -s "$T/state/700"

kill_one interfaces 'nobody follows them any more (addresses stay'
is "interfaces: traffic goes on" "$replies" 2
nat_ask --reload
is "interfaces: rules are read again" $? 0
ping_to "$DIVERTLAB_SERVER4" 2 -r 4
is "interfaces: and have their addresses" "$replies" 2
stop nat
is "interfaces: no mistake of the run" $status 0
conserved

kill_one state 'state/700: the process that writes it is gone$'
is "state: traffic goes on" "$replies" 2
nat_ask --save 2>"$T/out"
is "state: not saved" $? 1
is "state: which says why" "$(cat "$T/out")" \
    'divertnat: the state file: the process that writes it is gone'
ok "state: info too" sh -c "'$DIVERTNAT' -s info --control '$T/control' |
    grep -q 'last: the process that writes it is gone'"
stop nat
is "state: exit status 1" $status 1
conserved

kill_one log 'logs/log: the reader is gone'
is "log: traffic goes on" "$replies" 2
stop nat
is "log: exit status 1" $status 1
ok "log: it is said that lines are lost" \
    grep -q 'logs/log: [0-9]* lines* .* lost' "$T/nat.err"
ok "log: and counted" test "$(said records_lost)" -gt 0
conserved
is "no inside address was seen outside" "$(leaks)" 0
plan
