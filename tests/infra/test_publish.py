"""`programme publish` says what changes, and what it would have given for orders, before it asks or publishes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.__main__ import main
from infra.api import ApiError
from infra.commands import programme as commands
from tests.infra.terminals import at_a_terminal

DOCUMENT = """\
name: Club
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
earn:
  - {id: cashback, percent: 5}
"""
BEGUN_EARLIER = DOCUMENT.replace("percent: 5", "percent: 5, vest_days: 9, expire_days: 9")
"""A version from before what expires with its vesting was refused."""


class FakeApi:
    """The programme routes of an API that holds one version, or none."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.in_force = 3
        self.published: list[tuple[str, bytes, dict[str, str]]] = []

    def call(self, method: str, path: str, body: Any = None, headers: Any = None) -> Any:
        if method == "PUT":
            self.published.append((path, body, headers))
            return {"number": 4, "effective_at": "2027-01-01T00:00:00Z"}
        if not self.source:
            raise ApiError("no programme is published yet", 404)
        version = {"number": 3, "effective_at": "2026-12-01T00:00:00Z", "in_force": self.in_force}
        return {"newest": 3, "source": self.source, **version}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    fake = FakeApi(DOCUMENT)
    monkeypatch.setattr(commands, "api", lambda: fake)
    return fake


@pytest.fixture
def draft(tmp_path: Path) -> str:
    path = tmp_path / "draft.yaml"
    path.write_text(DOCUMENT.replace("percent: 5", "percent: 4, cap: 50"))
    return str(path)


@pytest.fixture
def orders(tmp_path: Path) -> str:
    path = tmp_path / "orders.csv"
    path.write_text("order,customer,paid_at,currency,net\n1,ana,2026-01-05,EUR,100.00\n")
    return str(path)


SEPTEMBER_2026 = 1_790_000_000
HOLDS = "version 4 holds from 2027-01-01T00:00:00Z"
CHANGES = [
    "Rule cashback: “Percent” becomes 4% (was 5%).",
    "Rule cashback: “At most for an order” is set: 50.00 EUR.",
]


def test_what_is_probably_not_meant_is_warned_of_before_it_is_published(
    api: FakeApi, draft: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["programme", "publish", draft]) == 0
    assert capsys.readouterr().err.startswith("warning: The page of your shop is on shop.example, which is reserved")
    assert len(api.published) == 1


@pytest.mark.parametrize(("since", "is_over"), [("2026-12-20T00:00:00Z", False), ("2027-01-15T00:00:00Z", True)])
def test_a_version_for_a_day_to_come_is_warned_of_as_on_that_day(
    api: FakeApi,
    draft: str,
    since: str,
    is_over: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A campaign that is over before the version holds does nothing."""
    sale = "{id: sale, starts: 2000-01-01, ends: 2027-01-10, multiply: {cashback: 2}, holdout: 100}"
    Path(draft).write_text(f"{DOCUMENT}campaigns: [{sale}]\n")
    monkeypatch.setattr(commands, "time", SimpleNamespace(time=lambda: SEPTEMBER_2026))
    assert main(["programme", "publish", draft, "--effective-at", since]) == 0
    assert ("holds everybody out" not in capsys.readouterr().err) == is_over


def test_what_changes_is_said_and_a_script_is_not_asked(
    api: FakeApi, draft: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["programme", "publish", draft]) == 0
    assert capsys.readouterr().out.splitlines() == [*CHANGES, HOLDS]
    ((path, body, headers),) = api.published
    assert (path, body, headers["If-Match"]) == ("/v1/programme", Path(draft).read_bytes(), "3")


def test_where_orders_are_named_a_summary_stands_before_it(
    api: FakeApi, draft: str, orders: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["programme", "publish", draft, "--csv", orders, "--effective-at", "2027-01-01T00:00:00Z"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[:3] == [*CHANGES, "1 order of 1 member, 2026-01-05 to 2026-01-05"]
    assert any(line.split() == ["given", "4.00", "EUR", "5.00", "EUR"] for line in printed)
    assert printed[-1] == HOLDS
    assert api.published[0][0] == "/v1/programme?effective_at=2027-01-01T00%3A00%3A00Z"


def test_the_first_version_has_nothing_to_be_compared_with(
    api: FakeApi, draft: str, orders: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.source = ""
    assert main(["programme", "publish", draft, "--csv", orders]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("1 order of 1 member")
    assert "current" not in printed
    assert api.published[0][2]["If-Match"] == "0"


def test_what_is_in_force_already_is_not_published_again(
    api: FakeApi, draft: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(draft).write_text(f"# the same with a comment\n{DOCUMENT}")
    assert main(["programme", "publish", draft]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line == "nothing differs from version 3, which is in force: there is nothing to publish"
    assert not api.published


def test_a_planned_version_can_be_published_for_an_earlier_day(
    api: FakeApi, draft: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.in_force = 2
    Path(draft).write_text(DOCUMENT)
    assert main(["programme", "publish", draft]) == 0
    unchanged = "nothing differs from version 3, which holds from 2026-12-01T00:00:00Z"
    assert capsys.readouterr().out.splitlines() == [unchanged, HOLDS]
    assert len(api.published) == 1


def test_a_version_that_would_be_refused_now_is_compared_all_the_same(
    api: FakeApi, draft: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.source = BEGUN_EARLIER
    assert main(["programme", "publish", draft]) == 0
    assert (
        "Rule cashback: now can be spent after 0 days (before: can be spent after 9 days)." in capsys.readouterr().out
    )


@pytest.mark.parametrize(("typed", "words", "count"), [("y", [], 1), ("n", [], 0), ("", [], 0), ("n", ["--yes"], 1)])
def test_a_person_is_asked(
    api: FakeApi, draft: str, monkeypatch: pytest.MonkeyPatch, typed: str, words: list[str], count: int
) -> None:
    screen = at_a_terminal(monkeypatch, f"{typed}\n")
    assert main(["programme", "publish", draft, *words]) == (0 if count else 1)
    assert len(api.published) == count
    assert ("Publish it? [y/N] " in screen.getvalue()) == (not words)


def test_what_is_shown_can_be_edited_and_published(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    """The line about the version became part of the next one's text."""
    assert main(["programme", "show"]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == (DOCUMENT, "# version 3, from 2026-12-01T00:00:00Z; in force: version 3\n")


def test_a_document_that_is_wrong_is_not_even_compared(
    api: FakeApi, draft: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(draft).write_text(DOCUMENT.replace("percent: 5", "percent: 500"))
    assert main(["programme", "publish", draft]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "earn[0].percent must be between 0 and 100, got 500\n")
    assert api.published == []


def test_what_cannot_change_is_refused_before_the_difference_is_told(
    api: FakeApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    goal = "goals: [{id: often, measure: orders, target: 3, badge: {en: Often}}]\n"
    api.source, path = DOCUMENT + goal, tmp_path / "draft.yaml"
    path.write_text((DOCUMENT + goal).replace("target: 3", "target: 4").replace("percent: 5", "percent: 4"))
    assert main(["programme", "publish", str(path), "--yes"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("goals[0].target cannot change") == 1
    assert api.published == []
