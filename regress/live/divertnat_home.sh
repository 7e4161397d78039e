#!/bin/sh
# SPDX-License-Identifier: ISC
#
# server -- em1 gateway [share/examples/nat-home] em0 -- client
# Machines inside go out, a port and a range of ports come in, also from the
# inside by the outside address, and nothing else does; beside stateful rules.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables iptables-restore python3 sysctl
in_lab --no-rules

nat_example home ext=em1 int=em0 own=192.0.2.1 lan=192.0.2.0/24 \
    server=192.0.2.20 console=192.0.2.30
sed -i "s|/var/db/divertnat|$T/state|" "$T/rules"
sh "$T/firewall" sysctl | sysctl -q -p - 2>"$T/err"
empty "the kernel takes the settings" "$(cat "$T/err")"
nat_firewall 2>"$T/err" || skip_all "no iptables with NFQUEUE"
watch_leaks
iptables -P FORWARD DROP
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A FORWARD -i em0 -j ACCEPT
iptables -A FORWARD -d 192.0.2.20 -p tcp --dport 8443 -j ACCEPT
iptables -A FORWARD -d 192.0.2.30 -p tcp --dport 27015:27030 -j ACCEPT
iptables -A FORWARD -d 192.0.2.30 -p udp --dport 27015:27030 -j ACCEPT

ext=198.51.100.1 world=$DIVERTLAB_SERVER4
more_addresses client em0 1 192.0.2.20 192.0.2.30
greet_serve client tcp 192.0.2.20 8443 tcp 192.0.2.30 27015 \
    udp 192.0.2.30 27015 udp 192.0.2.30 27020 udp 192.0.2.30 27030 \
    udp 192.0.2.30 27031 udp 192.0.2.2 9
greet_serve server tcp "$world" 80 udp "$world" 53
greet_serve gateway udp $ext 9 udp $ext 68
nft_counts
nat_start -f "$T/rules"

for source in 192.0.2.2 192.0.2.20; do
	is "$source goes out by TCP" \
	    "$(ask client tcp "$world" 80 $source)" "$world 80 $ext"
	is "$source goes out by UDP" \
	    "$(ask client udp "$world" 53 $source)" "$world 53 $ext"
done
ping_to "$world" 4 -r 4
is "echoes are answered" "$replies" "$sent"

is "the web server, from outside" "$(ask server tcp $ext 443)" \
    "192.0.2.20 8443 $world"
for port in 27015 27020 27030; do
	is "port $port of the range, from outside" \
	    "$(ask server udp $ext $port)" "192.0.2.30 $port $world"
done
is "the range by TCP too" "$(ask server tcp $ext 27015)" \
    "192.0.2.30 27015 $world"
is "the port behind the range is silent" "$(ask server udp $ext 27031)" silent
is "and so are the router's own ports" "$(ask server udp $ext 9)" silent
is "but not that of its lease" "$(ask server udp $ext 68 "$world" 67)" \
    "$ext 68 $world"
sent=$(lab server "$DIVERTLAB_TRAFFIC" send ping -n 2 -w 200 $ext)
is "and the router" "$(field replies "$sent")" 0

# By the outside address from inside: both see outside addresses alone.
is "hairpin by TCP" "$(ask client tcp $ext 443)" "192.0.2.20 8443 $ext"
is "hairpin of a machine to itself" \
    "$(ask client tcp $ext 443 192.0.2.20)" "192.0.2.20 8443 $ext"
is "hairpin by UDP" "$(ask client udp $ext 27020)" "192.0.2.30 27020 $ext"
ping_to "$DIVERTLAB_GATEWAY4" 2 -r 4
is "and by its inside one" "$replies" 2
sent=$("$DIVERTLAB_TRAFFIC" send ping -n 2 -r 4 "$world")
is "the router goes out itself" "$(field replies "$sent")" 2

nat_ask -s states | sed 's/ age .*//' | sort >"$T/before"
stop nat
is "divertnat drained" $status 0
conserved
ok "the state file was written" test -s "$T/state/home"
nat_start -f "$T/rules"
nat_ask -s states | sed 's/ age .*//' | sort >"$T/after"
ok "there are states" test -s "$T/before"
empty "states are there after a restart" "$(diff "$T/before" "$T/after")"
stop nat
is "with nobody to translate, inside speaks to the router" \
    "$(ping_to "$DIVERTLAB_GATEWAY4" 2 -r 4; echo "$replies")" 2
nft_agrees
is "no inside address was seen outside" "$(leaks)" 0
is "the kernels found no wrong checksum" \
    "$(errors_at server) $(errors_at client)" "0 0"
plan
