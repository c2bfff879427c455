"""Random orders for Hypothesis: small numbers and few names, so that they meet."""

from __future__ import annotations

from typing import Any, TypeVar

from hypothesis import strategies as st

from chalicelib.domain.orders.facts import Line, OrderFacts, Refund, RefundLine, Snapshot
from tests.world.builders import CODE, PAID_AT

T = TypeVar("T")

LINE_IDS = ("1", "2", "3")
CURRENCIES = ("EUR", "USD", "JPY")

amounts = st.integers(1500, 9000) | st.just(0)
quantities = st.integers(1, 4)

refund_lines = st.builds(
    RefundLine, st.sampled_from(LINE_IDS), quantities, st.none() | st.integers(0, 3000), st.integers(0, 500)
)
refunds = st.builds(
    Refund,
    st.lists(refund_lines, max_size=1).map(tuple),
    st.just(0) | st.integers(0, 300),
    st.just(0) | st.integers(0, 3000),
)
named_refunds = st.dictionaries(st.sampled_from(["r1", "r2", "r3"]), refunds, max_size=2)


def mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    """Five times in six the usual value."""
    return st.sampled_from([*[usual] * 5 * len(others), *others])


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, ...]:
    """One to three lines; some can never earn, some are of a labelled category."""
    return tuple(
        Line(
            line_id,
            draw(st.sampled_from(["p1", "p2"])),
            draw(st.sampled_from(["MUG", "CUP"])),
            draw(quantities),
            draw(amounts),
            draw(st.integers(0, 900)),
            draw(st.sampled_from([(), ("category:sale",)])),
            draw(st.sampled_from([True, True, True, False])),
        )
        for line_id in LINE_IDS[: draw(st.integers(1, 3))]
    )


def snapshots(**fixed: Any) -> st.SearchStrategy[Snapshot]:
    """Snapshots of one order; stamps are few, so that some are equal."""
    parts: dict[str, st.SearchStrategy[Any]] = {
        "stamp_ms": st.integers(1, 4),
        "currency": mostly("EUR", "USD", "JPY"),
        "at": st.sampled_from([PAID_AT, PAID_AT + 60]),
        "paid": mostly(True, False),
        "void": mostly(False, True),
        "buyer": st.sampled_from(["shop.ben", "shop.ben", "shop.ben", "guest.ben", "guest.ben", ""]),
        "email_hash": st.sampled_from(["", "hash-of-ben"]),
        "code": st.sampled_from(["", CODE]),
        "lines": lines(),
        "shipping_net": st.integers(0, 500),
        "shipping_tax": st.integers(0, 100),
        "tax_included": st.booleans(),
        "deduction": mostly(0, 1, 500, 20_000),
        "refunds": named_refunds,
    }
    return st.builds(Snapshot, **parts | {name: st.just(value) for name, value in fixed.items()})


def paid_snapshots() -> st.SearchStrategy[Snapshot]:
    return snapshots(paid=True, void=False)


def facts(**fixed: Any) -> st.SearchStrategy[OrderFacts]:
    """What one delivery states: a snapshot, refunds, a deletion, or several of these."""
    sources = st.dictionaries(mostly("order", "session", "charge"), snapshots(**fixed), min_size=1, max_size=2)
    deliveries = st.builds(OrderFacts, sources, st.just({}), st.just(False))
    return deliveries | deliveries | st.builds(OrderFacts, st.just({}), named_refunds, mostly(False, True))
