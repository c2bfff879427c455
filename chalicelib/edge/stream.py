"""The table's own stream: what one member's order means for another member. At least once, in any order between keys.

A record only says which conversions to look at; the settlement reads them afresh, so a stale or repeated record changes
nothing. One referrer that fails does not hold up the others: its records are reported and come again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.domain.commands import SettleReferrals
from chalicelib.edge import process, telemetry

MAX_FRIENDS = 20
"""Conversions that one settlement is asked to look at."""


def settle(records: Sequence[Mapping[str, Any]], now: int) -> dict[str, list[dict[str, str]]]:
    """Bring the books of every referrer in a batch in step; names the records that failed, as Lambda expects it."""
    batch: dict[str, dict[str, list[str]]] = {}
    for record in records:
        image = record["dynamodb"].get("NewImage", {})
        if image.get("k", {}).get("S") == "conversion" and image["todo"]["N"] == "1":
            friends = batch.setdefault(image["r"]["S"], {})
            friends.setdefault(image["f"]["S"], []).append(record["dynamodb"]["SequenceNumber"])
    failed = [number for referrer, friends in batch.items() for number in _settle_one(referrer, friends, now)]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def settle_friends(referrer: str, waiting: list[str], now: int) -> None:
    """Bring a referrer's books in step with friends until `waiting` is empty; when it raises, what is left is in it."""
    while waiting:
        asked = waiting[:MAX_FRIENDS]
        answer = process.engine().execute(SettleReferrals(referrer, tuple(asked)), now)
        waiting[: len(asked)] = answer["left"]


def _settle_one(referrer: str, friends: Mapping[str, list[str]], now: int) -> list[str]:
    """The sequence numbers of what could not be settled: none, or all of this referrer's that were left."""
    waiting = list(friends)
    try:
        settle_friends(referrer, waiting, now)
    except Exception as error:  # noqa: BLE001 - one referrer must not hold up the others
        telemetry.failure("settlement", error)
        telemetry.count("UnsettledReferrer")
    return [number for friend in waiting for number in friends[friend]]
