"""Referrals: whose friend somebody is, when a friend converts, and what welcomes the friend."""

from typing import Any

import pytest

from chalicelib.domain.commands import RecordOrder, UpdateMember
from chalicelib.domain.core.identity import new_code
from chalicelib.domain.errors import AlreadyReferred, Conflict, NotANewCustomer, NotFound, Rejection, SelfReferral
from chalicelib.domain.events import CodeIssued, FriendConverted, FriendReferred
from chalicelib.domain.records import Code, CodeRef
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    CONNECTION,
    DAY_S,
    DORA,
    NOW,
    OTHER_CODE,
    PAID_AT,
    bought,
    claim,
    issue,
    line,
    order,
    profile,
    programme_of,
    referring,
    refund,
    void,
)
from tests.world.memory import Memory, Stale

OF_BEN = f"of-{BEN}"


def started(**rule: Any) -> Memory:
    """A shop where Anna has a code; 10% of two friends' orders unless the rule says something else."""
    shop = Memory(referring(**rule))
    shop.execute(issue())
    return shop


@pytest.fixture
def shop() -> Memory:
    return started()


class TestCodes:
    def test_a_member_that_is_new_is_made(self, shop: Memory) -> None:
        assert shop.member(ANNA).code == CODE
        assert shop.find(CodeRef(CODE), Code) == Code(CODE, ANNA, version=1)
        assert shop.events[-1] == CodeIssued(ANNA)

    def test_a_member_keeps_the_first_code(self, shop: Memory) -> None:
        assert shop.execute(issue(ANNA, OTHER_CODE)) == {"member": ANNA, "code": CODE}
        assert shop.written == ()


class TestClaims:
    def test_the_owner_of_the_code_becomes_the_referrer(self, shop: Memory) -> None:
        assert shop.execute(claim(BEN)) == {"friend": BEN, "referrer": ANNA}
        assert (shop.member(BEN).referrer, shop.member(BEN).referred_at) == (ANNA, NOW)
        assert shop.events[-1] == FriendReferred(BEN, ANNA)

    def test_the_same_claim_again_changes_nothing(self, shop: Memory) -> None:
        shop.execute(claim(BEN))
        told = list(shop.events)
        assert shop.execute(claim(BEN), NOW + 99) == {"friend": BEN, "referrer": ANNA}
        assert (shop.written, shop.events) == ((), told)

    def test_a_friend_has_one_referrer_ever(self, shop: Memory) -> None:
        shop.execute(issue(DORA, OTHER_CODE))
        shop.execute(claim(BEN))
        with pytest.raises(AlreadyReferred, match=f"{BEN} was already referred by another member"):
            shop.execute(claim(BEN, OTHER_CODE))
        shop.execute(order("1", BEN, code=OTHER_CODE))
        assert shop.member(BEN).referrer == ANNA
        assert list(shop.conversions(ANNA)) == [BEN]
        assert not shop.conversions(DORA)

    @pytest.mark.parametrize(
        ("friend", "code", "email_hash", "refusal", "text"),
        [
            (BEN, OTHER_CODE, "", NotFound, f"there is no referral code {OTHER_CODE}"),
            (ANNA, CODE, "", SelfReferral, "a member cannot be referred by their own code"),
            (
                "shop.second-account",
                CODE,
                "hash-of-anna",
                SelfReferral,
                "a member cannot be referred by their own code",
            ),
            (CLEO, CODE, "", NotANewCustomer, f"{CLEO} has bought before; a code counts before the first paid order"),
        ],
        ids=["unknown-code", "the-same-member", "the-same-mailbox", "has-bought"],
    )
    def test_a_claim_is_refused(
        self, shop: Memory, friend: str, code: str, email_hash: str, refusal: type[Rejection], text: str
    ) -> None:
        shop.execute(profile(ANNA, "hash-of-anna"))
        shop.execute(order("1", CLEO))
        with pytest.raises(refusal, match=text):
            shop.execute(claim(friend, code, email_hash))

    def test_who_is_known_by_a_code_of_their_own_cannot_claim_with_the_owners_mailbox(self, shop: Memory) -> None:
        """Two members that have shown different things stay two persons; the mailbox is the owner's all the same."""
        for owner in (ANNA, CLEO):
            shop.execute(profile(owner, f"hash-of-{owner}"))
        shop.execute(issue(CLEO, new_code(b"cleos-code")))
        shop.execute(issue(BEN, OTHER_CODE))
        with pytest.raises(SelfReferral):
            shop.execute(claim(BEN, CODE, f"hash-of-{ANNA}"))
        assert shop.execute(claim(BEN, CODE, f"hash-of-{CLEO}")) == {"friend": BEN, "referrer": ANNA}

    def test_the_friends_stored_email_counts_too(self, shop: Memory) -> None:
        shop.execute(profile(ANNA, "one-mailbox"))
        shop.execute(profile(BEN, "one-mailbox"))
        with pytest.raises(SelfReferral):
            shop.execute(claim(BEN))

    @pytest.mark.parametrize("shop", [Memory(), Memory(programme_of())], ids=["no-programme", "no-referral-rule"])
    def test_without_a_referral_rule_there_is_nothing_to_claim(self, shop: Memory) -> None:
        with pytest.raises(Conflict, match="the programme in force has no referral rule"):
            shop.execute(claim(BEN))

    def test_where_later_orders_count_a_customer_can_be_referred(self) -> None:
        shop = started(qualifies={"first_order": False})
        shop.execute(order("1", BEN))
        shop.execute(claim(BEN))
        shop.execute(order("2", BEN, at=NOW + 60), NOW + 60)
        assert shop.conversions(ANNA)[BEN].order == f"{CONNECTION}/2"

    def test_a_claim_that_races_with_the_first_order_loses_to_it(self, shop: Memory) -> None:
        decision = shop.decide(claim(BEN))
        shop.execute(order("1", BEN))
        with pytest.raises(Stale):
            shop.commit(decision.changes)
        with pytest.raises(NotANewCustomer):
            shop.execute(claim(BEN))


