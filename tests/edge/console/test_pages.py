"""The console's other pages: reviews, deliveries, connections, the programme, people and their log."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Callable
from io import StringIO
from typing import Any
from unittest import mock

import pytest

import app as entry
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.errors import Busy, Conflict, InvalidInput, TooLarge, Unavailable
from chalicelib.edge import acts
from chalicelib.edge.api import webhooks
from chalicelib.edge.console import connections, deliveries, log
from chalicelib.edge.console.programme import versions
from chalicelib.edge.jobs import rounds
from chalicelib.edge.storefronts import PartlyUnreadable, UnreadableDelivery
from chalicelib.store import deliveries as stored_deliveries
from chalicelib.store import drafts, users
from chalicelib.store.deliveries import CAUSES
from chalicelib.store.drafts import Draft
from infra.build.artifacts import ROOT
from tests.edge.api.test_reviews import bring, reviews, wary
from tests.edge.browser import HOST, Browser, Passkey
from tests.edge.conftest import PROGRAMME, SHOPIFY_SECRET, STANDARD_SECRET, STRIPE_SECRET, WOO_SECRET, Shop
from tests.world import gateway

__all__ = ["wary"]


@pytest.fixture
def visitor() -> Callable[..., Browser]:
    def make(shop: Shop, role: str = "owner", name: str = "ada", language: str = "en") -> Browser:
        browser = Browser(shop, language)
        browser.accept(role, name)
        return browser

    return make


def test_a_bonus_is_approved_in_four_steps_from_the_first_page(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    owner = visitor(wary)
    owner.open("/console")
    assert "1bonus waits for your decision" in owner.text
    owner.open("/console/reviews")
    link = next(link for link in owner.page.links if link.endswith("/acme.1/1"))
    owner.open(link)
    assert "an e-mail address to throw away" in owner.text
    assert "Approve the bonus of €20.00" in owner.text
    assert "/console/members?order=acme%2F2" in owner.page.links
    owner.send("", reason="we called them")
    assert "The bonus was approved." in owner.text
    assert wary.available("acme.1") == 2000
    owner.open("/console/members/acme.1")
    assert "by ada" not in owner.text  # a bonus that is given says what the friends spent, not what was written


def test_a_bonus_that_waits_is_not_counted_and_leads_to_its_review(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    reader = visitor(wary, "reader", "ben")
    reader.open("/console/members/acme.1")
    assert "Bonuses0One waits for your decision" in reader.text
    assert "/console/reviews/acme.1/1" in reader.page.links
    owner = visitor(wary)
    owner.open("/console/reviews/acme.1/1")
    owner.send("", reason="fine")
    reader.open("/console/members/acme.1")
    assert "Bonuses1 Came" in reader.text


def test_a_bonus_is_denied_and_the_verdict_taken_back(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    owner = visitor(wary)
    owner.open("/console/reviews/acme.1/1")
    assert owner.send("", 1, reason="").status == 400
    assert "Write the reason" in owner.text
    owner.send("", 1, reason="one household")
    assert "The bonus was denied." in owner.text
    owner.open("/console/reviews?state=all")
    assert "denied" in owner.text
    owner.open("/console/members/acme.1")
    assert "Bonuses0One was denied" in owner.text
    owner.open("/console/reviews/acme.1/1")
    owner.send("", reason="a mistake")
    assert "The decision was taken back." in owner.text
    assert [review["state"] for review in reviews(wary)["reviews"]] == ["held"]


APPROVE, DENY, UNDO = ("approve", 0), ("deny", 1), ("undo", 0)
"""A verdict, and which form of the bonus's page gives it."""


@pytest.mark.parametrize(
    ("before", "first", "late", "state"),
    [
        ((), APPROVE, DENY, "approved"),
        ((), DENY, APPROVE, "denied"),
        ((APPROVE,), UNDO, UNDO, "held"),
        ((DENY,), UNDO, UNDO, "held"),
    ],
)
def test_a_tab_that_shows_an_earlier_state_of_a_bonus_changes_nothing(
    wary: Shop,
    visitor: Callable[..., Browser],
    before: tuple[tuple[str, int], ...],
    first: tuple[str, int],
    late: tuple[str, int],
    state: str,
) -> None:
    bring(wary, 2, 3)
    owner, colleague = visitor(wary), visitor(wary, name="lea")
    for _, number in before:
        owner.open("/console/reviews/acme.1/1")
        owner.send("", number, reason="at first")
    for tab in (owner, colleague):
        tab.open("/console/reviews/acme.1/1")
    assert owner.send("", first[1], reason="in time").status == 200
    balance = wary.available("acme.1")
    assert colleague.send("", late[1], reason="too late").status == 409
    assert "The bonus was decided meanwhile, and nothing was done now" in colleague.text
    assert {"held": "waits for you"}.get(state, state) in colleague.text
    assert [review["state"] for review in reviews(wary, "?all=1")["reviews"]] == [state]
    assert wary.available("acme.1") == balance


