"""The API under test as a site on localhost that a browser can open: each request goes through Chalice's gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from tests.edge.conftest import Shop

Pages = dict[str, tuple[dict[str, str], bytes]]
"""Headers and body by path, for pages that are not the API's."""


@contextmanager
def serve(shop: Shop) -> Iterator[str]:
    """Serve a shop's API; yields its address. What went wrong in a request is raised at the end."""
    wrong: list[BaseException] = []

    class Handler(_Quiet):
        def answer(self, method: str) -> None:
            try:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asks = method == "OPTIONS"
                answer = (
                    shop.preflight(self.path) if asks else shop.request(method, self.path, dict(self.headers), body)
                )
            except BaseException as error:  # noqa: BLE001 - the test has to hear of it
                wrong.append(error)
                self.send_error(500)
                return
            self.reply(answer.status, answer.headers, answer.body)

    with _running(Handler) as address:
        yield address
    if wrong:
        raise wrong[0]


@contextmanager
def serve_pages(pages: Pages) -> Iterator[str]:
    """Serve fixed pages, as a storefront of another origin does; yields its address."""

    class Handler(_Quiet):
        def answer(self, method: str) -> None:
            headers, body = pages.get(self.path.partition("?")[0], ({}, b""))
            self.reply(200 if headers else 404, headers, body)

    with _running(Handler) as address:
        yield address


class _Quiet(BaseHTTPRequestHandler):
    """A handler without a log, whose answers end their connection: a browser's idle one would block the next."""

    def answer(self, method: str) -> None:
        raise NotImplementedError

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.answer("GET")

    def do_POST(self) -> None:
        self.answer("POST")

    def do_PUT(self) -> None:
        self.answer("PUT")

    def do_DELETE(self) -> None:
        self.answer("DELETE")

    def do_OPTIONS(self) -> None:
        self.answer("OPTIONS")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the library gives it
        pass


@contextmanager
def _running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
