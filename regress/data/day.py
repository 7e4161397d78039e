#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# Makes day.pcapng, the capture of the examples: 19 packets of both families
# with directions and interfaces, and no packet ids.
#
#	python3 day.py > day.pcapng

import socket
import struct
import sys

START = 1795435200 * 10 ** 9        # 2026-11-23T12:00:00Z


def cksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff - total


def ip(src, dst, proto, upper, at, ident):
    """An IP packet; at is where the upper layer keeps its checksum."""
    six = ':' in src
    family = socket.AF_INET6 if six else socket.AF_INET
    addrs = socket.inet_pton(family, src) + socket.inet_pton(family, dst)
    pseudo = addrs + struct.pack('>II', len(upper), proto)
    if proto == 1:
        pseudo = b''
    upper = upper[:at] + struct.pack('>H', cksum(pseudo + upper)) + \
        upper[at + 2:]
    if six:
        return struct.pack('>IHBB', 6 << 28, len(upper), proto, 64) + \
            addrs + upper
    head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(upper), ident, 0x4000,
                       64, proto, 0)
    head = head[:10] + struct.pack('>H', cksum(head + addrs)) + addrs
    return head + upper


def udp(src, sport, dst, dport, payload, ident):
    upper = struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload
    return ip(src, dst, 17, upper, 6, ident)


def tcp(src, sport, dst, dport, flags, ident):
    upper = struct.pack('>HHIIBBHHHBBH', sport, dport, 1000, 2000, 0x60, flags,
                        64240, 0, 0, 2, 4, 1460)
    return ip(src, dst, 6, upper, 16, ident)


def echo(src, dst, kind, seq, ident):
    upper = struct.pack('>BBHHH', kind, 0, 0, 77, seq) + bytes(range(48))
    return ip(src, dst, 58 if ':' in src else 1, upper, 2, ident)


def block(kind, body):
    length = struct.pack('<I', len(body) + 12)
    return struct.pack('<I', kind) + length + body + length


def option(code, value):
    return struct.pack('<HH', code, len(value)) + value + \
        bytes(-len(value) % 4)


HERE, THERE = '192.0.2.10', '198.51.100.7'
HERE6, THERE6 = '2001:db8:1::10', '2001:db8:2::7'
DNS = bytes.fromhex('123401000001000000000000076578616d706c65'
                    '03636f6d0000010001')
WORDS = [b'alpha', b'bravo', b'charlie', b'delta', b'echo', b'foxtrot']

packets = []
for n, word in enumerate(WORDS):
    packets.append((1, 'em0', udp(HERE, 40000, THERE, 7777, word, 100 + n)))
for word in WORDS[:3]:
    packets.append((1, 'em0', udp(HERE6, 40000, THERE6, 7777, word, 0)))
packets += [
    (1, 'em0', udp(HERE, 40001, '198.51.100.53', 53, DNS, 110)),
    (1, 'em0', udp(HERE6, 40001, '2001:db8:2::53', 53, DNS, 0)),
    (1, 'em0', tcp(HERE, 40002, THERE, 23, 2, 112)),
    (1, 'em0', tcp(HERE, 40003, THERE, 80, 2, 113)),
    (2, 'em10', tcp(THERE, 80, HERE, 40003, 18, 114)),
    (1, 'em0', tcp(HERE6, 40004, THERE6, 443, 2, 0)),
    (1, 'em0', echo(HERE, THERE, 8, 1, 116)),
    (2, 'em10', echo(THERE, HERE, 0, 1, 117)),
    (1, 'em0', echo(HERE6, THERE6, 128, 1, 0)),
    (2, 'em10', echo(THERE6, HERE6, 129, 1, 0)),
]

out = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1))
out += block(1, struct.pack('<HHI', 101, 0, 262144) + option(9, b'\x09') +
             option(0, b''))
for n, (direction, name, data) in enumerate(packets):
    when = START + n * 10_000_000 + 123456
    body = struct.pack('<IIIII', 0, when >> 32, when & 0xffffffff, len(data),
                       len(data)) + data + bytes(-len(data) % 4)
    body += option(1, b'divert if=' + name.encode())
    body += option(2, struct.pack('<I', direction)) + option(0, b'')
    out += block(6, body)
sys.stdout.buffer.write(out)
