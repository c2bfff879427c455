"""`verify` finds faults that are planted in activities, in what they gave, and in what points have paid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import PlaceHold, RecordActivity, WithdrawActivity
from chalicelib.domain.records import Activity, Entry, Order
from tests.infra.verify_books import Change, Tampered, found_in
from tests.world.builders import ANNA, BEN, merge, order, programme_of, refund
from tests.world.memory import Memory

REVIEW = {"id": "review", "give": 20, "of": "points", "on": "review", "budget": 5000}


def shop() -> Memory:
    """Anna was given points for two reviews, one of which was withdrawn, and bought; Ben's review became hers.

    A part of an order that points paid was refunded.
    """
    books = Memory(programme_of(earn=[REVIEW], assets={"points": {"worth": Decimal("0.05")}}))
    for command in (
        RecordActivity(ANNA, "review", "1"),
        RecordActivity(ANNA, "review", "2"),
        WithdrawActivity(ANNA, "review", "2"),
        RecordActivity(BEN, "review", "3"),
        order("1", ANNA),
        merge(BEN),
        WithdrawActivity(ANNA, "review", "3"),
        PlaceHold(ANNA, "h_1", "points", 12, "shop/2", capture_on_paid=True),
        order("2", ANNA),
        refund("2", amount=2500),
    ):
        books.execute(command)
    return books


BOOKS = shop()


@pytest.fixture
def books() -> Tampered:
    return Tampered(BOOKS)


def the_first(books: Tampered) -> Activity:
    return books.record(Activity, reference="1")


def deleted(books: Tampered) -> None:
    books.drop(the_first(books))


def posted_more(books: Tampered) -> None:
    (posted,) = the_first(books).posted
    books.change(the_first(books), posted=(replace(posted, amount=21),))


def withdrawn_behind_our_back(books: Tampered) -> None:
    books.change(the_first(books), withdrawn_at=1)


def given_again(books: Tampered) -> None:
    (posted,) = the_first(books).posted
    books.change(books.record(Activity, reference="2"), withdrawn_at=0, posted=(posted,))


def from_another_account(books: Tampered) -> None:
    entry = books.record(Entry, member=ANNA, number=1)
    moved = tuple(replace(posting, source="programme:cashback") for posting in entry.postings)
    books.change(entry, postings=moved)


def paid_with_more(books: Tampered) -> None:
    paid = books.record(Order, order="2")
    books.change(paid, spent=tuple(replace(part, amount=part.amount + 4) for part in paid.spent))


def paid_with_nothing_worth(books: Tampered) -> None:
    paid = books.record(Order, order="2")
    books.change(paid, spent=tuple(replace(part, worth=None) for part in paid.spent))


FAULTS: list[tuple[Change, set[tuple[str, str]]]] = [
    (deleted, {("activity_missing", ANNA), ("budget_differs", "")}),
    (posted_more, {("due_differs", f"{ANNA} review 1"), ("posted_differs", ANNA)}),
    (withdrawn_behind_our_back, {("due_differs", f"{ANNA} review 1"), ("allowance_differs", f"{ANNA} review 1")}),
    (given_again, {("allowance_differs", f"{ANNA} review 2"), ("posted_differs", ANNA)}),
    (paid_with_more, {("due_differs", "shop/2")}),
    (paid_with_nothing_worth, {("worth_differs", "shop/2")}),
    (from_another_account, {("chain_broken", ANNA), ("posting_misplaced", ANNA)}),
]


def test_right_books_are_right(books: Tampered, tmp_path: Path) -> None:
    assert found_in(tmp_path, books.lines()) == []


@pytest.mark.parametrize(("fault", "wanted"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_fault_is_found(fault: Change, wanted: Any, books: Tampered, tmp_path: Path) -> None:
    fault(books)
    findings = {
        (what, "" if what == "budget_differs" else where) for what, where, _ in found_in(tmp_path, books.lines())
    }
    assert findings >= wanted
