#!/bin/sh
# SPDX-License-Identifier: ISC
#
# One TCP stream client - gateway - server, offloads on, data and
# acknowledgements both diverted: no rule, tools and loops in turn.
# BENCH_ROUNDS (5), BENCH_STREAM (2 s each).

# shellcheck source=regress/bench/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab
rounds=${BENCH_ROUNDS:-5} seconds=${BENCH_STREAM:-2}

# The Gbit/s of one stream, noted under a name.
stream() {
	: >"$T/sink"
	"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" "$BENCH/aid_stream.aid" \
	    sink "$DIVERTLAB_SERVER4" 7001 >"$T/sink" &
	sink=$!
	ready "$T/sink"
	lab client "$BENCH/aid_stream.aid" source "$DIVERTLAB_SERVER4" 7001 \
	    "$seconds" || die "$1: the stream broke off"
	wait $sink
	note "$1" "$(tail -1 "$T/sink")"
}

# with NAME COMMAND...: the same past a listener.
with() {
	what=$1
	shift
	start listener "$@"
	listening listener
	rule_on '-p tcp'
	stream "$what"
	rule_off
	stop listener
}

divertcat() {
	exec "$DIVERTCAT" -q "$@" >/dev/null
}

divertlog() {
	exec "$DIVERTLOG" -q -o /dev/null "$@"
}

plain=yes
"$BENCH/aid_accept.aid" 2>&1 | grep -q 'not found' && plain=no
i=0
while [ $i -lt "$rounds" ]; do
	stream none
	with cat divertcat 700
	with log divertlog 700
	with flow divertlog -m flow 700
	with filter divertcat 700 -- cat
	with filter-gso divertcat --gso on 700 -- cat
	[ $plain = no ] || with plain "$BENCH/aid_accept.aid" 700
	i=$((i + 1))
done
none=$(median none)
result 'tcp: divertcat >/dev/null over no rule' \
    "$(calc "$(median cat) / $none")" '>=' 0.5 \
    "Gbit/s: $(spread cat), no rule $(spread none)"
result 'tcp: divertlog -o /dev/null over no rule' \
    "$(calc "$(median log) / $none")" '>=' 0.8 \
    "Gbit/s: $(spread log), -m flow $(spread flow), no rule $(spread none)"
for other in filter filter-gso; do
	echo "tcp: divertcat -- cat ($other) over no rule:" \
	    "$(calc "$(median $other) / $none"); Gbit/s: $(spread $other)"
done
[ $plain = no ] || echo "tcp: libnetfilter_queue loop over no rule:" \
    "$(calc "$(median plain) / $none"); Gbit/s: $(spread plain)"
