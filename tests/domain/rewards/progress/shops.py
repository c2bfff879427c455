"""A shop with a programme of cards, goals and levels, and what a member has of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.members.statements import why
from chalicelib.domain.programme.document import parse
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
