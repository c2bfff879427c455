"""Bonuses that wait for a person, verdicts in every order, and how fast bonuses may come."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from chalicelib.domain.commands import ReviewBonus
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.events import BonusHeld, BonusReviewed
from chalicelib.domain.records import Group, Note, NoteRef, Review, ReviewRef
from chalicelib.domain.rewards.referral.groups import state_of
from tests.properties.invariants import check
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
    order,
    programme_of,
    referring,
    refund,
    settle,
    void,
)
from tests.world.memory import Memory

Verdict = Literal["approve", "deny", "undo"]
OF_BEN, OF_CLEO = f"of-{BEN}", f"of-{CLEO}"
SAME = ("card:x",)


def shop_of(*prints: tuple[str, ...], review: dict[str, Any] | None = None, **rule: Any) -> Memory:
    """Anna's two friends have bought, with these prints, and are settled."""
    shop = Memory(referring(review={} if review is None else review, **rule))
    shop.execute(issue())
    for number, (friend, fingerprints) in enumerate(zip((BEN, CLEO), prints, strict=True)):
        shop.execute(bought(friend, prints=fingerprints, at=PAID_AT + number))
    shop.execute(settle(BEN, CLEO))
    return shop


@pytest.fixture
def held() -> Memory:
    return shop_of(SAME, SAME)


@pytest.fixture
def paid() -> Memory:
    return shop_of((), ())


def verdict(decision: Verdict, group: int = 1, referrer: str = ANNA) -> ReviewBonus:
    return ReviewBonus(referrer, group, decision, "a look at it")


def group_of(shop: Memory, number: int = 1) -> Group:
    return shop.groups(ANNA)[number - 1]


class TestHeld:
    def test_a_bonus_with_too_much_against_it_is_not_posted(self, held: Memory) -> None:
        assert (held.available(ANNA), held.entries(ANNA)) == (0, [])
        assert (group_of(held).review, group_of(held).signals) == ("held", (("same-card", 100),))
        assert held.find(ReviewRef(ANNA, 1), Review) == Review(ANNA, 1, NOW, version=1)
        assert BonusHeld(ANNA, 1, {"same-card": 100}) in held.events
        assert held.member(ANNA).bonuses == 1

    def test_settling_again_changes_nothing(self, held: Memory) -> None:
        held.execute(settle(BEN, CLEO))
        assert held.written == ()

    def test_a_little_is_remembered_and_paid(self) -> None:
        shop = shop_of(("address:x",), ("address:x",))
        assert (shop.available(ANNA), group_of(shop).review) == (2000, "")
        assert group_of(shop).signals == (("same-address", 50),)
        assert shop.all(Review) == []

    @pytest.mark.parametrize(("threshold", "available"), [(50, 0), (51, 2000)])
    def test_the_threshold_is_reached_exactly(self, threshold: int, available: int) -> None:
        assert shop_of(("address:x",), ("address:x",), review={"threshold": threshold}).available(ANNA) == available

    def test_the_programme_can_weigh_signals_otherwise(self) -> None:
        assert shop_of(SAME, SAME, review={"weights": {"same-card": 99}}).available(ANNA) == 2000

    def test_without_a_review_nothing_is_looked_at(self) -> None:
        shop = Memory(referring())
        shop.execute(issue())
        for friend in (BEN, CLEO):
            shop.execute(bought(friend, prints=SAME))
        shop.execute(settle(BEN, CLEO))
        assert (shop.available(ANNA), group_of(shop).signals) == (2000, ())
        assert [conversion.prints for conversion in shop.conversions(ANNA).values()] == [(), ()]
        assert shop.member(BEN).prints == ()

    def test_the_referrers_own_orders_tell_of_the_referrer(self) -> None:
        shop = Memory(referring(review={}))
        shop.execute(issue())
        shop.execute(order("0", ANNA, prints=SAME))
        for friend, prints in ((BEN, SAME), (CLEO, ())):
            shop.execute(bought(friend, prints=prints))
        shop.execute(settle(BEN, CLEO))
        assert group_of(shop).review == "held"

    def test_two_friends_who_show_one_email_too_late_to_be_one_person_are_looked_at(self) -> None:
        shop = Memory(referring(review={}))
        shop.execute(issue())
        shop.execute(claim("shop.first"))
        shop.execute(claim("shop.second"))
        shop.execute(order("b", "shop.first", email_hash="mailbox"))
        shop.execute(order("c", "shop.second", email_hash="mailbox"))
        shop.execute(settle("shop.first", "shop.second"))
        assert group_of(shop).signals == (("same-email", 100),)

    def test_a_limited_group_is_not_looked_at(self) -> None:
        shop = shop_of((), (), limit=1, friends=1)
        assert [(group.limited, group.signals) for group in shop.groups(ANNA)] == [(False, ()), (True, ())]


