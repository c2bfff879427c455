"""A webhook that comes again, however late, changes nothing: with the storefronts' bodies, by the webhook's code.

Senders repeat for minutes (most), four hours (Shopify), three days (Stripe); a person replays after a year.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unittest import mock

import pytest
from msgspec import Struct

from chalicelib.domain.commands import PlaceHold, PublishProgramme, Redeem, WriteDown
from chalicelib.domain.records import Member
from chalicelib.edge import process
from chalicelib.edge.api.webhooks import process_delivery
from chalicelib.store.secrets import Secrets, StoredConnection
from tests.proof.crash_points import Fragile, carry_out, engine_on
from tests.proof.soak.shelf import Shelf
from tests.proof.stories import whole_programme
from tests.world.builders import DAY_S, NOW
from tests.world.senders import (
    IDENTITIES,
    Json,
    delivery,
    shopify_order,
    shopify_refund,
    shopify_transaction,
    standard_dispute,
    standard_order,
    stripe_charge,
    stripe_dispute,
    stripe_session,
    woocommerce_order,
)

LATER_S = {"10 minutes": 600, "4 hours": 4 * 3600, "3 days": 3 * DAY_S, "a year": 365 * DAY_S}


class Webhook(Struct, frozen=True):
    """A storefront's body, with the header that says what it is about."""

    sender: str
    body: Json
    topic: str = ""


SHOPIFY = (
    Webhook("shopify", shopify_order(), "orders/paid"),
    Webhook("shopify", shopify_order(updated_at="2026-02-01T10:00:00+01:00", note="later"), "orders/updated"),
    Webhook("shopify", shopify_refund(transactions=[shopify_transaction("7.00")]), "refunds/create"),
    Webhook("shopify", shopify_order(updated_at="2026-02-01T12:00:00Z", cancelled_at="2026-02-01T12:00:00Z"),
            "orders/cancelled"),
)  # fmt: skip
WOOCOMMERCE = (
    Webhook("woocommerce", woocommerce_order(), "order.created"),
    Webhook("woocommerce", woocommerce_order(date_modified_gmt="2026-02-01T09:00:00", status="cancelled"),
            "order.updated"),
)  # fmt: skip
STRIPE = (
    Webhook("stripe", stripe_session()),
    Webhook("stripe", stripe_charge(amount_refunded=1200)),
    Webhook("stripe", stripe_dispute()),
)
STANDARD = (Webhook("standard", standard_order()), Webhook("standard", standard_dispute()))

LIVES = {"shopify": SHOPIFY, "woocommerce": WOOCOMMERCE, "stripe": STRIPE, "standard": STANDARD}


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """An open shop, on which the webhook's code works."""
    shelf = Shelf()
    carry_out(shelf, PublishProgramme(whole_programme(), "", 0, 0, 0), 0)
    with (
        mock.patch.object(process, "engine", return_value=engine_on(Fragile(shelf))),
        mock.patch.object(Secrets, "identities", return_value=IDENTITIES),
    ):
        yield shelf


def receive(webhook: Webhook, now: int) -> str:
    """What becomes of a delivery."""
    sent = delivery(webhook.sender, webhook.body, webhook.topic)
    connection = StoredConnection(webhook.sender, webhook.sender, "shop")
    return process_delivery(connection, sent.headers, sent.body, now).result


def expect_nothing_new(shelf: Shelf, webhooks: Sequence[Webhook], now: int) -> None:
    before = dict(shelf.records)
    assert {receive(webhook, now) for webhook in webhooks} == {"unchanged"}
    assert shelf.records == before


@pytest.mark.parametrize("later", LATER_S)
@pytest.mark.parametrize("sender", LIVES)
def test_each_webhook_changes_nothing_when_it_comes_again(shelf: Shelf, sender: str, later: str) -> None:
    """Each of an order's webhooks, right after it was new, and long after."""
    for webhook in LIVES[sender]:
        assert receive(webhook, NOW) == "recorded"
        expect_nothing_new(shelf, [webhook], NOW + LATER_S[later])


@pytest.mark.parametrize("later", LATER_S)
@pytest.mark.parametrize("sender", LIVES)
def test_a_whole_order_changes_nothing_when_it_comes_again_backwards(shelf: Shelf, sender: str, later: str) -> None:
    for webhook in LIVES[sender]:
        receive(webhook, NOW)
    expect_nothing_new(shelf, LIVES[sender][::-1], NOW + LATER_S[later])


@pytest.mark.parametrize("later", LATER_S)
@pytest.mark.parametrize("sender", LIVES)
def test_spending_and_time_in_between_do_not_matter(shelf: Shelf, sender: str, later: str) -> None:
    """The reward was held and spent, what was left expired and was written down; and then the webhooks come again."""
    first, *_ = LIVES[sender]
    receive(first, NOW)
    (member,) = [owner for owner in shelf.all(Member) if owner.accounts]  # beside it there is the anchor of its e-mail
    carry_out(shelf, PlaceHold(member.member, "h_1", "EUR/2", 20), NOW + 60)
    carry_out(shelf, Redeem(member.member, "EUR/2", 10), NOW + 60)
    carry_out(shelf, WriteDown(member.member), NOW + LATER_S[later])
    expect_nothing_new(shelf, [first], NOW + LATER_S[later])
