# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# TAP for shell tests: sourced by the scripts in bin/ as ../tap.sh.
# Sets TOP (the tree) and T (a scratch folder that goes away by itself).

tests=0
failures=0
TOP=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
T=$(mktemp -d "${TMPDIR:-/tmp}/test.XXXXXX") && chmod 755 "$T" || exit 1
trap 'chmod -R u+w "$T" 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM

pass() {
	tests=$((tests + 1))
	echo "ok $tests - $*"
}

fail() {
	tests=$((tests + 1))
	failures=$((failures + 1))
	echo "not ok $tests - $*"
}

# skip WHAT WHY
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# ok WHAT COMMAND...: passes when the command succeeds.
ok() {
	what=$1
	shift
	if "$@"; then
		pass "$what"
	else
		fail "$what"
		echo "# failed: $*"
	fi
}

# is WHAT GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		printf 'got:    %s\nwanted: %s\n' "$2" "$3" | sed 's/^/# /'
	fi
}

# empty WHAT TEXT: passes when there is nothing to complain of.
empty() {
	if [ -z "$2" ]; then
		pass "$1"
	else
		fail "$1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

# The last line of a test.
plan() {
	echo "1..$tests"
	[ "$failures" = 0 ]
	exit
}

# skip_all WHY
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# copy_tree DIR: the sources, without what configure and make made.
copy_tree() {
	# The tar of OpenBSD reads no list of files.
	# shellcheck disable=SC2046
	mkdir -p "$1" && (cd "$TOP" && tar -cf - $(sh mk/files.sh)) |
	    tar -xf - -C "$1"
}
