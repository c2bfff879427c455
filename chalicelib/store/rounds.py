"""The daily round's progress, and the table's records page by page, in whole partitions.

A round saves its place after every page, as the last partition that it has read to its end; the next call continues
there. Two processes that continue at once are told apart by optimistic concurrency: one of them gets Overtaken.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from pynamodb.exceptions import PutError

from chalicelib.domain.core.series import Series
from chalicelib.domain.errors import LostRace
from chalicelib.domain.records import Conversion, Record
from chalicelib.store import (
    keys,
    user_items,  # noqa: F401 (a scan meets the console's items too, whose classes PynamoDB has to know)
)
from chalicelib.store.dynamodb_errors import reason_of, unavailable_on_error
from chalicelib.store.items import Item, RecordItem, RoundItem

PAGE = 500
"""Items that are read at once; DynamoDB stops at 1 MB in any case."""

OVERDUE_S = 3600
"""Age of a friend's order from which a conversion still to do was lost by the stream, which tries for an hour."""

Partition = list[Any]
"""The records of one partition key, in the order of their sort keys."""


class Round(Struct, frozen=True, omit_defaults=True):
    """A round's progress: its local `day`, when it and the one before it began, its place, and its counts.

    `place`: the key of the last item whose partition is done; `done`: the table's end was reached. `scores`: how many
    members were seen so far with which scores on leaderboards, by the boards' periods.
    """

    day: str = ""
    began_at: int = 0
    before_at: int = 0
    place: tuple[str, str] | None = None
    done: bool = True
    members: int = 0
    written_down: int = 0
    findings: int = 0
    settled: int = 0
    scores: dict[str, Series] = {}
    version: int = 0


class Overtaken(LostRace):
    """Another process has saved progress of the same round since it was read."""


def is_overdue(conversion: Conversion, now: int) -> bool:
    """Whether a conversion is still to do an hour after the friend's order: the stream has lost it, or is away."""
    return bool(conversion.todo) and conversion.at < now - OVERDUE_S


@unavailable_on_error()
def current() -> Round:
    """The round as it was saved last, a finished one where there is none."""
    try:
        item = RoundItem.get(*keys.ROUND, consistent_read=True)
    except RoundItem.DoesNotExist:
        return Round()
    return replace(msgspec.convert(item.state, Round), version=item.version or 0)


@unavailable_on_error()
def save(round_: Round) -> Round:
    """Save a round's progress; returns it at its new version. Raises Overtaken when another process was faster."""
    item = RoundItem(*keys.ROUND, state=replace(round_, version=0))
    if round_.version:
        item.version = round_.version
    try:
        item.save()
    except PutError as error:
        if reason_of(error) == "ConditionalCheckFailedException":
            raise Overtaken from error
        raise
    return replace(round_, version=round_.version + 1)


def pages(place: tuple[str, str] | None) -> Iterator[tuple[list[Partition], tuple[str, str] | None]]:
    """The table from a place on: pages of whole partitions, each with the place after it (None: the table's end)."""
    unfinished: list[Item] = []
    start: Any = _key(*place) if place else None
    while True:
        items, start = _page(start)
        partitions = [list(group) for _, group in groupby([*unfinished, *items], key=lambda item: item.pk)]
        unfinished = partitions.pop() if start and partitions else []
        if partitions or not start:
            last = partitions[-1][-1] if partitions and start else None
            yield [_records(partition) for partition in partitions], (last.pk, last.sk) if last else None
        if not start:
            return


@unavailable_on_error()
def partition(name: str) -> list[Record]:
    """Every record of one partition, strongly consistent."""
    return _records(list(Item.query(name, consistent_read=True)))


@unavailable_on_error()
def _page(start: Any) -> tuple[list[Item], Any]:
    page = Item.scan(limit=PAGE, last_evaluated_key=start, consistent_read=True)
    return list(page), page.last_evaluated_key


def _records(items: list[Item]) -> list[Any]:
    return [item.record() for item in items if isinstance(item, RecordItem)]


def _key(pk: str, sk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
