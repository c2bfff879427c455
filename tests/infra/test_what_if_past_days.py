"""Campaigns that are to come, looked at as if they had run on days that the orders have."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.core.phrases import written
from chalicelib.what_if.comparison import compare
from chalicelib.what_if.log import Log
from chalicelib.what_if.past_days import moved, past_days, sentences
from infra.__main__ import main
from infra.what_if.csv_orders import read
from tests.infra.what_if_orders import csv_file
from tests.world.builders import CASHBACK, programme_of


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("campaign", "orders", "expected"),
    [
        pytest.param("2026-11-27 2026-11-30", "2024-03-01 2026-10-01", "2025-11-27 2025-11-30", id="a year before"),
        pytest.param("2026-11-27 2026-11-30", "2025-11-27 2025-11-30", "2025-11-27 2025-11-30", id="just these days"),
        pytest.param("2026-11-27 2026-11-30", "2025-11-28 2026-10-04", "2026-10-01 2026-10-04", id="the last days"),
        pytest.param("2026-11-27 2026-11-30", "2024-01-01 2025-11-29", "2024-11-27 2024-11-30", id="two years before"),
        pytest.param("2026-11-27 2026-11-30", "2026-10-01 2026-10-02", "2026-09-29 2026-10-02", id="few days"),
        pytest.param("2026-12-30 2027-01-02", "2025-01-01 2026-06-01", "2025-12-30 2026-01-02", id="over new year"),
        pytest.param("2028-02-29 2028-03-01", "2026-01-01 2027-12-31", "2027-02-28 2027-03-01", id="a leap day"),
        pytest.param("2027-01-05 2027-01-06", "2026-01-01 2026-12-31", "2026-01-05 2026-01-06", id="of this year"),
        pytest.param("2026-11-27 2026-11-27", "2026-01-01 2026-11-26", "2026-11-26 2026-11-26", id="the day after"),
        pytest.param("2026-11-27 2026-11-30", "2025-01-01 2026-11-27", "2026-11-27 2026-11-30", id="it has begun"),
        pytest.param("2024-11-27 2024-11-30", "2025-01-01 2026-11-27", "2024-11-27 2024-11-30", id="before all orders"),
    ],
)
def test_which_days_stand_for_those_of_a_campaign(campaign: str, orders: str, expected: str) -> None:
    starts, ends = map(day, campaign.split())
    first, last = map(day, orders.split())
    assert past_days((starts, ends), first, last) == tuple(map(day, expected.split()))


FRIDAY: dict[str, Any] = {
    "id": "friday",
    "name": {"en": "Black Friday"},
    "starts": "2026-11-27",
    "ends": "2026-11-28",
    "multiply": {"cashback": 2},
    "budget": 300,
}
SUMMER: dict[str, Any] = FRIDAY | {"id": "summer", "starts": "2026-03-01", "ends": "2026-03-31"}


def orders(folder: Path, *days: str) -> Log:
    """An order of 100.00 on each of some days."""
    rows: list[dict[str, object]] = [
        {"order": number, "customer": "c", "paid_at": paid, "currency": "EUR", "net": 100}
        for number, paid in enumerate(days)
    ]
    return read(csv_file(folder, rows), "UTC")


def test_only_what_is_to_come_is_moved(tmp_path: Path) -> None:
    log = orders(tmp_path, "2026-03-04", "2026-03-01", "2026-03-03")
    old = programme_of(campaigns=[FRIDAY, SUMMER])
    new = moved(old, log)
    assert [(str(campaign.starts), str(campaign.ends)) for campaign in new.campaigns] == [
        ("2026-03-03", "2026-03-04"),
        ("2026-03-01", "2026-03-31"),
    ]
    assert new.campaigns[1] == old.campaigns[1]
    assert new.earn == old.earn


def test_what_it_would_have_cost_then_is_in_the_figures(tmp_path: Path) -> None:
    log = orders(tmp_path, "2026-03-01", "2026-03-03", "2026-03-04")
    draft = programme_of(campaigns=[FRIDAY, SUMMER])
    summary = compare(log, draft, programme_of(), on_past_days=True).summary
    assert summary.draft.campaigns["friday"].cost == {"EUR/2": 1000}
    assert summary.draft.campaigns["summer"].cost == {"EUR/2": 2500}, "it doubles what the other one has doubled"
    assert summary.draft.idle_campaigns == ()
    assert summary.current is not None
    assert summary.current.given == {"EUR/2": 1500}
    assert summary.moved == {"friday": (day("2026-03-03"), day("2026-03-04"))}
    assert [written(sentence) for sentence in sentences(summary.moved)] == [
        "Campaign friday is looked at as if it had run from 2026-03-03 to 2026-03-04."
    ]


def test_a_campaign_of_both_programmes_is_moved_in_both(tmp_path: Path) -> None:
    log = orders(tmp_path, "2026-03-01", "2026-03-04")
    dearer = programme_of(campaigns=[FRIDAY], earn=[CASHBACK | {"percent": 10}])
    summary = compare(log, dearer, programme_of(campaigns=[FRIDAY]), on_past_days=True).summary
    assert summary.current is not None
    costs = [figures.campaigns["friday"].cost for figures in (summary.draft, summary.current)]
    assert costs == [{"EUR/2": 1000}, {"EUR/2": 500}]


def test_unless_it_is_asked_for_nothing_is_moved(tmp_path: Path) -> None:
    summary = compare(orders(tmp_path, "2026-03-01"), programme_of(campaigns=[FRIDAY]), None).summary
    assert summary.moved == {}
    assert summary.draft.idle_campaigns == ("friday",)
    summary = compare(orders(tmp_path, "2026-03-01"), programme_of(campaigns=[FRIDAY]), None, on_past_days=True).summary
    assert summary.current is None
    assert summary.draft.campaigns["friday"].cost == {"EUR/2": 500}


def test_the_command_looks_at_past_days_where_it_is_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    orders(tmp_path, "2026-03-01", "2026-03-04")
    (tmp_path / "draft.yaml").write_text(
        "{name: Draft, currency: EUR, earn: [{id: cashback, percent: 5}],\n"
        ' landing: {page: "https://shop.example/welcome", hosts: [shop.example]},\n'
        " campaigns: [{id: friday, starts: 2026-11-27, ends: 2026-11-28, multiply: {cashback: 2}}]}"
    )
    words = ["what-if", str(tmp_path / "draft.yaml"), "--csv", str(next(tmp_path.glob("*.csv")))]
    assert main(words) == 0
    assert "Campaign friday: none of the orders was paid in its days" in capsys.readouterr().out
    assert main([*words, "--past-days"]) == 0
    printed = capsys.readouterr().out
    assert "Campaign friday is looked at as if it had run from 2026-03-03 to 2026-03-04.\n" in printed
    assert "none of the orders" not in printed
    assert main([*words, "--past-days", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["moved"] == {"friday": ["2026-03-03", "2026-03-04"]}
