"""The page "In your shop": what to paste, filled for this deployment; no secret; and where one is led to it."""

from __future__ import annotations

import re

import pytest

from chalicelib.edge.console import widget
from chalicelib.edge.jobs import rounds
from tests.edge.browser import HOST, Browser
from tests.edge.conftest import PROGRAMME, WOO_SECRET, Shop
from tests.machine import ROOT

GUIDE = (ROOT / "docs" / "widget.md").read_text(encoding="utf-8")


@pytest.fixture
def owner(bare_shop: Shop) -> Browser:
    browser = Browser(bare_shop)
    browser.accept()
    return browser


@pytest.mark.parametrize(
    ("name", "file"), [("shopify", "shopify.liquid"), ("woocommerce", "woocommerce.php"), ("html", "html.txt")]
)
def test_the_snippets_are_those_of_the_guide(name: str, file: str) -> None:
    (text,) = re.findall(rf"<!-- {name} -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL)
    assert (widget.SNIPPETS / file).read_text(encoding="utf-8") == text


def test_the_setting_of_a_theme_is_that_of_the_guide_too() -> None:
    assert (widget.SNIPPETS / "shopify-setting.json").read_text(encoding="utf-8") in GUIDE


def test_every_file_is_a_step_of_a_guide_and_the_other_way_round() -> None:
    files = {step.file for guide in widget.GUIDES for step in guide.steps} - {""}
    assert files == {path.name for path in widget.SNIPPETS.iterdir()}


def test_the_snippets_have_this_deployments_address_and_the_connection(bare_shop: Shop, owner: Browser) -> None:
    bare_shop.connect()
    bare_shop.connect("atelier", "woocommerce", WOO_SECRET)
    text = owner.open("/console/widget?connection=atelier").body.decode()
    assert text.count(f"https://{HOST}/widget.js") == 3
    assert text.count("connection=&#34;atelier&#34;") == 3
    assert "https://api.example" not in text
    assert "&#34;acme&#34;" not in text
    assert "/console/connections/atelier/widget" in text


@pytest.mark.parametrize(
    ("connection", "title"), [("acme", "Shopify"), ("atelier", "WooCommerce"), ("own", "Any other page")]
)
def test_the_steps_of_that_kind_of_shop_come_first(
    bare_shop: Shop, owner: Browser, connection: str, title: str
) -> None:
    bare_shop.connect()
    bare_shop.connect("atelier", "woocommerce", WOO_SECRET)
    bare_shop.connect("own", "standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    text = owner.open(f"/console/widget?connection={connection}").body.decode()
    assert re.findall("<h2>(.*?)</h2>", text)[0] == title
    assert len(re.findall("<summary>", text)) == 2


def test_an_owner_has_the_secret_shown_which_is_logged(bare_shop: Shop, owner: Browser) -> None:
    bare_shop.connect()
    bare_shop.connect("atelier", "woocommerce", WOO_SECRET)
    secret = bare_shop.call("GET", "/v1/connections/atelier/widget", key=bare_shop.admin).json["secret"]
    owner.open("/console/widget?connection=atelier")
    text = owner.send("/connections/atelier/widget").body.decode()
    assert text.count(f'value="{secret}"') == 3
    assert re.findall("<h2>(.*?)</h2>", text)[0] == "WooCommerce"
    owner.open("/console/log")
    assert "had the widget's secret shown" in owner.text
    assert secret not in owner.text
    reader = Browser(bare_shop)
    reader.accept("reader", "ben")
    reader.open("/console/widget?connection=atelier")
    assert "An owner can have it shown here." in reader.text


def test_no_secret_is_on_the_page(bare_shop: Shop, owner: Browser) -> None:
    bare_shop.connect()
    secret = bare_shop.call("GET", "/v1/connections/acme/widget", key=bare_shop.admin).json["secret"]
    assert secret not in owner.open("/console/widget").body.decode()


@pytest.mark.parametrize("name", ["gone", "acme"])
def test_a_connection_that_is_not_there_any_more_has_no_steps(bare_shop: Shop, owner: Browser, name: str) -> None:
    bare_shop.connect()
    assert bare_shop.call("DELETE", "/v1/connections/acme", key=bare_shop.admin).status == 200
    owner.open(f"/console/widget?connection={name}")
    assert "Connect your shop first" in owner.text
    assert "/console/connections/new" in owner.page.links


def test_connections_and_a_connection_lead_there(bare_shop: Shop, owner: Browser) -> None:
    bare_shop.connect()
    owner.open("/console/connections")
    assert "/console/widget" in owner.page.links
    owner.open("/console/connections/acme")
    assert "/console/widget?connection=acme" in owner.page.links


def test_it_is_the_third_step_of_a_new_shop(bare_shop: Shop, owner: Browser) -> None:
    owner.open("/console")
    assert "/console/connections/new" in owner.page.links
    bare_shop.connect()
    owner.open("/console")
    assert "Say what customers get" in owner.text
    assert bare_shop.publish(PROGRAMME).status == 200
    owner.open("/console")
    assert "Show customers what they have" in owner.text
    assert "/console/widget" in owner.page.links
    assert bare_shop.buy(1).status == 200
    bare_shop.later_s += 86_400
    assert rounds.run(bare_shop.now, lambda: 900.0).done
    owner.open("/console")
    assert "Next step" not in owner.text
