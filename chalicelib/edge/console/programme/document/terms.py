"""The terms of a rule that earns, of a campaign and of an award: from when and until when it can be spent, the smallest
order, what earns nothing, and the most that an order, one member or all members together get; as fields of a form, and
as values of the document.

All of them may stay empty. Imports the programme and the fields of forms; reads no table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.programme.awards import Award
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import Earning
from chalicelib.edge.console.programme.document.amounts import RuleAmount
from chalicelib.edge.console.programme.document.fields import FieldGroup, FilledForm, PartField, Rows, placed
from chalicelib.edge.console.programme.document.pieces import (
    SELECTORS,
    PartContext,
    as_stated,
    check_expiry,
    check_sum,
    lasting_days,
    lasting_fields,
    shown,
    spendable,
    stated_fields,
    sum_fields,
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

TWICE = marked("Another limit is for that period already.")
EITHER = marked("Write how much or how often, not both.")
NO_TIMES = marked("Write a whole number of times, or leave it empty.")

LONGEST_LIST = 2000
"""Characters of a list of products."""

VEST_ON = {"payment": marked("the payment"), "delivery": marked("the delivery")}
"""From when the days are counted after which something can be spent."""

FROM_PAYMENT = marked(
    "The document counts the expiry from the payment, and a late delivery would come after it: choose the payment."
)

TERMS = ("vest_days", "vest_on", "expire_days", "minimum", "cap", "exclude", "limits", "budget")
"""The fields of the document that terms are."""

AMOUNTS = ("cap", "budget")
"""Those of them that are amounts of what the rule gives."""

PlainPart = Mapping[str, Any]
"""A rule as its document writes it: plain data."""


class RuleTerms(Struct, frozen=True):
    """The terms that a form has of a rule: those of `fields`, as the rule states them, which is `part`. `of`: the asset
    that it gives, empty for money of the order's currency, None where the form asks for it. `lasts`: so many days at
    least it lasts where the form says nothing of that; None for ever. `title`: what the form calls what lasts so long.
    """

    context: PartContext
    fields: Collection[str]
    part: PlainPart = {}
    of: str | None = ""
    lasts: int | None = None
    title: str = ""

    def groups(self, form: FilledForm | None = None) -> Iterator[FieldGroup]:
        """The fields, which stand for the document that a filled `form` makes, else for the rule as it is stated."""
        context, part, words = self.context, self.part, self.context.words
        if "minimum" in self.fields:
            yield _least(context, part)
        if "cap" in self.fields:
            row = self._amount("cap").fields(
                words.gettext("At most for an order"), part.get("cap"), words.gettext("Empty: any sum.")
            )
            yield FieldGroup("", [row])
        if "vest_days" in self.fields:
            yield _days(context, self.fields, part, self.title)
        if "exclude" in self.fields:
            yield _excluded(context, part)
        if "limits" in self.fields:
            yield self._limits(form)
        if "budget" in self.fields:
            yield FieldGroup("", [self.budget_row()])

    def budget_row(self) -> tuple[PartField, ...]:
        """The fields of what all members together get at the most."""
        words = self.context.words
        hint = words.gettext("For all members together. Empty: none.")
        return self._amount("budget").fields(words.gettext("Budget in all"), self.part.get("budget"), hint)

    def read(self, form: FilledForm) -> dict[str, Any]:
        """The terms that were typed, as a document states them; what the form does not have stays as it is stated."""
        context, part = self.context, self.part
        terms = {name: part[name] for name in TERMS if name in part and name not in self.fields}
        if "vest_days" in self.fields:
            terms |= self._typed_days(form)
        if "minimum" in self.fields:
            check_sum(form, context, "minimum")
            terms["minimum"] = as_stated(summed(form, context, "minimum"), part.get("minimum"), context)
        if "exclude" in self.fields:
            terms["exclude"] = _typed_exclusions(form, part.get("exclude") or {})
        if "limits" in self.fields:
            terms["limits"] = self._typed_limits(form)
        terms |= {name: self._amount(name).typed(form, part.get(name)) for name in AMOUNTS if name in self.fields}
        if "cap" in self.fields:
            self._amount("cap").check_more(form)
        empty = {name: part[name] for name in TERMS if name in part and not part[name] and name not in AMOUNTS}
        return empty | stated_fields(**terms)

    def changed(self, form: FilledForm) -> dict[str, Any]:
        """The rule with the terms that were typed."""
        return {name: value for name, value in self.part.items() if name not in TERMS} | self.read(form)

    def _amount(self, name: str, path: str = "") -> RuleAmount:
        return RuleAmount(self.context, name, self.of, path)

    def _typed_days(self, form: FilledForm) -> dict[str, Any]:
        """From when and until when it can be spent."""
        part = self.part
        start = _typed_start(form, part) if "vest_on" in self.fields else part.get("vest_on")
        waits = start == "delivery" or part.get("expire_from") == "vesting"
        lasts = None if waits else self.lasts
        days = spendable(form, self.context.programme.inactive_days, is_from_vesting=waits, lasts=lasts)
        check_expiry(form, {**part, "vest_on": start}, days)
        return {name: value for name, value in {**days, "vest_on": start}.items() if name in self.fields}

    def _limits(self, form: FilledForm | None) -> FieldGroup:
        """A row for each limit, and an empty one for another."""
        words, limits = self.context.words, _and_another(self.part)
        names = [f"limit_{number}" for number in range(1, len(limits) + 1)]
        places = placed(([f"{name}_times", *self._amount(name).names] for name in names), form)
        rows: Rows = []
        for name, place, limit in zip(names, places, limits, strict=True):
            path = f"limits[{place}]"
            amount = self._amount(name, f"{path}.amount").fields(words.gettext("At most"), limit.get("amount"))
            whole = (path, *(("limits",) if name == "limit_1" else ()))
            row = (replace(amount[0], paths=(*amount[0].paths, *whole)), *amount[1:])
            if "on" in self.part:
                label, times = words.gettext("Times at most"), shown(limit.get("times"))
                row = (*row, PartField(f"{name}_times", label, "number", value=times, paths=(f"{path}.times",)))
            label, per = words.gettext("Within"), limit.get("per", USUAL_LIMIT)
            options = self.context.texts(LIMITS)
            period = PartField(f"{name}_per", label, "choice", value=per, options=options, paths=(f"{path}.per",))
            rows.append((*row, period))
        return FieldGroup(words.gettext("The most that one member gets"), rows)

    def _typed_limits(self, form: FilledForm) -> list[dict[str, Any]]:
        """The limits whose amount or number was typed."""
        limits: list[dict[str, Any]] = []
        for number, limit in enumerate(_and_another(self.part), 1):
            name = f"limit_{number}"
            typed = self._typed_limit(form, name, limit.get("amount"))
            if typed:
                typed["per"] = form.choice(f"{name}_per", LIMITS)
                kind = (typed["per"], "times" in typed)
                if kind in [(other["per"], "times" in other) for other in limits]:
                    form.wrong.setdefault(f"{name}_per", Phrase(TWICE))
                limits.append(typed)
        return limits

    def _typed_limit(self, form: FilledForm, name: str, before: Any) -> dict[str, Any]:
        """How much, or how often; empty where nothing was typed."""
        times = form.whole(f"{name}_times")
        if times is not None and (times < 1 or times != int(times)):
            form.wrong.setdefault(f"{name}_times", Phrase(NO_TIMES))
        amount = self._amount(name).typed(form, before)
        self._amount(name).check_more(form)
        if times is not None and amount is not None:
            form.wrong.setdefault(f"{name}_times", Phrase(EITHER))
        return stated_fields(times=times, amount=amount)


def terms_of(rule: Earning, part: PlainPart, context: PartContext) -> RuleTerms:
    """The terms of a rule that there is."""
    fields = [
        *(name for name in ("minimum", "exclude", "cap") if hasattr(rule, name)),
        *_lasting_names(part),
        *(() if rule.activity else ("vest_on",)),
        *limits_of(context, rule),
    ]
    return RuleTerms(
        context, fields, part, getattr(rule, "of", ""), None if "expire_days" in part else lasting_days(rule)
    )


def campaign_terms_of(campaign: Campaign, part: PlainPart, context: PartContext) -> RuleTerms | None:
    """The terms of a campaign that there is, which are of what it multiplies; None where it multiplies nothing."""
    fields = limits_of(context, campaign) if campaign.multiply else ()
    return RuleTerms(context, fields, part, asset_of(context.programme, campaign.multiply)) if fields else None


def award_terms_of(award: Award, part: PlainPart, context: PartContext, title: str) -> RuleTerms:
    """The terms of what a card, goal or level gives."""
    return RuleTerms(
        context, _lasting_names(part), part, award.of, None if "expire_days" in part else lasting_days(award), title
    )


def asset_of(programme: Programme, rules: Collection[str]) -> str:
    """The asset that rules give, by its name in the document; empty for money of the order's currency, and for rules of
    different assets.
    """
    names = {getattr(rule, "of", "") for rule in programme.earn if rule.id in rules}
    return names.pop() if len(names) == 1 else ""


def limits_of(context: PartContext, rule: Earning | None = None) -> tuple[str, ...]:
    """What can limit a rule, or a new one: nothing where only the best of several rules counts, unless it is stated."""
    can_be = context.programme.combine == "sum"
    return tuple(name for name in ("limits", "budget") if can_be or (rule and getattr(rule, name)))


def _lasting_names(part: PlainPart) -> tuple[str, ...]:
    """The days that a form has of a part. An expiry in months is left to the document's text."""
    return ("vest_days",) if "expire_months" in part else ("vest_days", "expire_days")


