"""What is named like a maker and is none."""
import http.client
import resource

from opentelemetry.sdk.resources import Resource


class Client:
    def __init__(self, client):
        self.client = client

    def resource(self, name):
        return self.client.get(name)


c = Client(http.client.HTTPConnection("host"))
c.resource("s3")
resource.getrusage(resource.RUSAGE_SELF)
Resource.create({"client": "s3"})


def connect(client, extra):
    options = {"ssl": True} if extra else {}
    return client(host="localhost", **options)


connect(print, True)
