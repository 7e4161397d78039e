# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# What the benches stand on: the laboratory, programs in the background,
# figures and what is made of them.  A bench sources this file; each of its
# results is one line.

# What is set here is used by the benches.
# shellcheck disable=SC2034

TOP=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
BENCH=$TOP/regress/bench
DIVERTCAT=$TOP/bin/divertcat/divertcat
DIVERTLOG=$TOP/bin/divertlog/divertlog
DIVERTNAT=$TOP/bin/divertnat/divertnat
DIVERTLAB_SH=$TOP/bin/divertlab/divertlab
me=$(basename "$0" .sh)
running=''

skip() {
	echo "$me: skipped: $*"
	exit 0
}

die() {
	echo "$me: $*" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || skip "needs root"
[ -x "$DIVERTCAT" ] || skip "divertcat is not built"

# Before everybody else, so that what the machine does besides is measured
# less.  Where Linux groups processes by session, a nice value counts within
# the session only: so a session of our own, with a nice value too.
if [ -z "${BENCH_SESSION-}" ] && command -v setsid >/dev/null; then
	BENCH_SESSION=1 setsid /bin/sh "$0" &
	trap 'kill -TERM -$!' INT TERM
	wait $!
	exit $?
fi
renice -n -20 -p $$ >/dev/null 2>&1
{ echo -20 >/proc/self/autogroup; } 2>/dev/null

T=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX") || exit 1
# shellcheck disable=SC2086
trap '[ -z "$running" ] || kill -KILL $running 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM

# in_lab: the rest of the bench runs on the gateway, without a rule.
in_lab() {
	[ -z "${IN_LAB-}" ] || return 0
	"$DIVERTLAB_SH" -q -- true 2>"$T/need" ||
	    skip "$(sed 's/^[^:]*: //' "$T/need" | tail -1)"
	IN_LAB=1 "$DIVERTLAB_SH" -q --no-rules --time-limit 0 -- /bin/sh "$0"
	exit $?
}

# ---- rules and programs --------------------------------------------------

# rule_on 'MATCH' [HOOK]: what matches goes to port 700.
rule_on() {
	for iptables in iptables-legacy iptables-nft iptables; do
		"$DIVERTLAB_SH" --match "$1" --hook "${2:-forward}" \
		    --rules=iptables |
		    "$iptables-restore" --noflush 2>>"$T/rules" && return 0
	done
	skip "no iptables that can queue"
}

rule_off() {
	"$iptables" -F FORWARD
	"$iptables" -t mangle -F POSTROUTING
}

# start NAME COMMAND...: in the background; its process is $NAME_pid.
start() {
	name=$1
	shift
	"$@" </dev/null &
	eval "${name}_pid=$!"
	running="$running $!"
}

# stop NAME: end it and wait.
stop() {
	eval "pid=\$${1}_pid"
	kill -TERM "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	running=$(echo " $running " | sed "s/ $pid / /")
}

# listening NAME: until it has port 700.
listening() {
	eval "pid=\$${1}_pid"
	"$DIVERTLAB_TRAFFIC" queue -t 10 -p "$pid" 700 >/dev/null ||
	    die "$1 does not listen"
}

# ready FILE: until a program has said so there.
ready() {
	tries=200
	until grep -q ready "$1" 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || die "no word from a program"
		sleep 0.05
	done
}

# ---- figures -------------------------------------------------------------

# note NAME VALUE: one figure more.
note() {
	echo "$2" >>"$T/note.$1"
}

median() {
	sort -g "$T/note.$1" | awk '{ v[NR] = $1 }
	    END { print NR ? v[int((NR + 1) / 2)] : "nan" }'
}

# spread NAME: "median [least-most]".
spread() {
	sort -g "$T/note.$1" | awk '{ v[NR] = $1 }
	    END { printf "%s [%s-%s]", v[int((NR + 1) / 2)], v[1], v[NR] }'
}

# calc EXPRESSION
calc() {
	awk "BEGIN { printf \"%.3f\", $1 }"
}

# result WHAT FIGURE RELATION GOAL DETAIL: the one line.
result() {
	verdict=$(awk "BEGIN { print $2 $3 $4 ? \"reached\" : \"missed\" }")
	echo "$1: $2 (goal $3 $4): $verdict; $5"
}
