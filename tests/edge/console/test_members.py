"""The console's members: what an owner finds, sees and corrects."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from chalicelib.edge.console.figures.lists import LISTS
from chalicelib.edge.jobs import rounds
from chalicelib.store import clicks
from tests.edge.api.test_referrals import refund
from tests.edge.browser import Browser
from tests.edge.conftest import PROGRAMME, STRIPE_SECRET, WOO_SECRET, Shop
from tests.world import senders


def test_a_debt_is_said_in_words(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.shop.give(-400, "acme.1")
    refund(owner.shop, 1)
    owner.open("/console/members/acme.1")
    assert "Can be spent€0.00 owes €4.00, which the next rewards pay first" in owner.text


def test_an_entry_names_its_rule_and_version_once(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    assert "on your order #1001. rule cashback, version 1" in owner.text


def test_a_payment_of_two_parts_of_a_balance_is_one_line_and_two_in_the_file(owner: Browser) -> None:
    document = PROGRAMME.replace("percent: 5}", "percent: 5, expire_days: 365}")
    assert owner.shop.publish(document, If_Match='"1"').status == 200
    for number in (1, 2):
        owner.shop.later_s += 86_400
        owner.shop.buy(number)
    owner.accept()
    owner.shop.post("/v1/members/acme.1/redemptions", {"asset": "EUR/2", "amount": 764})
    owner.open("/console/members/acme.1")
    assert "Spent at the shop. \N{MINUS SIGN}€7.64" in owner.text
    assert owner.text.count("Spent at the shop.") == 1
    rows = owner.open("/console/members/acme.1/statement.csv").body.decode().splitlines()[1:3]
    assert [row.split(",")[3] for row in rows] == ["-5.00", "-2.64"]


def test_what_has_vested_stands_in_the_statement_with_how_much(open_shop: Shop) -> None:
    shop, owner = open_shop, Browser(open_shop)
    document = PROGRAMME.replace("percent: 5}", "percent: 5, vest_days: 14}")
    shop.replace_programme(document)
    shop.buy(1)
    shop.later_s += 15 * 86_400
    assert rounds.run(shop.now, lambda: 900.0).written_down == 1
    owner.accept()
    owner.open("/console/members/acme.1")
    assert "Ready to spend: the waiting time is over. €5.00" in owner.text


def test_a_part_that_waits_for_its_delivery_says_so_and_its_entry_names_the_order(owner: Browser) -> None:
    document = PROGRAMME.replace("percent: 5}", "percent: 5, vest_on: delivery}")
    assert owner.shop.publish(document, If_Match='"1"').status == 200
    owner.shop.later_s = 3600
    owner.shop.buy(1, total="40.00")
    owner.shop.give(100, "acme.1")
    owner.open("/console/members/acme.1")
    assert "once it is delivered never ends €2.00" in owner.text
    assert owner.text.count("acme/1") == 1


def test_parts_that_idleness_ends_together_are_one_part_as_on_the_shoppers_card(owner: Browser) -> None:
    shop = owner.shop
    document = PROGRAMME.replace("percent: 5}", "percent: 5, expire_days: 365}") + "inactive_days: 100\n"
    shop.replace_programme(document)
    shop.buy(1)
    shop.give(1000)
    card = shop.call("GET", "/v1/members/acme.1/card?locale=en", key=shop.storefront).json
    ((text, day),) = [(lot["text"], lot["last_day_text"]) for lot in card["balances"][0]["lots"]]
    assert (text, day) == ("€15.00", "until 12 August 2026")
    owner.open("/console/members/acme.1")
    # One part says no more than the balance, so that there is no table of parts.
    assert "€15.00 until 12 August 2026" in owner.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Parts of the balance" not in owner.text


@pytest.mark.parametrize("query", ["acme.1", "  acme.1 ", "buyer1@mail.example"])
def test_a_member_is_found_by_id_and_email(owner: Browser, query: str) -> None:
    owner.shop.buy(1)
    owner.open("/console/members")
    owner.send("/members", q=query)
    assert owner.path == "/console/members/acme.1"


def test_the_members_page_leads_to_every_list(owner: Browser) -> None:
    owner.open("/console/members")
    for path in (*(f"lists/{name}" for name in LISTS), "segments"):
        assert f'href="/console/{path}"' in owner.answer.body.decode()
        assert owner.open(f"/console/{path}").status == 200
        owner.open("/console/members")


def test_a_member_is_found_by_code_and_nobody_is_said_beside_the_field(owner: Browser) -> None:
    owner.shop.buy(1)
    code = owner.shop.code_of()
    owner.open("/console")
    owner.send("/members", q=code)
    assert owner.path == "/console/members/acme.1"
    owner.open("/console/members")
    assert owner.send("/members", q="ghost@mail.example").status == 404
    assert "Nobody was found" in owner.text
    assert owner.page.forms[0]["fields"]["q"] == "ghost@mail.example"


@pytest.mark.parametrize("query", ["1", "77031"])
def test_a_member_is_found_by_the_number_of_the_customer_or_of_the_order(owner: Browser, query: str) -> None:
    owner.shop.buy(77031)
    owner.open("/console/members")
    owner.send("/members", q=query)
    assert owner.path == "/console/members/acme.1"


def test_a_short_name_never_opens_a_customer_of_another_shop(owner: Browser) -> None:
    """Shopify's order #13 opened customer 13 of a WooCommerce shop."""
    owner.shop.connect("atelier", "woocommerce", WOO_SECRET)
    owner.shop.call("PUT", "/v1/members/atelier.13", {"display_name": "X"}, owner.shop.storefront)
    owner.open("/console/members")
    assert owner.send("/members", q="#13").status == 404
    assert "Shopify shows orders under short names" in owner.text
    owner.open("/console/members")
    owner.send("/members", q="13")
    assert owner.path == "/console/members/atelier.13"


