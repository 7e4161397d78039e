#!/bin/sh
# SPDX-License-Identifier: ISC
# Every header compiles when nothing was included before it; the public one
# also as C99 and as C++.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP" || exit 1

value() {
	sed -n "s/^$1=[ 	]*//p" config.mk
}
CC=$(value CC)

# compiles WHAT COMPILER... : stdin, quietly; says what the compiler said.
compiles() {
	what=$1
	shift
	if "$@" > "$T/log" 2>&1; then
		pass "$what"
	else
		fail "$what"
		sed 's/^/# /' "$T/log"
	fi
}

H=lib/libdivertutil/divertutil.h
for std in c99 c11; do
	# shellcheck disable=SC2086
	compiles "divertutil.h as $std" $CC -std=$std -Wall -Wextra -pedantic \
	    -Werror -D_POSIX_C_SOURCE=200809L -x c -fsyntax-only $H
done
CXX=
for c in ${CXX_FOR_TEST:-} c++ g++ clang++; do
	[ -z "$CXX" ] && command -v "$c" >/dev/null && CXX=$c
done
if [ -n "$CXX" ]; then
	for std in c++11 c++17; do
		compiles "divertutil.h as $std" "$CXX" -std=$std -Wall -Wextra \
		    -pedantic -Werror -x c++ -fsyntax-only $H
	done
else
	skip "divertutil.h as C++" "no C++ compiler"
fi
for h in $(find lib bin compat -name '*.h' | sort); do
	printf '#include "%s"\nextern int not_empty;\n' "${h##*/}" > "$T/one.c"
	# Twice: the guard.
	printf '#include "%s"\n' "${h##*/}" >> "$T/one.c"
	# shellcheck disable=SC2046,SC2086
	compiles "${h#*/} alone" $CC $(value BASE_CFLAGS) $(value BASE_CPPFLAGS) \
	    $(value CPPFLAGS) $(value LIB_CFLAGS) -Icompat -Ilib/libdivertutil \
	    -Ibin/common -I"${h%/*}" -include compat.h -Werror -fsyntax-only \
	    "$T/one.c"
done
plan
