"""A part of the programme by its own page: what customers read of it, and taking it out."""

from __future__ import annotations

import pytest

from chalicelib.domain.programme.document import parse
from chalicelib.edge.console.programme.document.contents import parts_of
from chalicelib.edge.console.programme.versions import FIELDS
from chalicelib.edge.yaml_document import read_document
from tests.edge.browser import Browser
from tests.edge.conftest import Shop

CLUB = """name: Tea
currency: EUR
landing: {page: https://tea.fr/welcome, hosts: [tea.fr]}
assets: {leaves: {name: {fr: feuilles, de: Blätter}}}
earn:
  - {id: cashback, percent: 5}   # for all
  # a leaf for each euro
  - {id: leaves, give: 1, of: leaves, per: {EUR: 1}}
cards:
  - id: coffee
    counts: {orders: true}
    size: 5
    reward: {amount: 4}
levels:
  steps:
    - {id: green, at: 0, name: {en: Green}}
    - {id: black, at: 200, perks: {en: Free tea}, multiply: {leaves: 2}}
goals:
  - {id: regular, measure: orders, target: 3, per: month, badge: {en: Regular}}
campaigns:
  - {id: summer, starts: 2026-01-01, ends: 2026-12-31, audience: {levels: [black]}, multiply: {leaves: 2}}
boards:
  - {id: best, measure: leaves}
referral: {friends: 2, percent: 10}
"""

PARTS = (
    *("assets/leaves", "earn/cashback", "earn/leaves", "cards/coffee", "steps/green", "steps/black"),
    *("goals/regular", "campaigns/summer", "boards/best", "referral/referral"),
)


@pytest.fixture
def owner(open_shop: Shop) -> Browser:
    assert open_shop.publish(CLUB, If_Match='"1"').status == 200
    browser = Browser(open_shop)
    browser.accept()
    return browser


def renamed(browser: Browser, part: str, **fields: str) -> Browser:
    """Send the form of what customers read of a part, with these texts."""
    browser.open(f"/console/programme/parts/{part}")
    form = next(form for form in browser.page.forms if "name_fr" in form["fields"])
    browser.post(browser.path, form["fields"] | fields)
    return browser


def taken_out(browser: Browser, part: str) -> Browser:
    """Press the button that takes a part out."""
    browser.open(f"/console/programme/parts/{part}")
    form = next(form for form in browser.page.forms if "removal" in form["fields"])
    browser.post(browser.path, form["fields"])
    return browser


def draft(browser: Browser) -> str:
    """The document of the draft that is shown."""
    assert browser.answer.status == 200, browser.text
    return str(browser.source)


def test_every_part_has_a_page_that_the_programme_leads_to(owner: Browser) -> None:
    owner.open("/console/programme")
    links = [f"/console/programme/parts/{part}" for part in PARTS]
    assert set(links) <= set(owner.page.links)
    for link in links:
        assert owner.open(link).status == 200


def test_every_part_of_a_document_with_every_field_stands_where_it_is_said_to_stand() -> None:
    document = read_document(FIELDS.read_bytes())
    programme = parse(document)
    parts = parts_of(programme)
    assert {part.section for part in parts} == {
        *("assets", "earn", "cards", "steps", "goals", "campaigns", "boards", "referral")
    }
    for part in parts:
        value = document
        for step in part.path.replace("[", ".").replace("]", "").split("."):
            value = value[int(step)] if step.isdigit() else value[step]
        assert part.section in ("assets", "referral") or value["id"] == part.id


