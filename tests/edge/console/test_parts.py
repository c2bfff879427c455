"""A part of the programme by its own page: what customers read of it, and taking it out."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.programme.document import parse
from chalicelib.edge.console.programme.document.contents import parts_of
from chalicelib.edge.console.programme.versions import FIELDS
from chalicelib.edge.yaml_document import read_document
from tests.edge.browser import Browser, owner_of
from tests.edge.conftest import Shop

DOCUMENT = """name: Tea
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
    return owner_of(open_shop, DOCUMENT)


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
        assert source == DOCUMENT.replace(
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


RULES = """earn:
  - id: cashback   # for all
    percent: 5
    vest_days: 14   # as long as returns
    minimum: 20.00
    exclude:
      tags: [sale, "a, b"]   # both
    limits:
      # by month
      - {amount: 20.00, per: month}   # twenty
      # in all
      - {amount: 100.00, per: member}
  - {id: leaves, give: 1, of: leaves, per: {EUR: 1}, expire_months: 6}
  - {id: steps, ladder: [{at: 50, amount: 3}], vest_on: delivery, vest_days: 14, expire_days: 10}
  - {id: review, on: review, give: 20, of: leaves, limits: [{times: 2, per: month}]}
"""
RULED = f"{DOCUMENT[: DOCUMENT.index('earn:')]}{RULES}{DOCUMENT[DOCUMENT.index('cards:') :]}"


def terms_of(browser: Browser, part: str) -> dict[str, str]:
    """The fields of the form of a part's terms."""
    browser.open(f"/console/programme/parts/{part}")
    return next((form["fields"] for form in browser.page.forms if "terms" in form["fields"]), {})


def on_terms(browser: Browser, part: str, **fields: str) -> str:
    """The document of the draft that a part's terms make, changed in these fields."""
    browser.post(f"/console/programme/parts/{part}", terms_of(browser, part) | fields)
    return draft(browser)


class TestTerms:
    @pytest.fixture
    def owner(self, open_shop: Shop) -> Browser:
        return owner_of(open_shop, RULED)

    def test_the_form_shows_what_the_rule_states(self, owner: Browser) -> None:
        fields = terms_of(owner, "earn/cashback")
        assert {name: value for name, value in fields.items() if value} == {
            "terms": "1",
            "vest_days": "14",
            "vest_on": "payment",
            "minimum": "20.00",
            "exclude_tags": "sale, a, b",
            "limit_1": "20.00",
            "limit_1_per": "month",
            "limit_2": "100.00",
            "limit_2_per": "member",
            "limit_3_per": "month",
        }

    @pytest.mark.parametrize("part", ["earn/cashback", "earn/leaves", "earn/steps", "earn/review"])
    def test_what_is_sent_as_it_was_shown_changes_no_letter(self, owner: Browser, part: str) -> None:
        assert on_terms(owner, part) == RULED
        assert "Nothing: the document says the same as the newest version." in owner.text

    @pytest.mark.parametrize(
        ("part", "fields", "before", "after"),
        [
            ("cashback", {"vest_days": "30"}, "vest_days: 14   # as", "vest_days: 30   # as"),
            ("cashback", {"vest_days": ""}, "    vest_days: 14   # as long as returns\n    minimum", "    minimum"),
            ("cashback", {"minimum": "25,50"}, "minimum: 20.00", "minimum: 25.50"),
            ("cashback", {"minimum": ""}, "    minimum: 20.00\n", ""),
            ("cashback", {"expire_days": "365"}, "# for all\n", "# for all\n    expire_days: 365\n"),
            ("cashback", {"exclude_tags": "sale"}, '[sale, "a, b"]   # both', "[sale]   # both"),
            ("cashback", {"exclude_skus": "T-1, T-2"}, "# both\n", "# both\n      skus: [T-1, T-2]\n"),
            ("cashback", {"exclude_tags": ""}, '    exclude:\n      tags: [sale, "a, b"]   # both\n', ""),
            (
                "cashback",
                {"exclude_tags": "", "exclude_products": "93"},
                'tags: [sale, "a, b"]   # both',
                'products: ["93"]',
            ),
            (
                "cashback",
                {"limit_1": "25"},
                "{amount: 20.00, per: month}   # twenty",
                "{amount: 25, per: month}   # twenty",
            ),
            ("cashback", {"limit_1_per": "week"}, "20.00, per: month}", "20.00, per: week}"),
            (
                "cashback",
                {"limit_1": ""},
                "      # by month\n      - {amount: 20.00, per: month}   # twenty\n",
                "",
            ),
            (
                "cashback",
                {"limit_3": "50", "limit_3_per": "year"},
                "per: member}\n",
                "per: member}\n      - amount: {EUR: 50}\n        per: year\n",
            ),
            ("leaves", {"limit_1": "50"}, "id: leaves, give", "id: leaves, limits: [{amount: 50, per: month}], give"),
            ("cashback", {"cap": "50"}, "# for all\n", "# for all\n    cap: {EUR: 50}\n"),
            ("cashback", {"budget": "5 000,50"}, "# for all\n", "# for all\n    budget: {EUR: 5000.50}\n"),
            ("cashback", {"vest_on": "delivery"}, "# for all\n", "# for all\n    vest_on: delivery\n"),
            ("leaves", {"cap": "500"}, "id: leaves, give", "id: leaves, cap: 500, give"),
            ("leaves", {"budget": "90000"}, "id: leaves, give", "id: leaves, budget: 90000, give"),
            (
                "steps",
                {"vest_on": "payment", "expire_days": "20"},
                "vest_on: delivery, vest_days: 14, expire_days: 10",
                "vest_days: 14, expire_days: 20",
            ),
            ("review", {"budget": "100"}, "id: review, on", "id: review, budget: 100, on"),
            ("review", {"vest_days": "3"}, "id: review, on", "id: review, vest_days: 3, on"),
            ("leaves", {"vest_days": "7"}, "id: leaves, give", "id: leaves, vest_days: 7, give"),
            ("leaves", {"exclude_tags": "sale"}, "id: leaves, give", "id: leaves, exclude: {tags: [sale]}, give"),
            ("steps", {"vest_days": "20"}, "vest_days: 14, expire_days: 10", "vest_days: 20, expire_days: 10"),
            ("review", {"limit_1_times": "3"}, "{times: 2, per: month}", "{times: 3, per: month}"),
            ("review", {"limit_1_times": "", "limit_1": "40"}, "{times: 2, per: month}", "{amount: 40, per: month}"),
            ("review", {"limit_1_times": ""}, ", limits: [{times: 2, per: month}]", ""),
        ],
    )
    def test_a_term_changes_in_its_place(
        self, owner: Browser, part: str, fields: dict[str, str], before: str, after: str
    ) -> None:
        assert RULED.count(before) == 1
        assert on_terms(owner, f"earn/{part}", **fields) == RULED.replace(before, after)
        assert "Publish version" in owner.text

    def test_names_with_commas_and_other_spaces_stay_when_the_list_grows(self, owner: Browser, open_shop: Shop) -> None:
        names = 'categories: ["Thé, café", "Bons\N{NO-BREAK SPACE}cadeaux", Thé'
        source = RULED.replace('tags: [sale, "a, b"]', f"{names}]")
        assert open_shop.publish(source, If_Match='"2"').status == 200
        typed = f"Vaisselle,{terms_of(owner, 'earn/cashback')['exclude_categories']} , Théière"
        value = read_document(on_terms(owner, "earn/cashback", exclude_categories=typed).encode())
        assert value["earn"][0]["exclude"]["categories"] == [
            *("Vaisselle", "Thé, café", "Bons\N{NO-BREAK SPACE}cadeaux", "Thé", "Théière")
        ]
        fewer = "Bons cadeaux"
        source = on_terms(owner, "earn/cashback", exclude_categories=fewer)
        assert read_document(source.encode())["earn"][0]["exclude"]["categories"] == ["Bons\N{NO-BREAK SPACE}cadeaux"]

    @pytest.mark.parametrize(
        ("fields", "after"),
        [
            ({"minimum": "20"}, "friends: 2, qualifies: {minimum: {EUR: 20}}, percent: 10"),
            ({"vest_days": "14", "expire_days": "365"}, "friends: 2, expire_days: 365, vest_days: 14, percent: 10"),
            ({"limit": "10,0"}, "friends: 2, limit: 10, percent: 10"),
            (
                {"step_1_from": "3", "step_1": "15"},
                "friends: 2, ladder: [{bonuses: 3, percent: 15}], percent: 10",
            ),
        ],
    )
    def test_the_bonus_for_friends_gets_terms(self, owner: Browser, fields: dict[str, str], after: str) -> None:
        assert on_terms(owner, "referral/referral") == RULED
        assert on_terms(owner, "referral/referral", **fields) == RULED.replace("friends: 2, percent: 10", after)
        owner.send("/programme")
        assert "The new version was published." in owner.text

    @pytest.mark.parametrize(
        ("fields", "before", "after"),
        [
            ({}, "", ""),
            ({"minimum": "30"}, ", minimum: 20.00", ", minimum: 30"),
            ({"minimum": ""}, ", minimum: 20.00", ""),
            ({"vest_days": ""}, "  vest_days: 14   # ours\n", ""),
            ({"vest_days": "0"}, "  vest_days: 14   # ours\n", ""),
            ({"welcome.vest_days": "7"}, "amount: 3.00", "amount: 3.00, vest_days: 7"),
            ({"welcome.expire_days": ""}, ", expire_days: 90", ""),
            ({"limit": ""}, "  limit: 10\n", ""),
            ({"step_1": "16"}, "percent: 15", "percent: 16"),
            ({"step_1_from": "", "step_1": ""}, "    - {bonuses: 3, percent: 15}\n", ""),
            ({"step_2": "12"}, "{EUR: 20, USD: 22}", "{EUR: 12, USD: 22}"),
            (
                {"step_3_from": "9", "step_3": "30", "step_3_way": "amount"},
                "# in dollars too\n",
                "# in dollars too\n    - bonuses: 9\n      amount: 30\n",
            ),
        ],
    )
    def test_the_terms_of_the_bonus_for_friends_change_in_their_place(
        self, owner: Browser, open_shop: Shop, fields: dict[str, str], before: str, after: str
    ) -> None:
        bonus = """currencies: [USD]
referral:
  friends: 2
  percent: 10
  qualifies: {first_order: false, minimum: 20.00}
  welcome: {amount: 3.00, expire_days: 90}   # a gift
  vest_days: 14   # ours
  limit: 10
  ladder:
    - {bonuses: 3, percent: 15}
    - {bonuses: 6, amount: {EUR: 20, USD: 22}}   # in dollars too
"""
        source = RULED.partition("referral:")[0].replace("per: {EUR: 1}", "per: order") + bonus
        limits = "      # by month\n      - {amount: 20.00, per: month}   # twenty\n"
        source = source.replace(f"    limits:\n{limits}      # in all\n      - {{amount: 100.00, per: member}}\n", "")
        assert open_shop.publish(source, If_Match='"2"').status == 200
        assert on_terms(owner, "referral/referral", **fields) == source.replace(before, after)

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"minimum": "0,001"}, "minimum", "Write at most 2 decimals."),
            ({"vest_days": "14", "expire_days": "9"}, "expire_days", "It would expire before it can be spent: "),
            ({"limit": "2.5"}, "limit", "Write a whole number, 1 or more, or leave it empty."),
            ({"step_1_from": "3"}, "step_1", "Fill this in."),
            ({"step_1": "3"}, "step_1_from", "Fill this in."),
            ({"step_1_from": "1", "step_1": "3"}, "step_1_from", "Write a whole number, 2 or more: from which "),
            ({"step_1_from": "2", "step_1": "101"}, "step_1", "Write a percent from 0 to 100."),
            ({"step_1_from": "2", "step_1": "1%", "step_1_way": "amount"}, "step_1", "This is no percent: "),
            ({"step_1_from": "2", "step_1": "0.234", "step_1_way": "amount"}, "step_1", "Write at most 2 decimals."),
            ({"step_1_from": "2", "step_1": "1.234", "step_1_way": "amount"}, "step_1", "Write 1234 for €1,234.00"),
            ({"step_1_from": "1,000", "step_1": "5"}, "step_1_from", "1,000 can be read in two ways. Write 1000 if"),
            ({"minimum": "1,500"}, "minimum", "1,500 can be read in two ways. Write 1500 for €1,500.00"),
            ({"limit": "1,000"}, "limit", "1,000 can be read in two ways. Write 1000 if you mean that"),
        ],
    )
    def test_what_a_term_of_the_bonus_for_friends_cannot_be_is_told_at_its_field(
        self, owner: Browser, fields: dict[str, str], field: str, sentence: str
    ) -> None:
        owner.post("/console/programme/parts/referral/referral", terms_of(owner, "referral/referral") | fields)
        assert owner.answer.status == 400
        assert re.findall(r'id="terms-([\w.]+)-wrong">([^<]*)', owner.answer.body.decode())[0][0] == field
        assert sentence in owner.text

    def test_the_steps_of_the_bonus_rise(self, owner: Browser) -> None:
        on_terms(owner, "referral/referral", step_1_from="5", step_1="15")
        owner.send("/programme")
        fields = terms_of(owner, "referral/referral") | {"step_2_from": "5", "step_2": "20"}
        owner.post("/console/programme/parts/referral/referral", fields)
        assert "Write more than in the row above, since these rise." in owner.text

    def test_a_step_in_another_currency_alone_can_stay_and_change(self, owner: Browser, open_shop: Shop) -> None:
        step = "ladder: [{bonuses: 3, amount: {USD: 5}}]"
        source = DOCUMENT.replace("percent: 10}", f"percent: 10, {step}}}\ncurrencies: [USD]")
        source = source.replace("per: {EUR: 1}", "per: order")
        assert open_shop.publish(source, If_Match='"2"').status == 200
        part = "referral/referral"
        fields = terms_of(owner, part)
        assert (fields["step_1"], fields["step_1_USD"], fields["step_1_way"]) == ("", "5", "amount")
        assert on_terms(owner, part) == source
        assert on_terms(owner, part, step_1_USD="6") == source.replace("USD: 5", "USD: 6")
        for changed, field, sentence in (
            ({"step_1_USD": ""}, "step_1", "Fill this in."),
            ({"step_1": "5", "step_1_way": "percent"}, "step_1_USD", "A percent is the same in every currency: leave"),
        ):
            owner.post(f"/console/programme/parts/{part}", fields | changed)
            assert [field] == re.findall(r'id="terms-([\w.]+)-wrong">', owner.answer.body.decode())
            assert sentence in owner.text

    @pytest.mark.parametrize(
        ("expiry", "fields", "field", "sentence"),
        [
            ("expire_from: vesting, expire_days: 30", {"expire_days": ""}, "expire_days", "says from when these days"),
            ("expire_months: 12", {"vest_days": "400"}, "vest_days", "It expires after 358 days: write fewer"),
            ("expire_end: year", {"vest_days": "14"}, "vest_days", "It expires at the end of a period"),
        ],
    )
    @pytest.mark.parametrize(
        ("part", "before", "above"),
        [
            ("earn/steps", "vest_on: delivery, vest_days: 14, expire_days: 10", ""),
            ("referral/referral", "percent: 10", ""),
            ("referral/referral", "amount: 9", "welcome."),
        ],
    )
    def test_what_contradicts_the_expiry_that_the_document_states_is_told_at_its_field(
        self,
        owner: Browser,
        open_shop: Shop,
        *,
        part: str,
        before: str,
        above: str,
        expiry: str,
        fields: dict[str, str],
        field: str,
        sentence: str,
    ) -> None:
        kept = before if "percent" in before or "amount" in before else "vest_days: 0"
        source = RULED.replace("percent: 10}", "percent: 10, welcome: {amount: 9}}").replace(
            before, f"{kept}, {expiry}"
        )
        assert open_shop.publish(source, If_Match='"2"').status == 200
        typed = {f"{above}{name}": text for name, text in fields.items()}
        owner.post(f"/console/programme/parts/{part}", terms_of(owner, part) | typed)
        assert re.findall(r'id="terms-([\w.]+)-wrong">', owner.answer.body.decode()) == [f"{above}{field}"]
        assert sentence in owner.text

    def test_what_the_document_refuses_of_a_row_is_told_at_that_row(self, owner: Browser) -> None:
        part = "referral/referral"
        fields = {"step_1_from": "3", "step_1": "5.12345"}
        owner.post(f"/console/programme/parts/{part}", terms_of(owner, part) | fields)
        assert re.findall(r'id="terms-([\w.]+)-wrong">', owner.answer.body.decode()) == ["step_1"]
        fields = {"limit_1_times": "9999999"}
        owner.post("/console/programme/parts/earn/review", terms_of(owner, "earn/review") | fields)
        assert re.findall(r'id="terms-([\w.]+)-wrong">', owner.answer.body.decode()) == ["limit_1_times"]

    def test_what_is_refused_of_a_row_below_an_emptied_one_is_told_at_that_row(self, owner: Browser) -> None:
        on_terms(owner, "earn/review", limit_2_times="9", limit_2_per="year")
        owner.send("/programme")
        fields = {"limit_1_times": "", "limit_2_times": "9999999"}
        owner.post("/console/programme/parts/earn/review", terms_of(owner, "earn/review") | fields)
        assert re.findall(r'id="terms-([\w.]+)-wrong">', owner.answer.body.decode()) == ["limit_2_times"]
        on_terms(owner, "referral/referral", step_1_from="3", step_1="15")
        owner.send("/programme")
        fields = {"step_1_from": "", "step_1": "", "step_2_from": "5", "step_2": "5.12345"}
        owner.post("/console/programme/parts/referral/referral", terms_of(owner, "referral/referral") | fields)
        assert re.findall(r'id="terms-([\w.]+)-wrong">', owner.answer.body.decode()) == ["step_2"]

    def test_it_is_published(self, owner: Browser) -> None:
        on_terms(owner, "earn/leaves", limit_1="50", vest_days="7", exclude_tags="sale", minimum="10")
        owner.send("/programme")
        assert "The new version was published." in owner.text
        fields = terms_of(owner, "earn/leaves")
        assert (fields["limit_1"], fields["vest_days"], fields["exclude_tags"]) == ("50", "7", "sale")

    def test_a_rule_has_the_fields_that_its_kind_has(self, owner: Browser) -> None:
        names = {part: {*terms_of(owner, f"earn/{part}")} for part in ("cashback", "leaves", "steps", "review")}
        assert ("expire_days" in names["leaves"], "expire_days" in names["cashback"]) == (False, True)
        assert ("minimum" in names["steps"], "exclude_tags" in names["steps"]) == (False, True)
        assert ("exclude_tags" in names["review"], "limit_1_times" in names["review"]) == (False, True)
        assert ("cap" in names["leaves"], "cap" in names["steps"], "vest_on" in names["review"]) == (True, False, False)
        assert terms_of(owner, "boards/best") == {}
        assert terms_of(owner, "goals/regular") == {}
        assert terms_of(owner, "steps/black") == {}

    @pytest.mark.parametrize(
        ("part", "field", "typed", "sentence"),
        [
            ("cashback", "vest_days", "soon", "Write a number such as 5 or 2.50."),
            ("cashback", "vest_days", "1.5", "Write a whole number of days, at most 3650, or leave it empty."),
            ("cashback", "expire_days", "14", "It would expire before it can be spent: write more than 14 days."),
            ("cashback", "expire_days", "0", "At least one day."),
            ("cashback", "minimum", "-1", "Write an amount of 0 or more, at most 1,000,000,000."),
            ("cashback", "minimum", "0.005", "Write at most 2 decimals."),
            ("cashback", "limit_1", "0", "More than 0."),
            ("cashback", "limit_2_per", "month", "Another limit is for that period already."),
            ("cashback", "limit_2_per", "century", "Choose one of these."),
            ("leaves", "vest_days", "178", "It expires after 178 days: write fewer than these."),
            (
                "cashback",
                "expire_days",
                "1.000",
                "1.000 can be read in two ways. Write 1000 if you mean that, or fewer decimals.",
            ),
            (
                "review",
                "limit_1_times",
                "1,000",
                "1,000 can be read in two ways. Write 1000 if you mean that, or fewer decimals.",
            ),
            ("leaves", "limit_1", "2.5", "Write it without decimals."),
            ("leaves", "cap", "2.5", "Write it without decimals."),
            ("cashback", "cap", "0.001", "Write at most 2 decimals."),
            ("cashback", "budget", "-1", "Write an amount of 0 or more, at most 1,000,000,000."),
            ("cashback", "vest_on", "century", "Choose one of these."),
            ("review", "limit_1_times", "0", "Write a whole number of times, or leave it empty."),
            ("review", "limit_1_times", "1.5", "Write a whole number of times, or leave it empty."),
        ],
    )
    def test_what_a_term_cannot_be_is_told_at_its_field_and_stays_typed(
        self, owner: Browser, part: str, field: str, typed: str, sentence: str
    ) -> None:
        path = f"/console/programme/parts/earn/{part}"
        owner.post(path, terms_of(owner, f"earn/{part}") | {field: typed})
        assert owner.answer.status == 400
        message = re.search(rf'id="terms-{field}-wrong">([^<]*)', owner.answer.body.decode())
        assert message
        assert message[1] == sentence
        shown = next(form["fields"] for form in owner.page.forms if "terms" in form["fields"])
        assert typed in (shown[field], "century")

    def test_a_single_day_is_written_so_in_either_language(self, owner: Browser) -> None:
        for language, sentence in (
            ("en", "It would expire before it can be spent: write more than 1 day."),
            (
                "fr",
                "La récompense expirerait avant de pouvoir être dépensée\N{NO-BREAK SPACE}: indiquez plus de 1 jour.",
            ),
        ):
            owner.language = language
            owner.accept(name=f"ada-{language}")
            fields = terms_of(owner, "earn/cashback") | {"vest_days": "1", "expire_days": "1"}
            owner.post("/console/programme/parts/earn/cashback", fields)
            wrong = re.findall(r'id="terms-(\w+)-wrong">([^<]*)', owner.answer.body.decode())
            assert wrong == [("expire_days", sentence)]

    def test_how_much_and_how_often_are_two_limits(self, owner: Browser) -> None:
        source = on_terms(owner, "earn/review", limit_2="40", limit_2_per="month")
        assert "limits: [{times: 2, per: month}, {amount: 40, per: month}]" in source
        owner.post("/console/programme/parts/earn/review", terms_of(owner, "earn/review") | {"limit_1": "40"})
        assert "Write how much or how often, not both." in owner.text

    def test_what_the_document_refuses_is_told_on_the_page(self, owner: Browser) -> None:
        fields = terms_of(owner, "earn/leaves") | {"exclude_tags": "a\u202eb"}
        owner.post("/console/programme/parts/earn/leaves", fields)
        assert owner.answer.status == 422
        assert "control character" in owner.text

    def test_a_part_without_terms_takes_none(self, owner: Browser) -> None:
        assert owner.post("/console/programme/parts/boards/best", {"terms": "1"}).status == 404

    def test_a_draft_goes_on_with_other_terms(self, owner: Browser) -> None:
        on_terms(owner, "earn/cashback", vest_days="30")
        owner.open(next(link for link in owner.page.links if "/parts/earn/review?" in link))
        form = next(form for form in owner.page.forms if "terms" in form["fields"])
        owner.post(owner.address, form["fields"] | {"limit_1_times": "5"})
        assert ("vest_days: 30" in draft(owner), "times: 5" in draft(owner)) == (True, True)


