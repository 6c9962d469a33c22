import boto3


class Wrapper:
    def build(self, service):
        return boto3.client(service)  # want service=s3; service=sqs; unresolved "input"

    def own(self):
        return self.build("sqs")
