SERVICE = "sqs"
OTHER = "ses"
THIRD = "ecs"
