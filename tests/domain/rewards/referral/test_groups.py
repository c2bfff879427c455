"""Groups of friends where two things come together: a friend who waits and shrinks, a loss and a rise, two denials."""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import ReviewBonus, UpdateMember
from chalicelib.domain.core.identity import new_code
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.events import BonusHeld, RewardPosted
from chalicelib.domain.ledger.accounts import MAX_LAPSED
from chalicelib.domain.ledger.transfers import LOSS
from chalicelib.domain.records import Conversion, Entry, Group, Member, MemberRef, Review, ReviewRef
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    DAY_S,
    DORA,
    NOW,
    OTHER_CODE,
    PAID_AT,
    bought,
    claim,
    disputed,
    issue,
    line,
    merge,
    order,
    programme_of,
    redeem,
    referring,
    refund,
    settle,
    void,
)
from tests.world.memory import Memory

EMIL, FAY = "shop.emil", "shop.fay"
THIRD_CODE = new_code(b"cleos-code")
LATE = NOW + 30 * DAY_S


def started(**rule: Any) -> Memory:
    shop = Memory(referring(**rule))
    shop.execute(issue())
    return shop


def converted(*friends: str, shop: Memory | None = None, **rule: Any) -> Memory:
    """Friends have bought, a second after each other, and are settled."""
    shop = shop or started(**rule)
    for number, friend in enumerate(friends):
        shop.execute(bought(friend, at=PAID_AT + number))
    shop.execute(settle(*friends))
    return shop


def cancelled(shop: Memory, friend: str) -> None:
    shop.execute(void(f"of-{friend}", friend, code=CODE))
    shop.execute(settle(friend))


def verdict(decision: Any, group: int = 1) -> ReviewBonus:
    return ReviewBonus(ANNA, group, decision, "a look at it")


def lost(shop: Memory) -> list[list[int]]:
    """What the shop has lost by each group."""
    return [[posted.amount for posted in group.posted if posted.account == LOSS] for group in shop.groups(ANNA)]


class TestWaiting:
    def test_before_any_programme_a_settlement_has_nothing_to_do(self) -> None:
        shop = Memory()
        assert shop.execute(settle(BEN)) == {"unsettled": ()}
        assert shop.written == ()

    def test_a_friend_whose_order_shrinks_goes_on_waiting_and_counts_once(self) -> None:
        shop = converted(BEN)
        shop.execute(refund(f"of-{BEN}", amount=5000))
        shop.execute(settle(BEN))
        assert (shop.member(ANNA).open, shop.member(ANNA).live) == ((BEN,), 1)

    def test_who_waits_no_longer_leaves_the_others_waiting(self) -> None:
        shop = converted(BEN, CLEO, DORA, friends=4)
        cancelled(shop, CLEO)
        assert (shop.member(ANNA).open, shop.member(ANNA).live) == ((BEN, DORA), 2)

    def test_those_who_wait_are_read_together(self) -> None:
        """The referrer and the friend; then all who wait."""
        shop = converted(BEN, CLEO, friends=4)
        shop.execute(bought(DORA))
        shop.execute(settle(DORA))
        assert shop.round_trips == 2

    def test_who_has_cancelled_unheard_does_not_complete_a_group(self) -> None:
        shop = converted(BEN)
        shop.execute(void(f"of-{BEN}", BEN, code=CODE))
        converted(CLEO, shop=shop)
        assert (shop.groups(ANNA), shop.member(ANNA).open) == ([], (CLEO,))

    def test_where_the_rule_ends_before_the_instant_of_the_last_order_the_friends_go_on_waiting(self) -> None:
        """The storefront's clock is ahead, and the programme that gives no bonuses was published after the order."""
        shop = converted(BEN)
        shop.execute(bought(CLEO, at=NOW + 300))
        shop.publish(programme_of(), effective_at=NOW + 200, now=NOW)
        shop.execute(settle(CLEO))
        assert (shop.groups(ANNA), shop.member(ANNA).open) == ([], (BEN, CLEO))


