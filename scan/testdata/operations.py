import boto3

s3 = boto3.client("s3")  # want service=s3
s3.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
for page in s3.get_paginator("list_objects_v2").paginate(Bucket="b"):  # want service=s3 op=ListObjectsV2 certainty=possible
    pass
s3.get_waiter("bucket_exists").wait(Bucket="b")  # want service=s3 op=HeadBucket certainty=possible
s3.generate_presigned_url("put_object", Params={})  # want service=s3 op=PutObject certainty=possible
sqs = boto3.resource("sqs")  # want service=sqs; service=sqs op=GetQueueAttributes certainty=possible
queue = sqs.Queue("q")
queue.send_message(MessageBody="m")  # want service=sqs op=SendMessage
