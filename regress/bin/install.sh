#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
# What make install brings can be used, and make uninstall takes it away.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
MAKE=${MAKE:-make}
CC=$(sed -n 's/^CC=[ 	]*//p' config.mk)
SAN=$(sed -n 's/^BASE_LDFLAGS=[ 	]*//p' config.mk)

# quiet WHAT COMMAND...: shows what it said only when it failed.
quiet() {
	what=$1
	shift
	if "$@" > "$T/log" 2>&1; then
		pass "$what"
	else
		fail "$what"
		tail -n 40 "$T/log" | sed 's/^/# /'
	fi
}

root=$T/root
quiet "install with DESTDIR" $MAKE install DESTDIR="$root" PREFIX=/opt/du
(cd "$root" && find . ! -type d | sort) > "$T/installed"
empty "nothing outside the prefix" "$(grep -v '^\./opt/du/' "$T/installed")"
for f in include/divertutil.h lib/libdivertutil.a lib/libdivertutil.so \
    lib/libdivertutil.so.0 lib/libdivertutil.so.0.0.0 \
    lib/pkgconfig/divertutil.pc sbin/divertcat sbin/divertlog \
    share/divertutil/divertlog.schema.json \
    share/divertutil/divertnat.schema.json; do
	ok "$f" test -s "$root/opt/du/$f"
done
ok "manual pages" grep -q '/man8/divertcat\.8$' "$T/installed"
ok "a page for each function" grep -q '/man3/divert_port_recv\.3$' "$T/installed"
is "one header" "$(grep -c '/include/' "$T/installed")" 1
quiet "the installed divertcat runs" "$root/opt/du/sbin/divertcat" -V
quiet "the installed divertlog runs" "$root/opt/du/sbin/divertlog" -V
$MAKE uninstall DESTDIR="$root" PREFIX=/opt/du >/dev/null 2>&1
empty "uninstall leaves no file" "$(find "$root" ! -type d)"

# A program of somebody else's, against the installed files alone.
prefix=$T/prefix
quiet "install with PREFIX" $MAKE install PREFIX="$prefix"
cat > "$T/ten.c" <<'EOF'
#include <stdio.h>
#include <divertutil.h>

int
main(void)
{
	struct divert_layout l;
	uint8_t p[20] = { 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 59, 0, 0, 1, 2, 3, 4 };

	if (divert_packet_parse(p, sizeof(p), &l) == -1)
		return (1);
	printf("%s %d %d\n", divert_reason_name(DIVERT_REASON_TAKEN),
	    l.version, (int)divert_packet_address(p, &l, DIVERT_SOURCE)[3]);
	return (0);
}
EOF
cp "$T/ten.c" "$T/ten.cc"
if command -v pkg-config >/dev/null; then
	PKG_CONFIG_PATH=$prefix/lib/pkgconfig
	export PKG_CONFIG_PATH
	pc() {
		pkg-config "$@" divertutil
	}
	is "the .pc file's version" "$(pc --modversion)" \
	    "$(sed -n 's/^VERSION=[ 	]*//p' config.mk)"
	CXX=
	for c in c++ g++ clang++; do
		[ -z "$CXX" ] && command -v $c >/dev/null && CXX=$c
	done
	# shellcheck disable=SC2046,SC2086
	for lang in c cc; do
		if [ $lang = c ]; then
			comp=$CC
		elif [ -n "$CXX" ]; then
			comp="$CXX -std=c++11"
		else
			skip "C++" "no C++ compiler"
			continue
		fi
		quiet "ten.$lang, shared" $comp -Wall -Wextra -pedantic -Werror \
		    $(pc --cflags) -o "$T/shared-$lang" "$T/ten.$lang" $SAN \
		    $(pc --libs)
		is "it runs" \
		    "$(LD_LIBRARY_PATH=$prefix/lib "$T/shared-$lang")" "taken 4 4"
		ok "and is linked to libdivertutil.so.0" sh -c \
		    "objdump -p '$T/shared-$lang' | grep -q 'NEEDED *libdivertutil.so.0\$'"
		quiet "ten.$lang, static" $comp -Wall -Wextra -pedantic -Werror \
		    $(pc --cflags) -o "$T/static-$lang" "$T/ten.$lang" $SAN \
		    -Wl,-Bstatic $(pc --libs-only-L) -ldivertutil -Wl,-Bdynamic \
		    $(pc --static --libs | tr ' ' '\n' | grep -v divertutil)
		is "it runs" "$("$T/static-$lang")" "taken 4 4"
		ok "and is not" sh -c \
		    "! objdump -p '$T/static-$lang' | grep -q 'NEEDED *libdivertutil'"
	done
else
	skip "the .pc file" "pkg-config is missing"
fi
$MAKE uninstall PREFIX="$prefix" >/dev/null 2>&1
empty "uninstall leaves no file here either" "$(find "$prefix" ! -type d)"
plan