AWARDS = """cards:
  - id: coffee
    counts: {orders: true}
    size: 5
    reward: {give: 50, of: leaves}   # in leaves
levels:
  steps:
    - {id: green, at: 0}
    - id: black
      at: 200
      gift: {amount: 5.00, expire_days: 90}   # each year
goals:
  - {id: regular, measure: orders, target: 3, per: month, reward: {amount: 2, vest_days: 7, expire_months: 6}}
campaigns:
  - id: summer   # in leaves
    starts: 2026-01-01
    ends: 2026-12-31
    multiply: {leaves: 2}
    budget: 5000   # leaves
  - {id: autumn, starts: 2026-10-01, ends: 2026-12-31, multiply: {cashback: 2}}
  - {id: night, starts: 2026-10-01, ends: 2026-12-31}
"""
AWARDED = (
    DOCUMENT[: DOCUMENT.index("cards:")]
    .replace("fr: feuilles, de: Blätter}", "fr: feuilles, de: Blätter}, expire_days: 60")
    .replace("percent: 5}   # for all\n", "percent: 5}   # for all\n  - {id: nightly, percent: 1, campaign: night}\n")
    .replace("per: {EUR: 1}", "per: {EUR: 1, USD: 1}")
    .replace("currency: EUR\n", "currency: EUR\ncurrencies: [USD]\n")
) + AWARDS


