"""What-if gives what the engine gives for the same orders, to the cent, and what an independent loop gives."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.commands import UpdateMember
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.records import Conversion
from chalicelib.domain.rewards import valuation
from chalicelib.store.codec import item_of
from chalicelib.what_if import grants
from chalicelib.what_if.log import Content, Log
from chalicelib.what_if.replay import Outcome, replay
from infra.__main__ import main
from infra.progress import ProgressLine
from infra.what_if import picture
from infra.what_if.answer import Question, of_table
from infra.what_if.csv_orders import read as read_csv
from tests.infra import what_if_orders as books_of
from tests.infra.what_if_orders import START, Bought, csv_file, held, played, read
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    CONNECTION,
    OTHER_CODE,
    claim,
    issue,
    line,
    merge,
    order,
    programme_of,
    refund,
    settle,
    void,
)
from tests.world.memory import Memory

MEMBERS = (ANNA, *(f"shop.f{number}" for number in range(5)))
EUR = "EUR/2"

CASHBACK: dict[str, Any] = {"id": "cashback", "percent": 5}
PROGRAMMES: dict[str, dict[str, Any]] = {
    "one rule": {"earn": [CASHBACK]},
    "days": {"earn": [CASHBACK | {"vest_days": 3, "expire_days": 20}], "timezone": "Europe/Paris"},
    "many lots": {
        "earn": [CASHBACK | {"expire_days": 300}, {"id": "b", "amount": 1, "vest_days": 9, "expire_days": 99}]
    },
    "idle": {"earn": [CASHBACK | {"expire_days": 60}], "inactive_days": 10},
    "idle alone": {"earn": [CASHBACK], "inactive_days": 10},
    "best": {"earn": [CASHBACK, {"id": "flat", "amount": 3, "minimum": 20}], "combine": "best"},
    "rates": {"earn": [CASHBACK | {"rates": [{"match": {"skus": ["S1"]}, "percent": 20}], "cap": 8}]},
    "limits": {
        "earn": [
            CASHBACK | {"limits": [{"amount": 6, "per": "day"}, {"amount": 20, "per": "month"}], "expire_days": 50},
            {"id": "flat", "amount": 1},
        ]
    },
    "budget": {"earn": [CASHBACK | {"budget": 12}, {"id": "other", "percent": 3, "budget": 40}]},
    "friends": {
        "earn": [CASHBACK],
        "referral": {"percent": 10, "welcome": {"amount": 3, "expire_days": 30}, "qualifies": {"minimum": 15}},
    },
    "few bonuses": {"earn": [], "referral": {"amount": 7, "friends": 1, "limit": 2, "window_days": 10}},
    "fast friends": {
        "earn": [],
        "referral": {
            "percent": 10,
            "friends": 1,
            "velocity": {"bonuses": 1, "days": 5},
            "qualifies": {"first_order": False},
        },
    },
}


@st.composite
def bought(draw: st.DrawFn) -> list[Bought]:
    """Some orders of few members, the earliest first, at different seconds."""
    count = draw(st.integers(1, 40))
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 (no secret)
    span, members = rng.choice((3, 40, 200)) * DAY_S, MEMBERS[: rng.choice((1, 2, len(MEMBERS)))]
    instants = sorted(rng.sample(range(span), count))
    return [
        Bought(
            rng.choice(members),
            after,
            tuple(rng.choice((0, 1, 999, 2500, 10_000)) for _ in range(rng.choice((1, 1, 2, 3)))),
            rng.random() < 0.4,
        )
        for after in instants
    ]


def by_member(outcome: Outcome, names: list[str]) -> dict[str, int]:
    return {names[member]: amount for member, amount in enumerate(outcome.assets[EUR].of_members) if amount}


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMMES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=bought())
def test_the_engine_gives_the_same(
    orders: list[Bought], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each member was given, can spend, can spend later and has lost by time, in the books of the engine."""
    monkeypatch.setattr(grants, "CONNECTION", CONNECTION)  # which share of a budget is asked follows from the name
    programme = programme_of(**PROGRAMMES[name])
    memory = played(orders, programme)
    content = read(memory, tmp_path)
    outcome = replay(content.log, programme)
    figures = outcome.assets[EUR]
    assert by_member(outcome, content.log.members) == books_of.given(memory)
    assert (figures.redeemable, figures.pending) == held(memory, outcome.end)
    assert figures.given == figures.redeemable + figures.pending + figures.expired == sum(outcome.by_rule.values())
    assert sum(figures.by_day.values()) == figures.given
    assert sum(figures.expired_at.values()) == figures.expired
    assert content.current == programme


