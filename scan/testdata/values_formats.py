import os

import boto3

A, KIND = "s", {"name": "qs"}
boto3.client("%s3" % A)  # want service=s3
boto3.client("%s%s" % (A, "qs"))  # want service=sqs
boto3.client("s%(name)s" % KIND)  # want service=sqs
boto3.client("{}3".format(A))  # want service=s3
boto3.client("{0}n{0}".format(A))  # want service=sns
boto3.client("{a}e{a}".format(a=A))  # want service=ses
boto3.client(f"{A!s}3")  # want service=s3
boto3.client("100%%" % ())  # no service, and no doubt

# One step harder: a part is not known, or the format does more than insert.
boto3.client("%s3" % os.environ["A"])  # want unresolved "os.environ"
boto3.client("{}3".format(os.environ["A"]))  # want unresolved "os.environ"
boto3.client(f"{os.environ['A']}3")  # want unresolved "os.environ"
boto3.client("%2s3" % A)  # want unresolved "formatted"
boto3.client("%s%s" % KIND)  # want unresolved "formatted"
boto3.client("%s%s" % (A,))  # want unresolved "formatted"
boto3.client("{:>1}3".format(A))  # want unresolved "formatted"
boto3.client("{.x}3".format(A))  # want unresolved "formatted"
boto3.client("{1}3".format(A))  # want unresolved "formatted"
boto3.client("{}{}".format(*[A, "3"]))  # want unresolved "formatted"
boto3.client("{a}3".format(**KIND))  # want unresolved "formatted"
boto3.client(f"{A:>1}3")  # want unresolved "formatted"
boto3.client("{}3".format_map(KIND))  # want unresolved "format_map"
template = os.environ["T"]
boto3.client(template % A)  # want unresolved "computed"
boto3.client(template.format(A))  # want unresolved ".format"
