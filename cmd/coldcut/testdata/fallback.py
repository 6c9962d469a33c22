"""Asks the slim boto3 in the folder of its first argument for services that were removed,
with the folder of the second, if any, behind it on sys.path as the runtime's.

Prints what each question gives, and what was logged.
"""
import json
import logging
import os
import sys

root = sys.argv[1]
sys.path[0:1] = [root]
sys.path.extend(sys.argv[2:])
os.environ.update(
    AWS_ACCESS_KEY_ID='id', AWS_SECRET_ACCESS_KEY='secret', AWS_DEFAULT_REGION='eu-central-1',
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED='true',
)

import boto3
import botocore

assert os.path.realpath(os.path.dirname(botocore.__file__)).startswith(os.path.realpath(root)), botocore.__file__

answers, logged = {}, []


class Keeper(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())


logging.getLogger().addHandler(Keeper(logging.WARNING))


def ask(what, question):
    try:
        answers[what] = str(question())
    except Exception as error:
        answers[what] = '%s: %s' % (type(error).__name__, error)


def url(service, operation, **parameters):
    return boto3.client(service).generate_presigned_url(operation, Params=parameters).partition('?')[0]


session = boto3.session.Session()
ask('services', session.get_available_services)
ask('s3', lambda: url('s3', 'get_object', Bucket='b', Key='k'))
ask('s3 version', lambda: boto3.client('s3').meta.service_model.api_version)
ask('s3 operations', lambda: len(boto3.client('s3').meta.service_model.operation_names))
ask('removed operation', lambda: boto3.client('s3').list_buckets)
answers['logged before'] = list(logged)
ask('sqs', lambda: url('sqs', 'get_queue_url', QueueName='q'))
ask('sqs again', lambda: url('sqs', 'get_queue_url', QueueName='q'))
ask('sqs resource', lambda: boto3.resource('sqs').Queue('https://sqs/1/q').url)
ask('iam', lambda: url('iam', 'list_users'))
ask('iam paginator', lambda: boto3.client('iam').get_paginator('list_users').__class__.__name__)
ask('iam waiter', lambda: boto3.client('iam').get_waiter('user_exists').name)
ask('version', lambda: boto3.client('sqs', api_version='2012-11-05').meta.service_model.api_version)
ask('no such version', lambda: boto3.client('sqs', api_version='1999-01-01'))
ask('never a service', lambda: boto3.client('nosuch'))
ask('services after', session.get_available_services)
answers['logged'] = logged
print(json.dumps(answers))
