import boto3
import config

config.SERVICE = "s3"
config.Late.service = "sns"
setattr(config.Late, "other", "ses")
