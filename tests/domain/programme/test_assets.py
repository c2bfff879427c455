"""The assets of a programme: what may be stated of them, their names in the ledger, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from chalicelib.domain.programme import assets
from chalicelib.domain.programme.document import Programme, parse
from tests.world.builders import document, programme_of


def points(**parts: Any) -> dict[str, Any]:
    return document(assets={"points": parts})


WRONG: dict[str, dict[str, Any]] = {
    "assets must be at most 5, got 6": document(assets={name: {} for name in "abcdef"}),
    "assets.Points must be named in lower-case letters, digits and dashes, at most 16, got 'Points'": document(
        assets={"Points": {}}
    ),
    "assets.abcdefghijklmnopq must be named in lower-case letters, digits and dashes, at most 16,"
    " got 'abcdefghijklmnopq'": document(assets={"abcdefghijklmnopq": {}}),
    "assets.points.name must be by language, such as fr or en, got 'French'": points(name={"French": "Points"}),
    "assets.points.name.fr must be 1 to 40 characters, got ''": points(name={"fr": ""}),
    "assets.points.name.fr must be 1 to 40 characters, got ' '": points(name={"fr": " "}),
    f"assets.points.singular.fr must be 1 to 40 characters, got '{'x' * 41}'": points(singular={"fr": "x" * 41}),
    "assets.points.decimals must be between 0 and 4, got -1": points(decimals=-1),
    "assets.points.decimals must be between 0 and 4, got 5": points(decimals=5),
    "assets.points must have either expire_days or expire_months": points(expire_days=30, expire_months=1),
    "assets.points.expire_days must be between 1 and 3650, got 0": points(expire_days=0),
    "assets.points.expire_days must be between 1 and 3650, got 3651": points(expire_days=3651),
    "assets.points.expire_months must be between 1 and 120, got 0": points(expire_months=0),
    "assets.points.expire_months must be between 1 and 120, got 121": points(expire_months=121),
    "assets.points.worth must be more than 0 and at most 1000000000, got 0": points(worth=0),
    "assets.points.worth must be more than 0 and at most 1000000000, got 1000000001": points(worth=10**9 + 1),
    "assets.points.worth must be more than 0 and at most 1000000000, got NaN": points(worth=Decimal("NaN")),
    "assets.points.worth must have at most 6 decimals, got 1E-7": points(worth=Decimal("0.0000001")),
    "assets.points.worth.USD must be in one of the programme's currencies, got 'USD'": points(worth={"USD": 1}),
    "assets.points.worth.EUR must be more than 0 and at most 1000000000, got -1": points(worth={"EUR": -1}),
}


@pytest.mark.parametrize(("sentence", "draft"), WRONG.items(), ids=WRONG.keys())
def test_a_wrong_asset_is_told_in_one_sentence(sentence: str, draft: dict[str, Any]) -> None:
    with pytest.raises(InvalidProgramme) as refused:
        parse(draft)
    assert refused.value.problems == [sentence]


ALLOWED: dict[str, dict[str, Any]] = {
    "as many as there may be": document(assets={name: {} for name in "abcde"}),
    "the shortest name": document(assets={"a": {}}),
    "the longest name": document(assets={"a-2345678901234z": {}}),
    "names of shoppers in all languages": points(name={"fr": "x" * 40, "pt-BR": "y"}, singular={"fr": "x"}),
    "as many decimals as there may be": points(decimals=4),
    "the least worth": points(worth=Decimal("0.000001")),
    "the most worth": points(worth={"EUR": 10**9}),
    "the shortest life": points(expire_days=1),
    "the longest life in days": points(expire_days=3650),
    "a month": points(expire_months=1),
    "the longest life in months": points(expire_months=120),
}


@pytest.mark.parametrize("draft", ALLOWED.values(), ids=ALLOWED.keys())
def test_an_asset_is_taken_up_to_its_bounds(draft: dict[str, Any]) -> None:
    assert parse(draft).assets


PROGRAMME = programme_of(
    currencies=["JPY", "USD"],
    assets={
        "points": {"worth": Decimal("0.05")},
        "miles": {"decimals": 2, "worth": {"EUR": Decimal("0.015"), "JPY": Decimal("1.9")}},
        "stars": {},
    },
)


def test_the_ledger_names_assets_with_their_decimals_and_currencies_first() -> None:
    assert assets.ledger_names(PROGRAMME) == ["EUR/2", "JPY/0", "USD/2", "points", "miles/2", "stars"]


@pytest.mark.parametrize(("name", "asset"), [("points", "points"), ("miles/2", "miles"), ("EUR/2", None)])
def test_an_asset_is_known_by_its_name_in_the_ledger_and_a_currency_is_none(name: str, asset: str | None) -> None:
    assert assets.asset_in(PROGRAMME, name) == (PROGRAMME.assets[asset] if asset else None)


@pytest.mark.parametrize(
    ("amount", "asset", "currency", "worth"),
    [
        (100, "points", "EUR", 500),
        (1, "points", "EUR", 5),
        (100, "points", "JPY", None),
        (100, "miles/2", "EUR", 1),  # a mile is worth 1.5 cents: half a cent is not counted
        (199, "miles/2", "EUR", 2),
        (200, "miles/2", "EUR", 3),
        (1000, "miles/2", "JPY", 19),
        (100, "miles/2", "USD", None),
        (100, "stars", "EUR", None),
        (100, "EUR/2", "EUR", None),
    ],
)
def test_a_balance_is_worth_whole_minor_units_of_a_currency_that_has_a_price(
    amount: int, asset: str, currency: str, worth: int | None
) -> None:
    assert assets.worth_in(amount, asset, currency, PROGRAMME) == worth


def refusal(asset: str, programme: Programme | None, held: Sequence[str] = ()) -> str:
    """Why an asset cannot be booked; empty where it can."""
    try:
        assets.check_known(asset, programme, held)
    except InvalidInput as refused:
        return str(refused)
    return ""


OF_THE_PROGRAMME = "asset must be one of the programme's: EUR/2, JPY/0, USD/2, points, miles/2, stars"
NO_PROGRAMME = "asset must be a currency while no programme is in force"


@pytest.mark.parametrize(
    ("asset", "programme", "sentence"),
    [
        ("points", PROGRAMME, ""),
        ("EUR/2", PROGRAMME, ""),
        ("GBP/2", PROGRAMME, f"{OF_THE_PROGRAMME}, got 'GBP/2'"),
        ("miles", PROGRAMME, f"{OF_THE_PROGRAMME}, got 'miles'"),
        ("GBP/2", None, ""),
        ("points", None, f"{NO_PROGRAMME}, got 'points'"),
    ],
)
def test_what_the_programme_has_can_be_booked_and_any_currency_where_there_is_none(
    asset: str, programme: Programme | None, sentence: str
) -> None:
    assert refusal(asset, programme) == refusal(asset, programme, ["USD/2"]) == sentence


@pytest.mark.parametrize(("asset", "programme"), [("GBP/2", PROGRAMME), ("gems", None)])
def test_what_a_member_holds_can_be_booked_though_the_programme_has_it_no_more(
    asset: str, programme: Programme | None
) -> None:
    assert refusal(asset, programme).endswith(f", got {asset!r}")
    assert refusal(asset, programme, [asset]) == ""


def test_an_asset_states_the_fields_of_its_expiry_that_it_has() -> None:
    ends = programme_of(
        assets={"points": {"expire_months": 12, "expire_end": "year"}, "stars": {"expire_days": 9}}
    ).assets
    assert ends["points"].expiry == {"expire_months": 12, "expire_end": "year"}
    assert ends["stars"].expiry == {"expire_days": 9}
    assert PROGRAMME.assets["points"].expiry == {}