class TestAttribution:
    """An order that brings a code."""

    def test_a_first_order_with_a_code_converts_its_buyer(self, shop: Memory) -> None:
        shop.execute(bought(BEN))
        conversion = shop.conversions(ANNA)[BEN]
        assert (conversion.order, conversion.base, conversion.live, conversion.todo) == (
            f"{CONNECTION}/{OF_BEN}",
            10_000,
            True,
            1,
        )
        assert shop.member(BEN).converting == f"{CONNECTION}/{OF_BEN}"
        assert shop.round_trips == 1
        assert {FriendReferred(BEN, ANNA), FriendConverted(BEN, ANNA, live=True)} <= set(shop.events)

    def test_a_friend_who_claimed_before_converts_in_one_round_trip(self, shop: Memory) -> None:
        shop.execute(claim(BEN))
        shop.execute(order("1", BEN))
        assert list(shop.conversions(ANNA)) == [BEN]
        assert shop.round_trips == 1

    @pytest.mark.parametrize(
        ("before", "delivery", "refused"),
        [
            ([], order("1", BEN, code=OTHER_CODE), "unknown-code"),
            ([], order("1", ANNA, code=CODE), "self-referral"),
            ([profile(ANNA, "mailbox")], order("1", "guest.mailbox", code=CODE, email_hash="mailbox"), "self-referral"),
            ([order("0", BEN)], order("1", BEN, code=CODE), "not-a-new-customer"),
        ],
        ids=["unknown-code", "own-code", "own-mailbox", "second-order"],
    )
    def test_a_code_that_does_not_count_is_remembered_with_its_reason(
        self, shop: Memory, before: list[Any], delivery: RecordOrder, refused: str
    ) -> None:
        for command in before:
            shop.execute(command)
        shop.execute(delivery)
        assert shop.order("1").terms.refused == refused
        assert not shop.conversions(ANNA)
        assert shop.available(shop.order("1").posted[0].member) >= 500
        shop.execute(delivery)
        assert (shop.written, shop.round_trips) == ((), 1)

    def test_a_referrer_known_by_an_order_of_their_own_is_recognised(self, shop: Memory) -> None:
        shop.execute(order("0", ANNA, email_hash="mailbox"))
        shop.execute(order("1", "guest.mailbox", code=CODE, email_hash="mailbox"))
        assert shop.order("1").terms.refused == "self-referral"

    def test_a_friend_who_claimed_without_an_email_is_recognised_by_the_order(self, shop: Memory) -> None:
        shop.execute(profile(ANNA, "mailbox"))
        shop.execute(claim("shop.second-account"))
        shop.execute(order("1", "shop.second-account", email_hash="mailbox"))
        assert not shop.conversions(ANNA)

    def test_a_friend_who_claimed_with_another_email_is_recognised_by_the_order(self, shop: Memory) -> None:
        shop.execute(profile(ANNA, "mailbox"))
        shop.execute(profile("shop.second-account", "another-mailbox"))
        shop.execute(claim("shop.second-account"))
        shop.execute(order("1", "shop.second-account", email_hash="mailbox"))
        assert not shop.conversions(ANNA)

    @pytest.mark.parametrize(
        ("first", "then"),
        [
            (order("1", BEN, code=OTHER_CODE), order("1", BEN, code=CODE, stamp_ms=2)),
            (order("1", ANNA, code=CODE), order("1", BEN, code=CODE, stamp_ms=2)),
        ],
        ids=["another-code", "another-buyer"],
    )
    def test_a_refusal_holds_for_that_buyer_and_that_code_only(
        self, shop: Memory, first: RecordOrder, then: RecordOrder
    ) -> None:
        shop.execute(first)
        shop.execute(then)
        assert list(shop.conversions(ANNA)) == [BEN]
        assert shop.order("1").terms.refused == ""

    def test_a_later_order_does_not_convert(self, shop: Memory) -> None:
        shop.execute(order("1", BEN, line(net=0)))
        shop.execute(order("2", BEN, code=CODE))
        assert not shop.conversions(ANNA)

    def test_a_later_order_converts_where_the_programme_says_so_and_only_one_does(self) -> None:
        shop = started(qualifies={"first_order": False})
        for number in "123":
            shop.execute(order(number, BEN, code="" if number == "1" else CODE))
        assert shop.conversions(ANNA)[BEN].order == f"{CONNECTION}/2"

    def test_an_order_from_before_the_referral_does_not_convert_when_it_is_delivered_again(self) -> None:
        shop = started(qualifies={"first_order": False})
        shop.execute(order("1", BEN))
        shop.execute(claim(BEN))
        shop.execute(order("1", BEN), NOW + 60)
        assert shop.written == ()

    @pytest.mark.parametrize(("days", "converts"), [(30, True), (31, False)])
    def test_a_friend_converts_within_the_window(self, shop: Memory, days: int, converts: bool) -> None:
        shop.execute(claim(BEN))
        paid_at = NOW + days * DAY_S
        shop.execute(order("1", BEN, at=paid_at), paid_at)
        assert (BEN in shop.conversions(ANNA)) == converts

    @pytest.mark.parametrize(("seconds", "converts"), [(3600, True), (3601, False)])
    def test_an_order_paid_before_the_claim_and_delivered_after_it_is_no_friends(
        self, shop: Memory, seconds: int, converts: bool
    ) -> None:
        shop.execute(claim(BEN))
        shop.execute(order("1", BEN, at=NOW - seconds))
        assert (BEN in shop.conversions(ANNA)) == converts

    @pytest.mark.parametrize(("net", "converts"), [(5000, True), (4999, False)])
    def test_a_friend_converts_with_the_minimum(self, net: int, converts: bool) -> None:
        shop = started(qualifies={"minimum": 50})
        shop.execute(bought(BEN, lines=(line(net=net),)))
        assert (BEN in shop.conversions(ANNA)) == converts

    def test_an_edit_over_the_minimum_converts_and_a_refund_below_it_takes_it_back(self) -> None:
        shop = started(qualifies={"minimum": 50})
        shop.execute(bought(BEN, lines=(line(net=4000),)))
        shop.execute(bought(BEN, lines=(line(net=6000),), stamp_ms=2))
        assert shop.conversions(ANNA)[BEN].live
        shop.execute(refund(OF_BEN, amount=2000))
        assert not shop.conversions(ANNA)[BEN].live
        assert shop.events[-1] == FriendConverted(BEN, ANNA, live=False)

    def test_an_order_in_a_currency_of_no_programme_does_not_convert(self, shop: Memory) -> None:
        shop.execute(bought(BEN, currency="CHF"))
        assert not shop.conversions(ANNA)

    def test_a_change_of_currency_reaches_the_conversion(self) -> None:
        shop = Memory(programme_of(currencies=["USD"], referral={"percent": 10}))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(bought(BEN, stamp_ms=2, currency="USD"))
        assert shop.conversions(ANNA)[BEN].currency == "USD"

    def test_a_guest_who_becomes_a_customer_stays_one_friend(self, shop: Memory) -> None:
        shop.execute(bought("guest.ben"))
        shop.execute(order("of-guest.ben", BEN, code=CODE, stamp_ms=2))
        assert {friend: conversion.live for friend, conversion in shop.conversions(ANNA).items()} == {
            "guest.ben": False,
            BEN: True,
        }


