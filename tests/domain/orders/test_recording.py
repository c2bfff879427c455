"""Orders through decide(): what is posted, to whom, and what a delivery changes that comes twice, late or early."""

from decimal import Decimal
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import AdjustBalance, RecordOrder, UpdateMember
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.errors import Unprocessable
from chalicelib.domain.events import BalanceRedeemed, HoldEnded, OrderRecorded, RewardPosted
from chalicelib.domain.ledger.transfers import LOSS, WELCOME, Posted, Posting, Why
from chalicelib.domain.members.statements import why
from chalicelib.domain.orders import recording
from chalicelib.domain.orders.facts import WHOLE_INVOICE, Dispute, OrderFacts, Presentment, Refund, RefundLine
from chalicelib.domain.records import (
    BudgetRef,
    CodeRef,
    ConversionRef,
    Entry,
    First,
    Hold,
    Member,
    MemberRef,
    Order,
    OrderRef,
    Ref,
)
from chalicelib.domain.rewards.referral.fraud_signals import MAX_PRINTS
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    CONNECTION,
    DAY_S,
    NOW,
    OTHER_CODE,
    PAID_AT,
    adjust,
    bought,
    claim,
    hold,
    issue,
    line,
    of_line,
    order,
    programme_of,
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
    return Memory(programme_of(currencies=["USD"]))


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
    ("delivery", "available"),
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
def test_the_difference_is_posted(shop: Memory, delivery: RecordOrder, available: int) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(delivery)
    assert shop.available(ANNA) == available
    shop.execute(delivery)
    assert shop.written == ()


