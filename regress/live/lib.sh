# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# What the live tests stand on: TAP, the laboratory, programs in the
# background, traffic that is counted at both ends, and the kernel's own
# figures.  A test sources this file and calls in_lab; from then on it runs on
# the gateway of a private network (divertlab(8)).
#
#	client 192.0.2.2  -- em0 gateway em1 --  198.51.100.2 server
#	2001:db8:1::2                            2001:db8:2::2

# What is set here is used by the tests.
# shellcheck disable=SC2034

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"

DIVERTLAB_SH=$TOP/bin/divertlab/divertlab
DIVERTCAT=$TOP/bin/divertcat/divertcat
DIVERTINJECT=$TOP/bin/divertinject/divertinject
DIVERTLOG=$TOP/bin/divertlog/divertlog
DIVERTNAT=$TOP/bin/divertnat/divertnat
EXAMPLES=$TOP/share/examples
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
running=''
sent='' replies='' got='' result='' status='' queue=null tool=cat hosts=0

# The commands of a test run in folders of their own, as users of their own.
chmod 755 "$T"

# What was started is ended with the test, whatever way it goes.
# shellcheck disable=SC2086
trap '[ -z "$running" ] || kill -KILL $running 2>/dev/null
    chmod -R u+w "$T" 2>/dev/null; rm -rf "$T"' EXIT

# Whether a private network can be had here at all; else the test is skipped.
need_lab() {
	"$DIVERTLAB_SH" -q "$@" -- true 2>"$T/need"
	case $? in
	0)	;;
	4)	skip_all "$(sed 's/^[^:]*: //' "$T/need" | tail -1)" ;;
	*)	cat "$T/need" >&2
		exit 1 ;;
	esac
}

# in_lab [divertlab option ...]: the rest of the test runs on the gateway.
in_lab() {
	[ -z "${IN_LAB-}" ] || return 0
	[ -x "$DIVERTCAT" ] || skip_all "divertcat is not built"
	need_lab "$@"
	IN_LAB=1 "$DIVERTLAB_SH" --time-limit 110 "$@" -- /bin/sh "$0"
	exit $?
}

# need_command NAME...
need_command() {
	for c in "$@"; do
		command -v "$c" >/dev/null || skip_all "no $c"
	done
}

traffic() {
	"$DIVERTLAB_TRAFFIC" "$@"
}

# ---- more hosts ----------------------------------------------------------

# at PLACE COMMAND...: as lab, of hosts that were added as well.
at() {
	place=$1
	shift
	"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/$place" "$@"
}

# add_host NAME PLACE DEVICE NET4 NET6: a host behind a new interface of PLACE.
# NET4.1 and NET6::1 are the interface's, NET4.2 and NET6::2 the host's.
add_host() {
	hosts=$((hosts + 1))
	mac=02:00:00:01:0$hosts:
	"$DIVERTLAB_TRAFFIC" name "$DIVERTLAB/ns/$1" &&
	    at "$2" ip link add "$3" address ${mac}01 type veth peer \
	    name eth0 address ${mac}02 netns "$DIVERTLAB/ns/$1" &&
	    at "$2" ip -batch - <<-EOF && at "$1" ip -batch - <<-EOF2
		link set $3 addrgenmode none
		link set $3 up
		addr add $4.1/24 dev $3
		addr add $5::1/64 dev $3 nodad
		neigh replace $4.2 lladdr ${mac}02 dev $3 nud permanent
		neigh replace $5::2 lladdr ${mac}02 dev $3 nud permanent
	EOF
		link set lo up
		link set eth0 addrgenmode none
		link set eth0 up
		addr add $4.2/24 dev eth0
		addr add $5::2/64 dev eth0 nodad
		neigh replace $4.1 lladdr ${mac}01 dev eth0 nud permanent
		neigh replace $5::1 lladdr ${mac}01 dev eth0 nud permanent
		route add default via $4.1
		route add default via $5::1
	EOF2
}

# ---- programs in the background ------------------------------------------

