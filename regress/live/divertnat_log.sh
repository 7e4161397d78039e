#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [divertnat] em1 -- server
# What divertnat logs and tells on a live port: sessions where a rule has
# `log', drops and what they were for, statistics, errors to the inside;
# fragments that come before their first.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables jq
in_lab --no-rules

nat_rules || skip_all "no iptables with NFQUEUE"
cat >"$T/rules" <<'EOF'
set limit states-per-host 3
match out on em1 inet proto icmp from 192.0.2.0/24 to any nat-to 198.51.100.1
match out on em1 inet from 192.0.2.0/24 to any nat-to 198.51.100.1 log
EOF
# Where the unprivileged user may make the file anew.
mkdir "$T/logs"
chmod 777 "$T/logs"
nat_start -f "$T/rules" -o "$T/logs/log" -S 0.2

udp_listen -n 3
udp_send "$DIVERTLAB_SERVER4" 3
udp_end
is "datagrams arrive" "$(arrived received)" 3
ping_to "$DIVERTLAB_SERVER4" 2 -r 4
is "echoes are answered" "$replies" 2
ping_to "$DIVERTLAB_SERVER4" 1
is "a third state" "$replies" 1

mv "$T/logs/log" "$T/logs/log.1"
kill -HUP "$(pid_of nat)"
ok "SIGHUP: the log is opened anew" within 5 test -s "$T/logs/log"
ok "and the rules are read" within 5 grep -q 'read again' "$T/nat.err"

# Beyond the limit: dropped, counted, said, and the sender is told.
lab client iptables -A INPUT -p icmp --icmp-type 3/1
udp_send "$DIVERTLAB_SERVER4" 25
told() {
	lab client iptables -nvxL INPUT | grep -q '^ *25 '
}
is "sent into the limit" "$sent" 25
ok "the sender is told, each time" within 5 told
states() {
	jq -c 'select(.event_type == "stats") | .stats.nat.sessions' \
	    "$T/logs/log" | tail -1 | grep -q 3
}
ok "statistics are in the log" within 5 states
nat_ask -s info >"$T/info"
ok "info counts and explains" grep -q '^  host_states  *[0-9]*  [A-Z]' \
    "$T/info"
stop nat
is "divertnat drained" $status 0
conserved
is "what was dropped was not translated" "$(law dropped)" \
    "$(said untranslated)"
is "for this reason" "$(said host_states)" "$(law dropped)"
ok "the errors were sent from here" test "$(law injected)" -gt 0

is "a rule with log: sessions, with the remote" "$(jq -r '
    select(.nat.event == "NAT44 session create") | .proto + " " + .dest_ip +
    " " + (.dest_port | tostring)' "$T/logs/log.1" | sort -u)" \
    "UDP 198.51.100.2 7777"
is "without: mappings, and no remote" "$(jq -c '
    select(.nat.event == "NAT44 BIB create" and .proto == "ICMP") |
    has("dest_ip")' "$T/logs/log.1" | sort -u)" false
is "some drops are lines" "$(jq -r 'select(.event_type == "drop") |
    .nat.reason' "$T/logs/log" | sort -u)" host_states
lines=$(jq -c 'select(.event_type == "drop")' "$T/logs/log" | wc -l)
ok "no more than ten a second ($lines of $(said host_states))" \
    test "$lines" -le 20
nat_records "$T/logs/log.1" "$T/logs/log"
plan
