"""The demo story: a member, a link, two friends, the bonus, a duplicate without effect, refunds that take it back, and
a balance that is spent at checkout and comes back with the goods.

Each scene sends what a storefront would send, signed, over HTTP, then shows every balance and its why, and fails if
the books are not what the scene says. The tests play the same scenes against the deployed package.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from chalicelib.edge.yaml_document import as_published
from infra.api import Api, ApiAnswer, newest_version
from infra.signing import sign

PROGRAMME = Path(__file__).parent.parent / "demo" / "programme.yaml"
SHOP = "acme-shopify"
PATIENCE_S, LOOK_EVERY_S = 20.0, 0.05
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

ADA, BEN, CLEO = "acme-shopify.7001", "acme-shopify.7002", "acme-woo.31"
DORA, ED = "acme-shopify.7004", "acme-shopify.7009"
"""Ed is of those who are held out of the campaign: that follows from his id, and holds for ever."""

NAMES = {ADA: "Ada", BEN: "Ben", CLEO: "Cleo", DORA: "Dora", ED: "Ed"}
COFFEE = "COFFEE-1"

BEST = {DORA: 23_000, ADA: 8000, ED: 6000, BEN: 3000}
"""What is left of their orders at the end, in cents; Cleo has returned all of hers."""


class StoryError(Exception):
    """The books differ from the story."""


@dataclass(frozen=True, slots=True)
class Scene:
    """An action, and everybody's balance after it, in cents, and in leaves of those who are looked at."""

    title: str
    act: Callable[[], str]
    balances: Mapping[str, int]
    leaves: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Story:
    """The story on one deployment, which must be a new one: it begins with empty books."""

    admin: Api
    store: Api
    secrets: Mapping[str, str] = field(
        default_factory=lambda: {name: secrets.token_hex(16) for name in (SHOP, "acme-woo")}
    )
    code: str = ""
    hold: str = ""
    hold_of_leaves: str = ""
    paid: dict[str, str] = field(default_factory=dict)

    def scenes(self) -> Iterator[Scene]:
        """The scenes, in order."""
        yield Scene("The shop publishes its programme and connects two storefronts", self.open_shop, {})
        yield Scene("Ada buys for 80.00 at the Shopify store", self.ada_buys, {ADA: 400})
        yield Scene("Ada gets her link, and a friend opens it", self.share, {ADA: 400})
        yield Scene("Ben buys for 60.00 with Ada's code", self.ben_buys, {ADA: 400, BEN: 600})
        yield Scene(
            "Cleo buys for 40.00 at the WooCommerce store with it", self.cleo_buys, {ADA: 1400, BEN: 600, CLEO: 500}
        )
        yield Scene("Shopify sends Ben's order again", self.ben_again, {ADA: 1400, BEN: 600, CLEO: 500})
        yield Scene("Somebody forges an order", self.forge, {ADA: 1400, BEN: 600, CLEO: 500})
        yield Scene("Ben returns half of his order", self.ben_returns_half, {ADA: 1100, BEN: 450, CLEO: 500})
        yield Scene("Cleo's order is refunded in full", self.cleo_refunded, {ADA: 400, BEN: 450, CLEO: 0})
        yield Scene("Ada wants to pay 3.00 of her next order with her balance", self.ada_holds, {ADA: 100})
        yield Scene("That order is paid: 3.00 with balance, 27.00 in money", self.ada_pays, {ADA: 235})
        yield Scene("Ada returns all of it", self.ada_returns, {ADA: 400})
        yield from self.second_act()

    def second_act(self) -> Iterator[Scene]:
        """Leaves, a stamp card, a level, a goal, a campaign of which some are held out, and a leaderboard."""
        yield Scene("Dora's first order, three bags of coffee", self.dora_first, {DORA: 300}, {DORA: 120})
        yield Scene("Ed buys the same, and is held out of the campaign", self.ed_buys, {ED: 300}, {ED: 60})
        yield Scene("Dora asks what a basket of 140.00 would bring", self.dora_asks, {DORA: 300}, {DORA: 120})
        yield Scene("Dora buys two more bags: her card is full", self.dora_again, {DORA: 300 + 400 + 700}, {DORA: 300})
        yield Scene("Her next order counts at her new level", self.dora_at_level, {DORA: 1650}, {DORA: 425})
        yield Scene("Dora writes a review, which the shop states twice", self.dora_reviews, {DORA: 1650}, {DORA: 445})
        yield Scene("She holds 100 leaves for her next order: 5.00", self.dora_holds, {DORA: 1650}, {DORA: 345})
        yield Scene("And gives that up", self.dora_releases, {DORA: 1650}, {DORA: 445})
        yield Scene("She returns a bag: the card is not full any more", self.dora_returns, {DORA: 1150}, {DORA: 405})
        yield Scene("Dora may be named: the customers of the month", self.best_customers, {DORA: 1150}, {DORA: 405})

    def dora_first(self) -> str:
        return self._shopify("orders/paid", self._order("11", 7004, "60.00", sku=COFFEE, quantity=3))

    def ed_buys(self) -> str:
        return self._shopify("orders/paid", self._order("12", 7009, "60.00", sku=COFFEE, quantity=3))

    def dora_asks(self) -> str:
        body = {"member": DORA, "lines": [{"net": 14000, "quantity": 2, "sku": COFFEE}]}
        answer = self.store.call("POST", "/v1/quotes", body)
        return "; ".join(f"{reward['text']} ({reward['rule']})" for reward in answer["rewards"])

    def dora_again(self) -> str:
        result = self._shopify("orders/paid", self._order("13", 7004, "140.00", sku=COFFEE, quantity=2))
        return f"{result}; {self._reached(DORA)}"

    def dora_at_level(self) -> str:
        result = self._shopify("orders/paid", self._order("14", 7004, "50.00"))
        return f"{result}; {self._reached(DORA)}"

    def dora_reviews(self) -> str:
        body = {"activity": "review", "reference": "r-17"}
        answers = [self.admin.call("POST", f"/v1/members/{DORA}/activities", body) for _ in range(2)]
        return "; ".join("recorded" if answer["changed"] else "unchanged" for answer in answers)

    def dora_holds(self) -> str:
        body = {"asset": "leaves", "amount": 100, "order": f"acme-shopify/{_id('15')}", "order_total": 5000}
        answer = self.store.call("POST", f"/v1/members/{DORA}/holds", body, {"Idempotency-Key": "checkout-of-15"})
        self.hold_of_leaves = answer["hold"]
        return f"{answer['amount_text']} are held, worth {answer['worth']['text']}"

    def dora_releases(self) -> str:
        path = f"/v1/members/{DORA}/holds/{self.hold_of_leaves}/release"
        return f"{self.store.call('POST', path, {}, {'Idempotency-Key': 'release-of-15'})['state']}"

    def dora_returns(self) -> str:
        result = self._shopify("refunds/create", refund_of("11", quantity=1, goods="20.00", money="20.00"))
        return f"{result}; {self._reached(DORA)}"

    def best_customers(self) -> str:
        """The leaderboard once the stream has written it: places, names of those who have agreed, scores."""
        agreed = {"display_name": "Dora Maar", "consents": {"leaderboard": True}}
        self.store.call("PUT", f"/v1/members/{DORA}", agreed)
        deadline = time.monotonic() + PATIENCE_S
        while (scores := {row["member"]: row["score"] for row in self.board() if row["member"] in BEST}) != BEST:
            if time.monotonic() > deadline:
                raise StoryError(f"expected {BEST} on the leaderboard, it says {scores}")
            time.sleep(LOOK_EVERY_S)
        return "; ".join(f"{row['place']} {row['name'] or 'somebody'}, {row['text']}" for row in self.board())

    def board(self) -> Any:
        """The places of the month's leaderboard."""
        return self.store.call("GET", "/v1/boards/month")["places"]

    def _reached(self, member: str) -> str:
        """A member's level and card in words."""
        progress = self.progress(member)
        return f"{progress['level']['text']}; {progress['cards'][0]['text']}"

    def progress(self, member: str) -> Any:
        """What a member has reached, as the API answers."""
        return self.store.call("GET", f"/v1/members/{member}/progress")

    def open_shop(self) -> str:
        newest = newest_version(self.admin)
        published = self.admin.call("PUT", "/v1/programme", PROGRAMME.read_bytes(), {"If-Match": str(newest)})
        for name, kind in ((SHOP, "shopify"), ("acme-woo", "woocommerce")):
            self.admin.call("PUT", "/v1/connections", {"id": name, "kind": kind, "secret": self.secrets[name]})
        return f"version {published['number']} holds from {published['effective_at']}"

    def ada_buys(self) -> str:
        return self._shopify("orders/paid", self._order("1", 7001, "80.00"))

    def share(self) -> str:
        issued = self.store.call("POST", f"/v1/members/{ADA}/referral-code")
        self.code = issued["code"]
        path = f"/r/{self.code}"
        answer = self.store.raw("GET", path, headers={"User-Agent": BROWSER, "Accept": "text/html"})
        return f"{issued['link']} leads to {_header(answer, 'location')}"

    def ben_buys(self) -> str:
        return self._shopify("orders/paid", self._order("2", 7002, "60.00", code=self.code))

    def cleo_buys(self) -> str:
        return self._woo("order.created", self._woo_order("processing"))

    def ben_again(self) -> str:
        return self._shopify("orders/paid", self._order("2", 7002, "60.00", code=self.code))

    def forge(self) -> str:
        body = json.dumps(self._order("3", 7002, "9999.00")).encode()
        answer = self.store.raw(
            "POST", "/webhooks/acme-shopify", body, sign("shopify", "guess", body, "orders/paid", _now())
        )
        return f"refused with {answer.status}"

    def ben_returns_half(self) -> str:
        return self._shopify("refunds/create", refund_of("2", quantity=1, goods="30.00", money="30.00"))

    def cleo_refunded(self) -> str:
        return self._woo("order.updated", self._woo_order("refunded", refunds=[{"id": 88, "total": "-40.00"}]))

    def ada_holds(self) -> str:
        order = f"acme-shopify/{_id('5')}"
        body = {"asset": "EUR/2", "amount": 300, "order": order, "order_total": 3000, "capture_on_paid": True}
        answer = self.store.call("POST", f"/v1/members/{ADA}/holds", body, {"Idempotency-Key": "checkout-of-5"})
        self.hold = answer["hold"]
        return f"{answer['amount_text']} are held until {answer['until']}"

    def ada_pays(self) -> str:
        result = self._shopify("orders/paid", self._order("5", 7001, "30.00", balance="3.00"))
        return f"{result}; the hold is {self.hold_state()['state']}"

    def ada_returns(self) -> str:
        return self._shopify("refunds/create", refund_of("5", quantity=2, goods="30.00", money="27.00"))

    def hold_state(self) -> Any:
        """Ada's hold, as the API answers."""
        return self.store.call("GET", f"/v1/members/{ADA}/holds/{self.hold}")

    def member(self, member: str) -> Any:
        """A member, as the API answers."""
        return self.store.call("GET", f"/v1/members/{member}")

    def statement(self, member: str) -> Any:
        """A member's entries, newest first."""
        return self.store.call("GET", f"/v1/members/{member}/statement")["entries"]

    def settle_to(self, scene: Scene) -> None:
        """Wait for the scene's balances: bonuses are posted by the stream, after the order. Raises StoryError."""
        deadline = time.monotonic() + PATIENCE_S
        expected = dict(scene.balances), dict(scene.leaves)
        while (available := self._available(scene)) != expected:
            if time.monotonic() > deadline:
                raise StoryError(f"expected {expected}, the books say {available}")
            time.sleep(LOOK_EVERY_S)

    def _available(self, scene: Scene) -> tuple[dict[str, int], dict[str, int]]:
        """What the members of a scene can spend: money, and leaves of those who are looked at."""
        assets = {
            name: {row["asset"]: row["available"] for row in self.member(name)["balances"]} for name in scene.balances
        }
        money = {name: amounts["EUR/2"] for name, amounts in assets.items()}
        return money, {name: assets[name].get("leaves", 0) for name in scene.leaves}

    def usable(self) -> int:
        """How much of her balance Dora can use, in cents."""
        card = self.store.call("GET", f"/v1/members/{DORA}/card")
        return sum(int(row["use"]["amount"]) for row in card["balances"] if row["asset"] == "EUR/2")

    def payable(self, total: int) -> int:
        """The most that balances may pay of an order of so many cents, by the programme in force."""
        number = self.admin.call("GET", "/v1/programme")["in_force"]
        source = self.admin.call("GET", f"/v1/programme?number={number}")["source"]
        most = as_published(source).spending.max_percent
        return total if most is None else int(total * most / 100)

    def set_apart(self, number: str, amount: int, total: int) -> None:
        """Set so much of Dora's balance apart for an order at the Shopify store, which captures it when it is paid."""
        body = {"asset": "EUR/2", "amount": amount, "order": f"{SHOP}/{_id(number)}", "order_total": total}
        key = {"Idempotency-Key": f"checkout-of-{number}"}
        self.store.call("POST", f"/v1/members/{DORA}/holds", body | {"capture_on_paid": True}, key)

    def sell(self, number: str, price: Decimal, sku: str, balance: Decimal) -> None:
        """Send that Dora has paid an order of one piece at the Shopify store, and how much of it with balance."""
        used = str(balance) if balance else ""
        order = self._order(number, int(DORA.partition(".")[2]), str(price), balance=used, sku=sku, quantity=1)
        self._shopify("orders/paid", order)

    def take_back(self, number: str, price: Decimal, money: Decimal) -> None:
        """Send that such an order was refunded."""
        self._shopify("refunds/create", refund_of(number, quantity=1, goods=str(price), money=str(money)))

    def _paid(self, order: str) -> str:
        """When an order was paid: at its first delivery."""
        return self.paid.setdefault(order, _stamp())

    def _order(
        self,
        number: str,
        customer: int,
        price: str,
        code: str = "",
        balance: str = "",
        sku: str = "TEA-1",
        quantity: int = 2,
    ) -> dict[str, Any]:
        notes = {"ref": code, "ristourne_balance": balance}
        return order_of(number, customer, price, self._paid(number), notes, sku, quantity)

    def _woo_order(self, status: str, refunds: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return {
            "id": 4,
            "status": status,
            "currency": "EUR",
            "date_created_gmt": self._paid("4")[:19],
            "date_modified_gmt": _stamp()[:19],
            "date_paid_gmt": self._paid("4")[:19],
            "total": "40.00",
            "customer_id": 31,
            "billing": {"email": "cleo@mail.example"},
            "line_items": [
                {"id": 1, "product_id": 5, "sku": "TEA-2", "quantity": 1, "total": "40.00", "total_tax": "0.00"}
            ],
            "shipping_total": "0.00",
            "shipping_tax": "0.00",
            "refunds": refunds or [],
            "meta_data": [{"key": "_referral_code", "value": self.code}],
        }

    def _shopify(self, topic: str, payload: Mapping[str, Any]) -> str:
        return self._send(SHOP, "shopify", topic, payload)

    def _woo(self, topic: str, payload: Mapping[str, Any]) -> str:
        return self._send("acme-woo", "woocommerce", topic, payload)

    def _send(self, connection: str, kind: str, topic: str, payload: Mapping[str, Any]) -> str:
        body = json.dumps(payload).encode()
        headers = sign(kind, self.secrets[connection], body, topic, _now())
        answer = self.store.call("POST", f"/webhooks/{connection}", body, headers)
        return f"{topic}, signed: {answer['result']}"


def play(api_url: str, admin_key: str, store_key: str) -> Story:
    """Play the story and print it; returns it for what comes after. Raises StoryError where the books differ."""
    story = Story(Api(api_url, admin_key), Api(api_url, store_key))
    told: dict[str, int] = {}
    for scene in story.scenes():
        print(f"\n{_bold(scene.title)}\n  {scene.act()}", flush=True)
        story.settle_to(scene)
        for member in scene.balances:
            _tell(story, member, told)
    progress = story.member(ADA)["referral"]
    print(
        f"\n{_bold('The end')}: Ada has {progress['friends_live']} live friend, {progress['bonuses']} bonuses;"
        " the next friend who buys completes the pair again."
    )
    return story


def _tell(story: Story, member: str, told: dict[str, int]) -> None:
    """Print a member's balance and the entries that were not printed before."""
    balances = ", ".join(balance["text"] for balance in story.member(member)["balances"])
    print(f"  {NAMES[member]:<5}{balances:>12}")
    for entry in reversed(story.statement(member)):
        if entry["number"] > told.get(member, 0):
            told[member] = entry["number"]
            for row in entry["sums"]:
                print(f"       {row['text']:>12}  {row['why']}")


def order_of(
    number: str, customer: int, price: str, paid: str, notes: Mapping[str, str], sku: str, quantity: int
) -> dict[str, Any]:
    """A paid order of pieces of one product, as Shopify sends it; `notes` that are empty are left out."""
    return {
        "id": _id(number),
        "name": f"#{number}",
        "currency": "EUR",
        "created_at": paid,
        "processed_at": paid,
        "updated_at": paid,
        "financial_status": "paid",
        "total_price": price,
        "customer": {"id": customer, "email": f"customer{customer}@mail.example"},
        "note_attributes": [{"name": name, "value": value} for name, value in notes.items() if value],
        "line_items": [
            {
                "id": _id(f"{number}1"),
                "quantity": quantity,
                "price": str(Decimal(price) / quantity),
                "sku": sku,
            }
        ],
    }


def refund_of(order: str, quantity: int, goods: str, money: str) -> dict[str, Any]:
    """A refund of pieces of an order's only line, as Shopify sends it."""
    line = {
        "line_item_id": _id(f"{order}1"),
        "quantity": quantity,
        "subtotal": goods,
        "total_tax": "0.00",
        "subtotal_set": {"shop_money": {"amount": goods, "currency_code": "EUR"}},
    }
    paid = {"kind": "refund", "status": "success", "amount": money, "currency": "EUR"}
    return {"id": 9000 + int(order), "order_id": _id(order), "refund_line_items": [line], "transactions": [paid]}


def _header(answer: ApiAnswer, name: str) -> str:
    return {key.lower(): value for key, value in answer.headers.items()}[name]


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def _id(suffix: str) -> int:
    """An id as long as Shopify's own."""
    return int(f"55123400{suffix:0>6}")


def _stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _now() -> int:
    return int(time.time())
