"""Ladders: what they give whole and by brackets, in the shopper's words too, and what no ladder may say."""

from decimal import Decimal

from tests.domain.rewards.cases import Case, Refused, Table
from tests.world.builders import line, snapshot

STEPS = [{"at": 50, "amount": 5}, {"at": 100, "amount": 12}, {"at": 200, "amount": 30}]
HALVES = [{"at": 0, "percent": Decimal("0.5")}, {"at": 1, "percent": Decimal("0.5")}]
PERCENTS = [{"at": 0, "percent": 2}, {"at": 100, "percent": 5}]
TEN = [{"at": 10 * number, "amount": number} for number in range(1, 11)]
DOLLARS = {"currencies": ["USD"]}
IN_BOTH = [
    {"at": {"EUR": 50}, "amount": {"EUR": 5}},
    {"at": {"EUR": 100, "USD": 120}, "amount": {"EUR": 12, "USD": 14}},
]

TABLE = Table(
    {
        "below the first rung": Case({"ladder": STEPS}, 0, order=snapshot(line("1", 4999))),
        "the first rung": Case(
            {"ladder": STEPS}, 500, "Basket reward: a fixed sum on your order 1.", snapshot(line("1", 9999))
        ),
        "the highest that is reached": Case(
            {"ladder": STEPS}, 3000, "Basket reward: a fixed sum on your order 1.", snapshot(line("1", 20_000))
        ),
        "a percent of all of it": Case(
            {"ladder": PERCENTS}, 750, "Basket reward: 5% of 150.00 EUR on your order 1.", snapshot(line("1", 15_000))
        ),
        "by brackets": Case(
            {"ladder": PERCENTS, "count": "brackets"},
            450,
            "Basket reward: 2% and 5% of parts of 150.00 EUR on your order 1.",
            snapshot(line("1", 15_000)),
        ),
        "brackets are rounded once in all": Case(
            {"ladder": HALVES, "count": "brackets"},
            1,
            "Basket reward: 0.5% and 0.5% of parts of 2.00 EUR on your order 1.",
            snapshot(line("1", 200)),
        ),
        "a bracket without a reward below one with": Case(
            {"ladder": [{"at": 0, "percent": 0}, {"at": 100, "percent": 5}], "count": "brackets"},
            250,
            "Basket reward: 0% and 5% of parts of 150.00 EUR on your order 1.",
            snapshot(line("1", 15_000)),
        ),
        "a bracket begins at the first cent": Case(
            {"ladder": [{"at": 0, "percent": 50}], "count": "brackets"},
            1,
            "Basket reward: 50% of 0.01 EUR on your order 1.",
            snapshot(line("1", 1)),
        ),
        "a bracket is rounded as exactly as its percent is written": Case(
            {"ladder": [{"at": 0, "percent": Decimal("49.9999")}], "count": "brackets"}, 0, order=snapshot(line("1", 1))
        ),
        "ten rungs": Case(
            {"ladder": TEN}, 1000, "Basket reward: a fixed sum on your order 1.", snapshot(line("1", 10_000))
        ),
        "nothing for a basket of nothing, even from 0": Case(
            {"ladder": [{"at": 0, "amount": 5}]}, 0, order=snapshot(line("1", 0))
        ),
        "a rung of another currency": Case(
            {"ladder": IN_BOTH},
            1400,
            "Basket reward: a fixed sum on your order 1.",
            snapshot(line("1", 12_000), currency="USD"),
            asset="USD/2",
            parts=DOLLARS,
        ),
        "no rung where none is stated in the order's currency": Case(
            {"ladder": IN_BOTH}, 0, order=snapshot(line("1", 11_999), currency="USD"), asset="USD/2", parts=DOLLARS
        ),
        "of some lines only": Case(
            {"ladder": STEPS, "match": {"skus": ["MUG"]}},
            500,
            "Basket reward: a fixed sum on your order 1.",
            snapshot(line("1", 5000), line("2", 90_000, sku="BOWL")),
        ),
        "without some lines": Case(
            {"ladder": STEPS, "exclude": {"skus": ["BOWL"]}},
            500,
            "Basket reward: a fixed sum on your order 1.",
            snapshot(line("1", 5000), line("2", 90_000, sku="BOWL")),
        ),
        "with tax and shipping": Case(
            {"ladder": PERCENTS, "base": {"tax": True, "shipping": True}},
            625,
            "Basket reward: 5% of 125.00 EUR on your order 1.",
            snapshot(line("1", 10_000, 2000), shipping_net=500),
        ),
        "of some lines that the order has not, whatever its shipping costs": Case(
            {"ladder": STEPS, "match": {"skus": ["BOWL"]}, "base": {"shipping": True}},
            0,
            order=snapshot(line("1", 10_000), shipping_net=10_000),
        ),
        "without tax and shipping unless it says so": Case(
            {"ladder": PERCENTS},
            200,
            "Basket reward: 2% of 99.99 EUR on your order 1.",
            snapshot(line("1", 9999, 2000), shipping_net=500),
        ),
        "a limit": Case(
            {"ladder": STEPS, "limits": [{"amount": 4, "per": "month"}]},
            400,
            "Basket reward: a fixed sum on your order 1, up to the limit per month.",
            snapshot(line("1", 5000)),
        ),
    },
    [
        Refused({"ladder": []}, "{}.ladder must have 1 to 10 rungs, got 0"),
        Refused({"ladder": [*TEN, {"at": 200, "amount": 11}]}, "{}.ladder must have 1 to 10 rungs, got 11"),
        Refused({"ladder": [{"at": 5}]}, "{}.ladder[0] must have either percent or amount"),
        Refused(
            {"ladder": [{"at": 50, "amount": 1}, {"at": 50, "amount": 2}]},
            "{}.ladder must rise from rung to rung in EUR",
        ),
        Refused(
            {"ladder": [{"at": {"EUR": 5, "USD": 9}, "amount": 1}, {"at": {"EUR": 6, "USD": 8}, "amount": 2}]},
            "{}.ladder must rise from rung to rung in USD",
            DOLLARS,
        ),
        Refused(
            {"ladder": [{"at": Decimal("50.005"), "amount": 1}, {"at": 60, "amount": 2}]},
            "{}.ladder[0].at must be an amount of EUR without smaller parts than its minor unit, got 50.005",
        ),
        Refused(
            {"ladder": [{"at": {"EUR": 50, "JPY": Decimal("0.5")}, "amount": 1}]},
            "{}.ladder[0].at.JPY must be an amount of JPY without smaller parts than its minor unit, got 0.5",
            {"currencies": ["JPY"]},
        ),
        Refused({"ladder": [{"at": 50, "amount": -1}]}, "{}.ladder[0].amount must be between 0 and 1000000000, got -1"),
        Refused({"ladder": [{"at": -1, "amount": 1}]}, "{}.ladder[0].at must be between 0 and 1000000000, got -1"),
        Refused({"ladder": [{"at": 1, "percent": 101}]}, "{}.ladder[0].percent must be between 0 and 100, got 101"),
        Refused(
            {"ladder": [{"at": 1, "amount": 1}], "count": "brackets"},
            "{}.ladder[0].amount must not stand beside count: brackets; a bracket has a percent",
        ),
    ],
)
