#!/bin/sh
# SPDX-License-Identifier: ISC
#
# "divertinject 700" -> em0 of the gateway -- em1 -- server
# Inbound: a packet is as received on the interface named.  With strict
# rp_filter it counts once in a rule with that interface; one for another
# host is forwarded; the firewall's rule for the port, which exempts the
# mark, does not see it again; ten idle seconds inject nothing.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off --match '-p udp'

for i in all default em0 em1; do
	echo 1 >/proc/sys/net/ipv4/conf/$i/rp_filter
done

for v in 4 6; do
	fw $v -t raw -A PREROUTING -i em1 -m mark --mark 0x10000000
	fw $v -t raw -A PREROUTING -i dvr+
done

# One packet on em1, and then nothing for ten seconds: looked at later.  The
# client's answer goes to nobody, and not to the server, where others are
# counted meanwhile.
(
	echo 45000021000700004011665dc6336409c00002020fa01389000dbb866c6f63616c
	sleep 10
) | "$DIVERTINJECT" --stats json -D in -i em1 700 >/dev/null \
    2>"$T/idle.err" &
idle_pid=$!
running="$running $idle_pid"

for v in 4 6; do
	fw $v -t raw -A PREROUTING -i em0 -p udp --dport 5000
	fw $v -t raw -A PREROUTING -i em1 -p udp --dport 5000
	fw $v -A FORWARD -i em0 -o em1 -p udp --dport 5000
	fw $v -A INPUT -i em0 -p udp --dport 5001
done
queued=$(counted 4 filter DIVERTLAB NFQUEUE)
queued6=$(counted 6 filter DIVERTLAB NFQUEUE)

# For another host: from the client to the server.
f4=4500001f0009000040118e8dc0000202c63364020fa01388000b5309696e34
f6=60000000000b114020010db800010000000000000000000220010db8000200000000\
0000000000020fa01388000be1c8696e36
sniff server eth0
echo $f4 >"$T/f4"
echo $f6 >"$T/f6"
inject -r "$T/f4" -D in -i em0 700
is "IPv4: status" $status 0
conserved
inject -r "$T/f6" -D in -i em0 700
is "IPv6: status" $status 0
sniff_end 2
is "both are forwarded, one hop older and otherwise the same" \
    "$(cat "$T/sniffed")" \
    "4500001f000900003f118f8dc0000202c63364020fa01388000b5309696e34
$(echo $f6 | sed 's/^\(60000000000b11\)40/\13f/')"
is "IPv4: a rule with -i em0 counts one" \
    "$(counted 4 raw PREROUTING 'em0 .*dpt:5000')" 1
is "IPv6: a rule with -i em0 counts one" \
    "$(counted 6 raw PREROUTING 'em0 .*dpt:5000')" 1
is "IPv4: one with -i em1 none" \
    "$(counted 4 raw PREROUTING 'em1 .*dpt:5000')" 0
is "IPv4: forwarded from em0 to em1" \
    "$(counted 4 filter FORWARD 'em0 *em1 .*dpt:5000')" 1
is "IPv6: forwarded from em0 to em1" \
    "$(counted 6 filter FORWARD 'em0 *em1 .*dpt:5000')" 1
is "the rule of the port saw none of them" \
    "$(counted 4 filter DIVERTLAB NFQUEUE) \
$(counted 6 filter DIVERTLAB NFQUEUE)" "$queued $queued6"

# For this host.
inject -e 'in on em0 proto udp from 192.0.2.2 port 1 to 192.0.2.1 port 5001' \
    -e 'in on em0 proto udp from 2001:db8:1::2 port 1 to 2001:db8:1::1 port 5001' \
    700
is "IPv4: for this host: INPUT counts one" \
    "$(counted 4 filter INPUT 'em0 .*dpt:5001')" 1
is "IPv6: for this host: INPUT counts one" \
    "$(counted 6 filter INPUT 'em0 .*dpt:5001')" 1

# rp_filter is at work: the server's address does not come in by em0.
inject -e 'in on em0 proto udp from 198.51.100.2 port 1 to 192.0.2.1 port 5001' \
    700
is "an address that is elsewhere is taken: status" $status 0
is "and dropped by rp_filter" "$(counted 4 filter INPUT 'em0 .*dpt:5001')" 1

# Three hundred count three hundred, also those of one batch that is larger
# than what is kept together, and what goes to the guard at once.
"$DIVERTINJECT" -q -l 150 -w "$T/many" -e 'in on em0 proto udp
    from 192.0.2.2 port 1 to 192.0.2.1 port 5001 length 9000'
inject -l 2 -p max -r "$T/many" 700
is "many: injected" "$(law injected) $(said loops)" "300 2"
is "many: passed" "$(law passed) $(law dropped)" "300 0"
conserved
is "many: counted" "$(counted 4 filter INPUT 'em0 .*dpt:5001')" 301

# All ways in one batch, and what is refused among them, in order.
sniff server eth0
i4="in on em0 proto udp from $DIVERTLAB_CLIENT4 port 1 to $DIVERTLAB_SERVER4"
o4="out proto udp from 198.51.100.1 port 1 to $DIVERTLAB_SERVER4"
inject -e "$i4 port 11 id 1" -e "$o4 port 12 id 2" \
    -e "in on em7 proto udp from 192.0.2.2 port 1 to 192.0.2.1 port 13" \
    -e "in on em0 proto udp from $DIVERTLAB_CLIENT6 port 1 \
	to $DIVERTLAB_SERVER6 port 14" \
    -e 'out proto udp from 198.51.100.1 port 1 to 203.0.113.1 port 15' \
    -e "$i4 port 16 id 3" -e "$o4 port 17 id 4" -e "$o4 port 18 id 5" 700
sniff_end 6
is "all ways at once: status" $status 0
is "all ways at once: injected, refused" "$(law injected) $(law lost)" "6 2"
conserved
is "all ways at once: what arrives" "$(sed -n \
    -e 's/^45.\{38\}....\(....\).*/\1/p' \
    -e 's/^6.\{79\}....\(....\).*/\1/p' "$T/sniffed" | sort | tr '\n' ' ')" \
    "000b 000c 000e 0010 0011 0012 "
is "all ways at once: said" "$(complaint | sort)" \
    "nfqueue:700: em7: no such interface
nfqueue:700: inject: Network is unreachable"

# Where it cannot go.
ip link add em8 type veth peer name em9
inject -D in -i em8 -e \
    'proto udp from 192.0.2.2 port 1 to 192.0.2.1 port 5001' 700
is "an interface that is down: status" $status 1
is "an interface that is down: said" "$(complaint)" \
    "nfqueue:700: em8: the interface is down"
inject -D in -i em7 -e 'proto udp from 192.0.2.2 port 1 to 192.0.2.1 port 5' 700
is "no such interface: status" $status 1
is "no such interface: said" "$(complaint)" \
    "nfqueue:700: em7: no such interface"

wait $idle_pid
is "idle: status" $? 0
is "idle: all it ever injected" "$(tool=idle; law injected)" 1
is "idle: all that ever came in on em1 as injected" \
    "$(counted 4 raw PREROUTING 'em1 .*mark match 0x10000000') \
$(counted 6 raw PREROUTING 'em1 .*mark match 0x10000000')" "1 0"
is "idle: none stayed on the device of injection itself" \
    "$(counted 4 raw PREROUTING 'dvr+')" 0
is "no device is left" "$(ours)" 0
plan
