"""Activities: what they give, in the shopper's words too, and what no rule may say."""

from decimal import Decimal

from tests.domain.rewards.cases import ActivityCase, ActivityTable, Refused

POINTS = {"assets": {"points": {"worth": Decimal("0.05")}, "stars": {"decimals": 1}}}
REVIEW = {"give": 20, "of": "points", "on": "review"}


TABLE = ActivityTable(
    {
        "points": ActivityCase(REVIEW, 20, "Points: 20 for your review.", "points", POINTS),
        "parts of an asset": ActivityCase(
            {"give": Decimal("2.5"), "of": "stars", "on": "sign-up"},
            25,
            "Stars: 2.5 for your sign-up.",
            "stars/1",
            POINTS,
            "sign-up",
        ),
        "money": ActivityCase(
            {"give": Decimal("2.00"), "of": "EUR", "on": "birthday"},
            200,
            "Reward: 2.00 EUR for your birthday.",
            activity="birthday",
        ),
        "within a number of times": ActivityCase(
            REVIEW | {"limits": [{"times": 2, "per": "month"}]}, 20, "Points: 20 for your review.", "points", POINTS
        ),
        "up to an amount": ActivityCase(
            REVIEW | {"limits": [{"amount": 15, "per": "year"}, {"times": 1, "per": "year"}]},
            15,
            "Points: 20 for your review, up to the limit per year.",
            "points",
            POINTS,
        ),
        "from a budget": ActivityCase(
            REVIEW | {"budget": 5000, "vest_days": 3, "expire_days": 90},
            20,
            "Points: 20 for your review.",
            "points",
            POINTS,
        ),
        "another activity": ActivityCase(REVIEW, 0, asset="points", parts=POINTS, activity="newsletter"),
    },
    (
        Refused(
            {"give": 1, "of": "EUR", "on": "A review"},
            "{}.on must be an activity's name: 1 to 32 lower-case letters, digits and dashes, got 'A review'",
        ),
        Refused(REVIEW, "{}.of must be one of the programme's assets and currencies: EUR, got 'points'"),
        Refused(
            {"give": 0, "of": "EUR", "on": "review"},
            "{}.give must be more than 0; to give nothing, leave the rule out, got 0",
        ),
        Refused(
            {"give": Decimal("0.001"), "of": "EUR", "on": "review"},
            "{}.give must have at most 2 decimals, as EUR has, got 0.001",
        ),
        Refused(
            {"give": 1, "of": "EUR", "on": "review", "vest_on": "delivery"},
            "{}.vest_on must not be delivery; an activity is never delivered",
        ),
        Refused(
            {"give": 1, "of": "EUR", "on": "review", "limits": [{"per": "month"}]},
            "{}.limits[0] must have either amount or times",
        ),
        Refused(
            {"give": 1, "of": "EUR", "on": "review", "limits": [{"per": "month", "times": 1, "amount": 1}]},
            "{}.limits[0] must have either amount or times",
        ),
        Refused(
            {"give": 1, "of": "EUR", "on": "review", "limits": [{"per": "month", "times": 0}]},
            "{}.limits[0].times must be between 1 and 1000000, got 0",
        ),
        Refused(
            {
                "give": 1,
                "of": "EUR",
                "on": "review",
                "limits": [{"per": "month", "times": 1}, {"per": "month", "times": 2}],
            },
            "{}.limits must state each period once",
        ),
    ),
)
