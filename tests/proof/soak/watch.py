"""What is looked at after every commit, on the records that it touched: cheap, so that no commit goes unwatched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from greenlet import getcurrent
from msgspec.structs import replace

from chalicelib.domain.commands import MergeMembers, PlaceHold, RecordOrder, Redeem, SetLevel, UpdateLevel
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.ledger.accounts import MAX_LOTS, Account, Lot
from chalicelib.domain.ledger.transfers import VESTED, is_reward
from chalicelib.domain.records import Entry, Hold, Member, Order, Record
from tests.proof.soak.by_hand import NOTHING, ByHand
from tests.proof.soak.fleet import Worker
from tests.proof.soak.hub import Violation
from tests.proof.soak.programmes import ZONE
from tests.proof.soak.shelf import Shelf
from tests.properties.invariants import survivor

TURNS = frozenset(
    {
        ("", "open"),
        ("open", "captured"),
        ("open", "released"),
        ("open", "returned"),
        ("returned", "captured"),
        ("returned", "released"),
    }
)
"""What can become of a hold."""


class Watch:
    """Follows every member's balances posting by posting, beside the stored ones.

    `followed`: when each member's awards were judged last, as of the instant of the command that wrote it: whenever its
    counters or awards change; `told`: when its level was said last. `by_hand`: the levels that people have set, with
    the last day of each. `sums`: what was posted to each member, by asset.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.sums: Counter[tuple[str, str]] = Counter()
        self.commits = 0
        self.followed: dict[str, int] = {}
        self.told: dict[str, int] = {}
        self.by_hand: dict[str, ByHand] = {}

    def before(self, changes: Sequence[Record]) -> Callable[[], None]:
        """Look at what is stored now; what is returned is called when the changes are written."""
        stored = [self._shelf.records.get(change.ref) for change in changes]
        return lambda: self._after(changes, stored)

    def _after(self, changes: Sequence[Record], stored: Sequence[Record | None]) -> None:
        self.commits += 1
        if all(change == before for change, before in zip(changes, stored, strict=True)):
            raise Violation(f"a commit that changes nothing: {changes}")
        for change in changes:
            if isinstance(change, Entry):
                self._entry(change)
        for change, before in zip(changes, stored, strict=True):
            if isinstance(change, Member):
                self._member(change)
                self._counters(change, before)
                self._by_hand(change, before)
            if isinstance(change, Hold):
                self._hold(change, before)
            if isinstance(change, Order) and isinstance(before, Order):
                self._judged(change, before)
        self._command(changes, stored)

    def _entry(self, entry: Entry) -> None:
        written = self._shelf.entries(entry.member)
        if len(written) != entry.number:
            raise Violation(f"entry {entry.number} of {entry.member} leaves a gap or comes twice")
        if entry.chain != entry.linked(written[-2].chain if len(written) > 1 else ""):
            raise Violation(f"entry {entry.number} of {entry.member} is not linked to the one before it")
        for posting in entry.postings:
            signed = posting.signed(entry.member)
            if posting.amount <= 0 or (not signed and posting.why.rule != VESTED):
                raise Violation(f"{entry} has a posting that moves nothing of {entry.member}")
            self.sums[entry.member, posting.asset] += signed

    def _member(self, member: Member) -> None:
        written = self._shelf.entries(member.member)
        if len(written) != member.entries or (written and written[-1].chain != member.head):
            raise Violation(f"{member.member} counts {member.entries} entries, or its chain ends elsewhere")
        if member.alias and member.accounts:
            raise Violation(f"{member.member} was merged into {member.alias} and holds {member.accounts}")
        for asset, account in member.accounts.items():
            if account.debt < 0 or len(account.lots) > MAX_LOTS or not all(lot.amount > 0 for lot in _lots(account)):
                raise Violation(f"{member.member} holds what cannot be: {account}")
            if account.stored != self.sums[member.member, asset]:
                posted = self.sums[member.member, asset]
                raise Violation(f"{member.member} holds {account.stored} {asset}, posted were {posted}")

    def _counters(self, member: Member, before: Record | None) -> None:
        """When they changed or were judged anew by a merge, and when only time has changed the level."""
        worker, was = getcurrent(), before if isinstance(before, Member) else Member(member.member)
        if not isinstance(worker, Worker):
            return
        merge = worker.command if isinstance(worker.command, MergeMembers) else None
        is_survivor = merge and member.member == survivor(self._shelf, merge.survivor)
        is_set = isinstance(worker.command, SetLevel)
        if is_survivor or is_set or (was.counts, was.distinct) != (member.counts, member.distinct):
            self.followed[member.member] = self.told[member.member] = worker.as_of
        elif was.won != member.won:
            self.followed[member.member] = worker.as_of
        if isinstance(worker.command, UpdateLevel) or was.level != member.level:
            self.told[member.member] = worker.as_of

    def _by_hand(self, member: Member, before: Record | None) -> None:
        """What people have set: the latest, and after a merge the better one of both on that day."""
        worker, name = getcurrent(), member.member
        command = worker.command if isinstance(worker, Worker) else None
        if isinstance(command, SetLevel):
            assert isinstance(worker, Worker)
            day = local_day(worker.as_of, ZONE).toordinal()
            self.by_hand[name] = self.by_hand.get(name, NOTHING).set_again(command.level, command.until, day)
        if member.alias and not (isinstance(before, Member) and before.alias):
            assert isinstance(worker, Worker)
            other, own = self.by_hand.pop(name, NOTHING), self.by_hand.get(member.alias, NOTHING)
            version, today = self._shelf.history().at(worker.as_of), local_day(worker.as_of, ZONE)
            assert version
            self.by_hand[member.alias] = max(own, other, key=lambda given: given.rank(version.programme, today))

    def _hold(self, hold: Hold, before: Record | None) -> None:
        """It is placed once, and ends once; what a cancelled order gave back it can still take, also after a merge."""
        was = before.state if isinstance(before, Hold) else ""
        merged = isinstance(before, Hold) and replace(before, member=hold.member) == hold
        if (was, hold.state) not in TURNS and not merged:
            raise Violation(f"{hold.hold} went from {was or 'nowhere'} to {hold.state}")
        if not 0 <= hold.captured <= hold.amount:
            raise Violation(f"{hold.captured} of {hold} was captured")

    def _judged(self, order: Order, before: Order) -> None:
        """The level that an order is valued under stays, for its buyer and its programme version; and what it gave is
        its buyer's under the id of then, though it may be told under that of a member merged with it since.
        """
        names = order.facts.buyer.member, before.facts.buyer.member
        if len({survivor(self._shelf, name) for name in names}) > 1 or order.terms.version != before.terms.version:
            return
        if before.terms.level and order.terms.level not in ("", before.terms.level):
            raise Violation(f"{order.ref} was valued under {before.terms.level}, and now under {order.terms.level}")
        owners = [{part.member for part in version.posted if is_reward(part.account)} for version in (order, before)]
        if all(owners) and owners[0] != owners[1]:
            raise Violation(f"{order.ref} was valued for {owners[1]}, and now for {owners[0]}, who are one member")

    def _command(self, changes: Sequence[Record], stored: Sequence[Record | None]) -> None:
        """What a command must not do."""
        worker = getcurrent()
        match worker.command if isinstance(worker, Worker) else None:
            case RecordOrder():
                _known_facts(changes, stored)
            case Redeem(member, asset) | PlaceHold(member, _, asset):
                assert isinstance(worker, Worker)
                self._covered(member, asset, worker.now())

    def _covered(self, name: str, asset: str, now: int) -> None:
        """Nobody spends more than is available."""
        member = self._shelf.member(survivor(self._shelf, name))
        # The clock may have gone on a second since the command was decided; what expired then only lowers it.
        if member.accounts[asset].balance(now).available < 0 and member.accounts[asset].debt:
            raise Violation(f"{name} has spent more {asset} than was available: {member.accounts[asset]}")


def _known_facts(changes: Sequence[Record], stored: Sequence[Record | None]) -> None:
    """A storefront's statement that is known already must not change anything."""
    orders = [(was, now) for was, now in zip(stored, changes, strict=True) if isinstance(now, Order)]
    if all(isinstance(was, Order) and was.facts == now.facts for was, now in orders):
        raise Violation(f"facts that were known changed the books: {changes}")


def _lots(account: Account) -> Iterator[Lot]:
    yield from account.lots
    for held in account.holds:
        yield from held.parts
