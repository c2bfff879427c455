"""Orders that their storefront marks as tests: they earn nothing, unless the programme says so."""

from chalicelib.domain.audit.record_checks import of_order
from tests.world.builders import ANNA, BEN, bought, issue, order, programme_of, referring
from tests.world.memory import Memory


def test_a_test_order_earns_nothing_and_says_why() -> None:
    shop = Memory(programme_of())
    answer = shop.execute(order("1", ANNA, test=True))
    assert answer["nothing_due"] == "it is a test order, and the programme's test_orders says that these earn nothing"
    assert shop.available(ANNA) == 0
    assert of_order(shop.order("1"), shop.history()) == []


def test_it_earns_where_the_programme_says_so() -> None:
    shop = Memory(programme_of(test_orders=True))
    assert shop.execute(order("1", ANNA, test=True))["nothing_due"] == ""
    assert shop.available(ANNA) == 500


def test_it_makes_nobody_a_customer_and_converts_no_friend() -> None:
    shop = Memory(referring(friends=1))
    shop.execute(issue())
    shop.execute(bought(BEN, test=True))
    assert shop.conversions(ANNA) == {}
    assert of_order(shop.order(f"of-{BEN}"), shop.history()) == []
    shop.execute(order("2", BEN, stamp_ms=2, code="", at=bought(BEN).facts.sources["order"].at + 60))
    assert [first.order for first in shop.member(BEN).firsts] == [str(shop.order("2").ref)]


def test_an_order_that_turns_out_to_be_a_test_gives_back_what_it_earned() -> None:
    shop = Memory(programme_of())
    shop.execute(order("1", ANNA))
    assert shop.available(ANNA) == 500
    shop.execute(order("1", ANNA, stamp_ms=2, test=True))
    assert shop.available(ANNA) == 0
    assert of_order(shop.order("1"), shop.history()) == []
