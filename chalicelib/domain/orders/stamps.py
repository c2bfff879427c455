"""Counts stamps that are ahead of our own clock as of the arrival of the body that first stated them.

A sender whose clock is ahead (a local time that says `Z`) would hide every true state of an order until then. What a
stamp counts as is remembered (`OrderFacts.ahead`), so that a redelivery counts the same for ever, and a stated stamp
that is greater counts as greater: the sender's own order is kept as far as its stamps are ahead. Imports orders only.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.orders.facts import AHEAD_S, FailedRefund, OrderFacts, Refund, Snapshot


def as_of_arrival(facts: OrderFacts, known: OrderFacts, now: int) -> OrderFacts:
    """The facts of a delivery that is received at `now` (seconds), without stamps and payments that are ahead of it."""
    remembered = _remembered(facts, known, now)
    sources = {name: _snapshot(name, snapshot, known, remembered, now) for name, snapshot in facts.sources.items()}
    if not remembered and sources == facts.sources:
        return facts
    stamp_ms = facts.presentment.stamp_ms
    return OrderFacts(
        sources=sources,
        refunds={name: _refund(refund, remembered) for name, refund in facts.refunds.items()},
        deleted=facts.deleted,
        disputes=facts.disputes,
        delivered_at=facts.delivered_at,
        failed={name: _failed(failure, remembered) for name, failure in facts.failed.items()},
        trashed=facts.trashed,
        restored=facts.restored,
        payments=facts.payments,
        presentment=facts.presentment._replace(stamp_ms=remembered.get(stamp_ms, stamp_ms)),
        ahead=remembered,
    )


def _remembered(facts: OrderFacts, known: OrderFacts, now: int) -> dict[int, int]:
    """What each stamp that is or was ahead counts as, in milliseconds: those of before, and those of these facts."""
    remembered = dict(known.ahead)
    for stamp_ms in sorted(facts.stamps()):
        if stamp_ms > (now + AHEAD_S) * 1000 and stamp_ms not in remembered:
            remembered[stamp_ms] = _as_of(stamp_ms, remembered, now)
    return remembered


def _as_of(stamp_ms: int, remembered: dict[int, int], now: int) -> int:
    """What a stamp counts as: the arrival, less than what greater stamps count as, more than what smaller ones do."""
    greater = [as_of for other, as_of in remembered.items() if other > stamp_ms]
    smaller = [as_of for other, as_of in remembered.items() if other < stamp_ms]
    before_greater = min([now * 1000, *(as_of - 1 for as_of in greater)])
    return max([before_greater, *(as_of + 1 for as_of in smaller)])


def _snapshot(name: str, snapshot: Snapshot, known: OrderFacts, remembered: dict[int, int], now: int) -> Snapshot:
    """A snapshot with its stamp as it counts; a payment that is ahead was made by the time of that stamp."""
    stamp_ms = remembered.get(snapshot.stamp_ms, snapshot.stamp_ms)
    before = known.sources.get(name)
    by_then = stamp_ms // 1000
    was_ahead = before is not None and (before.stamp_ms, before.at) == (stamp_ms, by_then)
    is_ahead = snapshot.at > now + AHEAD_S or (was_ahead and snapshot.at > by_then)
    return replace(snapshot, stamp_ms=stamp_ms, at=by_then if is_ahead else snapshot.at)


def _refund(refund: Refund, remembered: dict[int, int]) -> Refund:
    return replace(refund, stamp_ms=remembered.get(refund.stamp_ms, refund.stamp_ms))


def _failed(failure: FailedRefund, remembered: dict[int, int]) -> FailedRefund:
    return replace(failure, stamp_ms=remembered.get(failure.stamp_ms, failure.stamp_ms))
