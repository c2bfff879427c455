"""Lists of members as the daily round has made them, and segments with their members."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import Per, number_of
from chalicelib.domain.errors import NotFound
from chalicelib.domain.programme import assets
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.segments import segments_of
from chalicelib.domain.records import Listed, Profile
from chalicelib.domain.reports.lists import AT_RISK, BEST, MOST, OWED, RECENT, SEGMENT
from chalicelib.domain.rewards.progress.cuts import MIN_BUYERS, MIN_DAYS
from chalicelib.edge.api import segments as segments_api
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.part_names import segment_name
from chalicelib.edge.console.spreadsheets import as_csv, number
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import Words, marked
from chalicelib.store import reports, rounds
from chalicelib.store.dynamodb import queries

PAGE = 50
"""Members on a page."""

LISTS = {
    BEST: (
        marked("Best customers"),
        marked("Members by what they bought in the last 12 whole months and this one, the most first."),
    ),
    AT_RISK: (
        marked("Not back for a while"),
        marked("Members who ordered at least twice and last did 3 to 12 months ago, those first who bought most."),
    ),
    RECENT: (
        marked("Recent"),
        marked("Members by the time of the last order that gave them something, the latest first."),
    ),
    OWED: (
        marked("Most owed"),
        marked(
            "Members who have a balance, the highest first, by its worth in the programme's currency; those whose "
            "balance has no price in it come last."
        ),
    ),
}
"""What each list is called, and who is in it."""

IN_SEGMENT = marked("Members of this segment, those first who bought most in the last 12 whole months and this one.")

PERSONAL = (marked("Name"), marked("E-mail"), marked("Language"), marked("Agreed to"))
"""The columns of a file with which an owner writes to members; others who may see a member get them one by one."""

SCORES = {
    "recency": (marked("Score for recency"), marked("Recency, least"), marked("Recency, most")),
    "frequency": (marked("Score for frequency"), marked("Frequency, least"), marked("Frequency, most")),
    "money": (marked("Score for money"), marked("Money, least"), marked("Money, most")),
}
"""What the files call a score, and where a segment begins and ends."""

COUNTED = (
    marked("Orders"),
    marked("Bought in 12 months"),
    marked("Bought in all"),
    marked("Last order"),
    *(score for score, _, _ in SCORES.values()),
)


def show(visit: Visit) -> Reply:
    """A part of a list: `owed`, `best`, `recent` or `at-risk`. Raises NotFound for another name."""
    name = visit.request.path["list"]
    title, rule = _list(name)
    programme = visit.programme()
    return _page(visit, programme, name, ("lists", name), visit.words.gettext(title), rule)


def as_file(visit: Visit) -> Reply:
    """The whole list as a file."""
    name = visit.request.path["list"]
    _list(name)
    return _file(visit, name, name)


def segments(visit: Visit) -> Reply:
    """The programme's segments with their scores and members, and the cuts in force."""
    programme = visit.programme()
    if programme is None:
        return pages.page(visit, "segments.html", programme=None)
    return pages.page(
        visit,
        "segments.html",
        programme=programme,
        is_counted=True,
        answer=segments_api.show(visit.as_api()),
        scores=segments_of(programme),
        called=partial(segment_name, visit.words, programme),
        least=(MIN_BUYERS, MIN_DAYS),
        own=money.asset_of(programme.currency),
        zone=programme.timezone,
    )


def segments_as_file(visit: Visit) -> Reply:
    """The segments as a file: how many members each has, and its lowest and highest scores."""
    ends = [end for _, *both in SCORES.values() for end in both]
    columns = (marked("Segment"), marked("Members"), *ends)
    programme = visit.programme_in_force()
    scores = segments_of(programme)
    counts = segments_api.show(visit.as_api()).segments
    rows = [
        (
            segment_name(visit.words, programme, count.segment),
            count.members,
            *(end for measure in SCORES for end in getattr(scores[count.segment], measure)),
        )
        for count in counts
    ]
    return as_csv(visit, "segments", columns, rows)


