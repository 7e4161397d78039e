#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A filter in the path: packets per second of a capture through "cat", and
# the delay that "cat" adds to a packet on its way, beside what a plain accept
# loop and a round trip through two pipes take.
# BENCH_ROUNDS (5), BENCH_PACKETS (1000000), BENCH_TRIPS (2000).

# shellcheck source=regress/bench/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab
rounds=${BENCH_ROUNDS:-5} packets=${BENCH_PACKETS:-1000000}
trips=${BENCH_TRIPS:-2000}

seconds() {
	date +%s.%N
}

# per_second NAME COMMAND...: noted in million packets.
per_second() {
	what=$1
	shift
	began=$(seconds)
	"$@" || die "$what: failed"
	note "$what" "$(calc "$packets / 1e6 / ($(seconds) - $began)")"
}

through_cat() {
	"$DIVERTCAT" -q -r "$T/capture" -w /dev/null -- cat
}

to_stdout() {
	"$DIVERTCAT" -q -r "$T/capture" >/dev/null
}

to_pipe() {
	"$DIVERTCAT" -q -r "$T/capture" | cat >/dev/null
}

# trip NAME: noted as NAME.p50 and NAME.p99, in microseconds.
trip() {
	# shellcheck disable=SC2046
	set -- "$1" $(lab client "$BENCH/aid_rtt.aid" udp \
	    "$DIVERTLAB_SERVER4" 7002 "$trips")
	note "$1.p50" "$2"
	note "$1.p99" "$3"
}

# Only what goes to the server is diverted: once each round trip.
with() {
	what=$1
	shift
	start listener "$@"
	listening listener
	rule_on '-p udp --dport 7002'
	trip "$what"
	rule_off
	stop listener
}

divertcat() {
	exec "$DIVERTCAT" -q "$@" >/dev/null
}

"$BENCH/aid_capture.aid" "$packets" 140 >"$T/capture" || die "no capture"
i=0
while [ $i -lt "$rounds" ]; do
	per_second cat through_cat
	per_second out to_stdout
	per_second pipe to_pipe
	i=$((i + 1))
done
rm "$T/capture"
result "filter: divertcat -r FILE -- cat, million packets of 140 bytes a second" \
    "$(median cat)" '>=' 1 "$(spread cat); copied to /dev/null $(spread out), to a pipe $(spread pipe)"

"$BENCH/aid_accept.aid" 2>&1 | grep -q 'not found' && {
	echo "filter: delay: skipped: no libnetfilter_queue"
	exit 0
}
"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" "$BENCH/aid_rtt.aid" echo \
    "$DIVERTLAB_SERVER4" 7002 >"$T/echo" &
running=$!
ready "$T/echo"
i=0
while [ $i -lt "$rounds" ]; do
	trip none
	with plain "$BENCH/aid_accept.aid" 700
	with copy divertcat 700
	with filter divertcat 700 -- cat
	# A record of such a datagram is about so long.
	# shellcheck disable=SC2046
	set -- $("$BENCH/aid_rtt.aid" pipes 184 "$trips" cat)
	note pipes.p50 "$1"
	note pipes.p99 "$2"
	i=$((i + 1))
done
for p in p99 p50; do
	none=$(median none.$p)
	added=$(calc "$(median filter.$p) - $none")
	base=$(calc "$(median plain.$p) - $none + $(median pipes.$p)")
	line="us: round trip $(spread filter.$p), copy $(spread copy.$p),"
	line="$line plain loop $(spread plain.$p), no rule $(spread none.$p),"
	line="$line two pipes $(spread pipes.$p)"
	case $p in
	p99)	result "filter: delay added by -- cat, p99, over plain loop and two pipes" \
		    "$(calc "$added / $base")" '<=' 3 "$line" ;;
	*)	echo "filter: the same, p50: $(calc "$added / $base"); $line" ;;
	esac
done
