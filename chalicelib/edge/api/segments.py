"""Handler of segments: the cuts in force, and how many members were in each when the last round was made."""

from __future__ import annotations

from datetime import date

from chalicelib.domain.core.calendar import iso, local_day
from chalicelib.domain.errors import NotFound
from chalicelib.domain.programme.segments import segments_of
from chalicelib.edge import process
from chalicelib.edge.answers import CutsAnswer, SegmentCount, SegmentsAnswer
from chalicelib.edge.messages import Request


def show(request: Request) -> SegmentsAnswer:
    """The programme's segments with their members, and the cuts in force, which the daily round has made.

    `cuts` is null as long as there are too few buyers or days to tell; the members are those by the cuts before.
    """
    version = process.engine().history(request.now).at(request.now)
    if version is None:
        raise NotFound("no programme is in force; publish one first")
    today = local_day(request.now, version.programme.timezone)
    cuts = process.engine().of_history(lambda history: history.cuts_on(today), request.now)
    counted = cuts.members if cuts else {}
    shown = [SegmentCount(name, counted.get(name, 0)) for name in segments_of(version.programme)]
    if cuts is None:
        return SegmentsAnswer(shown, None)
    days = [date.fromordinal(number).isoformat() for number in cuts.recency]
    frequency, money = list(cuts.frequency), list(cuts.money)
    return SegmentsAnswer(shown, CutsAnswer(cuts.number, iso(cuts.at), cuts.buyers, days, frequency, money))
