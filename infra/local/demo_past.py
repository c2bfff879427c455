"""The demo's earlier days: what a shop of some months has behind it, so that its figures can be looked at.

Played by the application's own decisions with a clock in the past: orders and refunds as webhooks state them, codes and
friends, spending, reviews, and what daily rounds have counted. Two things wait for a person then: a bonus whose friends
look like one, and a message that came while the table did not answer. It is the same each time but for the dates.
"""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from chalicelib.domain.commands import (
    IssueCode,
    PublishProgramme,
    RecordActivity,
    RecordOrder,
    Redeem,
    SettleReferrals,
    UpdateMember,
)
from chalicelib.domain.core.calendar import local_day, midnight, start_of_day
from chalicelib.domain.core.identity import Identities, new_code
from chalicelib.domain.core.money import asset_of
from chalicelib.domain.errors import InsufficientBalance, Unavailable
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.edge import process
from chalicelib.edge.api import webhooks
from chalicelib.edge.storefronts import Delivery, OrderStatement, kind
from chalicelib.edge.yaml_document import read_document
from chalicelib.store import deliveries
from infra.local.demo_books import DemoBooks
from infra.local.story import PROGRAMME, SHOP, order_of, refund_of

DAYS, BUYERS = 230, 520
"""Long ago and many enough for segments: the scores of fewer tell nothing (`rewards/progress/cuts.py`)."""

COUNTS = (98, 67, 36, 5, 1)
"""Before how many days it was counted: each time for a month at the most, and the last time by the cuts before."""

HOUR_S = 3600
FIRST_NUMBER = 20_001
WARES = (("TEA-1", 18), ("COFFEE-1", 20), ("TEA-2", 12), ("TEA-GIFT-BOX", 45))
GIVEN_NAMES = (
    "Agathe",
    "Benoît",
    "Chloé",
    "Damien",
    "Élise",
    "Farid",
    "Gaëlle",
    "Hugo",
    "Inès",
    "Jules",
    "Karim",
    "Léa",
)
FAMILY_NAMES = ("Bernard", "Girard", "Lefèvre", "Moreau", "Nguyen", "O'Connor", "Petit", "Roussel", "Śliwa")
HOME = {"address1": "12 rue des Lilas", "zip": "75011", "city": "Paris", "country_code": "FR", "phone": "+33612345678"}

Act = Callable[[int], object]
"""Something that happens at an instant."""


