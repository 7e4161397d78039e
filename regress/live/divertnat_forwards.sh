#!/bin/sh
# SPDX-License-Identifier: ISC
#
# server -- em1 gateway [share/examples/nat-forwards] em0 -- client
# Ports of the gateway lead to several machines inside, one of them to those who
# may alone; the gateway's own services stay, the machines go out, and reach
# each other by the outside address; beside stateful rules, in both families.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables-restore ip6tables-restore python3 sysctl
in_lab --no-rules

ext4=198.51.100.1 ext6=2001:db8:2::1
nat_example forwards ext=em1 ext4=$ext4 ext6=$ext6 int=em0 \
    lan4=192.0.2.0/24 lan6=2001:db8:1::/64 \
    web4='192.0.2.5, 192.0.2.6' web6='2001:db8:1::5, 2001:db8:1::6' \
    mail4=192.0.2.7 mail6=2001:db8:1::7
# The server has an address of an administrator in the example's table, and one
# that the table excludes or does not have.
stranger4=198.51.100.66 stranger6=2001:db8:9::9
sh "$T/firewall" sysctl | sysctl -q -p - 2>"$T/err"
empty "the kernel takes the settings" "$(cat "$T/err")"
for six in '' 6; do
	nat_firewall $six 2>"$T/err" || skip_all "no iptables with NFQUEUE"
	t=ip${six}tables
	$t -P FORWARD DROP
	$t -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	$t -A FORWARD -i em0 -j ACCEPT
	for port in 80 443 25 993 22; do
		$t -A FORWARD -i em1 -p tcp --dport $port -j ACCEPT
	done
done
watch_leaks

more_addresses server em1 2 $stranger4 $stranger6
ip -6 route add $stranger6 dev em1
set --
for n in 5 6 7; do
	more_addresses client em0 1 192.0.2.$n 2001:db8:1::$n
	for address in 192.0.2.$n 2001:db8:1::$n; do
		for port in 80 443 25 993 22; do
			set -- "$@" tcp "$address" $port
		done
	done
done
greet_serve client "$@"
greet_serve gateway tcp $ext4 22 tcp $ext6 22
greet_serve server tcp "$DIVERTLAB_SERVER4" 80 tcp "$DIVERTLAB_SERVER6" 80
nft_counts
nat_start -f "$T/rules"

for f in 4 6; do
	eval ext=\$ext$f world=\$DIVERTLAB_SERVER$f stranger=\$stranger$f
	case $f in
	4)	lan=192.0.2. ;;
	6)	lan=2001:db8:1:: ;;
	esac
	is "IPv$f: two web servers take turns" \
	    "$(for n in 1 2 3; do ask server tcp "$ext" 80 "$world"; done)" \
	    "$(for n in 5 6 5; do echo "$lan$n 80 $world"; done)"
	is "IPv$f: by TLS as well" \
	    "$(for n in 1 2; do ask server tcp "$ext" 443 "$stranger"; done)" \
	    "$(for n in 5 6; do echo "$lan$n 443 $stranger"; done)"
	for port in 25 993; do
		is "IPv$f: port $port is the mail server's" \
		    "$(ask server tcp "$ext" $port "$stranger")" \
		    "${lan}7 $port $stranger"
	done
	is "IPv$f: an administrator has a shell there" \
	    "$(ask server tcp "$ext" 2207 "$world")" "${lan}7 22 $world"
	is "IPv$f: others are refused" \
	    "$(ask server tcp "$ext" 2207 "$stranger")" refused
	is "IPv$f: the server's own shell is for everybody" \
	    "$(ask server tcp "$ext" 22 "$stranger")" "$ext 22 $stranger"
	is "IPv$f: a port that is not named is refused" \
	    "$(ask server tcp "$ext" 8080 "$world")" refused
	is "IPv$f: the machines go out" \
	    "$(ask client tcp "$world" 80 "${lan}5")" "$world 80 $ext"
	is "IPv$f: they reach each other by the outside address" \
	    "$(ask client tcp "$ext" 25 "${lan}5")" "${lan}7 25 $ext"
done
stop nat
is "divertnat drained" $status 0
conserved
is "nothing was dropped" "$(law dropped)" 0
nft_agrees
is "no inside address was seen outside" "$(leaks)" 0
is "the kernels found no wrong checksum" \
    "$(errors_at server) $(errors_at client)" "0 0"
plan
