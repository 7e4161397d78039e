#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# divertlog_tshark.py [-a] folder differences capture ...
#
# The oracle of divertlog_tshark.sh: the records of each capture, which stand
# in folder as NAME.json, against what tshark sees, field by field, at the
# outermost IP layer.  Prints each difference that the list of differences
# does not allow, each line of that list which nothing needed, and at last
# `F fields in M packets, D differences'.  Exits 1 when there was any of
# either, or when M is not the number of IP packets that tshark counts.
#
# -a: all captures are here, and so each key that is compared must be in some:
# a change of its value is tried and must be seen.
#
# Of a record `anomaly' only what it says is compared: tshark goes on where a
# packet is damaged.  That it is damaged must be seen by tshark too.

import collections
import fractions
import ipaddress
import json
import os
import re
import struct
import subprocess
import sys

SETTINGS = [
    'ip.defragment:FALSE', 'ipv6.defragment:FALSE',
    'tcp.desegment_tcp_streams:FALSE', 'tcp.relative_sequence_numbers:FALSE',
    'ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE',
    'udp.check_checksum:TRUE', 'udplite.check_checksum:TRUE',
    'udplite.ignore_checksum_coverage:FALSE', 'sctp.checksum:CRC 32c',
]
FIELDS = '''
    frame.number frame.time_epoch frame.protocols _ws.malformed
    _ws.expert.severity _ws.expert.message
    ip.src ip.dst ip.hdr_len ip.dsfield ip.len ip.id ip.flags.df ip.flags.mf
    ip.frag_offset ip.ttl ip.proto ip.checksum.status
    ipv6.src ipv6.dst ipv6.tclass ipv6.flow ipv6.plen ipv6.nxt ipv6.hlim
    ipv6.hopopts.nxt ipv6.routing.nxt ipv6.dstopts.nxt ah.next_header
    mip6.proto hip.proto shim6.nxt
    ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident
    tcp.srcport tcp.dstport tcp.flags tcp.seq tcp.ack tcp.window_size_value
    tcp.hdr_len tcp.len tcp.checksum.status tcp.urgent_pointer
    tcp.options.mss_val tcp.options.wscale.shift tcp.options.sack_perm
    tcp.options.timestamp.tsval tcp.options.timestamp.tsecr
    tcp.options.sack_le tcp.options.sack_re
    udp.srcport udp.dstport udp.length udp.checksum.status
    icmp.type icmp.code icmp.ident icmp.seq icmp.checksum.status icmp.mtu
    icmpv6.type icmpv6.code icmpv6.echo.identifier
    icmpv6.echo.sequence_number icmpv6.checksum.status icmpv6.mtu
    sctp.srcport sctp.dstport sctp.verification_tag sctp.checksum.status
    gre.proto gre.flags_and_version gre.key gre.key.call_id
    gre.sequence_number gre.ack_number udp.checksum_coverage esp.spi esp.sequence ah.spi ah.sequence
    dns.id dns.flags dns.qry.name dns.qry.type dns.resp.name dns.resp.type dns.a dns.aaaa
    ip.flags.rb communityid
'''.split()
# Between the occurrences of one field: in no name and no number.
BETWEEN = '\x1f'

PROTOCOLS = {
    'ICMP': 1, 'IGMP': 2, 'IPv4': 4, 'TCP': 6, 'UDP': 17, 'IPv6': 41,
    'GRE': 47, 'ESP': 50, 'AH': 51, 'IPv6-ICMP': 58, 'EIGRP': 88,
    'OSPFIGP': 89, 'PIM': 103, 'VRRP': 112, 'SCTP': 132, 'UDPLite': 136,
}
TYPES = {
    'A': 1, 'NS': 2, 'CNAME': 5, 'SOA': 6, 'PTR': 12, 'HINFO': 13, 'MX': 15,
    'TXT': 16, 'NULL': 10, 'MINFO': 14, 'RP': 17, 'AFSDB': 18, 'SIG': 24, 'KEY': 25, 'AAAA': 28, 'LOC': 29, 'NXT': 30,
    'SRV': 33, 'NAPTR': 35, 'KX': 36, 'CERT': 37, 'A6': 38, 'DNAME': 39,
    'OPT': 41, 'APL': 42, 'DS': 43, 'SSHFP': 44, 'IPSECKEY': 45, 'RRSIG': 46,
    'NSEC': 47, 'DNSKEY': 48, 'DHCID': 49, 'NSEC3': 50, 'NSEC3PARAM': 51,
    'TLSA': 52, 'HIP': 55, 'CDS': 59, 'CDNSKEY': 60, 'OPENPGPKEY': 61,
    'SVCB': 64, 'HTTPS': 65, 'SPF': 99, 'TKEY': 249, 'TSIG': 250, 'IXFR': 251,
    'AXFR': 252, 'ANY': 255, 'URI': 256, 'CAA': 257,
}