def test_what_lapsed_by_idleness_is_no_more_with_the_next_reward(tmp_path: Path) -> None:
    """A reward that ends by idleness alone was added to what had lapsed before it, and could be spent with that."""
    programme = programme_of(inactive_days=10)
    memory = played([Bought(ANNA, 0), Bought(ANNA, 20 * DAY_S)], programme)
    figures = replay(read(memory, tmp_path).log, programme).assets[EUR]
    assert (figures.given, figures.redeemable, figures.expired) == (1000, 500, 500)
    assert figures.expired_at == {START + 11 * DAY_S: 500}


def after(*commands: Any, rules: Any = None) -> Memory:
    """The books of two orders of 100.00 by Anna and Ben, after some commands."""
    memory = played([Bought(ANNA, 0), Bought(BEN, 60)], rules or programme_of())
    for command in commands:
        memory.execute(command, START + 3600)
    return memory


@pytest.mark.parametrize(
    ("commands", "orders", "amount"),
    [
        ([], 2, 1000),
        ([refund("0", amount=4000)], 2, 800),
        ([void("0", ANNA, stamp_ms=(START + 99) * 1000, at=START)], 1, 500),
    ],
)
def test_what_was_refunded_earns_nothing(tmp_path: Path, commands: list[Any], orders: int, amount: int) -> None:
    log = read(after(*commands), tmp_path).log
    assert log.kept_orders() == orders
    assert replay(log, programme_of()).assets[EUR].given == amount


def test_a_merged_members_orders_are_the_survivors(tmp_path: Path) -> None:
    content = read(after(merge(BEN)), tmp_path)
    assert by_member(replay(content.log, programme_of()), content.log.members) == {ANNA: 1000}


@pytest.mark.parametrize(("listed", "amount"), [(ANNA, 2000), (BEN, 2000), (CLEO, 2000), ("shop.x", 1000)])
def test_a_campaign_is_for_the_orders_of_a_listed_member_that_was_merged(
    tmp_path: Path, listed: str, amount: int
) -> None:
    content = read(after(merge(CLEO, BEN, must_exist=False), merge(BEN)), tmp_path)
    days = {"starts": "2020-01-01", "ends": "2099-12-31"}
    campaign = {"id": "few", "multiply": {"cashback": 2}, "audience": {"members": [listed]}, **days}
    assert by_member(replay(content.log, programme_of(campaigns=[campaign])), content.log.members) == {ANNA: amount}


def test_a_friend_by_a_claim_converts_without_a_code(tmp_path: Path) -> None:
    programme = programme_of(earn=[], referral={"percent": 10, "friends": 1})
    memory = Memory(programme)
    for command in (issue(), claim(BEN)):
        memory.execute(command, START - 60)
    memory.execute(order("1", BEN, at=START), START)
    content = read(memory, tmp_path)
    outcome = replay(content.log, programme)
    assert (outcome.converted, outcome.bonuses) == (1, 1)
    assert by_member(outcome, content.log.members) == {ANNA: 1000}


OPEN: dict[str, Any] = {"earn": [], "referral": {"percent": 10, "friends": 1, "qualifies": {"first_order": False}}}
"""A bonus for each friend, also for one who has bought before."""


