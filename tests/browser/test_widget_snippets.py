"""What docs/widget.md tells a shop to paste, each in a page of its own, with what the storefront puts into it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.test_widget import buy, publish_programme, secret, storefront
from tests.browser.visitor import Look, Visitor
from tests.edge.conftest import Shop
from tests.machine import ROOT

__all__ = ["secret"]

GUIDE = (ROOT / "docs" / "widget.md").read_text(encoding="utf-8")


def snippet(name: str) -> str:
    """A snippet of the guide."""
    (text,) = re.findall(rf"<!-- {name} -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL)
    return str(text)


def filled(text: str, values: dict[str, str]) -> str:
    """A snippet with what the storefront puts into it; every value has its place."""
    for place, value in values.items():
        assert place in text, place
        text = text.replace(place, value)
    return text


def proof(key: str, message: str) -> str:
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def html(site: str, key: str, now: int) -> str:
    values = {"https://api.example": site, '"42"': '"1"', "1777896000": str(now), "…": proof(key, f"1.{now}")}
    return filled(snippet("html"), values)


def shopify(site: str, key: str, now: int) -> str:
    """What Liquid makes of it for a customer who is signed in."""
    signed_in = snippet("shopify").partition("{% else %}")[0]
    assert "{% assign at = 'now' | date: '%s' %}" in signed_in
    assert "{% assign message = customer.id | append: '.' | append: at %}" in signed_in
    values = {
        "https://api.example": site,
        "{{ customer.id }}": "1",
        "{{ at }}": str(now),
        "{{ message | hmac_sha256: settings.ristourne_secret }}": proof(key, f"1.{now}"),
        "{{ request.locale.iso_code }}": "en",
    }
    page = re.sub(r"{% (if customer|assign [^%]*(%s')?[^%]*) %}", "", filled(signed_in, values))
    assert "{" not in page
    return page


def woocommerce(site: str, key: str, now: int) -> str:
    """What PHP prints for a customer who is signed in."""
    code = snippet("woocommerce")
    (form,) = re.findall(r"printf\(\s*'(.*?)',", code)
    (signed,) = re.findall(r"hash_hmac\('sha256', (.*?), RISTOURNE_WIDGET_SECRET\)", code)
    assert (signed, form.count("%s")) == ("$customer . '.' . $at", 4)
    (script,) = re.findall(r"'(https://api.example/widget.js)'", code)
    element = form % ("1", str(now), proof(key, f"1.{now}"), "en-GB")
    return f"<script src={script.replace('https://api.example', site)} defer></script>{element}"


@pytest.mark.parametrize("page", [html, shopify, woocommerce])
def test_a_snippet_shows_the_customers_balance(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor], page: Callable[[str, str, int], str]
) -> None:
    publish_programme(open_shop)
    buy(open_shop, 1)
    with storefront(site, page(site, secret, open_shop.now)) as address:
        visitor = visitors(Look(), address, site)
        visitor.page.goto(address)

        expect(visitor.page.get_by_text("€2.00").first).to_be_visible()
        visitor.check()


def test_the_shopify_snippet_leads_a_guest_to_the_sign_in(site: str, visitors: Callable[..., Visitor]) -> None:
    guest = snippet("shopify").partition("{% else %}")[2].replace("{% endif %}", "")
    values = {"{{ routes.account_login_url }}": "/account/login", "{{ request.locale.iso_code }}": "fr"}
    with storefront(site, filled(guest, values)) as address:
        visitor = visitors(Look("fr"), address, site)
        visitor.page.goto(address)

        expect(visitor.page.get_by_role("link", name="Se connecter")).to_have_attribute("href", "/account/login")