class TestTermsOfAwardsAndCampaigns:
    @pytest.fixture
    def owner(self, open_shop: Shop) -> Browser:
        return owner_of(open_shop, AWARDED)

    @pytest.mark.parametrize("part", ["cards/coffee", "steps/black", "goals/regular", "campaigns/summer"])
    def test_what_is_sent_as_it_was_shown_changes_no_letter(self, owner: Browser, part: str) -> None:
        assert on_terms(owner, part) == AWARDED

    @pytest.mark.parametrize(
        ("part", "fields", "before", "after"),
        [
            ("cards/coffee", {"vest_days": "14"}, "{give: 50, of", "{give: 50, vest_days: 14, of"),
            ("cards/coffee", {"expire_days": "365"}, "{give: 50, of", "{give: 50, expire_days: 365, of"),
            ("steps/black", {"vest_days": "14"}, "{amount: 5.00, exp", "{amount: 5.00, vest_days: 14, exp"),
            ("steps/black", {"expire_days": ""}, ", expire_days: 90}", "}"),
            ("goals/regular", {"vest_days": ""}, "vest_days: 7, ", ""),
            ("campaigns/summer", {"budget": "6000"}, "budget: 5000", "budget: 6000"),
            ("campaigns/summer", {"budget": ""}, "    budget: 5000   # leaves\n", ""),
            (
                "campaigns/summer",
                {"limit_1": "100", "limit_1_per": "member"},
                "# in leaves\n    starts",
                "# in leaves\n    limits: [{amount: 100, per: member}]\n    starts",
            ),
            (
                "campaigns/autumn",
                {"budget": "1 000", "budget_USD": "1100.50"},
                "id: autumn, s",
                "id: autumn, budget: {EUR: 1000, USD: 1100.50}, s",
            ),
        ],
    )
    def test_a_term_changes_in_its_place_and_is_published(
        self, owner: Browser, part: str, fields: dict[str, str], before: str, after: str
    ) -> None:
        assert AWARDED.count(before) == 1
        assert on_terms(owner, part, **fields) == AWARDED.replace(before, after)
        owner.send("/programme")
        assert "The new version was published." in owner.text

    @pytest.mark.parametrize(
        ("part", "fields", "field", "sentence"),
        [
            ("cards/coffee", {"vest_days": "60"}, "vest_days", "It expires after 60 days: write fewer than these."),
            ("steps/black", {"vest_days": "90"}, "expire_days", "It would expire before it can be spent: write more"),
            ("goals/regular", {"vest_days": "soon"}, "vest_days", "Write a number such as 5 or 2.50."),
            ("campaigns/summer", {"limit_1": "2.5"}, "limit_1", "Write it without decimals."),
            ("campaigns/summer", {"limit_1": "0"}, "limit_1", "More than 0."),
            ("campaigns/autumn", {"budget": "100"}, "budget_USD", "Fill this in."),
        ],
    )
    def test_what_a_term_cannot_be_is_told_at_its_field(
        self, owner: Browser, part: str, fields: dict[str, str], field: str, sentence: str
    ) -> None:
        owner.post(f"/console/programme/parts/{part}", terms_of(owner, part) | fields)
        assert re.findall(r'id="terms-([\w.]+)-wrong">', owner.answer.body.decode()) == [field]
        assert sentence in owner.text

    def test_a_campaign_that_multiplies_nothing_has_no_terms(self, owner: Browser) -> None:
        assert terms_of(owner, "campaigns/night") == {}

    def test_an_expiry_that_counts_from_the_payment_does_not_wait_for_the_delivery(
        self, owner: Browser, open_shop: Shop
    ) -> None:
        source = AWARDED.replace("percent: 5}", "percent: 5, expire_from: payment, expire_days: 90}")
        assert open_shop.publish(source, If_Match='"2"').status == 200
        fields = terms_of(owner, "earn/cashback") | {"vest_on": "delivery"}
        owner.post("/console/programme/parts/earn/cashback", fields)
        assert re.findall(r'id="terms-([\w.]+)-wrong">', owner.answer.body.decode()) == ["vest_on"]
        assert "The document counts the expiry from the payment" in owner.text

    def test_a_cap_in_one_currency_alone_can_stay_and_change(self, owner: Browser, open_shop: Shop) -> None:
        source = AWARDED.replace("percent: 5}", "percent: 5, cap: 50.00}")
        assert open_shop.publish(source, If_Match='"2"').status == 200
        assert on_terms(owner, "earn/cashback") == source
        assert on_terms(owner, "earn/cashback", cap="60") == source.replace("cap: 50.00", "cap: 60")
        assert "cap: {EUR: 60, USD: 66}" in on_terms(owner, "earn/cashback", cap="60", cap_USD="66")

    def test_where_only_the_best_rule_counts_nothing_is_limited(self, owner: Browser, open_shop: Shop) -> None:
        source = AWARDED.replace("    budget: 5000   # leaves\n", "").replace("name: Tea", "name: Tea\ncombine: best")
        assert open_shop.publish(source, If_Match='"2"').status == 200
        assert terms_of(owner, "campaigns/summer") == {}
        assert not {"limit_1", "budget"} & {*terms_of(owner, "earn/cashback")}
        owner.open("/console/programme/additions/campaign")
        assert not {"limit_1", "budget"} & {*owner.page.forms[0]["fields"]}


