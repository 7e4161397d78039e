# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# A BSD that is not here, as far as configure and make can tell: another
# uname(1), and the compiler ./cc.  Sourced after ../tap.sh, which has the
# tree to copy.

# Names of the systems that can be had: system, what uname says, and flags.
SYSTEMS='openbsd openbsd71 freebsd freebsd13'

# system_facts NAME: sets BSD_SYSTEM, BSD_DEFINES, SYSNAME, RELEASE.
system_facts() {
	BSD_DEFINES=
	case $1 in
	openbsd)	SYSNAME=OpenBSD RELEASE=7.8 ;;
	openbsd71)	SYSNAME=OpenBSD RELEASE=7.1
			BSD_DEFINES=-DBSD_WITHOUT_MMSG ;;
	freebsd)	SYSNAME=FreeBSD RELEASE=14.3-RELEASE ;;
	freebsd13)	SYSNAME=FreeBSD RELEASE=13.5-RELEASE
			BSD_DEFINES=-DBSD_WITHOUT_PF_DIVERT ;;
	esac
	BSD_SYSTEM=$(echo "$SYSNAME" | tr '[:upper:]' '[:lower:]')
	export BSD_SYSTEM BSD_DEFINES
}

# enter NAME: go into a copy of the tree on that system.
enter() {
	system_facts "$1"
	copy_tree "$T/$1/tree"
	mkdir "$T/$1/bin"
	cat > "$T/$1/bin/uname" <<END
#!/bin/sh
case \${1-} in
''|-s)	echo $SYSNAME ;;
-r)	echo $RELEASE ;;
-m)	echo amd64 ;;
*)	echo $SYSNAME $RELEASE amd64 ;;
esac
END
	# There is a pkg-config, and it knows what the packages brought with
	# them; also what must not be taken.
	cat > "$T/$1/bin/pkg-config" <<END
#!/bin/sh
case \$* in
'--exists jansson')	;;
*libs*jansson)		echo -I/usr/local/include -L/usr/local/lib -ljansson ;;
'--exists libevent')	;;
*libs*libevent)		echo -I/usr/local/include -L/usr/local/lib -levent_core ;;
*)			exit 1 ;;
esac
END
	chmod +x "$T/$1/bin/"*
	saved_path=${saved_path-$PATH}
	PATH=$T/$1/bin:$saved_path
	cd "$T/$1/tree" || exit 1
	CC=$T/$1/tree/regress/bsd/cc
	PKG_CONFIG=pkg-config
	BSD_LOG=
	export CC PKG_CONFIG PATH BSD_LOG
	unset AR CFLAGS CPPFLAGS LDFLAGS MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
}

# value NAME: of a variable in config.mk.
value() {
	sed -n "s/^$1=[ 	]*//p" config.mk
}
