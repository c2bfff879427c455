"""Ristourne and the three alternatives behind one face: they take the same deliveries and can be asked for their books.

Only here is known how each is opened, fed and read. Knows no measurement.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from io import StringIO
from typing import Any, Protocol
from unittest import mock

from chalicelib.domain.commands import IssueCode, SettleReferrals
from chalicelib.domain.core.identity import new_code
from chalicelib.domain.records import OrderRef
from chalicelib.engine import Engine
from chalicelib.store import queries, table
from tests.bench.alternatives import straightforward, transactional
from tests.bench.alternatives.books import Books
from tests.bench.alternatives.powertools import Context, make_handler
from tests.bench.alternatives.straightforward import make_app
from tests.bench.alternatives.transactional import TransactionalBooks
from tests.bench.order import CONNECTION, SECRET, delivery, gateway_event
from tests.bench.shop import Refused, Shop, environment, shop

SECRETS = {CONNECTION: SECRET}
ASSET = "EUR/2"
OURS, PLAIN, POWERTOOLS = "ours", "straightforward handler", "Powertools handler"
TRANSACTIONAL = "transactional handler"
WARM_UP = 90_000
LATER_S = 60
"""When a delivery comes again: after the Lambda that had it before must have ended."""

Event = dict[str, Any]


class Contender(Protocol):
    """A shop's cashback engine. Customers and orders are the numbers of tests/bench/order.py."""

    name: str
    soon: bool
    """Whether a delivery comes while the one before it may still be worked on."""

    def handle(self, event: Event) -> bool:
        """Whether a delivery was answered 2xx; if not, its sender repeats it."""

    def settle(self, referrer: int, friend: int) -> int:
        """What follows a friend's order elsewhere than in its request; how many invocations that takes."""

    def issue(self, code: str, customer: int) -> None:
        """Give a customer a code."""

    def forget(self) -> None:
        """Drop what is remembered of deliveries, as its time to live does."""

    def balance(self, customer: int) -> int:
        """What a customer has, by the customer's record."""

    def entered(self, customer: int) -> int:
        """The same by the ledger."""

    def has(self, order: int) -> bool:
        """Whether the order is in the books."""


class Ristourne:
    """Ours."""

    name, soon = OURS, False

    def __init__(self, opened: Shop) -> None:
        self._shop = opened

    @property
    def _engine(self) -> Engine:
        return self._shop.engine

    def handle(self, event: Event) -> bool:
        try:
            self._shop.handle(event)
        except Refused:
            return False
        return True

    def settle(self, referrer: int, friend: int) -> int:
        """The table's stream does so."""
        self._engine.execute(SettleReferrals(_member(referrer), (_member(friend),)), self._shop.now)
        return 1

    def issue(self, code: str, customer: int) -> None:
        self._engine.execute(IssueCode(_member(customer), code), self._shop.now)

    def forget(self) -> None:
        """No delivery is remembered."""

    def balance(self, customer: int) -> int:
        member = queries.member(_member(customer))
        account = member.accounts.get(ASSET) if member else None
        return account.stored if account else 0

    def entered(self, customer: int) -> int:
        postings = (posting for entry in queries.entries(_member(customer), 100) for posting in entry.postings)
        return sum(posting.signed(_member(customer)) for posting in postings)

    def has(self, order: int) -> bool:
        ref = OrderRef(CONNECTION, _order(order))
        return table.load([ref])[ref] is not None


class Stdout(StringIO):
    """Standard output as it is when something is written; a logger keeps the one of its own beginning."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


class Alternative:
    """A handler over `books`."""

    def __init__(self, name: str, books: Books) -> None:
        self.name, self.books, self.soon = name, books, False
        if isinstance(books, TransactionalBooks):
            self._handler = self._transactional(books)
        else:
            self._handler = self._straightforward() if name == PLAIN else self._powertools()

    def handle(self, event: Event) -> bool:
        return 200 <= self._handler(event) < 300

    def settle(self, referrer: int, friend: int) -> int:
        """Done within the request."""
        return 0

    def issue(self, code: str, customer: int) -> None:
        self.books.issue(code, _customer(customer))

    def forget(self) -> None:
        self.books.forget_deliveries()

    def balance(self, customer: int) -> int:
        return self.books.balance(_customer(customer))

    def entered(self, customer: int) -> int:
        return self.books.entered(_customer(customer))

    def has(self, order: int) -> bool:
        return self.books.order(_order(order)) is not None

    def _transactional(self, books: TransactionalBooks) -> Callable[[Event], int]:
        app = transactional.make_app(books, SECRETS)
        return lambda event: int(app(event, None)["statusCode"])

    def _straightforward(self) -> Callable[[Event], int]:
        app = make_app(self.books, SECRETS)
        # The clock of a delivery that comes again stands later each time.
        clock = iter(range(int(time.time()), 2**40, LATER_S))

        def handle(event: Event) -> int:
            if self.soon:
                return int(app(event, None)["statusCode"])
            now = next(clock)
            with mock.patch.object(straightforward, "now", return_value=now):
                return int(app(event, None)["statusCode"])

        return handle

    def _powertools(self) -> Callable[[Event], int]:
        handler = make_handler(self.books, SECRETS, Stdout())

        def handle(event: Event) -> int:
            if not self.soon:
                time.sleep(0.002)  # the time that the Lambda before this one had left
            try:
                return int(handler(event, Context(10_000 if self.soon else 0))["statusCode"])
            except Exception:  # noqa: BLE001 - Lambda answers 502 for whatever leaves the handler
                return 502

        return handle


@contextmanager
def contenders(endpoint: str) -> Iterator[tuple[Contender, ...]]:
    """All of them, each on new tables of the DynamoDB at an endpoint; the environment is put back in the end."""
    with mock.patch.dict(os.environ, environment(endpoint)), ExitStack() as stack:
        ours = Ristourne(stack.enter_context(shop(endpoint)))
        others = []
        kinds = {
            PLAIN: Books("plain"),
            POWERTOOLS: Books("powertools"),
            TRANSACTIONAL: TransactionalBooks("transactional"),
        }
        for name, books in kinds.items():
            books.create()
            stack.callback(books.delete)
            others.append(Alternative(name, books))
        opened: tuple[Contender, ...] = (ours, *others)
        with quiet():
            for contender in opened:
                # What a process reads once is read before anything is measured.
                contender.handle(sent(WARM_UP, WARM_UP, int(time.time())))
        yield opened


def sent(order: int, customer: int, at: int, code: str = "", webhook: str = "") -> Event:
    """A paid order as API Gateway hands it over; `webhook` names another delivery of it, which has an id of its own."""
    made = delivery(order, customer, at, code)
    if webhook:
        made = type(made)(made.headers | {"X-Shopify-Webhook-Id": f"{webhook}-{order}"}, made.body)
    return gateway_event(made)


def code_of(customer: int) -> str:
    """The code of a referrer."""
    return new_code(customer.to_bytes(8, "big"))


@contextmanager
def quiet() -> Iterator[StringIO]:
    """What is logged goes elsewhere; yields it."""
    with redirect_stdout(StringIO()) as logged:
        yield logged


def _customer(number: int) -> str:
    return str(7_123_456_000_000 + number)


def _member(number: int) -> str:
    return f"{CONNECTION}.{_customer(number)}"


def _order(number: int) -> str:
    return str(5_801_234_000_000 + number)
