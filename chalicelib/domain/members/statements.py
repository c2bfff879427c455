"""Why each cent was given or went, as a sentence that a shopper can read, in any language.

`reason` is the sentence as data; `why` is its English. What a reward is called, and how its share reads, its kind says.
Imports phrases, transfers, kinds and records.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import Per, period_number
from chalicelib.domain.core.phrases import Amount, CalendarDay, Figure, Named, Phrase, Plural, Span, Value, written
from chalicelib.domain.ledger import causes, transfers
from chalicelib.domain.ledger.transfers import Posting, Why
from chalicelib.domain.programme import kinds
from chalicelib.domain.programme.rules import Earning
from chalicelib.domain.records import Entry

LIMITS = {
    "order": Phrase(", up to the limit per order"),
    "day": Phrase(", up to the limit per day"),
    "week": Phrase(", up to the limit per week"),
    "month": Phrase(", up to the limit per month"),
    "year": Phrase(", up to the limit per year"),
    "member": Phrase(", up to the limit for each member"),
    "budget": Phrase(", as far as the shop's budget for it reached"),
}
"""What kept a reward down."""

BY_ITSELF = {
    transfers.EXPIRED: Phrase("Expired: it was not spent in time."),
    transfers.VESTED: Phrase("Ready to spend: the waiting time is over."),
    transfers.REVIVED: Phrase("Expiry undone: what earned it was refunded or changed after it had expired."),
}
"""What needs no order to be understood."""

EITHER_WAY = {
    transfers.MERGE_RULE: {
        True: Phrase("From another account of yours, which is now one with this."),
        False: Phrase("Now in another account of yours, with which this one was merged."),
    },
    transfers.WRITTEN_OFF: {
        True: Phrase("Let off by the shop: this had been spent before it was taken back."),
        False: Phrase("Settled: the shop had let you off this before, and it has been earned again."),
    },
}
"""What needs no order either, said of what was given (True), a debt that came in a merge too, and of what was taken."""

INSTEAD = {
    transfers.UNDER_MINIMUM: Phrase(
        "%(name)s taken back: %(subject)s was refunded or changed; what you kept is under the minimum."
    ),
    transfers.EARNS_NONE: Phrase("%(name)s taken back: %(subject)s was refunded or changed; what you kept earns none."),
    transfers.MOVED: Phrase("%(name)s: the days on which it can be spent have changed; it is given anew."),
    transfers.HANDED_OVER: Phrase("%(name)s taken back: %(subject)s was moved to another customer's account."),
    transfers.NOT_NEW: Phrase("%(name)s taken back: %(subject)s is older than the order that it was given for."),
    transfers.MERGED: Phrase("%(name)s taken back: two accounts turned out to be one person's."),
}
"""Why a reward is taken, where it is not that less of its order was kept, or that is not all."""

AWARDED = {
    "programme:board": Phrase("Prize of a leaderboard: %(fact)s."),
    "programme:card": Phrase("Stamp card full: %(card)s, %(fact)s."),
    "programme:goal": Phrase("Goal reached: %(fact)s."),
    "programme:level": Phrase("Gift for your level: %(fact)s."),
}
TAKEN = {
    "programme:board": Phrase("Prize of a leaderboard taken back: %(subject)s was %(note)s."),
    "programme:card": Phrase("Reward of the stamp card %(card)s taken back: %(subject)s was %(note)s."),
    "programme:goal": Phrase("Reward of the goal %(goal)s taken back: %(subject)s was %(note)s."),
    "programme:level": Phrase(
        "Gift for the level %(level)s taken back with %(subject)s: the level is not reached any more."
    ),
}
"""What an award is called when it is given and when it is taken back, by the account that pays it."""

UNREACHED = {
    "programme:card": Phrase("Reward of the stamp card %(card)s taken back: it is not reached any more."),
    "programme:goal": Phrase("Reward of the goal %(goal)s taken back: it is not reached any more."),
    "programme:level": Phrase("Gift for the level %(level)s taken back: the level is not reached any more."),
}
"""The same where no order took it back, but a level by hand that was ended, or a merge."""

NOTES = {
    phrase.text: phrase
    for phrase in (
        Phrase("refunded or changed"),
        Phrase("refunded or cancelled"),
        Phrase("withdrawn"),
        Phrase("the shop looked at it"),
        Phrase("a friend's order was refunded"),
        Phrase("a friend's order was partly refunded"),
        Phrase("another order of a friend counts now"),
        Phrase("a friend's order was moved to another customer's account"),
        Phrase("a friend had bought before"),
        Phrase("two accounts turned out to be one person's"),
        Phrase("two friends turned out to be one person"),
    )
}
"""What befell an order, and why a bonus is taken back, as entries store it."""

OCCASIONS = {"birthday": Phrase("your birthday"), "anniversary": Phrase("your anniversary")}
"""What a gift is for that no shop states, in words of our own: a rule that has no name is called by its id."""

ERASED = Phrase("reason erased")
"""What stands for a reason that a person wrote and that was erased since."""

REACHED: dict[str, Callable[[int], Value]] = {
    "stamps": lambda number: Plural("%(number)s stamp", "%(number)s stamps", number),
    "orders": lambda number: Plural("%(number)s order", "%(number)s orders", number),
    "pieces": lambda number: Plural("%(number)s piece", "%(number)s pieces", number),
    "days": lambda number: Plural("%(number)s day", "%(number)s days", number),
    "categories": lambda number: Plural("%(number)s category", "%(number)s categories", number),
    "weeks in a row": lambda number: Plural("%(number)s week in a row", "%(number)s weeks in a row", number),
}
"""What an award was given for, by the words in which entries store it."""

PERIODS: tuple[tuple[Per, str], ...] = (
    ("day", r"([0-9]{4})-([0-9]{2})-([0-9]{2})"),
    ("week", r"([0-9]{4})-W([0-9]{2})"),
    ("month", r"([0-9]{4})-([0-9]{2})"),
    ("quarter", r"([0-9]{4})-Q([0-9])"),
    ("year", r"([0-9]{4})"),
)
"""The forms of a period's name."""


