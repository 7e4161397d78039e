#!/bin/sh
# SPDX-License-Identifier: ISC
# What a tool gives up on OpenBSD and FreeBSD, call by call and in order
# (../bsd/sandbox_test.c).

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP" || exit 1
CC=$(sed -n 's/^CC=[ 	]*//p' config.mk)

# The headers that only FreeBSD has.
mkdir -p "$T/include/sys"
cp regress/bsd/freebsd/include/sys/capsicum.h "$T/include/sys"
grep -v bsd_idtype regress/bsd/freebsd/include/sys/procctl.h \
    > "$T/include/sys/procctl.h"

# Two programs, each with a plan of its own.
status=0
for system in OPENBSD FREEBSD; do
	# The compiler and its flags are words.
	# shellcheck disable=SC2086
	$CC -std=gnu11 -D_GNU_SOURCE -DSYSTEM_$system -Icompat \
	    -Ilib/libdivertutil -Ibin/common \
	    -isystem "$T/include" -o "$T/$system" \
	    regress/bsd/sandbox_test.c compat/strlcpy.c compat/strlcat.c \
	    > "$T/said" 2>&1 || {
		echo "not ok 1 - $system: the test compiles"
		echo 1..1
		sed -e 's/^/# /' -e 20q "$T/said"
		status=1
		continue
	}
	"$T/$system" || status=1
done
exit $status