def bonuses(folder: Path, parts: dict[str, Any], *commands: tuple[Any, int]) -> dict[str, int]:
    """What referrers are given for commands, each so many seconds after START, by what-if as by the books."""
    programme = programme_of(**parts)
    memory = Memory(programme)
    for command, after in commands:
        memory.execute(command, START + after)
        for conversion in memory.all(Conversion):
            if conversion.todo:
                memory.execute(settle(conversion.friend, referrer=conversion.referrer), START + after)
    content = read(memory, folder)
    amounts = by_member(replay(content.log, programme), content.log.members)
    assert amounts == books_of.given(memory)
    return amounts


def paid(number: str, buyer: str, after: int, **parts: Any) -> tuple[Any, int]:
    """An order of 100.00 that is heard of when it is paid."""
    return order(number, buyer, at=START + after, **parts), after


def test_an_order_with_the_friends_own_code_does_not_convert(tmp_path: Path) -> None:
    """Ben's first order is too small, his second one names his own code; so Anna waits for the third."""
    rules = {"earn": [], "referral": {"percent": 10, "friends": 1, "qualifies": {"minimum": 20}}}
    small = order("1", BEN, line(net=1000), at=START + 10, code=CODE), 10
    codes = (issue(), 0), (issue(BEN, OTHER_CODE), 0)
    orders = small, paid("2", BEN, 20, code=OTHER_CODE), paid("3", BEN, 30, shipping_net=5)
    assert bonuses(tmp_path, rules, *codes, *orders[:2]) == {}
    assert bonuses(tmp_path, rules, *codes, *orders) == {ANNA: 1000}


def test_whoever_has_claimed_another_code_converts_with_the_own_one_too(tmp_path: Path) -> None:
    codes = (issue(), 0), (issue(BEN, OTHER_CODE), 0)
    assert bonuses(tmp_path, OPEN, *codes, (claim(BEN), 10), paid("1", BEN, 20, code=OTHER_CODE)) == {ANNA: 1000}
    assert bonuses(tmp_path, OPEN, *codes, paid("1", BEN, 10, code=OTHER_CODE), (claim(BEN), 20)) == {}


@pytest.mark.parametrize("code", ["", "NOBODYS"])
def test_an_order_before_a_claim_converts_where_it_was_heard_of_after_it(tmp_path: Path, code: str) -> None:
    early, late = paid("1", BEN, 10, code=code), (paid("1", BEN, 10, code=code)[0], 30)
    assert bonuses(tmp_path, OPEN, (issue(), 0), early, (claim(BEN), 20)) == {}
    assert bonuses(tmp_path, OPEN, (issue(), 0), (claim(BEN), 20), late) == {ANNA: 1000}


def test_a_code_of_the_account_is_the_guests_own(tmp_path: Path) -> None:
    """Ben has bought as a guest before he has an account, which shares its code: the guest stands for both."""
    guest, account = paid("1", "guest.ben", 0, email_hash="ben"), paid("2", BEN, 10, email_hash="ben")
    own = paid("3", "guest.ben", 20, email_hash="ben", code=CODE)
    assert bonuses(tmp_path, OPEN, guest, account, (issue(BEN), 15), own) == {}


def test_an_order_with_the_referrers_e_mail_does_not_convert(tmp_path: Path) -> None:
    profile = UpdateMember(ANNA, "anna@example.com", "anna", "Anna", "fr", {}), 0
    order_of_ben = paid("1", BEN, 20, email_hash="anna")
    assert bonuses(tmp_path, OPEN, profile, (issue(), 0), (claim(BEN), 10), order_of_ben) == {}
    bought_before, by_code = paid("1", BEN, 10), paid("2", BEN, 20, email_hash="anna", code=CODE)
    later = paid("3", BEN, 30, code=OTHER_CODE)
    codes = (issue(), 0), (issue(CLEO, OTHER_CODE), 0)
    assert bonuses(tmp_path, OPEN, profile, *codes, bought_before, by_code) == {}
    # That order has made him nobody's friend, so that the next code counts.
    assert bonuses(tmp_path, OPEN, profile, *codes, bought_before, by_code, later) == {CLEO: 1000}


