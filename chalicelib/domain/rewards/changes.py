"""What differs between two programmes, in sentences: before one is published, and beside an older version.

Parts with an id are compared by it, so that one that moved in its list is the same; one that is new or gone is told by
its sentence of the summary where it has one. Values are compared as they are told, so that a sum is another one where
its asset is. Imports the programme, its labels and the summary.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import fields as fields_of

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import (
    AssetName,
    CalendarDay,
    Figure,
    InProgramme,
    Named,
    Part,
    Phrase,
    Value,
    exact_amount,
)
from chalicelib.domain.programme.awards import Award, Card, Goal, Levels, Step
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.document import LASTING, Programme
from chalicelib.domain.programme.labels import (
    GENERAL,
    LABELS,
    LANGUAGES,
    LISTS,
    PER,
    PERCENTS,
    SECTIONS,
    SUMS,
    TEXTS,
    TIMES,
    WITHIN,
    WORDED,
    part_name,
)
from chalicelib.domain.programme.referral import Referral
from chalicelib.domain.programme.rules import EXPIRY, Document, Earning
from chalicelib.domain.rewards import offers, summary
from chalicelib.domain.rewards.activities import ActivityReward
from chalicelib.domain.rewards.cashback import Cashback
from chalicelib.domain.rewards.ladder import Ladder

OF_ITS_ASSET = frozenset(("amount", "budget", "cap", "give"))
"""Sums that a rule states of the asset that it gives; others are of the programme's currency."""

TOLD_OTHERWISE = frozenset(("id", "of"))
"""Fields that have no sentence of their own: the name of a part, and the asset of an amount."""

COUNTED_BEFORE = ("friends", "orders", "spend")
"""What is counted of every member, whether a goal asks for it or not, unless it is by weeks or of some articles."""

TOLD_OF_ACTIVITIES = frozenset(("give", "limits", "on"))
"""Fields of a rule for an activity that its sentence has."""

BY_LANGUAGE = frozenset(("badge", "name", "perks", "singular"))
"""Fields that state a text for shoppers, by language."""

TOLD_OF_RATES = frozenset(("percent", "rates"))
"""Fields of a rule with rates for some articles that its sentence has."""

TOLD_OF_LADDERS = frozenset(("count", "ladder"))
"""Fields of a ladder that its sentence has."""

NAMED_BY: Mapping[str, Part] = {"campaign": "rule", "levels": "level", "multiply": "rule"}
"""Fields whose keys or texts are ids of other parts."""

Place = tuple[Value, ...]
"""Where a field stands, from the part that has it: `Rule cashback, Limit 2`."""


class DocumentSide(Struct, frozen=True):
    """A value of one of the two documents, None where that has none, and the rule that it is within."""

    programme: Programme
    value: Any
    rule: Earning | None = None

    def below(self, value: Any) -> DocumentSide:
        """A value within this one."""
        return DocumentSide(self.programme, value, self.value if isinstance(self.value, Earning) else self.rule)

    def field(self, name: str) -> DocumentSide:
        """What a field of it states; None where there is no such field."""
        return self.below(getattr(self.value, name, None))

    def told(self, value: Value) -> InProgramme:
        """A value by this document's names."""
        return InProgramme(value, self.programme)


class StatedField(Struct, frozen=True):
    """A field as it is told: what it is called, and what it states."""

    label: Value
    value: Value


def changes(old: Programme, new: Programme) -> Iterator[Phrase]:
    """A sentence for each part that is new, gone or elsewhere, and for each field that differs."""
    yield from _within((), DocumentSide(old, old), DocumentSide(new, new))


