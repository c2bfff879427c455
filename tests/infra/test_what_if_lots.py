"""What-if makes one lot of two where the engine does, though which two that are depends on the order of all credits."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.ledger.accounts import MAX_LOTS
from chalicelib.domain.programme.document import Programme
from chalicelib.what_if.replay import replay
from tests.infra.what_if_orders import EUR, Bought, held, played, read
from tests.world.builders import BEN, programme_of

DAYS = 80
FLAT: dict[str, Any] = {"id": "flat", "amount": 1, "limits": [{"amount": 50, "per": "month"}]}
REFERRAL: dict[str, Any] = {
    "percent": 1,
    "friends": 1,
    "welcome": {"amount": 1},
    "qualifies": {"first_order": False, "minimum": 30},
    "window_days": 300,
}


def lasting(draw: Random) -> dict[str, Any]:
    """When something can be spent, so that each day of orders has lots of its own for long."""
    vesting = {"vest_days": draw.choice((9, 20, 33, 40, 45, 61))}
    return vesting | draw.choice(({}, {"expire_days": draw.choice((62, 75, 90, 100))}))


def rules_of(kind: str, draw: Random) -> Programme:
    """Two rules without limits, and one with a limit before them or a welcome gift."""
    earn = [{"id": name, "percent": percent} | lasting(draw) for name, percent in (("cashback", 5), ("late", 1))]
    if kind == "limits":
        return programme_of(earn=[FLAT | lasting(draw), *earn])
    gift = REFERRAL["welcome"] | lasting(draw)
    return programme_of(earn=earn, referral=REFERRAL | {"welcome": gift})


def bought(draw: Random) -> list[Bought]:
    """Orders on half of the days, of which the later ones are large enough to convert a friend."""
    days = sorted(draw.sample(range(DAYS), DAYS // 2))
    sums = [draw.choice((1000, 2000, 2900)) if place < DAYS * 5 // 16 else 5000 for place in range(len(days))]
    return [Bought(BEN, day * DAY_S, (net,), code=True) for day, net in zip(days, sums, strict=True)]


@pytest.mark.parametrize(("kind", "seed"), [*(("limits", seed) for seed in range(4)), ("welcome", 70)])
def test_the_engine_has_the_same_lots(kind: str, seed: int, tmp_path: Path) -> None:
    draw = Random(seed)  # noqa: S311 (it must be repeatable, not secret)
    rules = rules_of(kind, draw)
    memory = played(bought(draw), rules)
    outcome = replay(read(memory, tmp_path).log, rules)
    figures = outcome.assets[EUR]
    assert len(memory.member(BEN).accounts[EUR].lots) == MAX_LOTS
    assert (figures.redeemable, figures.pending) == held(memory, outcome.end)
