#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [divertnat] em1 -- server
# State files that are none, of another day or version, and disks that are
# full: what is said, what is used, what is kept, how it ends.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables python3
in_lab --no-rules

nat_rules || skip_all "no iptables with NFQUEUE"
mkdir "$T/state" "$T/closed"
chmod 777 "$T/state"
file=$T/state/700
rules() {
	cat >"$T/rules" <<END
set state-file "$1"
match out on em1 inet from 192.0.2.0/24 to any nat-to 198.51.100.1
END
}
rules "$file"

# refused WHAT SENTENCE: it does not start with such a file.
refused() {
	start nat "$DIVERTNAT" --control "$T/control" -f "$T/rules" 700
	finish nat
	is "$1: exit status 1" $status 1
	is "$1: one line" "$(sed 's/.*: //' "$T/nat.err")" "$2"
}

# begins WHAT LINE: it starts, and says so in a line.
begins() {
	nat_start -f "$T/rules"
	is "$1: it is said" "$(grep -c "$2" "$T/nat.err")" 1
	stop nat
	is "$1: exit status 0" $status 0
	ok "$1: a file is written" test -s "$file"
}

# change FILE OFFSET FORMAT VALUE: in the first block, whose sum is made anew.
change() {
	python3 - "$@" <<'END'
import struct
import sys

path, offset, form, value = sys.argv[1:]
with open(path, 'rb') as f:
    data = bytearray(f.read())
length = struct.unpack_from('=I', data, 12)[0]
at = int(offset)
if value[0] in '+-':
    value = struct.unpack_from(form, data, at)[0] + int(value)
struct.pack_into(form, data, at, int(value))
crc = 0xffffffff
for byte in data[8:length]:
    crc ^= byte
    for _ in range(8):
        crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
struct.pack_into('=I', data, 4, crc ^ 0xffffffff)
with open(path, 'wb') as f:
    f.write(data)
END
}

nat_start -f "$T/rules"
udp_send "$DIVERTLAB_SERVER4" 2
stop nat
is "a state is saved" $status 0
cp "$file" "$T/good"

ln -sf "$T/good" "$file"
refused "a link" 'is a symbolic link'
rm "$file"
mkfifo "$file"
refused "a FIFO" 'is no file'
rm "$file"
mkdir "$file"
refused "a folder" 'is no file'
rmdir "$file"
rules "$T/none/state/700"
refused "no such folder" 'No such file or directory'
rules "$file"

: >"$file"
begins "an empty file" 'begins without states'
ok "which is kept" test -e "$file.damaged"
rm "$file.damaged"
cp "$T/good" "$file"
change "$file" 16 =I 99
begins "another version" '700: .*version.*begins without states'
ok "which is kept" test -s "$file.damaged"
rm "$file.damaged"

# The clock: of the file's header, nanoseconds.
cp "$T/good" "$file"
change "$file" 24 =q +3600000000000
begins "of the future" ': 1 states restored, 0 have expired'
cp "$T/good" "$file"
change "$file" 24 =q -100000000000
begins "a while ago" ': 1 states restored, 0 have expired'
cp "$T/good" "$file"
change "$file" 24 =q -3600000000000
begins "of an hour ago" ': 0 states restored, 1 have expired'
cp "$T/good" "$file"
sed 's/192\.0\.2/10.0.0/' "$T/rules" >"$T/other"
mv "$T/other" "$T/rules"
begins "of other rules" ': 0 states restored, 0 have expired, 1 are not allowed'
rules "$file"

# A folder that the unprivileged user may not write in, where there is one.
if [ "$(id -u)" = 0 ] && touch "$T/try" && chown nobody "$T/try" 2>/dev/null
then
	rules "$T/closed/700"
	nat_start -f "$T/rules"
	ok "no room for it: said at the start" grep -q \
	    'closed/700: cannot be written: Permission denied' "$T/nat.err"
	nat_ask --save 2>"$T/out"
	is "no room for it: --save says so" "$? $(cat "$T/out")" \
	    '1 divertnat: the state file: Permission denied'
	stop nat
	is "no room for it: exit status 1" $status 1
	rules "$file"
else
	skip "a folder of another user" "there is no other user here"
fi

# A disk that is full: no file may be larger than 4 KB.
cp "$T/good" "$file"
cat >"$T/limited" <<'END'
ulimit -f 8
exec "$@"
END
tool=nat
start nat sh "$T/limited" "$DIVERTNAT" -v --stats json --control "$T/control" \
    -f "$T/rules" 700
tool_ready
lab client python3 - "$DIVERTLAB_SERVER4" <<'END'
import socket
import sys
for _ in range(100):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b'x', (sys.argv[1], 7777))
END
nat_ask --save 2>"$T/out"
is "a full disk: --save says so" "$? $(cat "$T/out")" \
    '1 divertnat: the state file: File too large'
ok "a full disk: the file before is kept" cmp "$T/good" "$file"
ok "a full disk: nothing else is left" test ! -e "$file.new"
ping_to "$DIVERTLAB_SERVER4" 2 -r 4
is "a full disk: traffic goes on" "$replies" 2
stop nat
is "a full disk: exit status 1" $status 1
is "a full disk: one line at the end" \
    "$(grep -c 'the states of the end are not saved' "$T/nat.err")" 1
ok "a full disk: the file before is still there" cmp "$T/good" "$file"
conserved
plan
