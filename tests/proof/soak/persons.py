"""Two members turn out to be one person, and people ask that what is personal of them be erased."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.commands import EraseMember, MergeMembers
from chalicelib.domain.core.identity import guest_id
from chalicelib.domain.records import Review
from tests.proof.soak import crowd
from tests.proof.soak.club import Club
from tests.proof.soak.counter import Counter
from tests.proof.soak.hub import Hub
from tests.proof.soak.options import Options
from tests.proof.soak.shelf import Shelf

TOLD_WITHIN_S = 900
"""So soon a storefront tells the orders of a merged customer again; sometimes before the merge is done."""

NOTES = 10
"""Reasons that one erasure names."""


class Persons:
    """Merges and erasures, each a request with a key."""

    def __init__(self, hub: Hub, shelf: Shelf, club: Club, counter: Counter, options: Options) -> None:
        self._hub = hub
        self._shelf = shelf
        self._club = club
        self._counter = counter
        self._options = options

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        """What happens here, and how often."""
        return [(self.merges, 2), (self.erases, 1)]

    def merges(self) -> None:
        """A guest and the account of the same mailbox mostly, or two accounts; storefronts also merge unknown ones."""
        random, account = self._hub.random, self._club.member()
        other = guest_id(self._club.mailbox(account))
        if random.random() < 0.3:
            other = crowd.anybody(random)
        self._club.moves(MergeMembers(account, other, must_exist=random.random() < 0.7))
        if self._options.merges_told:
            self._hub.after(random.uniform(0, TOLD_WITHIN_S), lambda: self._counter.tells_again(other, account))

    def erases(self) -> None:
        """Profile, traits and reasons; sometimes the way from the e-mail to the member too."""
        random, member = self._hub.random, self._club.member()
        if random.random() < 0.3:
            member = guest_id(self._club.mailbox(member))
        entries = [entry.number for entry in self._shelf.entries(member) if entry.cause == "adjustment"]
        groups = [review.number for review in self._shelf.all(Review) if review.referrer == member]
        anchors = (self._club.mailbox(member),) if random.random() < 0.2 and member.startswith("shop.") else ()
        erased = tuple(entries[:NOTES]), tuple(groups[:NOTES])
        self._club.moves(EraseMember(member, *erased, hashes=bool(anchors), anchors=anchors))