def segment(visit: Visit) -> Reply:
    """A part of the members of a segment. Raises NotFound for a name that the programme has not."""
    name, programme = visit.request.path["segment"], visit.programme_in_force()
    _check_segment(name, programme)
    title = segment_name(visit.words, programme, name)
    return _page(visit, programme, f"{SEGMENT}{name}", ("segments", name), title, IN_SEGMENT)


def segment_file(visit: Visit) -> Reply:
    """All that the list of a segment has, as a file."""
    name = visit.request.path["segment"]
    _check_segment(name, visit.programme_in_force())
    return _file(visit, f"{SEGMENT}{name}", f"segment-{name}")


def _list(name: str) -> tuple[str, str]:
    """The title of a list and who is in it."""
    if name not in LISTS:
        raise NotFound("there is no list %(name)s; there are %(lists)s", name=name, lists=tuple(LISTS))
    return LISTS[name]


def _check_segment(name: str, programme: Programme) -> None:
    if name not in segments_of(programme):
        raise NotFound(
            "there is no segment %(name)s; there are %(segments)s", name=name, segments=tuple(segments_of(programme))
        )


def _page(visit: Visit, programme: Programme | None, name: str, path: tuple[str, str], title: str, rule: str) -> Reply:
    """The page of a list by the name under which it is stored."""
    start = visit.request.number("cursor", 0, MOST)
    stored = reports.member_list(name) if programme else None
    first, listed = stored or (None, ())
    rows = listed[start : start + PAGE]
    return pages.page(
        visit,
        "list.html",
        programme=programme,
        is_counted=bool(first or rounds.current().began_at),
        path=path,
        title=title,
        rule=rule,
        lists=LISTS if path[0] == "lists" else {},
        first=first,
        start=start,
        rows=rows,
        names=queries.names(row.member for row in rows),
        next=start + PAGE if len(listed) > start + PAGE else None,
        known=len(listed),
        last_order=partial(_last_order, visit.words),
        own=money.asset_of(programme.currency) if programme else "",
        zone=visit.zone(),
    )


def _last_order(words: Words, text: str) -> str:
    """The day of an order, or its month where only that is known, as people write it; empty where there is none."""
    if not text:
        return ""
    per: Per = "month" if text.count("-") == 1 else "day"
    return words.period(per, number_of(per, text))


def _file(visit: Visit, name: str, file: str) -> Reply:
    """A list as a file: who the members are, for owners how to write to them, what they bought, and each balance."""
    programme = visit.programme_in_force()
    stored = reports.member_list(name)
    day, listed = (stored[0].day, stored[1]) if stored else ("", ())
    known = assets.ledger_names(programme)
    balances = [*known, *sorted({asset for row in listed for asset in row.owed} - {*known})]
    personal = _personal(listed) if visit.is_owner else {}
    balance = visit.words.gettext(marked("Balance: %(name)s"))
    held = [balance % {"name": visit.words.name_of(asset, programme)} for asset in balances]
    columns = (marked("Member"), *(PERSONAL if visit.is_owner else ()), *COUNTED, *held, marked("As of"))
    own = money.asset_of(programme.currency)
    rows = [
        (
            row.member,
            *personal.get(row.member, ()),
            *_counted(row, own),
            *(number(row.owed.get(asset, 0), asset) for asset in balances),
            day,
        )
        for row in listed
    ]
    return as_csv(visit, file, columns, rows)


def _personal(listed: Sequence[Listed]) -> dict[str, tuple[str, ...]]:
    """The personal columns of each member of a list, empty where nothing of it is stored."""
    profiles = queries.profiles(row.member for row in listed)
    return {row.member: _personal_columns(profiles.get(row.member, Profile(row.member))) for row in listed}


def _personal_columns(profile: Profile) -> tuple[str, ...]:
    agreed = sorted(name for name, has_agreed in profile.consents.items() if has_agreed)
    return profile.display_name, profile.email, profile.locale, ", ".join(agreed)


def _counted(row: Listed, own: str) -> tuple[object, ...]:
    return row.orders, number(row.goods, own), number(row.kept, own), row.last_order, *row.scores
