#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# edits.py edits before.pdml after.pdml
#
# For edits.sh: a line for each edit, "ok" or what changed, or did not, against
# what it allows.

import re
import sys
import xml.etree.ElementTree as ET

# What tshark knows from where a packet stands in the file, and sums.
BESIDE = re.compile(r'(frame|geninfo|timestamp|num|caplen|len)(\..*)?$|'
                    r'(tcp|udp|icmp)\.(stream.*|time.*|resp.*|no_resp|'
                    r'completeness.*|connection.*|analysis.*|.*checksum.*)|'
                    r'(ip|icmpv6)\.(.*checksum.*|stream|resp.*)|'
                    r'ipv6\.stream|_ws\..*|.*\.resp_not_found.*')
LENGTHS = r'.*\.(len|length|hdr_len|plen|time_length)|data\.len|tcp\.len'


def packets(path):
    """What tshark says of each: values and, where there is none, the text."""
    for packet in ET.parse(path).getroot().iter('packet'):
        fields = {}
        for field in packet.iter('field'):
            name = field.get('name')
            if name:
                fields.setdefault(name, []).append(field.get('value') or
                                                   field.get('show'))
        yield fields


def bad_sums(fields):
    return {name for name, values in fields.items()
            if name.endswith('checksum.status') and '0' in values}


def main():
    with open(sys.argv[1]) as f:
        edits = [line.rstrip('\n').replace('\\|', '\0').split('|', 2)
                 for line in f]
    for edit, old, new in zip(edits, packets(sys.argv[2]),
                              packets(sys.argv[3])):
        # Alternatives within parentheses have bars of their own.
        allowed = [a for a in re.split(r'\|(?![^(]*\))', edit[2]) if a]
        patterns = [a.replace('.', r'\.').replace(r'\.*', '.*')
                    if a != 'length' else LENGTHS for a in allowed]
        changed = {name for name in set(old) | set(new)
                   if old.get(name) != new.get(name) and
                   not BESIDE.match(name)}
        wrong = {name for name in changed
                 if not any(re.fullmatch(p, name) for p in patterns)}
        if allowed and changed == wrong:
            wrong.add('not-what-was-edited')
        wrong |= bad_sums(new) - bad_sums(old)
        print(','.join(sorted(wrong)) or 'ok',
              edit[0] + ':', edit[1].replace('\0', '|'))


main()
