"""What daily rounds have counted, worked out a second time: reports of days, what is owed, and lists of members.

Uses nothing of `domain/reports/`. What the ledger moved in a day never changes, so every report must have exactly that.
How many orders of the day are alive, what is owed and who is in a list are as of a moment while the round read: that is
compared where nobody else wrote meanwhile. What is left open: lists of who is owed most, bought last, or is at risk.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from chalicelib.domain.ledger.transfers import Posting
from chalicelib.domain.records import Conversion, DayReport, Entry, Group, MemberList, Outstanding
from tests.proof.soak import segments
from tests.proof.soak.boards import midnight
from tests.proof.soak.hub import Violation
from tests.proof.soak.progress import Live
from tests.proof.soak.shelf import Shelf

FLOWS = {
    "programme:redemption": ("redeemed", "given_back"),
    "programme:breakage": ("expired", "revived"),
    "programme:adjustment": ("removed", "added"),
    "programme:loss": ("recovered", "written_off"),
    "programme:merge": ("", ""),
}
"""What a report calls that members gave to an account, and got from it; all others are of rewards."""

Families = Mapping[str, Sequence[Live]]


def check_reports(shelf: Shelf) -> None:
    """The reports are of days that follow each other, and have exactly what the entries of these have moved."""
    reports = sorted(shelf.all(DayReport), key=lambda report: report.starts_at)
    _check_days(reports)
    reported = {
        (report.day, flow.what, flow.asset, flow.rule): (flow.amount, flow.entries)
        for report in reports
        for flow in report.flows
    }
    right = _moved(shelf.all(Entry), reports)
    if reported != right:
        differing = {key: (reported.get(key), right.get(key)) for key, _ in reported.items() ^ right.items()}
        raise Violation(f"reports say (and entries moved): {differing}")


def _check_days(reports: Sequence[DayReport]) -> None:
    """Each day ends at midnight, and the next one begins there."""
    for report, following in pairwise(reports):
        if report.ends_at != following.starts_at or report.day >= following.day:
            raise Violation(f"between the reports of {report.day} and {following.day} something is left out")
    for report in reports:
        if report.ends_at != midnight(date.fromisoformat(report.day) + timedelta(days=1)):
            raise Violation(f"the report of {report.day} ends at {report.ends_at}")


def _moved(entries: Iterable[Entry], reports: Sequence[DayReport]) -> dict[tuple[str, str, str, str], tuple[int, int]]:
    """What entries moved in the days of reports, and how many did: by day, what, asset and rule."""
    starts = [report.starts_at for report in reports]
    moved: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for entry in entries:
        place = bisect_right(starts, entry.at) - 1
        if place < 0 or entry.at >= reports[place].ends_at:
            continue
        for flow, amount in _flows(entry).items():
            before, times = moved.get((reports[place].day, *flow), (0, 0))
            moved[reports[place].day, *flow] = before + amount, times + 1
    return moved


def check_counted(shelf: Shelf, report: DayReport, families: Families, settled: int) -> None:
    """The orders, the goods, the friends and the groups of a day, as they were when its report was made.

    `settled`: how many groups the round itself has written, some of them after it had counted them.
    """
    lives = [live for lives in families.values() for live in lives if live.day.isoformat() == report.day]
    friends = [
        conversion
        for conversion in shelf.all(Conversion)
        if conversion.live and report.starts_at <= conversion.at < report.ends_at
    ]
    groups = [group for group in shelf.all(Group) if not group.broken and report.starts_at <= group.at < report.ends_at]
    right = len(lives), sum(live.spend or 0 for live in lives), len(friends), len(groups)
    is_near = abs(report.groups - len(groups)) <= settled
    if (report.orders, report.goods, report.friends) != right[:3] or not is_near:
        raise Violation(f"{report} is not what was bought that day: {right}")


def check_owed(
    outstanding: Outstanding,
    sums: Mapping[tuple[str, str], int],
    given: Mapping[str, int],
    taken: Mapping[str, int],
) -> None:
    """What all members have is what was posted to them; what expired has been posted by the same round.

    `given`: what the round gave as prizes, on birthdays and for friends that the stream had lost, some of it after it
    had counted; `taken`: what it took back of bonuses for friends.
    """
    right: Counter[str] = Counter()
    for (_, asset), amount in sums.items():
        right[asset] += amount
    reported = {
        asset: held.available + held.pending + held.held - held.debt for asset, held in outstanding.assets.items()
    }
    more = {asset: right[asset] - reported.get(asset, 0) for asset in right.keys() | reported.keys()}
    differing = {asset for asset, amount in more.items() if not -taken.get(asset, 0) <= amount <= given.get(asset, 0)}
    if differing:
        raise Violation(f"{outstanding} of {differing}, posted were {right}")
    for asset, held in outstanding.assets.items():
        if sum(held.by_end) != reported[asset] + held.debt:
            raise Violation(f"{asset} that ends some day is not {asset} that there is: {held}")


def check_list(page: MemberList, look: segments.Look) -> None:
    """The best members by goods, and how many are in a segment."""
    if page.list == "best" and page.page == 0:
        goods = look.goods
        best = sorted((-amount, member) for member, (_, amount) in goods.items() if amount > 0)
        right = [(member, -amount, goods[member][0]) for amount, member in best[: len(page.rows)]]
        if page.total != len(best) or [(row.member, row.goods, row.orders) for row in page.rows] != right:
            raise Violation(f"the best members are {right} of {len(best)}, and the list says {page}")
    if page.list.startswith("segment:"):
        name = page.list.removeprefix("segment:")
        members = look.members[name]
        if page.total != members:
            raise Violation(f"{members} members are in the segment {name}, and the list says {page.total}")


def _flows(entry: Entry) -> dict[tuple[str, str, str], int]:
    """What an entry moved between its member and the programme."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for posting in entry.postings:
        sums[_account(posting, entry.member), posting.asset, posting.why.rule] += posting.signed(entry.member)
    flows: dict[tuple[str, str, str], int] = {}
    for (account, asset, rule), amount in sums.items():
        names = FLOWS.get(account, ("taken_back", "given")) if account.startswith("programme:") else ("", "")
        if amount and names[0]:
            key = names[amount > 0], asset, rule
            flows[key] = flows.get(key, 0) + abs(amount)
    return flows


def _account(posting: Posting, member: str) -> str:
    """The other side of a posting of a member."""
    return posting.source if posting.destination == f"member:{member}" else posting.destination
