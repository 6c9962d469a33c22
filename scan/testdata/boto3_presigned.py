import os

import boto3

s3 = boto3.client("s3")  # want service=s3
s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})  # want service=s3 op=GetObject
s3.generate_presigned_url(ClientMethod="put_object", Params={})  # want service=s3 op=PutObject
METHOD = "delete_object"
s3.generate_presigned_url(METHOD)  # want service=s3 op=DeleteObject
s3.generate_presigned_post("b", "k")
boto3.client("sts").generate_presigned_url("get_caller_identity")  # want service=sts; service=sts op=GetCallerIdentity

# One step harder: a method's name that comes from outside.
s3.generate_presigned_url(os.environ["M"])  # want service=s3 op=* certainty=possible
