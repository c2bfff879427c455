"""A friend is a person: guests, accounts and former e-mails that are one, which order was first, which one counts.

The right values are those of public reports, named beside the cases (numbers: rules.md of the findings).
"""

from itertools import permutations
from typing import Any

import pytest

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.errors import NotANewCustomer, SelfReferral
from chalicelib.domain.events import FriendConverted
from chalicelib.domain.members.persons import with_first, without_first
from chalicelib.domain.members.statements import why
from chalicelib.domain.records import First, Member
from tests.properties.invariants import check
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
    adjust,
    bought,
    claim,
    issue,
    line,
    order,
    profile,
    programme_of,
    referring,
    refund,
    settle,
    void,
)
from tests.world.memory import Memory, Stale

GUEST = "guest.mailbox"
WELCOME = {"welcome": {"amount": 3}}
ANY_ORDER = {"qualifies": {"first_order": False}}


def started(**rule: Any) -> Memory:
    """Anna has a code; 10% of one friend's order, unless the rule says something else."""
    shop = Memory(referring(**({"friends": 1} | rule)))
    shop.execute(issue())
    return shop


def deliver(shop: Memory, *commands: Any) -> Memory:
    """Some commands, all invariants after each."""
    for command in commands:
        shop.execute(command)
        check(shop, 1)
    return shop


def live(shop: Memory, referrer: str = ANNA) -> dict[str, str]:
    """The friends that count for a referrer, and by which order."""
    return {friend: conversion.order for friend, conversion in shop.conversions(referrer).items() if conversion.live}


class TestOnePerson:
    def test_a_guest_and_the_later_account_are_one_friend(self) -> None:
        """WooCommerce Blocks PR 11860, WooCommerce #26108 (M3 a)."""
        shop = started(**WELCOME)
        guest = order("1", GUEST, email_hash="mailbox", code=CODE)
        account = order("2", BEN, email_hash="mailbox", code=CODE, at=PAID_AT + 9)
        deliver(shop, guest, account)
        assert live(shop) == {GUEST: f"{CONNECTION}/1"}
        assert (shop.available(GUEST), shop.available(BEN)) == (500 + 300, 500)

    def test_an_account_and_a_later_guest_are_one_friend(self) -> None:
        shop = started(**WELCOME)
        account = order("1", BEN, email_hash="mailbox", code=CODE)
        guest = order("2", GUEST, email_hash="mailbox", code=CODE, at=PAID_AT + 9)
        deliver(shop, account, guest)
        assert live(shop) == {BEN: f"{CONNECTION}/1"}
        assert (shop.available(BEN), shop.available(GUEST)) == (500 + 300, 500)

    def test_two_accounts_of_one_mailbox_are_one_friend(self) -> None:
        """ReferralCandy's existing customers; joe+1 and joe+2 have one normalised hash (M3 b)."""
        shop = started(**WELCOME)
        first = order("1", BEN, email_hash="joe", code=CODE)
        second = order("2", CLEO, email_hash="joe", code=CODE, at=PAID_AT + 9)
        deliver(shop, first, second)
        assert live(shop) == {BEN: f"{CONNECTION}/1"}
        assert (shop.available(BEN), shop.available(CLEO)) == (800, 500)
        assert shop.member(CLEO).person == BEN

    def test_a_guest_buyer_who_registers_is_no_new_customer(self) -> None:
        """Polar PR 13402 (M3 c)."""
        shop = started(**WELCOME)
        deliver(shop, order("1", GUEST, email_hash="mailbox"))
        deliver(shop, order("2", BEN, email_hash="mailbox", code=CODE, at=PAID_AT + 9))
        assert (live(shop), shop.available(BEN), shop.order("2").terms.refused) == ({}, 500, "not-a-new-customer")
        with pytest.raises(NotANewCustomer):
            shop.execute(claim(BEN))

    def test_an_order_that_moves_from_the_guest_to_the_account_takes_the_welcome_along(self) -> None:
        shop = started(**WELCOME)
        deliver(shop, order("1", GUEST, email_hash="mailbox", code=CODE))
        deliver(shop, order("1", BEN, email_hash="mailbox", code=CODE, stamp_ms=2))
        assert (live(shop), shop.available(GUEST), shop.available(BEN)) == ({GUEST: f"{CONNECTION}/1"}, 0, 800)

    @pytest.mark.parametrize("later", ["other", ""], ids=["another-e-mail", "erased"])
    def test_a_former_e_mail_does_not_pass_as_a_friend(self, later: str) -> None:
        """M10."""
        shop = Memory(referring(friends=1))
        deliver(shop, profile(ANNA, "old"), issue(), profile(ANNA, later))
        deliver(shop, order("1", "guest.old", email_hash="old", code=CODE))
        assert (live(shop), shop.order("1").terms.refused) == ({}, "self-referral")
        with pytest.raises(SelfReferral):
            shop.execute(claim("shop.second", email_hash="old"))

    def test_the_e_mail_of_an_order_is_looked_at_once(self) -> None:
        """An order that was valued without it does not become self-referral when it is told again."""
        shop = Memory(referring(friends=1, **WELCOME))
        deliver(shop, profile(ANNA, "hers"), issue(), bought(BEN))
        told = bought(BEN, email_hash="hers")
        deliver(shop, told)
        assert shop.written == ()
        assert live(shop) == {BEN: f"{CONNECTION}/of-{BEN}"}

    def test_two_persons_who_show_one_e_mail_too_late_stay_two(self) -> None:
        shop = started()
        deliver(shop, order("1", BEN), order("2", GUEST, email_hash="mailbox", at=PAID_AT + 1))
        deliver(shop, order("3", BEN, email_hash="mailbox", at=PAID_AT + 2))
        assert (shop.member(BEN).person, shop.member(GUEST).person) == ("", "")

    def test_a_referrer_who_shows_the_e_mail_of_a_guest_stays_a_person_of_their_own(self) -> None:
        shop = started()
        deliver(shop, order("1", GUEST, email_hash="mailbox"), order("2", ANNA, email_hash="mailbox"))
        assert (shop.member(ANNA).person, shop.member(GUEST).person) == ("", "")

    def test_a_claim_with_an_e_mail_makes_the_later_guest_a_friend(self) -> None:
        shop = started()
        deliver(shop, claim(BEN, email_hash="mailbox"), order("1", GUEST, email_hash="mailbox"))
        assert live(shop) == {BEN: f"{CONNECTION}/1"}

    def test_an_account_and_a_guest_that_race_for_an_e_mail_do_not_both_win(self) -> None:
        shop = started()
        decision = shop.decide(order("1", BEN, email_hash="mailbox", code=CODE))
        shop.execute(order("2", GUEST, email_hash="mailbox", code=CODE, at=PAID_AT + 1))
        assert "guest.mailbox" in {getattr(change, "member", "") for change in decision.changes}
        with pytest.raises(Stale):
            shop.commit(decision.changes)


