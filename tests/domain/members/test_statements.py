"""Every posting says why it was made, in a sentence that a shopper can read."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.core.phrases import Named, Phrase, Value, written
from chalicelib.domain.ledger.transfers import (
    ADJUSTMENT,
    BREAKAGE,
    HANDED_OVER,
    LOSS,
    MERGE,
    MERGED,
    MOVED,
    NOT_NEW,
    RAISED,
    REDEMPTION,
    REFERRAL,
    WELCOME,
    Why,
    transfer,
)
from chalicelib.domain.members.statements import reason, why
from chalicelib.domain.programme.kinds import CAMPAIGN
from chalicelib.domain.records import Entry
from tests.world.builders import CASHBACK_ACCOUNT


def reason_of(amount: int, account: str, rule: str, cause: str = "shop/17", label: str = "", **parts: Any) -> str:
    posting = transfer(account, "anna", amount, "EUR/2", (0, 0), Why(rule, **parts))
    return why(posting, Entry("anna", 1, 0, cause, 1, (posting,), label))


SHARE = {"base": 4000, "rate": "5"}
PAIR = ("ben shop/1", "cleo shop/2")


@pytest.mark.parametrize(
    ("sentence", "posted"),
    [
        ("Cashback: 5% of 40.00 EUR on your order 17.", partial(reason_of, 200, CASHBACK_ACCOUNT, "any", **SHARE)),
        (
            "Cashback: 5% of 40.00 EUR on your order #1001.",
            partial(reason_of, 200, CASHBACK_ACCOUNT, "any", label="#1001", **SHARE),
        ),
        ("Cashback: a fixed sum on your order 17.", partial(reason_of, 200, CASHBACK_ACCOUNT, "any", base=4000)),
        (
            "Cashback taken back: your order 17 was refunded or changed; what you kept earns 5% of 40.00 EUR.",
            partial(reason_of, -200, CASHBACK_ACCOUNT, "any", note="refunded or changed", **SHARE),
        ),
        (
            "Cashback taken back: your order 17 was cut; what you kept earns 5% of 40.00 EUR, times 1.5 for level x.",
            partial(reason_of, -200, CASHBACK_ACCOUNT, "any", note="cut", factor="1.5 x", **SHARE),
        ),
        (
            "Cashback taken back: your order 17 was refunded or cancelled.",
            partial(reason_of, -200, CASHBACK_ACCOUNT, "any", note="refunded or cancelled"),
        ),
        (
            "Welcome gift: a fixed sum on your order 17.",
            partial(reason_of, 300, WELCOME, "referral-welcome", base=4000),
        ),
        (
            "Welcome gift taken back: your order 17 was refunded or cancelled.",
            partial(reason_of, -300, WELCOME, "referral-welcome", base=4000, note="refunded or cancelled"),
        ),
        (
            "Bonus: 5% of 40.00 EUR that 2 friends spent.",
            partial(reason_of, 200, REFERRAL, "referral-bonus", "referral", parties=PAIR, **SHARE),
        ),
        ("Bonus: 2 friends bought.", partial(reason_of, 200, REFERRAL, "referral-bonus", "referral", parties=PAIR)),
        ("Bonus: a friend bought.", partial(reason_of, 200, REFERRAL, "referral-bonus", "referral", parties=PAIR[:1])),
        (
            "Bonus taken back: a friend's order was refunded.",
            partial(reason_of, -200, REFERRAL, "referral-bonus", "referral", note="a friend's order was refunded"),
        ),
        *(
            (
                f"{name} taken back: your order #1001 {reason}.",
                partial(reason_of, -300, account, rule, label="#1001", note=note),
            )
            for name, account, rule in (
                ("Cashback", CASHBACK_ACCOUNT, "any"),
                ("Welcome gift", WELCOME, "referral-welcome"),
            )
            for note, reason in (
                (HANDED_OVER, "was moved to another customer's account"),
                (NOT_NEW, "is older than the order that it was given for"),
            )
        ),
        (
            "Welcome gift taken back: two accounts turned out to be one person's.",
            partial(reason_of, -300, WELCOME, "referral-welcome", "merge shop.ben", note=MERGED),
        ),
        (
            "Cashback: the days on which it can be spent have changed; it is given anew.",
            partial(reason_of, -300, CASHBACK_ACCOUNT, "any", note=MOVED),
        ),
        *(
            (
                f"Bonus taken back: {note}.",
                partial(reason_of, -200, REFERRAL, "referral-bonus", "referral", note=note, base=4000),
            )
            for note in (
                "a friend's order was moved to another customer's account",
                "a friend had bought before",
                "two friends turned out to be one person",
                "two accounts turned out to be one person's",
                "another order of a friend counts now",
                "a friend's order was partly refunded",
            )
        ),
        (
            "Adjusted by the shop: reason erased.",
            partial(reason_of, 5, ADJUSTMENT, "adjustment", "adjustment", digest="d"),
        ),
        (
            "Bonus taken back: the shop looked at it: reason erased.",
            partial(reason_of, -5, REFERRAL, "referral-bonus", "referral", note="the shop looked at it", digest="d"),
        ),
        (
            "Adjusted by the shop: goodwill.",
            partial(reason_of, 5, ADJUSTMENT, "adjustment", "adjustment", note="goodwill"),
        ),
        (
            "Adjusted by the shop: mistake.",
            partial(reason_of, -5, ADJUSTMENT, "adjustment", "adjustment", note="mistake"),
        ),
        (
            "Given back: the shop has undone what you spent on 2027-01-15.",
            partial(reason_of, 5, REDEMPTION, "redemption", "undo 12", label="2027-01-15"),
        ),
        (
            "Given back: the shop has undone what you had spent.",
            partial(reason_of, 5, REDEMPTION, "redemption", "undo 12"),
        ),
        (
            "The shop has taken back its correction of 2027-01-15.",
            partial(reason_of, 5, ADJUSTMENT, "adjustment", "undo 12", label="2027-01-15"),
        ),
        (
            "The shop has taken back an earlier correction.",
            partial(reason_of, 5, ADJUSTMENT, "adjustment", "undo 12"),
        ),
        ("Spent on your order 17.", partial(reason_of, -5, REDEMPTION, "redemption")),
        ("Spent on your order #1001.", partial(reason_of, -5, REDEMPTION, "redemption", label="#1001")),
        ("Spent at the shop.", partial(reason_of, -5, REDEMPTION, "redemption", "redemption")),
        ("Spent at the shop.", partial(reason_of, -5, REDEMPTION, "redemption", "hold h_1")),
        (
            "Given back: your order 17 was refunded or changed.",
            partial(reason_of, 5, REDEMPTION, "redemption", note="refunded or changed"),
        ),
        ("Expired: it was not spent in time.", partial(reason_of, -5, BREAKAGE, "expired", "time")),
        ("Ready to spend: the waiting time is over.", partial(reason_of, 5, "member:anna", "vested", "time")),
        (
            "Expiry undone: what earned it was refunded or changed after it had expired.",
            partial(reason_of, 5, BREAKAGE, "revived"),
        ),
        (
            "Campaign taken back: your order 17 was refunded or changed; for what you kept: may, 2 times tea.",
            partial(reason_of, -5, CAMPAIGN, "may", base=4000, rate="may, 2 times tea", note="refunded or changed"),
        ),
        (
            "Campaign raised with your order 17: now may, 2 times tea.",
            partial(reason_of, 5, CAMPAIGN, "may", base=4000, rate="may, 2 times tea", note=RAISED),
        ),
        (
            "Let off by the shop: this had been spent before it was taken back.",
            partial(reason_of, 5, LOSS, "written-off"),
        ),
        (
            "Settled: the shop had let you off this before, and it has been earned again.",
            partial(reason_of, -5, LOSS, "written-off"),
        ),
        (
            "From another account of yours, which is now one with this.",
            partial(reason_of, 5, MERGE, "merge", "merge shop.ben"),
        ),
        (
            "Now in another account of yours, with which this one was merged.",
            partial(reason_of, -5, MERGE, "merge", "merge shop.ben"),
        ),
        (
            "Reward: 2.00 EUR for your review.",
            partial(reason_of, 200, "programme:activity", "stars", "activity review r-17", rate="2"),
        ),
        (
            "Reward taken back: your review was withdrawn.",
            partial(reason_of, -200, "programme:activity", "stars", "activity review r-17", rate="2", note="withdrawn"),
        ),
        (
            "Reward of the goal five taken back: your order 17 was refunded or changed.",
            partial(reason_of, -200, "programme:goal", "five", rate="5 orders in 2026", note="refunded or changed"),
        ),
        (
            "Reward of the goal five taken back: it is not reached any more.",
            partial(reason_of, -200, "programme:goal", "five", "merge shop.ben", rate="5 orders in 2026"),
        ),
    ],
)
def test_a_posting_says_why_in_a_sentence(sentence: str, posted: Callable[[], str]) -> None:
    assert posted() == sentence


@pytest.mark.parametrize(
    ("limit", "phrase"),
    [
        ("order", "up to the limit per order"),
        ("day", "up to the limit per day"),
        ("week", "up to the limit per week"),
        ("month", "up to the limit per month"),
        ("year", "up to the limit per year"),
        ("member", "up to the limit for each member"),
        ("budget", "as far as the shop's budget for it reached"),
    ],
)
def test_what_a_limit_kept_down_says_which(limit: str, phrase: str) -> None:
    assert (
        reason_of(200, CASHBACK_ACCOUNT, "any", limit=limit, **SHARE)
        == f"Cashback: 5% of 40.00 EUR on your order 17, {phrase}."
    )
    taken = reason_of(-200, CASHBACK_ACCOUNT, "any", limit=limit, note="refunded or changed", **SHARE)
    assert taken.endswith(f"; what you kept earns 5% of 40.00 EUR, {phrase}.")


@pytest.mark.parametrize(("amount", "begins"), [(1, "Let off by the shop"), (-1, "Settled")], ids=["given", "taken"])
def test_a_cent_is_given_or_taken(amount: int, begins: str) -> None:
    posting = transfer(LOSS, "anna", amount, "EUR/2", (0, 0), Why("written-off"))
    assert why(posting, Entry("anna", 1, 0, "shop/17", 1, (posting,))).startswith(begins)


@pytest.mark.parametrize(
    ("rate", "fact"),
    [
        ("black, 2026", Phrase("%(level)s, %(year)s", {"level": Named("level", "black"), "year": "2026"})),
        ("black", "black"),
    ],
)
def test_a_gift_of_a_level_can_be_told_by_the_name_that_the_programme_gives_to_the_level(
    rate: str, fact: Value
) -> None:
    posting = transfer("programme:level", "anna", 500, "EUR/2", (0, 0), Why("black", rate=rate))
    phrase = reason(posting, Entry("anna", 1, 0, "level", 1, (posting,)))
    assert phrase.values["fact"] == fact


def test_a_basket_has_no_number_and_is_multiplied_by_the_level_of_its_buyer() -> None:
    posting = transfer(CASHBACK_ACCOUNT, "anna", 300, "EUR/2", (0, 0), Why("any", 4000, "5", factor="1.5 black"))
    phrase = reason(posting, Entry("anna", 1, 0, "quote", 1, (posting,)), is_quoted=True)
    assert written(phrase) == "Cashback: 5% of 40.00 EUR, times 1.5 for level black."


def test_a_gift_that_another_order_is_for_names_that_order() -> None:
    sentence = reason_of(300, WELCOME, "referral-welcome", base=4000, parties=("shop/18",))
    assert sentence == "Welcome gift: a fixed sum on your order 18."


@pytest.mark.parametrize("stored", ["many orders in 2026-11", "3 hats in 2026-11"])
def test_what_an_earlier_release_stored_in_other_words_is_said_as_it_was_stored(stored: str) -> None:
    assert reason_of(500, "programme:goal", "regular", "goals", rate=stored) == f"Goal reached: {stored}."
