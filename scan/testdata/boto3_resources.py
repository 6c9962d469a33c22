"""Resources: actions, sub-resources, collections, waiters, attributes that load."""
import os

import boto3

s3 = boto3.resource("s3")  # want service=s3; service=s3 op=HeadObject certainty=possible
s3.create_bucket(Bucket="b")  # want service=s3 op=CreateBucket
s3.Bucket("b").put_object(Key="k")  # want service=s3 op=PutObject
obj = s3.Object("b", "k")
obj.get()["Body"]  # want service=s3 op=GetObject
obj.content_length
obj.initiate_multipart_upload()  # want service=s3 op=CreateMultipartUpload
for bucket in s3.buckets.all():  # want service=s3 op=ListBuckets
    for summary in bucket.objects.filter(Prefix="p"):  # want service=s3 op=ListObjects
        summary.restore_object()  # want service=s3 op=RestoreObject
    bucket.multipart_uploads.limit(1)  # want service=s3 op=ListMultipartUploads
    bucket.wait_until_exists()  # want service=s3 op=HeadBucket; service=s3 op=HeadObject
s3.meta.client.get_bucket_location(Bucket="b")  # want service=s3 op=GetBucketLocation
ec2 = boto3.Session().resource("ec2")  # want service=ec2
ec2.Instance("i").terminate()  # want service=ec2 op=TerminateInstances


# One step harder: the resource, or what it is of, is not known.
def given(table):
    table.put_item(Item={})  # want service=dynamodb op=PutItem


given(boto3.resource("dynamodb").Table("t"))  # want service=dynamodb
boto3.resource(os.environ["R"]).Bucket("b").load()  # want unresolved "os.environ"
