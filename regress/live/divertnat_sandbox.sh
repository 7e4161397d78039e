#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a running divertnat and its processes can still do: no capability but
# the guard's, no file but the rules' folder, no socket of its own.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables
in_lab --no-rules

AID=$TOP/regress/live/aid_call.aid
NET_ADMIN=0000000000001000
NONE=0000000000000000

of() {
	sed -n "s/^$2:[	 ]*//p" "/proc/$1/status" 2>/dev/null
}
call() {
	"$AID" "$@" 2>&1 | sed 's/ .*//'
}
children() {
	for p in /proc/[0-9]*/stat; do
		sed 's/.*) //' "$p" 2>/dev/null | {
			read -r _ parent _
			[ "$parent" != "$1" ] || echo "$p" | tr -dc '0-9\n'
		}
	done
}

nat_rules || skip_all "no iptables with NFQUEUE"
mkdir "$T/rules.d" "$T/state"
chmod 777 "$T/state"
echo "set state-file \"$T/state/700\"" >"$T/rules.d/rules"
echo 'match out on em1 inet from 192.0.2.0/24 to any nat-to (em1)' \
    >>"$T/rules.d/rules"
nat_start -f "$T/rules.d/rules" -o "$T/log"
pid=$(pid_of nat)
others=$(children "$pid")
is "guard, interfaces, state file, log: a process each" \
    "$(echo "$others" | wc -w | tr -d ' ')" 4
is "divertnat has no capability" "$(of "$pid" CapEff) $(of "$pid" CapPrm)" \
    "$NONE $NONE"
is "one of the others may give verdicts, and no more" \
    "$(for p in $others; do of "$p" CapEff; done | sort | tr '\n' ' ')" \
    "$NONE $NONE $NONE $NET_ADMIN "
is "no new privileges for any" \
    "$(for p in $pid $others; do of "$p" NoNewPrivs; done | sort -u)" 1
if grep -q 'built with sanitizers' "$T/nat.err"; then
	stop nat
	skip "the rest" "built with sanitizers"
	plan
fi
is "a filter of system calls for all threads" \
    "$(for t in "/proc/$pid/task/"*; do
	sed -n 's/^Seccomp:[	 ]*//p' "$t/status"
    done | sort -u)" 2
if [ "$("$AID" "$pid" getpid 2>/dev/null)" != "$pid" ]; then
	skip "forbidden calls are refused" "$("$AID" "$pid" getpid 2>&1)"
else
	is "a socket" "$(call "$pid" socket 2 1 0)" EPERM
	is "a connection" "$(call "$pid" connect 3 0 0)" EPERM
	is "a new process" "$(call "$pid" clone 17 0 0 0 0)" EPERM
	is "a signal for another" "$(call "$pid" kill 1 15)" EPERM
	if grep -q 'landlock:' "$T/nat.err"; then
		skip "a file" "no landlock"
	else
		is "a file elsewhere" \
		    "$(call "$pid" openat -100 @/etc/passwd 0 0)" EACCES
		is "the states" \
		    "$(call "$pid" openat -100 "@$T/state" 0 0)" EACCES
		is "a new file beside the rules" "$(call "$pid" openat -100 \
		    "@$T/rules.d/new" 65 420)" EACCES
		ok "the rules" test "$(call "$pid" openat -100 \
		    "@$T/rules.d/rules" 0 0)" -gt 2
	fi
fi
# What it has to do it does behind the walls.
ping_to "$DIVERTLAB_SERVER4" 2 -r 4
is "traffic is translated" "$replies" 2
nat_ask --reload
is "rules are read" $? 0
nat_ask --save
is "states are written" $? 0
ok "there they are" test -s "$T/state/700"
stop nat
is "divertnat drained" $status 0
for p in $others; do
	ok "process $p has ended" within 5 dead "$p"
done
plan
