"""What time has done is written down: by a command of its own, and first thing by whoever writes next."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import WriteDown
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.errors import NotFound
from chalicelib.domain.events import BalanceExpired, BalanceRedeemed, BalanceVested, RewardPosted
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger.accounts import Account, HoldPart, Lot
from chalicelib.domain.ledger.book import Books, Closed
from chalicelib.domain.ledger.transfers import (
    ADJUSTMENT,
    BREAKAGE,
    LOSS,
    REDEMPTION,
    Posted,
    Posting,
    Why,
)
from chalicelib.domain.members.statements import why
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.history import History, history_of
from chalicelib.domain.records import Entry, Hold, Member, MemberRef
from tests.world.builders import (
    ANNA,
    BEN,
    CASHBACK_ACCOUNT,
    DAY_S,
    NOW,
    PAID_AT,
    adjust,
    disputed,
    hold,
    issue,
    order,
    programme_of,
    redeem,
    refund,
    void,
)
from tests.world.memory import Memory

MIDNIGHT = NOW - NOW % DAY_S
VESTS, EXPIRES = MIDNIGHT + 14 * DAY_S, MIDNIGHT + 31 * DAY_S
WAITING = {"id": "cashback", "percent": Decimal(5), "vest_days": 14, "expire_days": 30}
ACCOUNT = f"member:{ANNA}"


@pytest.fixture
def shop() -> Memory:
    """Anna has 5.00 that vest and expire."""
    shop = Memory(programme_of(earn=[WAITING]))
    shop.execute(order("1", ANNA))
    return shop


def vested(amount: int) -> Posting:
    return Posting(ACCOUNT, ACCOUNT, amount, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("vested"))


def expired(amount: int, asset: str = "EUR/2") -> Posting:
    return Posting(ACCOUNT, BREAKAGE, amount, asset, VESTED_ALREADY, NO_EXPIRY, Why("expired"))


class TestCommand:
    def test_before_anything_happened_nothing_is_written(self, shop: Memory) -> None:
        assert shop.execute(WriteDown(ANNA), VESTS - 1) == {"member": ANNA, "changed": False}
        assert shop.written == ()

    def test_what_vested_is_said(self, shop: Memory) -> None:
        assert shop.execute(WriteDown(ANNA), VESTS) == {"member": ANNA, "changed": True}
        entry = shop.entries(ANNA)[-1]
        assert (entry.number, entry.at, entry.cause, entry.terms, entry.label) == (2, VESTS, "time", 1, "")
        assert entry.postings == (vested(500),)
        assert shop.events[-1] == BalanceVested(ANNA, 500, "EUR/2")
        assert shop.member(ANNA).accounts["EUR/2"] == Account((Lot(500, VESTED_ALREADY, EXPIRES),))

    def test_what_expired_is_posted_later(self, shop: Memory) -> None:
        shop.execute(WriteDown(ANNA), VESTS)
        shop.execute(WriteDown(ANNA), EXPIRES)
        assert shop.entries(ANNA)[-1].postings == (expired(500),)
        assert shop.events[-1] == BalanceExpired(ANNA, 500, "EUR/2")
        assert shop.member(ANNA).accounts["EUR/2"] == Account(lapsed=(Lot(500, VESTED_ALREADY, EXPIRES),))

    def test_or_both_at_once(self, shop: Memory) -> None:
        shop.execute(WriteDown(ANNA), EXPIRES)
        assert shop.entries(ANNA)[-1].postings == (vested(500), expired(500))

    @pytest.mark.parametrize("now", [VESTS, EXPIRES])
    def test_a_second_time_changes_nothing(self, shop: Memory, now: int) -> None:
        shop.execute(WriteDown(ANNA), now)
        assert shop.execute(WriteDown(ANNA), now) == {"member": ANNA, "changed": False}
        assert shop.written == ()

    def test_a_hold_that_ran_out_is_given_back_without_an_entry(self, shop: Memory) -> None:
        shop.execute(hold(200), VESTS)
        entries = len(shop.entries(ANNA))
        assert shop.execute(WriteDown(ANNA), VESTS + 3600)["changed"] is True
        assert len(shop.entries(ANNA)) == entries
        assert shop.member(ANNA).accounts["EUR/2"] == Account((Lot(500, VESTED_ALREADY, EXPIRES),))

    def test_every_asset_is_written_in_one_entry(self) -> None:
        shop = Memory(programme_of(currencies=["USD"], earn=[WAITING]))
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, currency="USD"))
        shop.execute(WriteDown(ANNA), VESTS)
        assert {posting.asset for posting in shop.entries(ANNA)[-1].postings} == {"EUR/2", "USD/2"}

    def test_without_a_programme_time_passes_too(self) -> None:
        shop = Memory()
        shop.publish(programme_of(earn=[WAITING]), effective_at=PAID_AT)
        shop.execute(order("1", ANNA))
        decision = shop.decide(WriteDown(ANNA), EXPIRES)
        assert len(decision.changes) == 2
        bare = Facts({MemberRef(ANNA): shop.member(ANNA)}, History())
        books = Books(bare, EXPIRES, None)
        books.write_down(ANNA, "EUR/2")
        assert isinstance(books.close("time", 0).records[0], Entry)

    def test_only_a_member_has_books(self, shop: Memory) -> None:
        with pytest.raises(NotFound, match=f"there is no member {BEN}"):
            shop.execute(WriteDown(BEN))

    def test_a_member_without_an_account_has_nothing_to_write(self, shop: Memory) -> None:
        shop.execute(issue(BEN))
        assert shop.execute(WriteDown(BEN), EXPIRES) == {"member": BEN, "changed": False}


class TestTimeComesFirst:
    def test_time_is_written_down_before_a_reward(self, shop: Memory) -> None:
        shop.execute(order("2", ANNA, at=VESTS), VESTS)
        rules = [(posting.why.rule, posting.amount) for posting in shop.entries(ANNA)[-1].postings]
        assert rules == [("vested", 500), ("cashback", 500)]
        assert shop.entries(ANNA)[-1].cause == "shop/2"

    def test_time_is_written_down_before_a_redemption(self, shop: Memory) -> None:
        shop.execute(redeem(100), VESTS)
        assert [posting.why.rule for posting in shop.entries(ANNA)[-1].postings] == ["vested", "redemption"]
        assert shop.events[-2:] == [
            BalanceVested(ANNA, 500, "EUR/2"),
            BalanceRedeemed(ANNA, 100, "EUR/2", "redemption"),
        ]

    def test_time_is_written_down_before_a_posting_by_hand(self, shop: Memory) -> None:
        shop.execute(adjust(7), EXPIRES)
        assert [posting.why.rule for posting in shop.entries(ANNA)[-1].postings] == ["vested", "expired", "adjustment"]

    def test_a_refund_of_what_expired_is_even(self, shop: Memory) -> None:
        shop.execute(void("1", ANNA), EXPIRES)
        postings = shop.entries(ANNA)[-1].postings
        assert [(posting.why.rule, posting.signed(ANNA)) for posting in postings] == [
            ("vested", 0),
            ("expired", -500),
            ("revived", 500),
            ("cashback", -500),
        ]
        assert postings[2].source == BREAKAGE
        assert shop.available(ANNA, now=EXPIRES) == 0
        assert RewardPosted(ANNA, "revived", 500, "EUR/2", "shop/1") in shop.events

    def test_a_reward_that_is_heard_of_too_late_expires_at_once(self) -> None:
        shop = Memory(programme_of(earn=[WAITING]))
        shop.execute(order("1", ANNA), EXPIRES)
        assert [posting.why.rule for posting in shop.entries(ANNA)[-1].postings] == ["cashback", "expired"]
        assert shop.available(ANNA, now=EXPIRES) == 0


class TestChain:
    def test_each_entry_carries_the_link_after_the_one_before(self, shop: Memory) -> None:
        shop.execute(redeem(100), VESTS)
        shop.execute(refund("1", amount=1), VESTS)
        shop.execute(WriteDown(ANNA), EXPIRES)
        head = ""
        for number, entry in enumerate(shop.entries(ANNA), 1):
            assert entry.number == number
            assert entry.chain == entry.linked(head)
            head = entry.chain
        assert (shop.member(ANNA).head, shop.member(ANNA).entries) == (head, len(shop.entries(ANNA)))

    def test_members_have_chains_of_their_own(self, shop: Memory) -> None:
        shop.execute(order("2", BEN))
        assert shop.entries(BEN)[0].number == 1
        assert shop.entries(BEN)[0].chain == shop.entries(BEN)[0].linked("")


GONE = Hold("h", ANNA, "EUR/2", 9, NOW - 50, NOW - 40)
"""A hold that has run out."""


def clawed(amount: int) -> Posting:
    """A reward that is taken back."""
    return Posting(ACCOUNT, CASHBACK_ACCOUNT, amount, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("cashback"))


def books_of(account: Account, **parts: Any) -> Books:
    member = Member(ANNA, 1, accounts={"EUR/2": account}, entries=4, head="before")
    return Books(Facts({MemberRef(ANNA): member, MemberRef(BEN): None}, History()), NOW, programme_of(**parts))


class TestBooks:
    def test_what_did_not_change_is_not_written(self) -> None:
        books = books_of(Account((Lot(5, VESTED_ALREADY, NO_EXPIRY),)))
        books.write_down(ANNA, "EUR/2")
        books.owner(BEN)
        assert books.close("x", 1) == Closed([], [])

    def test_a_new_member_is_written_when_something_is_said_of_it(self) -> None:
        books = books_of(Account())
        books.put(Member(BEN, code="C"))
        assert books.close("x", 1).records == [Member(BEN, code="C")]

    def test_an_entry_stands_before_its_member(self) -> None:
        books = books_of(Account((Lot(5, VESTED_ALREADY, NOW),)))
        books.write_down(ANNA, "EUR/2")
        entry, member = books.close("x", 7, "#1").records
        assert isinstance(entry, Entry)
        assert isinstance(member, Member)
        assert (entry.number, entry.at, entry.cause, entry.terms, entry.label) == (5, NOW, "x", 7, "#1")
        assert entry.postings == (expired(5),)
        assert (member.entries, member.head, entry.chain) == (5, entry.linked("before"), entry.linked("before"))

    @pytest.mark.parametrize(("stored", "parts"), [(9, [7]), (7, [7]), (4, [4, 3]), (0, [7])])
    def test_what_was_used_already_is_spent_as_far_as_it_is_there_and_owed_for_the_rest(
        self, stored: int, parts: list[int]
    ) -> None:
        books = books_of(Account((Lot(stored, VESTED_ALREADY, NOW + 9),) if stored else ()))
        spent = books.overspend(GONE, 7, Why("redemption"))
        assert [lot.amount for lot in spent] == parts
        assert books.account(ANNA, "EUR/2").balance(NOW).available == stored - 7
        entry = books.close("x", 1).records[0]
        assert isinstance(entry, Entry)
        assert [(posting.destination, posting.amount) for posting in entry.postings] == [
            (REDEMPTION, part) for part in parts
        ]

    def test_what_expired_since_the_hold_was_placed_is_used_first_then_what_is_there_then_a_debt(self) -> None:
        lapsed = Lot(2, VESTED_ALREADY, GONE.at), Lot(3, VESTED_ALREADY, GONE.at + 1)
        books = books_of(Account((Lot(1, VESTED_ALREADY, NOW + 9),), lapsed=lapsed))
        spent = books.overspend(GONE, 7, Why("redemption"))
        assert spent == (
            Lot(3, VESTED_ALREADY, GONE.at + 1),
            Lot(1, VESTED_ALREADY, NOW + 9),
            Lot(3, VESTED_ALREADY, NO_EXPIRY),
        )
        assert books.account(ANNA, "EUR/2") == Account(lapsed=lapsed[:1], debt=3)
        entry = books.close("x", 1).records[0]
        assert isinstance(entry, Entry)
        assert [(posting.source, posting.destination, posting.amount) for posting in entry.postings] == [
            (BREAKAGE, ACCOUNT, 3),
            (ACCOUNT, REDEMPTION, 3),
            (ACCOUNT, REDEMPTION, 1),
            (ACCOUNT, REDEMPTION, 3),
        ]

    def test_no_more_is_revived_than_is_used(self) -> None:
        books = books_of(Account((Lot(1, VESTED_ALREADY, NOW + 9),), lapsed=(Lot(9, VESTED_ALREADY, GONE.at + 1),)))
        assert books.overspend(GONE, 7, Why("redemption")) == (Lot(7, VESTED_ALREADY, GONE.at + 1),)
        assert books.account(ANNA, "EUR/2").balance(NOW).available == 1
        assert books.account(ANNA, "EUR/2").lapsed == (Lot(2, VESTED_ALREADY, GONE.at + 1),)

    def test_without_the_rule_nothing_is_written_off(self) -> None:
        books = books_of(Account())
        books.move(ANNA, [clawed(7)])
        assert books.write_off() == ()

    def test_a_loss_is_written_off_once(self) -> None:
        books = books_of(Account(debt=2), clawback="loss")
        books.move(ANNA, [clawed(7)])
        assert books.write_off() == (Posted(ANNA, "written-off", LOSS, "EUR/2", VESTED_ALREADY, NO_EXPIRY, 7),)
        assert books.account(ANNA, "EUR/2").debt == 2
        assert books.write_off() == ()

    def test_what_was_spent_twice_is_no_loss(self) -> None:
        books = books_of(Account(), clawback="loss")
        books.overspend(GONE, 7, Why("redemption"))
        assert books.write_off() == ()
        assert books.account(ANNA, "EUR/2").debt == 7

    def test_of_both_only_what_was_clawed_back_is_lost(self) -> None:
        books = books_of(Account(), clawback="loss")
        books.overspend(GONE, 7, Why("redemption"))
        books.move(ANNA, [clawed(4)])
        assert [loss.amount for loss in books.write_off()] == [4]
        assert books.account(ANNA, "EUR/2").debt == 7

    def test_a_correction_by_hand_is_no_loss(self) -> None:
        books = books_of(Account(), clawback="loss")
        books.move(ANNA, [Posting(ACCOUNT, ADJUSTMENT, 7, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("adjustment"))])
        assert books.write_off() == ()

    @pytest.mark.parametrize(("held", "lost"), [(3, 4), (6, 1), (7, 0), (9, 0)])
    def test_what_is_held_is_not_lost(self, held: int, lost: int) -> None:
        reserved = HoldPart("h", NOW + 9, (Lot(held, VESTED_ALREADY, NO_EXPIRY),))
        books = books_of(Account(holds=(reserved,)), clawback="loss")
        books.move(ANNA, [clawed(7)])
        assert sum(loss.amount for loss in books.write_off()) == lost
        assert books.account(ANNA, "EUR/2").debt == 7 - lost


class TestIdleness:
    """The day on which a balance is gone for idleness follows the programme that is in force."""

    def books(self, idle: int, days: int | None, old: int | None = None) -> Books:
        """`days`: what the programme in force says; `old`: the one that an order was paid under."""
        member = Member(ANNA, 1, accounts={"EUR/2": Account(idle=idle)})
        now = Version(1, 0, programme_of(inactive_days=days))
        facts = Facts({MemberRef(ANNA): member}, history_of([now]))
        return Books(facts, NOW, programme_of(inactive_days=old))

    @pytest.mark.parametrize(
        ("before", "days", "after"),
        [
            (NO_EXPIRY, None, NO_EXPIRY),
            (MIDNIGHT + 9 * DAY_S, None, NO_EXPIRY),
            (NO_EXPIRY, 30, MIDNIGHT + 31 * DAY_S),
            (MIDNIGHT + 9 * DAY_S, 30, MIDNIGHT + 31 * DAY_S),
            (MIDNIGHT + 99 * DAY_S, 30, MIDNIGHT + 99 * DAY_S),
        ],
    )
    def test_a_credit_moves_it_and_never_shortens_it(self, before: int, days: int | None, after: int) -> None:
        books = self.books(before, days, old=5)
        books.move(ANNA, [Posting(CASHBACK_ACCOUNT, ACCOUNT, 7, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("cashback"))])
        assert books.account(ANNA, "EUR/2").idle == after

    def test_what_is_taken_back_does_not_move_it(self) -> None:
        books = self.books(MIDNIGHT + 9 * DAY_S, 30)
        books.move(ANNA, [clawed(7)])
        assert books.account(ANNA, "EUR/2").idle == MIDNIGHT + 9 * DAY_S

    def test_a_dispute_that_is_won_on_an_old_order_goes_by_the_programme_of_today(self) -> None:
        shop = Memory(programme_of(inactive_days=30))
        shop.execute(order("1", ANNA))
        shop.publish(programme_of(inactive_days=365), NOW + DAY_S)
        for taken, day in ((True, 2), (False, 3)):
            shop.execute(disputed("1", 5000, day, taken=taken, closed=not taken), NOW + day * DAY_S)
        assert shop.member(ANNA).accounts["EUR/2"].idle == MIDNIGHT + (3 + 366) * DAY_S


def test_what_only_moves_to_another_lot_says_so() -> None:
    """A delivery, for instance: nothing was refunded, and the statement must not say so."""
    shop = Memory(programme_of(earn=[{"id": "cashback", "percent": 5, "vest_on": "delivery"}]))
    shop.execute(order("1", BEN))
    shop.execute(order("1", BEN, stamp_ms=2, delivered_at=PAID_AT + 60))
    (entry,) = shop.entries(BEN)[1:]
    assert [(posting.signed(BEN), why(posting, entry)) for posting in entry.postings] == [
        (500, "Cashback: 5% of 100.00 EUR on your order 1."),
        (-500, "Cashback: the days on which it can be spent have changed; it is given anew."),
    ]


ON_DELIVERY = {"id": "cashback", "percent": 5, "vest_on": "delivery", "vest_days": 14, "expire_days": 30}


def available(shop: Memory, day: int) -> int:
    return shop.member(BEN).accounts["EUR/2"].balance(PAID_AT + day * DAY_S).available


def test_what_is_delivered_late_can_be_spent_as_long_as_what_is_delivered_soon() -> None:
    """Delivered on day 20 and vested on day 34, it was gone on day 31 when the expiry counted from the payment."""
    shop = Memory(programme_of(earn=[ON_DELIVERY]))
    shop.execute(order("1", BEN))
    shop.execute(order("1", BEN, stamp_ms=2, delivered_at=PAID_AT + 20 * DAY_S), PAID_AT + 20 * DAY_S)
    assert [available(shop, day) for day in (33, 35, 63, 66)] == [0, 500, 500, 0]


def test_what_has_not_arrived_yet_is_pending_however_long_that_takes() -> None:
    shop = Memory(programme_of(earn=[ON_DELIVERY]))
    shop.execute(order("1", BEN))
    shop.execute(WriteDown(BEN), PAID_AT + 400 * DAY_S)
    assert shop.member(BEN).accounts["EUR/2"].balance(PAID_AT + 400 * DAY_S).pending == 500


def test_what_arrives_after_its_buyer_was_idle_is_given_again() -> None:
    shop = Memory(programme_of(earn=[ON_DELIVERY], inactive_days=100))
    shop.execute(order("1", BEN))
    shop.execute(WriteDown(BEN), PAID_AT + 120 * DAY_S)
    assert shop.member(BEN).accounts["EUR/2"].stored == 0
    shop.execute(order("1", BEN, stamp_ms=2, delivered_at=PAID_AT + 120 * DAY_S), PAID_AT + 120 * DAY_S)
    assert [available(shop, day) for day in (133, 135, 163, 166)] == [0, 500, 500, 0]


def test_what_time_does_is_under_the_terms_of_the_instant_that_it_is_written_down() -> None:
    shop = Memory(programme_of(earn=[{"id": "a", "percent": 5, "expire_days": 10}]))
    shop.execute(order("1", ANNA))
    shop.publish(programme_of(), effective_at=NOW + DAY_S, now=NOW)
    shop.execute(WriteDown(ANNA), NOW + 20 * DAY_S)
    assert [entry.terms for entry in shop.entries(ANNA)] == [1, 2]


def test_what_time_does_before_any_programme_has_no_terms() -> None:
    shop = Memory()
    shop.execute(issue())
    shop.execute(adjust(100))
    member = shop.member(ANNA)
    account = member.accounts["EUR/2"]
    lots = tuple(replace(lot, expires_at=NOW + 1) for lot in account.lots)
    shop.commit([replace(member, accounts={"EUR/2": replace(account, lots=lots)})])
    shop.execute(WriteDown(ANNA), NOW + 2)
    assert [entry.terms for entry in shop.entries(ANNA)] == [0, 0]
