"""`verify` finds faults that are planted in what daily rounds have counted, and holds that against the entries."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import AdjustBalance, Redeem
from chalicelib.domain.core.calendar import DAY_S, local_day
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import DayReport, Outstanding
from chalicelib.domain.reports.days import days_to_report
from chalicelib.domain.reports.fold import Fold, by_class
from chalicelib.store.codec import key_of
from tests.infra.verify_books import EUR, RULES, Change, Tampered, found_in
from tests.world.builders import ANNA, BEN, CLEO, NOW, bought, issue, order, programme_of, refund, settle
from tests.world.memory import Memory

PROGRAMME = programme_of(**RULES)


def make_round(books: Memory, programme: Programme, now: int) -> None:
    """Count books as a round does that reads them at one instant."""
    today = local_day(now, programme.timezone)
    fold = Fold(today.isoformat(), now, days_to_report((0, 0), today, programme.timezone))
    records = sorted(books.records.values(), key=key_of)
    for _, partition in groupby(records, key=lambda record: key_of(record)[0]):
        fold.add(by_class(partition), programme, None, now, today)
    for record in (*fold.reports(programme, now, None), *fold.latest(programme, now)):
        books.records[record.ref] = record


def shop() -> Memory:
    """Yesterday Anna bought, was refunded a part, referred two and was given something; today she spent some of it."""
    books = Memory(PROGRAMME)
    commands: list[Any] = [issue(), order("1", ANNA), order("2", ANNA), refund("2", amount=2000), bought(BEN)]
    for command in (*commands, bought(CLEO), settle(BEN, CLEO), AdjustBalance(ANNA, EUR, 300, "sorry")):
        books.execute(command, NOW)
    books.execute(Redeem(ANNA, EUR, 100), NOW + DAY_S)
    make_round(books, PROGRAMME, NOW + DAY_S + 7200)
    return books


BOOKS = shop()
DAY = local_day(NOW, PROGRAMME.timezone).isoformat()


@pytest.fixture
def books() -> Tampered:
    return Tampered(BOOKS)


def the_report(books: Tampered) -> DayReport:
    return books.record(DayReport, day=DAY)


def more_was_given(books: Tampered) -> None:
    flow, *others = the_report(books).flows
    books.change(the_report(books), flows=(replace(flow, amount=flow.amount + 1), *others))


def by_more_entries(books: Tampered) -> None:
    flow, *others = the_report(books).flows
    books.change(the_report(books), flows=(replace(flow, entries=flow.entries + 1), *others))


def of_another_rule(books: Tampered) -> None:
    flow, *others = the_report(books).flows
    books.change(the_report(books), flows=(replace(flow, rule="gift"), *others))


def nothing_at_all(books: Tampered) -> None:
    books.change(the_report(books), flows=())


def moved_to_the_day_before(books: Tampered) -> None:
    before = next(record for record in books.records.values() if isinstance(record, DayReport) and record.day < DAY)
    flows = the_report(books).flows
    books.change(the_report(books), flows=flows[1:])
    books.change(before, flows=flows[:1])


def more_is_owed(books: Tampered) -> None:
    the_owed = books.record(Outstanding)
    holding = the_owed.assets[EUR]
    books.change(the_owed, assets={EUR: replace(holding, available=holding.available + 1)})


def a_debt_less(books: Tampered) -> None:
    the_owed = books.record(Outstanding)
    books.change(the_owed, assets={EUR: replace(the_owed.assets[EUR], debt=7)})


def expires_another_day(books: Tampered) -> None:
    the_owed = books.record(Outstanding)
    holding = the_owed.assets[EUR]
    books.change(the_owed, assets={EUR: replace(holding, by_end=(*holding.by_end[:-1], 0))})


def test_what_a_round_has_counted_is_right(books: Tampered, tmp_path: Path) -> None:
    assert found_in(tmp_path, books.lines()) == []
    moved = {(flow.what, flow.rule): flow.amount for flow in the_report(books).flows}
    assert (moved["added", "adjustment"], moved["given", "cashback"]) == (300, 2000)
    assert books.record(Outstanding).assets[EUR].members == 3


@pytest.mark.parametrize(
    ("plant", "what"),
    [
        (more_was_given, ["report_differs"]),
        (by_more_entries, ["report_differs"]),
        (of_another_rule, ["report_differs"] * 2),
        (moved_to_the_day_before, ["report_differs"] * 2),
        (more_is_owed, ["owed_differs"]),
        (a_debt_less, ["owed_differs"]),
        (expires_another_day, ["owed_differs"]),
    ],
)
def test_a_planted_wrong_is_found(plant: Change, what: list[str], books: Tampered, tmp_path: Path) -> None:
    plant(books)
    assert [finding for finding, _, _ in found_in(tmp_path, books.lines())] == what


def test_each_flow_that_is_missing_is_found(books: Tampered, tmp_path: Path) -> None:
    flows = the_report(books).flows
    nothing_at_all(books)
    assert found_in(tmp_path, books.lines()) == [("report_differs", DAY, 0)] * len(flows)


def test_what_moves_while_a_round_reads_may_be_in_it_or_not(tmp_path: Path) -> None:
    books = shop()
    books.execute(AdjustBalance(ANNA, EUR, 50, "sorry"), NOW + DAY_S + 7300)
    assert found_in(tmp_path, Tampered(books).lines()) == []
    make_round(books, PROGRAMME, NOW + DAY_S + 7400)
    assert found_in(tmp_path, Tampered(books).lines()) == []
    tampered = Tampered(books)
    more_is_owed(tampered)
    assert [what for what, _, _ in found_in(tmp_path, tampered.lines())] == ["owed_differs"]


def test_processes_add_up_what_they_have_read(books: Tampered, tmp_path: Path) -> None:
    more_was_given(books)
    assert found_in(tmp_path, books.lines(), processes=2) == [("report_differs", DAY, 0)]
