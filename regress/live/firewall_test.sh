#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 240
#
# share/examples/firewall-test: its rules do what its list says; rules that are
# broken in one place turn the lines red that are about it, and no others;
# whatever is wrong with a list is said with its file and line; an own network,
# address translation; a network that is there already is left as it was.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
[ -x "$DIVERTINJECT" ] || skip_all "divertinject is not built"
need_lab

# The folders of a test are closed to others.
if [ "$(id -u)" = 0 ]; then
	rm -rf "$T"
	T=$(mktemp -d /tmp/test.XXXXXX) || exit 1
	chmod 755 "$T"
fi
RULES=$EXAMPLES/firewall-test.rules
PACKETS=$EXAMPLES/firewall-test.packets
count=$(grep -c -E '^(pass|block|reject)' "$PACKETS")

# tried ARGUMENT...: to its end; $status, and what it printed.
tried() {
	timeout 60 "$EXAMPLES/firewall-test" "$@" >"$T/out" 2>"$T/err" \
	    </dev/null
	status=$?
}

# red: the numbers of the lines that were not as expected.
red() {
	awk '$1 == "!" { print $2 }' "$T/out" | xargs
}

# at WORDS...: the numbers of the packets with these words.
at() {
	for words; do
		grep -n -E '^(pass|block|reject)' "$PACKETS" |
		    grep -e "$words" | cut -d : -f 1
	done | sort -n | xargs
}

tried "$RULES" "$PACKETS"
if grep -q 'could not be loaded' "$T/err"; then
	skip_all "$(head -1 "$T/err")"
fi
is "the example: status" $status 0
is "the example: the sum" "$(tail -1 "$T/out")" \
    "$count packets: $count as expected, 0 not"
is "the example: a line for each packet" \
    "$(grep -c -E '^ +[0-9]+  (pass|block|reject) ' "$T/out")" "$count"
empty "the example: nothing else is said" "$(cat "$T/err")"

tried --userns "$RULES" "$PACKETS"
is "--userns: status" $status 0
is "--userns: the sum" "$(tail -1 "$T/out")" \
    "$count packets: $count as expected, 0 not"

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null &&
    setpriv --reuid 1000 --regid 1000 --clear-groups test -x "$DIVERTCAT" &&
    setpriv --reuid 1000 --regid 1000 --clear-groups \
    "$DIVERTLAB_SH" -q -- true 2>/dev/null; then
	setpriv --reuid 1000 --regid 1000 --clear-groups \
	    "$EXAMPLES/firewall-test" -q "$RULES" "$PACKETS" >"$T/out" 2>&1
	is "another user" "$? $(cat "$T/out")" \
	    "0 $count packets: $count as expected, 0 not"
else
	skip "another user" "there is none, or he may not make namespaces"
fi

# As installed, and nothing in the PATH.
mkdir -p "$T/sbin" "$T/share/examples/divertutil"
cp "$EXAMPLES"/firewall-test* "$T/share/examples/divertutil"
cp "$DIVERTLAB_SH" "$DIVERTLAB_SH-traffic" "$DIVERTCAT" "$DIVERTINJECT" \
    "$T/sbin"
out=$(cd "$T/share/examples/divertutil" &&
    ./firewall-test -q firewall-test.rules firewall-test.packets 2>&1)
is "as installed" "$out" "$count packets: $count as expected, 0 not"

# broken WHAT LINES SED-SCRIPT: turns exactly these lines red.
broken() {
	sed "$3" "$RULES" >"$T/broken.rules"
	cmp -s "$RULES" "$T/broken.rules" && fail "$1: nothing is broken"
	tried -q "$T/broken.rules" "$PACKETS"
	is "$1: the lines" "$(red)" "$2"
	is "$1: status" $status 1
	n=$(echo "$2" | wc -w)
	is "$1: the sum" "$(tail -1 "$T/out")" \
	    "$count packets: $((count - n)) as expected, $((n)) not"
}

broken "port off by one, IPv4" "$(at 'pass.*to 192.0.2.80 port 443')" \
    '/^-4.*dport 443/s/443/444/'