@dataclass(slots=True)
class Past:
    """What happened before `today`, the first second of the present day: acts with their instants."""

    today: int
    programme: Programme
    source: str
    identities: Identities
    days: int = DAYS
    buyers: int = BUYERS
    books: DemoBooks = field(default_factory=DemoBooks)
    unanswered: list[tuple[bytes, int]] = field(default_factory=list)
    acts: list[tuple[int, Act]] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 (the same demo each time)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_NUMBER))

    def plan(self) -> None:
        """Who did what and when."""
        for number in range(self.buyers):
            self._buyer(FIRST_NUMBER + number, self.days - number * (self.days - 2) // self.buyers)
        for number, days_ago in enumerate((150, 90, 40, 12)):
            self._friends(FIRST_NUMBER + number, min(days_ago, self.days), {})
        self._friends(FIRST_NUMBER + 9, 3, HOME)
        self._at(1, partial(self._fail, self._order(FIRST_NUMBER + 3, "")))
        for days_ago in (number for number in COUNTS if number < self.days):
            at = start_of_day(self.today, -days_ago, self.programme.timezone) + HOUR_S
            self.acts.append((at, partial(self.books.count, self.programme)))

    def play(self) -> None:
        """Do all of it, the oldest first, in the books."""
        self.acts.sort(key=lambda row: row[0])
        first = self.acts[0][0] - HOUR_S
        self.books.execute(PublishProgramme(self.programme, self.source, 0, first, lead_s=0), first)
        for at, act in self.acts:
            act(at)

    def save(self) -> None:
        """Write what came of it into the table."""
        self.books.save()
        headers = {"x-shopify-topic": "orders/paid", "content-type": "application/json"}
        failure = webhooks.failure_of(Unavailable("the table cannot be written: %(code)s", code="ThrottlingException"))
        for body, at in self.unanswered:
            deliveries.keep(SHOP, headers, body, failure.reason, at * 1000, failure.cause)

    def _buyer(self, customer: int, days_ago: int) -> None:
        """A customer's orders from so many days ago on; some return a piece, spend, have a name and write a review."""
        member = member_of(customer)
        while days_ago > 0:
            order = self._order(customer, "")
            self._at(days_ago, partial(self._deliver, "orders/paid", order))
            if days_ago > 4 and self.dice.random() < 0.05:
                self._at(days_ago - 3, partial(self._return_piece, order))
            if self.dice.random() < 0.7:
                break
            days_ago -= self.dice.randint(9, 60)
            if days_ago > 1 and self.dice.random() < 0.3:
                self._at(days_ago + 1, partial(self._spend, member))
        if customer % 6 == 0:
            name = f"{self.dice.choice(GIVEN_NAMES)} {self.dice.choice(FAMILY_NAMES)}"
            self._at(1, partial(self.books.execute, UpdateMember(member, display_name=name)))
            self._at(1, partial(self.books.execute, RecordActivity(member, "review", f"r-{customer}")))

    def _friends(self, referrer: int, days_ago: int, home: Mapping[str, str]) -> None:
        """A customer's code, and two friends who buy with it; `home` is where both of them live."""
        member, code = member_of(referrer), new_code(self.dice.randbytes(8))
        self._at(days_ago + 1, partial(self.books.execute, IssueCode(member, code)))
        for _ in range(2):
            friend = 2 * FIRST_NUMBER + next(self.numbers)
            order = self._order(friend, code) | ({"shipping_address": home} if home else {})
            self._at(days_ago, partial(self._befriend, member, member_of(friend), order))

    def _order(self, customer: int, code: str) -> dict[str, Any]:
        """An order before it is paid; a friend's is large enough for the bonus."""
        sku, price = self.dice.choice(WARES)
        quantity = self.dice.choice((2, 3) if code else (1, 2, 2, 3, 5))
        number = str(next(self.numbers))
        order = order_of(number, customer, f"{price * quantity}.00", "", {"ref": code}, sku, quantity)
        # An e-mail would make another record, its anchor.
        return order | {"customer": {"id": customer}}

    def _at(self, days_ago: int, act: Act) -> None:
        """Plan an act for the waking hours of a day."""
        start = start_of_day(self.today, -days_ago, self.programme.timezone)
        self.acts.append((start + self.dice.randint(8 * HOUR_S, 22 * HOUR_S), act))

    def _deliver(self, topic: str, payload: Mapping[str, Any], now: int) -> None:
        """Record what a delivery of the shop states."""
        body = json.dumps(stamped(payload, now)).encode()
        statement = kind("shopify").translate(Delivery({"x-shopify-topic": topic}, body, self.identities))
        assert isinstance(statement, OrderStatement), statement
        self.books.execute(RecordOrder(SHOP, statement.order, statement.facts), now)

    def _fail(self, order: Mapping[str, Any], now: int) -> None:
        """An order whose delivery comes while the table does not answer."""
        self.unanswered.append((json.dumps(stamped(order, now)).encode(), now))

    def _return_piece(self, order: Mapping[str, Any], now: int) -> None:
        price = str(order["line_items"][0]["price"])
        self._deliver("refunds/create", refund_of(order["name"][1:], 1, price, price), now)

    def _befriend(self, referrer: str, friend: str, order: Mapping[str, Any], now: int) -> None:
        """Record a friend's order, and settle with the referrer as the stream does."""
        self._deliver("orders/paid", order, now)
        self.books.execute(SettleReferrals(referrer, (friend,)), now)

    def _spend(self, member: str, now: int) -> None:
        """Spend 1.00 and some leaves at checkout, where a member has them."""
        for asset, amount in ((asset_of(self.programme.currency), 100), ("leaves", 20)):
            with suppress(InsufficientBalance):
                self.books.execute(Redeem(member, asset, amount, currency=self.programme.currency), now)


def member_of(customer: int) -> str:
    """The member that a customer of the shop is."""
    return f"{SHOP}.{customer}"


def stamped(payload: Mapping[str, Any], now: int) -> dict[str, Any]:
    """A payload of Shopify's as of an instant."""
    moment = datetime.fromtimestamp(now, UTC).isoformat()
    return {**payload, **dict.fromkeys(("created_at", "processed_at", "updated_at"), moment)}


def past(now: int, identities: Identities, days: int = DAYS, buyers: int = BUYERS) -> Past:
    """What is to be played of the days before an instant; the demo's programme had no campaign nor leaderboards yet."""
    parts = PROGRAMME.read_text(encoding="utf-8").split("\n\n")
    source = "\n\n".join(part for part in parts if not part.startswith(("campaigns:", "boards:")))
    programme = parse(read_document(source.encode()))
    today = midnight(local_day(now, programme.timezone), programme.timezone)
    planned = Past(today, programme, source, identities, days, buyers)
    planned.plan()
    return planned


def main() -> None:
    now = int(time.time())
    earlier = past(now, process.secrets().identities(SHOP, now))
    earlier.play()
    earlier.save()


if __name__ == "__main__":
    main()
