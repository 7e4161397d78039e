#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# divertnat_oracle.py made FILE             packets of scapy's, a capture
# divertnat_oracle.py gather FILE IN ...    the packets of captures, in one
# divertnat_oracle.py left IN OUT STATS NET ...     what has left, against what
#                                           came; NET: whose it is to translate
# divertnat_oracle.py answers IN OUT FILE WANTED    answers, and errors about them
# divertnat_oracle.py back FILE OUT STATS WANTED    what has become of those
# divertnat_oracle.py tshark IN OUT         each field that tshark knows
#
# The oracle of divertnat_oracle.sh.  All captures but those of gather are
# classic ones of raw IP packets, each with a time of its own, by which a packet
# is known again.  In IN all packets go out; in FILE those to the pool come in.
#
# What must come out is told from the packets alone: arithmetic of sums is done
# anew over the whole packet, and an error that comes back must quote what its
# receiver had sent, byte by byte.  Prints what is wrong, and a last line with
# figures.

import collections
import ipaddress
import json
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

# What all sources become one of.
POOL = ipaddress.ip_network('198.18.0.0/24'), \
    ipaddress.ip_network('2001:db8:ffff::/48')
TCP, UDP, ICMP, ICMP6, SCTP, DCCP, UDPLITE = 6, 17, 1, 58, 132, 33, 136
START = 1000000000

problems = 0


def problem(*words):
    global problems
    problems += 1
    if problems <= 40:
        print(*words)


def capture(path, packets):
    """The packets, a microsecond apart or at the times given."""
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for at, packet in packets:
            f.write(struct.pack('<IIII', START + at // 1000000, at % 1000000,
                                len(packet), len(packet)) + packet)


