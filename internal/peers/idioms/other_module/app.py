"""a client of another module"""
from clients import store

store.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
