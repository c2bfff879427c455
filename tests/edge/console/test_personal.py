"""What a customer asks of a shop, in the console: a copy, an erasure, and one account instead of two."""

from __future__ import annotations

import json

import pytest

from chalicelib.edge.api import erasure
from tests.edge.browser import Browser
from tests.edge.conftest import WOO_SECRET, Shop


@pytest.fixture
def owner(open_shop: Shop) -> Browser:
    browser = Browser(open_shop)
    browser.accept()
    open_shop.buy(1)
    open_shop.buy(2, customer=2)
    profile = {"display_name": "Dora Maar", "email": "dora@mail.example"}
    assert open_shop.call("PUT", "/v1/members/acme.1", profile, open_shop.storefront).status == 200
    return browser


def log_of(browser: Browser) -> str:
    return browser.open("/console/log.csv").body.decode()


def test_an_export_is_a_file_with_what_the_api_exports(owner: Browser) -> None:
    owner.shop.give(100, "acme.1")
    owner.open("/console/members/acme.1")
    answer = owner.send("/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="acme.1.json"'
    exported = json.loads(answer.body)
    assert exported == owner.shop.call("GET", "/v1/members/acme.1/export?locale=en", key=owner.shop.admin).json
    assert exported["profile"]["email"] == "dora@mail.example"
    assert "exported what is kept of a person,,member acme.1,done" in log_of(owner)


def test_an_export_has_the_whole_statement(owner: Browser) -> None:
    for _ in range(110):
        owner.shop.give(1, "acme.1")
    owner.open("/console/members/acme.1")
    statement = json.loads(owner.send("/export").body)["statement"]
    assert [entry["number"] for entry in statement["entries"]] == list(range(111, 0, -1))
    assert statement["next"] is None


def test_a_merged_account_is_in_the_export_of_the_one_that_stayed_and_goes_with_it(owner: Browser) -> None:
    shop = owner.shop
    shop.buy(2, 2)
    shop.call("PUT", "/v1/members/acme.2", {"display_name": "Dora Markovitch"}, shop.storefront)
    shop.post("/v1/members/acme.1/merge", {"from": "acme.2"}, caller=shop.admin)
    owner.open("/console/members/acme.1")
    (other,) = json.loads(owner.send("/export").body)["merged"]
    assert (other["profile"]["display_name"], other["orders"]) == ("Dora Markovitch", ["acme/2"])
    owner.open("/console/members/acme.1/erasure")
    assert "Dora Markovitch" in owner.text
    assert "The same goes for the accounts that were merged into this one: acme.2." in owner.text
    owner.send("")
    assert shop.call("GET", "/v1/members/acme.2/profile", key=shop.admin).json["display_name"] == ""


def test_an_erasure_says_first_what_goes_and_the_books_stay(owner: Browser) -> None:
    owner.open("/console/members/acme.1/erasure")
    assert "Dora Maar" in owner.text
    assert "the books, which have to be kept" in owner.text
    assert "0 " not in owner.text.partition("What goes")[2].partition("What stays")[0], "what there is nothing of"
    profile = owner.shop.call("GET", "/v1/members/acme.1/profile", key=owner.shop.admin).json
    assert profile["display_name"] == "Dora Maar"
    assert owner.send("").status == 200
    assert "What was kept of the person is erased." in owner.text
    assert owner.path == "/console/members/acme.1"
    assert "Dora Maar" not in owner.text
    assert owner.shop.available("acme.1") == 500
    (certificate,) = owner.shop.call("GET", "/v1/data-requests", key=owner.shop.admin).json["requests"]
    assert (certificate["what"], certificate["source"]) == ("erase", "user ada")
    assert "erased what was kept of a person,,member acme.1,done" in log_of(owner)


def test_the_print_of_an_email_goes_where_that_is_asked_for(owner: Browser) -> None:
    owner.open("/console/members/acme.1/erasure")
    assert "Erase the print of the e-mail too" in owner.text
    owner.post("/console/members/acme.1/erasure", {"hashes": "1", "once": "a" * 16})
    (certificate,) = owner.shop.call("GET", "/v1/data-requests", key=owner.shop.admin).json["requests"]
    assert erasure.HASHES_STAY not in certificate["stays"]


def test_an_erasure_names_the_birthday_as_a_day_in_the_readers_language(owner: Browser) -> None:
    profile = {"display_name": "Dora Maar", "birthday": "05-12"}
    assert owner.shop.call("PUT", "/v1/members/acme.1", profile, owner.shop.storefront).status == 200
    assert "12 May" in owner.open("/console/members/acme.1/erasure").body.decode()
    french = Browser(owner.shop, "fr")
    french.accept(name="leo")
    assert "12 mai" in french.open("/console/members/acme.1/erasure").body.decode()
    profile["birthday"] = "05-01"
    assert owner.shop.call("PUT", "/v1/members/acme.1", profile, owner.shop.storefront).status == 200
    assert "1er mai" in french.open("/console/members/acme.1/erasure").body.decode()


def test_a_merge_says_that_a_profile_is_not_taken_over_where_there_is_one(owner: Browser) -> None:
    stays = "The profile of acme.1 (name, e-mail, language, birthday, consents) is not taken over."
    owner.open("/console/members/acme.1/merge?into=acme.2")
    assert stays in owner.text
    owner.send("/merge")
    assert "Dora Maar" not in owner.text
    owner.shop.buy(3, customer=3)
    owner.open("/console/members/acme.3/merge?into=acme.2")
    assert "is not taken over" not in owner.text


def test_a_merge_shows_both_before_it_is_done(owner: Browser) -> None:
    owner.open("/console/members/acme.1")
    assert "Merge Dora Maar into" in owner.text
    owner.open("/console/members/acme.2")
    assert "Merge acme.2 into" in owner.text
    owner.open("/console/members/acme.2/merge?into=acme.1")
    assert "Merge acme.2 into acme.1" in owner.text
    assert owner.text.count("€5.00") == 2
    assert (owner.shop.available("acme.1"), owner.shop.available("acme.2")) == (500, 500)
    assert owner.send("/merge").status == 200
    assert owner.path == "/console/members/acme.1"
    assert "Both are one member now, this one." in owner.text
    assert "Merged fromacme.2" in owner.text
    assert owner.shop.available("acme.2") == 1000
    assert "merged a member into another one,acme.1,member acme.2,done" in log_of(owner)


@pytest.mark.parametrize(
    ("into", "sentence"),
    [
        ("acme.1", "That is this member already"),
        ("acme.9", "Nobody was found. Write the exact e-mail"),
        ("", "Nobody was found"),
        ("<b>", "Nobody was found"),
        ("x" * 300, "Nobody was found"),
    ],
)
def test_a_merge_into_oneself_or_nobody_is_refused(owner: Browser, into: str, sentence: str) -> None:
    assert owner.open(f"/console/members/acme.1/merge?into={into}").status == 400
    assert sentence in owner.text
    before = owner.shop.available("acme.1")
    assert owner.post("/console/members/acme.1/merge", {"into": into, "once": "a" * 16}).status == 400
    assert sentence in owner.text
    assert owner.shop.available("acme.1") == before


@pytest.mark.parametrize("typed", ["acme.1", "1", " buyer1@mail.example ", "CODE", "acme/1"])
def test_the_account_that_stays_is_named_by_whatever_finds_a_member(owner: Browser, typed: str) -> None:
    owner.open("/console/members/acme.2")
    owner.send("/other", into=owner.shop.code_of("acme.1") if typed == "CODE" else typed)
    assert owner.path == "/console/members/acme.2/merge"
    assert "Merge acme.2 into acme.1" in owner.text


@pytest.mark.parametrize("typed", ["acme.2", "2", "buyer2@mail.example", "nobody@mail.example", "Dora Maar", "acme.9"])
def test_who_is_the_member_itself_or_nobody_is_refused_at_the_field(owner: Browser, typed: str) -> None:
    owner.open("/console/members/acme.2")
    assert owner.send("/other", into=typed).status == 400
    sentence = "That is this member already" if "2" in typed else "Nobody was found. Write the exact e-mail"
    assert sentence in owner.text
    assert next(form for form in owner.page.forms if form["action"].endswith("/other"))["fields"]["into"] == typed


def test_a_number_of_several_members_is_refused_with_their_ids(owner: Browser) -> None:
    owner.shop.connect("atelier", "woocommerce", WOO_SECRET)
    owner.shop.call("PUT", "/v1/members/atelier.1", {"display_name": "X"}, owner.shop.storefront)
    owner.open("/console/members/acme.2")
    assert owner.send("/other", into="1").status == 400
    assert "Several members fit: acme.1, atelier.1. Write the id of the one that stays." in owner.text
    owner.open("/console/members/acme.1")
    owner.send("/other", into="1")
    assert "Merge acme.1 into atelier.1" in owner.text


def test_a_member_that_was_merged_is_not_merged_again(owner: Browser) -> None:
    fields = {"into": "acme.1", "once": "a" * 16}
    for _ in range(2):
        owner.post("/console/members/acme.2/merge", fields)
    assert "That is this member already" in owner.text
    assert owner.shop.available("acme.1") == 1000


@pytest.mark.parametrize("page", ["export", "erasure", "merge"])
def test_nothing_is_done_for_a_member_that_there_is_not(owner: Browser, page: str) -> None:
    assert owner.post(f"/console/members/acme.9/{page}", {"into": "acme.1", "once": "a" * 16}).status == 404


@pytest.mark.parametrize("page", ["export", "erasure", "merge"])
def test_a_reader_neither_sees_nor_sends_these_forms(owner: Browser, page: str) -> None:
    reader = Browser(owner.shop)
    reader.accept("reader", "ben")
    reader.open("/console/members/acme.1")
    assert "This customer asks" not in reader.text
    assert reader.post(f"/console/members/acme.1/{page}", {"into": "acme.2", "once": "a" * 16}).status == 403
    assert owner.shop.available("acme.1") == 500


def test_the_statement_of_a_merged_member_is_read_up_to_the_merge(owner: Browser) -> None:
    owner.post("/console/members/acme.2/merge", {"into": "acme.1", "once": "a" * 16})
    owner.shop.buy(3, customer=2)
    owner.open("/console/members?order=acme/2")
    assert owner.path == "/console/members/acme.1"
    closed = "/console/members/acme.2/statement"
    assert owner.page.links.count(closed) == 2, "where it was merged, and at the entry of the merge"
    owner.open(closed)
    assert "This account is closed: it was merged." in owner.text
    assert "Cashback: 5% of €100.00 on your order #1001." in owner.text
    assert "Now in another account of yours" in owner.text
    assert "acme/3" not in owner.text
    assert "/console/members/acme.1" in owner.page.links
    assert owner.page.forms == []
    answer = owner.open(f"{closed}.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-acme.2.csv"'
    rows = answer.body.decode().splitlines()
    assert [(row.split(",")[2], row.split(",")[3]) for row in rows[1:]] == [
        ("", "-5.00"),
        ("acme/2", "5.00"),
    ]


def test_each_statement_of_a_chain_of_merges_is_reached(owner: Browser) -> None:
    owner.shop.buy(3, customer=3)
    owner.post("/console/members/acme.1/merge", {"into": "acme.2", "once": "a" * 16})
    owner.post("/console/members/acme.2/merge", {"into": "acme.3", "once": "b" * 16})
    owner.open("/console/members/acme.3")
    assert {f"/console/members/acme.{number}/statement" for number in (1, 2)} <= {*owner.page.links}
    owner.open("/console/members/acme.2/statement")
    assert "/console/members/acme.1/statement" in owner.page.links
    owner.open("/console/members/acme.1/statement")
    assert "Dora Maar" in owner.text
    assert "/console/members/acme.3" in owner.page.links
    assert "acme/1 " in owner.text


def test_a_closed_statement_has_pages_and_no_button_that_takes_back(owner: Browser) -> None:
    for _ in range(30):
        owner.shop.give(1, "acme.2")
    owner.post("/console/members/acme.2/merge", {"into": "acme.1", "once": "a" * 16})
    reader = Browser(owner.shop)
    reader.accept("reader", "ben")
    reader.open("/console/members/acme.2/statement")
    earlier = next(link for link in reader.page.links if "cursor" in link)
    reader.open(earlier.partition("#")[0])
    assert "acme/2" in reader.text
    assert reader.page.forms == []


def test_the_statement_of_a_member_that_was_not_merged_is_on_its_page(owner: Browser) -> None:
    owner.open("/console/members/acme.2/statement")
    assert owner.path == "/console/members/acme.2"
    assert owner.open("/console/members/acme.9/statement").status == 404
    owner.shop.call("PUT", "/v1/members/acme.5", {"locale": "fr"}, owner.shop.storefront)
    owner.post("/console/members/acme.5/merge", {"into": "acme.1", "once": "a" * 16})
    owner.open("/console/members/acme.5/statement")
    assert "Nothing had happened in this account." in owner.text
