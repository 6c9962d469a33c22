"""A file that imports no boto: its operations count by their names."""
import shop
from shop import aws, client as shop_client
from shop.aws import *
from shop.aws.clients import bucket as renamed

shop.make("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject certainty=possible
aws.clients.bucket.put_object(Bucket="b", Key="k")  # want service=s3 op=PutObject certainty=possible
shop_client.delete_object(Bucket="b", Key="k")  # want service=s3 op=DeleteObject certainty=possible
renamed.head_object(Bucket="b", Key="k")  # want service=s3 op=HeadObject certainty=possible
topic.publish(Message="m")  # want service=sns op=Publish certainty=possible
shop.aws.queue().send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage certainty=possible
# One step harder: a name that no file shows.
shop.missing.copy_object(Bucket="b", Key="k", CopySource="c")  # want service=s3 op=CopyObject certainty=possible
