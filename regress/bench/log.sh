#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A million packets of a capture as records, beside those who write about
# packets otherwise.  BENCH_PACKETS (1000000), BENCH_ROUNDS (5); tshark, which
# takes a minute, has one round unless BENCH_TSHARK says more.

# shellcheck source=regress/bench/lib.sh
. "$(dirname "$0")/lib.sh"
packets=${BENCH_PACKETS:-1000000}
rounds=${BENCH_ROUNDS:-5} tshark_rounds=${BENCH_TSHARK:-1}
command -v tcpdump >/dev/null || skip "no tcpdump"
"$BENCH/aid_capture.aid" "$packets" 140 >"$T/capture" || exit 1

# timed NAME COMMAND...: its seconds, noted.
timed() {
	what=$1
	shift
	from=$(date +%s.%N)
	"$@" >/dev/null 2>"$T/err" || die "$what: $(cat "$T/err")"
	note "$what" "$(calc "$(date +%s.%N) - $from")"
}

ek=yes
command -v tshark >/dev/null || ek=no
HOME=$T
export HOME
i=0
while [ $i -lt "$rounds" ]; do
	timed log "$DIVERTLOG" -r "$T/capture"
	timed bytes "$DIVERTLOG" -X -r "$T/capture"
	timed flow "$DIVERTLOG" -m flow -r "$T/capture"
	timed tcpdump tcpdump -n -r "$T/capture"
	i=$((i + 1))
	[ $ek = yes ] && [ $i -le "$tshark_rounds" ] &&
	    timed tshark tshark -n -T ek -r "$T/capture"
done
log=$(median log)
detail="s for $packets packets: $(spread log), -X $(spread bytes)"
detail="$detail, -m flow $(spread flow)"
result 'capture: divertlog -r, times as fast as tcpdump -n' \
    "$(calc "$(median tcpdump) / $log")" '>=' 1 \
    "$detail, tcpdump $(spread tcpdump)"
[ $ek = no ] || result 'capture: divertlog -r, times as fast as tshark -T ek' \
    "$(calc "$(median tshark) / $log")" '>=' 10 "tshark $(spread tshark)"
