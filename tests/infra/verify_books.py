"""Small books whose every record is known, as the items of a table, to be changed and verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from chalicelib.domain.commands import AdjustBalance, CaptureHold, Command, PlaceHold
from chalicelib.domain.records import Record
from chalicelib.store.codec import item_of
from infra import verify
from infra.audit.report import Report
from tests.proof.verify_world import exported
from tests.world.builders import ANNA, BEN, CLEO, PAID_AT, bought, issue, line, order, programme_of, refund, settle
from tests.world.memory import Memory

T = TypeVar("T")

EUR = "EUR/2"
MUCH_LATER = 4_000_000_000
"""When holds are placed that are still in force whenever a test runs."""

RULES: dict[str, Any] = {
    "earn": [{"id": "cashback", "percent": 5}, {"id": "sale", "amount": 1, "budget": 1000}],
    "referral": {"percent": 10, "welcome": {"amount": 3}},
}

PROGRESS: dict[str, Any] = {
    "assets": {"points": {}},
    "earn": [{"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}],
    "cards": [{"id": "card", "counts": {"orders": True}, "size": 2, "reward": {"give": 20, "of": "points"}}],
    "goals": [
        {"id": "first", "measure": "spend", "target": 200, "badge": {"en": "A friend of the house"}},
        {"id": "kinds", "measure": "categories", "target": 2, "badge": {"en": "Explorer"}},
    ],
    "levels": {
        "steps": [
            {"id": "green", "at": 0},
            {"id": "black", "at": 200, "multiply": {"leaves": 2}, "gift": {"amount": 4}},
        ],
        "per": "lifetime",
        "counts": "at_once",
    },
    "campaigns": [
        {"id": "now", "starts": "2026-01-01", "ends": "2026-12-31", "multiply": {"leaves": 3}, "budget": 900},
        {"id": "over", "starts": "2025-01-01", "ends": "2025-12-31", "multiply": {"leaves": 5}, "holdout": 50},
    ],
}
"""A programme over several orders: points, a card, a goal, levels, and a campaign that runs beside one that is over."""


def shop_with_progress() -> Memory:
    """Anna has bought three times: the second order filled the card and reached the goal and the level."""
    books = Memory(programme_of(**PROGRESS))
    for name in ("1", "2", "3"):
        goods = line(labels=("category:tea", f"category:{name}"))
        books.execute(order(name, ANNA, goods, at=PAID_AT + int(name)))
    return books


def shop() -> Memory:
    """Anna has bought twice, referred Ben and Cleo, been given something, captured one hold; another is in force."""
    books = Memory(programme_of(**RULES))
    bought_and_given: list[Command] = [issue(), order("1", ANNA), order("2", ANNA), refund("2", amount=2000)]
    bought_and_given += [bought(BEN), bought(CLEO), settle(BEN, CLEO), AdjustBalance(ANNA, EUR, 300, "sorry")]
    for command in bought_and_given:
        books.execute(command)
    held: list[Command] = [PlaceHold(ANNA, "h_1", EUR, 200), CaptureHold(ANNA, "h_1"), PlaceHold(ANNA, "h_2", EUR, 100)]
    for command in held:
        books.execute(command, MUCH_LATER)
    return books


class Tampered:
    """A copy of some books in which records can be changed behind the domain's back."""

    def __init__(self, books: Memory) -> None:
        self.records = dict(books.records)

    def record(self, kind: type[T], **wanted: Any) -> T:
        """The only record of a kind with some fields."""
        (match_,) = (
            record
            for record in self.records.values()
            if isinstance(record, kind) and all(getattr(record, name) == value for name, value in wanted.items())
        )
        return match_

    def change(self, record: Any, **parts: Any) -> None:
        """A record with other fields, in its place."""
        self.put(replace(record, **parts))

    def put(self, record: Record) -> None:
        """One more record, or another in its place."""
        self.records[record.ref] = record

    def drop(self, record: Any) -> None:
        """A record less."""
        del self.records[record.ref]

    def lines(self) -> list[bytes]:
        """The export: partitions together, as a scan gives them."""
        return sorted(exported(item_of(record)) for record in self.records.values())


def found_in(folder: Path, lines: Iterable[bytes], **asked: Any) -> list[tuple[str, str, int]]:
    """What `verify` finds in an export: code, place and entry of each finding."""
    report = of_lines(folder, lines, **asked)
    assert report.right == (not report.findings)
    return [(finding.what, finding.where, finding.entry) for finding in report.findings]


def of_lines(folder: Path, lines: Iterable[bytes], **asked: Any) -> Report:
    """The report on an export of some lines."""
    path = folder / "export.ndjson"
    path.write_bytes(b"".join(lines))
    return verify.of_files([path], **asked)


Change = Callable[[Tampered], None]
