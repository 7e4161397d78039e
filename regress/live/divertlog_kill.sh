#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog -o file] em1 -- server
# divertlog is killed under load, again and again: its log has whole lines
# only, those of the first packets, none missing.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq
in_lab --match '-p udp'
to=$DIVERTLAB_SERVER4
log=$T/log

children() {
	for p in /proc/[0-9]*/stat; do
		sed 's/.*) //' "$p" 2>/dev/null | {
			read -r _ parent _
			[ "$parent" != "$1" ] ||
			    echo "$p" | tr -dc '0-9\n'
		}
	done
}

# has_bytes COUNT
has_bytes() {
	[ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -ge "$1" ]
}

start sender "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/client" \
    "$DIVERTLAB_TRAFFIC" send udp -p 7777 -n 1000000 -r 20000 -s 200 "$to"
total=0
for round in 1 2 3 4 5 6 7 8; do
	rm -f "$log"
	log_start -X -o "$log" 700
	pid=$(pid_of log)
	helpers=$(children "$pid")
	within 10 has_bytes $((round * round * 10000))
	kill -KILL "$pid"
	finish log
	is "round $round: killed" $status 137
	left=''
	for helper in $helpers; do
		within 10 dead "$helper" || left="$left $helper"
	done
	empty "round $round: guard and keeper have ended" "$left"
	is "round $round: the last byte ends a line" \
	    "$(tail -c 1 "$log" | od -An -c | tr -d ' ')" '\n'
	lines=$(wc -l <"$log")
	is "round $round: $lines lines load, of the first packets in order" \
	    "$(jq -r .divert.pkt_id "$log" |
	    awk '{ if ($1 != NR) bad++ } END { print NR, bad + 0 }')" \
	    "$lines 0"
	total=$((total + lines))
done
stop sender TERM
ok "lines in all: $total" test $total -gt 2000

# The keeper killed as well, or the whole machine: what the next run does.
truncate -s -7 "$log"
log_start -o "$log" 700
udp_listen -n 10
udp_send "$to" 10
settle
udp_end
stop log
ok "a line that was cut is removed, and that is said" \
    grep -q 'cut by an earlier crash: removed' "$T/log.err"
is "every line loads" "$(jq -c .event_type "$log" | wc -l)" "$(wc -l <"$log")"
is "the new ones are there" \
    "$(jq -c 'select(.event_type == "stats")' "$log" | wc -l)" 1
conserved

# What the process is that keeps the log.
log_start -o "$log" 700
is "processes that serve it" "$(children "$(pid_of log)" | wc -l)" 2
keeper=''
for child in $(children "$(pid_of log)"); do
	for f in "/proc/$child/fd/"*; do
		[ "$(readlink "$f")" != "$log" ] || keeper=$child
	done
done
ok "one has the log" test -n "$keeper"
of() {
	sed -n "s/^$2:[	 ]*//p" "/proc/$1/status"
}
is "it has no capabilities" "$(of "$keeper" CapEff) $(of "$keeper" CapPrm)" \
    "0000000000000000 0000000000000000"
if grep -q 'built with sanitizers' "$T/log.err"; then
	skip "it has the filter" "built with sanitizers"
else
	is "it has the filter" "$(of "$keeper" Seccomp)" 2
fi
is "it has the log, its directory, pipe, channel, stderr and nothing else" \
    "$(for f in "/proc/$keeper/fd/"*; do readlink "$f"; done |
    sed -e 's/:\[[0-9]*\]//' -e "s,^$T/log.err\$,stderr," -e "s,^$T,DIR," |
    sort | tr '\n' ' ')" \
    "/dev/null /dev/null DIR DIR/log pipe socket stderr "
stop log
is "ends well" $status 0
plan
