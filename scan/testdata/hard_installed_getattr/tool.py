# An installed package that makes clients and calls what it reads by a name.
import boto3
import outside

queue = boto3.client("sqs")  # want service=sqs


class Runner:
    def __init__(self, target):
        self.target = target

    def known(self):
        return getattr(self.target, "send_message")()  # want service=sqs op=SendMessage certainty=possible

    # One step harder: neither the object nor the name is known.
    def run(self, name):
        return getattr(self.target, name)()  # want service=sqs op=* certainty=possible


Runner(outside.make(queue)).run(outside.name())
