#!/bin/sh
# SPDX-License-Identifier: ISC
# What the shared library exports is what the public header declares.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LIB=$TOP/lib/libdivertutil
LC_ALL=C
export LC_ALL

awk -f "$TOP/mk/exports.awk" "$LIB/divertutil.h" | sort > "$T/header"
sed -n 's/^	\([a-z0-9_]*\);$/\1/p' "$LIB/divertutil.map" | sort > "$T/map"
ok "the header declares functions" test "$(wc -l < "$T/header")" -ge 40
empty "their names begin with divert_" "$(grep -v '^divert_' "$T/header")"
# What the list is made by is no witness against itself: the compiler is.
{
	echo '#include "divertutil.h"'
	echo 'typedef void (*any)(void);'
	echo 'any all[] = {'
	sed 's/.*/	(any)&,/' "$T/header"
	echo '};'
} > "$T/all.c"
CC=$(sed -n 's/^CC=[ 	]*//p' "$TOP/config.mk")
# shellcheck disable=SC2086
ok "each is one the compiler knows" $CC -w -I"$LIB" -c -o "$T/all.o" "$T/all.c"
is "and no line that opens a declaration is missed" \
    "$(grep -c '^[a-z].*divert_[a-z0-9_]*(' "$LIB/divertutil.h")" \
    "$(wc -l < "$T/header" | tr -d ' ')"
empty "divertutil.map agrees (make map)" "$(diff "$T/header" "$T/map")"
for so in "$LIB"/libdivertutil.so.*; do
	nm -D --defined-only "$so" | awk '$2 ~ /[A-Z]/ { print $3 }' |
	    sort > "$T/so"
	empty "${so##*/} exports exactly these" "$(diff "$T/header" "$T/so")"
	is "its soname" \
	    "$(objdump -p "$so" | awk '$1 == "SONAME" { print $2 }')" \
	    libdivertutil.so.0
done
# In the static one the names of other files cannot be hidden, but they can
# stay out of the way.
empty "the static library's names begin with divert_ too" \
    "$(nm -g "$LIB/libdivertutil.a" 2>/dev/null |
	awk 'NF == 3 && $2 ~ /[A-TV-Z]/ && $3 !~ /^(divert_|__asan|__odr_asan|__ubsan)/ { print $3 }' |
	sort -u)"
plan
