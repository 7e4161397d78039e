#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Filters that misbehave, for the tests: filter.py MODE [N]

    drop N      every Nth packet does not come back (silence)
    deny N      every Nth packet is dropped at once (an id without bytes)
    twice N     every Nth packet comes back twice
    reverse N   packets come back N at a time, the last one first
    hold N      the first N packets are kept until the end of the input
    late N      every Nth packet comes back when N more have passed
    bare        packets come back without any option: no id, no direction
    change N    the last byte of every Nth packet is changed, bare
    grow N      N bytes are appended to every UDP packet
    made N      every Nth packet is followed by a copy with another source
                port, without an id
    again N     every Nth packet is followed by itself without any option
    none        nothing comes back
    cut N       packets come back as tcpdump -s N would: cut off
    junk N      after N packets, bytes that are no stream
    die N       after N packets, kill -9 to itself
    leave N     after N packets, exit 3
    deaf N      after N packets, no reading and no writing any more
    slow N      each packet comes back after N milliseconds
    short       packets come back one byte short, at their full length
"""

import os
import signal
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'share', 'examples'))
sys.dont_write_bytecode = True
import pcapngpipe  # noqa: E402

mode = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 0
out = sys.stdout.buffer


def split(order, block):
    caplen, wirelen = struct.unpack_from(order + 'II', block, 20)
    end = 28 + (caplen + 3) // 4 * 4
    return block[28:28 + caplen], wirelen, block[end:-4]


def join(order, block, data, wirelen, options):
    body = block[8:20] + struct.pack(order + 'II', len(data), wirelen) + \
        data + bytes(-len(data) % 4) + options
    length = struct.pack(order + 'I', len(body) + 12)
    return block[:4] + length + body + length


def say(*blocks):
    for block in blocks:
        out.write(block)
    out.flush()


kept = []
count = 0
for order, kind, block in pcapngpipe.blocks(sys.stdin.buffer):
    if kind != pcapngpipe.ENHANCED_PACKET:
        say(block)
        continue
    count += 1
    data, wirelen, options = split(order, block)
    nth = n > 0 and count % n == 0
    if mode == 'drop':
        if not nth:
            say(block)
    elif mode == 'deny':
        say(join(order, block, b'', 0, options) if nth else block)
    elif mode == 'twice':
        say(*([block, block] if nth else [block]))
    elif mode == 'reverse':
        kept.append(block)
        if nth:
            say(*reversed(kept))
            kept = []
    elif mode == 'hold':
        if count <= n:
            kept.append(block)
        else:
            say(block)
    elif mode == 'late':
        kept = [(k - 1, b) for k, b in kept]
        for k, b in kept:
            if k <= 0:
                say(b)
        kept = [(k, b) for k, b in kept if k > 0]
        if nth:
            kept.append((n, block))
        else:
            say(block)
    elif mode == 'bare':
        say(join(order, block, data, wirelen, b''))
    elif mode == 'change':
        if nth:
            data = data[:-1] + bytes([data[-1] ^ 0xff])
        say(join(order, block, data, len(data), b''))
    elif mode == 'grow':
        if data[0] >> 4 == 4 and data[9] == 17 or \
                data[0] >> 4 == 6 and data[6] == 17:
            data += b'+' * n
        say(join(order, block, data, len(data), options))
    elif mode == 'made':
        say(block)
        if nth:
            at = (data[0] & 15) * 4 if data[0] >> 4 == 4 else 40
            data = data[:at] + struct.pack('>H', 9) + data[at + 2:]
            say(join(order, block, data, len(data), b''))
    elif mode == 'again':
        say(block)
        if nth:
            say(join(order, block, data, wirelen, b''))
    elif mode == 'none':
        pass
    elif mode == 'cut':
        say(join(order, block, data[:n], wirelen, options))
    elif mode == 'slow':
        time.sleep(n / 1000)
        say(block)
    elif mode == 'short':
        say(join(order, block, data[:-1], len(data) - 1, options))
    else:
        say(block)
        if count == n:
            if mode == 'junk':
                say(b'\0' * 64)
            elif mode == 'die':
                os.kill(os.getpid(), signal.SIGKILL)
            elif mode == 'leave':
                sys.exit(3)
            elif mode == 'deaf':
                signal.pause()
for block in kept:
    say(block[1] if isinstance(block, tuple) else block)
