"""Why each cent was given, as a sentence that a shopper can read. Imports money, ledger and records."""

from __future__ import annotations

from chalicelib.domain import money
from chalicelib.domain.ledger import Posting
from chalicelib.domain.records import Entry


def why(posting: Posting, entry: Entry) -> str:
    """The reason of one of an entry's postings."""
    reason, given = posting.why, posting.signed(entry.member) > 0
    order = f"your order {entry.label or entry.cause.rpartition('/')[2]}"
    match reason.rule:
        case "adjustment":
            return f"Adjusted by the shop: {reason.note}."
        case "referral-bonus":
            return f"Bonus: {_bonus(posting)}." if given else f"Bonus taken back: {reason.note}."
        case "referral-welcome":
            return (
                f"Welcome gift: {_share(posting)} on {order}."
                if given
                else f"Welcome gift taken back: {order} was {reason.note}."
            )
        case _:
            return (
                f"Cashback: {_share(posting)} on {order}."
                if given
                else f"Cashback taken back: {order} was {reason.note}{_left(posting)}."
            )


def _share(posting: Posting) -> str:
    """`5 % of 40.00 EUR`, or `a fixed sum`."""
    return (
        f"{posting.why.rate} % of {money.text(posting.why.base, posting.asset)}" if posting.why.rate else "a fixed sum"
    )


def _bonus(posting: Posting) -> str:
    count = len(posting.why.parties)
    friends = "a friend" if count == 1 else f"{count} friends"
    return f"{_share(posting)} that {friends} spent" if posting.why.rate else f"{friends} bought"


def _left(posting: Posting) -> str:
    return f"; what you kept earns {_share(posting)}" if posting.why.base else ""