def _within(place: Place, old: DocumentSide, new: DocumentSide) -> Iterator[Phrase]:
    """What differs within a part that both documents have."""
    untold = TOLD_OTHERWISE.union(set(_as_its_asset(old)).intersection(_as_its_asset(new)))
    for name in new.value.__struct_fields__:
        before, after = old.field(name), new.field(name)
        kinds = {*_kinds(before.value), *_kinds(after.value)}
        if name in LISTS and Document in kinds:
            yield from _parts(name, before, after)
        elif isinstance(before.value, Document) or isinstance(after.value, Document):
            yield from _nested((*place, WITHIN[name]) if place else (SECTIONS[name],), before, after)
        elif Document in kinds:
            yield from _entries(place, name, before, after)
        elif str in kinds:
            yield from _listed(place, name, before, after)
        elif name not in untold:
            yield from _fields(place or (GENERAL,), name, old, new)
            yield from _idle(before.value, after.value) if name == "inactive_days" else ()


def _idle(before: int | None, after: int | None) -> Iterator[Phrase]:
    """What a new or a smaller number of idle days is to balances that there are already."""
    if after and before is None:
        yield Phrase(
            "A balance that members have already goes by this number of days too, once they get more of it or spend "
            "some of it."
        )
    elif after and before and after < before:
        yield Phrase(
            "A balance that members have already goes by this number of days too, once they get more of it or spend "
            "some of it; whoever has a later day by the number before keeps that day."
        )


def _kinds(value: Any) -> set[type]:
    """What a list is of, parts of the document or texts; of a mapping only whether it is of parts."""
    if isinstance(value, Mapping):
        return {Document for item in value.values() if isinstance(item, Document)}
    items = value if isinstance(value, tuple) else ()
    return {kind for kind in (Document, str) for item in items if isinstance(item, kind)}


def _parts(section: str, old: DocumentSide, new: DocumentSide) -> Iterator[Phrase]:
    """What differs between two lists of parts with ids, part by part."""
    before, after = _by_name(old.value), _by_name(new.value)
    for name in dict.fromkeys((*before, *after)):
        was, becomes = old.below(before.get(name)), new.below(after.get(name))
        if type(was.value) is type(becomes.value):
            yield from _within((becomes.told(part_name(section, name)),), was, becomes)
            continue
        if was.value:
            yield Phrase("Removed: %(what)s", {"what": _whole(section, name, was)})
            yield from _ended(was)
        if becomes.value:
            yield Phrase("Added: %(what)s", {"what": _whole(section, name, becomes)})
            yield from _at_once(becomes)
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield Phrase("%(parts)s: in another order.", {"parts": LISTS[section]})


def _by_name(parts: Any) -> Mapping[str, Document]:
    """Parts by their ids, or by the names under which they stand."""
    return parts if isinstance(parts, Mapping) else {part.id: part for part in parts or ()}


def _at_once(part: DocumentSide) -> Iterator[Phrase]:
    """What members get of a new level or goal for what they had bought before it: both count that."""
    value = part.value
    if isinstance(value, Step) and value.gift:
        level = part.told(Named("level", value.id))
        yield Phrase(
            "Members who have reached %(level)s already get its gift with their next order, unless they had it this "
            "year.",
            {"level": level},
        )
    counted = isinstance(value, Goal) and value.measure in COUNTED_BEFORE and not value.has_own_counter
    if counted and value.reward:
        goal = part.told(Named("goal", value.id))
        yield Phrase(
            "Members who have reached %(goal)s already get its reward with their next order or refund, also those whom "
            "a goal of another id than %(id)s has given it before.",
            {"goal": goal, "id": value.id},
        )


def _ended(part: DocumentSide) -> Iterator[Phrase]:
    """What members lose with a level, a card or a leaderboard that is gone."""
    value = part.value
    if isinstance(value, Step) and value.at:
        level = part.told(Named("level", value.id))
        yield Phrase("Members of %(level)s have it no longer, from the night on at the latest.", {"level": level})
    if isinstance(value, Card):
        card = part.told(Named("card", value.id))
        yield Phrase("Stamps on cards of %(card)s that are not full are lost.", {"card": card})
    if isinstance(value, Board) and value.prizes:
        board = part.told(Named("board", value.id))
        yield Phrase("Prizes of %(board)s that are not given yet are given to nobody.", {"board": board})