class TestFirst:
    """Which order is a friend's first does not depend on delivery (M9)."""

    older = order("1", BEN, at=PAID_AT)
    newer = order("2", BEN, at=PAID_AT + 20, code=CODE)

    @pytest.mark.parametrize("deliveries", [(older, newer), (newer, older)], ids=["in-order", "the-older-one-late"])
    def test_an_older_order_shows_that_a_friend_was_no_new_customer(self, deliveries: tuple[RecordOrder, ...]) -> None:
        shop = deliver(started(**WELCOME), *deliveries)
        deliver(shop, settle(BEN))
        assert (live(shop), shop.available(BEN), shop.available(ANNA)) == ({}, 1000, 0)
        assert [first.order for first in shop.member(BEN).firsts] == ["shop/1", "shop/2"]

    def test_what_follows_late_is_taken_back_after_it_was_paid(self) -> None:
        shop = deliver(started(**WELCOME), self.newer, settle(BEN))
        assert (shop.available(BEN), shop.available(ANNA)) == (800, 1000)
        deliver(shop, self.older, settle(BEN))
        assert (shop.available(BEN), shop.available(ANNA)) == (1000, 0)
        assert shop.entries(ANNA)[-1].postings[0].why.note == "a friend had bought before"

    def test_the_newer_order_told_again_changes_nothing(self) -> None:
        shop = deliver(started(**WELCOME), self.newer, self.older, self.newer)
        assert shop.written == ()

    def test_an_older_order_does_not_undo_a_claim(self) -> None:
        shop = started()
        deliver(shop, claim(BEN), order("2", BEN, at=NOW + 20), order("1", BEN, at=NOW - DAY_S))
        assert live(shop) == {BEN: "shop/2"}

    def test_where_later_orders_count_an_older_one_changes_nothing(self) -> None:
        shop = deliver(started(**ANY_ORDER), self.newer, self.older)
        assert live(shop) == {BEN: "shop/2"}

    @pytest.mark.parametrize("late", [False, True])
    def test_the_code_of_the_older_order_is_the_one_that_counts(self, late: bool) -> None:
        shop = started()
        shop.execute(issue(DORA, OTHER_CODE))
        both = [order("1", BEN, at=PAID_AT, code=OTHER_CODE), self.newer]
        deliver(shop, *(reversed(both) if late else both))
        assert (live(shop), live(shop, DORA)) == ({}, {BEN: "shop/1"})
        deliver(shop, void("1", BEN, at=PAID_AT, code=OTHER_CODE))
        assert live(shop, DORA) == {BEN: "shop/2"}

    @pytest.mark.parametrize("late", [False, True])
    def test_an_order_after_the_one_with_the_code_can_convert_whenever_that_is_heard_of(self, late: bool) -> None:
        shop = started()
        both = [order("1", BEN, at=PAID_AT, code=CODE), order("2", BEN, at=PAID_AT + 20)]
        deliver(shop, *(reversed(both) if late else both), void("1", BEN, at=PAID_AT, code=CODE))
        assert live(shop) == {BEN: "shop/2"}

    @pytest.mark.parametrize(("with_code", "converts"), [("1", {BEN: "shop/1"}), ("2", {})])
    def test_of_two_in_one_second_the_same_one_is_first_whichever_is_heard_of_first(
        self, with_code: str, converts: dict[str, str]
    ) -> None:
        orders = [order(name, BEN, code=CODE if name == with_code else "") for name in ("1", "2")]
        for deliveries in (orders, orders[::-1]):
            assert live(deliver(started(), *deliveries)) == converts

    def test_once_the_first_order_is_somebody_elses_the_second_is_the_first(self) -> None:
        shop = deliver(started(), order("1", BEN), order("2", BEN, at=PAID_AT + 9), order("1", CLEO, stamp_ms=2))
        assert shop.member(BEN).firsts == (First(PAID_AT + 9, "shop/2"),)