def why(posting: Posting, entry: Entry) -> str:
    """The reason of one of an entry's postings, in English, without what a person wrote."""
    return written(reason(posting, entry))


def reason(posting: Posting, entry: Entry, note: str = "", *, is_quoted: bool = False) -> Phrase:
    """The reason of one of an entry's postings. `is_quoted`: it is about a basket, which has no number."""
    rule, given = posting.why.rule, posting.signed(entry.member) > 0
    if rule in BY_ITSELF:
        return BY_ITSELF[rule]
    if rule in EITHER_WAY:
        return EITHER_WAY[rule][given != (posting.why.note == transfers.DEBT)]
    match rule:
        case "adjustment":
            return _adjusted(posting, entry, note)
        case transfers.REDEEMED:
            return _given_back(posting, entry) if given else _spent(entry)
        case "referral-bonus":
            return _bonus(posting) if given else _bonus_taken(posting.why, note)
        case _:
            return _given(posting, entry, is_quoted) if given else _taken(posting, entry)


def _adjusted(posting: Posting, entry: Entry, note: str) -> Phrase:
    """What a person has moved by hand, or moved back."""
    if entry.origin.kind == causes.UNDO:
        if not entry.label:
            return Phrase("The shop has taken back an earlier correction.")
        return Phrase("The shop has taken back its correction of %(day)s.", {"day": _day_undone(entry)})
    return Phrase("Adjusted by the shop: %(reason)s.", {"reason": _by_hand(posting.why, note)})


def _given(posting: Posting, entry: Entry, is_quoted: bool) -> Phrase:
    """Why an award was given, which several orders have reached, or a reward of one of them."""
    if posting.source in AWARDED:
        fact = _level(posting.why.rate) if posting.source == "programme:level" else _fact(posting.why)
        return Phrase(AWARDED[posting.source].text, {"fact": fact, "card": Named("card", posting.why.rule)})
    return _reward(posting, entry, is_quoted)


