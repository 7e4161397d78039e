#!/bin/sh
# SPDX-License-Identifier: ISC
# The test of divert(4) that runs on a real BSD, as far as it can be tested
# where there is none: it compiles, its packets are right, and on a model of
# each kernel its points are reached, met, and each breakage is seen.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
D=$TOP/regress/live/bsd
W='-std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wstrict-prototypes -Wmissing-prototypes -Werror'

# By name and by nothing else, as on the system it is for.
ok "cc -o bsdtest bsdtest.c" ${CC:-cc} -o "$T/bsdtest" "$D/bsdtest.c"
for c in gcc clang; do
	command -v $c >/dev/null || {
		skip "$c: no warnings" "no $c"
		continue
	}
	# shellcheck disable=SC2086
	empty "$c: no warnings" "$($c $W -o "$T/warned" "$D/bsdtest.c" 2>&1)"
done
if command -v clang >/dev/null; then
	for system in openbsd freebsd; do
		for flag in '' -DBSD_WITHOUT_PF_DIVERT; do
			# shellcheck disable=SC2086
			empty "compiles for $system $flag" "$(
			    BSD_SYSTEM=$system BSD_DEFINES=$flag sh \
			    "$TOP/regress/bsd/cc" $W -o "$T/none" \
			    "$D/bsdtest.c" 2>&1 | head -n 20)"
		done
	done
else
	skip "compiles for the BSDs" "no clang"
fi
empty "nothing but base headers, and no header of ours" \
    "$(grep -h '#include' "$D"/*.[ch] | grep -E \
    'divert|event|pcap|jansson|cmocka|pthread|compat')"

"$T/bsdtest" -T >"$T/self" 2>&1
is "the self-test" $? 0
grep '^not ok' "$T/self" | sed 's/^/# /'
is "every point is reached on each of three models" \
    "$(grep -c -E '^(not )?ok [0-9]+ - [a-z0-9-]+ (\(|# SKIP)' "$T/self")" \
    "$(($("$T/bsdtest" -L | wc -l) * 3))"
"$T/bsdtest" -M none 2>"$T/breakages"
sed 1d "$T/breakages" >"$T/names"
ok "there are breakages of the model" test "$(wc -l <"$T/names")" -gt 15
while read -r name; do
	"$T/bsdtest" -M "$name" >"$T/broken" 2>&1
	is "a kernel with \"$name\" fails: $(sed -n \
	    's/^not ok [0-9]* - \([a-z0-9-]*\) .*/\1/p' "$T/broken" |
	    sort -u | head -n 3 | tr '\n' ' ')" $? 1
	is "$name: status" "$(grep -c '^not ok' "$T/broken" |
	    sed 's/^[1-9][0-9]*$/some/')" some
done <"$T/names"

# A checksum that is wrong must be seen by the self-test.
mkdir "$T/wrong"
cp "$D"/*.[ch] "$T/wrong"
sed 's/sum = ~l4_sum(p) \& 0xffff;/sum = l4_sum(p) \& 0xffff;/' \
    "$D/craft.c" >"$T/wrong/craft.c"
ok "a wrong checksum can be made" ${CC:-cc} -o "$T/wrong/bsdtest" \
    "$T/wrong/bsdtest.c"
"$T/wrong/bsdtest" -T >"$T/wrong/out" 2>&1
is "and is seen" $? 1

# What run.sh would do, and that it takes back what it did.
for system in OpenBSD FreeBSD; do
	BSDLIVE_SYSTEM=$system sh "$D/run.sh" -n >"$T/dry" 2>"$T/dry.err"
	is "$system: run.sh -n" $? 0
	is "$system: devices made are destroyed" \
	    "$(grep -c 'ifconfig.*create' "$T/dry")" \
	    "$(grep -c 'ifconfig.*destroy' "$T/dry")"
	is "$system: rules made are deleted" \
	    "$(sed -n 's/.*ipfw -q add \([0-9]*\) .*/\1/p' "$T/dry")" \
	    "$(sed -n 's/.*ipfw -q delete \([0-9]*\)$/\1/p' "$T/dry")"
done
is "elsewhere it skips" "$(BSDLIVE_SYSTEM=Plan9 sh "$D/run.sh" |
    sed 's/ *#.*//')" 1..0
plan