class TestWhichRefers:
    """The earliest order with a code that counts refers, whenever it is heard of (docs/decisions.md, "the minimum")."""

    @staticmethod
    def outcomes(*deliveries: RecordOrder, **rule: Any) -> set[tuple[int, int, int]]:
        """What Anna, Ben and Cleo have, over all orders of deliveries in which an order's own news keep theirs."""
        ends = set()
        for told in permutations(deliveries):
            shop = deliver(started(**WELCOME, **rule), *told)
            shop.execute(settle(BEN, CLEO))
            check(shop, 1)
            ends.add((shop.available(ANNA), shop.available(BEN), shop.available(CLEO)))
        return ends

    def test_of_two_orders_with_the_code_the_earlier_one_converts_where_later_orders_count(self) -> None:
        """10% of the order of 500.00, not of that of 100.00; 5% of both and the gift for the friend."""
        earlier = order("a", BEN, line(net=50_000), code=CODE)
        later = order("b", BEN, code=CODE, at=PAID_AT + 60)
        assert self.outcomes(earlier, later, **ANY_ORDER) == {(5000, 2500 + 500 + 300, 0)}

    def test_an_order_between_two_with_codes_converts_once_the_first_died(self) -> None:
        shops = []
        codes = {"1": CODE, "2": "", "3": CODE}
        orders = [order(name, BEN, code=code, at=PAID_AT + int(name)) for name, code in codes.items()]
        for told in permutations(orders):
            shop = deliver(started(**ANY_ORDER), *told, void("1", BEN, code=CODE, at=PAID_AT + 1))
            shops.append(live(shop))
        assert shops == [{BEN: "shop/2"}] * 6

    def test_the_window_begins_with_the_order_that_refers(self) -> None:
        """30 days from the refunded first order: the one of day 40 converts nobody, also if it was told first."""
        first = order("0", BEN, code=CODE, at=PAID_AT - 40 * DAY_S)
        later = order("1", BEN, code=CODE)
        assert self.outcomes(first, refund("0", amount=10_000), later) == {(0, 500, 0)}

    def test_a_customer_whose_referring_order_was_somebody_elses_is_referred_by_the_next_one(self) -> None:
        """Ben's by the order that moved, Cleo's by her own: 10.00 each to Anna."""
        hers, his = order("0", CLEO, code=CODE), order("0", BEN, code=CODE, stamp_ms=2)
        next_one = order("1", CLEO, code=CODE, at=PAID_AT + 60)
        assert self.outcomes(hers, his, next_one) == {(2000, 800, 800)}

    @pytest.mark.parametrize(
        ("buyer", "parts", "cleos"), [(CLEO, {}, 500), (BEN, {"test": True}, 0)], ids=["another's", "a-test"]
    )
    def test_an_older_order_that_is_none_of_the_customers_gives_the_referral_back(
        self, buyer: str, parts: dict[str, Any], cleos: int
    ) -> None:
        older = order("old", BEN, at=PAID_AT - 9 * DAY_S)
        corrected = order("old", buyer, at=PAID_AT - 9 * DAY_S, stamp_ms=2, **parts)
        assert self.outcomes(older, corrected, order("new", BEN, code=CODE)) == {(1000, 800, cleos)}

    def test_the_third_order_converts_where_the_oldest_one_is_heard_of_last(self) -> None:
        """Three orders are looked at (docs/programme.md): the two older ones were disputed, the newest one is kept."""
        oldest = order("2", BEN, code=CODE, at=PAID_AT - 10 * DAY_S)
        shop = deliver(started(**WELCOME), order("1", BEN), void("1", BEN), order("0", BEN, at=PAID_AT + 120))
        deliver(shop, oldest, void("2", BEN, code=CODE, at=PAID_AT - 10 * DAY_S), settle(BEN))
        assert (live(shop), shop.available(ANNA)) == ({BEN: "shop/0"}, 1000)

    def test_the_code_that_counts_again_is_no_longer_refused(self) -> None:
        older = order("old", BEN, at=PAID_AT - DAY_S)
        shop = deliver(started(), older, order("new", BEN, code=CODE))
        assert shop.order("new").terms.refused == "not-a-new-customer"
        deliver(shop, order("old", CLEO, at=PAID_AT - DAY_S, stamp_ms=2))
        assert (shop.order("new").terms.refused, live(shop)) == ("", {BEN: "shop/new"})

    def test_a_code_that_is_corrected_refers_by_the_new_one(self) -> None:
        shop = started()
        deliver(shop, issue(DORA, OTHER_CODE), order("1", BEN, code=OTHER_CODE))
        deliver(shop, order("1", BEN, code=CODE, stamp_ms=2))
        assert (live(shop), live(shop, DORA)) == ({BEN: "shop/1"}, {})


