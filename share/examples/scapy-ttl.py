#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Set the time to live of every packet, with scapy.

    divertcat 700 -- ./scapy-ttl.py 8

The stream is read by pcapngpipe and not by scapy, whose writer forgets the
ids of packets.  scapy is at its best with what is inside.
"""

import logging
import sys

logging.getLogger('scapy.runtime').setLevel(logging.ERROR)

from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6

import pcapngpipe

ttl = int(sys.argv[1]) if len(sys.argv) > 1 else 8


def change(packet):
    if packet[0] >> 4 == 6:
        p = IPv6(packet)
        p.hlim = ttl
    else:
        p = IP(packet)
        p.ttl = ttl
    return bytes(p)


pcapngpipe.run(change)
