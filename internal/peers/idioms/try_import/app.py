"""boto3 imported under try"""
try:
    import boto3 as sdk
except ImportError:
    sdk = None

sdk.client("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
