#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The socket that is named for the port: where it is, who may open it, and
# what becomes of it when a second one starts, when one is killed, and when
# somebody else asks.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command unshare mount find
in_lab --no-rules

# A /var/run of its own.
if [ -z "${IN_MOUNT-}" ]; then
	unshare -m sh -c 'mount -t tmpfs none /var/run/' 2>/dev/null ||
	    skip_all "nothing can be mounted here"
	exec env IN_MOUNT=1 unshare -m "$0"
fi
mount -t tmpfs none /var/run/ || skip_all "nothing can be mounted here"
run=/var/run/divertnat
echo 'match out on em1 inet from 192.0.2.0/24 to any nat-to (em1)' >"$T/rules"

# named NAME [divertnat argument ...]: on port 700, without --control.
named() {
	tool=$1
	shift
	start "$tool" "$DIVERTNAT" -v --stats json -f "$T/rules" "$@"
	tool_ready
}

named nat 700
is "the folder is for its owner alone" "$(stat -c '%a %u' $run)" "700 0"
is "the socket too, by the name of the port" \
    "$(cd $run && stat -c '%n %a %F' ./*)" './nfqueue-700.sock 600 socket'
for port in 700 nfqueue:700; do
	ok "asked by $port" sh -c "'$DIVERTNAT' -s info $port |
	    grep -q '^nfqueue:700: running'"
done
"$DIVERTNAT" -s info 701 2>"$T/out"
is "another port: exit status 4" $? 4
is "another port: one line" "$(cat "$T/out")" \
    "divertnat: $run/nfqueue-701.sock: no divertnat is running there"
if [ -n "$(command -v setpriv)" ] &&
    setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
	setpriv --reuid 65534 --clear-groups "$DIVERTNAT" -s info 700 \
	    2>"$T/out"
	is "another user: exit status 4" $? 4
	ok "another user: one line" grep -q 'Permission denied (only its owner' \
	    "$T/out"
	setpriv --reuid 65534 --clear-groups "$DIVERTNAT" -f "$T/rules" 702 \
	    2>"$T/out"
	is "no privilege: exit status 4" $? 4
	is "no privilege: one line" "$(wc -l <"$T/out" | tr -d ' ')" 1
else
	skip "another user" "there is no other user here"
fi

"$DIVERTNAT" -f "$T/rules" 700 2>"$T/out"
is "a second one on the port: exit status 4" $? 4
is "a second one on the port: one line" "$(wc -l <"$T/out" | tr -d ' ')" 1
"$DIVERTNAT" -s info 700 >"$T/out"
is "the first is asked as before" $? 0

# A port of this number in another network.
tool=other
start other unshare -n "$DIVERTNAT" -v -f "$T/rules" 700
tool=other
within 10 tool_settled_in
ok "in another network: it says that it cannot be asked" grep -q \
    'another divertnat is asked there (no -s' "$T/other.err"
ok "in another network: it runs" grep -q ': ready$' "$T/other.err"
stop other
is "in another network: it ends" $status 0
"$DIVERTNAT" -s info 700 >"$T/out"
is "and has not taken the first one's" $? 0

kill -KILL "$(pid_of nat)"
finish nat
"$DIVERTNAT" -s info 700 2>"$T/out"
is "killed: nobody is there to ask" $? 4
named nat 700
"$DIVERTNAT" -s info 700 >"$T/out"
is "started anew it is asked" $? 0
stop nat
is "it ends" $status 0
"$DIVERTNAT" --save 700 2>"$T/out"
is "ended: nobody is there to ask" $? 4
plan
