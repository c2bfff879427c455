"""Rows of leaderboards: written where they are newer than what is there, read all together, and cached for a while."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib import settings
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import BoardPeriod, BoardPeriodRef, BoardRow, Member, Standing
from chalicelib.store import keys
from chalicelib.store.codec import VERSION, item_of
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.dynamodb_errors import CONDITION_FAILED, reason_of, unavailable_on_error
from chalicelib.store.items import BOARD_ROW
from chalicelib.store.table import load

ROW_DAYS = 500
"""For so long a row of a period is kept: a year, and the days until it is settled."""


def row_of(member: Member, standing: Standing, now: int) -> BoardRow:
    """The row of a member's score, as of the version of the record that it was read from."""
    ttl = now + ROW_DAYS * DAY_S if standing.number else 0
    return BoardRow(standing.board, standing.number, member.member, standing.score, member.version, ttl)


def put(row: BoardRow, over: int | None = None) -> bool:
    """Write a row if the one that is there is of an earlier version of the member, or of one up to `over`; whether it
    was written. Raises Unavailable.
    """
    item = item_of(row)
    request = {
        "TableName": settings.table(),
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#v) OR #v <= :over",
        "ExpressionAttributeNames": {"#v": VERSION},
        "ExpressionAttributeValues": {":over": {"N": str(row.version - 1 if over is None else over)}},
    }
    try:
        transport.dynamodb("PutItem", request)
    except (BotoCoreError, ClientError) as error:
        if reason_of(error) == CONDITION_FAILED:
            return False
        raise Unavailable("the table cannot be written: %(error)s", error=reason_of(error)) from error
    return True


@unavailable_on_error()
def rows(board: str, number: int, *, consistent: bool = False) -> list[BoardRow]:
    """All rows of a board's period, in no particular order. Raises Unavailable."""
    items: list[Any] = []
    for partition in keys.board_partitions(board, number):
        items += BOARD_ROW.query(partition, consistent_read=consistent)
    return [item.record() for item in items]


class KnownBoard(Struct, frozen=True):
    """Of a board's period: the score of each member that has a row, and what the last daily round has seen of it (None:
    nothing). Both are of `read_at`.
    """

    read_at: int
    scores: dict[str, int]
    period: BoardPeriod | None


class BoardCache:
    """What is known of boards' periods, each at most `settings.cache_s()` old."""

    def __init__(self) -> None:
        self._known: dict[BoardPeriodRef, KnownBoard] = {}

    def of(self, board: str, number: int, now: int) -> KnownBoard:
        """What is known of a board's period. Raises Unavailable."""
        ref = BoardPeriodRef(board, number)
        known = self._known.get(ref)
        if known is None or not 0 <= now - known.read_at < settings.cache_s():
            # First what the round has seen: rows that are read later have all that it says is there.
            period = load([ref])[ref]
            scores = {row.member: row.score for row in rows(board, number)}
            known = KnownBoard(now, scores, period if isinstance(period, BoardPeriod) else None)
            self._known[ref] = known
        return known