class TestPrints:
    def test_they_are_learned_once(self) -> None:
        shop = Memory(referring(review={}))
        shop.execute(order("1", BEN, prints=("card:b", "address:a")))
        assert shop.member(BEN).prints == ("address:a", "card:b")
        shop.execute(order("1", BEN, prints=("card:b", "address:a")))
        assert shop.written == ()
        shop.execute(order("2", BEN, prints=("card:b", "phone:c")))
        assert shop.member(BEN).prints == ("address:a", "card:b", "phone:c")

    def test_an_old_delivery_does_not_push_newer_ones_out(self) -> None:
        shop = Memory(referring(review={}))
        for number in range(7):
            shop.execute(order(str(number), BEN, prints=(f"card:{number}",)))
        assert shop.member(BEN).prints == tuple(f"card:{number}" for number in range(1, 7))
        shop.execute(order("0", BEN, prints=("card:0",)))
        assert shop.written == ()


class TestVerdicts:
    def test_an_approved_bonus_is_posted(self, held: Memory) -> None:
        assert held.execute(verdict("approve"), NOW + 5) == {"referrer": ANNA, "group": 1, "state": "approved"}
        (entry,) = held.entries(ANNA)
        assert [(posting.amount, posting.why.rule, posting.why.note) for posting in entry.postings] == [
            (2000, "referral-bonus", "")
        ]
        assert (entry.cause, entry.at, entry.terms) == ("referral", NOW + 5, 1)
        judged = held.find(ReviewRef(ANNA, 1), Review)
        assert (judged.verdict, judged.reason, judged.decided_at, judged.at) == (
            "approve",
            "a look at it",
            NOW + 5,
            NOW,
        )
        assert BonusReviewed(ANNA, 1, "approve") in held.events

    @pytest.mark.parametrize(("days", "lasts"), [(0, 7), (3, 10), (10, 17)])
    def test_an_approved_bonus_can_be_spent_as_long_as_any_other(self, days: int, lasts: int) -> None:
        """Approved on day 10 with `expire_days: 7` it was posted and gone in one entry."""
        shop = shop_of(SAME, SAME, expire_days=7)
        shop.execute(verdict("approve"), NOW + days * DAY_S)
        last_second = NOW - NOW % DAY_S + (lasts + 1) * DAY_S - 1
        assert shop.available(ANNA, now=NOW + days * DAY_S) == shop.available(ANNA, now=last_second) == 2000
        assert shop.available(ANNA, now=last_second + 1) == 0
        check(shop, 2, NOW + days * DAY_S)

    def test_a_refund_takes_its_part_of_the_lot_that_was_approved(self) -> None:
        shop = shop_of(SAME, SAME, expire_days=7)
        late = NOW + 10 * DAY_S
        shop.execute(verdict("approve"), late)
        shop.execute(verdict("approve"), late + DAY_S)
        shop.execute(refund(OF_BEN, amount=5000), late + 2 * DAY_S)
        shop.execute(settle(BEN), late + 2 * DAY_S)
        postings = [posting for entry in shop.entries(ANNA) for posting in entry.postings]
        assert [posting.signed(ANNA) for posting in postings] == [2000, -500]
        assert len({posting.expires_at for posting in postings}) == 1

    @pytest.mark.parametrize("decision", ["approve", "undo"])
    def test_one_that_was_denied_by_mistake_can_be_spent_afterwards(self, decision: Verdict) -> None:
        shop = shop_of((), (), expire_days=7)
        shop.execute(verdict("deny"))
        late = NOW + 10 * DAY_S
        shop.execute(verdict(decision), late)
        assert shop.available(ANNA, now=late) == 2000

    def test_one_that_waited_for_nobody_keeps_its_time_when_it_is_approved(self) -> None:
        shop = shop_of((), (), expire_days=7)
        before = group_of(shop).posted
        shop.execute(verdict("approve"), NOW + 3 * DAY_S)
        assert group_of(shop).posted == before

    def test_a_denied_one_is_not(self, held: Memory) -> None:
        assert held.execute(verdict("deny"))["state"] == "denied"
        assert held.entries(ANNA) == []

    def test_a_paid_one_is_taken_back_when_it_is_denied(self, paid: Memory) -> None:
        assert paid.execute(verdict("deny"))["state"] == "denied"
        assert paid.available(ANNA) == 0
        (posting,) = paid.entries(ANNA)[-1].postings
        assert (posting.signed(ANNA), posting.why.note) == (-2000, "the shop looked at it")
        note = paid.find(NoteRef(ANNA, paid.entries(ANNA)[-1].number), Note)
        assert (note.text, note.computed) == ("a look at it", posting.why.digest)
        assert paid.find(ReviewRef(ANNA, 1), Review).at == group_of(paid).at

    @pytest.mark.parametrize(
        ("verdicts", "state", "postings"),
        [
            (["approve", "deny"], "denied", [2000, -2000]),
            (["approve", "undo"], "held", [2000, -2000]),
            (["deny", "approve"], "approved", [2000]),
            (["deny", "undo"], "held", []),
            (["deny", "undo", "approve"], "approved", [2000]),
            (["approve", "approve"], "approved", [2000]),
            (["deny", "deny"], "denied", []),
            (["undo"], "held", []),
            (["approve", "deny", "approve"], "approved", [2000, -2000, 2000]),
        ],
    )
    def test_of_a_held_one_the_last_counts(
        self, held: Memory, verdicts: list[Verdict], state: str, postings: list[int]
    ) -> None:
        answers = [held.execute(verdict(word)) for word in verdicts]
        assert answers[-1]["state"] == state == group_of(held).review
        assert [posting.signed(ANNA) for entry in held.entries(ANNA) for posting in entry.postings] == postings
        assert held.available(ANNA) == sum(postings)

    @pytest.mark.parametrize(
        ("verdicts", "state", "postings"),
        [
            (["deny", "undo"], "paid", [2000, -2000, 2000]),
            (["deny", "approve"], "approved", [2000, -2000, 2000]),
            (["approve"], "approved", [2000]),
            (["approve", "undo"], "paid", [2000]),
            (["undo"], "paid", [2000]),
            (["deny", "deny"], "denied", [2000, -2000]),
        ],
    )
    def test_a_paid_bonus_can_be_judged_too(
        self, paid: Memory, verdicts: list[Verdict], state: str, postings: list[int]
    ) -> None:
        answers = [paid.execute(verdict(word)) for word in verdicts]
        assert answers[-1]["state"] == state == state_of(group_of(paid))
        assert [posting.signed(ANNA) for entry in paid.entries(ANNA) for posting in entry.postings] == postings

    def test_the_same_verdict_again_changes_nothing(self, held: Memory) -> None:
        held.execute(verdict("approve"))
        held.execute(verdict("approve"), NOW + 9)
        assert held.written == ()

    def test_an_undone_verdict_is_empty(self, held: Memory) -> None:
        held.execute(verdict("deny"))
        held.execute(verdict("undo"))
        assert held.find(ReviewRef(ANNA, 1), Review).verdict == ""
        assert held.events[-1] == BonusReviewed(ANNA, 1, "undo")

    @pytest.mark.parametrize(("number", "referrer"), [(2, ANNA), (1, BEN)])
    def test_there_must_be_such_a_group(self, held: Memory, number: int, referrer: str) -> None:
        with pytest.raises(NotFound, match=f"{referrer} has no group {number}"):
            held.execute(verdict("approve", number, referrer))

    def test_a_refund_shrinks_what_was_approved(self, held: Memory) -> None:
        held.execute(verdict("approve"))
        held.execute(refund(OF_BEN, amount=5000))
        held.execute(settle(BEN))
        assert held.available(ANNA) == 1500

    @pytest.mark.parametrize("decision", ["deny", None])
    def test_a_refund_posts_nothing_for_what_is_held_or_denied(self, held: Memory, decision: Verdict | None) -> None:
        if decision:
            held.execute(verdict(decision))
        held.execute(refund(OF_BEN, amount=5000))
        held.execute(settle(BEN))
        assert held.entries(ANNA) == []

    def test_what_was_refunded_while_it_was_held_is_approved_for_what_is_left(self, held: Memory) -> None:
        held.execute(refund(OF_BEN, amount=5000))
        held.execute(settle(BEN))
        held.execute(verdict("approve"))
        assert held.available(ANNA) == 1500

    def test_a_limited_group_earns_nothing_whatever_a_person_says(self) -> None:
        shop = shop_of((), (), limit=1, friends=1)
        assert shop.execute(verdict("approve", 2))["state"] == "limited"
        assert shop.available(ANNA) == 1000


