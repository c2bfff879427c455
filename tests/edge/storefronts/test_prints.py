"""Traits of a buyer become keyed hashes: equal for one spelling, and nothing personal leaves the adapters."""

import re
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.core.identity import Identities
from chalicelib.edge.storefronts.prints import DISPOSABLE, Fields, Traits, address, joined_if_all, prints
from tests.machine import ROOT
from tests.world.senders import (
    IDENTITIES,
    SHOPIFY_BUYER,
    facts,
    shopify_order,
    snapshot,
    standard_order,
    stripe_charge,
    stripe_intent,
    stripe_session,
    woocommerce_order,
)

FIELDS = Fields(street=("street", "more"), postcode="zip", country=("code", "country"))
PARIS = {"street": "12, Rue de la Paix", "zip": "75002", "city": "Paris", "code": "FR"}

PARIS_PRINT = IDENTITIES.print_of("address", "12 rue de la paix|75002|fr")
PHONE_PRINT = IDENTITIES.print_of("phone", "123456789")


def of(**traits):
    return prints(Traits(**traits), IDENTITIES)


@pytest.mark.parametrize(
    "written",
    [
        PARIS,
        PARIS | {"street": "12 rue de la paix "},
        PARIS | {"street": " 12\tRUE DE-LA  PAIX."},
        PARIS | {"street": "12 Rüe de lá Païx"},
        PARIS | {"street": "12 rue", "more": "de la Paix"},
        PARIS | {"zip": "750 02", "city": "Paris 2e"},
        PARIS | {"code": "fr", "country": "France"},
        PARIS | {"code": None, "country": "FR"},
        PARIS | {"more": None, "city": None},
    ],
)
def test_one_address_has_one_spelling(written):
    assert address(written, FIELDS) == "12 rue de la paix|75002|fr"


@pytest.mark.parametrize(
    "other",
    [
        {"street": "1 2 rue de la paix"},
        {"street": "13 rue de la paix"},
        {"more": "flat 4"},
        {"zip": "75003"},
        {"zip": ""},
        {"code": "BE"},
    ],
)
def test_another_address_is_another(other):
    assert address(PARIS | other, FIELDS) not in ("", address(PARIS, FIELDS))


def test_without_a_postcode_the_city_counts():
    assert address(PARIS | {"zip": None}, FIELDS) == "12 rue de la paix|paris|fr"


@pytest.mark.parametrize(
    "written",
    [
        None,
        "12 rue de la Paix, 75002 Paris",
        [],
        {},
        PARIS | {"street": " . "},
        PARIS | {"street": None},
        PARIS | {"street": 12},
        PARIS | {"zip": "", "city": ""},
        PARIS | {"code": ""},
    ],
)
def test_what_is_no_whole_address_leaves_no_print(written):
    assert address(written, FIELDS) == ""
    assert of(addresses=(address(written, FIELDS),)) == ()


@pytest.mark.parametrize(
    "phone", ["+33 1 23 45 67 89", "01 23 45 67 89", "0033-1-23456789", "(0)123456789", "٠١٢٣٤٥٦٧٨٩", "123456789"]
)
def test_one_phone_has_one_print(phone):
    assert of(phones=(phone,)) == (PHONE_PRINT,)


@pytest.mark.parametrize("phone", ["", "none", "123456", "0000000000", "0 11", "²³¹²³¹²³¹"])
def test_what_is_no_phone_leaves_no_print(phone):
    assert of(phones=(phone,)) == ()


def test_the_first_good_one_counts():
    assert of(addresses=("", "a|b|c", "d|e|f")) == (IDENTITIES.print_of("address", "a|b|c"),)
    assert of(phones=("", "000", "0123456789", "0987654321")) == (PHONE_PRINT,)


@pytest.mark.parametrize(
    ("parts", "whole"), [(["192.0.2.7", "Firefox"], "192.0.2.7 Firefox"), (["192.0.2.7", ""], ""), (["", "x"], "")]
)
def test_a_network_address_alone_is_no_device(parts, whole):
    assert joined_if_all(parts) == whole


@pytest.mark.parametrize(
    ("email", "disposable"),
    [
        ("x@mailinator.com", True),
        ("X+1@Mailinator.COM ", True),
        ("x@anything.mailinator.com", True),
        ("x@mailinator.com.example", False),
        ("x@gmail.com", False),
        ("x@example.com", False),
        ("mailinator.com", False),
        ("", False),
        (None, False),
        ("x@" + "a." * 200 + "mailinator.com", False),
    ],
)
def test_throw_away_mailboxes_are_flagged(email, disposable):
    assert of(email=email) == ((DISPOSABLE,) if disposable else ())