broken "port off by one, IPv6" "$(at 'pass.*to 2001:db8:1::80 port 443')" \
    '/^-6.*dport 443/s/443/442/'
broken "port off by one, to itself" "$(at 'port 5355 ')" \
    '/INPUT.*dport 53/s/53/54/'
broken "wrong interface" "$(at 'port ssh')" \
    '/INPUT.*dport 22/s/em0/em1/'
broken "order" "$(at 'port smtp')" \
    '/dport 25/{
	h
	d
    }
    /-i em0 -o em1 -j ACCEPT/G'
broken "rejected is not dropped" "$(at 'port smtp')" \
    '/dport 25/s/REJECT.*/DROP/'
broken "no replies" "$(at 'pass.*from .* port 443 to 192.0.2.2 port 40000' \
    'payload "me"' 'pass.*echorep' \
    'from 2001:db8:2::2 port 443 to 2001:db8:1::2 port 40000')" \
    '/FORWARD.*ESTABLISHED/d'
broken "no replies to itself" "$(at 'port 123 to 198.51.100.1 port 123')" \
    '/INPUT.*ESTABLISHED/d'
broken "any source, IPv4" "$(at 'from 203.0.113.5')" '/^-4.*em0 ! -s/d'
broken "any source, IPv6" "$(at 'from 2001:db8:7::5')" '/^-6.*em0 ! -s/d'
broken "its own source from outside" "$(at 'on em1 .* from 192.0.2.9')" \
    '/^-4.*em1 -s/d'
broken "nobody is told" "$(at 'reject.* udp ' 'reject.* port 80')" \
    '/INPUT.*REJECT/d'
broken "open to itself" "$(at 'block.* to 198.51.100.1 ' \
    'block.* to 2001:db8:2::1 ')" 's/:INPUT DROP/:INPUT ACCEPT/'
broken "open to inside" "$(at 'block.*port 300[12] to [^ ]*:80 ' \
    'block.*port 300[12] to 192' 'block.*to no question' \
    'block.* proto icmp' )" 's/:FORWARD DROP/:FORWARD ACCEPT/'

# What became of a packet is shown.
tried -q "$T/broken.rules" "$PACKETS"
is "-q: a line, and what became of it" \
    "$(grep -A 1 'port 3002' "$T/out" | tail -1)" \
    "			out on em0: IP 198.51.100.2.3002 > 192.0.2.2.443: Flags [S], seq 0, win 65535, length 0"
tried -v "$RULES" "$PACKETS"
is "-v: of one that is blocked" \
    "$(grep -A 1 'port 3002' "$T/out" | tail -1)" \
    "			nothing was seen of it"
is "-v: of one for the gateway" \
    "$(grep -A 1 'port 5355' "$T/out" | tail -1)" \
    "			delivered to the gateway"
is "-v: of one that is rejected" \
    "$(grep -A 1 'port 40003' "$T/out" | tail -1)" \
    "			out on em0: IP 192.0.2.1.80 > 192.0.2.2.40003: Flags [R.], seq 0, ack 1, win 0, length 0"

# Everything is rejected, so often that the kernel would cease to say so.
cat >"$T/no.sh" <<-'END'
	for x in iptables ip6tables; do
		$x -A FORWARD -j REJECT
	done
END
i=0
while [ $i -lt 30 ]; do
	i=$((i + 1))
	echo "reject in on em0 proto udp from 192.0.2.2 port 1 to 198.51.100.2 port $i"
	echo "reject in on em0 proto udp from 2001:db8:1::2 port 1 to 2001:db8:2::2 port $i"
done >"$T/no.packets"
tried -q "$T/no.sh" "$T/no.packets"
is "many rejections" "$status $(tail -1 "$T/out")" \
    "0 60 packets: 60 as expected, 0 not"

