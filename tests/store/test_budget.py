"""What deliveries cost by our own meter: read round trips, transactions, and write units from the bytes of each item.

The orders are as large as real ones: five lines, Shopify's 14-digit ids, SKUs of 12 to 16 characters, tax on each line,
a name, the hash of the e-mail, a referral code; rewards that vest and expire. The measured units stand beside the limit
and in the test's name; a failure prints the size of every item (`pytest -rP` always does).

A refund as Shopify sends it (refunds/create) names no customer: the order must be read to know whose it is, so it takes
a second read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chalicelib.domain.commands import PublishProgramme, RecordActivity, RecordOrder, WithdrawActivity
from chalicelib.domain.core.identity import Identities
from chalicelib.domain.ledger.accounts import MAX_LOTS, Account, Lot
from chalicelib.domain.orders.facts import Line, Refund, RefundLine
from chalicelib.domain.records import First, Member
from chalicelib.engine import Engine
from chalicelib.store.table import commit
from tests.world.builders import (
    ANNA,
    CODE,
    CONNECTION,
    DAY_S,
    NOW,
    PAID_AT,
    claim,
    issue,
    programme_of,
    snapshot,
    states,
)
from tests.world.meter import metered

IDENTITIES = Identities(b"root secret of the deployment", CONNECTION)
EMAIL = "a.rather.long.address@example.com"
ACCOUNT = IDENTITIES.buyer(7_123_456_789_012, None)
GUEST = IDENTITIES.buyer(None, EMAIL)
FIRST, SECOND, THIRD, FOURTH = 5_801_234_567_890, 5_801_234_599_999, 5_801_234_600_000, 5_801_234_600_001

SKUS = ("TSHIRT-BLK-XL", "HOODIE-GRY-M-02", "SOCKS-3PACK-42", "CAP-NAVY-ONESZ", "MUG-CERAMIC-350")
LINES = tuple(
    Line(f"1441234567{number}901", f"8812345678{number}12", sku, number, 2345 * number, 469 * number)
    for number, sku in enumerate(SKUS, 1)
)

RULES = programme_of(
    timezone="Europe/Paris",
    earn=[{"id": "cashback", "percent": 5, "vest_days": 14, "expire_days": 365}],
    referral={
        "percent": 10,
        "qualifies": {"minimum": 20},
        "welcome": {"amount": 5, "vest_days": 14, "expire_days": 90},
        "vest_days": 14,
        "expire_days": 365,
        "review": {"threshold": 100},
    },
)

PRINTS = tuple(IDENTITIES.print_of(kind, "a value") for kind in ("address", "card", "device", "phone"))


def paid(number: int, code: str = "", at: int = PAID_AT, buyer: str = ACCOUNT) -> RecordOrder:
    state = snapshot(
        *LINES,
        stamp_ms=at * 1000,
        at=at,
        name=f"#{number % 10_000}",
        buyer=buyer,
        email_hash=IDENTITIES.email_hash(EMAIL),
        code=code,
        shipping_net=490,
        shipping_tax=98,
        tax_included=True,
        prints=PRINTS,
    )
    return RecordOrder(CONNECTION, str(number), states(state))


def refunded(number: int) -> RecordOrder:
    """Shopify's refunds/create: two lines and the shipping, and no word of the customer."""
    lines = tuple(RefundLine(line.id, 1, 2345, 391) for line in LINES[:2])
    return RecordOrder(CONNECTION, str(number), states(**{"929361462231": Refund(lines=lines, shipping=588)}))


def updated(number: int) -> RecordOrder:
    """The same refund inside the whole order, as orders/updated and WooCommerce send it: the buyer is in it."""
    return RecordOrder(CONNECTION, str(number), paid(number).facts.merge(refunded(number).facts))


@pytest.fixture
def shop(engine: Engine) -> Engine:
    engine.execute(PublishProgramme(RULES, "", 0, 0, 0), 0)
    engine.execute(issue(), NOW)
    return engine


def an_old_member() -> Member:
    """As large as a member gets: every lot that an account may hold, 10,000 entries, a code, a referrer."""
    lots = tuple(Lot(12_345 + number, NOW + number * DAY_S, NOW + (365 + number) * DAY_S) for number in range(MAX_LOTS))
    return Member(
        ACCOUNT,
        entries=10_000,
        code=CODE[::-1],
        referrer=ANNA,
        referred_at=NOW - 300 * DAY_S,
        by=f"{CONNECTION}/{FIRST - 2}",
        firsts=(
            First(NOW - 300 * DAY_S, f"{CONNECTION}/{FIRST - 2}"),
            First(NOW - 299 * DAY_S, f"{CONNECTION}/{FIRST - 1}"),
        ),
        converting=f"{CONNECTION}/{FIRST - 1}",
        accounts={"EUR/2": Account(lots)},
        head="q83vASNFZ4mrze8BI0VniQ",
        prints=(*PRINTS, "phone:abcdefghij", "card:abcdefghij"),
    )


def nothing(shop: Engine) -> None:
    """A new customer."""


def one_order(shop: Engine) -> None:
    shop.execute(paid(FIRST), NOW)


def one_guests_order(shop: Engine) -> None:
    shop.execute(paid(FIRST, buyer=GUEST), NOW)


