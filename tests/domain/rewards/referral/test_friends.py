"""Whose friend a buyer is, and when an order converts one: the conditions that no other test leaves out."""

import pytest

from chalicelib.domain.commands import UpdateMember
from chalicelib.domain.events import FriendConverted
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CONNECTION,
    DAY_S,
    PAID_AT,
    bought,
    claim,
    issue,
    line,
    order,
    programme,
    referring,
    settle,
)
from tests.world.memory import Memory


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
    first, second = (shop.conversions(ANNA)[each] for each in (BEN, CLEO))
    assert (first.live, first.base, first.todo) == (False, 0, 1)
    assert (second.live, second.base, second.order) == (True, 10_000, f"{CONNECTION}/of-{BEN}")


def test_an_order_that_turns_out_to_be_older_than_the_rule_converts_nobody() -> None:
    shop = Memory(programme())
    shop.publish(referring(), effective_at=PAID_AT)
    shop.execute(issue())
    shop.execute(bought(BEN))
    assert shop.conversions(ANNA)[BEN].live
    shop.execute(bought(BEN, at=PAID_AT - 1, stamp_ms=2))
    assert not shop.conversions(ANNA)[BEN].live
    said = shop.order(f"of-{BEN}").conversion
    assert said
    assert not said.live


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
    assert [each for each in shop.events if isinstance(each, FriendConverted)] == [FriendConverted(BEN, ANNA, True)]


REVIEWED = {"review": {"threshold": 1000}}


@pytest.mark.parametrize(
    ("first", "second", "prints"),
    [
        ({"prints": ("card:c",), "email_hash": "h"}, {"prints": ("card:d",)}, ("card:d", "email:h")),
        ({"prints": ("card:c",), "email_hash": "h"}, {"email_hash": "h"}, ("card:c", "email:h")),
        ({}, {"email_hash": "i"}, ("email:i",)),
        ({}, {}, ()),
    ],
    ids=["new-prints", "none-any-more", "an-e-mail-later", "never-any"],
)
def test_a_conversion_says_what_its_orders_told_last(
    first: dict[str, object], second: dict[str, object], prints: tuple[str, ...]
) -> None:
    shop = shop_of(**REVIEWED)
    shop.execute(bought(BEN, **first))
    shop.execute(bought(BEN, stamp_ms=2, lines=(line(net=5000),), **second))
    assert shop.conversions(ANNA)[BEN].prints == prints


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
