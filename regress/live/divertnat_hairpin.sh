#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client  -- em0 gateway [divertnat] em1 -- server
# client2 -- em2
# Hosts inside meet each other by their outside addresses (RFC 4787 REQ-9):
# UDP and TCP by what the server told them, forwards as they are seen from
# inside, and errors on that way; and not with `set hairpin off', nor with
# `set mapping port-overlap'.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables ip python3
in_lab --no-rules

OUT4=198.51.100.1 OUT6=2001:db8:2::1
MORE4=198.51.100.9 MORE6=2001:db8:2::9

add_host client2 gateway em2 10.1.0 2001:db8:12 ||
    skip_all "no further host in the laboratory"
nat_rules || skip_all "no iptables with NFQUEUE"
for t in iptables ip6tables; do
	$t -A FORWARD -i em2 -j ACCEPT
done
for i in em0 em2; do
	nat_turns $i $OUT4 $MORE4 $OUT6 $MORE6
done
# What an inside host sends to another by itself, untranslated, is for nobody
# here to see: the laboratory has no such traffic.
lab server iptables -t raw -A PREROUTING -s 10.1.0.0/24
lab server ip6tables -t raw -A PREROUTING -s 2001:db8:12::/64
for host in client client2; do
	at $host iptables -t raw -A PREROUTING -s 192.0.2.0/24
	at $host iptables -t raw -A PREROUTING -s 10.1.0.0/24
	at $host ip6tables -t raw -A PREROUTING -s 2001:db8:1::/64 \
	    ! -p icmpv6
	at $host ip6tables -t raw -A PREROUTING -s 2001:db8:12::/64 \
	    ! -p icmpv6
done

# bare: packets with an inside address that any host was sent by another.
bare() {
	for host in client client2 server; do
		for t in iptables ip6tables; do
			at $host $t -t raw -nvxL PREROUTING
		done
	done | awk '$1 ~ /^[0-9]+$/ { n += $1 } END { print n + 0 }'
}

rules() {
	cat <<EOF
match in on em1 inet proto tcp to $OUT4 port 8080 rdr-to 10.1.0.2 port 80
match in on em1 inet6 proto tcp to $OUT6 port 8080 \
    rdr-to 2001:db8:12::2 port 80
match in on em1 inet proto udp to $OUT4 port 8053 rdr-to 192.0.2.2 port 53
match in on em1 inet6 proto udp to $OUT6 port 8053 \
    rdr-to 2001:db8:1::2 port 53
match out on em1 inet from { 192.0.2.0/24, 10.1.0.0/24 } to any \
    nat-to ${1:-$OUT4}
match out on em1 inet6 from { 2001:db8:1::/64, 2001:db8:12::/64 } to any \
    nat-to ${2:-$OUT6}
EOF
}

# each FUNCTION...: of both families.
each() {
	server=$DIVERTLAB_SERVER4 out=$OUT4 prohibited=EHOSTUNREACH f=IPv4
	"$@"
	server=$DIVERTLAB_SERVER6 out=$OUT6 prohibited=EACCES f=IPv6
	"$@"
}

ended() {
	stop nat
	is "$1: divertnat drained" $status 0
	conserved
	is "$1: no inside address was seen by another host" "$(bare)" 0
}

# ---- as it is ------------------------------------------------------------

rules >"$T/rules"
nat_start -f "$T/rules"
meet() {
	is "$f: UDP holes are punched" \
	    "$(nat_net punch client client2 server $server,7201)" \
	    "one address: met"
	is "$f: by two on one link" \
	    "$(nat_net punch client client server $server,7201)" \
	    "one address: met"
	is "$f: TCP to the port of another" \
	    "$(nat_net punch_tcp client client2 server $server,7202)" \
	    "$out equal"
	is "$f: and back" \
	    "$(nat_net punch_tcp client2 client server $server,7202)" \
	    "$out equal"
	is "$f: a forward, of TCP, from inside" \
	    "$(nat_net forward tcp client $out,8080 client2 $out,80)" \
	    "client2<$out"
	is "$f: by the host that it leads to" \
	    "$(nat_net forward tcp client2 $out,8080 client2 $out,80)" \
	    "client2<$out"
	is "$f: of UDP" \
	    "$(nat_net forward udp client2 $out,8053 client $out,53)" \
	    "client<$out"
	is "$f: from outside" \
	    "$(nat_net forward tcp server $out,8080 client2 $out,80)" \
	    "client2<$server"
	is "$f: a port closed meanwhile: the other one says it" \
	    "$(nat_net hairpin_refused client client2 server $server,7203)" \
	    "ECONNREFUSED by the other one, as sent, quoted"
	is "$f: the same on one link" \
	    "$(nat_net hairpin_refused client client server $server,7203)" \
	    "ECONNREFUSED by the other one, as sent, quoted"
}
each meet
ok "they are counted" test "$(nat_ask -s info -F json |
    sed 's/.*"hairpinned":\([0-9]*\).*/\1/')" -gt 20
ended "on"
is "nothing was dropped" "$(law dropped)" 0

# ---- two addresses outside -----------------------------------------------

ip address add $MORE4/24 dev em1
ip address add $MORE6/64 dev em1 nodad
rules "{ $OUT4, $MORE4 } round-robin sticky-address" \
    "{ $OUT6, $MORE6 } round-robin sticky-address" >"$T/rules"
nat_start -f "$T/rules"
apart() {
	is "$f: UDP holes are punched between two outside addresses" \
	    "$(nat_net punch client client2 server $server,7201)" \
	    "two addresses: met"
}
each apart
ended "a pool"

# ---- hairpin off ---------------------------------------------------------

{
	echo 'set hairpin off'
	rules
} >"$T/rules"
nat_start -f "$T/rules"
off() {
	is "$f: off: nobody hears the other" \
	    "$(nat_net unheard client client2 server $server,7201)" \
	    "nothing nothing nothing"
	# ICMP "prohibited" is the answer, by what it is called of the family.
	is "$f: off: no forward from inside" \
	    "$(nat_net forward tcp client $out,8080 client2 $out,80)" \
	    $prohibited
	is "$f: off: from outside as ever" \
	    "$(nat_net forward tcp server $out,8080 client2 $out,80)" \
	    "client2<$server"
}
each off
ended "off"
ok "off: hairpin is the reason" test "$(said hairpin)" -ge 6

# ---- port-overlap --------------------------------------------------------

# An outside port is there for the remotes that were called from it: nobody
# else gets in by it, be he inside or outside.  Forwards are for all.
{
	echo 'set mapping port-overlap'
	rules
} >"$T/rules"
nat_start -f "$T/rules"
overlap() {
	is "$f: port-overlap: there are no peers" \
	    "$(nat_net unheard client client2 server $server,7201)" \
	    "nothing nothing nothing"
	is "$f: port-overlap: a forward from inside" \
	    "$(nat_net forward tcp client $out,8080 client2 $out,80)" \
	    "client2<$out"
	is "$f: port-overlap: of UDP, twice" \
	    "$(nat_net forward udp client2 $out,8053 client $out,53 2)" \
	    "client<$out client<$out"
}
each overlap
ended "port-overlap"
is "the kernels found no wrong checksum" \
    "$(errors_at server) $(errors_at client)" "0 0"
plan
