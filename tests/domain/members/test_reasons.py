"""A reason is data that every language fills: what entries store in English is read again, amounts and periods too."""

from typing import Any

import pytest

from chalicelib.domain.core.phrases import ENGLISH, Amount, Phrase, Plural, Span, Value, written
from chalicelib.domain.ledger.transfers import RAISED, Why, transfer
from chalicelib.domain.members.statements import NOTES, reason, why
from chalicelib.domain.records import Entry
from chalicelib.edge import words
from tests.world.builders import (
    CASHBACK_ACCOUNT,
    programme_of,
)

B, TIMES, Q = "\N{NO-BREAK SPACE}", "\N{MULTIPLICATION SIGN}", "\N{RIGHT SINGLE QUOTATION MARK}"


def entry(account: str, stored: Why, amount: int = 5, cause: str = "shop/17") -> Entry:
    return Entry("anna", 1, 0, cause, 1, (transfer(account, "anna", amount, "EUR/2", (0, 0), stored),))


@pytest.mark.parametrize(
    ("stored", "fact"),
    [
        ("10 stamps", Plural("%(number)s stamp", "%(number)s stamps", 10)),
        ("4 weeks in a row", Plural("%(number)s week in a row", "%(number)s weeks in a row", 4)),
        ("200.00 EUR spent", Phrase("%(amount)s spent", {"amount": Amount(20_000, "EUR/2")})),
        ("1500 JPY spent", Phrase("%(amount)s spent", {"amount": Amount(1500, "JPY/0")})),
        ("gold, 2026", "gold, 2026"),
        ("what nobody knows in 2026 at all", "what nobody knows in 2026 at all"),
        ("", ""),
    ],
)
def test_what_an_award_was_given_for_is_read_from_what_entries_store(stored: str, fact: Value) -> None:
    about = entry("programme:goal", Why("regular", rate=stored))
    assert reason(about.postings[0], about).values["fact"] == fact
    assert why(about.postings[0], about) == f"Goal reached: {stored}."


@pytest.mark.parametrize(
    ("name", "span", "french"),
    [
        ("2026-11-26", Span("day", 739_946), "26 novembre 2026"),
        ("2026-W48", Span("week", 105_706), "semaine 48 de 2026"),
        ("2026-11", Span("month", 2026 * 12 + 10), "novembre 2026"),
        ("2026-Q4", Span("quarter", 2026 * 4 + 3), "4e trimestre 2026"),
        ("2026", Span("year", 2026), "2026"),
    ],
)
def test_the_period_of_an_award_is_read_too(name: str, span: Span, french: str) -> None:
    about = entry("programme:goal", Why("regular", rate=f"3 orders in {name}"))
    sentence = reason(about.postings[0], about)
    orders = Plural("%(number)s order", "%(number)s orders", 3)
    assert sentence.values["fact"] == Phrase("%(reached)s in %(period)s", {"reached": orders, "period": span})
    assert written(sentence) == f"Goal reached: 3 orders in {name}."
    assert written(sentence, words.of("fr")) == f"Objectif atteint{B}: 3 commandes ({french})."


def test_a_quarter_stands_in_an_english_sentence() -> None:
    about = entry("programme:goal", Why("explorer", rate="3 categories in 2026-Q4"))
    sentence = reason(about.postings[0], about)
    assert written(sentence, words.of("en")) == "Goal reached: 3 categories in Q4 2026."


@pytest.mark.parametrize(
    ("stored", "french"),
    [
        ("place 1 of Best in show, 2026-11", f"rang 1 de «{B}Best in show{B}», novembre 2026"),
        ("place 2 of Friends", f"rang 2 de «{B}Friends{B}»"),
    ],
)
def test_a_prize_of_a_leaderboard_is_read_too(stored: str, french: str) -> None:
    about = entry("programme:board", Why("best", rate=stored))
    sentence = reason(about.postings[0], about)
    assert written(sentence) == f"Prize of a leaderboard: {stored}."
    assert written(sentence, words.of("fr")) == f"Prix du classement{B}: {french}."


def test_a_prize_names_its_leaderboard_as_the_programme_does() -> None:
    """A French statement had the English name, which is what entries store."""
    board = {"id": "best", "name": {"fr": "Clients du mois", "en": "Best customers"}}
    about = entry("programme:board", Why("best", rate="place 1 of Best customers, 2026-11"))
    sentence = reason(about.postings[0], about)
    french = written(sentence, words.of("fr"), programme_of(boards=[board]))
    assert french == f"Prix du classement{B}: rang 1 de «{B}Clients du mois{B}», novembre 2026."
    assert written(sentence) == "Prize of a leaderboard: place 1 of Best customers, 2026-11."