def _reward(posting: Posting, entry: Entry, is_quoted: bool) -> Phrase:
    """Why a reward was given."""
    stored = posting.why
    order = _numbered(stored.parties[0].rpartition("/")[2]) if stored.parties else None
    values: dict[str, Value] = {"name": _name(posting), "share": _share(posting), "limit": _limit(posting)}
    if is_quoted:
        values["factor"] = _factor(stored, Phrase(", times %(factor)s for level %(level)s"))
        return Phrase("%(name)s: %(share)s%(factor)s%(limit)s.", values)
    values["subject"] = order or _subject(entry)
    if stored.note == transfers.RAISED:
        values["factor"] = _factor(stored, Phrase(", times %(factor)s for level %(level)s"))
        if posting.source == kinds.CAMPAIGN:
            return Phrase("%(name)s raised with %(subject)s: now %(share)s%(factor)s%(limit)s.", values)
        return Phrase("%(name)s raised: %(subject)s now earns %(share)s%(factor)s%(limit)s.", values)
    values["factor"] = _factor(stored, Phrase(", times %(factor)s for level %(level)s,"))
    if activity := _activity(entry):
        values["subject"] = OCCASIONS.get(activity) or values["subject"]
        return Phrase("%(name)s: %(share)s%(factor)s for %(subject)s%(limit)s.", values)
    return Phrase("%(name)s: %(share)s%(factor)s on %(subject)s%(limit)s.", values)


def _taken(posting: Posting, entry: Entry) -> Phrase:
    """Why an award or a reward was taken back."""
    note = posting.why.note
    values: dict[str, Value] = {"name": _name(posting), "subject": _subject(entry), "note": _note(note)}
    awards = TAKEN if entry.origin.kind == causes.ORDER else UNREACHED
    if posting.destination in awards:
        rule = posting.why.rule
        parts = {"card": Named("card", rule), "goal": Named("goal", rule), "level": Named("level", rule)}
        return Phrase(awards[posting.destination].text, values | parts)
    if note in INSTEAD:
        return Phrase(INSTEAD[note].text, values)
    if not (_kind(posting) and posting.why.base):
        return Phrase("%(name)s taken back: %(subject)s was %(note)s.", values)
    factor = _factor(posting.why, Phrase(", times %(factor)s for level %(level)s"))
    values |= {"share": _share(posting), "factor": factor, "limit": _limit(posting)}
    if posting.destination == kinds.CAMPAIGN:
        # What a campaign gives is a multiple of something else, and nothing that is earned.
        return Phrase(
            "%(name)s taken back: %(subject)s was %(note)s; for what you kept: %(share)s%(factor)s%(limit)s.", values
        )
    return Phrase(
        "%(name)s taken back: %(subject)s was %(note)s; what you kept earns %(share)s%(factor)s%(limit)s.", values
    )


def _subject(entry: Entry) -> Phrase:
    """What an entry is about: `your order 1001`, or `your review`."""
    activity = _activity(entry)
    return Phrase("your %(activity)s", {"activity": Named("activity", activity)}) if activity else _order(entry)


def _activity(entry: Entry) -> str:
    """The activity that caused an entry, as the shop names it; empty where none did."""
    origin = entry.origin
    return origin.name.partition(" ")[0] if origin.kind == causes.ACTIVITY else ""


def _kind(posting: Posting) -> type[Earning] | None:
    """The kind of rule that gave or takes back a reward of an order; None for a friend's welcome gift."""
    return kinds.paid_from(posting.source) or kinds.paid_from(posting.destination)


def _name(posting: Posting) -> Value:
    """What a reward is called."""
    kind = _kind(posting)
    return kind.title(posting.why.rule, posting.asset) if kind else Phrase("Welcome gift")


def _given_back(posting: Posting, entry: Entry) -> Phrase:
    if entry.origin.kind == causes.UNDO:
        if not entry.label:
            return Phrase("Given back: the shop has undone what you had spent.")
        return Phrase("Given back: the shop has undone what you spent on %(day)s.", {"day": _day_undone(entry)})
    values: dict[str, Value] = {"subject": _order(entry), "note": _note(posting.why.note)}
    return Phrase("Given back: %(subject)s was %(note)s.", values)


def _day_undone(entry: Entry) -> CalendarDay:
    """The day of the entry that one undoes."""
    return CalendarDay(date.fromisoformat(entry.label))


def _spent(entry: Entry) -> Phrase:
    """On which order, if the shop said so."""
    if entry.origin.kind == causes.ORDER:
        return Phrase("Spent on %(subject)s.", {"subject": _order(entry)})
    return Phrase("Spent at the shop.")


