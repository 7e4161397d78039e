#!/bin/sh
# SPDX-License-Identifier: ISC
#
# gateway: "divertinject 700" -- em1 -- server
# Outbound: what arrives is what was given, byte for byte; checksums are made
# right unless they are to be kept; what is larger than the MTU is cut, or
# refused with a word.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off

# UDP, a TCP SYN with an option and a ping, of addresses that are ours and are
# not.
cat >"$T/given" <<'EOT'
45000020000700003d11295cc6336401c63364020fa01388000cac61666f7572
60000000000d113d20010db800020000000000000000000120010db80002000000000000000000020fa01388000d74a87369782121
4500002c0008400040064e8cc0000202c63364020fa1138900000063000000006002200068610000020405b4
60000000000c3a4020010db800010000000000000000000220010db8000200000000000000000002800045640005000670696e67
EOT
sniff server eth0
inject -D out 700 <"$T/given"
sniff_end 4
is "four packets: status" $status 0
is "what was given arrives, in order" "$(cat "$T/sniffed")" \
    "$(cat "$T/given")"
is "read and injected" "$(law received) $(law passed) $(law injected)" "4 4 4"
conserved
is "bytes injected" "$(said bytes_injected)" 181
is "no checksum was wrong" "$(said repaired)" 0
is "no device was made" "$(ours)" 0

# A UDP checksum that is wrong.
bad=45000020000700003d11295cc6336401c63364020fa01388000c1234666f7572
sniff server eth0
echo $bad | inject -D out 700
echo $bad | inject -K -D out 700
sniff_end 2
is "a wrong checksum is made right" "$(sed -n 1p "$T/sniffed")" \
    "$(sed -n 1p "$T/given")"
is "and with -K left as it is" "$(sed -n 2p "$T/sniffed")" $bad

# Larger than the MTU of 1500.
sniff server eth0
inject -e "out proto udp from 198.51.100.1 port 4000 to 198.51.100.2 \
    port 5000 id 77 length 3000" 700
sniff_end 3
is "3028 bytes without DF: status" $status 0
is "arrive as three fragments" "$(cut -c 1-16 "$T/sniffed" | tr '\n' ' ')" \
    '450005dc004d2000 450005dc004d20b9 45000044004d0172 '
inject -e "out proto udp from 198.51.100.1 port 4000 to 198.51.100.2 \
    port 5000 df length 3000" 700
is "with DF they are refused: status" $status 1
is "with a word" "$(complaint)" "nfqueue:700: packet of 3028 bytes: larger \
than the MTU of 1500, and not to be fragmented (DF is set)"
is "counted, by an errno" "$(law lost) $(grep -c \
    '"by_errno":{"[A-Z0-9]*":1}' "$T/inject.err")" "1 1"
conserved
inject -e "out proto udp from 2001:db8:2::1 port 4000 to 2001:db8:2::2 \
    port 5000 length 3000" 700
is "so is IPv6: status" $status 1
is "so is IPv6: with a word" "$(complaint)" "nfqueue:700: packet of 3048 \
bytes: larger than the MTU of 1500, and not to be fragmented (IPv6 is not on \
its way)"
sniff server eth0
inject -e "out proto udp from 2001:db8:2::1 port 4000 to 2001:db8:2::2 \
    port 5000 frag 1280 length 3000" 700
sniff_end 3
is "unless fragments are asked for" "$(wc -l <"$T/sniffed" | tr -d ' ')" 3

# What has no way by itself goes by the interface it names: to all of a link,
# and to a link-local address; a broadcast has a route.
ip addr add fe80::1/64 dev em1 nodad
lab server ip addr add fe80::2/64 dev eth0 nodad
all6='proto icmp6 from 2001:db8:2::1 to ff02::1 icmp6-type echoreq'
all4='proto icmp from 198.51.100.1 to'
sniff server eth0
inject -e "out on em0 $all6 icmp-id 1" -e "out on em1 $all6 icmp-id 2" \
    -e 'out on em1 proto icmp6 from fe80::1 to fe80::2 icmp-id 3' \
    -e "out on em0 $all4 224.0.0.1 icmp-id 4" \
    -e "out on em1 $all4 224.0.0.1 icmp-id 5" \
    -e "out on em1 $all4 255.255.255.255 icmp-id 6" \
    -e "out $all4 198.51.100.255 icmp-id 7" 700
is "link scope: status" $status 0
is "link scope: all went" "$(law injected)" 7
sniff_end 5
is "link scope: by the interface named" "$(sed -n \
    -e 's/^45.\{38\}0800....\(....\).*/\1/p' \
    -e 's/^6.\{79\}8000....\(....\).*/\1/p' "$T/sniffed" | tr '\n' ' ')" \
    "0002 0003 0005 0006 0007 "
inject -e "out on em7 $all6" 700
is "link scope: no such interface: said" "$(complaint)" \
    "nfqueue:700: em7: no such interface"

