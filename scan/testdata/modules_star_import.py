from boto3 import *

client("s3")  # want service=s3
Session().client("sqs")  # want service=sqs
