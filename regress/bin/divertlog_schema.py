#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# divertlog_schema.py schema file ...
#
# Each line of the files is one record that the schema describes: ASCII, one
# LF, no key twice, keys in the schema's order.  And the schema can fail: of
# each kind of record one is changed in every way that must be refused.
#
# What is wrong is printed; the last line counts.

import collections
import copy
import json
import re
import sys

import jsonschema


# Changes that make other good records.
ALLOWED = r' stats\.(missed|kernel\.[a-z_]+) as null$'


def pairs(found):
    names = [name for name, _ in found]
    if len(names) != len(set(names)):
        raise ValueError('a key twice: %s' % names)
    return dict(found)


def resolve(schema, node):
    while '$ref' in node:
        node = schema['$defs'][node['$ref'].split('/')[-1]]
    return node


def objects(schema):
    """Every object that the schema describes."""
    def walk(node):
        if isinstance(node, dict):
            if 'properties' in node and 'title' in node:
                yield node
            for part in node.values():
                yield from walk(part)
        elif isinstance(node, list):
            for part in node:
                yield from walk(part)
    return list(walk(schema))


def keys(schema):
    for node in objects(schema):
        for name in node['properties']:
            yield node['title'], name


class Checker:
    """What a schema cannot say, or says slowly."""

    def __init__(self, schema):
        self.schema = schema
        self.validator = jsonschema.Draft202012Validator(schema)
        self.records = {branch['if']['properties']['event_type']['const']:
                        resolve(schema, branch['then'])
                        for branch in schema['allOf']}
        self.seen = collections.Counter()

    def order(self, node, value, path):
        """Keys stand as in the schema; returns what does not."""
        node = resolve(self.schema, node)
        if isinstance(value, dict):
            known = list(node.get('properties', {}))
            at = -1
            for name, inner in value.items():
                here = '%s.%s' % (path, name)
                if name not in known:
                    continue
                self.seen[node.get('title'), name] += 1
                if known.index(name) < at:
                    yield '%s stands too late' % here
                at = max(at, known.index(name))
                yield from self.order(node['properties'][name], inner, here)
        elif isinstance(value, list) and 'items' in node:
            for inner in value:
                yield from self.order(node['items'], inner, path)

    def line(self, line):
        """What is wrong with a line, and its record."""
        if not line.endswith(b'\n') or line.endswith(b'\r\n'):
            yield 'no LF at the end, or a CR'
        if not line.isascii() or b'\0' in line:
            yield 'not ASCII'
        if re.search(rb'[\x00-\x1f\x7f]', line[:-1]):
            yield 'a control character'
        try:
            record = json.loads(line, object_pairs_hook=pairs)
        except ValueError as e:
            yield str(e)
            return
        self.record = record
        yield from self.whole(record)

    def whole(self, record):
        for error in self.validator.iter_errors(record):
            yield '%s: %s' % ('.'.join(map(str, error.absolute_path)),
                              error.message[:300])
        node = self.records.get(record.get('event_type'), {})
        yield from self.order(node, record, '')


def leaves(value, path=()):
    """Paths of everything in a record, objects and arrays included."""
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, path + (name,))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, path + (n,))


def put(record, path, value):
    changed = copy.deepcopy(record)
    if not path:
        return value
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


def mutations(record):
    """The record, changed in ways that must be refused."""
    for path, value in leaves(record):
        text = '.'.join(map(str, path)) or 'record'
        if isinstance(value, dict):
            yield text + ' and another key', \
                put(record, path, dict(value, zzz=1))
            yield text + ' as array', put(record, path, [value])
        elif isinstance(value, list):
            yield text + ' as object', put(record, path, {'0': value})
        elif isinstance(value, bool):
            yield text + ' as number', put(record, path, int(value))
            yield text + ' as text', put(record, path, str(value))
        elif isinstance(value, (int, float)):
            yield text + ' as text', put(record, path, str(value))
            yield text + ' negative', put(record, path, -1 - value)
            yield text + ' of 2^53', put(record, path, 2 ** 53)
            yield text + ' as boolean', put(record, path, True)
        elif isinstance(value, str):
            yield text + ' as number', put(record, path, 1)
            yield text + ' empty', put(record, path, '')
        if value is not None:
            yield text + ' as null', put(record, path, None)


def kind(record):
    return tuple(sorted({tuple(step for step in path if isinstance(step, str))
                         for path, _ in leaves(record)}))


def check_records(schema, paths):
    checker = Checker(schema)
    kinds = {}
    records = 0
    for path in paths:
        with open(path, 'rb') as f:
            for n, line in enumerate(f, 1):
                records += 1
                wrong = list(checker.line(line))
                for text in wrong[:5]:
                    print('%s:%d: %s' % (path.rsplit('/', 1)[-1], n, text))
                if not wrong:
                    kinds.setdefault(kind(checker.record), checker.record)
    return checker, kinds, records


def check_mutations(checker, kinds):
    """Refused once is enough for each key."""
    done = set()
    refused = 0
    for record in kinds.values():
        for what, changed in mutations(record):
            what = record['event_type'] + ' ' + re.sub(r'\.\d+', '', what)
            if what in done:
                continue
            done.add(what)
            if checker.validator.is_valid(changed) and \
                    not re.search(ALLOWED, what):
                print('not refused: ' + what)
            refused += 1
    return refused


def main():
    with open(sys.argv[1]) as f:
        schema = json.load(f, object_pairs_hook=pairs)
    jsonschema.Draft202012Validator.check_schema(schema)
    checker, kinds, records = check_records(schema, sys.argv[2:])
    refused = check_mutations(checker, kinds)
    for title, name in sorted(set(keys(schema)) - set(checker.seen)):
        print('# never seen: %s of %s' % (name, title))
    print('%d records of %d kinds, %d changed ones refused' % (
        records, len(kinds), refused))


main()