# What -n says of the same, and of ways in.
"$DIVERTINJECT" -n -e 'out proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 2' \
    -e 'out proto udp from 192.0.2.2 port 1 to 203.0.113.1 port 2' \
    -e 'out proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 2 length 2000' \
    -e 'out proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 2 df length 2000' \
    -e 'out proto udp from 2001:db8::1 port 1 to 2001:db8:2::2 port 2 length 2000' \
    -e 'in on em0 proto icmp from 192.0.2.2 to 192.0.2.1' \
    -e 'in on lo proto icmp from 127.0.0.1 to 127.0.0.1' \
    -e 'in on em7 proto icmp from 192.0.2.2 to 192.0.2.1' \
    -e "out on em1 $all6" -e "out on em7 $all6" \
    -e 'proto icmp from 192.0.2.2 to 192.0.2.1' 700 >"$T/plan" 2>/dev/null
is "-n: status" $? 0
is "-n: ways, and why" "$(sed -E -e 's/^nfqueue:700: //' \
    -e 's/(by a raw socket|by a private pair).*/\1/' \
    -e 's/(sent on it by a raw socket).*/\1/' "$T/plan")" \
"1 IPv4 packets out: by a raw socket
1 IPv4 packets out: refused: no route
1 IPv4 packets out: in fragments, for the MTU is 1500, by a raw socket
1 IPv4 packets out: refused: larger than the MTU of 1500, and not to be fragmented
1 IPv6 packets out: refused: larger than the MTU of 1500, and not to be fragmented
1 IPv4 packets in on em0: by a private pair
1 IPv4 packets in on lo: sent on it by a raw socket
1 IPv4 packets in on em7: refused: no such interface
1 IPv6 packets out on em1: by a raw socket
1 IPv6 packets out on em7: refused: no such interface
1 packets refused: no_direction
all are marked 0x10000000, for rules to let them by"

"$DIVERTINJECT" -n -e 'in on em7 proto icmp from 192.0.2.2 to 192.0.2.1' \
    -e 'out proto icmp from 192.0.2.2 to 203.0.113.1' 700 >"$T/plan" 2>/dev/null
is "-n: nothing would go: status" $? 1

# The firewall sees what goes out, with its mark.
fw 4 -t mangle -A OUTPUT -p udp --dport 5000 -m mark --mark 0x10000000
fw 4 -t mangle -A OUTPUT -p udp --dport 5000 -m mark --mark 0x77
fw 4 -A OUTPUT -p udp --dport 5001 -j DROP
word='out proto udp from 198.51.100.1 port 4000 to 198.51.100.2 port'
inject -e "$word 5000" 700
inject --mark 0x77 -e "$word 5000" 700
is "the default mark" "$(counted 4 mangle OUTPUT 'mark match 0x10000000')" 1
is "and another one" "$(counted 4 mangle OUTPUT 'mark match 0x77')" 1
# A packet's own is added to it; only the guard may.
"$DIVERTINJECT" -q -F json -w - -e "$word 5000" |
    sed 's/"divert":{"v":1,/&"mark":15,/' >"$T/marked"
fw 4 -t mangle -A OUTPUT -p udp --dport 5000 -m mark --mark 0x1000000f
inject -r "$T/marked" 700
is "and one of the packet's own with it" \
    "$status $(counted 4 mangle OUTPUT 'mark match 0x1000000f')" "0 1"
inject -e "$word 5001" 700
is "a rule that drops: status" $status 1
is "a rule that drops: said" "$(complaint)" "nfqueue:700: inject: Operation \
not permitted (a firewall rule may have dropped it)"

# A firewall that would divert what goes out does not divert it again; without
# the mark it would, and nobody listens.
fw 4 -F OUTPUT
fw 4 -A OUTPUT -p udp --dport 5002 -m mark ! --mark 0x10000000/0x10000000 \
    -j NFQUEUE --queue-num 700
fw 6 -A OUTPUT -p udp --dport 5002 -m mark ! --mark 0x10000000/0x10000000 \
    -j NFQUEUE --queue-num 700
sniff server eth0
inject -l 5 -e "$word 5002" -e "out proto udp from 2001:db8:2::1 port 4000 \
    to 2001:db8:2::2 port 5002" 700
inject --mark 0x20 -e "$word 5002" 700
sniff_end 10
is "ten arrive" "$(wc -l <"$T/sniffed" | tr -d ' ')" 10
is "none of them was diverted again" \
    "$(counted 4 filter OUTPUT NFQUEUE) $(counted 6 filter OUTPUT NFQUEUE)" \
    "1 0"

# No way there.
inject -e 'out proto udp from 198.51.100.1 port 1 to 203.0.113.1 port 2' 700
is "no route: status" $status 1
is "no route: said" "$(complaint)" \
    "nfqueue:700: inject: Network is unreachable"
is "checksums the server's kernel found wrong: that of -K" \
    "$(field UdpInCsumErrors \
	"$(lab server "$DIVERTLAB_TRAFFIC" counters)")" 1
plan
