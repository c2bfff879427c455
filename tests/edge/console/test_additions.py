"""Adding to the programme by forms: what each makes of the document, and what it says of a wrong field."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.programme.document import parse
from chalicelib.edge import words
from chalicelib.edge.console.programme.document.fields import FilledForm, id_of
from chalicelib.edge.console.programme.document.kinds.registry import KINDS, added
from chalicelib.edge.console.programme.document.pieces import PartContext
from chalicelib.edge.yaml_document import read_document
from tests.edge.browser import Browser
from tests.edge.conftest import PROGRAMME, Shop

DOCUMENT = f"""{PROGRAMME}
currencies: [USD]
assets:   # what else
  leaves: {{name: {{fr: feuilles, en: leaves}}, expire_months: 12}}
levels:
  steps:
    - {{id: green, at: 0, name: {{en: Green}}}}
    # from here on they matter
    - {{id: black, at: 200.00}}
"""

BASE: dict[str, dict[str, str]] = {
    "campaign": {
        "name_fr": "Jours de thé",
        "name_en": "Tea days",
        "starts": "2026-06-01",
        "ends": "2026-06-14",
        "rule": "cashback",
        "factor": "2,5",
    },
    "card": {"name_en": "Coffee", "counts": "orders", "size": "5", "reward": "4", "of": "EUR"},
    "level": {"name_en": "Silver", "at": "100", "rule": "", "of": "EUR"},
    "activity": {"on": "review", "give": "20", "of": "EUR"},
    "goal": {"name_en": "Regular", "measure": "orders", "target": "3", "per": "month", "reward": "2", "of": "EUR"},
    "birthday": {"give": "5", "of": "EUR"},
    "points": {"name_fr": "feuilles", "name_en": "leaves", "give": "1", "per": "1", "worth": "0,05"},
    "earning": {"name_fr": "Thés", "name_en": "Teas", "give": "10", "of": "percent"},
    "board": {"name_en": "The best", "measure": "spend", "per": "month", "top": "10", "of": "EUR"},
    "referral": {"friends": "2", "bonus": "10", "way": "percent", "gift": "3"},
}
"""The least that each form takes, beside what its page has already."""


def made(kind: str, document: str = PROGRAMME, *, piece: int = 0, **typed: str) -> dict[str, Any]:
    """What a form makes: the part, as it stands in the document that has it; of several pieces one by its number."""
    programme = parse(read_document(document.encode()))
    part_kind = KINDS[kind]
    context = PartContext(programme, words.of("en"), date(2026, 5, 4), {*programme.assets})
    fields = [field for row in part_kind.all_rows(context) for field in row if field.kind not in ("check", "checks")]
    shown = {field.name: field.value or next(iter(dict(field.options)), "") for field in fields}
    form = FilledForm(shown | BASE[kind] | typed)
    pieces = part_kind.pieces(form, context)
    assert form.wrong == {}
    after = read_document(added(document, pieces).encode())
    parse(after)
    value: Any = after
    for name, number in re.findall(r"([\w-]+)(?:\[(\d+)\])?", pieces[piece].path + pieces[piece].inside):
        value = value[name][int(number)] if number else value[name]
    return dict(value)


class TestWhatFormsMake:
    def test_a_campaign_is_made(self) -> None:
        assert made("campaign") == {
            "id": "tea-days",
            "name": {"fr": "Jours de thé", "en": "Tea days"},
            "starts": "2026-06-01",
            "ends": "2026-06-14",
            "multiply": {"cashback": 2.5},
        }

    def test_a_campaign_for_some_with_a_budget_in_each_currency(self) -> None:
        fields = {"levels.black": "1", "segments.at-risk": "1", "segments.loyal": "1", "first_order": "1"}
        part = made("campaign", DOCUMENT, **fields, rule="*", budget="1 000", budget_USD="1100", holdout="10")
        assert part["audience"] == {"levels": ["black"], "segments": ["loyal", "at-risk"], "first_order": True}
        assert (part["budget"], part["holdout"]) == ({"EUR": 1000, "USD": 1100}, 10)

    def test_a_campaign_with_a_budget_and_a_limit_of_the_points_that_it_multiplies(self) -> None:
        points = DOCUMENT.replace("earn:\n", "earn:\n  - {id: leaves, give: 1, of: leaves, per: {EUR: 1, USD: 1}}\n")
        part = made("campaign", points, rule="leaves", budget="5000", limit_1="100", limit_1_per="member")
        assert (part["budget"], part["limits"]) == (5000, [{"amount": 100, "per": "member"}])

    def test_what_is_given_can_wait(self) -> None:
        days = {"vest_days": "14", "expire_days": "90"}
        lasting = {"amount": 4, "vest_days": 14, "expire_days": 90}
        assert made("card", **days)["reward"] == lasting
        assert made("goal", reward="4", **days)["reward"] == lasting
        assert made("level", DOCUMENT, gift="4", **days)["gift"] == lasting
        part = made("activity", **days, budget="1000")
        assert (part["vest_days"], part["expire_days"], part["budget"]) == (14, 90, 1000)
        assert made("birthday", **days)["vest_days"] == 14

    def test_a_rule_for_orders_with_a_cap_and_a_budget_that_waits_for_the_delivery(self) -> None:
        amounts = {"cap": "50", "cap_USD": "55", "budget": "5000", "budget_USD": "5500"}
        part = made("earning", DOCUMENT, **amounts, vest_on="delivery", vest_days="14")
        assert (part["cap"], part["budget"]) == ({"EUR": 50, "USD": 55}, {"EUR": 5000, "USD": 5500})
        assert (part["vest_on"], part["vest_days"]) == ("delivery", 14)
        part = made("earning", DOCUMENT, of="leaves", per_USD="1", cap="500", budget="90000")
        assert (part["cap"], part["budget"]) == (500, 90000)
        assert "vest_on" not in part

    def test_a_card_of_each_way_to_count(self) -> None:
        assert made("card") == {
            "id": "coffee",
            "name": {"en": "Coffee"},
            "counts": {"orders": True},
            "size": 5,
            "reward": {"amount": 4},
        }
        pieces = made("card", counts="pieces", match_by="skus", match="TEA-1, TEA 2 ,")
        assert pieces["counts"] == {"pieces": {"skus": ["TEA-1", "TEA 2"]}}
        assert made("card", counts="per", per="10")["counts"] == {"per": {"EUR": 10}}

    def test_a_reward_of_points_that_expires(self) -> None:
        part = made("card", DOCUMENT, reward="50", of="leaves", expire_days="90")
        assert part["reward"] == {"give": 50, "of": "leaves", "expire_days": 90}

    def test_the_first_level_brings_its_section_and_everybodys_level(self) -> None:
        part = made("level", base_fr="Vert", base_en="Green", measure="orders", span="rolling", at="5")
        assert part == {"id": "silver", "at": 5, "name": {"en": "Silver"}}

    def test_a_level_takes_its_place_by_its_threshold(self) -> None:
        fields = {"rule": "*", "factor": "1.5", "gift": "3", "perks_fr": "Livraison offerte"}
        assert made("level", DOCUMENT, **fields) == {
            "id": "silver",
            "at": 100,
            "name": {"en": "Silver"},
            "multiply": {"cashback": 1.5},
            "gift": {"amount": 3},
            "perks": {"fr": "Livraison offerte"},
        }
        assert made("level", DOCUMENT, at="900")["at"] == 900

    def test_an_activity_by_its_usual_name_and_of_the_shops_own(self) -> None:
        assert made("activity", DOCUMENT, of="leaves", times="2", times_per="month") == {
            "id": "review",
            "name": {"fr": "avis", "en": "review"},
            "on": "review",
            "give": 20,
            "of": "leaves",
            "limits": [{"times": 2, "per": "month"}],
        }
        own = made("activity", on="own", own="app-install", name_en="the app", expire_days="30")
        assert (own["id"], own["on"], own["name"], own["of"]) == (
            "app-install",
            "app-install",
            {"en": "the app"},
            "EUR",
        )

    def test_a_goal_with_a_reward_and_one_with_a_badge_alone(self) -> None:
        assert made("goal")["reward"] == {"amount": 2}
        part = made("goal", reward="", badge_en="Explorer", measure="spend", target="99.50", match="tea")
        assert (part["badge"], part["match"]) == ({"en": "Explorer"}, {"categories": ["tea"]})
        assert "reward" not in part

    def test_a_birthday_gift_is_made(self) -> None:
        names = {"fr": "anniversaire", "en": "birthday"}
        assert made("birthday") == {"id": "birthday", "name": names, "on": "birthday", "give": 5, "of": "EUR"}

    def test_points_are_an_asset_and_the_rule_that_gives_it(self) -> None:
        names = {"fr": "feuilles", "en": "leaves"}
        assert made("points") == {"name": names, "worth": {"EUR": Decimal("0.05")}, "expire_months": 12}
        rule = made("points", piece=1)
        assert rule == {"id": "leaves", "name": names, "give": 1, "of": "leaves", "per": {"EUR": 1}}

    def test_points_beside_others_in_two_currencies_without_a_worth(self) -> None:
        fields = {"name_en": "Leaves", "per_USD": "1.10", "worth": "", "expire_months": "", "name_fr": ""}
        assert made("points", DOCUMENT, **fields) == {"name": {"en": "Leaves"}}
        rule = made("points", DOCUMENT, piece=1, **fields)
        assert (rule["of"], rule["per"]) == ("leaves-2", {"EUR": 1, "USD": Decimal("1.10")})

    def test_a_percent_of_all_products_and_of_some(self) -> None:
        whole = made("earning", give="2,5 %", minimum="20", expire_days="90")
        names = {"fr": "Thés", "en": "Teas"}
        assert whole == {
            "id": "teas",
            "name": names,
            "percent": 2.5,
            "minimum": {"EUR": 20},
            "expire_days": 90,
        }
        some = made("earning", match="tea, herbs")
        rate = {"match": {"categories": ["tea", "herbs"]}, "percent": 10}
        assert some == {"id": "teas", "name": names, "percent": 0, "rates": [rate]}

    def test_points_that_the_programme_has_are_given_by_a_rule_more(self) -> None:
        rule = made("earning", DOCUMENT, give="3", of="leaves", per="2", per_USD="2.50", match_by="skus", match="TEA-1")
        assert (rule["give"], rule["of"], rule["per"]) == (3, "leaves", {"EUR": 2, "USD": Decimal("2.50")})
        assert (rule["match"], "minimum" in rule) == ({"skus": ["TEA-1"]}, False)

    def test_what_few_rules_need_is_stated_too(self) -> None:
        fields = {"vest_days": "14", "expire_days": "90", "exclude_tags": "sale, Old stock,sale", "limit_1": "20,50"}
        rule = made("earning", **fields, exclude_skus="TEA-1", limit_1_per="year")
        assert {name: rule[name] for name in rule if name not in ("id", "name", "percent")} == {
            "vest_days": 14,
            "expire_days": 90,
            "exclude": {"skus": ["TEA-1"], "tags": ["sale", "Old stock"]},
            "limits": [{"amount": {"EUR": Decimal("20.50")}, "per": "year"}],
        }

    def test_a_limit_is_of_what_the_rule_gives(self) -> None:
        points = {"of": "leaves", "per": "1", "per_USD": "1"}
        assert made("earning", DOCUMENT, **points, limit_1="50")["limits"] == [{"amount": 50, "per": "month"}]
        money = made("earning", DOCUMENT, limit_1="20", limit_1_USD="22", limit_1_per="member")
        assert money["limits"] == [{"amount": {"EUR": 20, "USD": 22}, "per": "member"}]

    def test_a_leaderboard_with_prizes_and_without(self) -> None:
        part = made("board", prize_1="30", prize_2="20", measure="orders", per="year")
        assert part == {
            "id": "the-best",
            "name": {"en": "The best"},
            "measure": "orders",
            "per": "year",
            "top": 10,
            "prizes": [{"amount": 30}, {"amount": 20}],
        }
        assert "prizes" not in made("board", DOCUMENT, measure="leaves")
        assert made("board", DOCUMENT, prize_1="30", of="leaves")["prizes"] == [{"give": 30, "of": "leaves"}]

    def test_a_bonus_for_friends_by_percent_and_as_a_sum(self) -> None:
        alone = PROGRAMME.partition("referral:")[0]
        assert made("referral", alone) == {
            "friends": 2,
            "percent": 10,
            "welcome": {"amount": {"EUR": 3}, "expire_days": 365},
            "expire_days": 365,
        }
        whole = made(
            *("referral", alone),
            vest_days="14",
            limit="10",
            step_1_from="3",
            step_1="15 %",
        )
        assert (whole["vest_days"], whole["welcome"]["vest_days"], whole["limit"]) == (14, 14, 10)
        assert whole["ladder"] == [{"bonuses": 3, "percent": 15}]
        step = made("referral", alone, step_1_from="2", step_1="12.50", step_1_way="amount")["ladder"]
        assert step == [{"bonuses": 2, "amount": 12.5}]
        fixed = made("referral", alone, way="amount", bonus="5", gift="", expire_days="", minimum="20")
        assert fixed == {"friends": 2, "amount": 5, "qualifies": {"minimum": {"EUR": 20}}}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"fr": "Fête du thé !"}, "fete-du-the"),
        ({"en": "Referral-week"}, "campaign"),
        ({"en": "茶"}, "campaign"),
        ({"en": "x" * 40}, "x" * 32),
        ({"en": "Used"}, "used-2"),
    ],
)
def test_an_id_is_made_of_the_name_and_new(names: dict[str, str], expected: str) -> None:
    assert id_of(names, "campaign", {"used"}) == expected


def send(browser: Browser, kind: str, **fields: str) -> Browser:
    """Fill in and send the form of a kind."""
    browser.open(f"/console/programme/additions/{kind}")
    return fill(browser, **BASE[kind] | fields)


def fill(browser: Browser, **fields: str) -> Browser:
    """Send the form that is open with other values in some of its fields."""
    browser.post(browser.address, browser.page.forms[-1]["fields"] | fields)
    return browser


class TestPages:
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_kind_is_offered_filled_in_and_published(self, owner: Browser, open_shop: Shop, kind: str) -> None:
        assert open_shop.publish(PROGRAMME.partition("referral:")[0], If_Match='"1"').status == 200
        before = open_shop.call("GET", "/v1/programme", key=open_shop.admin).json["source"]
        owner.open("/console/programme")
        assert f"/console/programme/additions/{kind}" in owner.page.links
        send(owner, kind, **({"base_en": "Green"} if kind == "level" else {}))
        assert owner.answer.status == 200
        assert "What would change" in owner.text
        assert owner.source.startswith(before.rstrip("\n")[:40])
        owner.send("/programme")
        assert "The new version was published." in owner.text

    def test_all_that_is_wrong_is_told_at_once_and_what_was_typed_stays(self, owner: Browser) -> None:
        fields = {"name_fr": "", "name_en": "", "starts": "soon", "ends": "2026-05-03", "factor": "twice"}
        send(owner, "campaign", **fields, budget="12 x")
        assert owner.answer.status == 400
        for sentence in (
            "Write the name in one language at least.",
            "Write a day such as 2027-06-21.",
            "That day is over: no order would get anything of it.",
        ):
            assert sentence in owner.text
        assert owner.text.count("Write a number such as 5 or 2.50.") == 2
        assert owner.page.forms[0]["fields"]["budget"] == "12 x"

    def test_what_the_document_refuses_is_told_in_the_same_round(self, owner: Browser) -> None:
        send(owner, "campaign", name_en="x" * 41, holdout="101", factor="twice", budget="-1")
        assert owner.answer.status == 400
        body = owner.answer.body.decode()
        marked = re.findall(r'id="addition-(\w+)-wrong"', body)
        assert sorted(marked) == ["budget", "factor", "holdout", "name_en"]
        assert "4 fields are not right yet" in owner.text
        send(owner, "goal", target="", reward="-3")
        assert sorted(re.findall(r'id="addition-(\w+)-wrong"', owner.answer.body.decode())) == ["reward", "target"]

    @pytest.mark.parametrize(
        ("kind", "fields", "field", "sentence"),
        [
            ("campaign", {"factor": "1"}, "factor", "must be more than 1 and at most 100"),
            ("campaign", {"ends": "2026-05-20"}, "ends", "must not be before the first day, 1 June 2026."),
            ("campaign", {"holdout": "101"}, "holdout", "must be between 0 and 100"),
            ("campaign", {"name_en": "x" * 41}, "name_en", "must be 1 to 40 characters"),
            ("campaign", {"name_en": "a\u202eb"}, "name_en", "must have no control character"),
            ("card", {"size": "2.5"}, "size", "must be a whole number"),
            ("card", {"reward": "0"}, "reward", "must be more than 0"),
            ("card", {"counts": "pieces"}, "match", "must name at least one sku"),
            ("card", {"counts": "per", "per": "0"}, "per", "must be more than 0"),
            ("level", {"base_en": "x" * 41}, "base_en", "must be 1 to 40 characters"),
            ("level", {"base_en": "a", "gift": "0.234"}, "gift", "with at most 2 decimals"),
            (
                "activity",
                {"on": "own", "own": "My App", "name_en": "a"},
                "own",
                "lower-case letters, digits and dashes",
            ),
            ("activity", {"times": "0"}, "times", "must be between 1 and"),
            ("goal", {"target": "2.5"}, "target", "must be a whole number"),
            ("birthday", {"give": "-5"}, "give", "must be between 0 and"),
            ("birthday", {"give": "0"}, "give", "must be more than 0; to give nothing, leave the rule out"),
            ("activity", {"give": "0"}, "give", "must be more than 0; to give nothing, leave the rule out"),
            ("points", {"give": "0"}, "give", "must be more than 0; to give nothing, leave the rule out"),
            ("points", {"per": "0"}, "per", "must be more than 0"),
            ("earning", {"give": "101"}, "give", "must be between 0 and 100"),
            ("earning", {"give": "101", "match": "tea"}, "give", "must be between 0 and 100"),
            ("points", {"worth": "-1"}, "worth", "must be more than 0"),
            ("points", {"expire_months": "0"}, "expire_months", "must be between 1 and"),
            ("points", {"name_en": "x" * 41}, "name_en", "must be 1 to 40 characters"),
            ("board", {"top": "0"}, "top", "must be between 1 and"),
            ("board", {"prize_1": "-1"}, "prize_1", "must be more than 0"),
        ],
    )
    def test_what_the_document_refuses_is_told_at_the_field(
        self, owner: Browser, kind: str, fields: dict[str, str], field: str, sentence: str
    ) -> None:
        send(owner, kind, **fields)
        assert owner.answer.status == 422
        body = owner.answer.body.decode()
        assert f'aria-describedby="addition-{field}-wrong"' in body
        message = re.search(rf'id="addition-{field}-wrong">([^<]*)', body)
        assert message
        assert sentence in message[1]

    @pytest.mark.parametrize(
        ("kind", "fields", "sentence"),
        [
            ("level", {"at": "0", "base_en": "Green"}, "Another level begins there already."),
            ("level", {"at": "10", "base_en": "Green", "factor": "1.5"}, "Choose what is multiplied, or leave"),
            ("level", {"at": "10", "base_en": "", "base_fr": ""}, "Write the name in one language at least."),
            ("goal", {"measure": "weeks"}, "Weeks in a row go on over all borders: choose once for ever."),
            ("goal", {"match": "tea"}, "Only goods bought and pieces can be those of some products."),
            ("goal", {"measure": "likes"}, "Choose one of these."),
            ("birthday", {"expire_days": "0"}, "At least one day."),
            ("card", {"counts": "per"}, "Fill this in."),
            ("activity", {"on": "own", "name_en": "a"}, "Write the name under which your shop states it"),
            ("board", {"measure": "friends"}, "Friends are counted over all time."),
            ("board", {"prize_3": "5"}, "Places before it have no prize."),
            ("board", {"top": "1", "prize_1": "5", "prize_2": "3"}, "There is no such place: write more places above"),
            ("board", {"per": "all", "prize_1": "5"}, "All time has no end at which prizes are given: choose a period"),
            ("board", {"measure": "friends", "per": "all", "prize_1": "5"}, "Friends are counted over all time, which"),
            ("activity", {"times": "", "times_per": "day"}, "Write how many times, or choose “all time”."),
            ("points", {"name_en": "", "name_fr": ""}, "Write the name in one language at least."),
            ("activity", {"times": "2.5"}, "Write a whole number of times, or leave it empty."),
            ("points", {"expire_months": "12,5"}, "Write a whole number of months, or leave it empty."),
            ("points", {"worth": "5 %"}, "This is no percent: write an amount or a number."),
            ("earning", {"give": "0"}, "More than 0."),
            ("earning", {"give": "much"}, "Write a number"),
            ("earning", {"minimum": "0.001"}, "Write at most 2 decimals."),
            ("earning", {"minimum": "-1"}, "Write an amount of 0 or more, at most 1,000,000,000."),
            ("earning", {"vest_days": "2.5"}, "Write a whole number of days, at most 3650, or leave it empty."),
            ("earning", {"vest_days": "4000"}, "Write a whole number of days, at most 3650, or leave it empty."),
            ("earning", {"vest_days": "14", "expire_days": "14"}, "It would expire before it can be spent: write more"),
            ("earning", {"limit_1": "0"}, "More than 0."),
            ("earning", {"limit_1": "ten"}, "Write a number such as 5 or 2.50."),
            ("earning", {"limit_1": "5 %"}, "This is no percent: write an amount or a number."),
            ("earning", {"limit_1": "0.234"}, "Write at most 2 decimals."),
            ("earning", {"limit_1": "1.234"}, "Write 1234 for €1,234.00"),
            ("earning", {"minimum": "1,000"}, "1,000 can be read in two ways. Write 1000 for €1,000.00"),
            ("card", {"reward": "1,000"}, "1,000 can be read in two ways. Write 1000 for €1,000.00"),
            ("points", {"per": "1,000"}, "1,000 can be read in two ways. Write 1000 for €1,000.00"),
            ("goal", {"target": "1,000"}, "1,000 can be read in two ways. Write 1000 if"),
            ("level", {"at": "1.000"}, "1.000 can be read in two ways. Write 1000 if"),
            ("campaign", {"budget": "1.000"}, "1.000 can be read in two ways. Write 1000 for €1,000.00"),
            ("campaign", {"limit_1": "0"}, "More than 0."),
            ("earning", {"cap": "0.001"}, "Write at most 2 decimals."),
            ("earning", {"cap": "0"}, "More than 0."),
            ("earning", {"vest_on": "century"}, "Choose one of these."),
            ("card", {"vest_days": "14", "expire_days": "14"}, "It would expire before it can be spent: write more"),
            ("board", {"prize_1": "1,000"}, "1,000 can be read in two ways. Write 1000 for €1,000.00"),
            ("earning", {"limit_1": "5", "limit_1_per": "century"}, "Choose one of these."),
            ("card", {"reward": "10%"}, "This is no percent: write an amount or a number."),
        ],
    )
    def test_what_the_form_itself_knows_is_said_without_names_of_the_document(
        self, owner: Browser, kind: str, fields: dict[str, str], sentence: str
    ) -> None:
        assert send(owner, kind, **fields).answer.status == 400
        assert sentence in owner.text
        assert "[" not in owner.text

    def test_what_few_need_is_folded_until_it_is_used(self, owner: Browser) -> None:
        owner.open("/console/programme/additions/earning")
        assert "<details><summary>More</summary>" in owner.answer.body.decode()
        send(owner, "earning", give="")
        assert "<details><summary>More</summary>" in owner.answer.body.decode()
        send(owner, "earning", exclude_tags="sale", limit_1="x")
        body = owner.answer.body.decode()
        assert "<details open><summary>More</summary>" in body
        assert (body.count('aria-describedby="addition-limit_1-wrong"'), "sale" in body) == (1, True)
        send(owner, "earning", exclude_tags="sale", limit_1="5", vest_days="14")
        assert owner.answer.status == 200
        assert "exclude: {tags: [sale]}" in owner.source

    def test_a_limit_is_stated_in_every_currency(self, owner: Browser, open_shop: Shop) -> None:
        assert open_shop.publish(DOCUMENT, If_Match='"1"').status == 200
        send(owner, "earning", limit_1="20")
        assert owner.answer.status == 400
        assert re.findall(r'id="addition-(\w+)-wrong">([^<]*)', owner.answer.body.decode()) == [
            ("limit_1_USD", "Fill this in.")
        ]
        points = {"of": "leaves", "per_USD": "1", "limit_1": "100"}
        send(owner, "earning", **points, limit_1_USD="50")
        assert re.findall(r'id="addition-(\w+)-wrong">([^<]*)', owner.answer.body.decode()) == [
            ("limit_1_USD", "The rule gives something else: leave this empty.")
        ]
        assert send(owner, "earning", **points).answer.status == 200
        send(owner, "earning", of="leaves", per_USD="1", limit_1="2.5")
        assert "Write it without decimals." in owner.text

    def test_a_programme_of_which_only_the_best_rule_counts_has_no_limits(
        self, owner: Browser, open_shop: Shop
    ) -> None:
        assert open_shop.publish(f"{PROGRAMME}combine: best\ninactive_days: 30\n", If_Match='"1"').status == 200
        owner.open("/console/programme/additions/earning")
        assert not [name for name in owner.page.forms[-1]["fields"] if name.startswith("limit")]
        send(owner, "earning", vest_days="30")
        assert "Members lose what they have after 30 days without an order or spending" in owner.text

    def test_boxes_that_were_ticked_stay_ticked(self, owner: Browser) -> None:
        send(owner, "campaign", **{"segments.loyal": "1", "first_order": "1", "factor": "1"})
        fields = owner.page.forms[0]["fields"]
        assert (fields["segments.loyal"], fields["first_order"]) == ("1", "1")
        assert "segments.lost" not in fields

    def test_what_no_field_is_of_is_told_above_the_form(self, owner: Browser, open_shop: Shop) -> None:
        rules = "".join(f"  - {{id: rule-{number}, percent: 1}}\n" for number in range(20))
        document = PROGRAMME.replace("  - {id: cashback, percent: 5}\n", rules)
        assert open_shop.publish(document, If_Match='"1"').status == 200
        send(owner, "birthday")
        assert owner.answer.status == 422
        assert "must hold at most 20 rules" in owner.text

    def test_a_document_that_no_form_can_change_says_so(self, owner: Browser, open_shop: Shop) -> None:
        endless = f"{PROGRAMME}catalogue:\n  - skus:\n      - |+\n        A\n\n\n"
        assert open_shop.publish(endless, If_Match='"1"').status == 200
        send(owner, "goal")
        assert owner.answer.status == 422
        assert "The document is written in a way that no form can change; change it as text" in owner.text

    def test_a_goal_that_gives_nothing_is_none(self, owner: Browser) -> None:
        send(owner, "goal", reward="")
        assert "A goal gives a reward, a badge or both." in owner.text

    def test_a_second_of_a_name_has_an_id_of_its_own_even_after_the_first_is_gone(
        self, owner: Browser, open_shop: Shop
    ) -> None:
        send(owner, "goal").send("/programme")
        assert open_shop.publish(PROGRAMME, If_Match='"2"').status == 200
        send(owner, "goal", target="4")
        assert "id: regular-2" in owner.source
        owner.send("/programme")
        assert "The new version was published." in owner.text

    def test_a_part_named_like_something_else_that_is_counted_has_an_id_of_its_own(self, owner: Browser) -> None:
        """A card that customers call orders was refused by its id, which no field of the form has."""
        for kind, name, written in (
            ("card", "Orders", "id: orders-2"),
            ("points", "7 Orders", "orders-3:"),
            ("goal", "Orders 3", "id: orders-3-2"),
            ("points", "★ 7 Leaves", "  leaves:"),
            ("points", "½ points", "  points:"),
            ("points", "Чай 7", "  points-2:"),
        ):
            send(owner, kind, name_en=name, name_fr=name)
            assert written in owner.source
            owner.send("/programme")
            assert "The new version was published." in owner.text

    def test_another_kind_has_no_form(self, owner: Browser) -> None:
        assert owner.open("/console/programme/additions/lottery").status == 404

    def test_a_bonus_for_friends_is_offered_once(self, owner: Browser) -> None:
        assert "referral" in PROGRAMME
        owner.open("/console/programme")
        assert "/console/programme/additions/referral" not in owner.page.links
        assert owner.open("/console/programme/additions/referral").status == 404

    def test_what_a_bonus_for_friends_cannot_be_is_told_at_its_field(self, owner: Browser, open_shop: Shop) -> None:
        assert open_shop.publish(PROGRAMME.partition("referral:")[0], If_Match='"1"').status == 200
        for field, value in {"friends": "11", "bonus": "101", "gift": "-1", "minimum": "0.234"}.items():
            send(owner, "referral", **{field: value})
            assert (owner.answer.status, f'id="addition-{field}-wrong"' in owner.answer.body.decode()) == (422, True)
        for field, value, sentence in (
            ("vest_days", "400", "It would expire before it can be spent: write more than 400 days."),
            ("expire_days", "0", "At least one day."),
            ("gift", "1.000", "1.000 can be read in two ways. Write 1000 for €1,000.00"),
            ("limit", "0", "Write a whole number, 1 or more, or leave it empty."),
            ("step_1_from", "1", "Write a whole number, 2 or more: from which bonus on it holds."),
            ("step_1", "15", "Fill this in."),
        ):
            send(owner, "referral", **{field: value})
            assert (owner.answer.status, sentence in owner.text) == (400, True), field
        send(owner, "referral", gift="0")
        assert "must be more than 0; for no gift, leave it out" in owner.text

    def test_a_draft_gets_a_second_part_before_it_is_published(self, owner: Browser, open_shop: Shop) -> None:
        send(owner, "goal")
        draft = owner.address
        owner.open(next(link for link in owner.page.links if "/additions/card?" in link))
        assert draft in owner.page.links
        fill(owner, **BASE["card"] | {"size": "x"})
        assert (owner.answer.status, draft in owner.page.links) == (400, True)
        fill(owner, **BASE["card"])
        both = owner.source
        assert ("id: regular" in both, "id: coffee" in both) == (True, True)
        owner.send("/programme")
        assert "Version 2" in owner.text
        assert open_shop.call("GET", "/v1/programme", key=open_shop.admin).json["source"] == both

    def test_a_draft_of_an_older_version_is_not_published_over_a_newer_one(
        self, owner: Browser, open_shop: Shop
    ) -> None:
        send(owner, "goal")
        owner.open(next(link for link in owner.page.links if "/additions/card?" in link))
        fill(owner, **BASE["card"])
        form = next(form["fields"] for form in owner.page.forms if form["action"] == "/console/programme")
        assert open_shop.publish(DOCUMENT, If_Match='"1"').status == 200
        assert owner.post("/console/programme", form).status == 412
        owner.open(owner.answer.headers.get("location", f"/console/programme/draft?draft={form['draft']}"))
        assert "Version 2 was published since this draft was begun." in owner.text
        assert "Publish version" not in owner.text

    def test_a_reader_is_offered_nothing(self, open_shop: Shop) -> None:
        reader = Browser(open_shop)
        reader.accept("reader", "ben")
        reader.open("/console/programme")
        assert not [link for link in reader.page.links if "additions" in link]

    def test_an_earlier_version_is_added_to_by_none(self, owner: Browser, open_shop: Shop) -> None:
        assert open_shop.publish(DOCUMENT, If_Match='"1"').status == 200
        owner.open("/console/programme?number=1")
        assert not [link for link in owner.page.links if "additions" in link]
