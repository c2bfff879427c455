"""The report of a campaign as a command gives it, of an export of the books."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import NotFound
from chalicelib.domain.reports import campaign_effect
from chalicelib.domain.reports.campaign_effect import CampaignArm
from chalicelib.store.codec import item_of
from infra import campaign_report
from infra.__main__ import main
from infra.audit.sources import pieces
from tests.domain.reports.test_campaign_effect import summer
from tests.proof.verify_world import exported
from tests.world.memory import Memory


@pytest.fixture(scope="module")
def books() -> Memory:
    return summer()


def written(books: Memory, folder: Path) -> Path:
    path = folder / "export.ndjson"
    path.write_bytes(b"".join(exported(item_of(record)) for record in books.records.values()))
    return path


def test_it_is_the_report_of_all_records_of_the_file(books: Memory, tmp_path: Path) -> None:
    expected = campaign_effect.report_of(books.records.values(), "summer")
    assert campaign_report.report_of(pieces([written(books, tmp_path)]), "summer") == expected
    assert expected.treated.orders > 0


def test_one_order_of_one_buyer_is_told_in_the_singular(books: Memory) -> None:
    report = campaign_effect.report_of(books.records.values(), "summer")
    arms = {"treated": CampaignArm(1, 1, {"EUR/2": 100}), "held_out": CampaignArm(2000, 1, {})}
    lines = list(campaign_report.lines(replace(report, **arms)))
    assert "  treated    1 order of 1 buyer, 1.00 EUR of goods" in lines
    assert "  held out   2,000 orders of 1 buyer, nothing of goods" in lines


def test_the_command_prints_it(books: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(books, tmp_path))
    assert main(["campaign", "report", "summer", "--file", path]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Campaign summer, 2027-06-21 to 2027-07-04\n  has cost   ")
    assert "of those who had bought before" in text
    assert main(["campaign", "report", "summer", "--file", path, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["currency"] == "EUR"
    assert answer["effect"]["verdict"] == "shown"
    assert answer["effect"]["note"] == "The difference is larger than chance alone would make it."


def test_a_campaign_that_no_version_has_is_named_with_those_there_are(
    books: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(books, tmp_path)
    assert main(["campaign", "report", "winter", "--file", str(path)]) == 1
    assert capsys.readouterr().err.strip() == "there is no campaign winter; there are: summer"
    with pytest.raises(NotFound):
        campaign_report.report_of(pieces([path]), "winter")
