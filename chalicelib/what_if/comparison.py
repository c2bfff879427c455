"""A draft beside the programme in force: a log's orders replayed under both. Imports the replay and its summary."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.programme.document import Programme
from chalicelib.what_if import past_days
from chalicelib.what_if.log import Log
from chalicelib.what_if.replay import Outcome, replay
from chalicelib.what_if.summary import Summary, summary_of

DRAFT, CURRENT = "draft", "current"
"""The two replays, as progress names them."""

Passed = Callable[[str, int], object]
"""Called with progress: which replay, and how many orders it has valued."""


class Comparison(Struct, frozen=True):
    """What came of a draft, and of the current programme where there is one."""

    draft: Outcome
    current: Outcome | None
    summary: Summary


def compare(
    log: Log,
    draft: Programme,
    current: Programme | None,
    passed: Passed = lambda *_: None,
    *,
    on_past_days: bool = False,
) -> Comparison:
    """What both give for the orders of a log, of which there is at least one. `on_past_days`: campaigns that are to
    come are looked at as if they had run already.
    """
    if not on_past_days:
        return _compared(log, draft, current, passed)
    was = past_days.moved(current, log) if current else None
    moved = past_days.moved(draft, log)
    compared = _compared(log, moved, was, passed)
    return replace(compared, summary=replace(compared.summary, moved=past_days.moved_days(draft, moved)))


def _compared(log: Log, draft: Programme, current: Programme | None, passed: Passed) -> Comparison:
    passed(DRAFT, 0)
    after = replay(log, draft, lambda count: passed(DRAFT, count))
    if current is None:
        return Comparison(after, None, summary_of(log, draft.timezone, after, None))
    passed(CURRENT, 0)
    before = replay(log, current, lambda count: passed(CURRENT, count))
    return Comparison(after, before, summary_of(log, draft.timezone, after, before))
