#!/bin/sh
# SPDX-License-Identifier: ISC
#
# run.sh [-n] [-t tools] [bsdtest]
#
# divert(4) of this OpenBSD or FreeBSD, then the tools on it; prints TAP.  As
# root, on a machine that may lose its network and its rules for a while:
# rules and forwarding are put back at the end, however that comes.
#
#	-n	say what would be done, and do nothing
#	-t DIR	the tree whose built tools are tried (this one)
#	bsdtest	compiled already; else cc makes it
#
# README beside this file tells what it needs.

PATH=/sbin:/usr/sbin:/bin:/usr/bin:/usr/local/bin
export PATH
LC_ALL=C
export LC_ALL
self=$0
here=$(cd "$(dirname "$0")" && pwd) || exit 1
PORT=700
RULE=29000		# ten numbers of ipfw from here

# ---- called by bsdtest, which has the devices open -----------------------

# Addresses go when a device is closed, so they are set when it is open.
interfaces_up() {
	a=$1 b=$2
	# Where they stayed from an earlier run: their order counts.
	for i in "$a 192.0.2.65" "$a 192.0.2.1" "$b 198.51.100.1"; do
		ifconfig "${i% *}" inet "${i#* }" delete 2>/dev/null
	done
	ifconfig "$a" inet 192.0.2.1 192.0.2.2 netmask 255.255.255.255 \
	    up || return 1
	ifconfig "$b" inet 198.51.100.1 198.51.100.2 \
	    netmask 255.255.255.255 up || return 1
	ifconfig "$a" inet 192.0.2.65 192.0.2.66 \
	    netmask 255.255.255.255 alias || return 1
	for i in "$a" "$b"; do
		[ "$(uname -s)" != FreeBSD ] ||
		    ifconfig "$i" inet6 -ifdisabled auto_linklocal 2>/dev/null
	done
	ifconfig "$a" inet6 2001:db8:1::1 2001:db8:1::2 prefixlen 128 ||
	    echo "# $a has no IPv6"
	ifconfig "$b" inet6 2001:db8:2::1 2001:db8:2::2 prefixlen 128 ||
	    echo "# $b has no IPv6"
	return 0
}

# The first interface without IPv4 addresses, its route kept for what goes out.
interfaces_down() {
	ifconfig "$1" inet 192.0.2.65 delete
	ifconfig "$1" inet 192.0.2.1 delete
}

case ${1-} in
_wire)	case $4 in
	up)	interfaces_up "$2" "$3" ;;
	down)	interfaces_down "$2" ;;
	esac
	exit
	;;
esac

# ---- TAP -----------------------------------------------------------------

tests=0 failures=0

pass() {
	tests=$((tests + 1))
	echo "ok $tests - $*"
}

fail() {
	tests=$((tests + 1))
	failures=$((failures + 1))
	echo "not ok $tests - $*"
}

skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# is NAME TEXT GOT WANTED
is() {
	if [ "$3" = "$4" ]; then
		pass "$1: $2"
	else
		fail "$1: $2: $3, expected $4"
	fi
}

bail() {
	echo "Bail out! $*"
	exit 1
}

# ---- the system ----------------------------------------------------------

dry=no
tree=$(cd "$here/../../.." && pwd)
while getopts nt: opt; do
	case $opt in
	n)	dry=yes ;;
	t)	tree=$OPTARG ;;
	*)	sed -n 's/^# \(run\.sh\)/usage: \1/p' "$self" >&2
		exit 2 ;;
	esac
done
shift $((OPTIND - 1))
binary=${1-}
system=${BSDLIVE_SYSTEM:-$(uname -s)}
case $system in
OpenBSD|FreeBSD) ;;
*)	echo "1..0 # SKIP $system: neither OpenBSD nor FreeBSD"
	exit 0 ;;
esac

