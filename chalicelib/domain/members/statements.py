"""Why each cent was given or went, as a sentence that a shopper can read.

What a reward is called, and how its share reads, its kind says. Imports transfers, kinds and records.
"""

from __future__ import annotations

from chalicelib.domain.ledger import transfers
from chalicelib.domain.ledger.transfers import Posting, Why
from chalicelib.domain.programme import kinds
from chalicelib.domain.programme.rules import Earning
from chalicelib.domain.records import ACTIVITY_CAUSE, Entry

LIMITS = {"budget": "as far as the shop's budget for it reached", "member": "up to the limit for each member"}
"""What kept a reward down, where it was not a limit `per order`, `per day` and so on."""

BY_ITSELF = {
    transfers.EXPIRED: "Expired: it was not spent in time.",
    transfers.VESTED: "Ready to spend: the waiting time is over.",
    transfers.REVIVED: "Expiry undone: what earned it was refunded or changed after it had expired.",
}
"""What needs no order to be understood."""

EITHER_WAY = {
    transfers.MERGE_RULE: {
        True: "From another account of yours, which is now one with this.",
        False: "Now in another account of yours, with which this one was merged.",
    },
    transfers.WRITTEN_OFF: {
        True: "Let off by the shop: this had been spent before it was taken back.",
        False: "Settled: the shop had let you off this before, and it has been earned again.",
    },
}
"""What needs no order either, said of what was given (True) and of what was taken."""

INSTEAD = {
    transfers.MOVED: ": the days on which it can be spent have changed; it is given anew.",
    transfers.HANDED_OVER: " taken back: {0} was moved to another customer's account.",
    transfers.NOT_NEW: " taken back: {0} is older than the order that it was given for.",
    transfers.MERGED: " taken back: it was given to two accounts that are one person's.",
}
"""Why a reward is taken, where its order was not refunded or changed."""


AWARDED = {
    "programme:board": "Prize of a leaderboard",
    "programme:card": "Stamp card full",
    "programme:goal": "Goal reached",
    "programme:level": "Gift for your level",
}
TAKEN = {
    "programme:board": "Prize of a leaderboard",
    "programme:card": "Reward of a stamp card",
    "programme:goal": "Reward of a goal",
    "programme:level": "Gift for a level",
}
"""What an award is called when it is given and when it is taken back, by the account that pays it."""

ERASED = "reason erased"
"""What stands for a reason that a person wrote and that was erased since."""


def why(posting: Posting, entry: Entry, note: str = "") -> str:
    """The reason of one of an entry's postings. `note`: what a person wrote, empty where it was erased."""
    reason, given = posting.why, posting.signed(entry.member) > 0
    if reason.rule in BY_ITSELF:
        return BY_ITSELF[reason.rule]
    match reason.rule:
        case "adjustment":
            return f"Adjusted by the shop: {_written(reason, note)}."
        case transfers.REDEEMED:
            return _given_back(posting, entry) if given else f"Spent {_where(entry)}."
        case transfers.MERGE_RULE | transfers.WRITTEN_OFF:
            return EITHER_WAY[reason.rule][given]
        case "referral-bonus":
            return f"Bonus: {_bonus(posting)}." if given else f"Bonus taken back: {_written(reason, note)}."
        case _:
            return _reward(posting, entry, given)


def _award(posting: Posting, subject: str, given: bool) -> str:
    """The reason of an award, which is given for several orders and taken back because of one of them."""
    if given:
        return f"{AWARDED[posting.source]}: {posting.why.rate}."
    return f"{TAKEN[posting.destination]} taken back: {subject} was {posting.why.note}."


def _reward(posting: Posting, entry: Entry, given: bool) -> str:
    reason, kind, subject = posting.why, _kind(posting), _subject(entry)
    if posting.source in AWARDED or posting.destination in AWARDED:
        return _award(posting, subject, given)
    name = kind.title(posting.asset) if kind else "Welcome gift"
    if given:
        link = "for" if _activity(entry) else "on"
        other = f"your order {reason.parties[0].rpartition('/')[2]}" if reason.parties else subject
        return f"{name}: {_share(posting)}{_factor(reason)} {link} {other}{_limit(posting)}."
    if reason.note in INSTEAD:
        return f"{name}{INSTEAD[reason.note].format(subject)}"
    rest = _kept(posting) if kind else ""
    return f"{name} taken back: {subject} was {reason.note}{rest}."


def _subject(entry: Entry) -> str:
    """What an entry is about: `your order 1001`, or `your review`."""
    activity = _activity(entry)
    return f"your {activity}" if activity else _order(entry)


def _activity(entry: Entry) -> str:
    """The activity that caused an entry, as the shop names it; empty where none did."""
    rest = entry.cause.removeprefix(ACTIVITY_CAUSE)
    return "" if rest == entry.cause else rest.partition(" ")[0]


def _kind(posting: Posting) -> type[Earning] | None:
    """The kind of rule that gave or takes back a reward of an order; None for a friend's welcome gift."""
    return kinds.paid_from(posting.source) or kinds.paid_from(posting.destination)


def _given_back(posting: Posting, entry: Entry) -> str:
    if entry.cause.startswith("undo "):
        return f"Given back: the shop has undone what you spent in entry {entry.cause.removeprefix('undo ')}."
    return f"Given back: {_order(entry)} was {posting.why.note}."


def _written(reason: Why, note: str) -> str:
    """What a person wrote, after what we say of it; entries from before notes stood apart have it in themselves."""
    if not reason.digest:
        return reason.note
    return ": ".join(filter(None, (reason.note, note or ERASED)))


def _order(entry: Entry) -> str:
    return f"your order {entry.label or entry.cause.rpartition('/')[2]}"


def _where(entry: Entry) -> str:
    """On which order, if the shop said so."""
    return f"on {_order(entry)}" if "/" in entry.cause else "at the shop"


def _share(posting: Posting) -> str:
    """What was given, as its kind says it: `5 % of 40.00 EUR`, or `a fixed sum`."""
    return (_kind(posting) or Earning).share(posting.why, posting.asset)


def _factor(reason: Why) -> str:
    """By how much a level multiplied it: `, times 1.5 for level black,`."""
    factor, _, level = reason.factor.partition(" ")
    return f", times {factor} for level {level}," if factor else ""


def _limit(posting: Posting) -> str:
    limit = posting.why.limit
    return f", {LIMITS.get(limit, f'up to the limit per {limit}')}" if limit else ""


def _bonus(posting: Posting) -> str:
    count = len(posting.why.parties)
    friends = "a friend" if count == 1 else f"{count} friends"
    return f"{_share(posting)} that {friends} spent" if posting.why.rate else f"{friends} bought"


def _kept(posting: Posting) -> str:
    return f"; what you kept earns {_share(posting)}{_limit(posting)}" if posting.why.base else ""
