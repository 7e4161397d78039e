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
# Points of live/bsd are named bsd:NAME and run:NAME.
cut -f 3-5 "$T/lines" | tr '\t ' '[\n*]' | sort -u >"$T/named"
empty "every test named is there" "$(
	while read -r t; do
		case $t in
		-|bsd:*|run:*) continue ;;
		esac
		[ -f "$TOP/regress/$t" ] || echo "$t"
	done <"$T/named")"
ok "bsdtest compiles" ${CC:-cc} -o "$T/bsdtest" \
    "$TOP/regress/live/bsd/bsdtest.c"
"$T/bsdtest" -L >"$T/points"
# "CLAUSE SYSTEM NAME" of what CLAUSES says, and what the points ask for.
awk -F '\t' '{
	for (i = 4; i <= 5; i++) {
		n = split($i, t, " ")
		for (j = 1; j <= n; j++)
			if (sub(/^bsd:/, "", t[j]))
				print $1, i == 4 ? "OpenBSD" : "FreeBSD", t[j]
	}
}' "$T/lines" | sort >"$T/said"
awk -F '\t' '
	$4 != "-" { print $2, "OpenBSD", $1 }
	$5 != "-" || $6 != "-" { print $2, "FreeBSD", $1 }' "$T/points" |
    sort >"$T/asked"
ok "bsdtest has points" test "$(wc -l <"$T/asked")" -gt 100
empty "every point named is in bsdtest, for that system" "$(
    cut -d ' ' -f 2- "$T/asked" | sort -u >"$T/there"
    cut -d ' ' -f 2- "$T/said" | sort -u | comm -23 - "$T/there")"
empty "every point of bsdtest is named with its sentence" \
    "$(comm -13 "$T/said" "$T/asked")"
empty "every point of run.sh named is there" "$(sed -n 's/^run://p' "$T/named" |
    while read -r t; do
	grep -q -w -e "$t" "$TOP/regress/live/bsd/run.sh" || echo "$t"
    done)"
empty "every sentence but the last has a test on OpenBSD and FreeBSD" \
    "$(awk -F '\t' '$1 != 16 && ($4 !~ /bsd:/ || $5 !~ /bsd:/)' "$T/lines")"
empty "every sentence but the last has a test on Linux" "$(awk -F '\t' '
	$1 != 16 && $3 !~ /\.(sh|c)/' "$T/lines")"

# Sections are titled "Reading (7)", "Putting back (8, 9, 10)".
sed -n 's/^\.Ss .*(\([0-9, ]*\))$/\1/p' "$TOP/share/man/divertutil.4" |
    tr -s ', ' '[\n*]' | sort -nu | tr '\n' ' ' >"$T/titles"
is "divertutil(4) has a section for each" "$(cat "$T/titles")" \
    "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 "
plan
