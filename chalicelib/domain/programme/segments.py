"""Segments as the programme states them: rectangles of the scores for recency, frequency and money.

Who is in which one is computed from a member's counters (`rewards/progress/segments.py`). Imports the parts of rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.rules import Document

if TYPE_CHECKING:
    from chalicelib.domain.programme.document import Programme

LOWEST, HIGHEST = 1, 5
MAX_SEGMENTS = 20

Scores = tuple[int, int]
"""The lowest and the highest score, both included."""


class Segment(Document, frozen=True, kw_only=True):
    """Members whose scores are all within these, from 1 to 5; what is not stated is any score.

    `recency`: 5 are the fifth of the buyers who bought last. `frequency` and `money`: 5 are those with the most orders,
    and the most kept goods, of the last 12 closed months and the running one.
    """

    recency: Scores = (LOWEST, HIGHEST)
    frequency: Scores = (LOWEST, HIGHEST)
    money: Scores = (LOWEST, HIGHEST)


DEFAULTS: Mapping[str, Segment] = {
    "champions": Segment(recency=(4, 5), frequency=(4, 5), money=(4, 5)),
    "loyal": Segment(recency=(3, 5), frequency=(4, 5)),
    "new": Segment(recency=(4, 5), frequency=(1, 1)),
    "promising": Segment(recency=(3, 5), frequency=(1, 3)),
    "at-risk": Segment(recency=(1, 2), frequency=(3, 5)),
    "lost": Segment(recency=(1, 2), frequency=(1, 2)),
}
"""The segments of a programme that states none; every member with scores is in one of them."""


def segments_of(programme: Programme) -> Mapping[str, Segment]:
    """The programme's segments by name, in the order in which they are tried."""
    return programme.segments or DEFAULTS


def segment_problems(programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with the segments of a document, each naming the path, the rule and the value."""
    if len(programme.segments) > MAX_SEGMENTS:
        yield InvalidInput("segments", "must be at most %(most)s", len(programme.segments), most=MAX_SEGMENTS)
    for name, segment in programme.segments.items():
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name):
            yield InvalidInput("segments", "must have names of lower-case letters, digits and dashes, 40 at most", name)
        for measure in ("recency", "frequency", "money"):
            low, high = getattr(segment, measure)
            if not LOWEST <= low <= high <= HIGHEST:
                yield InvalidInput(
                    f"segments.{name}.{measure}",
                    "must be the lowest and the highest score, both from %(lowest)s to %(highest)s",
                    f"[{low}, {high}]",
                    lowest=LOWEST,
                    highest=HIGHEST,
                )
