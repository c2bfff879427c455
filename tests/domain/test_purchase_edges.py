"""What an order asks for and leaves alone: reads that are made together, and records that stay as they are."""

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.decide import decide
from chalicelib.domain.decisions import Facts, Missing
from chalicelib.domain.records import MemberRef, Ref
from tests.builders import ANNA, BEN, NOW, bought, issue, order, programme, referring, refund
from tests.memory import Memory


def friendly() -> Memory:
    """Ben has bought with Anna's code."""
    shop = Memory(referring())
    shop.execute(issue())
    shop.execute(bought(BEN))
    return shop


def asked(shop: Memory, command: RecordOrder) -> set[Ref]:
    """All that a decision wants to read."""
    read: dict[Ref, object] = {}
    while True:
        try:
            decide(command, Facts(read, shop.history()), NOW)
            return set(read)
        except Missing as missing:
            read |= {ref: shop.records.get(ref) for ref in missing.refs}


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
    assert MemberRef("") not in asked(shop, nameless)
    shop.execute(nameless)
    assert MemberRef("") not in asked(shop, order(f"of-{BEN}", "", stamp_ms=3))


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