def test_a_verdict_that_is_sent_twice_is_given_once_and_says_so(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    owner = visitor(wary)
    owner.open("/console/reviews/acme.1/1")
    fields = owner.page.forms[-2]["fields"] | {"reason": "fine"}
    assert fields["verdict"] == "approve"
    for _ in range(2):
        assert owner.post("/console/reviews/acme.1/1", fields).status == 200
        assert "The bonus was approved." in owner.text
    assert wary.available("acme.1") == 2000


def test_a_verdict_says_which_state_it_is_about(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    fields = {"verdict": "approve", "reason": "x", "once": "1"}
    assert visitor(wary).post("/console/reviews/acme.1/1", fields).status == 400
    assert reviews(wary)["reviews"][0]["state"] == "held"


def test_an_unknown_bonus_and_an_unknown_verdict_are_refused(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    owner = visitor(wary)
    assert owner.open("/console/reviews/acme.1/9").status == 404
    assert owner.post("/console/reviews/acme.1/1", {"verdict": "burn", "reason": "x", "once": "1"}).status == 400


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "There is no page at this"), ("fr", "Il n\u2019y a pas de page")]
)
def test_an_address_without_a_page_is_answered_with_one(bare_shop: Shop, language: str, sentence: str) -> None:
    headers = {"Host": HOST, "Accept-Language": language}
    for path in ("membres", "members/acme.1/statment/2026", "members/acme.1/adjustments", "connections/acme/removal"):
        reply = gateway.ask("GET", f"/console/{path}", headers, b"")
        assert (reply.status, reply.route) == (404, "/console/{page+}")
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
        assert sentence in reply.body.decode()
        assert 'href="/console/sign-in"' in reply.body.decode()