# TCP flags that have a key of their own, by bit; ACK has none.
FLAGS = ['fin', 'syn', 'rst', 'psh', '', 'urg', 'ecn', 'cwr']

# Of what tshark says something about another thing.
UNKNOWN = object()

# What tshark counts ip.frag_offset in: versions differ.  See learn_unit().
frag_unit = 1

RCODES = '''
    NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET
    NOTAUTH NOTZONE
'''.split()

# Keys whose change must be seen somewhere: see Watch.
COMPARED = '''
    timestamp src_ip src_port dest_ip dest_port proto ip_v icmp_type icmp_code
    community_id
    ip.hlen ip.tos ip.len ip.id ip.rf ip.df ip.mf ip.frag_off ip.ttl ip.tc
    ip.flowlbl ip.hoplimit ip.sum_ok
    ah.spi ah.seq
    tcp.tcp_flags tcp.syn tcp.fin tcp.rst tcp.psh tcp.urg tcp.ecn tcp.cwr
    tcp.seq tcp.ack tcp.win tcp.urp tcp.hlen tcp.mss tcp.wscale
    tcp.sack_permitted tcp.sack.left tcp.sack.right tcp.tsval tcp.tsecr
    tcp.payload_len tcp.sum_ok
    udp.len udp.payload_len udp.sum_ok
    icmp.id icmp.seq icmp.sum_ok icmp.quoted.src_ip icmp.quoted.dest_ip
    sctp.vtag sctp.sum_ok gre.flags gre.version gre.protocol gre.seq
    esp.spi esp.seq
    dns.id dns.type dns.qr dns.aa dns.tc dns.rd dns.ra dns.ad dns.cd
    dns.opcode dns.rcode dns.queries.rrname dns.queries.rrtype
    dns.answers.rrname dns.answers.rrtype dns.answers.rdata
    dns.authorities.rrname dns.additionals.rrtype
'''.split()

# Where tshark finds the next header behind each kind of extension header.
NEXT = {
    0: 'ipv6.hopopts.nxt', 43: 'ipv6.routing.nxt', 44: 'ipv6.fraghdr.nxt',
    60: 'ipv6.dstopts.nxt', 51: 'ah.next_header', 135: 'mip6.proto',
    139: 'hip.proto', 140: 'shim6.nxt',
}


class Frame:
    """What tshark says of one frame."""

    def __init__(self, line):
        values = line.rstrip('\n').split('\t')
        self.values = {name: text.split(BETWEEN)
                       for name, text in zip(FIELDS, values) if text != ''}
        self.layers = self.text('frame.protocols', '').split(':')
        self.version = next((4 if layer == 'ip' else 6 for layer in self.layers
                             if layer in ('ip', 'ipv6')), None)

    def text(self, name, default=None):
        return self.values.get(name, [default])[0]

    def number(self, name):
        text = self.text(name)
        return None if text is None else int(text, 0)

    def flag(self, name):
        return self.text(name) in ('1', 'True')

    def sum(self, name):
        """Checksum status: 0 bad, 1 good, else not said."""
        return {'0': False, '1': True}.get(self.text(name + '.checksum.status'))

    def protocol(self):
        """Follow the chain of headers to the upper layer."""
        taken = collections.Counter()
        proto = self.number('ip.proto' if self.version == 4 else 'ipv6.nxt')
        while proto in NEXT and (self.version == 6 or proto == 51):
            name = NEXT[proto]
            found = self.values.get(name, [])
            if taken[name] == len(found):
                break
            following = int(found[taken[name]], 0)
            if proto in (135, 139, 140) and following == 59:
                break
            taken[name] += 1
            if proto == 44 and self.number('ipv6.fraghdr.offset') and \
                    taken[name] == 1:
                return following
            proto = following
        return proto


