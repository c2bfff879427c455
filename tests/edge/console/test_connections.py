"""A shop is connected by the guide, tried with an order, given another secret and removed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.edge.console.connection_guides import FORMAT, GUIDES
from chalicelib.edge.jobs import rounds
from chalicelib.edge.storefronts import KINDS
from tests.edge.browser import Browser
from tests.edge.conftest import PROGRAMME, SHOPIFY_SECRET, STANDARD_SECRET, WOO_SECRET, Shop


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


def test_every_kind_of_storefront_has_its_guide() -> None:
    assert {*GUIDES} == {*KINDS}


@pytest.mark.parametrize("kind", sorted(GUIDES))
def test_a_shop_is_connected_by_the_guide(bare_shop: Shop, visitor: Callable[..., Browser], kind: str) -> None:
    owner = visitor(bare_shop)
    owner.open("/console/connections")
    assert "No shop is connected yet" in owner.text
    owner.open(f"/console/connections/new?kind={kind}&id=my-shop")
    assert b"/webhooks/my-shop" in owner.answer.body
    assert all(f"<li>{event}</li>".encode() in owner.answer.body for event in GUIDES[kind].events)
    pasted = {"shopify": SHOPIFY_SECRET, "stripe": "whsec_stripe_edge_00001"}.get(kind)
    secret = pasted or owner.page.forms[-1]["fields"]["secret"]
    owner.send("/connections", secret=secret)
    assert owner.path == "/console/connections/my-shop"
    assert "The connection was added." in owner.text
    assert GUIDES[kind].check[0] in owner.text
    assert GUIDES[kind].order in owner.text
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
    order = FORMAT.replace("2026-01-31T09:02", "2026-05-04T12:00")
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
