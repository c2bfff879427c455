"""The difference between what is due and what was posted, as the postings that lead from the one to the other.

The same few lines serve a first order, a duplicate, a partial refund, an edit and a broken referral group. Pure
functions of values; imports transfers and the calendar only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger import transfers
from chalicelib.domain.ledger.transfers import Due, Posted, Posting, Why


def difference(
    posted: Sequence[Posted], due: Sequence[Due], note: str = "", owner: str = ""
) -> list[tuple[str, Posting]]:
    """The postings from `posted` to `due`, each with the member that it is of; equal sides give none.

    A reward that is due less than was posted is taken back from the lot it went to. What is given stands first, so that
    what is taken finds its own lot full. `note` says why something is taken; what is given besides is noted as raised.
    Rewards of others than the `owner` (empty: nobody in particular) are taken because the order is the owner's.
    """
    amounts = {key: amount for key, amount in _amounts_between(posted, due).items() if amount}
    taken = {key for key, amount in amounts.items() if amount < 0}
    reasons = {(part.posted.rule, part.posted.asset): part.why for part in reversed(due)}
    notes = {key: note if key in taken or key.account == transfers.REDEMPTION else "" for key in amounts}
    if posted:
        notes |= dict.fromkeys(_raised(posted, amounts.keys() - taken), transfers.RAISED)
        notes |= dict.fromkeys(_moved(taken, amounts), transfers.MOVED)
        notes |= dict.fromkeys(_handed_over(taken, owner), transfers.HANDED_OVER)
    postings = []
    for key in sorted(amounts, key=lambda key: key in taken):
        why = reasons.get((key.rule, key.asset)) or Why(key.rule)
        postings.append((key.member, posting_of(key, amounts[key], replace(why, note=notes[key]))))
    return postings


def unrecovered(posted: Iterable[Posted], due: Iterable[Due]) -> tuple[Due, ...]:
    """The losses that remain once `due` is posted: what rises again, or goes back, pays for the loss first."""
    parts = list(posted)
    losses = [part for part in parts if part.account == transfers.LOSS]
    if not losses:
        return ()
    others = [part for part in parts if part.account != transfers.LOSS]
    rise: dict[tuple[str, str], int] = {}
    for key, amount in _amounts_between(others, due).items():
        owner = key.member, key.asset
        rise[owner] = rise.get(owner, 0) + amount
    remaining = (replace(loss, amount=loss.amount - max(rise.get((loss.member, loss.asset), 0), 0)) for loss in losses)
    return tuple(unexplained(loss) for loss in remaining if loss.amount > 0)


def unexplained(posted: Posted) -> Due:
    """What stays due as it was posted; the reason is its rule alone, since nothing of it is posted anew."""
    return Due(posted, Why(posted.rule))


def joined(posted: Iterable[Posted], more: Iterable[Posted] = ()) -> tuple[Posted, ...]:
    """Two lists of what was posted as one amount for each rule and lot; what comes to nothing is not in it."""
    amounts = _sums((*posted, *more))
    return tuple(replace(key, amount=amount) for key, amount in amounts.items() if amount)


def posting_of(key: Posted, amount: int, why: Why) -> Posting:
    """A posting of a signed amount to the lot that `key` names: positive to the member, negative back."""
    return transfers.transfer(key.account, key.member, amount, key.asset, (key.vests_at, key.expires_at), why)


def _amounts_between(posted: Iterable[Posted], due: Iterable[Due]) -> dict[Posted, int]:
    """The signed amount that is missing for each rule and lot, by its `Posted` with amount 0; what is due first."""
    back = (replace(part, amount=-part.amount) for part in posted)
    return _sums((*(part.posted for part in due), *back))


def _sums(parts: Iterable[Posted]) -> dict[Posted, int]:
    amounts: dict[Posted, int] = {}
    for part in parts:
        key = replace(part, amount=0)
        amounts[key] = amounts.get(key, 0) + part.amount
    return amounts


def _raised(posted: Iterable[Posted], given: Iterable[Posted]) -> list[Posted]:
    """What is given to a lot to which some of the same reward was posted before: an order has become dearer."""
    before = {replace(part, amount=0) for part in posted if transfers.is_reward(part.account)}
    return [key for key in given if key in before and key.account != transfers.REFERRAL]


def _moved(taken: Iterable[Posted], amounts: Mapping[Posted, int]) -> list[Posted]:
    """What is taken from one lot only to stand in another: an order was delivered, or paid earlier than we knew."""
    sums = _sums(replace(_any_lot(key), amount=amount) for key, amount in amounts.items())
    return [key for key in taken if not sums[_any_lot(key)]]


def _any_lot(key: Posted) -> Posted:
    return replace(key, vests_at=VESTED_ALREADY, expires_at=NO_EXPIRY)


def _handed_over(taken: Iterable[Posted], owner: str) -> list[Posted]:
    """What is taken from members that an order turned out not to be of."""
    return [key for key in taken if owner and key.member != owner and transfers.is_reward(key.account)]
