import boto3

session = boto3.Session()


class Multi:
    make = None

    def __init__(self, low_level):
        self.make = session.client
        if not low_level:
            self.make = session.resource

    def get(self):
        return self.make("dynamodb")  # want service=dynamodb; service=dynamodb op=DescribeTable certainty=possible
