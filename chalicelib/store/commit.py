"""Write a decision: one transaction, every record asserting the version it was read at. All or nothing.

Only puts are used, so DynamoDB's cancellation reasons stand in the order of the changes (PynamoDB would regroup
checks, deletes, puts and updates).
"""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Answer, AnswerRef, Entry, ProgrammeList, ProgrammeRef, ProgrammeVersion, Record
from chalicelib.store import keys
from chalicelib.store.items import ITEM_OF, RecordItem
from chalicelib.store.outages import reason_of
from chalicelib.store.table import connection, table

MAX_OPERATIONS = 100

_LOST_RACE = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_LATER = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


class Stale(Exception):
    """Somebody else wrote one of the records, or is writing it; nothing was written. Read and decide again."""


def commit(changes: Sequence[Record]) -> None:
    """Write all changes, or none. Raises Stale, or Unavailable when the table did not answer."""
    assert 0 < len(changes) <= MAX_OPERATIONS, f"{len(changes)} changes in one transaction"
    table()
    try:
        with TransactWrite(connection=connection()) as transaction:
            for change in changes:
                transaction.save(item_of(change))
    except TransactWriteError as error:
        raise _cause(error) from error


def item_of(record: Record) -> RecordItem:
    """The item that stores a record."""
    return ITEM_OF[type(record)].of(record, _key(record))


def _key(record: Record) -> keys.Key:
    match record:
        case Entry():
            return keys.entry(record.member, record.number)
        case ProgrammeList():
            return keys.key_of(ProgrammeRef())
        case ProgrammeVersion():
            return keys.key_of(ProgrammeRef(record.number))
        case Answer():
            return keys.key_of(AnswerRef(record.caller, record.key))
        case _:
            return keys.key_of(record.ref)


def _cause(error: TransactWriteError) -> Exception:
    """What a cancelled transaction means: a lost race is the engine's business, the rest is the caller's."""
    codes = {reason.code for reason in error.cancellation_reasons if reason}
    if codes & _LOST_RACE or reason_of(error) in ("TransactionConflictException", "TransactionInProgressException"):
        return Stale()
    if reason_of(error) == "ValidationException":
        return AssertionError(f"DynamoDB does not take the transaction: {error}")
    if codes & _LATER or not codes:
        return Unavailable(f"the table cannot be written: {reason_of(error)}")
    return AssertionError(f"the transaction was refused: {sorted(codes)}")
