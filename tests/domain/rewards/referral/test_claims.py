"""Referrals: whose friend somebody is, when a friend converts, and what the groups of friends earn the referrer."""

from typing import Any

import pytest

from chalicelib.domain.commands import RecordOrder, ReviewBonus, UpdateMember
from chalicelib.domain.core.identity import new_code
from chalicelib.domain.errors import AlreadyReferred, Conflict, NotANewCustomer, NotFound, Rejection, SelfReferral
from chalicelib.domain.events import CodeIssued, FriendConverted, FriendReferred, GroupBroken, GroupCompleted
from chalicelib.domain.records import Code, CodeRef
from chalicelib.domain.rewards.referral.claims import MAX_TOUCHED
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
    programme,
    referring,
    refund,
    settle,
    void,
)
from tests.world.memory import MAX_OPERATIONS, Memory, Stale

OF_BEN, OF_CLEO = f"of-{BEN}", f"of-{CLEO}"


def started(**rule: Any) -> Memory:
    """A shop where Anna has a code; 10 % of two friends' orders unless the rule says something else."""
    shop = Memory(referring(**rule))
    shop.execute(issue())
    return shop


def converted(*friends: str, **rule: Any) -> Memory:
    """The same after friends have bought, settled after each."""
    shop = started(**rule)
    for number, friend in enumerate(friends):
        shop.execute(bought(friend, at=PAID_AT + number))
        shop.execute(settle(friend))
    return shop


@pytest.fixture
def shop() -> Memory:
    return started()


def profile(member: str, email_hash: str) -> UpdateMember:
    return UpdateMember(member, f"{member}@example.com", email_hash, "", "", {})


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

    @pytest.mark.parametrize("shop", [Memory(), Memory(programme())], ids=["no-programme", "no-referral-rule"])
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
        shop = Memory(programme(currencies=["USD"], referral={"percent": 10}))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(bought(BEN, stamp_ms=2, currency="USD"))
        assert shop.conversions(ANNA)[BEN].currency == "USD"

    def test_a_guest_who_becomes_a_customer_stays_one_friend(self, shop: Memory) -> None:
        shop.execute(bought("guest.ben"))
        shop.execute(order("of-guest.ben", BEN, code=CODE, stamp_ms=2))
        assert {friend: each.live for friend, each in shop.conversions(ANNA).items()} == {"guest.ben": False, BEN: True}


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
        for rule, left in (({"amount": 10}, 250 + 1000), ({"percent": 20}, 250 + 1000)):
            shop = started(welcome=rule)
            shop.execute(bought(BEN))
            shop.execute(refund(OF_BEN, amount=5000))
            assert shop.available(BEN) == left


