#!/bin/sh
# SPDX-License-Identifier: ISC
# Bad input to divertcat: one clear line, the right exit status.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
CAT=$TOP/bin/divertcat/divertcat
TOOL=$CAT
# shellcheck source=regress/refuse.sh
. "$TOP/regress/refuse.sh"

refuse 2 'unknown option -Z' "unknown option" -Z 700
refuse 2 'unknown option --nonesuch' "unknown long option" --nonesuch 700
refuse 2 'option -c needs an argument' "option without its argument" -c
refuse 2 'option --stats needs an argument' "long option without its argument" --stats
refuse 2 'no port' "no port"
refuse 2 'not a port' "a word for a port" hello
refuse 2 'from 0 to 65535' "port 70000" 70000
refuse 2 'from 1 to 65535' "port divert:0" divert:0
refuse 2 'from 1 to 65535' "port divert:70000" divert:70000
refuse 2 'from 0 to 65535' "port nfqueue:-1" nfqueue:-1
refuse 2 'syntax error' "bad expression" -r "$DAY" 'tcp foo bar'
refuse 2 'packets here begin at the IP header' "expression about Ethernet" \
    -r "$DAY" 'ether host 1:2:3:4:5:6'
refuse 2 'not both' "two expressions" --filter-file "$T/text" -r "$DAY" tcp
refuse 1 'No such file' "absent filter file" --filter-file "$T/none" -r "$DAY"
refuse 1 'No such file' "absent file" -r "$T/none"
refuse 1 'Is a directory' "directory" -r "$T"
refuse 3 'empty' "empty file" -r "$T/empty"
refuse 3 'empty' "empty device" -r /dev/null
refuse 3 'no capture' "wrong magic" -r "$T/text"
refuse 3 'byte [0-9]*: cut off' "truncated file" -r "$T/cut"
refuse 3 'link' "unknown link type" -r "$T/link"
INPUT=$T/empty refuse 3 'empty' "empty stdin" -
INPUT=$T/text refuse 3 'no capture' "no capture on stdin" -
INPUT=$T/cut refuse 3 'cut off' "truncated stdin" -
refuse 2 'for -b and' "a policy without a filter" --overload pass 700
refuse 4 'here: nfqueue:700' "another system's port" divert:700
refuse 2 'only one of' "-x and -b" -x -b 700
refuse 2 'only one of' "-x and a command" -x 700 -- cat
refuse 2 'no command after --' "-- without a command" 700 --
refuse 127 'command not found' "command not found" -r "$DAY" -w "$T/o" -- nonesuch
refuse 127 'command not found' "command path not found" -r "$DAY" -w "$T/o" -- ./nonesuch
refuse 126 'cannot be run' "command is no program" -r "$DAY" -w "$T/o" -- "$T/text"
refuse 1 'No such file' "-w into an absent folder" -r "$DAY" -w "$T/none/o"
refuse 2 'must be one of pcapng' "unknown format" -F nonesuch -r "$DAY"
refuse 2 'must be one of wait, pass, drop' "unknown policy" --overload no 700
refuse 2 'not a pace' "unknown pace" -p fast -r "$DAY"
refuse 2 'not a size' "buffer size" -B 12q 700
refuse 2 'seconds' "timeout" --timeout -1 700 -- cat
refuse 2 'too small\|invalid' "window 0" --window 0 700 -- cat
refuse 2 'no such user' "unknown user" -u nonesuch-user -r "$DAY"
refuse 2 'live ports' "--gso on a capture" --gso on -r "$DAY"
refuse 2 'stdin is the filter' "-b with the stream on stdin" -b -
refuse 2 'syntax error' "-w without its file" -r "$DAY" -w -- cat
cp "$DAY" "$T/same"
refuse 2 'is the input' "-w into the input" -r "$T/same" -w "$T/same"
refuse 2 'must be pipes' "-b to a file" -b -r "$DAY"
refuse 2 'cannot give text back' "text to a filter" -F text 700 -- cat

cp "$DAY" "$T/grow"
timeout 10 "$CAT" -r "$T/grow" >> "$T/grow" 2> "$T/err"
is "stdout is the input: exit status 2" "$?" 2
ok "stdout is the input: nothing is written" cmp "$DAY" "$T/grow"
timeout 10 "$CAT" - < "$T/grow" >> "$T/grow" 2> "$T/err"
is "stdin and stdout are one file: exit status 2" "$?" 2

# stdout closed, or its reader gone
"$CAT" -r "$DAY" >&- 2> "$T/err"
is "stdout closed: exit status 1" "$?" 1
ok "stdout closed: one clear line" grep -q '^divertcat: stdout: ' "$T/err"
{ "$CAT" -r "$T/big" 2> "$T/err"; echo $? > "$T/status"; } < /dev/null | : || :
i=0
while [ $i -lt 2000 ]; do echo "$DAY"; i=$((i + 1)); done | xargs cat > "$T/big"
{ "$CAT" -r "$T/big" 2> "$T/err"; echo $? > "$T/status"; } | head -c 10 > /dev/null
is "reader gone: exit status 1" "$(cat "$T/status")" 1
is "reader gone: one clear line" "$(cat "$T/err")" \
    "divertcat: stdout: the reader is gone"

# All that is readable before the damage comes out.
whole=$("$CAT" -r "$DAY" -F json | wc -l)
"$CAT" -r "$T/cut" -F json > "$T/out" 2> /dev/null
ok "packets before the damage come out" test "$(wc -l < "$T/out")" -gt 0
ok "and no more" test "$(wc -l < "$T/out")" -lt "$whole"

# Binary to a terminal: refused when asked for, text otherwise.
if command -v script > /dev/null; then
	script -qec "$CAT -F pcapng -r $DAY; echo status \$?" /dev/null \
	    < /dev/null > "$T/tty" 2>&1
	ok "binary to a terminal: exit status 2" grep -q 'status 2' "$T/tty"
	ok "binary to a terminal: says why" \
	    grep -q 'stdout is a terminal' "$T/tty"
	script -qec "$CAT -r $DAY" /dev/null < /dev/null > "$T/tty" 2>&1
	ok "text on a terminal unasked" \
	    grep -q 'IP 192.0.2.10.40000 > 198.51.100.7.7777: UDP' "$T/tty"
	script -qec "$CAT -b -r $DAY; echo status \$?" /dev/null \
	    < /dev/null > "$T/tty" 2>&1
	ok "-b on a terminal: exit status 2" grep -q 'status 2' "$T/tty"
else
	skip "terminals" "script(1) is not there"
fi
plan
