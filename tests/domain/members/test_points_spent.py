"""Points that pay: at a worth that is fixed when they are held, beside money, given back by the share of the order."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import CaptureHold, PlaceHold, Redeem, WriteDown
from chalicelib.domain.errors import Conflict, InsufficientBalance, InvalidInput
from chalicelib.domain.ledger.accounts import Account, Balance, Lot
from chalicelib.domain.ledger.transfers import REDEMPTION
from chalicelib.domain.members.order_payments import spent_in
from chalicelib.domain.records import Hold, HoldRef, Member, MemberRef, Order, OrderRef, Reserved, Spent, Worth
from tests.domain.members.shops import PAYS
from tests.world.audit import findings
from tests.world.builders import (
    ANNA,
    BEN,
    CONNECTION,
    DAY_S,
    NOW,
    adjust,
    merge,
    order,
    programme_of,
    refund,
    release,
    void,
)
from tests.world.memory import Memory

POINTS = {"points": {"worth": {"EUR": Decimal("0.05")}}, "stars": {}}
FIVE = Worth("EUR/2", 500)


def rich(worth: Any = None, points: int = 100, **parts: Any) -> Memory:
    """Anna has 100 points, each worth 0.05 EUR, and nothing else; there is no rule."""
    assets = {"points": {"worth": worth}} if worth is not None else POINTS
    shop = Memory(programme_of(**{"earn": [], "assets": assets} | parts))
    shop.execute(order("1", ANNA))
    shop.execute(adjust(points, asset="points"))
    return shop


def priced(shop: Memory, worth: Any, now: int = NOW + 1, **parts: Any) -> None:
    """From now on a point has another price."""
    shop.publish(programme_of(earn=[], assets=POINTS | {"points": {"worth": worth}}, **parts), now, now)


def test_points_that_are_worth_too_small_a_share_of_the_order_are_refused() -> None:
    """99 points are worth 4.95, which is less than a quarter of 20.00; 100 are a quarter."""
    shop = rich(spending={"min_percent": 25})
    with pytest.raises(InvalidInput, match=r"amount must be worth at least 25% of order_total, got 4\.95 EUR"):
        shop.execute(PlaceHold(ANNA, "h1", "points", 99, order_total=2000))
    shop.execute(PlaceHold(ANNA, "h1", "points", 100, order_total=2000))
    assert shop.available(ANNA, "points") == 0


def test_without_a_programme_points_pay_nothing() -> None:
    shop = Memory()
    shop.records[MemberRef(ANNA)] = Member(ANNA, version=1, accounts={"points": Account((Lot(100, 0, 0),))})
    for currency in ("", "EUR"):
        with pytest.raises(InvalidInput, match="asset must have a worth in"):
            shop.execute(PlaceHold(ANNA, "h1", "points", 50, currency=currency))


def hold(amount: int, hold_id: str = "h1", member: str = ANNA, asset: str = "points", **parts: Any) -> PlaceHold:
    return PlaceHold(member, hold_id, asset, amount, **{"order": PAYS, "capture_on_paid": True} | parts)


def refused(shop: Memory, command: Any, problem: str) -> None:
    """Whole and in these words, and nothing was written."""
    before = dict(shop.records)
    with pytest.raises((InvalidInput, Conflict)) as raised:
        shop.execute(command)
    assert raised.value.detail == problem
    assert shop.records == before


def test_the_worth_is_fixed_when_points_are_held() -> None:
    shop = rich()
    answer = shop.execute(hold(100, order_total=3000))
    assert (answer["worth"], answer["worth_asset"], answer["available"]) == (500, "EUR/2", 0)
    assert shop.find(HoldRef("h1"), Hold).worth == FIVE
    assert shop.order("2").holds == (Reserved("h1", ANNA, "points", 100, NOW + 3600, worth=FIVE),)
    assert findings(shop) == []


@pytest.mark.parametrize("price", [Decimal("0.01"), Decimal("0.09"), None], ids=str)
def test_a_later_price_moves_nothing(price: Decimal | None) -> None:
    shop = rich()
    shop.execute(hold(100))
    priced(shop, price)
    shop.execute(order("2", ANNA), NOW + 2)
    assert [part.paid for part in shop.order("2").spent] == [FIVE]
    assert shop.find(HoldRef("h1"), Hold).state == "captured"
    before = dict(shop.records)
    shop.execute(order("2", ANNA), NOW + 3)
    assert shop.records == before
    assert findings(shop) == []


@pytest.mark.parametrize(("price", "points", "worth"), [("0.005", 3, 1), ("0.0149", 100, 149), ("0.333333", 7, 233)])
def test_a_part_of_a_cent_is_not_counted(price: str, points: int, worth: int) -> None:
    assert rich(Decimal(price)).execute(hold(points))["worth"] == worth


def test_points_that_are_worth_nothing_pay_nothing() -> None:
    least = "amount must be worth at least 0.01 EUR, got 1 point"
    refused(rich(Decimal("0.005")), hold(1), least)
    refused(rich(Decimal("0.005")), Redeem(ANNA, "points", 1), least)


def test_the_least_amount_of_a_payment_counts_their_worth() -> None:
    shop = rich(spending={"minimum": 2})
    refused(shop, hold(39), "amount must be worth at least 2.00 EUR, got 39 points")
    assert shop.execute(hold(40))["worth"] == 200


def test_without_a_price_in_the_currency_they_pay_nothing() -> None:
    shop = rich(currencies=["USD"])
    shop.execute(adjust(5, asset="stars"))
    priceless = "asset must have a worth in {} in the programme, to pay in it, got {!r}"
    refused(shop, hold(5, asset="stars"), priceless.format("EUR", "stars"))
    refused(shop, hold(5, currency="USD"), priceless.format("USD", "points"))
    shop.execute(order("2", ANNA, currency="USD", paid=False))
    refused(shop, hold(5), priceless.format("USD", "points"))


def test_the_currency_is_the_orders_or_the_stated_one_or_the_programmes() -> None:
    shop = rich({"EUR": Decimal("0.05"), "USD": Decimal("0.06")}, currencies=["USD"])
    assert shop.execute(hold(10, "h1", currency="USD"))["worth_asset"] == "USD/2"
    assert shop.execute(hold(10, "h2", order=f"{CONNECTION}/3"))["worth_asset"] == "EUR/2"
    shop.execute(order("4", ANNA, currency="USD", paid=False))
    assert shop.execute(hold(10, "h3", order=f"{CONNECTION}/4"))["worth"] == 60
    refused(
        shop, hold(10, "h4", order=f"{CONNECTION}/4", currency="EUR"), "currency must be USD, or left out, got 'EUR'"
    )
    shop.execute(order("2", ANNA))
    assert shop.find(HoldRef("h1"), Hold).state == "released"
    assert shop.order("2").spent == ()


def test_money_has_its_own_currency() -> None:
    shop = rich(currencies=["USD"])
    refused(shop, hold(1, asset="EUR/2", currency="USD"), "currency must be EUR, or left out, got 'USD'")


def test_an_order_that_turns_out_to_be_in_other_money_is_not_paid_by_hand() -> None:
    shop = rich(currencies=["USD"])
    shop.execute(hold(10, capture_on_paid=False))
    shop.execute(order("2", ANNA, currency="USD"))
    refused(shop, CaptureHold(ANNA, "h1"), f"the order {PAYS} is in USD; EUR/2 cannot pay for it")


def test_the_most_that_balances_pay_counts_all_members_and_assets() -> None:
    shop = rich(spending={"max_percent": 50})
    shop.execute(order("of-ben", BEN))
    shop.execute(adjust(2000, BEN))
    shop.execute(hold(1000, "h0", BEN, "EUR/2", order_total=3000))
    refused(
        shop,
        hold(100, order_total=2999),
        "amount must be worth at most 50% of order_total, of which 10.00 EUR are spent or held already, got 5.00 EUR",
    )
    shop.execute(hold(100, order_total=3000, capture_on_paid=False))
    refused(
        shop,
        hold(1, "h2", BEN, "EUR/2", order_total=3000, capture_on_paid=False),
        "amount must be at most 50% of order_total, of which 15.00 EUR are spent or held already, got 0.01 EUR",
    )


def test_points_pay_no_more_than_the_order_costs() -> None:
    shop = rich(Decimal(1))
    refused(
        shop, hold(31, order_total=3000), "amount must be worth at most the order_total of 30.00 EUR, got 31.00 EUR"
    )
    assert shop.execute(hold(30, order_total=3000))["worth"] == 3000


def test_only_what_is_available_pays() -> None:
    with pytest.raises(InsufficientBalance, match="101 points asked, 100 points there"):
        rich().execute(hold(101))


@pytest.mark.parametrize(("price", "captured", "worth"), [("0.05", 33, 165), ("0.015", 33, 49), ("0.015", 100, 150)])
def test_a_part_pays_its_share_of_the_worth(price: str, captured: int, worth: int) -> None:
    shop = rich(Decimal(price))
    shop.execute(hold(100, capture_on_paid=False))
    shop.execute(CaptureHold(ANNA, "h1", captured))
    assert spent_in(shop.order("2"), "EUR/2") == worth
    assert shop.available(ANNA, "points") == 100 - captured


def test_a_release_gives_them_back() -> None:
    shop = rich()
    shop.execute(hold(100))
    shop.execute(release())
    assert shop.balance(ANNA, "points") == Balance(100, 0, 0)
    assert shop.order("2").holds == ()


def test_what_our_books_know_was_paid_counts_their_worth() -> None:
    """A discount that a shopper has named our balance: it is that as far as our books say so, in points too."""
    shop = rich(earn=[{"id": "cashback", "percent": 5}])
    shop.execute(hold(60, "h1"))
    shop.execute(hold(200, "h2", asset="EUR/2", capture_on_paid=False))
    shop.execute(CaptureHold(ANNA, "h2"))
    shop.execute(order("2", ANNA, deduction=5000, claimed=True))
    assert shop.order("2").terms.balance == 300 + 200
    assert [posted.amount for posted in shop.order("2").posted if posted.rule == "cashback"] == [475]
    assert findings(shop) == []


@pytest.mark.parametrize(("discounted", "state", "available"), [(499, "open", 100), (500, "captured", 0)])
def test_a_hold_that_ran_out_is_owed_where_the_order_shows_its_worth(
    discounted: int, state: str, available: int
) -> None:
    shop = rich()
    shop.execute(hold(100))
    late = NOW + 2 * DAY_S
    shop.execute(order("2", ANNA, at=late, discounted=discounted), late)
    assert (shop.find(HoldRef("h1"), Hold).state, shop.available(ANNA, "points", late)) == (state, available)
    assert [part.paid for part in shop.order("2").spent] == ([FIVE] if state == "captured" else [])


def test_points_stand_beside_money_and_replace_points() -> None:
    shop = rich(earn=[{"id": "cashback", "percent": 5}])
    shop.execute(hold(200, "h1", asset="EUR/2"))
    shop.execute(hold(60, "h2"))
    shop.execute(hold(80, "h3"))
    states = {name: shop.find(HoldRef(name), Hold).state for name in ("h1", "h2", "h3")}
    assert states == {"h1": "open", "h2": "released", "h3": "open"}
    shop.execute(hold(300, "h4", asset="EUR/2"))
    assert [held.hold for held in shop.order("2").holds] == ["h3", "h4"]
    shop.execute(order("2", ANNA))
    assert spent_in(shop.order("2"), "EUR/2") == 400 + 300
    assert findings(shop) == []


def test_a_redemption_pays_at_once_and_says_its_worth() -> None:
    shop = rich()
    answer = shop.execute(Redeem(ANNA, "points", 20, PAYS))
    assert (answer["worth"], answer["worth_asset"], answer["available"]) == (100, "EUR/2", 80)
    assert [part.paid for part in shop.order("2").spent] == [Worth("EUR/2", 100)]


def test_parts_of_lots_share_the_worth() -> None:
    earn = [{"id": f"in-{days}", "give": 10, "of": "points", "expire_days": days} for days in (30, 60, 90)]
    shop = Memory(programme_of(earn=earn, assets={"points": {"worth": Decimal("0.333")}}))
    shop.execute(order("1", ANNA))
    shop.execute(hold(25))
    shop.execute(order("2", ANNA))
    assert [(part.amount, part.paid.amount) for part in shop.order("2").spent] == [(10, 333), (10, 333), (5, 166)]
    assert findings(shop) == []


def paid(points: int = 100, **parts: Any) -> Memory:
    """Order 2 of 100.00 was paid with points."""
    shop = rich(**parts)
    shop.execute(hold(points))
    shop.execute(order("2", ANNA))
    return shop


def test_parts_of_a_refund_give_back_points_that_sum_to_the_whole() -> None:
    backs = []
    for amounts in permutations([3333, 3333, 3334]):
        shop = paid(10)
        for number, amount in enumerate(amounts):
            shop.execute(refund("2", f"r{number}", amount=amount), NOW + number)
            backs.append(shop.available(ANNA, "points"))
        assert findings(shop) == []
    assert backs[:3] == [93, 97, 100]
    assert set(backs[2::3]) == {100}


@given(st.lists(st.integers(1, 9000), max_size=4), st.integers(1, 100), st.permutations(range(6)), st.booleans())
def test_refunds_and_payment_lead_to_the_same_books_in_every_order(
    amounts: list[int], points: int, places: list[int], again: bool
) -> None:
    """The hold is placed first: that is no delivery. What comes twice changes nothing."""
    deliveries = [order("2", ANNA), *(refund("2", f"r{n}", amount=amount) for n, amount in enumerate(amounts))]
    shop = rich()
    shop.execute(hold(points))
    ordered = [deliveries[place] for place in places if place < len(deliveries)]
    for delivery in ordered * (1 + again):
        shop.execute(delivery)
    kept = max(10_000 - sum(amounts), 0)
    stays = (2 * points * kept + 10_000) // 20_000
    assert shop.available(ANNA, "points") == 100 - stays
    assert spent_in(shop.order("2"), "EUR/2") == 5 * points
    assert findings(shop) == []


def test_a_cancellation_gives_them_back_to_their_lots_and_a_revival_takes_them_again() -> None:
    rules = [{"id": "welcome", "give": 100, "of": "points", "expire_days": 10}]
    shop = Memory(programme_of(earn=rules, assets=POINTS, spending={"return_days": 0}))
    shop.execute(order("1", ANNA))
    lots = shop.member(ANNA).accounts["points"].lots
    shop.execute(hold(100))
    shop.execute(order("2", ANNA))
    shop.execute(void("2", ANNA))
    assert shop.member(ANNA).accounts["points"].lots == lots
    shop.execute(order("2", ANNA, stamp_ms=3))
    # What it pays with is not there a second time; what is there it gives itself.
    assert shop.available(ANNA, "points") == 100
    assert [-posted.amount for posted in shop.order("2").posted if posted.account == REDEMPTION] == [100]
    assert spent_in(shop.order("2"), "EUR/2") == 500
    assert findings(shop) == []


def test_points_that_expired_meanwhile_come_back_for_a_while() -> None:
    rules = [{"id": "welcome", "give": 100, "of": "points", "expire_days": 10, "minimum": 50}]
    shop = Memory(programme_of(earn=rules, assets=POINTS, spending={"return_days": 5}))
    shop.execute(order("1", ANNA))
    shop.execute(hold(40))
    shop.execute(order("2", ANNA, at=NOW))
    later = NOW + 20 * DAY_S
    shop.execute(WriteDown(ANNA), later)
    shop.execute(refund("2", amount=10_000), later)
    gone = later - later % DAY_S + 6 * DAY_S
    assert [shop.available(ANNA, "points", at) for at in (later, gone - 1, gone)] == [40, 40, 0]
    assert findings(shop) == []


@pytest.mark.parametrize(("clawback", "debt"), [("negative", 60), ("loss", 0)])
def test_points_that_were_spent_and_are_taken_back_are_owed_or_lost(clawback: str, debt: int) -> None:
    rules = [{"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}]
    shop = Memory(programme_of(earn=rules, assets=POINTS, clawback=clawback))
    shop.execute(order("1", ANNA))
    shop.execute(Redeem(ANNA, "points", 60))
    shop.execute(refund("1", amount=10_000))
    assert shop.member(ANNA).accounts["points"] == Account(debt=debt)
    assert findings(shop) == []


def test_a_merged_members_points_pay_on() -> None:
    shop = rich()
    shop.execute(order("of-ben", BEN))
    shop.execute(hold(100))
    shop.execute(merge(ANNA, BEN))
    shop.execute(order("2", ANNA))
    assert (shop.find(HoldRef("h1"), Hold).captured, shop.available(BEN, "points")) == (100, 0)
    assert spent_in(shop.order("2"), "EUR/2") == 500


def test_what_an_earlier_release_listed_pays_what_it_is() -> None:
    spent = msgspec.json.decode(b'["shop.anna","EUR/2",300,0,0]', type=Spent)
    held = msgspec.json.decode(b'["h1","shop.anna","EUR/2",200,9,true]', type=Reserved)
    assert (spent.paid, held.pays) == (Worth("EUR/2", 300), Worth("EUR/2", 200))
    stored = Order(CONNECTION, "2", spent=(spent,), holds=(held,))
    assert spent_in(stored, "EUR/2") == 300
    assert OrderRef(CONNECTION, "2") == stored.ref


@pytest.mark.parametrize("worth", [None, Worth("points", 500), Worth("EUR/2", -1)])
def test_the_audit_finds_a_payment_without_a_worth(worth: Worth | None) -> None:
    shop = paid()
    stored = shop.order("2")
    spoilt = replace(stored, spent=tuple(replace(part, worth=worth) for part in stored.spent))
    assert [finding.what for finding in record_checks.of_order(spoilt, shop.history())] == ["worth_differs"]
    of_money = replace(stored, spent=tuple(replace(part, asset="EUR/2") for part in stored.spent))
    assert "worth_differs" in [finding.what for finding in record_checks.of_order(of_money, shop.history())]
