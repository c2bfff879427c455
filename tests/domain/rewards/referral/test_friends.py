"""Whose friend a buyer is, and when an order converts one: the conditions that no other test leaves out."""

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import UpdateMember
from chalicelib.domain.core.identity import new_code
from chalicelib.domain.events import FriendConverted, FriendReferred
from chalicelib.domain.ledger.transfers import LOSS, OF_WELCOME, WELCOME, WRITTEN_OFF
from chalicelib.domain.records import (
    Candidate,
    Code,
    CodeRef,
    Conversion,
    Converted,
    First,
    Gift,
    Member,
    MemberRef,
    Order,
    OrderRef,
)
from chalicelib.domain.rewards.referral import friends
from chalicelib.domain.rewards.referral.bonus import GIFT
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
    merge,
    order,
    programme_of,
    redeem,
    referring,
    refund,
    settle,
    snapshot,
    void,
)
from tests.world.memory import Memory

EVE = "shop.eve"


def shop_of(**rule: object) -> Memory:
    """Anna has a code and an e-mail."""
    shop = Memory(referring(**rule))
    shop.execute(UpdateMember(ANNA, "anna@example.com", "hash-of-anna", "Anna", "fr", {}))
    shop.execute(issue())
    return shop


def test_an_order_that_brings_no_code_is_not_refused_and_asks_for_none() -> None:
    shop = shop_of()
    shop.execute(order("1", BEN))
    assert shop.round_trips == 1
    assert shop.order("1").terms.refused == ""


def test_where_later_orders_count_an_order_that_brought_no_code_remembers_so() -> None:
    shop = shop_of(qualifies={"first_order": False})
    shop.execute(order("1", BEN))
    assert shop.order("1").terms.refused == "no-code"


def test_a_friend_knows_whose_and_since_when() -> None:
    shop = shop_of()
    shop.execute(bought(BEN))
    ben = shop.member(BEN)
    assert (ben.referrer, ben.by, ben.referred_at) == (ANNA, f"{CONNECTION}/of-{BEN}", PAID_AT)
    assert shop.conversions(ANNA)[BEN].live
    assert shop.order(f"of-{BEN}").terms.root == ""


@pytest.mark.parametrize("code", ["", OTHER_CODE])
def test_a_code_that_is_corrected_to_one_that_nobody_has_refers_nobody(code: str) -> None:
    shop = shop_of()
    shop.execute(order("1", BEN, code=CODE))
    shop.execute(order("1", BEN, code=code or "NOBODYS", stamp_ms=2))
    assert (shop.member(BEN).referrer, shop.member(BEN).by) == ("", "")
    assert not shop.conversions(ANNA)[BEN].live


@pytest.mark.parametrize("code", ["", "NOBODYS"])
def test_an_order_that_was_heard_of_before_a_claim_and_brought_no_code_that_is_one_never_converts(code: str) -> None:
    """Paid a minute before the claim, it would be within the tolerance for the storefront's clock."""
    shop = shop_of(qualifies={"first_order": False})
    shop.execute(order("1", BEN, at=NOW - 60, code=code))
    shop.execute(claim(BEN))
    shop.execute(order("1", BEN, line(net=5000), at=NOW - 60, code=code, stamp_ms=2))
    assert shop.conversions(ANNA) == {}
    shop.execute(order("2", BEN, at=NOW - 60))
    assert shop.conversions(ANNA)[BEN].order == f"{CONNECTION}/2"


@pytest.mark.parametrize(("email_hash", "converts"), [("hash-of-ben", True), ("", True), ("hash-of-anna", False)])
def test_the_referrer_in_a_friends_clothes_does_not_convert(email_hash: str, converts: bool) -> None:
    shop = shop_of()
    shop.execute(claim(BEN))
    shop.execute(order("1", BEN, email_hash=email_hash))
    assert bool(shop.conversions(ANNA)) == converts


def test_a_first_order_below_the_minimum_does_not_end_a_friends_chance() -> None:
    """Solidus PR 6343: the first order that counts converts, not the first one that there was."""
    shop = shop_of(qualifies={"minimum": 50})
    shop.execute(claim(BEN))
    shop.execute(order("1", BEN, line(net=4999)))
    shop.execute(order("2", BEN, line(net=5000)))
    assert shop.conversions(ANNA)[BEN].order == "shop/2"


@pytest.mark.parametrize(
    ("net", "by_balance", "converts"), [(5000, 4999, True), (4999, 100, False), (5000, 5000, False)]
)
def test_a_minimum_counts_what_balance_paid_but_not_of_an_order_that_balance_paid_alone(
    net: int, by_balance: int, converts: bool
) -> None:
    shop = shop_of(qualifies={"minimum": 50})
    shop.execute(claim(BEN))
    shop.execute(order("1", BEN, line(net=net), deduction=by_balance))
    assert bool(shop.conversions(ANNA)) == converts


def test_where_later_orders_count_the_second_may_convert() -> None:
    shop = shop_of(qualifies={"minimum": 50, "first_order": False})
    shop.execute(claim(BEN))
    shop.execute(order("1", BEN, line(net=4999)))
    shop.execute(order("2", BEN, line(net=5000)))
    assert shop.conversions(ANNA)[BEN].order == "shop/2"


def test_a_cent_of_goods_converts_and_none_does_not() -> None:
    shop = shop_of()
    shop.execute(bought(BEN, lines=(line(net=1),)))
    shop.execute(bought(CLEO, lines=(line(net=0),)))
    assert list(shop.conversions(ANNA)) == [BEN]


def test_a_gift_card_converts_nobody_and_reaches_no_minimum() -> None:
    """It keeps its worth: who buys one for the bonus, and pays for the next friend with it, has spent nothing."""
    shop = shop_of(qualifies={"minimum": 20})
    shop.execute(bought(BEN, lines=(line(net=500), line("2", 50_000, earns=False))))
    shop.execute(bought(CLEO, lines=(line(net=2000), line("2", 50_000, earns=False))))
    assert list(shop.conversions(ANNA)) == [CLEO]


def test_who_was_never_referred_does_not_convert_even_in_1970() -> None:
    shop = shop_of()
    shop.execute(order("1", BEN, at=DAY_S))
    assert shop.order("1").conversion is None


def test_a_conversion_that_says_the_same_again_is_not_written() -> None:
    shop = shop_of()
    shop.execute(bought(BEN))
    shop.execute(settle(BEN))
    shop.execute(bought(BEN))
    assert shop.written == ()
    assert shop.conversions(ANNA)[BEN].todo == 0


