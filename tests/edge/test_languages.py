"""The statement, the progress and a quote in the language that is asked for, and in today's English where none is."""

from typing import Any

import pytest

from chalicelib.edge.words.requested import language_of
from tests.edge.api.test_progress import DOCUMENT
from tests.edge.api.test_referrals import refund
from tests.edge.conftest import Shop

B, X, THIN = "\N{NO-BREAK SPACE}", "\N{MULTIPLICATION SIGN}", "\N{NARROW NO-BREAK SPACE}"


@pytest.fixture
def full_shop(open_shop: Shop) -> Shop:
    open_shop.replace_programme(DOCUMENT)
    assert open_shop.buy(1, total="40.00").status == 200
    return open_shop


def read(shop: Shop, path: str, **headers: Any) -> Any:
    answer = shop.call("GET", f"/v1/members/acme.1{path}", key=shop.storefront, **headers)
    assert answer.status == 200, answer.body
    return answer.json


def movements(statement: Any) -> list[tuple[str, str]]:
    return [(movement["text"], movement["why"]) for entry in statement["entries"] for movement in entry["movements"]]


ENGLISH = [
    ("2.00 EUR", "Cashback: 5% of 40.00 EUR on your order #1001."),
    ("40 points", "Points: 1 for each full 1.00 EUR of 40.00 EUR on your order #1001."),
]
FRENCH = [
    (f"2,00{B}€", f"Cashback{B}: 5{B}% de 40,00{B}€ pour votre commande #1001."),
    (f"40{B}feuilles", f"Feuilles{B}: 1 par tranche entière de 1,00{B}€ sur 40,00{B}€ pour votre commande #1001."),
]
BRITISH = [
    ("€2.00", "Cashback: 5% of €40.00 on your order #1001."),
    (f"40{B}leaves", "Leaves: 1 for each full €1.00 of €40.00 on your order #1001."),
]


@pytest.mark.parametrize(
    ("query", "header", "shown"),
    [
        ("", "", ENGLISH),
        ("", "de-DE,de;q=0.9", ENGLISH),
        ("", "de,fr-CA;q=0.8,en;q=0.5", FRENCH),
        ("?locale=fr-CA", "en", FRENCH),
        ("?locale=en-GB", "fr", BRITISH),
        ("?locale=de", "fr", BRITISH),
    ],
)
def test_a_statement_is_written_in_the_language_that_is_asked_for(
    full_shop: Shop, query: str, header: str, shown: list[tuple[str, str]]
) -> None:
    assert movements(read(full_shop, f"/statement{query}", Accept_Language=header)) == shown


def test_progress_is_written_in_french(full_shop: Shop) -> None:
    shown = read(full_shop, "/progress?locale=fr")
    assert shown["level"]["text"] == f"green, avec 40,00{B}€"
    assert shown["level"]["next"]["text"] == f"Encore 10,00{B}€ pour atteindre Noir"
    assert shown["cards"][0]["text"] == "1 sur 2 tampons"
    assert shown["goals"][0]["text"] == "1 sur 2 commandes (mai 2026)"


def test_a_quote_is_written_in_french(full_shop: Shop) -> None:
    answer = full_shop.call("POST", "/v1/quotes?locale=fr", {"lines": [{"net": 9590}]}, full_shop.storefront)
    assert answer.json["rewards"][0] == {
        "rule": "cashback",
        "asset": "EUR/2",
        "amount": 480,
        "text": f"4,80{B}€",
        "why": f"Cashback{B}: 5{B}% de 95,90{B}€.",
    }
    assert [step["text"] for step in answer.json["next"]] == [
        f"Encore 0,10{B}€ et vous gagnez 1{B}feuilles de plus",
        f"Encore 4,10{B}€ et vous gagnez 3,20{B}€ et 5{B}feuilles de plus",
    ]


def test_a_quote_of_a_multiplied_reward_is_a_whole_sentence(full_shop: Shop) -> None:
    assert full_shop.buy(2, total="40.00").status == 200
    body = {"lines": [{"net": 4000}], "member": "acme.1"}
    rewards = full_shop.call("POST", "/v1/quotes", body, full_shop.storefront).json["rewards"]
    assert rewards[0]["why"] == "Cashback: 5% of 40.00 EUR, times 1.5 for level black."


@pytest.mark.parametrize("locale", ["", "f", "fr%0A", "fr/../x", "x" * 40])
def test_what_is_no_locale_is_refused_with_its_name(full_shop: Shop, locale: str) -> None:
    path = f"/v1/members/acme.1/statement?locale={locale}"
    answer = full_shop.call("GET", path, key=full_shop.storefront)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("locale must be")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", "fr"),
        ("en;q=0.3, fr;q=0.8", "fr"),
        ("fr;q=0, en;q=0.1", "en"),
        ("fr;q=nonsense", ""),
        ("*", ""),
        ("", ""),
        ("," * 5000 + "fr", ""),
    ],
)
def test_the_most_wanted_language_that_we_have_is_taken(header: str, language: str) -> None:
    assert language_of(header) == language


