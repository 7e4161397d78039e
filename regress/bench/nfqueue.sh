#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Draining a full queue: the tools beside the loops of bench_nfqueue, in one
# run.  NFQUEUE_BENCH adds consumers of the form name=command, in which %q is
# the queue number: one per line.

set -u
cd "$(dirname "$0")" || exit 1
tools=$(cd ../../bin && pwd)
limits='--queue-len 65536 -B 268435456'

set --
tool=$tools/divertcat/divertcat
[ -x "$tool" ] &&
	set -- "divertcat >/dev/null=$tool $limits %q >/dev/null"
while read -r consumer; do
	[ -n "$consumer" ] && set -- "$@" "$consumer"
done <<EOF
${NFQUEUE_BENCH-}
EOF
if [ $# -eq 0 ]; then
	echo 'nfqueue.sh: skipped: no tool is built'
	exit 0
fi
exec ./bench_nfqueue.bench -r 5 "$@"
