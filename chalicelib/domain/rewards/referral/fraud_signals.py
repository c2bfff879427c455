"""What speaks against a referral bonus: signals, each with a weight, that a person can read and judge.

    same-email        two friends gave the same normalised e-mail address, and were not known to be one person
    same-card         ... paid with the same card
    same-phone        ... have the same phone number
    same-device       ... ordered from the same device
    same-address      ... live at the same address
    disposable-mail   a friend's address is of a service for throw-away addresses
    velocity          the referrer completed another group within a day
    ring              a friend referred the referrer, or whoever referred the referrer, and so on

Compared are keyed hashes; what is hashed is nowhere stored. Imports records and the programme.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.programme.document import SIGNALS, ReviewRule
from chalicelib.domain.records import Conversion, Member

USUAL_WEIGHTS = dict(zip(SIGNALS, (100, 50, 80, 100, 60, 40, 40, 60), strict=True))
"""A household shares an address, and friends meet at one device: one such signal alone does not hold a bonus."""

RING_DEPTH = 5
MAX_PRINTS = 6
VELOCITY_S = DAY_S

Signals = tuple[tuple[str, int], ...]
"""The names of the signals that were found, each with its weight."""


def found(
    referrer: Member, conversions: Sequence[Conversion], ancestors: Collection[str], at: int, review: ReviewRule
) -> Signals:
    """The signals against the bonus of a group that completes at `at`, in the order of SIGNALS."""
    parties = [referrer.prints, *(each.prints for each in conversions)]
    seen = {f"same-{kind}" for kind in _shared(parties)}
    if any("mail:disposable" in each.prints for each in conversions):
        seen.add("disposable-mail")
    if any(0 <= at - before < VELOCITY_S for before in referrer.recent):
        seen.add("velocity")
    if any(each.friend in ancestors for each in conversions):
        seen.add("ring")
    weights = USUAL_WEIGHTS | review.weights
    return tuple((name, weights[name]) for name in SIGNALS if name in seen and weights[name])


def score(signals: Signals) -> int:
    """What the signals weigh together."""
    return sum(weight for _, weight in signals)


def remembered(old: Sequence[str], new: Iterable[str]) -> tuple[str, ...]:
    """A member's prints with new ones: the MAX_PRINTS that were seen last, the latest last."""
    return (*old, *new)[-MAX_PRINTS:]


def of_friend(prints: Iterable[str], email_hash: str) -> tuple[str, ...]:
    """What a conversion says of the friend who bought."""
    return tuple(sorted({*prints, *([f"email:{email_hash}"] if email_hash else [])}))


def _shared(parties: Iterable[Collection[str]]) -> set[str]:
    """The kinds of prints that more than one party has."""
    counted = Counter(each for prints in parties for each in set(prints))
    return {name.partition(":")[0] for name, count in counted.items() if count > 1} - {"mail"}
