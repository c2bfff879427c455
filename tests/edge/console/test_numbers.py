"""The numbers of the programme as fields: which there are, what they are called, and what changing one does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.edge import words
from chalicelib.edge.console.pages import WrongField
from chalicelib.edge.console.programme.document.numbers import PREFIX, changed, groups, numbers
from chalicelib.edge.console.programme.versions import FIELDS
from tests.edge.browser import Browser
from tests.edge.conftest import PROGRAMME, Shop

B = "\N{NO-BREAK SPACE}"

DOCUMENT = """\
inactive_days: 730   # two years
assets: {leaves: {name: {fr: feuilles, en: leaves}, worth: {EUR: 0.05}}}
earn:
  - {id: cashback, percent: 5, match: {products: ["93"]}, vest_date: 2027-01-15}
  - id: big
    name: {fr: Gros panier, en: Big basket}
    ladder: [{at: 150.00, amount: 5.00}]
levels:
  grace_days: 30
  steps: [{id: black, at: 200, multiply: {cashback: 1.5, big: 2}}]
goals: [{id: regular, target: 3, badge: {fr: Habitué, en: Regular}}]
segments: {champions: {recency: [4, 5]}}
"""


def as_listed(document: str, language: str = "en") -> dict[str, list[str]]:
    return {
        heading: [f"{field.label}: {field.value}" for field in fields]
        for heading, fields in groups(document, words.of(language))
    }


def name_of(document: str, path: str) -> str:
    return next(number.name for number in numbers(document) if number.place.path == path)


def test_numbers_stand_under_the_names_of_their_parts() -> None:
    assert as_listed(DOCUMENT) == {
        "In general": ["Gone after days without an order: 730"],
        "Asset: leaves": ["Worth of one (EUR): 0.05"],
        "Rule: cashback": ["Percent: 5"],
        "Rule: Big basket": ["Step 1: Begins at: 150.00", "Step 1: Amount: 5.00"],
        "Levels": ["Days of grace: 30"],
        "Level: black": ["Begins at: 200", "Times (cashback): 1.5", "Times (Big basket): 2"],
        "Goal: Regular": ["How many: 3"],
        "Segment: champions": ["Score for recency: 4", "Score for recency: 5"],
    }


def test_numbers_are_named_in_the_readers_language() -> None:
    listed = as_listed(DOCUMENT, "fr")
    assert listed[f"Règle{B}: Gros panier"] == [f"Palier 1{B}: À partir de: 150,00", f"Palier 1{B}: Montant: 5,00"]
    assert f"Unité{B}: feuilles" in listed


GIVEN = """\
currency: EUR
assets: {points: {name: {fr: feuilles, en: leaves}}}
earn:
  - {id: leaves, give: 2, of: points, per: {EUR: 1.00}, cap: 50, minimum: 20.00, limits: [{amount: 100, per: month}]}
  - {id: big, ladder: [{at: 150.00, amount: 5.00}]}
levels: {measure: points, steps: [{id: black, at: 200, gift: {amount: 4.00}}]}
goals:
  - {id: regular, measure: orders, target: 3, reward: {give: 50, of: points}}
  - {id: spender, measure: spend, target: 100.00, badge: {en: Spender}}
