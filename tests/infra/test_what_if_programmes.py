"""What-if gives what the engine gives under programmes that are valid and unusual, of every kind and currency."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.orders.facts import Line
from chalicelib.domain.programme.assets import ledger_names
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Conversion
from chalicelib.what_if import grants
from chalicelib.what_if.replay import replay
from tests.infra import what_if_orders as books_of
from tests.infra.test_what_if_progress import judged_in, levels_in
from tests.infra.what_if_orders import held, read
from tests.world.builders import ANNA, BEN, CLEO, CODE, CONNECTION, DORA, NOW, issue, order, settle
from tests.world.memory import Memory
from tests.world.programmes import SKUS, drawn

BEGIN = NOW - 20 * DAY_S
LABELS: tuple[tuple[str, ...], ...] = ((), ("category:tea",), ("category:0", "tag:new"))


def line(place: int, draw: Random) -> Line:
    """A line that may cost or earn nothing."""
    net, tax = draw.choice((0, 1, 99, 1999, 2190, 12_345, 500_000)), draw.choice((0, 190))
    product, sku, pieces = draw.choice(("p1", "p2")), draw.choice(SKUS), draw.randint(1, 3)
    return Line(str(place), product, sku, pieces, net, tax, draw.choice(LABELS), draw.random() < 0.9)


def played(rules: Programme, draw: Random) -> Memory:
    """The books after the engine has heard of up to 25 orders when they were paid, and settled their friends."""
    memory, at, exhausted = Memory(), BEGIN, set[Any]()
    memory.publish(rules, 0, BEGIN)
    memory.execute(issue(ANNA, CODE), BEGIN)
    span = draw.choice((3600, DAY_S, 5 * DAY_S, 20 * DAY_S))
    for number in range(draw.randint(1, 25)):
        at += draw.randint(1, span)
        lines = [line(place, draw) for place in range(1, draw.randint(2, 4))]
        stated = {"currency": draw.choice(rules.all_currencies), "code": draw.choice(("", "", CODE))}
        days = {"at": at, "stamp_ms": at * 1000, "delivered_at": at + draw.choice((0, DAY_S))}
        memory.exhausted = exhausted
        decision = memory.decide(order(str(number), draw.choice((ANNA, BEN, CLEO, DORA)), *lines, **stated, **days), at)
        memory.commit(decision.changes)
        exhausted.update(decision.exhausted)
        for conversion in memory.all(Conversion):
            if conversion.todo:
                memory.execute(settle(conversion.friend, referrer=conversion.referrer), at)
    return memory


@pytest.mark.parametrize("seed", range(20))
def test_the_engine_gives_the_same(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each asset what each member was given and what is left of it, what each part gave, levels, and campaigns."""
    monkeypatch.setattr(grants, "CONNECTION", CONNECTION)  # which share of a budget is asked follows from the name
    _, rules = drawn(seed)
    memory = played(rules, Random(seed))  # noqa: S311 (it must be repeatable, not secret)
    log = read(memory, tmp_path).log
    outcome = replay(log, rules)
    for asset in ledger_names(rules):
        figures = outcome.assets.get(asset)
        amounts = enumerate(figures.of_members if figures else ())
        assert {log.members[member]: amount for member, amount in amounts if amount} == books_of.given(memory, asset)
        assert held(memory, outcome.end, asset) == ((figures.redeemable, figures.pending) if figures else (0, 0))
    assert {source: amount for source, amount in outcome.by_rule.items() if amount} == books_of.by_rule(memory)
    assert Counter(outcome.levels) == levels_in(memory, rules, outcome.end)
    treated = {name: use.treated.orders for name, use in outcome.campaigns.items()}
    spared = {f"-{name}": use.held_out.orders for name, use in outcome.campaigns.items()}
    assert Counter(treated | spared) == judged_in(memory)
