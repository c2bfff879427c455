"""The terms of a rule that earns: from when and until when it can be spent, the smallest order, what earns nothing, and
the most that one member gets; as fields of a form, and as values of the document.

All of them may stay empty. Imports the programme and the fields of forms; reads no table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.programme.rules import Earning, least_days
from chalicelib.edge.console.programme.document.fields import NEEDED, FieldGroup, FilledForm, PartField, placed
from chalicelib.edge.console.programme.document.pieces import (
    SELECTORS,
    PartContext,
    as_stated,
    check_expiry,
    check_sum,
    lasting_fields,
    shown,
    spendable,
    stated_fields,
    sum_fields,
    sum_names,
    summed,
)
from chalicelib.edge.words import marked

LIMITS = {
    "member": marked("all time"),
    "day": marked("a day"),
    "week": marked("a week"),
    "month": marked("a month"),
    "year": marked("a year"),
}
"""The periods of a limit."""

USUAL_LIMIT = "month"

NOTHING = marked("More than 0.")
TWICE = marked("Another limit is for that period already.")
NO_MONEY = marked("The rule gives no money: leave this empty.")
EITHER = marked("Write how much or how often, not both.")
NO_TIMES = marked("Write a whole number of times, or leave it empty.")

LONGEST_LIST = 2000
"""Characters of a list of products."""

STATED = ("vest_days", "expire_days", "minimum", "exclude", "limits")
"""The fields of the document that terms are."""

PlainPart = Mapping[str, Any]
"""A rule as its document writes it: plain data."""


class RuleTerms(Struct, frozen=True):
    """The terms that a form has of a rule: those of `fields`, as the rule states them, which is `part`. `of`: the asset
    that it gives, empty for money of the order's currency, None where the form asks for it. `lasts`: so many days at
    least it lasts where the form says nothing of that; None for ever.
    """

    context: PartContext
    fields: Collection[str]
    part: PlainPart = {}
    of: str | None = ""
    lasts: int | None = None

    def groups(self, form: FilledForm | None = None) -> Iterator[FieldGroup]:
        """The fields, which stand for the document that a filled `form` makes, else for the rule as it is stated."""
        context, part = self.context, self.part
        if "minimum" in self.fields:
            yield _least(context, part)
        if "vest_days" in self.fields:
            yield _days(context, self.fields, part)
        if "exclude" in self.fields:
            yield _excluded(context, part)
        if "limits" in self.fields:
            yield _limits(context, part, self.of, form)

    def read(self, form: FilledForm) -> dict[str, Any]:
        """The terms that were typed, as a document states them; what the form does not have stays as it is stated."""
        context, part, of = self.context, self.part, self.of or ""
        terms = {name: part[name] for name in STATED if name in part and name not in self.fields}
        if "vest_days" in self.fields:
            waits = part.get("vest_on") == "delivery" or part.get("expire_from") == "vesting"
            lasts = None if waits else self.lasts
            days = spendable(form, context.programme.inactive_days, is_from_vesting=waits, lasts=lasts)
            check_expiry(form, part, days)
            terms |= {name: days[name] for name in days if name in self.fields}
        if "minimum" in self.fields:
            check_sum(form, context, "minimum")
            terms["minimum"] = as_stated(summed(form, context, "minimum"), part.get("minimum"), context)
        if "exclude" in self.fields:
            terms["exclude"] = _typed_exclusions(form, part.get("exclude") or {})
        if "limits" in self.fields:
            terms["limits"] = _typed_limits(form, context, part, of)
        empty = {name: part[name] for name in STATED if name in part and not part[name]}
        return empty | stated_fields(**terms)

    def changed(self, form: FilledForm) -> dict[str, Any]:
        """The rule with the terms that were typed."""
        return {name: value for name, value in self.part.items() if name not in STATED} | self.read(form)


def terms_of(rule: Earning, part: PlainPart, context: PartContext) -> RuleTerms:
    """The terms of a rule that there is. An expiry in months is left to the document's text."""
    months, days = rule.expire_months, None if "expire_days" in part else rule.expire_days
    expires = "expire_months" in part
    fields = [
        *(name for name in ("minimum", "exclude") if hasattr(rule, name)),
        *(("vest_days",) if expires else ("vest_days", "expire_days")),
        *(("limits",) if rule.limits or context.programme.combine == "sum" else ()),
    ]
    return RuleTerms(context, fields, part, getattr(rule, "of", ""), least_days(months) if months else days)


def _least(context: PartContext, part: PlainPart) -> FieldGroup:
    label, hint = context.words.gettext("Smallest order"), context.words.gettext("What an order has to be. Empty: any.")
    return FieldGroup("", [sum_fields(context, "minimum", label, part.get("minimum"), hint)])


def _days(context: PartContext, fields: Collection[str], part: PlainPart) -> FieldGroup:
    """From when and until when it can be spent."""
    values = {name: shown(part.get(name)) for name in ("vest_days", "expire_days") if name in fields}
    never = context.words.gettext("Empty: as the points do, or never.")
    return FieldGroup("", [lasting_fields(context.words, values, never=never)])


def _excluded(context: PartContext, part: PlainPart) -> FieldGroup:
    words, excluded = context.words, part.get("exclude") or {}
    row = tuple(
        PartField(
            f"exclude_{name}",
            words.gettext(label),
            value=_as_typed(excluded.get(name, ())),
            paths=(f"exclude.{name}",),
            longest=LONGEST_LIST,
        )
        for name, label in SELECTORS.items()
    )
    return FieldGroup(words.gettext("Products that earn nothing, separated by commas"), [row])


