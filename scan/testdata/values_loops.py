import boto3

for a in ["s3", "sqs"]:
    boto3.client(a)  # want service=s3; service=sqs
for b in ("s3", "sqs"):
    boto3.client(b)  # want service=s3; service=sqs
for c in {"s3", "sqs"}:
    boto3.client(c)  # want service=s3; service=sqs
for d in {"s3": 1, "sqs": 2}:
    boto3.client(d)  # want service=s3; service=sqs
for i, e in enumerate(["s3", "sqs"]):
    boto3.client(e)  # want service=s3; service=sqs
for f, g in zip(["s3"], ["sqs"]):
    boto3.client(f)  # want service=s3
    boto3.client(g)  # want service=sqs
for h, j in {"s3": "sqs"}.items():
    boto3.client(h)  # want service=s3
    boto3.client(j)  # want service=sqs
clients = {n: boto3.client(n) for n in ("s3", "sqs")}  # want service=s3; service=sqs
[boto3.client(n) for n in sorted(["s3", "sqs"])]  # want service=s3; service=sqs
NAMES = ["s3"]
NAMES.append("sqs")
NAMES += ["sns"]
for k in NAMES:
    boto3.client(k)  # want service=s3; service=sqs; service=sns
for m in ["x", *NAMES][1:]:
    boto3.client(m)  # want service=s3; service=sqs; service=sns
for n in set(NAMES) - {"ses"}:
    boto3.client(n)  # want service=s3; service=sqs; service=sns; service=ses
for o in ["s3"] * 2:
    boto3.client(o)  # want service=s3
# One step harder: what the loop goes over comes from outside.
for p in open("names"):
    boto3.client(p)  # want unresolved "open"
for q in NAMES[int(input()):] + [input()]:
    boto3.client(q)  # want service=s3; service=sqs; service=sns; unresolved "input"
