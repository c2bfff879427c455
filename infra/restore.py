"""Puts a stage's table back to what a restored copy of it has, such as one from point-in-time recovery.

The live table keeps its name, its stream, its settings and the permissions that name it; only items change. What must
not go back stays as it is: API keys (a revoked one would be good again), and deliveries and requests about personal
data that came since. Meanwhile the stage's functions are off, so that nobody writes. May be run again at any time: it
begins anew, and what is done is done. A table that is no copy of the live one is refused: all that it lacks would be
deleted. The list of programme versions then says when that was, so that no process goes on with a version that is gone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib.domain.records import ProgrammeList, ProgrammeListRef
from chalicelib.store import keys
from chalicelib.store.codec import Raw, key_of
from infra.audit.dynamodb import Table, TableError
from infra.stage import stack_of
from infra.stopping import unstoppable

KEYS = "KEY#"
"""How the partition of an API key begins; these items are neither written nor deleted."""

STAY = (KEYS, "DELIVERIES#", "DELIVERY#", "REQUESTS")
"""How the partitions begin whose items are not deleted where the copy lacks them."""

WRITTEN_AT_ONCE = 25
READ_AT_ONCE = 100
PAUSE_S = 0.2
LONGEST_CALL_S = 15.0
"""A call of the API lasts 10 s at the most; what it was doing when the functions went off is done by then. A daily
round or a calculation may go on for up to 15 minutes: docs/operations.md says when to restore."""


class NoCopy(TableError):
    """A table is not put back to this one; the text says why."""


class StillOff(TableError):
    """Functions could not be let run again, such as with credentials that have expired; the text says how they are.

    `reason`: why the restore had ended, where it did not come to its own end.
    """

    def __init__(self, names: Sequence[str], reason: BaseException | None) -> None:
        commands = [f"aws lambda delete-function-concurrency --function-name {name}" for name in names]
        text = "functions are still off, so that nobody is answered; with good credentials, run this again, or:"
        why = "" if reason is None else f"{'stopped' if isinstance(reason, KeyboardInterrupt) else reason}; and "
        super().__init__("\n  ".join([f"{why}{text}", *commands]))


class RestoreTally(Struct):
    """How many items were written, and how many deleted since the copy does not have them."""

    written: int = 0
    deleted: int = 0


def restore(
    copy: Table, live: Table, now: int, passed: Callable[[RestoreTally], object] = lambda _: None
) -> RestoreTally:
    """Give the live table the copy's items, at `now`. Raises TableError where a table refuses or does not answer."""
    tally = RestoreTally()
    for page in copy.scan(0, 1):
        puts = [{"PutRequest": {"Item": _marked(item, now)}} for item in page if not _partition(item).startswith(KEYS)]
        _write(live, puts)
        tally.written += len(puts)
        passed(tally)
    for page in live.scan(0, 1):
        surplus = _absent(copy, [_key(item) for item in page if not _partition(item).startswith(STAY)])
        _write(live, [{"DeleteRequest": {"Key": key}} for key in surplus])
        tally.deleted += len(surplus)
        passed(tally)
    return tally


def check(copy: Table, live: Table) -> None:
    """Raises NoCopy unless the one is a copy of the other: another table, begun with the same root; TableError where
    there is none.

    A copy that is older than such digests has a programme at least; a live table that has lost its own is compared with
    nothing.
    """
    if copy.arn() == live.arn():
        raise NoCopy(f"{copy.name} is the live table itself; name the copy that point-in-time recovery has made of it")
    root, own = copy.get(keys.ROOT_CHECK), live.get(keys.ROOT_CHECK)
    # A table of before 26 November 2026 has no digest yet.
    if root is None and copy.get(key_of(ProgrammeListRef())) is None:
        is_empty = not any(copy.scan(0, 1))
        reason = "is empty" if is_empty else "is no table of Ristourne: it has neither a root's digest nor a programme"
        raise NoCopy(f"{copy.name} {reason}; nothing was changed, since everything would have been deleted")
    if root and own and own["h"] != root["h"]:
        raise NoCopy(f"{copy.name} is another shop's: it was begun with another root secret; nothing was changed")


@contextmanager
def functions_off(
    functions: Any, names: Sequence[str], wait_s: float = LONGEST_CALL_S, least_s: float = 0
) -> Iterator[None]:
    """Nothing of a stage begins meanwhile: its functions may run 0 times at once. Begins when calls of the API have
    ended, and ends `least_s` after that at the soonest: by then a process works with nothing that it had read before.

    `functions`: a client of Lambda. The setting is taken away afterwards, whatever happens. Raises StillOff where it
    cannot be.
    """
    try:
        for name in names:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        time.sleep(wait_s)
        began = time.monotonic()
        yield
        time.sleep(max(least_s - (time.monotonic() - began), 0))
    finally:
        with unstoppable():
            still_off = [name for name in names if not _is_on(functions, name)]
        if still_off:
            raise StillOff(still_off, sys.exc_info()[1])


def _is_on(functions: Any, name: str) -> bool:
    """Whether a function may run again, which is asked for here."""
    with suppress(BotoCoreError, ClientError):
        functions.delete_function_concurrency(FunctionName=name)
        return True
    return False


def functions_of(cloudformation: Any, stage: str) -> list[str]:
    """The names of a stage's functions."""
    resources = cloudformation.describe_stack_resources(StackName=stack_of(stage))["StackResources"]
    return [
        resource["PhysicalResourceId"] for resource in resources if resource["ResourceType"] == "AWS::Lambda::Function"
    ]


def _partition(item: Raw) -> str:
    return str(item["pk"]["S"])


def _marked(item: Raw, now: int) -> Raw:
    """An item as it is written back: the list of programme versions says when."""
    entity = ProgrammeList.ENTITY
    if (item["pk"]["S"], item["sk"]["S"]) != (entity.pk, entity.sk):
        return item
    return {**item, entity.names["restored"]: {"N": str(now)}}


def _key(item: Raw) -> dict[str, Any]:
    return {"pk": item["pk"], "sk": item["sk"]}


def _write(table: Table, requests: list[dict[str, Any]]) -> None:
    """Puts and deletes, again while the table leaves some of them undone."""
    waiting = iter(requests)
    while batch := list(islice(waiting, WRITTEN_AT_ONCE)):
        while batch:
            undone = table.ask("BatchWriteItem", {"RequestItems": {table.name: batch}})["UnprocessedItems"]
            batch = undone.get(table.name, [])
            if batch:
                time.sleep(PAUSE_S)


def _absent(table: Table, keys: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those keys of which the table has no item."""
    present: set[tuple[str, str]] = set()
    waiting = iter(keys)
    while batch := list(islice(waiting, READ_AT_ONCE)):
        while batch:
            request = {"Keys": batch, "ConsistentRead": True, "ProjectionExpression": "pk, sk"}
            answer = table.ask("BatchGetItem", {"RequestItems": {table.name: request}})
            present |= {(item["pk"]["S"], item["sk"]["S"]) for item in answer["Responses"].get(table.name, [])}
            batch = answer["UnprocessedKeys"].get(table.name, {}).get("Keys", [])
            if batch:
                time.sleep(PAUSE_S)
    return [key for key in keys if (key["pk"]["S"], key["sk"]["S"]) not in present]
