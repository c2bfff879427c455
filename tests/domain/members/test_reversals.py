"""A redemption without an order is undone by hand, once: back to its own lots, said in words, and audited."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import Command, UpdateMember
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.errors import Conflict, InsufficientBalance, NotFound, Rejection
from chalicelib.domain.events import BalanceRedeemed
from chalicelib.domain.ledger.transfers import ADJUSTMENT, REDEMPTION, Posting, Why
from chalicelib.domain.members.statements import why
from chalicelib.domain.records import Entry, Group, Reversal, ReversalRef
from tests.domain.members.shops import MIDNIGHT, expect_refused, expiring, shop_of
from tests.world.audit import differences
from tests.world.builders import ANNA, BEN, CONNECTION, DAY_S, NOW, adjust, capture, hold, order, redeem, undo
from tests.world.memory import Memory


@pytest.fixture
def shop() -> Memory:
    return shop_of()


def test_it_gives_back_what_was_spent_and_says_so(shop: Memory) -> None:
    shop.execute(redeem(300))
    answer = shop.execute(undo(2), NOW + 60)
    assert answer == {"member": ANNA, "undone": 2, "entry": 3, "asset": "EUR/2", "amount": 300, "available": 500}
    assert shop.round_trips == 1
    entry = shop.entries(ANNA)[-1]
    back = Posting(REDEMPTION, f"member:{ANNA}", 300, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("redemption"))
    assert (entry.number, entry.cause, entry.at, entry.postings) == (3, "undo 2", NOW + 60, (back,))
    assert why(back, entry) == "Given back: the shop has undone what you spent on 2026-02-02."
    reversal = shop.find(ReversalRef(ANNA, 2), Reversal)
    assert reversal == Reversal(ANNA, 2, NOW + 60, "EUR/2", 300, "a mistake", version=1)
    assert shop.events[-1] == BalanceRedeemed(ANNA, -300, "EUR/2", "undo 2")


def test_the_day_of_what_is_undone_is_the_shops_own() -> None:
    """20 to 3 in the night of 2 February at Greenwich is 1 February in New York."""
    shop = shop_of(timezone="America/New_York")
    shop.execute(redeem(300))
    shop.execute(undo(2))
    entry = shop.entries(ANNA)[-1]
    assert why(entry.postings[0], entry) == "Given back: the shop has undone what you spent on 2026-02-01."


def test_it_stands_under_the_programme_in_force_and_before_any_under_none(shop: Memory) -> None:
    shop.execute(redeem(300))
    shop.execute(undo(2))
    assert shop.entries(ANNA)[-1].terms == 1
    without = Memory()
    without.execute(UpdateMember(ANNA, "", "", "", "", {}))
    without.execute(adjust(500))
    without.execute(redeem(300))
    assert without.execute(undo(2))["available"] == 500
    assert [entry.terms for entry in without.entries(ANNA)] == [0, 0, 0]


def test_the_reason_stands_beside_the_chain_and_not_in_it(shop: Memory) -> None:
    shop.execute(redeem(300))
    shop.execute(undo(2))
    assert "a mistake" not in repr(shop.all(Entry))


def test_a_captured_hold_without_an_order_is_undone_likewise(shop: Memory) -> None:
    shop.execute(hold(300))
    shop.execute(capture(200))
    assert shop.execute(undo(2))["available"] == 500
    assert audited(shop) == []


@pytest.mark.parametrize("spends", [[redeem(300)], [hold(300), capture()]], ids=["redemption", "captured-hold"])
def test_it_is_undone_once(shop: Memory, spends: list[Command]) -> None:
    for command in spends:
        shop.execute(command)
    shop.execute(undo(2), NOW + 60)
    expect_refused(shop, undo(2), Conflict, "the entry 2 was undone at 2026-02-02T02:41:00Z; that is done once")
    expect_refused(
        shop, undo(3), Conflict, "the entry 3 is no redemption and no adjustment; adjust the balance instead"
    )


def test_it_goes_back_to_the_lots_that_it_came_from() -> None:
    shop = expiring()
    shop.execute(redeem(700))
    shop.execute(undo(2))
    assert shop.available(ANNA, now=MIDNIGHT + 31 * DAY_S - 1) == 1000
    assert shop.available(ANNA, now=MIDNIGHT + 31 * DAY_S) == 500
    assert shop.available(ANNA, now=MIDNIGHT + 61 * DAY_S) == 0


@pytest.mark.parametrize(("return_days", "available"), [(0, 0), (10, 700)])
def test_what_has_expired_since_can_be_spent_as_long_as_after_a_refund(return_days: int, available: int) -> None:
    shop = expiring(spending={"return_days": return_days})
    shop.execute(redeem(700))
    late = NOW + 100 * DAY_S
    shop.execute(undo(2), late)
    assert shop.available(ANNA, now=late) == available
    assert shop.available(ANNA, now=late + 11 * DAY_S) == 0
    assert audited(shop) == []


@pytest.mark.parametrize(
    ("command", "refusal", "says"),
    [
        (undo(2, BEN), NotFound, f"there is no member {BEN}"),
        (undo(9), NotFound, f"{ANNA} has no entry 9"),
        (undo(1), Conflict, "the entry 1 is no redemption and no adjustment; adjust the balance instead"),
        (undo(2), Conflict, "the entry 2 paid for the order shop/2; refund or cancel that instead"),
    ],
    ids=["no-member", "no-entry", "an-order", "spent-on-an-order"],
)
def test_nothing_else_is_undone(shop: Memory, command: Command, refusal: type[Rejection], says: str) -> None:
    shop.execute(redeem(300, order=f"{CONNECTION}/2"))
    expect_refused(shop, command, refusal, says)


def test_what_comes_back_pays_a_debt_first(shop: Memory) -> None:
    shop.execute(redeem(500))
    shop.execute(order("1", ANNA, void=True, stamp_ms=2))
    assert shop.available(ANNA) == -500
    assert shop.execute(undo(2))["available"] == 0


class TestAdjustments:
    def test_what_was_taken_by_hand_goes_back_to_its_lots_once(self) -> None:
        """Money that expires must not become money that never does."""
        shop = expiring()
        shop.execute(adjust(-700))
        answer = shop.execute(undo(2))
        assert (answer["amount"], answer["available"]) == (700, 1000)
        assert shop.available(ANNA, now=MIDNIGHT + 31 * DAY_S - 1) == 1000
        assert shop.available(ANNA, now=MIDNIGHT + 31 * DAY_S) == 500
        assert shop.available(ANNA, now=MIDNIGHT + 61 * DAY_S) == 0
        expect_refused(shop, undo(2), Conflict, "the entry 2 was undone at 2026-02-02T02:40:00Z; that is done once")
        expect_refused(
            shop, undo(3), Conflict, "the entry 3 is no redemption and no adjustment; adjust the balance instead"
        )
        assert audited(shop) == []
        assert differences(shop) == {}

    def test_what_was_given_by_hand_is_taken_back(self, shop: Memory) -> None:
        shop.execute(adjust(300))
        assert shop.execute(undo(2))["available"] == 500
        entry = shop.entries(ANNA)[-1]
        assert why(entry.postings[0], entry) == "The shop has taken back its correction of 2026-02-02."
        reversal = shop.find(ReversalRef(ANNA, 2), Reversal)
        assert reversal is not None
        assert (reversal.amount, reversal.account) == (-300, ADJUSTMENT)
        assert audited(shop) == []
        assert differences(shop) == {}

    def test_what_is_not_there_any_more_cannot_be_taken_back(self, shop: Memory) -> None:
        shop.execute(adjust(300))
        shop.execute(redeem(600))
        says = "amount must not take more than is available: 3.00 EUR asked, 2.00 EUR there"
        expect_refused(shop, undo(2), InsufficientBalance, says)
        assert shop.available(ANNA) == 200

    @pytest.mark.parametrize("amount", [299, 301])
    def test_the_audit_finds_another_amount(self, shop: Memory, amount: int) -> None:
        shop.execute(adjust(300))
        shop.execute(undo(2))
        undone = shop.entries(ANNA)[-1]
        shop.records[undone.ref] = replace(undone, postings=(replace(undone.postings[0], amount=amount),))
        assert ("undo_differs", 3) in audited(shop)
        assert differences(shop) == {undone_of(ADJUSTMENT): 300 - amount}


class TestAudit:
    """The entry that gives back, the redemption that it undoes, and the record that keeps it from being done twice."""

    def books(self) -> Memory:
        shop = shop_of()
        shop.execute(redeem(300))
        shop.execute(undo(2))
        return shop

    def test_right_books_are_right(self) -> None:
        shop = self.books()
        assert audited(shop) == []
        assert differences(shop) == {}

    @pytest.mark.parametrize("number", ["1", "7", "3"], ids=["no-redemption", "no-entry", "itself"])
    def test_an_entry_that_undoes_what_was_no_redemption(self, number: str) -> None:
        shop = self.books()
        undone = shop.entries(ANNA)[-1]
        shop.records[undone.ref] = replace(undone, cause=f"undo {number}")
        assert ("undo_differs", 3) in audited(shop)

    def test_an_entry_that_gives_back_more(self) -> None:
        shop = self.books()
        undone = shop.entries(ANNA)[-1]
        shop.records[undone.ref] = replace(undone, postings=(replace(undone.postings[0], amount=301),))
        assert ("undo_differs", 3) in audited(shop)
        assert differences(shop) == {undone_of(REDEMPTION): 1}

    def test_a_redemption_that_is_undone_twice(self) -> None:
        shop = self.books()
        undone = shop.entries(ANNA)[-1]
        shop.records[replace(undone, number=4).ref] = replace(undone, number=4)
        assert ("undo_differs", 4) in audited(shop)
        assert differences(shop) == {undone_of(REDEMPTION): 300}

    def test_a_reversal_that_is_gone_is_missed_by_its_entry(self) -> None:
        shop = self.books()
        del shop.records[ReversalRef(ANNA, 2)]
        assert differences(shop) == {undone_of(REDEMPTION): 300}


def audited(shop: Memory) -> list[tuple[str, int]]:
    """What is wrong with Anna, and in which entry."""
    findings = record_checks.of_member(shop.member(ANNA), shop.entries(ANNA), shop.all(Group))
    return [(finding.what, finding.entry) for finding in findings]


def undone_of(account: str) -> tuple[str, ...]:
    """The subject of what entry 2 of Anna's had moved, from or to an account."""
    return ("posted", "undo 2", ANNA, account, "EUR/2")
