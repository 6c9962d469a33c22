import boto3

boto3.client("s3")  # want service=s3
boto3.client(service_name="sqs")  # want service=sqs
boto3.client("sns", "eu-west-1", api_version="2010-03-31")  # want service=sns
table = boto3.resource("dynamodb").Table("t")  # want service=dynamodb; service=dynamodb op=DescribeTable certainty=possible
boto3.client("not-a-service")
