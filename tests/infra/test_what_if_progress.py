"""What-if gives what the engine gives where levels, cards, goals and campaigns depend on who buys, and when."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.core.calendar import DAY_S, local_day
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Member, Order
from chalicelib.domain.rewards.campaigns import HELD_OUT
from chalicelib.domain.rewards.progress.levels import level_of
from chalicelib.what_if import grants
from chalicelib.what_if.replay import replay
from infra.__main__ import main
from tests.infra import what_if_orders as books_of
from tests.infra.what_if_orders import EUR, Bought, csv_file, held, played, read
from tests.world.builders import ANNA, CONNECTION, programme_of
from tests.world.memory import Memory

MEMBERS = (ANNA, *(f"shop.f{number}" for number in range(5)))

CASHBACK: dict[str, Any] = {"id": "cashback", "percent": 5}
POINTS: dict[str, Any] = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
GIFT: dict[str, Any] = {"give": 40, "of": "points"}
BADGE: dict[str, Any] = {"en": "Regular"}
SUMMER: dict[str, Any] = {"id": "summer", "starts": "2025-01-01", "ends": "2025-01-20", "multiply": {"leaves": 3}}
STEPS: list[dict[str, Any]] = [
    {"id": "green", "at": 0},
    {"id": "black", "at": 120, "multiply": {"cashback": "1.5", "leaves": "1.25"}, "gift": GIFT},
    {"id": "gold", "at": 300, "multiply": {"cashback": "1.5"}, "gift": {"amount": 2, "vest_days": 5}},
]
CARD: dict[str, Any] = {
    "id": "coffee",
    "counts": {"pieces": {"skus": ["S0"]}},
    "size": 3,
    "reward": {"amount": 4, "expire_days": 30},
}
EARN: list[dict[str, Any]] = [CASHBACK | {"expire_days": 60}, POINTS]
PROGRAMMES: dict[str, dict[str, Any]] = {
    "levels": {"levels": {"steps": STEPS}},
    "rolling, with grace": {"levels": {"steps": STEPS, "per": "rolling", "grace_days": 30}},
    "next month": {"levels": {"steps": STEPS, "counts": "next_month", "per": "lifetime"}, "timezone": "Europe/Paris"},
    "next month, with grace": {"levels": {"steps": STEPS, "counts": "next_month", "grace_days": 40}},
    "by orders": {"levels": {"measure": "orders", "steps": [STEPS[0], STEPS[1] | {"at": 3}]}},
    "by points": {
        "earn": [CASHBACK, POINTS | {"limits": [{"amount": 60, "per": "day"}]}],
        "levels": {"measure": "points", "steps": STEPS},
    },
    "by miles of two decimals": {
        "assets": {"points": {"decimals": 2}},
        "levels": {"measure": "points", "steps": STEPS},
    },
    "segments": {"segments": {"all": {}}, "campaigns": [SUMMER | {"audience": {"segments": ["all"]}}]},
    "cards": {
        "cards": [
            CARD,
            {"id": "two-orders", "counts": {"orders": True}, "size": 2, "reward": GIFT},
            {"id": "sums", "counts": {"per": {"EUR": 10}}, "size": 4, "reward": {"amount": 1}},
        ]
    },
    "goals": {
        "goals": [
            {"id": "spender", "measure": "spend", "target": 150, "per": "month", "reward": GIFT},
            {"id": "often", "measure": "orders", "target": 3, "per": "quarter", "reward": {"amount": 3}},
            {"id": "pieces", "measure": "pieces", "target": 4, "match": {"skus": ["S1"]}, "badge": BADGE},
            {"id": "days", "measure": "days", "target": 3, "per": "month", "reward": GIFT, "badge": BADGE},
            {"id": "streak", "measure": "weeks", "target": 3, "reward": {"amount": 5}},
        ]
    },
    "campaigns": {
        "earn": [*EARN, {"id": "extra", "amount": 1, "campaign": "first"}],
        "levels": {"steps": STEPS},
        "campaigns": [
            SUMMER | {"holdout": 40},
            {"id": "first", "starts": "2025-01-01", "ends": "2025-12-31", "audience": {"first_order": True}},
            SUMMER | {"id": "vip", "multiply": {"leaves": 2, "cashback": 2}, "audience": {"levels": ["black"]}},
        ],
    },
    "the best with a campaign": {
        "combine": "best",
        "earn": [CASHBACK, {"id": "flat", "amount": 3}, POINTS, {"id": "ten", "give": 10, "of": "points"}],
        "levels": {"steps": STEPS},
        "campaigns": [SUMMER | {"multiply": {"flat": 2, "ten": "1.5"}, "holdout": 40}],
    },
    "a campaign that ends": {
        "campaigns": [
            SUMMER | {"budget": 300, "limits": [{"amount": 90, "per": "week"}], "expire_days": 9},
            SUMMER | {"id": "few", "audience": {"members": [ANNA, MEMBERS[1]]}, "starts": "2025-01-03"},
        ]
    },
    "all at once": {
        "earn": [CASHBACK | {"limits": [{"amount": 9, "per": "month"}]}, POINTS],
        "levels": {"steps": STEPS},
        "cards": [CARD],
        "goals": [{"id": "spender", "measure": "spend", "target": 150, "per": "week", "reward": GIFT}],
        "campaigns": [SUMMER | {"holdout": 20}],
        "referral": {"percent": 10, "welcome": {"amount": 3}, "qualifies": {"minimum": 15}},
    },
}


def rules_of(name: str) -> Programme:
    return programme_of(**{"assets": {"points": {}}, "earn": EARN} | PROGRAMMES[name])


@st.composite
def bought(draw: st.DrawFn) -> list[Bought]:
    """Some orders of few members, the earliest first, at different seconds of up to two years."""
    count = draw(st.integers(1, 40))
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 (no secret)
    span, members = rng.choice((3, 40, 200, 700)) * DAY_S, MEMBERS[: rng.choice((1, 2, len(MEMBERS)))]
    instants = sorted(rng.sample(range(span), count))
    sums = (0, 1, 999, 2500, 10_000)
    return [
        Bought(
            rng.choice(members),
            after,
            tuple(rng.choice(sums) for _ in range(rng.choice((1, 1, 2, 3)))),
            rng.random() < 0.2,
        )
        for after in instants
    ]


def levels_in(memory: Memory, programme: Programme, end: int) -> Counter[str]:
    """How many who bought have each level at the end of a day."""
    views = [view for order in memory.all(Order) if (view := order.facts.view)]
    buyers = {view.buyer for view in views if programme.test_orders or not view.test}
    steps = (
        level_of(member, programme, local_day(end - 1, programme.timezone))
        for member in memory.all(Member)
        if member.member in buyers
    )
    return Counter(step.id for step in steps if step)


def judged_in(memory: Memory) -> Counter[str]:
    """How many orders have each campaign in their terms."""
    return Counter(name for order in memory.all(Order) for name in order.terms.campaigns)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMMES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=bought())
def test_the_engine_gives_the_same(
    orders: list[Bought], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each asset what each member was given and what is left of it, what each award gave, levels, and campaigns."""
    monkeypatch.setattr(grants, "CONNECTION", CONNECTION)  # which share of a budget is asked follows from the name
    rules = rules_of(name)
    memory = played(orders, rules)
    log = read(memory, tmp_path).log
    outcome, names = replay(log, rules), log.members
    for asset in (EUR, "points"):
        figures = outcome.assets.get(asset)
        amounts = {
            names[member]: amount for member, amount in enumerate(figures.of_members if figures else ()) if amount
        }
        assert amounts == books_of.given(memory, asset)
        assert held(memory, outcome.end, asset) == ((figures.redeemable, figures.pending) if figures else (0, 0))
    assert {source: amount for source, amount in outcome.by_rule.items() if amount} == books_of.by_rule(memory)
    assert Counter(outcome.levels) == levels_in(memory, rules, outcome.end)
    arms = {name: use.treated.orders for name, use in outcome.campaigns.items()}
    arms |= {f"{HELD_OUT}{name}": use.held_out.orders for name, use in outcome.campaigns.items()}
    assert Counter(arms) == judged_in(memory)