def with_woo_order(shop: Shop, number: int) -> None:
    """An order of customer 26 of a WooCommerce shop `atelier`, beside the Shopify shop `acme`."""
    shop.connect("atelier", "woocommerce", WOO_SECRET)
    paid = datetime.fromtimestamp(shop.now, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    dates = dict.fromkeys(("date_created_gmt", "date_modified_gmt", "date_paid_gmt"), paid)
    body = json.dumps(senders.woocommerce_order(number, **dates)).encode()
    assert shop.send("atelier", "woocommerce", WOO_SECRET, "order.updated", body).json == {"result": "recorded"}


def test_a_short_name_that_is_an_order_of_another_shop_is_asked_about(owner: Browser) -> None:
    with_woo_order(owner.shop, 13)
    owner.open("/console/members")
    assert owner.send("/members", q="#13").status == 200
    assert "Is it this one?" in owner.text
    assert "#13 is an order's number of another shop that is connected." in owner.text
    assert "/console/members/atelier.26" in owner.page.links


def test_an_order_of_shopifys_is_no_other_shops_whatever_stands_before_its_number(owner: Browser) -> None:
    owner.shop.buy(5234567890123, customer=5)
    owner.open("/console/members")
    owner.send("/members", q="#5234567890123")
    assert owner.path == "/console/members/acme.5"


def test_nobody_is_merged_with_another_shops_customer_by_a_short_name(owner: Browser) -> None:
    with_woo_order(owner.shop, 1004)
    owner.shop.buy(1, customer=5)
    owner.open("/console/members/acme.5")
    assert owner.send("/members/acme.5/other", into="#1004").status == 400
    assert "#1004 is an order's number of another shop, and may not be meant" in owner.text


def test_an_order_without_a_member_says_why(owner: Browser) -> None:
    shop = owner.shop
    shop.hear(shop.order(21, 8) | {"test": True})
    shop.hear(shop.order(22, 8) | {"financial_status": "pending"})
    shop.hear(shop.order(23, None) | {"email": None, "contact_email": None})
    shop.hear(shop.order(24, 8) | {"financial_status": "pending", "cancelled_at": "2026-05-04T11:00:00Z"})
    for query, sentence in (
        ("21", "the shop marks it as a test, and test orders earn nothing"),
        ("acme/21", "the shop marks it as a test, and test orders earn nothing"),
        ("https://admin.shopify.com/store/tea/orders/22", "The order is known and not paid yet"),
        ("23", "states no customer and no e-mail"),
        ("24", "was cancelled or wholly refunded"),
    ):
        owner.open("/console/members")
        assert owner.send("/members", q=query).status == 404
        assert sentence in owner.text


@pytest.mark.parametrize(
    "place", ["payments/pi_1", "test/payments/pi_1", "customers/cus_1", "acct_1A/test/customers/cus_1"]
)
def test_a_member_is_found_by_the_address_of_a_page_of_stripes(owner: Browser, place: str) -> None:
    shop = owner.shop
    shop.connect("pay", "stripe", STRIPE_SECRET)
    body = json.dumps(senders.stripe_session(created=shop.now) | {"created": shop.now}).encode()
    assert shop.send("pay", "stripe", STRIPE_SECRET, "", body).json == {"result": "recorded"}
    owner.open("/console/members")
    owner.send("/members", q=f"https://dashboard.stripe.com/{place}")
    assert owner.path == "/console/members/pay.cus_1"


def test_a_number_that_fits_several_members_shows_them_all(owner: Browser) -> None:
    owner.shop.connect("atelier", "woocommerce", WOO_SECRET)
    owner.shop.buy(5, customer=1)
    owner.shop.buy(1, customer=2)
    owner.shop.call("PUT", "/v1/members/atelier.1", {"display_name": "X"}, owner.shop.storefront)
    owner.open("/console/members")
    owner.send("/members", q="1")
    assert "Several members fit" in owner.text
    assert {link for link in owner.page.links if "/members/" in link} == {
        f"/console/members/{name}" for name in ("acme.1", "acme.2", "atelier.1")
    }


def test_an_email_finds_the_guest_and_the_account_that_came_later(owner: Browser) -> None:
    shop, email = owner.shop, "buyer7@mail.example"
    shop.hear(shop.order(1, None) | {"email": email, "contact_email": email})
    shop.later_s = 60
    shop.buy(2, customer=7)
    owner.open("/console/members")
    owner.send("/members", q=email)
    assert "Several members fit" in owner.text
    guest, account = sorted((link for link in owner.page.links if "/members/" in link), reverse=True)
    assert guest.startswith("/console/members/guest.")
    assert account == "/console/members/acme.7"


def test_an_order_is_found_by_the_name_that_the_console_prints(owner: Browser) -> None:
    owner.shop.buy(77031)
    owner.open("/console/members/acme.1")
    assert "acme/77031" in owner.text
    owner.open("/console/members")
    owner.send("/members", q="acme/77031")
    assert owner.path == "/console/members/acme.1"
    owner.open("/console/members?order=acme/77031")
    assert owner.path == "/console/members/acme.1"


@pytest.mark.parametrize("name", ["acme/9", "nobody/1", "acme/", "/1", "a/b/c", "<b>/1", "x" * 300])
def test_an_order_that_there_is_not_leads_to_the_search(owner: Browser, name: str) -> None:
    owner.shop.buy(1)
    assert owner.open(f"/console/members?order={quote(name)}").status == 200
    assert owner.path == "/console/members"
    assert owner.send("/members", q=name).status == 404


@pytest.mark.parametrize("query", ["#1004", "1004", "# 14"])
def test_a_short_number_that_finds_nobody_says_which_number_does(owner: Browser, query: str) -> None:
    owner.shop.buy(77031)
    owner.open("/console/members")
    assert owner.send("/members", q=query).status == 404
    assert "Write the e-mail of the order instead" in owner.text
    assert (
        "paste the address of its page here: the long number at its end, after /orders/, finds the customer"
        in owner.text
    )


def test_what_the_search_asks_for_instead_of_a_short_name_finds_the_customer(owner: Browser) -> None:
    owner.shop.buy(77031, customer=3)
    for query in ("buyer3@mail.example", "https://admin.shopify.com/store/tea/orders/77031"):
        owner.open("/console/members")
        assert "Or paste here the address of the customer's or the order's page in the shop's admin" in owner.text
        owner.send("/members", q=query)
        assert owner.path == "/console/members/acme.3"


@pytest.mark.parametrize("query", ["Ada Lovelace", "x" * 200, "a b", "ä", ""])
def test_what_is_no_key_finds_nobody_and_says_what_can_be_looked_up(owner: Browser, query: str) -> None:
    owner.shop.buy(1)
    owner.open("/console/members")
    assert owner.send("/members", q=query).status == 404
    assert "Names of people, and names of orders that Shopify makes, such as #1004, cannot be looked up" in owner.text


def test_an_email_stands_in_no_address(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members")
    answer = owner.shop.request(
        "POST",
        "/console/members",
        {
            "Host": "x",
            "Cookie": f"__Host-ristourne={owner.cookie}",
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        b"q=buyer1%40mail.example",
    )
    assert (answer.status, answer.headers["location"]) == (303, "/console/members/acme.1")


def test_a_members_page_has_balances_lots_and_whys(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    assert "€5.00" in owner.text
    assert "5% of €100.00 on your order" in owner.text
    assert "never ends" in owner.text
    french = Browser(owner.shop, "fr")
    french.accept(name="zoe")
    french.open("/console/members/acme.1")
    assert "5,00\N{NO-BREAK SPACE}€" in french.page.text


def adjust(browser: Browser, **fields: str) -> int:
    browser.open("/console/members/acme.1")
    return browser.send("/adjustments", **({"amount": "5.00", "reason": "late parcel"} | fields)).status


def test_an_owner_adjusts_a_balance_with_a_reason_and_it_says_who(owner: Browser) -> None:
    owner.shop.buy(1)
    assert adjust(owner) == 200
    assert "The balance was adjusted." in owner.text
    assert owner.shop.available("acme.1") == 1000
    assert "late parcel" in owner.text
    assert "by ada" in owner.text


@pytest.mark.parametrize(
    ("amount", "change"),
    [
        ("5,00", 500),
        ("-2.5", -250),
        ("\N{MINUS SIGN}2.50", -250),
        ("1", 100),
        (" 7 ", 700),
        ("4,00\N{NO-BREAK SPACE}€", 400),
        ("1\N{NARROW NO-BREAK SPACE}0,50", 1_050),
        ("5 EUR", 500),
        ("eur 5", 500),
        ("€5.5", 550),
    ],
)
def test_an_amount_is_read_as_people_write_it(owner: Browser, amount: str, change: int) -> None:
    owner.shop.buy(1)
    assert adjust(owner, amount=amount) == 200
    assert owner.shop.available("acme.1") == 500 + change


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount": "lots"}, "Write an amount such as 5.00"),
        ({"amount": ""}, "Write an amount such as 5.00"),
        ({"amount": "NaN"}, "Write an amount such as 5.00"),
        ({"amount": "0"}, "Write an amount such as 5.00"),
        ({"amount": "1e40"}, "Write an amount such as 5.00"),
        ({"amount": "1.0055"}, "An amount of this has at most 2 decimals."),
        ({"amount": "0.005"}, "An amount of this has at most 2 decimals."),
        ({"amount": "1.005"}, "1.005 can be read in two ways. Write 1005 for €1,005.00; three decimals are more"),
        ({"amount": "1e3"}, "Write an amount such as 5.00"),
        ({"amount": "1_0"}, "Write an amount such as 5.00"),
        ({"amount": "-99"}, "must not take more than is available"),
        ({"amount": "1000000"}, "At most €1,000.00 can be given or taken at once"),
        ({"reason": " "}, "Write the reason"),
        ({"reason": "x" * 201}, "at most 200 characters"),
        ({"asset": "EUR/2 '<script>"}, "must be a currency"),
    ],
)
def test_what_cannot_be_adjusted_says_why_and_keeps_what_was_typed(
    owner: Browser, fields: dict[str, str], sentence: str
) -> None:
    owner.shop.buy(1)
    assert adjust(owner, **fields) in (400, 409)
    assert sentence in owner.text
    form = next(form for form in owner.page.forms if form["action"].endswith("/adjustments"))
    assert form["fields"]["reason"] == fields.get("reason", "late parcel")
    assert owner.shop.available("acme.1") == 500
    assert b"<script>" not in owner.answer.body


def test_a_large_amount_is_confirmed_and_another_one_asked_again(owner: Browser) -> None:
    """Of at most 1,000.00 at once, more than a tenth is much."""
    owner.shop.buy(1)
    assert adjust(owner, amount="100.00") == 200
    assert adjust(owner, amount="100.01") == 400
    assert "That is much: €100.01." in owner.text
    assert owner.send("/adjustments", asset="points").status == 400  # what was asked was of euros
    assert owner.send("/adjustments", asset="EUR/2", amount="900") == owner.answer
    assert "That is much: €900.00." in owner.text
    assert owner.shop.available("acme.1") == 10500
    owner.send("/adjustments")
    assert owner.shop.available("acme.1") == 100500


def test_an_adjustment_that_is_sent_again_is_done_once_and_says_so(owner: Browser) -> None:
    """As a double click sends it, or a browser that keeps the page as it was and goes back to it."""
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    action = "/console/members/acme.1/adjustments"
    form = next(form["fields"] for form in owner.page.forms if form["action"] == action)
    form |= {"amount": "5", "reason": "a gift"}
    owner.post(action, form)
    assert "The balance was adjusted." in owner.text
    owner.post(action, form)
    assert "was done then, once. Sending it again has changed nothing." in owner.text
    assert "The balance was adjusted." not in owner.text
    owner.post(action, form | {"amount": "6"})
    assert owner.answer.status == 422
    assert owner.shop.available("acme.1") == 1000


def test_the_same_adjustment_from_a_page_that_was_loaded_anew_is_asked_again(owner: Browser) -> None:
    owner.shop.buy(1)
    assert adjust(owner, amount="-3") == 200
    assert adjust(owner, amount="3") == 200
    assert adjust(owner, amount="-3,00") == 400
    assert re.search(r"The balance was adjusted by just that, .€3\.00, less than 15 minutes ago\.", owner.text)
    assert owner.shop.available("acme.1") == 500
    owner.send("/adjustments")
    assert "The balance was adjusted." in owner.text
    assert owner.shop.available("acme.1") == 200
    owner.shop.later_s += 900
    assert adjust(owner, amount="-1") == 200
    owner.shop.later_s += 900
    assert adjust(owner, amount="-1") == 200


def test_what_was_taken_back_may_be_given_again(owner: Browser) -> None:
    owner.shop.buy(1)
    adjust(owner, amount="5")
    owner.send("/entries/2")
    assert adjust(owner, amount="5") == 200
    assert owner.shop.available("acme.1") == 1000


@pytest.mark.parametrize(("amount", "available"), [("7.50", 1250), ("-3", 200)])
def test_an_adjustment_is_taken_back_once_by_a_button(owner: Browser, amount: str, available: int) -> None:
    owner.shop.buy(1)
    adjust(owner, amount=amount, reason="wrong customer")
    assert owner.shop.available("acme.1") == available
    action = next(form["action"] for form in owner.page.forms if "/entries/" in form["action"])
    owner.send("/entries/2")
    assert "The adjustment was taken back." in owner.text
    assert owner.shop.available("acme.1") == 500
    assert "taken back 4 May 2026" in owner.text
    assert "The shop has taken back its correction of 4 May 2026." in owner.text
    assert [form for form in owner.page.forms if "/entries/" in form["action"]] == []
    assert owner.post(action, {"once": "anew"}).status == 409
    assert "The entry 2 was undone at" in owner.text
    assert owner.shop.available("acme.1") == 500


def test_what_was_given_by_mistake_and_spent_is_not_taken_back(owner: Browser) -> None:
    owner.shop.buy(1)
    adjust(owner, amount="7.50", reason="wrong customer")
    owner.shop.post("/v1/members/acme.1/redemptions", {"asset": "EUR/2", "amount": 1000})
    owner.open("/console/members/acme.1")
    assert owner.send("/entries/2").status == 409
    assert "must not take more than is available" in owner.text


def test_a_birthday_is_chosen_by_day_and_month(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    owner.send("/profile", birth_day="29", birth_month="02")
    form = next(form for form in owner.page.forms if form["action"].endswith("/profile"))
    assert (form["fields"]["birth_day"], form["fields"]["birth_month"]) == ("29", "02")
    assert owner.send("/profile", birth_day="", birth_month="02").status == 400
    assert "Choose a month and a day that it has, or leave both empty." in owner.text
    assert owner.send("/profile", birth_day="30", birth_month="02").status == 400
    assert "Choose a month and a day that it has, or leave both empty." in owner.text
    owner.send("/profile", birth_day="", birth_month="")
    form = next(form for form in owner.page.forms if form["action"].endswith("/profile"))
    assert (form["fields"]["birth_day"], form["fields"]["birth_month"]) == ("", "")


def test_a_form_that_is_sent_twice_counts_once(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    form = next(form for form in owner.page.forms if form["action"].endswith("/adjustments"))
    fields = form["fields"] | {"amount": "5.00", "reason": "late parcel"}
    for _ in range(2):
        assert owner.post(form["action"], fields).status == 200
    assert owner.shop.available("acme.1") == 1000


def test_a_hold_is_released(owner: Browser) -> None:
    owner.shop.buy(1)
    hold = owner.shop.hold(300)
    owner.open("/console/members/acme.1")
    assert hold in owner.text
    owner.send(f"/holds/{hold}")
    assert "The hold was released." in owner.text
    assert owner.shop.available("acme.1") == 500


def test_a_profile_is_saved_and_an_empty_field_erases(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    owner.send("/profile", display_name="Ada Lovelace", locale="fr", email="ada@mail.example")
    assert "Ada Lovelace" in owner.text
    owner.send("/profile", display_name="")
    path = "/v1/members/acme.1/profile"
    assert owner.shop.call("GET", path, key=owner.shop.storefront).json["display_name"] == ""
    assert owner.send("/profile", email="none").status == 400
    assert "must be an e-mail address" in owner.text


def test_a_hostile_name_is_text(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    owner.send("/profile", display_name="<script>alert(1)</script>")
    assert b"<script>alert" not in owner.answer.body


def publish_levels(owner: Browser, version: int = 1) -> None:
    """Silver from 0 and gold from 500.00, and a member who has bought once."""
    levels = "levels:\n  measure: spend\n  per: year\n  steps:\n    - {id: silver, at: 0, name: {en: Silver}}\n"
    levels += "    - {id: gold, at: 500.00, name: {en: Gold}}\n"
    document = owner.shop.call("GET", "/v1/programme", key=owner.shop.admin).json["source"]
    answer = owner.shop.publish(f"{document}\n{levels}", If_Match=str(version))
    assert answer.status == 200, answer.body
    owner.shop.later_s += 300
    owner.shop.buy(1)


def test_a_members_page_says_what_was_bought_what_is_next_and_how_often_the_link_was_followed(owner: Browser) -> None:
    goals = "goals:\n  - {id: three, measure: orders, per: month, target: 3, badge: {en: Explorer}}\n"
    goals += "  - {id: one, measure: orders, per: month, target: 1, badge: {en: Beginner}}\n"
    document = owner.shop.call("GET", "/v1/programme", key=owner.shop.admin).json["source"]
    assert owner.shop.publish(f"{document}\n{goals}", If_Match="1").status == 200
    publish_levels(owner, 2)
    owner.open("/console/members/acme.1")
    assert "Clicks on the link" not in owner.text
    clicks.count(owner.shop.code_of())
    owner.open("/console/members/acme.1")
    assert "Orders1Bought in all, without tax€100.00" in owner.text
    assert "Clicks on the link1" in owner.text
    assert "Next level€400.00 more to Gold" in owner.text
    assert "Explorer1 of 3 orders in May 2026" in owner.text
    assert "Beginner \N{EN DASH} reached1 of 1 order in May 2026" in owner.text


def test_a_level_is_set_until_a_day(owner: Browser) -> None:
    publish_levels(owner)
    owner.open("/console/members/acme.1")
    owner.send("/level", level="gold", last_day="2026-12-31", reason="a good friend")
    assert "The level was set." in owner.text
    assert "Level Gold" in owner.text
    assert owner.send("/level", 1, level="gold", last_day="soon", reason="x").status == 400
    assert "Write a day" in owner.text


def test_a_level_below_what_orders_give_says_that_it_changes_nothing(owner: Browser) -> None:
    publish_levels(owner)
    owner.shop.later_s += 3600
    owner.shop.buy(2, total="900.00")
    owner.open("/console/members/acme.1")
    assert "Level Gold" in owner.text
    owner.send("/level", level="silver", last_day="2026-12-31", reason="a good friend")
    assert "The level is kept, and changes nothing for now: the member has a higher one" in owner.text
    owner.send("/level", level="gold", reason="a good friend")
    assert "The level was set." in owner.text


def test_an_email_that_somebody_else_has_is_said(owner: Browser) -> None:
    owner.shop.buy(1, customer=1)
    owner.shop.buy(2, customer=2)
    owner.open("/console/members/acme.1")
    owner.send("/profile", email="buyer2@mail.example")
    assert "Somebody else has this e-mail too" in owner.text
    owner.send("/profile", email="buyer1@mail.example")
    assert "The profile was saved." in owner.text
    assert "Somebody else" not in owner.text


def test_a_level_by_hand_is_shown_with_its_reason_and_taken_back_by_a_button(owner: Browser) -> None:
    publish_levels(owner)
    owner.open("/console/members/acme.1")
    assert "Level by hand" not in owner.text
    owner.send("/level", level="gold", last_day="2026-12-31", reason="a good friend")
    assert "Level by handGold until 31 December 2026a good friend" in owner.text
    assert [form["fields"]["level"] for form in owner.page.forms if form["action"].endswith("/level")] == ["", "gold"]
    owner.send("/level")
    assert "The level that was set by hand was taken back." in owner.text
    assert "Level Silver" in owner.text
    assert "Level by hand" not in owner.text


def test_a_level_by_hand_that_the_programme_has_no_longer_is_shown_by_its_id(owner: Browser) -> None:
    publish_levels(owner)
    owner.open("/console/members/acme.1")
    owner.send("/level", level="gold", reason="a good friend")
    document = owner.shop.call("GET", "/v1/programme", key=owner.shop.admin).json["source"]
    assert owner.shop.publish(document.replace("id: gold", "id: black"), If_Match="2").status == 200
    owner.shop.later_s += 300
    owner.open("/console/members/acme.1")
    assert "Level by handgold, for good" in owner.text


def test_a_level_by_hand_for_good_says_so_and_one_that_is_over_is_not_shown(owner: Browser) -> None:
    publish_levels(owner)
    owner.open("/console/members/acme.1")
    owner.send("/level", level="gold", reason="a good friend")
    assert "Level by handGold, for gooda good friend" in owner.text
    reader = Browser(owner.shop)
    reader.accept("reader", "ben")
    reader.open("/console/members/acme.1")
    assert "Level by handGold, for good" in reader.text
    assert "Take this level back" not in reader.text
    day = datetime.fromtimestamp(owner.shop.now, UTC).date() + timedelta(days=2)
    owner.send("/level", 1, level="gold", last_day=day.isoformat(), reason="a good friend")
    assert "Level by hand" in owner.text
    owner.shop.later_s += 4 * 86_400
    owner.accept()
    owner.open("/console/members/acme.1")
    assert "Level by hand" not in owner.text


def test_settling_says_whether_there_was_something_to_settle(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.shop.buy(2, 2, owner.shop.code_of("acme.1"))
    owner.open("/console/members/acme.1")
    owner.send("/settlement")
    assert "The bonuses for friends were worked out again." in owner.text
    owner.send("/settlement")
    assert (
        "No bonus was missing: the bonuses follow what the friends have bought. No balance has changed." in owner.text
    )


def test_a_statement_is_a_file_without_formulas(owner: Browser) -> None:
    owner.shop.buy(1)
    adjust(owner, reason="=1+1")
    answer = owner.open("/console/members/acme.1/statement.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = answer.body.decode().removeprefix("\ufeff").splitlines()
    assert rows[0] == "Entry,When,Order,Amount,Currency or points,Why,Can be spent from,Last day"
    assert len(rows) == 3
    assert rows[1].split(",")[3] == "5.00"
    assert not any(cell.startswith("=") for row in rows for cell in row.split(","))


def test_a_file_is_one_of_the_readers_language_and_the_shops_clock(open_shop: Shop) -> None:
    zoned = PROGRAMME.replace("percent: 5", "percent: 5, expire_days: 30") + "timezone: Europe/Paris\n"
    assert open_shop.publish(zoned, If_Match='"1"').status == 200
    open_shop.later_s += 600
    open_shop.buy(1)
    browser = Browser(open_shop, "fr")
    browser.accept()
    adjust(browser, amount="-1,50", reason="a;=1+1,=2+2")
    lines = browser.open("/console/members/acme.1/statement.csv").body.decode().splitlines()
    _, adjusted, bought = csv.reader(lines, delimiter=";")
    assert bought[1:5] == ["2026-05-04 14:10", "acme/1", "5,00", "EUR"]
    assert bought[7] == "2026-06-03"
    assert adjusted[3] == "-1,50"
    assert adjusted[5].endswith("a;'=1+1,'=2+2.")
    assert lines[0].startswith("\ufeffÉcriture;Quand;Commande;Montant;")


def test_an_owner_sees_what_the_shopper_sees_by_a_token_of_the_member_alone(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members/acme.1/card")
    assert b'token-url="/console/members/acme.1/token"' in owner.answer.body
    token = owner.open("/console/members/acme.1/token").json["token"]
    assert owner.shop.call("GET", "/v1/members/acme.1", key=token).status == 200
    assert owner.shop.call("GET", "/v1/members/acme.2", key=token).status == 403
    assert owner.open("/console/members/acme.77/card").status == 404
    assert owner.open("/console/members/acme.77/token").status == 404


def test_a_look_at_the_shoppers_page_makes_no_code(owner: Browser) -> None:
    owner.shop.buy(1)
    owner.open("/console/members/acme.1/card")
    assert b"<ristourne-loyalty preview " in owner.answer.body
    assert "The button “Get my link”" in owner.text
    token = owner.open("/console/members/acme.1/token").json["token"]
    before = owner.shop.items()
    answer = owner.shop.call("POST", "/v1/members/acme.1/referral-code", {}, token)
    assert answer.problem == (403, "forbidden")
    assert owner.shop.items() == before
    code = owner.shop.code_of()
    owner.open("/console/members/acme.1/card")
    assert "Get my link" not in owner.text
    assert owner.shop.call("GET", "/v1/members/acme.1/card", key=token).json["share"]["code"] == code


@pytest.mark.parametrize(("name", "way_back"), [("Ada <b>", "Ada &lt;b&gt;"), (None, "acme.1")])
def test_the_shoppers_view_leads_back_to_the_person_by_name(owner: Browser, name: str | None, way_back: str) -> None:
    owner.shop.buy(1)
    owner.shop.call("PUT", "/v1/members/acme.1", {"display_name": name}, owner.shop.storefront)
    text = owner.open("/console/members/acme.1/card").body.decode()
    assert f'<a href="/console/members/acme.1"><bdi>{way_back}</bdi></a>' in text
    assert f"<title>{way_back} · Ristourne</title>" in text


def test_an_unknown_member_is_a_page_that_says_so(owner: Browser) -> None:
    assert owner.open("/console/members/acme.77").status == 404
    assert "There is no member acme.77" in owner.text
    assert "problem+json" not in owner.answer.headers["content-type"]


def test_a_mistake_of_ours_is_a_page_too(owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.store.today.read", lambda *_: 1 / 0)
    assert owner.open("/console").status == 500
    assert "our mistake" in owner.text


def test_a_table_that_is_away_is_a_page_too(owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    owner.shop.drop_table()
    answer = owner.open("/console")
    assert answer.status == 503
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("form", "field", "typed"),
    [
        ("/profile", "display_name", "x" * 101),
        ("/profile", "email", f"{'x' * 250}@mail.example"),
        ("/adjustments", "reason", "x" * 201),
    ],
)
def test_a_form_has_the_bounds_of_the_api(open_shop: Shop, owner: Browser, form: str, field: str, typed: str) -> None:
    """Whoever sends it without the page's own bounds."""
    open_shop.buy(1, 1)
    owner.open("/console/members/acme.1")
    owner.send(form, **({"amount": "1", "reason": "late"} if form == "/adjustments" else {}) | {field: typed})
    assert owner.answer.status == 400
    assert re.search(rf'id="\w+-{field}-wrong"', owner.answer.body.decode())
    assert typed not in json.dumps(open_shop.items())


@pytest.mark.parametrize("typed", ["1.000", "1,000", "-25.000", "5 %", "1.234,50", "5 USD", "EUR"])
def test_an_amount_that_can_be_read_in_two_ways_is_refused(open_shop: Shop, owner: Browser, typed: str) -> None:
    open_shop.buy(1, 1)
    owner.open("/console/members/acme.1")
    assert owner.send("/adjustments", amount=typed, reason="late").status == 400
    assert 'id="adjust-amount-wrong"' in owner.answer.body.decode()
    assert open_shop.available("acme.1") == 500


@pytest.mark.parametrize(
    "address",
    [
        "https://admin.shopify.com/store/acme/orders/1",
        "https://admin.shopify.com/store/acme/customers/7?orders=1",
        "https://shop.example/wp-admin/admin.php?page=wc-orders&action=edit&id=1",
        "https://shop.example/wp-admin/post.php?post=1&action=edit",
        "https://shop.example/wp-admin/user-edit.php?user_id=7",
    ],
)
def test_a_member_is_found_by_the_address_of_a_page_of_the_shop(open_shop: Shop, owner: Browser, address: str) -> None:
    open_shop.buy(1, 7)
    owner.open("/console/members")
    owner.send("/members", q=address)
    assert owner.path == "/console/members/acme.7"
