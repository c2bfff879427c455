"""What the stream does for leaderboards: writes the rows of members whose scores have changed.

Of several states of a member in a batch every one may name another board, so each is written; one that is not newer
than the row changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.domain.errors import Unavailable, Unreadable
from chalicelib.edge import telemetry
from chalicelib.store import boards
from chalicelib.store.codec import record_of


def write_rows(records: Iterable[Mapping[str, Any]], now: int) -> list[str]:
    """Write the rows that records of members state; returns the sequence numbers of those that could not be written.

    A record that cannot be read is counted and left out: it would be the same each time.
    """
    failed = []
    for record in records:
        try:
            member = record_of(record["dynamodb"]["NewImage"])
            for standing in member.standings:
                boards.put(boards.row_of(member, standing, now))
        except Unreadable as error:
            telemetry.failure("stream record", error)
            telemetry.count("UnreadableRecord")
        except Unavailable as error:
            telemetry.failure("row of a leaderboard", error)
            failed.append(record["dynamodb"]["SequenceNumber"])
    return failed
