"""The demo's storefront: a page with three products and the shopper's widget, served by this computer for `make run`.

Its buttons have this process send the signed webhooks of paid and refunded orders, as a shop's server does: the browser
signs nothing and knows no secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jinja2

from chalicelib.edge import words
from chalicelib.edge.words import requested
from infra.api import ApiError
from infra.local.demo_till import PRODUCTS, RefusedSale, Till, TillOrder
from infra.local.local_aws import HOST

FILES = Path(__file__).parent.parent / "demo"
LANGUAGES = (("en", "English"), ("fr", "Français"))
TEXTS = {
    "en": {
        "language": "Language",
        "title": "Tea and coffee",
        "lead": "Dora is signed in. What she buys is paid at once, and her balance rises.",
        "buy": "Buy",
        "balance": "Pay with my balance",
        "return": "Return the last order",
        "account": "Dora's account",
        "bought": "Bought for {amount}: order #{order} and what it earns are shown below.",
        "bought with balance": "Bought for {amount}: {balance} came from the balance, {rest} are paid by card.",
        "returned": "Returned: {amount} are paid back, and what order #{order} had earned is taken back.",
        "returned with balance": (
            "Returned: {rest} are paid back by card, {balance} are in the balance again, and what order #{order} had "
            "earned is taken back."
        ),
        "empty": "There is no balance to pay with yet. Nothing was bought.",
        "unpayable": "The shop's rules do not let the balance pay such a part of it. Nothing was bought.",
        "old": "This page is out of date. Load it again.",
        "product": "Choose one of the products.",
        "failed": "That did not work, and nothing was bought or returned: {why}",
        "away": "The shop does not answer. Try again.",
    },
    "fr": {
        "language": "Langue",
        "title": "Thé et café",
        "lead": "Dora est connectée. Ce qu'elle achète est payé aussitôt, et son solde augmente.",
        "buy": "Acheter",
        "balance": "Payer avec mon solde",
        "return": "Retourner la dernière commande",
        "account": "Le compte de Dora",
        "bought": "Acheté pour {amount} : la commande #{order} et ce qu'elle rapporte figurent plus bas.",
        "bought with balance": "Acheté pour {amount} : {balance} viennent du solde, {rest} sont réglés par carte.",
        "returned": "Retournée : {amount} sont remboursés, et ce que la commande #{order} avait rapporté est repris.",
        "returned with balance": (
            "Retournée : {rest} sont remboursés sur la carte, {balance} reviennent au solde, et ce que la commande "
            "#{order} avait rapporté est repris."
        ),
        "empty": "Il n'y a pas encore de solde pour payer. Rien n'a été acheté.",
        "unpayable": (
            "Les règles de la boutique ne permettent pas que le solde en paie une telle part. Rien n'a été acheté."
        ),
        "old": "Cette page est dépassée. Rechargez-la.",
        "product": "Choisissez un des produits.",
        "failed": "Cela n'a pas marché, rien n'a été acheté ni retourné : {why}",
        "away": "La boutique ne répond pas. Réessayez.",
    },
}


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """Who is signed in: the API's address, the storefront's connection with its widget secret, and the customer."""

    api: str
    connection: str
    secret: str
    customer: int

    def proof(self, at: int) -> str:
        """The proof that the page is the customer's."""
        return hmac.new(self.secret.encode(), f"{self.customer}.{at}".encode(), hashlib.sha256).hexdigest()


@contextmanager
def storefront(account: DemoCustomer, sales: Till) -> Iterator[str]:
    """Serve the storefront; yields its address."""

    class Handler(_Pages):
        customer, till = account, sales

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Pages(BaseHTTPRequestHandler):
    customer: DemoCustomer
    till: Till

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        types = {"/shop.css": "text/css", "/shop.js": "text/javascript"}
        if path in types:
            self._reply(200, types[path], (FILES / path[1:]).read_text(encoding="utf-8"))
        elif path == "/":
            self._reply(200, "text/html", page(self.customer, self.till, self._lang()))
        else:
            self._reply(404, "text/plain", "There is no such page.")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        if self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            self._reply(403, "text/plain", "Only this shop's own page buys here.")
            return
        if path not in ("/buy", "/return"):
            self._reply(404, "text/plain", "There is no such page.")
            return
        fields = dict(parse_qsl(self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1000)).decode()))
        status, outcome = acted(self.till, path, fields, self._lang())
        if "json" in self.headers.get("Accept", ""):
            answer = {"text": outcome, "order": self.till.new_number(), "last": self.till.last()}
            self._reply(status, "application/json", json.dumps(answer))
        else:
            self._reply(status, "text/html", page(self.customer, self.till, self._lang(), outcome))

    def _lang(self) -> str:
        lang = dict(parse_qsl(urlsplit(self.path).query)).get("lang", "")
        lang = lang or requested.language_of(self.headers.get("Accept-Language", ""))
        return lang if lang in TEXTS else "en"

    def _reply(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": policy(self.customer.api),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the library gives it
        """Nothing: the terminal tells the story."""


def acted(till: Till, path: str, fields: dict[str, str], lang: str) -> tuple[int, str]:
    """Buy or return as a form of the page says; the status and the sentence for the shopper."""
    texts, number = TEXTS[lang], fields.get("order", "")
    try:
        if path == "/return":
            return 200, _told("returned", till.give_back(number), lang)
        product = next((product for product in PRODUCTS if product.sku == fields.get("sku")), None)
        if product is None:
            return 400, texts["product"]
        return 200, _told("bought", till.buy(number, product, with_balance=fields.get("pay") == "balance"), lang)
    except RefusedSale as refused:
        return 409, texts[refused.reason]
    except ApiError as error:
        return 502, texts["failed"].format(why=error)


def _told(what: str, bought: TillOrder, lang: str) -> str:
    """What has become of an order, in a sentence."""
    amounts = {"amount": bought.product.cents, "balance": bought.balance, "rest": bought.rest}
    shown = {name: words.of(lang).amount(cents, "EUR/2") for name, cents in amounts.items()}
    return TEXTS[lang][f"{what} with balance" if bought.balance else what].format(order=bought.number, **shown)


def page(account: DemoCustomer, till: Till, lang: str, outcome: str = "") -> str:
    """The storefront's page in a language. `outcome`: what has become of the form that was sent."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(FILES), autoescape=True)
    at = int(time.time())
    products = [{"sku": product.sku, "names": product.names, "shown": product.shown(lang)} for product in PRODUCTS]
    return environment.get_template("shop.html").render(
        lang=lang,
        languages=LANGUAGES,
        text=TEXTS[lang],
        api=account.api,
        products=products,
        order=till.new_number(),
        last=till.last(),
        outcome=outcome,
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
