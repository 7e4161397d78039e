#!/bin/sh
# SPDX-License-Identifier: ISC
# Bad use of divertnat and bad input: one clear line, the right exit status.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
NAT=$TOP/bin/divertnat/divertnat
DAY=$TOP/regress/data/day.pcapng
RULE='match out inet from 10.0.0.0/8 to any nat-to 203.0.113.1'

# refuse STATUS PATTERN WHAT ARGUMENTS...: divertnat ends with STATUS, and its
# first line matches; nothing of it is a second complaint but the usage.
refuse() {
	wanted=$1 pattern=$2 what=$3
	shift 3
	timeout 10 "$NAT" "$@" >"$T/out" 2>"$T/err" <"${INPUT:-/dev/null}"
	got=$?
	is "$what: exit status $wanted" "$got" "$wanted"
	if sed 1q "$T/err" | grep -q -e "^divertnat: .*$pattern" &&
	    [ "$(sed 1d "$T/err" | grep -c -v -e '^usage: ' -e '^       ')" = 0 ]
	then
		pass "$what: one clear line"
	else
		fail "$what: one clear line"
		sed 's/^/# /' "$T/err"
	fi
	is "$what: nothing on stdout" "$(wc -c <"$T/out" | tr -d ' ')" 0
}

: >"$T/empty"
printf '%s\n' "$RULE" >"$T/rules"
printf '%s\nmatch out nat-to\n' "$RULE" >"$T/bad"
head -c 700 "$DAY" >"$T/cut"
cp "$T/rules" "$T/closed"
chmod 0 "$T/closed"
# Root reads it all the same.
[ ! -r "$T/closed" ] || { rm "$T/closed"; mkdir "$T/closed"; }

# The command line.
refuse 2 'no rules' "no rules" 700
refuse 2 'no port' "no port" -e "$RULE"
refuse 2 'not both' "-f and -e" -f "$T/rules" -e "$RULE" 700
refuse 2 'not a port' "a word for a port" -e "$RULE" hello
refuse 2 'unknown option -Z' "unknown option" -Z 700
refuse 2 'option -f needs an argument' "option without its argument" -f
for letter in b K l t X x; do
	refuse 2 "unknown option -$letter" "-$letter is of other tools" \
	    "-$letter" 1 -e "$RULE" -r "$DAY"
done
for long in fail-open window nano block reject; do
	refuse 2 "unknown option --$long" "--$long" --$long -e "$RULE" 700
done
refuse 2 'must be one of states, rules, info' "-s of something else" -s all 700
refuse 2 'one of them' "-s and -k" -s info -k 10.0.0.1 700
refuse 2 'no port' "-s without a port" -s info
refuse 2 'no live port' "-s of a capture" -s info file:x
refuse 2 'behind the port' "-s and an expression" -s info 700 tcp
refuse 2 'json or text' "-s in another format" -s info -F pcap 700
refuse 2 '-f: not with -s' "-s and -f" -s info -f "$T/rules" 700
refuse 2 '-o: not with -s' "-k and -o" -k 10.0.0.1 -o "$T/log" 700
refuse 2 '--stats: not with -s' "--save and --stats" --save --stats json 700
refuse 2 '-F: is for -s' "-k and -F" -F json -k 10.0.0.1 700
refuse 2 'options stand before it' "-s and an option behind the port" \
    -s states 700 -F json
refuse 2 'options stand before the port' "an option behind the port" \
    -e "$RULE" "file:$DAY" -D out
refuse 2 '-f: not with --from-natd' "--from-natd and -f" \
    --from-natd "$T/rules" -f "$T/rules"
refuse 2 '-s: not with --from-natd' "--from-natd and -s" \
    --from-natd "$T/rules" -s info
refuse 2 'behind the file' "--from-natd and a port" --from-natd "$T/rules" 700
refuse 4 'no divertnat is running' "nobody to ask" -s info \
    --control "$T/none" 700
refuse 4 'no divertnat is running' "nobody to reload" --reload \
    --control "$T/none" 700
# A packet that leaves through a divert socket carries no interface: `on' would
# match none, and what has to be translated would leave as it is.
printf 'match in on em0 proto tcp to 203.0.113.1 port 80 rdr-to 10.0.0.5\n' \
    >"$T/on_in"
printf '%s\nmatch out on em0 from 10/8 to any nat-to 203.0.113.1\n' \
    "$(cat "$T/on_in")" >"$T/on_out"
printf 'match on em0 from 10.0.0.9 to any binat-to 203.0.113.9\n' >"$T/on_both"
printf 'pass out on em0 from 10.0.0.9\n%s\n' "$RULE" >"$T/on_pass"
refuse 2 'on_out:2: .*-i em0' "out on em0 of a divert socket" \
    -f "$T/on_out" divert:700
