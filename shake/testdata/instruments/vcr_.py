"""vcrpy: records what goes over urllib3's connections, and plays it again."""

import http.server
import os
import tempfile
import threading

import boto3
import vcr


class Server(http.server.BaseHTTPRequestHandler):
    count = 0

    def do_POST(self):
        Server.count += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"TableNames":["t"]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
cassette = os.path.join(tempfile.mkdtemp(), "cassette.yaml")
for _ in range(2):
    with vcr.use_cassette(cassette, match_on=["method", "path"]) as tape:
        client = boto3.client("dynamodb", endpoint_url="http://127.0.0.1:%d" % server.server_port)
        print(client.list_tables()["TableNames"], tape.play_count, Server.count)
server.shutdown()