def read(path):
    """(time, packet, length it had) of each."""
    with open(path, 'rb') as f:
        data = f.read()
    order = '<' if data[:1] in b'\xd4\x4d' else '>'
    nano = data[:4] in (b'\x4d\x3c\xb2\xa1', b'\xa1\xb2\x3c\x4d')
    at = 24
    while at + 16 <= len(data):
        seconds, part, size, wire = struct.unpack_from(order + 'IIII', data,
                                                       at)
        yield ((seconds - START) * 1000000 + (part // 1000 if nano else part),
               data[at + 16:at + 16 + size], wire)
        at += 16 + size


def gather(path, sources):
    packets, at = [], 0
    for source in sources:
        for _, packet, wire in read(source):
            # One cut by its capture is dropped, and that is seen elsewhere.
            if packet and packet[0] >> 4 in (4, 6) and len(packet) == wire:
                packets.append((at, packet))
                at += 1
    capture(path, packets)
    print('%d packets' % len(packets))


# --- packets of scapy's

def made(path):
    import scapy.all as s
    s.conf.verb = 0
    a4, r4, a6, r6 = '10.1.2.3', '192.0.2.9', 'fd00::5', '2001:db8:9::9'
    out = []

    def add(*packets):
        out.extend(bytes(p) for p in packets)

    def sctp(port, crc=None):
        return s.SCTP(sport=port, dport=9, chksum=crc) / \
            s.SCTPChunkInit(init_tag=7)
    l4 = [
        ('udp', s.UDP(sport=4001, dport=99) / b'udp'),
        ('odd', s.UDP(sport=4002, dport=99) / b'odd!!'),
        ('none', s.UDP(sport=4003, dport=99, chksum=0) / b'no sum'),
        ('bad', s.UDP(sport=4004, dport=99, chksum=0x1234) / b'a wrong sum'),
        ('ones', s.UDP(sport=4005, dport=99) / (b'\xff' * 64)),
        ('zeros', s.UDP(sport=4006, dport=99) / (b'\0' * 64)),
        ('syn', s.TCP(sport=4007, dport=99, options=[
            ('MSS', 1460), ('SAckOK', b''), ('Timestamp', (1, 0)),
            ('NOP', None), ('WScale', 7)])),
        ('data', s.TCP(sport=4008, dport=99, flags='PA', seq=7, ack=9) /
         (b'x' * 1401)),
        ('urgent', s.TCP(sport=4009, dport=99, flags='AUEC', urgptr=5) /
         b'abcdef'),
        ('badtcp', s.TCP(sport=4010, dport=99, chksum=0xbeef) / b'wrong'),
        ('rst', s.TCP(sport=4011, dport=99, flags='R')),
        ('sctp', sctp(4012)), ('badsctp', sctp(4012, 0x01020304)),
        ('gre', s.GRE(proto=0x800) / s.IP(src='1.1.1.1', dst='2.2.2.2') /
         s.UDP()),
        ('esp', s.ESP(spi=5, seq=6, data=b'secret!!' * 4)),
        ('ipip', s.IP(src='1.1.1.1', dst='2.2.2.2') / s.UDP() / b'inner'),
    ]

    def raw_sum(proto, size, cover, at, v6):
        """Of UDP-Lite and DCCP, which scapy does not sum."""
        p = bytearray(range(1, size + 1))
        p[0:4] = struct.pack('!HH', 4020, 99)
        if proto == UDPLITE:
            p[4:6] = struct.pack('!H', cover)
        else:
            p[4:6] = bytes((4, 0))
        p[at:at + 2] = b'\0\0'
        ends = [ipaddress.ip_address(x).packed
                for x in ((a6, r6) if v6 else (a4, r4))]
        pseudo = b''.join(ends) + struct.pack('!II', size, proto)
        p[at:at + 2] = struct.pack('!H', (0xffff ^ words(
            pseudo + bytes(p[:cover or size]))) or 0xffff)
        return s.Raw(bytes(p))
    for _, upper in l4:
        add(s.IP(src=a4, dst=r4, id=5, ttl=33, tos=0x2e) / upper,
            s.IPv6(src=a6, dst=r6, hlim=33, tc=0x2e, fl=0x12345) / upper)
    for size, cover in ((60, 8), (60, 20), (61, 61), (60, 0)):
        add(s.IP(src=a4, dst=r4, proto=UDPLITE) /
            raw_sum(UDPLITE, size, cover, 6, False),
            s.IPv6(src=a6, dst=r6, nh=UDPLITE) /
            raw_sum(UDPLITE, size, cover, 6, True))
    add(s.IP(src=a4, dst=r4, proto=DCCP) / raw_sum(DCCP, 48, 16, 6, False),
        s.IPv6(src=a6, dst=r6, nh=DCCP) / raw_sum(DCCP, 48, 16, 6, True))
    # Queries.
    add(s.IP(src=a4, dst=r4) / s.ICMP(id=77, seq=2) / b'ping',
        s.IP(src=a4, dst=r4) / s.ICMP(id=78, chksum=0x5555) / b'wrong',
        s.IP(src=a4, dst=r4) / s.ICMP(type=13, id=79),
        s.IPv6(src=a6, dst=r6) / s.ICMPv6EchoRequest(id=80, data=b'six'),
        s.IPv6(src=a6, dst=r6) / s.ICMPv6EchoRequest(id=81, cksum=0x6666))
    # Options and extension headers.
    udp = s.UDP(sport=4030, dport=99) / b'behind options'
    tcp = s.TCP(sport=4031, dport=99, flags='A') / b'behind options'
    for upper in (udp, tcp, s.ICMP(id=82) / b'x'):
        for options in ([s.IPOption_RR(length=11, pointer=4,
                                       routers=['0.0.0.0', '0.0.0.0'])],
                        [s.IPOption_NOP()] * 3, [s.IPOption_Router_Alert()],
                        [s.IPOption_Timestamp(length=8)]):
            add(s.IP(src=a4, dst=r4, options=options) / upper)
    for upper in (udp, tcp, s.ICMPv6EchoRequest(id=83)):
        for head in (s.IPv6ExtHdrHopByHop(options=[s.PadN(optdata=b'\0\0')]),
                     s.IPv6ExtHdrDestOpt(options=[s.PadN(optdata=b'\0\0')]),
                     s.IPv6ExtHdrFragment(id=9),
                     s.IPv6ExtHdrRouting(segleft=0,
                                         addresses=['2001:db8::77']),
                     s.IPv6ExtHdrRouting(segleft=1,
                                         addresses=['2001:db8::77']),
                     s.IPv6ExtHdrHopByHop() / s.IPv6ExtHdrDestOpt() /
                     s.IPv6ExtHdrFragment(id=10)):
            add(s.IPv6(src=a6, dst=r6) / head / upper)
    # What is bound to its addresses.
    add(s.IP(src=a4, dst=r4) / s.AH(nh=17, payloadlen=4, icv=b'x' * 12) / udp,
        s.IPv6(src=a6, dst=r6) / s.AH(nh=17, payloadlen=4, icv=b'x' * 12) /
        udp, s.IP(src=a4, dst=r4, options=[s.IPOption_LSRR(
            length=7, pointer=4, routers=['9.9.9.9'])]) / udp)
    # Fragments, in order and not.
    big4 = s.IP(src=a4, dst=r4, id=500) / s.UDP(sport=4040, dport=99) / \
        (b'fragments' * 300)
    big6 = s.IPv6(src=a6, dst=r6) / s.IPv6ExtHdrFragment(id=501) / \
        s.UDP(sport=4041, dport=99) / (b'fragments' * 300)
    pieces = s.fragment(big4, 496), s.fragment6(big6, 600)
    add(*pieces[0], *pieces[1])
    for p in pieces[0]:
        p.id = 502
        del p.chksum
    for p in pieces[1]:
        p[s.IPv6ExtHdrFragment].id = 503
    add(*reversed(pieces[0]), *reversed(pieces[1]))
    # A bad header sum, and bytes behind the packet.
    add(s.IP(src=a4, dst=r4, chksum=0x0102) / s.UDP(sport=4050, dport=99))
    out.append(bytes(s.IP(src=a4, dst=r4) / s.UDP(sport=4051, dport=99)) +
               b'\0' * 18)
    capture(path, list(enumerate(out)))
    print('%d packets' % len(out))


# --- arithmetic and headers

def words(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total % 0xffff


Layer = collections.namedtuple('Layer', 'v6 proto at end first whole routed')


def headers(p, quoted=False):
    """Where the upper layer is; None: it is not there."""
    if p[0] >> 4 == 4:
        if len(p) < 20 or p[0] & 15 < 5:
            return None
        offset = struct.unpack_from('!H', p, 6)[0]
        end = struct.unpack_from('!H', p, 2)[0]
        if end > len(p) and not quoted:
            return None
        return Layer(False, p[9], (p[0] & 15) * 4, min(end, len(p)),
                     offset & 0x1fff == 0,
                     offset & 0x3fff == 0 and end <= len(p), False)
    if len(p) < 40:
        return None
    end, kind, at = 40 + struct.unpack_from('!H', p, 4)[0], p[6], 40
    whole, routed = end <= len(p), False
    if not whole and not quoted:
        return None
    end = min(end, len(p))
    while kind in (0, 43, 44, 60, 135, 139, 140):
        if at + 8 > end or (kind > 100 and p[at] == 59):
            break
        size = 8
        if kind == 44:
            fragment = struct.unpack_from('!H', p, at + 2)[0]
            if fragment >> 3:
                return Layer(True, p[at], at + 8, end, False, False, routed)
            whole = whole and fragment & 1 == 0
        else:
            size = (p[at + 1] + 1) * 8
        if kind == 43 and p[at + 3]:
            routed = True
        kind, at = p[at], at + size
    return Layer(True, kind, at, end, True, whole, routed)


SUM_AT = {TCP: 16, UDP: 6, UDPLITE: 6, DCCP: 6, ICMP: 2, ICMP6: 2}
# With a pseudo-header, but with IPv6 only: OSPF, PIM, VRRP, mobility, HIP.
ONLY6 = {89: 12, 103: 2, 112: 6, 135: 4, 139: 4}


def sum_at(h):
    at = SUM_AT.get(h.proto) or (ONLY6.get(h.proto) if h.v6 else None)
    if h.proto in (ICMP, ICMP6) and not is_icmp(h):
        at = None
    return at if h.first else None


def imbalance(p, h):
    """What the sum lacks, of all bytes that are here: an invariant."""
    at = sum_at(h)
    if at is None or h.at + at + 2 > h.end:
        return None
    if h.proto in (UDP, UDPLITE) and p[h.at + 6:h.at + 8] == b'\0\0':
        return 'none'
    body = p[h.at:h.end]
    if h.proto == UDPLITE and h.whole:
        body = body[:struct.unpack_from('!H', p, h.at + 4)[0] or len(body)]
    if h.proto == ICMP:
        return words(body)
    # The final destination of a routed packet is none of ours.
    ends = p[8:40] if h.v6 else p[12:20]
    if h.routed:
        ends = p[8:24]
    return words(ends + body)


def mask(p, h, side):
    """Without what may change: one side's address and port, the sums."""
    b = bytearray(p)

    def clear(at, n):
        b[at:min(at + n, len(b))] = bytes(len(b[at:min(at + n, len(b))]))
    clear((8, 24)[side] if h.v6 else (12, 16)[side], 16 if h.v6 else 4)
    if not h.v6:
        clear(10, 2)
    if h.first:
        if h.proto in (TCP, UDP):
            clear(h.at + 2 * side, 2)
        elif h.proto in (ICMP, ICMP6) and is_query(p, h):
            clear(h.at + 4, 2)
        if sum_at(h) and imbalance(p, h) != 'none':
            clear(h.at + sum_at(h), 2)
    quote = quote_of(p)
    return bytes(b[:h.at + 8] if quote else b)


def check_quote(at, p, q):
    """Of an error on its way out: the other side's."""
    p, q = quote_of(p), quote_of(q)
    if p is None or p == q:
        return
    h = headers(p, True)
    if mask(p, h, 1) != mask(q, h, 1) or \
            imbalance(p, h) != imbalance(q, h) or \
            (not h.v6 and words(p[:h.at]) != words(q[:h.at])):
        problem(at, 'the quote', p.hex(), q.hex())


def is_query(p, h):
    if h.proto == ICMP6:
        return p[h.at] in (128, 129)
    return p[h.at] in (8, 0, 13, 14)


def statistics(path):
    with open(path) as f:
        lines = [line for line in f if '"event_type":"stats"' in line]
    return json.loads(lines[-1])


def check_counts(stats, came, went):
    """Nothing is lost, and each drop has a name."""
    port, nat = stats['stats'], stats['stats']['nat']
    dropped = sum(nat['dropped'].values())
    if port['received'] != came or port['dropped'] != dropped or \
            port['passed'] + port['replaced'] + port['dropped'] != came or \
            port['passed'] + port['replaced'] != went or \
            port['held'] + port['lost'] + port['expired'] != 0:
        problem('counts:', came, went, port, nat)


# --- out

def left(before, after, stats, *inside):
    inside = [ipaddress.ip_network(net) for net in inside]
    got = collections.defaultdict(list)
    for at, p, _ in read(after):
        got[at].append(p)
    came = went = changed = sums = 0
    for at, p, _ in read(before):
        came += 1
        out = got.pop(at, [])
        if not out:
            continue
        went += 1
        q, h = out[0], headers(p, True)
        ours = h is not None and any(
            ipaddress.ip_address(ends(p, h.v6)[0]) in net for net in inside)
        # Bytes behind the packet are none of it.
        if len(out) > 1 or len(q) != (h.end if ours else len(p)):
            problem(at, 'more than one, or of another length')
            continue
        if not ours:
            if q != p:
                problem(at, 'nobody asked for this', p.hex(), q.hex())
            continue
        p = p[:h.end]
        changed += 1
        if ipaddress.ip_address(ends(q, h.v6)[0]) not in POOL[h.v6]:
            problem(at, 'left untranslated', p.hex())
        if mask(p, h, 0) != mask(q, h, 0):
            problem(at, 'another byte changed', p.hex(), q.hex())
        if not h.v6 and words(p[:h.at]) != words(q[:h.at]):
            problem(at, 'the header sum', p.hex(), q.hex())
        sums += 1
        if imbalance(p, h) != imbalance(q, h):
            problem(at, 'the sum', p.hex(), q.hex())
        check_quote(at, p, q)
    if got:
        problem(len(got), 'packets from nowhere')
    check_counts(statistics(stats), came, went)
    print('%d sums in %d packets of %d' % (sums, changed, came))


# --- and back

def mirror(p, h):
    """The answer: both ends change places."""
    b = bytearray(p)
    if h.v6:
        b[8:24], b[24:40] = p[24:40], p[8:24]
    else:
        b[12:16], b[16:20] = p[16:20], p[12:16]
    if h.first and h.proto in (TCP, UDP):
        b[h.at:h.at + 2], b[h.at + 2:h.at + 4] = \
            p[h.at + 2:h.at + 4], p[h.at:h.at + 2]
    elif h.first and is_icmp(h):
        # From request to reply, and the sum with it.
        b[h.at] = {8: 0, 13: 14, 128: 129}[p[h.at]]
        total = struct.unpack_from('!H', p, h.at + 2)[0] + \
            ((p[h.at] - b[h.at]) << 8)
        struct.pack_into('!H', b, h.at + 2, (total & 0xffff) +
                         (total >> 16) if total >= 0 else
                         (total - 1) & 0xffff)
    return bytes(b)


def is_icmp(h):
    return h.proto == (ICMP6 if h.v6 else ICMP)


def answerable(p, h):
    """A whole packet to one host, with its like on the way back."""
    if h is None or h.routed or not h.first or len(p) != h.end or \
            h.proto in (51, 2, 59):
        return False
    if is_icmp(h):
        return p[h.at] in (8, 13, 128)
    return h.proto not in (ICMP, ICMP6)


def error(src, dst, quoted, v6, extended=False, bad=0):
    """An ICMP error: host unreachable."""
    head = b'\x01\x03' if v6 else b'\x03\x01'
    rest = bytearray(4)
    if extended:
        quoted = quoted[:128] + bytes(128 - len(quoted[:128]))
        rest[0 if v6 else 1] = 128 // (8 if v6 else 4)
        quoted += struct.pack('!BBHHBB', 0x20, 0, 0, 8, 1, 1) + b'\1\2\3\4'
    body = head + b'\0\0' + bytes(rest) + quoted
    pseudo = src + dst + struct.pack('!II', len(body), ICMP6) if v6 else b''
    total = 0xffff ^ words(pseudo + body) ^ bad
    body = body[:2] + struct.pack('!H', total) + body[4:]
    if v6:
        return struct.pack('!IHBB', 6 << 28, len(body), ICMP6, 60) + src + \
            dst + body
    ip = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(body), 3, 0, 60, ICMP,
                     0) + src + dst
    return ip[:10] + struct.pack('!H', 0xffff ^ words(ip)) + ip[12:] + body


def ends(p, v6):
    return (p[8:24], p[24:40]) if v6 else (p[12:16], p[16:20])


CUTS = 0, 4, 8, 12, 20, 37, 10000


def answers(before, after, path, wanted):
    """All of before, and then: (what comes, what must become of it)."""
    packets = [(at, p) for at, p, _ in read(before)]
    out = {at: p for at, p, _ in read(after)}
    then = max(out) + 1000
    wants = []
    for number, (at, p) in enumerate(packets):
        h = headers(p)
        if out.get(at, p) == p or not answerable(p, h):
            continue
        q = out[at]
        (inside, remote), (outside, _) = ends(p, h.v6), ends(q, h.v6)
        wants.append((mirror(q, h), mirror(p, h)))
        cut = CUTS[number % len(CUTS)]
        size = h.at + cut
        # Errors quote what was sent, and say so to who sent it.
        if h.at + cut <= 1000 or cut == 10000:
            wants.append((error(remote, outside, q[:min(size, 1200)], h.v6),
                          error(remote, inside, p[:min(size, 1200)], h.v6)))
        wants.append((error(remote, outside, q, h.v6, True),
                      error(remote, inside, p, h.v6, True)))
        # Of the inside about what it got.
        back, came = mirror(q, h), mirror(p, h)
        wants.append((error(inside, remote, came[:min(size, 1200)], h.v6),
                      error(outside, remote, back[:min(size, 1200)], h.v6)))
        wants.append((error(remote, outside, q[:h.at + 8], h.v6, bad=1),
                      None))
    capture(path, packets + [(then + i, p[0]) for i, p in enumerate(wants)])
    with open(wanted, 'w') as f:
        for i, (came, want) in enumerate(wants):
            f.write('%d %s %s\n' % (then + i, came.hex(),
                                    want.hex() if want else '-'))
    print('%d answers and errors' % len(wants))


def tuple_of(p, h):
    return h.proto, p[8:40] if h.v6 else p[12:20]


def quote_of(p):
    """The quoted packet of an error, else None."""
    h = headers(p)
    if h is None or not h.first or not is_icmp(h) or h.at + 8 > len(p):
        return None
    kind = p[h.at]
    if kind in (1, 2, 3, 4) if h.v6 else kind in (3, 11, 12):
        return p[h.at + 8:h.end]
    return None


def same_sums(p, q):
    """Equal but for sums of 0 and ffff, which are one number."""
    if p == q:
        return True
    if len(p) != len(q):
        return False
    differ = [i for i in range(len(p)) if p[i] != q[i]]
    return len(differ) == 2 and differ[1] == differ[0] + 1 and \
        {p[differ[0]:differ[1] + 1], q[differ[0]:differ[1] + 1]} == \
        {b'\0\0', b'\xff\xff'}


def must_be_dropped(came):
    """An error about a packet with a bad header sum (RFC 5508 REQ-3)."""
    quote = quote_of(came)
    return quote is not None and quote[0] >> 4 == 4 and \
        words(quote[:(quote[0] & 15) * 4]) != 0


def unanswered(came):
    """A quote that tells neither port nor identifier."""
    quote = quote_of(came)
    if quote is None:
        return False
    h = headers(quote, True)
    if h is None:
        return True
    need = {TCP: 4, UDP: 4, ICMP: 8, ICMP6: 8}.get(h.proto, 0)
    return h.end - h.at < need


def back(path, after, stats, wanted):
    got = {at: p for at, p, _ in read(after)}
    sent = sum(1 for _ in read(path))
    passed = restored = errors = 0
    with open(wanted) as f:
        for line in f:
            at, came, want = line.split()
            at, came = int(at), bytes.fromhex(came)
            want = None if want == '-' else bytes.fromhex(want)
            q = got.get(at)
            if must_be_dropped(came) or (q is None and unanswered(came)):
                want = None
            if want is None:
                if q is not None:
                    problem(at, 'not dropped', came.hex(), q.hex())
            elif q is None:
                problem(at, 'dropped', came.hex())
            elif not same_sums(q, want):
                problem(at, 'came', came.hex(), 'is', q.hex(), 'wanted',
                        want.hex())
            elif quote_of(came) is None:
                restored += 1
            else:
                errors += 1
            passed += 1
    check_counts(statistics(stats), sent, len(got))
    print('%d restored, %d errors as they must be, of %d' %
          (restored, errors, passed))


# --- tshark

SETTINGS = [
    'ip.defragment:FALSE', 'ipv6.defragment:FALSE',
    'tcp.relative_sequence_numbers:FALSE',
    'tcp.analyze_sequence_numbers:FALSE', 'tcp.desegment_tcp_streams:FALSE',
    'ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE',
    'udp.check_checksum:TRUE', 'udplite.check_checksum:TRUE',
    'udplite.ignore_checksum_coverage:FALSE', 'sctp.checksum:CRC 32c',
]
# Others may be taken for something else by their ports.
ONLY = {'ip', 'ipv6', 'ipv6.hopopts', 'ipv6.dstopts', 'ipv6.routing',
        'ipv6.fraghdr', 'ah', 'esp', 'tcp', 'udp', 'udplite', 'dccp', 'sctp',
        'icmp', 'icmpv6', 'gre', 'ospf', 'pim', 'vrrp', 'mipv6', 'igmp'}
# The translator's: of the near side, and of an error the quoted far one.
OURS = {
    'ip.src', 'ip.addr', 'ip.src_host', 'ip.host', 'ip.checksum',
    'ipv6.src', 'ipv6.addr', 'ipv6.src_host', 'ipv6.host',
    'tcp.srcport', 'tcp.port', 'tcp.checksum', 'udp.srcport', 'udp.port',
    'udp.checksum', 'icmp.ident', 'icmp.checksum', 'icmpv6.checksum',
    'icmpv6.echo.identifier', 'udplite.checksum', 'dccp.checksum',
    'udp.checksum_calculated', 'tcp.checksum_calculated',
    'ip.checksum_calculated',
    'icmp.ident_le', 'mip6.csum', 'ospf.checksum', 'pim.cksum',
    'vrrp.checksum', 'hip.checksum',
}
QUOTED = {'ip.dst', 'ip.dst_host', 'ipv6.dst', 'ipv6.dst_host', 'tcp.dstport',
          'udp.dstport'}
# What it says of them, and of the conversation they seem to be of.
TOLD = ('_ws.', 'tcp.analysis', 'tcp.time', 'udp.time', 'tcp.stream',
        'udp.stream', 'dccp.stream', 'tcp.completeness', 'tcp.window_size',
        'tcp.flags.', 'tcp.pdu', 'tcp.segment', 'tcp.reassembled', 'mptcp.',
        'dccp.ack', 'dccp.seq', 'sctp.assoc', 'sctp.ret', 'sctp.ack',
        'icmp.resp',
        'icmp.no_resp', 'icmpv6.resp', 'icmpv6.no_resp', 'ipv6.src_',
        'ipv6.slaac_mac', 'ipv6.isatap', 'ipv6.6to4', 'ipv6.teredo')


def fields_of(element, out, quoted=False):
    for child in element:
        name = child.get('name') or ''
        if child.tag == 'proto' and name not in ONLY:
            continue
        if name.startswith(TOLD) and name != 'tcp.window_size_value':
            continue
        if child.tag == 'field' and name and name not in OURS and \
                not (quoted and name in QUOTED):
            out.append((name, child.get('pos'), child.get('size'),
                        child.get('show')))
        fields_of(child, out, quoted or name in ('icmp', 'icmpv6'))


def dissected(path):
    command = ['tshark', '-n', '-r', path, '-T', 'pdml']
    for setting in SETTINGS:
        command += ['-o', setting]
    child = subprocess.Popen(command, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    for _, element in ElementTree.iterparse(child.stdout):
        if element.tag == 'packet':
            out = []
            fields_of(element, out)
            yield out
            element.clear()
    if child.wait() != 0:
        problem('tshark', path, child.returncode)


def tshark(before, after):
    """Only packets that left, in the order of both."""
    there = {at for at, _, _ in read(after)}
    kept = [at for at, _, _ in read(before) if at in there]
    order = [at for at, _, _ in read(after)]
    first = dict(zip((at for at, _, _ in read(before)), dissected(before)))
    n = count = statuses = 0
    for at, b in zip(order, dissected(after)):
        a = first[at]
        n += 1
        if a == b:
            count += len(a)
            statuses += sum(x[0].endswith('checksum.status') for x in a)
            continue
        for x, y in zip(a, b):
            if x != y:
                problem(at, 'tshark: was', x, 'is', y)
                break
        else:
            problem(at, 'tshark: were', sorted(set(a) ^ set(b)))
    if n != len(kept):
        problem('tshark:', n, 'packets of', len(kept))
    print('%d fields in %d packets, %d verdicts of checksums' %
          (count, n, statuses))


COMMANDS = {'made': made, 'left': left, 'answers': answers, 'back': back,
            'tshark': tshark}
if sys.argv[1] == 'gather':
    gather(sys.argv[2], sys.argv[3:])
else:
    COMMANDS[sys.argv[1]](*sys.argv[2:])
sys.exit(problems != 0)
