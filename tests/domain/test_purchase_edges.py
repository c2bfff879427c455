"""What an order asks for and leaves alone: reads that are made together, and records that stay as they are."""

from chalicelib.domain.commands import UpdateMember
from chalicelib.domain.events import HoldEnded, OrderRecorded
from chalicelib.domain.records import Entry, Member, MemberRef, Order
from chalicelib.domain.signals import MAX_PRINTS
from tests.builders import (
    ANNA,
    BEN,
    CONNECTION,
    adjust,
    bought,
    claim,
    hold,
    issue,
    line,
    order,
    programme,
    redeem,
    referring,
    refund,
)
from tests.memory import Memory


def friendly() -> Memory:
    """Ben has bought with Anna's code."""
    shop = Memory(referring())
    shop.execute(issue())
    shop.execute(bought(BEN))
    return shop


def test_a_refund_of_a_friends_order_reads_the_friend_and_the_conversion_at_once() -> None:
    shop = friendly()
    shop.execute(refund(f"of-{BEN}", amount=10))
    assert shop.round_trips == 2


def test_a_friends_order_that_comes_again_reads_no_conversion() -> None:
    shop = friendly()
    shop.execute(bought(BEN))
    assert shop.round_trips == 1


def test_nobody_is_not_read() -> None:
    shop = friendly()
    nameless = order(f"of-{BEN}", "", stamp_ms=2)
    assert MemberRef("") not in shop.asked(nameless)
    shop.execute(nameless)
    assert MemberRef("") not in shop.asked(order(f"of-{BEN}", "", stamp_ms=3))


def test_what_waits_is_answered_and_written_once() -> None:
    shop = Memory(programme())
    waiting = order("1", ANNA, paid=False)
    assert shop.execute(waiting) == {"changed": True, "nothing_due": "the order is not paid"}
    assert shop.execute(waiting) == {"changed": False, "nothing_due": "the order is not paid"}
    assert shop.written == ()


def test_an_order_that_was_cancelled_before_it_was_paid_is_not_valued() -> None:
    shop = Memory(programme())
    shop.execute(order("1", ANNA, paid=False, void=True))
    assert (shop.order("1").terms, shop.round_trips) == (0, 1)
    assert MemberRef(ANNA) not in shop.records


def test_a_cancelled_order_that_was_never_paid_is_nobodys_first() -> None:
    """It is valued all the same, because a hold waits for it."""
    shop = Memory(referring())
    shop.execute(issue())
    shop.execute(claim(BEN))
    shop.execute(order("1", BEN))
    firsts = shop.member(BEN).firsts
    shop.execute(hold(100, member=BEN, order=f"{CONNECTION}/2", capture_on_paid=True))
    shop.events.clear()
    shop.execute(order("2", BEN, paid=False, void=True))
    assert shop.member(BEN).firsts == firsts
    assert [type(each) for each in shop.events] == [OrderRecorded, HoldEnded]


def test_the_gift_goes_with_the_conversion_even_where_something_is_kept() -> None:
    shop = Memory(referring(qualifies={"minimum": 50}, welcome={"amount": 3}))
    shop.execute(issue())
    shop.execute(bought(BEN))
    assert shop.available(BEN) == 500 + 300
    shop.execute(refund(f"of-{BEN}", amount=6000))
    assert shop.available(BEN) == 200


def test_another_e_mail_of_a_known_buyer_is_anchored_beside_the_first() -> None:
    shop = Memory(programme())
    shop.execute(UpdateMember(ANNA, "anna@example.com", "stated", "Anna", "fr", {}))
    shop.execute(order("1", ANNA, email_hash="another"))
    assert [shop.member(f"guest.{each}").person for each in ("stated", "another")] == [ANNA, ANNA]
    assert shop.round_trips == 1


def test_prints_are_noted_in_one_order_whenever_they_are_told() -> None:
    shop = Memory(referring(review={"threshold": 1000}))
    # So many that no unsorted set of them is in this order by luck.
    first, second = "onmlkjihgfed", "cba"
    shop.execute(order("1", ANNA, prints=tuple(f"phone:{each}" for each in first)))
    assert shop.member(ANNA).prints == tuple(f"phone:{each}" for each in sorted(first)[-MAX_PRINTS:])
    shop.execute(order("1", ANNA, stamp_ms=2, prints=tuple(f"phone:{each}" for each in second)))
    seen = [*sorted(first), *sorted(second)]
    assert shop.member(ANNA).prints == tuple(f"phone:{each}" for each in seen[-MAX_PRINTS:])


def test_a_cent_is_something() -> None:
    shop = Memory(programme())
    assert shop.execute(order("1", ANNA, line(net=20)))["nothing_due"] == ""
    assert shop.available(ANNA) == 1


def test_without_a_programme_an_order_has_no_terms() -> None:
    shop = Memory()
    shop.execute(order("1", ANNA))
    assert shop.order("1").terms == 0


def test_an_order_is_written_before_what_follows_from_it() -> None:
    shop = Memory(programme())
    shop.execute(order("1", ANNA))
    assert [type(each) for each in shop.written] == [Order, Entry, Member]


def test_an_order_that_was_cancelled_unpaid_teaches_nothing_of_its_buyer() -> None:
    """It is valued because a hold waits for it."""
    shop = Memory(programme())
    shop.execute(issue())
    shop.execute(adjust(100))
    shop.execute(hold(100, order=f"{CONNECTION}/1", capture_on_paid=True))
    shop.execute(order("1", ANNA, paid=False, void=True, email_hash="hash"))
    assert shop.member(ANNA).firsts == ()
    assert MemberRef("guest.hash") not in shop.records


def test_what_was_spent_on_an_order_is_not_what_it_earns() -> None:
    shop = Memory(programme(earn=[]))
    shop.execute(issue())
    shop.execute(adjust(100))
    shop.execute(redeem(100, order=f"{CONNECTION}/1"))
    assert shop.execute(order("1", ANNA))["nothing_due"] == "no rule gives anything for it"