def _whole(section: str, name: str, side: DocumentSide) -> Value:
    """A part that is new or gone: its sentence of the summary, or what it states."""
    if isinstance(side.value, Ladder):
        return side.told(_ladder(name, side))
    if isinstance(side.value, summary.TOLD):
        return side.told(summary.sentence_of(side.value, side.programme))
    if isinstance(side.value, ActivityReward):
        return side.told(_activity(name, side))
    described = _rates(side) if isinstance(side.value, Cashback) and side.value.rates else _described(side)
    return side.told(Phrase("%(part)s: %(stated)s.", {"part": part_name(section, name), "stated": described}))


def _activity(name: str, part: DocumentSide) -> Phrase:
    """`Rule review: the activity review gives 20 leaves, at most 2 times a month.`"""
    rule: ActivityReward = part.value
    values: dict[str, Value] = {
        "activity": Named("activity", rule.on),
        "given": _number("give", rule.give, part),
    }
    gives = Phrase("the activity %(activity)s gives %(given)s", values)
    statements = (
        gives,
        *offers.limits(rule, part.programme, rule.assets(part.programme)),
        *_statements(part, TOLD_OF_ACTIVITIES),
    )
    return Phrase("%(part)s: %(stated)s.", {"part": part_name("earn", name), "stated": statements})


def _rates(part: DocumentSide) -> tuple[Value, ...]:
    """`10% of the articles in Collections (teapots), nothing of other articles, ...`"""
    rule: Cashback = part.value
    shares = [
        Phrase(
            "%(rate)s%% of the articles in %(products)s",
            {"rate": Figure(money.plain(rate.percent)), "products": _described(part.below(rate.match))},
        )
        for rate in rule.rates
    ]
    others = Phrase("nothing of other articles")
    if rule.percent:
        others = Phrase("%(rate)s%% of other articles", {"rate": Figure(money.plain(rule.percent))})
    return (*shares, others, *_statements(part, TOLD_OF_RATES))


def _ladder(name: str, part: DocumentSide) -> Phrase:
    """`Rule basket: 5.00 EUR from 150.00 EUR on, 12.00 EUR from 300.00 EUR on.`"""
    statements = (*offers.rungs_of(part.value, part.programme), *_statements(part, TOLD_OF_LADDERS))
    return Phrase("%(part)s: %(stated)s.", {"part": part_name("earn", name), "stated": statements})


def _nested(place: Place, old: DocumentSide, new: DocumentSide) -> Iterator[Phrase]:
    """What differs in a part that stands once and may be missing, such as the gift of a level."""
    if old.value and new.value:
        yield from _within(place, old, new)
        return
    lists = ((section, old.field(section), new.field(section)) for section in LISTS)
    parts = [sentence for section, before, after in lists for sentence in _parts(section, before, after)]
    if not parts or _statements(new if new.value else old):
        yield from _came_or_went(place, old, new)
    yield from parts


def _came_or_went(place: Place, old: DocumentSide, new: DocumentSide) -> Iterator[Phrase]:
    """A sentence for a part that only one of the documents has."""
    if old.value:
        yield Phrase("Removed: %(what)s: %(stated)s.", {"what": place, "stated": old.told(_described(old))})
    if isinstance(old.value, Referral):
        yield Phrase("Friends whom members bring from then on bring them nothing.")
    if new.value:
        yield Phrase("Added: %(what)s: %(stated)s.", {"what": place, "stated": new.told(_described(new))})


def _entries(place: Place, name: str, old: DocumentSide, new: DocumentSide) -> Iterator[Phrase]:
    """What differs between two lists of values without ids: place by place where there are as many of them, else which
    came and which went.
    """
    before, after = old.value, new.value
    where, nothing = (*place, WITHIN[name]), old.below(None)
    if len(before) != len(after):
        for entry in (entry for entry in before if entry not in after):
            yield from _came_or_went(where, old.below(entry), nothing)
        for entry in (entry for entry in after if entry not in before):
            yield from _came_or_went(where, nothing, new.below(entry))
        return
    for index, entry in enumerate(after):
        numbered = Phrase("%(within)s %(number)s", {"within": WITHIN[name], "number": index + 1})
        yield from _within((*place, numbered), old.below(before[index]), new.below(entry))


