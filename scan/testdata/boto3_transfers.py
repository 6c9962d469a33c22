"""S3 transfers: what the injected methods and S3Transfer call follows from boto3's sources."""
import boto3
from boto3.s3.transfer import S3Transfer, TransferConfig, create_transfer_manager

s3 = boto3.client("s3")  # want service=s3
s3.upload_file("f", "b", "k", Config=TransferConfig(multipart_threshold=1))
s3.download_file("b", "k", "f")
s3.upload_fileobj(open("f", "rb"), "b", "k")
s3.copy({"Bucket": "b", "Key": "k"}, "b", "k")
S3Transfer(s3).upload_file("f", "b", "k")
S3Transfer(client=boto3.client("s3")).download_file("b", "k", "f")  # want service=s3
create_transfer_manager(boto3.client("s3"), TransferConfig())  # want service=s3


# One step harder: the client comes from outside.
def upload(client):
    S3Transfer(client).upload_file("f", "b", "k")
    client.put_object(Bucket="b", Key="k")  # want service=s3 op=PutObject certainty=possible