def test_tests_and_unpaid_orders_are_passed_over(tmp_path: Path) -> None:
    memory = after(order("t", ANNA, test=True, at=START), order("u", ANNA, paid=False, at=START))
    assert (len(read(memory, tmp_path).log), read(memory, tmp_path).log.passed_over) == (2, 2)


def purchases(count: int) -> list[dict[str, object]]:
    """A log like CDNOW's: a customer, a day, dollars; most customers buy little, some very often."""
    rng = random.Random(1997)  # noqa: S311 (no secret)
    rows: list[dict[str, object]] = []
    for number in range(count):
        customer = int(rng.paretovariate(0.9))
        day = f"1997-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        dollars = f"{rng.randrange(0, 20_000) / 100:.2f}"
        rows.append({"order": number, "customer": customer, "paid_at": day, "currency": "USD", "net": dollars})
    return rows


def test_five_percent_of_a_log_of_purchases_are_the_cents_of_an_independent_loop(tmp_path: Path) -> None:
    rows = purchases(3000)
    programme = programme_of(currency="USD", earn=[CASHBACK | {"expire_days": 60}])
    log = read_csv(csv_file(tmp_path, rows), programme.timezone)
    total, members = 0, dict[str, int]()
    for row in rows:
        dollars, _, cents = str(row["net"]).partition(".")
        earned = ((int(dollars) * 100 + int(cents)) * 5 * 2 + 100) // 200  # a half cent is a cent
        total += earned
        members[str(row["customer"])] = members.get(str(row["customer"]), 0) + earned
    outcome = replay(log, programme)
    assert outcome.assets["USD/2"].given == total
    names = log.members
    assert {names[number]: amount for number, amount in enumerate(outcome.assets["USD/2"].of_members)} == members


def test_what_is_remembered_of_a_content_is_what_it_is_worth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programme = programme_of(
        currency="USD", earn=[CASHBACK | {"vest_days": 3, "expire_days": 30}, {"id": "b", "amount": 1}]
    )
    log = read_csv(csv_file(tmp_path, purchases(300)), programme.timezone)
    remembered = replay(log, programme)
    monkeypatch.setattr("chalicelib.domain.rewards.cashback.Cashback.FROM_KEPT_ALONE", False)
    assert replay(log, programme) == remembered


def test_equal_contents_are_asked_for_once_though_rules_for_activities_stand_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, asked = valuation.earned, list[str]()

    def noted(kept: Any, sale: Any) -> Any:
        asked.append(sale.level)
        return honest(kept, sale)

    monkeypatch.setattr(valuation, "earned", noted)
    review = {"id": "review", "give": 5, "of": "points", "on": "review"}
    steps = [{"id": "green", "at": 0}, {"id": "gold", "at": 30, "multiply": {"cashback": 2}}]
    programme = programme_of(
        earn=[CASHBACK, review], assets={"points": {}}, levels={"steps": steps, "counts": "at_once"}, referral=None
    )
    rows = [
        {"order": day, "customer": "c", "paid_at": f"2026-03-{day:02d}", "currency": "EUR", "net": 20}
        for day in range(1, 5)
    ]
    outcome = replay(read_csv(csv_file(tmp_path, rows), "UTC"), programme)
    assert (outcome.assets["EUR/2"].given, asked) == (100 + 100 + 200 + 200, [""])


def test_the_day_is_named_on_which_a_budget_runs_out(tmp_path: Path) -> None:
    rows = [
        {"order": day, "customer": f"c{day}", "paid_at": f"2026-03-{day:02d}", "currency": "EUR", "net": 100}
        for day in range(1, 20)
    ]
    programme = programme_of(earn=[CASHBACK | {"budget": 40}, {"id": "small", "percent": 1, "budget": 1000}])
    first, second = replay(read_csv(csv_file(tmp_path, rows), "UTC"), programme).budgets
    assert (first.given, str(first.ran_out)) == (4000, "2026-03-08")
    assert (second.given, second.ran_out) == (1900, None)


