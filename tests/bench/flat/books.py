"""Books that the real domain keeps in memory, and what the benchmarks' order says in them.

What tables are filled with, and what a sale is played on. Imports the domain and the order; knows no benchmark.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

from msgspec.structs import replace

from chalicelib.domain.commands import IssueCode, RecordOrder, SettleReferrals
from chalicelib.domain.core.identity import Identities, guest_id, new_code
from chalicelib.domain.orders.facts import OrderFacts, Snapshot
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import BoardCuts, BoardCutsRef, Member
from chalicelib.edge.storefronts import Delivery, OrderStatement, kind
from tests.bench.order import CONNECTION, delivery
from tests.world.memory import Memory

IDENTITIES = Identities(hmac.new(b"r" * 32, b"identity", hashlib.sha256).digest(), CONNECTION)
"""As the shop to measure derives them from its root secret."""

AT_ONCE = 20
"""Friends that one settlement looks at, as the stream hands them over."""


class Books(Memory):
    """A memory whose programme stays: it is not looked for at every decision."""

    _fixed: History | None = None

    def __init__(self, programme: Programme) -> None:
        super().__init__(programme)
        self._fixed = super().history()

    def history(self) -> History:
        """The one version."""
        return self._fixed or super().history()

    def set_cuts(self, cuts: dict[str, int]) -> None:
        """From which scores on members are candidates of leaderboards, as a daily round states it."""
        self.records[BoardCutsRef()] = BoardCuts(cuts=cuts, version=1)
        self._fixed = super().history()

    def buy(self, numbers: range, customer: int, now: int, apart_s: int) -> None:
        """One order of a customer after the other, so many seconds apart, until now."""
        for place, number in enumerate(numbers):
            at = now - (len(numbers) - place) * apart_s
            self.execute(statement(number, customer, at), at)
        self.events.clear()

    def refer(self, referrer: int, customers: range, now: int) -> None:
        """A referrer's friends buy, each a first order of the customer's own number, and are settled."""
        self.execute(IssueCode(member(referrer), code_of(referrer)), now)
        for customer in customers:
            self.execute(statement(customer, customer, now, code_of(referrer)), now)
        friends = [member(customer) for customer in customers]
        for place in range(0, len(friends), AT_ONCE):
            self.execute(SettleReferrals(member(referrer), tuple(friends[place : place + AT_ONCE])), now)
        self.events.clear()


def member(customer: int) -> str:
    """The member id of a customer of the benchmarks' storefront."""
    return f"{CONNECTION}.{7_123_456_000_000 + customer}"


def email_hash(customer: int) -> str:
    """The keyed hash of a customer's e-mail."""
    return IDENTITIES.email_hash(f"buyer.{customer}@mail.example")


def anchor(customer: int) -> Member:
    """The record by which the e-mail of a customer who has bought leads to the customer."""
    return Member(guest_id(email_hash(customer)), version=1, person=member(customer))


def code_of(customer: int) -> str:
    """A referral code for a customer."""
    return new_code(customer.to_bytes(8, "big"))


def statement(number: int, customer: int, at: int, code: str = "") -> RecordOrder:
    """The command that a delivery of `tests/bench/order.py` becomes, without reading its JSON each time."""
    bought = replace(
        _template(),
        stamp_ms=at * 1000,
        at=at,
        name=f"#{number}",
        buyer=member(customer),
        email_hash=email_hash(customer),
        code=code,
    )
    return RecordOrder(CONNECTION, str(5_801_234_000_000 + number), OrderFacts({"order": bought}))


def translated(number: int, customer: int, at: int, code: str = "") -> RecordOrder:
    """The same by reading the delivery."""
    sent = delivery(number, customer, at, code)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    statement = kind("shopify").translate(Delivery(headers, sent.body, IDENTITIES))
    assert isinstance(statement, OrderStatement), statement
    return RecordOrder(CONNECTION, statement.order, statement.facts)


@cache
def _template() -> Snapshot:
    return translated(0, 0, 0).facts.sources["order"]
