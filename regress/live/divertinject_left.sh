#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The devices that inbound injection makes are gone when it ends, in whatever
# way; and what SIGKILL leaves, when the next one starts.

# Functions are called by "within" and "ok".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off

mkfifo "$T/pipe"
# begin: one packet is in, and more may come by the pipe.
begin() {
	start inject "$DIVERTINJECT" -v --stats json -D in -i em0 -r "$T/pipe" \
	    -p max 700
	exec 8>"$T/pipe"
	echo 45000021000900004011f6bfc0000202c00002010fa01389000d1cd66c6f63616c >&8
	within 10 test_ours 2
	guard_pid=$(pgrep -P "$(tool_pid)" | head -1)
}

# The process itself, below the one that started it.
tool_pid() {
	pid=$(pid_of inject)
	read -r comm <"/proc/$pid/comm"
	if [ "$comm" = divertinject ]; then
		echo "$pid"
	else
		pgrep -P "$pid" divertinject
	fi
}

test_ours() {
	[ "$(ours)" = "$1" ]
}

command -v pgrep >/dev/null || skip_all "no pgrep"

begin
ok "a pair is made" test_ours 2
exec 8>&-
finish inject
is "end of input: status" "$status" 0
ok "end of input: the pair is gone" test_ours 0

begin
stop inject INT
exec 8>&-
is "SIGINT: status" "$status" 0
is "SIGINT: what was injected is counted" "$(tool=inject; law injected)" 1
ok "SIGINT: the pair is gone" test_ours 0

begin
kill -KILL "$(tool_pid)"
exec 8>&-
finish inject
ok "SIGKILL: the process that injects sees to it" within 5 test_ours 0

begin
kill -KILL "$guard_pid" "$(tool_pid)"
exec 8>&-
finish inject
within 1 test_ours 0
is "SIGKILL of both: the pair is left" "$(ours)" 2
inject -e 'out proto udp from 198.51.100.1 port 1 to 198.51.100.2 port 2' 700
is "until the next start: status" $status 0
is "until the next start: gone" "$(ours)" 0

# The process that injects is killed: said, and an end.
begin
kill -KILL "$guard_pid"
within 5 dead "$guard_pid"
echo 45000021000900004011f6bfc0000202c00002010fa01389000d1cd66c6f63616c >&8
finish inject
exec 8>&-
is "without it: status" "$status" 1
ok "without it: said" grep -q 'the process that injects is gone' \
    "$T/inject.err"
(tool=inject; is "without it: conserved" "$(($(law passed) + $(law lost)))" \
    "$(law received)") | grep -v '^#'
tests=$((tests + 1))
inject -e 'out proto udp from 198.51.100.1 port 1 to 198.51.100.2 port 2' 700
is "and nothing is left" "$(ours)" 0
plan
