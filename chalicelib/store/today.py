"""What the console's first page shows of the table, in one read: the daily round, what it has counted as owed, and what
waits for a person.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from chalicelib.domain.records import Outstanding
from chalicelib.store import keys, reports, table
from chalicelib.store.codec import record_of
from chalicelib.store.rounds import Round, round_of
from chalicelib.store.waiting import Waiting, waiting_of


class Today(Struct, frozen=True):
    """The round as it was saved last, the latest of what was owed (None: nothing was counted yet), and what waits."""

    round: Round
    outstanding: Outstanding | None
    waiting: Waiting


def read(days: Collection[str], now: int) -> Today:
    """What is shown at an instant, and what was owed on the latest of some local days. Raises Unavailable."""
    owed = [(keys.OWED, day) for day in sorted(days, reverse=True)]
    items = table.items([keys.ROUND, keys.WAITING, *owed])
    counted = round_of(items.get(keys.ROUND))
    latest = next((record_of(items[place]) for place in owed if place in items), None)
    if latest is None and counted.began_at:
        latest = reports.outstanding()
    return Today(counted, latest, waiting_of(items.get(keys.WAITING), now))
