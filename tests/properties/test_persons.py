"""A person's orders, as a guest and with an account, in any order of deliveries and with repetitions: one outcome.

Not drawn, because it depends on what comes first (docs/decisions.md): more than three orders, a person who shows one
e-mail too late, two orders that were paid in one second, and a programme that changes.
"""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.commands import RecordOrder
from tests.builders import ANNA, BEN, CODE, DORA, OTHER_CODE, PAID_AT, issue, line, order, programme, refund, void
from tests.memory import Memory
from tests.properties.invariants import check, copy, settle_all

GUEST = "guest.mailbox"
MEMBERS = (ANNA, DORA, BEN, GUEST)


@dataclass(frozen=True)
class Told:
    """What was said of a person's orders, and the same with repetitions in some order."""

    clean: list[RecordOrder]
    delivered: list[RecordOrder]


@st.composite
def told(draw: st.DrawFn) -> Told:
    clean: list[RecordOrder] = []
    for number in range(draw(st.integers(1, 3))):
        name, buyer = str(number), draw(st.sampled_from([BEN, GUEST]))
        stated = {"at": PAID_AT + number, "code": draw(st.sampled_from([CODE, CODE, OTHER_CODE, ""]))}
        goods = line(net=draw(st.sampled_from([3000, 5000])))
        clean.append(order(name, buyer, goods, email_hash="mailbox", **stated))
        happens = draw(st.sampled_from(["nothing", "void", "refund", "moved"]))
        if happens == "void":
            clean.append(void(name, buyer, goods, email_hash="mailbox", **stated))
        if happens == "refund":
            clean.append(refund(name, amount=1000))
        if happens == "moved":
            clean.append(order(name, BEN, goods, email_hash="mailbox", stamp_ms=2, **stated))
    again = draw(st.lists(st.sampled_from(clean), max_size=2))
    return Told(clean, draw(st.permutations(clean + again)))


def outcome(rule: dict[str, object], deliveries: list[RecordOrder]) -> tuple[list[int], list[tuple[str, str, int]]]:
    """What everybody has, and which orders count for whom."""
    shop = Memory(programme(referral={"percent": 10, "friends": 1, "welcome": {"amount": 3}, **rule}))
    shop.execute(issue())
    shop.execute(issue(DORA, OTHER_CODE))
    for delivery in deliveries:
        shop.execute(delivery)
        check(shop, 1)
    books = copy(shop)
    settle_all(books)
    live = [
        (referrer, each.order, each.base)
        for referrer in (ANNA, DORA)
        for each in books.conversions(referrer).values()
        if each.live
    ]
    return [books.available(name) for name in MEMBERS], live


@pytest.mark.parametrize("rule", [{}, {"qualifies": {"minimum": 40}}], ids=["any", "of-a-minimum"])
@settings(max_examples=150)
@given(story=told())
def test_any_order_of_deliveries_ends_in_the_same_books(rule: dict[str, object], story: Told) -> None:
    assert outcome(rule, story.delivered) == outcome(rule, story.clean)
