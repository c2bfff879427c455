"""`verify` finds faults that are planted in settled leaderboards and in the entries of their prizes."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import AwardPrize, CutBoards, SeenScores, SettleBoard
from chalicelib.domain.records import BoardPeriod, Entry
from chalicelib.store.codec import key_of
from infra import verify
from infra.audit.dynamodb import Table
from tests.infra.test_verify import REGION, fill, live
from tests.infra.verify_books import Change, Tampered, found_in
from tests.world.builders import ANNA, BEN, CLEO, DAY_S, NOW, line, merge, order, programme_of
from tests.world.memory import Memory

FEBRUARY = 2026 * 12 + 1
SETTLED = NOW + 45 * DAY_S
BOARD = {"id": "best", "per": "month", "prizes": [{"give": 50, "of": "points"}, {"give": 25, "of": "points"}]}
SCORES = {ANNA: 9000, BEN: 8000, CLEO: 8000}


def shop() -> Memory:
    """Three members have bought in February, two as much; all have their prizes, one of them as another's survivor."""
    books = Memory(programme_of(assets={"points": {}}, boards=[BOARD]))
    for number, (member, net) in enumerate(SCORES.items()):
        books.execute(order(str(number), member, line(net=net), at=NOW), NOW)
    books.execute(CutBoards(SETTLED, (SeenScores("best", FEBRUARY, ()),)), SETTLED)
    books.execute(SettleBoard("best", FEBRUARY, SCORES), SETTLED)
    books.execute(merge(CLEO), SETTLED)
    for member in SCORES:
        books.execute(AwardPrize("best", FEBRUARY, member), SETTLED)
    return books


BOOKS = shop()


@pytest.fixture
def books() -> Tampered:
    return Tampered(BOOKS)


def period_of(books: Tampered) -> BoardPeriod:
    return books.record(BoardPeriod, board="best")


def deleted(books: Tampered) -> None:
    books.drop(period_of(books))


def won_more(books: Tampered) -> None:
    first, *others = period_of(books).places
    won = tuple(replace(prize, amount=51) for prize in first.prizes)
    books.change(period_of(books), places=(replace(first, prizes=won), *others))


def a_better_place(books: Tampered) -> None:
    first, *others = period_of(books).places
    books.change(period_of(books), places=(first, replace(others[0], place=1), *others[1:]))


def a_better_score(books: Tampered) -> None:
    first, *others = period_of(books).places
    books.change(period_of(books), places=(first, replace(others[0], score=8001), *others[1:]))


def not_given(books: Tampered) -> None:
    first, *others = period_of(books).places
    books.change(period_of(books), places=(replace(first, posted=False), *others))


def under_no_version(books: Tampered) -> None:
    books.change(period_of(books), terms=9)


def from_another_account(books: Tampered) -> None:
    entry = books.record(Entry, member=BEN, cause=period_of(books).cause)
    moved = tuple(replace(posting, source="programme:cashback") for posting in entry.postings)
    books.change(entry, postings=moved)


FAULTS: list[tuple[Change, set[tuple[str, str]]]] = [
    (deleted, {("board_missing", ANNA), ("board_missing", BEN)}),
    (won_more, {("prizes_differ", f"best {FEBRUARY}"), ("posted_differs", ANNA)}),
    (a_better_place, {("prizes_differ", f"best {FEBRUARY}")}),
    (a_better_score, {("prizes_differ", f"best {FEBRUARY}")}),
    (not_given, {("posted_differs", ANNA)}),
    (under_no_version, {("terms_unknown", f"best {FEBRUARY}")}),
    (from_another_account, {("chain_broken", BEN), ("posting_misplaced", BEN)}),
]


def test_right_books_are_right(books: Tampered, tmp_path: Path) -> None:
    assert [place.posted for place in period_of(books).places] == [True] * 3
    assert found_in(tmp_path, books.lines()) == []


@pytest.mark.parametrize(("fault", "wanted"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_fault_is_found(fault: Change, wanted: set[tuple[str, str]], books: Tampered, tmp_path: Path) -> None:
    fault(books)
    findings = {(what, where) for what, where, _ in found_in(tmp_path, books.lines())}
    assert findings >= wanted


@pytest.mark.xdist_group("dynamodb-local")
@pytest.mark.parametrize(("fault", "wanted"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_fault_is_found_in_a_live_table(
    fault: Change,
    wanted: set[tuple[str, str]],
    books: Tampered,
    local_table: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("infra.audit.recheck.PAUSE_S", 0)
    table = Table(local_table, REGION)
    fill(table, books)
    assert live(verify.of_table(table)) == []
    fault(books)
    fill(table, books)
    if fault is deleted:
        boto3.client("dynamodb").delete_item(TableName=local_table, Key=_key(period_of(Tampered(BOOKS))))
    assert {(what, where) for what, where, _ in live(verify.of_table(table))} >= wanted


def _key(period: BoardPeriod) -> dict[str, dict[str, str]]:
    pk, sk = key_of(period)
    return {"pk": {"S": pk}, "sk": {"S": sk}}