class TestCompleting:
    def test_a_group_completes_with_its_last_order(self) -> None:
        assert [group.at for group in converted(BEN, CLEO).groups(ANNA)] == [PAID_AT + 1]

    def test_its_bonus_is_announced(self) -> None:
        posted = [event for event in converted(BEN, CLEO).events if isinstance(event, RewardPosted)]
        assert posted[-1] == RewardPosted(ANNA, "referral-bonus", 2000, "EUR/2", "referral")

    def test_the_instants_of_the_latest_groups_stand_in_order_whenever_they_were_heard_of(self) -> None:
        shop = started(friends=1, velocity={"bonuses": 5, "days": 1})
        for friend, later in ((BEN, 5), (CLEO, 0)):
            shop.execute(bought(friend, at=PAID_AT + later))
            shop.execute(settle(friend))
        assert shop.member(ANNA).recent == (PAID_AT, PAID_AT + 5)

    def test_a_friend_who_counts_again_is_in_the_new_group_and_has_broken_none(self) -> None:
        shop = converted(BEN, CLEO)
        cancelled(shop, BEN)
        assert shop.conversions(ANNA)[BEN].lost_in == 1
        shop.execute(bought(BEN, stamp_ms=3))
        shop.execute(settle(BEN))
        assert [(conversion.group, conversion.lost_in) for conversion in shop.conversions(ANNA).values()] == [
            (2, 0),
            (2, 0),
        ]

    def test_whom_nobody_referred_has_no_ancestors_to_read(self) -> None:
        shop = started(friends=1, review={"threshold": 1000})
        shop.execute(bought(BEN))
        assert MemberRef("") not in shop.asked(settle(BEN))


