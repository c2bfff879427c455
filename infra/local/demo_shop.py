"""The demo's storefront: a page with three products and the shopper's widget, served by this computer for `make run`.

Its buttons have this process send the signed webhook of a paid order, as a shop's server does: the browser signs
nothing and knows no secret.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jinja2

from chalicelib.edge import words
from infra.local.local_aws import HOST

FILES = Path(__file__).parent.parent / "demo"
LANGUAGES = (("en", "English"), ("fr", "Français"))
TEXTS = {
    "en": {
        "language": "Language",
        "title": "Tea and coffee",
        "lead": "Dora is signed in. What she buys is paid at once, and her balance rises.",
        "buy": "Buy",
        "account": "Dora's account",
        "done": "Order #{order} is paid: {amount}. The webhook was answered: {answer}.",
    },
    "fr": {
        "language": "Langue",
        "title": "Thé et café",
        "lead": "Dora est connectée. Ce qu'elle achète est payé aussitôt, et son solde augmente.",
        "buy": "Acheter",
        "account": "Le compte de Dora",
        "done": "La commande #{order} est payée : {amount}. Réponse au webhook : {answer}.",
    },
}


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold: its SKU, its price in euros, and its name by language."""

    sku: str
    price: Decimal
    names: Mapping[str, str]

    def shown(self, lang: str) -> str:
        """The price as people write it."""
        return words.of(lang).amount(int(self.price * 100), "EUR/2")


PRODUCTS = (
    Product("TEA-1", Decimal("18.00"), {"en": "Green tea", "fr": "Thé vert"}),
    Product("COFFEE-1", Decimal("20.00"), {"en": "Bag of coffee", "fr": "Paquet de café"}),
    Product("TEA-GIFT-BOX", Decimal("45.00"), {"en": "Gift box", "fr": "Coffret cadeau"}),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in: the API's address, the storefront's connection with its widget secret, and the customer."""

    api: str
    connection: str
    secret: str
    customer: int

    def proof(self, at: int) -> str:
        """The proof that the page is the customer's."""
        return hmac.new(self.secret.encode(), f"{self.customer}.{at}".encode(), hashlib.sha256).hexdigest()


Buy = Callable[[Product], tuple[str, str]]
"""Sends the webhook of a paid order of one piece; the order's number, and what was answered."""


@contextmanager
def storefront(account: Account, buy: Buy) -> Iterator[str]:
    """Serve the storefront; yields its address."""

    class Handler(_Pages):
        shop = account
        sell = staticmethod(buy)

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Pages(BaseHTTPRequestHandler):
    shop: Account
    sell: Buy

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        types = {"/shop.css": "text/css", "/shop.js": "text/javascript"}
        if path in types:
            self._reply(200, types[path], (FILES / path[1:]).read_text(encoding="utf-8"))
        elif path == "/":
            self._reply(200, "text/html", page(self.shop, self._lang()))
        else:
            self._reply(404, "text/plain", "There is no such page.")

    def do_POST(self) -> None:
        if self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            self._reply(403, "text/plain", "Only this shop's own page buys here.")
            return
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1000)).decode()
        wanted = parse_qs(body).get("sku", [""])[0]
        product = next((product for product in PRODUCTS if product.sku == wanted), None)
        if product is None:
            self._reply(400, "text/plain", "Choose one of the products.")
            return
        lang = self._lang()
        order, answer = self.sell(product)
        self._reply(
            200, "text/plain", TEXTS[lang]["done"].format(order=order, amount=product.shown(lang), answer=answer)
        )

    def _query(self, name: str) -> str:
        return parse_qs(urlsplit(self.path).query).get(name, [""])[0]

    def _lang(self) -> str:
        return self._query("lang") if self._query("lang") in TEXTS else "en"

    def _reply(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": policy(self.shop.api),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the library gives it
        """Nothing: the terminal tells the story."""


def page(account: Account, lang: str) -> str:
    """The storefront's page in a language."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(FILES), autoescape=True)
    at = int(time.time())
    products = [{"sku": product.sku, "names": product.names, "shown": product.shown(lang)} for product in PRODUCTS]
    return environment.get_template("shop.html").render(
        lang=lang,
        languages=LANGUAGES,
        text=TEXTS[lang],
        api=account.api,
        products=products,
        connection=account.connection,
        customer=account.customer,
        at=at,
        proof=account.proof(at),
    )


def policy(api: str) -> str:
    """What the page may load and ask: its own files, and the API."""
    parts = urlsplit(api)
    origin = f"{parts.scheme}://{parts.netloc}"
    return (
        f"default-src 'none'; script-src 'self' {origin}; connect-src 'self' {origin}; style-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
