import boto3

names = ["s3"]
other = names
other.append("sqs")
for a in names:
    boto3.client(a)  # want service=s3; service=sqs; service=ses
table = {"x": []}
table["x"].append("sns")
for b in table["x"]:
    boto3.client(b)  # want unresolved "written into"


def all_names():
    return names


got = all_names()
got.append("ses")


class Registry:
    def __init__(self, items):
        self.items = items

    def add(self, name):
        self.items.append(name)


known = ["s3"]
Registry(known).add("iam")
for c in known:
    boto3.client(c)  # want service=s3; service=iam
