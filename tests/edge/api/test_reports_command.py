"""What the operator's command shows of the daily round's counts, over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.__main__ import main
from infra.commands import members as members_commands
from infra.commands import reports, terminal
from tests.edge.api.test_reports import buy_each_day, day_of, make_round, shop
from tests.edge.conftest import Shop

__all__ = ("shop",)


class Caller:
    """The API of a shop as the commands call it, with the admin key."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def call(self, method: str, path: str, *_: Any) -> Any:
        answer = self._shop.call(method, path, key=self._shop.admin)
        assert answer.status == 200, answer.body
        return answer.json


@pytest.fixture
def counted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    buy_each_day(shop)
    for module in (terminal, reports, members_commands):
        monkeypatch.setattr(module, "api", lambda: Caller(shop))
    return shop


@pytest.fixture
def run(counted: Shop, capsys: pytest.CaptureFixture[str]) -> Any:
    def printed(*words: str) -> str:
        capsys.readouterr()
        assert main(words) == 0
        return capsys.readouterr().out

    return printed


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_a_report_has_a_row_for_each_rule_and_says_of_which_days_it_is(run: Any, counted: Shop) -> None:
    day = day_of(counted)
    text = run("report", "--from", day.replace(day=2).isoformat(), "--to", day.isoformat(), "--days")
    assert ["given", "cashback", "12.00", "EUR", "6"] in cells(text)
    assert "6 orders of 240.00 EUR, 0 clicks, 0 friends, 0 groups" in text
    assert f"without a report: 1 day, {day} to {day}" in text
    shown = json.loads(run("report", "--json"))
    assert shown["orders"] == 6


def test_what_is_owed_is_told_with_the_round_that_read_it(run: Any, counted: Shop) -> None:
    text = run("owed")
    assert text.startswith(f"read by the round of {day_of(counted)}, from ")
    assert "12.00 EUR to 3 members\n" in text
    assert "240 points to 3 members, worth 12.00 EUR\n" in text
    assert ["within", "30", "days", "12.00", "EUR"] in cells(text)
    assert json.loads(run("owed", "--day", day_of(counted).isoformat(), "--json"))["assets"][0]["owed"] == 1200


@pytest.mark.parametrize("words", [("member", "best"), ("member", "list", "best")])
def test_a_list_has_a_row_for_each_member(run: Any, words: tuple[str, ...]) -> None:
    text = run(*words)
    rows = [line for line in cells(text) if line[0].startswith("acme.")]
    assert [row[:4] for row in rows] == [
        ["acme.3", "3", "120.00", "EUR"],
        ["acme.2", "2", "80.00", "EUR"],
        ["acme.1", "1", "40.00", "EUR"],
    ]
    assert ": 3, read by the round of " in text
    assert [row["member"] for row in json.loads(run(*words, "--json"))["members"]] == ["acme.3", "acme.2", "acme.1"]


def test_segments_are_listed_with_their_cuts(run: Any, counted: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no cuts are in force" in run("segment", "list")
    monkeypatch.setattr("chalicelib.domain.rewards.progress.cuts.MIN_BUYERS", 3)
    monkeypatch.setattr("chalicelib.domain.rewards.progress.cuts.MIN_DAYS", 0)
    for days in (40, 1, 1):
        make_round(counted, days)
    text = run("segment", "list")
    assert ["best", "1"] in cells(text)
    assert "frequency: more than 1, 2, 2, 3\n" in text
    assert json.loads(run("segment", "list", "--json"))["cuts"]["buyers"] == 3
    assert ["acme.3", "3", "120.00", "EUR"] in [line[:4] for line in cells(run("segment", "members", "best"))]
    assert run("member", "progress", "acme.3").endswith("segment best: recency 1, frequency 4, money 4 of 5\n")


def test_an_export_of_a_member_has_those_of_the_members_that_were_merged_into_it(run: Any, counted: Shop) -> None:
    merged = counted.post("/v1/members/acme.1/merge", {"from": "acme.2"}, caller=counted.admin)
    assert merged.status == 200
    printed = run("member", "export", "acme.1").splitlines()
    exported = json.loads("".join(line for line in printed if not line.startswith('{"security"')))
    assert [(other["profile"]["member"], other["merged"]) for other in exported["merged"]] == [("acme.2", [])]
    assert exported["orders"]
    assert exported["merged"][0]["orders"]


def test_a_member_is_shown_without_friends_where_there_is_no_referral(run: Any) -> None:
    """It said `0 of 0 waiting`."""
    assert "friends" not in run("member", "show", "acme.1")
