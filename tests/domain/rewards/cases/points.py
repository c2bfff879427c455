"""Points: what they give per money, per piece and per order, in the shopper's words too, and what no rule may say."""

from decimal import Decimal

from chalicelib.domain.orders.facts import Refund, RefundLine
from tests.domain.rewards.cases import Case, Refused, Table
from tests.world.builders import line, snapshot

POINTS = {"assets": {"points": {"name": {"fr": "feuilles", "en": "leaves"}, "worth": {"EUR": Decimal("0.05")}}}}
HALVES = {"assets": {"stars": {"decimals": 1}}}
BASKET = snapshot(
    line("1", 10_000, 2000, quantity=4, sku="MUG", labels=("category:cups",)),
    line("2", 5000, 1000, quantity=2, sku="BOWL"),
    line("3", 3000, sku="GIFT", earns=False),
    shipping_net=500,
    shipping_tax=100,
)
ONE_BACK = snapshot(
    *BASKET.lines, refunds={"r": Refund(lines=(RefundLine("1", 1, 2500, 500),)), "m": Refund(amount=777)}
)
EACH_EURO = {"give": 1, "of": "points", "per": {"EUR": 1}}


TABLE = Table(
    {
        "one for each full euro": Case(
            EACH_EURO,
            19,
            "Points: 1 for each full 1.00 EUR of 19.99 EUR on your order 1.",
            snapshot(line("1", 1999)),
            "points",
            POINTS,
        ),
        # "10 for each 2.00 on 7.00 is 30, 3 for each 1.00 on 19.99 is 57": where words have two meanings.
        "ten for each two euros": Case(
            {"give": 10, "of": "points", "per": {"EUR": 2}},
            30,
            "Points: 10 for each full 2.00 EUR of 7.00 EUR on your order 1.",
            snapshot(line("1", 700)),
            "points",
            POINTS,
        ),
        "three for each euro": Case(
            {"give": 3, "of": "points", "per": {"EUR": 1}},
            57,
            "Points: 3 for each full 1.00 EUR of 19.99 EUR on your order 1.",
            snapshot(line("1", 1999)),
            "points",
            POINTS,
        ),
        "less than a full sum": Case(
            {"give": 1, "of": "points", "per": {"EUR": 200}}, 0, order=BASKET, asset="points", parts=POINTS
        ),
        "with tax and shipping": Case(
            EACH_EURO | {"base": {"tax": True, "shipping": True}},
            186,
            "Points: 1 for each full 1.00 EUR of 186.00 EUR on your order 1.",
            BASKET,
            "points",
            POINTS,
        ),
        "of some lines with shipping": Case(
            EACH_EURO | {"match": {"categories": ["cups"]}, "base": {"shipping": True}},
            105,
            "Points: 1 for each full 1.00 EUR of 105.00 EUR on your order 1.",
            BASKET,
            "points",
            POINTS,
        ),
        "of some lines that the order has not, whatever its shipping costs": Case(
            EACH_EURO | {"match": {"categories": ["tea"]}, "base": {"shipping": True}},
            0,
            order=BASKET,
            asset="points",
            parts=POINTS,
        ),
        "for an order of some lines that it has not, whatever its shipping costs": Case(
            {"give": 5, "of": "points", "match": {"categories": ["tea"]}, "base": {"shipping": True}},
            0,
            order=BASKET,
            asset="points",
            parts=POINTS,
        ),
        "of some lines only": Case(
            EACH_EURO | {"match": {"categories": ["cups"]}},
            100,
            "Points: 1 for each full 1.00 EUR of 100.00 EUR on your order 1.",
            BASKET,
            "points",
            POINTS,
        ),
        "without some lines": Case(
            EACH_EURO | {"exclude": {"skus": ["MUG"]}},
            50,
            "Points: 1 for each full 1.00 EUR of 50.00 EUR on your order 1.",
            BASKET,
            "points",
            POINTS,
        ),
        "per piece": Case(
            {"give": 5, "of": "points", "per": "piece"},
            30,
            "Points: 5 for each of 6 pieces on your order 1.",
            BASKET,
            "points",
            POINTS,
        ),
        "per piece of one article": Case(
            {"give": 5, "of": "points", "per": "piece", "match": {"skus": ["BOWL"]}},
            10,
            "Points: 5 for each of 2 pieces on your order 1.",
            BASKET,
            "points",
            POINTS,
        ),
        "per piece that did not come back by its line": Case(
            {"give": 5, "of": "points", "per": "piece"},
            25,
            "Points: 5 for each of 5 pieces on your order 1.",
            ONE_BACK,
            "points",
            POINTS,
        ),
        "per order": Case(
            {"give": 20, "of": "points"}, 20, "Points: a fixed number on your order 1.", BASKET, "points", POINTS
        ),
        "with decimals": Case(
            {"give": Decimal("0.5"), "of": "stars", "per": {"EUR": 10}},
            75,
            "Stars: 0.5 for each full 10.00 EUR of 150.00 EUR on your order 1.",
            BASKET,
            "stars/1",
            HALVES,
        ),
        "for one piece": Case(
            {"give": 5, "of": "points", "per": "piece"},
            5,
            "Points: 5 for a piece on your order 1.",
            snapshot(line("1", 1999)),
            "points",
            POINTS,
        ),
        "per order, of which a gift card alone was bought": Case(
            {"give": 20, "of": "points"},
            0,
            order=snapshot(line("1", 3000, sku="GIFT", earns=False)),
            asset="points",
            parts=POINTS,
        ),
        "per order, of which nothing costs anything": Case(
            {"give": 20, "of": "points"}, 0, order=snapshot(line("1", 0)), asset="points", parts=POINTS
        ),
        "per order of a cent": Case(
            {"give": 20, "of": "points"},
            20,
            "Points: a fixed number on your order 1.",
            snapshot(line("1", 1)),
            "points",
            POINTS,
        ),
        "money of another currency of the programme": Case(
            {"give": 1, "of": "CHF"},
            100,
            "Reward: a fixed sum on your order 1.",
            asset="CHF/2",
            parts={"currencies": ["CHF"]},
        ),
        "nothing of a cent": Case(
            {"give": 20, "of": "points", "per": {"EUR": Decimal("0.01")}},
            0,
            order=snapshot(line("1", 0)),
            asset="points",
            parts=POINTS,
        ),
        "money per piece": Case(
            {"give": Decimal("0.10"), "of": "EUR", "per": "piece"},
            60,
            "Reward: 0.10 EUR for each of 6 pieces on your order 1.",
            BASKET,
        ),
        "a cap": Case(
            EACH_EURO | {"cap": 40},
            40,
            "Points: 1 for each full 1.00 EUR of 150.00 EUR on your order 1, up to the limit per order.",
            BASKET,
            "points",
            POINTS,
        ),
        "a limit": Case(
            EACH_EURO | {"limits": [{"amount": 30, "per": "month"}]},
            30,
            "Points: 1 for each full 1.00 EUR of 150.00 EUR on your order 1, up to the limit per month.",
            BASKET,
            "points",
            POINTS,
        ),
        "a budget": Case(
            EACH_EURO | {"budget": 100_000},
            150,
            "Points: 1 for each full 1.00 EUR of 150.00 EUR on your order 1.",
            BASKET,
            "points",
            POINTS,
        ),
        "a minimum that is missed": Case(
            EACH_EURO | {"minimum": Decimal("180.01")}, 0, order=BASKET, asset="points", parts=POINTS
        ),
        "a sum of another currency": Case(
            {"give": 1, "of": "points", "per": {"CHF": 1}},
            0,
            order=BASKET,
            asset="points",
            parts=POINTS | {"currencies": ["CHF"]},
        ),
    },
    [
        Refused(
            {"give": 1, "of": "ponts"}, "{}.of must be one of the programme's assets and currencies: EUR, got 'ponts'"
        ),
        Refused({"give": Decimal("0.001"), "of": "EUR"}, "{}.give must have at most 2 decimals, as EUR has, got 0.001"),
        Refused({"give": 1_000_000_001, "of": "EUR"}, "{}.give must be between 0 and 1000000000, got 1000000001"),
        Refused({"give": Decimal("NaN"), "of": "EUR"}, "{}.give must be between 0 and 1000000000, got NaN"),
        Refused({"give": 1, "of": "EUR", "cap": -1}, "{}.cap must be between 0 and 1000000000, got -1"),
        Refused(
            {"give": 1, "of": "points", "cap": Decimal("0.5")},
            "{}.cap must be a whole number, for points has no decimals, got 0.5",
            POINTS,
        ),
        Refused(
            {"give": Decimal("0.001"), "of": "CHF"},
            "{}.give must have at most 2 decimals, as CHF has, got 0.001",
            {"currencies": ["CHF"]},
        ),
        Refused(
            {"give": 1, "of": "EUR", "minimum": {"CHF": 1}},
            "{}.minimum.CHF must be in one of the programme's currencies, got 'CHF'",
        ),
        Refused({"give": 0, "of": "EUR"}, "{}.give must be more than 0; to give nothing, leave the rule out, got 0"),
        Refused({"give": -1, "of": "EUR"}, "{}.give must be between 0 and 1000000000, got -1"),
        Refused({"give": 1, "of": "EUR", "per": {"EUR": 0}}, "{}.per.EUR must be more than 0, got 0"),
        Refused(
            {"give": 1, "of": "EUR", "per": {"CHF": 1}},
            "{}.per.CHF must be in one of the programme's currencies, got 'CHF'",
        ),
        Refused(
            {"give": 1, "of": "EUR", "per": "piece", "base": {"tax": True}},
            "{}.base must not stand beside per: piece; pieces are counted, whatever they cost",
        ),
        Refused(
            {"give": 1, "of": "EUR", "limits": [{"amount": {"EUR": 3}, "per": "day"}]},
            "{}.limits[0].amount must be a number of EUR; it has no amount for each currency",
        ),
    ],
)
