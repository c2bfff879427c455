"""The programme's page of each version: what it gives and until when, how an older one differs, bringing that back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.store import drafts
from chalicelib.store.drafts import KEPT_S
from tests.edge.browser import Browser
from tests.edge.conftest import PROGRAMME, Shop

SIX = PROGRAMME.replace("percent: 5", "percent: 6")
SEVEN = PROGRAMME.replace("percent: 5", "percent: 7")

GIVES = {5: "An order of €50.00 earns €2.50", 6: "An order of €50.00 earns €3.00", 7: "An order of €50.00 earns €3.50"}
DRAFT = "/console/programme/draft"


@pytest.fixture
def owner(open_shop: Shop, visitor: Callable[..., Browser]) -> Browser:
    """An owner of a shop whose second version, of 6%, has replaced the first one, of 5%."""
    browser = visitor(open_shop)
    assert open_shop.publish(SIX, If_Match="1").status == 200
    open_shop.later_s += 300
    return browser


def test_a_version_that_waits_says_what_it_gives_from_when_and_what_holds_until_then(
    open_shop: Shop, owner: Browser
) -> None:
    owner.open("/console/programme")
    owner.send("/programme/draft", source=SEVEN)
    owner.send("/programme")
    assert "The new version was published." in owner.text
    assert "Version 3 is published. It holds from 4 May 2026, 12:0" in owner.text
    assert "; until then version 2 does." in owner.text
    assert "What version 3 gives" in owner.text
    assert "As a new customer reads it" in owner.text
    assert "of what you buy" in owner.text
    assert GIVES[7] in owner.text
    assert GIVES[6] not in owner.text
    open_shop.later_s += 300
    owner.open("/console/programme")
    assert "Version 3 is in force." in owner.text
    assert "until then" not in owner.text
    assert GIVES[7] in owner.text


def test_what_a_version_gives_is_told_as_of_when_it_holds(open_shop: Shop, owner: Browser) -> None:
    summer = "campaigns: [{id: summer, starts: 2026-06-01, ends: 2026-06-30, multiply: {cashback: 2}}]"
    answer = open_shop.call(
        "PUT", "/v1/programme?effective_at=2026-06-02T00:00:00Z", f"{SIX}{summer}\n", open_shop.admin, If_Match="2"
    )
    assert answer.status == 200
    owner.open("/console/programme")
    assert "; until then version 2 does." in owner.text
    assert f"{GIVES[6]}, without campaigns" in owner.text


def test_an_older_version_says_what_it_gave_and_how_it_differs(owner: Browser) -> None:
    owner.open("/console/programme?number=1")
    assert "Version 1 was replaced. Version 2 is in force." in owner.text
    assert "What version 1 gives" in owner.text
    assert GIVES[5] in owner.text
    assert GIVES[6] not in owner.text
    assert "What would change if it took the place of version 2, which is in force" in owner.text
    assert "Rule cashback: “Percent” becomes 5% (was 6%)." in owner.text
    assert "/console/programme" in owner.page.links
    assert "The newest version" in owner.text
    assert "percent: 5" in owner.text


def test_an_older_version_is_brought_back_as_a_draft_beside_the_newest(open_shop: Shop, owner: Browser) -> None:
    owner.open("/console/programme?number=1")
    assert "Bring version 1 back" in owner.text
    assert [form["action"] for form in owner.page.forms if "/programme" in form["action"]] == [DRAFT]
    owner.send("/programme/draft")
    assert "What would change" in owner.text
    assert "Rule cashback: “Percent” becomes 5% (was 6%)." in owner.text
    assert "Publish version 3" in owner.text
    owner.send("/programme")
    open_shop.later_s += 300
    owner.open("/console/programme")
    assert "Version 3 is in force." in owner.text
    assert GIVES[5] in owner.text


def test_an_older_version_that_says_the_same_says_so(open_shop: Shop, owner: Browser) -> None:
    assert open_shop.publish(f"{PROGRAMME}# again\n", If_Match="2").status == 200
    open_shop.later_s += 300
    owner.open("/console/programme?number=1")
    assert "Nothing: it says the same." in owner.text


def test_the_version_in_force_while_a_newer_one_waits_is_not_compared_with_itself(
    open_shop: Shop, owner: Browser
) -> None:
    assert open_shop.publish(SEVEN, If_Match="2").status == 200
    owner.open("/console/programme?number=2")
    assert "Version 2 is in force." in owner.text
    assert "if it took the place" not in owner.text
    assert "Bring version 2 back" in owner.text


def test_a_reader_sees_an_older_version_and_cannot_bring_it_back(
    open_shop: Shop, owner: Browser, visitor: Callable[..., Browser]
) -> None:
    reader = visitor(open_shop, "reader", "ben", "fr")
    reader.open("/console/programme?number=1")
    assert "Ce qui changerait si elle remplaçait la version 2, en vigueur" in reader.text
    assert "« Pourcentage » devient 5 % (avant : 6 %)." in reader.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "percent: 5" in reader.text
    assert "Revenir" not in reader.text
    assert reader.page.forms == []


def test_a_draft_that_changes_nothing_cannot_be_published(owner: Browser) -> None:
    owner.open("/console/programme")
    owner.send("/programme/draft", source=f"{SIX}# a remark\n")
    assert "Nothing: the document says the same as the newest version." in owner.text
    assert "Publish version" not in owner.text
    assert "Try it on your own orders" in owner.text


def test_publishing_stands_after_the_trial_and_is_the_only_main_button(owner: Browser) -> None:
    owner.open("/console/programme")
    owner.send("/programme/draft", source=SEVEN)
    page = owner.answer.body.decode()
    places = [
        page.index(text) for text in ("On your own orders", "Try it on your own orders", "Publishing", "Publish v")
    ]
    assert places == sorted(places)
    assert page.count('class="main"') == 1
    assert '<button class="main">Publish version 3' in page


def test_a_draft_is_found_from_the_programme_until_it_is_published(
    open_shop: Shop, owner: Browser, visitor: Callable[..., Browser]
) -> None:
    owner.open("/console/programme")
    owner.send("/programme/draft", source=SEVEN)
    address = owner.address
    owner.open("/console/programme")
    assert "Draft of ada, 4 May 2026" in owner.text
    assert address in owner.page.links
    owner.send("/programme/draft", source=SEVEN.replace("percent: 7", "percent: 8"))
    open_shop.later_s += 60
    french = visitor(open_shop, "owner", "bea", "fr")
    french.open("/console/programme")
    french.send("/programme/draft", source=SEVEN)
    french.open("/console/programme")
    assert [link for link in french.page.links if "draft=" in link] == [address, owner.address]
    assert "Brouillon de ada, 4 mai 2026" in french.text
    owner.open("/console/programme?number=1")
    assert "Draft of" not in owner.text
    assert open_shop.publish(SEVEN, If_Match="2").status == 200
    owner.open("/console/programme")
    assert "Draft of ada" in owner.text
    assert "Version 3 was published since." in owner.text
    assert "Draft of bea" not in owner.text
    open_shop.later_s += KEPT_S
    assert drafts.latest(open_shop.now) == []


def test_a_draft_that_changes_what_members_are_on_their_way_to_says_so_in_place_of_the_button(
    open_shop: Shop, owner: Browser
) -> None:
    """It was told by the publication alone, after the difference and the button."""
    goal = "goals: [{id: often, measure: orders, target: 3, badge: {en: Often}}]\n"
    assert open_shop.publish(SIX + goal, If_Match="2").status == 200
    open_shop.later_s += 300
    owner.open("/console/programme")
    owner.send("/programme/draft", source=SIX + goal.replace("target: 3", "target: 4"))
    assert "This draft cannot be published as it stands" in owner.text
    assert "goals[0].target" in owner.text
    assert "cannot change: members are on their way to it" in owner.text
    assert "Publish version 4" not in owner.text
    owner.send("/programme/draft", source=SEVEN + goal)
    assert "cannot be published" not in owner.text
    assert "Publish version 4" in owner.text


def test_an_id_of_an_older_version_cannot_come_to_mean_something_else(open_shop: Shop, owner: Browser) -> None:
    goal = "goals: [{id: often, measure: orders, target: 3, badge: {en: Often}}]\n"
    assert open_shop.publish(SIX + goal, If_Match="2").status == 200
    assert open_shop.publish(SIX, If_Match="3").status == 200
    open_shop.later_s += 300
    owner.open("/console/programme")
    owner.send("/programme/draft", source=SIX + goal.replace("target: 3", "target: 4"))
    assert "often stood for another card, goal or board in an earlier version" in owner.text
    assert "Publish version 5" not in owner.text


def test_what_is_probably_not_meant_stands_in_a_box_of_its_own_colour(owner: Browser) -> None:
    owner.open("/console/programme")
    owner.send("/programme/draft", source=SIX.replace("percent: 6", "percent: 0.06"))
    box = owner.answer.body.decode().partition('<div class="note warn" role="note">')[2].partition("</div>")[0]
    assert "Less than one percent" in box
