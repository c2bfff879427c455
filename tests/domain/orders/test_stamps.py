"""Stamps that are ahead of our clock count as of their arrival, for ever, and in their own order."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.orders.facts import (
    AHEAD_S,
    MAX_AHEAD,
    Dispute,
    FailedRefund,
    OrderFacts,
    Presentment,
    Refund,
    Snapshot,
)
from chalicelib.domain.orders.stamps import as_of_arrival
from tests.world.builders import ANNA, CONNECTION, DAY_S, NOW, line, programme_of, snapshot, states
from tests.world.memory import Memory

HOUR_S = 3600


def state(ahead_s: int, net: int = 10_000, **parts: object) -> Snapshot:
    """The order as a clock stamps it that is so many seconds ahead of NOW."""
    return snapshot(line(net=net), stamp_ms=(NOW + ahead_s) * 1000, buyer=ANNA, **parts)


def deliver(shop: Memory, facts: OrderFacts | Snapshot, now: int = NOW) -> int:
    """Anna's balance afterwards."""
    statement = facts if isinstance(facts, OrderFacts) else states(facts)
    shop.execute(RecordOrder(CONNECTION, "o1", statement), now)
    return shop.available(ANNA, now=now)


@pytest.mark.parametrize("ahead_s", [AHEAD_S + 1, 2 * HOUR_S, 10 * DAY_S])
@pytest.mark.parametrize("again_s", [10, 3 * HOUR_S, 20 * DAY_S])
def test_a_true_state_that_comes_later_is_newer_and_a_redelivery_does_not_undo_it(ahead_s: int, again_s: int) -> None:
    shop = Memory(programme_of())
    assert deliver(shop, state(ahead_s)) == 500
    assert deliver(shop, state(5, void=True), NOW + 6) == 0
    before = dict(shop.records)
    assert deliver(shop, state(ahead_s), NOW + again_s) == 0
    assert shop.records == before


def test_what_a_sender_may_be_ahead_is_believed() -> None:
    shop = Memory(programme_of())
    deliver(shop, state(AHEAD_S))
    assert deliver(shop, state(5, void=True), NOW + 6) == 500
    assert shop.order("o1").facts.ahead == {}


def test_states_of_a_clock_that_is_always_ahead_keep_their_order() -> None:
    bodies = [state(2 * HOUR_S + 60 * i, net) for i, net in enumerate((10_000, 9_000, 6_000))]
    for shuffled in permutations(bodies):
        shop = Memory(programme_of())
        balances = [deliver(shop, body, NOW + 10 * i) for i, body in enumerate(shuffled)]
        assert balances[-1] == 300
        assert deliver(shop, state(60, 8_000), NOW + 61) == 400


@pytest.mark.parametrize("again_s", [1, 11 * DAY_S])
def test_a_payment_that_is_ahead_was_made_when_it_was_stated(again_s: int) -> None:
    shop = Memory(programme_of())
    body = state(-60, at=NOW + 10 * DAY_S)
    deliver(shop, body)
    assert shop.order("o1").facts.paid_at == NOW - 60
    before = dict(shop.records)
    deliver(shop, body, NOW + again_s)
    assert shop.records == before


def test_a_payment_by_a_clock_that_is_ahead_was_made_when_it_was_heard() -> None:
    shop = Memory(programme_of())
    deliver(shop, state(2 * HOUR_S, at=NOW + 2 * HOUR_S - 60))
    assert shop.order("o1").facts.paid_at == NOW


def test_refunds_and_their_failures_keep_their_order() -> None:
    later = 2 * HOUR_S * 1000 + NOW * 1000
    refunded = states(state(0), ch=Refund(amount=10_000, currency="EUR", stamp_ms=later))
    failed = OrderFacts(failed={"re": FailedRefund(later + 1, "ch", 4_000, "EUR")})
    for shuffled in permutations((refunded, failed)):
        shop = Memory(programme_of())
        assert [deliver(shop, facts) for facts in shuffled][-1] == 200
    corrected = Refund(amount=2_000, currency="EUR", stamp_ms=(NOW + 60) * 1000)
    assert deliver(shop, states(ch=corrected), NOW + 61) == 400


def test_so_many_are_remembered_and_one_that_was_forgotten_is_older() -> None:
    shop = Memory(programme_of())
    for i in range(MAX_AHEAD + 2):
        deliver(shop, state(DAY_S + i, 10_000 - 100 * i), NOW + i)
    newest = shop.order("o1").facts
    assert len(newest.ahead) == MAX_AHEAD
    before = shop.available(ANNA)
    assert deliver(shop, state(DAY_S), NOW + 100) == before
    assert shop.order("o1").facts == newest


def test_the_trash_takes_the_stamp_as_it_counts() -> None:
    shop = Memory(programme_of())
    deliver(shop, state(DAY_S))
    assert deliver(shop, OrderFacts(trashed=1), NOW + 5) == 0
    assert deliver(shop, state(60), NOW + 61) == 500


def test_the_price_for_the_buyer_takes_the_stamp_as_it_counts() -> None:
    shop = Memory(programme_of())
    stamp_ms = (NOW + DAY_S) * 1000
    priced = replace(states(state(DAY_S)), presentment=Presentment(stamp_ms, "USD", 108, 100))
    deliver(shop, priced)
    assert shop.order("o1").facts.presentment == (NOW * 1000, "USD", 108, 100)


