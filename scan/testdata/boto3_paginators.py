"""Paginators: assigned, chained, by variable."""
import os

import boto3

s3 = boto3.client("s3")  # want service=s3
paginator = s3.get_paginator("list_objects_v2")  # want service=s3 op=ListObjectsV2
for page in paginator.paginate(Bucket="b"):
    pass
s3.get_paginator("list_parts").paginate(Bucket="b").build_full_result()  # want service=s3 op=ListParts
NAME = "list_multipart_uploads"
s3.get_paginator(NAME)  # want service=s3 op=ListMultipartUploads
s3.can_paginate("list_buckets")  # want service=s3 op=ListBuckets


def pages(client, operation):
    return client.get_paginator(operation).paginate()  # want service=ec2 op=DescribeInstances


pages(boto3.client("ec2"), "describe_instances")  # want service=ec2

# One step harder: an operation's name that comes from outside.
s3.get_paginator(os.environ["P"])  # want service=s3 op=* certainty=possible