def test_an_order_that_names_nobody_any_more_keeps_its_buyer() -> None:
    """WooCommerce's data retention anonymises and saves (woocommerce-admin#4946): silence takes nothing back."""
    shop = shop_of()
    shop.execute(bought(BEN))
    shop.execute(order(f"of-{BEN}", "", stamp_ms=2))
    conversion = shop.conversions(ANNA)[BEN]
    assert (conversion.live, conversion.base, conversion.version) == (True, 10_000, 1)
    assert shop.available(BEN) == 500


def test_an_order_that_names_another_friend_takes_the_conversion_of_the_first_back() -> None:
    shop = shop_of()
    shop.execute(claim(CLEO))
    shop.execute(bought(BEN))
    shop.execute(settle(BEN))
    shop.execute(order(f"of-{BEN}", CLEO, stamp_ms=2))
    first, second = (shop.conversions(ANNA)[friend] for friend in (BEN, CLEO))
    assert (first.live, first.base, first.todo) == (False, 0, 1)
    assert (second.live, second.base, second.order) == (True, 10_000, f"{CONNECTION}/of-{BEN}")


def test_an_order_that_turns_out_to_be_older_than_the_rule_converts_nobody() -> None:
    shop = Memory(programme_of())
    shop.publish(referring(), effective_at=PAID_AT)
    shop.execute(issue())
    shop.execute(bought(BEN))
    assert shop.conversions(ANNA)[BEN].live
    shop.execute(bought(BEN, at=PAID_AT - 1, stamp_ms=2))
    assert not shop.conversions(ANNA)[BEN].live
    conversion = shop.order(f"of-{BEN}").conversion
    assert conversion
    assert not conversion.live


def test_a_conversion_takes_its_place_in_the_queue_by_the_earliest_payment() -> None:
    shop = shop_of()
    shop.execute(bought(BEN))
    shop.execute(bought(BEN, at=PAID_AT - 60, stamp_ms=2, lines=(line(net=5000),)))
    changed = shop.conversions(ANNA)[BEN]
    assert (changed.base, changed.at) == (5000, PAID_AT - 60)


def test_a_friend_converts_once_and_is_announced_once() -> None:
    shop = shop_of()
    shop.execute(bought(BEN))
    shop.execute(bought(BEN, stamp_ms=2, lines=(line(net=5000),)))
    assert [event for event in shop.events if isinstance(event, FriendConverted)] == [FriendConverted(BEN, ANNA, True)]


REVIEWED = {"review": {"threshold": 1000}}


@pytest.mark.parametrize(
    ("first", "second", "prints"),
    [
        ({"prints": ("card:c",), "email_hash": "h"}, {"prints": ("card:d",)}, ("card:d", "email:h")),
        ({"prints": ("card:c",), "email_hash": "h"}, {"email_hash": "h"}, ("card:c", "email:h")),
        (
            {"prints": ("card:c",), "email_hash": "h"},
            {"prints": ("card:d",), "email_hash": "i"},
            ("card:d", "email:i"),
        ),
        ({}, {"email_hash": "i"}, ("email:i",)),
        ({}, {}, ()),
    ],
    ids=["new-prints", "none-any-more", "another-e-mail", "an-e-mail-later", "never-any"],
)
def test_a_conversion_says_what_its_orders_told_last(
    first: dict[str, object], second: dict[str, object], prints: tuple[str, ...]
) -> None:
    shop = shop_of(**REVIEWED)
    shop.execute(bought(BEN, **first))
    shop.execute(bought(BEN, stamp_ms=2, lines=(line(net=5000),), **second))
    assert shop.conversions(ANNA)[BEN].prints == prints


@pytest.mark.parametrize(
    ("told", "prints"), [({"prints": ("card:x",)}, ("card:x",)), ({"email_hash": "x"}, ("email:x",))]
)
def test_what_an_order_tells_of_its_buyer_later_is_known_though_nothing_else_of_it_changes(
    told: dict[str, Any], prints: tuple[str, ...]
) -> None:
    shop = shop_of(**REVIEWED)
    shop.execute(bought(BEN))
    shop.execute(bought(BEN, stamp_ms=2, **told))
    assert conversion_of(shop).prints == prints


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([{}, {"prints": ("card:x",)}], id="how it was paid afterwards"),
        pytest.param([{"prints": ("card:x",)}, {"prints": ("address:z",)}], id="a charge, and then its session"),
        pytest.param([{"prints": ("address:z",)}, {"prints": ("card:x",)}], id="a session, and then its charge"),
        pytest.param([{"prints": ("address:z", "card:x")}, {}], id="everything, and then nothing"),
    ],
)
def test_the_referrers_own_card_holds_the_bonus_in_whichever_delivery_it_is_told(told: list[dict[str, Any]]) -> None:
    shop = Memory(referring(friends=1, review={"threshold": 60}))
    shop.execute(issue())
    shop.execute(order("1", ANNA, prints=("card:x",)))
    for stamp_ms, parts in enumerate(told, 1):
        shop.execute(bought(BEN, stamp_ms=stamp_ms, **parts))
    shop.execute(settle(BEN))
    assert shop.groups(ANNA)[0].review == "held"


def test_a_later_order_tells_nothing_of_the_conversion_and_gives_the_referrer_nothing_to_follow() -> None:
    shop = shop_of(**REVIEWED)
    shop.execute(bought(BEN, prints=("card:c",)))
    shop.execute(settle(BEN))
    shop.execute(order("2", BEN, at=PAID_AT + 60, prints=("card:d",)))
    conversion = shop.conversions(ANNA)[BEN]
    assert (conversion.prints, conversion.todo, len(conversion.candidates)) == (("card:c",), 0, 2)


def test_an_order_that_is_cancelled_tells_nothing_new_of_its_buyer() -> None:
    shop = shop_of(**REVIEWED)
    shop.execute(bought(BEN, prints=("card:c",)))
    shop.execute(void(f"of-{BEN}", BEN, code=CODE, prints=("card:d",)))
    conversion = shop.conversions(ANNA)[BEN]
    assert (conversion.prints, conversion.live) == (("card:c",), False)


def test_an_order_that_names_nobody_any_more_tells_nothing_of_them() -> None:
    shop = shop_of(**REVIEWED)
    shop.execute(bought(BEN))
    shop.execute(order(f"of-{BEN}", "", stamp_ms=2))
    assert shop.conversions(ANNA)[BEN].prints == ()


def test_without_reviews_nothing_is_told() -> None:
    shop = shop_of()
    shop.execute(bought(BEN, prints=("card:c",), email_hash="h"))
    assert shop.conversions(ANNA)[BEN].prints == ()
    assert shop.member(BEN).prints == ()


def test_before_any_programme_nothing_is_told() -> None:
    shop = Memory()
    shop.execute(order("1", BEN, prints=("card:c",)))
    assert shop.member(BEN).prints == ()


