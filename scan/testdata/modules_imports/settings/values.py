SERVICE = "sns"
