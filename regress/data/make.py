#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# Makes the captures of this folder whose names begin with "link-" or "form-":
# the same three packets behind every link header and in every file format
# that the toolbox reads.
#
#	python3 make.py [folder]

import base64
import json
import os
import socket
import struct
import sys

START = 1795435200          # 2026-11-23T12:00:00Z
SNAP = 262144


def cksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff - total


def ip4(proto, upper):
    head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(upper), 7, 0, 64, proto,
                       0)
    head += socket.inet_aton('192.0.2.1') + socket.inet_aton('198.51.100.2')
    return head[:10] + struct.pack('>H', cksum(head)) + head[12:] + upper


def ip6(proto, upper):
    return (struct.pack('>IHBB', 6 << 28, len(upper), proto, 64) +
            socket.inet_pton(socket.AF_INET6, '2001:db8::1') +
            socket.inet_pton(socket.AF_INET6, '2001:db8::2') + upper)


def with_sum(packet, proto):
    """Fill in the checksum of the upper layer."""
    start = 20 if packet[0] >> 4 == 4 else 40
    at = start + {1: 2, 6: 16, 17: 6}[proto]
    addrs = packet[start - (8 if start == 20 else 32):start]
    pseudo = addrs + struct.pack('>II', len(packet) - start, proto)
    value = cksum((b'' if proto == 1 else pseudo) + packet[start:])
    return packet[:at] + struct.pack('>H', value) + packet[at + 2:]


UDP = with_sum(ip4(17, struct.pack('>HHHH', 4096, 5353, 11, 0) + b'abc'), 17)
PING = with_sum(ip4(1, struct.pack('>BBHHH', 8, 0, 0, 1, 2)), 1)
SYN = with_sum(ip6(6, struct.pack('>HHIIHHHH', 4096, 80, 1, 0, 0x5002, 65535,
                                  0, 0)), 6)
PACKETS = (UDP, SYN, PING)


def is6(packet):
    return packet[0] >> 4 == 6


def ethertype(packet):
    return b'\x86\xdd' if is6(packet) else b'\x08\x00'


MACS = bytes.fromhex('020000000001020000000002')


def pad(frame):
    return frame + bytes(max(0, 60 - len(frame)))


def ethernet(packet, n):
    return pad(MACS + ethertype(packet) + packet)


def vlans(packet, n):
    return pad(MACS + bytes.fromhex('88a8000591000006810020' '07') +
               ethertype(packet) + packet)


def pppoe(packet, n):
    proto = b'\x00\x57' if is6(packet) else b'\x00\x21'
    return pad(MACS + b'\x88\x64\x11\x00\x00\x01' +
               struct.pack('>H', len(packet) + 2) + proto + packet)


def snap(packet, n):
    body = bytes.fromhex('aaaa03000000') + ethertype(packet) + packet
    return pad(MACS + struct.pack('>H', len(body)) + body)


def family(order, six):
    return lambda packet, n: struct.pack(
        order + 'I', six if is6(packet) else 2) + packet


def sll(packet, n):
    return (struct.pack('>HHH', 4 if n == 1 else 0, 1, 6) + MACS[:6] +
            bytes(2) + ethertype(packet) + packet)


def sll2(packet, n):
    return (ethertype(packet) + struct.pack('>HIHBB', 0, 3, 1,
                                            4 if n == 1 else 0, 6) +
            MACS[:6] + bytes(2) + packet)


def pflog(length):
    def frame(packet, n):
        head = struct.pack('BBBB16s16sIIIIII', length, 24 if is6(packet) else 2,
                           0, 0, b'em%d' % n, b'', 0, 0, 0, 0, 0, 0)
        head = head[:36] + struct.pack('>II', 7, 0xffffffff) + head[44:]
        head += struct.pack('B', 2 if n == 1 else 1)
        return head + bytes((length + 3 & ~3) - len(head)) + packet
    return frame


def nflog(order):
    def attribute(kind, value):
        return (struct.pack(order + 'HH', 4 + len(value), kind) + value +
                bytes(-len(value) % 4))

    def frame(packet, n):
        return (struct.pack('>BBH', 10 if is6(packet) else 2, 0, 5) +
                attribute(1, ethertype(packet) +
                          struct.pack('BB', 3 if n == 1 else 1, 0)) +
                attribute(10, b'prefix\0') +
                attribute(5 if n == 1 else 4, struct.pack('>I', 2)) +
                attribute(9, packet))
    return frame


def raw(packet, n):
    return packet


def pcap(order, link, frames, magic=0xa1b2c3d4, unit=1000, extra=None):
    out = struct.pack(order + 'IHHiIII', magic, 2, 4, 0, 0, SNAP, link)
    for n, frame in enumerate(frames):
        out += struct.pack(order + 'IIII', START + n,
                           (123456789 + n) // unit, len(frame), len(frame))
        if extra:
            out += extra(order, n)
        out += frame
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + 'I', 12 + len(body))
    return struct.pack(order + 'I', kind) + size + body + size


