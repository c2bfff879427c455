"""What can go wrong at a call of the store, how often, and how often it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

CRASH_BEFORE_READ, CRASH_AFTER_READ = "crash before a read", "crash after a read"
READ_TIME_OUT, READ_THROTTLED, TORN_READ = "read time-out", "throttled read", "torn read"
CRASH_BEFORE_COMMIT, CRASH_AFTER_COMMIT = "crash before a commit", "crash after a commit"
FAIL_BEFORE_COMMIT, LOST_REPLY = "fail before commit", "fail after commit (lost reply)"
THROTTLED, CONFLICT, STALE_REPLY = "throttled write", "transaction conflict", "committed, answered with a conflict"

Chances = Sequence[tuple[str, float]]

READS: Chances = (
    (CRASH_BEFORE_READ, 0.002),
    (READ_TIME_OUT, 0.004),
    (READ_THROTTLED, 0.002),
    (TORN_READ, 0.02),
    (CRASH_AFTER_READ, 0.002),
)
WRITES: Chances = (
    (CRASH_BEFORE_COMMIT, 0.004),
    (FAIL_BEFORE_COMMIT, 0.004),
    (THROTTLED, 0.004),
    (CONFLICT, 0.01),
    (CRASH_AFTER_COMMIT, 0.004),
    (LOST_REPLY, 0.006),
    (STALE_REPLY, 0.003),
)

OTHERS = (
    "clock skew of over 3 s",
    "delivered twice or more",
    "delivered out of order",
    "lost race",
    "stale stream image",
    "stream batch failed in part",
    "stream batch failed as a whole",
    "sender gave up",
    "delivered again after 10 minutes",
    "delivered again after 4 hours",
    "delivered again after 3 days",
    "delivered again after a year",
)
"""What the world does besides, counted where it happens."""

STORM = 12
"""How much more often calls fail while the table has a bad minute."""

ALL = tuple(dict.fromkeys([*(name for name, _ in (*READS, *WRITES)), *OTHERS]))


class Faults:
    """Draws faults, and counts them by name; nothing goes wrong unless `active`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.active = False
        self.storm = False
        self.fired: Counter[str] = Counter()

    def draw(self, chances: Chances, rarity: int = 1) -> str:
        """The fault of one call, or nothing; so many times as seldom as usual."""
        if not self.active:
            return ""
        rest = self._random.random() * rarity / (STORM if self.storm else 1)
        for name, chance in chances:
            rest -= chance
            if rest < 0:
                self.fired[name] += 1
                return name
        return ""

    def note(self, name: str) -> None:
        """Count what happened elsewhere."""
        assert name in ALL, name
        self.fired[name] += 1
