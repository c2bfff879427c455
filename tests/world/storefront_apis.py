"""The order lists of Shopify and WooCommerce over HTTP, as strict as the real ones where a client could go wrong."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

SHOPIFY_TOKEN = "shpat_0123456789abcdef"
WOO_TOKEN = "ck_0123456789abcdef:cs_fedcba9876543210"

Json = dict[str, Any]
Reply = tuple[int, dict[str, str], bytes]


class Storefront:
    """Its orders, the answers that it gives before any good one, and the requests that it got."""

    def __init__(self) -> None:
        self.orders: list[Json] = []
        self.trouble: list[Reply | None] = []
        self.asked: list[str] = []
        self.url = ""
        self.links_to = ""

    def reply(self, target: str, headers: dict[str, str]) -> Reply:
        """What the API answers; an entry of `trouble` that is None lets one request through."""
        self.asked.append(target)
        troubled = self.trouble.pop(0) if self.trouble else None
        if troubled:
            return troubled
        address = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/admin/api/2026-01/orders.json":
            return self._shopify(query, headers, address.path)
        return self._woocommerce(query, headers) if address.path == "/wp-json/wc/v3/orders" else (404, {}, b"{}")

    def _shopify(self, query: dict[str, str], headers: dict[str, str], path: str) -> Reply:
        if headers.get("x-shopify-access-token") != SHOPIFY_TOKEN:
            return json_reply({"errors": "[API] Invalid API key or access token"}, 401)
        limit = int(query.get("limit", "50"))
        if "page_info" in query and query.keys() - {"page_info", "limit"}:
            return json_reply({"errors": {"page_info": "Invalid value."}}, 400)
        since, start = query.get("updated_at_min", ""), 0
        if "page_info" in query:
            since, _, offset = bytes.fromhex(query["page_info"]).decode().rpartition("|")
            start = int(offset)
        elif query.get("status") != "any":
            return json_reply({"orders": []})
        changed = [order for order in self.orders if instant(order["updated_at"]) >= instant(since)]
        return json_reply(
            {"orders": changed[start : start + limit]}, 200, self._link(path, since, start, limit, len(changed))
        )

    def _link(self, path: str, since: str, start: int, limit: int, total: int) -> dict[str, str]:
        places = {"previous": start - limit, "next": start + limit}
        links = []
        for name, at in places.items():
            if 0 <= at < total:
                query = urlencode({"limit": limit, "page_info": f"{since}|{at}".encode().hex()})
                links.append(f'<{self.links_to or self.url}{path}?{query}>; rel="{name}"')
        return {"Link": ", ".join(links)} if links else {}

    def _woocommerce(self, query: dict[str, str], headers: dict[str, str]) -> Reply:
        if headers.get("authorization") != f"Basic {b64encode(WOO_TOKEN.encode()).decode()}":
            return json_reply({"code": "woocommerce_rest_cannot_view", "message": "Sorry"}, 401)
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        if size > 100 or query.get("dates_are_gmt") != "true":
            return json_reply({"code": "rest_invalid_param"}, 400)
        after = instant(query["modified_after"])
        newest_first = sorted(self.orders, key=lambda order: instant(order["date_modified_gmt"]), reverse=True)
        changed = [order for order in newest_first if instant(order["date_modified_gmt"]) > after]
        pages = {"X-WP-Total": str(len(changed)), "X-WP-TotalPages": str(-(-len(changed) // size))}
        return json_reply(changed[(page - 1) * size : page * size], 200, pages)


def instant(stamp: str) -> float:
    """Comparable, whatever the offset."""
    moment = datetime.fromisoformat(stamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def json_reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """An answer as these APIs give it."""
    return status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode()


@contextmanager
def storefront() -> Iterator[Storefront]:
    """A storefront that answers at its `url`."""
    made = Storefront()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = made.reply(self.path, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
