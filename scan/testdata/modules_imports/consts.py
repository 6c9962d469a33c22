FIRST = "s3"
OTHER = "sqs"
