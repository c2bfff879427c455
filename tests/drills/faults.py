"""What stands between the deployed functions and AWS in a drill: it passes requests on, throttles DynamoDB, or lets SSM
be away.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

HOST = "127.0.0.1"
THROTTLED = b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "Rate exceeded"}'
AWAY = b'{"__type": "ServiceUnavailable"}'


class Faults:
    """Which of the services misbehave at the moment, and how often that was met."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.throttled = False
        self.ssm_away = False
        self.hits = 0
        self.port = 0

    def answer(self, target: str) -> tuple[int, bytes] | None:
        """The faulty answer to a request of an operation, None where it is passed on."""
        if self.throttled and target.startswith("DynamoDB_"):
            self.hits += 1
            return 400, THROTTLED
        if self.ssm_away and target.startswith("AmazonSSM"):
            self.hits += 1
            return 503, AWAY
        return None


@contextmanager
def faults_before(endpoint: str) -> Iterator[Faults]:
    """Listens at a port of its own, on this machine only, until the end."""
    faults, pool = Faults(endpoint), urllib3.PoolManager(retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, content = faults.answer(self.headers["X-Amz-Target"]) or self._passed_on(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _passed_on(self, body: bytes) -> tuple[int, bytes]:
            reply = pool.request("POST", f"{endpoint}{self.path}", body=body, headers=dict(self.headers))
            return reply.status, reply.data

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    faults.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield faults
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
