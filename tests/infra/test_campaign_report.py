"""A campaign's report: its cost is what the entries say, and its effect what an independent computation gives."""

from __future__ import annotations

import json
from hashlib import blake2b
from math import sqrt
from pathlib import Path
from statistics import fmean, variance
from typing import Any

import pytest

from chalicelib.domain.core.phrases import written as written_out
from chalicelib.domain.errors import NotFound
from chalicelib.domain.records import Entry
from chalicelib.domain.reports.campaign_effect import CampaignReport
from chalicelib.store.codec import item_of
from infra import campaign_report
from infra.__main__ import main
from infra.audit.sources import pieces
from tests.domain.rewards.progress.shops import bought, instant, shop
from tests.proof.verify_world import exported
from tests.world.builders import line, refund
from tests.world.memory import Memory

PEOPLE = [f"shop.m{number}" for number in range(160)]
LEAVES = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
CAMPAIGN: dict[str, Any] = {
    "id": "summer",
    "starts": "2027-06-21",
    "ends": "2027-07-04",
    "multiply": {"leaves": 3},
    "holdout": 40,
}


def held_out(person: str) -> bool:
    """As PROGRAMME says it: blake2b-64 of salt, NUL and the person, modulo 10,000, below 100 times the percent."""
    digest = blake2b(b"summer\0" + person.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 10_000 < 4_000


def spent_in_summer(number: int) -> int:
    """Cents: every fifth buys nothing; who is treated buys for a third more."""
    base = 1500 + 13 * number if number % 5 else 0
    return base if held_out(PEOPLE[number]) else base * 4 // 3


@pytest.fixture(scope="module")
def books() -> Memory:
    memory = shop(earn=[LEAVES], campaigns=[CAMPAIGN])
    for number, person in enumerate(PEOPLE):
        memory.execute(*bought(f"a{number}", "2027-05-01", line(net=1000), buyer=person))
        if spent_in_summer(number):
            memory.execute(*bought(f"b{number}", "2027-06-25", line(net=spent_in_summer(number)), buyer=person))
    memory.execute(*bought("late", "2027-07-05", line(net=99_900), buyer=PEOPLE[1]))
    memory.execute(*bought("new", "2027-06-30", line(net=88_800), buyer="shop.newcomer"))
    memory.execute(refund("b1", "r", amount=spent_in_summer(1) // 3), instant("2027-07-01"))
    return memory


def written(books: Memory, folder: Path) -> Path:
    path = folder / "export.ndjson"
    path.write_bytes(b"".join(exported(item_of(record)) for record in books.records.values()))
    return path


@pytest.fixture
def report(books: Memory, tmp_path: Path) -> CampaignReport:
    return campaign_report.report_of(pieces([written(books, tmp_path)]), "summer")


def test_its_cost_is_what_the_entries_of_its_rule_add_up_to(books: Memory, report: CampaignReport) -> None:
    postings = [(entry.member, posting) for entry in books.all(Entry) for posting in entry.postings]
    cost = sum(posting.signed(member) for member, posting in postings if posting.why.rule == "summer")
    assert report.cost == {"points": cost}
    assert cost > 0


def test_its_orders_stand_by_arm(report: CampaignReport) -> None:
    buyers = [number for number in range(160) if spent_in_summer(number)]
    out = [number for number in buyers if held_out(PEOPLE[number])]
    new = held_out("shop.newcomer")
    assert (report.held_out.orders, report.held_out.buyers) == (len(out) + new, len(out) + new)
    assert report.treated.orders == len(buyers) - len(out) + (not new)


def test_its_effect_is_the_difference_of_means_with_welchs_interval(report: CampaignReport) -> None:
    """Written apart, with the standard library's own variance; a quantile of 1.959964 is the normal one."""
    spent = [spent_in_summer(number) - (spent_in_summer(1) // 3 if number == 1 else 0) for number in range(160)]
    arms = {out: [spent[n] for n in range(160) if held_out(PEOPLE[n]) is out] for out in (False, True)}
    difference = fmean(arms[False]) - fmean(arms[True])
    reach = 1.959964 * sqrt(sum(variance(arm) / len(arm) for arm in arms.values()))
    effect = report.effect
    assert (effect.treated, effect.held_out) == (len(arms[False]), len(arms[True]))
    assert effect.difference == pytest.approx(difference, abs=1)
    assert effect.interval == pytest.approx((difference - reach, difference + reach), abs=1)
    assert effect.verdict == ("shown" if difference > reach else "not_shown")


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"holdout": 0}, "It cannot be told: nobody is held out."),
        ({"audience": {"first_order": True}}, "It cannot be told: the campaign is for first orders"),
        ({}, "It cannot be told: of those who had bought before it began, 1 could get something and 0 were held out;"),
    ],
)
def test_where_nothing_can_be_told_it_says_why(change: Any, note: str, tmp_path: Path) -> None:
    memory = shop(earn=[LEAVES], campaigns=[CAMPAIGN | change])
    person = next(person for person in PEOPLE if not held_out(person))
    memory.execute(*bought("1", "2027-05-01", line(net=1000), buyer=person))
    effect = campaign_report.report_of(pieces([written(memory, tmp_path)]), "summer").effect
    assert written_out(effect.note).startswith(note)
    assert effect.interval is None


def test_arms_of_other_sizes_than_the_holdout_says_are_not_to_be_trusted(tmp_path: Path) -> None:
    """The percent was raised after the campaign, so that the newest version holds out others than those of then."""
    memory = shop(earn=[LEAVES], campaigns=[CAMPAIGN | {"salt": "x"}])
    digests = {n: blake2b(f"x\0p{n}".encode(), digest_size=8).digest() for n in range(2000)}
    few = [n for n, digest in digests.items() if int.from_bytes(digest, "big") % 10_000 < 4000]
    many = [n for n in digests if n not in few]
    for number in (*few[:160], *many[:40]):
        memory.execute(*bought(f"a{number}", "2027-05-01", line(net=1000), buyer=f"p{number}"))
    effect = campaign_report.report_of(pieces([written(memory, tmp_path)]), "summer").effect
    assert effect.verdict == "uneven_arms"


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