class TestNextOne:
    """A friend whose first order died converts with the next one that is kept (Solidus PR 6343, M4)."""

    def both(self, **rule: Any) -> Memory:
        shop = started(**WELCOME, **rule)
        return deliver(shop, bought(BEN), void(f"of-{BEN}", BEN, code=CODE), self.second())

    def second(self, **parts: Any) -> RecordOrder:
        return order("2", BEN, at=PAID_AT + 60, **parts)

    def test_with_the_next_order(self) -> None:
        shop = deliver(self.both(), settle(BEN))
        assert (live(shop), shop.available(BEN)) == ({BEN: "shop/2"}, 500 + 300)
        assert (shop.available(ANNA), shop.member(ANNA).live) == (1000, 1)

    def test_also_where_any_order_counts(self) -> None:
        shop = started(**WELCOME, **ANY_ORDER)
        deliver(shop, bought(BEN), void(f"of-{BEN}", BEN, code=CODE), self.second(code=CODE))
        assert live(shop) == {BEN: "shop/2"}

    def test_also_after_a_claim(self) -> None:
        shop = started(**WELCOME)
        at = NOW + 60
        deliver(shop, claim(BEN), order("1", BEN, at=at), order("2", BEN, at=at + 60), void("1", BEN, at=at))
        assert (live(shop), shop.available(BEN)) == ({BEN: "shop/2"}, 500 + 300)

    def test_one_that_was_heard_of_before_the_first_died(self) -> None:
        shop = deliver(started(**WELCOME), bought(BEN), self.second())
        assert (live(shop), shop.available(BEN)) == ({BEN: f"shop/of-{BEN}"}, 500 + 300 + 500)
        deliver(shop, void(f"of-{BEN}", BEN, code=CODE))
        assert (live(shop), shop.available(BEN)) == ({BEN: "shop/2"}, 500 + 300)

    def test_the_first_again_once_it_lives_again(self) -> None:
        shop = deliver(self.both(), bought(BEN, stamp_ms=3))
        assert (live(shop), shop.available(BEN)) == ({BEN: f"shop/of-{BEN}"}, 500 + 300 + 500)

    def test_a_gift_that_goes_to_another_order_says_which(self) -> None:
        shop = started(welcome={"percent": 3})
        deliver(shop, bought(BEN), order("2", BEN, line(net=5000), at=PAID_AT + 60))
        deliver(shop, void(f"of-{BEN}", BEN, code=CODE))
        entry = shop.entries(BEN)[-1]
        reasons = [why(posting, entry) for posting in entry.postings if posting.why.rule == "referral-welcome"]
        assert reasons == [f"Welcome gift taken back: your order of-{BEN} was refunded or cancelled."]
        deliver(shop, bought(BEN, stamp_ms=3), refund("2", amount=1000), void(f"of-{BEN}", BEN, code=CODE, stamp_ms=4))
        assert shop.available(BEN) == 200 + 120

    def test_the_earliest_three_are_remembered_and_a_new_order_beyond_them(self) -> None:
        shop = started()
        later = [order(str(number), BEN, at=PAID_AT + number) for number in range(1, 5)]
        deliver(shop, bought(BEN), *later)
        conversions = [shop.order(str(number)).conversion for number in range(1, 5)]
        assert [bool(converted and converted.live) for converted in conversions] == [True, True, False, False]
        deliver(shop, void(f"of-{BEN}", BEN, code=CODE), *(void(n, BEN, at=PAID_AT + int(n)) for n in "12"))
        assert live(shop) == {}
        deliver(shop, order("5", BEN, at=PAID_AT + 5))
        assert live(shop) == {BEN: "shop/5"}

    def test_an_older_one_that_is_heard_of_late_takes_the_place_of_the_last(self) -> None:
        shop = started()
        deliver(shop, claim(BEN), *(order(str(number), BEN, at=NOW + number) for number in (2, 3, 4, 1)))
        assert [conversion.order for conversion in shop.conversions(ANNA)[BEN].candidates] == [
            "shop/1",
            "shop/2",
            "shop/3",
        ]
        converted = shop.order("4").conversion
        assert converted
        assert not converted.live

    def test_a_friend_is_announced_when_the_conversion_begins_and_ends(self) -> None:
        shop = self.both()
        announced = [event.live for event in shop.events if isinstance(event, FriendConverted)]
        assert announced == [True, False, True]

    def test_the_loss_of_a_gift_stands_with_the_conversion_and_is_paid_by_the_next(self) -> None:
        shop = Memory(programme_of(clawback="loss", referral={"percent": 10, "friends": 1, **WELCOME}))
        deliver(shop, issue(), bought(BEN), adjust(-800, BEN), void(f"of-{BEN}", BEN, code=CODE))
        lost = [posted.amount for posted in shop.conversions(ANNA)[BEN].posted]
        assert (lost, shop.available(BEN)) == ([300], 0)
        deliver(shop, self.second())
        assert shop.available(BEN) == 500
        deliver(shop, refund("2", amount=10_000))


