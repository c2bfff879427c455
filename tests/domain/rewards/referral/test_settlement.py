"""What the groups of friends earn the referrer, brought in step by settlements and verdicts."""

from typing import Any

import pytest

from chalicelib.domain.commands import ReviewBonus
from chalicelib.domain.events import GroupBroken, GroupCompleted
from chalicelib.domain.rewards.referral.settlement import MAX_TOUCHED
from tests.domain.rewards.referral.test_claims import OF_BEN, started
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    CONNECTION,
    DORA,
    NOW,
    PAID_AT,
    bought,
    issue,
    line,
    programme_of,
    referring,
    refund,
    settle,
    void,
)
from tests.world.memory import MAX_OPERATIONS, Memory, Stale

OF_CLEO = f"of-{CLEO}"


@pytest.fixture
def shop() -> Memory:
    return started()


def converted(*friends: str, **rule: Any) -> Memory:
    """The same after friends have bought, settled after each."""
    shop = started(**rule)
    for number, friend in enumerate(friends):
        shop.execute(bought(friend, at=PAID_AT + number))
        shop.execute(settle(friend))
    return shop


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
        for rule, available in (({}, 1500), ({"amount": 15}, 1500)):
            shop = converted(BEN, CLEO, **rule)
            shop.execute(refund(OF_BEN, amount=5000))
            shop.execute(settle(BEN))
            assert shop.available(ANNA) == available

    def test_a_group_beyond_the_limit_earns_nothing(self) -> None:
        shop = converted(*(f"shop.f{number}" for number in range(4)), limit=1)
        assert [group.limited for group in shop.groups(ANNA)] == [False, True]
        assert (shop.available(ANNA), shop.member(ANNA).bonuses) == (2000, 1)

    def test_a_bonus_is_a_share_of_each_currency_with_a_base_of_its_own(self) -> None:
        shop = Memory(programme_of(currencies=["USD"], referral={"percent": 10}))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(bought(CLEO, lines=(line(net=5000),), currency="USD"))
        shop.execute(settle(BEN, CLEO))
        postings = shop.entries(ANNA)[0].postings
        assert [(posting.asset, posting.amount, posting.why.base) for posting in postings] == [
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
        unsettled, rounds = list(crowd), 0
        while unsettled:
            unsettled = shop.execute(settle(*unsettled))["unsettled"]
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


def test_a_settlement_reads_the_referrer_and_the_conversions_at_once() -> None:
    shop = started(friends=3)
    for friend in (BEN, CLEO):
        shop.execute(bought(friend))
    shop.execute(settle(BEN, CLEO))
    assert shop.round_trips == 1


def test_a_verdict_reads_all_that_it_is_about_at_once() -> None:
    """The referrer, the group and the review; then the two conversions."""
    shop = started(review={"threshold": 1, "weights": {"same-card": 100}})
    for friend in (BEN, CLEO):
        shop.execute(bought(friend, prints=("card:c",)))
    shop.execute(settle(BEN, CLEO))
    shop.execute(ReviewBonus(ANNA, 1, "approve", "a household"))
    assert shop.round_trips == 2


@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_settlement_leaves_what_is_too_much_to_the_next(more: int) -> None:
    shop = started(friends=10, limit=1)
    friends = [f"shop.friend-{number}" for number in range(40 + more)]
    for friend in friends:
        shop.execute(bought(friend))
    assert shop.execute(settle(*friends))["unsettled"] == tuple(friends[40:])
