"""Asks the boto3 in the folder of its first argument what an application could see.

All that it prints is the same for a package whose models were cut to what app()
uses, but what is under "gone": that is asked for only if there is a second argument.
"""
import datetime
import io
import json
import os
import re
import sys
import time

root, cut = sys.argv[1], len(sys.argv) > 2
sys.path.insert(0, root)
os.environ.update(
    AWS_ACCESS_KEY_ID='id', AWS_SECRET_ACCESS_KEY='secret', AWS_DEFAULT_REGION='eu-central-1',
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED='true',
)

import boto3
import botocore.awsrequest
import botocore.exceptions

assert os.path.dirname(os.path.dirname(os.path.realpath(botocore.__file__))) == os.path.realpath(root), botocore.__file__

SERVICES = 'dynamodb', 'ec2', 's3', 'sqs'
sent = []
answers = []  # (status, content type, body), the last one for good


class Body(io.BytesIO):
    def stream(self, amt=1024, decode_content=None):
        yield self.read()


def answer(request, **kwargs):
    body = request.body
    if hasattr(body, 'read'):
        body = body.read()
    headers = {k: plain(v) for k, v in request.headers.items() if not k.lower().startswith('amz-sdk')}
    sent.append([request.method, request.url, headers, plain(body)])
    status, content_type, content = answers.pop(0) if len(answers) > 1 else answers[0]
    return botocore.awsrequest.AWSResponse(request.url, status, {'content-type': content_type}, Body(content))


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode('latin-1')
    value = re.sub(r'(?<!\d)20\d{6}(T\d{6}Z)?(?!\d)', 'DATE', str(value))
    value = re.sub(r' m/(\S+)', lambda m: ' m/' + ','.join(sorted(m.group(1).split(','))), value)
    return re.sub(r'(Signature=|Expires=)[^&]*', r'\1', value)


def told(value):
    if isinstance(value, dict):
        return {k: told(v) for k, v in value.items() if k not in ('HTTPHeaders', 'RetryAttempts')}
    if isinstance(value, (list, tuple)):
        return [told(v) for v in value]
    if hasattr(value, 'read'):
        value = value.read()
    return repr(value)


def tried(call, *args, **kwargs):
    try:
        return told(call(*args, **kwargs))
    except Exception as e:
        return ['%s.%s' % (type(e).__module__, type(e).__name__), str(e), told(getattr(e, 'response', None))]


def answering(*bodies):
    answers[:] = bodies


def as_json(body, status=200):
    return status, 'application/x-amz-json-1.0', json.dumps(body).encode()


def as_xml(body, status=200):
    return status, 'application/xml', body.encode()


time.sleep = lambda seconds: None
session = boto3.Session()
session.events.register('before-send', answer)
d, e, s, q = [session.client(name) for name in ('dynamodb', 'ec2', 's3', 'sqs')]


