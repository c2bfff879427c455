"""What-if says what its figures cannot have: campaigns on other days than the orders', activities, prizes, spending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.core.phrases import written
from chalicelib.domain.programme.document import Programme
from chalicelib.edge import words
from chalicelib.what_if import omissions
from chalicelib.what_if.comparison import compare
from chalicelib.what_if.summary import Summary
from infra.__main__ import main
from infra.what_if import report
from infra.what_if.csv_orders import read
from tests.infra.what_if_orders import csv_file
from tests.world.builders import CASHBACK, programme_of

SUMMER: dict[str, Any] = {"id": "summer", "starts": "2026-03-02", "ends": "2026-03-03", "multiply": {"cashback": 2}}
EXTRA: dict[str, Any] = {"id": "extra", "percent": 1, "campaign": "summer"}
REVIEW: dict[str, Any] = {"id": "review", "give": 5, "of": "points", "on": "review", "name": {"fr": "avis"}}
MONTH: dict[str, Any] = {"id": "month", "prizes": [{"amount": 5}], "name": {"fr": "Clients du mois"}}
SPENT = "what members spend. What is owed is therefore the most that it can be."


def summary(folder: Path, draft: Programme, days: tuple[int, ...] = (1, 4)) -> Summary:
    """What a draft gives for an order of 100.00 on each of some days of March 2026, beside nothing but cashback."""
    rows: list[dict[str, object]] = [
        {"order": day, "customer": "c", "paid_at": f"2026-03-{day:02d}", "currency": "EUR", "net": 100} for day in days
    ]
    return compare(read(csv_file(folder, rows), "UTC"), draft, programme_of()).summary


@pytest.mark.parametrize(
    ("days", "idle"),
    [((1, 4), ("summer",)), ((1,), ("summer",)), ((4,), ("summer",)), ((1, 2, 4), ()), ((3,), ())],
)
def test_a_campaign_is_idle_where_no_order_is_in_its_days(
    tmp_path: Path, days: tuple[int, ...], idle: tuple[str, ...]
) -> None:
    figures = summary(tmp_path, programme_of(campaigns=[SUMMER]), days).draft
    assert figures.idle_campaigns == idle
    assert bool(figures.campaigns["summer"].cost) is not bool(idle)


def test_of_several_campaigns_those_that_are_idle_are_told(tmp_path: Path) -> None:
    ran = SUMMER | {"id": "ran", "ends": "2026-03-31"}
    loyal = SUMMER | {"id": "loyal", "ends": "2026-03-31", "audience": {"segments": ["loyal"]}}
    later = SUMMER | {"id": "later", "starts": "2027-03-01", "ends": "2027-03-31", "audience": {"segments": ["loyal"]}}
    draft = programme_of(campaigns=[SUMMER, ran, loyal, later], earn=[CASHBACK, EXTRA])
    figures = summary(tmp_path, draft).draft
    idle = "none of the orders was paid in its days, so its cost is not in these figures."
    assert [written(sentence) for sentence in omissions.of_campaigns(draft, figures)] == [
        f"Campaign summer: {idle}",
        "Campaign loyal is for segments, and nobody is in one here, so its cost is not in these figures.",
        f"Campaign later: {idle}",
    ]
    assert omissions.unseen_campaigns(draft, figures) == {"summer", "loyal", "later"}


@pytest.mark.parametrize(
    ("parts", "english", "french"),
    [
        ({}, SPENT, "ce que les membres dépensent."),
        (
            {
                "assets": {"points": {}},
                "earn": [CASHBACK, REVIEW, REVIEW | {"id": "sign-up", "on": "sign-up", "name": {}}],
            },
            f"rewards of activities (review, sign-up), {SPENT}",
            "les récompenses des activités (avis, sign-up), ce que les membres dépensent.",
        ),
        (
            {"boards": [MONTH, {"id": "no-prizes"}]},
            f"prizes of leaderboards (month), {SPENT}",
            "les prix des classements (Clients du mois), ce que les membres dépensent.",
        ),
    ],
)
def test_what_no_figure_has_is_said(parts: dict[str, Any], english: str, french: str) -> None:
    draft = programme_of(**parts)
    sentence = omissions.of_programme(draft)
    assert written(sentence) == f"Not in these figures: {english}"
    assert f": {french}" in written(sentence, words.of("fr"), draft)


def test_the_command_says_so_instead_of_a_budget_that_nobody_asked(tmp_path: Path) -> None:
    other = CASHBACK | {"id": "other", "budget": 100}
    draft = programme_of(campaigns=[SUMMER | {"budget": 300}], earn=[CASHBACK, other])
    lines = list(report.lines(summary(tmp_path, draft), draft))
    assert lines[-4:-2] == [
        "Campaign summer: none of the orders was paid in its days, so its cost is not in these figures.",
        "the budget of other, 100.00 EUR, does not run out: 10.00 EUR of it is given",
    ]
    assert lines[-1] == f"Not in these figures: {SPENT}"
    draft = programme_of(campaigns=[SUMMER | {"budget": 300}])
    lines = list(report.lines(summary(tmp_path, draft, (2,)), draft))
    assert lines[-3] == "the budget of summer, 300.00 EUR, does not run out: 5.00 EUR of it is given"


def test_json_names_the_idle_campaigns(tmp_path: Path) -> None:
    document = report.document(summary(tmp_path, programme_of(campaigns=[SUMMER])))
    assert document["idle_campaigns"] == ("summer",)


def test_a_command_beside_a_document_without_campaigns_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = csv_file(tmp_path, [{"order": 1, "customer": "c", "paid_at": "2026-03-01", "currency": "EUR", "net": 100}])
    (tmp_path / "draft.yaml").write_text(
        "{name: Draft, currency: EUR, earn: [{id: a, percent: 5}],\n"
        ' landing: {page: "https://shop.example/welcome", hosts: [shop.example]}}'
    )
    assert main(["what-if", str(tmp_path / "draft.yaml"), "--csv", str(orders)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"Not in these figures: {SPENT}"