def _least(context: PartContext, part: PlainPart) -> FieldGroup:
    label, hint = context.words.gettext("Smallest order"), context.words.gettext("What an order has to be. Empty: any.")
    return FieldGroup("", [sum_fields(context, "minimum", label, part.get("minimum"), hint)])


def _days(context: PartContext, fields: Collection[str], part: PlainPart, title: str) -> FieldGroup:
    """From when and until when it can be spent."""
    words = context.words
    values = {name: shown(part.get(name)) for name in ("vest_days", "expire_days") if name in fields}
    rows: Rows = [lasting_fields(words, values, never=words.gettext("Empty: as the points do, or never."))]
    if "vest_on" in fields:
        label, start = words.gettext("These days are counted from"), part.get("vest_on", "payment")
        field = PartField(
            "vest_on", label, "choice", value=start, options=context.texts(VEST_ON), paths=("vest_on", "expire_from")
        )
        rows.append((field,))
    return FieldGroup(title, rows)


def _typed_start(form: FilledForm, part: PlainPart) -> str | None:
    """From when the days are counted; None where nothing has to be stated of it."""
    start = form.choice("vest_on", VEST_ON)
    if start == "delivery" and part.get("expire_from") == "payment":
        form.wrong.setdefault("vest_on", Phrase(FROM_PAYMENT))
    return start if start == part.get("vest_on") or start != "payment" else None


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


def _and_another(part: PlainPart) -> list[Any]:
    """The limits that are stated, and an empty one."""
    return [*(part.get("limits") or ()), {}]


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


def _as_typed(names: Any) -> str:
    return ", ".join(names)