def _listed(place: Place, name: str, old: DocumentSide, new: DocumentSide) -> Iterator[Phrase]:
    """What differs between two lists of texts, whatever their order is."""
    before, after = old.value, new.value
    field: dict[str, Value] = {"place": place or (GENERAL,), "field": _label(name, after)}
    if gone := tuple(_text(name, text) for text in before if text not in after):
        yield Phrase("%(place)s: “%(field)s” loses %(values)s.", {**field, "values": old.told(gone)})
    if new_ones := tuple(_text(name, text) for text in after if text not in before):
        yield Phrase("%(place)s: “%(field)s” gains %(values)s.", {**field, "values": new.told(new_ones)})


def _fields(place: Place, name: str, old: DocumentSide, new: DocumentSide) -> Iterator[Phrase]:
    """What differs in a field of a part, for each currency, rule or language by which it is stated."""
    if name in TIMES:
        yield from _times(place, TIMES[name], getattr(old.value, name, None), getattr(new.value, name, None))
        return
    before, after = _stated(name, old), _stated(name, new)
    for key in dict.fromkeys((*before, *after)):
        was, becomes = before.get(key), after.get(key)
        values: dict[str, Value] = {"place": place}
        if was:
            values |= {"field": old.told(was.label), "before": old.told(was.value)}
        if becomes:
            values |= {"field": new.told(becomes.label), "after": new.told(becomes.value)}
        if was is None:
            yield Phrase("%(place)s: “%(field)s” is set: %(after)s.", values)
        elif becomes is None:
            yield Phrase("%(place)s: “%(field)s” is no longer set (was %(before)s).", values)
        elif was != becomes:
            yield Phrase("%(place)s: “%(field)s” becomes %(after)s (was %(before)s).", values)


def _times(place: Place, told: Callable[[int], Value], before: int | None, after: int | None) -> Iterator[Phrase]:
    """What differs in a field that states a length of time: `Rule cashback: now expires after 30 days`."""
    if before is not None and after is not None:
        if before != after:
            values: dict[str, Value] = {"place": place, "before": told(before), "after": told(after)}
            yield Phrase("%(place)s: now %(after)s (before: %(before)s).", values)
    elif before is not None:
        yield Phrase("%(place)s: no longer %(before)s.", {"place": place, "before": told(before)})
    elif after is not None:
        yield Phrase("%(place)s: now %(after)s.", {"place": place, "after": told(after)})


def _stated(name: str, part: DocumentSide) -> dict[str, StatedField]:
    """What a field of a part states, by the rule or language for which it does; empty where it states nothing."""
    value = getattr(part.value, name, None)
    if value is None or value in ("", (), {}):
        return {}
    label = _label(name, value)
    if not isinstance(value, Mapping) or name in SUMS:
        return {"": StatedField(label, _value(name, value, part))}
    return {key: StatedField(_of_key(name, label, key), _value(name, item, part)) for key, item in value.items()}


def _of_key(name: str, label: Value, key: str) -> Phrase:
    """What a field is called for one of the languages, rules or signals by which it is stated."""
    if name in BY_LANGUAGE and key in LANGUAGES:
        return Phrase(LANGUAGES[key].text, {"what": label})
    return Phrase("%(field)s (%(key)s)", {"field": label, "key": _text(name, key)})


def _label(name: str, value: Any) -> Value:
    """What a field is called."""
    return PER if name == "per" and isinstance(value, str) else LABELS.get(name, name)


def _described(part: DocumentSide) -> Value:
    """A part by what it states: `Percent 10%, At most for an order 50.00 EUR`."""
    return _statements(part) or Phrase("as usual")


