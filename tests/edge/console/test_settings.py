"""What holds for the whole programme, by a form: test orders, lapsing balances, how one pays with them."""

from __future__ import annotations

import re

import pytest

from tests.edge.browser import Browser, owner_of
from tests.edge.conftest import PROGRAMME, Shop

PATH = "/console/programme/settings"

DOCUMENT = """name: Tea   # ours
currency: EUR
currencies: [USD]
landing: {page: https://tea.fr/welcome, hosts: [tea.fr]}
inactive_days: 400   # a year and more
spending:
  minimum: {EUR: 2.00, USD: 2.50}   # at least
  min_percent: 5
  max_percent: 50
earn:
  - {id: cashback, percent: 5, vest_days: 14}
test_orders: true
"""

TWO_WAYS = "can be read in two ways."
THREE = "three decimals are more than an amount of this can have."


@pytest.fixture
def owner(open_shop: Shop) -> Browser:
    return owner_of(open_shop, DOCUMENT)


def send(browser: Browser, *unticked: str, **fields: str) -> Browser:
    """Send the form as it is shown, with other values in some fields, and without these."""
    browser.open(PATH)
    sent = browser.page.forms[-1]["fields"] | fields
    browser.post(PATH, {name: value for name, value in sent.items() if name not in unticked})
    return browser


def test_the_programmes_page_and_a_draft_lead_to_it(owner: Browser) -> None:
    owner.open("/console/programme")
    assert PATH in owner.page.links
    send(owner, max_percent="40")
    owner.open(next(link for link in owner.page.links if link.startswith(f"{PATH}?draft=")))
    assert owner.page.forms[-1]["fields"]["max_percent"] == "40"
    owner.post(owner.address, owner.page.forms[-1]["fields"] | {"inactive_days": "500"})
    assert ("max_percent: 40" in owner.source, "inactive_days: 500" in owner.source) == (True, True)
    owner.send("/programme")
    assert "The new version was published." in owner.text


def test_what_is_sent_as_it_was_shown_changes_no_letter(owner: Browser) -> None:
    owner.open(PATH)
    assert owner.page.forms[-1]["fields"] == {
        "test_orders": "1",
        "inactive_days": "400",
        "minimum": "2.00",
        "minimum_USD": "2.50",
        "max_percent": "50",
    }
    assert send(owner).source == DOCUMENT


@pytest.mark.parametrize(
    ("fields", "before", "after"),
    [
        ({"inactive_days": "365"}, "inactive_days: 400   #", "inactive_days: 365   #"),
        ({"inactive_days": ""}, "inactive_days: 400   # a year and more\n", ""),
        ({"inactive_days": "365,0"}, "inactive_days: 400   #", "inactive_days: 365   #"),
        ({"minimum": "3"}, "EUR: 2.00", "EUR: 3"),
        ({"minimum_USD": ""}, ", USD: 2.50", ""),
        ({"minimum": "", "minimum_USD": ""}, "  minimum: {EUR: 2.00, USD: 2.50}   # at least\n", ""),
        ({"max_percent": ""}, "  max_percent: 50\n", ""),
    ],
)
def test_a_setting_changes_in_its_place(owner: Browser, fields: dict[str, str], before: str, after: str) -> None:
    assert send(owner, **fields).source == DOCUMENT.replace(before, after)
    assert "Publish version" in owner.text


def test_a_sum_that_a_document_states_with_three_decimals_can_stay(owner: Browser, open_shop: Shop) -> None:
    source = DOCUMENT.replace("EUR: 2.00", "EUR: 1.000")
    assert open_shop.publish(source, If_Match='"2"').status == 200
    assert send(owner).source == source


def test_test_orders_earn_and_no_more(owner: Browser, open_shop: Shop) -> None:
    assert send(owner, "test_orders").source == DOCUMENT.replace("test_orders: true\n", "")
    assert open_shop.publish(PROGRAMME, If_Match='"2"').status == 200
    assert send(owner, test_orders="1").source == f"{PROGRAMME.rstrip()}\ntest_orders: true\n"
    assert "“Test orders earn” becomes yes (was no)" in owner.text
    owner.send("/programme")
    assert "The new version was published." in owner.text


def test_what_a_document_does_not_state_stands_at_its_end(owner: Browser, open_shop: Shop) -> None:
    assert open_shop.publish(PROGRAMME, If_Match='"2"').status == 200
    added = "inactive_days: 730\nspending:\n  minimum: 2\n  max_percent: 50\n"
    source = send(owner, minimum="2", max_percent="50 %", inactive_days="730").source
    assert sorted(source.split("\n")) == sorted(f"{PROGRAMME}{added}".split("\n"))


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("inactive_days", "never", "Write a number such as 5 or 2.50."),
        ("inactive_days", "0", "At least one day."),
        ("inactive_days", "1.5", "Write a whole number of days, at most 3650, or leave it empty."),
        ("inactive_days", "14", "Some rewards can be spent only after 14 days: write more than these."),
        ("minimum", "-1", "Write an amount of 0 or more, at most 1,000,000,000."),
        ("minimum_USD", "0,505", "Write at most 2 decimals."),
        ("minimum_USD", "2,505", f"2,505 {TWO_WAYS} Write 2505 for $2,505.00; {THREE}"),
        ("minimum", "1.000", f"1.000 {TWO_WAYS} Write 1000 for €1,000.00; {THREE}"),
        ("inactive_days", "1,000", f"1,000 {TWO_WAYS} Write 1000 if you mean that, or fewer decimals."),
        ("max_percent", "0", "At 0 nobody could pay with a balance; leave it empty for all of an order."),
        (
            *("max_percent", "4"),
            "Write at least 5: whoever pays with a balance must pay that percent of an order with it, or more.",
        ),
        ("max_percent", "101", "Write a percent from 0 to 100."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_stays_typed(
    owner: Browser, field: str, typed: str, sentence: str
) -> None:
    assert send(owner, "test_orders", **{field: typed}).answer.status == 400
    wrong = re.findall(r'id="settings-(\w+)-wrong">([^<]*)', owner.answer.body.decode())
    assert wrong == [(field, sentence)]
    fields = owner.page.forms[-1]["fields"]
    assert (fields[field], "test_orders" in fields) == (typed, False)


def test_what_the_document_refuses_is_told_at_its_field(owner: Browser) -> None:
    assert send(owner, max_percent="40.12345").answer.status == 422
    assert 'id="settings-max_percent-wrong"' in owner.answer.body.decode()


def test_before_the_first_document_there_are_none(bare_shop: Shop) -> None:
    browser = Browser(bare_shop)
    browser.accept()
    assert browser.open(PATH).status == 404
