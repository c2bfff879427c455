"""Replay a member's books, version by version, on the model: each entry and each hold in the order of the ledger.

After every version the record must hold what the model holds, and what was posted up to it. Imports the rows and the
model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from tests.proof.bank_books import Books, EntryRow, HoldRow, Move, State
from tests.proof.bank_model import Account, Impossible, added, ends

CASHBACK, ADJUSTMENT, REDEMPTION, BREAKAGE = (
    f"programme:{name}" for name in ("cashback", "adjustment", "redemption", "breakage")
)


def hold_of(entry: EntryRow) -> str:
    """The hold that an entry may capture: the one it names, or the one of the order that it is about."""
    kind, _, name = entry.cause.replace("/", " ").partition(" ")
    return {"hold": name, "shop": f"hold-{name}"}.get(kind, "")


def replay(books: Books, member: str) -> Iterator[str]:
    """What cannot have happened to a member, or is not what the record says."""
    ledger = Ledger(member, books.holds)
    entries = books.entries.get(member, [])
    before = State(0, 0, 0, 0, {})
    for state in books.states.get(member, []):
        at = f"{member} version {state.version}"
        if state.version != before.version + 1:
            yield f"{at}: follows version {before.version}"
        try:
            ledger.follow(before, state, entries[before.entries : state.entries])
        except Impossible as impossible:
            yield f"{at}: {impossible}"
            return
        yield from (f"{at}: {difference}" for difference in ledger.differences(state))
        before = state


class Ledger:
    """The model of one member, and the sum of what was posted to it."""

    def __init__(self, member: str, holds: Mapping[int, HoldRow]) -> None:
        self.account = Account()
        self.posted = 0
        self._mine = f"member:{member}"
        self._holds = {f"hold-{number}": row for number, row in holds.items()}

    def follow(self, before: State, state: State, entries: Sequence[EntryRow]) -> None:
        """One version further. Raises Impossible."""
        for entry in entries:
            self._enter(entry)
        for name in sorted(state.held.keys() - before.held.keys()):
            hold = self._of(name)
            self.account.hold(name, hold.amount, hold.until, hold.at)
        gone = {name: self._of(name) for name in before.held.keys() - state.held.keys()}
        for name, hold in sorted(gone.items(), key=lambda pair: (pair[1].ran_out, pair[0])):
            self._gone(name, hold)

    def differences(self, state: State) -> Iterator[str]:
        """Where the record says something else than the model, or than the postings."""
        held = {name: hold.amount for name, hold in self.account.holds.items()}
        if state.stored != self.posted:
            yield f"holds {state.stored}, but {self.posted} was posted"
        if (state.lots, state.debt, state.held) != (self.account.free + self.account.expired, self.account.debt, held):
            yield (
                f"says {state.lots} in lots, {state.debt} owed, {state.held} held; the model "
                f"{self.account.free} + {self.account.expired} expired, {self.account.debt}, {held}"
            )

    def _of(self, name: str) -> HoldRow:
        if name not in self._holds:
            raise Impossible(f"{name} is held and has no record")
        return self._holds[name]

    def _gone(self, name: str, hold: HoldRow) -> None:
        """A hold that is not there any more, and was not captured by an entry: released, or it ran out."""
        if name not in self.account.holds:
            return
        if hold.state in ("released", "returned") and not hold.ran_out:
            self.account.end(name, 0, hold.ended_at)
        else:
            self.account.pass_time(hold.until)

    def _enter(self, entry: EntryRow) -> None:
        self.account.pass_time(entry.at)
        revived = 0
        for spending, moves in groupby(entry.moves, lambda move: move.destination == REDEMPTION):
            if spending:
                revived -= self._spend(entry, list(moves))
                continue
            for move in moves:
                self.posted += move.amount * ((move.destination == self._mine) - (move.source == self._mine))
                revived += move.amount if move.source == BREAKAGE else -self._move(move, entry.at)
        if revived:
            raise Impossible(f"{revived} more came back from breakage than had expired of what was taken back")

    def _move(self, move: Move, at: int) -> int:
        """A movement other than spending; returns what of it had expired before."""
        end = ends(move.expires_at)
        if move.destination == BREAKAGE:
            self.account.expired -= move.amount
            return 0
        if move.destination == self._mine:
            self.account.credit(move.amount, end, at, earned=move.source == CASHBACK)
            return 0
        if move.destination == ADJUSTMENT and move.amount > self.account.free - self.account.debt:
            raise Impossible(f"overspent: {move.amount} taken by hand")
        return self.account.take_back(move.amount, end, at)

    def _spend(self, entry: EntryRow, moves: Sequence[Move]) -> int:
        """A redemption, a hold's capture, or the capture by a payment that was heard of too late.

        Returns what of it had expired before, and came back from breakage for it.
        """
        recalled = 0
        spent: dict[int, int] = {}
        for move in moves:
            spent = added(spent, ends(move.expires_at), move.amount)
        total = sum(spent.values())
        self.posted -= total
        name = hold_of(entry)
        hold = self._of(name) if name else None
        if hold is None:
            parts = self.account.spend(total, entry.at)
        elif hold.tied and name in self.account.ran_out:
            parts, recalled = self.account.overspend(total, hold.at, entry.at)
        else:
            parts = self.account.end(name, total, entry.at)
        if parts != spent:
            raise Impossible(f"entry {entry.number} took {spent}; what had to be taken is {parts}")
        return recalled
