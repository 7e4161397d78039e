#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
# All that configure and make would build on OpenBSD and FreeBSD compiles
# there without a warning, as far as headers made from the systems' pages can
# tell (../bsd).

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=regress/bsd/lib.sh
. "$(dirname "$0")/../bsd/lib.sh"
command -v clang >/dev/null || skip_all "no clang"
# The make of those systems, where it is here.
MAKE=$(command -v bmake || command -v make)

# sources: of the make variable of each folder, as make sees it.
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
	is "$name: make" $? 0
	report "$name"
	for file in lib/libdivertutil/port.c bin/common/loop.c \
	    bin/divertcat/divertcat.c lib/libdivertutil/port_divert.c; do
		ok "$name: $file was among them" grep -q "$file" "$T/$name/results"
	done
done
plan
