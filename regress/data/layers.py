#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# Makes layers.pcap: packets of every kind that divertlog has keys for, whole
# and wrong, for the comparison with tshark and for the schema.
#
#	python3 layers.py > layers.pcap

import socket
import struct
import sys

START = 1795435200                  # 2026-11-23T12:00:00Z
A4, B4 = '192.0.2.10', '198.51.100.7'
A6, B6, C6 = '2001:db8:1::10', '2001:db8:2::7', '2001:db8:3::3'
WRONG = 0x1234                      # xor: a checksum that is wrong


def cksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff - total


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def address(text):
    return socket.inet_pton(
        socket.AF_INET6 if ':' in text else socket.AF_INET, text)


def summed(upper, at, proto=None, src='', dst='', wrong=0, part=None):
    """The upper layer with its checksum at that place; proto: with the
    pseudo-header; part: the first bytes only, as UDP-Lite has it."""
    pseudo = b''
    if proto is not None:
        pseudo = address(src) + address(dst) + \
            struct.pack('>II', len(upper), proto)
    upper = upper[:at] + bytes(2) + upper[at + 2:]
    value = cksum(pseudo + upper[:part]) ^ wrong
    return upper[:at] + struct.pack('>H', value) + upper[at + 2:]


def ip4(proto, upper, src=A4, dst=B4, ident=7, frag=0x4000, tos=0, ttl=64,
        options=b'', wrong=0, length=None):
    hlen = 20 + len(options)
    head = struct.pack('>BBHHHBBH', 0x40 | hlen // 4, tos,
                       length or hlen + len(upper), ident, frag, ttl, proto,
                       0) + address(src) + address(dst) + options
    value = cksum(head) ^ wrong
    return head[:10] + struct.pack('>H', value) + head[12:] + upper


def ip6(proto, upper, src=A6, dst=B6, tc=0, label=0, hops=64):
    return struct.pack('>IHBB', 6 << 28 | tc << 20 | label, len(upper), proto,
                       hops) + address(src) + address(dst) + upper


