# A function that makes a client of the service that it is given: each caller has
# a client of its own service.
import boto3


def session():
    return boto3.session.Session()


def client(name, **options):
    made = session().client(name, **options)  # want service=sqs; service=sns; service=kms; service=s3
    return made


def regional(name, region="eu-central-1"):
    return client(name, region_name=region)


sqs = client("sqs")
sns = regional(name="sns")
sqs.tag_queue(QueueUrl="u", Tags={})  # want service=sqs op=TagQueue
sns.tag_resource(ResourceArn="a", Tags=[])  # want service=sns op=TagResource

# One step harder: the service is one of two, or the function makes more than it
# is asked for.
either = client("kms" if __debug__ else "sns")
either.tag_resource(KeyId="k", Tags=[])  # want service=sns op=TagResource; service=kms op=TagResource


def two(name):
    if name:
        return client(name)
    return boto3.client("iam")  # want service=iam


two("s3").list_buckets()  # want service=s3 op=ListBuckets
two("s3").list_users()  # want service=iam op=ListUsers
getattr(two("s3"), input())()  # want service=iam op=* certainty=possible; service=s3 op=* certainty=possible
