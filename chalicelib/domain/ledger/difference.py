"""The difference between what is due and what was posted, as the postings that lead from the one to the other.

The same few lines serve a first order, a duplicate, a partial refund, an edit and a broken referral group. Pure
functions of values; imports transfers and the calendar only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    parts = joined((part.posted for part in due), (replace(part, amount=-part.amount) for part in posted))
    given, taken = [part for part in parts if part.amount > 0], [part for part in parts if part.amount < 0]
    reasons = {(part.posted.rule, part.posted.asset): part.why for part in reversed(due)}
    notes = dict.fromkeys([*taken, *(part for part in given if part.account == transfers.REDEMPTION)], note)
    if posted:
        notes |= dict.fromkeys(_raised(posted, given), transfers.RAISED)
        notes |= dict.fromkeys(_moved(taken, parts), transfers.MOVED)
        notes |= dict.fromkeys(_handed_over(taken, owner), transfers.HANDED_OVER)
    postings = []
    for part in [*given, *taken]:
        why = replace(reasons.get((part.rule, part.asset)) or Why(part.rule), note=notes.get(part, ""))
        times = part.vests_at, part.expires_at
        posting = transfers.transfer(part.account, part.member, part.amount, part.asset, times, why)
        postings.append((part.member, posting))
    return postings


def unrecovered(posted: Iterable[Posted], due: Iterable[Due]) -> tuple[Due, ...]:
    """The losses that remain once `due` is posted: what rises again, or goes back, pays for the loss first."""
    parts = list(posted)
    losses = [part for part in parts if part.account == transfers.LOSS]
    if not losses:
        return ()
    others = [part for part in parts if part.account != transfers.LOSS]
    rise: dict[tuple[str, str], int] = {}
    for part in (*(part.posted for part in due), *(replace(part, amount=-part.amount) for part in others)):
        owner = part.member, part.asset
        rise[owner] = rise.get(owner, 0) + part.amount
    remaining = (replace(loss, amount=loss.amount - max(rise.get((loss.member, loss.asset), 0), 0)) for loss in losses)
    return tuple(unexplained(loss) for loss in remaining if loss.amount > 0)


def unexplained(posted: Posted) -> Due:
    """What stays due as it was posted; the reason is its rule alone, since nothing of it is posted anew."""
    return Due(posted, Why(posted.rule))


def joined(posted: Iterable[Posted], more: Iterable[Posted] = ()) -> tuple[Posted, ...]:
    """Two lists of what was posted as one amount for each rule and lot; what comes to nothing is not in it."""
    amounts: dict[Posted, int] = {}
    for part in (*posted, *more):
        key = replace(part, amount=0)
        amounts[key] = amounts.get(key, 0) + part.amount
    return tuple(replace(key, amount=amount) for key, amount in amounts.items() if amount)


def _raised(posted: Iterable[Posted], given: Iterable[Posted]) -> list[Posted]:
    """What is given to a lot to which some of the same reward was posted before: an order has become dearer."""
    before = {replace(part, amount=0) for part in posted if transfers.is_reward(part.account)}
    return [part for part in given if replace(part, amount=0) in before and part.account != transfers.REFERRAL]


def _moved(taken: Iterable[Posted], parts: Iterable[Posted]) -> list[Posted]:
    """What is taken from one lot only to stand in another: an order was delivered, or paid earlier than we knew."""
    sums = {replace(part, amount=0) for part in joined(_any_lot(part) for part in parts)}
    return [part for part in taken if replace(_any_lot(part), amount=0) not in sums]


def _any_lot(part: Posted) -> Posted:
    return replace(part, vests_at=VESTED_ALREADY, expires_at=NO_EXPIRY)


def _handed_over(taken: Iterable[Posted], owner: str) -> list[Posted]:
    """What is taken from members that an order turned out not to be of."""
    return [part for part in taken if owner and part.member != owner and transfers.is_reward(part.account)]