SUMMER_ELSEWHERE = (
    "{id: may, starts: 2026-01-01, ends: 2026-01-31, multiply: {cashback: 2}, audience: {members: [x.y]}}"
)
DRAFT = """\
name: Draft
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
earn:
  - {id: cashback, percent: 5}
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A draft of 5%, a current programme of 3% but nothing below 50.00, and three orders, of 100, 40 and 60."""
    rows = [
        {"order": 1, "customer": "a", "paid_at": "2026-01-05", "currency": "EUR", "net": "100.00"},
        {"order": 2, "customer": "b", "paid_at": "2026-02-05", "currency": "EUR", "net": "40.00"},
        {
            "order": 3,
            "customer": "a",
            "paid_at": "2026-02-06",
            "currency": "EUR",
            "net": "60.00",
            "status": "cancelled",
        },
    ]
    orders = csv_file(tmp_path, rows, ("order", "customer", "paid_at", "currency", "net", "status"))
    (tmp_path / "draft.yaml").write_text(DRAFT)
    (tmp_path / "current.yaml").write_text(DRAFT.replace("percent: 5", "percent: 3, minimum: 50"))
    return {"csv": str(orders), "draft": str(tmp_path / "draft.yaml"), "current": str(tmp_path / "current.yaml")}


def test_the_command_prints_what_a_draft_gives(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["what-if", files["draft"], "--csv", files["csv"], "--against", files["current"]]) == 0
    printed = capsys.readouterr()
    assert printed.out == (
        "2 orders of 2 members, 2026-01-05 to 2026-02-05\n"
        "1 more order was not paid or is a test, and does not count\n"
        "\n"
        "                            draft   current\n"
        "given                    7.00 EUR  3.00 EUR\n"
        "of that expired          0.00 EUR  0.00 EUR\n"
        "members can spend        7.00 EUR  3.00 EUR\n"
        "members can spend later  0.00 EUR  0.00 EUR\n"
        "owed to members in all   7.00 EUR  3.00 EUR\n"
        "  given by cashback      7.00 EUR  3.00 EUR\n"
        "orders that earn                2         1\n"
        "members who earn                2         1\n"
        "EUR: more for 2 members, 4.00 EUR together; less for 0, 0.00 EUR together; the same for 0\n"
        "Not in these figures: what members spend. What is owed is therefore the most that it can be.\n"
    )
    assert printed.err == ""


