#!/bin/sh
# SPDX-License-Identifier: ISC
# What can be seen of style by counting.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP" || exit 1
LC_ALL=C
export LC_ALL

sh mk/files.sh > "$T/all"
grep -E '\.(c|h)$' "$T/all" > "$T/c"
grep -v -E '^regress/(data|fuzz/corpus)/|\.(pcap|pcapng|gz)$' "$T/all" > "$T/text"
ok "there are files to look at" test "$(wc -l < "$T/c")" -gt 20

# each LIST COMMAND...
each() {
	list=$1
	shift
	xargs "$@" < "$list" 2>&1
}

empty "no blanks at the end of a line" \
    "$(each "$T/text" grep -nE '[ 	]+$' /dev/null | head -n 20)"
empty "lines of C fit in 100 columns" "$(
    while read -r f; do
	expand "$f" | awk -v f="$f" 'length > 100 { print f ":" NR ": " length }'
    done < "$T/c")"
empty "C is indented with tabs" \
    "$(each "$T/c" grep -nE '^ {8}' /dev/null | head -n 20)"
empty "every C file says its licence in the first line" \
    "$(while read -r f; do
	head -n 1 "$f" | grep -qxF '/* SPDX-License-Identifier: ISC */' || echo "$f"
    done < "$T/c")"
empty "every script says its licence in the second line" \
    "$(while read -r f; do
	case $(head -n 1 "$f" | tr -d '\000') in
	'#!'*)	sed -n 2p "$f" | grep -qxF '# SPDX-License-Identifier: ISC' ||
		    echo "$f" ;;
	esac
    done < "$T/text")"
empty "every .c of the library and the tools includes compat.h first" \
    "$(grep -E '^(lib|bin|compat)/.*\.c$' "$T/c" | while read -r f; do
	grep -m 1 '^#include' "$f" | grep -qxF '#include "compat.h"' || echo "$f"
    done)"
empty "text files end with a newline" \
    "$(while read -r f; do
	[ ! -s "$f" ] || [ "$(tail -c 1 "$f" | od -An -c | tr -d ' ')" = '\n' ] ||
	    echo "$f"
    done < "$T/text")"
marks='TO''DO|FIX''ME|XX''X'
empty "no promises to come back" \
    "$(each "$T/text" grep -nwE "$marks" /dev/null | grep -v XXXXXX)"
plan
