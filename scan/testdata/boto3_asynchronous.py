import aioboto3
from aiobotocore.session import AioSession, get_session


async def main():
    session = aioboto3.Session()
    async with session.client("s3") as s3:  # want service=s3
        await s3.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
    async with session.resource("dynamodb") as db:  # want service=dynamodb; service=dynamodb op=DescribeTable certainty=possible
        await db.Table("t")
    async with get_session().create_client("sqs") as sqs:  # want service=sqs
        await sqs.send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage
    async with AioSession().create_client("sns") as sns:  # want service=sns
        pass