def test_what_is_taken_back_names_its_rule_and_that_it_is_a_refund(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(refund("1", amount=2500))
    (posting,) = shop.entries(ANNA)[-1].postings
    assert (posting.source, posting.amount) == (f"member:{ANNA}", 125)
    assert (posting.why.rule, posting.why.base, posting.why.note) == ("cashback", 7500, "refunded or changed")


TAKEN_BACK = [
    ({"percent": 5, "minimum": 80}, 2500, "what you kept is under the minimum"),
    ({"percent": 5, "minimum": 80}, 1000, "what you kept earns 5% of 90.00 EUR"),
    ({"percent": 5, "minimum": 100, "base": {"tax": True}}, 1, "what you kept is under the minimum"),
    ({"give": 1, "of": "EUR", "per": {"EUR": 90}}, 2500, "what you kept earns none"),
    ({"ladder": [{"at": 90, "amount": 3}]}, 2500, "what you kept earns none"),
    ({"percent": 5, "minimum": 80}, 10_000, "was refunded or changed"),
]


@pytest.mark.parametrize(("rule", "amount", "reason"), TAKEN_BACK)
def test_a_reward_that_is_taken_back_says_what_is_due_for_what_was_kept(
    rule: dict[str, Any], amount: int, reason: str
) -> None:
    shop = Memory(programme_of(earn=[{"id": "any", **rule}]))
    shop.execute(order("1", ANNA))
    shop.execute(refund("1", amount=amount))
    entry = shop.entries(ANNA)[-1]
    (posting,) = entry.postings
    assert why(posting, entry).endswith(f"{reason}.")


@pytest.mark.parametrize(
    ("minimum", "reason"),
    [
        ({"USD": 80}, "what you kept earns none"),
        ({"EUR": 100, "USD": 80}, "what you kept earns 4% of 100.00 EUR"),
        ({"EUR": 101, "USD": 80}, "what you kept is under the minimum"),
    ],
)
def test_only_a_minimum_in_the_orders_currency_is_said_not_to_be_reached(minimum: dict[str, int], reason: str) -> None:
    """Of 100.00 EUR nobody can see that it is under 80 USD: the order counts for a version that asks for that."""
    rule = {"id": "any", "percent": 4, "minimum": minimum}
    shop = Memory(programme_of(currencies=["USD"], earn=[rule]))
    shop.publish(programme_of(currencies=["USD"], earn=[rule | {"percent": 5, "minimum": 0}]), effective_at=PAID_AT)
    shop.execute(order("1", ANNA))
    shop.execute(order("1", ANNA, at=PAID_AT - 10, stamp_ms=2))
    entry = shop.entries(ANNA)[-1]
    (posting,) = entry.postings
    assert why(posting, entry).endswith(f"{reason}.")


def test_where_the_best_rule_counts_another_one_may_have_become_it() -> None:
    """A ladder was the best of 100.00, the percent is that of 75.00: nothing kept was too little for the shop."""
    rules = [{"id": "steps", "ladder": [{"at": 90, "amount": 9}]}, {"id": "share", "percent": 5}]
    shop = Memory(programme_of(combine="best", earn=rules))
    shop.execute(order("1", ANNA))
    shop.execute(refund("1", amount=2500))
    notes = {posting.why.rule: posting.why.note for posting in shop.entries(ANNA)[-1].postings}
    assert notes["steps"] == "refunded or changed"


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
    late = Memory(programme_of())
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
    assert "notes" not in shop.execute(back)
    (note,) = shop.execute(order("1", ANNA))["notes"]
    name = "dispute d1" if back.facts.disputes else "refund r1"
    why = "the order's currency is EUR and this is in another, so that nothing is taken back for it"
    assert note == f"{why}: {name}"
    assert shop.available(ANNA) == 500
    assert shop.execute(back)["notes"] == (note,)
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
    conversion = shop.conversions(ANNA)[BEN]
    assert (conversion.order, conversion.at, conversion.base, conversion.live) == ("shop/next", PAID_AT + 9, 7000, True)
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
    assert [friend for friend, conversion in shop.conversions(ANNA).items() if conversion.live] == [CLEO]


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
    shop = Memory(programme_of(clawback="loss"))
    shop.execute(order("1", ANNA))
    shop.execute(redeem(500))
    answer = shop.execute(void("1", ANNA))
    assert [posted.account for posted in shop.order("1").posted] == [LOSS]
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
    shop.publish(programme_of(), effective_at=PAID_AT + 1)
    answer = shop.execute(order("1", ANNA))
    assert shop.order("1").terms.version == 0
    assert shop.all(Entry) == []
    assert answer["nothing_due"] == "no programme was in force when the order was paid"


def test_an_order_is_valued_under_the_terms_in_force_when_it_was_paid() -> None:
    shop = Memory(programme_of())
    shop.execute(order("1", ANNA))
    shop.publish(programme_of(earn=[{"id": "cashback", "percent": 50}]), effective_at=NOW)
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
    shop = Memory(programme_of(earn=[{"id": "cashback", "percent": 5, "vest_days": 14}]))
    shop.execute(order("1", ANNA))
    shop.execute(order("2", ANNA, at=PAID_AT + 5 * DAY_S), NOW + 5 * DAY_S)
    shop.execute(void("2", ANNA, at=PAID_AT + 5 * DAY_S), NOW + 6 * DAY_S)
    assert shop.available(ANNA, now=PAID_AT + 15 * DAY_S) == 500


def test_rewards_of_several_rules_are_one_entry_with_a_reason_each() -> None:
    rules: list[dict[str, Any]] = [
        {"id": "goods", "percent": Decimal(5)},
        {"id": "thanks", "amount": 2, "vest_days": 7},
    ]
    shop = Memory(programme_of(earn=rules))
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
    first, second = shop.decide(order("1", ANNA)), shop.decide(order("2", ANNA))
    shop.commit(first.changes)
    with pytest.raises(Stale):
        shop.commit(second.changes)
    shop.execute(order("2", ANNA))
    assert shop.available(ANNA) == 1000


@pytest.mark.parametrize(
    ("delivery", "reason"),
    [
        (order("1", ANNA), ""),
        (order("1", ANNA, paid=False), "the order is not paid"),
        (refund("1", amount=5), "no body of the order itself was heard yet: what is said of it counts once one is"),
        (
            RecordOrder(CONNECTION, "in", OrderFacts(payments={"1": 5})),
            "the invoice and who paid it are not both known yet",
        ),
        (order("1", ANNA, currency="CHF"), "the programme does not name CHF"),
        (void("1", ANNA), "nothing of it was kept"),
        (order("1", ANNA, refunds={"r": Refund(amount=10_000)}), "nothing of it was kept"),
    ],
)
def test_the_answer_says_why_nothing_is_due(shop: Memory, delivery: RecordOrder, reason: str) -> None:
    assert shop.execute(delivery) == {"changed": True, "nothing_due": reason}


NO_LINE = "the order has no such line, so that nothing is taken back for it: line 9 of the refund r1"


@pytest.mark.parametrize("parts", [{"lines": of_line("9", 1).lines}, {"lines": of_line("9", 1, net=5000).lines}])
def test_a_refund_of_a_line_that_the_order_has_not_is_named_and_counts_once_it_has(
    shop: Memory, parts: dict[str, Any]
) -> None:
    """It took nothing without a word, and the buyer kept the cashback of what went back."""
    assert "notes" not in shop.execute(refund("1", **parts))
    for changed in (True, False):
        answer = shop.execute(order("1", ANNA, line(net=5000), line("2", net=5000)))
        assert answer == {"changed": changed, "nothing_due": "", "notes": (NO_LINE,)}
    assert shop.available(ANNA) == 500
    assert "notes" not in shop.execute(order("1", ANNA, line(net=5000), line("9", net=5000), stamp_ms=2))
    assert shop.available(ANNA) == 250


def test_a_refund_of_lines_that_an_edit_has_taken_out_is_as_it_should_be(shop: Memory) -> None:
    shop.execute(order("1", ANNA, line(net=5000), line("9", net=5000)))
    shop.execute(order("1", ANNA, line(net=5000), stamp_ms=2))
    assert "notes" not in shop.execute(refund("1", lines=of_line("9", 1).lines))
    assert shop.available(ANNA) == 250


def test_of_many_lines_that_the_order_has_not_some_are_named(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    lines = tuple(RefundLine(str(number), 1) for number in range(10, 17))
    (note,) = shop.execute(refund("1", lines=lines))["notes"]
    assert note.endswith("line 13 of the refund r1, line 14 of the refund r1 and 2 more")


def test_of_five_lines_that_the_order_has_not_all_are_named(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    lines = tuple(RefundLine(str(number), 1) for number in range(10, 15))
    (note,) = shop.execute(refund("1", lines=lines))["notes"]
    assert note.endswith("line 13 of the refund r1, line 14 of the refund r1")


def test_a_refund_that_the_order_itself_states_is_named_too(shop: Memory) -> None:
    answer = shop.execute(order("1", ANNA, refunds={"r1": of_line("9", 1)}))
    assert answer["notes"] == (NO_LINE,)


@pytest.mark.parametrize(
    ("amount", "currency", "taken", "noted"),
    [(5000, "EUR", True, False), (5000, "JPY", False, False), (5000, "JPY", True, True)],
    ids=["the order's currency", "another, and nothing is taken", "another"],
)
def test_a_dispute_is_named_where_its_money_is_away_and_takes_nothing(
    shop: Memory, amount: int, currency: str, taken: bool, noted: bool
) -> None:
    shop.execute(RecordOrder(CONNECTION, "1", OrderFacts(disputes={"d1": Dispute(1, amount, currency, taken, False)})))
    notes = shop.execute(order("1", ANNA)).get("notes", ())
    assert notes == (
        ("the order's currency is EUR and this is in another, so that nothing is taken back for it: dispute d1",)
        if noted
        else ()
    )


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
    shop = Memory(programme_of())
    waiting = order("1", ANNA, paid=False)
    assert shop.execute(waiting) == {"changed": True, "nothing_due": "the order is not paid"}
    assert shop.execute(waiting) == {"changed": False, "nothing_due": "the order is not paid"}
    assert shop.written == ()


def test_an_order_that_was_cancelled_before_it_was_paid_is_not_valued() -> None:
    shop = Memory(programme_of())
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
    assert [type(event) for event in shop.events] == [OrderRecorded, HoldEnded]


def test_the_gift_goes_with_the_conversion_even_where_something_is_kept() -> None:
    shop = Memory(referring(qualifies={"minimum": 50}, welcome={"amount": 3}))
    shop.execute(issue())
    shop.execute(bought(BEN))
    assert shop.available(BEN) == 500 + 300
    shop.execute(refund(f"of-{BEN}", amount=6000))
    assert shop.available(BEN) == 200


def test_another_e_mail_of_a_known_buyer_is_anchored_beside_the_first() -> None:
    shop = Memory(programme_of())
    shop.execute(UpdateMember(ANNA, "anna@example.com", "stated", "Anna", "fr", {}))
    shop.execute(order("1", ANNA, email_hash="another"))
    assert [shop.member(f"guest.{mailbox}").person for mailbox in ("stated", "another")] == [ANNA, ANNA]
    assert shop.round_trips == 1


def test_prints_are_noted_in_one_order_whenever_they_are_told() -> None:
    shop = Memory(referring(review={"threshold": 1000}))
    # So many that no unsorted set of them is in this order by luck.
    first, second = "onmlkjihgfed", "cba"
    shop.execute(order("1", ANNA, prints=tuple(f"phone:{number}" for number in first)))
    assert shop.member(ANNA).prints == tuple(f"phone:{number}" for number in sorted(first)[-MAX_PRINTS:])
    shop.execute(order("1", ANNA, stamp_ms=2, prints=tuple(f"phone:{number}" for number in second)))
    seen = [*sorted(first), *sorted(second)]
    assert shop.member(ANNA).prints == tuple(f"phone:{number}" for number in seen[-MAX_PRINTS:])


def test_a_cent_is_something() -> None:
    shop = Memory(programme_of())
    assert shop.execute(order("1", ANNA, line(net=20)))["nothing_due"] == ""
    assert shop.available(ANNA) == 1


def test_without_a_programme_an_order_has_no_terms() -> None:
    shop = Memory()
    shop.execute(order("1", ANNA))
    assert shop.order("1").terms.version == 0


def test_an_order_is_written_before_what_follows_from_it() -> None:
    shop = Memory(programme_of())
    shop.execute(order("1", ANNA))
    assert [type(record) for record in shop.written] == [Order, Entry, Member]


def test_an_order_that_was_cancelled_unpaid_teaches_nothing_of_its_buyer() -> None:
    """It is valued because a hold waits for it."""
    shop = Memory(programme_of())
    shop.execute(issue())
    shop.execute(adjust(100))
    shop.execute(hold(100, order=f"{CONNECTION}/1", capture_on_paid=True))
    shop.execute(order("1", ANNA, paid=False, void=True, email_hash="hash"))
    assert shop.member(ANNA).firsts == ()
    assert MemberRef("guest.hash") not in shop.records


def test_what_was_spent_on_an_order_is_not_what_it_earns() -> None:
    shop = Memory(programme_of(earn=[]))
    shop.execute(issue())
    shop.execute(adjust(100))
    shop.execute(redeem(100, order=f"{CONNECTION}/1"))
    assert shop.execute(order("1", ANNA))["nothing_due"] == "no rule gives anything for the order itself"


class TestRedelivery:
    def answer(self, shop: Memory, delivery: RecordOrder) -> dict[str, Any]:
        answer: dict[str, Any] = shop.execute(delivery)
        return answer

    def test_the_answer_names_the_newer_state_that_is_known(self, shop: Memory) -> None:
        older, newer = order("1", ANNA, stamp_ms=(NOW - 60) * 1000), order("1", ANNA, stamp_ms=NOW * 1000)
        shop.execute(older)
        shop.execute(newer)
        answer = {"changed": False, "nothing_due": "a newer state of the order is known, of 2026-02-02T02:40:00Z"}
        assert self.answer(shop, older) == answer
        assert self.answer(shop, newer) == {"changed": False, "nothing_due": ""}

    def test_of_a_state_that_is_the_newest_it_says_why_nothing_is_due(self, shop: Memory) -> None:
        shop.execute(order("1", ANNA, line(net=0)))
        answer = {"changed": False, "nothing_due": "no rule gives anything for the order itself"}
        assert self.answer(shop, order("1", ANNA, line(net=0))) == answer
        assert self.answer(shop, RecordOrder(CONNECTION, "1", OrderFacts())) == answer

    def test_it_is_valued_if_a_programme_was_published_since_for_when_it_was_paid(self) -> None:
        shop = Memory()
        shop.execute(order("1", ANNA))
        assert shop.all(Entry) == []
        shop.publish(programme_of())
        assert self.answer(shop, order("1", ANNA)) == {"changed": True, "nothing_due": ""}
        assert shop.available(ANNA) == 500

    def test_nothing_has_happened(self, shop: Memory) -> None:
        for delivery in (order("1", ANNA, paid=False, stamp_ms=0), order("1", ANNA)):
            shop.execute(delivery)
            shop.events.clear()
            shop.execute(delivery)
            assert shop.events == []


class TestMoneyBackInTheCurrencyOfTheBuyer:
    """100.00 EUR that the buyer has paid with 108.00 USD: money that went back is in either, and in no other."""

    @pytest.fixture
    def shop(self) -> Memory:
        shop = Memory(programme_of())
        priced = replace(order("1", ANNA).facts, presentment=Presentment(1, "USD", 10_800, 10_000))
        shop.execute(RecordOrder(CONNECTION, "1", priced))
        return shop

    def test_it_comes_off_at_the_ratio_of_the_two_prices(self, shop: Memory) -> None:
        shop.execute(refund("1", amount=2700, currency="USD"))
        assert shop.available(ANNA) == 375
        shop.execute(RecordOrder(CONNECTION, "1", OrderFacts(disputes={"d1": Dispute(1, 5400, "USD", taken=True)})))
        assert shop.available(ANNA) == 125
        shop.execute(refund("1", "r2", amount=1000, currency="EUR"))
        assert shop.available(ANNA) == 75

    @pytest.mark.parametrize(
        ("back", "refusal"),
        [
            (refund("1", amount=5, currency="GBP"), "the refund r1 must be in the order's EUR, got GBP"),
            (
                RecordOrder(CONNECTION, "1", YEN),
                "the dispute d1 must be in the order's EUR or the USD that its buyer paid in, got JPY",
            ),
        ],
        ids=["refund", "dispute"],
    )
    def test_a_third_currency_is_refused(self, shop: Memory, back: RecordOrder, refusal: str) -> None:
        with pytest.raises(Unprocessable) as refused:
            shop.execute(back)
        assert str(refused.value) == refusal
        assert shop.available(ANNA) == 500


def test_a_dispute_of_an_order_with_one_price_says_so(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    with pytest.raises(Unprocessable) as refused:
        shop.execute(RecordOrder(CONNECTION, "1", YEN))
    expected = "the dispute d1 must be in the order's EUR, got JPY: the order states its price in no other currency"
    assert str(refused.value) == expected


@pytest.mark.parametrize("early", [refund("1", amount=5000, currency="JPY"), RecordOrder(CONNECTION, "1", YEN)])
def test_what_was_left_aside_is_not_refused_when_it_comes_with_news(shop: Memory, early: RecordOrder) -> None:
    shop.execute(early)
    shop.execute(order("1", ANNA))
    news = order("1", ANNA, line(net=8000), stamp_ms=2).facts.merge(early.facts)
    shop.execute(RecordOrder(CONNECTION, "1", news))
    assert shop.available(ANNA) == 400


class TestPaidWithBalanceAndGone:
    PAYS = f"{CONNECTION}/2"

    @pytest.fixture
    def shop(self) -> Memory:
        """5.00 of a first order, of which 2.00 are for a second one."""
        shop = Memory(programme_of())
        shop.execute(order("1", ANNA))
        return shop

    def test_a_deleted_order_loses_its_reward_and_gives_its_balance_back(self, shop: Memory) -> None:
        shop.execute(redeem(200, order=self.PAYS))
        shop.execute(order("2", ANNA, deduction=200))
        assert shop.available(ANNA) == 500 - 200 + 490
        shop.execute(RecordOrder(CONNECTION, "2", OrderFacts(deleted=True)))
        assert shop.available(ANNA) == 500

    def test_a_refund_that_is_heard_first_ends_no_hold(self, shop: Memory) -> None:
        shop.execute(hold(200, order=self.PAYS, capture_on_paid=True))
        shop.execute(refund("2", amount=5))
        assert (shop.available(ANNA), shop.balance(ANNA).held) == (300, 200)

    def test_an_order_of_which_only_its_end_is_heard(self, shop: Memory) -> None:
        shop.execute(redeem(100, order=self.PAYS))
        shop.execute(hold(200, order=self.PAYS, capture_on_paid=True))
        shop.events.clear()
        gone = RecordOrder(CONNECTION, "2", OrderFacts(deleted=True))
        assert shop.execute(gone) == {"changed": True, "nothing_due": "the order is not paid"}
        assert (shop.available(ANNA), shop.balance(ANNA).held) == (500, 0)
        assert [type(event) for event in shop.events] == [OrderRecorded, BalanceRedeemed, HoldEnded]
        assert (shop.entries(ANNA)[-1].cause, shop.entries(ANNA)[-1].terms) == (self.PAYS, 1)
        assert [type(record) for record in shop.written] == [Order, Entry, Member, Hold]
        assert shop.execute(gone)["changed"] is False

    def test_without_a_programme_it_has_no_terms(self) -> None:
        shop = Memory()
        shop.execute(UpdateMember(ANNA, "", "", "", "", {}))
        shop.execute(adjust(200))
        shop.execute(redeem(200, order=self.PAYS))
        shop.execute(RecordOrder(CONNECTION, "2", OrderFacts(deleted=True)))
        assert (shop.available(ANNA), shop.entries(ANNA)[-1].terms) == (200, 0)


class TestReads:
    """What a decision reads at once, before it knows anything of the order."""

    def refs(self, shop: Memory, delivery: RecordOrder) -> set[Ref]:
        return shop.asked(delivery) - {OrderRef(CONNECTION, "1")}

    def test_a_buyer_with_anchor_and_code(self) -> None:
        shop = Memory(programme_of())
        shop.execute(issue())
        asked = self.refs(shop, order("1", BEN, email_hash="h", code=CODE))
        assert asked == {MemberRef(BEN), MemberRef("guest.h"), CodeRef(CODE)}
        assert shop.round_trips == 1
        assert self.refs(shop, order("1", BEN)) == {MemberRef(BEN)}

    def test_a_code_beside_the_share_of_a_budget(self) -> None:
        shop = Memory(programme_of(earn=[{"id": "cashback", "percent": 5, "budget": 1000}]))
        shop.execute(issue())
        assert {MemberRef(BEN), CodeRef(CODE)} < self.refs(shop, order("1", BEN, code=CODE))
        assert shop.round_trips == 1

    def test_the_share_of_a_budget_that_it_asks_first_and_later_those_that_it_took_from(self) -> None:
        shop = Memory(programme_of(earn=[{"id": "cashback", "percent": 5, "budget": 1000}]))
        (share,) = self.refs(shop, order("1", ANNA)) - {MemberRef(ANNA)}
        assert isinstance(share, BudgetRef)
        assert shop.round_trips == 1
        shop.execute(order("1", ANNA))
        assert self.refs(shop, refund("1", amount=5)) == {MemberRef(ANNA), share}
        assert shop.round_trips == 2

    def test_a_campaign_says_whose_share_it_asks_first(self) -> None:
        campaign = {"id": "double", "starts": "2026-01-01", "ends": "2026-12-31", "multiply": {"cashback": 2}}
        shop = Memory(programme_of(campaigns=[campaign | {"budget": 1000}]))
        assert {type(ref) for ref in self.refs(shop, order("1", ANNA))} == {MemberRef, BudgetRef}
        assert shop.round_trips == 1

    def test_the_guest_as_whom_a_buyer_was_a_friend(self) -> None:
        shop = Memory(referring())
        shop.execute(issue())
        shop.execute(order("1", "guest.h", code=CODE, email_hash="h"))
        shop.execute(order("1", BEN, code=CODE, email_hash="h", stamp_ms=2))
        asked = self.refs(shop, refund("1", amount=5))
        assert {MemberRef(BEN), MemberRef("guest.h"), ConversionRef(ANNA, "guest.h")} <= asked
        assert shop.round_trips == 2

    def test_an_order_of_nobody_reads_nothing_more(self, shop: Memory) -> None:
        assert self.refs(shop, order("1", "", email_hash="h", code=CODE)) == set()
        assert self.refs(shop, refund("1", amount=5)) == set()

    def test_of_a_stored_order_of_no_friend_its_buyer_alone(self, shop: Memory) -> None:
        shop.execute(order("1", ANNA))
        assert self.refs(shop, refund("1", amount=5)) == {MemberRef(ANNA)}


@pytest.mark.parametrize(
    ("gone", "note"),
    [(void("1", ANNA), "refunded or cancelled"), (refund("1", amount=10_000), "refunded or changed")],
    ids=["cancelled", "refunded"],
)
def test_what_is_taken_back_says_whether_the_order_was_cancelled(shop: Memory, gone: RecordOrder, note: str) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(gone)
    assert [posting.why.note for posting in shop.entries(ANNA)[-1].postings] == [note]


@pytest.mark.parametrize(
    ("parts", "delivery", "expected"),
    [
        ({}, order("1", ANNA, split=True), "its parts are orders of their own, which earn"),
        (
            {"earn": [{"id": "cashback", "percent": 5, "limits": [{"amount": 2, "per": "month"}]}]},
            order("1", ANNA),
            "the limit of the rule cashback is reached: per month",
        ),
        ({"earn": []}, order("1", ANNA), "no rule gives anything for the order itself"),
        (
            {},
            order("1", ANNA, line(net=0, tax=500), refunds={"r": Refund(amount=100)}),
            "nothing of it was kept",
        ),
        (
            {"earn": []},
            order("1", ANNA, refunds={"r": Refund(amount=100)}),
            "no rule gives anything for the order itself",
        ),
        (
            {"earn": []},
            order("1", ANNA, line("1"), line("2"), refunds={"r": of_line("2")}),
            "no rule gives anything for the order itself",
        ),
    ],
    ids=["split", "limit", "no-rule", "only-tax-is-kept", "kept-in-part", "a-line-is-kept"],
)
def test_why_a_paid_order_earns_nothing(parts: dict[str, Any], delivery: RecordOrder, expected: str) -> None:
    shop = Memory(programme_of(**parts))
    shop.execute(order("0", ANNA, line(net=4000)))
    assert shop.execute(delivery)["nothing_due"] == expected


def test_an_order_that_was_told_under_another_code_may_convert_again() -> None:
    """A refused code holds for this buyer and this code only."""
    shop = Memory(referring(friends=1))
    shop.execute(issue())
    shop.execute(order("1", BEN, code=OTHER_CODE))
    assert shop.order("1").terms.refused
    assert shop.conversions(ANNA) == {}
    shop.execute(order("1", BEN, code=CODE, stamp_ms=2))
    assert (shop.order("1").terms.refused, list(shop.conversions(ANNA))) == ("", [BEN])


def test_a_code_that_was_refused_stays_so_whatever_else_is_heard_of_the_order() -> None:
    shop = Memory(referring(friends=1))
    shop.execute(order("1", BEN, code=CODE))
    refusal = shop.order("1").terms.refused
    shop.execute(issue())
    shop.execute(refund("1", amount=1000))
    assert (shop.order("1").terms.refused, shop.conversions(ANNA)) == (refusal, {})
    assert refusal


def test_a_cancelled_order_that_was_never_paid_leaves_no_print_of_its_buyer() -> None:
    """It is valued because a hold waits for it."""
    shop = Memory(referring(review={"threshold": 1000}))
    shop.execute(issue())
    shop.execute(adjust(100))
    shop.execute(hold(100, order=f"{CONNECTION}/1", capture_on_paid=True))
    shop.execute(order("1", ANNA, paid=False, void=True, prints=("card:c",)))
    assert shop.member(ANNA).prints == ()


class TestClaimedBalance:
    """What a shopper calls balance: what our books knew when the order was paid counts, and goes on counting."""

    PAYS = f"{CONNECTION}/2"

    @pytest.fixture
    def shop(self) -> Memory:
        shop = Memory(programme_of())
        shop.execute(order("1", ANNA))
        return shop

    def told(self, shop: Memory, stamp_ms: int, **parts: Any) -> int:
        """What counts as paid with balance after another body."""
        shop.execute(order("2", ANNA, deduction=200, stamp_ms=stamp_ms, **{"claimed": True} | parts))
        return shop.order("2").terms.balance

    def test_what_is_spent_on_it_after_its_payment_counts_no_more(self, shop: Memory) -> None:
        assert self.told(shop, 1) == 0
        shop.execute(redeem(100, order=self.PAYS))
        shop.execute(refund("2", amount=5))
        assert shop.order("2").terms.balance == 0

    def test_it_stays_when_the_order_claims_nothing_any_more(self, shop: Memory) -> None:
        shop.execute(redeem(200, order=self.PAYS))
        assert [self.told(shop, stamp_ms, claimed=stamp_ms == 1) for stamp_ms in (1, 2, 3)] == [200, 200, 200]

    def test_of_what_an_edit_has_left_the_same_share_stays_paid_with_it(self, shop: Memory) -> None:
        """Of 10.00 balance paid 4.00; of the 5.00 that are left 2.00, and 2.00 are back: 5% of 3.00 are earned."""
        shop.execute(redeem(400, order=self.PAYS))
        for stamp_ms, net, available in ((1, 1000, 100 + 30), (2, 500, 100 + 200 + 15)):
            shop.execute(order("2", ANNA, line(net=net), deduction=400, claimed=True, stamp_ms=stamp_ms))
            assert shop.available(ANNA) == available

    def test_a_hold_that_a_revived_order_captures_counts(self, shop: Memory) -> None:
        shop.execute(hold(200, order=self.PAYS, capture_on_paid=True))
        assert [self.told(shop, stamp_ms, void=stamp_ms == 1) for stamp_ms in (1, 2)] == [0, 200]


def test_a_gift_that_an_order_of_an_earlier_release_has_posted_stays_what_it_is(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    stored = shop.order("1")
    gift = Posted(ANNA, "welcome", WELCOME, "EUR/2", VESTED_ALREADY, NO_EXPIRY, 300)
    shop.records[stored.ref] = replace(stored, posted=(*stored.posted, gift))
    shop.execute(refund("1", amount=5000))
    assert (gift in shop.order("1").posted, shop.available(ANNA)) == (True, 250)


class TestJudgements:
    """The level before an order and the campaigns that hold for it, under the version in force when it was paid."""

    def levels(self, step: str, **parts: Any) -> dict[str, Any]:
        return {"levels": {"steps": [{"id": step, "at": 0}], "counts": "at_once"}} | parts

    def shop(self, before: dict[str, Any], after: dict[str, Any]) -> Memory:
        """Another programme is in force from PAID_AT on."""
        shop = Memory(programme_of(**before))
        shop.publish(programme_of(**after), effective_at=PAID_AT)
        return shop

    CAMPAIGN: ClassVar = {"id": "double", "starts": "2026-01-01", "ends": "2026-12-31", "multiply": {"cashback": 2}}

    def test_an_order_that_was_paid_before_there_were_any_has_none(self) -> None:
        shop = self.shop({}, self.levels("green", campaigns=[self.CAMPAIGN]))
        shop.execute(order("1", ANNA))
        terms = shop.order("1").terms
        assert (terms.level, terms.campaigns, shop.available(ANNA)) == ("green", ("double",), 1000)
        shop.execute(order("1", ANNA, at=PAID_AT - 10, stamp_ms=2))
        terms = shop.order("1").terms
        assert (terms.version, terms.level, terms.campaigns, shop.available(ANNA)) == (1, "", (), 500)

    def test_under_another_version_they_are_judged_anew(self) -> None:
        shop = self.shop(self.levels("bronze"), self.levels("green"))
        shop.execute(order("1", ANNA))
        assert shop.order("1").terms.level == "green"
        shop.execute(order("1", ANNA, at=PAID_AT - 10, stamp_ms=2))
        assert shop.order("1").terms.level == "bronze"

    def test_of_nobody_nothing_is_judged(self) -> None:
        shop = Memory(programme_of(**self.levels("green")))
        assert MemberRef("") not in shop.asked(order("1", ""))
        shop.execute(order("1", ""))
        assert shop.order("1").terms.level == ""

    def test_of_an_order_that_was_never_paid_nothing_is_judged(self) -> None:
        """It is valued because a hold waits for it."""
        shop = Memory(programme_of(**self.levels("green")))
        shop.execute(issue())
        shop.execute(adjust(100))
        shop.execute(hold(100, order=f"{CONNECTION}/1", capture_on_paid=True))
        shop.execute(order("1", ANNA, paid=False, void=True))
        assert shop.order("1").terms.level == ""
        shop.execute(order("1", ANNA, stamp_ms=2))
        assert shop.order("1").terms.level == "green"

    def two_levels(self, **parts: Any) -> Memory:
        steps = [{"id": "green", "at": 0}, {"id": "black", "at": 200}]
        return Memory(programme_of(levels={"steps": steps, "counts": "at_once"}, **parts))

    def test_of_another_buyer_they_are_judged_anew(self) -> None:
        shop = self.two_levels()
        shop.execute(order("0", ANNA, line(net=20_000)))
        shop.execute(order("1", BEN))
        assert shop.order("1").terms.level == "green"
        shop.execute(order("1", ANNA, stamp_ms=2))
        assert shop.order("1").terms.level == "black"

    @pytest.mark.parametrize("news", [refund("1", amount=5), order("1", ANNA, at=PAID_AT - 10, stamp_ms=2)])
    def test_what_was_bought_since_changes_no_judgement(self, news: RecordOrder) -> None:
        shop = self.two_levels(campaigns=[self.CAMPAIGN | {"audience": {"levels": ["green"]}}])
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, line(net=20_000)))
        shop.execute(news)
        assert (shop.order("1").terms.level, shop.order("1").terms.campaigns) == ("green", ("double",))

    def test_a_first_order_stays_one(self) -> None:
        shop = self.two_levels(campaigns=[self.CAMPAIGN | {"audience": {"first_order": True}}])
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA))
        shop.execute(refund("1", amount=5))
        assert [shop.order(number).terms.campaigns for number in ("1", "2")] == [("double",), ()]

    def test_the_first_order_of_an_account_is_none_where_its_guest_has_bought(self) -> None:
        shop = self.two_levels(campaigns=[self.CAMPAIGN | {"audience": {"first_order": True}}])
        shop.execute(order("1", "guest.h", email_hash="h"))
        shop.execute(order("2", ANNA, email_hash="h"))
        assert [shop.order(number).terms.campaigns for number in ("1", "2")] == [("double",), ()]

    def test_nobody_is_read_beside_a_buyer_of_no_other_name(self) -> None:
        assert MemberRef("") not in self.two_levels(campaigns=[self.CAMPAIGN]).asked(order("1", ANNA))


def test_nobody_is_recognised_by_prints() -> None:
    shop = Memory(referring(review={"threshold": 1000}))
    assert MemberRef("") not in shop.asked(order("1", "", prints=("card:c",)))


class TestHeldOut:
    """A person is held out for ever: by the name that it was judged by, though it may have another one since."""

    HALF: ClassVar = {"id": "double", "starts": "2026-01-01", "ends": "2026-12-31", "multiply": {"cashback": 2}}

    @pytest.fixture
    def shop(self) -> Memory:
        return Memory(programme_of(campaigns=[self.HALF | {"holdout": 50}]))

    def names(self, shop: Memory, prefix: str, *, held_out: bool) -> list[str]:
        version = shop.history().at(NOW)
        assert version
        (campaign,) = version.programme.campaigns
        names = (f"{prefix}.{number}" for number in range(60))
        return [name for name in names if campaign.holds_out(name) is held_out]

    def judged(self, shop: Memory, delivery: RecordOrder) -> tuple[tuple[str, ...], str]:
        shop.execute(delivery)
        return shop.order("1").terms.campaigns, shop.order("1").terms.judged_as

    def merged_since(self, shop: Memory, buyer: str, judged_as: str) -> None:
        """The order of a buyer who was judged by another name."""
        shop.execute(order("1", buyer))
        shop.records[shop.order("1").ref] = shop.order("1").under(campaigns=("-double",), judged_as=judged_as)

    def test_by_the_name_of_then_where_the_order_was_paid_earlier(self, shop: Memory) -> None:
        buyer, *_ = self.names(shop, "shop", held_out=False)
        held, *_ = self.names(shop, "shop", held_out=True)
        self.merged_since(shop, buyer, held)
        assert self.judged(shop, order("1", buyer, at=PAID_AT - 10, stamp_ms=2)) == (("-double",), held)
        assert self.judged(shop, order("1", buyer, at=1_700_000_000, stamp_ms=3)) == ((), "")

    def test_another_buyer_by_its_own_name(self, shop: Memory) -> None:
        buyer, other, *_ = self.names(shop, "shop", held_out=False)
        held, *_ = self.names(shop, "shop", held_out=True)
        self.merged_since(shop, buyer, held)
        assert self.judged(shop, order("1", other, stamp_ms=2)) == (("double",), "")

    def test_an_account_by_the_name_of_its_person(self, shop: Memory) -> None:
        buyer, *_ = self.names(shop, "shop", held_out=False)
        guest, *_ = self.names(shop, "guest", held_out=True)
        email_hash = guest.removeprefix("guest.")
        shop.execute(order("0", guest, email_hash=email_hash))
        assert self.judged(shop, order("1", buyer, email_hash=email_hash)) == (("-double",), "")

    def test_nobody_under_a_programme_without_campaigns(self) -> None:
        shop = Memory(programme_of())
        shop.publish(programme_of(campaigns=[self.HALF | {"holdout": 50}]), effective_at=PAID_AT)
        self.merged_since(shop, ANNA, BEN)
        assert self.judged(shop, order("1", ANNA, at=PAID_AT - 10, stamp_ms=2)) == ((), "")


class TestBeforeTheFirstVersion:
    """A storefront's clock is a minute ahead, and the first programme comes into force within that minute."""

    @pytest.fixture
    def shop(self) -> Memory:
        shop = Memory()
        shop.publish(programme_of(), effective_at=NOW + 30, now=NOW)
        shop.execute(order("1", ANNA, at=NOW + 60))
        return shop

    def test_an_order_that_was_paid_under_it_counts_for_its_buyer_at_once(self, shop: Memory) -> None:
        counts = shop.member(ANNA).counts
        assert (counts["EUR/a"], counts["orders/a"], shop.available(ANNA)) == ((0, 10_000), (0, 1), 500)

    def test_a_refund_takes_off_what_it_counted_and_no_more(self, shop: Memory) -> None:
        shop.execute(refund("1", amount=4000), NOW + 90)
        counts = shop.member(ANNA).counts
        assert (counts["EUR/a"], counts["orders/a"]) == ((0, 6000), (0, 1))

    def test_an_order_that_turns_out_to_be_older_than_it_counts_nothing_any_more(self, shop: Memory) -> None:
        shop.execute(order("1", ANNA, at=NOW + 10, stamp_ms=2))
        assert (shop.member(ANNA).counts, shop.order("1").counted, shop.available(ANNA)) == ({}, None, 0)


def test_a_cancelled_order_that_waits_for_its_payment_again_says_so_and_takes_balance() -> None:
    """It earns nothing until it is paid; a shopper may pay it with balance meanwhile."""
    shop = Memory(programme_of(earn=[{"id": "cashback", "percent": 5}]))
    shop.execute(order("1", ANNA))
    shop.execute(order("2", ANNA, stamp_ms=1))
    shop.execute(void("2", ANNA, stamp_ms=2))
    waiting = shop.execute(order("2", ANNA, stamp_ms=3, paid=False))
    assert waiting["nothing_due"] == "it was cancelled, failed or refunded after its payment, and is not paid again"
    assert shop.available(ANNA) == 500
    shop.execute(hold(300, order=f"{CONNECTION}/2"))
    assert shop.available(ANNA) == 200
    shop.execute(order("2", ANNA, stamp_ms=4))
    assert shop.available(ANNA) == 200 + 500
