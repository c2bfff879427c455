"""The programmes of the simulated shops: four currencies, several rules, and versions that differ in what they give."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.programme.document import Programme
from tests.proof.soak.options import GIFTS, POINTS, Options
from tests.world.builders import programme_of

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

ZONE = "Europe/Paris"
CURRENCIES = ("EUR", "JPY", "KWD", "USD")

SALE = {"categories": ["sale"]}
CARDS: list[dict[str, Any]] = [
    {"id": "card", "counts": {"pieces": SALE}, "size": 5, "reward": {"give": 20, "of": POINTS}}
]
MONTH: dict[str, Any] = {
    "id": "month",
    "measure": "orders",
    "target": 4,
    "per": "month",
    "reward": {"give": 30, "of": POINTS},
}
OTHER_GOALS: list[dict[str, Any]] = [
    {"id": "days", "measure": "days", "target": 6, "per": "quarter", "badge": {"en": "Often here"}},
    {"id": "weeks", "measure": "weeks", "target": 3, "reward": {"amount": 2, "expire_days": 90}},
    {"id": "hunter", "measure": "pieces", "target": 3, "per": "quarter", "match": SALE, "reward": {"amount": 1}},
]
"""Goals that only some versions have: each with a counter of its own, so that no other order moves it."""

GIFTED = "black"
"""The level that gives a gift."""

LEVELS_AT = {"spend": (150, 600), POINTS: (150, 600), "orders": (4, 12)}
"""From how much that level and the one above it hold, by what levels measure."""

LIMITED = ("loyal", "spring")
"""Rules whose reward depends on what came before: limited for each member, or by a budget that all share."""


JUDGED = ("fair", "leaves", "pieces", "present", "chosen", *LIMITED)
"""Rules whose reward depends on judgements that are taken once, when an order is first valued: limits, levels and
campaigns. Another order of deliveries may judge otherwise.
"""


def first(opens_at: int, options: Options) -> Programme:
    """The version in force when the shop opens, at an instant."""
    return _programme(opens_at, "5", OTHER_GOALS, {}, options)


def later(random: Random, now: int, options: Options) -> Programme:
    """Another version, of which anything may differ but the friends that a bonus needs, and what is running."""
    return _programme(
        now,
        random.choice(["2", "3.5", "5", "7.25"]),
        [goal for goal in OTHER_GOALS if random.random() < 0.7],
        {
            "rounding": random.choice(["half_up", "half_even", "down"]),
            "combine": random.choice(["sum", "sum", "best"]),
            "clawback": random.choice(["negative", "loss"]),
            "inactive_days": random.choice([None, None, 200]),
        },
        options,
        vesting=random.choice([{"vest_days": 14}, {"vest_on": "delivery", "vest_days": 3}]),
        multiplier=random.choice(["1.25", "1.5", "3"]),
    )


def _programme(
    now: int,
    percent: str,
    goals: list[dict[str, Any]],
    parts: dict[str, Any],
    options: Options,
    vesting: dict[str, Any] | None = None,
    multiplier: str = "1.5",
) -> Programme:
    # A rule with limits cannot stand where only the best counts: the limit would make another best.
    is_sum = parts.get("combine") != "best"
    return programme_of(
        currencies=["JPY", "KWD", "USD"],
        timezone=ZONE,
        assets={POINTS: {"expire_months": 4}},
        earn=[
            *_rules(percent, vesting or {"vest_days": 14}, is_sum),
            *([LOYAL, REVIEW] if is_sum else []),
            *(GIFTS if options.gifts else []),
        ],
        cards=CARDS,
        goals=[MONTH, *goals],
        levels=_levels(options.levels_of_version(), Decimal(multiplier), is_sum),
        campaigns=[*_campaigns(local_day(now, ZONE), is_sum), *_chosen(local_day(now, ZONE), options)],
        referral=REFERRAL,
        **parts,
        **options.of_version(),
    )


def _rules(percent: str, vesting: dict[str, Any], is_sum: bool) -> list[dict[str, Any]]:
    """What orders earn in every version: money, points, and a rule that holds with a campaign only."""
    goods: dict[str, Any] = {
        "id": "goods",
        "percent": Decimal(percent),
        "rates": [{"match": SALE, "percent": 1}],
        "expire_days": 180,
        "cap": {"EUR": 15, "USD": 15, "JPY": 1500, "KWD": 4},
        **vesting,
    }
    thanks = {
        "id": "thanks",
        "amount": {"EUR": 1, "JPY": 120, "KWD": Decimal("0.25")},
        "minimum": {"EUR": 20, "JPY": 2000, "KWD": 5},
        "base": {"tax": True, "shipping": True},
        "expire_months": 2,
        "expire_end": "month",
    }
    leaves = {"id": "leaves", "give": 1, "of": POINTS, "per": {"EUR": 1, "JPY": 120}, "exclude": SALE}
    pieces = {"id": "pieces", "give": 2, "of": POINTS, "per": "piece", "cap": 5, "vest_days": 1}
    ladder = {"id": "ladder", "ladder": [{"at": {"EUR": 30}, "amount": {"EUR": 1}}, {"at": {"EUR": 90}, "percent": 2}]}
    upper = {"at": {"EUR": 100, "USD": 80}, "percent": Decimal("2.5")}
    brackets = [{"at": {"EUR": 50, "USD": 40}, "percent": 1}, upper]
    marginal = {"id": "marginal", "ladder": brackets, "count": "brackets", "base": {"tax": True}}
    present = {"id": "present", "amount": {"EUR": Decimal("0.5"), "USD": 1}, "campaign": "fair"}
    # Whether money that comes with a campaign is the best depends on the level, and so on the order of deliveries.
    return [goods, thanks, leaves, pieces, ladder, marginal, *([present] if is_sum else [])]


REVIEW: dict[str, Any] = {
    "id": "review",
    "give": 15,
    "of": POINTS,
    "on": "review",
    "vest_days": 1,
    "limits": [{"times": 2, "per": "month"}, {"amount": 90, "per": "member"}],
    "budget": 2000,
}
"""What a review gives, in the versions that add rewards up: limited by times, by an amount, and by a budget."""

LOYAL = {
    "id": "loyal",
    "percent": 1,
    "limits": [
        {"amount": {"EUR": 2, "USD": 2, "JPY": 200, "KWD": 1}, "per": "month"},
        {"amount": {"EUR": 4, "USD": 8, "JPY": 900, "KWD": 2}, "per": "member"},
    ],
    "budget": {"EUR": 400, "USD": 150, "JPY": 9000, "KWD": 30},
}


def _levels(parts: dict[str, Any], multiplier: Decimal, is_sum: bool) -> dict[str, Any]:
    """The levels with some parts; the highest one is there in some versions only."""
    first, second = LEVELS_AT[parts["measure"]]
    gift = {"give": 40, "of": POINTS}
    black = {"id": GIFTED, "at": first, "multiply": {"leaves": multiplier}, "gift": gift}
    white = {"id": "white", "at": second, "multiply": {"leaves": 2, "pieces": Decimal("1.75"), "loyal": 2}}
    return {"steps": [{"id": "green", "at": 0}, black, *([white] if is_sum else [])], **parts}


def _campaigns(day: date, is_sum: bool) -> list[dict[str, Any]]:
    """One for everybody but those held out, with a budget, and one for a level, at the same time for some days."""
    spring = {"id": "spring", "multiply": {"leaves": 3}, "holdout": 20, "budget": 3000, **_days(day, 5, 60)}
    audience = {"levels": [GIFTED, "white"] if is_sum else [GIFTED]}
    # Where the best counts alone, it helps to choose among rules of points.
    multiply = {"goods": 2, "ladder": Decimal("1.5")} if is_sum else {"pieces": 3, "leaves": Decimal("1.5")}
    fair = {"id": "fair", "multiply": multiply, "audience": audience, "holdout": Decimal("12.5"), "salt": "of-the-fair"}
    return [*([spring] if is_sum else []), fair | _days(day, 40, 75)]


def _chosen(day: date, options: Options) -> list[dict[str, Any]]:
    """A campaign for some segments, most of the time that the version is the newest."""
    if not options.segments:
        return []
    audience = {"segments": options.audience()}
    return [{"id": "chosen", "multiply": {"pieces": 2}, "audience": audience, "holdout": 10, **_days(day, 0, 200)}]


def _days(day: date, begins: int, ends: int) -> dict[str, Any]:
    return {"starts": day + timedelta(days=begins), "ends": day + timedelta(days=ends)}