def conversion_of(shop: Memory, friend: str = BEN) -> Conversion:
    return shop.conversions(ANNA)[friend]


class TestMovedOrders:
    """An order that turns out to be another customer's takes its code and its place along."""

    def test_a_later_order_with_a_code_goes_on_converting_as_it_did(self) -> None:
        shop = shop_of(qualifies={"minimum": 50})
        shop.execute(order("1", BEN, line(net=100), code=CODE))
        shop.execute(order("2", BEN, code=CODE, at=PAID_AT + 60))
        before = conversion_of(shop)
        assert before.order == f"{CONNECTION}/2"
        shop.execute(order("1", CLEO, line(net=100), code=CODE, stamp_ms=2))
        ben = shop.member(BEN)
        assert (ben.referrer, ben.by, ben.referred_at) == (ANNA, f"{CONNECTION}/2", PAID_AT + 60)
        assert shop.conversions(ANNA) == {BEN: before}
        assert [record.order for record in shop.written if isinstance(record, Order)] == ["1"]

    def test_of_several_later_orders_the_earliest_paid_one_refers_its_buyer(self) -> None:
        """The names of the orders sort otherwise."""
        shop = shop_of(qualifies={"first_order": False})
        shop.execute(issue(DORA, OTHER_CODE))
        for name, code, later in (("3", CODE, 0), ("1", CODE, 120), ("2", OTHER_CODE, 60)):
            shop.execute(order(name, BEN, code=code, at=PAID_AT + later))
        shop.execute(order("3", CLEO, code=CODE, stamp_ms=2))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == (DORA, f"{CONNECTION}/2")
        assert [conversion.live for conversion in (conversion_of(shop), shop.conversions(DORA)[BEN])] == [False, True]
        assert shop.conversions(DORA)[BEN].order == f"{CONNECTION}/2"

    def test_without_another_order_nobody_has_referred_its_buyer_and_no_conversion_is_made(self) -> None:
        shop = shop_of(qualifies={"minimum": 50})
        shop.execute(order("1", BEN, line(net=100), code=CODE))
        shop.execute(order("1", CLEO, line(net=100), code=CODE, stamp_ms=2))
        ben = shop.member(BEN)
        assert (ben.referrer, ben.by, ben.referred_at, ben.firsts) == ("", "", 0, ())
        assert (shop.member(CLEO).referrer, shop.conversions(ANNA)) == (ANNA, {})

    def test_where_later_orders_count_the_one_that_referred_its_buyer_need_not_be_the_first(self) -> None:
        shop = shop_of(qualifies={"first_order": False})
        shop.execute(order("1", BEN))
        shop.execute(order("2", BEN, code=CODE, at=PAID_AT + 60))
        assert shop.member(BEN).referrer == ANNA
        shop.execute(order("2", CLEO, code=CODE, at=PAID_AT + 60, stamp_ms=2))
        assert (shop.member(BEN).referrer, shop.member(CLEO).referrer) == ("", ANNA)
        assert [conversion_of(shop, name).live for name in (BEN, CLEO)] == [False, True]

    def test_what_its_buyer_loses_with_it_is_said_to_be_handed_over(self) -> None:
        shop = shop_of(welcome={"amount": 3})
        shop.execute(bought(BEN))
        shop.execute(order(f"of-{BEN}", CLEO, code=CODE, stamp_ms=2))
        taken = [posting.why.note for entry in shop.entries(BEN) for posting in entry.postings if posting.why.note]
        assert set(taken) == {"moved to another customer's account"}
        assert (conversion_of(shop).reason, conversion_of(shop).base) == ("moved", 0)

    def test_a_claim_stays_whatever_moves(self) -> None:
        shop = shop_of()
        shop.execute(claim(BEN))
        shop.execute(order("1", BEN, code=OTHER_CODE))
        shop.execute(order("1", CLEO, code=OTHER_CODE, stamp_ms=2))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == (ANNA, "")
        assert not conversion_of(shop).live

    def test_an_order_that_becomes_a_test_converts_nobody_and_again_once_it_is_none(self) -> None:
        shop = shop_of()
        shop.execute(bought(BEN))
        shop.execute(bought(BEN, test=True, stamp_ms=2))
        assert (conversion_of(shop).live, shop.member(BEN).referrer) == (False, "")
        shop.execute(bought(BEN, stamp_ms=3))
        assert (conversion_of(shop).live, shop.member(BEN).referrer) == (True, ANNA)


class TestOlderOrders:
    """An order that is heard of later, and was paid before."""

    def test_with_a_code_of_its_own_it_says_who_referred_its_buyer(self) -> None:
        shop = shop_of()
        shop.execute(issue(DORA, OTHER_CODE))
        shop.execute(order("2", BEN, code=CODE))
        shop.execute(order("1", BEN, code=OTHER_CODE, at=PAID_AT - 60))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == (DORA, f"{CONNECTION}/1")
        assert (conversion_of(shop).live, conversion_of(shop).reason) == (False, "older")
        assert shop.conversions(DORA)[BEN].live

    def test_without_a_code_it_shows_that_the_friend_was_no_new_customer(self) -> None:
        shop = shop_of(welcome={"amount": 3})
        shop.execute(bought(BEN))
        shop.execute(order("1", BEN, at=PAID_AT - 60))
        assert (shop.member(BEN).referrer, conversion_of(shop).live) == ("", False)
        assert shop.order(f"of-{BEN}").terms.refused == "not-a-new-customer"
        assert shop.order(f"of-{BEN}").conversion == Converted(ANNA, BEN, 0, False, "EUR")
        taken = [posting.why.note for entry in shop.entries(BEN) for posting in entry.postings if posting.why.note]
        assert taken == ["not a new customer"]
        assert [event for event in shop.events if isinstance(event, FriendReferred)] == [FriendReferred(BEN, ANNA)]

    def test_where_later_orders_count_it_changes_nothing(self) -> None:
        shop = shop_of(qualifies={"first_order": False})
        shop.execute(bought(BEN))
        shop.execute(order("1", BEN, at=PAID_AT - 60))
        assert (shop.member(BEN).referrer, conversion_of(shop).order) == (ANNA, f"{CONNECTION}/of-{BEN}")

    def test_of_two_at_one_instant_the_name_decides(self) -> None:
        shop = shop_of(qualifies={"first_order": False})
        shop.execute(issue(DORA, OTHER_CODE))
        shop.execute(order("2", BEN, code=CODE))
        shop.execute(order("3", BEN, code=OTHER_CODE))
        assert shop.member(BEN).by == f"{CONNECTION}/2"
        shop.execute(order("1", BEN, code=OTHER_CODE))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == (DORA, f"{CONNECTION}/1")


