from boto3 import *

client("s3")  # want service=s3
Session().client("sqs")  # want service=sqs

# One step harder: a star of a module that the package lacks.
from elsewhere import *

make().client("sns")  # want service=sns certainty=possible
client(NAME)  # want unresolved ""
