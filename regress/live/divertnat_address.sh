#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [divertnat] em1 -- server
# "(em1)" follows the interface: new flows have its new address; old ones keep
# theirs or end, as `set address-change' says.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables ip
in_lab --no-rules

nat_rules || skip_all "no iptables with NFQUEUE"
# The addresses that sessions with the server have outside, sorted.
outside() {
	nat_ask -s states | sed -n 's/^[a-z0-9]* \([0-9.]*\):.*/\1/p' |
	    sort -u | tr '\n' ' '
}

flow() {
	udp_listen -n 3
	udp_send "$DIVERTLAB_SERVER4" 3
	udp_end
}

changed() {
	[ "$(grep -c 'addresses of interfaces have changed' "$T/nat.err")" \
	    -ge "$1" ]
}

for change in keep flush; do
	ip route del 198.51.100.0/24 dev em1 proto boot 2>/dev/null
	ip address add 198.51.100.1/24 dev em1 2>/dev/null
	ip address del 198.51.100.7/24 dev em1 2>/dev/null
	echo "set address-change $change" >"$T/rules"
	echo 'match out on em1 inet from 192.0.2.0/24 to any nat-to (em1)' \
	    >>"$T/rules"
	# Nobody's, and told: a name is soon mistyped.
	echo 'match out on nobody0 inet from any to any nat-to 198.51.100.9' \
	    >>"$T/rules"
	nat_start -f "$T/rules"
	is "$change: an interface that is not there is told" \
	    "$(grep -c 'line 3: there is no interface nobody0 now' \
	    "$T/nat.err")/$(grep -c 'no interface em1' "$T/nat.err")" 1/0
	flow
	is "$change: the address that it has" "$(outside)" '198.51.100.1 '
	ip address add 198.51.100.7/24 dev em1
	ip address del 198.51.100.1/24 dev em1
	# With its first address a net's others go, unless they are promoted.
	ip address add 198.51.100.7/24 dev em1 2>/dev/null
	ok "$change: the change is seen" within 5 changed 1
	flow
	is "$change: datagrams arrive" "$(arrived received)" 3
	if [ $change = keep ]; then
		is "keep: new flows have the new one" "$(outside)" \
		    '198.51.100.1 198.51.100.7 '
	else
		is "flush: there is only the new one" "$(outside)" \
		    '198.51.100.7 '
	fi
	ip address del 198.51.100.7/24 dev em1
	gone() {
		! ip address show dev em1 | grep -q 198.51.100.7 && changed 2
	}
	ok "$change: none is left" within 5 gone
	ip route add 198.51.100.0/24 dev em1 2>/dev/null
	ping_to "$DIVERTLAB_SERVER4" 2 -r 4 -w 200
	stop nat
	is "$change: divertnat drained" $status 0
	conserved
	ok "$change: without an address nothing leaves: no_address" \
	    test "$(said no_address)" -ge 1
done
# An address of the link alone is none to translate to.
ip -6 address del 2001:db8:2::1/64 dev em1
ip -6 address add fe80::9/64 dev em1 nodad
echo 'match out on em1 inet6 from 2001:db8:1::/64 to any nat-to (em1)' \
    >"$T/rules"
nat_start -f "$T/rules"
ok "link-local: the interface has no address to translate to" \
    grep -q '(em1): the interface has no such address now' "$T/nat.err"
stop nat
is "no inside address was seen outside" "$(leaks)" 0
plan