class TestWelcome:
    def test_the_friend_is_welcomed_with_the_converting_order(self) -> None:
        shop = started(welcome={"amount": 10})
        shop.execute(bought(BEN))
        assert shop.available(BEN) == 500 + 1000
        shop.execute(order("2", BEN, at=PAID_AT + 1))
        assert shop.available(BEN) == 500 + 1000 + 500

    def test_a_cancelled_order_takes_the_welcome_back_and_its_revival_gives_it_again(self) -> None:
        shop = started(welcome={"amount": 10})
        shop.execute(bought(BEN))
        shop.execute(void(OF_BEN, BEN, code=CODE))
        assert shop.available(BEN) == 0
        shop.execute(bought(BEN, stamp_ms=3))
        assert shop.available(BEN) == 1500

    def test_a_partial_refund_keeps_a_fixed_welcome_and_shrinks_a_share(self) -> None:
        for rule, available in (({"amount": 10}, 250 + 1000), ({"percent": 20}, 250 + 1000)):
            shop = started(welcome=rule)
            shop.execute(bought(BEN))
            shop.execute(refund(OF_BEN, amount=5000))
            assert shop.available(BEN) == available


def test_a_code_carries_its_owners_person() -> None:
    shop = Memory(referring())
    shop.execute(order("1", "guest.hash", email_hash="hash"))
    shop.execute(UpdateMember(ANNA, "anna@example.com", "hash", "Anna", "fr", {}))
    shop.execute(issue())
    assert shop.find(CodeRef(CODE), Code).root == "guest.hash"


def test_a_claim_reads_the_friend_and_the_code_at_once() -> None:
    shop = started()
    shop.execute(claim(BEN))
    assert shop.round_trips == 1
