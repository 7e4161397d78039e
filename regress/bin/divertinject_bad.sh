#!/bin/sh
# SPDX-License-Identifier: ISC
# Bad input to divertinject: one clear line, the right exit status.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
INJECT=$TOP/bin/divertinject/divertinject
DAY=$TOP/regress/data/day.pcapng

# refuse STATUS PATTERN WHAT ARGUMENTS...: divertinject ends with STATUS, and
# its only line matches, but for the usage and figures.
refuse() {
	wanted=$1 pattern=$2 what=$3
	shift 3
	# Nothing, or a command with its options.
	# shellcheck disable=SC2086
	timeout 10 $AS "$INJECT" --stats json "$@" >"$T/out" 2>"$T/err" \
	    <"${INPUT:-/dev/null}"
	got=$?
	is "$what: exit status $wanted" "$got" "$wanted"
	grep -v -e '"event_type":"stats"' -e '^usage: ' -e '^       ' \
	    "$T/err" >"$T/said"
	if grep -q "^divertinject: .*$pattern" "$T/said" &&
	    [ "$(wc -l <"$T/said")" -eq 1 ]
	then
		pass "$what: one clear line"
	else
		fail "$what: one clear line"
		sed 's/^/# /' "$T/err"
	fi
}

AS=
u='out proto udp from 192.0.2.1 port 1 to 192.0.2.2 port 2'
: >"$T/empty"
echo 'this is no capture' >"$T/text"
head -c 700 "$DAY" >"$T/cut"
echo '{"src_ip":"192.0.2.1","dest_ip":"2001:db8::1","proto":"UDP"}' \
    >"$T/contradiction"
echo '{"packet":"RQAAHAACAABArg"' >"$T/malformed"
echo '{"packet":"RQAAHAACA*ABArg="}' >"$T/base64"
echo '{"src_ip":"192.0.2.1","dest_ip":"192.0.2.2","proto":"UDP","src_port":1,"dest_port":2,"ip":{"tlt":3}}' >"$T/unknown"

refuse 2 'unknown option -t' "an option of another tool" -t 700
refuse 2 'unknown option --queue-len' "an option of queues" --queue-len 5 700
refuse 2 'no port' "no port" -r "$DAY"
refuse 2 'not a port' "a word for a port" -r "$DAY" hello
refuse 2 'a live port, or' "a file for a port" -r "$DAY" "file:$T/x"
refuse 2 'a live port, or' "a stream for a port" -r "$DAY" -
refuse 2 '0 to 65535' "port 70000" -r "$DAY" 70000
refuse 2 'syntax error' "bad expression" -r "$DAY" -w "$T/x" 'tcp foo bar'
refuse 2 'not both' "two expressions" --filter-file "$T/text" -r "$DAY" \
    -w "$T/x" tcp
refuse 2 'not with -w' "-n and -w" -n -w "$T/x" -r "$DAY"
refuse 2 'for live ports' "--mark and -w" --mark 1 -w "$T/x" -r "$DAY"
refuse 2 'for live ports' "-B and -w" -B 1m -w "$T/x" -r "$DAY"
refuse 2 'the format of -w' "-F without -w" -F pcap -r "$DAY" 700
refuse 2 'not a mark' "--mark 0" --mark 0 -e "$u" 700
refuse 2 'not a mark' "--mark with junk" --mark 0x1g -e "$u" 700
refuse 2 '-l' "-l of a number too small" -l -1 -e "$u" 700
refuse 2 'not a pace' "no pace" -p fast -e "$u" 700
refuse 2 '-e: .*proto' "words that are none" -e 'out from nowhere' 700
refuse 2 'is the input' "-w over the input" -r "$DAY" -w "$DAY"
refuse 1 'No such file' "absent file" -r "$T/none" -w "$T/x"
refuse 1 'Is a directory' "directory" -r "$T" -w "$T/x"
refuse 3 'empty' "empty file" -r "$T/empty" -w "$T/x"
refuse 3 'no capture' "no capture" -r "$T/text" -w "$T/x"
refuse 3 'no capture' "no capture, behind a good one" -r "$DAY" -r "$T/text" \
    -w "$T/x"
refuse 3 'cut off' "truncated file" -r "$T/cut" -w "$T/x"
INPUT=$T/empty refuse 3 'empty' "empty stdin" -w "$T/x"
INPUT=$T/text refuse 3 'no capture' "no capture on stdin" -w "$T/x"
refuse 3 'line 1: ' "contradictory fields" -r "$T/contradiction" -w "$T/x"
refuse 3 'line 1: ' "malformed JSON" -r "$T/malformed" -w "$T/x"
refuse 3 'line 1: .*base64' "truncated base64" -r "$T/base64" -w "$T/x"
refuse 3 'line 1: .*tlt' "unknown field" -r "$T/unknown" -w "$T/x"
refuse 1 'no_direction (-D in or -D out)' "no direction" -n \
    -e 'proto udp from 192.0.2.1 port 1 to 192.0.2.2 port 2' nfqueue:700
refuse 1 'no_interface (-i interface)' "no interface" -n -D in \
    -e 'proto udp from 192.0.2.1 port 1 to 192.0.2.2 port 2' nfqueue:700

mkfifo "$T/pipe"
(cat "$DAY" >"$T/pipe") &
refuse 2 'more than once' "-l of a pipe" -l 2 -r "$T/pipe" -w "$T/x"
wait

# No privilege.
if [ "$(id -u)" != 0 ]; then
	AS='env'
elif command -v setpriv >/dev/null; then
	AS='setpriv --reuid 65534 --regid 65534 --clear-groups'
fi
if [ -z "$AS" ]; then
	skip "no privilege" "no setpriv"
elif [ "$(uname)" != Linux ]; then
	skip "no privilege" "not Linux"
else
	rm -rf "$T/open"
	cp "$INJECT" "$T/divertinject"
	chmod 755 "$T/divertinject"
	INJECT=$T/divertinject
	refuse 4 'needs root or CAP_NET_RAW' "no privilege" -e "$u" 700
	refuse 4 'here: nfqueue:700' "another system's port" -e "$u" divert:700
fi
plan