class TestCandidates:
    def test_the_next_kept_order_takes_the_place_of_one_that_is_refunded_with_its_welcome_gift(self) -> None:
        shop = shop_of(welcome={"percent": 10})
        shop.execute(bought(BEN))
        shop.execute(order("2", BEN, line(net=5000), at=PAID_AT + 60))
        assert shop.available(BEN) == 500 + 250 + 1000
        shop.execute(refund(f"of-{BEN}", amount=10_000))
        assert (conversion_of(shop).order, conversion_of(shop).base) == (f"{CONNECTION}/2", 5000)
        assert shop.available(BEN) == 250 + 500
        assert shop.order(f"of-{BEN}").conversion == Converted(ANNA, BEN, 0, False, "EUR")
        parties = [posting.why.parties for posting in shop.entries(BEN)[-1].postings if posting.why.rule == GIFT]
        assert (f"{CONNECTION}/2",) in parties

    def test_a_gift_is_its_own_orders_and_names_none(self) -> None:
        shop = shop_of(welcome={"amount": 3})
        shop.execute(bought(BEN))
        assert {posting.why.parties for entry in shop.entries(BEN) for posting in entry.postings} == {()}

    def test_three_are_remembered_and_a_fourth_is_none(self) -> None:
        shop = shop_of()
        for number in range(4):
            shop.execute(order(str(number), BEN, code=CODE, at=PAID_AT + number))
        assert [listed.order for listed in conversion_of(shop).candidates] == [f"{CONNECTION}/{n}" for n in range(3)]
        assert [shop.order(str(number)).conversion for number in range(3)] == [
            Converted(ANNA, BEN, 10_000, True, "EUR") for _ in range(3)
        ]
        assert shop.order("3").conversion == Converted(ANNA, BEN, 0, False, "EUR")

    @pytest.mark.parametrize(("void_too", "note"), [(True, "refunded or cancelled"), (False, "refunded or changed")])
    def test_a_gift_that_is_taken_back_says_why(self, void_too: bool, note: str) -> None:
        shop = shop_of(welcome={"amount": 3})
        shop.execute(bought(BEN))
        shop.execute(void(f"of-{BEN}", BEN, code=CODE) if void_too else refund(f"of-{BEN}", amount=10_000))
        welcomes = [
            posting.why.note
            for entry in shop.entries(BEN)
            for posting in entry.postings
            if posting.why.rule == GIFT and posting.why.note
        ]
        assert welcomes == [note]

    def test_a_gift_that_was_lost_is_not_given_twice(self) -> None:
        """With clawback loss the shop lets the member off, and a gift that is due again pays for that first."""
        shop = Memory(programme_of(clawback="loss", earn=[], referral={"percent": 10, "welcome": {"amount": 3}}))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(redeem(300, BEN))
        shop.execute(void(f"of-{BEN}", BEN, code=CODE))
        shop.execute(bought(BEN, stamp_ms=3))
        assert (conversion_of(shop).live, shop.available(BEN)) == (True, 0)


class TestEarlierReleases:
    """A conversion of before candidates has none, and its welcome gift stands in its order's record."""

    def shop(self) -> Memory:
        shop = shop_of(welcome={"percent": 10})
        shop.execute(bought(BEN))
        conversion, converting = conversion_of(shop), shop.order(f"of-{BEN}")
        assert [posted.amount for posted in conversion.posted] == [1000]
        shop.records[conversion.ref] = replace(conversion, candidates=(), posted=())
        shop.records[converting.ref] = replace(converting, posted=(*converting.posted, *conversion.posted))
        return shop

    def test_a_refund_takes_back_its_part_of_the_gift_and_the_conversion_has_it_from_then_on(self) -> None:
        shop = self.shop()
        shop.execute(refund(f"of-{BEN}", amount=5000))
        conversion = conversion_of(shop)
        assert ([posted.amount for posted in conversion.posted], shop.available(BEN)) == ([500], 250 + 500)
        assert [listed.order for listed in conversion.candidates] == [f"{CONNECTION}/of-{BEN}"]
        assert [posted.rule for posted in shop.order(f"of-{BEN}").posted] == ["cashback"]

    def test_a_later_order_is_the_second_candidate_and_the_gift_stays_as_it_is(self) -> None:
        shop = self.shop()
        shop.execute(order("2", BEN, at=PAID_AT + 60))
        listed = [candidate.order for candidate in conversion_of(shop).candidates]
        assert listed == [f"{CONNECTION}/of-{BEN}", f"{CONNECTION}/2"]
        assert shop.available(BEN) == 500 + 500 + 1000
        assert [posted.amount for posted in conversion_of(shop).posted] == [1000]
        assert [posted.rule for posted in shop.order(f"of-{BEN}").posted] == ["cashback"]

    def test_where_the_order_has_no_record_what_the_conversion_says_of_it_counts(self) -> None:
        shop = self.shop()
        del shop.records[OrderRef(CONNECTION, f"of-{BEN}")]
        shop.execute(order("2", BEN, at=PAID_AT + 60))
        first, second = conversion_of(shop).candidates
        assert (first.order, first.at, first.base) == (f"{CONNECTION}/of-{BEN}", PAID_AT, 10_000)
        assert (first.currency, first.gift, second.order) == ("EUR", None, f"{CONNECTION}/2")


class TestRules:
    """An order counts by the programme that was in force when it was paid."""

    def test_once_a_rule_is_known_to_have_been_in_force_its_next_delivery_refers_its_buyer(self) -> None:
        shop = Memory(programme_of())
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.publish(referring(), effective_at=PAID_AT - 60)
        shop.execute(bought(BEN, stamp_ms=2))
        assert (shop.member(BEN).referrer, conversion_of(shop).live) == (ANNA, True)

    def test_an_older_order_of_before_the_rule_shows_that_its_buyer_was_no_new_customer(self) -> None:
        shop = Memory(programme_of())
        shop.publish(referring(), effective_at=PAID_AT)
        shop.execute(issue())
        shop.execute(order("2", BEN, code=CODE))
        shop.execute(order("1", BEN, code=CODE, at=PAID_AT - 60))
        assert (shop.member(BEN).referrer, conversion_of(shop).live) == ("", False)

    def test_an_order_of_before_the_rule_does_not_convert_who_has_claimed(self) -> None:
        shop = Memory(programme_of())
        shop.publish(referring(), effective_at=PAID_AT + 60)
        shop.execute(issue())
        shop.execute(claim(BEN))
        shop.execute(order("1", BEN, at=PAID_AT + 30))
        assert shop.conversions(ANNA) == {}

    def test_a_code_that_nobody_had_stays_refused_whenever_the_order_turns_out_to_have_been_paid(self) -> None:
        shop = Memory(referring())
        shop.execute(order("1", BEN, code=CODE))
        shop.execute(issue())
        shop.execute(order("1", BEN, code=CODE, at=PAID_AT - 60, stamp_ms=2))
        assert (shop.order("1").terms.refused, shop.member(BEN).referrer) == ("unknown-code", "")


