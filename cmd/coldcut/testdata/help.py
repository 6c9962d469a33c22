"""Asks the boto3 in the folder of its first argument for what may have been removed.

Prints what each question gives: a value, or an exception with its text, and whether
that survives pickling.
"""
import asyncio
import copy
import inspect
import json
import os
import pickle
import sys

root = sys.argv[1]
sys.path.insert(0, root)
os.environ.update(
    AWS_ACCESS_KEY_ID='id', AWS_SECRET_ACCESS_KEY='secret', AWS_DEFAULT_REGION='eu-central-1',
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED='true',
)

import botocore

assert os.path.dirname(os.path.dirname(os.path.realpath(botocore.__file__))) == os.path.realpath(root), botocore.__file__

answers = {}


def silent(name):
    """Nothing of coldcut's may be imported before there is an error."""
    assert 'botocore._coldcut' not in sys.modules, name


def pickled(error):
    try:
        back = pickle.loads(pickle.dumps(error))
    except Exception as e:
        return type(e).__name__
    return type(back) is type(error) and 'pickled' + (' without its hint' if str(back) != str(error) else '')


def failure(error):
    kind = type(error)
    text = str(error).replace(root, 'ROOT') if kind is not RecursionError else ''
    return '%s.%s: %s [%s, %s]' % (kind.__module__, kind.__name__, text, ' '.join(sorted(getattr(error, 'kwargs', {}))), pickled(error))


def asked(what, question):
    try:
        answers[what] = repr(question()).split(' at 0x')[0]
    except Exception as error:
        answers[what] = failure(error)


async def awaited(what, question):
    try:
        value = question()
        if hasattr(value, '__aenter__'):
            async with value:
                pass
        elif inspect.isawaitable(value):
            await value
        answers[what] = repr(value).split(' at 0x')[0]
    except Exception as error:
        answers[what] = failure(error)


def of_clients(ec2, s3):
    """What sync and async clients are asked alike."""
    return {
        'private': lambda: ec2._pin,
        'method': lambda: ec2.run_instances,
        'never a method': lambda: ec2.run_instance,
        'an API name': lambda: ec2.RunInstances,
        'of another service': lambda: s3.run_instances,
        'hasattr': lambda: hasattr(ec2, 'run_instances'),
        'getattr': lambda: getattr(ec2, 'run_instances', 'default'),
        'waiter': lambda: ec2.get_waiter('password_data_available'),
        'waiter by keyword': lambda: ec2.get_waiter(waiter_name='password_data_available'),
        'kept waiter': lambda: ec2.get_waiter('instance_running'),
        'never a waiter': lambda: ec2.get_waiter('get_password_data'),
        'paginator': lambda: ec2.get_paginator('describe_volumes'),
        'never a paginator': lambda: ec2.get_paginator('describe_nothing'),
        'can_paginate': lambda: ec2.can_paginate(operation_name='describe_volumes'),
        'presigned': lambda: s3.generate_presigned_url(Params={}, ClientMethod='get_bucket_acl'),
        'presigned by nobody': lambda: s3.generate_presigned_url('run_instances'),
        'operation': lambda: ec2._make_api_call('RunInstances', {}),
        'never an operation': lambda: ec2._make_api_call('run_instances', {}),
    }


def sync():
    import boto3

    ec2, s3 = boto3.client('ec2'), boto3.client('s3')
    silent('clients')
    heard = []
    ec2.meta.events.register('getattr.ec2.stop_instances', lambda **kwargs: heard.append(kwargs['event_name']))
    ec2.meta.events.register('getattr.ec2.get_console_output', lambda **kwargs: 'a handler')
    for what, question in of_clients(ec2, s3).items():
        asked(what, question)
        if what == 'private':
            silent(what)
    asked('method with a listener', lambda: ec2.stop_instances)
    asked('heard', lambda: heard)
    asked('method of a handler', lambda: ec2.get_console_output)
    asked('dropped service', lambda: boto3.client('kms'))
    asked('never a service', lambda: boto3.client('kmsx'))
    asked('dropped resource', lambda: boto3.resource('sns'))
    asked('never a resource', lambda: boto3.resource('kms'))
    asked('regions', lambda: boto3.Session().get_available_regions('kms'))
    asked('copy', lambda: copy.copy(ec2))
    asked('deepcopy', lambda: copy.deepcopy(ec2))
    asked('waiter of nothing', lambda: ec2.get_waiter())


async def asynchronous():
    import aioboto3

    session = aioboto3.Session()
    async with session.client('ec2') as ec2, session.client('s3') as s3:
        silent('clients')
        for what, question in of_clients(ec2, s3).items():
            await awaited(what, question)
        await awaited('dropped service', lambda: session.client('kms'))
        await awaited('dropped resource', lambda: session.resource('sns'))
        answers['coroutine'] = repr(inspect.iscoroutinefunction(s3.generate_presigned_url))


if 'async' in sys.argv:
    asyncio.get_event_loop_policy().new_event_loop().run_until_complete(asynchronous())
else:
    sync()
json.dump(answers, sys.stdout, indent=1)
