"""The bank's checker believes a true history, and finds every lie that is planted in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tests.proof import bank_world as world
from tests.proof.bank_books import Books, EntryRow, HoldRow, Move, OrderRow, State
from tests.proof.bank_check import check
from tests.proof.bank_history import Action, Attempt, Operation, Outcome
from tests.proof.bank_model import Account, Impossible, reward, still_spent

MEMBER = world.member(7)
ACCOUNT = f"member:{MEMBER}"
AT = world.START + 100
ORDER, HOLD, OTHER_HOLD = 11, 21, 22


class Fiction:
    """A history and the books to it, made up step by step; honest unless a step is told to lie."""

    def __init__(self) -> None:
        self.history: dict[str, Operation] = {}
        self.books = Books({MEMBER: []}, {MEMBER: []}, {}, {}, {})
        self.lots = 0
        self.held: dict[str, int] = {}
        self._tick = 0

    @property
    def entries(self) -> list[EntryRow]:
        return self.books.entries[MEMBER]

    @property
    def states(self) -> list[State]:
        return self.books.states[MEMBER]

    def asks(self, action: Action, outcome: Outcome = "ok", answer: Any = None, code: str = "") -> None:
        self._tick += 10
        attempt = Attempt(self._tick, AT, self._tick + 5, outcome, code, answer)
        self.history.setdefault(action.name, Operation(action, [])).attempts.append(attempt)

    def writes(self, *moves: Move, cause: str = "") -> dict[str, Any]:
        """A version of the member, with an entry if money moves; the answer names the entry."""
        if moves:
            self.entries.append(EntryRow(MEMBER, len(self.entries) + 1, AT, cause, moves))
        self.lots += sum(move.amount * ((move.destination == ACCOUNT) - (move.source == ACCOUNT)) for move in moves)
        self.states.append(State(len(self.states) + 1, len(self.entries), self.lots, 0, dict(self.held)))
        return {"entry": len(self.entries)}

    def keyed(self, action: Action, answer: dict[str, Any], outcome: Outcome = "ok") -> None:
        self.books.answers[action.name] = answer
        self.asks(action, outcome, answer if outcome == "ok" else None)

    def adjusts(self, name: str, amount: int) -> None:
        move = Move("programme:adjustment", ACCOUNT, amount, rule="adjustment", note=name)
        self.keyed(Action(name, "adjust", MEMBER, 1, amount), self.writes(move, cause="adjustment"))

    def redeems(self, name: str, amount: int, outcome: Outcome = "ok") -> None:
        answer = self.writes(Move(ACCOUNT, "programme:redemption", amount), cause="redemption")
        self.keyed(Action(name, "redeem", MEMBER, 1, amount), answer, outcome)

    def holds(self, number: int, amount: int) -> None:
        self.lots -= amount
        self.held[f"hold-{number}"] = amount
        self.books.holds[number] = HoldRow(number, MEMBER, amount, AT, AT + 3600, "open", 0, 0)
        self.writes()
        self.keyed(Action(f"hold-{number}", "hold", MEMBER, number, amount), {"available": self.lots})

    def captures(self, name: str, number: int, amount: int) -> None:
        self.lots += self.held.pop(f"hold-{number}", 0)
        held = self.books.holds[number]
        self.books.holds[number] = replace(held, state="captured", captured=amount, ended_at=AT)
        self.writes(Move(ACCOUNT, "programme:redemption", amount), cause=f"hold hold-{number}")
        self.keyed(Action(name, "capture", MEMBER, number, amount), {"available": self.lots})

    def releases(self, name: str, number: int) -> None:
        self.lots += self.held.pop(f"hold-{number}", 0)
        self.books.holds[number] = replace(self.books.holds[number], state="released", ended_at=AT)
        self.writes()
        self.keyed(Action(name, "release", MEMBER, number), {"available": self.lots})

    def pays(self, outcome: Outcome = "ok") -> None:
        """An order, by the member whose it is by its number."""
        bought = world.purchase(ORDER)
        due = reward(bought.net, [], world.PERCENT, void=False)
        move = Move("programme:cashback", f"member:{bought.member}", due, bought.at + 10**6)
        self.books.entries[bought.member] = [EntryRow(bought.member, 1, AT, f"shop/{ORDER}", (move,))]
        self.books.states[bought.member] = [State(1, 1, due, 0, {}, live=1)]
        self.books.orders[ORDER] = OrderRow(ORDER, True, False, {}, due)
        self.asks(Action("pay-1", "pay", bought.member, ORDER), outcome)

    def verdict(self) -> list[str]:
        return check(self.history, self.books)


def honest() -> Fiction:
    """1,000 by hand; 300 held, 200 of it captured; 150 held and released; 400 and, unheard, 50 redeemed; an order."""
    told = Fiction()
    told.adjusts("adjust-1", 1000)
    told.holds(HOLD, 300)
    told.captures("capture-1", HOLD, 200)
    told.redeems("redeem-1", 400)
    told.holds(OTHER_HOLD, 150)
    told.releases("release-1", OTHER_HOLD)
    told.redeems("redeem-2", 50, outcome="indeterminate")
    told.asks(Action("redeem-3", "redeem", MEMBER, 1, 9999), "fail", code="insufficient_balance")
    told.asks(Action("redeem-4", "redeem", MEMBER, 1, 70), "indeterminate")
    told.pays()
    told.asks(Action("refund-1", "refund", world.purchase(ORDER).member, ORDER, 100), "indeterminate")
    return told


def test_a_true_history_is_believed() -> None:
    assert honest().verdict() == []


def test_what_was_not_answered_may_have_happened_or_not() -> None:
    told = Fiction()
    told.pays(outcome="indeterminate")
    assert told.verdict() == []
    assert {operation.outcome for operation in told.history.values()} == {"indeterminate"}


def lose_an_entry(told: Fiction) -> None:
    del told.entries[2]


def lose_an_answered_redemption(told: Fiction) -> None:
    """Nothing of it is left: no gap, no answer."""
    told.asks(Action("redeem-9", "redeem", MEMBER, 1, 10), "ok", {"entry": 6})


def lose_an_answered_order(told: Fiction) -> None:
    told.asks(Action("pay-2", "pay", world.purchase(12).member, 12), "ok")


def lose_an_answered_refund(told: Fiction) -> None:
    told.asks(Action("refund-2", "refund", world.purchase(ORDER).member, ORDER, 100), "ok")


def double_an_entry(told: Fiction) -> None:
    told.writes(Move(ACCOUNT, "programme:redemption", 50), cause="redemption")


def double_an_adjustment(told: Fiction) -> None:
    told.writes(Move("programme:adjustment", ACCOUNT, 1000, note="adjust-1"), cause="adjustment")


def double_an_orders_reward(told: Fiction) -> None:
    member = world.purchase(ORDER).member
    (first,), (state,) = told.books.entries[member], told.books.states[member]
    told.books.entries[member].append(replace(first, number=2))
    told.books.states[member].append(State(2, 2, state.lots * 2, 0, {}))


def overspend(told: Fiction) -> None:
    told.redeems("redeem-9", 10_000)


def overspend_what_is_held(told: Fiction) -> None:
    """There is enough, but for the hold."""
    told.holds(23, 300)
    told.redeems("redeem-9", 100)


def capture_twice(told: Fiction) -> None:
    told.captures("capture-9", HOLD, 200)


def capture_and_release(told: Fiction) -> None:
    told.keyed(Action("release-9", "release", MEMBER, HOLD), {"available": 0})


def capture_more_than_was_held(told: Fiction) -> None:
    told.holds(23, 100)
    told.captures("capture-9", 23, 120)


def do_what_was_refused(told: Fiction) -> None:
    told.redeems("redeem-3", 20, outcome="fail")


def do_what_nobody_asked_for(told: Fiction) -> None:
    told.redeems("redeem-9", 20)
    del told.history["redeem-9"]


def forget_a_posting_in_the_record(told: Fiction) -> None:
    told.states[-1] = replace(told.states[-1], lots=told.states[-1].lots + 1)


def skip_a_version(told: Fiction) -> None:
    told.states[-1] = replace(told.states[-1], version=99)


def post_what_the_order_is_not_worth(told: Fiction) -> None:
    told.books.orders[ORDER] = replace(told.books.orders[ORDER], void=True)
    told.asks(Action("cancel-1", "cancel", world.purchase(ORDER).member, ORDER), "ok")


def answer_differently_the_second_time(told: Fiction) -> None:
    told.asks(told.history["redeem-1"].action, "ok", {"entry": 1})


def let_the_later_come_first(told: Fiction) -> None:
    (attempt,) = told.history["redeem-2"].attempts
    early, late = told.history["adjust-1"].attempts[0], 10**6
    early.invoked_ns = late
    attempt.outcome, attempt.answer = "ok", told.books.answers["redeem-2"]


def leave_the_hold_of_a_paid_order_open(told: Fiction) -> None:
    member = world.purchase(ORDER).member
    told.books.holds[ORDER] = HoldRow(ORDER, member, 100, AT, AT + 3600, "open", 0, 0, tied=True)
    told.keyed(Action(f"checkout-{ORDER}", "checkout", member, ORDER, 100), {"available": 0})


def capture_for_an_order_and_post_nothing(told: Fiction) -> None:
    leave_the_hold_of_a_paid_order_open(told)
    told.books.holds[ORDER] = replace(told.books.holds[ORDER], state="captured", captured=100, ended_at=AT)


def break_down(told: Fiction) -> None:
    told.asks(Action("redeem-9", "redeem", MEMBER, 1, 5), "error", code="Traceback\nStopIteration")


def count_an_order_twice(told: Fiction) -> None:
    (last,) = told.books.states[world.purchase(ORDER).member]
    told.books.states[world.purchase(ORDER).member] = [replace(last, live=2)]


def fill_a_card_too_early(told: Fiction) -> None:
    (entry,) = told.books.entries[world.purchase(ORDER).member]
    told.books.entries[world.purchase(ORDER).member] = [replace(entry, points=world.CARD_POINTS)]


LIES: dict[Callable[[Fiction], None], str] = {
    count_an_order_twice: "counts 2 orders of 1",
    fill_a_card_too_early: "has had 10 points of 0",
    lose_an_entry: "missing [3]",
    lose_an_answered_redemption: "redeem-9 is lost",
    lose_an_answered_order: "order 12 is lost",
    lose_an_answered_refund: "order 11 is lost",
    double_an_entry: "[] asked for and accepted, [50] posted",
    double_an_adjustment: "[1000] asked for and accepted, [1000, 1000] posted",
    double_an_orders_reward: "order 11 is worth",
    overspend: "overspent: 10000 of 350",
    overspend_what_is_held: "overspent: 100 of 50",
    capture_twice: "had ended already",
    capture_and_release: "ended 2 times",
    capture_more_than_was_held: "overspent: 120 captured of 100",
    do_what_was_refused: "redeem-3 was refused",
    do_what_nobody_asked_for: "redeem-9 was never asked for",
    forget_a_posting_in_the_record: "was posted",
    skip_a_version: "follows version",
    post_what_the_order_is_not_worth: "order 11 is worth 0",
    answer_differently_the_second_time: "redeem-1 was answered",
    let_the_later_come_first: "is later in the ledger",
    leave_the_hold_of_a_paid_order_open: "hold 11 is still open",
    capture_for_an_order_and_post_nothing: "order 11 has spent 0 of the balance instead of 100",
    break_down: "redeem-9 broke: StopIteration",
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_planted_lie_is_found(lie: Callable[[Fiction], None]) -> None:
    told = honest()
    lie(told)
    complaints = told.verdict()
    assert any(LIES[lie] in complaint for complaint in complaints), complaints


class TestModel:
    """The rules that the replay stands on, by hand."""

    def test_a_reward_is_rounded_half_up_and_shrinks_with_refunds(self) -> None:
        assert [reward(net, [], 5, void=False) for net in (9, 10, 29, 30)] == [0, 1, 1, 2]
        assert reward(1000, [400, 100], 5, void=False) == 25
        assert reward(1000, [4000], 5, void=False) == reward(1000, [], 5, void=True) == 0

    def test_balance_goes_back_with_the_part_that_is_not_kept(self) -> None:
        spent = [still_spent(2000, [refund], 1500, void=False) for refund in (0, 499, 500, 2000)]
        assert spent == [1500, 1126, 1125, 0]
        assert still_spent(2000, [], 1500, void=True) == 0

    def test_spending_takes_what_expires_first_and_never_more_than_is_there(self) -> None:
        account = Account()
        account.credit(100, 50, 0, earned=True)
        account.credit(100, 40, 0, earned=True)
        assert account.spend(120, 10) == {40: 100, 50: 20}
        with pytest.raises(Impossible, match="overspent: 90 of 80"):
            account.spend(90, 10)
        with pytest.raises(Impossible, match="overspent: 1 of 0"):
            account.spend(1, 50)

    def test_what_expired_unspent_is_not_taken_back_again_and_what_was_spent_is_owed(self) -> None:
        account = Account()
        account.credit(100, 50, 0, earned=True)
        account.spend(30, 10)
        assert account.take_back(100, 50, 60) == 70
        assert (account.free, account.debt, account.expired) == (0, 30, 70)
        account.credit(100, 90, 60, earned=True)
        assert (account.free, account.debt) == (70, 0)

    def test_what_comes_back_after_its_end_settles_what_is_owed_for_it_and_no_more(self) -> None:
        account = Account()
        account.credit(100, 50, 0, earned=True)
        account.spend(60, 10)
        assert account.take_back(100, 50, 20) == 0
        assert (account.free, account.debt) == (0, 60)
        account.credit(20, 90, 30, earned=True)
        account.credit(100, 50, 60, earned=True)
        assert (account.lots, account.debt, account.expired) == ({90: 20}, 0, 40)

    def test_what_a_hold_gives_back_is_not_owed(self) -> None:
        account = Account()
        account.credit(100, 50, 0, earned=True)
        account.credit(30, 90, 0, earned=True)
        account.hold("h", 100, 60, 10)
        account.take_back(100, 50, 20)
        assert (account.free, account.debt) == (0, 70)
        account.pass_time(60)
        assert (account.lots, account.debt, account.expired) == ({90: 30}, 0, 0)

    def test_a_hold_that_runs_out_gives_back_what_has_not_expired(self) -> None:
        account = Account()
        account.credit(100, 50, 0, earned=True)
        account.credit(100, 99, 0, earned=True)
        account.hold("h", 150, 60, 10)
        account.pass_time(60)
        assert (account.free, account.held, account.expired) == (100, 0, 100)
        with pytest.raises(Impossible, match="ended already"):
            account.end("h", 1, 61)
