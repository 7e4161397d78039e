#!/bin/sh
# SPDX-License-Identifier: ISC
# The runner counts what it should, and is not fooled by broken tests.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"

# a NAME: a made-up test from stdin.
a() {
	{ echo '#!/bin/sh'; cat; } > "$T/$1"
	chmod +x "$T/$1"
}

# says WHAT STATUS LAST-LINE TEST...
says() {
	what=$1
	status=$2
	last=$3
	shift 3
	"$TOP/regress/run" "$@" > "$T/out" 2>&1
	is "$what: status" $? "$status"
	is "$what: count" "$(tail -n 1 "$T/out")" "$last"
}

# shown WHAT PATTERN: the last run printed such a line.
shown() {
	ok "$1" grep -q -e "$2" "$T/out"
}

a good <<'E2'
echo 'ok 1 - one'
echo 'ok 2 - two'
echo 1..2
E2
a skips <<'E2'
echo 1..3
echo 'ok 1 - one'
echo 'ok 2 - two # SKIP no such kernel'
echo 'ok 3 # skip'
E2
a skipall <<'E2'
echo '1..0 # SKIP nothing to do it with'
E2
a groups <<'E2'
echo 1..1; echo ok 1 - one
echo 1..2; echo ok 1 - one; echo ok 2 - two
E2
a fails <<'E2'
echo 1..2
echo 'ok 1 - one'
echo 'not ok 2 - two'
echo 'what was seen' >&2
exit 1
E2
a fails0 <<'E2'
echo 1..1
echo 'not ok 1 - says so only here'
E2
a status <<'E2'
echo 1..1
echo 'ok 1 - one'
exit 3
E2
a crash <<'E2'
echo 1..1
echo 'ok 1 - one'
kill -SEGV $$
E2
a noplan <<'E2'
echo 'ok 1 - one'
E2
a silent <<'E2'
exit 0
E2
a short <<'E2'
echo 1..3
echo 'ok 1 - one'
E2
a long <<'E2'
echo 1..1
echo 'ok 1 - one'
echo 'ok 2 - two'
E2
a bail <<'E2'
echo 1..1
echo 'ok 1 - one'
echo 'Bail out! no way'
E2
a hang <<'E2'
# timeout: 1
echo 1..1
echo 'ok 1 - one'
exec tail -f /dev/null
E2
a stdin <<'E2'
# timeout: 5
echo 1..1
cat >/dev/null && echo 'ok 1 - nothing on stdin'
E2
a litter <<'E2'
echo 1..1
mkdir "$TMPDIR/a" && : > "$TMPDIR/a/b" && chmod 500 "$TMPDIR/a"
echo "ok 1 - left $TMPDIR"
echo "$TMPDIR" > "$WHERE"
E2
a x.t <<'E2'
echo 1..1
echo 'ok 1 - one'
exec tail -f /dev/null
E2
cat > "$T/x.c" <<'E2'
/* timeout: 1 */
E2

says "all is well" 0 "2 passed, 0 failed, 0 skipped" "$T/good"
says "skips are counted" 0 "1 passed, 0 failed, 2 skipped" "$T/skips"
shown "a skip's reason" 'skips: two: no such kernel$'
says "a whole test skipped" 0 "0 passed, 0 failed, 1 skipped" "$T/skipall"
shown "its reason" 'skipall: nothing to do it with$'
says "two plans" 0 "3 passed, 0 failed, 0 skipped" "$T/groups"
says "a failure" 1 "1 passed, 1 failed, 0 skipped" "$T/fails"
shown "its output" '| what was seen$'
says "a failure with status 0" 1 "0 passed, 1 failed, 0 skipped" "$T/fails0"
says "a bad status" 1 "1 passed, 1 failed, 0 skipped" "$T/status"
shown "the status" 'exit status 3$'
says "a crash" 1 "1 passed, 1 failed, 0 skipped" "$T/crash"
shown "the signal" 'killed by signal 11$'
says "no plan" 1 "1 passed, 1 failed, 0 skipped" "$T/noplan"
says "nothing printed" 1 "0 passed, 1 failed, 0 skipped" "$T/silent"
says "fewer than planned" 1 "1 passed, 1 failed, 0 skipped" "$T/short"
shown "planned and ran" 'planned 3, ran 1$'
says "more than planned" 1 "2 passed, 1 failed, 0 skipped" "$T/long"
says "bailing out" 1 "1 passed, 1 failed, 0 skipped" "$T/bail"
says "no end" 1 "1 passed, 1 failed, 0 skipped" "$T/hang"
shown "the limit" 'no end after 1 s$'
says "the limit of a C test" 1 "1 passed, 1 failed, 0 skipped" "$T/x.t"
says "an empty stdin" 0 "1 passed, 0 failed, 0 skipped" "$T/stdin"
says "no such test" 1 "0 passed, 1 failed, 0 skipped" "$T/absent"
says "not built, and why" 0 "0 passed, 0 failed, 1 skipped" \
    -n "no library" "$T/absent.t"
shown "why" 'absent.t: no library$'
says "nothing to run" 1 "0 passed, 0 failed, 0 skipped"
says "several" 1 "5 passed, 1 failed, 2 skipped" -t "$T/totals" \
    "$T/good" "$T/fails" "$T/skips" "$T/stdin"
is "the totals" "$(cat "$T/totals")" "5 1 2"

WHERE=$T/where
export WHERE
says "a test's folder" 0 "1 passed, 0 failed, 0 skipped" "$T/litter"
ok "is gone afterwards" test ! -e "$(cat "$T/where")"
plan
