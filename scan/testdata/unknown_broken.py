import boto3

print "hello"  # want unresolved "does not parse"
boto3.client("s3")
