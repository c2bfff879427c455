"""What speaks against a bonus: each signal alone, what it weighs, and what is remembered of a buyer."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.programme.referral import SIGNALS, ReviewRule
from chalicelib.domain.records import Conversion, Member
from chalicelib.domain.rewards.referral.fraud_signals import (
    MAX_PRINTS,
    RING_DEPTH,
    USUAL_WEIGHTS,
    VELOCITY_S,
    of_friend,
    remembered,
    score,
    signals_of,
)
from tests.world.builders import ANNA, BEN, CLEO, NOW


def signals(
    *prints: tuple[str, ...],
    ancestors: tuple[str, ...] = (),
    at: int = NOW,
    weights: dict[str, int] | None = None,
    **referrer: Any,
) -> dict[str, int]:
    """Against Anna's bonus for friends with these prints."""
    conversions = [
        Conversion(ANNA, friend, f"shop/{friend}", prints=fingerprints)
        for friend, fingerprints in zip((BEN, CLEO), prints, strict=False)
    ]
    return dict(signals_of(Member(ANNA, **referrer), conversions, ancestors, at, ReviewRule(weights=weights or {})))


def test_the_usual_weights_are_those_that_the_documentation_states() -> None:
    assert USUAL_WEIGHTS == {
        "same-email": 100,
        "same-address": 50,
        "same-phone": 80,
        "same-card": 100,
        "same-device": 60,
        "disposable-mail": 40,
        "velocity": 40,
        "ring": 60,
    }
    assert tuple(USUAL_WEIGHTS) == SIGNALS
    assert (RING_DEPTH, MAX_PRINTS, VELOCITY_S) == (5, 6, 86_400)


def test_strangers_have_nothing_against_them() -> None:
    assert signals(("card:a", "address:b"), ("card:c", "address:d"), prints=("card:e",)) == {}


@pytest.mark.parametrize(
    ("kind", "weight"), [("email", 100), ("address", 50), ("phone", 80), ("card", 100), ("device", 60)]
)
def test_what_two_have_in_common_is_a_signal(kind: str, weight: int) -> None:
    own = (f"{kind}:x",)
    assert signals((f"{kind}:x",), (f"{kind}:y",), prints=own) == {f"same-{kind}": weight}
    assert signals((f"{kind}:y",), (f"{kind}:y",), prints=own) == {f"same-{kind}": weight}


def test_the_same_of_another_kind_is_nothing_in_common() -> None:
    assert signals(("card:x",), ("phone:x",)) == {}


def test_one_party_who_says_it_twice_is_one_party() -> None:
    assert signals(("card:x", "card:x"), ()) == {}
    assert signals(("card:y",), (), prints=("card:x", "card:x")) == {}


def test_nobodys_email_is_nobodys() -> None:
    assert signals((), ()) == {}


@pytest.mark.parametrize(
    "prints", [(("mail:disposable",), ()), ((), ("mail:disposable",)), (("mail:disposable",),) * 2]
)
def test_a_friends_throw_away_address_is_a_signal_and_no_more(prints: tuple[tuple[str, ...], ...]) -> None:
    assert signals(*prints) == {"disposable-mail": 40}


def test_the_referrers_throw_away_address_is_none() -> None:
    assert signals((), (), prints=("mail:disposable",)) == {}


@pytest.mark.parametrize(
    ("recent", "hits"),
    [
        ((), False),
        ((NOW,), True),
        ((NOW - 86_399,), True),
        ((NOW - 86_400,), False),
        ((NOW + 1,), False),
        ((5, NOW), True),
    ],
)
def test_another_group_within_a_day_is_a_signal(recent: tuple[int, ...], hits: bool) -> None:
    assert signals((), (), recent=recent) == ({"velocity": 40} if hits else {})


@pytest.mark.parametrize(("ancestors", "hits"), [((CLEO,), True), (("x", BEN), True), (("x",), False), ((), False)])
def test_a_friend_who_referred_the_referrer_is_a_signal(ancestors: tuple[str, ...], hits: bool) -> None:
    assert signals((), (), ancestors=ancestors) == ({"ring": 60} if hits else {})


def test_several_stand_in_their_order_and_add_up() -> None:
    both = ("card:x", "phone:p", "device:d", "address:a")
    all_of_them = signals_of(
        Member(ANNA, recent=(NOW,), prints=("email:e",)),
        [
            Conversion(ANNA, BEN, "1", prints=("email:e", "mail:disposable", *both)),
            Conversion(ANNA, CLEO, "2", prints=both),
        ],
        [BEN],
        NOW,
        ReviewRule(),
    )
    assert tuple(name for name, _ in all_of_them) == SIGNALS
    assert score(all_of_them) == 530
    assert score(()) == 0


def test_a_programme_weighs_as_it_likes_and_nothing_switches_a_signal_off() -> None:
    both = (("card:x", "phone:p"), ("card:x", "phone:p"))
    assert signals(*both, weights={"same-card": 7}) == {"same-phone": 80, "same-card": 7}
    assert signals(*both, weights={"same-card": 0}) == {"same-phone": 80}


def test_the_prints_that_were_seen_last_are_remembered() -> None:
    assert remembered(("a", "b"), ["c"]) == ("a", "b", "c")
    assert remembered(tuple("abcdef"), ["g", "h"]) == tuple("cdefgh")


def test_a_friend_is_known_by_prints_and_email() -> None:
    assert of_friend(("card:b", "address:a", "card:b"), "e") == ("address:a", "card:b", "email:e")
    assert of_friend(("card:b",), "") == ("card:b",)
