#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
# What configure chooses on OpenBSD, FreeBSD and other BSDs, by what it finds
# with another uname(1) and the compiler of ../bsd.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=regress/bsd/lib.sh
. "$(dirname "$0")/../bsd/lib.sh"
command -v clang >/dev/null || skip_all "no clang"

# has VARIABLE FILE..., lacks VARIABLE FILE...: in config.mk.
has() {
	variable=$1
	shift
	for f in "$@"; do
		case " $(value "$variable") " in
		*" $f "*)	pass "$name: $variable has $f" ;;
		*)		fail "$name: $variable has $f"
				echo "# $variable= $(value "$variable")" ;;
		esac
	done
}

lacks() {
	variable=$1
	shift
	for f in "$@"; do
		case " $(value "$variable") " in
		*" $f "*)	fail "$name: $variable lacks $f" ;;
		*)		pass "$name: $variable lacks $f" ;;
		esac
	done
}

defined() {
	ok "$name: $1 is defined" grep -q "^#define $1 " config.h
}

undefined() {
	ok "$name: $1 is not defined" test -z "$(grep "^#define $1 " config.h)"
}

# exist FOLDER VARIABLE...: what was chosen is there.
exist() {
	folder=$1
	shift
	for v in "$@"; do
		for f in $(value "$v"); do
			# Some are patterns.
			# shellcheck disable=SC2144
			[ -f "$folder"/$f ] || echo "$folder/$f"
		done
	done
}

DIVERT='port_divert.c port_divert_decide.c port_divert_interfaces.c
    port_divert_out.c'

for name in $SYSTEMS; do
	enter "$name"
	./configure > "$T/$name/said" 2>&1
	is "$name: configure" $? 0
	[ -f config.mk ] || {
		sed 's/^/# /' "$T/$name/said"
		continue
	}
	is "$name: OS" "$(value OS)" "$SYSNAME"
	# shellcheck disable=SC2086
	has PORT_DIVERT_SRCS $DIVERT port_divert_"$BSD_SYSTEM".c
	lacks PORT_DIVERT_SRCS port_divert_absent.c
	if [ "$name" = openbsd71 ]; then
		has PORT_DIVERT_SRCS port_divert_msg.c
		lacks PORT_DIVERT_SRCS port_divert_mmsg.c
	else
		has PORT_DIVERT_SRCS port_divert_mmsg.c
		lacks PORT_DIVERT_SRCS port_divert_msg.c
	fi
	is "$name: no NFQUEUE" "$(value PORT_NFQUEUE_SRCS)" port_nfqueue_absent.c
	is "$name: no injection of Linux" "$(value INJECT_SRCS)" inject_absent.c
	has COMMON_SRCS privilege_"$BSD_SYSTEM".c sandbox_"$BSD_SYSTEM".c
	lacks COMMON_SRCS privilege_linux.c privilege_posix.c \
	    sandbox_files_absent.c parent_death_linux.c
	empty "$name: the files chosen are there" "$(
	    exist lib/libdivertutil PORT_DIVERT_SRCS PORT_NFQUEUE_SRCS INJECT_SRCS
	    exist bin/common COMMON_SRCS)"
	is "$name: no laboratory" "$(value LAB)" ''
	is "$name: libc lacks nothing" "$(value COMPAT_SRCS)" ''
	is "$name: pages" "$(value MANDIR)" "\$(PREFIX)/man"
	is "$name: pcap of the base system" "$(value PCAP_LIBS; value LIB_LIBS |
	    grep -o -e '-lpcap')" -lpcap
	is "$name: no feature macro" "$(value BASE_CPPFLAGS)" ''
	is "$name: packages' headers" "$(value CPPFLAGS)" -I/usr/local/include
	is "$name: packages' libraries" "$(value LDFLAGS)" -L/usr/local/lib
	is "$name: the native kind" \
	    "$(sed -n 's/^#define DIVERT_NATIVE_KIND //p' config.h)" '"divert"'
	undefined HAVE_LANDLOCK
	undefined HAVE_SECCOMP
	defined HAVE_SIGINFO
	defined HAVE_STRTONUM
	case $BSD_SYSTEM in
	openbsd)
		# The port's libevent_core is there as well, and has no event.h.
		is "$name: libevent of the base system" "$(value EVENT_LIBS)" \
		    -levent
		defined HAVE_PLEDGE
		defined HAVE_UNVEIL
		has COMMON_SRCS parent_death_posix.c
		lacks SHLIB_LDFLAGS -Wl,-z,defs
		is "$name: one name of the library" "$(value SHLIB_STYLE)" plain
		;;
	freebsd)
		is "$name: libevent of the package" "$(value EVENT_LIBS |
		    grep -o -e '-levent_core')" -levent_core
		undefined HAVE_PLEDGE
		has COMMON_SRCS parent_death_freebsd.c
		;;
	esac
	[ "$name" = openbsd71 ] && undefined HAVE_RECVMMSG
done

# What is missing is named with the package of the system.
enter_again() {
	rm -rf "${T:?}/$1"
	enter "$1"
	name=$1
}
enter_again openbsd
is "openbsd without jansson" "$(BSD_LACKS=jansson ./configure 2>&1 >/dev/null |
    grep -c 'jansson is missing.*OpenBSD: jansson')" 1
enter_again freebsd
is "freebsd without pkg-config" "$(PKG_CONFIG=false ./configure >/dev/null 2>&1
    echo $?; value EVENT_LIBS)" "0
-levent_core"
is "freebsd without libevent" \
    "$(BSD_LACKS='event event_core' ./configure 2>&1 >/dev/null |
    grep -c 'libevent is missing.*FreeBSD: libevent')" 1

# One nobody thought of gets files that compile everywhere.
enter_again freebsd
sed "s/echo FreeBSD/echo NetBSD/" "$T/freebsd/bin/uname" > "$T/uname"
cat "$T/uname" > "$T/freebsd/bin/uname"
name=netbsd
./configure > "$T/said" 2>&1
is "netbsd: configure" $? 0
is "netbsd: no divert" "$(value PORT_DIVERT_SRCS)" port_divert_absent.c
has COMMON_SRCS privilege_posix.c parent_death_posix.c \
    sandbox_files_absent.c sandbox_calls_absent.c
plan
