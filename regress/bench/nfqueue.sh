#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Draining a full queue: the tools beside the loops of bench_nfqueue, in one
# run, with the same queue length and buffer.  NFQUEUE_BENCH adds consumers of
# the form name=command, in which %q is the queue number: one per line.
# BENCH_ROUNDS (9).

# shellcheck source=regress/bench/lib.sh
. "$(dirname "$0")/lib.sh"
limits='--queue-len 65536 -B 268435456'

set -- "divertcat=$DIVERTCAT $limits --stats text %q >/dev/null 2>$T/said" \
    "divertlog=$DIVERTLOG $limits --stats text -o /dev/null %q 2>$T/said.log" \
    "divertnat=$DIVERTNAT $limits --stats text --control $T/nat -e 'match out inet from any to any nat-to 203.0.113.1' %q 2>$T/said.nat" \
    "flows of divertlog=$DIVERTLOG $limits -q -m flow -o /dev/null %q"
while read -r consumer; do
	[ -n "$consumer" ] && set -- "$@" "$consumer"
done <<EOT
${NFQUEUE_BENCH-}
EOT
"$BENCH/bench_nfqueue.bench" -r "${BENCH_ROUNDS:-9}" "$@" >"$T/table" ||
    exit 1
cat "$T/table"
grep -q skipped "$T/table" && exit 0

# of CONSUMER COLUMN, counted from the right; the last is 0.
of() {
	awk -v n="$1" -v c="$2" 'index($0, n) == 1 { print $(NF - c) }' \
	    "$T/table"
}

# ms CONSUMER: "median [least-most]"
ms() {
	echo "$(of "$1" 6) [$(of "$1" 5)-$(of "$1" 4)]"
}

# over TOOL GOAL SAID: over both loops; GOAL is for the bare one.
over() {
	detail="ms: $(ms "${1%% *}"), libnetfilter_queue $(ms libnetfilter),"
	detail="$detail bare loop $(ms 'bare recvmmsg 64');"
	detail="$detail$(sed -n 's/.*held;//p' "$3" | tail -1)"
	[ "$(of "${1%% *}" 1)" = - ] ||
		result "drain: $1 over a libnetfilter_queue loop" \
		    "$(of "${1%% *}" 1)" '>=' 1.5 "$detail"
	result "drain: $1 over a bare loop" "$(of "${1%% *}" 0)" '>=' "$2" \
	    "$detail"
}

over 'divertcat >/dev/null' 0.9 "$T/said"
over 'divertlog -o /dev/null' 0.75 "$T/said.log"
over 'divertnat -e rule' 0.75 "$T/said.nat"
