#!/bin/sh
# SPDX-License-Identifier: ISC
# Every script parses, in every shell that is here, and shellcheck is content.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP" || exit 1

scripts=
for f in $(sh mk/files.sh); do
	case $f in
	*.sh)	scripts="$scripts $f" ;;
	*.[ch]|*.[1-9]|*.md|*.pcap*|*.json) ;;
	*)	head -n 1 "$f" 2>/dev/null | tr -d '\000' |
		    grep -q '^#!.*[/ ]sh$' && scripts="$scripts $f" ;;
	esac
done
ok "there are scripts" test -n "$scripts"
for f in $scripts; do
	for sh in sh dash bash ksh; do
		command -v $sh >/dev/null || continue
		$sh -n "$f" 2>"$T/err" || echo "$sh: $(cat "$T/err")"
	done > "$T/said"
	empty "$f parses" "$(cat "$T/said")"
done
if command -v shellcheck >/dev/null; then
	# Variables that one file sets and the file that sources it uses.
	shared=SC2034,SC2154
	for f in $scripts; do
		empty "$f: shellcheck" \
		    "$(shellcheck -s sh -S warning -e $shared -x "$f" 2>&1)"
	done
else
	skip "shellcheck" "shellcheck is missing"
fi
plan
