#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# captures.py original copy [original copy ...]
#
# The oracle of captures.sh: reads both captures in its own way, finds the IP
# packets in the first, and says where the second, of raw IP, differs in
# bytes, original length, or time.  The last line is how many packets there
# were in all the originals.

import base64
import datetime
import json
import os
import struct
import sys
from fractions import Fraction

IP = (0x0800, 0x86dd)
SNAP = bytes.fromhex('aaaa03000000')


def classic(data):
    orders = {b'\xa1': '>', b'\xd4': '<', b'\x4d': '<', b'\x34': '<'}
    order = orders[data[:1]]
    magic, = struct.unpack_from(order + 'I', data)
    unit = 10 ** 9 if magic == 0xa1b23c4d else 10 ** 6
    head = 24 if magic == 0xa1b2cd34 else 16
    link = struct.unpack_from(order + 'I', data, 20)[0] & 0x3ffffff
    at = 24
    while at < len(data):
        sec, frac, caplen, size = struct.unpack_from(order + 'IIII', data, at)
        at += head
        if at + caplen > len(data):
            raise ValueError('cut')
        yield Fraction(sec) + Fraction(frac, unit), link, order, \
            data[at:at + caplen], size
        at += caplen


def options(order, data):
    while len(data) >= 4:
        code, size = struct.unpack_from(order + 'HH', data)
        if code == 0:
            return
        yield code, data[4:4 + size]
        data = data[4 + (size + 3 & ~3):]


def blocks(data):
    at = 0
    order = '<'
    while at < len(data):
        if data[at:at + 4] == b'\n\r\r\n':
            order = '>' if data[at + 8] == 0x1a else '<'
        kind, size = struct.unpack_from(order + 'II', data, at)
        if at + size > len(data):
            raise ValueError('cut')
        yield order, kind, data[at + 8:at + size - 4]
        at += size


def pcapng(data):
    interfaces = []
    for order, kind, body in blocks(data):
        if kind == 0x0a0d0d0a:
            interfaces = []
        elif kind == 1:
            found = dict(options(order, body[8:]))
            resol = found.get(9, b'\x06')[0]
            unit = 2 ** (resol & 127) if resol & 128 else 10 ** resol
            offset = struct.unpack(order + 'q', found.get(14, bytes(8)))[0]
            link, _, snap = struct.unpack_from(order + 'HHI', body)
            interfaces.append((link, snap, unit, offset))
        elif kind in (2, 6):
            number, high, low, caplen, size = struct.unpack_from(
                order + 'IIIII', body)
            if kind == 2:
                number, = struct.unpack_from(order + 'H', body)
            link, _, unit, offset = interfaces[number]
            yield Fraction(high << 32 | low, unit) + offset, link, order, \
                body[20:20 + caplen], size
        elif kind == 3:
            size, = struct.unpack_from(order + 'I', body)
            link, snap, _, _ = interfaces[0]
            yield Fraction(0), link, order, \
                body[4:4 + min(size, snap or size)], size


def records(data):
    for line in data.decode().splitlines():
        record = json.loads(line)
        text = record['timestamp'].replace('Z', '+0000')
        when = datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%S.%f%z')
        packet = base64.b64decode(record['packet'])
        yield (Fraction(int(when.replace(microsecond=0).timestamp())) +
               Fraction(when.microsecond, 10 ** 6),
               record['packet_info']['linktype'], '<', packet, len(packet))


def frames(path):
    with open(path, 'rb') as f:
        data = f.read()
    if data[:4] == b'\n\r\r\n':
        return pcapng(data)
    if data[:1] == b'{':
        return records(data)
    return classic(data)


def by_type(frame, at):
    """Where IP begins, at being that of an Ethernet type; None: nowhere."""
    while len(frame) >= at + 2:
        kind = int.from_bytes(frame[at:at + 2], 'big')
        at += 2
        if kind in IP:
            return at
        if kind in (0x8100, 0x88a8, 0x9100):
            at += 2
        elif kind == 0x8864 and frame[at:at + 2] == b'\x11\0':
            return at + 8 if frame[at + 6:at + 8] in (b'\0\x21', b'\0\x57') \
                else None
        elif kind <= 1500 and frame[at:at + 6] == SNAP:
            at += 6
        else:
            return None
    return None


def in_nflog(order, frame):
    at = 4
    while at + 4 <= len(frame):
        size, kind = struct.unpack_from(order + 'HH', frame, at)
        if kind == 9:
            return at + 4, at + size
        at += size + 3 & ~3
    return None, None


def ip(link, order, frame, size):
    """The IP packet of a frame and its length on the wire, or None."""
    start = end = None
    if link in (101, 12, 14, 228, 229):
        start = 0
    elif link == 1:
        start = by_type(frame, 12)
    elif link in (0, 108):
        values = [int.from_bytes(frame[:4], o) for o in ('little', 'big')]
        if min(values) in (2, 10, 24, 28, 30) and len(frame) >= 4:
            start = 4
    elif link == 113 and frame[2:4] != b'\x03\x38':
        start = by_type(frame, 14)
    elif link == 276 and frame[:2] in (b'\x08\0', b'\x86\xdd'):
        start = 20
    elif link == 117 and frame[1] in (2, 10, 24, 28, 30):
        start = frame[0] + 3 & ~3
    elif link == 239:
        start, end = in_nflog(order, frame)
    if start is None or start > len(frame):
        return None
    size = (end or size) - start
    packet = frame[start:end]
    claimed = 0
    if len(packet) >= 4 and packet[0] >> 4 == 4:
        claimed = int.from_bytes(packet[2:4], 'big')
        claimed = claimed if claimed >= 20 else 0
    elif len(packet) >= 7 and packet[0] >> 4 == 6:
        claimed = int.from_bytes(packet[4:6], 'big')
        claimed = claimed + 40 if claimed or packet[6] == 59 else 0
    size = max(size, len(packet))
    if 0 < claimed < size:
        size = claimed
    return packet[:size], size


def packets(path):
    for when, link, order, frame, size in frames(path):
        found = ip(link, order, frame, size)
        if found:
            yield int(when * 10 ** 9 // 1), found


def read(path):
    """What is whole of a capture."""
    out = []
    try:
        for packet in packets(path):
            out.append(packet)
    except (ValueError, struct.error):
        pass
    return out


def compare(original, copy):
    if len(original) != len(copy):
        yield '%d packets, not %d' % (len(copy), len(original))
    for n, ((when, a), (stamp, b)) in enumerate(zip(original, copy), 1):
        if when != stamp:
            yield 'packet %d: time %d, not %d' % (n, stamp, when)
        if a[1] != b[1]:
            yield 'packet %d: length %d, not %d' % (n, b[1], a[1])
        if a[0] != b[0]:
            yield 'packet %d: %d bytes %s, not %d bytes %s' % (
                n, len(b[0]), b[0][:40].hex(), len(a[0]), a[0][:40].hex())


def main():
    paths = sys.argv[1:]
    total = 0
    for original, copy in zip(paths[::2], paths[1::2]):
        packets_there = read(original)
        total += len(packets_there)
        for line in compare(packets_there, read(copy)):
            print('%s: %s' % (os.path.basename(original), line))
    print('%d packets' % total)


main()
