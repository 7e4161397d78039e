#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 240
#
# divertlab itself: what it promises about its network, its rules, its counts,
# its exit status, and about what is left when it has gone.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"

# The part that runs inside: sent, received, and a counter of the kernel.
if [ "${1-}" = count ]; then
	udp_listen -n 5000
	udp_send "$2" 5000 -r 20000 -s 300
	udp_end
	echo "$sent $(arrived distinct) $(field "$3" \
	    "$(lab server "$DIVERTLAB_TRAFFIC" counters)")"
	exit
fi

need_lab
LAB=$DIVERTLAB_SH
TRAFFIC=$TOP/bin/divertlab/divertlab-traffic

# inside WANTED WHAT OPTIONS... -- COMMAND: the last line it prints.
inside() {
	wanted=$1 what=$2
	shift 2
	is "$what" "$("$LAB" -q "$@" 2>"$T/err" | tail -1)" "$wanted"
	[ ! -s "$T/err" ] || sed 's/^/# /' "$T/err"
}

# exits STATUS WHAT COMMAND...
exits() {
	wanted=$1 what=$2
	shift 2
	"$@" >"$T/out" 2>"$T/err" </dev/null
	is "$what" $? "$wanted"
}

# ---- the network ---------------------------------------------------------

cat >"$T/ping.sh" <<-'EOF'
	# Both families, from the client: answers of two pings each.
	for to in "$@"; do
		lab client "$DIVERTLAB_TRAFFIC" send ping -n 2 -w 300 "$to" |
		    sed 's/.*"replies":\([0-9]*\).*/\1/'
	done | tr '\n' ' '
EOF
gateway='192.0.2.1 2001:db8:1::1'
server='198.51.100.2 2001:db8:2::2'
# shellcheck disable=SC2086
{
inside '2 2 2 2 ' 'no rules: gateway and server answer in both families' \
    --no-rules -- sh "$T/ping.sh" $gateway $server
inside '2 2 0 0 ' 'nobody listens: what crosses the gateway is dropped' \
    -- sh "$T/ping.sh" $gateway $server
inside '0 0 0 0 ' 'nobody listens at prerouting: everything is' \
    --hook prerouting -- sh "$T/ping.sh" $gateway $server
inside '2 2 2 2 ' '--queue-bypass: nothing is' \
    --queue-bypass -- sh "$T/ping.sh" $gateway $server
inside '2 2 ' '--match: nothing else is' \
    --match '-p udp' -- sh "$T/ping.sh" $server
inside '0 0 ' '--match -p icmp means both families' \
    --match '-p icmp' -- sh "$T/ping.sh" $server
inside '2 2 2 2 ' '--extra-if: the server at both of its addresses' \
    --no-rules --extra-if em10 -- sh "$T/ping.sh" $server 203.0.113.2 \
    2001:db8:3::2
inside '2 2 0 0 ' '--extra-if: the rule knows one from the other' \
    --extra-if em10 --match '-o em10' -- sh "$T/ping.sh" $server \
    203.0.113.2 2001:db8:3::2
}
for kind in iptables-nft iptables-legacy nft; do
	"$LAB" -q --firewall $kind -- true 2>/dev/null
	if [ $? = 4 ]; then
		skip "$kind drops for nobody" "$kind has no queues here"
	else
		# shellcheck disable=SC2086
		inside '0 0 ' "$kind drops for nobody" --firewall $kind -- \
		    sh "$T/ping.sh" $server
	fi
done
inside "$(printf 'a  b\tc*')" 'the command gets its arguments as they are' \
    --no-rules -- printf '%s\n' "$(printf 'a  b\tc*')"
is 'and its standard input' "$(echo hello | "$LAB" -q --no-rules -- cat)" \
    hello

# ---- counts --------------------------------------------------------------

# Datagrams that are known: five of six, 3 twice, 1 late, 4 with a byte
# changed, and one that is no datagram of ours.
cat >"$T/known.py" <<-'EOF'
	import socket, struct
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	for n in 0, 2, 1, 3, 3, 4:
	    d = b'DLAB' + struct.pack('>I', n) + bytes(
	        (i * 31 + n * 7) & 255 for i in range(8, 56))
	    s.sendto(d[:-1] + b'?' if n == 4 else d, ('127.0.0.1', 7777))
	s.sendto(b'something else', ('127.0.0.1', 7777))
