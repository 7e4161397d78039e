#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [divertnat] em1 -- server
# What divertnat(8) says under CAVEATS: packets that begin a flow and wait for
# divertnat together, with connection tracking and without.  divertnat is
# stopped meanwhile, so that they do.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables
in_lab --no-rules --offload off

nat_rules || skip_all "no iptables with NFQUEUE"
cat >"$T/rules" <<'EOF'
match out on em1 inet from 192.0.2.0/24 to any nat-to (em1)
match out on em1 inet6 from 2001:db8:1::/64 to any nat-to (em1)
match in on em1 inet proto { tcp, udp } to (em1) port 9999 rdr-to 192.0.2.2
match in on em1 inet6 proto { tcp, udp } to (em1) port 9999 rdr-to 2001:db8:1::2
EOF
nat_start -f "$T/rules"
pid=$(pid_of nat)
burst=20 from=40000

# What arrives, counted in front of everything; nothing is answered.
for place in server client; do
	for words in 'iptables -p tcp --dport 9999' 'ip6tables -p tcp --dport 9999' \
	    'iptables -p udp --dport 9999' 'ip6tables -p udp --dport 9999' \
	    'iptables -p icmp --icmp-type 8' \
	    'ip6tables -p icmpv6 --icmpv6-type 128'; do
		# Words.
		# shellcheck disable=SC2086
		lab $place ${words%% *} -t raw -A PREROUTING ${words#* } -j DROP
	done
done

# came PLACE FAMILY NUMBER: so many of this protocol have come there.
came() {
	case $2 in
	4)	x=iptables ;;
	6)	x=ip6tables ;;
	esac
	lab "$1" $x -t raw -nvxL PREROUTING |
	    awk -v p="$3" '$3 == "DROP" && $4 == p { print $1 }'
}

# all_waiting: the burst is in the queue, in as far as this user may see it.
all_waiting() {
	waiting=$("$DIVERTLAB_TRAFFIC" queue "$DIVERTLAB_PORT")
	[ "$waiting" = null ] || [ "$(field waiting "$waiting")" -ge $burst ]
}

# send PLACE TO FAMILY NUMBER WORDS: arrived is how many of the burst came.
send() {
	before=$(came "$2" "$3" "$4")
	kill -STOP "$pid"
	lab "$1" "$DIVERTINJECT" -q -p max -l $burst -e "$5" 700 2>"$T/said" ||
	    sed 's/^/# /' "$T/said"
	within 5 all_waiting || echo "# not all of them wait: $waiting"
	kill -CONT "$pid"
	settle
	arrived=$(($(came "$2" "$3" "$4") - before))
}

for tracking in yes no; do
	if [ $tracking = no ]; then
		# No rule asks for it any more.
		iptables -F FORWARD
		ip6tables -F FORWARD
	fi
	for f in 4 6; do
		case $f in
		4)	inside=$DIVERTLAB_CLIENT4 world=$DIVERTLAB_SERVER4
			outside=198.51.100.1 icmp=1 echo=icmp ;;
		6)	inside=$DIVERTLAB_CLIENT6 world=$DIVERTLAB_SERVER6
			outside=2001:db8:2::1 icmp=58 echo=icmp6 ;;
		esac
		what="IPv$f, tracking: $tracking"
		from=$((from + 1))
		send client server $f 17 "out on eth0 proto udp from $inside \
		    port $from to $world port 9999"
		is "$what: out, UDP: nothing is lost" "$arrived" $burst
		for kind in 6 $icmp; do
			case $kind in
			6)	name='copies of a SYN'
				words="proto tcp from $inside port $from to \
				    $world port 9999 flags S" ;;
			*)	name='echo requests'
				words="proto $echo from $inside to $world icmp-id \
				    $from" ;;
			esac
			send client server $f "$kind" "out on eth0 $words"
			if [ $tracking = no ]; then
				is "$what: out, $name: nothing is lost" \
				    "$arrived" $burst
			elif [ "$arrived" = $burst ]; then
				skip "$what: out, $name: one is left" \
				    "this kernel loses none"
			else
				is "$what: out, $name: one is left" \
				    "$arrived" 1
			fi
		done
		send server client $f 17 "out on eth0 proto udp from $world \
		    port $from to $outside port 9999"
		is "$what: in, UDP: nothing is lost" "$arrived" $burst
		send server client $f 6 "out on eth0 proto tcp from $world \
		    port $from to $outside port 9999 flags S"
		is "$what: in, copies of a SYN: nothing is lost" "$arrived" \
		    $burst
	done
done
stop nat
is "divertnat drained" $status 0
conserved
is "and has dropped nothing itself" "$(law dropped)" 0
plan