class TestTexts:
    def test_a_part_without_a_name_gets_one(self, owner: Browser) -> None:
        source = draft(renamed(owner, "cards/coffee", name_fr="Carte café", name_en="Coffee card"))
        assert source == CLUB.replace(
            "  - id: coffee\n", "  - id: coffee\n    name: {fr: Carte café, en: Coffee card}\n"
        )
        assert "“Name, in English” is set: Coffee card" in owner.text
        owner.send("/programme")
        assert "The new version was published." in owner.text

    def test_a_name_is_changed_in_one_language_and_stays_in_others(self, owner: Browser) -> None:
        owner.open("/console/programme/parts/assets/leaves")
        assert owner.page.forms[0]["fields"]["name_fr"] == "feuilles"
        source = draft(renamed(owner, "assets/leaves", name_fr="feuilles d'or", name_en="leaves"))
        assert "name: {fr: feuilles d'or, en: leaves, de: Blätter}" in source

    def test_a_text_that_is_emptied_goes(self, owner: Browser) -> None:
        source = draft(renamed(owner, "steps/green", name_en=""))
        assert "- {id: green, at: 0}\n" in source
        assert "perks" not in draft(renamed(owner, "steps/black", perks_en=""))

    def test_nothing_that_changes_is_no_draft_to_publish(self, owner: Browser) -> None:
        renamed(owner, "steps/green")
        assert "Nothing: the document says the same as the newest version." in owner.text

    def test_what_a_text_cannot_be_is_told_at_its_field(self, owner: Browser) -> None:
        renamed(owner, "steps/black", perks_fr="x" * 500, name_en="y" * 50)
        assert owner.answer.status == 422
        body = owner.answer.body.decode()
        assert ('id="texts-perks_fr-wrong"' in body, 'id="texts-name_en-wrong"' in body) == (True, True)
        assert owner.page.forms[0]["fields"]["name_en"] == "y" * 50

    def test_a_goal_keeps_a_badge_or_a_reward(self, owner: Browser) -> None:
        renamed(owner, "goals/regular", badge_en="")
        assert owner.answer.status == 422
        assert 'role="alert"' in owner.answer.body.decode()


class TestRemoval:
    def test_a_part_goes_with_its_lines_and_its_comment(self, owner: Browser) -> None:
        assert draft(taken_out(owner, "boards/best")) == CLUB.replace("boards:\n  - {id: best, measure: leaves}\n", "")
        assert "Removed: Board best" in owner.text
        owner.send("/programme")
        assert "The new version was published." in owner.text

    def test_the_bonus_for_friends_can_end(self, owner: Browser) -> None:
        source = draft(taken_out(owner, "referral/referral"))
        assert source == CLUB.replace("referral: {friends: 2, percent: 10}\n", "")

    def test_a_part_that_others_need_stays_and_they_are_named(self, owner: Browser) -> None:
        taken_out(owner, "earn/leaves")
        assert owner.answer.status == 422
        assert "It stays while these need it: Level black, Campaign summer." in owner.text
        taken_out(owner, "steps/black")
        assert "It stays while these need it: Campaign summer." in owner.text

    @pytest.mark.parametrize("part", ["steps/green", "assets/leaves"])
    def test_everybodys_level_and_an_asset_stay(self, owner: Browser, part: str) -> None:
        owner.open(f"/console/programme/parts/{part}")
        assert not [form for form in owner.page.forms if "removal" in form["fields"]]
        owner.post(f"/console/programme/parts/{part}", {"removal": "1"})
        assert owner.answer.status == 422
        assert "members may hold" in owner.text

    def test_two_parts_go_with_one_publication(self, owner: Browser) -> None:
        taken_out(owner, "campaigns/summer")
        owner.open(next(link for link in owner.page.links if "/parts/steps/black?" in link))
        assert owner.answer.status == 200
        form = next(form for form in owner.page.forms if "removal" in form["fields"])
        owner.post(owner.address, form["fields"])
        source = draft(owner)
        assert ("campaigns" in source, "black" in source) == (False, False)
        owner.send("/programme")
        assert "Version 3" in owner.text


def test_what_was_given_by_a_part_that_was_taken_out_keeps_its_name(owner: Browser, open_shop: Shop) -> None:
    renamed(owner, "campaigns/summer", name_en="Summer of tea")
    source = draft(owner).replace("audience: {levels: [black]}, multiply: {leaves: 2}", "multiply: {cashback: 2}")
    assert open_shop.publish(source, If_Match='"2"').status == 200
    open_shop.later_s += 600
    open_shop.buy(31, 21, total="20.00")
    assert open_shop.publish(CLUB.partition("goals:")[0], If_Match='"3"').status == 200
    open_shop.later_s += 600
    statement = open_shop.call("GET", "/v1/members/acme.21/statement?locale=en", key=open_shop.admin).json
    whys = [movement["why"] for entry in statement["entries"] for movement in entry["movements"]]
    assert "Campaign: Summer of tea, 2 times cashback on your order #1001." in whys


@pytest.mark.parametrize("part", ["cards/tea", "lottery/one", "referral/x", "segments/loyal"])
def test_a_part_that_is_not_there_has_no_page(owner: Browser, part: str) -> None:
    assert owner.open(f"/console/programme/parts/{part}").status == 404


def test_a_reader_changes_no_part(owner: Browser, open_shop: Shop) -> None:
    reader = Browser(open_shop)
    reader.accept("reader", "ben")
    reader.open("/console/programme")
    assert not [link for link in reader.page.links if "/parts/" in link]
    assert reader.open("/console/programme/parts/cards/coffee").status == 403
