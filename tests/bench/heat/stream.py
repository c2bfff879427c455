"""The table's stream as Lambda reads it: each shard polled by itself, a batch at a time, settled referrer by referrer.

Batch size and window are those of `app.py` and `infra/resources.yaml`. Knows no sale.
"""

from __future__ import annotations

from zlib import crc32

from msgspec import Struct
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from chalicelib.domain.commands import SettleReferrals
from chalicelib.domain.facts import Decision
from chalicelib.domain.records import Conversion
from chalicelib.domain.rewards.referral.settlement import Settled
from chalicelib.edge.jobs.stream import MAX_FRIENDS
from chalicelib.store.codec import key_of
from tests.bench.heat.clock import Clock
from tests.machine import ROOT

POLL_S = 0.25
"""Lambda polls a stream's shard four times a second."""

BATCH = 100
SHARDS = 128
"""So many partitions does a table have at least that takes 10,000 orders a second at 1,000 write units each."""


class Source(Struct, frozen=True):
    """How Lambda reads the stream. `window_s`: how long a batch is gathered."""

    window_s: float
    batch: int = BATCH
    shards: int = SHARDS


def deployed() -> Source:
    """As the template says."""
    template = yaml_parse((ROOT / "infra" / "resources.yaml").read_text())
    source = template["Resources"]["Settle"]["Properties"]["Events"]["SettleDynamodbEventSource"]["Properties"]
    return Source(float(source.get("MaximumBatchingWindowInSeconds", 0)), source.get("BatchSize", BATCH))


class Stream:
    """All shards. `settled`: conversions that were looked at, `last_s`: when the last one was."""

    def __init__(self, clock: Clock, source: Source) -> None:
        self.settled, self.last_s = 0, 0.0
        self._clock = clock
        self._source = source
        self._waiting: dict[int, list[tuple[str, str]]] = {}

    def hear(self, decision: Decision) -> None:
        """Conversions that were written go to the shards of their partitions; one that sleeps is woken by it."""
        for change in decision.changes:
            if isinstance(change, Conversion) and change.todo:
                shard = crc32(key_of(change.ref)[0].encode()) % self._source.shards
                if shard not in self._waiting:
                    self._waiting[shard] = []
                    self._next(shard, self._clock.random.uniform(0, POLL_S) + self._source.window_s)
                self._waiting[shard].append((change.referrer, change.friend))

    def _next(self, shard: int, later_s: float) -> None:
        self._clock.at(self._clock.at_s + later_s, lambda: self._invoke(shard))

    def _invoke(self, shard: int) -> None:
        waiting = self._waiting[shard]
        batch, self._waiting[shard] = waiting[: self._source.batch], waiting[self._source.batch :]
        if not batch:
            del self._waiting[shard]
            return
        by_referrer: dict[str, list[str]] = {}
        for referrer, friend in batch:
            by_referrer.setdefault(referrer, []).append(friend)
        self._settle(shard, list(by_referrer.items()))

    def _settle(self, shard: int, work: list[tuple[str, list[str]]]) -> None:
        """One referrer after the other, as many friends at once as the handler takes; then poll the shard again."""
        if not work:
            more = len(self._waiting[shard]) >= self._source.batch
            self._next(shard, 0 if more else max(POLL_S, self._source.window_s))
            return
        (referrer, friends), *rest = work
        asked, later = friends[:MAX_FRIENDS], friends[MAX_FRIENDS:]

        def then(decision: Decision | None) -> None:
            self.last_s = self._clock.at_s
            again = [*_unsettled(decision, asked), *later]
            self.settled += len(friends) - len(again)
            self._settle(shard, [*([(referrer, again)] if again else []), *rest])

        self._clock.execute(SettleReferrals(referrer, tuple(asked)), then)


def _unsettled(decision: Decision | None, asked: list[str]) -> list[str]:
    """Friends that are to be looked at again: all of them where every race was lost."""
    if decision is None:
        return asked
    assert isinstance(decision.answer, Settled)
    return list(decision.answer.unsettled)