# start NAME COMMAND...: its output goes to $T/NAME.out and $T/NAME.err, its
# process is $NAME_pid.  Standard input is /dev/null, or $input.
start() {
	name=$1
	shift
	# Now and not by the new process: what an earlier one of this name said
	# must not be taken for its word.
	: >"$T/$name.out"
	: >"$T/$name.err"
	"$DIVERTLAB_TRAFFIC" run "$@" <"${input:-/dev/null}" \
	    >"$T/$name.out" 2>"$T/$name.err" &
	eval "${name}_pid=$!"
	running="$running $!"
}

pid_of() {
	eval "echo \$${1}_pid"
}

# Whether a process lives: one that waits to be waited for does not.
lives() {
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	case $stat in
	*') Z '*) return 1 ;;
	esac
}

# within SECONDS COMMAND...: try until it succeeds.
within() {
	tries=$(($1 * 20))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

dead() {
	! lives "$1"
}

# of PID NAME: of its /proc/PID/status
of() {
	sed -n "s/^$2:[	 ]*//p" "/proc/$1/status" 2>/dev/null
}

# children PID: the processes that it started.
children() {
	for p in /proc/[0-9]*/stat; do
		sed 's/.*) //' "$p" 2>/dev/null | {
			read -r _ parent _
			[ "$parent" != "$1" ] ||
			    echo "$p" | tr -dc '0-9\n'
		}
	done
}

# finish NAME: wait for its end, 20 s at most; its exit status is $status.
finish() {
	pid=$(pid_of "$1")
	if ! within 20 dead "$pid"; then
		echo "# $1 did not end"
		kill -KILL "$pid"
	fi
	wait "$pid"
	status=$?
	keep=''
	for p in $running; do
		[ "$p" = "$pid" ] || keep="$keep $p"
	done
	running=$keep
}

# stop NAME [SIGNAL]: ask it to end (SIGINT), and wait.
stop() {
	kill "-${2:-INT}" "$(pid_of "$1")" 2>/dev/null
	finish "$1"
}

# cat_start [divertcat argument ...]: divertcat in the background, listening
# when this returns.  log_start: divertlog.  The one started last is the one
# that said() and what follows it are about.
cat_start() {
	tool='cat'
	start cat "$DIVERTCAT" -v --stats json "$@"
	tool_ready
}

log_start() {
	tool=log
	start log "$DIVERTLOG" -v --stats json "$@"
	tool_ready
}

# nat_start: divertnat on port 700, asked with nat_ask.
nat_start() {
	tool=nat
	start nat "$DIVERTNAT" -v --stats json --control "$T/control" "$@" 700
	tool_ready
}

# nat_ask OPTION...: of the running divertnat.
nat_ask() {
	"$DIVERTNAT" --control "$T/control" "$@"
}

# nat_net COMMAND ARGUMENT...: sockets on all sides; see there.
nat_net() {
	timeout 60 python3 "$TOP/regress/live/divertnat_net.py" "$@" 2>&1
}

# nat_rules [plain]: what leaves and enters by em1 to divert port 700, beside
# the stateful rules of a gateway: see "Where packets have to be diverted" in
# divertnat(8); plain: without them, and so without connection tracking.
nat_rules() {
	for t in iptables ip6tables; do
		for way in 'mangle POSTROUTING -o' 'raw PREROUTING -i'; do
			nat_queue $t $way || return 1
		done
		[ "${1-}" = plain ] || nat_stateful $t
	done
	watch_leaks
}

# nat_queue iptables|ip6tables TABLE CHAIN -i|-o
nat_queue() {
	$1 -t "$2" -A "$3" "$4" em1 -m mark --mark 0x10000000/0x10000000 \
	    -j ACCEPT || return 1
	# Neighbour discovery stays on its link.  Named are these and not the
	# others: of a fragment nobody knows the type.
	[ "$1" = iptables ] || for type in 133 134 135 136 137; do
		$1 -t "$2" -A "$3" "$4" em1 -p icmpv6 --icmpv6-type $type \
		    -j ACCEPT
	done
	$1 -t "$2" -A "$3" "$4" em1 -j NFQUEUE --queue-num 700
}

# nat_stateful iptables|ip6tables
nat_stateful() {
	$1 -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED \
	    -j ACCEPT 2>/dev/null && $1 -A FORWARD -i em0 -j ACCEPT
}

# watch_leaks: the server counts what it sees of the inside.
watch_leaks() {
	lab server iptables -t raw -A PREROUTING -s 192.0.2.0/24
	lab server ip6tables -t raw -A PREROUTING -s 2001:db8:1::/64
}

# nat_example NAME WORD=VALUE...: $T/rules and $T/firewall are nat-NAME.conf and
# nat-NAME.firewall of the examples, with these values in place of those that
# they have at their heads.
nat_example() {
	cp "$EXAMPLES/nat-$1.conf" "$T/rules"
	cp "$EXAMPLES/nat-$1.firewall" "$T/firewall"
	shift
	for word in "$@"; do
		sed -i "s|^${word%%=*} = \"[^\"]*\"|${word%%=*} = \"${word#*=}\"|" \
		    "$T/rules"
		sed -i "s|^${word%%=*}=[^[:space:]]*|$word|" "$T/firewall"
		grep -q -e "^${word%%=*} = \"${word#*=}\"" -e "^$word" \
		    "$T/rules" "$T/firewall" || echo "# $word: not there"
	done
}

# nat_firewall [6]: its lines for iptables, or for ip6tables.
nat_firewall() {
	sh "$T/firewall" iptables | "ip${1-}tables-restore" --noflush
}

# nft_counts: its lines for nft beside those of iptables, which count where they
# would queue: not every kernel has nft's queue, but the packets are the same.
# They stand in front, being the later ones of the same priority.
nft_counts() {
	sh "$T/firewall" nft | sed 's/queue num 700$/counter accept/' |
	    nft -f - 2>"$T/nft.err" || : >"$T/no_nft"
}

# nft_agrees: it has counted what iptables has queued.
nft_agrees() {
	if [ -e "$T/no_nft" ]; then
		skip "the lines of nft divert the same packets" \
		    "$(sed 1q "$T/nft.err")"
		return
	fi
	queued=$(for t in iptables ip6tables; do
		$t -t mangle -nvxL DIVERTNAT 2>/dev/null
		$t -t raw -nvxL DIVERTNAT 2>/dev/null
	done | awk '/NFQUEUE/ { n += $1 } END { print n }')
	# "table inet divertnat"
	table=$(nft list tables 2>/dev/null | grep ' divertnat$')
	# Words.
	# shellcheck disable=SC2086
	is "the lines of nft divert the same packets" "$(nft list $table |
	    sed -n 's/.*packets \([0-9]*\) bytes [0-9]* accept$/\1/p' |
	    awk '{ n += $1 } END { print n }')" "$queued"
}