class TestBroken:
    def test_a_group_that_breaks_while_it_is_held_waits_no_longer(self, held: Memory) -> None:
        held.execute(void(OF_BEN, BEN, code=CODE))
        held.execute(settle(BEN))
        assert held.find(ReviewRef(ANNA, 1), Review).verdict == "gone"
        assert (held.member(ANNA).bonuses, held.entries(ANNA), state_of(group_of(held))) == (0, [], "broken")
        with pytest.raises(
            Conflict, match=f"the group 1 of {ANNA} was taken apart: not all of its friends count any more"
        ):
            held.execute(verdict("approve"))

    def test_what_was_decided_before_it_broke_is_remembered(self, held: Memory) -> None:
        held.execute(verdict("approve"))
        held.execute(void(OF_BEN, BEN, code=CODE))
        held.execute(settle(BEN))
        assert held.find(ReviewRef(ANNA, 1), Review).verdict == "approve"
        assert held.available(ANNA) == 0

    def test_one_that_was_paid_needs_no_review(self, paid: Memory) -> None:
        paid.execute(void(OF_BEN, BEN, code=CODE))
        paid.execute(settle(BEN))
        assert paid.all(Review) == []


class TestDenied:
    """What a person denied is paid by no detour, and takes no place among the bonuses."""

    def again(self, shop: Memory) -> None:
        """The order of a friend is disputed, and the shop wins."""
        for taken, stamp_ms in ((True, 1), (False, 2)):
            shop.execute(disputed(OF_BEN, 10_000, stamp_ms, taken=taken, closed=not taken))
            shop.execute(settle(BEN))

    def test_a_group_of_the_same_friends_waits_again(self, paid: Memory) -> None:
        paid.execute(verdict("deny"))
        self.again(paid)
        assert [state_of(group) for group in paid.groups(ANNA)] == ["broken", "held"]
        assert (paid.available(ANNA), paid.member(ANNA).bonuses) == (0, 1)
        assert paid.find(ReviewRef(ANNA, 2), Review) == Review(ANNA, 2, NOW, version=1)
        assert [event for event in paid.events if isinstance(event, BonusHeld)] == [BonusHeld(ANNA, 2, {})]
        assert [paid.conversions(ANNA)[friend].denied for friend in (BEN, CLEO)] == [True, True]

    def test_it_is_paid_when_a_person_says_so_and_waits_again_when_that_is_undone(self, paid: Memory) -> None:
        paid.execute(verdict("deny"))
        self.again(paid)
        paid.execute(verdict("approve", 2))
        assert paid.available(ANNA) == 2000
        paid.execute(verdict("undo", 2))
        assert (state_of(group_of(paid, 2)), paid.available(ANNA)) == ("held", 0)

    @pytest.mark.parametrize("verdicts", [["approve"], ["deny", "approve"], ["deny", "undo"], []])
    def test_a_group_that_was_not_denied_in_the_end_is_paid_again(self, paid: Memory, verdicts: list[Verdict]) -> None:
        for word in verdicts:
            paid.execute(verdict(word))
        self.again(paid)
        assert [state_of(group) for group in paid.groups(ANNA)] == ["broken", "paid"]
        assert paid.available(ANNA) == 2000

    def test_one_denied_friend_is_enough(self, paid: Memory) -> None:
        paid.execute(verdict("deny"))
        paid.execute(void(OF_BEN, BEN, code=CODE))
        paid.execute(settle(BEN))
        paid.execute(bought(DORA, at=PAID_AT + 9))
        paid.execute(settle(DORA))
        assert (group_of(paid, 2).friends, state_of(group_of(paid, 2))) == ((CLEO, DORA), "held")

    def test_a_limited_group_stays_limited(self) -> None:
        shop = Memory(referring(limit=1, friends=1))
        shop.execute(issue())
        for friend in (BEN, CLEO):
            shop.execute(bought(friend))
            shop.execute(settle(friend))
            shop.execute(verdict("deny", len(shop.groups(ANNA))))
            if friend == BEN:
                shop.execute(bought(DORA))
                shop.execute(settle(DORA))
        self.again(shop)
        assert state_of(group_of(shop, 4)) == "limited"

    @pytest.mark.parametrize(
        ("verdicts", "bonuses"),
        [(["deny"], 0), (["deny", "approve"], 1), (["deny", "undo"], 1), (["approve"], 1), (["deny", "deny"], 0)],
    )
    def test_it_holds_no_place_among_the_bonuses(self, paid: Memory, verdicts: list[Verdict], bonuses: int) -> None:
        for word in verdicts:
            paid.execute(verdict(word))
        assert paid.member(ANNA).bonuses == bonuses

    def test_another_takes_its_place(self) -> None:
        shop = Memory(referring(limit=1, friends=1))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(settle(BEN))
        shop.execute(verdict("deny"))
        shop.execute(bought(CLEO))
        shop.execute(settle(CLEO))
        assert [state_of(group) for group in shop.groups(ANNA)] == ["denied", "paid"]

    def test_broken_it_gives_no_place_back_that_it_did_not_hold(self, paid: Memory) -> None:
        paid.execute(verdict("deny"))
        paid.execute(void(OF_BEN, BEN, code=CODE))
        paid.execute(settle(BEN))
        assert paid.member(ANNA).bonuses == 0


