"""Members' books while one decision changes them: accounts in time, postings, and one entry for each member.

Imports the rest of the ledger, records, events and the programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY, start_of_day
from chalicelib.domain.events import BalanceExpired, BalanceRedeemed, BalanceVested, Event, RewardPosted
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger import transfers
from chalicelib.domain.ledger.accounts import Account, Lot, total
from chalicelib.domain.ledger.transfers import Posted, Posting, Why, account_of
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Entry, Hold, Member, MemberRef, Record

EMPTY = Account()
"""The account of a member who has never had an asset."""


class Closed(Struct, frozen=True):
    """What a decision's books leave: records to write, members and their entries, and what has happened."""

    records: list[Record]
    events: list[Event]


class Books:
    """Members' books while one decision changes them; what changed leaves as records, one entry for each member.

    Reading posts nothing. Every change of an account comes after `write_down`, which posts what time has done to it.
    """

    def __init__(self, facts: Facts, now: int, policy: Programme | None) -> None:
        """`policy`: the programme whose rules of clawback and return hold. What is idle, the one in force says."""
        version = facts.history.at(now)
        self.now = now
        self._facts = facts
        self._policy = policy
        # When all is gone of somebody who does something now and nothing more.
        self._idle_at = NO_EXPIRY
        if version and version.programme.inactive_days is not None:
            self._idle_at = start_of_day(now, version.programme.inactive_days + 1, version.programme.timezone)
        self._before: dict[str, Member | None] = {}
        self._members: dict[str, Member] = {}
        self._postings: dict[str, list[Posting]] = {}
        # By member and asset, for `write_off`: the debt before the decision, the rewards that it has taken back, and
        # the member whose these were, which may have been merged into the one that has the account.
        self._debt_before: dict[tuple[str, str], int] = {}
        self._clawed_back: dict[tuple[str, str], int] = {}
        self._clawed_from: dict[tuple[str, str], str] = {}
        self._closed = False

    @property
    def history(self) -> History:
        """The programme versions that the decision knows."""
        return self._facts.history

    def owner(self, name: str) -> Member:
        """Who has a member's money: the member, or the one that it was merged into. Raises Missing."""
        member = self.member(name)
        while member.alias:
            member = self.member(member.alias)
        return member

    def member(self, name: str) -> Member:
        """A member as the decision has left it so far; one that is not stored is new. Raises Missing."""
        if name not in self._members:
            stored = self._facts.find(MemberRef(name), Member)
            self._before[name] = stored
            self._members[name] = stored or Member(name)
        return self._members[name]

    def put(self, member: Member) -> None:
        """The member with changes that are not of money."""
        self.member(member.member)
        self._members[member.member] = member

    def account(self, name: str, asset: str) -> Account:
        """A member's account as it is now; nothing is posted."""
        name = self.owner(name).member
        return transfers.written_down(self._stored(name, asset), name, asset, self.now)[0]

    def write_down(self, name: str, asset: str) -> Account:
        """A member's account after posting what time has done to it; every change of an account comes after this."""
        member = self.owner(name)
        name, account = member.member, member.accounts.get(asset, EMPTY)
        account, postings = transfers.written_down(account, name, asset, self.now)
        self._enter(name, asset, account, postings)
        self._debt_before.setdefault((name, asset), account.debt)
        return account

    def move(self, name: str, postings: Iterable[Posting]) -> None:
        """Post movements to or from a member; the one that it was merged into has them, and they say so."""
        owner = self.owner(name).member
        postings = [_readdressed(posting, name, owner) for posting in postings] if owner != name else postings
        name = owner
        for due in postings:
            account = self.write_down(name, due.asset)
            posting = self._returned(due) if due.source == transfers.REDEMPTION else due
            if posting.expires_at != due.expires_at:
                spent = Lot(due.amount, due.vests_at, due.expires_at)
                account = account.given_back(spent, posting.expires_at)
            if posting.destination == account_of(name):
                account = account if account.idle == self._idle_at else self._active(account)
            elif transfers.is_reward(posting.destination):
                clawed = self._clawed_back.get((name, posting.asset), 0)
                self._clawed_back[name, posting.asset] = clawed + posting.amount
                self._clawed_from[name, posting.asset] = posting.why.of or name
            self._enter(name, posting.asset, *transfers.moved(account, posting, name, self.now))

    def change(self, name: str, asset: str, account: Account) -> None:
        """The account with a change that moves no money, such as a hold; what came back expired is written down."""
        name = self.owner(name).member
        self.write_down(name, asset)
        self._enter(name, asset, account, [])
        self.write_down(name, asset)

    def spend(self, name: str, asset: str, account: Account, parts: Iterable[Lot], why: Why) -> None:
        """The account after parts of its lots have paid for something."""
        owner = self.owner(name).member
        name, why = owner, why if owner == name else replace(why, of=name)
        postings = (
            transfers.transfer(transfers.REDEMPTION, name, -part.amount, asset, (part.vests_at, part.expires_at), why)
            for part in parts
        )
        self.write_down(name, asset)
        self._enter(name, asset, self._active(account), list(postings))
        self.write_down(name, asset)

    def overspend(self, hold: Hold, amount: int, why: Why) -> tuple[Lot, ...]:
        """Spend what a hold that is gone has paid for: what is there, and the rest as a debt. Returns the parts.

        What expired since the hold was placed had been set apart by it, and is taken first.
        """
        name, asset = self.owner(hold.member).member, hold.asset
        account, lapsed = self.write_down(name, asset).recall(hold.at, amount)
        for part in lapsed:
            times = part.vests_at, part.expires_at
            back = transfers.transfer(transfers.BREAKAGE, name, part.amount, asset, times, Why(transfers.REVIVED))
            self._enter(name, asset, account, [back])
        parts = (*lapsed, *self._overspent(name, asset, amount - total(lapsed)))
        self.spend(hold.member, asset, self._stored(name, asset), parts, why)
        return parts

    def _overspent(self, name: str, asset: str, amount: int) -> tuple[Lot, ...]:
        account = self._stored(name, asset)
        available = min(max(account.balance(self.now).available, 0), amount)
        account, parts = account.spend(available, self.now) if available else (account, ())
        if amount > available:
            # What vests later stays what it is, and pays the debt when it does: if the order is returned by then, the
            # member must not have got anything sooner by it.
            account = replace(account, debt=account.debt + amount - available)
            parts = (*parts, Lot(amount - available, VESTED_ALREADY, NO_EXPIRY))
        self._enter(name, asset, account, [])
        return parts

    def hand_over(self, name: str, survivor: str) -> None:
        """All that a member holds of every asset becomes the survivor's, lots and holds and debt as they are."""
        for asset in sorted(self.member(name).accounts):
            account, kept = self.write_down(name, asset), self.write_down(survivor, asset)
            lots = [*account.lots, *(part for held in account.holds for part in held.parts)]
            parts = [*lots, *([Lot(-account.debt, VESTED_ALREADY, NO_EXPIRY)] if account.debt else [])]
            for member, sign, after in ((name, -1, Account()), (survivor, 1, kept.joined(account, self.now))):
                self._enter(member, asset, after, [_handed(member, asset, sign, part) for part in parts])

    def write_off(self, note: str = "") -> tuple[Posted, ...]:
        """What clawbacks have made members owe more, as the shop's loss, where the programme says so.

        What is held may come back, and pays the debt then: it is not lost. `note`: what it was that was lost.
        """
        if self._policy is None or self._policy.clawback != "loss":
            return ()
        losses = []
        for (name, asset), debt_before in list(self._debt_before.items()):
            account = self._stored(name, asset)
            lost = account.debt - debt_before - sum(part.amount for part in account.holds)
            lost = min(lost, self._clawed_back.get((name, asset), 0))
            if lost > 0:
                # A loss is the merged member's where the reward was: that pays for it first if it rises again.
                owner = self._clawed_from[name, asset]
                loss = Posted(owner, transfers.WRITTEN_OFF, transfers.LOSS, asset, VESTED_ALREADY, NO_EXPIRY, lost)
                why, times = Why(transfers.WRITTEN_OFF, note=note), (VESTED_ALREADY, NO_EXPIRY)
                self.move(owner, [transfers.transfer(transfers.LOSS, owner, lost, asset, times, why)])
                losses.append(loss)
        return tuple(losses)

    def close(self, cause: str, terms: int, label: str = "", causes: Mapping[str, str] | None = None) -> Closed:
        """The members that changed, each before it its entry if money moved, and an event for each posting; once.

        `causes`: of those members whose entry has another cause.
        """
        assert not self._closed, "a decision closes its books once"
        self._closed = True
        changed: list[Record] = []
        for name in list(self._members):
            member, postings = self._members[name], tuple(self._postings.get(name, ()))
            before = self._before[name] or Member(name)
            # Whatever a member holds more or less was posted: only a mistake of ours can break that.
            posted = transfers.totals(postings, name)
            sides = before.accounts, member.accounts
            for asset in before.accounts.keys() | member.accounts.keys() | posted.keys():
                was, holds = (accounts[asset].stored if asset in accounts else 0 for accounts in sides)
                amount = posted.get(asset, 0)
                assert holds == was + amount, f"{name} held {was} {asset}, was posted {amount}, and holds {holds}"
            if postings:
                because = causes.get(name, cause) if causes else cause
                entry = Entry(name, member.entries + 1, self.now, because, terms, postings, label)
                entry = replace(entry, chain=entry.linked(member.head))
                changed.append(entry)
                member = self._members[name] = replace(member, entries=entry.number, head=entry.chain)
            if member != before:
                changed.append(member)
        moved = ((name, posting) for name, postings in self._postings.items() for posting in postings)
        return Closed(changed, [_event(name, posting, cause) for name, posting in moved])

    def _stored(self, name: str, asset: str) -> Account:
        return self.owner(name).accounts.get(asset, EMPTY)

    def _enter(self, name: str, asset: str, account: Account, postings: list[Posting]) -> None:
        """Enter what has become of an account of whoever has the money, and the postings that led there."""
        member = self._members[name]
        if account != member.accounts.get(asset, EMPTY):
            assert not self._closed, f"the books of {name} change after they were closed"
            self._members[name] = replace(member, accounts=member.accounts | {asset: account})
        self._postings.setdefault(name, []).extend(postings)

    def _returned(self, posting: Posting) -> Posting:
        """Where the lot that a balance goes back to has expired, or soon will, it can be spent a while longer."""
        if posting.expires_at == NO_EXPIRY or self._policy is None or not self._policy.spending.return_days:
            return posting
        grace = start_of_day(self.now, self._policy.spending.return_days + 1, self._policy.timezone)
        return replace(posting, expires_at=max(posting.expires_at, grace))

    def _active(self, account: Account) -> Account:
        """The account of somebody who has just done something."""
        return replace(account, idle=max(account.idle, self._idle_at) if self._idle_at else NO_EXPIRY)


