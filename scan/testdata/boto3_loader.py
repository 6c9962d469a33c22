from botocore.loaders import Loader

loader = Loader()
loader.load_service_model("s3", "service-2")  # want service=s3 certainty=possible
loader.load_data("sqs/2012-11-05/service-2")  # want service=sqs certainty=possible
loader.list_available_services("service-2")  # want unresolved "lists every service"
