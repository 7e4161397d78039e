#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 400
#
# What stands behind `divertcat ... |': tcpdump, tshark in both of its ways
# and scapy open the stream before there is a packet, show each packet while
# the next is not there yet, and see all of them; a paced capture is shown
# while it is played.

# Functions are called by ok.
# shellcheck disable=SC2317

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"

DAY=$TOP/regress/data/day.pcapng
DIVERTCAT=$TOP/bin/divertcat/divertcat
[ -x "$DIVERTCAT" ] || skip_all "no divertcat"
# tshark complains of one that it cannot read.
HOME=$T
export HOME

# Debian's scapy is for its own python3, which may not be the first.
python=''
for p in python3 /usr/bin/python3; do
	if "$p" -c 'import scapy.utils' 2>/dev/null; then
		python=$p
		break
	fi
done

# Readers write one line for each packet.
reader_tcpdump() {
	exec tcpdump -l -n -r - 2>"$T/err"
}

reader_tshark_r() {
	exec tshark -l -n -r - 2>"$T/err"
}

reader_tshark_i() {
	exec tshark -l -n -i - 2>"$T/err"
}

reader_scapy() {
	exec "$python" -u -c '
import sys
from scapy.utils import PcapNgReader
reader = PcapNgReader(sys.stdin.buffer)
print("opened", file=sys.stderr)
for packet in reader:
    print(packet.summary())
' 2>"$T/err"
}

# What a reader says on standard error when it has the header; tshark is
# silent.
opening() {
	case $1 in
	tcpdump)	echo '^reading from file -, link-type RAW' ;;
	scapy)		echo '^opened' ;;
	esac
}

# Started as root, tcpdump becomes another user, and gives up where a user
# namespace has none.
has() {
	case $1 in
	tcpdump)	tcpdump -n -r "$DAY" >/dev/null 2>&1 ;;
	tshark_*)	command -v tshark >/dev/null ;;
	scapy)		[ -n "$python" ] ;;
	esac
}

# within SECONDS COMMAND...
within() {
	tries=$(($1 * 20))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

lines() {
	wc -l <"$T/lines" | tr -d ' '
}

shown() {
	[ "$(lines)" -ge "$1" ]
}

said() {
	grep -q "$1" "$T/err"
}

runs() {
	kill -0 "$1" 2>/dev/null
}

gone() {
	! runs "$1"
}

# end PID: it has thirty seconds to end by itself; its status.
end() {
	within 30 gone "$1" || kill "$1" 2>/dev/null
	wait "$1"
}

# Two packets, one by one, and a section with all of the day's.
"$DIVERTCAT" -c 1 -r "$DAY" -w "$T/first"
"$DIVERTCAT" -c 1 -r "$DAY" -w "$T/second" tcp
"$DIVERTCAT" -r "$DAY" -w "$T/rest"

for reader in tcpdump tshark_r tshark_i scapy; do
	name=$(echo "$reader" | sed 's/_/ -/')
	if ! has $reader; then
		skip "$name" "not installed, or does not run here"
		continue
	fi

	# A stream that stands still: the test writes when it has seen.
	rm -f "$T/in" "$T/pipe"
	mkfifo "$T/in" "$T/pipe"
	: >"$T/lines"
	: >"$T/err"
	(reader_$reader) <"$T/pipe" >"$T/lines" &
	reading=$!
	"$DIVERTCAT" - <"$T/in" >"$T/pipe" 2>"$T/cat" &
	writing=$!
	exec 3>"$T/in"
	opened=$(opening $reader)
	if [ -n "$opened" ]; then
		ok "$name: opens the stream before the first packet" \
		    within 30 said "$opened"
	fi
	cat "$T/first" >&3
	ok "$name: shows a packet while there is no other" within 15 shown 1
	cat "$T/second" >&3
	ok "$name: shows the next, too" within 15 shown 2
	is "$name: and that was all" "$(lines)" 2
	cat "$T/rest" >&3
	exec 3>&-
	end $writing
	is "$name: divertcat ends well" $? 0
	end $reading
	is "$name: so does the reader" $? 0
	is "$name: it has shown every packet" "$(lines)" 21
	empty "$name: nobody complains" "$(cat "$T/cat"
	    grep -i -E 'error|truncat|damage|corrupt|cut short' "$T/err")"

	# A capture, a packet per second.
	: >"$T/lines"
	: >"$T/err"
	(reader_$reader) <"$T/pipe" >"$T/lines" &
	reading=$!
	"$DIVERTCAT" -q -p 1/s -r "$DAY" >"$T/pipe" 2>"$T/cat" &
	writing=$!
	ok "$name: shows the first packet of a paced capture" \
	    within 15 shown 1
	ok "$name: which is still being written" runs $writing
	kill -INT $writing 2>/dev/null
	end $writing
	is "$name: divertcat drains" $? 0
	end $reading
	is "$name: the reader sees the end" $? 0
done

# All at once, from a pipe and from a file.
if [ -n "$python" ]; then
	"$DIVERTCAT" -r "$DAY" >"$T/out.pcapng"
	is "scapy: rdpcap reads what -w wrote" "$("$python" -c '
import sys
from scapy.utils import rdpcap
print(len(rdpcap(sys.argv[1])))' "$T/rest" 2>"$T/err")" 19
	is "scapy: and a stream" "$("$DIVERTCAT" -r "$DAY" | "$python" -c '
import sys
from scapy.utils import rdpcap
print(len(rdpcap(sys.stdin.buffer)))' 2>"$T/err")" 19
else
	skip "scapy: rdpcap" "not installed"
fi
if command -v jq >/dev/null; then
	rm -f "$T/in"
	mkfifo "$T/in"
	: >"$T/lines"
	("$DIVERTCAT" -F json - 2>"$T/cat" | jq -r --unbuffered .proto) \
	    <"$T/in" >"$T/lines" &
	reading=$!
	exec 3>"$T/in"
	cat "$T/first" >&3
	ok "jq: shows a packet while there is no other" within 15 shown 1
	cat "$T/rest" >&3
	exec 3>&-
	end $reading
	is "jq: ends well" $? 0
	is "jq: it has shown every packet" "$(lines)" 20
else
	skip "jq" "not installed"
fi
plan
