"""Amounts, days and names as people of each language write them."""

from datetime import date

import pytest

from chalicelib.edge import words
from tests.world.builders import programme_of

N, B, M = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
POINTS = {"points": {"name": {"fr": "petits points", "en": "little points"}, "decimals": 2}, "leaves": {}}
MIDNIGHT_IN_PARIS = 1_827_183_600
"""2027-11-25T23:00:00Z, which is the beginning of 26 November in Paris."""


@pytest.mark.parametrize(
    ("locale", "language"),
    [("fr", "fr"), ("fr-CA", "fr"), ("FR_be", "fr"), ("en-GB", "en"), ("de", "en"), ("", "en"), ("../fr", "en")],
)
def test_a_locale_falls_back_to_its_language_and_an_unknown_one_to_english(locale: str, language: str) -> None:
    assert words.of(locale).locale == language


@pytest.mark.parametrize(
    ("minor", "asset", "french", "english"),
    [
        (123_450, "EUR/2", f"1{N}234,50{B}€", "€1,234.50"),
        (-5, "EUR/2", f"{M}0,05{B}€", f"{M}€0.05"),
        (0, "EUR/2", f"0,00{B}€", "€0.00"),
        (10**11, "EUR/2", f"1{N}000{N}000{N}000,00{B}€", "€1,000,000,000.00"),
        (1500, "JPY/0", f"1{N}500{B}JPY", "¥1,500"),
        (1234, "KWD/3", f"1,234{B}KWD", "KWD1.234"),
        (-1234, "points", f"{M}1{N}234{B}points", f"{M}1,234{B}points"),
    ],
)
def test_an_amount_has_the_decimals_of_its_asset_and_a_real_minus(
    minor: int, asset: str, french: str, english: str
) -> None:
    assert (words.of("fr").amount(minor, asset), words.of("en").amount(minor, asset)) == (french, english)


def test_points_are_called_as_the_programme_calls_them() -> None:
    programme = programme_of(assets=POINTS)
    assert words.of("fr").amount(12_345, "points/2", programme) == f"123,45{B}petits points"
    assert words.of("en").amount(12_345, "points/2", programme) == f"123.45{B}little points"
    assert words.of("fr").amount(3, "leaves", programme) == f"3{B}leaves"


@pytest.mark.parametrize(
    ("language", "minor", "shown"),
    [
        ("fr", 100, "1,00 petit point"),
        ("fr", 150, "1,50 petit point"),
        ("fr", 0, "0,00 petit point"),
        ("fr", -100, "\u22121,00 petit point"),
        ("fr", 200, "2,00 petits points"),
        ("en", 100, "1.00 little points"),
    ],
)
def test_a_single_one_is_called_as_the_language_says_it(language: str, minor: int, shown: str) -> None:
    """The plural rules of CLDR: French says the singular below 2, English of a whole 1 alone."""
    names = {"singular": {"fr": "petit point", "en": "little point"}}
    programme = programme_of(assets={"points": POINTS["points"] | names, "coins": {"singular": {"en": "coin"}}})
    assert words.of(language).amount(minor, "points/2", programme) == shown.replace(" ", B, 1)
    assert (words.of("en").amount(1, "coins", programme), words.of("fr").amount(1, "coins", programme)) == (
        f"1{B}coin",
        f"1{B}coins",
    )


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"en": "gold", "fr": "or"}, "or"),
        ({"en": "gold", "fr-CA": "or"}, "or"),
        ({"de": "Gold", "en": "gold"}, "gold"),
        ({"de": "Gold"}, "Gold"),
        ({}, "its id"),
    ],
)
def test_a_shops_own_text_is_shown_in_the_nearest_language(names: dict[str, str], shown: str) -> None:
    assert words.of("fr").name(names, "its id") == shown


def test_a_balance_ends_on_the_last_day_of_the_programmes_zone_on_which_it_can_be_spent() -> None:
    assert words.last_day(MIDNIGHT_IN_PARIS, "Europe/Paris") == date(2027, 11, 25)
    assert words.of("fr").last_day(MIDNIGHT_IN_PARIS, "Europe/Paris") == "25 novembre 2027"
    assert words.of("en").last_day(MIDNIGHT_IN_PARIS, "Europe/Paris") == "25 November 2027"
    assert words.of("en").last_day(MIDNIGHT_IN_PARIS, "Asia/Tokyo") == "26 November 2027"


def test_an_instant_names_its_zone() -> None:
    assert words.of("fr").instant(MIDNIGHT_IN_PARIS, "Europe/Paris") == "26 novembre 2027, 00:00 UTC+01:00"
    assert words.of("en").instant(MIDNIGHT_IN_PARIS, "America/New_York") == f"25 November 2027, 6:00{N}PM GMT-05:00"


def test_whole_numbers_are_grouped() -> None:
    assert (words.of("fr").number(1234), words.of("en").number(-1234)) == (f"1{N}234", f"{M}1,234")