class TestRings:
    """Whoever referred the referrer, and so on, as a friend."""

    def ring(self, length: int) -> Memory:
        """Members 0, 1, 2 ... each refer the next, and the last refers the first."""
        shop = Memory(referring(friends=1, review={"threshold": 60}))
        names = [f"shop.r{number}" for number in range(length)]
        codes = [f"CODE{number}" for number in range(length)]
        for name, code in zip(names, codes, strict=True):
            shop.execute(issue(name, code))
        for number in range(1, length):
            shop.execute(claim(names[number], codes[number - 1]))
        shop.execute(claim(names[0], codes[-1]))
        shop.execute(order("first", names[0]))
        shop.execute(settle(names[0], referrer=names[-1]))
        return shop

    @pytest.mark.parametrize("length", [2, 3, 6])
    def test_a_ring_is_seen(self, length: int) -> None:
        shop = self.ring(length)
        (group,) = shop.all(Group)
        assert (group.signals, group.review) == ((("ring", 60),), "held")

    def test_a_very_long_one_is_not(self) -> None:
        (group,) = self.ring(7).all(Group)
        assert group.signals == ()

    def test_a_line_is_no_ring(self) -> None:
        shop = Memory(referring(friends=1, review={"threshold": 1}))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(issue(BEN, OTHER_CODE))
        shop.execute(order("1", CLEO, code=OTHER_CODE))
        shop.execute(settle(CLEO, referrer=BEN))
        assert shop.groups(BEN)[0].signals == ()