def a_guest_who_registered(shop: Engine) -> None:
    one_guests_order(shop)
    shop.execute(paid(SECOND, at=PAID_AT + 1), NOW)


def three_orders_of_a_guest_who_registered(shop: Engine) -> None:
    a_guest_who_registered(shop)
    shop.execute(paid(THIRD, at=PAID_AT + 2), NOW)


def a_claim(shop: Engine) -> None:
    shop.execute(claim(ACCOUNT), NOW)


def a_friends_order(shop: Engine) -> None:
    shop.execute(paid(FIRST, CODE), NOW)


def a_long_history(shop: Engine) -> None:
    commit([an_old_member(), Member(GUEST, person=ACCOUNT)])


def a_long_history_and_one_order(shop: Engine) -> None:
    a_long_history(shop)
    one_order(shop)


@dataclass(frozen=True)
class Case:
    before: Callable[[Engine], None]
    delivery: RecordOrder
    reads: int
    units: int
    limit: int = 8


CASES = {
    "accounts-first-order": Case(nothing, paid(FIRST), reads=1, units=8),
    "guests-first-order": Case(nothing, paid(FIRST, buyer=GUEST), reads=1, units=6),
    "repeat-order": Case(one_order, paid(SECOND, at=PAID_AT + 1), reads=1, units=6, limit=6),
    "guests-repeat-order": Case(one_guests_order, paid(SECOND, at=PAID_AT + 1, buyer=GUEST), reads=1, units=6, limit=6),
    "first-order-of-a-guest-who-registered": Case(one_guests_order, paid(SECOND, at=PAID_AT + 1), reads=1, units=8),
    "third-order-of-a-guest-who-registered": Case(
        a_guest_who_registered, paid(THIRD, at=PAID_AT + 2), reads=1, units=8
    ),
    "repeat-order-of-a-guest-who-registered": Case(
        three_orders_of_a_guest_who_registered, paid(FOURTH, at=PAID_AT + 3), reads=1, units=6, limit=6
    ),
    "accounts-first-order-with-a-code": Case(nothing, paid(FIRST, CODE), reads=1, units=10, limit=10),
    "guests-first-order-with-a-code": Case(nothing, paid(FIRST, CODE, buyer=GUEST), reads=1, units=8),
    "accounts-first-order-after-a-claim": Case(a_claim, paid(FIRST), reads=1, units=10, limit=10),
    "friends-second-order": Case(a_friends_order, paid(SECOND, at=PAID_AT + 1), reads=2, units=8),
    "duplicate": Case(one_order, paid(FIRST), reads=1, units=0, limit=0),
    "duplicate-of-a-friends-order": Case(a_friends_order, paid(FIRST, CODE), reads=1, units=0, limit=0),
    "partial-refund-in-its-order": Case(one_order, updated(FIRST), reads=1, units=6),
    "partial-refund-alone": Case(one_order, refunded(FIRST), reads=2, units=6),
    "partial-refund-of-a-friend": Case(a_friends_order, refunded(FIRST), reads=2, units=8, limit=10),
    "order-with-every-lot": Case(a_long_history, paid(FIRST, at=NOW), reads=1, units=6),
    "refund-with-every-lot": Case(a_long_history_and_one_order, refunded(FIRST), reads=2, units=6),
}


def name_of(case: str) -> str:
    return f"{case}-{CASES[case].reads}-reads-{CASES[case].units}-of-{CASES[case].limit}-units"


@pytest.mark.parametrize("case", CASES.values(), ids=map(name_of, CASES))
def test_a_delivery_stays_within_its_budget(shop: Engine, case: Case) -> None:
    case.before(shop)
    shop.history(NOW)
    with metered() as meter:
        shop.execute(case.delivery, NOW)
    print(meter)
    assert meter.read_round_trips == case.reads
    assert meter.write_round_trips == (1 if case.units else 0)
    assert meter.write_units == case.units <= case.limit


def test_an_activity_stays_within_its_budget(shop: Engine) -> None:
    """Of a member who has bought, under a rule with limits and a budget: four items, one read."""
    limits = [{"times": 2, "per": "month"}, {"amount": 500, "per": "year"}]
    rule = {"id": "review", "give": 20, "of": "points", "on": "review", "limits": limits, "budget": 100_000}
    programme = programme_of(timezone="Europe/Paris", earn=[rule], assets={"points": {"expire_months": 12}})
    shop.execute(PublishProgramme(programme, "", 1, NOW - 9, 0), NOW - 9)
    one_order(shop)
    engine = Engine()
    engine.history(NOW)
    reference = "7e57d004-2b97-4e7a-b45f-5387367791cd"
    for command, reads in (
        (RecordActivity(ACCOUNT, "review", reference), 1),
        (WithdrawActivity(ACCOUNT, "review", reference), 2),
    ):
        with metered() as meter:
            engine.execute(command, NOW)
        print(meter)
        assert (meter.read_round_trips, meter.write_round_trips) == (reads, 1)
        assert (len(meter.writes), meter.write_units) == (4, 8)
    with metered() as meter:
        engine.execute(RecordActivity(ACCOUNT, "review", reference), NOW)
    assert (meter.read_round_trips, meter.write_round_trips) == (1, 0)
