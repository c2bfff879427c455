"""The table's stream: conversions, and members whose scores on leaderboards have changed, in the order of their
commits, in batches to the real `edge.stream.settle`.

At least once; old images come again; a batch that fails in part comes again from its first failure, as Lambda does it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from msgspec.structs import replace

from chalicelib.domain.records import Conversion, Member, Record
from chalicelib.edge.jobs import stream
from chalicelib.store.codec import item_of
from tests.proof.soak.faults import Faults
from tests.proof.soak.fleet import Ending, Fleet, Job, Worker
from tests.proof.soak.hub import Hub

SHARDS = 3
BATCH = 12
REMEMBERED = 300
RETRIES = 5
STALE_CHANCE = 0.15

Image = dict[str, Any]


class Shard:
    """Records that wait, and some that went through, to come again."""

    def __init__(self) -> None:
        self.waiting: deque[Image] = deque()
        self.past: deque[Image] = deque(maxlen=REMEMBERED)
        self.polling = False
        self.failures = 0


class Stream:
    def __init__(self, hub: Hub, fleet: Fleet, faults: Faults) -> None:
        self._hub = hub
        self._fleet = fleet
        self._faults = faults
        self._number = 0
        self._shards = [Shard() for _ in range(SHARDS)]

    def written(self, changes: Sequence[Record]) -> None:
        """What a commit has written."""
        for change in changes:
            if isinstance(change, Conversion):
                self._append(f"{change.referrer} {change.friend}", _conversion(change))
            elif isinstance(change, Member) and change.standings:
                self._append(change.member, item_of(replace(change, version=change.version + 1)))

    def _append(self, key: str, image: Image) -> None:
        """One item's images are in one shard."""
        self._number += 1
        shard = self._shards[crc32(key.encode()) % SHARDS]
        shard.waiting.append({"dynamodb": {"NewImage": image, "SequenceNumber": str(self._number)}})
        self._poll(shard)

    def _poll(self, shard: Shard, seconds: float = 0.5) -> None:
        if not shard.polling and shard.waiting:
            shard.polling = True
            self._hub.after(seconds * self._hub.random.uniform(0.2, 2), lambda: self._send(shard))

    def _send(self, shard: Shard) -> None:
        batch = [shard.waiting[place] for place in range(min(BATCH, len(shard.waiting)))]
        sent = [*self._old(shard), *batch]

        def act(worker: Worker) -> Any:
            return stream.settle(sent, worker.now())

        def done(ending: Ending, answer: Any) -> None:
            failed = (
                {failure["itemIdentifier"] for failure in answer["batchItemFailures"]} if ending == "done" else None
            )
            self._settled(shard, batch, failed)

        self._fleet.submit(Job("stream batch", act, done))

    def _old(self, shard: Shard) -> list[Image]:
        """Sometimes images from long ago are before the new ones."""
        if not self._faults.active or not shard.past or self._hub.random.random() > STALE_CHANCE:
            return []
        self._faults.note("stale stream image")
        return [self._hub.random.choice(shard.past) for _ in range(self._hub.random.randint(1, 3))]

    def _settled(self, shard: Shard, batch: list[Image], failed: set[str] | None) -> None:
        """Go on behind what succeeded; `failed` is None when the process died: then all of it comes again."""
        done = batch if failed == set() else _before(batch, failed)
        if failed:
            whole = len(failed & {_number(change) for change in batch}) == len(batch)
            self._faults.note(f"stream batch failed {'as a whole' if whole else 'in part'}")
        shard.failures = 0 if done else shard.failures + 1
        if shard.failures > RETRIES:
            # Lambda gives up: the conversions keep their `todo`, for the operator.
            done, shard.failures = batch, 0
        for image in done:
            shard.waiting.popleft()
            shard.past.append(image)
        shard.polling = False
        self._poll(shard, 0.5 * 2**shard.failures)


def _conversion(conversion: Conversion) -> Image:
    """As much of the image as the stream reads."""
    return {
        "k": {"S": "conversion"},
        "r": {"S": conversion.referrer},
        "f": {"S": conversion.friend},
        "todo": {"N": str(conversion.todo)},
    }


def _before(batch: list[Image], failed: set[str] | None) -> list[Image]:
    """The records before the first that failed."""
    if failed is None:
        return []
    first = next((place for place, change in enumerate(batch) if _number(change) in failed), len(batch))
    return batch[:first]


def _number(image: Image) -> str:
    number: str = image["dynamodb"]["SequenceNumber"]
    return number
