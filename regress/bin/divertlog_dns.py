#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# divertlog_dns.py CAPTURE LOG ODD: the `dns' objects of a log with a record
# for each packet of the capture, against the fields that tshark sees.  ODD
# lists what may differ: packet, field, reason.  The last line counts.

import json
import re
import subprocess
import sys

# What tshark calls what; each is one value or one per record.
HEADER = ['dns.id', 'dns.flags', '_ws.malformed', '_ws.short']
FIELDS = [
    'dns.qry.name', 'dns.qry.type', 'dns.qry.class', 'dns.qry.qu',
    'dns.resp.name', 'dns.resp.type', 'dns.resp.class',
    'dns.resp.cache_flush', 'dns.resp.ttl', 'dns.rr.udp_payload_size',
    'dns.resp.edns0_version', 'dns.resp.z.do', 'dns.opt.code', 'dns.a',
    'dns.aaaa', 'dns.cname', 'dns.ns', 'dns.ptr.domain_name', 'dns.dname',
    'dns.mx.mail_exchange', 'dns.mx.preference', 'dns.soa.mname',
    'dns.soa.rname', 'dns.soa.serial_number', 'dns.soa.refresh_interval',
    'dns.soa.retry_interval', 'dns.soa.expire_limit', 'dns.soa.minimum_ttl',
    'dns.srv.priority', 'dns.srv.weight', 'dns.srv.port', 'dns.srv.target',
    'dns.txt', 'dns.caa.flags', 'dns.caa.tag', 'dns.sshfp.algorithm',
    'dns.sshfp.fingerprint.type', 'dns.sshfp.fingerprint', 'dns.ds.key_id',
    'dns.ds.algorithm', 'dns.ds.digest_type', 'dns.ds.digest',
    'dns.dnskey.flags', 'dns.dnskey.protocol', 'dns.dnskey.algorithm',
    'dns.dnskey.key_id', 'dns.rrsig.type_covered', 'dns.rrsig.algorithm',
    'dns.rrsig.labels', 'dns.rrsig.original_ttl', 'dns.rrsig.key_tag',
    'dns.rrsig.signers_name', 'dns.svcb.svcpriority', 'dns.svcb.targetname',
]
NAMES = {'A': 'dns.a', 'AAAA': 'dns.aaaa', 'CNAME': 'dns.cname',
         'NS': 'dns.ns', 'PTR': 'dns.ptr.domain_name', 'DNAME': 'dns.dname',
         'MX': 'dns.mx.mail_exchange'}
OBJECTS = {
    'soa': {'mname': 'mname', 'rname': 'rname', 'serial': 'serial_number',
            'refresh': 'refresh_interval', 'retry': 'retry_interval',
            'expire': 'expire_limit', 'minimum': 'minimum_ttl'},
    'srv': {'priority': 'priority', 'weight': 'weight', 'port': 'port',
            'name': 'target'},
    'caa': {'flags': 'flags', 'tag': 'tag'},
    'sshfp': {'algo': 'algorithm', 'type': 'fingerprint.type',
              'fingerprint': 'fingerprint'},
    'ds': {'key_tag': 'key_id', 'algorithm': 'algorithm',
           'digest_type': 'digest_type', 'digest': 'digest'},
    'dnskey': {'flags': 'flags', 'protocol': 'protocol',
               'algorithm': 'algorithm', 'key_tag': 'key_id'},
    'rrsig': {'type_covered': 'type_covered', 'algorithm': 'algorithm',
              'labels': 'labels', 'original_ttl': 'original_ttl',
              'key_tag': 'key_tag', 'signer': 'signers_name'},
    'svcb': {'priority': 'svcpriority', 'target': 'targetname'},
}
RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED',
          'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE',
          'DSOTYPENI']
FLAGS = {'qr': 15, 'aa': 10, 'tc': 9, 'rd': 8, 'ra': 7, 'z': 6, 'ad': 5,
         'cd': 4}
CLASSES = {'CH': 3, 'HS': 4, 'NONE': 254, 'ANY': 255}
APART, BEHIND = '\x1e', '\x1f'


def lines(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True)
    return done.stdout.decode('latin-1').split('\n')[:-1]


def types():
    """The numbers of the record types, by tshark's own list."""
    found = {}
    for line in lines('tshark', '-G', 'values'):
        word = line.split('\t')
        if word[:2] == ['V', 'dns.qry.type']:
            found[word[3].split(' ')[0]] = int(word[2])
    return found


TYPES = types()


def type_number(text):
    if text == 'ANY':
        return 255
    if re.fullmatch(r'TYPE\d+', text) and int(text[4:]) not in TYPES.values():
        return int(text[4:])
    return TYPES.get(text, text)


def class_number(entry):
    text = entry.get('rrclass', 'IN')
    if text == 'IN':
        return 1
    return int(text[5:]) if text.startswith('CLASS') else CLASSES[text]


