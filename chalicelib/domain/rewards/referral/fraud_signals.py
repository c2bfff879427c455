"""Fraud signals against a referral bonus, each with a weight, for a person's review.

    same-email        two friends gave the same normalised e-mail address, and were not known to be one person
    same-card         ... paid with the same card
    same-phone        ... have the same phone number
    same-device       ... ordered from the same device
    same-address      ... live at the same address
    disposable-mail   a friend's address is of a service for throw-away addresses
    velocity          the referrer completed another group within a day
    ring              a friend referred the referrer, or whoever referred the referrer, and so on

Keyed hashes are compared; the hashed values are not stored. Imports records and the programme.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.programme.referral import SIGNALS, ReviewRule
from chalicelib.domain.records import Conversion, Member

USUAL_WEIGHTS = dict(zip(SIGNALS, (100, 50, 80, 100, 60, 40, 40, 60), strict=True))
"""The weights by default. A household shares an address or a device: one such signal alone is below the threshold."""

RING_DEPTH = 5
MAX_PRINTS = 6
VELOCITY_S = DAY_S

Signals = tuple[tuple[str, int], ...]
"""The names of signals, each with its weight."""


def signals_of(
    referrer: Member, conversions: Sequence[Conversion], ancestors: Collection[str], at: int, review: ReviewRule
) -> Signals:
    """The signals against the bonus of a group that completes at `at`, in the order of SIGNALS."""
    parties = [referrer.prints, *(conversion.prints for conversion in conversions)]
    names = {f"same-{kind}" for kind in _shared(parties)}
    if any("mail:disposable" in conversion.prints for conversion in conversions):
        names.add("disposable-mail")
    if any(0 <= at - before < VELOCITY_S for before in referrer.recent):
        names.add("velocity")
    if any(conversion.friend in ancestors for conversion in conversions):
        names.add("ring")
    weights = USUAL_WEIGHTS | review.weights
    return tuple((name, weights[name]) for name in SIGNALS if name in names and weights[name])


def score(signals: Signals) -> int:
    """The sum of the signals' weights."""
    return sum(weight for _, weight in signals)


def remembered(old: Sequence[str], new: Iterable[str]) -> tuple[str, ...]:
    """A member's prints with new ones: the last MAX_PRINTS, the latest last."""
    return (*old, *new)[-MAX_PRINTS:]


def of_friend(prints: Iterable[str], email_hash: str) -> tuple[str, ...]:
    """The prints of a conversion: those of its order, and the hash of the friend's e-mail."""
    return tuple(sorted({*prints, *([f"email:{email_hash}"] if email_hash else [])}))


def _shared(parties: Iterable[Collection[str]]) -> set[str]:
    """The kinds of prints that more than one party has."""
    counted = Counter(fingerprint for prints in parties for fingerprint in set(prints))
    return {fingerprint.partition(":")[0] for fingerprint, count in counted.items() if count > 1} - {"mail"}
