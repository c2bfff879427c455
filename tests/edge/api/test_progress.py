"""What a member has reached, over HTTP."""

from typing import Any

import pytest

from tests.edge.api.test_referrals import refund
from tests.edge.conftest import Shop

DOCUMENT = """
name: Edge Shop
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
assets:
  points: {name: {fr: feuilles, en: leaves}, worth: 0.05}
earn:
  - {id: cashback, percent: 5}
  - {id: leaves, give: 1, of: points, per: {EUR: 1}}
  - {id: big, ladder: [{at: 100, amount: 3}]}
cards:
  - {id: orders-card, name: {en: Ten cups}, counts: {orders: true}, size: 2, reward: {amount: 1}}
levels:
  steps:
    - {id: green, at: 0}
    - {id: black, at: 50, name: {fr: Noir, en: Black}, multiply: {cashback: 1.5}, perks: {en: Free}, flags: [vip]}
goals:
  - {id: regular, measure: orders, target: 2, per: month, badge: {en: Regular}, reward: {give: 50, of: points}}
"""


@pytest.fixture
def full_shop(open_shop: Shop) -> Shop:
    open_shop.replace_programme(DOCUMENT)
    return open_shop


def buy(shop: Shop, order: int, price: str = "40.00") -> None:
    assert shop.buy(order, total=price).status == 200


def progress(shop: Shop, **more: Any) -> Any:
    answer = shop.call("GET", "/v1/members/acme.1/progress", key=shop.storefront, **more)
    assert answer.status == 200, answer.body
    return answer.json


def test_what_a_member_has_reached_is_told_in_figures_and_words(full_shop: Shop) -> None:
    buy(full_shop, 1)
    shown = progress(full_shop)
    assert shown["level"] == {
        "level": "green",
        "name": {},
        "score": 4000,
        "text": "green, with 40.00 EUR",
        "multiply": {},
        "perks": {},
        "flags": [],
        "next": {
            "level": "black",
            "name": {"fr": "Noir", "en": "Black"},
            "threshold": 5000,
            "missing": 1000,
            "text": "10.00 EUR more to Black",
        },
    }
    (card,) = shown["cards"]
    assert (card["card"], card["name"], card["completed"]) == ("orders-card", {"en": "Ten cups"}, 0)
    assert (card["stamps"], card["size"], card["text"]) == (1, 2, "1 of 2 stamps")
    (goal,) = shown["goals"]
    assert (goal["value"], goal["target"], goal["reached"], goal["text"]) == (1, 2, False, "1 of 2 orders in 2026-05")
    assert shown["badges"] == []


def test_what_was_reached_shows_with_its_perks_and_badges(full_shop: Shop) -> None:
    buy(full_shop, 1)
    buy(full_shop, 2)
    shown = progress(full_shop)
    assert (shown["level"]["level"], shown["level"]["flags"], shown["level"]["next"]) == ("black", ["vip"], None)
    assert shown["level"]["multiply"] == {"cashback": "1.5"}
    assert (shown["cards"][0]["stamps"], shown["cards"][0]["completed"]) == (0, 1)
    assert [(badge["goal"], badge["name"]) for badge in shown["badges"]] == [("regular", {"en": "Regular"})]
    assert (shown["goals"][0]["reached"], shown["weeks_in_a_row"]) == (True, None)
    buy(full_shop, 3)
    goal = progress(full_shop)["goals"][0]
    assert (goal["value"], goal["target"], goal["text"]) == (3, 2, "2 of 2 orders in 2026-05")


def test_a_goal_that_stays_reached_does_not_read_as_if_it_were_not(open_shop: Shop) -> None:
    """The bar was full, and beside it stood `0 of 1 orders`."""
    kept = "  - {id: first, measure: orders, target: 1, per: month, keep: true, badge: {en: First}}\n"
    open_shop.replace_programme(DOCUMENT + kept)
    buy(open_shop, 1)
    refund(open_shop, 1)
    regular, first = progress(open_shop)["goals"]
    assert (regular["reached"], regular["text"]) == (False, "0 of 2 orders in 2026-05")
    assert (first["reached"], first["value"], first["text"]) == (True, 0, "1 of 1 order in 2026-05")


DELAYED = """
name: Edge Shop
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
earn:
  - {id: cashback, percent: 5}
levels:
  counts: next_month
  steps:
    - {id: green, at: 0}
    - {id: white, at: 100, multiply: {cashback: 3}}
"""


def test_a_level_by_closed_months_waits_for_the_month_to_close_with_days_of_grace_too(shop: Shop) -> None:
    document = DELAYED.replace("counts: next_month", "counts: next_month\n  grace_days: 30")
    assert (shop.publish(document).status, shop.connect().status) == (200, 200)
    shop.later_s = 3600
    buy(shop, 1, "100.00")
    buy(shop, 2, "500.00")
    assert (shop.available("acme.1"), progress(shop)["level"]["text"]) == (500 + 2500, "green, with 0.00 EUR")
    refund(shop, 1)
    assert shop.available("acme.1") == 2500
    shop.later_s = 28 * 86_400
    assert progress(shop)["level"]["text"] == "white, with 500.00 EUR"


def test_an_order_that_is_heard_in_a_later_month_is_multiplied_by_the_level_of_its_own(shop: Shop) -> None:
    assert (shop.publish(DELAYED).status, shop.connect().status) == (200, 200)
    shop.later_s = 25 * 86_400
    paid_in_may = shop.order(2)
    shop.later_s = 30 * 86_400
    buy(shop, 1, "200.00")
    assert shop.hear(paid_in_may).status == 200
    assert shop.available("acme.1") == 1000 + 500
    assert progress(shop)["level"]["text"] == "white, with 100.00 EUR"


def test_a_member_sees_its_own_progress_only(full_shop: Shop) -> None:
    buy(full_shop, 1)
    own = full_shop.token_of("acme.1")
    assert full_shop.call("GET", "/v1/members/acme.1/progress", key=own).status == 200
    assert full_shop.call("GET", "/v1/members/acme.2/progress", key=own).problem == (403, "forbidden")
    assert full_shop.call("GET", "/v1/members/acme.9/progress", key=full_shop.storefront).problem == (404, "not_found")
