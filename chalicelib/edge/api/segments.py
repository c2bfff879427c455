"""Handlers of segments: the cuts in force, how many members were in each when the last round was made, and who."""

from __future__ import annotations

from datetime import date

from chalicelib.domain.core.calendar import iso, local_day
from chalicelib.domain.errors import NotFound
from chalicelib.domain.programme.segments import segments_of
from chalicelib.domain.reports.lists import SEGMENT
from chalicelib.domain.reports.views import ListView
from chalicelib.edge import process
from chalicelib.edge.answers import CutsAnswer, SegmentCount, SegmentsAnswer
from chalicelib.edge.api.reports import list_page
from chalicelib.edge.messages import Request
from chalicelib.store.reports import list_totals


def show(request: Request) -> SegmentsAnswer:
    """The programme's segments with their members, and the cuts in force, which the daily round has made.

    `cuts` is null as long as there are too few buyers or days to tell; the members are those that the last round has
    listed, by the cuts that were in force then.
    """
    programme = process.engine().programme_in_force(request.now)
    today = local_day(request.now, programme.timezone)
    cuts = process.engine().of_history(lambda history: history.cuts_on(today), request.now)
    totals = list_totals(f"{SEGMENT}{name}" for name in segments_of(programme))
    shown = [SegmentCount(name, totals.get(f"{SEGMENT}{name}", 0)) for name in segments_of(programme)]
    if cuts is None:
        return SegmentsAnswer(shown, None)
    days = [date.fromordinal(number).isoformat() for number in cuts.recency]
    frequency, money = list(cuts.frequency), list(cuts.money)
    return SegmentsAnswer(shown, CutsAnswer(cuts.number, iso(cuts.at), cuts.buyers, days, frequency, money))


def members(request: Request) -> ListView:
    """The first thousand members of a segment by their kept goods, as the last round has read them.

    Query: `limit` (1 to 100), `cursor`. All members of a segment: `ristourne segment export`.
    """
    name = request.path["segment"]
    programme = process.engine().programme_in_force(request.now)
    segments = segments_of(programme)
    if name not in segments:
        raise NotFound("there is no segment %(name)s; there are %(segments)s", name=name, segments=tuple(segments))
    return list_page(f"{SEGMENT}{name}", request, programme)