def address(text):
    return str(ipaddress.ip_address(text)) if text else None


def without_nothing(found):
    return {name: value for name, value in found.items() if value is not None}


def theirs_tcp(frame):
    number = frame.number
    sacks = [{'left': int(left), 'right': int(right)} for left, right in zip(
        frame.values.get('tcp.options.sack_le', []),
        frame.values.get('tcp.options.sack_re', []))]
    flags = number('tcp.flags')
    found = {
        'src_port': number('tcp.srcport'), 'dest_port': number('tcp.dstport'),
        'tcp.flags': None if flags is None else flags & 0xff,
        'tcp.seq': number('tcp.seq'), 'tcp.ack': number('tcp.ack'),
        'tcp.win': number('tcp.window_size_value'),
        'tcp.urp': number('tcp.urgent_pointer') if flags and flags & 0x20
                   else None,
        'tcp.hlen': number('tcp.hdr_len'),
        'tcp.payload_len': number('tcp.len'),
        'tcp.sum_ok': frame.sum('tcp'),
        'tcp.mss': number('tcp.options.mss_val'),
        'tcp.wscale': number('tcp.options.wscale.shift'),
        'tcp.sack_permitted':
            True if 'tcp.options.sack_perm' in frame.values else None,
        'tcp.sack': sacks or None,
        'tcp.tsval': number('tcp.options.timestamp.tsval'),
        'tcp.tsecr': number('tcp.options.timestamp.tsecr'),
    }
    if flags is not None:
        for n, name in enumerate(FLAGS):
            if name:
                found['tcp.' + name] = flags & 1 << n != 0
    return found


def theirs_udp(frame):
    length = frame.number('udp.length')
    return {
        'src_port': frame.number('udp.srcport'),
        'dest_port': frame.number('udp.dstport'),
        'udp.len': length, 'udp.payload_len': length and length - 8,
        'udp.sum_ok': frame.sum('udp'),
    }


def theirs_udplite(frame):
    return {
        'src_port': frame.number('udp.srcport'),
        'dest_port': frame.number('udp.dstport'),
        'udplite.coverage': frame.number('udp.checksum_coverage'),
        'udplite.sum_ok': frame.sum('udp'),
    }


def second(frame, name):
    """Of the packet that an ICMP error quotes."""
    found = frame.values.get(name, [])
    return found[1] if len(found) > 1 else None


def theirs_icmp(frame):
    quoted = frame.number('icmp.type') in (3, 4, 5, 11, 12)
    return {
        'icmp.quoted.src_ip': address(quoted and second(frame, 'ip.src')),
        'icmp.quoted.dest_ip': address(quoted and second(frame, 'ip.dst')),
        'icmp.mtu': frame.number('icmp.mtu') or None,
        'icmp_type': frame.number('icmp.type'),
        'icmp_code': frame.number('icmp.code'),
        'icmp.id': None if quoted else frame.number('icmp.ident'),
        'icmp.seq': None if quoted else frame.number('icmp.seq'),
        'icmp.sum_ok': frame.sum('icmp'),
    }


def theirs_icmp6(frame):
    quoted = frame.number('icmpv6.type') in (1, 2, 3, 4)
    return {
        'icmp.quoted.src_ip': address(quoted and second(frame, 'ipv6.src')),
        'icmp.quoted.dest_ip': address(quoted and second(frame, 'ipv6.dst')),
        'icmp.mtu': frame.number('icmpv6.mtu'),
        'icmp_type': frame.number('icmpv6.type'),
        'icmp_code': frame.number('icmpv6.code'),
        'icmp.id': frame.number('icmpv6.echo.identifier'),
        'icmp.seq': frame.number('icmpv6.echo.sequence_number'),
        'icmp.sum_ok': frame.sum('icmpv6'),
    }


