"""Why each cent was given, as a sentence that a shopper can read. Pure text over a posting; imports money and ledger."""

from __future__ import annotations

from chalicelib.domain import money
from chalicelib.domain.ledger import Posting, account_of


def signed(posting: Posting, member: str) -> int:
    """The posting's amount from the member's side: positive when the member got it."""
    return posting.amount if posting.destination == account_of(member) else -posting.amount


def why(posting: Posting, member: str, cause: str) -> str:
    """The reason of a posting to or from a member; `cause` is the entry's."""
    reason, given = posting.why, signed(posting, member) > 0
    share = _share(posting)
    if reason.rule == "adjustment":
        return f"Adjusted by the shop: {reason.note}."
    if reason.rule == "referral-bonus":
        friends = "a friend" if len(reason.parties) == 1 else f"{len(reason.parties)} friends"
        return f"Bonus: {share} of what {friends} bought." if given else f"Bonus taken back: {reason.note}."
    order = f"order {cause.rpartition('/')[2]}"
    if reason.rule == "referral-welcome":
        return f"Welcome gift: {share} of your {order}." if given else f"Welcome gift taken back: your {order} was {reason.note}."
    if given:
        return f"Cashback: {share} of your {order}."
    left = f"; what you kept earns {share}" if reason.base else ""
    return f"Cashback taken back: your {order} was {reason.note}{left}."


def _share(posting: Posting) -> str:
    """`5 % of 40.00 EUR`, or `a fixed sum for 40.00 EUR`."""
    base = money.text(posting.why.base, posting.asset)
    return f"{posting.why.rate} % of {base}" if posting.why.rate else f"a fixed sum on {base}"