def test_below_a_stage_the_page_of_an_unknown_address_leads_to_the_stages_console(bare_shop: Shop) -> None:
    context = {"httpMethod": "GET", "resourcePath": "/console/{page+}", "path": "/prod/console/a/b", "stage": "prod"}
    event = {
        "requestContext": context,
        "headers": {"Host": "x.execute-api.eu-west-1.amazonaws.com"},
        "pathParameters": {"page": "a/b"},
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert 'href="/prod/console/sign-in"' in entry.app(event, None)["body"]


def test_an_address_without_a_page_leads_a_user_back(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    reader = visitor(open_shop, "reader", "ben")
    assert reader.open("/console/membres").status == 404
    assert "/console" in reader.page.links


def decisions(reader: Browser) -> list[str]:
    """The column of decisions in the file of bonuses."""
    text = reader.open("/console/reviews.csv?state=all").body.decode("utf-8-sig")
    return [row["Decision"] for row in csv.DictReader(StringIO(text))]


def test_lists_are_files_with_the_same_filter(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    wary.hear(b"{}")
    owner = visitor(wary)
    for path, rows in (("reviews", 1), ("deliveries", 1)):
        text = owner.open(f"/console/{path}.csv").body.decode()
        assert len(text.splitlines()) == 1 + rows, text
    assert ",20.00,EUR," in owner.open("/console/reviews.csv").body.decode()
    assert decisions(owner) == [""]
    owner.open("/console/reviews/acme.1/1")
    owner.send("", reason="fine")
    assert decisions(owner) == ["approved"]
    assert len(owner.open("/console/reviews.csv").body.decode().splitlines()) == 1
    assert len(owner.open("/console/reviews.csv?state=all").body.decode().splitlines()) == 2


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


def test_an_empty_list_says_so(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    owner.open("/console/deliveries")
    assert "Nothing waits" in owner.text
    owner.open("/console/reviews")
    assert "No bonus waits for you" in owner.text
    owner.open("/console/reviews?state=all")
    assert "No bonus was ever held" in owner.text


def test_a_name_that_a_connection_has_is_refused_before_anything_is_pasted(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    assert owner.open("/console/connections/new?kind=woocommerce&id=acme").status == 409
    assert "Another connection has this name." in owner.text
    form = next(form for form in owner.page.forms if form["action"].endswith("/connections/new"))
    assert form["fields"] == {"kind": "woocommerce", "id": "acme"}
    assert owner.open("/console/connections/new?kind=woocommerce&id=th%C3%A9").status == 400
    assert "must be 1 to 40 lower-case letters, digits and dashes" in owner.text
    assert owner.open("/console/connections/new?kind=woocommerce&id=guest").status == 400
    assert owner.open("/console/connections/new?kind=woocommerce&id=acme-2").status == 200


@pytest.mark.parametrize("kind", sorted(connections.NAMES))
def test_a_shop_is_connected_by_the_guide(bare_shop: Shop, visitor: Callable[..., Browser], kind: str) -> None:
    owner = visitor(bare_shop)
    owner.open("/console/connections")
    assert "No shop is connected yet" in owner.text
    owner.open(f"/console/connections/new?kind={kind}&id=my-shop")
    assert b"/webhooks/my-shop" in owner.answer.body
    assert all(f"<li>{event}</li>".encode() in owner.answer.body for event in connections.EVENTS.get(kind, ()))
    pasted = {"shopify": SHOPIFY_SECRET, "stripe": "whsec_stripe_edge_00001"}.get(kind)
    secret = pasted or owner.page.forms[-1]["fields"]["secret"]
    owner.send("/connections", secret=secret)
    assert owner.path == "/console/connections/my-shop"
    assert "The connection was added." in owner.text
    assert connections.NEXT[kind][0] in owner.text
    assert connections.TRY[kind] in owner.text
    assert owner.send("/test", secret=secret).status == 200
    assert "That is the secret that is in force" in owner.text
    owner.send("/test", secret=f"{secret}x")
    assert "That is another secret" in owner.text


def test_a_secret_that_cannot_be_is_said_and_not_repeated(bare_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(bare_shop)
    owner.open("/console/connections/new?kind=stripe&id=my-shop")
    assert owner.send("/connections", secret="sk_live_of_stripe_1234").status == 400
    assert "starts with whsec_" in owner.text
    assert b"sk_live_of_stripe_1234" not in owner.answer.body
    assert owner.post("/console/connections", {"kind": "magento", "id": "x", "secret": "y" * 20}).status == 409


def test_what_no_key_of_shopifys_can_be_is_said_at_the_field(bare_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(bare_shop)
    owner.open("/console/connections/new?kind=shopify&id=my-shop")
    for secret in ("un secret très long avec é 🍵", "a key with spaces 12345"):
        assert owner.send("/connections", secret=secret).status == 400
        assert b'id="connect-secret-wrong">This must be the key as Shopify shows it' in owner.answer.body
    bare_shop.connect("other")
    owner.open("/console/connections/other")
    assert owner.send("/secret", secret="a key with spaces 12345").status == 400
    assert b'id="rotate-secret-wrong"' in owner.answer.body


def test_a_new_connection_says_what_is_next_until_an_order_was_counted(
    shop: Shop, visitor: Callable[..., Browser]
) -> None:
    shop.publish()
    shop.connect()
    owner = visitor(shop)
    owner.open("/console/connections/acme")
    assert "is seen in the shop: In Shopify, under Settings > Notifications > Webhooks, choose Send test" in owner.text
    shop.hear(b"{}")
    owner.open("/console/connections/acme")
    assert "A message of 4 May 2026, 12:00 PM has reached this address" in owner.text
    shop.buy(1)
    assert rounds.run(shop.now + DAY_S, lambda: 900.0).done
    owner.open("/console/connections/acme")
    assert "What is next" not in owner.text


def test_the_order_that_the_guide_shows_counts(shop: Shop) -> None:
    shop.publish()
    shop.connect("own", "standard", STANDARD_SECRET)
    order = connections.FORMAT.replace("2026-01-31T09:02", "2026-05-04T12:00")
    answer = shop.send("own", "standard", STANDARD_SECRET, "", order.encode())
    assert answer.json == {"result": "recorded"}
    assert shop.available("own.42") > 0


def test_a_test_has_campaigns_that_hold_people_out(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    """The customer of a test stood for nobody, and was among those held out by chance."""
    campaign = "{id: tea, starts: 2026-05-01, ends: 2026-05-30, multiply: {cashback: 2.5}, holdout: 90}"
    assert open_shop.publish(f"{PROGRAMME}campaigns: [{campaign}]\n", If_Match='"1"').status == 200
    open_shop.later_s += 600
    owner = visitor(open_shop)
    owner.open("/console/connections/acme")
    owner.send("/test", secret=SHOPIFY_SECRET)
    assert "€7.50: Campaign: tea, 2.5 times cashback." in owner.text
    assert "The campaign tea gives nothing to the 90% of people who are held out of it." in owner.text


def test_a_test_says_what_an_order_would_earn(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    owner.open("/console/connections/acme")
    owner.send("/test", secret=SHOPIFY_SECRET)
    assert "An order of €100.00 that a new customer pays now would earn" in owner.text
    assert "€5.00" in owner.text


def test_a_test_reads_as_french_does(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    french = visitor(open_shop, language="fr")
    french.open("/console/connections/acme")
    french.send("/test", secret=SHOPIFY_SECRET)
    assert re.search(r"5,00\s€\s: Cashback", french.text)


def test_the_fields_of_the_first_form_have_numbers_as_the_language_writes_them(
    bare_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    french = visitor(bare_shop, language="fr")
    french.open("/console/programme")
    fields = next(form["fields"] for form in french.page.forms if form["action"].endswith("/programme/first"))
    assert (fields["minimum"], fields["gift"]) == ("2,00", "3,00")


def test_a_test_says_it_in_the_programmes_own_currency(bare_shop: Shop, visitor: Callable[..., Browser]) -> None:
    """Yen have no decimals: what the order of 10,000 earns was said of one of 100.00."""
    document = PROGRAMME.replace("currency: EUR", "currency: JPY").replace("3.00", "300")
    assert (bare_shop.publish(document).status, bare_shop.connect().status) == (200, 200)
    owner = visitor(bare_shop)
    owner.open("/console/connections/acme")
    owner.send("/test", secret=SHOPIFY_SECRET)
    assert "An order of ¥10,000 that a new customer pays now would earn:¥500: Cashback: 5% of ¥10,000." in owner.text


def test_a_secret_is_changed_and_a_connection_removed_and_added_again(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    owner.open("/console/connections/acme")
    owner.send("/secret", secret="another-secret-of-shopify-2")
    assert "The new secret is in force." in owner.text
    assert "Secrets in force2" in owner.text
    owner.send("/secret", secret="another-secret-of-shopify-2", retire_old="1")
    assert "Secrets in force1" in owner.text
    owner.send("/removal")
    assert "removed" in owner.text
    owner.open("/console/connections/acme")
    assert "Connect it again" in owner.text


@pytest.mark.parametrize(
    ("kind", "secret", "sentence"),
    [
        ("shopify", SHOPIFY_SECRET, "After 8 refusals in a row Shopify ends its webhooks"),
        ("woocommerce", WOO_SECRET, "After 5 refusals WooCommerce switches its webhooks off"),
    ],
)
def test_a_connection_is_removed_by_a_second_click_that_says_what_will_happen(
    bare_shop: Shop, visitor: Callable[..., Browser], kind: str, secret: str, sentence: str
) -> None:
    bare_shop.connect("shop", kind, secret)
    owner = visitor(bare_shop)
    text = owner.open("/console/connections/shop").body.decode()
    fold = text[text.index("<details") : text.index("</details>")]
    assert fold.index("<summary>Remove shop</summary>") < fold.index("its customers get nothing") < fold.index("<form")
    assert sentence in fold
    assert text.count("/removal") == fold.count("/removal") == 1


def test_the_first_programme_is_published_in_three_steps(bare_shop: Shop, visitor: Callable[..., Browser]) -> None:
    bare_shop.connect()
    owner = visitor(bare_shop)
    owner.open("/console/programme")
    assert "Nothing is published yet" in owner.text
    owner.send("/programme/draft")
    assert "The page of your shop is on my-shop.example, which is reserved for examples" in owner.text
    assert "Publish version 1" in owner.text
    owner.send("/programme")
    assert "Version 1 is in force." in owner.text


FIRST = {"name": "Tom's Teapots", "page": "toms-teapots.fr/bienvenue", "percent": "4,5"}
"""What an owner fills in; the rest is proposed."""


class TestFirstDocument:
    @pytest.fixture
    def owner(self, bare_shop: Shop, visitor: Callable[..., Browser]) -> Browser:
        browser = visitor(bare_shop)
        browser.open("/console/programme")
        return browser

    def test_it_is_made_of_the_starter_and_published(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, currency="USD", timezone="America/New_York", bonus="8", gift="5")
        source = owner.source
        expected = versions.STARTER.read_text().partition("\n")[2]  # the line for editors leads nowhere in a shop
        for before, after in (
            ("name: My Shop", "name: Tom's Teapots"),
            ("currency: EUR", "currency: USD"),
            ("timezone: Europe/Paris", "timezone: America/New_York"),
            ("https://my-shop.example/welcome", "https://toms-teapots.fr/bienvenue"),
            ("my-shop.example", "toms-teapots.fr"),
            ("cashback, percent: 5", "cashback, percent: 4.5"),
            ("friends: 2, percent: 10,", "friends: 2, percent: 8,"),
            ("welcome: {amount: 3.00,", "welcome: {amount: 5,"),
        ):
            expected = expected.replace(before, after)
        assert source == expected
        assert "reserved for examples" not in owner.text
        assert "An order of $50.00 earns $2.25" in owner.text
        assert "Cashback: 4.5% of what you buy" in owner.text
        owner.send("/programme")
        assert "Version 1 is in force." in owner.text
        assert not [form for form in owner.page.forms if form["action"].endswith("/first")]

    def test_when_it_expires_and_how_one_pays_is_asked_too(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, expire_days="180", minimum="5", max_percent="")
        source = owner.source
        assert source.count("expire_days: 180") == 3
        assert "spending: {minimum: 5}" in source
        owner.open("/console/programme")
        owner.send("/programme/first", **FIRST, expire_days="", minimum="", max_percent="")
        assert "expire_days" not in owner.source
        assert "spending: {}" in owner.source
        owner.send("/programme")
        assert "Version 1 is in force." in owner.text

    def test_how_much_a_friend_must_buy_and_when_rewards_can_be_spent_is_proposed(self, owner: Browser) -> None:
        fields = next(form["fields"] for form in owner.page.forms if form["action"].endswith("/first"))
        assert (fields["vest_days"], fields["friend_minimum"]) == ("14", "20.00")
        owner.send("/programme/first", **FIRST)
        assert (owner.source.count("vest_days: 14"), "qualifies: {minimum: 20.00}" in owner.source) == (3, True)
        assert "is enough for the welcome gift" not in owner.text
        owner.open("/console/programme")
        owner.send("/programme/first", **FIRST, vest_days="30", friend_minimum="35,50")
        assert (owner.source.count("vest_days: 30"), "qualifies: {minimum: 35.50}" in owner.source) == (3, True)

    def test_a_gift_for_any_order_is_allowed_and_warned_of(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, vest_days="0", friend_minimum="")
        assert ("vest_days" in owner.source, "qualifies" in owner.source) == (False, False)
        assert "A friend's order of €0.01 is enough for the welcome gift of €3.00" in owner.text
        assert "Publish version 1" in owner.text

    @pytest.mark.parametrize(
        ("typed", "stated"),
        [
            ({"currency": "JPY"}, ["minimum: 200,", "welcome: {amount: 300,", "qualifies: {minimum: 2000}"]),
            ({"currency": "JPY", "minimum": "2,00", "gift": "3,00"}, ["minimum: 200,", "welcome: {amount: 300,"]),
            ({"currency": "JPY", "minimum": "500", "gift": "3"}, ["minimum: 500,", "welcome: {amount: 3,"]),
            ({"currency": "USD"}, ["minimum: 2.00,", "welcome: {amount: 3.00,"]),
        ],
    )
    def test_sums_that_were_proposed_are_of_the_size_of_the_currency(
        self, owner: Browser, typed: dict[str, str], stated: list[str]
    ) -> None:
        """A shop in Japan offered its friends 3 yen."""
        owner.send("/programme/first", **FIRST, **typed)
        source = owner.source
        assert [text for text in stated if text not in source] == []
        assert "Publish version 1" in owner.text

    def test_without_a_gift_friends_get_none(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, gift="")
        referral = "{friends: 2, percent: 10, qualifies: {minimum: 20.00}, vest_days: 14, expire_days: 365}"
        assert f"referral: {referral}" in owner.source
        assert "Publish version 1" in owner.text

    def test_when_rewards_expire_is_said_to_the_owner_and_to_customers(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, expire_days="180")
        assert owner.text.count("Rewards expire 180 days after they were earned.") == 2
        owner.open("/console/programme")
        owner.send("/programme/first", **FIRST, expire_days="")
        assert owner.text.count("Rewards do not expire.") == 2

    def test_without_referrals_the_section_is_left_out(self, owner: Browser) -> None:
        form = next(form for form in owner.page.forms if form["action"].endswith("/first"))
        fields = {name: value for name, value in form["fields"].items() if name != "referral"} | FIRST
        owner.post(form["action"], fields)
        assert "referral" not in owner.source
        assert "Publish version 1" in owner.text

    def test_all_that_is_wrong_is_told_and_what_was_typed_stays(self, owner: Browser) -> None:
        assert owner.send("/programme/first", name="", page="my shop", percent="a lot", gift="much").status == 400
        body = owner.answer.body.decode()
        for field in ("name", "percent", "gift"):
            assert f'id="first-{field}-wrong"' in body
        assert "4 fields are not right yet; what to do stands at each." in owner.text
        fields = owner.page.forms[0]["fields"]
        assert (fields["page"], fields["percent"], fields["referral"]) == ("my shop", "a lot", "1")

    @pytest.mark.parametrize(
        ("field", "typed", "sentence"),
        [
            ("page", "http://tea.fr", "The address must begin with https://."),
            ("max_percent", "0", "At 0 nobody could pay with a balance; leave it empty for all of an order."),
            ("max_percent", "0,00 %", "At 0 nobody could pay with a balance; leave it empty for all of an order."),
            ("gift", "0", "must be more than 0; for no gift, leave it out"),
            ("page", "https://my shop.fr", "Write the address of a page of your shop"),
            ("page", "https://", "Write the address of a page of your shop, as your browser shows it."),
            ("percent", "101", "must be between 0 and 100"),
            ("bonus", "-1", "must be between 0 and 100"),
            ("expire_days", "0", "At least one day."),
            ("expire_days", "14", "It would expire before it can be spent: write more than 14 days."),
            ("vest_days", "2,5", "Write a whole number of days, at most 3650, or leave it empty."),
            ("vest_days", "-1", "Write a whole number of days, at most 3650, or leave it empty."),
            ("vest_days", "soon", "Write a number such as 5 or 2.50."),
            ("friend_minimum", "-1", "must be between 0 and"),
            ("friend_minimum", "1,000", "1,000 can be read in two ways. Write 1000 for €1,000.00"),
            ("minimum", "1.500", "1.500 can be read in two ways. Write 1500 for €1,500.00"),
            ("friend_minimum", "0.234", "without smaller parts than its minor unit"),
            ("minimum", "-1", "must be between 0 and"),
            ("max_percent", "101", "Write a percent from 0 to 100."),
            ("percent", "1" * 23, "Write at most 15 digits before the point"),
            ("gift", "0.234", "without smaller parts than its minor unit"),
            ("currency", "XXX", "Choose one of these."),
            ("name", "a\u202eb", "must have no control character"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_field(self, owner: Browser, field: str, typed: str, sentence: str) -> None:
        owner.send("/programme/first", **FIRST | {field: typed})
        message = re.search(rf'id="first-{field}-wrong">([^<]*)', owner.answer.body.decode())
        assert message
        assert sentence in message[1]

    def test_a_reader_is_not_asked(self, bare_shop: Shop, visitor: Callable[..., Browser]) -> None:
        reader = visitor(bare_shop, "reader", "ben")
        reader.open("/console/programme")
        assert reader.page.forms == []


def test_the_starter_is_the_one_of_the_command() -> None:
    assert versions.STARTER.read_text() == (ROOT / "infra" / "demo" / "starter.yaml").read_text()


def test_the_page_of_fields_is_the_document_that_the_docs_explain(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    assert f"```yaml\n{versions.FIELDS.read_text()}```" in (ROOT / "docs" / "programme.md").read_text()
    owner = visitor(open_shop)
    owner.open("/console/programme")
    assert "/console/programme/fields" in owner.page.links
    owner.open("/console/programme/fields")
    assert "# what a refund takes back of a spent reward is owed" in owner.text


def test_the_programme_page_says_what_the_programme_gives(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    assert (
        "An order of €50.00 earns €2.50; 2 friends who buy for €50.00 each bring their referrer €10.00;" in owner.text
    )
    french = visitor(open_shop, "reader", "zoe", "fr")
    french.open("/console/programme")
    assert "Une commande de 50,00 € rapporte 2,50 €" in french.text
    assert "chaque ami parrainé reçoit 3,00 € en cadeau de bienvenue." in french.text


def test_before_the_first_version_nothing_is_said_to_be_given(bare_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(bare_shop)
    owner.open("/console/programme")
    assert "What the programme in force gives" not in owner.text


def test_every_problem_is_said_by_its_path_and_nothing_is_published(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    owner.send("/programme/draft", source=PROGRAMME.replace("percent: 5", "percent: -5").replace("3.00", "a lot"))
    assert owner.answer.status == 422
    assert "2 things are not right yet" in owner.text
    assert "earn[0].percent" in owner.text
    assert owner.source.strip().startswith("name: Edge Shop")


def test_a_difference_is_said_in_words_and_published(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    source = owner.source.replace("percent: 5", "percent: 6").replace("\n", "\r\n")
    owner.send("/programme/draft", source=source)
    assert "Rule cashback: “Percent” becomes 6% (was 5%)." in owner.text
    owner.send("/programme")
    assert "The new version was published." in owner.text
    assert "Version 2 is published. It holds from" in owner.text
    assert "\r" not in open_shop.call("GET", "/v1/programme", key=open_shop.admin).json["source"]
    owner.open("/console/programme?number=1")
    assert "percent: 5" in owner.text


def test_of_two_authors_the_later_one_is_told(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    owner.send("/programme/draft", source=PROGRAMME.replace("percent: 5", "percent: 6"))
    open_shop.publish(PROGRAMME.replace("percent: 5", "percent: 7"), If_Match="1")
    assert owner.send("/programme").status == 412
    assert "Version 2 was published since this draft was begun." in owner.text
    assert "“Percent” becomes 6% (was 7%)." in owner.text
    assert "Publish version" not in owner.text
    owner.send("/programme/draft", 1)
    assert "was published since" not in owner.text
    owner.send("/programme")
    assert "Version 3 is published." in owner.text


def test_a_draft_in_which_something_is_wrong_by_now_is_not_published(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    drafts.save(draft := Draft("name: x", 1), "ada", open_shop.now)
    owner = visitor(open_shop)
    assert owner.post("/console/programme", {"draft": draft.id, "expected": "1", "once": "1"}).status == 422
    assert "not right yet" in owner.text


def test_a_draft_has_an_address_for_thirty_days(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner, reader = visitor(open_shop), visitor(open_shop, "reader", "ben")
    owner.open("/console/programme")
    owner.send("/programme/draft", source=PROGRAMME.replace("percent: 5", "percent: 6"))
    reader.open(owner.address)
    assert "“Percent” becomes 6% (was 5%)." in reader.text
    assert reader.page.forms == []
    open_shop.later_s += drafts.KEPT_S
    again = visitor(open_shop, "owner", "bea")
    assert again.open(owner.address).status == 404


def test_a_reader_reads_the_document_and_has_no_form(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    reader = visitor(open_shop, "reader", "ben")
    for path in ("programme", "members/acme.1", "connections/acme", "people", "reviews"):
        if path.startswith("members"):
            open_shop.buy(1)
        reader.open(f"/console/{path}")
        assert reader.answer.status == 200, path
        assert [form["action"] for form in reader.page.forms] == [], path


def test_a_reader_who_may_not_stays_signed_in_and_finds_back(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    open_shop.buy(1)
    reader = visitor(open_shop, "reader", "ben")
    reader.open("/console/members/acme.1/card")
    assert reader.answer.status == 403
    assert "Back to today" in reader.text
    assert "/console/members" in reader.page.links
    assert "Sign in" not in reader.text


def test_a_colleague_is_invited_and_removed(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner, colleague = visitor(open_shop), Browser(open_shop)
    owner.open("/console/people")
    owner.send("/people", name=" Ben ", role="reader")
    link = owner.answer.body.decode().partition("/console/invitation/")[2].partition('"')[0]
    colleague.open(f"/console/invitation/{link}")
    colleague.send("")
    assert "Reader" in colleague.text
    owner.open("/console/people")
    owner.send("/people/ben/removal")
    assert "The person was removed." in owner.text
    colleague.open("/console")
    assert colleague.path == "/console/sign-in"


def role_of(name: str) -> str:
    person = users.user(name)
    assert person is not None
    return person.role


def test_no_invitation_makes_a_reader_of_the_owner_who_writes_it(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    owner.open("/console/people")
    assert owner.send("/people", name=" Ada ", role="reader").status == 400
    assert "You cannot make yourself a reader; another owner can." in owner.text
    assert role_of("ada") == "owner"
    assert owner.send("/people", name="ada", role="owner").status == 200


def test_an_owner_becomes_a_reader_when_asked_twice(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    Browser(open_shop).accept(name="ben")
    owner.open("/console/people")
    assert owner.send("/people", name="ben", role="reader").status == 400
    assert "ben is an owner here already, and would be a reader" in owner.text
    assert role_of("ben") == "owner"
    assert owner.send("/people", role="reader").status == 200
    assert role_of("ben") == "reader"


@pytest.mark.parametrize("way", ["removal", "role"])
def test_the_only_passkey_of_all_owners_stays(open_shop: Shop, visitor: Callable[..., Browser], way: str) -> None:
    owner, keeper = visitor(open_shop), Browser(open_shop)
    keeper.accept(name="ben")
    keeper.make_passkey(Passkey())
    owner.open("/console/people")
    status = owner.send("/people/ben/removal").status if way == "removal" else 0
    if way == "role":
        status = owner.send("/people", name="ben", role="reader").status
    assert status in (400, 409)
    assert "ben has the only passkey of all owners" in owner.text
    assert role_of("ben") == "owner"
    owner.make_passkey(Passkey())
    owner.open("/console/people")
    owner.send("/people/ben/removal")
    assert users.user("ben") is None


def test_one_cannot_remove_oneself_and_a_bad_name_is_said(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    assert owner.post("/console/people/ada/removal", {}).status == 409
    owner.open("/console/people")
    assert owner.send("/people", name="Ada Lovelace").status == 400
    assert "A name has 1 to 40" in owner.text
    assert owner.post("/console/people", {"name": "x", "role": "king"}).status == 400


def test_the_log_says_who_did_what_and_how_it_ended(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    open_shop.buy(1)
    owner = visitor(open_shop)
    owner.open("/console/members/acme.1")
    owner.send("/adjustments", amount="5.00", reason="late")
    open_shop.later_s += 1
    owner.send("/adjustments", amount="lots", reason="late")
    owner.open("/console/log")
    assert "adjusted a balance€5.00member acme.1" in owner.text
    assert "adjusted a balancelots EURmember acme.1" in owner.text
    assert "/console/members/acme.1" in owner.page.links
    assert owner.text.index("refused") < owner.text.index("done")
    owner.open("/console/log?user=ben")
    assert "adjusted a balance" not in owner.text
    owner.open("/console/log?month=2026-04")
    assert "Nobody did anything" in owner.text
    assert owner.open("/console/log?month=soon").status == 400
    rows = owner.open("/console/log.csv?user=ada").body.decode().splitlines()
    assert len(rows) == 1 + 3
    assert rows[1].endswith(',ada,adjusted a balance,lots EUR,member acme.1,"refused, something was filled in wrongly"')


def test_the_log_says_which_verdict_level_and_version_it_was(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    for path, form in (
        ("members/acme.9/level", {"level": "gold", "last_day": "2027-01-01", "reason": "a friend of the house"}),
        ("members/acme.9/level", {"level": "", "reason": "over"}),
        ("reviews/acme.9/1", {"verdict": "deny", "seen": "held", "reason": "one person"}),
        ("programme", {"source": "name: x", "expected": "3"}),
        ("people", {"name": "eve@example.com", "role": "reader"}),
    ):
        open_shop.later_s += 1
        owner.post(f"/console/{path}", form)
    owner.open("/console/log")
    for text in (
        "set a levelgold, 1 January 2027",
        "took back a level that was set by hand",
        "refusedsomething was filled in wrongly",
        "The bonus was denied.",
        "version 4",
        "reader",
    ):
        assert text in owner.text
    assert "/console/reviews/acme.9/1" in owner.page.links
    for personal in ("friend of the house", "one person", "eve@"):
        assert personal not in owner.text


def test_the_log_has_what_admin_keys_do_and_nothing_of_a_storefronts(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    open_shop.give(1200)
    adjusted = {"asset": "EUR/2", "amount": "-", "reason": "x"}
    open_shop.post("/v1/members/acme.1/adjustments", adjusted, caller=open_shop.admin)
    open_shop.post(f"/v1/members/acme.1/holds/{open_shop.hold(100)}/release", {}, caller=open_shop.admin)
    open_shop.post(f"/v1/members/acme.1/holds/{open_shop.hold(100)}/release", {})
    kept = [item["w"]["S"] for item in open_shop.items() if item["k"]["S"] == "act"]
    assert sum("/holds/" in what for what in kept) == 1
    open_shop.publish(PROGRAMME, If_Match='"1"')
    open_shop.call("POST", "/v1/users", {"name": "ada", "role": "owner"}, open_shop.admin)
    open_shop.call("PUT", "/v1/connections", {"id": "whsec_oops", "kind": "standard", "secret": "x"}, open_shop.admin)
    assert b"oops" not in owner.open("/console/log?user=%28keys%29").body
    for told in ("balance€12.00", "balance- EUR", "released a hold", "version 2", "invited a personada, owner"):
        assert told in owner.text, told
    key = f"admin key {open_shop.admin.split('_')[2]}"
    assert key in owner.text
    assert "accepted an invitation" not in owner.text
    owner.open("/console/log")
    assert key in owner.text
    french = Browser(open_shop, "fr")
    french.accept(name="owner")
    french.open("/console/log?user=%28keys%29")
    for told in ("a invité une personneowner, propriétaire", "a connecté une boutiqueacme, Shopify", "clé admin"):
        assert told in french.text, told


def test_what_was_done_stays_done_where_the_log_cannot_say_how_it_ended(
    open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as throttled:
        throttled.setattr(users, "conclude", mock.Mock(side_effect=Unavailable("throttled")))
        assert open_shop.publish(PROGRAMME, If_Match='"1"').json["number"] == 2
        assert open_shop.publish(PROGRAMME, If_Match='"1"').problem == (412, "version_mismatch")
    owner = visitor(open_shop)
    owner.open("/console/log")
    assert "unknown: it was interrupted" in owner.text


def test_the_log_of_a_person_is_found_behind_what_keys_did(
    open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "PAGE", 3)
    owner = visitor(open_shop)
    for _ in range(7):
        open_shop.later_s += 1
        open_shop.call("GET", "/v1/members/acme.1/export", key=open_shop.admin)
    owner.open("/console/log?user=ada")
    assert "accepted an invitation" in owner.text
    monkeypatch.setattr(log, "MAX_ROWS", 3)
    assert len(owner.open("/console/log.csv").body.decode().splitlines()) == 1 + 3


def test_the_log_has_amounts_as_the_pages_print_them_and_no_sentence_as_an_id(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    open_shop.give(95_000)
    owner = visitor(open_shop)
    owner.open("/console/members/acme.1")
    owner.send("/adjustments", amount="-900,50\N{NO-BREAK SPACE}€", reason="late")
    owner.send("/adjustments", reason="late")
    open_shop.post("/v1/members/acme.1/merge", {"from": "Ana Dupont 06 12"}, caller=open_shop.admin)
    open_shop.post("/v1/members/acme.1/groups/1/review", {"verdict": "erased", "reason": "x"}, caller=open_shop.admin)
    page = owner.open("/console/log").body.decode()
    assert "\N{MINUS SIGN}€900.50" in page
    assert "it was asked once more first" in page
    assert "Dupont" not in page
    assert "What was kept of the person is erased" not in page
    assert "\N{MINUS SIGN}€900.50" in owner.open("/console/log.csv").body.decode()


def test_the_log_has_who_made_and_who_ended_a_key(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    acts.of_operator("user/root", "key issued", "abcdefgh")
    acts.of_operator("user/root", "key revoked", "abcdefgh")
    owner = visitor(open_shop)
    owner.open(f"/console/log?month={users.month_of(int(time.time()))}&user=%28keys%29")
    for told in ("operator user/root (AWS)made an API keyAPI key abcdefgh done", "ended an API key"):
        assert told in owner.text


def test_a_log_turns_its_pages(open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: Any) -> None:
    monkeypatch.setattr(log, "PAGE", 2)
    owner = visitor(open_shop)
    for _ in range(3):
        open_shop.later_s += 1
        owner.post("/console/account", {"locale": "en"})
    owner.open("/console/log")
    assert "accepted an invitation" not in owner.text
    while "accepted an invitation" not in owner.text:
        (following,) = [link for link in owner.page.links if "cursor=" in link]
        owner.open(following)


def test_what_fails_in_the_midst_is_in_the_log_all_the_same(
    open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = visitor(open_shop)
    monkeypatch.setattr("chalicelib.store.users.speak", lambda *_: 1 / 0)
    open_shop.later_s += 1
    assert owner.post("/console/account", {"locale": "fr"}).status == 500
    rows = owner.open("/console/log.csv").body.decode().splitlines()
    assert rows[1].endswith('changed the language,,,"refused, that was our mistake"')


def test_the_daily_round_passes_over_what_the_console_keeps(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    visitor(open_shop)
    assert rounds.run(open_shop.now, lambda: 100.0).findings == 0


def test_a_connection_that_fell_silent_waits_for_a_person(shop: Shop, visitor: Callable[..., Browser]) -> None:
    shop.publish()
    shop.connect()
    for number in range(60):
        shop.hear(shop.order(number + 1, number + 1))
    owner = visitor(shop)
    owner.open("/console/connections")
    assert "When orders came last is counted each night, after midnight." in owner.text
    shop.later_s += 2 * DAY_S
    rounds.run(shop.now, lambda: 900.0)
    owner.open("/console")
    assert "has sent no order" not in owner.text
    shop.later_s += 2 * DAY_S
    rounds.run(shop.now, lambda: 900.0)
    owner = visitor(shop)
    owner.open("/console")
    assert re.search(r"acme has sent no order for [34] days\. Look at the connection", owner.text)
    owner.open("/console/connections")
    assert "silent" in owner.text
    owner.open("/console/connections/acme")
    assert "Last order" in owner.text


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