def _limits(context: PartContext, part: PlainPart, of: str | None, form: FilledForm | None) -> FieldGroup:
    """A row for each limit, and an empty one for another."""
    words, limits = context.words, _and_another(part)
    names = [f"limit_{number}" for number in range(1, len(limits) + 1)]
    places = placed(([f"{name}_times", *sum_names(context.programme, name)] for name in names), form)
    rows = []
    for name, place, limit in zip(names, places, limits, strict=True):
        path = f"limits[{place}]"
        row = _amount_fields(context, name, limit.get("amount"), of, path)
        if "on" in part:
            times = words.gettext("Times at most")
            row = (
                *row,
                PartField(f"{name}_times", times, "number", value=shown(limit.get("times")), paths=(f"{path}.times",)),
            )
        per, options = limit.get("per", USUAL_LIMIT), context.texts(LIMITS)
        within = words.gettext("Within")
        period = PartField(f"{name}_per", within, "choice", value=per, options=options, paths=(f"{path}.per",))
        rows.append((*row, period))
    return FieldGroup(words.gettext("The most that one member gets"), rows)


def _and_another(part: PlainPart) -> list[Any]:
    """The limits that are stated, and an empty one."""
    return [*(part.get("limits") or ()), {}]


def _amount_fields(context: PartContext, name: str, amount: Any, of: str | None, path: str) -> tuple[PartField, ...]:
    """The fields of an amount of what the rule gives: one for points, one for each currency for money."""
    words, programme = context.words, context.programme
    label = words.gettext("At most")
    paths = (path, f"{path}.amount", *(("limits",) if name == "limit_1" else ()))
    if of:
        label = words.gettext("%(what)s, in %(name)s") % {"what": label, "name": context.assets().get(of, of)}
        return (PartField(name, label, "number", value=shown(amount), paths=paths),)
    first, *others = sum_fields(context, name, label, amount, path=f"{path}.amount")
    if of is not None:
        return (replace(first, paths=(*first.paths, *paths)), *others)
    hint = words.gettext("In what the rule gives, such as points or %(currency)s.") % {"currency": programme.currency}
    return (PartField(name, label, "number", hint, paths=(*first.paths, *paths)), *others)


def _typed_exclusions(form: FilledForm, before: Mapping[str, Any]) -> dict[str, Any]:
    """The lists of products; one that is as the page showed it stays, whatever commas its names have."""
    lists = {name: _listed(form.text(f"exclude_{name}"), before.get(name, [])) for name in SELECTORS}
    return stated_fields(**lists)


def _listed(typed: str, before: Iterable[str]) -> list[str]:
    """The names between commas. One that the document has is known as a whole, with its own commas and spaces."""
    known = {" ".join(name.split()): name for name in before}
    texts = sorted(filter(None, known), key=len, reverse=True)
    name = "|".join([*(rf"{re.escape(text)}(?=\s*(?:,|$))" for text in texts), "[^,]+"])
    names = (text.strip() for text in re.findall(rf"\s*({name})", typed))
    return [*dict.fromkeys(known.get(text, text) for text in names if text)]


def _typed_limits(form: FilledForm, context: PartContext, part: PlainPart, of: str) -> list[dict[str, Any]]:
    """The limits whose amount or number was typed."""
    limits: list[dict[str, Any]] = []
    for number, limit in enumerate(_and_another(part), 1):
        name = f"limit_{number}"
        typed = _typed_limit(form, context, name, limit.get("amount"), of)
        if typed:
            typed["per"] = form.choice(f"{name}_per", LIMITS)
            kind = (typed["per"], "times" in typed)
            if kind in [(other["per"], "times" in other) for other in limits]:
                form.wrong.setdefault(f"{name}_per", Phrase(TWICE))
            limits.append(typed)
    return limits


def _typed_limit(form: FilledForm, context: PartContext, name: str, before: Any, of: str) -> dict[str, Any]:
    """How much, or how often; empty where nothing was typed."""
    times = form.whole(f"{name}_times")
    if times is not None and (times < 1 or times != int(times)):
        form.wrong.setdefault(f"{name}_times", Phrase(NO_TIMES))
    amount = _typed_amount(form, context, name, before, of)
    if times is not None and amount is not None:
        form.wrong.setdefault(f"{name}_times", Phrase(EITHER))
    return stated_fields(times=times, amount=amount)


def _typed_amount(form: FilledForm, context: PartContext, name: str, before: Any, of: str) -> Any:
    """An amount of what the rule gives; None where none was typed."""
    programme = context.programme
    if of:
        check_sum(form, context, name, of)
        number = form.number(name, asset=programme.asset_named(of))
        _check_more(form, name, number)
        for field in sum_names(programme, name):
            if field != name and form.text(field):
                form.wrong[field] = Phrase(NO_MONEY)
        return number
    check_sum(form, context, name)
    sums = summed(form, context, name)
    for field, code in sum_names(programme, name).items():
        _check_more(form, field, sums.get(code))
        if sums and code not in sums:
            form.wrong.setdefault(field, Phrase(NEEDED))
    return as_stated(sums, before, context) if sums else None


def _check_more(form: FilledForm, name: str, number: Decimal | None) -> None:
    if number is not None and not number:
        form.wrong.setdefault(name, Phrase(NOTHING))


def _as_typed(names: Any) -> str:
    return ", ".join(names)
