BUCKET = "s3"
QUEUE = "sqs"
TOPIC = "sns"
