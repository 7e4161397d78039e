#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [divertnat] em1 -- server -- far
# The path between a translated client and a host far away: ping, traceroute,
# links that are too narrow on either side and in the middle, fragments, and
# errors that come back to who caused them.  The server is a router here.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables ip python3
in_lab --no-rules

FAR4=203.0.113.2 FAR6=2001:db8:3::2
OUT4=198.51.100.1 OUT6=2001:db8:2::1
NARROW=1300

add_host far server eth1 203.0.113 2001:db8:3 ||
    skip_all "no further host in the laboratory"
lab server sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
ip route add 203.0.113.0/24 via 198.51.100.2
ip -6 route add 2001:db8:3::/64 via 2001:db8:2::2
nat_rules plain || skip_all "no iptables with NFQUEUE"
cat >"$T/rules" <<EOF
match out on em1 inet from 192.0.2.0/24 to any nat-to $OUT4
match out on em1 inet6 from 2001:db8:1::/64 to any nat-to $OUT6
EOF
nat_start -f "$T/rules"

# each FUNCTION: of both families; $far, $out, $inside, and $f that is said.
each() {
	far=$FAR4 out=$OUT4 inside=192.0.2.2 router=192.0.2.1 \
	    server=198.51.100.2 f=IPv4
	"$@"
	far=$FAR6 out=$OUT6 inside=2001:db8:1::2 router=2001:db8:1::1 \
	    server=2001:db8:2::2 f=IPv6
	"$@"
}

# ---- fragments -----------------------------------------------------------

# What is said: how the far end sees the client, and the client the far end.
fragments() {
	is "$f: 20000 bytes there and back, $1" \
	    "$(nat_net echo client $far,7101 far 20000 20000)" "$out $far,7101"
	for order in reversed last-first first-last mixed; do
		is "$f: fragments $order, $1" \
		    "$(nat_net disorder client $inside $far,7101 far $order)" \
		    "$out $far,7101"
	done
	ping_to $far 2 -s 4000 -r 10
	is "$f: echoes of 4000 bytes, $1" "$replies" "$sent"
}
each fragments 'not put together by the kernel'
plain_fragments=$(iptables -t raw -nvxL PREROUTING |
    awk '/NFQUEUE/ { print ($2 / $1 < 1501) }')
is "they were fragments on their way" "$plain_fragments" 1
nat_stateful iptables
nat_stateful ip6tables
each fragments 'put together by connection tracking'

# ---- ping -------------------------------------------------------------

pings() {
	ping_to $far 5 -r 20
	is "$f: echoes are answered" "$replies" "$sent"
	ping_to $far 5 -r 20 -s 1400
	is "$f: large ones too" "$replies" "$sent"
}
each pings

# ---- errors of the far end -----------------------------------------------

refused() {
	is "$f: a port that nobody has" \
	    "$(nat_net refused client $far,7199)" \
	    "ECONNREFUSED 0 $far $far,7199 quoted, plain: ECONNREFUSED"
}
each refused

# ---- narrow links --------------------------------------------------------

# The routes that were learnt, of both ends.
forget() {
	for p in client server far; do
		at $p ip route flush cache
		at $p ip -6 route flush cache
	done
	ip route flush cache
	ip -6 route flush cache
}

# up WHERE OFFENDER: the client is who has to send less.
up() {
	case $2 in
	gateway) by=$router ;;
	*)	by=$server ;;
	esac
	is "$f: $1: a datagram with DF: its sender hears of it" \
	    "$(nat_net too_large client $far,7102 1400)" \
	    "EMSGSIZE $NARROW $by $far,7102 quoted, then EMSGSIZE $NARROW"
	forget
	is "$f: $1: without DF it arrives" \
	    "$(nat_net echo client $far,7102 far 1400 100 cut)" "$out $far,7102"
	forget
	is "$f: $1: 20 MB arrive" \
	    "$(nat_net stream client $far,7103 far 20 up)" \
	    "$out 20 equal $NARROW"
	forget
}

# down WHERE: the far end is who has to send less.
down() {
	is "$f: $1: an answer with DF: its sender hears of it" \
	    "$(nat_net too_large_back client $far,7102 far 1400)" \
	    "EMSGSIZE $NARROW $out outside quoted, then EMSGSIZE $NARROW"
	forget
	is "$f: $1: without DF it arrives" \
	    "$(nat_net echo client $far,7102 far 100 1400 cut)" "$out $far,7102"
	forget
	is "$f: $1: 20 MB arrive" \
	    "$(nat_net stream client $far,7103 far 20 down)" \
	    "$out 20 equal $NARROW"
	forget
}

lab server ip link set eth1 mtu $NARROW
each up 'narrow behind the next router' server
lab server ip link set eth1 mtu 1500
ip link set em1 mtu $NARROW
each up 'narrow outside' gateway
ip link set em1 mtu 1500
ip link set em0 mtu $NARROW
each down 'narrow inside'
ip link set em0 mtu 1500

is "the kernels found no wrong checksum" \
    "$(errors_at server) $(errors_at client)" "0 0"
# ---- traceroute ----------------------------------------------------------

# hops OPTION...: who answers on the way, numbered.
hops() {
	lab client traceroute -n -q 1 -w 2 -m 5 "$@" $far 2>&1 |
	    awk 'NR > 1 { printf "%s%s %s", NR == 2 ? "" : ", ", $1, $2 }'
}

# Of several ICMP probes at once connection tracking loses all but one, see
# "Caveats" in divertnat(8); hence -N.
trace() {
	if ! lab client traceroute -V >/dev/null 2>&1; then
		skip "$f: traceroute" "no traceroute"
		return
	fi
	path="1 $router, 2 $server, 3 $far"
	is "$f: traceroute by UDP" "$(hops -U -p 33434)" "$path"
	is "$f: traceroute by the ports it prefers" "$(hops)" "$path"
	is "$f: traceroute by ICMP" "$(hops -I -N 1)" "$path"
	# Nobody listens: the RST is what ends it.
	is "$f: traceroute by TCP" "$(hops -T -p 443)" "$path"
}
each trace

is "no inside address was seen outside" "$(leaks)" 0
stop nat
is "divertnat drained" $status 0
conserved
is "nothing was dropped" "$(law dropped)" 0
plan
