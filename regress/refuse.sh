# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# For tests of bad use and bad input, sourced after tap.sh with TOOL set: one
# clear line, the right exit status.  Sets DAY, a capture, and makes what is
# none: $T/empty, text, cut, link.

# TOP and T are set by tap.sh, and DAY is used by the tests.
# shellcheck disable=SC2034,SC2154

DAY=$TOP/regress/data/day.pcapng
: > "$T/empty"
echo 'this is no capture' > "$T/text"
head -c 700 "$DAY" > "$T/cut"
# An Ethernet header, and then nothing known: link type 147 is a private one.
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\223\000\000\000' > "$T/link"

# refuse STATUS PATTERN WHAT ARGUMENTS...: the tool ends with STATUS, and its
# first line matches; nothing of it is a second complaint but the usage.
refuse() {
	wanted=$1 pattern=$2 what=$3
	shift 3
	timeout 10 "$TOOL" "$@" > "$T/out" 2> "$T/err" < "${INPUT:-/dev/null}"
	got=$?
	is "$what: exit status $wanted" "$got" "$wanted"
	if sed 1q "$T/err" | grep -q "^${TOOL##*/}: .*$pattern" &&
	    [ "$(sed 1d "$T/err" | grep -c -v -e '^usage: ' -e '^       ')" = 0 ]
	then
		pass "$what: one clear line"
	else
		fail "$what: one clear line"
		sed 's/^/# /' "$T/err"
	fi
}
