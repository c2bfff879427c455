"""What shoppers write into an order has no length, and is read up to a bound: a body that takes longer than its sender
waits is sent again and again, until the sender ends the subscription.
"""

import unicodedata
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest

from tests.edge.storefronts.test_woocommerce import ATTRIBUTION
from tests.world.senders import CODE, Json, shopify_order, snapshot, standard_order, woocommerce_order

WORDS = "a1 " * 660
LIGATURES = "\ufdfa" * 2000
"""One character of these becomes eighteen."""

ADDRESS = {"address1": "é" * 9000, "address_1": "é" * 9000, "postcode": "1", "zip": "1", "city": "é" * 9000}
COUNTRY = {"country": "FR", "country_code": "FR"}
PLACE = ADDRESS | COUNTRY
EMAIL = f"{'é' * 9000}@example.com"

ATTRIBUTES = [{"name": "note", "value": text} for text in (WORDS, LIGATURES) * 60]
VISIT = f"https://acme.example/?{'&'.join(f'a={quote_plus(WORDS)}' for _ in range(120))}"

LONG: dict[str, tuple[str, Json]] = {
    "attributes of a cart": ("shopify", shopify_order(note_attributes=ATTRIBUTES)),
    "the page on which a visit of Shopify began": ("shopify", shopify_order(landing_site=VISIT)),
    "addresses of Shopify": ("shopify", shopify_order(shipping_address=PLACE, billing_address=PLACE)),
    "an e-mail of Shopify": ("shopify", shopify_order(email=EMAIL, customer=None)),
    "coupons": ("woocommerce", woocommerce_order(coupon_lines=[{"code": WORDS}] * 120)),
    "the page on which a visit of WooCommerce began": (
        "woocommerce",
        woocommerce_order(meta_data=[{"id": 1, "key": ATTRIBUTION, "value": VISIT}]),
    ),
    "addresses of WooCommerce": (
        "woocommerce",
        woocommerce_order(billing=PLACE | {"email": EMAIL}, shipping=PLACE, customer_id=0),
    ),
    "a customer of our own format": (
        "standard",
        standard_order(customer={"id": "42", "email": EMAIL}, referral_code=WORDS * 120, address={"street": EMAIL}),
    ),
}
TOPICS = {"shopify": "orders/paid", "woocommerce": "order.updated", "standard": ""}


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the texts whose letters are composed or decomposed, the slowest of what is done with them."""
    lengths: list[int] = []
    normalize: Callable[..., str] = unicodedata.normalize

    def counted(form: str, text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    return lengths


@pytest.mark.parametrize("what", LONG)
def test_of_what_shoppers_write_so_much_is_read_and_no_more(what: str, composed: list[int]) -> None:
    sender, body = LONG[what]
    snapshot(sender, body, TOPICS[sender])
    assert max(composed, default=0) <= 2000
    assert sum(composed) <= 150_000


def test_a_code_is_found_behind_what_is_too_long_to_be_searched() -> None:
    body = shopify_order(note_attributes=ATTRIBUTES, discount_codes=[{"code": CODE}])
    assert snapshot("shopify", body, "orders/paid").code == CODE


def test_a_code_is_found_at_the_end_of_the_longest_address() -> None:
    visit = [{"id": 1, "key": ATTRIBUTION, "value": f"{VISIT}&ref={CODE}"}]
    assert snapshot("woocommerce", woocommerce_order(meta_data=visit), "order.updated").code == CODE


def test_an_e_mail_that_is_none_makes_no_guest() -> None:
    order = snapshot("shopify", shopify_order(email=EMAIL, customer=None), "orders/paid")
    assert (order.buyer, order.email_hash) == ("", "")
