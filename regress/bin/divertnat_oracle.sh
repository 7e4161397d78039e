#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 300
#
# divertnat against oracles from elsewhere, over every IP packet of the captures
# and packets made by scapy: what leaves differs from what came in the address,
# the port, the identifier and the sums of one side alone (arithmetic anew over
# the whole packet, and each field tshark knows); its answers come back as they
# were sent, and errors quote what their receivers sent, byte by byte.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
NAT=$TOP/bin/divertnat/divertnat
CAT=$TOP/bin/divertcat/divertcat
COMPARE=$TOP/regress/bin/divertnat_oracle.py
OTHERS=$TOP/../shared/data
TZ=UTC
# tshark looks for its settings at home.
HOME=$T
export HOME TZ

[ -x "$NAT" ] || skip_all "no divertnat"
PYTHON=
for p in python3 /usr/bin/python3; do
	if "$p" -c 'import scapy' 2>/dev/null; then
		PYTHON=$p
		break
	fi
done
[ -n "$PYTHON" ] || skip_all "no scapy"

# oracle WHAT ARGUMENT...: of divertnat_oracle.py.
oracle() {
	what=$1
	shift
	if "$PYTHON" "$COMPARE" "$@" >"$T/said" 2>&1; then
		pass "$what: $(tail -n 1 "$T/said")"
	else
		fail "$what: $(tail -n 1 "$T/said")"
		cut -c -300 "$T/said" | head -n 20 | sed 's/^/# /'
	fi
}

oracle "packets of scapy's" made "$T/made.pcap"
set -- "$TOP"/regress/data/*.pcap*
[ ! -d "$OTHERS" ] || set -- "$@" "$OTHERS"/captures/*.pcap* \
    "$OTHERS"/community-id/pcaps/*
mkdir "$T/raw"
for f; do
	timeout 20 "$CAT" -q -F pcap -r "$f" >"$T/raw/${f##*/}" 2>/dev/null \
	    </dev/null
done
oracle "those of captures" gather "$T/in.pcap" "$T/made.pcap" "$T"/raw/*
[ -d "$OTHERS" ] || skip "captures of other tools" "no ../shared/data"

# translate RULES IN OUT STATS
translate() {
	"$NAT" -f "$1" --outbound \
	    'not (dst net 198.18.0.0/24 or dst net 2001:db8:ffff::/48)' \
	    -r "$2" -F pcap -w "$3" --stats json 2>"$4"
}

# both WHAT RULES NET...: out and back.
both() {
	rule=$1
	rules=$2
	shift 2
	{ echo "set limit errors 0"; echo "set limit states 30000"; } |
	    cat - "$rules" >"$T/rules"
	translate "$T/rules" "$T/in.pcap" "$T/out.pcap" "$T/stats"
	oracle "$rule: out" left "$T/in.pcap" "$T/out.pcap" "$T/stats" "$@"
	"$PYTHON" "$COMPARE" answers "$T/in.pcap" "$T/out.pcap" "$T/file.pcap" \
	    "$T/wanted" >/dev/null
	translate "$T/rules" "$T/file.pcap" "$T/back.pcap" "$T/stats"
	oracle "$rule: back" back "$T/file.pcap" "$T/back.pcap" "$T/stats" \
	    "$T/wanted"
}

cat >"$T/overlap" <<'END'
set mapping port-overlap
set filtering address-and-port-dependent
set unmatched drop
match out inet from any to any nat-to 198.18.0.7
match out inet6 from any to any nat-to 2001:db8:ffff::7
END
both "by remotes" "$T/overlap" 0.0.0.0/0 ::/0

cat >"$T/one" <<'END'
match inet from 10.1.2.0/24 to any binat-to 198.18.0.0/24
match inet6 from fd00::/48 to any npt-to 2001:db8:ffff::/48
END
both "one for one" "$T/one" 10.1.2.0/24 fd00::/48

cat >"$T/pool" <<'END'
match out inet from any to any nat-to 198.18.0.0/24
match out inet6 from any to any nat-to 2001:db8:ffff::/120
END
both "by mappings" "$T/pool" 0.0.0.0/0 ::/0
if command -v tshark >/dev/null; then
	oracle "for tshark" tshark "$T/in.pcap" "$T/out.pcap"
else
	skip "for tshark" "no tshark"
fi

#
# The comparison can fail: one bit of the first packet that left, of its TTL, of
# its header sum, of its payload.
#
translate "$T/rules" "$T/in.pcap" "$T/out.pcap" "$T/stats"
# bit AT: of the file, behind the headers of capture and packet.
bit() {
	"$PYTHON" - "$T/out.pcap" "$T/bad.pcap" "$1" <<'END'
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
data[24 + 16 + int(sys.argv[3])] ^= 1
open(sys.argv[2], 'wb').write(data)
END
}
for at in 8 11 30; do
	bit $at
	ok "seen: byte $at" eval "! \"$PYTHON\" \"$COMPARE\" left \"$T/in.pcap\" \
	    \"$T/bad.pcap\" \"$T/stats\" 0.0.0.0/0 ::/0 >/dev/null"
done
sed -e '1s/0$/1/' -e t -e '1s/.$/0/' "$T/wanted" >"$T/bad"
ok "seen: an answer" eval "! \"$PYTHON\" \"$COMPARE\" back \"$T/file.pcap\" \
    \"$T/back.pcap\" \"$T/stats\" \"$T/bad\" >/dev/null 2>&1"
plan
