#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 150
#
# client -- em0 gateway [divertnat] em1 -- server
# States outlive divertnat: a stream goes on when it is ended and started
# again, when it is killed, and when rules are read anew; a stream that new
# rules do not allow does not.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables python3
in_lab --no-rules

nat_rules || skip_all "no iptables with NFQUEUE"
mkdir "$T/state"
chmod 777 "$T/state"
rules() {
	cat <<EOF
set state-file "$T/state/700" every 1
match out on em1 inet from 192.0.2.0/24 to any nat-to 198.51.100.1
match out on em1 inet6 from 2001:db8:1::/64 to any nat-to 2001:db8:2::1
EOF
}
rules >"$T/rules"

# stream NAME ADDRESS PORT SECONDS: a slow stream in the background.
stream() {
	start "$1_recv" "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" \
	    python3 "$TOP/regress/live/divertnat_stream.py" recv "$3"
	within 10 grep -q ready "$T/$1_recv.out"
	start "$1" "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/client" \
	    python3 "$TOP/regress/live/divertnat_stream.py" send "$2" "$3" "$4"
}

# streamed NAME: it came through as it was sent.
streamed() {
	finish "$1"
	finish "$1_recv"
	is "$1: the stream is whole" "$(tail -1 "$T/$1_recv.out")" \
	    "$(tail -1 "$T/$1.out")"
	ok "$1: and it was confirmed" test -s "$T/$1.out"
}

established() {
	[ "$(nat_ask -s states | grep -c ESTABLISHED)" -ge "$1" ]
}

packets_of() {
	nat_ask -s states | sed -n "s/^tcp .*:$1 .* pkts \\([0-9]*\\):.*/\\1/p"
}

nat_start -f "$T/rules"
stream four "$DIVERTLAB_SERVER4" 7001 8
stream six "$DIVERTLAB_SERVER6" 7002 8
ok "two streams are on their way" within 10 established 2
before=$(packets_of 7001)
stop nat TERM
is "divertnat ends" $status 0
ok "a snapshot is there" test -s "$T/state/700"
is "which is its user's alone" "$(find "$T/state/700" -perm 0600)" \
    "$T/state/700"
nat_start -f "$T/rules"
ok "states are restored" grep -q ': 2 states restored, 0 have expired' \
    "$T/nat.err"
ok "with their counts" test "$(packets_of 7001)" -ge "$before"
ok "and are used" within 10 established 2

nat_ask --save
is "saved on request" $? 0
nat_ask -s info -F json >"$T/info"
nat_records "$T/info"
kill -KILL "$(pid_of nat)"
finish nat
nat_start -f "$T/rules"
ok "restored after a kill" grep -q ': 2 states restored' "$T/nat.err"

echo 'match out on nat-to' >"$T/bad"
cp "$T/bad" "$T/rules"
nat_ask --reload 2>"$T/out"
is "wrong rules are refused" $? 2
ok "with the place of the mistake" grep -q "$T/rules:1:" "$T/out"
is "and change nothing" "$(nat_ask -s rules | grep -c nat-to)" 2
kill -HUP "$(pid_of nat)"
ok "nor by SIGHUP" within 5 grep -q 'the rules stay as they were' "$T/nat.err"

{
	rules
	echo 'match out on em1 inet from 10.0.0.0/8 to any nat-to 198.51.100.1'
} >"$T/rules"
nat_ask --reload
is "rules are read anew" $? 0
is "and are in use" "$(nat_ask -s rules | grep -c nat-to)" 3
ok "the streams go on" established 2
streamed four
streamed six
is "no inside address was seen outside" "$(leaks)" 0

stream last "$DIVERTLAB_SERVER4" 7003 30
ok "one more stream" within 10 established 1
rules | grep -v 'inet from' >"$T/rules"
kill -HUP "$(pid_of nat)"
gone() {
	! nat_ask -s states | grep -q '(192\.0\.2\.2'
}
ok "what the new rules do not allow ends" within 5 gone
stop last KILL
stop last_recv KILL
rules >"$T/rules"
nat_ask --reload

# One that is damaged is said in a line, kept, and not used.
stop nat TERM
printf 'x' | dd of="$T/state/700" bs=1 seek=60 conv=notrunc 2>/dev/null
nat_start -f "$T/rules"
is "a damaged file is one line" \
    "$(grep -c 'begins without states' "$T/nat.err")" 1
ok "and is kept" test -s "$T/state/700.damaged"
stop nat
is "divertnat ends" $status 0
conserved
plan
