"""Merging members over HTTP: Shopify's customers/merge, and the operator's route."""

from typing import Any

import pytest

from tests.edge.conftest import PROGRAMME, Shop


def merged(status: str = "completed", kept: int = 1, deleted: int = 2) -> Any:
    """As https://shopify.dev/docs/api/webhooks documents customers/merge."""
    return {
        "admin_graphql_api_customer_kept_id": f"gid://shopify/Customer/{kept}",
        "admin_graphql_api_customer_deleted_id": f"gid://shopify/Customer/{deleted}",
        "admin_graphql_api_job_id": None,
        "status": status,
        "errors": [],
    }


def balances(shop: Shop) -> tuple[int, int]:
    return shop.available("acme.1"), shop.available("acme.2")


def test_customers_whom_shopify_has_merged_have_one_balance(open_shop: Shop) -> None:
    """20.00 and 10.00 are 30.00, under either id (Odoo PR 171706, Mautic PR 5964)."""
    open_shop.give(2000, "acme.1")
    open_shop.give(1000, "acme.2")
    answer = open_shop.hear(merged(), "customers/merge")
    assert (answer.status, answer.json["result"]) == (200, "recorded")
    assert balances(open_shop) == (3000, 3000)
    before = open_shop.books()
    assert open_shop.hear(merged(), "customers/merge").status == 200
    assert open_shop.books() == before
    assert open_shop.reasons("acme.1")[-1] == (
        "10.00 EUR",
        "From another account of yours, which is now one with this.",
    )


@pytest.mark.parametrize("status", ["failed", "requested", "in_progress"])
def test_a_merge_that_is_not_done_merges_nothing(open_shop: Shop, status: str) -> None:
    open_shop.give(1000, "acme.2")
    assert open_shop.hear(merged(status), "customers/merge").json["result"] == "ignored"
    assert balances(open_shop) == (0, 1000)


@pytest.mark.parametrize(
    ("kept", "deleted", "field"),
    [("x", 2, "admin_graphql_api_customer_kept_id"), (1, 0, "admin_graphql_api_customer_deleted_id")],
)
def test_a_merge_of_what_is_no_customer_is_kept_and_names_the_field(
    open_shop: Shop, kept: Any, deleted: Any, field: str
) -> None:
    """docs/storefronts.md: a customer of Shopify is a number from 1; acme.x, whom no order can be of, was a member."""
    answer = open_shop.hear(merged(kept=kept, deleted=deleted), "customers/merge")
    assert (answer.status, answer.json["result"]) == (202, "kept")
    assert answer.json["reason"].startswith(f"{field} must be gid://shopify/Customer/ and the customer's number")
    assert open_shop.call("GET", "/v1/members/acme.x", key=open_shop.storefront).status == 404


def test_the_next_webhook_of_an_order_that_names_the_kept_customer_moves_nothing(open_shop: Shop) -> None:
    """Shopify's `orders/fulfilled` after `customers/merge`: it was said to be another customer's."""
    limited = PROGRAMME.replace("percent: 5", "percent: 5, limits: [{amount: 8, per: day}]", 1)
    open_shop.replace_programme(limited)
    for customer in (1, 2):
        open_shop.buy(customer, customer)
    open_shop.hear(merged(), "customers/merge")
    before, reasons = balances(open_shop), open_shop.reasons("acme.1")
    assert before == (800 + 200, 800 + 200)
    open_shop.later_s += 60
    told = open_shop.order(2, 1, fulfillment_status="fulfilled")
    assert open_shop.hear(told, "orders/fulfilled").json["result"] == "recorded"
    assert (balances(open_shop), open_shop.reasons("acme.1")) == (before, reasons)


def test_customers_who_never_bought_are_one_from_then_on(open_shop: Shop) -> None:
    assert open_shop.hear(merged(), "customers/merge").status == 200
    open_shop.buy(1, 2)
    assert open_shop.available("acme.1") == open_shop.available("acme.2") > 0


def test_the_operator_merges_and_what_cannot_be_is_said(open_shop: Shop) -> None:
    open_shop.give(2000, "acme.1")
    open_shop.give(1000, "acme.2")
    path = "/v1/members/acme.1/merge"
    answer = open_shop.post(path, {"from": "acme.2"}, caller=open_shop.admin)
    assert (answer.status, answer.json) == (200, {"member": "acme.1", "merged": "acme.2"})
    assert balances(open_shop) == (3000, 3000)
    assert open_shop.post(path, {"from": "acme.2"}, caller=open_shop.admin).status == 200
    assert open_shop.post(path, {"from": "acme.1"}, caller=open_shop.admin).problem == (400, "invalid_input")
    assert open_shop.post(path, {"from": "acme.9"}, caller=open_shop.admin).problem == (404, "not_found")
    answer = open_shop.post("/v1/members/acme.2/merge", {"from": "acme.1"}, caller=open_shop.admin)
    assert answer.problem == (409, "conflict")


LEVELS = """
levels:
  steps: [{id: green, at: 0}, {id: silver, at: 500}, {id: gold, at: 900, multiply: {cashback: 1.5}}]
"""


def test_the_better_of_two_levels_that_were_given_by_hand_stays(shop: Shop) -> None:
    assert shop.publish(PROGRAMME + LEVELS).status == 200
    assert shop.connect().status == 200
    given = {"acme.1": {"level": "silver", "last_day": "2026-05-05"}, "acme.2": {"level": "gold"}}
    for member, level in given.items():
        shop.give(100, member)
        answer = shop.post(f"/v1/members/{member}/level", {**level, "reason": "a test"}, caller=shop.admin)
        assert answer.status == 200, answer.body
    shop.later_s += 5 * 86_400
    assert shop.post("/v1/members/acme.1/merge", {"from": "acme.2"}, caller=shop.admin).status == 200
    progress = shop.call("GET", "/v1/members/acme.1/progress", key=shop.storefront).json
    assert progress["level"]["level"] == "gold"
    shop.buy(1, 1)
    assert shop.available("acme.1") == 200 + 750
