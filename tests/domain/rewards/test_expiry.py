"""From when until when what a programme gives can be spent, as customers and owners read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.core.phrases import ENGLISH, Phrase, written
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.sale import lifetime
from chalicelib.domain.rewards.expiry import expiring, vesting
from chalicelib.edge import words
from tests.world.builders import CASHBACK, programme_of

Q = "\N{RIGHT SINGLE QUOTATION MARK}"


def expiry_sentences(locale: str = "", holding: tuple[str, ...] = (), **parts: Any) -> list[str]:
    programme = programme_of(**parts)
    return told(expiring(programme, holding), locale, programme)


def vesting_sentences(locale: str = "", holding: tuple[str, ...] = (), **parts: Any) -> list[str]:
    programme = programme_of(**parts)
    return told(vesting(programme, holding), locale, programme)


def told(sentences: Iterable[Phrase], locale: str, programme: Programme) -> list[str]:
    wording = words.of(locale) if locale else ENGLISH
    return [written(sentence, wording, programme).replace("\N{NO-BREAK SPACE}", " ") for sentence in sentences]


@pytest.mark.parametrize(
    ("expires", "english", "french"),
    [
        ({}, "Rewards do not expire.", f"Les récompenses n{Q}expirent pas."),
        (
            {"expire_days": 365},
            "Rewards expire 365 days after they were earned.",
            "Les récompenses expirent 365 jours après leur obtention.",
        ),
        (
            {"expire_days": 1},
            "Rewards expire 1 day after they were earned.",
            "Les récompenses expirent 1 jour après leur obtention.",
        ),
        (
            {"expire_months": 12},
            "Rewards expire 12 months after they were earned.",
            "Les récompenses expirent 12 mois après leur obtention.",
        ),
        (
            {"expire_days": 30, "vest_on": "delivery", "vest_days": 14},
            "Rewards expire 30 days after the first day on which they can be spent.",
            f"Les récompenses expirent 30 jours après le premier jour où l{Q}on peut les dépenser.",
        ),
        (
            {"expire_months": 1, "expire_from": "vesting", "vest_days": 14},
            "Rewards expire 1 month after the first day on which they can be spent.",
            f"Les récompenses expirent 1 mois après le premier jour où l{Q}on peut les dépenser.",
        ),
        (
            {"expire_end": "year"},
            "Rewards expire at the end of the year in which they were earned.",
            f"Les récompenses expirent à la fin de l{Q}année de leur obtention.",
        ),
        (
            {"expire_end": "month", "expire_from": "vesting"},
            "Rewards expire at the end of the month in which they can first be spent.",
            f"Les récompenses expirent à la fin du mois où l{Q}on peut les dépenser pour la première fois.",
        ),
        (
            {"expire_end": "year", "expire_months": 6},
            "Rewards expire at the end of the year, but no sooner than 6 months after they were earned.",
            f"Les récompenses expirent à la fin de l{Q}année, mais au plus tôt 6 mois après leur obtention.",
        ),
        (
            {"expire_end": "month", "expire_days": 90},
            "Rewards expire at the end of the month, but no sooner than 90 days after they were earned.",
            "Les récompenses expirent à la fin du mois, mais au plus tôt 90 jours après leur obtention.",
        ),
        (
            {"expire_end": "year", "expire_days": 30, "expire_from": "vesting", "vest_days": 14},
            (
                "Rewards expire at the end of the year, but no sooner than 30 days after the first day on which they "
                "can be spent."
            ),
            (
                f"Les récompenses expirent à la fin de l{Q}année, mais au plus tôt 30 jours après le premier jour où "
                f"l{Q}on peut les dépenser."
            ),
        ),
    ],
)
def test_when_all_of_it_expires_is_said_in_one_sentence(expires: dict[str, Any], english: str, french: str) -> None:
    assert expiry_sentences(earn=[CASHBACK | expires]) == [english]
    assert expiry_sentences("fr", earn=[CASHBACK | expires]) == [french]


@pytest.mark.parametrize(
    ("end", "earned", "last_day"),
    [
        ("year", date(2026, 12, 1), date(2026, 12, 31)),
        ("year", date(2026, 12, 2), date(2027, 12, 31)),
        ("month", date(2026, 3, 1), date(2026, 3, 31)),
        ("month", date(2026, 3, 2), date(2026, 4, 30)),
    ],
)
def test_no_sooner_than_some_days_means_the_first_such_end_that_does_not_come_before_them(
    end: str, earned: date, last_day: date
) -> None:
    """As it is said above: the 30th day may be the last one itself."""
    (rule,) = programme_of(earn=[CASHBACK | {"expire_end": end, "expire_days": 30}]).earn
    paid_at = int(datetime(earned.year, earned.month, earned.day, 12, tzinfo=UTC).timestamp())
    _, expires_at = lifetime(rule, paid_at, 0, "UTC")
    assert datetime.fromtimestamp(expires_at - 1, UTC).date() == last_day


def test_what_expires_at_different_times_is_named_with_each() -> None:
    parts: dict[str, Any] = {
        "assets": {"leaves": {"name": {"en": "leaves", "fr": "feuilles"}, "expire_months": 6}},
        "earn": [
            CASHBACK | {"expire_days": 365, "name": {"en": "Piggy bank", "fr": "Cagnotte"}},
            {"id": "each", "give": 1, "of": "leaves"},
            {"id": "review", "on": "review", "give": 5, "of": "leaves"},
            {"id": "sign-up", "on": "sign-up", "give": 5, "of": "leaves", "expire_days": 30},
            {"id": "basket", "ladder": [{"at": 50, "amount": 3}]},
        ],
        "cards": [{"id": "cups", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4, "expire_days": 30}}],
        "levels": {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 9, "gift": {"amount": 1}}]},
        "goals": [{"id": "often", "measure": "orders", "target": 3, "reward": {"give": 2, "of": "leaves"}}],
        "boards": [{"id": "best", "top": 3, "prizes": [{"amount": 9}, {"amount": 3}]}],
        "referral": {"percent": 10, "expire_days": 365, "welcome": {"amount": 3, "expire_days": 365}},
    }
    assert expiry_sentences("en", **parts) == [
        "These expire 365 days after they were earned: Piggy bank, Bonus for friends, Welcome gift.",
        "These expire 6 months after they were earned: leaves (for orders), leaves (review), leaves (Goal often).",
        "These expire 30 days after they were earned: leaves (sign-up), Stamp card “cups”.",
        "These do not expire: Basket reward, Gift for the level black, Leaderboard best.",
    ]
    assert expiry_sentences("fr", **parts)[0] == (
        "Expirent 365 jours après leur obtention : Cagnotte, Bonus de parrainage, Cadeau de bienvenue."
    )


def test_what_is_called_alike_is_said_once() -> None:
    """Of two rules without a name it said "Expirent 900 jours après leur obtention : Récompense, Récompense."."""
    rules = [{"id": name, "give": 1, "of": "EUR", "expire_days": 900} for name in ("basket", "visit")]
    assert expiry_sentences("fr", earn=[*rules, CASHBACK])[0] == "Expirent 900 jours après leur obtention : Récompense."
    assert expiry_sentences("en", earn=[*rules, CASHBACK])[0] == "These expire 900 days after they were earned: Reward."


def test_owners_read_what_rules_are_called_in_the_other_sentences() -> None:
    """The ladder was `Rule tiers` in its own sentence, and `Basket reward` in that of its expiry."""
    earn = [
        CASHBACK | {"expire_days": 30},
        {"id": "tiers", "ladder": [{"at": 50, "amount": 3}]},
        {"id": "fixed", "amount": 1},
    ]
    programme = programme_of(earn=earn)
    assert [written(sentence, ENGLISH, programme) for sentence in expiring(programme, (), for_owner=True)] == [
        "These expire 30 days after they were earned: Rule cashback.",
        "These do not expire: Rule tiers, Rule fixed.",
    ]


def test_a_balance_that_is_lost_without_orders_is_said_not_to_last() -> None:
    lost = "A balance is lost after 180 days without an order or a payment with it."
    assert expiry_sentences(earn=[CASHBACK], inactive_days=180) == [lost]
    assert expiry_sentences(earn=[CASHBACK | {"expire_days": 90}], inactive_days=180) == [
        "Rewards expire 90 days after they were earned.",
        lost,
    ]
    (french,) = expiry_sentences("fr", earn=[CASHBACK], inactive_days=1)
    assert french == "Un solde est perdu au bout de 1 jour sans commande ni utilisation."


def test_what_is_lost_without_orders_and_never_else_is_not_said_to_last_beside_what_expires() -> None:
    lost = "A balance is lost after 180 days without an order or a payment with it."
    rules = [CASHBACK | {"expire_days": 90}, {"id": "basket", "ladder": [{"at": 50, "amount": 3}]}]
    assert expiry_sentences(earn=rules, inactive_days=180) == [
        "These expire 90 days after they were earned: Cashback.",
        lost,
    ]
    assert expiry_sentences(earn=rules)[1:] == ["These do not expire: Basket reward."]


def test_from_when_it_would_expire_makes_no_difference_to_what_never_does() -> None:
    """Of a version that was published before this was refused."""
    never = [replace(rule, expire_from="vesting") for rule in programme_of().earn]
    programme = replace(programme_of(), earn=(*programme_of().earn, *never))
    assert [written(sentence) for sentence in expiring(programme, ())] == ["Rewards do not expire."]


def test_what_expires_as_its_asset_does_is_called_by_the_asset_and_nothing_twice() -> None:
    asset = {"expire_end": "year"}
    rules = [
        {"id": "a", "give": 1, "of": "leaves"},
        {"id": "b", "give": 1, "of": "leaves", "per": "order"},
        {"id": "c", "give": 1, "of": "leaves", "on": "review", "expire_days": 9, "name": {"en": "Review"}},
    ]
    assert expiry_sentences("en", assets={"leaves": asset}, earn=rules) == [
        "These expire at the end of the year in which they were earned: leaves.",
        "These expire 9 days after they were earned: Review.",
    ]


@pytest.mark.parametrize(
    ("others", "sources", "french"),
    [
        ({"per": {"EUR": 1}}, ("for each order", "for each full €1.00"), "par tranche entière de 1,00 €"),
        ({"per": "piece"}, ("for each order", "for each piece"), "par article"),
        (
            {"match": {"skus": ["TEA"]}},
            ("for each order", "for each order, only on some articles"),
            "par commande, sur certains articles seulement",
        ),
        ({}, ("Rule a", "Rule b"), "Règle b"),
    ],
)
def test_two_rules_without_a_name_that_give_one_asset_are_told_apart(
    others: dict[str, Any], sources: tuple[str, str], french: str
) -> None:
    """Both sentences said `leaves (for orders)`."""
    rules = [
        {"id": "a", "give": 1, "of": "leaves", "expire_days": 30},
        {"id": "b", "give": 1, "of": "leaves", "expire_days": 90} | others,
    ]
    parts: dict[str, Any] = {"assets": {"leaves": {}}, "earn": rules}
    assert expiry_sentences("en", **parts) == [
        f"These expire 30 days after they were earned: leaves ({sources[0]}).",
        f"These expire 90 days after they were earned: leaves ({sources[1]}).",
    ]
    assert expiry_sentences("fr", **parts)[1] == f"Expirent 90 jours après leur obtention : leaves ({french})."
    programme = programme_of(**parts)
    assert [written(sentence, ENGLISH, programme) for sentence in expiring(programme, (), for_owner=True)] == [
        "These expire 30 days after they were earned: leaves (Rule a).",
        "These expire 90 days after they were earned: leaves (Rule b).",
    ]


def test_of_goals_only_those_that_give_something_are_named() -> None:
    goal = {"measure": "orders", "target": 3}
    goals = [
        goal | {"id": "often", "reward": {"amount": 2, "expire_days": 5}},
        goal | {"id": "badge", "badge": {"en": "Regular"}},
    ]
    assert expiry_sentences("en", earn=[CASHBACK], goals=goals) == [
        "These do not expire: Cashback.",
        "These expire 5 days after they were earned: Goal often.",
    ]


def test_of_what_gives_nothing_nothing_expires() -> None:
    assert expiry_sentences(earn=[], inactive_days=180) == []


@pytest.mark.parametrize(
    ("holding", "says"),
    [
        ((), ["Rewards expire 365 days after they were earned."]),
        (("winter",), ["Rewards expire 365 days after they were earned."]),
        (
            ("summer",),
            [
                "These expire 365 days after they were earned: Cashback.",
                "These do not expire: Extra.",
                "These expire 30 days after they were earned: Campaign summer.",
            ],
        ),
    ],
)
def test_of_campaigns_those_are_told_that_hold(holding: tuple[str, ...], says: list[str]) -> None:
    summer = {"id": "summer", "starts": "2027-06-21", "ends": "2027-07-04", "multiply": {"cashback": 3}}
    extra = {"id": "extra", "percent": 1, "name": {"en": "Extra"}, "campaign": "summer"}
    parts: dict[str, Any] = {
        "earn": [CASHBACK | {"expire_days": 365}, extra],
        "campaigns": [summer | {"expire_days": 30}, summer | {"id": "winter"}],
    }
    assert expiry_sentences("en", holding, **parts) == says


@pytest.mark.parametrize(
    ("vests", "english", "french"),
    [
        (
            {"vest_days": 1},
            "Rewards can be spent from 1 day after they were earned on.",
            "Les récompenses sont utilisables dès 1 jour après leur obtention.",
        ),
        (
            {"vest_on": "delivery"},
            "Rewards can be spent from the delivery on.",
            "Les récompenses sont utilisables dès la livraison.",
        ),
        (
            {"vest_on": "delivery", "vest_days": 14},
            "Rewards can be spent from 14 days after the delivery on.",
            "Les récompenses sont utilisables dès 14 jours après la livraison.",
        ),
        (
            {"vest_date": "2027-01-15"},
            "Rewards can be spent from 15 January 2027 on.",
            "Les récompenses sont utilisables à partir du 15 janvier 2027.",
        ),
        (
            {"vest_days": 3, "vest_date": "2027-01-15"},
            "Rewards can be spent from 3 days after they were earned on, but not before 15 January 2027.",
            "Les récompenses sont utilisables dès 3 jours après leur obtention, mais pas avant le 15 janvier 2027.",
        ),
    ],
)
def test_from_when_all_of_it_can_be_spent_is_said_in_one_sentence(
    vests: dict[str, Any], english: str, french: str
) -> None:
    """A reward that waited for its delivery was offered without a word of that, to owners and to customers."""
    assert vesting_sentences("en", earn=[CASHBACK | vests]) == [english]
    assert vesting_sentences("fr", earn=[CASHBACK | vests]) == [french]


def test_of_what_can_be_spent_at_once_nothing_is_said_and_what_waits_is_named_beside_it() -> None:
    waiting = {"id": "basket", "vest_days": 14, "ladder": [{"at": 50, "amount": 3}]}
    assert vesting_sentences("en", earn=[CASHBACK]) == []
    assert vesting_sentences("en", earn=[CASHBACK, waiting]) == [
        "These can be spent from 14 days after they were earned on: Basket reward."
    ]
    assert vesting_sentences("fr", earn=[CASHBACK, waiting]) == [
        "Utilisables dès 14 jours après leur obtention : Récompense de panier."
    ]


def test_two_rules_of_one_asset_that_can_be_spent_from_different_times_are_told_apart() -> None:
    rules = [
        {"id": "a", "give": 1, "of": "leaves", "per": "piece"},
        {"id": "b", "give": 1, "of": "leaves", "vest_on": "delivery"},
    ]
    assert vesting_sentences("en", assets={"leaves": {}}, earn=rules) == [
        "These can be spent from the delivery on: leaves (for each order)."
    ]


def test_a_campaigns_own_days_are_told_to_those_for_whom_it_holds() -> None:
    campaign = {"id": "may", "starts": "2027-05-01", "ends": "2027-05-31", "multiply": {"cashback": 2}}
    campaigns = [campaign | {"vest_days": 5, "expire_days": 30}]
    assert vesting_sentences("en", campaigns=campaigns) == []
    assert vesting_sentences("en", ("may",), campaigns=campaigns) == [
        "These can be spent from 5 days after they were earned on: Campaign may."
    ]
