"""A shop's life: what happens, when, and how much at once.

Days pass between bursts of a few seconds in which many things happen together, so that commands really interleave.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate

from tests.proof.soak.faults import Faults
from tests.proof.soak.hub import Hub
from tests.proof.soak.senders import DAY_S

REFERRERS = 30
BURST = (20, 60)
BURSTS_PER_YEAR = 480
STORM_CHANCE = 0.06

Act = tuple[Callable[[], None], int]
"""Something that happens, and how often."""


class Shop:
    def __init__(self, hub: Hub, faults: Faults, acts: list[Act], pace: int = BURSTS_PER_YEAR) -> None:
        self._hub = hub
        self._pace = pace
        self._faults = faults
        self._acts = [act for act, _ in acts]
        self._weights = list(accumulate(weight for _, weight in acts))

    def live(self, goes_on: Callable[[], bool]) -> None:
        """Bursts, hours or days apart, while it goes on."""

        def burst() -> None:
            if not goes_on():
                return
            random = self._hub.random
            self._faults.storm = random.random() < STORM_CHANCE
            for _ in range(random.randint(*BURST)):
                self._hub.after(random.random() * 3, self._act)
            self._hub.after(random.expovariate(self._pace / (365 * DAY_S)) + 5, burst)

        self._hub.after(0, burst)

    def _act(self) -> None:
        self._acts[bisect(self._weights, self._hub.random.random() * self._weights[-1])]()
