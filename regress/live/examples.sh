#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "-- keep.sh EXPRESSION"] em1 -- server
# The filter in sh: as the user that divertcat becomes, where tcpdump is the
# filter, and in a network made without privilege, where it cannot be.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command tcpdump

if [ -z "${IN_LAB-}" ]; then
	[ -x "$DIVERTCAT" ] || skip_all "divertcat is not built"
	need_lab
	for user in '' --userns; do
		# Nothing, or one word.
		# shellcheck disable=SC2086
		IN_LAB=1 USERNS=$user "$DIVERTLAB_SH" --time-limit 60 \
		    --offload off $user -- /bin/sh "$0" >"$T/part" ||
		    failures=$((failures + 1))
		# Renumbered: two runs, one plan.
		grep -v '^1\.\.' "$T/part" | awk -v n=$tests '
			/^ok / || /^not ok / { sub(/ok [0-9]+/, "ok " ++n) }
			{ print }'
		tests=$((tests + $(grep -c -e '^ok' -e '^not ok' "$T/part")))
	done
	plan
fi

# The folders of a test are closed to the user that a filter runs as.
if [ "$(id -u)" = 0 ]; then
	rm -rf "$T"
	T=$(mktemp -d /tmp/test.XXXXXX) || exit 1
	chmod 755 "$T"
fi
PATH=$(dirname "$DIVERTCAT"):$PATH
export PATH
cp "$EXAMPLES/keep.sh" "$T"
chmod 755 "$T/keep.sh"
what=${USERNS:-as it is}

cat_start 700 -- "$T/keep.sh" not udp
udp_listen -n 50
udp_send "$DIVERTLAB_SERVER4" 50
ping_to "$DIVERTLAB_SERVER4" 50
udp_end
is "$what: what the expression matches goes on" "$replies" 50
is "$what: nothing else does" "$(arrived received)" 0
settle
stop cat
is "$what: passed" "$(law passed)" 100
is "$what: not returned" "$(($(law dropped) + $(law expired)))" 50
conserved

cat_start -F pflog 700 -- "$T/keep.sh" 'not (outbound and on em0)'
ping_to "$DIVERTLAB_SERVER4" 10 -w 1
is "$what: by direction and interface: no reply comes back" "$replies" 0
settle
stop cat
is "$what: by direction and interface: requests passed" "$(law passed)" 10
conserved
plan