class TestTerms:
    """The terms of a group follow from its own members' orders (M8)."""

    V1, V2 = referring(), referring(percent=20)

    def friends(self, second: Any, *settlements: tuple[str, ...]) -> Memory:
        """Ben and Cleo buy under the first version, Dora under the second."""
        shop = Memory(self.V1)
        shop.publish(second, effective_at=PAID_AT + 60)
        shop.execute(issue())
        for friend, later in ((BEN, 0), (CLEO, 1), (DORA, 90)):
            shop.execute(bought(friend, at=PAID_AT + later))
        for names in settlements:
            shop.execute(settle(*names))
        return shop

    @pytest.mark.parametrize(
        "settlements",
        [((BEN, CLEO), (DORA,)), ((BEN, CLEO, DORA),), ((DORA, CLEO, BEN),)],
        ids=["soon", "late", "mixed"],
    )
    @pytest.mark.parametrize("second", [V2, referring(percent=10, friends=3)], ids=["20-percent", "3-friends"])
    def test_a_group_settled_late_stands_under_its_own_terms(
        self, second: Any, settlements: tuple[tuple[str, ...], ...]
    ) -> None:
        shop = self.friends(second, *settlements)
        (group,) = shop.groups(ANNA)
        assert (group.friends, group.terms, shop.available(ANNA)) == ((BEN, CLEO), 1, 2000)

    def test_who_closes_a_group_states_its_terms(self) -> None:
        """Three friends, then two: Ben and Cleo never were enough, Dora is enough with the earliest of them."""
        shop = Memory(referring(friends=3))
        shop.publish(referring(percent=20), effective_at=PAID_AT + 60)
        shop.execute(issue())
        for friend, later in ((BEN, 0), (CLEO, 1), (DORA, 90)):
            shop.execute(bought(friend, at=PAID_AT + later))
        shop.execute(settle(BEN, CLEO, DORA))
        (group,) = shop.groups(ANNA)
        assert (group.friends, group.terms, shop.available(ANNA)) == ((BEN, DORA), 2, 4000)
        assert shop.member(ANNA).open == (CLEO,)

    def test_another_order_of_a_friend_breaks_the_group_and_joins_again_under_its_own_terms(self) -> None:
        shop = Memory(self.V1)
        shop.publish(self.V2, effective_at=PAID_AT + 60)
        shop.execute(issue())
        for friend in (BEN, CLEO):
            shop.execute(bought(friend))
        shop.execute(order("2", CLEO, at=PAID_AT + 90))
        shop.execute(settle(BEN, CLEO))
        assert shop.available(ANNA) == 2000
        shop.execute(void(f"of-{CLEO}", CLEO, code=CODE))
        shop.execute(settle(CLEO))
        first, second = shop.groups(ANNA)
        assert (first.broken, second.terms, second.orders) == (True, 2, (f"shop/of-{BEN}", "shop/2"))
        assert shop.available(ANNA) == 4000
        notes = [posting.why.note for posting in shop.entries(ANNA)[-1].postings]
        assert "another order of a friend counts now" in notes


