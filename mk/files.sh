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
	# .gitignore says what the products are; it has no negations, and
	# stars only within a name.
	find . -name .git -prune -o -type f -print | sed 's,^\./,,' | awk '
		FNR == NR {
			if (/^#/ || /^$/)
				next
			gsub(/\./, "\\.")
			gsub(/\*/, "[^/]*")
			folder = sub(/\/$/, "")
			pattern = sub(/^\//, "") ? "^" $0 : "(^|/)" $0
			patterns[n++] = pattern (folder ? "/" : "$")
			next
		}
		{
			for (i = 0; i < n; i++)
				if ($0 ~ patterns[i])
					next
			print
		}' .gitignore -
fi | LC_ALL=C sort