def test_a_full_card_is_called_as_the_programme_calls_it() -> None:
    """A statement said that a card was full, of a shop that has three."""
    card = {"id": "cups", "name": {"fr": "Dix tasses"}, "counts": {"orders": True}, "size": 5, "reward": {"amount": 1}}
    about = entry("programme:card", Why("cups", rate="5 stamps"))
    sentence = reason(about.postings[0], about)
    assert written(sentence) == "Stamp card full: cups, 5 stamps."
    french = written(sentence, words.of("fr"), programme_of(cards=[card]))
    assert french == f"Carte à tampons complète{B}: Dix tasses, 5 tampons."


@pytest.mark.parametrize(
    ("fields", "french"),
    [
        ({"name": {"fr": "cagnotte"}}, f"Cagnotte{B}: 5{B}% de 10,00{B}€ pour votre commande 17."),
        ({}, f"Cashback{B}: 5{B}% de 10,00{B}€ pour votre commande 17."),
        ({"id": "another"}, f"Cashback{B}: 5{B}% de 10,00{B}€ pour votre commande 17."),
    ],
)
def test_cashback_is_called_as_its_rule_is(fields: dict[str, Any], french: str) -> None:
    """The name of a rule stood on the console's pages alone."""
    about = entry(CASHBACK_ACCOUNT, Why("bank", 1000, "5"), 50)
    sentence = reason(about.postings[0], about)
    programme = programme_of(earn=[{"id": "bank", "percent": 5, **fields}])
    assert written(sentence, words.of("fr"), programme) == french
    assert written(sentence) == "Cashback: 5% of 10.00 EUR on your order 17."
    taken = entry(CASHBACK_ACCOUNT, Why("bank", note="refunded or changed"), -50)
    undone = written(reason(taken.postings[0], taken), words.of("fr"), programme)
    assert undone == f"Reprise ({french.partition(B)[0]}){B}: votre commande 17 a été remboursée ou modifiée."


def test_a_campaign_is_called_a_campaign() -> None:
    """Its name stands behind that."""
    about = entry("programme:campaign", Why("summer", rate="summer, 3 times bank"), 50)
    campaign = {"id": "summer", "starts": "2026-06-21", "ends": "2026-06-30", "multiply": {"bank": 3}}
    programme = programme_of(
        earn=[{"id": "bank", "percent": 5, "name": {"en": "Bank"}}], campaigns=[campaign | {"name": {"en": "Sun"}}]
    )
    assert written(reason(about.postings[0], about), words.of("en"), programme).startswith("Campaign: Sun, ")


@pytest.mark.parametrize("cause", ["level", "merge shop.ben"])
@pytest.mark.parametrize(
    ("account", "english", "french"),
    [
        (
            "card",
            "Reward of the stamp card any taken back: it is",
            f"Récompense de la carte à tampons «{B}any{B}» reprise{B}: elle",
        ),
        (
            "goal",
            "Reward of the goal any taken back: it is",
            f"Récompense de l{Q}objectif «{B}any{B}» reprise{B}: il",
        ),
        ("level", "Gift for the level any taken back: the level is", f"Cadeau du niveau any repris{B}: le niveau"),
    ],
)
def test_what_no_order_has_taken_back_names_none(cause: str, account: str, english: str, french: str) -> None:
    """A statement spoke of `your order level`."""
    about = entry(f"programme:{account}", Why("any", note="refunded or changed"), -5, cause)
    sentence = reason(about.postings[0], about)
    assert written(sentence) == f"{english} not reached any more."
    assert written(sentence, words.of("fr")).startswith(f"{french} n{Q}est plus atteint")


@pytest.mark.parametrize("note", NOTES)
def test_every_note_of_what_was_taken_back_is_translated(note: str) -> None:
    about = entry("programme:cashback", Why("any", note=note), -5)
    assert why(about.postings[0], about) == f"Cashback taken back: your order 17 was {note}."
    french = written(reason(about.postings[0], about), words.of("fr"))
    assert french.startswith(f"Reprise (Cashback){B}: votre commande 17 a été ")
    assert note not in french