def app():
    answering(as_json({'Item': {'a': {'N': '1.50'}, 'b': {'L': [{'B': 'AAE='}, {'NULL': True}]}}}))
    yield tried(d.get_item, TableName='t', Key={'k': {'S': u'\u00e9'}}, ConsistentRead=True)
    yield tried(d.get_item, TableName='t')
    yield tried(d.get_item, TableName=1, Key=[], Nothing=None)
    answering(as_json({'Attributes': {}, 'ConsumedCapacity': {'CapacityUnits': 1}}))
    yield tried(d.put_item, TableName='t', Item={'k': {'M': {'x': {'SS': ['y']}}}}, ReturnValues='ALL_OLD')
    for code in 'ConditionalCheckFailedException', 'GlobalTableNotFoundException', 'NobodyKnowsException':
        answering(as_json({'__type': 'com.amazonaws.dynamodb.v20120810#' + code, 'message': 'no', 'Item': {'a': {'S': 'b'}}}, 400))
        yield tried(d.put_item, TableName='t', Item={})
    answering(as_xml('<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>'
                     '<launchTime>2020-01-01T00:00:00Z</launchTime><instanceState><code>16</code><name>running</name></instanceState>'
                     '</item></instancesSet></item></reservationSet></DescribeInstancesResponse>'))
    yield tried(e.describe_instances, Filters=[{'Name': 'tag:a', 'Values': ['b', 'c']}], MaxResults=5)
    yield tried(e.get_waiter('instance_running').wait, InstanceIds=['i-1'])
    yield tried(lambda: [i.id + str(i.launch_time) for i in session.resource('ec2').instances.all()])
    answering(as_xml('<R><Errors><Error><Code>IncorrectState</Code><Message>no</Message></Error></Errors></R>', 400))
    yield tried(e.start_instances, InstanceIds=['i-1'], DryRun=True)
    answering((200, 'text/plain', b'content'))
    yield tried(s.get_object, Bucket='b', Key='k', Range='bytes=0-1', IfModifiedSince=datetime.datetime(2020, 1, 1))
    yield tried(lambda: session.resource('s3').Object('b', 'a key').get()['Body'])
    answering((200, 'text/plain', b''))
    yield tried(s.put_object, Bucket='b.with.dots', Key='k', Body=b'body', Metadata={'a': 'b'}, Tagging='x=y')
    answering(as_xml('<Error><Code>NoSuchKey</Code><Message>none</Message></Error>', 404))
    yield tried(s.get_object, Bucket='b', Key='k')
    pages = '<ListBucketResult><IsTruncated>%s</IsTruncated><NextContinuationToken>n</NextContinuationToken><Contents><Key>%d</Key></Contents></ListBucketResult>'
    answering(as_xml(pages % ('true', 1)), as_xml(pages % ('false', 2)))
    yield tried(s.get_paginator('list_objects_v2').paginate(Bucket='b', Prefix='p').build_full_result)
    yield plain(s.generate_presigned_url('get_object', {'Bucket': 'b', 'Key': 'k'}))
    answering((200, 'application/xml', b''), as_json({'MessageId': '1', 'MD5OfMessageBody': '9dd4e461268c8034f5c8564e155c67a6'}))
    yield tried(q.receive_message, QueueUrl='https://queue/1', AttributeNames=['All'], MaxNumberOfMessages=0)
    answering(as_json({'Messages': [{'Body': 'x', 'MessageAttributes': {'a': {'DataType': 'String'}}}]}))
    yield tried(q.receive_message, QueueUrl='https://queue/1', MessageAttributeNames=['a'])
    yield tried(q.send_message, QueueUrl='https://queue/1', MessageBody='x', MessageAttributes={'a': {'DataType': 'Binary', 'BinaryValue': b'\0'}})


def resolved(resolver, name, region, partition, variant):
    try:
        return resolver.construct_endpoint(name, region, partition, **variant)
    except TypeError:  # of before there were variants
        return tried(resolver.construct_endpoint, name, region)
    except botocore.exceptions.BotoCoreError as error:
        return str(error)


def endpoints():
    """Every region of every partition, and some that are none."""
    resolver = session._session.get_component('endpoint_resolver')
    variants = [{'use_dualstack_endpoint': a, 'use_fips_endpoint': b} for a in (False, True) for b in (False, True)]
    for partition in session.get_available_partitions():
        for name in SERVICES:
            listed = session.get_available_regions(name, partition, True)
            yield [partition, name, listed, session.get_available_regions(name, partition)]
            for region in listed + ['xx-nowhere-9', 'cn-future-1']:
                yield [region] + [resolved(resolver, name, region, p, v) for v in variants for p in (None, partition)]


def clients():
    for name in SERVICES:
        for region in 'us-east-1', 'aws-global', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'fips-us-east-1', 'xx-nowhere-9':
            yield tried(lambda: session.client(name, region).meta.endpoint_url)


def exceptions():
    for client in d, e, s, q:
        yield sorted(name for name in dir(client.exceptions) if not name.startswith('_'))
        yield sorted((c, x.__name__) for c, x in client.exceptions._code_to_exception.items())


def resources():
    for made in session.resource('dynamodb'), session.resource('s3'), session.resource('ec2'):
        yield dir(made)
        for sub in made.meta.resource_model.subresources:
            yield dir(getattr(made, sub.name))


def gone():
    """What is left of what the application does not use."""
    for client, name in (d, 'delete_table'), (e, 'run_instances'), (s, 'delete_bucket'), (q, 'purge_queue'):
        yield tried(getattr, client, name)
    yield sorted(d.meta.method_to_api_mapping.values())
    yield e.waiter_names
    yield tried(session.resource, 'sqs')
    yield all(len(str(m.__doc__)) > 100 for m in (d.get_item, e.start_instances, s.get_object, q.send_message))


json.dump({
    'app': list(app()),
    'sent': sent,
    'endpoints': list(endpoints()),
    'clients': list(clients()),
    'exceptions': list(exceptions()),
    'resources': list(resources()),
    'gone': list(gone()) if cut else [],
}, sys.stdout, indent=1, sort_keys=True)
