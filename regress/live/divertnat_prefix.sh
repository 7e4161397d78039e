#!/bin/sh
# SPDX-License-Identifier: ISC
#
# server -- em1 gateway [share/examples/nat-prefix] em0 -- client
# A machine inside and its address outside, both as RFC 6296 3.4 has them, both
# ways, and from inside; beside stateful rules.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command ip6tables-restore python3
in_lab --no-rules

nat_example prefix ext=em1 int=em0
inside=fd01:203:405:1::1234 outside=2001:db8:1:d550::1234
world=$DIVERTLAB_SERVER6
nat_firewall 6 2>"$T/err" || skip_all "no ip6tables with NFQUEUE"
ip6tables -P FORWARD DROP
ip6tables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
ip6tables -A FORWARD -i em0 -j ACCEPT
ip6tables -A FORWARD -d $inside -p tcp --dport 443 -j ACCEPT
lab server ip6tables -t raw -A PREROUTING -s fd00::/8
ip address add fd01:203:405:1::1/64 dev em0 nodad
more_addresses client em0 1 $inside fd01:203:405:1::99
greet_serve client tcp $inside 443 tcp $inside 444
greet_serve server tcp "$world" 80 udp "$world" 53
nft_counts
nat_start -f "$T/rules"

is "from inside by TCP" "$(ask client tcp "$world" 80 $inside)" \
    "$world 80 $outside"
is "from inside by UDP" "$(ask client udp "$world" 53 $inside)" \
    "$world 53 $outside"
lab client ip -6 route replace "$world" via "$DIVERTLAB_GATEWAY6" src $inside
ping_to "$world" 4 -r 4
is "echoes are answered" "$replies" "$sent"
is "from outside" "$(ask server tcp $outside 443)" "$inside 443 $world"
is "what the firewall does not let by stays outside" \
    "$(ask server tcp $outside 444)" silent
# Port Unreachable quotes what was asked, as it was asked.
is "an error comes back" "$(ask client udp "$world" 54 $inside)" refused
# 0x99's: its subnet is the same and so is the word that takes the difference.
is "from inside to the address outside" \
    "$(ask client tcp $outside 443 fd01:203:405:1::99)" \
    "$inside 443 2001:db8:1:d550::99"
is "there are no states" "$(nat_ask -s states | wc -l | tr -d ' ')" 0
stop nat
is "divertnat drained" $status 0
conserved
is "nothing was dropped" "$(law dropped)" 0
nft_agrees
is "no inside address was seen outside" "$(lab server ip6tables -t raw -nvxL \
    PREROUTING | awk '/fd00::/ { print $1 }')" 0
is "the kernels found no wrong checksum" \
    "$(errors_at server) $(errors_at client)" "0 0"
plan
