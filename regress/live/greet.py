# SPDX-License-Identifier: ISC
"""Two ends that tell who they see.

greet.py serve PROTO ADDRESS PORT ...  answers each connection and datagram with
    "ADDRESS PORT of its own, ADDRESS of the other"; says "ready" first.
greet.py ask PROTO ADDRESS PORT [SOURCE [PORT]]  prints the answer, or "refused",
    or "silent" after three seconds.
"""

import selectors
import socket
import sys


def a_socket(proto, address):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    kind = socket.SOCK_STREAM if proto == 'tcp' else socket.SOCK_DGRAM
    s = socket.socket(family, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return s


def greeting(s, peer):
    own = s.getsockname()
    return ('%s %d %s\n' % (own[0], own[1], peer[0])).encode()


def serve(words):
    ready = selectors.DefaultSelector()
    while words:
        proto, address, port = words[:3]
        words = words[3:]
        s = a_socket(proto, address)
        s.bind((address, int(port)))
        if proto == 'tcp':
            s.listen(16)
        ready.register(s, selectors.EVENT_READ)
    print('ready', flush=True)
    while True:
        for key, _ in ready.select():
            s = key.fileobj
            if s.type == socket.SOCK_STREAM:
                c, peer = s.accept()
                c.sendall(greeting(c, peer))
                c.close()
            else:
                _, peer = s.recvfrom(2048)
                s.sendto(greeting(s, peer), peer)


def ask(proto, address, port, source=None, own=0):
    s = a_socket(proto, address)
    s.settimeout(3)
    if source:
        s.bind((source, int(own)))
    try:
        s.connect((address, int(port)))
        if proto == 'udp':
            s.send(b'?')
        return s.recv(2048).decode().strip()
    except ConnectionRefusedError:
        return 'refused'
    except socket.timeout:
        return 'silent'


if sys.argv[1] == 'serve':
    serve(sys.argv[2:])
else:
    print(ask(*sys.argv[2:]))