def option(order, code, value):
    return (struct.pack(order + 'HH', code, len(value)) + value +
            bytes(-len(value) % 4))


def section(order):
    return block(order, 0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1,
                                                0, -1))


def interface(order, link, *options):
    return block(order, 1, struct.pack(order + 'HHI', link, 0, SNAP) +
                 b''.join(option(order, *o) for o in options) + bytes(4))


def enhanced(order, number, stamp, frame, *options):
    return block(order, 6, struct.pack(
        order + 'IIIII', number, stamp >> 32, stamp & 0xffffffff, len(frame),
        len(frame)) + frame + bytes(-len(frame) % 4) +
        (b''.join(option(order, *o) for o in options) + bytes(4)
         if options else b''))


def pcapng(order, link, make):
    out = section(order) + interface(order, link, (9, b'\x09'))
    for n, packet in enumerate(PACKETS):
        out += enhanced(order, 0, (START + n) * 10 ** 9 + 123456789 + n,
                        make(packet, n), (2, struct.pack(
                            order + 'I', 2 if n == 1 else 1)))
    return out


def mixed():
    """Two sections of both orders, all kinds of blocks and resolutions."""
    out = section('<')
    out += interface('<', 101, (2, b'em0'), (9, b'\x09'))
    out += interface('<', 1, (2, b'em1'))
    out += interface('<', 105, (2, b'wlan0'))
    out += interface('<', 0, (9, b'\x9e'), (14, struct.pack('<q', START)))
    out += enhanced('<', 0, START * 10 ** 9 + 1, UDP, (1, b'divert rule=7'),
                    (2, struct.pack('<I', 1)), (5, struct.pack('<Q', 77)),
                    (6, struct.pack('<I', 700)))
    out += block('<', 4, bytes(4))
    out += enhanced('<', 1, START * 10 ** 6 + 2, ethernet(SYN, 0))
    out += enhanced('<', 2, START * 10 ** 6 + 2, bytes(40))
    out += enhanced('<', 3, 3 << 29, family('<', 30)(SYN, 0))
    out += block('<', 0x80000001, bytes(70000))
    out += section('>')
    out += interface('>', 113, (2, b'nfqueue:7'), (9, b'\x06'))
    out += block('>', 2, struct.pack('>HHIIII', 0, 3, START * 10 ** 6 >> 32,
                                     START * 10 ** 6 & 0xffffffff,
                                     len(sll(UDP, 0)), len(sll(UDP, 0))) +
                 sll(UDP, 0))
    out += block('>', 3, struct.pack('>I', len(sll(SYN, 1))) + sll(SYN, 1))
    return out


def lines():
    """As Suricata writes packets: from the link layer on."""
    out = ''
    for n, packet in enumerate(PACKETS):
        out += json.dumps({
            'timestamp': '2026-11-23T13:00:%02d.123456+0100' % n,
            'event_type': 'alert', 'in_iface': 'em%d' % n,
            'packet': base64.b64encode(ethernet(packet, n)).decode(),
            'packet_info': {'linktype': 1}}, separators=(',', ':')) + '\n'
    return out.encode()


def kuznetsov(order, n):
    return struct.pack(order + 'IHBB', 3, 0x800, 4 if n == 1 else 0, 0)


LINKS = (
    ('raw', 101, raw), ('raw12', 12, raw), ('raw14', 14, raw),
    ('ethernet', 1, ethernet), ('vlans', 1, vlans), ('pppoe', 1, pppoe),
    ('snap', 1, snap), ('loop', 108, family('>', 24)),
    ('cooked1', 113, sll), ('cooked2', 276, sll2),
    ('pflog61', 117, pflog(61)), ('pflog100', 117, pflog(100)),
)


def files():
    for name, link, make in LINKS:
        frames = [make(p, n) for n, p in enumerate(PACKETS)]
        yield 'link-%s.pcap' % name, pcap('<', link, frames)
        yield 'link-%s.pcapng' % name, pcapng('>', link, make)
    four = [p for p in PACKETS if not is6(p)]
    yield 'link-ipv4.pcap', pcap('>', 228, four)
    yield 'link-ipv6.pcap', pcap('>', 229, [SYN])
    for order, end in (('<', 'le'), ('>', 'be')):
        make = family(order, 28)
        yield 'link-null-%s.pcap' % end, pcap(
            order, 0, [make(p, n) for n, p in enumerate(PACKETS)])
        make = nflog(order)
        yield 'link-nflog-%s.pcap' % end, pcap(
            order, 239, [make(p, n) for n, p in enumerate(PACKETS)])
        yield 'form-nano-%s.pcap' % end, pcap(order, 101, PACKETS, 0xa1b23c4d,
                                              1)
        yield 'form-micro-%s.pcap' % end, pcap(order, 101, PACKETS)
        yield 'form-long-records-%s.pcap' % end, pcap(
            order, 101, PACKETS, 0xa1b2cd34, extra=kuznetsov)
    yield 'form-mixed.pcapng', mixed()
    yield 'form-suricata.json', lines()


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(
        os.path.abspath(__file__))
    for name, data in files():
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(data)


main()
