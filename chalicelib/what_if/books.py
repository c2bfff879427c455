"""Makes a log of orders of the books' records, whatever they were read from.

What was kept of an order is what its record's facts say, as everywhere. Imports the domain and the log.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from msgspec import Struct

from chalicelib.domain.members import order_payments
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.document import Programme, Version, published
from chalicelib.domain.programme.history import history_of
from chalicelib.domain.records import Code, Member, Order, ProgrammeVersion
from chalicelib.domain.rewards.referral.friends import BEFORE_CLAIM, CLAIMED_AFTER_S, SELF_REFERRAL
from chalicelib.what_if.log import NOTHING, Log, content_of

KINDS = frozenset(record.ENTITY.kind for record in (Code, Member, Order, ProgrammeVersion))
"""The kinds of records that are looked at; items of others need not be deserialised."""


class PastOrders(Struct, frozen=True):
    """What the books tell: the orders, and the programme in force (None before the first)."""

    log: Log
    current: Programme | None


def read(records: Iterable[object], now: int, test_orders: bool = False) -> PastOrders:
    """The orders that are among records, and the programme that is in force at `now` (seconds)."""
    reading = _Reading(test_orders)
    for record in records:
        reading.add(record)
    return reading.books(now)


class _Reading:
    """What was read so far; who owns a code and who is merged into whom may stand after the orders."""

    def __init__(self, test_orders: bool) -> None:
        self._log = Log()
        self._test_orders = test_orders
        self._versions: list[Version] = []
        self._owners: dict[str, str] = {}
        self._codes: dict[int, str] = {}
        self._unreferred = array("I")
        self._aliases: dict[str, str] = {}

    def add(self, record: object) -> None:
        """Take what a replay needs of a record."""
        match record:
            case Order():
                self._order(record)
            case Code():
                self._owners[record.code] = record.member
                if record.root:
                    self._log.roots[self._log.member(record.member)] = self._log.member(record.root)
            case Member():
                self._member(record)
            case ProgrammeVersion():
                self._versions.append(Version(record.number, record.effective_at, published(record.document)))

    def books(self, now: int) -> PastOrders:
        """The past orders of all records that were added."""
        log = self._log
        owners = {number: self._owners[code] for number, code in self._codes.items() if code in self._owners}
        log.owners.update({number: log.member(owner) for number, owner in owners.items()})
        log.refused.update(number for number in self._unreferred if self._is_before_claim(number))
        log.merged({log.member(name): log.member(self._survivor(name)) for name in self._aliases})
        return PastOrders(log, history_of(self._versions).programme_at(now))

    def _order(self, order: Order) -> None:
        bought = order.facts.view
        if bought is None or not self._counts(bought):
            self._log.passed_over += 1
            return
        log, kept = self._log, kept_of(order_payments.by_books(bought, order))
        content = content_of(kept) if kept.share else NOTHING
        buyer = log.member(bought.buyer)
        number = log.add(bought.at, bought.delivered_at, buyer, bought.currency, log.number_of(content))
        if order.terms.root:
            log.persons[number] = log.member(order.terms.root)
        if bought.code:
            self._codes[number] = bought.code
        if order.terms.refused == SELF_REFERRAL:
            log.refused.add(number)
        elif order.terms.refused in BEFORE_CLAIM:
            self._unreferred.append(number)

    def _counts(self, bought: Snapshot) -> bool:
        """Whether an order can be valued: it was paid by somebody, and is neither a test nor split into others."""
        is_test = bought.test and not self._test_orders
        return bought.paid and bool(bought.buyer) and not (is_test or bought.split)

    def _member(self, member: Member) -> None:
        if member.alias:
            self._aliases[member.member] = member.alias
        if member.referrer and not member.by:
            friend = self._log.member(member.member)
            self._log.claims[friend] = member.referred_at, self._log.member(member.referrer)

    def _is_before_claim(self, number: int) -> bool:
        """Whether an order that names no code, or an unknown one, was heard of before its person's claim, though it was
        paid so shortly before it that one that is heard of later counts: of that the books say no such thing.
        """
        log = self._log
        claimed_at, _ = log.claims.get(log.persons.get(number, log.buyer[number]), (0, 0))
        return claimed_at - CLAIMED_AFTER_S <= log.at[number] <= claimed_at

    def _survivor(self, name: str) -> str:
        """Who has the money of a member that was merged."""
        while name in self._aliases:
            name = self._aliases[name]
        return name
