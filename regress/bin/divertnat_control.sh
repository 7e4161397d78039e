#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Asking a running divertnat, here one that waits for packets of a pipeline:
# rules read again behind its walls, answers cut short, clients that are many,
# slow or talk nonsense, and that packets go on all the while.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
NAT=$TOP/bin/divertnat/divertnat
CLIENTS=$TOP/regress/bin/divertnat_clients.py
command -v python3 >/dev/null || skip_all "no python3"

pid=
# shellcheck disable=SC2086
trap '[ -z "$pid" ] || kill -KILL $pid 2>/dev/null
    chmod -R u+w "$T" 2>/dev/null; rm -rf "$T"' EXIT

ask() {
	timeout 20 "$NAT" --control "$T/control" "$@" 2>"$T/err"
}

within() {
	tries=$(($1 * 20))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

answers() {
	ask -s info >/dev/null
}

# stage [divertnat argument ...]: waits for packets on descriptor 3.
stage() {
	rm -f "$T/in"
	mkfifo "$T/in"
	"$NAT" -v --control "$T/control" "$@" - <"$T/in" >"$T/out" \
	    2>"$T/stage.err" &
	pid=$!
	exec 3>"$T/in"
	within 10 answers || fail "it answers"
}

# stage_end: its exit status is $status.
stage_end() {
	exec 3>&-
	wait "$pid"
	status=$?
	pid=
}

mkdir "$T/conf" "$T/tables" "$T/other"
chmod 755 "$T/conf" "$T/tables" "$T/other"
echo 10.0.0.0/8 >"$T/tables/inside"
rules() {
	cat <<END
table <inside> file "$T/tables/inside"
match out inet proto udp from <inside> to any port domain \
    nat-to 203.0.113.1
match out inet proto ospf from <inside> to any nat-to 203.0.113.1
END
}
rules >"$T/conf/nat.conf"

# ---- rules again
stage -f "$T/conf/nat.conf"
ask --reload
is "names and a table elsewhere are read again" "$?$(cat "$T/err")" 0
echo 172.16.0.0/12 >"$T/tables/inside"
ask --reload
is "the table is read anew" "$(ask -s rules | grep -c 172.16.0.0)" 2
{
	rules
	echo 'match out nat-to'
	echo 'foo'
} >"$T/conf/nat.conf"
ask --reload
is "wrong rules: exit status 2" $? 2
is "each mistake is a line, with its place" \
    "$(grep -c "^divertnat: $T/conf/nat.conf:[45]:[0-9]*: " "$T/err")" 2
is "and nothing has changed" "$(ask -s rules | wc -l | tr -d ' ')" 2
kill -HUP "$pid"
ok "the same by SIGHUP" within 5 grep -q 'the rules stay as they were' \
    "$T/stage.err"
ok "line by line" grep -q "nat.conf:5:[0-9]*: expected" "$T/stage.err"
: >"$T/conf/nat.conf"
ask --reload
is "an empty file: exit status 2" "$? $(sed 's/.*: //' "$T/err")" \
    "2 no rule is there"
is "nor has that changed anything" "$(ask -s rules | wc -l | tr -d ' ')" 2
rm "$T/conf/nat.conf"
ask --reload
is "no file: exit status 1" "$? $(sed 's/.*: //' "$T/err")" \
    "1 No such file or directory"
rules >"$T/conf/new"
mv "$T/conf/new" "$T/conf/nat.conf"
ask --reload
is "a new file by that name" $? 0
{
	rules
	echo "set state-file \"$T/elsewhere\""
	echo 'set limit states 1000'
} >"$T/conf/nat.conf"
ask --reload
is "what stays as it was" $? 0
ok "limit states is said to" grep -q 'limit states stays 262144' \
    "$T/stage.err"
is "-s info knows the limit in force" "$(ask -s info |
    sed -n 's/.*sessions *[0-9]* of //p')" 262144
echo 10.9.0.0/16 >"$T/other/more"
{
	rules
	echo "table <more> file \"$T/other/more\""
} >"$T/conf/nat.conf"
ask --reload
if grep -q 'landlock' "$T/stage.err"; then
	skip "a table in another folder than at the start" "no landlock"
else
	is "a table in another folder than at the start" \
	    "$? $(grep -c "more: Permission denied" "$T/err")" "1 1"
fi
stage_end
is "an empty pipeline ends" $status 3

rules >"$T/other/real.conf"
ln -s ../other/real.conf "$T/conf/link.conf"
stage -f "$T/conf/link.conf"
ask --reload
is "rules by a link" $? 0
stage_end
ask -s info >/dev/null
is "nobody answers at the end" $? 4
stage -e 'match out inet from any to any nat-to 203.0.113.1'
ask --reload
is "rules of the command line: exit status 1" "$?" 1
ok "which says why" grep -q 'from no file' "$T/err"
ask --save
is "no state file: exit status 1" $? 1
ask -k 10.0.0.300
is "no address: exit status 2" $? 2
is "no state of this host" "$(ask -k 10.0.0.3)" '10.0.0.3: 0 states ended'
stage_end

# ---- clients
cat >"$T/rules" <<END
set limit states 40000
match out inet from 10.0.0.0/8 to any nat-to 203.0.113.1 static-port
END
python3 "$CLIENTS" packets "$T/many.pcap" 30000
stage -f "$T/rules" -D out -F pcap
cat "$T/many.pcap" >&3
has_all() {
	[ "$(ask -s states | wc -l)" -eq 30000 ]
}
ok "a long answer is whole" within 20 has_all
out=$(python3 "$CLIENTS" clients "$T/control" 2>&1)
is "slow, hostile and many clients" "$out" ""
# One more, of the same time.
python3 "$CLIENTS" packets "$T/more.pcap" 30001
size() {
	wc -c <"$T/out" | tr -d ' '
}
before=$(size)
: >"$T/hold"
python3 "$CLIENTS" hold "$T/control" >"$T/hold" 3>&- &
hold=$!
within 10 grep -q held "$T/hold"
tail -c 44 "$T/more.pcap" >&3
grown() {
	[ "$(size)" -gt "$before" ]
}
ok "packets go on while clients do not read" within 5 grown
kill $hold
# Given up for others: it says that this is not all.
ask -s states | {
	read -r _
	python3 "$CLIENTS" crowd "$T/control" all
	cat >/dev/null
}
ok "an answer cut short is no whole one" grep -q 'ended early' "$T/err"
: >"$T/hold"
python3 "$CLIENTS" hold "$T/control" >"$T/hold" 3>&- &
hold=$!
within 10 grep -q held "$T/hold"
stage_end
is "it ends all the same" $status 0
kill $hold 2>/dev/null

# ---- the socket
ln -s "$T/nowhere" "$T/control2"
"$NAT" --control "$T/control2" -f "$T/rules" -D out -r "$T/more.pcap" \
    2>"$T/err"
is "a link in place of the socket: exit status 1" $? 1
ok "said in a line" grep -q 'control2: File exists' "$T/err"
stage -f "$T/rules"
timeout 10 "$NAT" --control "$T/control" -f "$T/rules" -D out \
    -r "$T/more.pcap" 2>"$T/err"
is "the socket of another: exit status 4" $? 4
answers
is "who is asked there as before" $? 0
kill -STOP "$pid"
python3 "$CLIENTS" crowd "$T/control"
timeout 10 "$NAT" --control "$T/control" -f "$T/rules" -D out \
    -r "$T/more.pcap" 2>"$T/err"
is "also while that one hangs" $? 4
kill -CONT "$pid"
stage_end
plan