class TestMergedPersons:
    def test_an_older_order_of_the_other_person_without_a_code_shows_that_the_friend_was_no_new_customer(self) -> None:
        shop = shop_of()
        shop.execute(bought(BEN))
        shop.execute(order("1", CLEO, at=PAID_AT - 60))
        shop.execute(merge(CLEO, BEN))
        assert (shop.member(BEN).referrer, conversion_of(shop).live) == ("", False)
        assert shop.order(f"of-{BEN}").terms.refused == "not-a-new-customer"

    def test_the_survivor_has_the_orders_of_both_and_converts_by_the_earliest(self) -> None:
        shop = shop_of()
        shop.execute(bought(CLEO, at=PAID_AT + 60))
        shop.execute(bought(BEN))
        shop.execute(merge(CLEO, BEN))
        assert [first.order for first in shop.member(BEN).firsts] == [f"{CONNECTION}/of-{name}" for name in (BEN, CLEO)]
        assert (shop.member(CLEO).firsts, shop.member(CLEO).referrer, shop.member(CLEO).was_root) == ((), "", True)
        assert shop.order(f"of-{CLEO}").terms.root == BEN
        listed = [candidate.order for candidate in conversion_of(shop).candidates]
        assert listed == [f"{CONNECTION}/of-{name}" for name in (BEN, CLEO)]
        assert (conversion_of(shop, CLEO).live, conversion_of(shop, CLEO).reason) == (False, "merged")

    def test_an_order_of_the_other_person_can_be_the_earliest_and_refer_both(self) -> None:
        shop = shop_of()
        shop.execute(issue(DORA, OTHER_CODE))
        shop.execute(bought(BEN))
        shop.execute(order("1", CLEO, code=OTHER_CODE, at=PAID_AT - 60))
        shop.execute(merge(BEN, CLEO))
        assert (shop.member(CLEO).referrer, conversion_of(shop).live) == (DORA, False)
        shop.execute(order("1", EVE, code=OTHER_CODE, at=PAID_AT - 60, stamp_ms=2))
        assert (shop.member(CLEO).referrer, shop.member(CLEO).by) == (ANNA, f"{CONNECTION}/of-{BEN}")


class TestParts:
    ROOT = Member(BEN, referrer=ANNA, referred_at=PAID_AT, by="shop/1")

    @pytest.mark.parametrize(("root", "other"), [("", ""), (ANNA, ""), (DORA, DORA)])
    def test_a_referrers_person_is_named_where_it_is_another_member(self, root: str, other: str) -> None:
        friend = friends.referred(self.ROOT, Code(CODE, ANNA, root=root), NOW)
        assert (friend.referrer, friend.referrer_root, friend.referred_at, friend.by) == (ANNA, other, NOW, "")

    def test_an_order_is_first_if_no_other_was_paid_before(self) -> None:
        earliest = First(PAID_AT, "shop/1"), First(PAID_AT + 1, "shop/2")
        assert [friends.is_first(Member(BEN, firsts=earliest), f"shop/{number}") for number in (1, 2)] == [True, False]
        assert not friends.is_first(Member(BEN), "shop/1")

    @pytest.mark.parametrize(
        ("parts", "counts"),
        [({}, True), ({"paid": False}, False), ({"split": True}, False), ({"test": True}, False)],
    )
    def test_what_is_not_paid_or_split_or_a_test_does_not_count(self, parts: dict[str, Any], counts: bool) -> None:
        history = Memory(referring()).history()
        assert friends.is_valued(snapshot(**parts), history.at(NOW)) == counts

    def test_a_test_counts_where_the_programme_says_so_and_where_there_is_none(self) -> None:
        history = Memory(programme_of(test_orders=True)).history()
        assert [friends.is_valued(snapshot(test=True), version) for version in (history.at(NOW), None)] == [True, True]

    def test_an_order_that_converts_nobody_any_more_has_no_worth(self) -> None:
        assert friends.ended(Converted(ANNA, BEN, 500, True, "EUR")) == Converted(ANNA, BEN, 0, False, "EUR")
        assert friends.ended(None) is None

    @pytest.mark.parametrize(("cause", "parties"), [("shop/1", ()), ("shop/2", ("shop/1",))])
    def test_a_gift_names_its_order_where_another_one_is_the_cause(self, cause: str, parties: tuple[str, ...]) -> None:
        gift = Gift(300, 0, 0, 10_000, "3.00")
        listed = Candidate(PAID_AT, "shop/1", BEN, 10_000, "EUR", gift)
        (due,), owner = friends.welcome(Conversion(ANNA, BEN, "shop/1", live=True, candidates=(listed,)), cause)
        assert (due.amount, due.why.parties, owner) == (300, parties, BEN)