refuse 2 'on_both:1: .*-i em0' "on em0 both ways of a divert socket" \
    -f "$T/on_both" divert:700
refuse 2 'on_pass:1: .*-i em0' "an exemption out on em0" \
    -f "$T/on_pass" divert:700
if [ "$(uname -s)" = Linux ]; then
	for rules in "-f $T/on_in" "-f $T/rules" "-i em0 -f $T/on_out"; do
		# Words.
		# shellcheck disable=SC2086
		refuse 4 'divert' "no divert sockets here, ${rules##*/}" \
		    $rules divert:700
	done
fi
refuse 2 'not both' "-D and --outbound" -D in --outbound tcp -e "$RULE" \
    -r "$DAY"
refuse 2 'say so' "--outbound on a live port" --outbound tcp -e "$RULE" 700
refuse 2 '--outbound: .*syntax error' "a wrong --outbound" --outbound 'tcp foo' \
    -e "$RULE" -r "$DAY"
refuse 2 'live ports' "--gso with a capture" --gso on -e "$RULE" -r "$DAY"
refuse 2 'for the log' "-m without a log" -m packet -e "$RULE" -r "$DAY"
refuse 2 'must be one of packet, flow, both' "unknown mode" -m conn -o x \
    -e "$RULE" -r "$DAY"
refuse 2 'come out with -w' "-F without packets" -F pcap -e "$RULE" -r "$DAY"
refuse 2 "stdout is the packets" "-o - and packets on stdout" -o - -e "$RULE" -
refuse 2 "stdin is the packets" "-f - and packets on stdin" -f - -
cp "$DAY" "$T/day"
refuse 2 'is the input' "-w onto the input" -w "$T/day" -e "$RULE" -r "$T/day"
refuse 2 'is the input' "-o onto the input" -o "$T/day" -e "$RULE" -r "$T/day"
ok "the input is as it was" cmp "$DAY" "$T/day"
refuse 2 'is the log' "-w onto the log" -w "$T/both" -o "$T/both" -e "$RULE" \
    -r "$DAY"

# Rules: file, line, column.
refuse 2 "$T/bad:2:17: expected" "wrong rules" -n -f "$T/bad"
refuse 2 "$T/bad:2:17: expected" "wrong rules, with a port" -f "$T/bad" 700
refuse 2 '-e:1:17: expected' "a wrong rule" -e 'match out nat-to' 700
printf 'block all\n%s\nset skip on lo\nmatch out on egress\n' "$RULE" >"$T/pf"
timeout 10 "$NAT" -n -f "$T/pf" >"$T/out" 2>"$T/err"
is "several mistakes: exit status 2" $? 2
is "several mistakes: a line for each" \
    "$(sed -n 's/^divertnat: .*\/pf:\([0-9]*:[0-9]*\): .*/\1/p' "$T/err" |
    tr '\n' ' ')/$(wc -l <"$T/err" | tr -d ' ')" '1:1 3:5 4:14 /3'
refuse 1 'No such file' "no such rules" -f "$T/none" 700
refuse 1 'Is a directory' "a folder for rules" -f "$T" 700
refuse 1 'No such file' "no such natd.conf" --from-natd "$T/none"
INPUT=$T/bad refuse 2 '-:2:17: expected' "wrong rules on stdin" -n -f -

refuse 2 'tcp foo: .*syntax error' "-n and a wrong expression" \
    -n -e "$RULE" 700 tcp foo
refuse 0 'nothing is translated' "no rule at all" -n -f "$T/empty"
refuse 1 'Permission denied\|Is a directory' "rules that cannot be read" \
    -f "$T/closed" 700
is "natd.conf on stdin" "$(echo 'alias_address 203.0.113.1' |
    "$NAT" --from-natd - | grep -c nat-to)" "$(echo \
    'alias_address 203.0.113.1' >"$T/natd"; "$NAT" --from-natd "$T/natd" |
    grep -c nat-to)"

# Input.
refuse 1 'No such file' "no such capture" -e "$RULE" -r "$T/none"
refuse 3 'empty' "an empty capture" -e "$RULE" -r "$T/empty"
timeout 10 "$NAT" -q -e "$RULE" -D out -r "$T/cut" -F json -w - >"$T/out" \
    2>"$T/err"
is "a cut capture: exit status 3" $? 3
ok "after what can be read" test -s "$T/out"

# -n: right rules are silent, -v shows them.
is "-n: right rules" "$("$NAT" -n -f "$T/rules" 2>&1; echo $?)" 0
is "-nv: what was understood" "$("$NAT" -nv -e "$RULE" 2>&1)" "$RULE"
is "-n: rules on stdin" "$("$NAT" -nv -f - <"$T/rules" 2>&1)" "$RULE"
plan
