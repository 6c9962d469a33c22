"""a botocore session"""
import botocore.session

session = botocore.session.get_session()
session.create_client("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