EOF
cat >"$T/known.sh" <<-'EOF'
	mkfifo "$1/pipe"
	"$DIVERTLAB_TRAFFIC" recv udp -p 7777 -n 6 -w 0 >"$1/pipe" &
	exec 9<"$1/pipe"
	read -r ready <&9
	python3 "$1/known.py"
	kill -TERM $!
	read -r got <&9
	echo "$got"
EOF
if command -v python3 >/dev/null; then
	got=$("$LAB" -q --no-rules -- sh "$T/known.sh" "$T")
	for figure in received:7 distinct:5 duplicates:1 reordered:1 \
	    corrupted:1 foreign:1 missing:1; do
		is "the receiver counts ${figure%:*}" \
		    "$(arrived ${figure%:*})" "${figure#*:}"
	done
else
	skip 'the receiver counts' 'no python3'
fi

for to in '198.51.100.2 UdpInDatagrams' '2001:db8:2::2 Udp6InDatagrams'; do
	# shellcheck disable=SC2086
	inside '5000 5000 5000' "sent, received, and the kernel: ${to#* }" \
	    --no-rules -- sh "$0" count $to
done

# SHA-256 against a program that is not ours.
if command -v sha256sum >/dev/null; then
	head -c 1234567 /dev/urandom >"$T/file"
	cat >"$T/tcp.sh" <<-'EOF'
		lab server "$DIVERTLAB_TRAFFIC" recv tcp -f "$1/copy" >"$1/log" &
		until grep -q ready "$1/log" 2>/dev/null; do sleep 0.05; done
		lab client "$DIVERTLAB_TRAFFIC" send tcp -f "$1/file" $2 >"$1/sent"
		wait
	EOF
	"$LAB" -q --no-rules --time-limit 30 -- sh "$T/tcp.sh" "$T" \
	    2001:db8:2::2
	wanted=$(sha256sum <"$T/file" | cut -d ' ' -f 1)
	is 'a file over TCP: SHA-256 of the sender' \
	    "$(field sha256 "$(cat "$T/sent")")" "$wanted"
	is 'of the receiver' "$(field sha256 "$(tail -1 "$T/log")")" "$wanted"
	ok 'and the file is the same' cmp -s "$T/file" "$T/copy"
else
	skip 'a file over TCP' 'no sha256sum'
fi

# ---- rules as text -------------------------------------------------------

cat >"$T/load.sh" <<-'EOF'
	# What --rules prints, loaded by the system's own programs.
	bad=''
	try() {
		what=$1
		shift
		command -v "$1" >/dev/null || return 0
		"$@" <"$0.text" >"$0.said" 2>&1 || {
			bad="$bad $what"
			cat "$0.said" >&2
		}
	}
	lab=$1
	shift
	for x in iptables ip6tables; do
		"$lab" --rules=$x "$@" >"$0.text"
		for kind in -nft -legacy; do
			try $x$kind $x$kind-restore --test --noflush
		done
	done
	# A kernel without nft's queue is asked about all the rest.
	"$lab" --rules=nft "$@" >"$0.text"
	if [ "$NO_QUEUE" = 1 ]; then
		sed 's/queue num .*/accept/' "$0.text" >"$0.text2"
		mv "$0.text2" "$0.text"
	fi
	try nft nft -c -f -
	echo "bad:$bad"
EOF
NO_QUEUE=0
"$LAB" -q --firewall nft -- true 2>/dev/null || NO_QUEUE=1
export NO_QUEUE
for hook in forward input output prerouting postrouting nat; do
	inside 'bad:' "$hook: the printed rules load" --no-rules -- \
	    sh "$T/load.sh" "$LAB" --hook $hook --defrag --queue-bypass \
	    --match '-p udp'
done
"$LAB" --rules >"$T/rules"
for word in 'table inet' 'queue num 700' '-j NFQUEUE --queue-num 700' \
    'divert-packet port 700' 'divert 700' '0x10000000/0x10000000' \
    'icmpv6-type 135' neighbrsol; do
	ok "--rules prints '$word'" grep -qe "$word" "$T/rules"
