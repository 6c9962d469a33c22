"""Asks botocore's endpoint rules and the simplified ones the same questions.

    rules.py FOLDER RULES ROUNDS

RULES holds one JSON object a line: the service, the folder of its model and its rules
simplified. Prints how many answers were compared, how many of them were endpoints, and those that differ.
"""
import gzip
import json
import os
import random
import sys

root, file, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, root)

from botocore.endpoint_provider import EndpointProvider  # noqa: E402

REGIONS = ['us-east-1', 'eu-central-1', 'aws-global', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'xx-nowhere-9', 'not a label', '']
ENDPOINTS = ['https://example.com', 'http://10.0.0.1:8000/path', 'https://[::1]/a%20b', 'ftp://no', 'https://x.com?query', 'nonsense', 'http://[']
NAMES = [
    'bucket', 'b', 'with.dots', 'Upper', '1.2.3.4', 'under_score', '', 'a:b', '123456789012', 'name--usw2-az1--x-s3',
    'name--usw2-az1--xa-s3', '--x-s3', 'long-name--usw22-az11--x-s3', 'name--apne1-dfw10-az1--x-s3', 'bucket--op-s3', 'arn:bad', 'arn:aws:s3:::b',
]
ARNS = [
    'arn:%s:%s:%s:%s:%s' % (partition, service, region, account, resource)
    for partition in ('aws', 'aws-cn')
    for service in ('s3', 's3-outposts', 's3-object-lambda', 'dynamodb', 'kinesis', 'lambda')
    for region in ('us-east-1', 'cn-north-1', '')
    for account in ('123456789012', '', 'bad_account')
    for resource in ('accesspoint:name', 'accesspoint/na_me', 'outpost/op-1/accesspoint/name', 'outpost/op-1/bucket/b', 'table/t', 'stream/s', 'x')
]


def load(base):
    for suffix, opened in (('.json', open), ('.json.gz', gzip.open)):
        if os.path.exists(base + suffix):
            with opened(base + suffix, 'rb') as f:
                return json.loads(f.read().decode())


def literals(value, found):
    """What the rules compare names with."""
    if isinstance(value, dict):
        if value.get('fn') == 'stringEquals':
            for ref, literal in (value['argv'], value['argv'][::-1]):
                if isinstance(ref, dict) and 'ref' in ref and isinstance(literal, str):
                    found.setdefault(ref['ref'], []).append(literal)
        for v in value.values():
            literals(v, found)
    elif isinstance(value, list):
        for v in value:
            literals(v, found)
    return found


def choices(name, spec, known):
    kind = spec['type'].lower()
    if kind == 'boolean':
        return [True, False]
    if kind == 'stringarray':
        return [[], ['a'], [random.choice(ARNS), random.choice(ARNS)]]
    if spec.get('builtIn') == 'AWS::Region':
        return REGIONS + known
    if spec.get('builtIn') == 'SDK::Endpoint':
        return ENDPOINTS
    return NAMES + known * 3 + random.sample(ARNS, 20)


def answer(provider, params):
    try:
        e = provider.ruleset.evaluate(dict(params))
        return e and [e.url, e.properties, e.headers]
    except Exception as e:
        return [type(e).__name__, str(e)]


partitions = load(os.path.join(root, 'botocore/data/partitions'))
asked = endpoints = 0
different = []
with open(file) as f:
    for line in f:
        case = json.loads(line)
        random.seed(case['service'])
        whole = load(os.path.join(root, case['dir'], 'endpoint-rule-set-1'))
        known = literals(whole['rules'], {})
        before = EndpointProvider(whole, partitions)
        after = EndpointProvider(dict(whole, rules=case['rules']), partitions)
        for _ in range(rounds * (1 + line.count('"conditions"') // 20)):  # those of s3 have the most ways
            params = {}
            for name, spec in whole['parameters'].items():
                often = 0.2 if spec.get('builtIn') == 'SDK::Endpoint' else 0.9 if spec.get('builtIn') == 'AWS::Region' else 0.6
                if random.random() < often:
                    value = random.choice(choices(name, spec, known.get(name, [])))
                    params[name] = tuple(value) if isinstance(value, list) else value
            want, got = answer(before, params), answer(after, params)
            asked += 1
            endpoints += bool(want) and len(want) == 3
            if want != got and len(different) < 5:
                different.append([case['service'], repr(params), repr(want), repr(got)])
json.dump({'asked': asked, 'endpoints': endpoints, 'different': different}, sys.stdout)
