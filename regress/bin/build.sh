#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 600
# Both makes build alike: in parallel, nothing twice, and what depends on a
# header that was touched, exactly.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
copy=$T/tree
copy_tree "$copy"
cd "$copy" || exit 1

# The compiler is seen at work by what it is called with.
CC=$(sed -n 's/^CC=[ 	]*//p' "$TOP/config.mk")
cat > "$T/cc" <<EOF
#!/bin/sh
for arg; do
	case \$last,\$arg in
	-o,*) echo "\$PWD/\$arg" >> "$T/compiled" ;;
	esac
	last=\$arg
done
exec $CC "\$@"
EOF
chmod +x "$T/cc"
CC=$T/cc
CFLAGS=-O0
export CC CFLAGS
# The flags of whoever runs the tests are no part of this.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# built: what was compiled or linked since the last time, relative.
built() {
	[ ! -f "$T/compiled" ] || sed "s|^$copy/||" "$T/compiled" |
	    awk -F/ '{	# a/b/../../c
		n = 0
		for (i = 1; i <= NF; i++)
			if ($i == "..")
				n--
			else
				part[++n] = $i
		name = part[1]
		for (i = 2; i <= n; i++)
			name = name "/" part[i]
		print name
	    }' | sort
	rm -f "$T/compiled"
}

# changed FILE...: newer than all else.  Some makes compare whole seconds, so
# all else is made old, rather than waiting for the next second.
changed() {
	find . -type f -exec touch -t 202001010000 {} +
	touch "$@"
}

# users HEADER: the objects that .d files say depend on it.
users() {
	find . -name '*.d' -exec grep -l -e "[ /]$1\\( \\|\$\\)" {} + |
	    sed 's|^\./||; s|\.d$||' | sort
}

build_with() {
	make=$1
	rm -f "$T/compiled"
	./configure >"$T/log" 2>&1 || {
		fail "$make: configure"
		tail -n 40 "$T/log" | sed 's/^/# /'
		return
	}
	rm -f "$T/compiled"
	if "$make" -j4 >"$T/log" 2>&1; then
		pass "$make -j4"
	else
		fail "$make -j4"
		tail -n 40 "$T/log" | sed 's/^/# /'
		return
	fi
	empty "$make: nothing is compiled twice" "$(built | uniq -d)"

	"$make" -j4 >"$T/log" 2>&1
	empty "$make: a second make does nothing" "$(built)"

	# A configure that finds the same changes no file.
	./configure >/dev/null 2>&1
	rm -f "$T/compiled"
	"$make" >/dev/null 2>&1
	empty "$make: nor one after the same configure" "$(built)"

	for header in divertutil.h divert_int.h loop.h compat.h; do
		changed "$(find lib bin compat -name $header)"
		"$make" -j2 >/dev/null 2>&1
		built > "$T/all"
		grep -E '\.(o|pico)$' "$T/all" > "$T/objects"
		users $header > "$T/users"
		ok "$make: $header has users" test -s "$T/users"
		empty "$make: $header touched, exactly its users are compiled" \
		    "$(diff "$T/users" "$T/objects")"
		"$make" >/dev/null 2>&1
		empty "$make: and then nothing" "$(built)"
	done

	changed lib/libdivertutil/port.c
	"$make" -j2 >/dev/null 2>&1
	is "$make: port.c touched, two objects are compiled" \
	    "$(built | grep -E '\.(o|pico)$' | tr '\n' ' ')" \
	    "lib/libdivertutil/port.o lib/libdivertutil/port.pico "

	# After a build that failed half-way, what was compiled is known.
	cp lib/libdivertutil/reason.c "$T/reason.c"
	echo '#error on purpose' >> lib/libdivertutil/reason.c
	changed lib/libdivertutil/reason.c lib/libdivertutil/divert_int.h
	"$make" >/dev/null 2>&1
	is "$make: a failure is a failure" $(($? != 0)) 1
	cp "$T/reason.c" lib/libdivertutil/reason.c
	touch lib/libdivertutil/reason.c
	"$make" >/dev/null 2>&1
	is "$make: mended" $? 0
	rm -f "$T/compiled"
	changed lib/libdivertutil/divert_int.h
	"$make" >/dev/null 2>&1
	built | grep -E '\.(o|pico)$' > "$T/objects"
	empty "$make: and the users of a header are still known" \
	    "$(users divert_int.h | diff - "$T/objects")"

	"$make" clean >/dev/null 2>&1
	"$make" distclean >/dev/null 2>&1
	find . -name .git -prune -o -type f -print | sed 's|^\./||' | sort > "$T/now"
	empty "$make distclean leaves what was there" \
	    "$(diff "$T/before" "$T/now")"
}

find . -name .git -prune -o -type f -print | sed 's|^\./||' | sort > "$T/before"
if make --version 2>/dev/null | grep -q GNU; then
	build_with make
	if command -v bmake >/dev/null; then
		build_with bmake
	else
		skip "bmake" "bmake is missing"
	fi
else
	build_with make
	if command -v gmake >/dev/null; then
		build_with gmake
	else
		skip "GNU make" "gmake is missing"
	fi
fi

# What is distributed builds too, and is all that is needed.
./configure >/dev/null 2>&1
make dist >/dev/null 2>&1
is "make dist" $? 0
mkdir "$T/dist"
tar -xzf divertutil-*.tar.gz -C "$T/dist"
cd "$T"/dist/divertutil-* || exit 1
empty "the tarball holds the sources" \
    "$(find . -type f -print | sed 's|^\./||' | sort | diff "$T/before" -)"

# A required library that is not there is named with its packages.
is "a missing library is fatal" \
    "$(PKG_CONFIG=false JANSSON_LIBS=-lnotthere ./configure 2>&1 >/dev/null |
	grep -c 'jansson is missing.*libjansson-dev.*FreeBSD.*OpenBSD')" 1
plan