done

# ---- fragments -----------------------------------------------------------

cat >"$T/big.sh" <<-'EOF'
	# One ping of 4000 bytes; the rule's packets, IPv4.
	lab client "$DIVERTLAB_TRAFFIC" send ping -n 1 -s 4000 -w 300 \
	    198.51.100.2 >/dev/null
	"$DIVERTLAB_IPTABLES-save" -c -t filter |
	    sed -n 's/^\[\([0-9]*\):.*-j NFQUEUE.*/\1/p'
EOF
if "$LAB" -q --firewall nft -- true 2>/dev/null; then
	skip 'fragments' 'written for the counters of iptables'
else
	inside 3 'a ping of 4000 bytes is three packets' -- sh "$T/big.sh"
	inside 1 '--defrag: it is one' --defrag -- sh "$T/big.sh"
fi

# ---- traffic and its report ----------------------------------------------

if [ -x "$DIVERTCAT" ]; then
	exits 0 '--traffic ends with the command' "$LAB" --count 50 \
	    --traffic ping,udp,tcp --report "$T/report" -- \
	    "$DIVERTCAT" -q -w /dev/null 700
	is 'what people read: six lines of traffic, one of the queue' \
	    "$(grep -c '^divertlab: \(ping\|udp\|tcp\)' "$T/err")" 6
	is 'one line of JSON' "$(wc -l <"$T/report" | tr -d ' ')" 1
	if command -v python3 >/dev/null; then
		is 'with ten records' "$(python3 -c 'import json, sys
print(len(json.load(open(sys.argv[1]))["traffic"]))' "$T/report")" 10
	else
		skip 'with ten records' 'no python3'
	fi
	begin=$(date +%s)
	exits 0 '--demo ends well' "$LAB" --demo
	ok '--demo takes less than 20 seconds' \
	    test $(($(date +%s) - begin)) -lt 20
	is '--demo: an echo and a datagram leave translated' \
	    "$(grep -cE '^ *(icmp|udp) 198\.51\.100\.1:[0-9]+ \(192\.0\.2\.2:[0-9]+\) -> 198\.51\.100\.2' \
	    "$T/out")" 2
	is '--demo: what the far end reads, without and with the filter' \
	    "$(grep -c '^ *hello [01]$' "$T/out") $(grep -c \
	    '^ *HELLO [01]$' "$T/out")" '4 4'
else
	skip 'traffic' 'divertcat is not built'
fi
exits 1 'a command that never listens is said to' "$LAB" \
    --traffic ping -- true
ok 'in one line' grep -q 'ended before it listened on port 700' "$T/err"

# ---- exit status and signals ---------------------------------------------

exits 7 'exit status of the command' "$LAB" --no-rules -- sh -c 'exit 7'
exits 143 'a command ended by a signal' "$LAB" --no-rules -- \
    sh -c 'kill -TERM $$'
exits 127 'a command that is not there' "$LAB" --no-rules -- ./nothing
exits 126 'a command that is no program' "$LAB" --no-rules -- "$T/ping.sh"
exits 2 'no command' "$LAB"
exits 2 'an unknown option' "$LAB" --nothing -- true
exits 2 'a value that is missing' "$LAB" --port
exits 2 'a port too large' "$LAB" --port 65536 -- true
exits 2 'an unknown hook' "$LAB" --hook sideways -- true
exits 2 'a match no firewall takes' "$LAB" --match '--nothing' -- true
exits 1 'the time limit' "$LAB" --no-rules --time-limit 1 -- sleep 60
ok 'the time limit is said' grep -q 'time limit' "$T/err"

# no_room COMMAND...: where no network namespace is to be had.
# shellcheck disable=SC2016
no_room() {
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces
	    exec "$@"' sh "$@"
}
if no_room true 2>/dev/null; then
	exits 4 'no namespaces: exit status' no_room "$LAB" -- true
	is 'and one line' "$(wc -l <"$T/err" | tr -d ' ')" 1
	if [ -x "$DIVERTCAT" ]; then
		exits 0 'the demo shows captures then' no_room "$LAB" --demo
		ok 'also translated' grep -qF '> 10.0.0.5.7777: UDP' "$T/out"
	fi
