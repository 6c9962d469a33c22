"""Many threads at once ask for what was deferred, from outside and from inside."""

import random
import sys
import threading

sys.setswitchinterval(1e-6)
import boto3
import botocore

random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
failures, done = [], []
start = threading.Barrier(16)


def client(i):
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    c = session.client(("s3", "dynamodb")[i % 2])
    c.generate_presigned_url(("list_buckets", "list_tables")[i % 2])
    assert c.can_paginate(("list_objects_v2", "scan")[i % 2])
    c.get_paginator(("list_objects_v2", "scan")[i % 2])
    c.get_waiter(("bucket_exists", "table_exists")[i % 2])
    help_ = c.get_waiter.__doc__
    return c, help_


def outside(i):
    names = ["session", "client", "waiter", "paginate", "docs", "signers", "auth", "parsers", "monitoring", "endpoint", "exceptions"]
    random.shuffle(names)
    for name in names:
        module = getattr(__import__("botocore." + name), name)
        for attribute in dir(module):
            if getattr(module, attribute, failures) is failures:
                raise AssertionError(name + "." + attribute)


def resource(i):
    boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1").resource("s3").Bucket("b").objects.all()


def run(i):
    start.wait()
    try:
        (client, outside, client, resource)[i % 4](i // 4)
        done.append(i)
    except BaseException as e:
        failures.append("%d: %s: %s" % (i, type(e).__name__, e))


threads = [threading.Thread(target=run, args=(i,)) for i in range(16)]
for t in threads:
    t.start()
for t in threads:
    t.join(60)
print(len(done), failures, [t.name for t in threads if t.is_alive()])
