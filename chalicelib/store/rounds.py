"""The daily round's progress, and the table's records page by page, in whole partitions.

A round saves its place, as the last partition that it has read to its end, together with what it has counted so far, in
one transaction; the next call continues there, so that nothing is counted twice. Two processes that continue at once
are told apart by optimistic concurrency: one of them gets Overtaken.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from typing import Any
from uuid import uuid4

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from msgspec.structs import replace

from chalicelib import settings
from chalicelib.domain.core.series import Series
from chalicelib.domain.errors import LostRace
from chalicelib.domain.records import DayReport, MemberList, Outstanding, Record
from chalicelib.domain.reports.connection_activity import ConnectionActivity
from chalicelib.domain.reports.days import Clicks
from chalicelib.domain.reports.fold import Fold
from chalicelib.store import keys
from chalicelib.store.codec import VERSION, Raw, item_of
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.deflate import deflated, inflated
from chalicelib.store.dynamodb.dynamodb_errors import CONDITION_FAILED, reason_of, unavailable_on_error
from chalicelib.store.items import ClicksItem, FoldPartItem, Item, RecordItem, RoundItem
from chalicelib.store.table import Stale, cause_of, items

PAGE = 500
"""Items that are read at once; DynamoDB stops at 1 MB in any case."""

PART_BYTES, MAX_FOLD_BYTES = 100_000, 64_000_000
"""A part of what was counted, compressed; and all of it, decompressed. Of twenty segments with a thousand members each
it is 6 MB, and compressed less than the 4 MB of a transaction.
"""

STATE = str(RoundItem.state.attr_name)

Partition = list[Any]
"""The records of one partition key, in the order of their sort keys."""


class Round(Struct, frozen=True, omit_defaults=True):
    """A round's progress: its local `day`, when it and the one before it began, its place, and its counts.

    `place`: the key of the last item whose partition is done; `done`: the table's end was reached. `scores`: how many
    members were seen so far with which scores on leaderboards, by the boards' periods. `parts`: of what it has counted
    so far (0: nothing is known of that). `reported`: the last day that has a report, as an ordinal (0: none has), and
    the instant until which there are reports. `clicks`: of all links, as of these reports (None: not counted yet).
    `connections`: what each has sent, as the last round that ended has counted it.
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
    parts: int = 0
    reported: tuple[int, int] = (0, 0)
    clicks: int | None = None
    connections: dict[str, ConnectionActivity] = {}


class Overtaken(LostRace):
    """Another process has saved progress of the same round since it was read."""


def current() -> Round:
    """The round as it was saved last, a finished one where there is none. Raises Unavailable."""
    return round_of(items([keys.ROUND]).get(keys.ROUND))


def round_of(item: Raw | None) -> Round:
    """The round that an item stores, a finished one where there is none."""
    if item is None:
        return Round()
    return replace(msgspec.json.decode(item[STATE]["S"], type=Round), version=int(item[VERSION]["N"]))


@unavailable_on_error()
def fold_of(round_: Round) -> Fold | None:
    """What a round had counted when it was saved; None where that is not known. Raises Overtaken where another process
    has saved the round since.
    """
    if not round_.parts:
        return None
    places = [keys.fold_part(number) for number in range(round_.parts)]
    parts = {item.sk: item for item in FoldPartItem.batch_get(places, consistent_read=True)}
    # Parts of an earlier release have no version.
    if any(part.version not in (None, round_.version) for part in parts.values()):
        raise Overtaken
    content = b"".join(parts[sort_key].body for _, sort_key in places)
    return msgspec.json.decode(inflated(content, MAX_FOLD_BYTES), type=Fold)


def save(round_: Round, fold: Fold | None = None) -> Round:
    """Save a round's progress, and what it has counted so far; returns it at its new version. Raises Overtaken when
    another process was faster.
    """
    content = deflated(msgspec.json.encode(fold)) if fold else b""
    bodies = [content[start : start + PART_BYTES] for start in range(0, len(content), PART_BYTES)]
    saved = replace(round_, version=round_.version + 1, parts=len(bodies))
    item = RoundItem(*keys.ROUND, state=replace(saved, version=0), version=saved.version)
    parts = [
        FoldPartItem(*keys.fold_part(number), body=body, version=saved.version) for number, body in enumerate(bodies)
    ]
    try:
        _write(_put(item) | _if_version(round_.version), *(_put(part) for part in parts))
    except Stale as error:
        raise Overtaken from error
    return saved


def save_report(report: DayReport) -> None:
    """Save the report of a day, unless it has one. Raises Unavailable."""
    with suppress(Stale):
        _write(_put_of(report) | _if_version(0))


def replace_latest(record: Outstanding | MemberList) -> None:
    """Save what is owed, or a page of a list, in the place of an earlier one. Raises Unavailable."""
    _write(_put_of(record))


def _put_of(record: DayReport | Outstanding | MemberList) -> dict[str, Any]:
    return {"TableName": settings.table(), "Item": item_of(record) | {VERSION: {"N": "1"}}}


def _write(*puts: dict[str, Any]) -> None:
    """Write some items or none. Raises as `commit` does."""
    try:
        if len(puts) == 1:
            transport.dynamodb("PutItem", puts[0])
            return
        items = [{"Put": put} for put in puts]
        transport.dynamodb("TransactWriteItems", {"TransactItems": items, "ClientRequestToken": uuid4().hex})
    except (BotoCoreError, ClientError) as error:
        if reason_of(error) == CONDITION_FAILED:
            raise Stale from error
        raise cause_of(error) from error


def _put(item: Item) -> dict[str, Any]:
    return {"TableName": settings.table(), "Item": item.serialize()}


def _if_version(version: int) -> dict[str, Any]:
    """The condition that an item is of a version (0: that there is none)."""
    names = {"ExpressionAttributeNames": {"#v": VERSION}}
    if not version:
        return names | {"ConditionExpression": "attribute_not_exists(#v)"}
    return names | {"ConditionExpression": "#v = :v", "ExpressionAttributeValues": {":v": {"N": str(version)}}}


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
    """The records of items, and what counters of clicks have counted; other items are of no interest."""
    return [
        item.record() if isinstance(item, RecordItem) else Clicks(item.clicked)
        for item in items
        if isinstance(item, RecordItem | ClicksItem)
    ]


def _key(pk: str, sk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
