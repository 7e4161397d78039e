#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# Makes dns.pcap: DNS messages of every kind that divertlog knows, names made
# to break a log or its reader, and messages that are not as they should be.
#
#	python3 dns.py > dns.pcap
#	python3 dns.py folder		each message in a file of its own

import os
import socket
import struct
import sys

from make import START, ip4, with_sum

RESPONSE = 0x8180


def name(text):
    """The wire form of a simple name."""
    return b''.join(bytes([len(s)]) + s.encode()
                    for s in text.split('.') if s) + b'\0'


def labels(*parts):
    return b''.join(bytes([len(s)]) + s for s in parts) + b'\0'


def question(wire, kind=1, cls=1):
    return wire + struct.pack('>HH', kind, cls)


def record(wire, kind, data, ttl=300, cls=1):
    return wire + struct.pack('>HHIH', kind, cls, ttl, len(data)) + data


def message(flags, qd=(), an=(), ns=(), ar=(), number=4660):
    return struct.pack('>HHHHHH', number, flags, len(qd), len(an), len(ns),
                       len(ar)) + b''.join(list(qd) + list(an) + list(ns) +
                                           list(ar))


WWW = name('www.example.com')
UP = b'\xc0\x0c'                # the name of the question
LONGEST = labels(b'\xff' * 63, b'\xff' * 63, b'\xff' * 63, b'\xff' * 61)
OPT = record(b'\0', 41, b'', 0, 1232)
SUFFIX = b'\xc0\x10'            # example.com in WWW
DATA = [
    (1, socket.inet_aton('192.0.2.1')),
    (28, socket.inet_pton(socket.AF_INET6, '2001:db8::1')),
    (2, b'\2ns' + SUFFIX),
    (5, b'\3ftp' + SUFFIX),
    (12, b'\4host' + SUFFIX),
    (39, name('example.net')),
    (15, struct.pack('>H', 10) + b'\4mail' + SUFFIX),
    (6, b'\2ns' + SUFFIX + b'\4root' + SUFFIX +
     struct.pack('>IIIII', 2026112301, 7200, 3600, 1209600, 300)),
    (33, struct.pack('>HHH', 1, 2, 5060) + b'\3sip' + SUFFIX),
    (16, labels(b'v=spf1 -all')[:-1]),
    (16, labels(b'one', b'two "quoted"', b'back\\slash')[:-1]),
    (16, labels(bytes(range(0, 128)), bytes(range(128, 256)))[:-1]),
    (13, labels(b'RFC8482')),
    (257, b'\0\5issueca.example.net'),
    (44, b'\4\2' + bytes(range(32))),
    (43, struct.pack('>HBB', 60485, 5, 1) + bytes(range(20))),
    (48, struct.pack('>HBB', 257, 3, 8) + bytes(range(200))),
    (46, struct.pack('>HBBIIIH', 1, 8, 3, 300, 1800000000, 1790000000, 4711) +
     name('example.com') + bytes(128)),
    (65, struct.pack('>H', 1) + b'\0' + struct.pack('>HH', 1, 3) + b'\2h2'),
    (64, struct.pack('>H', 0) + name('svc.example.net')),
    (256, struct.pack('>HH', 10, 1) + b'https://www.example.com/'),
    (47, name('next.example.com') + b'\0\1\x40'),
    (35, struct.pack('>HH', 1, 2) + labels(b'u', b'E2U+sip')[:-1] +
     b'\x05!^.*$' + b'\0'),
    (65280, b'\x0a\0\0\1'),
]

good = [
    message(0x0100, [question(name('example.com'))]),
    message(0x0120, [question(WWW, 28)], ar=[OPT]),
    message(0x0000, [question(b'\0', 2)]),
    message(0x0100, [question(name('version.bind'), 16, 3)]),
    message(0x0100, [question(name('a.example'), 255, 255)]),
    message(0x0100, [question(name('b.example'), 65280)]),
    message(0x2400, [question(name('example.com'), 6)]),
    message(0x8583, [question(WWW)], ns=[
        record(SUFFIX, 6, DATA[7][1])], ar=[OPT]),
    message(0x8182, [question(WWW)]),
    message(0x8185, [question(WWW)]),
    message(0x8380, [question(WWW)]),
    message(0x818c, [question(WWW)]),
    # An update: what there is no more has no data.
    message(0x2800, [question(name('example.com'), 6)],
            [record(b'\3old\xc0\x0c', 255, b'', 0, 255)],
            [record(b'\3old\xc0\x0c', 1, b'', 0, 255)]),
    message(RESPONSE, [question(WWW)], ar=[
        record(b'\0', 41, struct.pack('>HH', 10, 8) + b'12345678' +
               struct.pack('>HH', 3, 0), 0x00008000, 4096)]),
    message(0x8187, [question(WWW)], ar=[record(b'\0', 41, b'', 1 << 24)]),
    message(RESPONSE, [question(WWW)], [record(UP, 1, DATA[0][1])],
            [record(SUFFIX, 2, DATA[2][1])],
            [record(b'\2ns' + SUFFIX, 1, DATA[0][1]), OPT]),
    message(RESPONSE, [question(LONGEST)], [record(UP, 1, DATA[0][1])]),
    message(RESPONSE, [question(labels(*[b'x'] * 127))]),
]
good += [message(RESPONSE, [question(WWW, kind)], [record(UP, kind, data)])
         for kind, data in DATA]