DRAFT = """\
name: Draft
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
assets: {points: {}}
earn:
  - {id: leaves, give: 1, of: points, per: {EUR: 1}}
levels: {steps: [{id: green, at: 0}, {id: black, at: 150, multiply: {leaves: 2}}]}
cards: [{id: coffee, counts: {orders: true}, size: 2, reward: {amount: 4}}]
goals: [{id: spender, measure: spend, target: 150, per: month, reward: {give: 50, of: points}}]
campaigns:
  - {id: tea, starts: 2026-01-06, ends: 2026-01-31, multiply: {leaves: 3}, audience: {members: [shop.a]}}
  - {id: control, starts: 2026-01-01, ends: 2026-01-31, multiply: {leaves: 3}, holdout: 100}
"""


def test_the_command_counts_levels_goals_cards_and_campaigns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ann's second order of 100.00 finds her green and in the campaign, and makes her black."""
    days = {"2026-01-05": "shop.a", "2026-01-07": "shop.a", "2026-02-08": "shop.a", "2026-01-09": "shop.b"}
    rows = [
        {"order": day, "customer": customer, "paid_at": day, "currency": "EUR", "net": "100.00"}
        for day, customer in days.items()
    ]
    draft = tmp_path / "draft.yaml"
    draft.write_text(DRAFT)
    words = ["what-if", str(draft), "--csv", str(csv_file(tmp_path, rows))]
    assert main([*words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["levels"] == {"green": 1, "black": 1}
    assert answer["goals"] == {"spender": {"reached": 1, "given": {"points": 50}}}
    assert answer["cards"] == {"coffee": {"reached": 1, "given": {EUR: 400}}}
    nobody = {"orders": 0, "members": 0, "spend": {}}
    assert answer["campaigns"] == {
        "tea": {
            "treated": {"orders": 1, "members": 1, "spend": {EUR: 10_000}},
            "held_out": nobody,
            "cost": {"points": 200},
        },
        "control": {
            "treated": nobody,
            "held_out": {"orders": 3, "members": 2, "spend": {EUR: 30_000}},
            "cost": {},
        },
    }
    assert answer["by_rule"]["leaves"] == {"points": 100 + 100 + 200 + 100}
    assert main(words) == 0
    table = capsys.readouterr().out
    for row in ("members at black", "goal spender reached", "card coffee filled", "campaign tea costs"):
        assert row in table
    assert "campaign control, held out: spend" in table


def test_a_sample_fills_no_card_of_pieces_and_reaches_no_goal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight samples beside one coffee that was paid: the books would count one piece."""
    draft = tmp_path / "draft.yaml"
    counted = DRAFT.replace("{orders: true}", "{pieces: {skus: [COFFEE]}}").replace("measure: spend", "measure: pieces")
    draft.write_text(counted.replace("target: 150", "target: 2").replace("per: {EUR: 1}", "per: piece"))
    order = {"order": "1", "customer": "ann", "paid_at": "2026-03-03", "currency": "EUR", "sku": "COFFEE"}
    rows = [order | {"net": "0.00", "quantity": "8"}, order | {"net": "3.00", "quantity": "1"}]
    assert main(["what-if", str(draft), "--csv", str(csv_file(tmp_path, rows)), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["cards"]["coffee"]["reached"], answer["goals"]["spender"]["reached"]) == (0, 0)
    assert answer["by_rule"]["leaves"] == {"points": 1}
