"""What the rounds have counted against the entries: nothing is found in what is right, and each thing that is not."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.audit.report_checks import EntrySums, RoundCounts, counted_of, of_counted
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.ledger.transfers import REDEMPTION, Why, transfer
from chalicelib.domain.records import DayReport, Entry, Flow, Holding, Outstanding
from tests.world.builders import (
    ANNA,
    CASHBACK_ACCOUNT,
    NOW,
)

EUR, POINTS = "EUR/2", "points"
LAMBDA_S = 15 * 60
"""As long as a Lambda runs: by so much a write can be older or younger than it says."""

GIVEN, REDEEMED = Flow("given", EUR, "cashback", 500, 2), Flow("redeemed", EUR, "redemption", 200, 1)


def entry(amount: int, at: int = NOW, asset: str = EUR) -> Entry:
    """What Anna got by cashback, or (negative) redeemed."""
    account, rule = (CASHBACK_ACCOUNT, "cashback") if amount > 0 else (REDEMPTION, "redemption")
    return Entry(ANNA, 1, at, "shop/1", 1, (transfer(account, ANNA, amount, asset, (0, 0), Why(rule)),))


def report(*flows: Flow, day: str = "2026-02-02", starts_at: int = NOW) -> DayReport:
    return DayReport(day, starts_at, starts_at + DAY_S, starts_at + DAY_S, flows)


def sums_of(counted: RoundCounts, *entries: Entry) -> EntrySums:
    sums = EntrySums()
    for row in entries:
        sums.add(row, counted)
    return sums


def findings_on(counted: RoundCounts, *entries: Entry) -> list[Finding]:
    return of_counted(counted, sums_of(counted, *entries))


class TestReports:
    ENTRIES = entry(300), entry(200), entry(-200)

    def test_a_report_that_has_what_the_entries_moved_is_right(self) -> None:
        assert findings_on(RoundCounts((report(GIVEN, REDEEMED),)), *self.ENTRIES) == []

    @pytest.mark.parametrize(
        ("flows", "detail"),
        [
            pytest.param(
                (replace(GIVEN, amount=501), REDEEMED),
                "cashback given: the report has 5.01 EUR by 2 entries, there are 5.00 EUR by 2",
                id="a cent more",
            ),
            pytest.param(
                (replace(GIVEN, entries=3), REDEEMED),
                "cashback given: the report has 5.00 EUR by 3 entries, there are 5.00 EUR by 2",
                id="another number of entries",
            ),
            pytest.param(
                (GIVEN,),
                "redemption redeemed: the report has 0.00 EUR by 0 entries, there are 2.00 EUR by 1",
                id="nothing of what was redeemed",
            ),
            pytest.param(
                (GIVEN, REDEEMED, Flow("given", POINTS, "leaves", 7, 1)),
                "leaves given: the report has 7 points by 1 entries, there are 0 points by 0",
                id="what no entry says",
            ),
        ],
    )
    def test_a_report_that_says_something_else_is_found(self, flows: tuple[Flow, ...], detail: str) -> None:
        expected = [Finding("report_differs", "2026-02-02", 0, detail)]
        assert findings_on(RoundCounts((report(*flows),)), *self.ENTRIES) == expected

    @pytest.mark.parametrize(
        ("at", "day"),
        [
            (NOW - 1, ""),
            (NOW, "2026-02-02"),
            (NOW + DAY_S - 1, "2026-02-02"),
            (NOW + DAY_S, "2026-02-03"),
            (NOW + 2 * DAY_S, ""),
        ],
        ids=["before all", "a day's first second", "its last second", "the next day's first", "after all"],
    )
    def test_an_entry_is_of_the_report_of_its_instant(self, at: int, day: str) -> None:
        following = report(day="2026-02-03", starts_at=NOW + DAY_S)
        findings = findings_on(RoundCounts((report(), following)), entry(1, at))
        assert {finding.where for finding in findings} == {day} - {""}

    def test_what_differs_is_told_by_kind_asset_and_rule(self) -> None:
        flows = [Flow("given", EUR, rule, 1, 1) for rule in "dabc"]
        findings = findings_on(RoundCounts((report(*flows),)), *self.ENTRIES)
        assert [finding.detail.partition(":")[0] for finding in findings] == [
            *(f"{rule} given" for rule in ("a", "b", "c", "cashback", "d")),
            "redemption redeemed",
        ]

    def test_an_entry_between_two_reports_is_of_none(self) -> None:
        later = report(day="2026-02-09", starts_at=NOW + 7 * DAY_S)
        assert findings_on(RoundCounts((report(), later)), entry(1, NOW + DAY_S)) == []


BEGAN, MADE = NOW, NOW + 600
"""When a round began to read what is owed, and when it was done."""


def owing(holding: Holding | None = None, asset: str = EUR) -> RoundCounts:
    return RoundCounts(outstanding=Outstanding("2026-02-02", BEGAN, MADE, {asset: holding} if holding else {}))


class TestOwed:
    BEFORE = BEGAN - LAMBDA_S - 1

    @pytest.mark.parametrize(
        "holding",
        [
            Holding(500, by_end=(500,)),
            Holding(100, 300, 100, by_end=(400, 100)),
            Holding(600, debt=100, by_end=(600,)),
        ],
        ids=["available", "pending and held", "less a debt"],
    )
    def test_what_the_entries_before_come_to_is_right(self, holding: Holding) -> None:
        assert findings_on(owing(holding), entry(700, self.BEFORE), entry(-200, self.BEFORE)) == []

    @pytest.mark.parametrize("owed", [499, 501])
    def test_a_cent_more_or_less_is_found(self, owed: int) -> None:
        detail = f"the round read {owed / 100:.2f} EUR, the entries come to 5.00 EUR to 5.00 EUR"
        expected = [Finding("owed_differs", "2026-02-02", 0, detail)]
        assert findings_on(owing(Holding(owed, by_end=(owed,))), entry(500, self.BEFORE)) == expected

    @pytest.mark.parametrize(("owed", "is_right"), [(299, False), (300, True), (500, True), (501, True), (502, False)])
    @pytest.mark.parametrize("at", [BEGAN - LAMBDA_S, BEGAN, MADE, MADE + LAMBDA_S])
    def test_what_was_written_meanwhile_may_be_in_it_or_not(self, at: int, owed: int, is_right: bool) -> None:
        """5.00 before; a cent more and 2.00 less while the round read, or so near to it that clocks may differ."""
        entries = entry(500, self.BEFORE), entry(1, at), entry(-200, at)
        assert (findings_on(owing(Holding(owed, by_end=(owed,))), *entries) == []) is is_right

    def test_what_was_written_after_it_is_not_in_it(self) -> None:
        entries = entry(500, self.BEFORE), entry(100, MADE + LAMBDA_S + 1)
        assert findings_on(owing(Holding(500, by_end=(500,))), *entries) == []
        assert len(findings_on(owing(Holding(600, by_end=(600,))), *entries)) == 1

    def test_an_asset_that_the_round_has_not_is_found(self) -> None:
        detail = "the round read 0 points, the entries come to 7 points to 7 points"
        assert findings_on(owing(), entry(7, self.BEFORE, POINTS)) == [Finding("owed_differs", "2026-02-02", 0, detail)]

    def test_an_asset_that_no_entry_has_is_found(self) -> None:
        detail = "the round read 7 points, the entries come to 0 points to 0 points"
        expected = [Finding("owed_differs", "2026-02-02", 0, detail)]
        assert findings_on(owing(Holding(7, by_end=(7,)), POINTS)) == expected

    def test_an_asset_of_which_all_is_gone_needs_no_amount(self) -> None:
        assert findings_on(owing(), entry(500, self.BEFORE), entry(-500, self.BEFORE)) == []

    def test_assets_are_told_by_their_names(self) -> None:
        names = [f"points{number}" for number in (4, 2, 5, 1, 3)]
        findings = findings_on(owing(), *(entry(1, self.BEFORE, name) for name in names))
        assert [finding.detail.split()[4].rstrip(",") for finding in findings] == sorted(names)

    @pytest.mark.parametrize("by_end", [(499,), (400, 101), ()])
    def test_what_it_comes_to_by_its_ends_is_all_of_it(self, by_end: tuple[int, ...]) -> None:
        """A debt of 1.00 is of other members: 6.00 in lots expire some day."""
        wrong = Holding(600, debt=100, by_end=by_end)
        detail = f"by when it expires it comes to {sum(by_end) / 100:.2f} EUR, not 6.00 EUR"
        assert findings_on(owing(wrong), entry(500, self.BEFORE)) == [Finding("owed_differs", "2026-02-02", 0, detail)]


def test_the_sums_of_several_processes_come_to_those_of_one() -> None:
    counted = RoundCounts((report(GIVEN, REDEEMED),), owing(Holding(300, by_end=(300,))).outstanding)
    entries = [entry(300), entry(200), entry(-200), entry(5, BEGAN - LAMBDA_S - 1)]
    merged = sums_of(counted, *entries[:2])
    merged.merge(sums_of(counted, *entries[2:]))
    assert merged == sums_of(counted, *entries)


def test_without_rounds_there_is_nothing_to_hold_against_the_entries() -> None:
    assert findings_on(RoundCounts(), entry(500)) == []


def test_the_reports_are_taken_by_their_days_and_what_was_owed_last() -> None:
    days = [report(day=f"2026-02-0{number}", starts_at=NOW + number * DAY_S) for number in (4, 1, 2)]
    owed: list[Any] = [Outstanding(day, NOW, NOW) for day in ("2026-02-01", "2026-02-03", "2026-02-02")]
    counted = counted_of([*owed, *days])
    assert [row.day for row in counted.reports] == ["2026-02-01", "2026-02-02", "2026-02-04"]
    assert counted.outstanding == owed[1]
    assert counted_of([]) == RoundCounts()
