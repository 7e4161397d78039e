# SPDX-License-Identifier: ISC
"""Sockets on all sides of a translator, in one process.

divertnat_net.py COMMAND ARGUMENT...

Prints one line that the test compares.  A place is a network namespace of
divertlab(8); where an endpoint is wanted it is ADDRESS,PORT.
"""

import contextlib
import ctypes
import errno
import hashlib
import os
import select
import socket
import struct
import sys
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
WAIT = 5.0

IP_MTU_DISCOVER, IP_MTU, IP_RECVERR = 10, 14, 11
IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_RECVERR, IPV6_DONTFRAG = 23, 24, 25, 62
DONT, WANT, DO = 0, 1, 2


def enter(fd):
    if LIBC.setns(fd, CLONE_NEWNET) == -1:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def at(place):
    """A socket belongs to the place where it was made."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(os.environ["DIVERTLAB"] + "/ns/" + place, os.O_RDONLY)
    try:
        enter(there)
        yield
    finally:
        enter(here)
        os.close(here)
        os.close(there)


def endpoint(text):
    address, port = text.rsplit(",", 1)
    return address, int(port)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def is6(s):
    return s.family == socket.AF_INET6


def shown(peer):
    return "%s,%d" % peer[:2]


def make(place, kind, address, port=0):
    """Of the address's family, bound to the port."""
    with at(place):
        s = socket.socket(family(address), kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is6(s):
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(("", port))
    s.settimeout(WAIT)
    return s


def udp(place, address, port=0):
    return make(place, socket.SOCK_DGRAM, address, port)


def listen(place, address, port):
    s = make(place, socket.SOCK_STREAM, address, port)
    s.listen(8)
    return s


def set_df(s, how):
    """DO: never cut, and the path's MTU is not looked up beforehand."""
    if is6(s):
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, how)
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, int(how == DO))
    else:
        s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, how)


def mtu_of(s):
    if is6(s):
        return s.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)
    return s.getsockopt(socket.IPPROTO_IP, IP_MTU)


def pattern(size):
    return bytes(i * 7 + i // 256 & 255 for i in range(size))


def name_of(error):
    return errno.errorcode.get(error, str(error))


def receive(s):
    """Data and peer, or nothing and the name of what came instead."""
    try:
        return s.recvfrom(65535)
    except TimeoutError:
        return None, "nothing"
    except OSError as e:
        return None, name_of(e.errno)


# ---- errors that the sender hears of ---------------------------------------

def want_errors(s):
    if is6(s):
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)


def heard(s, data):
    """ERRNO INFO OFFENDER TO QUOTE of the error queue's first."""
    p = select.poll()
    p.register(s, select.POLLERR)
    if not p.poll(WAIT * 1000):
        return "nothing"
    quote, controls, _, to = s.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
    for _, _, control in controls:
        number, _, _, _, _, info, _ = struct.unpack_from("=IBBBBII", control)
        who = control[16:]
        if is6(s):
            offender = socket.inet_ntop(socket.AF_INET6, who[8:24])
        else:
            offender = socket.inet_ntoa(who[4:8])
        return "%s %d %s %s %s" % (
            name_of(number), info, offender, shown(to),
            "quoted" if quote and data.startswith(quote) else "misquoted")
    return "no error"


def too_large(s, to, size):
    """A datagram with DF that some link does not take, and the next one."""
    data = pattern(size)
    s.connect(to)
    set_df(s, DO)
    want_errors(s)
    s.send(data)
    first = heard(s, data)
    try:
        s.send(data)
        second = "sent"
    except OSError as e:
        second = name_of(e.errno)
    return "%s, then %s %d" % (first, second, mtu_of(s))


def cmd_too_large(place, to, size):
    """A client's datagram."""
    to = endpoint(to)
    return too_large(udp(place, to[0]), to, int(size))


def cmd_too_large_back(place, to, far, size):
    """An answer that is too large for the way back."""
    to = endpoint(to)
    server = udp(far, to[0], to[1])
    client = udp(place, to[0])
    client.sendto(b"hello", to)
    data, peer = receive(server)
    if data is None:
        return peer
    return too_large(server, peer, int(size)).replace(
        shown(peer), "outside")


def cmd_refused(place, to):
    """A connected client's datagram to a port that nobody has."""
    to = endpoint(to)
    s = udp(place, to[0])
    s.connect(to)
    want_errors(s)
    data = pattern(100)
    s.send(data)
    first = heard(s, data)
    # Without the queue, as most programs are.
    s = udp(place, to[0])
    s.connect(to)
    s.send(data)
    return "%s, plain: %s" % (first, receive(s)[1])


# ---- datagrams -------------------------------------------------------------

