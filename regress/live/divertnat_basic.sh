#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [divertnat] em1 -- server
# Both families go out by another address and come back, a port forward comes
# in, nothing inside is seen outside, and the running one answers questions.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables
in_lab --no-rules

nat_rules || skip_all "no iptables with NFQUEUE"
cat >"$T/rules" <<'EOF'
match out on em1 inet from 192.0.2.0/24 to any nat-to 198.51.100.1
match out on em1 inet6 from 2001:db8:1::/64 to any nat-to (em1)
match in on em1 inet proto tcp to 198.51.100.1 port 8080 \
    rdr-to 192.0.2.2 port 7778
EOF
nat_start -f "$T/rules" -m both -o "$T/log"
for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	# One by one: of a burst that begins a flow conntrack confirms one.
	ping_to "$to" 4 -r 4
	is "$to: echoes are answered" "$replies" "$sent"
	udp_listen -n 20
	udp_send "$to" 20
	udp_end
	is "$to: datagrams arrive" "$(arrived received)" "$sent"
	tcp_run "$to" 2000000
	is "$to: a stream arrives as it was sent" \
	    "$(field sha256 "$got") $(field complete "$sent")" \
	    "$(field sha256 "$sent") true"
done
is "the kernels found no wrong checksum" \
    "$(errors_at server) $(errors_at client)" "0 0"

# The server is the client: a stream through the port forward.
: >"$T/tcp.out"
"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/client" "$DIVERTLAB_TRAFFIC" recv tcp \
    -p 7778 >"$T/tcp.out" &
tcp_pid=$!
running="$running $tcp_pid"
within 10 grep -q ready "$T/tcp.out"
sent=$(lab server "$DIVERTLAB_TRAFFIC" send tcp -p 8080 -l 100000 198.51.100.1)
wait $tcp_pid
is "a port forward" "$(field sha256 "$(tail -1 "$T/tcp.out")")" \
    "$(field sha256 "$sent")"

is "no inside address was seen outside" "$(leaks)" 0
nat_ask -s states >"$T/states"
ok "states: outside (inside) -> remote" grep -Eq \
    '^udp 198\.51\.100\.1:[0-9]+ \(192\.0\.2\.2:[0-9]+\) -> 198\.51\.100\.2:7777 ' \
    "$T/states"
ok "states of IPv6" grep -Eq \
    '^tcp 2001:db8:2::1\[[0-9]+\] \(2001:db8:1::2\[[0-9]+\]\) -> 2001:db8:2::2\[7778\] ' \
    "$T/states"
ok "the forward is a state" grep -Eq \
    '^tcp 198\.51\.100\.1:8080 \(192\.0\.2\.2:7778\) -> 198\.51\.100\.2:' \
    "$T/states"
if command -v jq >/dev/null; then
	nat_ask -s states -F json >"$T/states.json"
	is "states as JSON are as many" \
	    "$(jq -c .proto "$T/states.json" | wc -l)" \
	    "$(wc -l <"$T/states")"
	nat_ask -s info -F json >"$T/info.json"
	is "info knows how many" \
	    "$(jq .stats.nat.sessions "$T/info.json")" \
	    "$(wc -l <"$T/states" | tr -d ' ')"
	nat_records "$T/states.json" "$T/info.json"
fi
nat_ask -s rules >"$T/again"
"$DIVERTNAT" -nv -f "$T/again" >"$T/twice"
ok "rules as understood parse again" cmp "$T/again" "$T/twice"
is "-k ends the states of a host" "$(nat_ask -k 192.0.2.2)" \
    "192.0.2.2: $(grep -c '(192\.0\.2\.2' "$T/states") states ended"
is "and no others" "$(nat_ask -s states | wc -l | tr -d ' ')" \
    "$(grep -vc '(192\.0\.2\.2' "$T/states")"
nat_ask -k nobody 2>/dev/null
is "-k of no address" $? 2
is "the socket is for its owner alone" \
    "$(find "$T/control" -perm 0600 | wc -l | tr -d ' ')" 1
stop nat
is "divertnat drained" $status 0
conserved
is "nothing was dropped" "$(law dropped)" 0
nat_ask -s info 2>"$T/none"
is "then none is running" $? 4

if command -v jq >/dev/null; then
	nat_records "$T/log"
	is "every mapping of the host has ended" \
	    "$(grep -c '"NAT44 BIB create"' "$T/log")" \
	    "$(grep -c '"NAT44 BIB delete"' "$T/log")"
	is "a packet has both addresses" "$(jq -r 'select(.event_type ==
	    "packet" and .proto == "UDP" and .divert.dir == "out" and
	    .src_ip == "192.0.2.2") | .nat.xlat_src_ip' "$T/log" | sort -u)" \
	    198.51.100.1
	is "an identifier is of the address that changes" "$(jq -c 'select(
	    .event_type == "packet" and .proto == "ICMP") | .divert.dir +
	    " " + (.nat | keys | join(" "))' "$T/log" | sort -u | tr '\n' ' ')" \
	    '"in xlat_dest_ip xlat_dest_port" "out xlat_src_ip xlat_src_port" '
	is "and a packet in too" "$(jq -r 'select(.event_type ==
	    "packet" and .proto == "TCP" and .divert.dir == "in" and
	    .dest_port == 8080) | .nat.xlat_dest_ip + " " +
	    (.nat.xlat_dest_port | tostring)' "$T/log" | sort -u)" \
	    "192.0.2.2 7778"
fi
plan