# A network of one's own, and translation.
cat >"$T/nat.v4" <<-'END'
	*nat
	-A PREROUTING -i wan -p tcp --dport 80 -j DNAT --to 10.1.0.80:8080
	-A POSTROUTING -o wan -j MASQUERADE
	COMMIT
	*filter
	:FORWARD DROP
	-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
	-A FORWARD -i lan -o wan -j ACCEPT
	-A FORWARD -i wan -d 10.1.0.80 -j ACCEPT
	COMMIT
END
cat >"$T/nat.packets" <<-'END'
	  # blanks before a comment
	interface lan 10.1.0.1/16 2001:db8:10::1/64
	interface wan 203.0.113.9/29	# the world
	interface dmz 172.16.0.1/24
	route default on wan
	route 10.0.0.0/8 on lan

	pass in on lan proto tcp from 10.1.2.3 port 4000 to 8.8.8.8 port 443 => src host 203.0.113.9 and on wan # it's "translated"
	pass in on lan proto udp from 10.9.2.3 port 4000 to 8.8.8.8 port 53 payload "a => # b" # c
	pass in on wan proto udp from 8.8.8.8 port 53 to 203.0.113.9 port 4000 payload 'x' => dst host 10.9.2.3 and on lan
	block in on wan proto udp from 8.8.8.8 port 53 to 10.1.2.3 port 4001
	block in on lan proto udp from 10.1.2.3 port 4000 to 172.16.0.4 port 53 length 4000 frag 1500
	pass in on lan proto udp from 10.1.2.3 port 4000 to 9.9.9.9 port 53 length 4000 frag 1500
	pass in on wan proto tcp from 9.9.9.9 port 1 to 203.0.113.9 port 80 => dst host 10.1.0.80 and tcp port 8080
	reject in on lan proto udp from 10.1.2.3 port 4000 to 9.9.9.9 port 53 ttl 1 => icmp[0] = 11
	pass in on lan proto tcp from 10.1.2.3 port 4001 to 8.8.8.8 port 443 => src host 203.0.113.8
	pass in on lan proto tcp from 10.1.2.3 port 4002 to 8.8.8.8 port 443 => on dmz
END
tried -q "$T/nat.v4" "$T/nat.packets"
is "translation: what is not as said" "$status $(red)" "1 16 17"
is "translation: seen" "$(awk '$1 == "!" { print $4 }' "$T/out" | xargs)" \
    "other other"
is "translation: where it went" "$(tail -2 "$T/out" | head -1)" \
    "			out on wan: IP 203.0.113.9.4002 > 8.8.8.8.443: Flags [S], seq 0, win 65535, length 0"

# Rules of nft.
cat >"$T/small.nft" <<-'END'
	table inet small {
		chain forward {
			type filter hook forward priority 0; policy drop;
			ct state established accept
			iifname "em0" accept
			udp dport 7 reject
		}
	}
END
cat >"$T/small.packets" <<-'END'
	pass in on em0 proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 2
	pass in on em1 proto udp from 198.51.100.2 port 2 to 192.0.2.2 port 1
	block in on em1 proto udp from 2001:db8:2::2 port 3 to 2001:db8:1::2 port 1
	reject in on em1 proto udp from 2001:db8:2::2 port 3 to 2001:db8:1::2 port 7
	pass in on em1 proto udp from 198.51.100.2 port 3 to 192.0.2.2 port 7
END
tried -q "$T/small.nft" "$T/small.packets"
if grep -q -e 'could not be loaded' -e 'nft: not found' "$T/err"; then
	skip "nft" "$(head -1 "$T/err")"
else
	is "nft" "$status $(red)" "1 5"
fi

# A list, and rules, that are wrong.

# wrong WHAT MESSAGE: the list is standard input.
wrong() {
	cat >"$T/wrong.packets"
	tried "$RULES" "$T/wrong.packets"
	is "$1: status" $status 2
	is "$1: said" "$(cat "$T/err")" "firewall-test: $2"
}

W=$T/wrong.packets
wrong "no fate" "$W:2: expected pass, block, reject, interface or route, found \"in\"" <<-'END'
	# Comment.
	in on em0 proto tcp from 192.0.2.2 port 1 to 198.51.100.2 port 443