SHORT = {7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r'}


def shown(text):
    """As tshark shows it: no DNS escapes, those of C for control bytes."""
    out = ''
    for part in re.findall(r'\\\d\d\d|\\.|.', text, re.S):
        c = part
        if part[0] == '\\':
            c = chr(int(part[1:])) if part[1].isdigit() else part[1]
        if ord(c) in SHORT:
            c = '\\' + SHORT[ord(c)]
        elif ord(c) < 32 or ord(c) == 127:
            c = '\\%03o' % ord(c)
        out += c
    return '<Root>' if out == '.' and text == '.' else out


def flatten(dns):
    """The fields of our object under the names of tshark."""
    out = {f: [] for f in FIELDS}

    def add(field, value):
        out[field].append(str(value))

    for q in dns.get('queries', []):
        add('dns.qry.name', shown(q['rrname']))
        add('dns.qry.type', type_number(q['rrtype']))
        add('dns.qry.class', class_number(q))
        add('dns.qry.qu', int(q.get('unicast', False)))
    for section in ('answers', 'authorities', 'additionals'):
        for rr in dns.get(section, []):
            add('dns.resp.name', shown(rr['rrname']))
            add('dns.resp.type', type_number(rr['rrtype']))
            if rr['rrtype'] == 'OPT':
                add('dns.rr.udp_payload_size', rr['udp_size'])
                add('dns.resp.edns0_version', rr['version'])
                add('dns.resp.z.do', int(rr.get('do', False)))
                for opt in rr.get('opt', []):
                    add('dns.opt.code', opt['code'])
                continue
            add('dns.resp.class', class_number(rr))
            add('dns.resp.cache_flush', int(rr.get('cache_flush', False)))
            add('dns.resp.ttl', rr['ttl'])
            if rr['rrtype'] in NAMES and 'rdata' in rr:
                add(NAMES[rr['rrtype']], shown(rr['rdata']))
            if rr['rrtype'] == 'MX' and 'preference' in rr:
                add('dns.mx.preference', rr['preference'])
            if rr['rrtype'] == 'TXT' and 'rdata' in rr:
                for text in ([rr['rdata']] if isinstance(rr['rdata'], str)
                             else rr['rdata']):
                    add('dns.txt', shown(text))
            for what, keys in OBJECTS.items():
                for key, theirs in keys.items() if what in rr else ():
                    value = rr[what].get(key, '')
                    if key == 'type_covered':
                        value = type_number(value)
                    elif isinstance(value, str):
                        value = shown(value)
                    if key == 'fingerprint':
                        value = value.replace(':', '')
                    add('dns.%s.%s' % (what, theirs), value)
    return out


def flags(dns):
    value = sum(1 << bit for name, bit in FLAGS.items() if dns.get(name))
    rcode = dns.get('rcode', 'NOERROR')
    low = int(rcode[5:]) if rcode.startswith('RCODE') else RCODES.index(rcode)
    value |= dns['opcode'] << 11 | low
    if dns.get('qr'):
        assert dns['flags'] == '%04x' % value and dns['type'] == 'response'
    else:
        assert dns['type'] == 'request'
    return value


def number(text):
    return str(int(text, 0)) if re.fullmatch(r'0x[0-9a-f]+|\d+', text) else text


def main():
    capture, log, odd = sys.argv[1:]
    with open(odd, encoding='ascii') as f:
        allowed = {tuple(line.split()[:2]) for line in f
                   if line[0] not in '#\n'}
    used = set()
    command = ['tshark', '-n', '-r', capture, '-o', 'ip.defragment:FALSE',
               '-T', 'fields', '-E', 'separator=' + APART,
               '-E', 'aggregator=' + BEHIND]
    for field in HEADER + FIELDS:
        command += ['-e', field]
    theirs = lines(*command)
    with open(log, encoding='ascii') as f:
        ours = [json.loads(line) for line in f]
    ours = [r for r in ours if r['event_type'] in ('packet', 'anomaly')]
    assert len(ours) == len(theirs), (len(ours), len(theirs))
    count = [0, 0, 0]           # fields, messages, differences

    def differ(n, field, mine, its):
        key = (str(n), field)
        if key in allowed:
            used.add(key)
            return
        count[2] += 1
        print('%d %s: %r here, %r there' % (n, field, mine, its))

    for n, (record, line) in enumerate(zip(ours, theirs), 1):
        its = dict(zip(HEADER + FIELDS, line.split(APART)))
        dns = record.get('dns')
        if record['event_type'] == 'anomaly':
            continue
        # A message without a header has an id, in its eyes.
        short = record.get('udp', {}).get('payload_len', 0) < 12
        if (dns is None) != (its['dns.id'] == '') and not short:
            differ(n, 'dns', dns, its['dns.id'])
        if dns is None or its['dns.id'] == '':
            continue
        count[1] += 1
        for field, mine in (('dns.id', dns['id']), ('dns.flags', flags(dns))):
            count[0] += 1
            if mine != int(its[field], 0):
                differ(n, field, mine, its[field])
        broken = its['_ws.malformed'] != '' or '<Name ' in line
        cut = its['_ws.short'] != ''
        if ('malformed' in dns) != broken or ('truncated' in dns) != cut:
            differ(n, 'malformed', dns.get('malformed'), broken)
        if broken or cut or 'malformed' in dns:
            continue
        more = any(k.endswith('_omitted') for k in dns)
        for field, mine in flatten(dns).items():
            there = its[field].split(BEHIND) if its[field] else []
            there = [number(v.replace(':', '') if 'digest' in field or
                            'fingerprint' in field else v) for v in there]
            if more or (field == 'dns.txt' and 'rdata_omitted' in str(dns)):
                there = there[:len(mine)]
            if '.qu' in field or '.cache_flush' in field:
                # Said of multicast alone.
                mine = mine if there else ['0' for _ in mine]
                there = there or ['0' for _ in mine]
            # It shows bytes that are no ASCII as what they might be.
            if any(ord(c) > 126 for v in mine + there for c in v):
                continue
            count[0] += len(mine)
            if mine != there:
                differ(n, field, mine, there)
    for key in sorted(allowed - used):
        count[2] += 1
        print('%s %s: allowed, and no different' % key)
    print('%d fields in %d messages, %d differences' % tuple(count))


main()
