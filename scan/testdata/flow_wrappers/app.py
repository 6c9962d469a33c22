import helpers
from helpers import Wrapper, make_client as mk

helpers.make_client("s3")
mk(service="sqs")
Wrapper("sns").get()
Wrapper(name="ses")
Wrapper.of("iam")
# One step harder: what the wrapper is given comes from outside.
helpers.outside(input())
