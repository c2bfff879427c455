"""Works something out of all orders, as the console has asked: what a draft would have given, or what a campaign has
brought.

It reads the table's orders as the operator's commands do, works by the same functions (`what_if/`,
`domain/reports/campaign_effect.py`), and writes how far it is, and at its end the result or why there is none, into the
calculation's item (`store/calculations.py`). It writes nothing else. A function that is killed writes nothing more,
which the page takes for dead after a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from chalicelib.domain.errors import RistourneError, Unavailable
from chalicelib.domain.programme.document import parse
from chalicelib.domain.reports import campaign_effect
from chalicelib.domain.reports.campaign_effect import CampaignReport
from chalicelib.edge import telemetry
from chalicelib.edge.yaml_document import read_document
from chalicelib.store import calculations, table_scan
from chalicelib.store.calculations import CURRENT, DRAFT, READING, Calculation, CalculationRef, CalculationReplaced
from chalicelib.store.codec import records_of
from chalicelib.what_if import books, comparison
from chalicelib.what_if.summary import Trial

MOST_ORDERS = 300_000
"""So many of the newest orders are valued under a draft. Under a programme with every kind of rule 2,300 are in a
second, so that the draft and the version in force take four and a half of the 15 minutes.
"""

SPARE_S = 30.0
"""Seconds that must remain for the end: what is held is added up, and the result is written."""

READING_SHARE = 0.5
"""The part of the function's time that reading may take before orders are valued, so that valuing gets as much."""

WRITE_EVERY_S = 3
"""Seconds between two writes of the progress."""

NO_ORDERS, TOO_LARGE, OUT_OF_TIME = "no-orders", "too-large", "out-of-time"
BROKEN, NOT_CALLED = "broken", "not-called"
"""Why a calculation has failed: no order was paid; reading takes too long, or valuing does; a mistake of ours, or the
table was away; the function could not be called.
"""

Clock = Callable[[], int]


class CalculationFailed(RistourneError):
    """Nothing can be worked out; the text is one of the words above."""


def run(event: Mapping[str, str], clock: Clock, seconds_left: Callable[[], float]) -> None:
    """Do the calculation that an event names, unless it was begun before. Writes how it ended; raises Unavailable at
    most.
    """
    ref = CalculationRef(str(event["subject"]), str(event["run"]))
    with suppress(CalculationReplaced):
        try:
            stored = calculations.claim(ref, clock())
            work = _Work(ref, clock, seconds_left)
            result = _report(work) if ref.campaign else _trial(work, stored)
            calculations.finish(ref, result, clock())
        except CalculationReplaced:
            raise
        except CalculationFailed as failure:
            calculations.fail(ref, str(failure), clock())
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the page says so
            telemetry.failure("calculation", error)
            calculations.fail(ref, BROKEN, clock())


class _Work:
    """The progress of a calculation, and how long it may take."""

    def __init__(self, ref: CalculationRef, clock: Clock, seconds_left: Callable[[], float]) -> None:
        self.ref = ref
        self._clock = clock
        self._seconds_left = seconds_left
        self._spare_s = SPARE_S
        self._state = READING
        self._total = 0
        self._written_at = clock()

    def records(self, kinds: Iterable[str], share: float = 1.0) -> Iterator[Any]:
        """The records of the table of some kinds, which may be read for a share of the time that remains. Raises
        CalculationFailed and CalculationReplaced.
        """
        self._spare_s = max(SPARE_S, self._seconds_left() * (1 - share))
        return records_of(table_scan.items(sorted(kinds), self._passed), frozenset(kinds))

    def begin_valuing(self, total: int) -> None:
        """Note that so many orders have been read, and are valued from now on, in the rest of the time."""
        self._spare_s, self._total = SPARE_S, total

    def valued(self, part: str, count: int) -> None:
        """Note that so many orders have been valued under the draft, or under the version in force."""
        state = {comparison.DRAFT: DRAFT, comparison.CURRENT: CURRENT}[part]
        if state != self._state:
            self._state, self._written_at = state, 0
        self._passed(count)

    def _passed(self, count: int) -> None:
        """Write down how far it is, now and then. Raises CalculationFailed where the time will not do."""
        if self._seconds_left() < self._spare_s:
            raise CalculationFailed(TOO_LARGE if self._state == READING else OUT_OF_TIME)
        now = self._clock()
        if now - self._written_at >= WRITE_EVERY_S:
            self._written_at = now
            with suppress(Unavailable):  # the next one says it
                calculations.proceed(self.ref, self._state, count, self._total, now)


def _trial(work: _Work, stored: Calculation) -> Trial:
    """What a draft would have given for the newest orders, beside the version in force."""
    draft = parse(read_document(stored.source.encode()))
    content = books.read(work.records(books.KINDS, READING_SHARE), stored.at, draft.test_orders)
    left_out = content.log.keep_newest(MOST_ORDERS)
    if not len(content.log):
        raise CalculationFailed(NO_ORDERS)
    work.begin_valuing(len(content.log))
    compared = comparison.compare(content.log, draft, content.current, work.valued, on_past_days=stored.on_past_days)
    return Trial(compared.summary, left_out)


def _report(work: _Work) -> CampaignReport:
    """What a campaign has cost and brought."""
    return campaign_effect.report_of(work.records(campaign_effect.KINDS), work.ref.campaign)
