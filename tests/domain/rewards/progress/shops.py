"""A shop with a programme of cards, goals and levels, and what a member has of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.audit import progress_checks, record_checks
from chalicelib.domain.audit.cross_checks import claims
from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.members.statements import why
from chalicelib.domain.programme.document import parse
from chalicelib.domain.records import Activity, BoardPeriod, Conversion, Member, Order
from tests.world.builders import ANNA, document, order
from tests.world.memory import Memory

POINTS = {"points": {"worth": {"EUR": "0.05"}}}


def instant(text: str) -> int:
    """An instant of UTC: `2026-11-26` is its noon."""
    return int(datetime.fromisoformat(f"{text}T12:00").replace(tzinfo=UTC).timestamp())


def shop(**parts: Any) -> Memory:
    """A shop whose days are UTC's, without any rule but those that are given."""
    return Memory(parse(document(**{"earn": [], "timezone": "UTC", "assets": {"points": {}}} | parts)))


def bought(order_id: str, day: str, *lines: Any, buyer: str = ANNA, **parts: Any) -> tuple[RecordOrder, int]:
    """The delivery of an order that was paid at noon of a day, and the instant at which it is heard."""
    at = instant(day)
    return order(order_id, buyer, *lines, at=at, **parts), at


def play(books: Memory, *deliveries: tuple[RecordOrder, int]) -> Memory:
    for command, now in deliveries:
        books.execute(command, now)
    return books


def balance(books: Memory, asset: str = "points", member: str = ANNA) -> int:
    account = books.member(member).accounts.get(asset)
    return account.stored if account else 0


def reasons(books: Memory, member: str = ANNA) -> list[str]:
    """The sentences of a member's statement, the oldest first."""
    return [why(posting, entry) for entry in books.entries(member) for posting in entry.postings]


def findings(books: Memory, now: int) -> list[str]:
    """What the audit finds wrong: each record by itself, and the sums of orders against the members' counters."""
    history = books.history()
    findings = [finding for order in books.all(Order) for finding in record_checks.of_order(order, history)]
    findings += [finding for order in books.all(Order) for finding in progress_checks.of_terms(order, history)]
    findings += [
        finding for activity in books.all(Activity) for finding in record_checks.of_activity(activity, history)
    ]
    findings += [finding for period in books.all(BoardPeriod) for finding in record_checks.of_board(period, history)]
    findings += [finding for conversion in books.all(Conversion) for finding in record_checks.of_conversion(conversion)]
    for member in books.all(Member):
        name = member.member
        findings += record_checks.of_member(member, books.entries(name), books.groups(name))
        findings += progress_checks.of_awards(member, history, now)
    sums: dict[tuple[str, ...], int] = {}
    for record in books.records.values():
        for subject, amount in claims(record, now):
            sums[subject] = sums.get(subject, 0) + amount
    differ = [f"{subject}: {amount}" for subject, amount in sums.items() if amount]
    return [f"{finding.what}: {finding.detail}" for finding in findings] + differ
