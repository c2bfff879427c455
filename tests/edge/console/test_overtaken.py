"""A draft that somebody else's publication has overtaken: its changes taken over to the newest version."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.edge.console.programme.document.merge import ThreeTexts
from chalicelib.edge.yaml_document import read_document
from tests.edge.browser import Browser, owner_of
from tests.edge.conftest import Shop

DOCUMENT = """name: Tea
currency: EUR
landing: {page: https://tea.fr/welcome, hosts: [tea.fr]}
assets: {leaves: {name: {fr: feuilles, en: leaves}}}
earn:
  # for all
  - id: cashback
    percent: 5
    minimum: 20
  - {id: leaves, give: 1, of: leaves, per: {EUR: 1}}
cards:
  - {id: coffee, counts: {orders: true}, size: 5, reward: {amount: 4}}
levels:
  steps:
    - {id: green, at: 0}
    - {id: black, at: 200, multiply: {leaves: 2}}
"""
CUP = "  - {id: cup, counts: {orders: true}, size: 3, reward: {amount: 1}}\n"
CAMPAIGN = "campaigns:\n  - {id: summer, starts: 2026-06-01, ends: 2026-06-30, multiply: {leaves: 2}}\n"


@pytest.fixture
def owner(open_shop: Shop) -> Browser:
    return owner_of(open_shop, DOCUMENT)


def overtaken(owner: Browser, draft: str, newest: str) -> Browser:
    """Open a draft of the second version, after somebody else has published the third."""
    owner.open("/console/programme")
    owner.send("/programme/draft", source=draft)
    address = owner.address
    assert owner.shop.publish(newest, If_Match='"2"').status == 200
    owner.open(address)
    return owner


def take_over(owner: Browser, wins: str, **fields: str) -> Browser:
    """Press a button that takes the changes of the open draft over."""
    assert f'name="take_over" value="{wins}"' in owner.answer.body.decode()
    form = next(form for form in owner.page.forms if "draft" in form["fields"] and "expected" in form["fields"])
    owner.post(form["action"], form["fields"] | {"take_over": wins} | fields)
    return owner


def edited(*changes: tuple[str, str], source: str = DOCUMENT) -> str:
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    return source


class TestPage:
    def test_changes_that_do_not_meet_are_taken_over_and_published(self, owner: Browser) -> None:
        overtaken(
            owner, edited(("percent: 5", "percent: 6   # better")), edited(("minimum: 20", "minimum: 25")) + CAMPAIGN
        )
        assert "Version 3 was published since this draft was begun." in owner.text
        assert "Version 3 and this draft have changed different things" in owner.text
        assert owner.answer.body.decode().count('class="main"') == 1
        take_over(owner, "all")
        assert (
            owner.source == edited(("percent: 5", "percent: 6   # better"), ("minimum: 20", "minimum: 25")) + CAMPAIGN
        )
        assert "Rule cashback: “Percent” becomes 6% (was 5%)." in owner.text
        assert "was published since" not in owner.text
        assert "summer" not in owner.page.text.partition("As a new customer")[0].partition("What would change")[2]
        owner.send("/programme")
        assert "The new version was published." in owner.text
        assert "Version 4 is published." in owner.text

    def test_what_meets_is_told_in_words_and_nothing_is_lost_by_itself(self, owner: Browser) -> None:
        draft = edited(("percent: 5", "percent: 6"), ("amount: 4", "amount: 5"))
        overtaken(owner, draft, edited(("percent: 5", "percent: 7"), ("minimum: 20", "minimum: 30")))
        page, address = owner.text, owner.address
        assert "Version 3 and this draft have changed the same in different ways." in page
        told = page.partition("What the draft would make of it:")[2].partition("What version 3 has stays")[0]
        assert told.strip() == "Rule cashback: “Percent” becomes 6% (was 7%)."
        take_over(owner, "newest")
        assert owner.source == edited(
            ("percent: 5", "percent: 7"), ("minimum: 20", "minimum: 30"), ("amount: 4", "amount: 5")
        )
        owner.open(address)
        take_over(owner, "draft")
        assert owner.source == edited(
            ("percent: 5", "percent: 6"), ("minimum: 20", "minimum: 30"), ("amount: 4", "amount: 5")
        )
        owner.open(address)
        assert owner.source == draft

    def test_where_both_have_changed_the_same_nobody_decides_by_a_button_that_does_not_say_so(
        self, owner: Browser
    ) -> None:
        overtaken(owner, edited(("percent: 5", "percent: 6")), edited(("percent: 5", "percent: 7")))
        take_over(owner, "newest", take_over="all")
        assert "have changed the same in different ways" in owner.text

    def test_a_version_that_came_while_the_page_was_read_is_told_first(self, owner: Browser) -> None:
        overtaken(owner, edited(("percent: 5", "percent: 6")), edited(("amount: 4", "amount: 5")))
        assert owner.shop.publish(edited(("percent: 5", "percent: 7")), If_Match='"3"').status == 200
        take_over(owner, "all")
        assert "Version 4 and this draft have changed the same in different ways." in owner.text

    def test_what_cannot_stand_together_is_told_with_the_document_that_it_would_be(self, owner: Browser) -> None:
        gone = edited(("  - {id: leaves, give: 1, of: leaves, per: {EUR: 1}}\n", ""), (", multiply: {leaves: 2}", ""))
        overtaken(owner, DOCUMENT + CAMPAIGN, gone)
        take_over(owner, "all")
        assert "1 thing is not right yet" in owner.text
        assert "What the draft and version 3 say does not go together yet:" in owner.text
        assert "campaigns[0].multiply" in owner.text
        assert owner.source == gone + CAMPAIGN

    def test_a_reader_sees_that_it_is_overtaken_and_no_button(self, owner: Browser) -> None:
        overtaken(owner, edited(("percent: 5", "percent: 6")), edited(("amount: 4", "amount: 5")))
        reader = Browser(owner.shop, "fr")
        reader.accept("reader", "ben")
        reader.open(owner.address)
        assert "La version 3 a été publiée depuis" in reader.text
        assert reader.page.forms == []

    def test_the_draft_as_it_stands_can_still_be_gone_on_with(self, owner: Browser) -> None:
        draft = edited(("percent: 5", "percent: 6"))
        overtaken(owner, draft, edited(("amount: 4", "amount: 5")))
        form = next(form for form in owner.page.forms if {*form["fields"]} == {"expected", "source"})
        owner.post(form["action"], form["fields"])
        assert owner.source == draft
        assert "Publish version 4" in owner.text


class TestMerge:
    @pytest.mark.parametrize(
        ("newest", "draft", "expected"),
        [
            pytest.param(
                edited(("size: 5,", "size: 6,")),
                edited(("amount: 4", "amount: 5")),
                edited(("size: 5,", "size: 6,"), ("amount: 4", "amount: 5")),
                id="two fields of one line",
            ),
            pytest.param(
                edited(("levels:", f"{CUP}levels:")),
                edited(("levels:", f"{CUP.replace('cup', 'mug')}levels:")),
                edited(
                    (
                        "levels:",
                        CUP + "  - id: mug\n    counts: {orders: true}\n    size: 3\n    reward: {amount: 1}\nlevels:",
                    )
                ),
                id="a card of each",
            ),
            pytest.param(
                edited(("200, ", "300, ")),
                edited(("at: 0}\n", "at: 0}\n    - {id: silver, at: 250}\n")),
                edited(("200, ", "300, "), ("at: 0}\n", "at: 0}\n    - {id: silver, at: 250}\n")),
                id="a level between those that were moved",
            ),
            pytest.param(
                edited(("at: 0}\n", "at: 0}\n    - {id: gold, at: 150}\n")),
                edited(("at: 0}\n", "at: 0}\n    - {id: silver, at: 250}\n")),
                edited(("at: 0}\n", "at: 0}\n    - {id: gold, at: 150}\n")) + "    - id: silver\n      at: 250\n",
                id="two levels in the same place",
            ),
            pytest.param(
                edited(
                    ("  # for all\n  - id: cashback\n    percent: 5\n    minimum: 20\n", ""), ("give: 1", "give: 2")
                ),
                edited(("per: {EUR: 1}", "per: {EUR: 2}")),
                edited(
                    ("  # for all\n  - id: cashback\n    percent: 5\n    minimum: 20\n", ""),
                    ("give: 1", "give: 2"),
                    ("per: {EUR: 1}", "per: {EUR: 2}"),
                ),
                id="a rule that went, and another that both have changed",
            ),
            pytest.param(
                f"{DOCUMENT}# theirs\n",
                edited(("# for all", "# for everybody")),
                edited(("# for all", "# for everybody")) + "# theirs\n",
                id="comments",
            ),
            pytest.param(
                DOCUMENT + CAMPAIGN,
                DOCUMENT + CAMPAIGN,
                DOCUMENT + CAMPAIGN,
                id="both have changed the same in the same way",
            ),
        ],
    )
    def test_what_does_not_meet_stands_together(self, newest: str, draft: str, expected: str) -> None:
        texts = ThreeTexts(DOCUMENT, newest, draft)
        assert not texts.meet
        assert texts.merged(draft_wins=False) == texts.merged(draft_wins=True) == expected

    @pytest.mark.parametrize(
        ("newest", "draft"),
        [
            pytest.param(
                edited(("  - {id: leaves, give: 1, of: leaves, per: {EUR: 1}}\n", "")),
                edited(("give: 1", "give: 2")),
                id="a rule that went and was changed",
            ),
            pytest.param(
                edited(("    minimum: 20\n", "")),
                edited(("minimum: 20", "minimum: 30")),
                id="a field that went and was changed",
            ),
            pytest.param(
                edited(("hosts: [tea.fr]", "hosts: [tea.fr, tea.de]")),
                edited(("hosts: [tea.fr]", "hosts: [tea.it]")),
                id="a list without ids",
            ),
            pytest.param(
                DOCUMENT + CAMPAIGN,
                DOCUMENT + CAMPAIGN.replace("06-30", "06-29"),
                id="a part that both have added otherwise",
            ),
        ],
    )
    @pytest.mark.parametrize("is_turned", [False, True])
    def test_what_meets_is_as_the_winner_has_it(self, newest: str, draft: str, is_turned: bool) -> None:
        newest, draft = (draft, newest) if is_turned else (newest, draft)
        texts = ThreeTexts(DOCUMENT, newest, draft)
        assert texts.meet
        assert plain(texts.merged(draft_wins=True)) == plain(draft)
        assert plain(texts.merged(draft_wins=False)) == plain(newest)

    def test_an_order_of_parts_that_the_draft_has_changed_is_not_lost(self) -> None:
        lines = CUP.replace("cup", "tea") + CUP
        base, draft = f"name: a\ncards:\n{lines}", f"name: a\ncards:\n{CUP}{CUP.replace('cup', 'tea')}"
        texts = ThreeTexts(
            base,
            base.replace("id: cup, counts: {orders: true}, size: 3", "id: cup, counts: {orders: true}, size: 4"),
            draft,
        )
        assert texts.meet
        assert plain(texts.merged(draft_wins=True)) == plain(draft)


def plain(source: str) -> Any:
    return read_document(source.encode())
