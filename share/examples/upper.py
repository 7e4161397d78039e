#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Turn the payload of UDP into capital letters.

    divertcat 700 'udp port 7777' -- ./upper.py
"""

import pcapngpipe

UDP = 17


def upper(packet):
    if packet[0] >> 4 == 4 and packet[9] == UDP:
        fragment = int.from_bytes(packet[6:8], 'big') & 0x3fff
        start = (packet[0] & 15) * 4 + 8
    elif packet[0] >> 4 == 6 and packet[6] == UDP:
        fragment = 0
        start = 40 + 8
    else:
        return packet
    if fragment:
        return packet
    return packet[:start] + packet[start:].upper()


pcapngpipe.run(upper)
