"""A table of cases for each kind of reward, one module each, from which `test_kinds.py` makes the kind's tests, or
`test_activity_kinds.py` where activities earn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from chalicelib.domain.orders.facts import Snapshot
from tests.world.builders import snapshot


class Case(Struct, frozen=True):
    """A rule's document, an order, and what it gives: `amount` in the minor unit of `asset`, and its sentence.

    `parts` are what else the programme says. The harness adds the rule's id, and a buyer.
    """

    rule: dict[str, Any]
    amount: int
    sentence: str = ""
    order: Snapshot = snapshot()
    asset: str = "EUR/2"
    parts: dict[str, Any] = {}


class ActivityCase(Struct, frozen=True):
    """A rule's document, the activity that a shop states, and what it gives: as in a `Case`."""

    rule: dict[str, Any]
    amount: int
    sentence: str = ""
    asset: str = "EUR/2"
    parts: dict[str, Any] = {}
    activity: str = "review"


class Refused(Struct, frozen=True):
    """A rule's document that is refused, and the problem that is named; `{}` in it stands for the rule's path.

    `parts` are what else the programme says.
    """

    rule: dict[str, Any]
    problem: str
    parts: dict[str, Any] = {}


class Table(Struct, frozen=True):
    """All cases of a kind, by what they show."""

    cases: dict[str, Case]
    refused: Sequence[Refused]


class ActivityTable(Struct, frozen=True):
    """The same of a kind that activities earn."""

    cases: dict[str, ActivityCase]
    refused: Sequence[Refused]
