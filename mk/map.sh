#!/bin/sh
# SPDX-License-Identifier: ISC
#
# map.sh header: the linker's version script for the functions it declares.

set -eu
names=$(awk -f "$(dirname "$0")/exports.awk" "$1" | LC_ALL=C sort)
[ -n "$names" ] || { echo "map.sh: $1 declares nothing" >&2; exit 1; }
echo '{'
echo 'global:'
for n in $names; do
	printf '\t%s;\n' "$n"
done
echo 'local:'
printf '\t*;\n};\n'