def _note(note: str) -> Value:
    """What an entry stores of what befell its order."""
    return NOTES.get(note, note)


def _by_hand(stored: Why, note: str) -> Value:
    """What a person wrote, after what we say of it; entries from before notes stood apart have it in themselves."""
    if not stored.digest:
        return _note(stored.note)
    text = note or ERASED
    return Phrase("%(note)s: %(text)s", {"note": _note(stored.note), "text": text}) if stored.note else text


def _order(entry: Entry) -> Phrase:
    return _numbered(entry.label or entry.cause.rpartition("/")[2])


def _numbered(number: str) -> Phrase:
    return Phrase("your order %(number)s", {"number": number})


def _share(posting: Posting) -> Value:
    """What was given, as its kind says it: `5% of 40.00 EUR`, or `a fixed sum`."""
    return (_kind(posting) or Earning).share(posting.why, posting.asset)


def _factor(stored: Why, phrase: Phrase) -> Value:
    """By how much a level multiplied it."""
    factor, _, level = stored.factor.partition(" ")
    return Phrase(phrase.text, {"factor": Figure(factor), "level": Named("level", level)}) if factor else ""


def _limit(posting: Posting) -> Value:
    limit = posting.why.limit
    return LIMITS.get(limit, limit)


def _bonus(posting: Posting) -> Phrase:
    """Why a bonus was given: of what friends spent, or for having bought."""
    friends = Plural("a friend", "%(number)s friends", len(posting.why.parties))
    if posting.why.rate:
        return Phrase("Bonus: %(share)s that %(friends)s spent.", {"share": _share(posting), "friends": friends})
    return Phrase("Bonus: %(friends)s bought.", {"friends": friends})


def _bonus_taken(stored: Why, note: str) -> Phrase:
    return Phrase("Bonus taken back: %(reason)s.", {"reason": _by_hand(stored, note)})


def _level(stored: str) -> Value:
    """The level and the year of a gift, which entries store as `black, 2026`."""
    level, _, year = stored.partition(", ")
    return Phrase("%(level)s, %(year)s", {"level": Named("level", level), "year": year}) if year else stored


def _fact(stored: Why) -> Value:
    """What an award was given for, as entries store it: `3 orders in 2026-11`, `place 1 of Best, 2026`."""
    if place := re.fullmatch(r"place ([0-9]+) of (.+?)(?:, ([0-9]{4}\S*))?", stored.rate):
        return _placed(int(place[1]), Named("board", stored.rule, place[2]), _span(place[3] or ""))
    reached, _, name = stored.rate.rpartition(" in ")
    span = _span(name)
    if span is None:
        return _reached(stored.rate)
    return Phrase("%(reached)s in %(period)s", {"reached": _reached(reached), "period": span})


def _placed(place: int, board: Named, span: Span | None) -> Phrase:
    """A place on a leaderboard."""
    values: dict[str, Value] = {"place": place, "board": board}
    if span is None:
        return Phrase("place %(place)s of %(board)s", values)
    return Phrase("place %(place)s of %(board)s, %(period)s", values | {"period": span})


def _reached(stored: str) -> Value:
    number, _, rest = stored.partition(" ")
    if rest in REACHED and number.isdecimal():
        return REACHED[rest](int(number))
    if spent := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ([A-Z]{3}) spent", stored):
        asset = money.asset_of(spent[2])
        return Phrase("%(amount)s spent", {"amount": Amount(money.minor_of(Decimal(spent[1]), asset), asset)})
    return stored


def _span(name: str) -> Span | None:
    """The period of a name such as `2026-11`; None of none."""
    for per, form in PERIODS:
        if parts := re.fullmatch(form, name):
            return Span(per, period_number(per, _day(per, [int(part) for part in parts.groups()])))
    return None


def _day(per: Per, parts: list[int]) -> date:
    """A day in a period, by the parts of its name."""
    if per == "week":
        return date.fromisocalendar(parts[0], parts[1], 1)
    if per == "quarter":
        return date(parts[0], parts[1] * 3, 1)
    return date(*(*parts, 1, 1)[:3])