END
wrong "wrong words" "$W:1:70: expected port: tcp has two of them" <<-'END'
	pass   in on em0 proto tcp from 192.0.2.2 port 40000 to 198.51.100.2 flags S
END
wrong "no direction" "$W:1: in or out? the packet has no direction" <<-'END'
	pass on em0 proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 443
END
wrong "no interface" "$W:1: a packet that comes in needs \"on INTERFACE\"" <<-'END'
	pass in proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 443
END
wrong "no such interface" "$W:1: wan: no such interface" <<-'END'
	pass in on wan proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 443
END
wrong "no route" "$W:1: 8.8.8.8: the gateway has no route to it" <<-'END'
	pass out proto udp from 192.0.2.1 port 1 to 8.8.8.8 port 443
END
wrong "an interface too late" "$W:2: interface: must stand before all packets" <<-'END'
	pass in on em0 proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 443
	interface wan 10.1.0.1/8
END
wrong "no address" "$W:1: 10.1.0.1: expected ADDRESS/LENGTH" <<-'END'
	interface wan 10.1.0.1
END
wrong "no expression" "$W:1: expected an expression after \"=>\"" <<-'END'
	pass in on em0 proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 443 =>
END
wrong "an expression of what is blocked" \
    "$W:1: what is blocked is not seen: no \"=>\" here" <<-'END'
	block in on em0 proto udp from 192.0.2.2 port 1 to 198.51.100.2 port 443 => udp
END
wrong "an empty list" "$W: no packets" <<-'END'
	# nothing
END
tried "$T/rules" "$PACKETS"
is "rules of no kind" "$status $(cat "$T/err")" \
    "2 firewall-test: $T/rules: which kind of rules? (put nft:, iptables:, ip6tables:, rules: or sh: in front)"
tried "rules:$T/none" "$PACKETS"
is "rules that are not there" "$status $(cat "$T/err")" \
    "2 firewall-test: $T/none: no such file"
sed 's/INPUT DROP/INPUT DROOP/' "$RULES" >"$T/typo.rules"
tried "$T/typo.rules" "$PACKETS"
is "rules that cannot be loaded" "$status $(tail -1 "$T/err")" \
    "2 firewall-test: $T/typo.rules: the rules could not be loaded"

# In a network that is there: the rules that are loaded, no trace but them.
cat >"$T/there.sh" <<-'END'
	state() {
		ip addr
		ip route
		ip -6 route
		ip neigh show nud permanent | sort
		cat /proc/sys/net/ipv4/icmp_ratelimit
		lab server ip link
		ls -R "$DIVERTLAB"
	}
	state >"$1/before"
	iptables -A FORWARD -p udp --dport 7 -j DROP
	"$2" -q - <<-LIST
		interface wan 10.1.0.1/8
		pass in on em0 proto udp from 192.0.2.2 port 1 to 10.0.0.2 port 9 => on wan
		block in on em0 proto udp from 192.0.2.2 port 1 to 10.0.0.2 port 7
	LIST
	echo $?
	DIVERTLAB_PORT=none "$2" -q - <<-LIST
		pass in on em0 proto udp from 192.0.2.2 port 1 to 192.0.2.1 port 9
	LIST
	echo $?
	state >"$1/after"
	lab client "$DIVERTLAB_TRAFFIC" send ping -n 3 "$DIVERTLAB_SERVER4"
END
timeout 60 "$DIVERTLAB_SH" -q --no-rules -- /bin/sh "$T/there.sh" "$T" \
    "$EXAMPLES/firewall-test" >"$T/out" 2>"$T/err"
is "in a network that is there" "$(sed -n 1,2p "$T/out" | xargs)" \
    "2 packets: 2 as expected, 0 not 0"
is "when divertinject cannot start: status" "$(sed -n 3p "$T/out")" 1
is "when divertinject cannot start: said" \
    "$(sed 's/injected: .*/injected/' "$T/err")" \
    "firewall-test: the packets could not be injected"
empty "the network is as it was" "$(diff "$T/before" "$T/after")"
is "and works" "$(field replies "$(tail -1 "$T/out")")" 3
plan
