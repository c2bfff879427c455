"""What is in the table before a campaign: members with balances, a referrer, a hold, a redemption, a bonus that waits
for a person, and a delivery that could not be processed. Their ids make requests find something.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from chalicelib.store import keyring
from tests.attack.deliveries import SECRETS, signed
from tests.world.gateway import ask
from tests.world.senders import NOW, shopify_line, shopify_order

PROGRAMME = b"""
name: Described Shop
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
earn:
  - {id: cashback, percent: 5}
referral:
  percent: 10
  friends: 2
  welcome: {amount: 3.00}
  review: {threshold: 1}
"""


GOOD_PROGRAMME = """{"name": "A", "currency": "EUR", "earn": [{"id": "cashback", "percent": 4}],
 "landing": {"page": "https://shop.example/", "hosts": ["shop.example"]}}"""

ALWAYS_KNOWN: dict[str, list[Any]] = {
    "number": ["1"],
    "connection": [f"shop-{kind}" for kind in SECRETS if kind != "shopify"],
    "asset": ["EUR/2"],
    "amount": [1, 100],
    "reason": ["a test"],
    "email": ["ana@mail.example"],
    "verified": [True],
    "verdict": ["approve"],
    "secret": [f"a-secret-that-is-long-enough-{number}" for number in range(1000)],
}
"""Values by the name of their field or parameter that need no customer."""


class Shop:
    """A shop that has had customers. `known`: values by the name of the field or parameter that takes them."""

    def __init__(self) -> None:
        self.admin = keyring.issue_key("admin")
        self.known: dict[str, list[Any]] = {}
        self._open(1, (2, 3))

    def headers(self) -> dict[str, str]:
        """The credential of an admin, who may call every route."""
        return {"Authorization": f"Bearer {self.admin}"}

    def aim(self, random: Random, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same values; most of those whose names are known are exchanged for one that leads somewhere."""
        aimed = {name: random.choice(self.known[name]) for name in values if name in self.known}
        return {name: aimed.get(name, value) if random.random() < 0.7 else value for name, value in values.items()}

    def _open(self, referrer: int, friends: tuple[int, ...]) -> None:
        path, money = f"/v1/members/shop-shopify.{referrer}", {"asset": "EUR/2", "amount": 100}
        self._buy(referrer)
        code = self._call("POST", f"{path}/referral-code")["code"]
        for friend in friends:
            self._buy(friend, code)
        self._call("POST", f"{path}/referrals/settle")
        self._call("POST", f"{path}/adjustments", {"asset": "EUR/2", "amount": 90_000, "reason": "x"})
        hold = self._call("POST", f"{path}/holds", money)["hold"]
        spent = self._call("POST", f"{path}/redemptions", money)["entry"]
        self._deliver({"id": referrer})
        kept = self._call("GET", "/v1/deliveries")["deliveries"][0]["id"]
        members = [f"shop-shopify.{customer}" for customer in (referrer, *friends)]
        self.known = ALWAYS_KNOWN | {
            "member": [members[0], *members, "shop-stripe.new", "guest.nobody"],
            "friend": [members[1], f"shop-stripe.{referrer}"],
            "from": members,
            "code": [code],
            "hold": [hold],
            "entry": [str(spent), "1"],
            "delivery": [kept],
            "order": [f"shop-shopify/{referrer}0"],
            "id": [f"shop-{referrer}"],
        }

    def _buy(self, customer: int, code: str = "") -> None:
        at = datetime.fromtimestamp(NOW, UTC).isoformat()
        notes = [{"name": "ref", "value": code}] if code else []
        buyer = {"id": customer, "email": f"buyer{customer}@mail.example"}
        stamps = dict.fromkeys(("created_at", "processed_at", "updated_at"), at)
        lines = [shopify_line(price="100.00")]
        facts = {"customer": buyer, "email": None, "line_items": lines, "note_attributes": notes, **stamps}
        self._deliver(shopify_order(customer, name=f"#{customer}", **facts))

    def _deliver(self, payload: Any) -> None:
        sent = signed("shopify", "orders/paid", json.dumps(payload).encode(), NOW)
        assert ask("POST", "/webhooks/shop-shopify", sent.headers, sent.body).status in (200, 202)

    def _call(self, method: str, path: str, body: object = None) -> Any:
        headers = self.headers() | {"Idempotency-Key": f"{method}-{path}", "Content-Type": "application/json"}
        reply = ask(method, path, headers, json.dumps(body or {}).encode())
        assert reply.status == 200, reply
        return json.loads(reply.body)
