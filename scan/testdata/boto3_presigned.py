import os

import boto3

s3 = boto3.client("s3")  # want service=s3
s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})  # want service=s3 op=GetObject certainty=possible
s3.generate_presigned_url(ClientMethod="put_object", Params={})  # want service=s3 op=PutObject certainty=possible
METHOD = "delete_object"  # want service=s3 op=DeleteObject certainty=possible
s3.generate_presigned_url(METHOD)
s3.generate_presigned_post("b", "k")
boto3.client("sts").generate_presigned_url("get_caller_identity")  # want service=sts; service=sts op=GetCallerIdentity certainty=possible

# One step harder: a method's name that comes from outside.
s3.generate_presigned_url(os.environ["M"])
