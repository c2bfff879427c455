"""What is taken back after it was spent or while it is held, and comes back: by signed deliveries, to the cent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.edge.conftest import STANDARD_SECRET, Shop

DAY_S = 86_400
MEMBER = "/v1/members/own.42"
PROGRAMME = """
name: Acme
currency: EUR
timezone: Europe/Paris
clawback: {clawback}
landing: {{page: "https://acme.example/w", hosts: [acme.example]}}
earn: [{{id: cashback, percent: 5, expire_days: 10}}]
"""


def published(shop: Shop, clawback: str = "negative") -> Shop:
    """A shop whose cashback of 5% lasts for ten days, and an order of 100.00 that earned 5.00."""
    document = PROGRAMME.format(clawback=clawback)
    assert shop.call("PUT", "/v1/programme?effective_at=2020-01-01T00:00:00Z", document, shop.admin).status == 200
    assert shop.connect("own", "standard", STANDARD_SECRET).status == 200
    buy(shop, "1")
    assert shop.available("own.42") == 500
    return shop


def tell(shop: Shop, kind: str, **data: Any) -> None:
    answer = shop.send("own", "standard", STANDARD_SECRET, "", {"type": kind, "data": data})
    assert (answer.status, answer.json["result"]) == (200, "recorded"), answer.body


def moment(shop: Shop) -> str:
    return datetime.fromtimestamp(shop.now, UTC).isoformat()


def buy(shop: Shop, order: str, amount: str = "100.00", **more: Any) -> None:
    times = dict.fromkeys(("created_at", "paid_at", "updated_at"), moment(shop))
    lines = [{"id": "1", "quantity": 1, "amount": amount}]
    tell(
        shop, "order.paid", id=order, status="paid", currency="EUR", customer={"id": "42"}, lines=lines, **times, **more
    )


def refund(shop: Shop, order: str, amount: str = "100.00") -> None:
    tell(shop, "refund.created", id=f"of-{order}", order=order, currency="EUR", amount=amount)


def dispute(shop: Shop, how: str) -> None:
    tell(shop, f"dispute.{how}", id="d1", order="1", amount="100.00", currency="EUR", at=moment(shop))


def redeem(shop: Shop, **more: Any) -> None:
    assert shop.post(f"{MEMBER}/redemptions", {"asset": "EUR/2", "amount": 500, **more}).status == 200


@pytest.mark.parametrize("clawback", ["negative", "loss"])
def test_a_chargeback_that_is_won_late_costs_the_shopper_nothing(shop: Shop, clawback: str) -> None:
    published(shop, clawback)
    redeem(shop)
    dispute(shop, "opened")
    assert shop.available("own.42") == (-500 if clawback == "negative" else 0)
    shop.later_s += 20 * DAY_S
    if clawback == "loss":
        buy(shop, "2")
    dispute(shop, "won")
    assert shop.available("own.42") == (0 if clawback == "negative" else 500)
    buy(shop, "3")
    assert shop.available("own.42") == (500 if clawback == "negative" else 1000)


@pytest.mark.parametrize("end", ["lapses", "release"])
def test_what_ends_while_it_is_held_is_not_owed_when_its_order_was_refunded(shop: Shop, end: str) -> None:
    published(shop)
    shop.later_s += 9 * DAY_S
    hold = shop.post(f"{MEMBER}/holds", {"asset": "EUR/2", "amount": 500, "minutes": 3 * 1440}).json["hold"]
    refund(shop, "1")
    assert shop.available("own.42") == -500
    shop.later_s += 2 * DAY_S
    if end == "release":
        assert shop.post(f"{MEMBER}/holds/{hold}/release", {}).status == 200
    else:
        shop.later_s += 2 * DAY_S
    assert shop.available("own.42") == 0
    buy(shop, "2")
    assert shop.available("own.42") == 500


def test_what_was_given_back_and_expired_is_not_taken_a_second_time(shop: Shop) -> None:
    published(shop)
    redeem(shop, order="own/2")
    buy(shop, "2", "5.00", paid_with_balance="5.00")
    assert shop.available("own.42") == 0
    refund(shop, "2", "5.00")
    assert shop.available("own.42") == 500
    shop.later_s += 32 * DAY_S
    assert shop.available("own.42") == 0
    refund(shop, "1")
    assert shop.available("own.42") == 0