def theirs_sctp(frame):
    return {
        'src_port': frame.number('sctp.srcport'),
        'dest_port': frame.number('sctp.dstport'),
        'sctp.vtag': frame.number('sctp.verification_tag'),
        'sctp.sum_ok': frame.sum('sctp'),
    }


def theirs_gre(frame):
    flags = frame.number('gre.flags_and_version')
    return {
        'gre.protocol': frame.number('gre.proto'),
        'gre.flags': flags, 'gre.version': flags and flags & 7,
        'gre.key': frame.number('gre.key'),
        'gre.call_id': frame.number('gre.key.call_id'),
        'gre.seq': frame.number('gre.sequence_number'),
        'gre.ack': frame.number('gre.ack_number'),
    }


def theirs_esp(frame):
    return {'esp.spi': frame.number('esp.spi'),
            'esp.seq': frame.number('esp.sequence')}


def theirs_dns(frame):
    return {
        'dns.id': frame.number('dns.id'),
        'dns.flags': frame.number('dns.flags'),
        'dns.names': [dns_name(name) for name in
                      frame.values.get('dns.qry.name', [])] or None,
        'dns.types': [int(text, 0) for text in
                      frame.values.get('dns.qry.type', [])] or None,
        'dns.answer_names': [
            dns_name(name) for name in
            frame.values.get('dns.resp.name', [])] or None,
        'dns.answer_types': [
            int(text, 0) for text in
            frame.values.get('dns.resp.type', [])] or None,
        'dns.addresses': sorted(
            map(address, frame.values.get('dns.a', []) +
                frame.values.get('dns.aaaa', []))) or None,
    }


UPPER = {
    6: ('tcp', theirs_tcp), 17: ('udp', theirs_udp),
    136: ('udplite', theirs_udplite), 1: ('icmp', theirs_icmp),
    58: ('icmpv6', theirs_icmp6), 132: ('sctp', theirs_sctp),
    47: ('gre', theirs_gre), 50: ('esp', theirs_esp),
}


def community_id(frame, proto):
    """tshark goes by the innermost layer, and knows some protocols only."""
    alone = frame.layers.count('ip') + frame.layers.count('ipv6') == 1
    plain = frame.version == 4 or frame.number('ipv6.nxt') == proto
    if alone and plain and proto in (1, 6, 17, 58, 132) and \
            UPPER[proto][0] in frame.layers:
        return frame.text('communityid')
    return UNKNOWN


def theirs(frame):
    number = frame.number
    proto = frame.protocol()
    found = {
        'timestamp': nanoseconds(frame.text('frame.time_epoch')),
        'ip_v': frame.version, 'proto': proto,
        'community_id': community_id(frame, proto),
    }
    if frame.version == 4:
        found.update({
            'src_ip': address(frame.text('ip.src')),
            'dest_ip': address(frame.text('ip.dst')),
            'ip.hlen': number('ip.hdr_len'), 'ip.tos': number('ip.dsfield'),
            'ip.len': number('ip.len'), 'ip.id': number('ip.id'),
            'ip.rf': frame.flag('ip.flags.rb'),
            'ip.df': frame.flag('ip.flags.df'),
            'ip.mf': frame.flag('ip.flags.mf'),
            'ip.ttl': number('ip.ttl'), 'ip.sum_ok': frame.sum('ip'),
        })
        if found['ip.mf'] or number('ip.frag_offset'):
            found['ip.frag_off'] = number('ip.frag_offset') * frag_unit
    else:
        offset = number('ipv6.fraghdr.offset')
        found.update({
            'src_ip': address(frame.text('ipv6.src')),
            'dest_ip': address(frame.text('ipv6.dst')),
            'ip.tc': number('ipv6.tclass'), 'ip.flowlbl': number('ipv6.flow'),
            'ip.len': number('ipv6.plen'), 'ip.hoplimit': number('ipv6.hlim'),
            'ip.id': number('ipv6.fraghdr.ident'),
            'ip.rf': False, 'ip.df': False, 'ip.mf': frame.flag('ipv6.fraghdr.more'),
            'ip.frag_off': None if offset is None else offset * 8,
        })
    if 'ah.spi' in frame.values:
        found.update({'ah.spi': number('ah.spi'),
                      'ah.seq': number('ah.sequence')})
    layer, more = UPPER.get(proto, (None, None))
    if layer in frame.layers:
        found.update(more(frame))
    if proto == 17 and 'udp' in frame.layers:
        behind = frame.layers[frame.layers.index('udp') + 1:]
        if behind and behind[0] in ('dns', 'mdns', 'llmnr'):
            found.update(theirs_dns(frame))
    return without_nothing(found)


