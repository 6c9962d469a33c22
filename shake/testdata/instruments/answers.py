"""Answers for clients, in the place of AWS."""

import contextlib

from botocore.awsrequest import AWSResponse


class Raw:
    def stream(self, *args, **kwargs):
        yield b'{"Item":{"id":{"S":"1"}}}'


@contextlib.contextmanager
def given(client):
    def answer(request, **kwargs):
        return AWSResponse(request.url, 200, {"x-amzn-requestid": "R"}, Raw())

    client.meta.events.register("before-send", answer)
    yield
    client.meta.events.unregister("before-send", answer)