class TestWhatIsAsked:
    """Reading is what a delivery costs: what a delivery leaves as it was is not worked out again."""

    def test_a_delivery_that_leaves_the_code_as_it_was_reads_neither_the_code_nor_other_orders(self) -> None:
        shop = shop_of()
        shop.execute(bought(BEN))
        shop.execute(order("2", BEN, at=PAID_AT + 60))
        shop.execute(order("2", BEN, at=PAID_AT + 60, stamp_ms=2))
        named = {CodeRef(CODE), OrderRef(CONNECTION, f"of-{BEN}")}
        assert named.isdisjoint(shop.read)
        shop.execute(refund("2", amount=100))
        assert CodeRef(CODE) not in shop.read
        assert OrderRef(CONNECTION, f"of-{BEN}") not in shop.read

    @pytest.mark.parametrize("parts", [{"paid": False}, {"test": True}, {"split": True}])
    def test_what_does_not_count_asks_for_no_person(self, parts: dict[str, Any]) -> None:
        shop = shop_of()
        shop.execute(order("1", "", **parts))
        assert MemberRef("") not in shop.read
        assert shop.round_trips == 1

    def test_an_order_without_a_customer_is_nobodys_whatever_its_e_mail_is(self) -> None:
        shop = shop_of()
        shop.execute(order("1", "", email_hash="hash-of-anna"))
        assert shop.order("1").terms.root == ""
        assert MemberRef("") not in shop.read

    def test_an_order_without_a_customer_that_changes_makes_no_member_without_a_name(self) -> None:
        """All such orders of a shop, those of its tills for instance, met at that one record."""
        shop = shop_of()
        shop.execute(order("1", "", code=CODE))
        shop.execute(order("1", "", line(net=5000), code=CODE, stamp_ms=2))
        assert MemberRef("") not in shop.read
        assert [record.ref for record in shop.written] == [OrderRef(CONNECTION, "1")]

    def test_an_order_with_a_members_e_mail_remembers_that_it_is_that_persons(self) -> None:
        shop = shop_of()
        shop.execute(order("1", "guest.1", email_hash="hash-of-anna"))
        shop.execute(order("2", ANNA, email_hash="hash-of-anna"))
        assert [shop.order(number).terms.root for number in ("1", "2")] == [ANNA, ""]

    def test_who_was_named_before_an_order_was_paid_is_not_asked_about_it(self) -> None:
        shop = shop_of()
        shop.execute(order("1", BEN, paid=False))
        shop.execute(order("1", CLEO, stamp_ms=2))
        assert MemberRef(BEN) not in shop.read

    def test_the_other_orders_of_a_person_are_read_at_once(self) -> None:
        shop = shop_of(qualifies={"first_order": False})
        for number in (1, 2, 3):
            shop.execute(order(str(number), BEN, at=PAID_AT + number))
        shop.decide(order("4", BEN, code=CODE, at=PAID_AT))
        others = {OrderRef(CONNECTION, str(number)) for number in (1, 2, 3)}
        assert others <= set(shop.read)
        asked = shop.round_trips
        few = shop_of(qualifies={"first_order": False})
        few.execute(order("1", BEN, at=PAID_AT + 1))
        few.decide(order("4", BEN, code=CODE, at=PAID_AT))
        assert asked == few.round_trips


