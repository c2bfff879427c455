"""What entries store as their cause, read back; each kind as the records that write it say it."""

from __future__ import annotations

import pytest

from chalicelib.domain.audit.record_checks import ACCOUNTS
from chalicelib.domain.ledger import causes
from chalicelib.domain.ledger.causes import Cause
from chalicelib.domain.records import Activity, BoardPeriod, Entry, OrderRef, Reversal


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (str(OrderRef("acme", "1001")), Cause(causes.ORDER, "acme/1001")),
        (Reversal("acme.1", 12, 0, "EUR/2", 100, "twice").cause, Cause(causes.UNDO, "12")),
        (Activity("acme.1", "review", "r-17", 0).cause, Cause(causes.ACTIVITY, "review r-17")),
        (BoardPeriod("best", 24310).cause, Cause(causes.BOARD, "best 24310")),
        ("hold h_2", Cause(causes.HOLD, "h_2")),
        ("merge acme.2", Cause(causes.MERGE, "acme.2")),
        ("referral", Cause(causes.REFERRAL)),
        ("adjustment", Cause(causes.ADJUSTMENT)),
        ("level", Cause(causes.LEVEL)),
        ("redemption", Cause(causes.REDEMPTION)),
        ("time", Cause(causes.TIME)),
    ],
)
def test_an_entry_says_what_it_comes_from(text: str, cause: Cause) -> None:
    assert Entry("acme.1", 1, 0, text, 0, ()).origin == cause
    assert cause.kind in ACCOUNTS