def _handed(member: str, asset: str, sign: int, part: Lot) -> Posting:
    """What a member gets (1) or gives (-1) of another that is merged into one with it."""
    times = part.vests_at, part.expires_at
    why = Why(transfers.MERGE_RULE, note=transfers.DEBT if part.amount < 0 else "")
    return transfers.transfer(transfers.MERGE, member, sign * part.amount, asset, times, why)


def _readdressed(posting: Posting, name: str, owner: str) -> Posting:
    """A posting of a member that was merged into another one, as the other one's."""
    accounts = {account_of(name): account_of(owner)}
    ends = {"source": accounts.get(posting.source, posting.source)}
    ends |= {"destination": accounts.get(posting.destination, posting.destination)}
    return replace(posting, **ends, why=replace(posting.why, of=name))


def _event(member: str, posting: Posting, cause: str) -> Event:
    amount = posting.signed(member)
    match posting.why.rule:
        case transfers.REDEEMED:
            return BalanceRedeemed(member, -amount, posting.asset, cause)
        case transfers.EXPIRED:
            return BalanceExpired(member, -amount, posting.asset)
        case transfers.VESTED:
            return BalanceVested(member, posting.amount, posting.asset)
        case _:
            return RewardPosted(member, posting.why.rule, amount, posting.asset, cause)