def cmd_echo(place, to, far, size, back_size, how="want"):
    """A datagram there and back; peers as they see each other."""
    to = endpoint(to)
    data, answer = pattern(int(size)), pattern(int(back_size))
    server = udp(far, to[0], to[1])
    client = udp(place, to[0])
    for s in server, client:
        set_df(s, DONT if how == "cut" else WANT)
    for _ in range(3):
        client.sendto(data, to)
        server.settimeout(1.0)
        got, peer = receive(server)
        if got is not None:
            break
    if got != data:
        return "there: %s" % (peer if got is None else "damaged")
    for _ in range(3):
        server.sendto(answer, peer)
        client.settimeout(1.0)
        got, back = receive(client)
        if got is not None:
            break
    if got != answer:
        return "back: %s" % (back if got is None else "damaged")
    return "%s %s" % (peer[0], shown(back))


def packed(address):
    return socket.inet_pton(family(address), address)


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def udp_bytes(source, to, sport, port, data):
    header = struct.pack("!HHHH", sport, port, 8 + len(data), 0)
    pseudo = packed(source) + packed(to) + struct.pack(
        "!HH", 17, 8 + len(data))
    return header[:6] + struct.pack(
        "!H", checksum(pseudo + header + data) or 0xffff) + data


def fragments(source, to, sport, port, data, size):
    """Of a UDP datagram, in order; the kernel does the sum of the header."""
    whole = udp_bytes(source, to, sport, port, data)
    ident = int.from_bytes(os.urandom(2), "big") | 1
    for where in range(0, len(whole), size):
        part = whole[where:where + size]
        more = int(where + size < len(whole))
        if family(to) == socket.AF_INET6:
            yield struct.pack(
                "!IHBB", 6 << 28, 8 + len(part), 44, 64) + packed(
                source) + packed(to) + struct.pack(
                "!BBHI", 17, 0, where | more, ident) + part
        else:
            yield struct.pack(
                "!BBHHHBBH", 0x45, 0, 20 + len(part), ident,
                more << 13 | where // 8, 64, 17, 0) + packed(
                source) + packed(to) + part


def raw(place, address):
    with at(place):
        s = socket.socket(family(address), socket.SOCK_RAW,
                          socket.IPPROTO_RAW)
    if is6(s):
        s.setsockopt(socket.IPPROTO_IPV6, 36, 1)    # IPV6_HDRINCL
    return s


ORDERS = {
    "reversed": lambda p: p[::-1],
    "last-first": lambda p: p[-1:] + p[:-1],
    "first-last": lambda p: p[1:] + p[:1],
    "mixed": lambda p: p[1::2] + p[0::2],
}


def throw(place, order, source, to, sport, port, data):
    s = raw(place, to)
    parts = list(fragments(source, to, sport, port, data, 1208))
    for p in ORDERS[order](parts):
        s.sendto(p, (to, 0))


def cmd_disorder(place, source, to, far, order):
    """Fragments out of order, there and back."""
    to = endpoint(to)
    data = pattern(5000)
    server = udp(far, to[0], to[1])
    client = udp(place, to[0])
    throw(place, order, source, to[0], client.getsockname()[1], to[1], data)
    got, peer = receive(server)
    if got != data:
        return "there: %s" % (peer if got is None else "damaged")
    throw(far, order, to[0], peer[0], to[1], peer[1], data)
    got, back = receive(client)
    if got != data:
        return "back: %s" % (back if got is None else "damaged")
    return "%s %s" % (peer[0], shown(back))


# ---- streams ---------------------------------------------------------------

def pour(s, size, digest):
    block = os.urandom(65536)
    while size > 0:
        n = min(size, len(block))
        s.sendall(block[:n])
        digest.update(block[:n])
        size -= n
    s.shutdown(socket.SHUT_WR)


def drain(s, digest):
    size = 0
    while data := s.recv(1 << 18):
        digest.update(data)
        size += len(data)
    return size


def cmd_stream(place, to, far, megabytes, way):
    """A stream up or down; what the sender knows of the path then."""
    to = endpoint(to)
    listener = listen(far, to[0], to[1])
    client = make(place, socket.SOCK_STREAM, to[0])
    client.connect(to)
    server, peer = listener.accept()
    for s in client, server:
        s.settimeout(20)
    source, sink = (client, server) if way == "up" else (server, client)
    sent, got = hashlib.sha256(), hashlib.sha256()
    thread = threading.Thread(target=pour, daemon=True, args=(
        source, int(megabytes) << 20, sent))
    thread.start()
    try:
        size = drain(sink, got)
    except OSError as e:
        return "stopped: %s" % e
    thread.join()
    return "%s %d %s %d" % (
        peer[0], size >> 20, "equal" if sent.digest() == got.digest() else
        "different", mtu_of(source))


# ---- hairpin ---------------------------------------------------------------

def outside_of(s, server, to):
    """Where the others see this socket; by the server, as STUN does."""
    s.sendto(b"who am I?", to)
    return receive(server)[1]


def said(s, text, to):
    s.sendto(text, to)


def meet(a, b, outside_a, outside_b):
    """Each calls the other's outside endpoint; who was heard."""
    said(a, b"from a", outside_b)
    said(b, b"from b", outside_a)
    heard_by_b, peer_a = receive(b)
    heard_by_a, peer_b = receive(a)
    if heard_by_b != b"from a" or heard_by_a != b"from b":
        return "%s and %s" % (peer_a, peer_b)
    return "met%s%s" % (
        "" if peer_a[:2] == outside_a[:2] else " a as " + shown(peer_a),
        "" if peer_b[:2] == outside_b[:2] else " b as " + shown(peer_b))


