#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [divertnat] em1 -- server
# The lines of divertnat(8) that begin with `#', as they stand there, with the
# interfaces and addresses of here: the firewall's, and the examples on a live
# port.  The others are run by bin/manexamples.sh.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables jq sysctl
in_lab --no-rules

PATH=$(dirname "$DIVERTNAT"):$PATH
export PATH
cd "$T" || exit 1
# Lines of a display that end with a backslash go on.  em0 is outside there.
sed -e 's/\\e$/\\/' -e 's/^\.Dl //' "$TOP/share/man/divertnat.8" |
    sed -e :a -e '/\\$/N; s/\\\n//; ta' |
    sed -n 's/^# //p' | sed -e 's/em1/INSIDE/g' -e 's/em0/em1/g' \
    -e 's/INSIDE/em0/g' -e 's,192\.168\.0\.0/16,192.0.2.0/24,' \
    -e "s,/etc/,$T/,g" >lines

# line PATTERN: the one line of the page with these words.
line() {
	grep -e "$1" lines >one
	is "the page has one line '$1'" "$(wc -l <one | tr -d ' ')" 1
	cat one >>seen
	command=$(cat one)
}

: >seen
for words in 'iptables -t mangle' 'iptables -t raw' 'sysctl '; do
	line "$words"
	sh -c "$command" >out 2>err || skip_all "no iptables with NFQUEUE"
	empty "$words: says nothing against it" "$(cat err)"
done
watch_leaks

# begin ARGUMENT...: until it can be asked.
begin() {
	start nat "$@"
	asked() {
		divertnat -q -s info 700 >/dev/null 2>&1
	}
	within 10 asked
}

line 'nat-to (em1).* 700'
begin sh -c "exec $command"
udp_listen -n 5
udp_send "$DIVERTLAB_SERVER4" 5
udp_end
is "a home router: datagrams arrive" "$(arrived received)" 5
ping_to "$DIVERTLAB_SERVER4" 2 -r 4
is "and are answered" "$replies" 2
is "no inside address was seen outside" "$(leaks)" 0

line 'uniq -c'
sh -c "$command" >out 2>err
is "who holds how many states: as many as there are" \
    "$(awk '{ print $1, $2 }' out) $(cat err)" \
    "$(divertnat -s states 700 | wc -l | tr -d ' ') $DIVERTLAB_CLIENT4 "
stop nat
is "drained" $status 0

echo 'match out on em1 from 192.0.2.0/24 to any nat-to (em1)' >nat.conf
begin divertnat -f nat.conf 700
line 'divertnat --reload'
echo 'pass out on em1 from 192.0.2.77' >>nat.conf
sh -c "$command" >out 2>err
is "change the rules: status" "$? $(cat err)" "0 "
is "and they are changed" "$(divertnat -s rules 700 | grep -c ^pass)" 1
echo 'nonsense' >>nat.conf
sh -c "$command" >out 2>err
is "but not if they are wrong: status" $? 2
is "and they are not changed" "$(divertnat -s rules 700 | wc -l |
    tr -d ' ')" 2
stop nat
is "drained again" $status 0

printf 'interface em1\nredirect_port tcp 192.0.2.2:80 8080\n' >natd.conf
line 'from-natd'
sh -c "$command" >out 2>err
is "move from natd: status" "$? $(cat err)" "0 "
ok "and what came out are rules" divertnat -n -f divertnat.conf
ok "for the port" grep -q 'rdr-to 192\.0\.2\.2 port 80' divertnat.conf

is "no other line of the page is left" "$(sort -u seen | wc -l | tr -d ' ')" \
    "$(sort -u lines | wc -l | tr -d ' ')"
plan
