"""A plugin for pytest that serves moto on loopback for a whole run, for tests that
were written against a local stand-in of AWS, and tells them where it listens."""

import os

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()

os.environ["SQS_HOST"], os.environ["SQS_PORT"] = host, str(port)  # kombu
os.environ["PYNAMODB_INTEGRATION_TEST_DDB_URL"] = f"http://{host}:{port}"


def pytest_unconfigure():
    server.stop()