NAMED = """
name: Club
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
assets:
  points: {name: {en: leaves, fr: feuilles}, decimals: 0}
earn:
  - {id: cashback, percent: 5}
  - {id: tea-leaves, name: {fr: feuilles de thé, en: tea leaves}, give: 1, of: points, per: {EUR: 1.00}}
  - {id: review-points, name: {fr: avis sur un thé, en: review of a tea}, give: 20, of: points, on: review}
  - {id: quiz, give: 5, of: points, on: quiz}
levels:
  steps:
    - {id: green, at: 0}
    - {id: black, at: 30.00, name: {fr: Noir, en: Black}, multiply: {cashback: 1.5}, gift: {give: 10, of: points}}
campaigns:
  - {id: welcome, name: {fr: Bienvenue, en: Welcome}, starts: 2026-05-01, ends: 2026-05-31, multiply: {tea-leaves: 2}}
"""


@pytest.fixture
def named(open_shop: Shop) -> Shop:
    open_shop.replace_programme(NAMED)
    assert open_shop.buy(1, total="40.00").status == 200
    assert open_shop.buy(2, total="40.00").status == 200
    for activity in ("review", "quiz"):
        body = {"activity": activity, "reference": "r-1"}
        assert open_shop.call("POST", "/v1/members/acme.1/activities", body, open_shop.admin).status == 200
    return open_shop


def whys(shop: Shop, query: str) -> set[str]:
    return {why for _, why in movements(read(shop, f"/statement{query}"))}


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        (
            "?locale=fr",
            {
                f"Campagne{B}: Bienvenue, feuilles de thé {X}{B}2 pour votre commande #1001.",
                f"Cashback{B}: 5{B}% de 40,00{B}€, {X}{B}1,5 pour le niveau Noir, pour votre commande #1001.",
                f"Cadeau pour votre niveau{B}: Noir, 2026.",
                f"Feuilles{B}: 20 pour votre activité «{B}avis sur un thé{B}».",
                f"Feuilles{B}: 5 pour votre activité «{B}quiz{B}».",
            },
        ),
        (
            "?locale=en",
            {
                "Campaign: Welcome, 2 times tea leaves on your order #1001.",
                "Cashback: 5% of €40.00, times 1.5 for level Black, on your order #1001.",
                "Gift for your level: Black, 2026.",
                "Leaves: 20 for your review of a tea.",
                "Leaves: 5 for your quiz.",
            },
        ),
        (
            "",
            {
                "Campaign: welcome, 2 times tea-leaves on your order #1001.",
                "Cashback: 5% of 40.00 EUR, times 1.5 for level black, on your order #1001.",
                "Gift for your level: black, 2026.",
                "Points: 20 for your review.",
                "Points: 5 for your quiz.",
            },
        ),
    ],
)
def test_levels_campaigns_rules_and_activities_are_called_by_their_names(
    named: Shop, query: str, sentences: set[str]
) -> None:
    assert sentences <= whys(named, query)


def test_what_a_refund_leaves_of_a_campaign_reads_well_in_french(named: Shop) -> None:
    refund(named, 1, "10.00")
    taken = [why for why in whys(named, "?locale=fr") if why.startswith("Reprise (Campagne)")]
    kept = f"pour ce que vous avez gardé{B}: Bienvenue, feuilles de thé {X}{B}2."
    assert [why.partition(f"{THIN}; ")[2] for why in taken] == [kept]


def test_a_part_that_the_programme_does_not_have_any_more_keeps_its_name(named: Shop) -> None:
    plain = NAMED.partition("levels:")[0].replace("name: {fr: avis sur un thé, en: review of a tea}, ", "")
    assert named.publish(plain, If_Match='"2"').status == 200
    named.later_s += 120
    assert "Gift for your level: Black, 2026." in whys(named, "?locale=en")
    assert f"Campagne{B}: Bienvenue, feuilles de thé {X}{B}2 pour votre commande #1001." in whys(named, "?locale=fr")


@pytest.mark.parametrize("name", ["{fr: ''}", f"{{fr: {'x' * 41}}}", "{french: Bienvenue}"])
def test_a_rules_name_is_a_short_text_by_language(named: Shop, name: str) -> None:
    answer = named.publish(NAMED.replace("id: quiz,", f"id: quiz, name: {name},"), If_Match='"2"')
    assert answer.status == 422
    assert "earn[3].name" in answer.body.decode()
