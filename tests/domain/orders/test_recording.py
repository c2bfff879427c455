"""Orders through decide(): what is posted, to whom, and what a delivery changes that comes twice, late or early."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import AdjustBalance, RecordOrder, UpdateMember
from chalicelib.domain.errors import Unprocessable
from chalicelib.domain.events import HoldEnded, OrderRecorded, RewardPosted
from chalicelib.domain.ledger.transfers import LOSS, Posting, Why
from chalicelib.domain.orders import recording
from chalicelib.domain.orders.facts import WHOLE_INVOICE, Dispute, OrderFacts, Refund
from chalicelib.domain.records import Entry, First, Member, MemberRef, Order
from chalicelib.domain.rewards.referral.fraud_signals import MAX_PRINTS
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    CONNECTION,
    DAY_S,
    NOW,
    PAID_AT,
    adjust,
    bought,
    claim,
    hold,
    issue,
    line,
    of_line,
    order,
    programme,
    redeem,
    referring,
    refund,
    settle,
    snapshot,
    states,
    void,
)
from tests.world.memory import Memory, Stale

ORDER = f"{CONNECTION}/1"


YEN = OrderFacts(disputes={"d1": Dispute(1, 5000, "JPY", taken=True)})


@pytest.fixture
def shop() -> Memory:
    return Memory(programme(currencies=["USD"]))


def test_a_paid_order_earns_and_its_entry_says_why(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    (entry,) = shop.entries(ANNA)
    why = Why("cashback", base=10_000, rate="5", lines=(("1", 10_000),))
    assert entry.postings == (Posting("programme:cashback", f"member:{ANNA}", 500, "EUR/2", 0, 0, why),)
    assert (entry.number, entry.at, entry.cause, entry.terms) == (1, NOW, ORDER, 1)
    assert shop.available(ANNA) == 500
    assert shop.events[-2:] == [OrderRecorded(ORDER), RewardPosted(ANNA, "cashback", 500, "EUR/2", ORDER)]


def test_a_paid_order_costs_one_round_trip_and_three_writes(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    assert (shop.round_trips, len(shop.written)) == (1, 3)


def test_a_duplicate_changes_nothing(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(order("1", ANNA), NOW + 1000)
    assert shop.written == ()
    assert shop.round_trips == 1
    assert shop.available(ANNA) == 500


@pytest.mark.parametrize(
    ("delivery", "left"),
    [
        (refund("1", amount=2500), 375),
        (refund("1", lines=of_line("1", 1).lines), 0),
        (refund("1", amount=99_999), 0),
        (void("1", ANNA), 0),
        (order("1", ANNA, line(net=12_000), stamp_ms=2), 600),
        (order("1", ANNA, line(net=8000), stamp_ms=2), 400),
        (order("1", ANNA, line(net=8000), stamp_ms=0), 500),
        (RecordOrder(CONNECTION, "1", OrderFacts(deleted=True)), 0),
        (RecordOrder(CONNECTION, "1", OrderFacts()), 500),
    ],
    ids=[
        "partial-refund",
        "line-refund",
        "over-refund",
        "cancelled",
        "edited-up",
        "edited-down",
        "late",
        "deleted",
        "nothing-said",
    ],
)
def test_the_difference_is_posted(shop: Memory, delivery: RecordOrder, left: int) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(delivery)
    assert shop.available(ANNA) == left
    shop.execute(delivery)
    assert shop.written == ()


def test_what_is_taken_back_names_its_rule_and_that_it_is_a_refund(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(refund("1", amount=2500))
    (posting,) = shop.entries(ANNA)[-1].postings
    assert (posting.source, posting.amount) == (f"member:{ANNA}", 125)
    assert (posting.why.rule, posting.why.base, posting.why.note) == ("cashback", 7500, "refunded or changed")


def test_repeated_partial_refunds_take_back_exactly_what_was_earned(shop: Memory) -> None:
    shop.execute(order("1", ANNA, line(net=9999)))
    for number in range(3):
        shop.execute(refund("1", f"r{number}", amount=3333))
    assert shop.available(ANNA) == 0


@pytest.mark.parametrize(
    "early",
    [order("1", ANNA, stamp_ms=0, paid=False), refund("1", amount=4000), RecordOrder(CONNECTION, "1", OrderFacts())],
    ids=["created-unpaid", "refund-before-payment", "nothing"],
)
def test_facts_that_come_before_the_payment_wait(shop: Memory, early: RecordOrder) -> None:
    shop.execute(early)
    assert shop.all(Entry) == []
    shop.execute(order("1", ANNA))
    shop.execute(refund("1", amount=4000))
    assert shop.available(ANNA) == 300


def test_a_refund_of_a_paid_order_needs_a_second_read_because_it_names_no_customer(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(refund("1", amount=1))
    assert shop.round_trips == 2


def test_an_order_that_was_paid_keeps_its_reward_when_an_edit_leaves_something_to_pay(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(order("1", ANNA, stamp_ms=2, paid=False))
    late = Memory(programme())
    late.execute(order("1", ANNA, stamp_ms=2, paid=False))
    late.execute(order("1", ANNA))
    assert late.available(ANNA) == shop.available(ANNA) == 500
    assert late.order("1").posted == shop.order("1").posted


def test_a_refund_in_another_currency_is_refused_and_nothing_is_lost(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    with pytest.raises(Unprocessable, match="the refund r1 must be in the order's EUR, got JPY"):
        shop.execute(refund("1", amount=5000, currency="JPY"))
    assert shop.available(ANNA) == 500


@pytest.mark.parametrize("back", [refund("1", amount=5000, currency="JPY"), RecordOrder(CONNECTION, "1", YEN)])
def test_money_back_in_another_currency_that_is_heard_of_before_its_order_is_left_aside(
    shop: Memory, back: RecordOrder
) -> None:
    shop.execute(back)
    shop.execute(order("1", ANNA))
    assert shop.available(ANNA) == 500
    shop.execute(back)
    assert shop.written == ()


def test_a_dispute_in_another_currency_is_refused_and_nothing_is_lost(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    with pytest.raises(Unprocessable, match="the dispute d1 must be in the order's EUR, got JPY"):
        shop.execute(RecordOrder(CONNECTION, "1", YEN))
    assert shop.available(ANNA) == 500


def test_a_refund_of_the_right_currency_beside_one_that_was_left_aside_counts(shop: Memory) -> None:
    shop.execute(refund("1", amount=5000, currency="JPY"))
    shop.execute(order("1", ANNA))
    shop.execute(refund("1", "r2", amount=5000, currency="EUR"))
    assert shop.available(ANNA) == 250


def test_an_order_that_moves_to_another_buyer_was_not_the_first_one_of_its_old_buyer() -> None:
    shop = Memory(referring(friends=1))
    shop.execute(issue())
    shop.execute(bought(BEN))
    shop.execute(order(f"of-{BEN}", CLEO, code=CODE, stamp_ms=2))
    ben, cleo = shop.member(BEN), shop.member(CLEO)
    assert (ben.firsts, ben.referrer, ben.referred_at, ben.by) == ((), "", 0, "")
    assert (cleo.firsts, cleo.by) == ((First(PAID_AT, f"shop/of-{BEN}"),), f"shop/of-{BEN}")
    shop.execute(order("next", BEN, line(net=7000), at=PAID_AT + 9, code=CODE))
    assert (shop.member(BEN).firsts, shop.member(BEN).by) == ((First(PAID_AT + 9, "shop/next"),), "shop/next")
    said = shop.conversions(ANNA)[BEN]
    assert (said.order, said.at, said.base, said.live) == ("shop/next", PAID_AT + 9, 7000, True)
    shop.execute(settle(BEN, CLEO))
    assert shop.available(ANNA) == 1700


@pytest.mark.parametrize("net", [0, 5000], ids=["did-not-convert", "converted"])
def test_the_code_of_an_order_that_moves_has_not_introduced_its_old_buyer(net: int) -> None:
    """The books end as if the storefront had named the right buyer from the start."""
    shop = Memory(referring(friends=1))
    shop.execute(issue())
    shop.execute(order("1", BEN, line(net=net), code=CODE))
    shop.execute(order("1", CLEO, code=CODE, stamp_ms=2))
    shop.execute(order("2", BEN, at=PAID_AT + 9))
    shop.execute(settle(BEN, CLEO))
    assert [friend for friend, each in shop.conversions(ANNA).items() if each.live] == [CLEO]


@pytest.mark.parametrize("code", ["", CODE], ids=["without-a-code", "with-the-same"])
def test_a_buyer_who_was_introduced_otherwise_stays_so_when_an_order_moves(code: str) -> None:
    shop = Memory(referring(friends=1))
    shop.execute(issue())
    shop.execute(claim(BEN), PAID_AT if not code else PAID_AT - 1)
    shop.execute(order("1", BEN, code=code))
    shop.execute(order("1", CLEO, code=code, stamp_ms=2))
    assert shop.member(BEN).referrer == ANNA


def test_an_order_that_moves_takes_its_code_along_even_where_another_order_had_converted() -> None:
    """As if the storefront had named the right buyer from the start: nobody ever introduced Ben."""
    shop = Memory(referring(friends=1, qualifies={"first_order": False}))
    shop.execute(issue())
    shop.execute(order("1", BEN, line(net=0), code=CODE))
    shop.execute(order("2", BEN, at=PAID_AT + 9))
    shop.execute(order("1", CLEO, stamp_ms=2))
    ben = shop.member(BEN)
    assert ben.referrer == ""
    assert not shop.conversions(ANNA)[BEN].live


def test_nothing_of_the_introduction_is_left() -> None:
    shop = Memory(referring(friends=1))
    shop.execute(order("of-anna", "guest.h", email_hash="h"))
    shop.execute(order("of-anna-too", ANNA, email_hash="h"))
    shop.execute(issue())
    shop.execute(order("1", BEN, code=CODE))
    assert shop.member(BEN).referrer_root == "guest.h"
    shop.execute(order("1", CLEO, code=CODE, stamp_ms=2))
    ben = shop.member(BEN)
    assert (ben.referrer, ben.referrer_root, ben.referred_at, ben.by) == ("", "", 0, "")


def test_an_order_that_was_neither_takes_neither_along() -> None:
    shop = Memory(referring(friends=1))
    shop.execute(issue())
    shop.execute(bought(BEN))
    shop.execute(order("2", BEN))
    shop.execute(order("2", CLEO, stamp_ms=2))
    ben = shop.member(BEN)
    assert [first.order for first in ben.firsts] == [f"shop/of-{BEN}"]
    assert shop.conversions(ANNA)[BEN].order == f"shop/of-{BEN}"


def test_what_the_shop_has_lost_with_an_order_is_nothing_that_it_earns() -> None:
    shop = Memory(programme(clawback="loss"))
    shop.execute(order("1", ANNA))
    shop.execute(redeem(500))
    answer = shop.execute(void("1", ANNA))
    assert [each.account for each in shop.order("1").posted] == [LOSS]
    assert answer == {"changed": True, "nothing_due": "nothing of it was kept"}


def test_a_buyer_without_customer_and_email_earns_nothing_and_is_no_member(shop: Memory) -> None:
    answer = shop.execute(order("1", ""))
    assert len(shop.written) == 1
    assert answer == {"changed": True, "nothing_due": "the order names neither a customer nor an e-mail"}


def test_a_guest_who_becomes_a_customer_takes_the_reward_along(shop: Memory) -> None:
    shop.execute(order("1", "guest.anna"))
    shop.execute(order("1", ANNA, stamp_ms=2))
    assert (shop.available("guest.anna"), shop.available(ANNA)) == (0, 500)
    assert shop.order("1").posted[0].member == ANNA
    assert [len(shop.entries(member)) for member in ("guest.anna", ANNA)] == [2, 1]


def test_a_change_of_currency_moves_the_reward(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(order("1", ANNA, stamp_ms=2, currency="USD"))
    assert (shop.available(ANNA), shop.available(ANNA, "USD/2")) == (0, 500)


def test_a_free_order_is_remembered_and_earns_nothing(shop: Memory) -> None:
    shop.execute(order("1", ANNA, line(net=0)))
    assert shop.all(Entry) == []
    assert shop.member(ANNA).firsts == (First(PAID_AT, ORDER),)


def test_an_order_paid_before_the_programme_began_earns_nothing() -> None:
    shop = Memory()
    shop.publish(programme(), effective_at=PAID_AT + 1)
    answer = shop.execute(order("1", ANNA))
    assert shop.order("1").terms.version == 0
    assert shop.all(Entry) == []
    assert answer["nothing_due"] == "no programme was in force when the order was paid"


def test_an_order_is_valued_under_the_terms_in_force_when_it_was_paid() -> None:
    shop = Memory(programme())
    shop.execute(order("1", ANNA))
    shop.publish(programme(earn=[{"id": "cashback", "percent": 50}]), effective_at=NOW)
    shop.execute(order("1", ANNA), NOW + 10)
    assert shop.written == ()
    shop.execute(refund("1", amount=5000), NOW + 20)
    assert shop.available(ANNA) == 250
    shop.execute(order("2", ANNA, at=NOW), NOW + 30)
    assert shop.available(ANNA) == 250 + 5000
    assert [shop.order(number).terms.version for number in ("1", "2")] == [1, 2]


def test_a_reward_that_was_spent_before_its_refund_becomes_debt_and_the_next_one_pays_it(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(AdjustBalance(ANNA, "EUR/2", -400, "voucher"))
    shop.execute(void("1", ANNA))
    assert shop.available(ANNA) == -400
    shop.execute(order("2", ANNA))
    assert shop.available(ANNA) == 100


def test_a_refund_goes_back_to_its_own_lot() -> None:
    shop = Memory(programme(earn=[{"id": "cashback", "percent": 5, "vest_days": 14}]))
    shop.execute(order("1", ANNA))
    shop.execute(order("2", ANNA, at=PAID_AT + 5 * DAY_S), NOW + 5 * DAY_S)
    shop.execute(void("2", ANNA, at=PAID_AT + 5 * DAY_S), NOW + 6 * DAY_S)
    assert shop.available(ANNA, now=PAID_AT + 15 * DAY_S) == 500


def test_rewards_of_several_rules_are_one_entry_with_a_reason_each() -> None:
    rules: list[dict[str, Any]] = [
        {"id": "goods", "percent": Decimal(5)},
        {"id": "thanks", "amount": 2, "vest_days": 7},
    ]
    shop = Memory(programme(earn=rules))
    shop.execute(order("1", ANNA))
    (entry,) = shop.entries(ANNA)
    assert [(posting.why.rule, posting.amount) for posting in entry.postings] == [("goods", 500), ("thanks", 200)]


def test_two_sources_of_one_payment_are_one_order(shop: Memory) -> None:
    intent = RecordOrder(CONNECTION, "pi", states(snapshot(buyer=""), source="intent"))
    session = RecordOrder(CONNECTION, "pi", states(snapshot(line(net=9000), buyer=ANNA), source="session"))
    shop.execute(intent)
    shop.execute(session)
    assert shop.available(ANNA) == 450


def test_an_invoice_says_what_its_payments_are_made_of_once_both_are_known(shop: Memory) -> None:
    whole = snapshot(line("payment", net=10_000, tax=2_000), buyer=ANNA)
    shop.execute(RecordOrder(CONNECTION, "in", OrderFacts(payments={"pi": 6_000})))
    answer = shop.execute(RecordOrder(CONNECTION, "in", states(whole, source=WHOLE_INVOICE)))
    expected = replace(whole, lines=(line("payment", net=5_000, tax=1_000),))
    assert recording.of_payments(answer) == {"pi": states(expected, source="invoice")}
    again = shop.execute(RecordOrder(CONNECTION, "in", states(whole, source=WHOLE_INVOICE)))
    assert (again["changed"], again["payments"]) == (False, answer["payments"])
    assert record_checks.of_order(shop.order("in"), shop.history()) == []
    assert shop.available(ANNA) == 0


def test_two_deliveries_that_race_do_not_both_count(shop: Memory) -> None:
    one, two = shop.decide(order("1", ANNA)), shop.decide(order("2", ANNA))
    shop.commit(one.changes)
    with pytest.raises(Stale):
        shop.commit(two.changes)
    shop.execute(order("2", ANNA))
    assert shop.available(ANNA) == 1000


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        (order("1", ANNA), ""),
        (order("1", ANNA, paid=False), "the order is not paid"),
        (refund("1", amount=5), "the order is not paid"),
        (
            RecordOrder(CONNECTION, "in", OrderFacts(payments={"1": 5})),
            "the invoice and who paid it are not both known yet",
        ),
        (order("1", ANNA, currency="CHF"), "the programme does not name CHF"),
        (void("1", ANNA), "nothing of it was kept"),
        (order("1", ANNA, refunds={"r": Refund(amount=10_000)}), "nothing of it was kept"),
    ],
)
def test_the_answer_says_why_nothing_is_due(shop: Memory, delivery: RecordOrder, said: str) -> None:
    assert shop.execute(delivery) == {"changed": True, "nothing_due": said}


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
    assert (shop.order("1").terms.version, shop.round_trips) == (0, 1)
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
    assert shop.order("1").terms.version == 0


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
