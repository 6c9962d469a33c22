"""Calls AWS through the boto3 in the folder of its first argument, without a network.

Prints what was sent and what came back, and what services that are not there raise.
"""
import io
import json
import os
import sys

root, absent = sys.argv[1], sys.argv[2:]
sys.path.insert(0, root)
os.environ.update(
    AWS_ACCESS_KEY_ID='id', AWS_SECRET_ACCESS_KEY='secret', AWS_DEFAULT_REGION='eu-central-1',
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED='true',
)

import boto3
import botocore.awsrequest
import botocore.exceptions

assert os.path.dirname(os.path.dirname(os.path.realpath(boto3.__file__))) == os.path.realpath(root), boto3.__file__
assert os.path.dirname(os.path.dirname(os.path.realpath(botocore.__file__))) == os.path.realpath(root), botocore.__file__

JSON = 'application/x-amz-json-1.0'
BUCKETS = b'<ListAllMyBucketsResult><Buckets><Bucket><Name>attic</Name></Bucket></Buckets></ListAllMyBucketsResult>'
sent = []


class Body(io.BytesIO):
    def stream(self, amt=1024, decode_content=None):
        yield self.read()


def answering(clientish, body, content_type=JSON):
    """Answers every request of a client, or of a resource's client, with body."""
    client = getattr(getattr(clientish, 'meta', None), 'client', clientish)
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()

    def answer(request, **kwargs):
        content = request.body
        if hasattr(content, 'read'):
            content = content.read()
        if isinstance(content, bytes):
            content = content.decode()
        target = request.headers.get('X-Amz-Target') or b''
        sent.append([request.method, request.url, target.decode() if isinstance(target, bytes) else target, content])
        return botocore.awsrequest.AWSResponse(request.url, 200, {'content-type': content_type}, Body(body))

    client.meta.events.register('before-send', answer)
    return clientish


def tidy(answer):
    answer.pop('ResponseMetadata', None)
    return answer


def dynamodb():
    item = {'name': {'S': 'tea'}, 'count': {'N': '3'}}
    yield tidy(answering(boto3.client('dynamodb'), {'Item': item}).get_item(TableName='notes', Key={'name': {'S': 'tea'}}))
    table = answering(boto3.resource('dynamodb'), {'Item': item}).Table('notes')
    yield tidy(table.put_item(Item={'name': 'tea', 'count': 3}))
    yield str(tidy(table.get_item(Key={'name': 'tea'})))
    pages = answering(boto3.client('dynamodb'), {'TableNames': ['notes']}).get_paginator('list_tables')
    yield pages.paginate().build_full_result()
    answering(boto3.client('dynamodb'), {'Table': {'TableStatus': 'ACTIVE'}}).get_waiter('table_exists').wait(TableName='notes')


def s3():
    client = answering(boto3.client('s3'), BUCKETS, 'application/xml')
    yield [bucket['Name'] for bucket in client.list_buckets()['Buckets']]
    url = client.generate_presigned_url('get_object', {'Bucket': 'attic', 'Key': 'box'})
    yield url.split('?')[0]
    yield [bucket.name for bucket in answering(boto3.resource('s3'), BUCKETS, 'application/xml').buckets.all()]
    answering(boto3.client('s3'), b'', 'text/plain').put_object(Bucket='attic', Key='box', Body=b'old hats')


def raised(name):
    try:
        boto3.client(name)
    except botocore.exceptions.UnknownServiceError as e:
        return '%s: %s' % (type(e).__name__, e)
    return 'nothing'


available = boto3.Session().get_available_services()
answers = []
for calls in dynamodb, s3:
    if calls.__name__ in available:
        answers.extend(calls())
json.dump({
    'available': available,
    'answers': answers,
    'sent': sent,
    'raised': {name: raised(name) for name in absent},
}, sys.stdout, indent=1, sort_keys=True)
