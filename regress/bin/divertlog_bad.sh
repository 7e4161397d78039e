#!/bin/sh
# SPDX-License-Identifier: ISC
# Bad use of divertlog and bad input: one clear line, the right exit status.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LOG=$TOP/bin/divertlog/divertlog
DAY=$TOP/regress/data/day.pcapng

# refuse STATUS PATTERN WHAT ARGUMENTS...: divertlog ends with STATUS, and its
# first line matches; nothing of it is a second complaint but the usage.
refuse() {
	wanted=$1 pattern=$2 what=$3
	shift 3
	timeout 10 "$LOG" "$@" > "$T/out" 2> "$T/err" < "${INPUT:-/dev/null}"
	got=$?
	is "$what: exit status $wanted" "$got" "$wanted"
	if sed 1q "$T/err" | grep -q "^divertlog: .*$pattern" &&
	    [ "$(sed 1d "$T/err" | grep -c -v -e '^usage: ' -e '^       ')" = 0 ]
	then
		pass "$what: one clear line"
	else
		fail "$what: one clear line"
		sed 's/^/# /' "$T/err"
	fi
}
# nothing WHAT: the last one refused has written nothing on stdout.
nothing() {
	is "$1: nothing on stdout" "$(wc -c < "$T/out" | tr -d ' ')" 0
}

: > "$T/empty"
echo 'this is no capture' > "$T/text"
head -c 700 "$DAY" > "$T/cut"
# An Ethernet header, and then nothing known: link type 147 is a private one.
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\223\000\000\000' > "$T/link"

# The command line.
refuse 2 'no port' "no port"
refuse 2 'unknown option -Z' "unknown option" -Z 700
refuse 2 'unknown option --nonesuch' "unknown long option" --nonesuch 700
refuse 2 'option -o needs an argument' "option without its argument" -o
refuse 2 'option --fields needs an argument' \
    "long option without its argument" --fields
for letter in b D e f i K k l n s t; do
	refuse 2 "unknown option -$letter" "-$letter is of other tools" \
	    "-$letter" 1 -r "$DAY"
done
refuse 2 'unknown option --window' "--window is of another tool" \
    --window 3 700
refuse 2 'not a port' "a word for a port" hello
refuse 2 'from 0 to 65535' "port 70000" 70000
refuse 2 'from 1 to 65535' "port divert:0" divert:0
refuse 4 'here: nfqueue:700' "another system's port" divert:700
refuse 2 'syntax error' "bad expression" -r "$DAY" 'tcp foo bar'
refuse 2 'syntax error' "an option behind the port" - -c 5
refuse 2 'not both' "two expressions" --filter-file "$T/text" -r "$DAY" tcp
refuse 1 'No such file' "absent filter file" --filter-file "$T/none" -r "$DAY"
refuse 2 'must be one of packet, flow, both' "unknown mode" -m conn -r "$DAY"
refuse 2 'must be one of packet, flow, both' "empty mode" -m '' -r "$DAY"
refuse 2 'no field is called nonesuch' "unknown field" \
    --fields timestamp,nonesuch -r "$DAY"
refuse 2 'no field is called tcp.nonesuch' "unknown field of an object" \
    --fields tcp.nonesuch -r "$DAY"
refuse 2 'no field is called TCP' "a field in capitals" --fields TCP -r "$DAY"
refuse 2 'empty' "no field" --fields '' -r "$DAY"
refuse 2 'empty' "a comma too many" --fields timestamp,,tcp -r "$DAY"
nothing "a comma too many"
refuse 2 'too small\|invalid' "count 0" -c 0 -r "$DAY"
refuse 2 'invalid' "count in words" -c five -r "$DAY"
refuse 2 'seconds' "statistics every 0 seconds" -S 0 -r "$DAY"
refuse 2 'seconds' "idle time in words" -m flow --idle long -r "$DAY"
refuse 2 'seconds' "active time below 0" -m flow --active -1 -r "$DAY"
refuse 2 'too small' "no flows" -m flow --flows 0 -r "$DAY"
refuse 2 'too large' "too many flows" -m flow --flows 99999999 -r "$DAY"
refuse 2 'too small' "no bytes" -X --snap 0 -r "$DAY"
refuse 2 'not a pace' "unknown pace" -p fast -r "$DAY"
refuse 2 'not a size' "buffer size" -B 12q 700
refuse 2 'no such user' "unknown user" -u nonesuch-user -r "$DAY"
refuse 2 'must be one of pcapng' "unknown format" -F nonesuch -r "$DAY"

# What does not go together.
refuse 2 'not both' "a log and syslog" --syslog -o "$T/log" -r "$DAY"
ok "a log and syslog: no log is made" test ! -e "$T/log"
refuse 2 'for -m flow and -m both' "--flows without flows" --flows 9 -r "$DAY"
refuse 2 'for -m flow and -m both' "--idle without flows" --idle 9 -r "$DAY"
refuse 2 'for -m flow and -m both' "--active without flows" \
    -m packet --active 9 -r "$DAY"
