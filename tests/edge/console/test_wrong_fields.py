"""What a page says above a form of which several fields are wrong: a link to each of them, in the order of the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from chalicelib.edge.console.programme.document.numbers import PREFIX
from tests.edge.browser import Browser, owner_of
from tests.edge.conftest import PROGRAMME, Shop

CAMPAIGN = "campaigns: [{id: summer, starts: 2026-06-01, ends: 2026-06-30, multiply: {cashback: 2}}]\n"


def links_of(browser: Browser) -> list[str]:
    """The texts of the summary's links; each leads to a field of its form that is marked as wrong."""
    body = browser.answer.body.decode()
    (summary,) = re.findall(r'<ul class="links">(.*?)</ul>', body, re.DOTALL)
    links = re.findall(r'<li><a href="#([^"]+)">(.*?)</a></li>', summary)
    fields = re.findall(r'<(?:input|select)[^>]* id="([^"]+)" aria-invalid="true"', body)
    assert [place for place, _ in links] == fields
    assert browser.page.focused == ["div"], "the summary has the focus"
    return [unescape(text) for _, text in links]


@pytest.mark.parametrize(
    ("language", "sentence", "labels"),
    [
        (
            "en",
            "4 fields are not right yet; what to do stands at each.",
            [
                "Name of the shop",
                "A page of your shop",
                "Cashback, percent of each order",
                "Welcome gift for a friend",
            ],
        ),
        (
            "fr",
            "4 champs ne vont pas encore ; chacun indique quoi faire.",
            [
                "Nom de la boutique",
                "Une page de votre boutique",
                "Cashback, en pour cent de chaque commande",
                "Cadeau de bienvenue d\N{RIGHT SINGLE QUOTATION MARK}un ami",
            ],
        ),
    ],
)
def test_the_first_form_leads_to_its_wrong_fields_in_the_language_of_its_reader(
    bare_shop: Shop, visitor: Callable[..., Browser], language: str, sentence: str, labels: list[str]
) -> None:
    owner = visitor(bare_shop, language=language)
    owner.open("/console/programme")
    owner.send("/programme/first", name="", page="my shop", percent="a lot", gift="much")
    assert sentence in owner.text
    assert links_of(owner) == labels


def test_a_field_that_is_folded_away_is_unfolded_and_stands_behind_the_others(open_shop: Shop) -> None:
    owner = owner_of(open_shop)
    owner.open("/console/programme/additions/earning")
    owner.send("", name_en="x" * 41, give="a lot", vest_days="soon", limit_1="x", minimum="y")
    assert links_of(owner) == [
        "Name, in English",
        "Gives",
        "Smallest order, in EUR",
        "Can be spent after days",
        "The most that one member gets \N{EN DASH} At most",
    ]
    assert "<details open>" in owner.answer.body.decode()


def test_the_terms_of_a_part_lead_to_theirs(open_shop: Shop) -> None:
    owner = owner_of(open_shop)
    path = "/console/programme/parts/earn/cashback"
    owner.open(path)
    fields = next(form["fields"] for form in owner.page.forms if "terms" in form["fields"])
    owner.post(path, fields | {"minimum": "x", "cap": "y", "vest_days": "soon"})
    assert links_of(owner) == ["Smallest order, in EUR", "At most for an order, in EUR", "Can be spent after days"]


def test_the_settings_of_a_programme_lead_to_theirs(open_shop: Shop) -> None:
    owner = owner_of(open_shop)
    owner.open("/console/programme/settings")
    owner.send("", max_percent="101", inactive_days="0", minimum="x")
    assert links_of(owner) == [
        "Balances are gone after days without an order or spending",
        "Smallest balance to pay with, in EUR",
        "Pays at most, percent of an order",
    ]


def test_the_days_of_a_campaign_lead_to_theirs(open_shop: Shop) -> None:
    owner = owner_of(open_shop, PROGRAMME + CAMPAIGN)
    owner.open("/console/campaigns/summer/days")
    owner.send("", starts="soon", ends="later")
    assert links_of(owner) == ["First day", "Last day"]


@pytest.mark.parametrize("typed", ["-5", "five"])
def test_a_number_is_named_with_the_part_that_it_is_of(open_shop: Shop, typed: str) -> None:
    owner = owner_of(open_shop)
    owner.open("/console/programme")
    form = next(form for form in owner.page.forms if form["action"].endswith("/numbers"))
    names = [name for name in form["fields"] if name.startswith(PREFIX)]
    owner.post(form["action"], form["fields"] | dict.fromkeys(names[:2], typed))
    assert links_of(owner) == ["Rule: cashback \N{EN DASH} Percent", "Referrals \N{EN DASH} Percent"]


def test_one_wrong_field_alone_has_the_focus_and_no_summary(open_shop: Shop) -> None:
    owner = owner_of(open_shop)
    owner.open("/console/programme/settings")
    owner.send("", max_percent="101")
    assert owner.page.focused == ["settings-max_percent"]
    assert "not right yet" not in owner.text
    assert b'class="links"' not in owner.answer.body