class TestWhyABuyerChange:
    """What the statements say when an order turns out to be another customer's (Shopify "change customer", 1.2)."""

    def test_all_three_statements_say_that_the_order_was_moved(self) -> None:
        shop = deliver(started(**WELCOME), bought(BEN, email_hash="ben"), settle(BEN))
        deliver(shop, order(f"of-{BEN}", CLEO, code=CODE, email_hash="cleo", stamp_ms=2), settle(BEN, CLEO))
        assert statement(shop, BEN)[2:] == [
            (-300, f"Welcome gift taken back: your order of-{BEN} was moved to another customer's account."),
            (-500, f"Cashback taken back: your order of-{BEN} was moved to another customer's account."),
        ]
        assert statement(shop, ANNA) == [
            (1000, "Bonus: 10% of 100.00 EUR that a friend spent."),
            (-1000, "Bonus taken back: a friend's order was moved to another customer's account."),
            (1000, "Bonus: 10% of 100.00 EUR that a friend spent."),
        ]
        assert statement(shop, CLEO) == [
            (300, f"Welcome gift: a fixed sum on your order of-{BEN}."),
            (500, f"Cashback: 5% of 100.00 EUR on your order of-{BEN}."),
        ]

    def test_a_refund_after_the_change_says_refunded(self) -> None:
        shop = deliver(started(), order("1", BEN), order("1", CLEO, stamp_ms=2), refund("1", amount=4000))
        assert statement(shop, CLEO)[-1] == (
            -200,
            "Cashback taken back: your order 1 was refunded or changed; what you kept earns 5% of 60.00 EUR.",
        )


def statement(shop: Memory, member: str) -> list[tuple[int, str]]:
    return [
        (posting.signed(member), why(posting, entry)) for entry in shop.entries(member) for posting in entry.postings
    ]


def test_the_earliest_three_orders_of_a_person_are_kept_each_by_its_earliest_payment() -> None:
    root = Member(BEN)
    for name, at in (("d", 40), ("c", 30), ("b", 20), ("a", 10), ("c", 5), ("a", 15)):
        root = with_first(root, name, at)
    assert root.firsts == (First(5, "c"), First(10, "a"), First(20, "b"))
    assert without_first(root, "a").firsts == (First(5, "c"), First(20, "b"))