refuse 2 'for -m packet and -m both' "-X without packets" -m flow -X -r "$DAY"
refuse 2 'is for -X' "--snap without -X" --snap 99 -r "$DAY"
refuse 2 'live ports' "--gso on a capture" --gso on -r "$DAY"
refuse 2 'live ports' "--fail-open on a capture" --fail-open -r "$DAY"
refuse 2 'records are json or text' "binary records" -F pcapng -r "$DAY"
refuse 2 'a log is JSON' "a log of text" -F text -o "$T/log" -r "$DAY"
refuse 2 'records need -o' "packets and records on stdout" -w - -r "$DAY"
nothing "packets and records on stdout"
refuse 2 'records need -o' "packets and a log on stdout" -w - -o - -r "$DAY"
cp "$DAY" "$T/same"
refuse 2 'is the input' "-w into the input" -r "$T/same" -w "$T/same"
refuse 2 'is the input' "-o into the input" -r "$T/same" -o "$T/same"
INPUT=$T/same refuse 2 'is the input' "-o into stdin" -o "$T/same" -
ok "the input is as it was" cmp "$DAY" "$T/same"
refuse 2 'is the log' "-w and -o: one new file" \
    -r "$DAY" -w "$T/log" -o "$T/log"
: > "$T/log"
ln -s log "$T/link-to-log"
refuse 2 'is the log' "-w and -o: one file by two names" \
    -r "$DAY" -w "$T/link-to-log" -o "$T/log"

# Files that cannot be opened.
refuse 1 'No such file' "-o into an absent folder" -r "$DAY" -o "$T/none/log"
refuse 1 'Is a directory' "-o a directory" -r "$DAY" -o "$T"
refuse 1 'No such file' "-w into an absent folder" -r "$DAY" -w "$T/none/o"
refuse 1 'No such file' "absent input" -r "$T/none"
refuse 1 'Is a directory' "directory as input" -r "$T"
if [ "$(id -u)" != 0 ]; then
	: > "$T/closed"
	chmod 0 "$T/closed"
	refuse 1 'Permission denied' "-o without permission" \
	    -r "$DAY" -o "$T/closed"
	refuse 1 'Permission denied' "-r without permission" -r "$T/closed"
fi

# Input that is none.
refuse 3 'empty' "empty file" -r "$T/empty"
refuse 3 'empty' "empty device" -r /dev/null
refuse 3 'no capture' "wrong magic" -r "$T/text"
refuse 3 'link' "unknown link type" -r "$T/link"
refuse 3 'byte [0-9]*: cut off' "truncated file" -r "$T/cut"
INPUT=$T/empty refuse 3 'empty' "empty stdin" -
INPUT=$T/text refuse 3 'no capture' "no capture on stdin" -
INPUT=$T/cut refuse 3 'cut off' "truncated stdin" -

# All that is readable before the damage is logged, flows among it.
whole=$("$LOG" -r "$DAY" | wc -l)
for mode in packet flow; do
	"$LOG" -m $mode -r "$T/cut" > "$T/out" 2> /dev/null
	ok "-m $mode: what is before the damage is logged" \
	    test "$(wc -l < "$T/out")" -gt 0
	ok "-m $mode: and no more" test "$(wc -l < "$T/out")" -lt "$whole"
done
"$LOG" -r "$T/cut" -o "$T/cutlog" 2> /dev/null
is "into a log: exit status 3 too" "$?" 3
"$LOG" -r "$T/cut" 2> /dev/null | cmp - "$T/cutlog" > /dev/null
is "into a log: the same records" "$?" 0

# stdout closed, its reader gone, or its disk full
"$LOG" -r "$DAY" >&- 2> "$T/err"
is "stdout closed: exit status 1" "$?" 1
ok "stdout closed: one clear line" grep -q '^divertlog: stdout: ' "$T/err"
i=0
while [ $i -lt 2000 ]; do echo "$DAY"; i=$((i + 1)); done | xargs cat > "$T/big"
{ "$LOG" -r "$T/big" 2> "$T/err"; echo $? > "$T/status"; } | head -c 10 > /dev/null
is "reader gone: exit status 1" "$(cat "$T/status")" 1
is "reader gone: one clear line" "$(cat "$T/err")" \
    "divertlog: stdout: the reader is gone"
if [ -c /dev/full ]; then
	# The error may come when all is handed over, or before.
	good=0
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		"$LOG" -r "$DAY" -o /dev/full 2> "$T/err"
		[ $? = 1 ] && [ "$(cat "$T/err")" = \
		    "divertlog: /dev/full: No space left on device" ] &&
		    good=$((good + 1))
	done
	is "full: exit status 1 and one clear line, each time" $good 20
	refuse 1 'No space left' "packets to a full disk" \
	    -r "$DAY" -o /dev/null -w /dev/full
else
	skip "full" "no /dev/full"
fi

# Text for people on a terminal, JSON when asked for.
if command -v script > /dev/null; then
	script -qec "$LOG -r $DAY" /dev/null < /dev/null > "$T/tty" 2>&1
	ok "text on a terminal unasked" \
	    grep -q 'IP 192.0.2.10.40000 > 198.51.100.7.7777: UDP' "$T/tty"
	script -qec "$LOG -F json -r $DAY" /dev/null < /dev/null > "$T/tty" 2>&1
	ok "JSON when asked for" grep -q '^{"timestamp":' "$T/tty"
	script -qec "$LOG -o /dev/null -F pcapng -w - -r $DAY; echo status \$?" \
	    /dev/null < /dev/null > "$T/tty" 2>&1
	ok "packets to a terminal: exit status 2" grep -q 'status 2' "$T/tty"
else
	skip "terminals" "script(1) is not there"
fi
plan
