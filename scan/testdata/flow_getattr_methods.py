import boto3


class Lazy:
    def __getattr__(self, name):
        return boto3.client(name)  # want unresolved "__getattr__"; service=sqs

    def again(self):
        return self.__getattr__("sqs")


Lazy().s3
