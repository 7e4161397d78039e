#!/bin/sh
# SPDX-License-Identifier: ISC
#
# CLAUSES: every sentence of divert(4) has a line, every test named there
# exists, and divertutil(4) speaks of every sentence.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"

grep -v '^#' "$TOP/regress/CLAUSES" >"$T/lines"
is "seventeen lines, numbered" "$(cut -f 1 "$T/lines" | tr '\n' ' ')" \
    "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 "
empty "five columns in each" "$(awk -F '\t' '
	NF != 5 || $2 == "" || $3 == "" || $4 == "" || $5 == ""' "$T/lines")"
empty "every test named is there" "$(
	cut -f 3-5 "$T/lines" | tr '\t ' '[\n*]' | sort -u | while read -r t; do
		case $t in
		later|-) continue ;;
		esac
		[ -f "$TOP/regress/$t" ] || echo "$t"
	done)"
empty "every sentence but the last has a test on Linux" "$(awk -F '\t' '
	$1 != 16 && $3 !~ /\.(sh|c)/' "$T/lines")"

# Sections are titled "Reading (7)", "Putting back (8, 9, 10)".
sed -n 's/^\.Ss .*(\([0-9, ]*\))$/\1/p' "$TOP/share/man/divertutil.4" |
    tr -s ', ' '[\n*]' | sort -nu | tr '\n' ' ' >"$T/titles"
is "divertutil(4) has a section for each" "$(cat "$T/titles")" \
    "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 "
plan
