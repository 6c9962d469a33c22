import boto3


class A:
    factory = boto3.client

    def run(self):
        A.factory("s3")  # want service=s3


def outer():
    def make(service):
        return boto3.client(service)  # want service=sqs; service=sns

    make("sqs")
    return lambda: make("sns")


services = {"a": ["s3", "sqs"], "b": ["sns"]}
for group, names in services.items():
    for name in names:
        boto3.client(name)  # want service=s3; service=sqs; service=sns

pairs = [("ses", 1), ("iam", 2)]
for service, number in pairs:
    boto3.client(service)  # want service=ses; service=iam
CLIENTS = {"kms": None, "ssm": None}


def get(key):
    if CLIENTS[key] is None:
        CLIENTS[key] = boto3.client(key)  # want service=kms; service=ssm
    return CLIENTS[key]


for k in CLIENTS:
    get(k)
configs = [{"service": "glue"}, {"service": "ecs"}]
for c in configs:
    boto3.client(c["service"])  # want service=glue; service=ecs
for c2 in configs:
    boto3.client(c2.get("service"))  # want service=glue; service=ecs
first = [x for x in ("ecr", "eks")][0]
boto3.client(first)  # want service=ecr; service=eks
a = b = "efs"
boto3.client(b)  # want service=efs
merged = {**{"x": "dax"}, "y": "dms"}
boto3.client(merged["x"])  # want service=dax
boto3.client(*("swf", "eu-west-1"))  # want service=swf
boto3.client(str("fis"))  # want service=fis
# One step harder: one level of it comes from outside.
deep = {"a": {"b": input(), "c": "sts"}}
boto3.client(deep["a"]["b"])  # want unresolved "input"
boto3.client(deep[input()]["c"])  # want service=sts