class TestVelocity:
    """At most so many bonuses within so many days."""

    def fast(self, *at: int, bonuses: int = 1, days: int = 2) -> Memory:
        shop = Memory(referring(friends=1, velocity={"bonuses": bonuses, "days": days}))
        shop.execute(issue())
        for number, instant in enumerate(at):
            shop.execute(bought(f"shop.f{number}", at=PAID_AT + instant), NOW + instant)
            shop.execute(settle(f"shop.f{number}"), NOW + instant)
        return shop

    @pytest.mark.parametrize(
        ("at", "limited"),
        [
            ((0, 1), [False, True]),
            ((0, 2 * DAY_S - 1), [False, True]),
            ((0, 2 * DAY_S), [False, False]),
            ((0, DAY_S, 2 * DAY_S), [False, True, False]),
            ((0, 0), [False, True]),
        ],
    )
    def test_what_comes_too_fast_earns_nothing_for_good(self, at: tuple[int, ...], limited: list[bool]) -> None:
        shop = self.fast(*at)
        assert [group.limited for group in shop.groups(ANNA)] == limited
        assert shop.available(ANNA) == 1000 * limited.count(False)

    def test_several_within_the_days_are_allowed(self) -> None:
        assert [group.limited for group in self.fast(0, 1, 2, bonuses=2).groups(ANNA)] == [False, False, True]

    @pytest.mark.parametrize(("later", "limited"), [(DAY_S, True), (2 * DAY_S - 1, True), (2 * DAY_S, False)])
    def test_what_was_paid_later_and_heard_before_counts_alike(self, later: int, *, limited: bool) -> None:
        assert [group.limited for group in self.fast(later, 0).groups(ANNA)] == [False, limited]

    def test_a_broken_group_makes_room(self) -> None:
        shop = self.fast(0)
        assert shop.member(ANNA).recent == (PAID_AT,)
        shop.execute(void("of-shop.f0", "shop.f0", code=CODE))
        shop.execute(settle("shop.f0"))
        assert shop.member(ANNA).recent == ()
        shop.execute(bought("shop.f1", at=PAID_AT + 1))
        shop.execute(settle("shop.f1"))
        assert shop.available(ANNA) == 1000

    def test_a_broken_group_that_was_limited_makes_none(self) -> None:
        shop = self.fast(0, 0)
        shop.execute(void("of-shop.f1", "shop.f1", code=CODE))
        shop.execute(settle("shop.f1"))
        assert (shop.member(ANNA).recent, shop.member(ANNA).bonuses) == ((PAID_AT,), 1)

    def test_only_the_latest_twenty_are_remembered(self) -> None:
        shop = self.fast(*range(22), bonuses=20)
        assert shop.member(ANNA).recent == tuple(PAID_AT + number for number in range(20))
        later = self.fast(*(number * DAY_S for number in range(22)), bonuses=20, days=1)
        assert later.member(ANNA).recent == tuple(PAID_AT + number * DAY_S for number in range(2, 22))

    def test_without_a_rule_that_looks_at_them_they_are_not_remembered(self) -> None:
        shop = Memory(referring(friends=1))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(settle(BEN))
        assert shop.member(ANNA).recent == ()

    def test_two_groups_within_a_day_speak_against_the_second(self) -> None:
        shop = shop_of((), (), friends=1)
        assert [group.signals for group in shop.groups(ANNA)] == [(), (("velocity", 40),)]


def test_a_programme_without_referrals_holds_nothing() -> None:
    shop = Memory(programme_of())
    shop.execute(order("1", DORA, prints=SAME))
    assert shop.member(DORA).prints == ()