def test_the_list_of_their_providers_is_loaded_for_an_email_only():
    program = """
import sys
from chalicelib.domain.core.identity import Identities
from chalicelib.edge.storefronts.prints import Traits, prints
for email in (None, "ana@example.com"):
    prints(Traits(email=email, phones=("0123456789",)), Identities(b"key"))
    print("disposable_email_domains" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["False", "True"]


ALL = Traits(
    email="x@mailinator.com",
    addresses=(address(PARIS, FIELDS),),
    phones=("+33123456789", "+33987654321"),
    card="AOB934RVNwzk6xtn",
    device="192.0.2.7 Firefox",
)


def test_at_most_four_hashes_and_a_flag():
    hashes = prints(ALL, IDENTITIES)
    assert [fingerprint.partition(":")[0] for fingerprint in hashes] == ["address", "phone", "card", "device", "mail"]
    assert all(re.fullmatch(r"[a-z]+:[a-z2-7]{10}", fingerprint) for fingerprint in hashes[:-1])
    assert len(msgspec.msgpack.encode(hashes)) < 100


def test_hashes_depend_on_the_deployments_key():
    other = prints(ALL, Identities(b"another key", "shop"))
    assert set(other) & set(prints(ALL, IDENTITIES)) == {DISPOSABLE}


@given(st.text(), st.text(), st.text())
def test_whatever_is_written_gives_prints_or_none(street, phone, email):
    hashes = of(email=email, addresses=(address({**PARIS, "street": street}, FIELDS),), phones=(phone,), device=street)
    assert len(hashes) == len({fingerprint.partition(":")[0] for fingerprint in hashes}) <= 4


STRIPE_PLACE = {"line1": "12 Rue de la Paix", "line2": None, "postal_code": "75002", "city": "Paris", "country": "FR"}
SHIPPED = {"address": STRIPE_PLACE, "phone": "+33123456789", "name": "Ana"}
ELSEWHERE = {"address": STRIPE_PLACE | {"line1": "1 High Street"}, "phone": "+33 9 99 99 99 98"}
WOO_PLACE = {"address_1": "12 Rue de la Paix", "address_2": "", "postcode": "75002", "city": "Paris", "country": "FR"}
STANDARD_PLACE = {"street": "12 rue de la Paix", "postcode": "75002", "city": None, "country": "FR"}
BOTH = (PARIS_PRINT, PHONE_PRINT)

SENDERS = {
    "shopify": (
        ("shopify", shopify_order(**SHOPIFY_BUYER), "orders/paid"),
        (*BOTH, IDENTITIES.print_of("device", "192.0.2.7 Firefox")),
    ),
    "shopify, billed": (
        (
            "shopify",
            shopify_order(billing_address=SHOPIFY_BUYER["shipping_address"], client_details={"browser_ip": "1"}),
            "orders/paid",
        ),
        BOTH,
    ),
    "shopify, phone of the order": (
        ("shopify", shopify_order(phone="+33123456789", shipping_address={"zip": "1"}), "orders/paid"),
        (PHONE_PRINT,),
    ),
    "woocommerce": (
        (
            "woocommerce",
            woocommerce_order(
                shipping=WOO_PLACE | {"phone": ""},
                billing=WOO_PLACE | {"address_1": "else", "email": "x@mailinator.com", "phone": "0123456789"},
                customer_ip_address="192.0.2.7",
                customer_user_agent="Firefox",
            ),
            "order.updated",
        ),
        (*BOTH, IDENTITIES.print_of("device", "192.0.2.7 Firefox"), DISPOSABLE),
    ),
    "woocommerce, billed": (
        ("woocommerce", woocommerce_order(shipping=[], billing=WOO_PLACE, customer_user_agent=""), "order.updated"),
        (PARIS_PRINT,),
    ),
    "stripe session": (
        (
            "stripe",
            stripe_session(
                customer_details={"email": "ana@example.com", **ELSEWHERE},
                collected_information={"shipping_details": SHIPPED},
            ),
            "",
        ),
        BOTH,
    ),
    "stripe session of an older API version": (
        ("stripe", stripe_session(collected_information=None, shipping_details=SHIPPED), ""),
        BOTH,
    ),
    "stripe session without shipping": (
        ("stripe", stripe_session(customer_details={"email": None, **SHIPPED}), ""),
        BOTH,
    ),
    "stripe intent": (("stripe", stripe_intent(shipping=SHIPPED), ""), BOTH),
    "stripe charge": (
        (
            "stripe",
            stripe_charge(
                billing_details=SHIPPED | {"email": "x@mailinator.com"},
                shipping={},
                payment_method_details={"type": "card", "card": {"fingerprint": "AOB934RVNwzk6xtn"}},
            ),
            "",
        ),
        (*BOTH, IDENTITIES.print_of("card", "AOB934RVNwzk6xtn"), DISPOSABLE),
    ),
    "stripe charge by bank": (
        ("stripe", stripe_charge(payment_method_details={"type": "sepa_debit", "sepa_debit": {}}, shipping=None), ""),
        (),
    ),
    "standard": (
        (
            "standard",
            standard_order(
                customer={"id": "42", "phone": "0123456789"}, address=STANDARD_PLACE, card=" c1 ", device="d1"
            ),
            "",
        ),
        (*BOTH, IDENTITIES.print_of("card", "c1"), IDENTITIES.print_of("device", "d1")),
    ),
    "standard, nothing": (("standard", standard_order(address=None, card=None, device=None), ""), ()),
}


@pytest.mark.parametrize(("sent", "expected"), SENDERS.values(), ids=SENDERS.keys())
def test_what_each_sender_shows_of_a_buyer(sent, expected):
    assert snapshot(*sent).prints == expected


@pytest.mark.parametrize("sent", [sent for sent, _ in SENDERS.values()], ids=SENDERS.keys())
def test_nothing_personal_leaves_the_adapter(sent):
    stored = msgspec.json.encode(facts(*sent)).decode().lower()
    for personal in ("paix", "123456789", "192.0.2.7", "firefox", "75002", "@", "ana", "aob934"):
        assert personal not in stored


@pytest.mark.parametrize(
    "sent",
    [
        (
            "shopify",
            shopify_order(shipping_address=SHOPIFY_BUYER["shipping_address"] | {"address2": "4"}),
            "orders/paid",
        ),
        ("woocommerce", woocommerce_order(shipping=WOO_PLACE | {"address_2": "4"}), "order.updated"),
        ("stripe", stripe_intent(shipping={"address": STRIPE_PLACE | {"line2": "4"}}), ""),
    ],
)
def test_the_flat_is_part_of_the_address(sent):
    assert snapshot(*sent).prints[0] == IDENTITIES.print_of("address", "12 rue de la paix 4|75002|fr")


@pytest.mark.parametrize("odd", [None, 5, "x", [], [{}], {"address1": {}, "zip": 75002, "phone": 5}])
def test_a_trait_that_cannot_be_read_refuses_no_order(odd):
    body = shopify_order(shipping_address=odd, billing_address=odd, client_details=odd, phone=odd)
    assert facts("shopify", body, "orders/paid") == facts("shopify", shopify_order(), "orders/paid")


LONG = {
    "card": {"card": "c" * 501},
    "device": {"device": "d" * 501},
    "phone": {"customer": {"id": "42", "phone": "01 23 45 67 89" + "0" * 487}},
    "address": {"address": STANDARD_PLACE | {"street": "12 rue de la Paix" + "x" * 484}},
}


@pytest.mark.parametrize("long", LONG.values(), ids=LONG.keys())
def test_a_trait_that_is_too_long_is_left_out_and_the_others_stay(long):
    """docs/storefronts.md, Prints: a trait that cannot be read is left out; it never refuses an order."""
    traits = {
        "customer": {"id": "42", "phone": "0123456789"},
        "address": STANDARD_PLACE,
        "card": "c1",
        "device": "d1",
    }
    kinds = {value.partition(":")[0] for value in snapshot("standard", standard_order(**traits | long)).prints}
    assert kinds == {"address", "phone", "card", "device"} - {*long, *(["phone"] if "customer" in long else [])}


def test_a_user_agent_is_a_device():
    """docs/storefronts.md, Prints: of our own format 500 characters are read of each."""
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
    assert len(agent) > 100
    for device in (agent, "d" * 500):
        assert snapshot("standard", standard_order(device=device)).prints == (IDENTITIES.print_of("device", device),)
