SERVICE = "sns"
OTHER = "kms"
