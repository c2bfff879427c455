"""Reports as the API and the console show them: days of a period, what is owed, and lists of members."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.records import DayReport, Flow, Holding, Listed, MemberList, Outstanding
from chalicelib.domain.reports.views import (
    DayView,
    Ending,
    ListedView,
    ListView,
    Moved,
    OutstandingView,
    OwedView,
    ReportView,
    list_of,
    owed_of,
    report_of,
)
from tests.world.builders import ANNA, BEN, CLEO, NOW, programme_of

PROGRAMME = programme_of(assets={"points": {"worth": {"EUR": "0.05"}}, "leaves": {}})
AT, LATER = "2026-02-02T02:40:00Z", "2026-02-03T02:40:00Z"


def moved(amount: int, text: str, entries: int) -> Moved:
    return Moved("given", "EUR/2", "cashback", amount, text, entries)


def test_a_period_says_what_its_days_sum_to_and_which_have_no_report() -> None:
    reports = [
        DayReport(
            day, NOW, NOW + DAY_S, NOW + DAY_S, (Flow("given", "EUR/2", "cashback", 250, 2),), 3, 5000, "EUR/2", 4, 5, 6
        )
        for day in ("2026-02-01", "2026-02-03")
    ]
    days = [
        DayView(day, AT, LATER, LATER, 3, 5000, "50.00 EUR", 4, 5, 6, [moved(250, "2.50 EUR", 2)])
        for day in ("2026-02-01", "2026-02-03")
    ]
    assert report_of(reports, date(2026, 2, 1), date(2026, 2, 4)) == ReportView(
        "2026-02-01",
        "2026-02-04",
        6,
        8,
        10,
        12,
        [moved(500, "5.00 EUR", 4)],
        days,
        ["2026-02-02", "2026-02-04"],
    )


def test_what_is_owed_is_said_with_its_worth_and_when_it_ends() -> None:
    holdings = {
        "EUR/2": Holding(100, 20, 3, 50, 2, (1, 2, 3, 4, 5, 6, 102)),
        "leaves": Holding(7, by_end=(0, 0, 0, 0, 0, 0, 7)),
        "points": Holding(41, members=1, by_end=(0, 0, 0, 0, 41, 0, 0)),
    }
    view = owed_of(Outstanding("2026-02-02", NOW, NOW + DAY_S, holdings), PROGRAMME)
    euros, leaves, points = view.assets
    assert (view.day, view.began_at, view.counted_at) == ("2026-02-02", AT, LATER)
    assert isinstance(view, OutstandingView)
    assert euros == OwedView(
        "EUR/2",
        100,
        20,
        3,
        50,
        73,
        "0.73 EUR",
        "0.73 EUR",
        2,
        [
            Ending(7, "within 7 days", 1, "0.01 EUR"),
            Ending(30, "within 30 days", 2, "0.02 EUR"),
            Ending(90, "within 90 days", 3, "0.03 EUR"),
            Ending(180, "within 180 days", 4, "0.04 EUR"),
            Ending(365, "within 365 days", 5, "0.05 EUR"),
            Ending(None, "later", 6, "0.06 EUR"),
            Ending(None, "never", 102, "1.02 EUR"),
        ],
    )
    assert (leaves.owed, leaves.worth) == (7, None)
    assert (points.owed, points.worth) == (41, "2.05 EUR")


@pytest.mark.parametrize(
    ("start", "limit", "members", "following"),
    [
        (0, 2, [ANNA, BEN], "2"),
        (1, 1, [BEN], "2"),
        (1, 2, [BEN, CLEO], None),
        (0, 3, [ANNA, BEN, CLEO], None),
        (2, 5, [CLEO], None),
    ],
)
def test_a_list_is_given_in_parts_each_with_the_place_of_the_next(
    start: int, limit: int, members: list[str], following: str | None
) -> None:
    rows = [Listed(name, 1, 2, 3, "2026-02-01") for name in (ANNA, BEN, CLEO)]
    page = MemberList("best", 0, "2026-02-02", NOW, NOW + DAY_S, 1234, "members by their goods")
    part = list_of(page, rows, start, limit, PROGRAMME)
    assert [row.member for row in part.members] == members
    assert part == ListView("best", "members by their goods", 1234, "2026-02-02", AT, LATER, part.members, following)


def test_a_row_says_what_a_member_bought_and_has() -> None:
    row = Listed(ANNA, 3, 5000, 12_345, "2026-02-01", (5, 4, 3), {"EUR/2": 250, "points": 40})
    page = MemberList("best", 0, "2026-02-02", NOW, NOW, 1, "members by their goods")
    assert list_of(page, [row], 0, 1, PROGRAMME).members == [
        ListedView(ANNA, 3, 5000, "50.00 EUR", 12_345, "123.45 EUR", "2026-02-01", [5, 4, 3], ["2.50 EUR", "40 points"])
    ]