class TestJudged:
    def test_a_denial_that_is_undone_where_nothing_was_held_says_so(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(verdict("deny"))
        shop.execute(verdict("undo"))
        assert shop.find(ReviewRef(ANNA, 1), Review).verdict == "undo"

    def again(self, shop: Memory, stamp_ms: int) -> None:
        """The group is taken apart by a dispute that the shop wins."""
        for taken in (True, False):
            name = f"d{stamp_ms}"
            stamp = stamp_ms + (not taken)
            shop.execute(disputed(f"of-{BEN}", 10_000, stamp, taken=taken, closed=not taken, name=name))
            shop.execute(settle(BEN))

    def test_one_friend_who_was_denied_before_is_enough_to_wait_again_when_a_verdict_is_undone(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(verdict("deny"))
        cancelled(shop, BEN)
        converted(DORA, shop=shop)
        shop.execute(verdict("approve", 2))
        assert shop.execute(verdict("undo", 2))["state"] == "held"

    def test_who_was_denied_once_waits_for_a_person_every_time(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(verdict("deny"))
        self.again(shop, 1)
        self.again(shop, 3)
        assert [group.review for group in shop.groups(ANNA)] == ["denied", "held", "held"]
        assert shop.available(ANNA) == 0

    def test_a_group_that_is_over_the_limit_does_not_wait_for_a_person_too(self) -> None:
        shop = started(limit=1, friends=1)
        converted(BEN, shop=shop)
        shop.execute(verdict("deny"))
        converted(CLEO, shop=shop)
        self.again(shop, 1)
        last = shop.groups(ANNA)[-1]
        assert (last.number, last.limited, last.review) == (3, True, "")
        assert [event for event in shop.events if isinstance(event, BonusHeld)] == []

    def test_what_waits_for_two_reasons_is_announced_once(self) -> None:
        shop = started(review={})
        for friend in (BEN, CLEO):
            shop.execute(bought(friend, prints=("card:x",)))
        shop.execute(settle(BEN, CLEO))
        shop.execute(verdict("deny"))
        self.again(shop, 1)
        held = [event for event in shop.events if isinstance(event, BonusHeld)]
        assert held == [BonusHeld(ANNA, number, {"same-card": 100}) for number in (1, 2)]


class TestLosses:
    """What was spent of a bonus before it was taken back, where the shop bears it."""

    def rewarding(self, **parts: Any) -> Memory:
        shop = Memory(programme_of(clawback="loss", **{"referral": {"percent": 10}} | parts))
        shop.execute(issue())
        return shop

    def test_a_cent_is_remembered(self) -> None:
        shop = converted(BEN, CLEO, shop=self.rewarding())
        shop.execute(redeem(2000))
        shop.execute(refund(f"of-{BEN}", amount=10))
        shop.execute(settle(BEN))
        assert lost(shop) == [[1]]

    @pytest.mark.parametrize("friends", [(BEN, EMIL), (EMIL, BEN)], ids=["rises-first", "falls-first"])
    def test_a_group_that_rises_has_no_part_in_the_loss_by_another(self, friends: tuple[str, ...]) -> None:
        shop = converted(BEN, CLEO, EMIL, FAY, shop=self.rewarding())
        shop.execute(disputed(f"of-{BEN}", 8000))
        shop.execute(settle(BEN))
        shop.execute(redeem(3200))
        shop.execute(disputed(f"of-{BEN}", 8000, 2, taken=False, closed=True))
        shop.execute(refund(f"of-{EMIL}", amount=9000))
        shop.execute(settle(*friends))
        assert (lost(shop), shop.available(ANNA)) == ([[], [100]], 0)

    def test_all_that_was_written_off_is_remembered_by_the_group_that_fell_even_if_it_fell_by_less(self) -> None:
        """Its rise expired at once, and was forgotten beside all that expired later; then it was taken apart.

        The other group rose by no more than its own loss.
        """
        shop = self._expired()
        shop.execute(disputed(f"of-{EMIL}", 3000, 2, taken=False, closed=True), LATE)
        shop.execute(disputed(f"of-{BEN}", 8000, 2, taken=False, closed=True), LATE)
        shop.execute(void(f"of-{CLEO}", CLEO, code=CODE), LATE)
        shop.execute(settle(EMIL, BEN, CLEO), LATE)
        assert lost(shop) == [[1000], []]
        assert shop.available(ANNA, now=LATE) == 0

    def _expired(self) -> Memory:
        """A bonus of 3.00 that was spent and would have expired, and another that is spent and lost 3.00 since."""
        earn = [{"id": "cashback", "percent": 5, "expire_days": 1}]
        shop = self.rewarding(referral={"percent": 10, "expire_days": 1}, earn=earn)
        shop.execute(bought(BEN))
        shop.execute(bought(CLEO, lines=(line(net=1000),)))
        shop.execute(disputed(f"of-{BEN}", 8000))
        shop.execute(settle(BEN, CLEO))
        shop.execute(redeem(300))
        for day in range(MAX_LAPSED):
            at = NOW + (day + 2) * DAY_S
            shop.execute(order(f"own-{day}", ANNA, at=at), at)
        for friend in (EMIL, FAY):
            shop.execute(bought(friend, at=LATE), LATE)
        shop.execute(settle(EMIL, FAY), LATE)
        shop.execute(redeem(2000), LATE)
        shop.execute(disputed(f"of-{EMIL}", 3000), LATE)
        shop.execute(settle(EMIL), LATE)
        assert lost(shop) == [[], [300]]
        return shop


class TestLadderOfBonuses:
    LADDER = ({"bonuses": 2, "percent": 15}, {"bonuses": 3, "amount": 50})

    def test_later_bonuses_are_higher(self) -> None:
        shop = converted(BEN, CLEO, DORA, friends=1, ladder=self.LADDER)
        given = [[posted.amount for posted in group.posted] for group in shop.groups(ANNA)]
        assert given == [[1000], [1500], [5000]]

    def test_a_group_keeps_its_rank_whatever_is_taken_back_of_others(self) -> None:
        shop = converted(BEN, CLEO, DORA, friends=1, ladder=self.LADDER)
        cancelled(shop, BEN)
        shop.execute(refund(f"of-{CLEO}", "r", amount=5000))
        shop.execute(settle(CLEO))
        assert [sum(posted.amount for posted in group.posted) for group in shop.groups(ANNA)] == [0, 750, 5000]
        # Two are held now: the next one is the third again.
        shop = converted(EMIL, shop=shop)
        assert [posted.amount for posted in shop.groups(ANNA)[-1].posted] == [5000]

    @pytest.mark.parametrize(
        ("ladder", "problem"),
        [
            ([{"bonuses": 1, "percent": 15}], "referral.ladder must begin with bonuses: 2 or more and rise"),
            ([{"bonuses": 3, "percent": 5}, {"bonuses": 2, "percent": 6}], "referral.ladder must begin with bonuses"),
            ([{"bonuses": 3}], "referral.ladder[0] must have either percent or amount"),
        ],
    )
    def test_a_ladder_that_makes_no_sense_is_refused(self, ladder: Any, problem: str) -> None:
        with pytest.raises(InvalidProgramme, match=re.escape(problem)):
            referring(ladder=ladder)


def notes(shop: Memory) -> list[str]:
    """What the referrer's statement says of what was taken back."""
    return [posting.why.note for entry in shop.entries(ANNA) for posting in entry.postings if posting.why.note]


class TestStanding:
    """A group stands as long as its friends' orders do, and they were paid under its terms."""

    def test_a_friend_who_cancels_breaks_it_and_the_statement_says_so(self) -> None:
        shop = converted(BEN, CLEO)
        cancelled(shop, BEN)
        assert notes(shop) == ["a friend's order was refunded"]

    def test_another_order_of_a_friend_that_counts_from_now_on_puts_it_together_anew(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(order("older", BEN, line(net=5000), code=CODE, at=PAID_AT - 60))
        shop.execute(settle(BEN))
        assert notes(shop) == ["another order of a friend counts now"]
        first, second = shop.groups(ANNA)
        assert (first.broken, second.broken, second.orders[0]) == (True, False, "shop/older")
        assert shop.available(ANNA) == 500 + 1000

    def test_both_friends_remember_the_group_that_they_broke_together(self) -> None:
        """One by another order that counts now, the other by a cancelled one."""
        shop = converted(BEN, CLEO)
        shop.execute(order("older", BEN, code=CODE, at=PAID_AT - 60))
        shop.execute(void(f"of-{CLEO}", CLEO, code=CODE, at=PAID_AT + 1))
        shop.execute(settle(BEN, CLEO))
        assert {friend: conversion.lost_in for friend, conversion in shop.conversions(ANNA).items()} == {
            BEN: 1,
            CLEO: 1,
        }
        assert (shop.member(ANNA).open, shop.member(ANNA).live) == ((BEN,), 1)

    def test_a_last_order_that_was_paid_earlier_leaves_it_as_it_is_under_the_same_terms(self) -> None:
        shop = converted(BEN, CLEO)
        shop.execute(bought(CLEO, at=PAID_AT - 10, stamp_ms=2))
        shop.execute(settle(CLEO))
        assert [(group.number, group.broken, group.at) for group in shop.groups(ANNA)] == [(1, False, PAID_AT + 1)]

    def test_a_last_order_that_was_paid_under_other_terms_puts_it_together_anew(self) -> None:
        shop = started()
        shop.publish(referring(percent=20), effective_at=PAID_AT + 5)
        shop.execute(bought(BEN))
        shop.execute(bought(CLEO, at=PAID_AT + 10))
        shop.execute(settle(BEN, CLEO))
        assert (shop.groups(ANNA)[0].terms, shop.available(ANNA)) == (2, 4000)
        shop.execute(bought(CLEO, at=PAID_AT + 1, stamp_ms=2))
        shop.execute(settle(CLEO))
        assert [(group.terms, group.broken) for group in shop.groups(ANNA)] == [(2, True), (1, False)]
        assert shop.available(ANNA) == 2000

    def test_terms_that_are_published_for_the_past_do_not_touch_it(self) -> None:
        shop = converted(BEN, CLEO)
        shop.publish(referring(percent=20), effective_at=PAID_AT - 60)
        shop.execute(refund(f"of-{BEN}", amount=5000))
        shop.execute(settle(BEN))
        assert [(group.terms, group.broken) for group in shop.groups(ANNA)] == [(1, False)]
        assert shop.available(ANNA) == 500 + 1000

    def test_one_of_an_earlier_release_that_does_not_name_its_orders_stands_too(self) -> None:
        shop = converted(BEN, CLEO)
        (group,) = shop.groups(ANNA)
        shop.records[group.ref] = replace(group, orders=())
        shop.execute(refund(f"of-{BEN}", amount=5000))
        shop.execute(settle(BEN))
        assert (shop.groups(ANNA)[0].broken, shop.available(ANNA)) == (False, 500 + 1000)


def test_a_bonus_that_is_denied_was_never_allowed() -> None:
    shop = started(friends=1, review={"threshold": 60})
    shop.execute(bought(BEN, prints=("card:x",)))
    shop.execute(order("1", ANNA, prints=("card:x",)))
    shop.execute(settle(BEN))
    assert shop.groups(ANNA)[0].review == "held"
    shop.execute(verdict("deny"))
    assert shop.groups(ANNA)[0].allowed_at == 0
    shop.execute(verdict("approve"), NOW + 60)
    assert shop.groups(ANNA)[0].allowed_at == NOW + 60


def test_a_ring_is_seen_where_the_referrer_is_known_by_another_account_of_the_same_person() -> None:
    """Ben referred Anna; Cleo shows Anna's e-mail, and Ben buys with Cleo's code."""
    shop = started(friends=1, review={"threshold": 60})
    shop.execute(issue(BEN, OTHER_CODE))
    shop.execute(order("1", ANNA, code=OTHER_CODE, email_hash="anna"))
    shop.execute(order("2", CLEO, email_hash="anna", at=PAID_AT + 1))
    shop.execute(issue(CLEO, THIRD_CODE))
    shop.execute(order("3", BEN, code=THIRD_CODE, at=PAID_AT + 2))
    assert (shop.member(CLEO).person, shop.member(BEN).referrer_root) == (ANNA, ANNA)
    shop.execute(settle(BEN, referrer=CLEO))
    (group,) = shop.groups(CLEO)
    assert (group.signals, group.review) == ((("ring", 60),), "held")


def test_what_no_person_has_decided_leaves_no_note_and_no_trace_of_a_reason() -> None:
    shop = converted(BEN, CLEO)
    assert {type(record) for record in shop.written} == {Conversion, Group, Member, Entry}
    cancelled(shop, BEN)
    assert {type(record) for record in shop.written} == {Conversion, Group, Member, Entry}
    assert {posting.why.digest for entry in shop.entries(ANNA) for posting in entry.postings} == {""}


def test_an_order_under_terms_of_fewer_friends_takes_the_earliest_who_wait_and_the_rest_wait_on() -> None:
    shop = converted(BEN, CLEO, DORA, friends=4)
    shop.publish(referring(friends=2), effective_at=PAID_AT + 60)
    for number, friend in enumerate((EMIL, FAY)):
        shop.execute(bought(friend, at=PAID_AT + 60 + number))
    shop.execute(settle(EMIL))
    assert ([group.friends for group in shop.groups(ANNA)], shop.member(ANNA).open) == ([(BEN, EMIL)], (CLEO, DORA))
    shop.execute(settle(FAY))
    assert [group.friends for group in shop.groups(ANNA)] == [(BEN, EMIL), (CLEO, FAY)]
    assert shop.member(ANNA).open == (DORA,)


def test_who_did_not_break_a_group_carries_no_loss_of_it_into_the_next() -> None:
    shop = converted(BEN, CLEO)
    cancelled(shop, BEN)
    assert {friend: conversion.lost_in for friend, conversion in shop.conversions(ANNA).items()} == {BEN: 1, CLEO: 0}


class TestLossesOfSeveralGroups:
    def shop(self, *friends: str, **rule: Any) -> Memory:
        shop = Memory(programme_of(clawback="loss", referral={"amount": 5, "friends": 1} | rule))
        shop.execute(issue())
        return converted(*friends, shop=shop)

    @pytest.mark.parametrize(
        ("spent", "losses"), [(800, [[300], [500]]), (500, [[], [500]]), (300, [[], [300]]), (1000, [[500], [500]])]
    )
    def test_what_was_spent_of_two_bonuses_is_lost_by_the_later_one_first_and_by_none_more_than_it_was(
        self, spent: int, losses: list[list[int]]
    ) -> None:
        shop = self.shop(BEN, CLEO)
        shop.execute(redeem(spent))
        for friend in (BEN, CLEO):
            shop.execute(void(f"of-{friend}", friend, code=CODE))
        shop.execute(settle(BEN, CLEO))
        assert (lost(shop), shop.available(ANNA)) == (losses, 0)
        assert shop.member(ANNA).accounts["EUR/2"].debt == 0

    def test_the_next_bonus_by_the_friend_whose_order_broke_a_group_pays_for_its_loss_once(self) -> None:
        shop = self.shop(BEN)
        shop.execute(redeem(300))
        cancelled(shop, BEN)
        assert (lost(shop), shop.available(ANNA)) == ([[300]], 0)
        shop.execute(bought(BEN, stamp_ms=3))
        shop.execute(settle(BEN))
        assert (lost(shop), shop.available(ANNA)) == ([[], []], 200)
        cancelled_again = void(f"of-{BEN}", BEN, code=CODE, stamp_ms=4)
        shop.execute(cancelled_again)
        shop.execute(settle(BEN))
        assert (lost(shop), shop.available(ANNA)) == ([[], [300]], 0)

    def test_a_bonus_that_shrinks_twice_loses_both_parts(self) -> None:
        shop = self.shop(BEN, amount=None, percent=10)
        shop.execute(redeem(1000))
        for number in (1, 2):
            shop.execute(refund(f"of-{BEN}", f"r{number}", amount=1000))
            shop.execute(settle(BEN))
        assert (lost(shop), shop.available(ANNA)) == ([[200]], 0)
        assert shop.member(ANNA).accounts["EUR/2"].debt == 0


def test_a_ring_is_seen_through_another_account_of_the_person_who_referred_the_referrer() -> None:
    """Cleo is Anna's other account and referred Ben; then Anna buys with Ben's code."""
    shop = Memory(referring(friends=1, review={"threshold": 60}, qualifies={"first_order": False}))
    shop.execute(UpdateMember(ANNA, "anna@example.com", "anna", "Anna", "fr", {}))
    shop.execute(issue(ANNA, CODE))
    shop.execute(order("1", CLEO, email_hash="anna"))
    shop.execute(issue(CLEO, THIRD_CODE))
    shop.execute(order("2", BEN, code=THIRD_CODE, at=PAID_AT + 1))
    assert (shop.member(BEN).referrer, shop.member(BEN).referrer_root) == (CLEO, ANNA)
    shop.execute(issue(BEN, OTHER_CODE))
    shop.execute(order("3", ANNA, code=OTHER_CODE, at=PAID_AT + 2))
    shop.execute(settle(ANNA, referrer=BEN))
    (group,) = shop.groups(BEN)
    assert (group.signals, group.review) == ((("ring", 60),), "held")


def of_a_merged_referrer() -> Memory:
    """Cleo has referred Ben, and is merged into Dora."""
    shop = Memory(referring(friends=1, review={"threshold": 60}, qualifies={"first_order": False}))
    for member, code in ((ANNA, CODE), (CLEO, THIRD_CODE), (BEN, OTHER_CODE)):
        shop.execute(issue(member, code))
    shop.execute(claim(BEN, THIRD_CODE))
    return shop


def ring_of(shop: Memory, friend: str) -> tuple[Any, str]:
    """The signals and the review where a friend buys with Ben's code."""
    shop.execute(order("1", friend, code=OTHER_CODE))
    shop.execute(settle(friend, referrer=BEN))
    (group,) = shop.groups(BEN)
    return group.signals, group.review


def test_a_ring_is_seen_where_the_friend_is_whom_the_referrers_referrer_was_merged_into() -> None:
    shop = of_a_merged_referrer()
    shop.execute(merge(CLEO, DORA, must_exist=False))
    assert (shop.member(CLEO).person, shop.member(BEN).referrer) == (DORA, CLEO)
    assert ring_of(shop, DORA) == ((("ring", 60),), "held")


def test_a_ring_is_seen_beyond_a_referrer_who_was_merged_into_another_member() -> None:
    """Anna has referred Dora."""
    shop = of_a_merged_referrer()
    shop.execute(claim(DORA))
    shop.execute(merge(CLEO, DORA))
    assert (shop.member(CLEO).referrer, shop.member(DORA).referrer) == ("", ANNA)
    assert ring_of(shop, ANNA) == ((("ring", 60),), "held")
