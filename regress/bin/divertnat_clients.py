#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# divertnat_clients.py packets FILE N	as many flows
# divertnat_clients.py clients SOCKET	talk nonsense; prints what is wrong
# divertnat_clients.py hold SOCKET	ask and do not read, until killed
# divertnat_clients.py crowd SOCKET	as many as there are places, and more

import os
import random
import socket
import struct
import sys
import time


def packets(path, count):
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for n in range(count):
            source = struct.pack('!BBH', 10, 0, 1 + n // 60000)
            head = struct.pack('!BBHHHBBH', 0x45, 0, 28, 0, 0, 64, 17, 0) + \
                source + bytes([192, 0, 2, 9])
            total = sum(struct.unpack('!10H', head))
            total = (total & 0xffff) + (total >> 16)
            head = head[:10] + struct.pack('!H', ~total & 0xffff) + head[12:]
            f.write(struct.pack('<IIII', 1000000000, 0, 28, 28) + head +
                    struct.pack('!HHHH', 1024 + n % 60000, 9, 8, 0))


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(10)
    return s


def answer(s):
    data = b''
    while part := s.recv(65536):
        data += part
    return data


def ask(path, request):
    s = connect(path)
    s.sendall(request)
    try:
        return answer(s)
    except ConnectionError:
        return None


def alive(path, after):
    data = ask(path, b'info json\n')
    if data is None or not data.startswith(b'ok\n{') or data[-1:] != b'\0':
        print('after %s: %r' % (after, data and data[:100]))


def clients(path):
    for what, request, wanted in (
            ('an empty line', b'\n', b'error 2 '),
            ('an unknown word', b'flush all\n', b'error 2 '),
            ('a word alone', b'states\n', b'error 2 '),
            ('NUL bytes', b'\0\0\0\n', b'error 2 '),
            ('a line too long', b'x' * 5000, None),
            ('a long word', b'kill ' + b'9' * 200 + b'\n', b'error 2 '),
            ('formats', b'kill %s%n%s%n\n', b'error 2 '),
            ('two lines', b'info json\nkill 10.0.0.1\n', b'ok\n{')):
        data = ask(path, request)
        if wanted is None and data:
            print('%s: %r' % (what, data[:100]))
        elif wanted and not (data or b'').startswith(wanted):
            print('%s: %r' % (what, data and data[:100]))
        alive(path, what)
    # In pieces, and gone before the answer.
    s = connect(path)
    for byte in b'info json\n':
        s.send(bytes([byte]))
    if not answer(s).startswith(b'ok\n'):
        print('in pieces: no answer')
    for request in (b'', b'sta', b'states json\n', b'info text\n'):
        s = connect(path)
        s.sendall(request)
        s.close()
    alive(path, 'those who left')
    chance = random.Random(4)
    for _ in range(300):
        s = connect(path)
        try:
            s.sendall(chance.randbytes(chance.randrange(400)))
        except OSError:
            pass
        s.close()
    alive(path, 'noise')
    hundred = []
    for n in range(100):
        s = connect(path)
        try:
            s.sendall(b'states json\n')
        except OSError:
            pass
        hundred.append(s)
    alive(path, 'a hundred')


def hold(path):
    held = [connect(path) for _ in range(6)]
    for s in held:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(b'states json\n')
    # Its answer has begun.
    held[-1].recv(1)
    print('held', flush=True)
    time.sleep(100)


def crowd(path):
    many = []
    for _ in range(60):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(0.2)
        try:
            s.connect(path)
        except (BlockingIOError, TimeoutError):
            # One that hangs has no more room; one that does not has soon.
            time.sleep(0.02)
        many.append(s)
    if len(sys.argv) > 3:
        # All that it took up were answered or given up.
        alive(path, 'a crowd')


command = sys.argv[1]
if command == 'packets':
    packets(sys.argv[2], int(sys.argv[3]))
else:
    {'clients': clients, 'hold': hold, 'crowd': crowd}[command](sys.argv[2])
os._exit(0)
