"""a client through a package's re-exports"""
from shop import make

make().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