campaigns: [{id: summer, multiply: {leaves: 3}, budget: 5000}]
boards: [{id: month, prizes: [{give: 500, of: points}, {amount: 5.00}]}]
"""


def test_each_number_says_of_what_it_is_so_many() -> None:
    assert as_listed(GIVEN) == {
        "Rule: leaves": [
            "Gives (leaves): 2",
            "For each full (EUR): 1.00",
            "At most for an order (leaves): 50",
            "At least (EUR): 20.00",
            "Limit 1: Amount (leaves): 100",
        ],
        "Rule: big": ["Step 1: Begins at (EUR): 150.00", "Step 1: Amount (EUR): 5.00"],
        "Level: black": ["Begins at (leaves): 200", "Gift: Amount (EUR): 4.00"],
        "Goal: regular": ["How many (orders): 3", "Reward: Gives (leaves): 50"],
        "Goal: Spender": ["How many (EUR): 100.00"],
        "Campaign: summer": ["Times (leaves): 3", "Budget in all: 5000"],
        "Leaderboard: month": ["Prize 1: Gives (leaves): 500", "Prize 2: Amount (EUR): 5.00"],
    }
    assert as_listed(GIVEN, "fr")["Règle\N{NO-BREAK SPACE}: leaves"][0] == "Donne (feuilles): 2"


def test_every_number_of_a_document_with_every_field_has_a_label_in_words() -> None:
    labels = [field.label for _, fields in groups(FIELDS.read_text(), words.of("en")) for field in fields]
    assert not [label for label in labels if label == label.lower()], "give the field a label"


def test_a_changed_number_takes_its_place_and_nothing_else_changes() -> None:
    form = {name_of(DOCUMENT, "inactive_days"): "365", name_of(DOCUMENT, "levels.steps[0].multiply.cashback"): "1,75"}
    expected = DOCUMENT.replace("730 ", "365 ").replace("1.5", "1.75")
    assert changed(DOCUMENT, form) == expected
    assert changed(DOCUMENT, {}) == DOCUMENT
    shown = {field.name: field.value for _, fields in groups(DOCUMENT, words.of("fr")) for field in fields}
    assert changed(DOCUMENT, shown) == DOCUMENT


def test_a_number_of_things_is_written_whole() -> None:
    document = "{inactive_days: 30, minimum: 2, grace_days: 7.0}"
    form = {number.name: "14,0" for number in numbers(document)[:2]}
    assert changed(document, form) == "{inactive_days: 14, minimum: 14.0, grace_days: 7.0}"


def test_a_number_stands_behind_its_anchor() -> None:
    document = "spending: {minimum: &least 20}\n"
    shown = {number.name: number.text for number in numbers(document)}
    assert changed(document, shown) == document
    assert changed(document, dict.fromkeys(shown, "30")) == document.replace("20", "30")


def test_numbers_of_a_json_document_can_be_changed() -> None:
    document = '{"earn": [{"id": "cashback", "percent": 5}]}'
    assert changed(document, {name_of(document, "earn[0].percent"): "7"}) == document.replace("5", "7")


@pytest.mark.parametrize(
    ("typed", "written"),
    [("7,5", "7.5"), (" 1\N{NO-BREAK SPACE}000 ", "1000"), ("-1", "-1"), ("0.125", "0.125")],
)
def test_a_number_is_taken_as_people_type_it(typed: str, written: str) -> None:
    assert changed("percent: 5", {f"{PREFIX}9": typed}) == f"percent: {written}"


@pytest.mark.parametrize("typed", ["1,000", "1.000", "1.555"])
def test_a_number_that_can_be_read_in_two_ways_is_refused_unless_three_decimals_are_usual(typed: str) -> None:
    with pytest.raises(WrongField, match="can be read in two ways"):
        changed("minimum: 5", {f"{PREFIX}9": typed})
    assert changed("minimum: 1.000", {f"{PREFIX}9": "1,000"}) == "minimum: 1.000"
    assert changed("percent: 5", {f"{PREFIX}9": typed}) == f"percent: {typed.replace(',', '.')}"


@pytest.mark.parametrize("typed", ["", "five", "5x", "5}", "5 # less", "1e3", "0x10", "5\n  cap: 1", "1.000,50"])
def test_what_is_no_number_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(WrongField) as refused:
        changed("percent: 5", {f"{PREFIX}9": typed})
    assert refused.value.field == f"{PREFIX}9"


def test_a_document_that_cannot_be_read_or_is_empty_has_no_numbers() -> None:
    assert numbers("earn: [") == numbers("") == numbers("a: !!python/name:os.system 5") == []


def test_an_owner_changes_a_number_and_sees_what_it_changes(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    source = owner.source
    percent = name_of(source, "earn[0].percent")
    owner.send("/programme/numbers", **{percent: "6,5"})
    assert owner.answer.status == 200
    assert "What would change" in owner.text
    assert owner.source == source.replace("percent: 5", "percent: 6.5", 1)
    owner.send("/programme")
    assert "The new version was published." in owner.text


def test_a_word_instead_of_a_number_comes_back_with_all_that_was_typed(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    source = owner.source
    percent, bonus = name_of(source, "earn[0].percent"), name_of(source, "referral.percent")
    assert owner.send("/programme/numbers", **{percent: "six", bonus: "4"}).status == 400
    assert "Write a number such as 5 or 2.50." in owner.text
    fields = owner.page.forms[0]["fields"]
    assert (fields[percent], fields[bonus]) == ("six", "4")


def test_numbers_that_the_programme_refuses_are_told_at_their_fields(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    source = owner.source
    percent, bonus = name_of(source, "earn[0].percent"), name_of(source, "referral.percent")
    assert owner.send("/programme/numbers", **{percent: "-5", bonus: "101"}).status == 422
    assert owner.text.count("must be between 0 and 100") == 2
    body = owner.answer.body.decode()
    assert f'id="numbers-{percent}-wrong"' in body
    assert f'id="numbers-{bonus}-wrong"' in body
    fields = owner.page.forms[0]["fields"]
    assert (fields[percent], fields[bonus], fields["source"]) == ("-5", "101", source)


def test_a_draft_goes_on_with_its_numbers_and_what_is_refused_stands_on_its_page(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    owner.open("/console/programme")
    owner.send("/programme/draft", source=PROGRAMME.replace("3.00", "4.00"))
    action = f"/programme/numbers?draft={owner.draft}"
    percent = name_of(owner.source, "earn[0].percent")
    assert owner.send(action, **{percent: "-5"}).status == 422
    assert f'id="numbers-{percent}-wrong"' in owner.answer.body.decode()
    assert "becomes €4.00 (was €3.00)" in owner.text
    owner.send(action, **{percent: "6"})
    assert owner.answer.status == 200
    assert ("becomes €4.00 (was €3.00)" in owner.text, "becomes 6% (was 5%)" in owner.text) == (True, True)


def test_what_no_field_alone_is_wrong_with_is_said_by_its_path(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    levels = f"{PROGRAMME}levels: {{steps: [{{id: a, at: 0}}, {{id: b, at: 100}}]}}\n"
    assert open_shop.publish(levels, If_Match='"1"').status == 200
    owner = visitor(open_shop)
    owner.open("/console/programme")
    first = name_of(owner.source, "levels.steps[0].at")
    assert owner.send("/programme/numbers", **{first: "100"}).status == 422
    assert "levels.stepsmust begin with at: 0 and rise" in owner.text


def test_a_reader_sees_no_fields(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    reader = visitor(open_shop, role="reader")
    reader.open("/console/programme")
    assert "/programme/numbers" not in reader.answer.body.decode()


@pytest.mark.parametrize(("typed", "number"), [("2,5 %", "2.5"), ("5%", "5"), ("3,00 €", "3.00"), ("€1 000", "1000")])
def test_a_number_may_have_its_sign(typed: str, number: str) -> None:
    assert changed("percent: 5", {f"{PREFIX}9": typed}) == f"percent: {number}"
