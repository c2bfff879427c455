"""Records that claim nothing of each other: not even nothing, so that the join keeps no subject for them."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit.cross_checks import Claim, claims
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.accounts import Account, HoldPart
from chalicelib.domain.ledger.lots import Lot
from chalicelib.domain.ledger.transfers import BREAKAGE, EXPIRED, REFERRAL, Posted, Why, transfer
from chalicelib.domain.records import Entry, Group, Hold, Member, Record
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
