"""The programmes of the simulated shops: four currencies, several rules, and versions that differ in what they give."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from chalicelib.domain.programme.document import Programme
from tests.builders import programme

NEEDED = 2
"""Friends per bonus, in every version."""

UNNAMED = "CHF"
"""A currency that people pay in and no version names."""

REFERRAL = {
    "friends": NEEDED,
    "percent": 10,
    "limit": 40,
    "vest_days": 7,
    "expire_days": 365,
    "velocity": {"bonuses": 6, "days": 30},
    "review": {"threshold": 60, "weights": {"same-address": 70}},
    "qualifies": {"minimum": {"EUR": 5, "USD": 5, "JPY": 500, "KWD": 1}},
    "welcome": {"percent": 3, "vest_days": 2},
}

CURRENCIES = ("EUR", "JPY", "KWD", "USD")


LIMITED = "loyal"
"""The rule whose reward depends on what came before: limited for each member, and by a budget that all share."""


def first() -> Programme:
    """The version in force when the shop opens."""
    return _programme("5", {})


def later(random: Random) -> Programme:
    """Another version, of which anything may differ but the friends that a bonus needs."""
    return _programme(
        random.choice(["2", "3.5", "5", "7.25"]),
        {
            "rounding": random.choice(["half_up", "half_even", "down"]),
            "combine": random.choice(["sum", "sum", "best"]),
            "clawback": random.choice(["negative", "loss"]),
            "inactive_days": random.choice([None, None, 200]),
        },
        vesting=random.choice([{"vest_days": 14}, {"vest_on": "delivery", "vest_days": 3}]),
    )


def _programme(percent: str, parts: dict[str, Any], vesting: dict[str, Any] | None = None) -> Programme:
    goods: dict[str, Any] = {
        "id": "goods",
        "percent": Decimal(percent),
        "rates": [{"match": {"categories": ["sale"]}, "percent": 1}],
        "expire_days": 180,
        "cap": {"EUR": 15, "USD": 15, "JPY": 1500, "KWD": 4},
        **(vesting or {"vest_days": 14}),
    }
    thanks = {
        "id": "thanks",
        "amount": {"EUR": 1, "JPY": 120, "KWD": Decimal("0.25")},
        "minimum": {"EUR": 20, "JPY": 2000, "KWD": 5},
        "base": {"tax": True, "shipping": True},
        "expire_months": 2,
        "expire_end": "month",
    }
    # A rule with limits cannot stand where only the best counts: the limit would make another best.
    loyal = {
        "id": LIMITED,
        "percent": 1,
        "limits": [
            {"amount": {"EUR": 2, "USD": 2, "JPY": 200, "KWD": 1}, "per": "month"},
            {"amount": {"EUR": 4, "USD": 8, "JPY": 900, "KWD": 2}, "per": "member"},
        ],
        "budget": {"EUR": 400, "USD": 150, "JPY": 9000, "KWD": 30},
    }
    return programme(
        currencies=["JPY", "KWD", "USD"],
        timezone="Europe/Paris",
        earn=[goods, thanks, *([] if parts.get("combine") == "best" else [loyal])],
        referral=REFERRAL,
        **parts,
    )
