#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
# All that configure and make would build on OpenBSD and FreeBSD compiles
# there without a warning and calls nothing they lack, as far as headers made
# from the systems' pages can tell (../bsd).

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=regress/bsd/lib.sh
. "$(dirname "$0")/../bsd/lib.sh"
command -v clang >/dev/null || skip_all "no clang"
# The make of those systems, where it is here.
MAKE=$(command -v bmake || command -v make)

# report NAME: what the compiler said of each source.
report() {
	sort -u "$BSD_LOG" | sed "s|$T/$1/tree/||; s|/[a-z]*/\\.\\./\\.\\./|/|" |
	    sed 's|^\(.*ok\) [^ ]*/compat/|\1 compat/|' | sort -u > "$T/$1/results"
	while read -r line; do
		case $line in
		ok\ *)	pass "$1: ${line#ok }" ;;
		*)	fail "$1: ${line#not ok }"
			grep -F "${line##*/}:" "$T/$1/said" | sed -e 's/^/# /' -e 12q
			;;
		esac
	done < "$T/$1/results"
}

# unknown NAME: symbols that are neither ours nor in the headers.
unknown() {
	find lib bin compat -name '*.o' -exec nm -g {} + 2>/dev/null |
	    awk 'NF == 3 { defined[$3] = 1 }
		$1 == "U" { wanted[$2] = 1 }
		END {
			for (s in wanted)
				if (!(s in defined))
					print s
		}' > "$T/$1/wanted"
	find regress/bsd/include regress/bsd/local regress/bsd/"$BSD_SYSTEM" \
	    -name '*.h' -exec cat {} + | tr -c 'A-Za-z0-9_' '\n' | sort -u \
	    > "$T/$1/names"
	# What compilers call by themselves.
	grep -v -x -e _GLOBAL_OFFSET_TABLE_ -e __cpu_model -e __guard_local \
	    -e __stack_smash_handler "$T/$1/wanted" | sort |
	    comm -23 - "$T/$1/names"
}

for name in $SYSTEMS; do
	enter "$name"
	./configure --werror > "$T/$name/configured" 2>&1
	is "$name: configure" $? 0
	[ -f config.mk ] || {
		sed 's/^/# /' "$T/$name/configured"
		continue
	}
	BSD_LOG=$T/$name/log
	"$MAKE" -k > "$T/$name/said" 2>&1
	report "$name"
	# Again, for its status: some makes forget an error when told to go on.
	BSD_LOG=
	"$MAKE" > "$T/$name/again" 2>&1
	is "$name: make" $? 0
	tail -n 4 "$T/$name/again" | sed 's/^/# /'
	empty "$name: nothing is called that is not there" "$(unknown "$name")"
	ok "$name: of the functions called" \
	    test "$(wc -l < "$T/$name/wanted")" -gt 50
	"$MAKE" install DESTDIR="$T/$name/root" > "$T/$name/again" 2>&1
	is "$name: make install" $? 0
	case $BSD_SYSTEM in
	openbsd)	wanted=libdivertutil.so.0.0 ;;
	*)		wanted='libdivertutil.so
libdivertutil.so.0
libdivertutil.so.0.0.0' ;;
	esac
	is "$name: names of the shared library" \
	    "$(cd "$T/$name/root/usr/local/lib" && ls libdivertutil.so*)" "$wanted"
	# What runs there without being built by make; it takes many packets
	# at a time, which OpenBSD 7.1 cannot.
	[ "$name" = openbsd71 ] || {
		# shellcheck disable=SC2046
		said=$("$CC" $(value BASE_CFLAGS) -Werror -c \
		    -o "$T/bsdtest.o" regress/live/bsd/bsdtest.c 2>&1)
		is "$name: regress/live/bsd/bsdtest.c" $? 0
		[ -z "$said" ] || echo "$said" | sed -e 's/^/# /' -e 20q
	}
	for file in lib/libdivertutil/port.c bin/common/loop.c \
	    bin/divertcat/divertcat.c bin/divertlog/divertlog.c \
	    lib/libdivertutil/port_divert.c; do
		ok "$name: $file was among them" grep -q "$file" "$T/$name/results"
	done
done
plan
