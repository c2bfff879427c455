"""What a record claims of others; what it does not, not even with nothing, so that the join keeps no subject for it."""

from datetime import datetime

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit.cross_checks import Claim, claims
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.accounts import Account, HoldPart, Lot
from chalicelib.domain.ledger.transfers import (
    ADJUSTMENT,
    BREAKAGE,
    EXPIRED,
    LOSS,
    MERGE,
    MERGE_RULE,
    OF_WELCOME,
    REDEMPTION,
    REFERRAL,
    WELCOME,
    Posted,
    Why,
    digest_of,
    transfer,
)
from chalicelib.domain.records import (
    Activity,
    Allowed,
    Budget,
    Candidate,
    Code,
    Conversion,
    Converted,
    Entry,
    Group,
    Hold,
    Member,
    Note,
    Order,
    Record,
    Reversal,
    Terms,
)
from tests.world.builders import ANNA, BEN, CLEO, DORA, NOW

EUR = "EUR/2"
UNTIL = NOW + 3600
HOLD = Hold("h_1", ANNA, EUR, 100, NOW, UNTIL)
HOLDER = Member(ANNA, accounts={EUR: Account(holds=(HoldPart("h_1", UNTIL, (Lot(100, VESTED_ALREADY, NO_EXPIRY),)),))})
GROUP = Group(ANNA, 1, (BEN, CLEO), 1, NOW)

BONUS = Posted(ANNA, "referral-bonus", REFERRAL, EUR, 1, 2, 7)
LOT = REFERRAL, EUR, "1", "2"

HELD = "held", "h_1", ANNA, EUR, str(UNTIL)


def given(why: Why, account: str = REFERRAL) -> Entry:
    """An entry of a settlement in the books of Dora."""
    return Entry(DORA, 1, NOW, "referral", 1, (transfer(account, DORA, 7, EUR, (1, 2), why),))


OF_A_RULE = Why("rule")


def caused(cause: str, account: str, amount: int = 7, why: Why = OF_A_RULE, member: str = ANNA) -> Entry:
    """An entry with one posting."""
    return Entry(member, 1, NOW, cause, 1, (transfer(account, member, amount, EUR, (1, 2), why),))


def noted(*digests: str) -> Entry:
    """An entry of which nothing but the notes is claimed."""
    whys = [Why("adjustment", digest=digest) for digest in digests]
    postings = tuple(transfer(ADJUSTMENT, ANNA, 7, EUR, (1, 2), why) for why in whys)
    return Entry(ANNA, 4, NOW, "adjustment", 1, postings)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}T12:00+00:00").timestamp())


OCTOBER_2024 = 2024 * 12 + 9
TERMS = Terms(allowed=(Allowed(ANNA, "cashback", EUR, 60, 50, "budget", (), ((3, 30), (4, 20))),))
GIFT = Posted(BEN, "referral-welcome", WELCOME, EUR, 1, 2, 300)
CONVERSION = Conversion(ANNA, BEN, "shop/1", currency="EUR", base=500)
CANDIDATES = Candidate(1, "shop/1", BEN, 500, "EUR"), Candidate(2, "shop/2", BEN, 9, "JPY")
CONVERTED = "converted", ANNA, BEN


