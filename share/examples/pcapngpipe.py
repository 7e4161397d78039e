# SPDX-License-Identifier: ISC
"""Filter a packet stream, divert-pipe(5), without any other module.

    import pcapngpipe
    pcapngpipe.run(change)

reads the stream on standard input and calls change(packet) with the bytes of
each packet, from its IP header on.  What change returns goes on; None drops.
Ids, directions, interfaces and times are kept; lengths and checksums are
repaired by divertcat(8).
"""

import os
import struct
import sys

SECTION = b'\n\r\r\n'
ENHANCED_PACKET = 6
PACKET_ID = 5


def blocks(stream):
    """The blocks of the stream, each with its byte order and type."""
    order = None
    while head := stream.read(8):
        if head[:4] == SECTION:
            head += stream.read(4)
            order = '<' if head[8:] == b'\x4d\x3c\x2b\x1a' else '>'
        elif order is None or len(head) < 8:
            sys.exit('pcapngpipe: no pcapng, or cut')
        kind, length = struct.unpack(order + 'II', head[:8])
        rest = stream.read(length - len(head)) if length >= 12 else b''
        if len(head) + len(rest) != length or length % 4:
            sys.exit('pcapngpipe: damaged or cut block')
        yield order, kind, head + rest


def has_id(order, options):
    while len(options) >= 4:
        code, length = struct.unpack_from(order + 'HH', options)
        if code == PACKET_ID:
            return True
        options = options[4 + (length + 3) // 4 * 4:]
    return False


def answer(order, block, change):
    """The block with its packet changed; b'' when there is nothing to say."""
    caplen, wirelen = struct.unpack_from(order + 'II', block, 20)
    options = block[28 + (caplen + 3) // 4 * 4:-4]
    old = block[28:28 + caplen]
    new = change(old)
    if new is None:
        # An id without bytes drops at once; without an id silence has to do.
        if not has_id(order, options):
            return b''
        new = b''
    if new == old:
        return block
    body = block[8:20] + struct.pack(order + 'II', len(new), len(new))
    body += new + bytes(-len(new) % 4) + options
    length = struct.pack(order + 'I', len(body) + 12)
    return block[:4] + length + body + length


def run(change):
    out = sys.stdout.buffer
    try:
        for order, kind, block in blocks(sys.stdin.buffer):
            if kind == ENHANCED_PACKET:
                block = answer(order, block, change)
            # The next packet may come only when this one is back: flush.
            out.write(block)
            out.flush()
    except BrokenPipeError:
        # The reader is gone.  That is no fault of ours: leave quietly, and
        # give the interpreter something to flush into.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
