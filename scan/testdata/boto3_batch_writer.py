import boto3

table = boto3.resource("dynamodb").Table("t")  # want service=dynamodb
with table.batch_writer() as batch:
    batch.put_item(Item={})  # want service=dynamodb op=PutItem
with table.batch_writer(overwrite_by_pkeys=["k"]) as other:
    other.delete_item(Key={})  # want service=dynamodb op=DeleteItem


# One step harder: the table is not known.
def fill(given):
    with given.batch_writer() as batch:
        batch.put_item(Item={})


# One step harder: so is the service.
def elsewhere(session):
    with session.resource("dynamodb").Table("t").batch_writer() as batch:  # want service=dynamodb certainty=possible
        batch.put_item(Item={})