# greet_serve PLACE PROTO ADDRESS PORT...: greet.py there, listening.
greet_serve() {
	place=$1
	shift
	: >"$T/greet-$place"
	"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/$place" python3 \
	    "$TOP/regress/live/greet.py" serve "$@" >"$T/greet-$place" &
	running="$running $!"
	within 10 grep -q ready "$T/greet-$place"
}

# ask PLACE PROTO ADDRESS PORT [SOURCE [PORT]]: what greet.py is told there.
ask() {
	place=$1
	shift
	lab "$place" python3 "$TOP/regress/live/greet.py" ask "$@"
}

# more_addresses PLACE INTERFACE LINK ADDRESS...: the other end of this link has
# more addresses; INTERFACE is the gateway's.
more_addresses() {
	place=$1 interface=$2 link=$3
	shift 3
	for address in "$@"; do
		case $address in
		*:*)	lab "$place" ip address add "$address/64" dev eth0 nodad
			;;
		*)	lab "$place" ip address add "$address/32" dev eth0 ;;
		esac
		ip neigh replace "$address" lladdr "02:00:00:00:0$link:02" \
		    dev "$interface" nud permanent
	done
}

# nat_turns DEVICE ADDRESS...: what comes in from the inside for these
# addresses outside goes to divert port 700, too: see "Hairpinning" in
# divertnat(8).  The kernel is to take packets from inside that have one of its
# own addresses.
nat_turns() {
	device=$1
	shift
	for a in "$@"; do
		t=iptables
		case $a in
		*:*)	t=ip6tables ;;
		esac
		$t -t raw -A PREROUTING -i "$device" -d "$a" -j NFQUEUE \
		    --queue-num 700 || return 1
	done
	echo 1 >"/proc/sys/net/ipv4/conf/$device/accept_local"
}

