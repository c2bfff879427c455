"""A decision is data: the records to write, what has happened, and the answer. Facts are what it was decided from.

A decider asks `Facts` for records by reference. What has not been read yet raises `Missing`; the engine then reads all
that was asked for in one round trip and decides again. So deciders stay pure, and say themselves what they need.
Imports records, events and the programme.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from chalicelib.domain.events import Event
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import BudgetRef, Missing, Record, Ref

T = TypeVar("T")


Exhausted = tuple[BudgetRef, int]
"""A share of which nothing is left as long as its budget has so many minor units in all."""


class Facts(Struct, frozen=True):
    """What was read from the table (`records`; None: read, and not there), and the programme's versions.

    `exhausted`: shares of budgets that had nothing left a short while ago, so that they are not read again.
    """

    records: Mapping[Ref, Record | None]
    history: History
    exhausted: Collection[Exhausted] = ()

    def need(self, *refs: Ref) -> None:
        """Ask for several records at once, to read them in one round trip. Raises Missing."""
        missing = set(refs) - self.records.keys()
        if missing:
            raise Missing(missing)

    def find(self, ref: Ref, kind: type[T]) -> T | None:
        """The record, or None if there is none. Raises Missing."""
        if ref not in self.records:
            raise Missing({ref})
        record = self.records[ref]
        assert record is None or isinstance(record, kind), f"{ref} is stored as {type(record)}"
        return record

    def seen(self, ref: Ref, kind: type[T]) -> T | None:
        """The record if it has been read already; None where it has not, or is not there."""
        record = self.records.get(ref)
        return record if isinstance(record, kind) else None


class Decision(Struct, frozen=True):
    """`changes` are written in one transaction, each asserting the version it was read at; `answer` is the caller's.

    `exhausted`: shares of budgets that have nothing left after it, for whoever keeps that in mind.
    """

    changes: tuple[Record, ...] = ()
    events: tuple[Event, ...] = ()
    answer: Any = None
    exhausted: tuple[Exhausted, ...] = ()
