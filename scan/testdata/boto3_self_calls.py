# What boto3 and botocore call by themselves when a program asks for something else.
import boto3
from boto3.s3.transfer import S3Transfer, TransferConfig

s3 = boto3.client("s3")  # want service=s3; service=s3 op=HeadBucket certainty=possible; service=s3 op=CreateSession certainty=possible
s3.upload_file("f", "b", "k", Config=TransferConfig(max_concurrency=2))  # want service=s3 op=UploadPart certainty=possible; service=s3 op=CompleteMultipartUpload certainty=possible
s3.generate_presigned_post("b", "k")  # want service=s3 op=CreateBucket certainty=possible

dynamodb = boto3.resource("dynamodb")  # want service=dynamodb; service=dynamodb op=DescribeEndpoints certainty=possible
with dynamodb.Table("t").batch_writer() as batch:  # want service=dynamodb op=BatchWriteItem certainty=possible
    batch.put_item(Item={"id": 1})  # want service=dynamodb op=PutItem

bucket = boto3.resource("s3").Bucket("b")  # want service=s3
print(bucket.creation_date)


def one_step_harder(transfer=S3Transfer):  # want service=s3 op=AbortMultipartUpload certainty=possible
    getattr(transfer(s3), "download_" + "file")("b", "k", "f")


# A name that a method had in former versions of botocore.
turk = boto3.client("mturk")  # want service=mturk
turk.list_hi_ts_for_qualification_type(QualificationTypeId="q")  # want service=mturk op=ListHITsForQualificationType certainty=possible