else
	skip 'no namespaces' 'this system does not let us forbid them'
fi

cat >"$T/trap.sh" <<-'EOF'
	n=0
	trap 'n=$((n + 1)); echo $n >"$1/caught"' INT
	echo ready >"$1/ready"
	until [ -e "$1/enough" ]; do sleep 0.05; done
	exit 9
EOF
"$TRAFFIC" run "$LAB" -q --no-rules -- sh "$T/trap.sh" "$T" &
pid=$!
within 10 test -e "$T/ready"
kill -INT $pid
ok 'SIGINT reaches the command' within 5 test -s "$T/caught"
: >"$T/enough"
wait $pid
is 'which goes on as it likes' $? 9
is 'and has it once' "$(cat "$T/caught")" 1

# ---- nothing is left -----------------------------------------------------

links() {
	ls /sys/class/net | sort | tr '\n' ' '
}

# gone FILE: no process lives in the network namespaces named in it.
gone() {
	readlink /proc/[0-9]*/ns/net 2>/dev/null | grep -qxFf "$1" && return 1
	return 0
}

cat >"$T/stay.sh" <<-'EOF'
	for place in client gateway server; do
		lab $place readlink /proc/self/ns/net
	done >"$1/ns"
	lab client setsid sleep 1000 &
	sleep 1000 &
	echo up >"$1/up"
	[ "$2" = stay ] || exit 0
	trap '' INT TERM HUP
	while :; do sleep 1; done
EOF
before=$(links)

# left WHAT COMMAND...: kill it, then look.
left() {
	what=$1
	shift
	rm -f "$T/up" "$T/ns"
	"$@" -- sh "$T/stay.sh" "$T" stay &
	pid=$!
	within 10 test -s "$T/up"
	is "$what: three namespaces while it runs" \
	    "$(sort -u "$T/ns" | wc -l | tr -d ' ')" 3
	if gone "$T/ns"; then
		fail "$what: processes in them"
	else
		pass "$what: processes in them"
	fi
	kill -KILL $pid
	wait $pid 2>/dev/null
	ok "$what: no process is left" within 10 gone "$T/ns"
	is "$what: no interface" "$(links)" "$before"
	empty "$what: no mount" "$(grep divertlab /proc/mounts)"
}

left 'killed' "$LAB" --no-rules
left 'killed, with --userns' "$LAB" --no-rules --userns

exits 0 'ended' "$LAB" --no-rules -- sh "$T/stay.sh" "$T" go
ok 'ended: no process is left' within 10 gone "$T/ns"

# A container that hides a part of /proc lets nobody mount another.
# shellcheck disable=SC2016
masked='mount -t tmpfs none /proc/fs && exec "$@"'
if unshare -Urm sh -c "$masked" sh true 2>/dev/null; then
	left 'killed, in a container' \
	    unshare -Urm sh -c "$masked" sh "$LAB" --userns --no-rules
else
	skip 'a container' 'this system does not let us hide a part of /proc'
fi

# ---- without privilege ---------------------------------------------------

if [ "$(id -u)" != 0 ]; then
	skip 'without privilege' 'all of the above was'
elif ! setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$LAB" -q --no-rules -- true 2>"$T/err"; then
	skip 'without privilege' "$(sed 's/^[^:]*: //' "$T/err" | tail -1)"
else
	chmod 777 "$T"
	LAB=$T/unprivileged
	cat >"$LAB" <<-EOF
		#!/bin/sh
		exec setpriv --reuid 65534 --regid 65534 --clear-groups \
		    "$DIVERTLAB_SH" "\$@"
	EOF
	chmod 755 "$LAB"
	# shellcheck disable=SC2086
	inside '2 2 2 2 ' 'nobody: gateway and server answer' \
	    --no-rules -- sh "$T/ping.sh" $gateway $server
	# shellcheck disable=SC2086
	inside '2 2 0 0 ' 'nobody: rules drop' -- sh "$T/ping.sh" $gateway \
	    $server
	[ ! -x "$DIVERTCAT" ] || exits 0 'nobody: traffic' "$LAB" \
	    --traffic ping,udp,tcp -- "$DIVERTCAT" -q -w /dev/null 700
	left 'nobody: killed' "$LAB" --no-rules
fi
plan