def dns_name(text):
    """A name of tshark's, who writes what is not printable as C does, but a
    backslash as it stands."""
    if text == '<Root>':
        return '.'
    known = dict(zip('abfnrtv', '\a\b\f\n\r\t\v'))
    return re.sub(r'\\([0-7]{3}|[abfnrtv])', lambda found: known.get(
        found[1]) or chr(int(found[1], 8)), text)


def plain_name(name):
    """A name of ours without escapes; what is no UTF-8 tshark replaces."""
    return re.sub(rb'\\([0-9]{3}|.)', lambda found: (
        bytes([int(found[1])]) if len(found[1]) == 3 else found[1]),
                  name.encode()).decode('utf-8', 'replace')


def dns_flags(dns):
    """The second word of the header, of what the record says in words."""
    words = RCODES[:11] + ['RCODE%d' % n for n in range(11, 16)]
    if (dns['type'] == 'response') != dns.get('qr', False):
        return None
    return dns['opcode'] << 11 | words.index(dns.get('rcode', 'NOERROR')) | \
        sum(dns.get(name, False) << bit for name, bit in (
            ('qr', 15), ('aa', 10), ('tc', 9), ('rd', 8), ('ra', 7),
            ('z', 6), ('ad', 5), ('cd', 4)))


def type_number(name):
    if name in TYPES:
        return TYPES[name]
    return int(re.sub('^TYPE', '', name))


def ours(record):
    found = {'timestamp': record_time(record['timestamp'])}
    for name in ('ip_v', 'src_port', 'dest_port', 'icmp_type', 'icmp_code',
                 'community_id'):
        found[name] = record.get(name)
    for name in 'src_ip', 'dest_ip':
        found[name] = record.get(name)
    if 'proto' in record:
        found['proto'] = PROTOCOLS.get(record['proto'])
        if found['proto'] is None:
            found['proto'] = int(record['proto'])
    ip = record.get('ip')
    if ip is not None:
        for name in ('hlen', 'tos', 'len', 'id', 'frag_off', 'ttl', 'sum_ok',
                     'tc', 'flowlbl', 'hoplimit'):
            found['ip.' + name] = ip.get(name)
        if record['ip_v'] == 6:
            del found['ip.hlen']
        for name in 'rf', 'df', 'mf':
            found['ip.' + name] = ip.get(name, False)
    tcp = record.get('tcp')
    if tcp is not None:
        for name in ('seq', 'ack', 'win', 'hlen', 'payload_len', 'sum_ok',
                     'mss', 'wscale', 'sack_permitted', 'sack', 'tsval',
                     'tsecr', 'urp'):
            found['tcp.' + name] = tcp.get(name)
        found['tcp.flags'] = int(tcp['tcp_flags'], 16)
        for name in filter(None, FLAGS):
            found['tcp.' + name] = tcp.get(name, False)
    for layer, names in (
            ('udp', ('len', 'payload_len', 'sum_ok')),
            ('udplite', ('coverage', 'sum_ok')),
            ('icmp', ('id', 'seq', 'mtu', 'sum_ok')),
            ('sctp', ('vtag', 'sum_ok')), ('ah', ('spi', 'seq')),
            ('gre', ('version', 'protocol', 'key', 'call_id', 'seq', 'ack')),
            ('esp', ('spi', 'seq'))):
        for name in names:
            found[layer + '.' + name] = record.get(layer, {}).get(name)
    if 'gre' in record:
        found['gre.flags'] = int(record['gre']['flags'], 16)
    for name, value in record.get('icmp', {}).get('quoted', {}).items():
        if name in ('src_ip', 'dest_ip'):
            found['icmp.quoted.' + name] = value
    dns = record.get('dns')
    if dns is not None:
        found['dns.id'] = dns['id']
        found['dns.flags'] = dns_flags(dns)
        queries = dns.get('queries', [])
        found['dns.names'] = [plain_name(query['rrname'])
                              for query in queries] or None
        found['dns.types'] = [type_number(query['rrtype'])
                              for query in queries] or None
        answers = sum((dns.get(section, []) for section in (
            'answers', 'authorities', 'additionals')), [])
        found['dns.answer_names'] = [plain_name(rr['rrname'])
                                     for rr in answers] or None
        found['dns.answer_types'] = [type_number(rr['rrtype'])
                                     for rr in answers] or None
        found['dns.addresses'] = sorted(
            rr['rdata'] for rr in answers
            if rr['rrtype'] in ('A', 'AAAA') and 'rdata' in rr) or None
    return without_nothing(found)


