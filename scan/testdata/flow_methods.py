"""Clients in attributes of self."""
import boto3


class Store:
    shared = boto3.client("sqs")  # want service=sqs

    def __init__(self, client=None):
        self.client = client or boto3.client("s3")  # want service=s3
        self._db = self.make("dynamodb")

    def make(self, name):
        return boto3.client(name)  # want service=dynamodb

    @staticmethod
    def static():
        return boto3.client("sns")  # want service=sns

    @classmethod
    def of(cls):
        return cls(boto3.client("s3"))  # want service=s3

    def run(self):
        self.client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
        self._db.get_item(TableName="t", Key={})  # want service=dynamodb op=GetItem
        self.shared.send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage
        self.static().publish(Message="m")  # want service=sns op=Publish
        Store.static().subscribe(TopicArn="t", Protocol="p")  # want service=sns op=Subscribe
        me = self
        me.client.put_object(Bucket="b", Key="k")  # want service=s3 op=PutObject


Store.of().client.head_object(Bucket="b", Key="k")  # want service=s3 op=HeadObject


class Below(Store):
    def more(self):
        self.client.delete_object(Bucket="b", Key="k")  # want service=s3 op=DeleteObject
        super().make("dynamodb").put_item(TableName="t", Item={})  # want service=dynamodb op=PutItem


# One step harder: the object, or the attribute's name, is not known.
def use(store):
    store.client.copy_object(Bucket="b", Key="k", CopySource="c")  # want service=s3 op=CopyObject


def named(store, name):
    getattr(store, name).list_buckets()  # want service=s3 op=ListBuckets certainty=possible


class Unknown:
    def __init__(self, name):
        self.made = boto3.client(name)  # want unresolved "no call in the sources"