class TestWhoseOrderItIs:
    def test_the_first_order_with_a_code_refers_once_an_older_one_without_turns_out_to_be_anothers(self) -> None:
        shop = shop_of()
        shop.execute(order("1", BEN))
        shop.execute(order("2", BEN, at=PAID_AT + 60))
        shop.execute(order("3", BEN, code=CODE, at=PAID_AT + 30))
        assert (shop.order("3").terms.refused, shop.member(BEN).referrer) == ("not-a-new-customer", "")
        shop.execute(order("1", CLEO, stamp_ms=2))
        assert (shop.order("3").terms.refused, shop.member(BEN).referrer) == ("", ANNA)
        assert (shop.member(BEN).by, conversion_of(shop).order) == (f"{CONNECTION}/3", f"{CONNECTION}/3")
        assert shop.order("2").terms.refused == ""

    def test_a_later_order_without_a_code_is_refused_none_when_the_referring_one_is_anothers(self) -> None:
        shop = shop_of()
        shop.execute(bought(BEN))
        for number in (2, 3):
            shop.execute(order(str(number), BEN, at=PAID_AT + number))
        shop.execute(order(f"of-{BEN}", CLEO, code=CODE, stamp_ms=2))
        assert shop.member(BEN).referrer == ""
        assert [shop.order(str(number)).terms.refused for number in (2, 3)] == ["", ""]

    @pytest.mark.parametrize("series", "abcdef")
    def test_of_all_later_orders_with_codes_the_earliest_paid_one_refers_its_buyer(self, series: str) -> None:
        """The names of the orders sort otherwise, and they are heard of in a third order."""
        owners = {name: new_code(name.encode()) for name in ("shop.o3", "shop.o4", "shop.o5")}
        shop = shop_of(qualifies={"first_order": False})
        for owner, code in owners.items():
            shop.execute(issue(owner, code))
        shop.execute(order("9", BEN, code=CODE))
        for name, owner, later in (("1", "shop.o3", 180), ("3", "shop.o4", 60), ("2", "shop.o5", 120)):
            shop.execute(order(f"{series}{name}", BEN, code=owners[owner], at=PAID_AT + later))
        shop.execute(order("9", CLEO, code=CODE, stamp_ms=2))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == ("shop.o4", f"{CONNECTION}/{series}3")

    def test_a_test_order_that_turns_out_to_be_none_refers_its_buyer_though_three_were_paid_before(self) -> None:
        """The three earliest orders are remembered: what is none of them shows by its code alone that it is new."""
        shop = shop_of(qualifies={"first_order": False})
        for number in range(3):
            shop.execute(order(str(number), BEN, at=PAID_AT + number))
        late = PAID_AT + 60
        shop.execute(order("4", BEN, code=CODE, at=late, test=True))
        assert shop.member(BEN).referrer == ""
        shop.execute(order("4", BEN, code=CODE, at=late, stamp_ms=2))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == (ANNA, f"{CONNECTION}/4")

    def test_an_order_that_moves_to_a_customer_of_three_orders_refers_that_one(self) -> None:
        shop = shop_of(qualifies={"first_order": False})
        for number in range(3):
            shop.execute(order(str(number), CLEO, at=PAID_AT + number))
        shop.execute(order("4", BEN, code=CODE, at=PAID_AT + 60))
        shop.execute(order("4", CLEO, code=CODE, at=PAID_AT + 60, stamp_ms=2))
        assert [shop.member(name).referrer for name in (BEN, CLEO)] == ["", ANNA]

    def test_a_fourth_order_of_a_person_that_was_merged_is_the_survivors(self) -> None:
        """Its record was not touched by the merge, for three are remembered."""
        shop = shop_of()
        for number in range(4):
            shop.execute(order(str(number), BEN, at=PAID_AT + number))
        shop.execute(order("5", CLEO, at=PAID_AT - 60))
        shop.execute(merge(BEN, CLEO))
        shop.execute(order("3", BEN, line(net=5000), at=PAID_AT + 3, stamp_ms=2))
        assert shop.order("3").terms.root == CLEO
        assert shop.member(BEN).firsts == ()

    def test_a_claim_stays_when_two_persons_turn_out_to_be_one(self) -> None:
        shop = shop_of()
        shop.execute(claim(BEN))
        shop.execute(order("1", BEN))
        shop.execute(order("2", CLEO, at=PAID_AT - 60))
        shop.execute(merge(CLEO, BEN))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == (ANNA, "")

    def test_an_order_that_was_not_remembered_refers_its_buyer_once_the_three_before_it_are_anothers(self) -> None:
        shop = shop_of()
        for number in range(3):
            shop.execute(order(str(number), BEN, at=PAID_AT + number))
        shop.execute(order("4", BEN, code=CODE, at=PAID_AT + 60))
        for number in range(3):
            shop.execute(order(str(number), CLEO, at=PAID_AT + number, stamp_ms=2))
        assert (shop.member(BEN).firsts, shop.member(BEN).referrer) == ((), "")
        shop.execute(order("4", BEN, line(net=9000), code=CODE, at=PAID_AT + 60, stamp_ms=2))
        assert (shop.member(BEN).referrer, conversion_of(shop).live) == (ANNA, True)

    def test_of_two_persons_who_are_one_a_later_order_refers_by_the_rule_of_its_own_time(self) -> None:
        """Ben's code counted for a first order, and Cleo had bought before; hers is of when later ones count too."""
        shop = Memory(referring())
        shop.publish(referring(qualifies={"first_order": False}), effective_at=PAID_AT + 60)
        shop.execute(issue())
        shop.execute(issue(DORA, OTHER_CODE))
        shop.execute(bought(BEN))
        shop.execute(order("0", CLEO, at=PAID_AT - 60))
        shop.execute(order("1", CLEO, code=OTHER_CODE, at=PAID_AT + 90))
        assert [shop.member(name).referrer for name in (BEN, CLEO)] == [ANNA, DORA]
        shop.execute(merge(CLEO, BEN))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == (DORA, f"{CONNECTION}/1")

    @pytest.mark.parametrize("later", [{}, {"at": PAID_AT - 60}, {"code": OTHER_CODE}])
    def test_nobody_is_their_own_friend_after_a_merge_whatever_is_heard_of_the_order(self, later: Any) -> None:
        shop = shop_of()
        shop.execute(issue(CLEO, OTHER_CODE))
        shop.execute(order("1", BEN, code=OTHER_CODE))
        assert shop.member(BEN).referrer == CLEO
        shop.execute(merge(CLEO, BEN))
        assert shop.member(BEN).referrer == ""
        shop.execute(order("1", BEN, **{"code": OTHER_CODE, "stamp_ms": 2} | later))
        assert shop.member(BEN).referrer == ""

    def test_an_order_that_neither_referred_its_buyer_nor_was_the_first_leaves_the_others_unread(self) -> None:
        shop = shop_of()
        shop.execute(bought(BEN))
        shop.execute(order("2", BEN, at=PAID_AT + 60))
        shop.execute(order("2", CLEO, at=PAID_AT + 60, stamp_ms=2))
        assert OrderRef(CONNECTION, f"of-{BEN}") not in shop.read

    def with_a_fourth(self) -> Memory:
        """Three orders without a code, a fourth that referred its buyer, and a fifth that converts; two are too small
        for that.
        """
        shop = shop_of(qualifies={"first_order": False, "minimum": 50})
        for number in range(3):
            shop.execute(order(str(number), BEN, line(net=100), at=PAID_AT + number))
        shop.execute(order("3", BEN, line(net=100), code=CODE, at=PAID_AT + 60))
        shop.execute(order("4", BEN, at=PAID_AT + 90))
        assert (shop.member(BEN).by, conversion_of(shop).order) == (f"{CONNECTION}/3", f"{CONNECTION}/4")
        return shop

    def test_the_order_that_referred_its_buyer_does_so_on_when_the_first_is_anothers(self) -> None:
        shop = self.with_a_fourth()
        shop.execute(order("0", CLEO, line(net=100), stamp_ms=2))
        assert (shop.member(BEN).referrer, shop.member(BEN).by) == (ANNA, f"{CONNECTION}/3")
        assert conversion_of(shop).live

    def test_an_order_converts_nobody_any_more_once_that_which_referred_its_buyer_is_anothers(self) -> None:
        shop = self.with_a_fourth()
        shop.execute(order("3", CLEO, line(net=100), code=CODE, at=PAID_AT + 60, stamp_ms=2))
        assert (shop.member(BEN).referrer, conversion_of(shop).live) == ("", False)
        assert shop.order("4").conversion == Converted(ANNA, BEN, 0, False, "EUR")

    def test_a_later_order_without_a_code_leaves_the_others_unread(self) -> None:
        shop = self.with_a_fourth()
        shop.execute(order("5", BEN, at=PAID_AT + 120))
        assert {OrderRef(CONNECTION, str(number)) for number in range(4)}.isdisjoint(shop.read)

    def test_a_code_that_is_the_buyers_own_since_a_merge_refers_nobody_once_its_order_is_the_first(self) -> None:
        shop = shop_of()
        shop.execute(issue(CLEO, OTHER_CODE))
        shop.execute(order("1", BEN))
        shop.execute(order("2", BEN, code=OTHER_CODE, at=PAID_AT + 60))
        shop.execute(merge(CLEO, BEN))
        shop.execute(order("1", DORA, stamp_ms=2))
        assert (shop.member(BEN).referrer, shop.conversions(CLEO)) == ("", {})

    def test_an_e_mail_that_is_told_later_takes_no_conversion_back(self) -> None:
        """Whether it is the referrer's is asked once, when the buyer is known."""
        shop = shop_of()
        shop.execute(bought(BEN))
        shop.execute(bought(BEN, email_hash="hash-of-anna", lines=(line(net=5000),), stamp_ms=2))
        assert (conversion_of(shop).live, conversion_of(shop).base) == (True, 5000)

    def test_the_referrers_e_mail_is_seen_once_the_rule_is_known_to_have_been_in_force(self) -> None:
        """Ben has bought before, so that the e-mail does not make one person of the two."""
        shop = Memory()
        shop.execute(UpdateMember(ANNA, "anna@example.com", "hash-of-anna", "Anna", "fr", {}))
        shop.execute(issue())
        shop.execute(order("0", BEN, at=PAID_AT - 120))
        shop.execute(bought(BEN, email_hash="hash-of-anna"))
        shop.publish(referring(qualifies={"first_order": False}), effective_at=PAID_AT - 60)
        shop.execute(bought(BEN, email_hash="hash-of-anna", stamp_ms=2))
        assert (shop.order(f"of-{BEN}").terms.root, shop.order(f"of-{BEN}").terms.refused) == ("", "self-referral")
        assert shop.conversions(ANNA) == {}

    def test_a_code_under_its_owners_e_mail_makes_nobody_a_friend(self) -> None:
        """Ben is known as somebody else, so that the e-mail does not make one person of the two."""
        shop = shop_of(welcome={"amount": 3})
        for command in (
            issue(BEN, OTHER_CODE),
            order("1", BEN, code=CODE, email_hash="hash-of-anna"),
            order("1", BEN, code=CODE, email_hash="hash-of-anna", stamp_ms=2),
            order("2", BEN, at=PAID_AT + 60, email_hash="hash-of-ben"),
        ):
            shop.execute(command)
        assert (shop.order("1").terms.refused, shop.member(BEN).referrer) == ("self-referral", "")
        assert (shop.conversions(ANNA), shop.available(BEN)) == ({}, 1000)

    def test_a_code_under_its_owners_e_mail_does_not_count_once_its_order_is_the_first(self) -> None:
        shop = shop_of()
        for command in (
            order("1", BEN),
            order("2", BEN, code=CODE, email_hash="hash-of-anna", at=PAID_AT + 60),
            order("1", DORA, stamp_ms=2),
        ):
            shop.execute(command)
        assert (shop.order("2").terms.refused, shop.member(BEN).referrer) == ("self-referral", "")

    def test_a_code_under_its_owners_e_mail_leaves_whose_friend_its_buyer_is(self) -> None:
        """Dora's claim stands, and Ben's order counts for her."""
        shop = shop_of()
        for command in (
            issue(DORA, OTHER_CODE),
            claim(BEN, OTHER_CODE),
            order("1", BEN, code=CODE, email_hash="hash-of-anna"),
        ):
            shop.execute(command)
        assert (shop.member(BEN).referrer, shop.order("1").terms.refused) == (DORA, "")
        assert shop.conversions(DORA)[BEN].live

    def test_a_code_that_is_corrected_to_anothers_takes_the_conversion_there(self) -> None:
        shop = shop_of(welcome={"amount": 3})
        shop.execute(issue(DORA, OTHER_CODE))
        shop.execute(order("1", BEN, code=CODE))
        shop.execute(order("1", BEN, code=OTHER_CODE, stamp_ms=2))
        assert (conversion_of(shop).live, conversion_of(shop).reason) == (False, "older")
        assert shop.conversions(DORA)[BEN].live
        assert shop.available(BEN) == 500 + 300