def test_what_a_person_wrote_stays_as_it_was_written() -> None:
    about = entry("programme:adjustment", Why("adjustment", digest="d"))
    french = written(reason(about.postings[0], about, "5 % off, %(sorry)s"), words.of("fr"))
    assert french == f"Correction par la boutique{B}: 5 % off, %(sorry)s."


def test_percents_have_the_languages_decimal_sign() -> None:
    about = entry("programme:cashback", Why("any", base=4000, rate="2.5/10", factor="1.5 black", limit="day"), 200)
    assert written(reason(about.postings[0], about), words.of("fr")) == (
        f"Cashback{B}: 2,5{B}% et 10{B}% de parties de 40,00{B}€, {TIMES}{B}1,5 pour le niveau black, "
        "pour votre commande 17, dans la limite par jour."
    )


@pytest.mark.parametrize(
    ("stored", "english", "french"),
    [
        (
            Why("cashback", 12_000, "5", note=RAISED),
            "Cashback raised: your order 17 now earns 5% of 120.00 EUR.",
            f"Cashback en plus{B}: votre commande 17 rapporte maintenant 5{B}% de 120,00{B}€.",
        ),
        (
            Why("cashback", 12_000, "5"),
            "Cashback: 5% of 120.00 EUR on your order 17.",
            f"Cashback{B}: 5{B}% de 120,00{B}€ pour votre commande 17.",
        ),
    ],
)
def test_what_an_order_earns_besides_says_that_it_has_become_dearer(stored: Why, english: str, french: str) -> None:
    """The entry is of the rise alone, and read as if 5% of 120.00 were 1.00."""
    about = entry(CASHBACK_ACCOUNT, stored, amount=100)
    assert why(about.postings[0], about) == english
    assert written(reason(about.postings[0], about), words.of("fr")) == french


@pytest.mark.parametrize(
    ("names", "english", "french"),
    [
        ({}, "Stars: 4 for your photo.", f"Stars{B}: 4 pour votre activité «{B}photo{B}»."),
        (
            {"fr": "étoiles", "en": "bright stars"},
            "Bright stars: 4 for your photo.",
            f"Étoiles{B}: 4 pour votre activité «{B}photo{B}».",
        ),
        ({"fr": "étoiles"}, "Étoiles: 4 for your photo.", f"Étoiles{B}: 4 pour votre activité «{B}photo{B}»."),
    ],
)
def test_what_is_given_of_an_asset_is_called_by_its_name_or_else_by_its_id(
    names: dict[str, str], english: str, french: str
) -> None:
    """Of stars it said "Points: 4 for your photo.", where no language was asked for or they have no name."""
    photo = {"id": "photo", "give": 4, "of": "stars", "on": "photo"}
    programme = programme_of(assets={"stars": {"name": names}}, earn=[photo])
    given = transfer("programme:activity", "anna", 4, "stars", (0, 0), Why("photo", rate="4"))
    about = Entry("anna", 1, 0, "activity photo p-1", 1, (given,))
    sentence = reason(given, about)
    assert tuple(written(sentence, words.of(language), programme) for language in ("en", "fr")) == (english, french)
    assert [written(sentence, ENGLISH, names) for names in (programme, None)] == ["Stars: 4 for your photo."] * 2


@pytest.mark.parametrize(
    ("occasion", "english", "french"),
    [
        ("birthday", "your birthday", "votre anniversaire"),
        ("anniversary", "your anniversary", "l\u2019anniversaire de votre première commande"),
    ],
)
@pytest.mark.parametrize("name", [{}, {"fr": "anniversaire", "en": "birthday"}], ids=["unnamed", "named"])
def test_a_gift_for_an_occasion_is_called_so_in_each_language(
    occasion: str, english: str, french: str, name: dict[str, str]
) -> None:
    """docs/programme.md: birthdays and anniversaries are stated for you. It was “votre activité « birthday »”."""
    gift = {"id": "gift", "give": 4, "of": "points", "on": occasion, "name": name}
    programme = programme_of(assets={"points": {}}, earn=[gift])
    given = transfer("programme:activity", "anna", 4, "points", (0, 0), Why("gift", rate="4"))
    about = Entry("anna", 1, 0, f"activity {occasion} 2026", 1, (given,))
    assert why(given, about) == f"Points: 4 for {english}."
    assert written(reason(given, about), words.of("fr"), programme) == f"Points{B}: 4 pour {french}."
