from layer.aws import session
from layer.aws import client as make
from layer.helpers import *

session.client("s3")  # want service=s3 certainty=possible
make("sqs")  # want service=sqs certainty=possible
client("sns")  # want service=sns certainty=possible