@pytest.mark.parametrize(
    ("record", "now", "claimed"),
    [
        pytest.param(
            caused(f"merge {BEN}", MERGE, why=Why(MERGE_RULE)),
            NOW,
            [(("merged", ANNA, BEN, EUR), 7)],
            id="what a merged member handed over, with whom got it",
        ),
        pytest.param(
            caused(f"merge {ANNA}", MERGE, -7, Why(MERGE_RULE), BEN),
            NOW,
            [(("merged", ANNA, BEN, EUR), -7)],
            id="the same with whom gave it",
        ),
        pytest.param(caused(f"merge {BEN}", "programme:goal"), NOW, [], id="an award that a merge has made"),
        pytest.param(
            caused(f"merge {BEN}", WELCOME, -7),
            NOW,
            [(("posted", "welcome gifts", ANNA, WELCOME, EUR), -7)],
            id="a welcome gift that a merge takes back",
        ),
        pytest.param(
            caused("shop/1", WELCOME),
            NOW,
            [(("posted", "welcome gifts", ANNA, WELCOME, EUR), 7)],
            id="a welcome gift by an order",
        ),
        pytest.param(
            caused("shop/1", LOSS, why=Why("written-off", note=OF_WELCOME)),
            NOW,
            [(("posted", "welcome gifts", ANNA, LOSS, EUR), 7)],
            id="the loss of a welcome gift",
        ),
        pytest.param(
            caused("shop/1", LOSS),
            NOW,
            [(("posted", "shop/1", ANNA, LOSS, EUR), 7)],
            id="the loss of what an order gave",
        ),
        pytest.param(caused("adjustment", LOSS), NOW, [], id="a loss that no order caused"),
        pytest.param(
            caused("adjustment", MERGE, why=Why(MERGE_RULE)), NOW, [], id="an amount by hand, whatever its rule"
        ),
        pytest.param(caused("shop/1", BREAKAGE, -7, Why(EXPIRED)), NOW, [], id="what expired beside an order"),
        pytest.param(
            caused("adjustment", ADJUSTMENT, why=Why("adjustment", note=OF_WELCOME)),
            NOW,
            [],
            id="an amount by hand, whatever its note",
        ),
        pytest.param(
            noted("d", "b", "", "a", "c", "b"),
            NOW,
            [(("noted", ANNA, "4", digest), 1) for digest in "abcd"],
            id="each note once, in order",
        ),
        pytest.param(
            Order("shop", "1", posted=(GIFT,)),
            NOW,
            [(("posted", "welcome gifts", BEN, WELCOME, EUR), -300)],
            id="a welcome gift of before conversions had them",
        ),
        pytest.param(
            Member(ANNA, counts={"EUR/m": (OCTOBER_2024 + 12, 5, 0, 7)}),
            NOW,
            [
                (("counted", ANNA, "EUR/m", str(OCTOBER_2024 + number)), -amount)
                for number, amount in ((12, 5), (14, 7))
            ],
            id="counters, of each period that has something",
        ),
        pytest.param(
            Member(ANNA, counts={"EUR/m": (OCTOBER_2024, 5)}),
            instant("2026-02-27"),
            [(("counted", ANNA, "EUR/m", str(OCTOBER_2024)), -5)],
            id="the oldest of seventeen months while it is that everywhere",
        ),
        pytest.param(
            Member(ANNA, counts={"EUR/m": (OCTOBER_2024, 5)}),
            instant("2026-02-28"),
            [],
            id="the eighteenth month, which somewhere is forgotten",
        ),
        pytest.param(
            Order("shop", "1", terms=TERMS),
            NOW,
            [(("budgeted", "cashback", EUR, "3"), 30), (("budgeted", "cashback", EUR, "4"), 20)],
            id="what an order has taken of budgets",
        ),
        pytest.param(
            Order("shop", "1", conversion=Converted(ANNA, BEN, 500, live=True, currency="EUR")),
            NOW,
            [((*CONVERTED, "shop/1", "EUR", "500"), 1)],
            id="a friend's order",
        ),
        pytest.param(
            Order("shop", "1", conversion=Converted(ANNA, BEN, 0, live=False, currency="EUR")),
            NOW,
            [],
            id="an order that makes no friend any more",
        ),
        pytest.param(
            Activity(ANNA, "review", "r1", NOW, terms=TERMS, posted=(replace(GIFT, account="programme:activity"),)),
            NOW,
            [
                (("posted", "activity review r1", BEN, "programme:activity", EUR), -300),
                (("budgeted", "cashback", EUR, "3"), 30),
                (("budgeted", "cashback", EUR, "4"), 20),
            ],
            id="an activity, with what it has taken of budgets",
        ),
        pytest.param(
            Budget("cashback", EUR, 3, given=30),
            NOW,
            [(("budgeted", "cashback", EUR, "3"), -30)],
            id="a budget's share",
        ),
        pytest.param(
            Note(ANNA, 4, "of before", "a mistake", "salt"),
            NOW,
            [(("noted", ANNA, "4", digest_of("a mistake", "salt")), -1)],
            id="a note, by what its text comes to",
        ),
        pytest.param(
            replace(HOLD, state="captured", captured=60),
            UNTIL - 1,
            [(("posted", "hold h_1", ANNA, REDEMPTION, EUR), 60)],
            id="a hold that was spent on no order",
        ),
        pytest.param(replace(HOLD, state="captured", captured=60, order="shop/1"), NOW, [], id="one for an order"),
        pytest.param(replace(HOLD, state="released"), UNTIL - 1, [], id="one that was released"),
        pytest.param(Code("CODE", ANNA), NOW, [], id="a code"),
        pytest.param(
            Reversal(ANNA, 3, NOW, EUR, 200, "a mistake"),
            NOW,
            [(("posted", "undo 3", ANNA, REDEMPTION, EUR), -200)],
            id="what gives a redemption back",
        ),
        pytest.param(
            CONVERSION, NOW, [((*CONVERTED, "shop/1", "EUR", "500"), -1)], id="a conversion of before it had candidates"
        ),
        pytest.param(replace(CONVERSION, live=False), NOW, [], id="one that counts no more"),
        pytest.param(
            replace(
                CONVERSION, candidates=(Candidate(1, "shop/1", BEN, 500, "EUR"), Candidate(2, "shop/2", BEN, 9, "JPY"))
            ),
            NOW,
            [((*CONVERTED, "shop/1", "EUR", "500"), -1), ((*CONVERTED, "shop/2", "JPY", "9"), -1)],
            id="each candidate of a conversion",
        ),
        pytest.param(
            replace(CONVERSION, live=False, posted=(GIFT,), group=2),
            NOW,
            [
                (("posted", "welcome gifts", BEN, WELCOME, EUR), -300),
                (("grouped", ANNA, BEN, "2"), -1),
            ],
            id="the gift and the group of a conversion",
        ),
    ],
)
def test_a_record_claims_of_others(record: Record, now: int, claimed: list[Claim]) -> None:
    assert list(claims(record, now)) == claimed


