#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# fields.py make|edit seed count lines.json wanted.hex
# fields.py compare capture.pcap wanted.hex
#
# The oracle of fields.sh: packets of scapy's making, and lines that describe
# them.  make: by fields alone.  edit: by another packet of scapy's, with the
# record of it, in which one thing was changed.  wanted.hex has the packets
# that must come of the lines, one a line.  compare: says which did not.

import base64
import json
import logging
import random
import struct
import sys

logging.getLogger('scapy').setLevel(logging.ERROR)
from scapy.layers.inet import ICMP, IP, TCP, UDP                # noqa: E402
from scapy.layers.inet6 import (ICMPv6EchoRequest, IPv6,        # noqa: E402
                                ICMPv6Unknown, IPv6ExtHdrFragment)
from scapy.packet import Raw                                    # noqa: E402

FLAGS = (('fin', 1), ('syn', 2), ('rst', 4), ('psh', 8), ('urg', 32),
         ('ecn', 64), ('cwr', 128))


def address(rand, version):
    if version == 4:
        return '198.51.100.%d' % rand.randrange(256)
    return rand.choice(['2001:db8::%x', '2001:db8:%x::1', '2001:db8::%x:0:9']
                       ) % rand.randrange(1, 65536)


def fields(rand):
    """What a packet is made of, by names of its own."""
    f = {'v': rand.choice((4, 6)), 'proto': rand.choice(('TCP', 'UDP',
         'ICMP')), 'payload': rand.randbytes(rand.choice((0, 1, 7, 100, 999,
                                                          1400)))}
    f['src'] = address(rand, f['v'])
    f['dst'] = address(rand, f['v'])
    f['ttl'] = rand.randrange(256)
    f['tos'] = rand.randrange(256)
    if f['v'] == 4:
        f['id'] = rand.randrange(65536)
        f['df'] = rand.randrange(2)
    else:
        f['flow'] = rand.randrange(1 << 20)
    if rand.randrange(6) == 0:
        f['id'] = rand.randrange(65536)
        f['mf'] = rand.randrange(2)
        f['off'] = rand.randrange(1, 3000) * 8
        f['df'] = 0
        # The rest is payload, of whatever protocol.
        return f
    if f['proto'] != 'ICMP':
        f['sport'] = rand.randrange(65536)
        f['dport'] = rand.randrange(65536)
    else:
        f['type'] = 8 if f['v'] == 4 else 128
        f['code'] = rand.choice((0, 0, 3))
        f['icmp_id'] = rand.randrange(65536)
        f['icmp_seq'] = rand.randrange(65536)
    if f['proto'] == 'TCP':
        f['flags'] = rand.randrange(256)
        f['seq'] = rand.randrange(1 << 32)
        f['ack'] = rand.randrange(1 << 32)
        f['win'] = rand.randrange(65536)
        f['urp'] = rand.randrange(65536) if f['flags'] & 32 else 0
        if rand.randrange(2):
            f['mss'] = rand.randrange(65536)
        if rand.randrange(3) == 0:
            f['sack'] = True
        if rand.randrange(3) == 0:
            f['ts'] = (rand.randrange(1 << 32), rand.randrange(1 << 32))
        if rand.randrange(3) == 0:
            f['wscale'] = rand.randrange(15)
    return f


def options(f):
    """The order of Linux, every option on its word."""
    o = []
    if 'mss' in f:
        o.append(('MSS', f['mss']))
    if 'ts' in f:
        o += [('SAckOK', b'')] if f.get('sack') else [('NOP', None)] * 2
        o.append(('Timestamp', f['ts']))
    elif f.get('sack'):
        o += [('NOP', None), ('NOP', None), ('SAckOK', b'')]
    if 'wscale' in f:
        o += [('NOP', None), ('WScale', f['wscale'])]
    return o