# leaks: packets with an inside source that the server has seen, by the rules
# there that do nothing but count.
leaks() {
	for t in iptables ip6tables; do
		lab server $t -t raw -nvxL PREROUTING
	done | awk '$1 ~ /^[0-9]+$/ && $3 != "DROP" { n += $1 }
	    END { print n + 0 }'
}

# nat_records FILE...: lines of JSON that divertnat wrote are as the schema says.
nat_records() {
	for python in python3 /usr/bin/python3 /usr/local/bin/python3 none; do
		"$python" -W ignore -c 'import jsonschema
jsonschema.Draft202012Validator' 2>/dev/null && break
	done
	if [ "$python" = none ]; then
		skip "every line is as the schema says" \
		    "no python3 with jsonschema"
		return 0
	fi
	"$python" "$TOP/regress/bin/divertlog_schema.py" \
	    "$TOP/share/schema/divertnat.schema.json" "$@" >"$T/records" 2>&1
	empty "every line is as the schema says: $(tail -n 1 "$T/records")" \
	    "$(grep -v '^# ' "$T/records" | sed '$d' | head -n 20)"
}

tool_ready() {
	within 10 tool_settled_in
	grep -q ': ready$' "$T/$tool.err" || {
		echo "# divert$tool is not ready:"
		sed 's/^/# /' "$T/$tool.err"
		return 1
	}
}

tool_settled_in() {
	grep -q ': ready$' "$T/$tool.err" || dead "$(pid_of "$tool")"
}

# The last statistics that the tool wrote on standard error.
last_stats() {
	grep '"event_type":"stats"' "$T/$tool.err" | tail -1
}

# said FIGURE: of them; where a name is there twice, the last.
said() {
	last_stats | sed -n "s/.*[{,]\"$1\":\([^,}]*\).*/\1/p"
}

# The figures of the conservation law; those of "kernel" have the same names
# and come later.
law() {
	last_stats | sed -n 's/.*"stats":{\([^{]*\).*/,\1/p' |
	    sed -n "s/.*,\"$1\":\\([^,]*\\),.*/\\1/p"
}

# conserved: what came in is what was decided.
conserved() {
	is "received is passed, replaced, dropped, expired, lost and held" \
	    "$(($(law passed) + $(law replaced) + $(law dropped) +
	    $(law expired) + $(law lost) + $(law held)))" "$(law received)"
}

# ---- divertinject --------------------------------------------------------

# inject [divertinject argument ...]: to its end; $status, and its figures.
inject() {
	tool=inject
	"$DIVERTINJECT" --stats json "$@" >"$T/inject.out" 2>"$T/inject.err"
	status=$?
}

# complaint: what it said besides figures, without its name.
complaint() {
	grep -v '"event_type":"stats"' "$T/inject.err" |
	    sed 's/^divertinject: //'
}

# sniff PLACE INTERFACE: what arrives there is in $T/sniffed, a line of hex for
# each packet.
sniff() {
	[ -x "$TOP/regress/live/aid_sniff.aid" ] ||
	    skip_all "aid_sniff is not built"
	: >"$T/sniffed"
	"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/$1" \
	    "$TOP/regress/live/aid_sniff.aid" "$2" >"$T/sniffed" &
	sniff_pid=$!
	running="$running $sniff_pid"
	within 10 grep -q ready "$T/sniffed"
}

# sniff_end COUNT: when so many have come, and no later than in 5 s.
sniff_end() {
	within 5 sniffed_all "$1"
	kill -TERM "$sniff_pid"
	wait "$sniff_pid" 2>/dev/null
	sed -i 1d "$T/sniffed"
}

sniffed_all() {
	[ "$(wc -l <"$T/sniffed")" -gt "$1" ]
}

# fw 4|6 ARGUMENT...: the iptables that made the rules.
fw() {
	[ -n "$DIVERTLAB_IPTABLES" ] || skip_all "the rules are not of iptables"
	case $1 in
	4)	shift
		"$DIVERTLAB_IPTABLES" "$@" ;;
	6)	shift
		"$DIVERTLAB_IP6TABLES" "$@" ;;
	esac
}

# counted 4|6 TABLE CHAIN PATTERN: packets of the first rule that matches.
counted() {
	fw "$1" -t "$2" -L "$3" -v -x -n | grep -e "$4" | head -1 |
	    awk '{ print $1 }'
}

