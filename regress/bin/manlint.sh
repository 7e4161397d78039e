#!/bin/sh
# SPDX-License-Identifier: ISC
# mandoc finds nothing to complain of in the manual pages.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP/share/man" || exit 1
command -v mandoc >/dev/null || skip_all "mandoc is missing"
for page in ./*.[1-9]; do
	# Other systems' pages are referred to, and are not all here.
	empty "${page#./}" "$(mandoc -T lint -W warning "$page" 2>&1 |
	    grep -v -e 'referenced manual not found')"
done
# Every tool and every function has a page that names it.
awk '/^\.Nd/ { nextfile } $1 == ".Nm" { print $2 }' ./*.[1-9] | sort -u > "$T/names"
for tool in ../../bin/*/; do
	tool=$(basename "$tool")
	[ "$tool" = common ] ||
	    ok "$tool has a page" grep -qx "$tool" "$T/names"
done
awk -f "$TOP/mk/exports.awk" "$TOP/lib/libdivertutil/divertutil.h" |
    sort > "$T/functions"
empty "every function of the library has one" \
    "$(comm -23 "$T/functions" "$T/names")"
plan