def build(f):
    numbers = {'TCP': 6, 'UDP': 17, 'ICMP': 1 if f['v'] == 4 else 58}
    if f['v'] == 4:
        ip = IP(src=f['src'], dst=f['dst'], ttl=f['ttl'], tos=f['tos'],
                id=f['id'], proto=numbers[f['proto']],
                flags=f.get('df', 0) * 2 + f.get('mf', 0),
                frag=f.get('off', 0) // 8)
    else:
        ip = IPv6(src=f['src'], dst=f['dst'], hlim=f['ttl'], tc=f['tos'],
                  fl=f['flow'])
        if 'off' in f:
            ip = ip / IPv6ExtHdrFragment(nh=numbers[f['proto']], id=f['id'],
                                         m=f['mf'], offset=f['off'] // 8)
        else:
            ip.nh = numbers[f['proto']]
    if 'off' in f:
        return bytes(ip / Raw(f['payload']))
    if f['proto'] == 'TCP':
        upper = TCP(sport=f['sport'], dport=f['dport'], seq=f['seq'],
                    ack=f['ack'], flags=f['flags'], window=f['win'],
                    urgptr=f['urp'], options=options(f))
    elif f['proto'] == 'UDP':
        upper = UDP(sport=f['sport'], dport=f['dport'])
    elif f['v'] == 4:
        upper = ICMP(type=f['type'], code=f['code'], id=f['icmp_id'],
                     seq=f['icmp_seq'])
    elif f['type'] == 128:
        upper = ICMPv6EchoRequest(code=f['code'], id=f['icmp_id'],
                                  seq=f['icmp_seq'])
    else:
        upper = ICMPv6Unknown(type=f['type'], code=f['code'], msgbody=(
            f['icmp_id'] << 16 | f['icmp_seq']).to_bytes(4, 'big'))
    return bytes(ip / upper / Raw(f['payload']))


def record(rand, f):
    """As a log has it, without what cannot be asked for."""
    r = {'event_type': 'packet', 'src_ip': f['src'], 'dest_ip': f['dst'],
         'proto': f['proto'], 'ip': {}}
    if f['proto'] == 'ICMP' and f['v'] == 6:
        r['proto'] = 'IPv6-ICMP'
    ip = r['ip']
    ip['tos' if f['v'] == 4 else 'tc'] = f['tos']
    ip['ttl' if f['v'] == 4 else 'hoplimit'] = f['ttl']
    if 'flow' in f:
        ip['flowlbl'] = f['flow']
    if f['v'] == 4 or 'off' in f:
        ip['id'] = f['id']
    if f.get('df'):
        ip['df'] = True
    if f.get('mf'):
        ip['mf'] = True
    if 'off' in f:
        ip['frag_off'] = f['off']
        return r
    if 'sport' in f:
        r['src_port'] = f['sport']
        r['dest_port'] = f['dport']
    if 'type' in f:
        r['icmp_type'] = f['type']
        r['icmp_code'] = f['code']
        r['icmp'] = {'id': f['icmp_id'], 'seq': f['icmp_seq']}
    if f['proto'] == 'UDP' and rand.randrange(2):
        r['udp'] = {}
    if f['proto'] == 'TCP':
        t = r['tcp'] = {'seq': f['seq'], 'ack': f['ack'], 'win': f['win'],
                        'tcp_flags': '%02x' % f['flags']}
        for name, bit in FLAGS:
            if f['flags'] & bit:
                t[name] = True
        if f['flags'] & 32:
            t['urp'] = f['urp']
        if 'mss' in f:
            t['mss'] = f['mss']
        if 'wscale' in f:
            t['wscale'] = f['wscale']
        if f.get('sack'):
            t['sack_permitted'] = True
        if 'ts' in f:
            t['tsval'], t['tsecr'] = f['ts']
    return r


def make(rand):
    f = fields(rand)
    r = record(rand, f)
    if f['payload'] or rand.randrange(2):
        r['payload'] = base64.b64encode(f['payload']).decode()
    if not any(f['payload']) and rand.randrange(2):
        del r['event_type']
    return r, build(f)


def change(rand, f):
    """Something else in one place: another description."""
    g = dict(f)
    can = ['src', 'dst', 'ttl', 'tos', 'payload']
    if f['v'] == 6:
        can.append('flow')
    else:
        can += ['id', 'df']
    can += [k for k in ('sport', 'dport', 'icmp_id', 'icmp_seq', 'code',
                        'flags', 'seq', 'ack', 'win', 'mss', 'wscale', 'off',
                        'ts') if k in f]
    if f['proto'] == 'TCP' and not options(f) and 'off' not in f:
        can += ['+mss'] * 4
    what = rand.choice(can)
    if what in ('src', 'dst'):
        g[what] = address(rand, f['v'])
    elif what == 'payload':
        g[what] = rand.randbytes(rand.randrange(1400))
    elif what == '+mss':
        g['mss'] = 1400
    elif what == 'ts':
        g['ts'] = (f['ts'][0], rand.randrange(1 << 32))
    elif what == 'df':
        g['df'] = 1 - f['df']
    elif what == 'off':
        g['off'] = rand.randrange(1, 3000) * 8
    elif what == 'flags':
        # The urgent pointer stays, whether it is told or not.
        g['flags'] = rand.randrange(32) | f['flags'] & 32
    elif what in ('ttl', 'tos', 'code'):
        g[what] = rand.randrange(256)
    elif what == 'wscale':
        g[what] = rand.randrange(15)
    elif what == 'flow':
        g[what] = rand.randrange(1 << 20)
    elif what in ('seq', 'ack'):
        g[what] = rand.randrange(1 << 32)
    else:
        g[what] = rand.randrange(65536)
    return what, g


def edit(rand):
    f = fields(rand)
    old = build(f)
    what, g = change(rand, f)
    r = record(rand, g)
    wanted = build(g)
    if what == 'flags':
        # Edited in one of its two places.
        r['tcp'] = record(rand, f)['tcp']
        if rand.randrange(2):
            r['tcp']['tcp_flags'] = '%02x' % g['flags']
        else:
            for name, bit in FLAGS:
                if (f['flags'] ^ g['flags']) & bit:
                    r['tcp'][name] = bool(g['flags'] & bit)
            if (f['flags'] ^ g['flags']) & 16:
                g['flags'] ^= 16
            wanted = build(g)
    elif what == 'payload':
        r['payload'] = base64.b64encode(g['payload']).decode()
    elif what == 'df':
        # A flag that is not told of stays.
        r['ip']['df'] = bool(g['df'])
    elif rand.randrange(4) == 0:
        # Nothing edited, and a sum that was wrong stays wrong.
        r = record(rand, f)
        old = old[:-1] + bytes([old[-1] ^ 1]) if f['payload'] else old
        wanted = old
    r['packet'] = base64.b64encode(old).decode()
    r['ip']['len'] = 1
    for name in ('tcp', 'udp', 'icmp'):
        if name in r:
            r[name].update({'payload_len': 3, 'sum_ok': False})
    return r, wanted


def compare(capture, wanted):
    """Little endian and raw IP, as the tools write it here."""
    with open(capture, 'rb') as f:
        data = f.read()
    got = []
    at = 24
    while at < len(data):
        length, = struct.unpack_from('=I', data, at + 8)
        got.append(data[at + 16:at + 16 + length].hex())
        at += 16 + length
    with open(wanted) as f:
        lines = f.read().split('\n')[:-1]
    if len(got) != len(lines):
        print('%d packets, and not %d' % (len(got), len(lines)))
    for n, (one, other) in enumerate(zip(got, lines), 1):
        if one != other:
            print('line %d: %s and not %s' % (n, one, other))


def main():
    if sys.argv[1] == 'compare':
        compare(*sys.argv[2:])
        return
    rand = random.Random(int(sys.argv[2]))
    with open(sys.argv[4], 'w') as lines, open(sys.argv[5], 'w') as wanted:
        for _ in range(int(sys.argv[3])):
            r, packet = make(rand) if sys.argv[1] == 'make' else edit(rand)
            print(json.dumps(r), file=lines)
            print(packet.hex(), file=wanted)


main()