class TestRemoval:
    def test_a_part_goes_with_its_lines_and_its_comment(self, owner: Browser) -> None:
        assert draft(taken_out(owner, "boards/best")) == DOCUMENT.replace(
            "boards:\n  - {id: best, measure: leaves}\n", ""
        )
        assert "Removed: Board best" in owner.text
        owner.send("/programme")
        assert "The new version was published." in owner.text

    @pytest.mark.parametrize(
        ("part", "sentence"),
        [
            ("boards/best", "It goes with the next publication."),
            ("boards/paid", "prizes that are not given yet are given to nobody."),
            ("earn/review", "Activities that the shop states after the next publication get nothing of it."),
            ("cards/coffee", "Orders that are paid after the next publication get nothing of it."),
        ],
    )
    def test_it_is_said_first_what_taking_a_part_out_does(self, open_shop: Shop, part: str, sentence: str) -> None:
        more = "  - {id: paid, measure: leaves, prizes: [{amount: 5}]}\nreferral:"
        review = "  - {id: review, give: 5, of: leaves, on: review}\ncards:"
        owner = owner_of(open_shop, DOCUMENT.replace("referral:", more).replace("cards:", review))
        owner.open(f"/console/programme/parts/{part}")
        assert sentence in owner.text

    def test_the_bonus_for_friends_can_end(self, owner: Browser) -> None:
        source = draft(taken_out(owner, "referral/referral"))
        assert source == DOCUMENT.replace("referral: {friends: 2, percent: 10}\n", "")

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
    assert open_shop.publish(DOCUMENT.partition("goals:")[0], If_Match='"3"').status == 200
    open_shop.later_s += 600
    statement = open_shop.call("GET", "/v1/members/acme.21/statement?locale=en", key=open_shop.admin).json
    whys = [movement["why"] for entry in statement["entries"] for movement in entry["movements"]]
    assert "Campaign: Summer of tea, 2 times cashback on your order #1001." in whys