# What changes something: said, and with -n not done.
change() {
	echo "# $*"
	[ $dry = yes ] || "$@"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/bsdlive.XXXXXX") || exit 1
chmod 755 "$scratch"
made='' loaded='' forward4='' forward6='' ruled=no pf_was=''

tidy() {
	trap '' HUP INT TERM
	if [ $ruled = yes ]; then
		if [ "$system" = OpenBSD ]; then
			# The rules that were there, then whether they were on.
			change pfctl -q -f "$scratch/pf.before" ||
			    change pfctl -q -f /etc/pf.conf
			[ "$pf_was" = Enabled ] || change pfctl -q -d
		else
			for n in 0 1 2 3 4 9; do
				change ipfw -q delete $((RULE + n))
			done
		fi
	fi
	[ -z "$forward4" ] ||
	    change sysctl "net.inet.ip.forwarding=$forward4" >/dev/null
	[ -z "$forward6" ] ||
	    change sysctl "net.inet6.ip6.forwarding=$forward6" >/dev/null
	for i in $made; do
		change ifconfig "$i" destroy
	done
	for m in $loaded; do
		change kldunload "$m"
	done
	rm -rf "$scratch"
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM

if [ $dry = no ] && [ "$(id -u)" != 0 ]; then
	bail "root is needed"
fi

# ---- the program ---------------------------------------------------------

if [ -z "$binary" ]; then
	binary=$scratch/bsdtest
	change cc -o "$binary" "$here/bsdtest.c" || bail "cc failed"
fi
if [ $dry = no ]; then
	"$binary" -T >"$scratch/self" || {
		grep '^not ok' "$scratch/self" | sed 's/^/# /'
		bail "bsdtest -T failed"
	}
fi

# ---- devices, rules, forwarding ------------------------------------------

# Two tun devices that nobody has; FreeBSD's module may not be loaded.
if [ "$system" = FreeBSD ]; then
	for m in ipfw ipdivert; do
		kldstat -q -m $m 2>/dev/null && continue
		# Without this the module would close the machine.
		[ $m != ipfw ] ||
		    change kenv net.inet.ip.fw.default_to_accept=1 >/dev/null
		change kldload $m || bail "no $m"
		loaded="$m $loaded"
	done
	change kldload -n if_tuntap 2>/dev/null ||
	    change kldload -n if_tun 2>/dev/null
fi
n=0
while [ $n -lt 16 ] && [ "$(echo "$made" | wc -w)" -lt 2 ]; do
	if ! ifconfig tun$n >/dev/null 2>&1; then
		# OpenBSD has no more device files than were made.
		[ "$system" = FreeBSD ] || [ $dry = yes ] || [ -e /dev/tun$n ] ||
		    (cd /dev && sh ./MAKEDEV tun$n) 2>/dev/null
		change ifconfig tun$n create && made="$made tun$n"
	fi
	n=$((n + 1))
done
# shellcheck disable=SC2086
set -- $made
[ $# = 2 ] || bail "no two tun devices"
A=$1 B=$2

read_sysctl() {
	if [ $dry = yes ]; then
		echo 0
	else
		sysctl -n "$1"
	fi
}
forward4=$(read_sysctl net.inet.ip.forwarding)
forward6=$(read_sysctl net.inet6.ip6.forwarding)
change sysctl net.inet.ip.forwarding=1 >/dev/null
change sysctl net.inet6.ip6.forwarding=1 >/dev/null

if [ "$system" = OpenBSD ]; then
	[ $dry = yes ] || {
		pf_was=$(pfctl -s info 2>/dev/null |
		    sed -n 's/^Status: \([A-Za-z]*\).*/\1/p')
		pfctl -s rules >"$scratch/pf.before" 2>/dev/null
	}
	# What is diverted at the first interface, both ways, without state;
	# neighbour discovery is not.  The two others: see kernel.h.
	cat >"$scratch/pf.conf" <<END
set skip on lo
set reassemble yes
pass no state
pass on $A inet divert-packet port $PORT no state
pass on $A inet6 proto { tcp udp } divert-packet port $PORT no state
pass on $A inet6 proto icmp6 icmp6-type { echoreq echorep } divert-packet port $PORT no state
pass in on $B inet proto udp to port 7001 divert-packet port $PORT keep state
pass out on $B inet proto udp to port 7002 divert-packet port $PORT no state
END
	sed 's/^/# /' "$scratch/pf.conf"
	ruled=yes
	change pfctl -q -f "$scratch/pf.conf" || bail "pf.conf is refused"
	[ "$pf_was" = Enabled ] || change pfctl -q -e
else
	ruled=yes
	add() {
		change ipfw -q add "$@" || bail "ipfw refuses a rule"
	}
	add $RULE divert $PORT ip4 from any to any via "$A"
	# Without these there is no IPv6, and no more is lost.
	add6() {
		change ipfw -q add "$@" || echo "# refused: $*"
	}
	add6 $((RULE + 1)) divert $PORT ip6 from any to any proto udp via "$A"
	add6 $((RULE + 2)) divert $PORT ip6 from any to any proto tcp via "$A"
	add6 $((RULE + 3)) divert $PORT ip6 from any to any \
	    icmp6types 128,129 via "$A"
	add $((RULE + 4)) divert $PORT udp from any to any 7002 out via "$B"
	# After ours, so that a packet written back is not refused.
	add $((RULE + 9)) allow ip from any to any
fi

# ---- the clauses ---------------------------------------------------------

wire="sh '$here/run.sh' _wire $A $B"
if [ $dry = yes ]; then
	echo "# $binary -a 240 -n $RULE -s \"$wire\" $A $B"
	echo "1..0 # SKIP nothing was done"
	exit 0
fi
"$binary" -a 240 -n $RULE -s "$wire" "$A" "$B" >"$scratch/clauses" \
    2>"$scratch/clauses.err"
status=$?
# The plan is ours to say, at the end.
grep -v '^1\.\.' "$scratch/clauses"
sed 's/^/# /' "$scratch/clauses.err"
tests=$(grep -c -E '^(not )?ok ' "$scratch/clauses")
failures=$(grep -c '^not ok ' "$scratch/clauses")
if [ $status -gt 1 ] || { [ $status = 1 ] && [ "$failures" = 0 ]; }; then
	fail "clauses: bsdtest ended with status $status"
else
	pass "clauses: bsdtest came to its end"
fi

if netstat -s -p divert >"$scratch/netstat" 2>&1 &&
    grep -q -i packet "$scratch/netstat"; then
	pass "netstat: shows divert"
	sed 's/^/# /' "$scratch/netstat"
else
	skip netstat "$(sed 1q "$scratch/netstat")"
fi

# ---- the tools -----------------------------------------------------------

CAT=$tree/bin/divertcat/divertcat
COUNT=20

# The command's own shell expands what is between the quotes.
# shellcheck disable=SC2016
# through COMMAND...: it runs between the wires; sets in4, out4, in6, out6
# (what arrived), bad, changed, and ended (its status).
through() {
	in4='' out4='' in6='' out6='' bad='' changed='' ended=''
	: >"$scratch/err"
	"$binary" -a 90 -n $RULE -s "$wire" -e "$scratch/err" -c $COUNT \
	    "$A" "$B" /bin/sh -c 'exec "$@" 2>"$0"' "$scratch/err" "$@" \
	    >"$scratch/through" 2>&1
	grep '^#' "$scratch/through"
	for f in in4 out4 in6 out6 bad changed ended; do
		v=$(sed -n "/^in4=\\|^ended=/s/.*$f=\\([0-9]*\\).*/\\1/p" \
		    "$scratch/through")
		eval "$f=\${v:-none}"
	done
}

# law FIGURE: of the last statistics that a tool wrote.
law() {
	grep '"event_type":"stats"' "$scratch/err" | tail -1 |
	    sed -n 's/.*"stats":{\([^{]*\).*/,\1/p' |
	    sed -n "s/.*,\"$1\":\\([0-9]*\\).*/\\1/p"
}

# crossed NAME COUNT CHANGED: so many arrived each way in each family, whole,
# so many of all with another payload, and the statistics agree with themselves.
crossed() {
	before=$failures
	is "$1" "what arrived, in and out" "$in4 $out4" "$2 $2"
	if [ $system = FreeBSD ] && [ "$in6 $out6" != "$2 $2" ]; then
		skip "$1" "IPv6 is not known here: $in6 $out6, not $2 $2"
	else
		is "$1" "what arrived by IPv6" "$in6 $out6" "$2 $2"
		is "$1" "changed ones" "$changed" "$3"
	fi
	is "$1" "bad checksums" "$bad" 0
	is "$1" "exit status" "$ended" 0
	total=0
	for f in passed replaced dropped expired lost held; do
		v=$(law $f)
		total=$((total + ${v:-0}))
	done
	is "$1" "verdicts, against received" $total "$(law received)"
	[ $before = $failures ] || tail -20 "$scratch/err" | sed 's/^/# /'
}

# Whether a tool is there and opens a divert port here.
opens() {
	[ -x "$1" ] || return 1
	"$1" -h >/dev/null 2>&1 || return 1
}

names='cat-copy cat-command cat-take cat-drop cat-both cat-change'
if opens "$CAT"; then
	through "$CAT" -v --stats json -w "$scratch/copy.pcapng" $PORT
	crossed cat-copy $COUNT 0
	is cat-copy "a capture was written" \
	    "$([ -s "$scratch/copy.pcapng" ] && echo yes)" yes

	through "$CAT" -v --stats json $PORT -- cat
	crossed cat-command $COUNT 0

	through "$CAT" -v --stats json -x -w "$scratch/take.pcapng" $PORT
	crossed cat-take 0 0

	# A filter that gives nothing back: all held packets expire.
	through "$CAT" -v --stats json --timeout 0.5 $PORT udp -- \
	    /bin/sh -c 'cat >/dev/null'
	crossed cat-drop 0 0

	# Both ways by hand: stdout to stdin through a pipe of ours.
	mkfifo "$scratch/back" &&
	    cat >"$scratch/both" <<END
#!/bin/sh
exec 3<>"$scratch/back"
exec "$CAT" -v --stats json -b $PORT <&3 >"$scratch/back"
END
	through /bin/sh "$scratch/both"
	crossed cat-both $COUNT 0

	# The payload changed on the way, and the checksums made right.
	if [ -x "$tree/share/examples/upper.py" ] && command -v python3 \
	    >/dev/null; then
		through "$CAT" -v --stats json $PORT -- \
		    "$tree/share/examples/upper.py"
		crossed cat-change $COUNT $((4 * COUNT))
	else
		skip cat-change "no program here that changes packets"
	fi
else
	for n in $names; do
		skip "$n" "divertcat is not built in $tree"
	done
fi
for t in divertlog divertnat divertinject; do
	if [ -x "$tree/bin/$t/$t" ]; then
		through "$tree/bin/$t/$t" -v --stats json $PORT
		crossed "$t" $COUNT 0
	else
		skip "$t" "$t is not built in $tree"
	fi
done

echo "1..$tests"
echo "# $failures failed of $tests"
[ "$failures" = 0 ]
