#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Drop every third packet, to see how an application bears loss.

    divertcat 700 udp -- ./drop-third.py
"""

import pcapngpipe

count = 0


def third(packet):
    global count
    count += 1
    return None if count % 3 == 0 else packet


pcapngpipe.run(third)