class TestNumbers:
    """What a part gives or asks for is changed on its own page, where its conditions are; it was among all numbers."""

    @pytest.fixture
    def owner(self, open_shop: Shop) -> Browser:
        return owner_of(open_shop, RULED)

    def numbers_of(self, owner: Browser, part: str) -> dict[str, str]:
        owner.open(f"/console/programme/parts/{part}")
        forms = [form["fields"] for form in owner.page.forms if form["action"].endswith("/programme/numbers")]
        return next(({name: fields[name] for name in fields if name.startswith("number.")} for fields in forms), {})

    @pytest.mark.parametrize(
        ("part", "values"),
        [
            ("earn/cashback", ["5"]),
            ("earn/leaves", ["1", "1", "6"]),
            ("earn/steps", ["50", "3"]),
            ("cards/coffee", ["5", "4"]),
            ("steps/black", ["200", "2"]),
            ("goals/regular", ["3"]),
            ("campaigns/summer", ["2"]),
            ("boards/best", []),
            ("referral/referral", ["2", "10"]),
            ("assets/leaves", []),
        ],
    )
    def test_a_part_has_its_own_numbers_but_those_of_its_terms(
        self, owner: Browser, part: str, values: list[str]
    ) -> None:
        assert list(self.numbers_of(owner, part).values()) == values

    def test_a_changed_one_makes_a_draft(self, owner: Browser) -> None:
        (name,) = self.numbers_of(owner, "earn/cashback")
        owner.send("/programme/numbers", **{name: "7,5"})
        assert draft(owner) == RULED.replace("percent: 5\n", "percent: 7.5\n")
        base = owner.draft
        owner.open(next(link for link in owner.page.links if "/parts/earn/cashback" in link))
        (name,) = [field for form in owner.page.forms for field in form["fields"] if field.startswith("number.")]
        owner.send("/programme/numbers?draft=" + base, **{name: "8"})
        assert "percent: 8\n" in draft(owner)


@pytest.mark.parametrize("part", ["cards/tea", "lottery/one", "referral/x", "segments/loyal"])
def test_a_part_that_is_not_there_has_no_page(owner: Browser, part: str) -> None:
    assert owner.open(f"/console/programme/parts/{part}").status == 404


def test_a_reader_changes_no_part(owner: Browser, open_shop: Shop) -> None:
    reader = Browser(open_shop)
    reader.accept("reader", "ben")
    reader.open("/console/programme")
    assert not [link for link in reader.page.links if "/parts/" in link]
    assert reader.open("/console/programme/parts/cards/coffee").status == 403