def nanoseconds(text):
    """A number of seconds as text; no time at all is the beginning."""
    return int(fractions.Fraction(text or 0) * 10 ** 9)


def record_time(text):
    """RFC 3339 with nine digits, by the calendar's own arithmetic."""
    year, month, day, hour, minute, second, fraction = map(int, re.fullmatch(
        r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{9})Z',
        text).groups())
    import datetime
    days = datetime.date(year, month, day).toordinal() - \
        datetime.date(1970, 1, 1).toordinal()
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 10 ** 9 + \
        fraction


def damaged(frame):
    """Whether tshark complains of the frame at all."""
    return '_ws.malformed' in frame.values or any(
        int(text, 0) >= 0x400000
        for text in frame.values.get('_ws.expert.severity', []))


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.DEVNULL).stdout.decode(
                              'utf-8', 'surrogateescape')


def tshark(path):
    command = ['tshark', '-n', '-r', path, '--enable-protocol', 'communityid',
               '-T', 'fields',
               '-E', 'occurrence=a', '-E', 'aggregator=' + BETWEEN]
    for setting in SETTINGS:
        command += ['-o', setting]
    for name in FIELDS:
        command += ['-e', name]
    return [Frame(line) for line in run(*command).splitlines()]


def learn_unit(scratch):
    """Ask tshark for the offset of a fragment that begins at byte 1480."""
    global frag_unit
    packet = bytes.fromhex('450000140001' '00b9' '4000' '0000'
                           'c0000201' 'c6336407')
    path = os.path.join(scratch, 'fragment')
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        f.write(struct.pack('<IIII', 0, 0, len(packet), len(packet)) + packet)
    frag_unit = 1480 // tshark(path)[0].number('ip.frag_offset')


def frames(captures, scratch):
    """Each capture's frames.  tshark takes long to start: as many captures as
    go into one file are read at once."""
    alike, others = [], []
    for line in run('capinfos', '-T', '-r', '-E', '-c', '-M',
                    *captures).splitlines():
        path, link, count = line.split('\t')
        if link == 'per-packet':
            others.append(path)
        else:
            alike.append((path, int(count)))
    merged = os.path.join(scratch, 'merged')
    run('mergecap', '-a', '-F', 'pcapng', '-w', merged,
        *[path for path, _ in alike])
    all_of_them = tshark(merged)
    assert len(all_of_them) == sum(count for _, count in alike)
    found = {path: tshark(path) for path in others}
    at = 0
    for path, count in alike:
        found[path] = all_of_them[at:at + count]
        at += count
    return found


class Allowed:
    """The list of differences: capture, packets, field, reason."""

    def __init__(self, path):
        self.lines = {}
        self.used = set()
        with open(path) as f:
            for line in f:
                if line.startswith('#') or not line.strip():
                    continue
                capture, packets, field, _ = line.split(None, 3)
                for part in packets.split(','):
                    first, _, last = part.partition('-')
                    for n in range(int(first), int(last or first) + 1):
                        key = capture, n, field
                        if key in self.lines:
                            print('twice in the list: %s %d %s' % key)
                        self.lines[key] = line

    def __call__(self, capture, n, field):
        key = capture, n, field
        if key in self.lines:
            self.used.add(key)
            return True
        return False

    def unused(self):
        return sorted(set(self.lines) - self.used)


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, path + (name,))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, path + (n,))
    else:
        yield path, value


