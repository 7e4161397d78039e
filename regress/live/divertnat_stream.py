# SPDX-License-Identifier: ISC
"""A slow TCP stream, to be interrupted by what is tested.

divertnat_stream.py recv PORT
divertnat_stream.py send ADDRESS PORT SECONDS

Both print the SHA-256 of the stream; the sender only when the receiver has
said that it has all of it.
"""

import hashlib
import socket
import sys
import time


def receive(port):
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", port))
    listener.listen(1)
    print("ready", flush=True)
    stream = listener.accept()[0]
    digest = hashlib.sha256()
    while data := stream.recv(65536):
        digest.update(data)
    stream.sendall(digest.digest())
    print(digest.hexdigest(), flush=True)


def send(address, port, seconds):
    stream = socket.create_connection((address, port))
    digest = hashlib.sha256()
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        data = number.to_bytes(4, "big") * 2048
        number += 1
        stream.sendall(data)
        digest.update(data)
        time.sleep(0.02)
    stream.shutdown(socket.SHUT_WR)
    if stream.recv(64) == digest.digest():
        print(digest.hexdigest(), flush=True)


if sys.argv[1] == "recv":
    receive(int(sys.argv[2]))
else:
    send(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
