"""The programme as text: what it gives, what is wrong with a draft of the next version, and publishing it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib import settings
from chalicelib.store import drafts
from chalicelib.store.drafts import Draft
from tests.edge.browser import Browser
from tests.edge.conftest import PROGRAMME, Shop


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


def test_what_a_programme_gives_begins_with_a_capital_where_a_name_stands_first(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    """In what owners read too, as in what shoppers do."""
    rule = "earn: [{id: each, give: 2, of: leaves, per: piece, cap: 9}]\n"
    parts = "assets: {leaves: {name: {fr: feuilles, en: leaves}}}\n" + rule
    assert open_shop.publish(PROGRAMME.partition("earn:")[0] + parts, If_Match='"1"').status == 200
    open_shop.later_s = 3600
    owner, french = visitor(open_shop), visitor(open_shop, "reader", "zoe", "fr")
    for browser, sentence in ((owner, "Leaves: 2 for each piece"), (french, "Feuilles : 2 par article")):
        browser.open("/console/programme")
        assert browser.text.count(sentence) == 2


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


def test_a_version_is_published_for_a_day_to_come(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    owner.send("/programme/draft", source=f"{PROGRAMME}timezone: Europe/Paris\n")
    for day in ("2026-05-04", "2037-01-01", "tomorrow"):
        assert owner.send("/programme", first_day=day).status == 400
        assert ("after today" if day != "tomorrow" else "Write a day such as") in owner.text
        assert day in [form["fields"].get("first_day") for form in owner.page.forms]
    owner.send("/programme", first_day="2026-06-01")
    assert "Version 2 is published. It holds from" in owner.text
    _, planned = open_shop.call("GET", "/v1/programme/versions", key=open_shop.admin).json["versions"]
    assert planned["effective_at"] == "2026-05-31T22:00:00Z"
    owner.open("/console/programme")
    owner.send("/programme/draft", source=owner.source.replace("percent: 5", "percent: 6"))
    assert "Version 2 has not begun: it holds from" in owner.text
    assert "2026-06-01" in [form["fields"].get("first_day") for form in owner.page.forms]


def test_a_draft_that_follows_a_planned_version_is_warned_of_as_on_its_first_day(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    may = "campaigns: [{id: may, starts: 2026-05-01, ends: 2026-05-20, multiply: {cashback: 2}, holdout: 100}]\n"
    owner = visitor(open_shop)
    owner.open("/console/programme")
    owner.send("/programme/draft", source=PROGRAMME + may)
    assert "holds everybody out" in owner.text
    owner.send("/programme", first_day="2026-06-01")
    owner.open("/console/programme")
    owner.send("/programme/draft", source=owner.source.replace("percent: 5", "percent: 6"))
    assert "holds everybody out" not in owner.text


def test_a_day_that_begins_before_every_reader_knows_is_told_at_its_field(
    open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    owner.send("/programme/draft", source=PROGRAMME.replace("percent: 5", "percent: 6"))
    monkeypatch.setattr(settings, "lead_s", lambda: 3 * 86_400)
    assert owner.send("/programme", first_day="2026-05-05").status == 400
    assert "effective_at" not in owner.text
    assert "2026-05-05" in [form["fields"].get("first_day") for form in owner.page.forms]
    assert 'id="draft-first_day-wrong"' in owner.answer.body.decode()


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
