#!/bin/sh
# SPDX-License-Identifier: ISC
#
# NAT: every requirement of the list has a line, every test named there exists
# and is run, and every test that is named by a requirement is there.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP/regress" || exit 1

grep -v '^#' NAT >"$T/lines"

# ids LETTER LAST MORE: LETTER1 to LETTERLAST, and others.
ids() {
	i=1
	while [ "$i" -le "$2" ]; do
		echo "$1$i"
		i=$((i + 1))
	done
	for more in $3; do
		echo "$more"
	done
}

{
	ids U 14 ""
	ids T 10 "T2a"
	ids I 10 "I3a I3b I3c I3d" | grep -v -x I9
	ids C 15 ""
	ids A 11 ""
	ids P 7 ""
} | sort >"$T/list"

is "each requirement has one line" "$(cut -f 1 "$T/lines" | sort)" \
    "$(cat "$T/list")"
empty "four columns in each" "$(awk -F '\t' '
	NF != 4 || $3 == "" || $4 == "" || $4 ~ /not met: *$/ ||
	($2 != "MUST" && $2 != "SHOULD" && $2 != "MAY")' "$T/lines")"
empty "of what must be, only C9 is not met" "$(awk -F '\t' '
	$2 == "MUST" && $4 ~ /not met: / && $1 != "C9" { print $1 }' \
	"$T/lines")"
# "ID FILE FUNCTION" of every test named.
awk -F '\t' '{
	sub(/ *not met: .*/, "", $4)
	n = split($4, t, " ")
	for (i = 1; i <= n; i++) {
		sub(/:/, " ", t[i])
		print $1, t[i]
	}
}' "$T/lines" >"$T/named"
empty "every test named is a function that is run" "$(
	while read -r id file function; do
		grep -q -e "cmocka_unit_test(${function:-none})" \
		    -e "TRIAL(${function:-none})" "$file" \
		    2>/dev/null || echo "$id $file $function"
	done <"$T/named")"
# A function of U1 begins with U1_, of several with all of them.
is "every requirement that is met has a test of its name" "$(
	awk '{
		n = split($3, part, "_")
		for (i = 1; i <= n; i++)
			if (part[i] == $1)
				print $1
	}' "$T/named" | sort -u)" "$(cut -d ' ' -f 1 "$T/named" | sort -u)"
empty "every test of its kind is in the table" "$(
	for f in lib/t_nat_udp.c lib/t_nat_tcp.c lib/t_nat_icmp_req.c \
	    lib/t_nat_cgn.c lib/t_nat_update.c lib/t_nat_npt.c; do
		sed -n 's/.*cmocka_unit_test(\([A-Za-z0-9_]*\)).*/\1/p' "$f" |
		    while read -r function; do
			grep -q " $f $function\$" "$T/named" ||
			    echo "$f $function"
		done
	done)"
plan
