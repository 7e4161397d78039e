#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client  -- em0 gateway [divertnat] em1 -- server
# client2 -- em2
# Forwards to the inside, of both families: one port, a range to a range, a
# range to one port, several targets in turn, an address for an address; whom
# they are not for; and what their targets say by ICMP.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables ip python3
in_lab --no-rules

add_host client2 gateway em2 10.1.0 2001:db8:12 ||
    skip_all "no further host in the laboratory"
nat_rules || skip_all "no iptables with NFQUEUE"
for t in iptables ip6tables; do
	$t -A FORWARD -i em2 -j ACCEPT
	$t -A FORWARD -i em1 -j ACCEPT
done
lab server iptables -t raw -A PREROUTING -s 10.1.0.0/24
lab server ip6tables -t raw -A PREROUTING -s 2001:db8:12::/64
cat >"$T/rules" <<'EOF'
out4 = "198.51.100.1"
out6 = "2001:db8:2::1"
one4 = "192.0.2.2"
one6 = "2001:db8:1::2"
two4 = "10.1.0.2"
two6 = "2001:db8:12::2"
match in on em1 inet proto { tcp, udp } to $out4 port 2000:2009 \
    rdr-to $two4 port 4000:*
match in on em1 inet6 proto { tcp, udp } to $out6 port 2000:2009 \
    rdr-to $two6 port 4000:*
match in on em1 inet proto { tcp, udp } to $out4 port 3000:3009 \
    rdr-to $one4 port 4500
match in on em1 inet6 proto { tcp, udp } to $out6 port 3000:3009 \
    rdr-to $one6 port 4500
match in on em1 inet proto { tcp, udp } to $out4 port 80 \
    rdr-to { $one4, $two4 } port 8080 round-robin
match in on em1 inet6 proto { tcp, udp } to $out6 port 80 \
    rdr-to { $one6, $two6 } port 8080 round-robin
match in on em1 inet proto tcp from 198.51.100.3 to $out4 port 22 \
    rdr-to $one4
match on em1 inet from $two4 to any binat-to 198.51.100.8
match on em1 inet6 from $two6 to any binat-to 2001:db8:2::8
match out on em1 inet from 192.0.2.0/24 to any nat-to $out4
match out on em1 inet6 from 2001:db8:1::/64 to any nat-to $out6
EOF
nat_start -f "$T/rules"
# Whose it is the server asks for; the gateway answers where it routes.
ip neigh add proxy 198.51.100.8 dev em1
lab server ip route add 198.51.100.8 via 198.51.100.1
lab server ip -6 route add 2001:db8:2::8 via 2001:db8:2::1

# each FUNCTION...: of both families.
each() {
	out=198.51.100.1 own=198.51.100.8 server=$DIVERTLAB_SERVER4 f=IPv4
	"$@"
	out=2001:db8:2::1 own=2001:db8:2::8 server=$DIVERTLAB_SERVER6 f=IPv6
	"$@"
}

# reaches WHAT KIND TO PORT INSIDE_PORT WHO [COUNT]: from the server.
reaches() {
	is "$f: $1, $2" "$(nat_net forward "$2" server "$3,$4" \
	    client,client2 "$3,$5" "${7:-1}")" "$6"
}

forwards() {
	for kind in tcp udp; do
		for port in 2000 2001 2009; do
			reaches "$port of a range" $kind $out $port \
			    $((port + 2000)) "client2<$server"
		done
		reaches "a range to one port" $kind $out 3007 4500 \
		    "client<$server"
		reaches "targets take turns" $kind $out 80 8080 \
		    "client<$server client2<$server client<$server client2<$server" \
		    4
		reaches "an address for an address" $kind $own 6000 6000 \
		    "client2<$server"
	done
	is "$f: it goes out by its own address" \
	    "$(nat_net echo client2 $server,7301 server 3000 3000)" \
	    "$own $server,7301"
	is "$f: a forwarded port that nobody has there, by TCP" \
	    "$(nat_net forward tcp server $out,2005 client2 $out,1)" \
	    ECONNREFUSED
	is "$f: and by UDP: who sent hears of it, from outside addresses" \
	    "$(nat_net refused server $out,2005)" \
	    "ECONNREFUSED 0 $out $out,2005 quoted, plain: ECONNREFUSED"
	is "$f: the port behind the range is the gateway's own" \
	    "$(nat_net forward tcp server $out,2010 client2 $out,4010)" \
	    ECONNREFUSED
}
each forwards

# A forward for one remote is for no other.
f=IPv4 server=198.51.100.3
is "not for others" \
    "$(nat_net forward tcp server 198.51.100.1,22 client 198.51.100.1,22)" \
    ECONNREFUSED
lab server ip address add 198.51.100.3/24 dev eth0
lab server ip route add 198.51.100.1 dev eth0 src 198.51.100.3
reaches "for one remote alone" tcp 198.51.100.1 22 22 "client<$server"

is "the kernels found no wrong checksum" \
    "$(errors_at server) $(errors_at client)" "0 0"
is "no inside address was seen outside" "$(leaks)" 0
stop nat
is "divertnat drained" $status 0
conserved
is "nothing was dropped" "$(law dropped)" 0
plan
