"""What commands of referrals read at once, how much one settlement does, and who is on a code."""

import pytest

from chalicelib.domain.commands import ReviewBonus, UpdateMember
from chalicelib.domain.records import Code, CodeRef
from chalicelib.domain.referrals import MAX_TOUCHED
from tests.builders import ANNA, BEN, CLEO, CODE, bought, claim, issue, order, referring, settle
from tests.memory import Memory


def shop_of(**rule: object) -> Memory:
    shop = Memory(referring(**rule))
    shop.execute(issue())
    return shop


def test_a_code_carries_its_owners_person() -> None:
    shop = Memory(referring())
    shop.execute(order("1", "guest.hash", email_hash="hash"))
    shop.execute(UpdateMember(ANNA, "anna@example.com", "hash", "Anna", "fr", {}))
    shop.execute(issue())
    assert shop.find(CodeRef(CODE), Code).root == "guest.hash"


def test_a_claim_reads_the_friend_and_the_code_at_once() -> None:
    shop = shop_of()
    shop.execute(claim(BEN))
    assert shop.round_trips == 1


def test_a_settlement_reads_the_referrer_and_the_conversions_at_once() -> None:
    shop = shop_of(friends=3)
    for friend in (BEN, CLEO):
        shop.execute(bought(friend))
    shop.execute(settle(BEN, CLEO))
    assert shop.round_trips == 1


def test_a_verdict_reads_all_that_it_is_about_at_once() -> None:
    """The referrer, the group and the review; then the two conversions."""
    shop = shop_of(review={"threshold": 1, "weights": {"same-card": 100}})
    for friend in (BEN, CLEO):
        shop.execute(bought(friend, prints=("card:c",)))
    shop.execute(settle(BEN, CLEO))
    shop.execute(ReviewBonus(ANNA, 1, "approve", "a household"))
    assert shop.round_trips == 2


@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_settlement_leaves_what_is_too_much_to_the_next(more: int) -> None:
    shop = shop_of(friends=10, limit=1)
    friends = [f"shop.friend-{number}" for number in range(MAX_TOUCHED + more)]
    for friend in friends:
        shop.execute(bought(friend))
    assert shop.execute(settle(*friends))["left"] == tuple(friends[MAX_TOUCHED:])