# ours: how many devices of injection there are.
ours() {
	ip -o link | grep -c -E '^[0-9]+: dv[tr][0-9]+-[0-9]+@'
}

# ---- traffic -------------------------------------------------------------

# field NAME JSON
field() {
	printf '%s\n' "$2" |
	    sed -n "s/.*[{,]\"$1\":\"*\\([^,\"}]*\\).*/\\1/p"
}

# ping_to ADDRESS COUNT [option ...]: $sent and $replies.
ping_to() {
	to=$1 n=$2
	shift 2
	result=$(lab client "$DIVERTLAB_TRAFFIC" send ping -n "$n" "$@" "$to")
	sent=$(field sent "$result") replies=$(field replies "$result")
}

# udp_listen [recv option ...]: a receiver at the server, of both families.
# Sequence numbers in their order are in $T/seqs.
udp_listen() {
	# Where settle() cannot know, a moment of silence has to do.
	quiet=0
	cat /proc/net/netfilter/nfnetlink_queue >/dev/null 2>&1 || quiet=500
	rm -f "$T/udp.out"
	: >"$T/udp.out"
	"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/${listener:-server}" \
	    "$DIVERTLAB_TRAFFIC" recv udp -p 7777 -w $quiet -q "$T/seqs" "$@" \
	    >"$T/udp.out" &
	udp_pid=$!
	running="$running $udp_pid"
	within 10 grep -q ready "$T/udp.out"
}

# udp_send ADDRESS COUNT [option ...]: $sent
udp_send() {
	to=$1 n=$2
	shift 2
	result=$(lab "${sender:-client}" "$DIVERTLAB_TRAFFIC" send udp \
	    -p 7777 -n "$n" "$@" "$to")
	sent=$(field sent "$result")
}

# udp_end: stop the receiver; $got is what it counted.
udp_end() {
	kill -TERM $udp_pid
	wait $udp_pid
	got=$(tail -1 "$T/udp.out")
}

# arrived FIGURE: of the last receiver.
arrived() {
	field "$1" "$got"
}

# tcp_run ADDRESS BYTES: $sent and $got, each with its SHA-256.
tcp_run() {
	: >"$T/tcp.out"
	"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" \
	    "$DIVERTLAB_TRAFFIC" recv tcp -p 7778 >"$T/tcp.out" &
	tcp_pid=$!
	running="$running $tcp_pid"
	within 10 grep -q ready "$T/tcp.out"
	sent=$(lab client "$DIVERTLAB_TRAFFIC" send tcp -p 7778 -l "$2" "$1")
	[ "$(field complete "$sent")" = true ] || kill -TERM $tcp_pid
	wait $tcp_pid
	got=$(tail -1 "$T/tcp.out")
}

# ---- the kernel ----------------------------------------------------------

# packets_in FILE: counted by divertcat, since tcpdump wants to change its user,
# which a user namespace with one user does not let it do.
packets_in() {
	"$DIVERTCAT" -q -r "$1" -F json -w - 2>/dev/null | wc -l | tr -d ' '
}

# settle: until no packet waits for a verdict; $queue is the queue's line, or
# "null" where this user may not read it.
settle() {
	queue=$("$DIVERTLAB_TRAFFIC" queue -s -t 10 "$DIVERTLAB_PORT")
}

# ids_are FIGURE: the kernel numbered so many packets.
ids_are() {
	if [ "$queue" = null ]; then
		skip "the kernel numbered $1 packets" \
		    "this user may not read its queue table"
	else
		is "the kernel numbered $1 packets" "$(field id "$queue")" "$1"
	fi
}

# errors_at PLACE: what its kernel refused: checksums, headers, lengths.
errors_at() {
	counters=$(lab "$1" "$DIVERTLAB_TRAFFIC" counters)
	sum=0
	for c in IpInHdrErrors IcmpInErrors IcmpInCsumErrors TcpInErrs \
	    TcpInCsumErrors UdpInErrors UdpInCsumErrors Ip6InHdrErrors \
	    Icmp6InErrors Icmp6InCsumErrors Udp6InErrors Udp6InCsumErrors; do
		value=$(field $c "$counters")
		sum=$((sum + ${value:-0}))
	done
	echo $sum
}