def _statements(part: DocumentSide, told_before: Collection[str] = ()) -> tuple[Value, ...]:
    """What a part states beside what is usual, its name, its parts with ids and the fields that were told before; when
    it can be spent comes last.
    """
    told: list[Value] = []
    known = (*TOLD_OTHERWISE, "name", *told_before, *_as_its_asset(part))
    for info in sorted(fields_of(part.value), key=lambda info: info.name in LASTING):
        within = part.field(info.name)
        if within.value == info.default or info.name in known:
            continue
        if isinstance(within.value, Document):
            told.append(_in_brackets(WITHIN[info.name], _described(within)))
        elif Document in _kinds(within.value):
            if info.name not in LISTS:
                told += [_in_brackets(WITHIN[info.name], _described(within.below(entry))) for entry in within.value]
        elif info.name in TIMES:
            told.append(TIMES[info.name](within.value))
        elif str in _kinds(within.value):
            texts = tuple(_text(info.name, text) for text in within.value)
            told.append(_in_brackets(_label(info.name, within.value), texts))
        else:
            rows = _stated(info.name, part).values()
            told += [Phrase("%(field)s %(value)s", {"field": row.label, "value": row.value}) for row in rows]
    return tuple(told)


def _as_its_asset(part: DocumentSide) -> Collection[str]:
    """The fields by which a reward expires, where it does as its asset does, which says so itself."""
    asset = part.programme.assets.get(getattr(part.value, "of", ""))
    is_alike = asset is not None and all(getattr(asset, name) == getattr(part.value, name, None) for name in EXPIRY)
    return EXPIRY if is_alike else ()


def _in_brackets(field: Value, value: Value) -> Phrase:
    return Phrase("%(field)s (%(value)s)", {"field": field, "value": value})


def _value(name: str, value: Any, part: DocumentSide) -> Value:
    """A field's value as people read it."""
    match value:
        case Mapping():
            amounts = tuple(exact_amount(amount, money.asset_of(currency)) for currency, amount in value.items())
            return amounts[0] if len(amounts) == 1 else amounts
        case bool():
            return Phrase("yes") if value else Phrase("no")
        case Decimal():
            return _number(name, value, part)
        case date():
            return CalendarDay(value)
        case tuple():
            lowest, highest = value
            return Phrase("%(lowest)s to %(highest)s", {"lowest": lowest, "highest": highest})
    is_asset = name == "measure" and isinstance(part.value, Levels | Board) and value in part.programme.assets
    return AssetName(part.programme.asset_named(value)) if is_asset else _text(name, value)


def _number(name: str, number: Decimal, part: DocumentSide) -> Value:
    """A decimal number of a field: a percent, an amount, or a number of something."""
    if name in PERCENTS:
        return Phrase("%(rate)s%%", {"rate": Figure(money.plain(number))})
    asset = _asset(name, part) if name in SUMS else ""
    return exact_amount(number, asset) if asset else Figure(money.plain(number))


def _text(name: str, text: Any) -> Value:
    """A text or a whole number of a field: what a word of the document's own means, the name of the part that it is the
    id of, or itself.
    """
    if name in NAMED_BY:
        return Named(NAMED_BY[name], text)
    itself: Value = text
    return TEXTS.get(text, itself) if name in WORDED else itself


def _asset(name: str, part: DocumentSide) -> str:
    """The asset that a sum of a part is of; empty where it is a number of something else."""
    programme, currency = part.programme, part.programme.currency
    match part.value:
        case Goal(measure=measure):
            return money.asset_of(currency) if measure == "spend" else ""
        case Step():
            assert programme.levels, "a level stands among levels"
            return programme.levels.asset(programme)
        case Award(of=of):
            return programme.asset_named(of or currency)
    rule = part.value if isinstance(part.value, Earning) else part.rule
    return rule.asset(currency, programme) if rule and name in OF_ITS_ASSET else money.asset_of(currency)