@pytest.mark.parametrize(("after_s", "counts_s"), [(300, 300), (301, 0)])
def test_a_payment_at_most_five_minutes_after_the_stamp_of_its_state_counts_as_stated(
    after_s: int, counts_s: int
) -> None:
    """Of a state that was heard with its payment at its stamp; with a source beside it whose times are in order."""
    shop = Memory(programme_of())
    deliver(shop, state(-400, at=NOW - 400))
    beside = snapshot(stamp_ms=(NOW - 400) * 1000, at=NOW - 400, buyer=ANNA)
    again = OrderFacts({"charge": beside, "order": state(-400, at=NOW - 400 + after_s, void=True)})
    deliver(shop, again)
    assert shop.order("o1").facts.sources["order"].at == NOW - 400 + counts_s


NOW_MS = NOW * 1000
AHEAD_MS = NOW_MS + HOUR_S * 1000


def test_only_stamps_change() -> None:
    disputes, payments = {"d": Dispute(AHEAD_MS, 5, "EUR", True)}, {"pi": 5}
    delivery = OrderFacts(
        {"order": snapshot(stamp_ms=AHEAD_MS + 1, delivered_at=70)},
        {"r": Refund(amount=1, stamp_ms=AHEAD_MS), "s": Refund(amount=2, stamp_ms=7)},
        deleted=True,
        disputes=disputes,
        failed={"f": FailedRefund(AHEAD_MS, "ch", 5, "EUR")},
        trashed=1,
        restored=True,
        payments=payments,
        presentment=Presentment(AHEAD_MS + 1, "USD", 2, 1),
    )
    assert as_of_arrival(delivery, OrderFacts(), NOW) == OrderFacts(
        {"order": snapshot(stamp_ms=NOW_MS + 1, delivered_at=70)},
        {"r": Refund(amount=1, stamp_ms=NOW_MS), "s": Refund(amount=2, stamp_ms=7)},
        deleted=True,
        disputes=disputes,
        failed={"f": FailedRefund(NOW_MS, "ch", 5, "EUR")},
        trashed=1,
        restored=True,
        payments=payments,
        presentment=Presentment(NOW_MS + 1, "USD", 2, 1),
        ahead={AHEAD_MS: NOW_MS, AHEAD_MS + 1: NOW_MS + 1},
    )


def test_a_delivery_without_a_state_keeps_when_the_order_was_delivered() -> None:
    delivery = OrderFacts(refunds={"r": Refund(stamp_ms=AHEAD_MS)}, delivered_at=70)
    assert as_of_arrival(delivery, OrderFacts(), NOW).delivered_at == 70


@pytest.mark.parametrize(
    "body",
    [
        snapshot(stamp_ms=NOW_MS + 300_000, at=NOW + 300),
        snapshot(stamp_ms=NOW_MS, at=NOW + 300),
        snapshot(stamp_ms=NOW_MS - HOUR_S * 1000, at=NOW),
    ],
    ids=["as-far-as-allowed", "paid-after-its-stamp", "paid-long-after-its-stamp"],
)
@pytest.mark.parametrize(
    "known", [OrderFacts(), states(snapshot(stamp_ms=NOW_MS - 5000, at=NOW - 7))], ids=["new", "known"]
)
def test_what_is_not_ahead_stays_as_it_is_stated(body: Snapshot, known: OrderFacts) -> None:
    assert as_of_arrival(states(body), known, NOW) == states(body)
    beside = states(body, r=Refund(stamp_ms=AHEAD_MS))
    after = as_of_arrival(beside, known, NOW)
    assert (after.sources, after.ahead) == ({"order": body}, {AHEAD_MS: NOW_MS})


@pytest.mark.parametrize(
    ("remembered", "counts_as"),
    [
        ({}, NOW_MS),
        ({AHEAD_MS - 1: NOW_MS - 60_000}, NOW_MS),
        ({AHEAD_MS - 1: NOW_MS + 10_000}, NOW_MS + 10_001),
        ({AHEAD_MS + 1: NOW_MS - 60_000}, NOW_MS - 60_001),
        ({AHEAD_MS + 1: NOW_MS + 10_000}, NOW_MS),
        ({AHEAD_MS - 1: NOW_MS - 5, AHEAD_MS + 1: NOW_MS - 4}, NOW_MS - 4),
    ],
    ids=["alone", "smaller", "smaller-by-a-later-clock", "greater", "greater-by-a-later-clock", "no-room-between"],
)
def test_a_stamp_counts_as_its_arrival_between_those_that_are_remembered(
    remembered: dict[int, int], counts_as: int
) -> None:
    after = as_of_arrival(states(r=Refund(stamp_ms=AHEAD_MS)), OrderFacts(ahead=remembered), NOW)
    assert after.ahead == remembered | {AHEAD_MS: counts_as}


def test_an_earlier_payment_by_a_stamp_that_was_paid_at_counts_as_stated() -> None:
    known = states(snapshot(stamp_ms=NOW_MS, at=NOW))
    earlier = states(snapshot(stamp_ms=NOW_MS, at=NOW - 5), r=Refund(stamp_ms=AHEAD_MS))
    assert as_of_arrival(earlier, known, NOW).sources["order"].at == NOW - 5
