#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The sources of the tree, one file a line: what git knows or would add,
# where there is no git everything but the products.  dist, the copies the
# tests build in, and the style checks all mean this list.

set -eu
cd "$(dirname "$0")/.."
if [ -e .git ] && list=$(git ls-files -co --exclude-standard 2>/dev/null); then
	for f in $list; do
		# Known to git but removed from the tree.
		[ ! -f "$f" ] || echo "$f"
	done
else
	find . -type d -name .git -prune -o -type f \
	    ! -name '*.o' ! -name '*.pico' ! -name '*.d' ! -name '*.a' \
	    ! -name '*.so.*' ! -name '*.t' ! -name '*.replay' \
	    ! -name '*.bench' ! -name '*.fuzz' ! -name '.depend*' \
	    ! -path './config.h' ! -path './config.mk' ! -path './config.log' \
	    ! -path './configure.local' ! -path './bin/divertcat/divertcat' \
	    ! -path './divertutil-*.tar.gz' -print | sed 's,^\./,,'
fi | LC_ALL=C sort
