"""A small HTTP server that answers as it is told, and notes what it was asked and over which connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from msgspec import Struct


class Answer(Struct, frozen=True):
    """One answer. `length`: what it says of its length, if that is not true. `close`: the connection ends after it,
    which is not said. `checksum`: what it says of its body's CRC-32, if anything.
    """

    status: int = 200
    body: bytes = b"{}"
    length: int | None = None
    close: bool = False
    checksum: int | None = None


HANG_UP, SILENCE = Answer(0), Answer(-1)
"""Instead of an answer: the connection ends, or nothing comes for as long as the test takes."""


class Asked(Struct, frozen=True):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    peer: int


@dataclass
class Service:
    """What the test sees: `answers` are given in turn, then whatever is asked is echoed."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def start_over(self) -> None:
        """Forget what was said, and let go of whoever waits."""
        self.over.set()
        self.over = threading.Event()
        self.answers, self.asked = [], []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _answer(self) -> None:
        service, over = self.service, self.service.over
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        service.asked.append(Asked(self.path, headers, body, self.client_address[1]))
        answer = service.answers.pop(0) if service.answers else Answer(body=body)
        if answer is SILENCE:
            over.wait()
        if answer.status <= 0:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
        if answer.checksum is not None:
            self.send_header("x-amz-crc32", str(answer.checksum))
        self.end_headers()
        self.wfile.write(answer.body)
        self.close_connection = answer.close


@contextmanager
def running() -> Iterator[Service]:
    """The server, on a free port, for as long as the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    service = Service(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("Handler", (_Handler,), {"service": service})
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield service
    finally:
        service.start_over()
        server.shutdown()
        server.server_close()
