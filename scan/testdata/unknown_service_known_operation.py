# A client whose service is not known, of which everything that it is asked for
# can be seen: it may be of any service that has the operation.
import boto3


def chained(event):
    return boto3.client(event["service"]).batch_get_item()  # want service=dynamodb certainty=possible; service=dynamodb op=BatchGetItem certainty=possible


def in_a_variable(event):
    client = boto3.client(event["service"])  # want service=sqs certainty=possible; service=s3 certainty=possible
    try:
        client.get_queue_url(QueueName="q")  # want service=sqs op=GetQueueUrl certainty=possible
    except client.exceptions.QueueDoesNotExist:
        client.get_waiter("bucket_exists")  # want service=s3 op=HeadBucket certainty=possible


# One step harder: the client leaves the function, or what it is asked for is not
# known or no operation.
def handed_on(event, use):
    client = boto3.client(event["service"])  # want unresolved "the service of boto3.client"
    client.batch_get_item()
    use(client)


def returned(event):
    client = boto3.client(event["service"])  # want unresolved "the service of boto3.client"
    client.batch_get_item()
    return client


def unknown_waiter(event):
    client = boto3.client(event["service"])  # want unresolved "the service of boto3.client"
    client.get_waiter(event["waiter"]).wait()


def no_operation(event):
    client = boto3.client(event["service"])  # want unresolved "the service of boto3.client"
    client.batch_get_item()
    client.meta.client.batch_get_item()


def not_asked(event):
    boto3.client(event["service"])  # want unresolved "the service of boto3.client"