@pytest.mark.parametrize(
    ("record", "now", "claimed"),
    [
        pytest.param(HOLD, UNTIL - 1, [(HELD, -100)], id="a hold in its last second"),
        pytest.param(HOLD, UNTIL, [], id="a hold that runs out now"),
        pytest.param(HOLDER, UNTIL - 1, [(HELD, 100)], id="parts in their last second"),
        pytest.param(HOLDER, UNTIL, [], id="parts that come back now"),
        pytest.param(
            *(GROUP, NOW),
            [(("grouped", ANNA, BEN, "1"), 1), (("grouped", ANNA, CLEO, "1"), 1)],
            id="a group",
        ),
        pytest.param(replace(GROUP, broken=True), NOW, [], id="a broken group"),
        pytest.param(
            *(replace(GROUP, broken=True, posted=(BONUS,)), NOW),
            [(("bonuses", ANNA, REFERRAL, EUR, "1", "2"), -7)],
            id="what a group posted",
        ),
        pytest.param(given(Why("referral-bonus")), NOW, [(("bonuses", DORA, *LOT), 7)], id="a bonus"),
        pytest.param(
            *(given(Why("referral-bonus", of=ANNA)), NOW),
            [(("bonuses", ANNA, *LOT), 7)],
            id="the bonus of a member that was merged",
        ),
        pytest.param(given(Why(EXPIRED), BREAKAGE), NOW, [], id="what expired meanwhile"),
    ],
)
def test_a_record_claims_so_much(record: Record, now: int, claimed: list[Claim]) -> None:
    assert list(claims(record, now)) == claimed
