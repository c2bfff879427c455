"""What a storefront has sent and could not be processed: whom it is about, why, and trying it again."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from chalicelib.domain.errors import Busy, Conflict, InvalidInput, TooLarge, Unavailable
from chalicelib.edge.api import webhooks
from chalicelib.edge.console import deliveries
from chalicelib.edge.storefronts import PartlyUnreadable, UnreadableDelivery
from chalicelib.store import deliveries as stored_deliveries
from chalicelib.store.deliveries import CAUSES
from tests.edge.browser import Browser
from tests.edge.conftest import STANDARD_SECRET, STRIPE_SECRET, Shop


def test_a_delivery_is_processed_again(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    open_shop.hear(b"{}")
    owner = visitor(open_shop)
    owner.open("/console/deliveries")
    assert owner.send(owner.page.forms[0]["action"]).status == 422
    assert "It still cannot be processed" in owner.text


def test_a_delivery_says_which_order_of_whom_it_is_about(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    order = {
        "id": 7001,
        "name": "#14",
        "status": "maybe",
        "total": "53.00",
        "currency": "eur",
        "customer": {"first_name": "Dora", "last_name": "<Maar>", "email": "dora@example.com"},
    }
    open_shop.hear(json.dumps({"type": "order.paid", "data": order}).encode())
    owner = visitor(open_shop)
    owner.open("/console/deliveries")
    assert "Order #14" in owner.text
    link = next(link for link in owner.page.links if "/deliveries/" in link)
    owner.open(link)
    for text in ("A message about the order #14", "Dora <Maar>dora@example.com", "€53.00", "7001", "waits"):
        assert text in owner.text
    assert b"<Maar>" not in owner.answer.body
    reader = visitor(open_shop, "reader", "ben")
    reader.open("/console/deliveries")
    assert link not in reader.page.links
    assert reader.open(link).status == 403


def test_messages_of_senders_whose_bodies_have_the_topic_differ_in_the_list(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    open_shop.connect("pay", "stripe", STRIPE_SECRET)
    open_shop.connect("own", "standard", STANDARD_SECRET)
    invoice = {"type": "invoice.paid", "data": {"object": {"id": "in_7", "total": 2000, "currency": "eur"}}}
    order = {"type": "order.paid", "data": {"id": "9", "number": "#15", "status": "paid", "currency": "EUR"}}
    order["data"]["lines"] = [{"id": "1", "amount": "1,50"}]  # type: ignore[index]
    assert open_shop.send("pay", "stripe", STRIPE_SECRET, "", invoice).status == 202
    assert open_shop.send("own", "standard", STANDARD_SECRET, "", order).status == 202
    owner = visitor(open_shop)
    owner.open("/console/deliveries")
    assert "Order in_7 invoice.paidA part of it was not understood." in owner.text
    assert "Order #15 order.paidYour own system has sent something that the format does not allow." in owner.text
    rows = list(csv.reader(StringIO(owner.open("/console/deliveries.csv").body.decode())))
    assert {tuple(row[1:4]) for row in rows[1:]} == {("pay", "invoice.paid", "in_7"), ("own", "order.paid", "#15")}


@pytest.mark.parametrize("body", [b"not json", b"[1]", b'{"type": 5, "id": {}}', b'{"type": "' + b"x" * 90_000 + b'"}'])
def test_a_message_that_names_nothing_is_listed_all_the_same(
    open_shop: Shop, visitor: Callable[..., Browser], body: bytes
) -> None:
    assert open_shop.hear(body).status == 202
    owner = visitor(open_shop)
    assert owner.open("/console/deliveries").status == 200
    assert "Order " not in owner.text
    assert "A part of it was not understood" in owner.text


def kept_page(shop: Shop, owner: Browser) -> Browser:
    """The page of the newest delivery that waits."""
    owner.open("/console/deliveries")
    owner.open(next(link for link in owner.page.links if "/deliveries/" in link))
    return owner


@pytest.mark.parametrize(
    ("body", "number", "member"),
    [
        ({"id": 9, "customer": {"id": 1}}, "1", "acme.1"),
        ({"id": 9, "customer_id": 1}, "1", "acme.1"),
        (
            {"type": "x", "data": {"object": {"customer": "cus_9", "metadata": {"shop_member": "1"}}}},
            "1",
            "acme.1",
        ),
        ({"type": "x", "data": {"object": {"payment_intent": "5"}}}, "", "acme.1"),
        ({"id": 5, "customer_id": 0}, "", "acme.1"),
        ({"id": 9, "billing": {"email": "Buyer1@mail.example"}}, "", "acme.1"),
        ({"id": 9, "customer_id": 77}, "77", ""),
        ({"id": 9, "email": "nobody@mail.example"}, "", ""),
    ],
    ids=str,
)
def test_a_delivery_that_waits_leads_to_the_customer(
    open_shop: Shop, visitor: Callable[..., Browser], body: Any, number: str, member: str
) -> None:
    open_shop.buy(5, customer=1)
    assert open_shop.hear(json.dumps(body).encode()).status == 202
    page = kept_page(open_shop, visitor(open_shop))
    assert ("Customer's number" in page.text) == bool(number)
    assert f"Customer's number{number}" in page.text or not number
    assert (f"See what the customer has now {member}" in page.text) == bool(member)
    assert ("Membernobody yet" in page.text) == (not member)


def test_a_delivery_that_names_nobody_says_nothing_of_a_member(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    open_shop.hear(b"{}")
    assert "nobody yet" not in kept_page(open_shop, visitor(open_shop)).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"id": 9, "total": "1053.50", "currency": "eur"}, "Montant1 053,50 €"),
        ({"id": 9, "total": "1053.50"}, "Montant1053,50"),
        ({"id": 9, "total": "5.123", "currency": "EUR"}, "Montant5.123 EUR"),
        ({"id": 9, "total": "<b>", "currency": "tea"}, "Montant<b> TEA"),
        ({"id": 9, "total": 3, "currency": "JPY"}, "Montant3 JPY"),
    ],
    ids=str,
)
def test_the_sum_of_a_delivery_reads_as_elsewhere(
    open_shop: Shop, visitor: Callable[..., Browser], body: Any, text: str
) -> None:
    open_shop.hear(json.dumps(body).encode())
    page = kept_page(open_shop, visitor(open_shop, name="zoe", language="fr"))
    assert text in re.sub(r"\s", " ", page.text)


def test_a_delivery_with_a_currency_and_no_sum_has_no_line_for_one(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    open_shop.hear(json.dumps({"id": 9, "currency": "EUR"}).encode())
    page = kept_page(open_shop, visitor(open_shop))
    assert "<dt>Sum</dt>" not in page.answer.body.decode()
    assert "about the order 9" in page.text


def test_a_sum_in_minor_units_is_read_as_one(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    open_shop.connect("pay", "stripe", STRIPE_SECRET)
    body = {"type": "invoice.paid", "data": {"object": {"object": "invoice", "total": 2000, "currency": "eur"}}}
    assert open_shop.send("pay", "stripe", STRIPE_SECRET, "", body).status == 202
    assert "Sum€20.00" in kept_page(open_shop, visitor(open_shop)).text


def test_a_delivery_that_was_processed_leads_to_the_customer(
    open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("chalicelib.edge.api.webhooks.translated", lambda *_: 1 / 0)
        open_shop.buy(1)
    owner = visitor(open_shop)
    owner.open("/console/deliveries")
    owner.send(owner.page.forms[0]["action"])
    assert "The message was processed." in owner.text
    assert "/console/members/acme.1" in owner.page.links


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            Unavailable("the table cannot be written: %(code)s", code="ThrottlingException"),
            "could not read its own data",
        ),
        (Unavailable("the parameter /ristourne/prod/root does not exist; restore it"), "could not read its own"),
        (Busy("others are writing the same records"), "Very much came at once"),
        (ZeroDivisionError(), "That is our mistake"),
        (TooLarge("the body must be at most %(most)s bytes, got %(size)s", most=1, size=2), "It is larger than what"),
        (PartlyUnreadable("the order is recorded without a part of it: a refund"), "The order counts, without a part"),
        (UnreadableDelivery("line_items[0].price: Expected `str`, got `bool`"), "A part of it was not"),
        (
            InvalidInput("id", "must be one that was never used", "ann@mail.example"),
            "It was understood, but does not agree",
        ),
        (Conflict("it was merged before"), "It was understood, but"),
    ],
)
def test_every_cause_of_a_kept_delivery_says_what_to_do(error: Exception, words: str) -> None:
    failure = webhooks.failure_of(error)
    assert failure.cause in CAUSES
    assert words in deliveries.advice(failure.cause, "shopify")
    assert "ann@" not in failure.reason


def test_a_message_that_waits_is_listed_however_many_were_processed_since(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    for number in range(1, 53):
        open_shop.later_s += 1
        open_shop.hear({"id": number}, "orders/updated")
    for row in stored_deliveries.newest(open_shop.now, 100)[:-1]:
        stored_deliveries.mark_replayed(row.id, open_shop.now)
    owner = visitor(open_shop)
    owner.open("/console/deliveries")
    assert "Nothing waits" not in owner.text
    assert len(owner.open("/console/deliveries.csv").body.decode().splitlines()) == 2
    assert len(owner.open("/console/deliveries.csv?state=all").body.decode().splitlines()) == 53