def changed(value):
    """Another one of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if re.fullmatch(r'[0-9a-f]{2}([0-9a-f]{2})?', value):
        return '%0*x' % (len(value), int(value, 16) ^ 1)
    return {'packet': 'anomaly', 'request': 'response', 'TCP': 'UDP',
            'A': 'AAAA'}.get(value) or re.sub(
                '[0-9a-z](?=[^0-9a-z]*$)',
                lambda found: '1' if found[0] == '2' else '2', value)


class Watch:
    """Which keys of records are compared: those whose change is seen."""

    def __init__(self):
        self.compared = set()

    def record(self, record, their):
        right = ours(record)
        for path, value in leaves(record):
            name = '.'.join(step for step in path if isinstance(step, str))
            if name in self.compared:
                continue
            wrong = json.loads(json.dumps(record))
            at = wrong
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = changed(value)
            mine = ours(wrong)
            if mine != right and any(
                    mine.get(field) != their.get(field) and
                    right.get(field) == their.get(field)
                    for field in set(mine) | set(right)):
                self.compared.add(name)


class Comparison:
    def __init__(self, allowed):
        self.allowed = allowed
        self.watch = Watch()
        self.fields = self.packets = self.differences = self.wrong = 0

    def differ(self, capture, n, field, mine, their):
        self.differences += 1
        if not self.allowed(capture, n, field):
            self.wrong += 1
            print('%s %d %s: %s here, %s in tshark' % (
                capture, n, field, mine, their))

    def packet(self, capture, n, record, frame):
        self.packets += 1
        mine, their = ours(record), theirs(frame)
        names = set(mine)
        if record['event_type'] == 'anomaly':
            mine['anomaly'] = True
            their['anomaly'] = damaged(frame)
            names.add('anomaly')
        else:
            names |= set(their)
        self.watch.record(record, their)
        self.fields += len(names)
        for name in sorted(names):
            if mine.get(name) != their.get(name) and \
                    their.get(name) is not UNKNOWN:
                self.differ(capture, n, name, mine.get(name), their.get(name))

    def capture(self, path, records, its):
        """The n-th record belongs to the n-th frame of IP, unless the list
        says that only one side sees a packet there."""
        name = os.path.basename(path)
        records = collections.deque(records)
        for n, frame in enumerate(its, 1):
            is_ip = frame.version is not None
            when = nanoseconds(frame.text('frame.time_epoch'))
            if (name, n, 'packet') in self.allowed.lines:
                self.differ(name, n, 'packet', None, None)
                self.packets += is_ip
                if not is_ip:
                    records.popleft()
                continue
            if not is_ip:
                continue
            if not records or (len(records) <= len(its) - n and
                               record_time(records[0]['timestamp']) != when):
                self.differ(name, n, 'packet', 'absent', 'there')
                continue
            self.packet(name, n, records.popleft(), frame)
        for record in records:
            self.differ(name, 0, 'packet', json.dumps(record), 'absent')


def read_records(path):
    with open(path) as f:
        records = [json.loads(line) for line in f]
    return [record for record in records
            if record['event_type'] in ('packet', 'anomaly')]


def main():
    everything = sys.argv[1] == '-a'
    if everything:
        del sys.argv[1]
    folder, differences = sys.argv[1:3]
    allowed = Allowed(differences)
    comparison = Comparison(allowed)
    expected = 0
    learn_unit(folder)
    for path, its in frames(sys.argv[3:], folder).items():
        expected += sum(frame.version is not None for frame in its)
        name = os.path.basename(path)
        comparison.capture(
            path, read_records(os.path.join(folder, name + '.json')), its)
    for key in allowed.unused():
        print('not needed: %s %d %s' % key)
    if comparison.packets != expected:
        print('%d packets compared, tshark counts %d' % (
            comparison.packets, expected))
    blind = set(COMPARED) - comparison.watch.compared
    if everything:
        for name in sorted(blind):
            print('nobody would see a change of %s' % name)
    else:
        blind = ()
    print('%d fields in %d packets, %d differences' % (
        comparison.fields, comparison.packets, comparison.differences))
    sys.exit(comparison.wrong != 0 or allowed.unused() != [] or
             comparison.packets != expected or len(blind) != 0)


main()
