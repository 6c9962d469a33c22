"""aiobotocore, and aioboto3 where it is there: asynchronous clients, a paginator, a waiter,
an error, a resource and transfers, against a server of our own."""

import asyncio
import http.server
import io
import json
import sys
import threading

from aiobotocore.session import get_session
from botocore.exceptions import ClientError

LIST = b"<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key></Contents></ListBucketResult>"
ERROR = b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>"
seen = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.body()
        target = self.headers.get("X-Amz-Target")
        seen.append((self.command, self.path, target, bool(self.headers.get("Authorization")), len(body)))
        status, out = 200, b"" if self.command == "PUT" else b"content"
        if target:
            out = json.dumps({"Item": {"id": {"S": "1"}}, "Table": {"TableStatus": "ACTIVE"}}).encode()
        elif "list-type" in self.path:
            out = LIST
        elif "gone" in self.path:
            status, out = 404, ERROR
        self.send_response(status)
        self.send_header("Content-Length", str(len(out)))
        self.send_header("ETag", '"e"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(out)

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    do_GET = do_PUT = do_POST = do_HEAD = answer

    def log_message(self, *args):
        pass


async def clients(session, url):
    async with session.create_client("dynamodb", endpoint_url=url) as client:
        print((await client.get_item(TableName="t", Key={"id": {"S": "1"}}))["Item"])
        await client.get_waiter("table_exists").wait(TableName="t")
        assert client.can_paginate("scan")
    async with session.create_client("s3", endpoint_url=url) as client:
        answer = await client.get_object(Bucket="b", Key="k")
        async with answer["Body"] as stream:
            print(await stream.read())
        async for page in client.get_paginator("list_objects_v2").paginate(Bucket="b"):
            print(page["Contents"])
        try:
            await client.get_object(Bucket="b", Key="gone")
        except client.exceptions.NoSuchKey as e:
            print(type(e).__mro__[1], isinstance(e, ClientError), e)
        print((await client.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})).partition("?")[0][-4:])


async def resources(url):
    import aioboto3

    session = aioboto3.Session()
    async with session.resource("dynamodb", endpoint_url=url) as resource:
        table = await resource.Table("t")
        print((await table.get_item(Key={"id": "1"}))["Item"])
    async with session.client("s3", endpoint_url=url) as client:
        await client.upload_fileobj(io.BytesIO(b"up"), "b", "k")
        down = io.BytesIO()
        await client.download_fileobj("b", "k", down)
        print("down", down.getvalue())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d" % server.server_port
asyncio.run(clients(get_session(), url))
if "aioboto3" in sys.argv:
    asyncio.run(resources(url))
print(*seen, sep="\n")
server.shutdown()