class TestBeforeProgrammes:
    """Orders that were paid when no programme was in force."""

    def shop(self, **rule: Any) -> Memory:
        shop = Memory()
        shop.publish(referring(**rule), effective_at=PAID_AT)
        shop.execute(issue())
        return shop

    def test_one_does_not_convert_who_has_claimed(self) -> None:
        shop = self.shop()
        shop.execute(claim(BEN))
        shop.execute(order("1", BEN, at=PAID_AT - 1))
        assert shop.conversions(ANNA) == {}

    def test_an_order_that_turns_out_to_be_one_converts_nobody(self) -> None:
        shop = self.shop()
        shop.execute(bought(BEN))
        assert conversion_of(shop).live
        shop.execute(bought(BEN, at=PAID_AT - 1, stamp_ms=2))
        assert not conversion_of(shop).live

    def test_its_code_does_not_refer_its_buyer_when_a_later_one_is_anothers(self) -> None:
        shop = self.shop(qualifies={"first_order": False})
        shop.execute(order("1", BEN, code=CODE, at=PAID_AT - 1))
        shop.execute(order("2", BEN, code=CODE))
        assert shop.member(BEN).by == f"{CONNECTION}/2"
        shop.execute(order("2", CLEO, code=CODE, stamp_ms=2))
        assert [shop.member(name).referrer for name in (BEN, CLEO)] == ["", ANNA]


class TestWhatStands:
    def test_a_friend_whose_order_is_cancelled_and_revived_is_announced_each_time(self) -> None:
        shop = shop_of()
        shop.execute(bought(BEN))
        shop.execute(void(f"of-{BEN}", BEN, code=CODE))
        shop.execute(bought(BEN, stamp_ms=3))
        told = [event.live for event in shop.events if isinstance(event, FriendConverted)]
        assert told == [True, False, True]

    def test_a_person_knows_the_order_that_made_a_conversion_first(self) -> None:
        shop = shop_of()
        shop.execute(bought(BEN))
        shop.execute(order("2", BEN, at=PAID_AT + 60))
        assert shop.member(BEN).converting == f"{CONNECTION}/of-{BEN}"

    def test_what_converts_no_more_takes_nothing_with_it_when_it_moves(self) -> None:
        """A fourth order is no candidate; its leaving is not the reason of a later taking back."""
        shop = shop_of(welcome={"amount": 3})
        for number in range(4):
            shop.execute(order(str(number), BEN, code=CODE, at=PAID_AT + number))
        shop.execute(order("3", CLEO, code=CODE, at=PAID_AT + 3, stamp_ms=2))
        assert (conversion_of(shop).reason, len(conversion_of(shop).candidates)) == ("", 3)

    def test_where_no_rule_is_in_force_the_referrers_e_mail_is_no_reason_to_refuse(self) -> None:
        shop = shop_of()
        shop.execute(claim(BEN))
        shop.publish(programme_of(), effective_at=NOW + 60)
        shop.execute(order("1", BEN, email_hash="hash-of-anna", at=NOW + 90), NOW + 90)
        assert shop.order("1").terms.refused == ""

    def test_what_was_refused_once_is_refused_for_that_whatever_the_code_becomes(self) -> None:
        shop = shop_of(qualifies={"first_order": False})
        shop.execute(order("1", BEN, code=OTHER_CODE))
        assert shop.order("1").terms.refused == "unknown-code"
        shop.execute(issue(BEN, OTHER_CODE))
        shop.execute(order("1", BEN, code=OTHER_CODE, at=PAID_AT - 60, stamp_ms=2))
        assert shop.order("1").terms.refused == "unknown-code"

    def test_of_a_gift_that_was_lost_a_smaller_one_pays_its_part_and_the_rest_stays_lost(self) -> None:
        shop = Memory(programme_of(clawback="loss", earn=[], referral={"percent": 10, "welcome": {"percent": 3}}))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(redeem(300, BEN))
        shop.execute(void(f"of-{BEN}", BEN, code=CODE))
        shop.execute(bought(BEN, lines=(line(net=4000),), stamp_ms=3))
        assert (shop.available(BEN), shop.member(BEN).accounts["EUR/2"].debt) == (0, 0)
        assert {posted.account: posted.amount for posted in conversion_of(shop).posted} == {WELCOME: 120, LOSS: 180}
        notes = {posting.why.note for posting in shop.entries(BEN)[-1].postings if posting.why.rule == WRITTEN_OFF}
        assert notes <= {OF_WELCOME}

    def test_one_of_an_earlier_release_whose_order_has_no_record_is_converted_by_its_next_delivery(self) -> None:
        shop = TestEarlierReleases().shop()
        del shop.records[OrderRef(CONNECTION, f"of-{BEN}")]
        shop.execute(bought(BEN, stamp_ms=2))
        assert (conversion_of(shop).live, conversion_of(shop).order) == (True, f"{CONNECTION}/of-{BEN}")

    def test_nobody_is_left_of_a_referrer_whom_an_order_had_named(self) -> None:
        referred = Member(BEN, referrer=ANNA, referrer_root=DORA, referred_at=PAID_AT, by="shop/1")
        assert friends.unreferred(referred) == Member(BEN)
