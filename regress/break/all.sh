#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 900
#
# all.sh [id ...]: can the tests of NAT fail, and fail alone?  Each ID.patch
# breaks the translator where it meets one requirement, and nowhere else.  In a
# copy of the tree with it, of the tests that are named by requirements those of
# this one must be red, and no others.  Not part of regress: it builds the
# engine once for each.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP/regress" || exit 1
[ $# -gt 0 ] || set -- break/*.patch

programs=
for name in udp tcp icmp_req cgn update npt; do
	programs="$programs lib/t_nat_$name.t"
done
copy_tree "$T/tree"
cp "$TOP"/config.h "$TOP"/config.mk "$T/tree"
cd "$T/tree" || exit 1

build() {
	# shellcheck disable=SC2086
	(make -s && cd regress && make -s $programs) >"$T/said" 2>&1
}

# The tests that are red, one a line.
red() {
	for program in $programs; do
		# A crash is none of a requirement's.
		"regress/$program" >"$T/tap" 2>/dev/null ||
		    grep -q '^not ok' "$T/tap" || echo "$program"
		sed -n 's/^not ok [0-9]* - //p' "$T/tap"
	done
}

if ! build; then
	sed 's/^/# /' "$T/said"
	fail "the tree builds"
	plan
fi
empty "nothing is red without a breakage" "$(red)"
for id; do
	id=${id##*/}
	id=${id%.patch}
	patch=$TOP/regress/break/$id.patch
	if ! patch -s -p1 <"$patch" || ! build; then
		fail "$id: the breakage applies, and the tree builds"
		break
	fi
	red >"$T/red"
	# A function of U1 begins with U1_, of several with all of them.
	if [ -s "$T/red" ] && ! grep -q -v "^$id\(_.*\)*_" "$T/red"; then
		pass "$id: red is $(tr '\n' ' ' <"$T/red")and nothing else"
	else
		fail "$id alone is red"
		sed 's/^/# red: /' "$T/red"
	fi
	patch -s -R -p1 <"$patch" || break
done
plan
