"""Handler of the table's stream: settles the referrers of changed conversions, writes the rows of leaderboards that
changed members stand in, and has counted what waits for a person. Delivery is at least once, unordered between keys.

A record only names a conversion; the settlement reads it afresh, so a stale or repeated record changes nothing. What
waits is counted afresh too. A member's record states its changed scores, and a row of an earlier version of the member
never replaces a later one. A referrer that fails does not stop the others: its records are reported to Lambda, which
delivers them again. A record that cannot be read is not: it would be the same each time, and hold up its shard. The
daily round settles what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.domain.commands import SettleReferrals
from chalicelib.domain.errors import Unavailable
from chalicelib.edge import process, telemetry
from chalicelib.store import keys

MAX_FRIENDS = 20
"""The most conversions of one SettleReferrals command."""

CONVERSION, MEMBER, WAITING = "conversion", "member", "waiting"
"""What records ask for; the first two are the kinds of their items."""

WAITING_PARTITIONS = frozenset((*keys.review_partitions(), *keys.delivery_partitions()))


def settle(records: Sequence[Mapping[str, Any]], now: int) -> dict[str, list[dict[str, str]]]:
    """Do what every record of a batch asks for; returns the records that failed, in Lambda's format."""
    batch: dict[str, dict[str, list[str]]] = {}
    others: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        try:
            kind, changed = _kind(record), record["dynamodb"]
            if kind == CONVERSION:
                friends = batch.setdefault(changed["NewImage"]["r"]["S"], {})
                friends.setdefault(changed["NewImage"]["f"]["S"], []).append(changed["SequenceNumber"])
            elif kind:
                others.setdefault(kind, []).append(record)
        except (LookupError, TypeError, AttributeError) as error:
            telemetry.failure("stream record", error)
            telemetry.count("UnreadableRecord")
    failed = [number for referrer, friends in batch.items() for number in _settle_one(referrer, friends, now)]
    if MEMBER in others:
        from chalicelib.edge.jobs import board_stream

        failed += board_stream.write_rows(others[MEMBER], now)
    if WAITING in others:
        failed += _count_waiting(others[WAITING], now)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def _kind(record: Mapping[str, Any]) -> str:
    """What a record asks for: CONVERSION, one that is to do; MEMBER, whose scores on leaderboards have changed;
    WAITING, a review or a kept delivery, whatever became of it; empty for any other record.
    """
    changed = record["dynamodb"]
    image = changed.get("NewImage", {})
    kind: str = image.get("k", {}).get("S", "")
    if kind == CONVERSION:
        return kind if image["todo"]["N"] == "1" else ""
    if kind == MEMBER:
        return kind if "bd" in image else ""
    partition = changed.get("Keys", {}).get("pk", {}).get("S", "")
    return WAITING if partition in WAITING_PARTITIONS else ""


def _count_waiting(records: Sequence[Mapping[str, Any]], now: int) -> list[str]:
    """Count anew what waits for a person; the sequence numbers of the records after which that failed."""
    from chalicelib.store import waiting

    try:
        waiting.recount(now)
    except Unavailable as error:
        telemetry.failure("what waits", error)
        return [record["dynamodb"]["SequenceNumber"] for record in records]
    return []


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
