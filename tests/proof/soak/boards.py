"""Leaderboards, worked out a second time: scores, places and prizes, from what was heard of all orders.

Uses none of `domain/rewards/progress/{boards,prizes}.py`. What is left open: which instant since the beginning of the
round that settled it a member's score is of (the stream may be late, and the round has put right what it lost before);
the points that a limited rule left an order (those are the order's); how many friends a referrer has (the live
conversions, which are looked at for themselves).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import BoardPeriod, BoardPeriodRef, BoardRow, Conversion, Entry, Member, Profile
from chalicelib.domain.rewards.progress.board_view import shown_name
from tests.proof.soak.hub import Violation
from tests.proof.soak.options import POINTS
from tests.proof.soak.programmes import ZONE
from tests.proof.soak.progress import COUNTED_ALWAYS, Live, local_day, number_of, of_measure
from tests.proof.soak.shelf import Shelf

LATE_PERIODS = 2
"""So many periods that are over can be settled later than they should be."""

Prize = tuple[str, int, int, int]
"""What was won: asset, amount, and the instants from which and until which it can be spent."""


def survivor(member: str, aliases: Mapping[str, str]) -> str:
    """Who has the score of a member."""
    while member in aliases:
        member = aliases[member]
    return member


def scores(lives: Iterable[Live], aliases: Mapping[str, str], name: str, number: int) -> dict[str, int]:
    """The members that have something on a board in a period."""
    measure, per = name.split("-")
    sums: Counter[str] = Counter()
    for live in lives:
        counts = name in COUNTED_ALWAYS or name in live.boards
        if counts and number_of(per, live.day) == number:
            sums[survivor(live.member, aliases)] += of_measure(live, measure)
    return {member: score for member, score in sums.items() if score > 0}


def ranking(scored: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """Members with their places and scores: who is beaten by nobody is first, and so on."""
    ordered = sorted(scored.items(), key=lambda item: (-item[1], item[0]))
    values = [score for _, score in ordered]
    return [(member, values.index(score) + 1, score) for member, score in ordered]


def check_settled(period: BoardPeriod, states: Sequence[Mapping[str, int]], history: History, as_of: int) -> None:
    """Final places are the best members', at the right time, with the prizes of the version in force at the end.

    `states`: all scores, at each instant that counts.
    """
    per = period.board.split("-")[1]
    following = _first_day(per, period.number + 1)
    now, ended = history.at(as_of), history.at(midnight(following) - 1)
    board, terms = (_board(version.programme, period.board) if version else None for version in (now, ended))
    if board is None or terms is None or ended is None or period.terms != ended.number:
        raise Violation(f"{period.ref} was settled under version {period.terms}, at its end there was {ended}")
    if local_day(as_of) < following + timedelta(days=board.settle_days):
        raise Violation(f"{period.ref} was settled on {local_day(as_of)}, before {board.settle_days} days had passed")
    placed = {place.member: place.score for place in period.places}
    members = {member for state in states for member in state}
    chosen = {member: min(state.get(member, 0) for state in states) for member in members - placed.keys()}
    for member, score in placed.items():
        if all(state.get(member, 0) != score for state in states):
            right = {state.get(member, 0) for state in states}
            raise Violation(f"{period.ref} was settled with {score} for {member}, its orders make {right}")
    right_places = final({member: score for member, score in (chosen | placed).items() if score}, terms)
    places = [(place.member, place.place, place.score) for place in period.places]
    if places != right_places:
        raise Violation(f"{period.ref} was settled with {places}, the orders make {right_places}")
    won = {place.member: sorted(_prize(posted) for posted in place.prizes) for place in period.places}
    right_prizes = prizes(right_places, terms, ended.programme, local_day(as_of))
    if won != right_prizes:
        raise Violation(f"{period.ref} gives {won}, its places make {right_prizes}")


def final(scored: Mapping[str, int], board: Any) -> list[tuple[str, int, int]]:
    """As many as there are places, and all who share one that has a prize."""
    ordered = ranking(scored)
    return [placed for index, placed in enumerate(ordered) if index < board.top or placed[1] <= len(board.prizes)]


def prizes(
    places: Sequence[tuple[str, int, int]], board: Any, programme: Programme, day: date
) -> dict[str, list[Prize]]:
    """What each member has won: those who share places share their prizes, and the first by name get what remains."""
    won: dict[str, list[Prize]] = {}
    for member, place, _ in places:
        tied = sorted(other for other, same, _ in places if same == place)
        sums: Counter[tuple[str, int]] = Counter()
        for prize in board.prizes[place - 1 : place - 1 + len(tied)]:
            if prize.of == POINTS:
                sums[POINTS, _expiry(day, months=programme.assets[POINTS].expire_months)] += int(prize.give)
            else:
                sums["EUR/2", _expiry(day, days=prize.expire_days)] += int(prize.amount * 100)
        parts = {lot: amount // len(tied) + (tied.index(member) < amount % len(tied)) for lot, amount in sums.items()}
        won[member] = sorted((asset, amount, 0, until) for (asset, until), amount in parts.items() if amount)
    return won


def check_given(shelf: Shelf) -> None:
    """Every prize of a settled board stands once in the ledger, and nothing else of a board does."""
    given: dict[tuple[str, str], Counter[str]] = {}
    for entry in shelf.all(Entry):
        if entry.cause.startswith("board "):
            for posting in (
                posting for posting in entry.postings if "programme:board" in (posting.source, posting.destination)
            ):
                owner = posting.why.of or entry.member
                given.setdefault((entry.cause, owner), Counter())[posting.asset] += posting.signed(entry.member)
    due: dict[tuple[str, str], Counter[str]] = {}
    for period in shelf.all(BoardPeriod):
        for place in period.places:
            for posted in place.prizes:
                key = f"board {period.board} {period.number}", place.member
                due.setdefault(key, Counter())[posted.asset] += posted.amount
    if given != due:
        differing = {
            key: (given.get(key), due.get(key)) for key in given.keys() | due.keys() if given.get(key) != due.get(key)
        }
        raise Violation(f"prizes were given (and are due): {differing}")


def check_boards(shelf: Shelf, lives: Sequence[Live], rounds: Sequence[str], now: int) -> None:
    """At the end, when some rounds have seen all and nothing else happens, a board is the sort of all members.

    `rounds`: the local days of those that were done.
    """
    version = shelf.history().at(now)
    assert version
    aliases = {member.member: member.alias for member in shelf.all(Member) if member.alias}
    last = date.fromisoformat(rounds[-1])
    rows: dict[tuple[str, int], list[BoardRow]] = {}
    for row in shelf.all(BoardRow):
        rows.setdefault((row.board, row.number), []).append(row)
    for board in version.programme.boards:
        first = number_of(board.per, last - timedelta(days=board.settle_days))
        for number in range(first, number_of(board.per, last) + 1):
            right = _friends(shelf) if board.measure == "friends" else scores(lives, aliases, board.id, number)
            _check_running(shelf, board, number, rows.get((board.id, number), []), right)
        if board.per != "all":
            _check_over(shelf, board, range(first - LATE_PERIODS, first))


def check_names(shelf: Shelf, consents: Mapping[str, Mapping[str, bool]]) -> None:
    """A name is shown of those who agree to that and of nobody else; of whom it was erased there is none.

    `consents`: what the shop tells of each member, always the same.
    """
    for profile in shelf.all(Profile):
        name, agrees = shown_name(profile), consents[profile.member]["leaderboard"] and bool(profile.consents)
        if name != (profile.display_name if agrees else ""):
            raise Violation(f"{profile.member} is shown as {name!r}, its consents are {consents[profile.member]}")


def _check_running(shelf: Shelf, board: Any, number: int, rows: Sequence[BoardRow], right: Mapping[str, int]) -> None:
    """Every row is right, every candidate has one, the first places are those of all members, and so is the cut."""
    name = f"{board.id} {number}"
    shown = {row.member: row.score for row in rows if row.score}
    wrong = {member: (score, right.get(member, 0)) for member, score in shown.items() if score != right.get(member, 0)}
    if wrong:
        raise Violation(f"rows of {name} say (and their orders make) {wrong}")
    period = shelf.records.get(BoardPeriodRef(board.id, number))
    if not isinstance(period, BoardPeriod) or period.settled_at:
        raise Violation(f"the last rounds have not seen the board {name}: {period}")
    best = [placed for placed in ranking(right) if placed[1] <= board.top][: board.top]
    if ranking(shown)[: board.top] != best:
        raise Violation(f"the first of {name} are {ranking(shown)[: board.top]}, by all orders {best}")
    lost = {member for member, score in right.items() if score >= max(period.cut, 1)} - shown.keys()
    if lost:
        raise Violation(f"candidates of {name} have no row: {lost}")
    if period.cut and sum(score >= period.cut for score in right.values()) < 10 * board.top:
        raise Violation(f"the cut of {name} is {period.cut}, which less than ten times its places reach")
    if not period.cut and len(right) >= 10 * board.top:
        raise Violation(f"{name} has no cut, and {len(right)} members are on it")


def _check_over(shelf: Shelf, board: Any, numbers: range) -> None:
    """A period that is over is settled, if the programme had the board at its end."""
    for number in numbers:
        ended = shelf.history().at(midnight(_first_day(board.per, number + 1)) - 1)
        period = shelf.records.get(BoardPeriodRef(board.id, number))
        if ended and _board(ended.programme, board.id) and not (isinstance(period, BoardPeriod) and period.settled_at):
            raise Violation(f"{board.id} {number} is over and was not settled: {period}")


def _friends(shelf: Shelf) -> dict[str, int]:
    """The live friends of each referrer that was not merged into another member."""
    live = Counter(conversion.referrer for conversion in shelf.all(Conversion) if conversion.live)
    gone = {member.member for member in shelf.all(Member) if member.alias}
    return {referrer: count for referrer, count in live.items() if referrer not in gone}


def _board(programme: Programme, name: str) -> Any:
    return next((board for board in programme.boards if board.id == name), None)


def _prize(posted: Any) -> Prize:
    return posted.asset, posted.amount, posted.vests_at, posted.expires_at


def _first_day(per: str, number: int) -> date:
    if per == "week":
        return date.fromordinal(7 * number + 1)
    months = {"month": number, "quarter": 3 * number, "year": 12 * number}[per]
    return date(months // 12, months % 12 + 1, 1)


def _expiry(day: date, days: int | None = 0, months: int | None = 0) -> int:
    """The instant after a day so many months, cut to the month's length, and days later."""
    total = 12 * day.year + day.month - 1 + (months or 0)
    after = date((total + 1) // 12, (total + 1) % 12 + 1, 1)
    length = (after - date(total // 12, total % 12 + 1, 1)).days
    moved = date(total // 12, total % 12 + 1, min(day.day, length))
    return midnight(moved + timedelta(days=(days or 0) + 1))


def midnight(day: date) -> int:
    """The first second of a local day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).timestamp())
