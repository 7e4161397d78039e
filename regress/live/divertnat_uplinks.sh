#!/bin/sh
# SPDX-License-Identifier: ISC
#
# server -- em1  gateway [share/examples/nat-uplinks] em0 -- client
#        -- em10
# The world is an address of the server that both uplinks lead to.  Of two
# networks inside each leaves by its own uplink, with an address of it, and the
# answers come back by it; so does what a server inside is asked by either.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables-restore ip6tables-restore python3 sysctl
in_lab --no-rules --extra-if em10

own1=198.51.100.1 own2=203.0.113.1
server1=192.0.2.20 server2=192.0.2.220
nat_example uplinks one=em1 two=em10 own1=$own1 own2=$own2 \
    gateway1="$DIVERTLAB_SERVER4" gateway2="$DIVERTLAB_SERVER_EXTRA4" \
    gateway1_6="$DIVERTLAB_SERVER6" gateway2_6="$DIVERTLAB_SERVER_EXTRA6" \
    lan1=192.0.2.0/25 lan2=192.0.2.128/25 server1=$server1 \
    server2=$server2 outside6b=2001:db8:f2::/48
world4=192.88.99.1 world6=2001:db8:ffff::1
inside1_6=fd01:203:405:1::1234 inside2_6=fd01:203:405:2::1234
# RFC 6296 3.4's sum, and the same for the second prefix by hand: fd01 + 0203 +
# 0405 is 030a, 2001 + 0db8 + 00f2 is 2eab, the difference d45e.
outside1_6=2001:db8:1:d550::1234 outside2_6=2001:db8:f2:d460::1234
for six in '' 6; do
	nat_firewall $six 2>"$T/err" || skip_all "no iptables with NFQUEUE"
	t=ip${six}tables
	$t -P FORWARD DROP
	$t -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	$t -A FORWARD -i em0 -j ACCEPT
	$t -A FORWARD -p tcp --dport 443 -j ACCEPT
done
sh "$T/firewall" routes | sh -e >"$T/err" 2>&1
is "the routes are taken" "$? $(cat "$T/err")" "0 "

# The world answers an uplink's address by that uplink.
lab server ip address add $world4/32 dev lo
lab server ip address add $world6/128 dev lo
lab server ip -6 route add 2001:db8:1::/48 via 2001:db8:2::1
lab server ip -6 route add 2001:db8:f2::/48 via 2001:db8:3::1
# What of it has another source than it should.
lab server iptables -t raw -A PREROUTING -i eth0 ! -s $own1
lab server iptables -t raw -A PREROUTING -i eth1 ! -s $own2
lab server ip6tables -t raw -A PREROUTING -i eth0 -s 2001:db8:f2::/48
lab server ip6tables -t raw -A PREROUTING -i eth1 -s 2001:db8:1::/48
lab server ip6tables -t raw -A PREROUTING -i eth+ -s fd00::/8
more_addresses client em0 1 $server1 $server2 $inside1_6 $inside2_6
ip address add fd01:203:405:1::1/64 dev em0 nodad
ip address add fd01:203:405:2::1/64 dev em0 nodad
lab client ip route add $world4 via "$DIVERTLAB_GATEWAY4"

greet_serve client tcp $server1 443 tcp $server2 443
greet_serve gateway tcp $own1 22 tcp $own2 22
greet_serve server tcp $world4 80 udp $world4 53 tcp $world6 80 \
    udp $world6 53
nft_counts
nat_start -f "$T/rules"

# Counted without what the kernel says of itself on any link, at any time.
for x in iptables:icmp ip6tables:ipv6-icmp; do
	for uplink in em1 em10; do
		${x%:*} -t raw -I PREROUTING -i $uplink ! -p "${x#*:}"
		${x%:*} -t mangle -I POSTROUTING -o $uplink ! -p "${x#*:}"
	done
done

# by INTERFACE FAMILY: packets so far that came in and went out there.
by() {
	case $2 in
	4)	x=iptables-save ;;
	6)	x=ip6tables-save ;;
	esac
	for table in raw mangle; do
		$x -c -t $table
	done | sed -n "s/^\\[\\([0-9]*\\):.* -[io] $1 ! -p .*/\\1/p"
}

# alone UPLINK FAMILY WHAT WANTED PLACE ARGUMENT...: the answer is the wanted
# one, and no packet used the other uplink.
alone() {
	used=$1 f=$2 what=$3 wanted=$4
	shift 4
	case $used in
	em1)	unused=em10 ;;
	em10)	unused=em1 ;;
	esac
	other=$(by $unused "$f") same=$(by "$used" "$f")
	is "$what" "$(ask "$@")" "$wanted"
	ok "$what: by $used" test "$(by "$used" "$f")" != "$same"
	is "$what: and not by $unused" "$(by $unused "$f")" "$other"
}

for proto in tcp/80 udp/53; do
	port=${proto#*/} proto=${proto%/*}
	alone em1 4 "the first network, IPv4, $proto" \
	    "$world4 $port $own1" client $proto $world4 "$port" $server1
	alone em10 4 "the second network, IPv4, $proto" \
	    "$world4 $port $own2" client $proto $world4 "$port" $server2
	alone em1 6 "the first network, IPv6, $proto" \
	    "$world6 $port $outside1_6" client $proto $world6 "$port" \
	    $inside1_6
	alone em10 6 "the second network, IPv6, $proto" \
	    "$world6 $port $outside2_6" client $proto $world6 "$port" \
	    $inside2_6
done
lab server ip route add $own1 dev eth0 src $world4
lab server ip route add $own2 dev eth1 src $world4
alone em1 4 "the server, by the first uplink" "$server1 443 $world4" \
    server tcp $own1 443 $world4
alone em10 4 "the server, by the second uplink" "$server2 443 $world4" \
    server tcp $own2 443 $world4
alone em1 4 "the router itself, by the first uplink" "$own1 22 $world4" \
    server tcp $own1 22 $world4
alone em10 4 "the router itself, by the second uplink" \
    "$own2 22 $world4" server tcp $own2 22 $world4

# The first uplink is lost: its network takes the second, with its address.
ip link set em1 down
sh "$T/firewall" routes | sed -n "s/^ip route .* table 102$/&/p" |
    sed 's/table 102/table 101/' | sh
is "with the routes turned, all leave by the second, with its address" \
    "$(ask client tcp $world4 80 $server1)" "$world4 80 $own2"
stop nat
is "divertnat drained" $status 0
conserved
is "nothing was dropped" "$(law dropped)" 0
nft_agrees
is "every packet had an address of its uplink" \
    "$(for t in iptables ip6tables; do lab server $t -t raw -nvxL PREROUTING
    done | awk '/eth/ { n += $1; rules++ } END { print n, rules }')" "0 5"
plan
