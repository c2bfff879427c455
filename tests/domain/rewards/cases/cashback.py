"""Cashback: what it gives, in the shopper's words too, and what no rule of it may say."""

from decimal import Decimal

from chalicelib.domain.orders.facts import Refund
from tests.domain.rewards.cases import Case, Refused, Table
from tests.world.builders import line, snapshot

BASKET = snapshot(
    line("1", 10_000, 2000, sku="MUG", labels=("category:cups",)),
    line("2", 5000, 1000, sku="BOWL", labels=("tag:new",)),
    line("3", 3000, sku="GIFT", earns=False),
    shipping_net=500,
    shipping_tax=100,
)

TABLE = Table(
    {
        "a percent": Case({"percent": 5}, 500, "Cashback: 5% of 100.00 EUR on your order 1."),
        "a percent of goods that earn": Case(
            {"percent": 10}, 1500, "Cashback: 10% of 150.00 EUR on your order 1.", BASKET
        ),
        "with tax and shipping": Case(
            {"percent": 10, "base": {"tax": True, "shipping": True}},
            1860,
            "Cashback: 10% of 186.00 EUR on your order 1.",
            BASKET,
        ),
        "another percent for some": Case(
            {"percent": 10, "rates": [{"match": {"skus": ["MUG"]}, "percent": 1}]},
            600,
            "Cashback: 1% and 10% of parts of 150.00 EUR on your order 1.",
            BASKET,
        ),
        "for some alone": Case(
            {"percent": 0, "rates": [{"match": {"skus": ["MUG"]}, "percent": 10}], "base": {"shipping": True}},
            1000,
            "Cashback: 10% of 100.00 EUR on your order 1.",
            BASKET,
        ),
        "nothing for some": Case(
            {"percent": 10, "rates": [{"match": {"skus": ["MUG"]}, "percent": 0}]},
            500,
            "Cashback: 10% of 50.00 EUR on your order 1.",
            BASKET,
        ),
        "without some": Case(
            {"percent": 10, "exclude": {"categories": ["cups"]}},
            500,
            "Cashback: 10% of 50.00 EUR on your order 1.",
            BASKET,
        ),
        "labels from the catalogue": Case(
            {"percent": 10, "exclude": {"tags": ["sale"]}},
            500,
            "Cashback: 10% of 50.00 EUR on your order 1.",
            BASKET,
            parts={"catalogue": [{"skus": ["MUG"], "tags": ["sale"]}]},
        ),
        "a fixed sum": Case({"amount": 3}, 300, "Cashback: a fixed sum on your order 1."),
        "a cap": Case(
            {"percent": 10, "cap": 9}, 900, "Cashback: 10% of 100.00 EUR on your order 1, up to the limit per order."
        ),
        "a limit": Case(
            {"percent": 10, "limits": [{"amount": 4, "per": "month"}]},
            400,
            "Cashback: 10% of 100.00 EUR on your order 1, up to the limit per month.",
        ),
        "a budget": Case(
            {"percent": 10, "budget": 1000}, 1000, "Cashback: 10% of 100.00 EUR on your order 1.", snapshot()
        ),
        "a minimum that is missed": Case({"percent": 10, "minimum": Decimal("100.01")}, 0),
        "after a refund": Case(
            {"percent": 5},
            250,
            "Cashback: 5% of 50.00 EUR on your order 1.",
            snapshot(refunds={"before": Refund(amount=5000)}),
        ),
        "in another currency": Case(
            {"percent": 5},
            62,
            "Cashback: 5% of 1234 JPY on your order 1.",
            snapshot(line(net=1234), currency="JPY"),
            "JPY/0",
            {"currencies": ["JPY"]},
        ),
        "vesting and expiring": Case(
            {"percent": 5, "vest_days": 14, "expire_days": 365}, 500, "Cashback: 5% of 100.00 EUR on your order 1."
        ),
    },
    (
        Refused({}, "{} must have a percent, an amount, give and of, or a ladder"),
        Refused({"percent": 5, "amount": 5}, "{} must have either percent or amount"),
        Refused({"percent": 101}, "{}.percent must be between 0 and 100, got 101"),
        Refused({"percent": "much"}, "{}.percent must be a number, got 'much'"),
        Refused({"percent": 5, "porcent": 1}, "{}.porcent is not a field of a programme; did you mean percent?"),
        Refused({"percent": 5, "cap": -1}, "{}.cap must be between 0 and 1000000000, got -1"),
        Refused(
            {"amount": 5, "rates": [{"match": {"skus": ["A"]}, "percent": 1}]},
            "{}.rates must come with a percent; a fixed amount has no rates",
        ),
    ),
)