@pytest.mark.parametrize(
    ("refunded", "told"),
    [
        (1, "of 1 more order nothing was kept; its member is counted here"),
        (2, "of 2 more orders nothing was kept; their members are counted here"),
    ],
)
def test_orders_that_were_refunded_are_told_beside_those_of_which_something_was_kept(
    refunded: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`1 order of 2 members`, and nothing of the other one's."""
    rows: list[dict[str, str | int]] = [
        {
            "order": number,
            "customer": f"c{number}",
            "paid_at": "2026-01-05",
            "currency": "EUR",
            "net": "40.00",
            "status": "refunded" if number else "paid",
        }
        for number in range(refunded + 1)
    ]
    orders = csv_file(tmp_path, rows, ("order", "customer", "paid_at", "currency", "net", "status"))
    (tmp_path / "draft.yaml").write_text(f"{DRAFT}campaigns: [{SUMMER_ELSEWHERE}]\n")
    assert main(["what-if", str(tmp_path / "draft.yaml"), "--csv", str(orders)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"1 order of {refunded + 1} members, 2026-01-05 to 2026-01-05", told]
    costs = next(line for line in lines if line.startswith("campaign may costs"))
    assert costs.split()[-1] == "nothing"


def test_the_command_prints_json_in_minor_units(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["what-if", files["current"], "--csv", files["csv"], "--against", files["draft"], "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["orders"], answer["members"], answer["passed_over"]) == (2, 2, 1)
    assert answer["given"] == answer["liability"] == answer["redeemable"] == answer["by_rule"]["cashback"] == {EUR: 300}
    assert answer["expired"] == answer["pending"] == {EUR: 0}
    assert answer["current"]["given"] == {EUR: 700}
    assert answer["winners"] == {EUR: {"members": 0, "amount": 0}}
    assert answer["losers"] == {EUR: {"members": 2, "amount": -400}}


def test_a_picture_says_in_words_what_it_shows(files: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "picture.svg"
    words = ["what-if", files["draft"], "--csv", files["csv"], "--against", files["current"], "--picture", str(place)]
    assert main(words) == 0
    text = place.read_text()
    root = ET.fromstring(text)  # noqa: S314 (our own)
    assert root[0].text == (
        "What if: Draft: the draft gives 7.00 EUR and owes 7.00 EUR at the end; "
        "the current programme gives 3.00 EUR and owes 3.00 EUR at the end."
    )
    shown = [element.text for element in root if element.tag.endswith("text")]
    assert {"2026-01", "2026-02", "the draft", "the current programme", "given each month, EUR"} <= set(shown)
    bars = [element for element in root if element.get("class") in ("draft", "current") and element.get("rx") == "1"]
    assert len(bars) == 4
    assert "prefers-color-scheme: dark" in text


def test_the_books_are_compared_with_the_programme_in_force(
    tmp_path: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    read(after(rules=programme_of(earn=[CASHBACK | {"percent": 2}])), tmp_path)
    assert main(["what-if", files["draft"], "--file", str(tmp_path / "export.ndjson"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["given"], answer["current"]["given"]) == ({EUR: 1000}, {EUR: 400})


def test_where_there_is_no_order_that_is_said(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files["csv"]).write_text("order,customer,paid_at,currency,net\n")
    assert main(["what-if", files["draft"], "--csv", files["csv"]]) == 1
    assert capsys.readouterr().err == f"{files['csv']} has no paid orders\n"


def test_rewards_beyond_all_measure_are_told(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    rule = "{id: leaves, give: 1000000, of: points, per: {EUR: 0.01}}"
    Path(files["draft"]).write_text(DRAFT.replace("{id: cashback, percent: 5}", rule) + "assets: {points: {}}\n")
    Path(files["csv"]).write_text("order,customer,paid_at,currency,net\n1,a,2026-01-05,EUR,10000000000000\n")
    assert main(["what-if", files["draft"], "--csv", files["csv"]]) == 1
    told = "a member is given more than 9 * 10^18 units of one asset; look at what the rules give\n"
    assert capsys.readouterr() == ("", told)


class ReadOnlyTable:
    """A live table as what-if sees it: it can be scanned, and nothing else."""

    name = "ristourne-test"

    def __init__(self, memory: Memory) -> None:
        self.items = [item_of(record) for record in memory.records.values()]

    def scan(self, segment: int, total: int) -> Iterator[list[Any]]:
        assert (segment, total) == (0, 1)
        yield self.items[:5]
        yield self.items[5:]


def test_a_live_table_is_only_scanned() -> None:
    stream = io.StringIO()
    answer = of_table(
        ReadOnlyTable(after()), Question(programme_of(earn=[CASHBACK | {"percent": 8}])), ProgressLine(stream)
    )
    assert answer.summary.draft.given == {EUR: 1600}
    assert answer.summary.current is not None
    assert answer.summary.current.given == {EUR: 1000}
    assert stream.getvalue() == ""


def test_an_order_is_valued_by_the_labels_of_the_catalogue_and_in_its_own_currency(tmp_path: Path) -> None:
    rows = [
        {
            "order": 1,
            "customer": "a",
            "paid_at": "2026-01-05",
            "currency": "EUR",
            "net": 100,
            "sku": "T",
            "category": "",
        },
        {
            "order": 2,
            "customer": "a",
            "paid_at": "2026-01-05",
            "currency": "JPY",
            "net": 1000,
            "sku": "",
            "category": "tea",
        },
        {
            "order": 3,
            "customer": "a",
            "paid_at": "2026-01-05",
            "currency": "USD",
            "net": 100,
            "sku": "T",
            "category": "",
        },
    ]
    programme = programme_of(
        currencies=["JPY"],
        earn=[CASHBACK | {"rates": [{"match": {"categories": ["tea"]}, "percent": 20}]}],
        catalogue=[{"skus": ["T"], "categories": ["tea"]}],
    )
    outcome = replay(read_csv(csv_file(tmp_path, rows), "UTC"), programme)
    assert {asset: figures.given for asset, figures in outcome.assets.items()} == {EUR: 2000, "JPY/0": 200}
    assert outcome.rewarded_orders == 2


def test_a_draft_that_gives_nothing_is_drawn_and_told_too(files: dict[str, str], tmp_path: Path) -> None:
    Path(files["draft"]).write_text(DRAFT.partition("earn:")[0])
    place = tmp_path / "p.svg"
    assert main(["what-if", files["draft"], "--csv", files["csv"], "--picture", str(place)]) == 0
    ET.fromstring(place.read_text())  # noqa: S314 (our own)


@pytest.mark.parametrize(("months", "shown"), [(30, "2026-01"), (60, "2026")])
def test_very_many_months_are_drawn_as_years(tmp_path: Path, months: int, shown: str) -> None:
    rows = [
        {
            "order": month,
            "customer": "a",
            "paid_at": f"{2026 + month // 12}-{month % 12 + 1:02d}-15",
            "currency": "EUR",
            "net": 100,
        }
        for month in range(months)
    ]
    programme = programme_of(earn=[CASHBACK | {"expire_days": 40}])
    outcome = replay(read_csv(csv_file(tmp_path, rows), "UTC"), programme)
    assert f">{shown}</text>" in picture.svg(programme, outcome, None)


def test_what_is_owed_at_the_end_of_a_month_is_what_was_given_and_has_not_expired(tmp_path: Path) -> None:
    """5.00 are given on 15 January, 15 February and 15 March; each is gone at the end of the 20th day after."""
    rows = [
        {"order": month, "customer": "a", "paid_at": f"2026-{month:02d}-15", "currency": "EUR", "net": 100}
        for month in (1, 2, 3)
    ]
    programme = programme_of(earn=[CASHBACK | {"expire_days": 20}])
    figures = replay(read_csv(csv_file(tmp_path, rows), "UTC"), programme).assets[EUR]
    series = picture.series_of(figures, ["2026-01", "2026-02", "2026-03"], "UTC")
    assert series == picture.Series((500, 500, 500), (500, 500, 500))
    assert (figures.expired, figures.liability) == (1000, 500)


@pytest.mark.parametrize(("most", "kept", "dropped"), [(4, [30, 10, 20, 40], 0), (3, [30, 20, 40], 1), (1, [40], 3)])
def test_the_newest_orders_are_kept_with_what_belongs_to_them(most: int, kept: list[int], dropped: int) -> None:
    log = Log()
    log.refused = {1, 2}
    for at in (30, 10, 20, 40):
        number = log.add(at, at + 1, log.member(f"m{at}"), "EUR", log.number_of(Content(shipping_net=at)))
        log.owners[number] = log.member(f"owner of {at}")
        if at != 20:
            log.persons[number] = log.member(f"person of {at}")
    assert log.keep_newest(most) == dropped
    assert list(log.at) == kept
    for number, at in enumerate(kept):
        assert log.delivered_at[number] == at + 1
        assert log.buyer[number] == log.member(f"m{at}")
        assert log.content_numbered(log.content[number]).shipping_net == at
        assert log.owners[number] == log.member(f"owner of {at}")
        assert log.persons.get(number) == (None if at == 20 else log.member(f"person of {at}"))
    assert len(log.owners) == len(kept)
    assert log.refused == {kept.index(at) for at in (10, 20) if at in kept}
