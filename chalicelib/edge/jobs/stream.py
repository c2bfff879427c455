"""Handler of the table's stream: settles the referrers of changed conversions, and writes the rows of leaderboards that
changed members stand in. Delivery is at least once, unordered between keys.

A record only names a conversion; the settlement reads it afresh, so a stale or repeated record changes nothing. A
member's record states its changed scores, and a row of an earlier version of the member never replaces a later one. A
referrer that fails does not stop the others: its records are reported to Lambda, which delivers them again. A record
that cannot be read is not: it would be the same each time, and hold up its shard. The daily round settles what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.domain.commands import SettleReferrals
from chalicelib.edge import process, telemetry

MAX_FRIENDS = 20
"""The most conversions of one SettleReferrals command."""


def settle(records: Sequence[Mapping[str, Any]], now: int) -> dict[str, list[dict[str, str]]]:
    """Do what every record of a batch asks for; returns the records that failed, in Lambda's format."""
    batch: dict[str, dict[str, list[str]]] = {}
    members: list[Mapping[str, Any]] = []
    for record in records:
        try:
            conversion = _unsettled_conversion(record)
            if _has_standings(record):
                members.append(record)
        except (LookupError, TypeError, AttributeError) as error:
            telemetry.failure("stream record", error)
            telemetry.count("UnreadableRecord")
            continue
        if conversion:
            referrer, friend, number = conversion
            batch.setdefault(referrer, {}).setdefault(friend, []).append(number)
    failed = [number for referrer, friends in batch.items() for number in _settle_one(referrer, friends, now)]
    if members:
        from chalicelib.edge.jobs import board_stream

        failed += board_stream.write_rows(members, now)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def _unsettled_conversion(record: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Referrer, friend and sequence number of a record of a conversion that is to do, None for any other record."""
    image = record["dynamodb"].get("NewImage", {})
    if image.get("k", {}).get("S") != "conversion" or image["todo"]["N"] != "1":
        return None
    return image["r"]["S"], image["f"]["S"], record["dynamodb"]["SequenceNumber"]


def _has_standings(record: Mapping[str, Any]) -> bool:
    """Whether a record is of a member whose scores on leaderboards have changed."""
    image = record["dynamodb"].get("NewImage", {})
    return image.get("k", {}).get("S") == "member" and "bd" in image


def settle_friends(referrer: str, waiting: list[str], now: int) -> None:
    """Settle a referrer with friends until `waiting` is empty; when it raises, `waiting` has the unsettled ones."""
    while waiting:
        batch = waiting[:MAX_FRIENDS]
        answer = process.engine().execute(SettleReferrals(referrer, tuple(batch)), now)
        waiting[: len(batch)] = answer["unsettled"]


def _settle_one(referrer: str, friends: Mapping[str, list[str]], now: int) -> list[str]:
    """The sequence numbers of a referrer's records that could not be settled."""
    waiting = list(friends)
    try:
        settle_friends(referrer, waiting, now)
    except Exception as error:  # noqa: BLE001 - one referrer must not hold up the others
        telemetry.failure("settlement", error)
        telemetry.count("UnsettledReferrer")
    return [number for friend in waiting for number in friends[friend]]
