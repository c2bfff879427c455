"""Replays kept deliveries, such as all of them after an update of the software: the oldest first, one after another.

What was replayed before is left alone. What fails again stays kept, with its newest reason; what was too large to be
kept whole is named, since `reconcile` can fetch its order. Calls the API only.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct, field

from infra.api import Api, ApiError, refusal
from infra.progress import ProgressLine
from infra.retrying_api import RetryingApi

PAGE = 100
THIS_DELIVERY_ONLY = frozenset({404, 409, 422})
"""Statuses by which one delivery was refused; by any other, all would be."""


RESULTS = ("recorded", "unchanged", "ignored", "kept")


class ReplayTally(Struct):
    """The counts of a run: how many deliveries waited, and how many had each result."""

    results: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    known: bool = False
    """Whether it was found out how many wait."""

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Titles and numbers; `left` counts those that the run did not reach."""
        numbers = [self.results[name] for name in RESULTS]
        return ["waiting", *RESULTS, "left"], [[self.waiting, *numbers, self.waiting - sum(numbers)]]

    @property
    def status(self) -> int:
        """The command's: 1 while something still cannot be processed."""
        return 1 if self.results["kept"] else 0


def replay_all(api: Api, connection: str, most: int, tally: ReplayTally) -> None:
    """Replay up to `most` of the deliveries that wait (of one connection, or of all), and print those that fail again.

    Raises ApiError where the API refuses all of them.
    """
    retrying = RetryingApi(api)
    progress = ProgressLine(sys.stderr)
    if connection:
        _check_exists(retrying, connection)
    deliveries = sorted(_waiting(retrying, connection), key=lambda delivery: str(delivery["id"]))
    tally.waiting, tally.known = len(deliveries), True
    try:
        for delivery in deliveries[:most]:
            result, reason = _replay(retrying, delivery)
            tally.results[result] += 1
            if reason:
                progress.clear()
                print(f"{result:<9}  {delivery['id']}  {delivery['connection']}  {reason}", flush=True)
            progress.show(f"{tally.results.total()} of {min(len(deliveries), most)} deliveries")
    finally:
        progress.clear()


def _check_exists(api: RetryingApi, connection: str) -> None:
    """Raises ApiError where there never was such a connection: a misspelt one has nothing that waits."""
    answer = api.ask("GET", "/v1/connections")
    if answer.status != 200:
        raise refusal(answer)
    names = [row["id"] for row in answer.json["connections"]]
    if connection not in names:
        raise ApiError(f"there is no connection {connection}; there are: {', '.join(names) or 'none'}")


def _waiting(api: RetryingApi, connection: str) -> Iterator[dict[str, Any]]:
    """The kept deliveries that were never replayed with success, newest first."""
    cursor: str | None = ""
    while cursor is not None:
        query = urlencode({"limit": PAGE, **({"cursor": cursor} if cursor else {})})
        answer = api.ask("GET", f"/v1/deliveries?{query}")
        if answer.status != 200:
            raise refusal(answer)
        for delivery in answer.json["deliveries"]:
            if delivery["replayed_at"] is None and connection in ("", delivery["connection"]):
                yield delivery
        cursor = answer.json["next"]


def _replay(api: RetryingApi, delivery: dict[str, Any]) -> tuple[str, str]:
    """The result of a replay, and why the delivery is still kept (empty if it is not)."""
    answer = api.ask("POST", f"/v1/deliveries/{delivery['id']}/replay")
    if answer.status == 200:
        return answer.json["result"], ""
    if answer.status not in THIS_DELIVERY_ONLY:
        raise refusal(answer)
    return "kept", str(refusal(answer))
