#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "divertcat 700 -- cat"] em1 -- server
# Echo requests of 4000 bytes, larger than the links.  Each crosses the
# gateway as three fragments, which the port shows and gives back one by one;
# with a rule that needs whole packets it shows one.
#
# Slowly: the rule that needs whole packets brings connection tracking, which
# drops a request that comes while the first of its flow waits at the port.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${IN_LAB-}" ]; then
	[ -x "$DIVERTCAT" ] || skip_all "divertcat is not built"
	need_lab
	for defrag in '' --defrag; do
		# Nothing, or one word.
		# shellcheck disable=SC2086
		IN_LAB=1 DEFRAG=$defrag "$DIVERTLAB_SH" --time-limit 60 \
		    --offload off $defrag -- /bin/sh "$0" >"$T/part" ||
		    failures=$((failures + 1))
		# Renumbered: two runs, one plan.
		grep -v '^1\.\.' "$T/part" | awk -v n=$tests '
			/^ok / || /^not ok / { sub(/ok [0-9]+/, "ok " ++n) }
			{ print }'
		tests=$((tests + $(grep -c -e '^ok' -e '^not ok' "$T/part")))
	done
	plan
fi

pieces=3 what=fragments
if [ -n "$DEFRAG" ]; then
	pieces=1 what="whole packets"
fi
for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	cat_start -w "$T/on.pcapng" 700 -- cat
	ping_to "$to" 20 -s 4000 -r 20
	is "$to, $what: replies" "$replies" 20
	is "$to, $what: replies with other bytes" \
	    "$(field corrupted "$result")" 0
	settle
	stop cat
	is "$to, $what: packets that the port lent" \
	    "$(law received)" $((20 * 2 * pieces))
	is "$to, $what: passed" "$(law passed)" $((20 * 2 * pieces))
	conserved
done
plan
