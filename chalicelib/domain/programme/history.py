"""The programme's versions as one history: which is in force at an instant, and what is settled once for all of them.

Into how many shares a budget is split is settled by the version that states it first, and never changes: shares of
another number would each begin anew, and together give more than the budget. Imports the document and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from chalicelib.domain.programme.document import Programme, Version
from chalicelib.domain.records import BoardCuts, Cuts, CutsRef, Missing, ProgrammeList, ProgrammeRef

FEWEST_SHARES, MOST_SHARES = 16, 256
"""An item takes about 50 transactions a second: 800 orders a second with 16 shares, more than 10,000 with 256."""

UNITS_A_SHARE = 20_000
"""Minor units of a budget for each of its shares, between these two: 200.00 in euros."""


KEPT_CUTS = 3
"""Versions of cuts that the list names: that of tomorrow, that of today, and one more."""

OLDEST_CUTS_DAYS = 31
"""Cuts that are older are in force no more: the shop has too few buyers by now, or rounds have stopped."""


class History(Struct, frozen=True):
    """When each version begins (seconds; version n stands at n - 1), and those versions that were read, by number.

    Old versions are read when an old order asks for one. `shares`: the number of shares of each budget by its name.
    `cuts`: the numbers of the latest cuts of segments with the local days from which they are in force; `cuts_read`:
    those read.
    `board_cuts`: from which scores on members are candidates of leaderboards, by the names of their periods.
    """

    effective_at: tuple[int, ...] = ()
    read: Mapping[int, Version] = {}
    shares: Mapping[str, int] = {}
    cuts: tuple[tuple[int, int], ...] = ()
    cuts_read: Mapping[int, Cuts] = {}
    board_cuts: Mapping[str, int] = {}

    @property
    def newest(self) -> int:
        """The number of the version that was published last, 0 if none was."""
        return len(self.effective_at)

    def number_at(self, instant: int) -> int:
        """The number of the version in force at an instant: the newest that has begun. 0 before the first."""
        for number in range(len(self.effective_at), 0, -1):
            if self.effective_at[number - 1] <= instant:
                return number
        return 0

    def at(self, instant: int) -> Version | None:
        """The version in force at an instant, None before the first. Raises Missing."""
        number = self.number_at(instant)
        return self.numbered(number) if number else None

    def programme_at(self, instant: int) -> Programme | None:
        """The programme in force at an instant, None before the first. Raises Missing."""
        version = self.at(instant)
        return version.programme if version else None

    def numbered(self, number: int) -> Version:
        """The version of that number, which must be one. Raises Missing."""
        version = self.read.get(number)
        if version is None:
            raise Missing({ProgrammeRef(number)})
        return version

    def cuts_on(self, day: date) -> Cuts | None:
        """The cuts in force on a local day, None where there are none. Raises Missing."""
        today = day.toordinal()
        begun = [number for number, since in self.cuts if today - OLDEST_CUTS_DAYS < since <= today]
        if begun and begun[-1] not in self.cuts_read:
            raise Missing({CutsRef(begun[-1])})
        return self.cuts_read[begun[-1]] if begun else None

    def shares_of(self, rule: str, asset: str) -> int:
        """Into how many shares a rule's budget of an asset is split."""
        return self.shares.get(budget_name(rule, asset), FEWEST_SHARES)


def history_of(
    versions: Iterable[Version],
    listed: ProgrammeList | None = None,
    cuts_read: Iterable[Cuts] = (),
    board_cuts: BoardCuts | None = None,
) -> History:
    """The history that a list tells, with the versions and the cuts that were read; without a list, that of these
    versions alone. A version, or cuts, that the list does not have, or has from another instant, is none of it.
    """
    read = {version.number: version for version in versions}
    if listed is None:
        return History(tuple(read[number].effective_at for number in sorted(read)), read)
    begins = dict(enumerate(listed.effective_at, 1))
    read = {number: version for number, version in read.items() if begins.get(number) == version.effective_at}
    cuts = {cuts.number: cuts for cuts in cuts_read if (cuts.number, cuts.day) in listed.cuts}
    scores = board_cuts.cuts if board_cuts else {}
    return History(listed.effective_at, read, listed.shares or {}, listed.cuts, cuts, scores)


def sole(programme: Programme) -> History:
    """The history in which a programme is the only version and has been in force from the beginning."""
    return History((0,), {1: Version(1, 0, programme)}, shares_after({}, programme))


def budget_name(rule: str, asset: str) -> str:
    """The name of a budget: `summer EUR/2`."""
    return f"{rule} {asset}"


def shares_after(shares: Mapping[str, int], programme: Programme) -> dict[str, int]:
    """The number of shares of every budget once this programme is published; one that began before keeps its own."""
    new = {budget_name(*budget): number_of_shares(amount) for budget, amount in budgets_of(programme).items()}
    return {**new, **shares}


def shares_before_list(programmes: Iterable[Programme]) -> dict[str, int]:
    """The number of shares of budgets that began before the list of versions named it."""
    return {budget_name(*budget): FEWEST_SHARES for programme in programmes for budget in budgets_of(programme)}


def number_of_shares(budget: int) -> int:
    """Into how many shares a new budget of so many minor units is split."""
    return min(max(budget // UNITS_A_SHARE, FEWEST_SHARES), MOST_SHARES)


def budgets_of(programme: Programme) -> dict[tuple[str, str], int]:
    """The budgets that a programme states, in minor units, by rule and asset."""
    return {
        (rule.id, asset): budget
        for rule in programme.rules
        for asset in rule.assets(programme)
        if (budget := rule.minor(rule.budget, asset, programme)) is not None
    }
