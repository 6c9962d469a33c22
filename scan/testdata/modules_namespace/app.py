import boto3
import space.deep.consts

boto3.client(space.deep.consts.SERVICE)  # want service=s3
space.deep.consts.make("sqs")
boto3.client(space.missing.SERVICE)  # want unresolved ""
