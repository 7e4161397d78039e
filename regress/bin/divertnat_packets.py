#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# divertnat_packets.py write FILE      a capture, without directions
# divertnat_packets.py check FILE      what has come out of divertnat
#
# The capture that divertnat_offline.sh translates, and what must come out,
# both built from the RFCs, every checksum computed over the whole packet.
# "inside" is 10.0.0.0/8 and 2001:db8:1::/64; its packets go out.

import ipaddress
import struct
import sys

START = 1000000000


def words(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def address(text):
    return ipaddress.ip_address(text).packed


def ip(src, dst, proto, payload):
    src, dst = address(src), address(dst)
    if len(src) == 4:
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(payload), 7, 0, 64,
                           proto, 0) + src + dst
        return head[:10] + struct.pack('!H', words(head) ^ 0xffff) + \
            head[12:] + payload
    return struct.pack('!IHBB', 6 << 28, len(payload), proto, 64) + \
        src + dst + payload


def udp(src, sport, dst, dport, data, zero=False):
    def at(cksum):
        return struct.pack('!HHHH', sport, dport, 8 + len(data), cksum) + data
    pseudo = address(src) + address(dst) + struct.pack('!II', 8 + len(data),
                                                       17)
    cksum = (words(pseudo + at(0)) ^ 0xffff) or 0xffff
    return ip(src, dst, 17, at(0 if zero else cksum))


def tcp(src, sport, dst, dport, flags, seq, ack, data=b''):
    def at(cksum):
        return struct.pack('!HHIIBBHHH', sport, dport, seq, ack, 0x50, flags,
                           4096, cksum, 0) + data
    pseudo = address(src) + address(dst) + struct.pack('!II', 20 + len(data),
                                                       6)
    return ip(src, dst, 6, at(words(pseudo + at(0)) ^ 0xffff))


def unreachable(src, dst, quoted):
    body = b'\x03\x03\0\0\0\0\0\0' + quoted[:28]
    return ip(src, dst, 1, body[:2] + struct.pack('!H', words(body) ^ 0xffff)
              + body[4:])


SYN, ACK, FIN = 2, 16, 1
C, S, G = '10.0.0.5', '192.0.2.9', '203.0.113.1'
C6, S6, G6 = '2001:db8:1::5', '2001:db8:9::9', '2001:db8:2::1'

# Seconds after the first, the packet, what becomes of it (None: dropped).
PACKETS = [
    (0, udp(C, 5001, S, 53, b'q'), udp(G, 5001, S, 53, b'q')),
    (1, udp(S, 53, G, 5001, b'answer'), udp(S, 53, C, 5001, b'answer')),
    (2, udp(C, 5002, S, 99, b'no sum', True),
        udp(G, 5002, S, 99, b'no sum', True)),
    (3, tcp(C, 5003, S, 80, SYN, 1, 0), tcp(G, 5003, S, 80, SYN, 1, 0)),
    (4, tcp(S, 80, G, 5003, SYN | ACK, 9, 2),
        tcp(S, 80, C, 5003, SYN | ACK, 9, 2)),
    (5, tcp(C, 5003, S, 80, ACK, 2, 10, b'odd'),
        tcp(G, 5003, S, 80, ACK, 2, 10, b'odd')),
    (6, udp(C6, 5004, S6, 99, b'six'), udp(G6, 5004, S6, 99, b'six')),
    (7, udp(S6, 99, G6, 5004, b'back'), udp(S6, 99, C6, 5004, b'back')),
    # An error about a packet that went out, as it was there and is here.
    (8, unreachable(S, G, udp(G, 5002, S, 99, b'no sum', True)),
        unreachable(S, C, udp(C, 5002, S, 99, b'no sum', True))),
    (9, udp('8.8.8.8', 1, '9.9.9.9', 2, b'not ours'),
        udp('8.8.8.8', 1, '9.9.9.9', 2, b'not ours')),
    # For nobody: "set unmatched drop".
    (10, udp(S, 7, G, 7, b'nobody'), None),
    # The mapping of 5002 lasts 300 s after its last packet out, not longer.
    (301, udp(S, 99, G, 5002, b'in time'), udp(S, 99, C, 5002, b'in time')),
    (304, udp(S, 99, G, 5002, b'too late'), None),
]


def write(path):
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for seconds, packet, _ in PACKETS:
            f.write(struct.pack('<IIII', START + seconds, 0, len(packet),
                                len(packet)) + packet)


def check(path):
    with open(path, 'rb') as f:
        data = f.read()
    at, got = 24, []
    while at < len(data):
        seconds, _, size, _ = struct.unpack_from('<IIII', data, at)
        got.append((seconds - START, data[at + 16:at + 16 + size]))
        at += 16 + size
    wanted = [(t, out) for t, _, out in PACKETS if out is not None]
    for i, pair in enumerate(wanted):
        if i >= len(got) or got[i] != pair:
            print('packet %d at %d s:' % (i, pair[0]))
            print('wanted', pair[1].hex())
            print('got   ', got[i][1].hex() if i < len(got) else 'nothing')
    if len(got) > len(wanted):
        print('%d packets more than wanted' % (len(got) - len(wanted)))


{'write': write, 'check': check}[sys.argv[1]](sys.argv[2])