class TestGroups:
    @pytest.mark.parametrize(
        ("needed", "friends", "groups", "waiting"),
        [(1, 1, 1, 0), (1, 3, 3, 0), (2, 1, 0, 1), (2, 2, 1, 0), (2, 5, 2, 1), (3, 2, 0, 2), (3, 7, 2, 1)],
    )
    def test_every_n_friends_earn_one_bonus(self, needed: int, friends: int, groups: int, waiting: int) -> None:
        shop = converted(*(f"shop.f{number}" for number in range(friends)), friends=needed)
        anna = shop.member(ANNA)
        assert (anna.groups, anna.bonuses, anna.live, len(anna.open)) == (groups, groups, friends, waiting)
        assert shop.available(ANNA) == groups * needed * 1000

    def test_a_bonus_names_its_conversions(self) -> None:
        shop = converted(BEN, CLEO)
        (entry,) = shop.entries(ANNA)
        assert entry.cause == "referral"
        assert [posting.why.parties for posting in entry.postings] == [
            (f"{BEN} {CONNECTION}/{OF_BEN}", f"{CLEO} {CONNECTION}/{OF_CLEO}")
        ]
        assert GroupCompleted(ANNA, 1) in shop.events

    def test_settling_again_changes_nothing(self) -> None:
        shop = converted(BEN, CLEO)
        assert shop.execute(settle(BEN, CLEO, "shop.nobody")) == {"unsettled": ()}
        assert shop.written == ()

    def test_settling_late_and_at_once_ends_in_the_same_books(self) -> None:
        late = started()
        for number, friend in enumerate((BEN, CLEO)):
            late.execute(bought(friend, at=PAID_AT + number))
        late.execute(settle(CLEO, BEN))
        assert late.groups(ANNA) == converted(BEN, CLEO).groups(ANNA)

    def test_a_cancelled_order_takes_the_group_apart_and_the_survivor_waits_again(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(void(OF_BEN, BEN, code=CODE))
        shop.execute(settle(BEN))
        assert (shop.available(ANNA), shop.member(ANNA).open, shop.member(ANNA).live) == (0, (CLEO,), 1)
        assert shop.groups(ANNA)[0].broken
        assert GroupBroken(ANNA, 1) in shop.events

    def test_the_survivor_pairs_with_the_next_friend(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(void(OF_BEN, BEN, code=CODE))
        shop.execute(bought(DORA))
        shop.execute(settle(DORA, BEN))
        assert shop.available(ANNA) == 2000
        assert [(group.friends, group.broken) for group in shop.groups(ANNA)] == [
            ((BEN, CLEO), True),
            ((DORA, CLEO), False),
        ]

    def test_an_order_that_is_revived_counts_again(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(void(OF_BEN, BEN, code=CODE))
        shop.execute(settle(BEN))
        shop.execute(bought(BEN, stamp_ms=3))
        shop.execute(settle(BEN))
        assert shop.available(ANNA) == 2000

    def test_cancelled_and_revived_before_it_was_settled_is_as_if_nothing_happened(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(void(OF_BEN, BEN, code=CODE))
        shop.execute(bought(BEN, stamp_ms=3))
        shop.execute(settle(BEN))
        assert (shop.available(ANNA), len(shop.groups(ANNA)), len(shop.entries(ANNA))) == (2000, 1, 1)

    def test_both_friends_cancelled_leave_nothing(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(void(OF_BEN, BEN, code=CODE))
        shop.execute(void(OF_CLEO, CLEO, code=CODE))
        shop.execute(settle(BEN, CLEO))
        assert (shop.available(ANNA), shop.member(ANNA).open, shop.member(ANNA).live, shop.member(ANNA).bonuses) == (
            0,
            (),
            0,
            0,
        )

    def test_a_friend_cancelled_while_waiting_waits_no_longer(self) -> None:
        shop = converted(BEN)
        shop.execute(void(OF_BEN, BEN, code=CODE))
        shop.execute(settle(BEN))
        assert (shop.member(ANNA).open, shop.member(ANNA).live) == ((), 0)

    def test_a_partial_refund_shrinks_a_share_and_keeps_a_fixed_bonus(self) -> None:
        for rule, left in (({}, 1500), ({"amount": 15}, 1500)):
            shop = converted(BEN, CLEO, **rule)
            shop.execute(refund(OF_BEN, amount=5000))
            shop.execute(settle(BEN))
            assert shop.available(ANNA) == left

    def test_a_group_beyond_the_limit_earns_nothing(self) -> None:
        shop = converted(*(f"shop.f{number}" for number in range(4)), limit=1)
        assert [group.limited for group in shop.groups(ANNA)] == [False, True]
        assert (shop.available(ANNA), shop.member(ANNA).bonuses) == (2000, 1)

    def test_a_bonus_is_a_share_of_each_currency_with_a_base_of_its_own(self) -> None:
        shop = Memory(programme(currencies=["USD"], referral={"percent": 10}))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(bought(CLEO, lines=(line(net=5000),), currency="USD"))
        shop.execute(settle(BEN, CLEO))
        postings = shop.entries(ANNA)[0].postings
        assert [(each.asset, each.amount, each.why.base) for each in postings] == [
            ("EUR/2", 1000, 10_000),
            ("USD/2", 500, 5000),
        ]

    def test_a_group_keeps_the_terms_under_which_it_was_completed(self) -> None:
        shop = converted(BEN, CLEO)
        shop.publish(referring(percent=50), effective_at=NOW)
        shop.execute(refund(OF_BEN, amount=5000))
        shop.execute(settle(BEN), NOW + 10)
        assert shop.available(ANNA) == 1500

    def test_stale_facts_settle_nothing(self, shop: Memory) -> None:
        shop.execute(bought(BEN))
        decision = shop.decide(settle(BEN))
        shop.execute(void(OF_BEN, BEN, code=CODE))
        with pytest.raises(Stale):
            shop.commit(decision.changes)

    @pytest.mark.parametrize("needed", [1, 2, 10])
    def test_a_crowd_is_settled_in_transactions_that_fit(self, needed: int) -> None:
        shop = started(friends=needed)
        crowd = [f"shop.f{number:03d}" for number in range(2 * MAX_TOUCHED + 20)]
        for friend in crowd:
            shop.execute(bought(friend))
        left, rounds = list(crowd), 0
        while left:
            left = shop.execute(settle(*left))["unsettled"]
            assert len(shop.written) <= MAX_OPERATIONS
            rounds += 1
        assert rounds > 1
        assert shop.member(ANNA).bonuses == len(crowd) // needed

    def test_who_waited_for_ten_waits_on_where_new_friends_need_nobody(self) -> None:
        """A friend closes a group under its own order's programme; nobody closes one for those who came before."""
        shop = converted(*(f"shop.w{number}" for number in range(9)), friends=10)
        shop.publish(referring(friends=1), effective_at=NOW)
        crowd = [f"shop.f{number:03d}" for number in range(MAX_TOUCHED)]
        for friend in crowd:
            shop.execute(bought(friend, at=NOW))
        shop.execute(settle(*crowd))
        assert (shop.member(ANNA).bonuses, len(shop.member(ANNA).open)) == (len(crowd), 9)


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
    friends = [f"shop.friend-{number}" for number in range(40 + more)]
    for friend in friends:
        shop.execute(bought(friend))
    assert shop.execute(settle(*friends))["unsettled"] == tuple(friends[40:])