def tcp(src, dst, flags, options=b'', payload=b'', urgent=0, wrong=0):
    size = 20 + len(options)
    upper = struct.pack('>HHIIBBHHH', 40000, 443, 0xfffffff0, 0x80000001,
                        size // 4 << 4, flags, 65535, 0, urgent)
    return summed(upper + options + payload, 16, 6, src, dst, wrong)


def udp(src, dst, payload, ports=(40000, 7777), length=None, wrong=0):
    size = length or 8 + len(payload)
    return summed(struct.pack('>HHHH', *ports, size, 0) + payload, 6, 17, src,
                  dst, wrong)


def icmp4(kind, code, rest, wrong=0):
    return ip4(1, summed(bytes([kind, code, 0, 0]) + rest, 2, wrong=wrong))


def icmp6(kind, code, rest, wrong=0, hops=255):
    return ip6(58, summed(bytes([kind, code, 0, 0]) + rest, 2, 58, A6, B6,
                          wrong), hops=hops)


def sctp(chunks, wrong=0):
    upper = struct.pack('>HHII', 5000, 5001, 0xdeadbeef, 0) + chunks
    value = crc32c(upper) ^ wrong
    return upper[:8] + struct.pack('<I', value) + upper[12:]


def word(*values):
    return struct.pack('>%dI' % len(values), *values)


SYN = bytes([2, 4, 5, 180, 1, 3, 3, 7, 4, 2, 8, 10]) + word(0xfffffffe, 0)
SACK = bytes([1, 1, 5, 26]) + word(10, 20, 30, 40, 0xfffffff0, 0x10)
STAMPS = bytes([1, 1, 8, 10]) + word(1000, 999)
ROUTE0 = bytes([17, 2, 0, 1]) + bytes(4) + address(C6)
# Fragments: next header, reserved, offset and more, id.
FRAGMENT = struct.pack('>BBHI', 17, 0, 0, 0xcafe)
AH = struct.pack('>BBHII', 6, 4, 0, 0x1001, 5) + bytes(12)

SENT4 = ip4(17, udp(B4, A4, b'question', (5353, 40000))[:8], B4, A4,
            length=36)
SENT6 = ip6(6, tcp(B6, A6, 0x02)[:8], B6, A6)


def packets():
    # TCP: every flag, every option.
    yield ip4(6, tcp(A4, B4, 0x02, SYN))
    yield ip4(6, tcp(A4, B4, 0xc2, bytes([2, 4, 2, 24])), tos=2)
    yield ip6(6, tcp(A6, B6, 0x12, SYN), tc=0xb9, label=0x12345)
    yield ip4(6, tcp(A4, B4, 0x18, STAMPS, b'data'))
    yield ip4(6, tcp(A4, B4, 0x10, SACK))
    yield ip4(6, tcp(A4, B4, 0x38, b'', b'urgent', urgent=3))
    yield ip4(6, tcp(A4, B4, 0x11), ttl=1)
    yield ip4(6, tcp(A4, B4, 0x14, wrong=WRONG))
    yield ip6(6, tcp(A6, B6, 0x10, wrong=WRONG))
    yield ip4(6, tcp(A4, B4, 0x10), wrong=WRONG)
    yield ip4(6, tcp(A4, B4, 0x10, bytes([8, 1, 0, 0])))
    yield ip4(6, tcp(A4, B4, 0x10)[:12])
    # UDP and UDP-Lite.
    yield ip4(17, udp(A4, B4, b'hello'))
    yield ip6(17, udp(A6, B6, b'hello', wrong=WRONG))
    yield ip4(17, struct.pack('>HHHH', 40000, 7777, 13, 0) + b'hello')
    yield ip4(17, udp(A4, B4, b'hello', length=7))
    yield ip4(17, udp(A4, B4, b'hello', length=99))
    yield ip4(136, summed(struct.pack('>HHHH', 40000, 7777, 8, 0) + b'hello',
                          6, 136, A4, B4, part=8))
    # ICMP: queries, errors and what they quote.
    yield icmp4(8, 0, struct.pack('>HH', 77, 1) + bytes(8))
    yield icmp4(0, 0, struct.pack('>HH', 77, 1) + bytes(8), WRONG)
    yield icmp4(3, 3, bytes(4) + SENT4)
    yield icmp4(3, 4, struct.pack('>HH', 0, 1400) + SENT4)
    yield icmp4(5, 1, address('192.0.2.1') + SENT4)
    yield icmp4(11, 0, bytes(4) + ip4(1, bytes([8, 0, 0, 0, 0, 77, 0, 1]),
                                      B4, A4))
    yield icmp4(12, 0, bytes([20, 0, 0, 0]) + SENT4)
    yield icmp6(128, 0, struct.pack('>HH', 77, 1) + bytes(8))
    yield icmp6(129, 0, struct.pack('>HH', 77, 1) + bytes(8), WRONG)
    yield icmp6(1, 4, bytes(4) + SENT6)
    yield icmp6(2, 0, word(1280) + SENT6)
    yield icmp6(3, 0, bytes(4) + SENT6)
    yield icmp6(4, 1, word(6) + SENT6)
    yield icmp6(135, 0, bytes(4) + address(B6))
    yield icmp6(137, 0, bytes(4) + address(C6) + address(B6))
    # Other upper layers.
    yield ip4(132, sctp(struct.pack('>BBHI', 0, 3, 20, 1) + bytes(12)))
    yield ip6(132, sctp(bytes([10, 0, 0, 8]) + word(7), 1))
    yield ip4(47, struct.pack('>HHII', 0x3000, 0x0800, 99, 5) +
              ip4(17, udp(B4, A4, b'in'), B4, A4))
    yield ip4(47, struct.pack('>HHHHII', 0x3081, 0x880b, 4, 17, 6, 5) +
              b'ppp!')
    yield ip4(50, word(0x2002, 9) + bytes(16))
    yield ip6(50, word(0x2002, 10) + bytes(16))
    yield ip4(51, AH + tcp(A4, B4, 0x10))
    yield ip6(51, AH + tcp(A6, B6, 0x10))
    yield ip4(4, ip4(17, udp(B4, A4, b'in'), B4, A4))
    yield ip4(41, ip6(58, bytes([128, 0, 0, 0, 0, 1, 0, 2])))
    yield ip6(59, b'')
    yield ip4(253, b'experiment')
    # Options, extension headers, fragments.
    yield ip4(17, udp(A4, B4, b'hello'), options=bytes([148, 4, 0, 0]))
    yield ip4(17, udp(A4, B4, b'hello'), options=bytes([7, 1, 0, 0]))
    yield ip6(0, bytes([43, 0, 5, 2, 0, 0, 1, 0]) + ROUTE0 +
              udp(A6, C6, b'hello'))
    yield ip6(60, bytes([17, 0, 1, 4, 0, 0, 0, 0]) + udp(A6, B6, b'hello'))
    yield ip6(60, bytes([17, 9, 1, 4, 0, 0, 0, 0]))
    yield ip4(17, udp(A4, B4, bytes(1472))[:1480], ident=54321, frag=0x2000)
    yield ip4(17, bytes(40), ident=54321, frag=185)
    yield ip4(17, bytes(16), frag=0x1fff)
    yield ip6(44, FRAGMENT[:2] + struct.pack('>H', 1) + FRAGMENT[4:] +
              udp(A6, B6, bytes(24)))
    yield ip6(44, FRAGMENT[:2] + struct.pack('>H', 32) + FRAGMENT[4:] +
              bytes(10))
    yield ip6(44, FRAGMENT + udp(A6, B6, b'atomic'))
    # What is no packet.
    yield ip4(17, udp(A4, B4, b'hello'), length=400)
    yield ip4(17, b'', length=19)
    yield ip4(1, b'')[:16]
    yield ip6(17, b'')[:30]
    yield b'\x00\x01\x02\x03'
    yield ip4(1, bytes([8, 0]))
    yield ip4(132, bytes(8))
    yield ip4(47, bytes(2))
    yield ip4(50, bytes(4))
    yield ip4(51, bytes(4))


def main():
    out = sys.stdout.buffer
    out.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, 101))
    for n, packet in enumerate(packets()):
        out.write(struct.pack('<IIII', START + n, n, len(packet),
                              len(packet)) + packet)
    # Cut by the capture: behind the ports, and behind the TCP header.
    for size in 24, 40:
        packet = ip4(6, tcp(A4, B4, 0x18, b'', bytes(100)))
        out.write(struct.pack('<IIII', START + 99, size, size, len(packet)) +
                  packet[:size])


main()
