#!/bin/sh
# SPDX-License-Identifier: ISC
#
# "divertcat 700 -- cat" behind a rule at each of the other hooks: ping, 1000
# datagrams and a TCP stream in each family.  At input the gateway is the
# far end, at output it is the sender.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
[ -x "$DIVERTCAT" ] || skip_all "divertcat is not built"
need_lab

# every PATTERN FIGURE: the figure in each record of the report that matches,
# with blanks between.
every() {
	tr '{' '\n' <"$T/report" | grep "$1" | while read -r line; do
		field "$2" "{$line"
	done | tr '\n' ' ' | sed 's/ $//'
}

for hook in input output prerouting postrouting; do
	"$DIVERTLAB_SH" -q --hook $hook --offload off --count 1000 \
	    --rate 5000 --traffic ping,udp,tcp --report "$T/report" -- \
	    "$DIVERTCAT" -v --stats json 700 -- cat 2>"$T/cat.err"
	is "$hook: exit status" $? 0
	is "$hook: pings answered" "$(every '"ping"' replies)" '1000 1000'
	is "$hook: datagrams arrived" "$(every '"udp","role":"recv"' \
	    distinct)" '1000 1000'
	is "$hook: changed, twice, out of order" "$(
	    every '"udp","role":"recv"' corrupted) $(
	    every '"udp","role":"recv"' duplicates) $(
	    every '"udp","role":"recv"' reordered)" '0 0 0 0 0 0'
	is "$hook: bytes over TCP" "$(every '"tcp","role":"recv"' received)" \
	    '1000000 1000000'
	is "$hook: SHA-256 of them" "$(every '"tcp","role":"recv"' sha256)" \
	    "$(every '"tcp","role":"send"' sha256)"
	is "$hook: divertcat passed" "$(law passed)" "$(law received)"
	# TCP hands down long segments before the device is known, and the
	# queue cuts them after the rule has counted them.
	rules=$(field rule_packets "$(cat "$T/report")")
	[ $hook = output ] ||
	    is "$hook: divertcat received what the rule sent it" \
	    "$(law received)" "$rules"
	id=$(field id "$(cat "$T/report")")
	[ -z "$id" ] || is "$hook: and what the kernel numbered" \
	    "$(law received)" "$id"
	conserved
done
plan