def cmd_punch(place_a, place_b, far, to):
    """UDP: two inside hosts meet by what the server told them."""
    to = endpoint(to)
    server = udp(far, to[0], to[1])
    a, b = udp(place_a, to[0]), udp(place_b, to[0])
    outside_a = outside_of(a, server, to)
    outside_b = outside_of(b, server, to)
    if "nothing" in (outside_a, outside_b):
        return "the server heard nothing"
    return "%s: %s" % ("one address" if outside_a[0] == outside_b[0] else
                       "two addresses", meet(a, b, outside_a, outside_b))


def cmd_unheard(place_a, place_b, far, to):
    """As punch, where nothing is to arrive: by anybody, on any socket."""
    to = endpoint(to)
    server = udp(far, to[0], to[1])
    a, b = udp(place_a, to[0]), udp(place_b, to[0])
    outside_a = outside_of(a, server, to)
    outside_b = outside_of(b, server, to)
    said(a, b"from a", outside_b)
    said(b, b"from b", outside_a)
    for s in a, b, server:
        s.settimeout(0.5)
    return " ".join(str(receive(s)[1]) for s in (a, b, server))


def cmd_punch_tcp(place_a, place_b, far, to):
    """TCP: b listens at the port that it called the server from."""
    to = endpoint(to)
    listener = listen(far, to[0], to[1])
    b = make(place_b, socket.SOCK_STREAM, to[0])
    with at(place_b):
        door = socket.socket(family(to[0]), socket.SOCK_STREAM)
    for s in b, door:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    b.close()
    b = make_reuse(place_b, to[0], 0)
    port = b.getsockname()[1]
    b.connect(to)
    known, outside_b = listener.accept()
    door.bind(("", port))
    door.listen(1)
    door.settimeout(WAIT)
    a = make(place_a, socket.SOCK_STREAM, to[0])
    try:
        a.connect(outside_b[:2])
        end, peer = door.accept()
    except OSError as e:
        return name_of(e.errno) if e.errno else "nothing"
    sent, got = hashlib.sha256(), hashlib.sha256()
    thread = threading.Thread(target=pour, args=(a, 1 << 20, sent))
    thread.start()
    drain(end, got)
    thread.join()
    known.close()
    return "%s %s" % (peer[0], "equal" if sent.digest() == got.digest() else
                      "different")


def make_reuse(place, address, port):
    with at(place):
        s = socket.socket(family(address), socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("", port))
    s.settimeout(WAIT)
    return s


def cmd_hairpin_refused(place_a, place_b, far, to):
    """The other one's port is closed by now: a hears of it."""
    to = endpoint(to)
    server = udp(far, to[0], to[1])
    a, b = udp(place_a, to[0]), udp(place_b, to[0])
    outside_of(a, server, to)
    outside_b = outside_of(b, server, to)
    b.close()
    a.connect(outside_b[:2])
    want_errors(a)
    data = pattern(64)
    a.send(data)
    words = heard(a, data).split()
    if len(words) != 5:
        return " ".join(words)
    who = "the other one" if words[2] == outside_b[0] else words[2]
    what = "sent" if words[3] == shown(outside_b) else words[3]
    return "%s by %s, as %s, %s" % (words[0], who, what, words[4])


# ---- forwards --------------------------------------------------------------

def cmd_forward(kind, place, to, far, listens, count="1"):
    """From place to an outside endpoint; who answers, and who asked.

    far,...: the places that listen, each at the endpoint.
    """
    to, listens = endpoint(to), endpoint(listens)
    doors = {}
    for name in far.split(","):
        if kind == "tcp":
            doors[listen(name, to[0], listens[1])] = name
        else:
            doors[udp(name, to[0], listens[1])] = name
    answers = []
    for _ in range(int(count)):
        answers.append(knock(kind, place, to, doors))
    return " ".join(answers)


def knock(kind, place, to, doors):
    s = make(place, socket.SOCK_DGRAM if kind == "udp" else
             socket.SOCK_STREAM, to[0])
    try:
        s.connect(to)
        if kind == "udp":
            s.send(b"knock")
        ready = select.select(list(doors), [], [], WAIT)[0]
        if not ready:
            return "nothing"
        if kind == "udp":
            _, peer = ready[0].recvfrom(100)
            ready[0].sendto(b"who", peer)
        else:
            end, peer = ready[0].accept()
            end.sendall(b"who")
        if s.recv(100) != b"who":
            return "no answer"
    except OSError as e:
        return name_of(e.errno) if e.errno else "nothing"
    finally:
        s.close()
    return "%s<%s" % (doors[ready[0]], peer[0])


if __name__ == "__main__":
    print(globals()["cmd_" + sys.argv[1]](*sys.argv[2:]))