# Names against whoever reads the log.
hostile = [
    b'","event_type":"alert","x":"', b'\\', b'"', b'a\nb', b'\r', b'\x1b[2J',
    b'a.b', b'\\"', b'\\u0000', b'\0', b'\x7f', b'\xff\xfe', b'\xc3\xa9',
    b'$(reboot)', b'`id`', b'<script>', b"'; --", b' ', b'{}', b'\\032',
    b'%s%n', b'\xed\xa0\x80', b'..', b'*', b'_tcp', b'-', b'\t',
]
hostile += [bytes(range(n, min(n + 52, 256))) for n in range(0, 256, 52)]
odd_names = [message(0x0100, [question(labels(part, b'example'))])
             for part in hostile]
odd_names += [message(RESPONSE, [question(WWW, 12)],
                      [record(UP, 12, labels(part, b'example'))])
              for part in hostile]

# More than is written of one message.
large = [
    message(RESPONSE, [question(WWW)],
            [record(UP, 1, struct.pack('>I', 0xc0000200 + n))
             for n in range(400)], ar=[OPT]),
    message(RESPONSE, [question(LONGEST, 6)],
            [record(UP, 6, UP + UP + bytes(20)) for n in range(20)]),
    message(RESPONSE, [question(WWW, 16)],
            [record(UP, 16, (b'\xff' + b't' * 255) * 20)]),
    message(RESPONSE, [question(WWW, 10)], [record(UP, 10, bytes(5000))]),
]

multicast = [
    message(0, [question(name('_http._tcp.local'), 12, 0x8001),
                question(name('host.local'))]),
    message(0x8400, an=[
        record(name('_http._tcp.local'), 12, b'\4site\xc0\x0c'),
        record(b'\4site\xc0\x0c', 16, b'\0', 4500, 0x8001),
        record(b'\4host\xc0\x17', 1, DATA[0][1], 120, 0x8001)]),
]

bad = [
    message(0x0100, [question(b'\xc0\x0c')]),
    message(0x0100, [question(b'\xc0\x20')]) + bytes(32),
    message(0x0100, [question(b'\1a\1b\xc0\x0c')]),
    message(0x0100, [question(b'\1a\xc0\x14'), question(b'\1b\xc0\x0c')]),
    message(0x0100, [question(b'\xc0\x00')]),
    message(0x0100, [question(b'\x40abc\0')]),
    message(0x0100, [question(b'\x80abc\0')]),
    message(0x0100, [question(labels(b'x' * 63, b'x' * 63, b'x' * 63,
                                     b'x' * 62))]),
    message(0x0100, [question(labels(*[b'x'] * 128))]),
    message(0x0100, [question(b'\x3fshort')]),
    message(RESPONSE, [question(WWW)], [record(UP, 1, b'\1\2\3')]),
    message(RESPONSE, [question(WWW)], [record(UP, 28, b'\1\2\3\4')]),
    message(RESPONSE, [question(WWW, 16)], [record(UP, 16, b'\x20abc')]),
    message(RESPONSE, [question(WWW, 5)], [record(UP, 5, b'\xc0\xff')]),
    message(RESPONSE, [question(WWW)], [record(UP, 1, DATA[0][1])])[:-2],
    struct.pack('>HHHHHH', 1, 0x8180, 65535, 65535, 65535, 65535),
    message(0x0100, [question(WWW)]) + b'trailing bytes',
    b'SSH-2.0-OpenSSH_9.2p1\r\n',
    bytes(12),
    b'\xff' * 40,
    b'short',
    b'',
]


def datagram(payload, port):
    """A request goes to the port, a response comes from it."""
    response = len(payload) > 2 and payload[2] & 0x80
    ports = (port, 40000) if response and port == 53 else (40000, port)
    if port == 5353:
        ports = (5353, 5353)
    head = struct.pack('>HHHH', *ports, 8 + len(payload), 0)
    return with_sum(ip4(17, head + payload), 17)


def main():
    messages = good + odd_names + large + bad
    if len(sys.argv) > 1:
        for n, data in enumerate(messages + multicast):
            with open(os.path.join(sys.argv[1], 'dns-%03d' % n), 'wb') as f:
                f.write(data)
        return
    out = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101)
    packets = [datagram(data, 53) for data in messages]
    packets += [datagram(data, 5353) for data in multicast]
    for n, data in enumerate(packets):
        out += struct.pack('<IIII', START, n * 1000, len(data),
                           len(data)) + data
    sys.stdout.buffer.write(out)


main()
