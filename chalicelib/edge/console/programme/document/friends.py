"""The terms of the bonus for friends: how much a friend must buy, from when and until when bonus and gift can be spent,
how many bonuses a member can have, and from which on they are others; as fields of a form and values of the document.

All of them may stay empty. Imports the programme and the fields of forms; reads no table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.programme.referral import MAX_STEPS
from chalicelib.domain.programme.rules import least_days
from chalicelib.edge.console.programme.document.fields import (
    NEEDED,
    FieldGroup,
    FilledForm,
    Option,
    PartField,
    Rows,
    placed,
)
from chalicelib.edge.console.programme.document.pieces import (
    NO_PERCENT,
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

NEW = ("vest_days", "limit", "ladder")
"""The terms that the form of a new bonus folds."""

AS_PERCENT = "percent"

NO_LIMIT = marked("Write a whole number, 1 or more, or leave it empty.")
NO_STEP = marked("Write a whole number, 2 or more: from which bonus on it holds.")
NO_SUM_BESIDE = marked("A percent is the same in every currency: leave this empty.")
NOT_RISING = marked("Write more than in the row above, since these rise.")


class FriendTerms(Struct, frozen=True):
    """The terms that a form has of the bonus for friends: those of `fields`, as the document's `section` has them."""

    context: PartContext
    fields: Collection[str] = NEW
    section: Mapping[str, Any] = {}

    def groups(self, form: FilledForm | None = None) -> Iterator[FieldGroup]:
        """The fields, which stand for the document that a filled `form` makes, else for the section as it is stated."""
        words, section = self.context.words, self.section
        if "minimum" in self.fields:
            least = words.gettext("What an order has to be for a friend to count. Empty: any.")
            minimum = (section.get("qualifies") or {}).get("minimum")
            label = words.gettext("Smallest order")
            yield FieldGroup("", [sum_fields(self.context, "minimum", label, minimum, least, "qualifies.minimum")])
        rows: Rows = [_days(self.context, "", self.fields, section)]
        hint = words.gettext("Later ones are not given. Empty: any number.")
        label = words.gettext("Bonuses that a member can have")
        rows.append((PartField("limit", label, "number", hint, shown(section.get("limit")), paths=("limit",)),))
        yield FieldGroup(words.gettext("The bonus"), rows)
        if section.get("welcome"):
            row = _days(self.context, "welcome.", self.fields, section["welcome"])
            yield FieldGroup(words.gettext("Welcome gift"), [row])
        yield _ladder(self.context, section, form)

    def read(self, form: FilledForm) -> dict[str, Any]:
        """The terms that were typed, as the document states them; what the form does not have stays as it is stated."""
        section, context = self.section, self.context
        terms = {name: value for name, value in section.items() if name not in ("limit", "ladder")}
        terms |= _typed_days(form, context, "", self.fields, section)
        if "minimum" in self.fields:
            check_sum(form, context, "minimum")
            before = section.get("qualifies") or {}
            minimum = as_stated(summed(form, context, "minimum"), before.get("minimum"), context)
            terms["qualifies"] = {**before, "minimum": minimum}
            if minimum in (None, {}):
                del terms["qualifies"]["minimum"]
        if section.get("welcome"):
            days = _typed_days(form, context, "welcome.", self.fields, section["welcome"])
            terms["welcome"] = {
                name: value for name, value in ({**section["welcome"]} | days).items() if value is not None
            }
        terms["limit"] = _typed_limit(form)
        terms["ladder"] = _typed_ladder(form, context, _and_another(section))
        empty = {name: value for name, value in section.items() if not value}
        return empty | stated_fields(**terms)

    changed = read


def friend_terms_of(section: Mapping[str, Any], context: PartContext) -> FriendTerms:
    """The terms of the bonus that there is. An expiry that does not count in days is left to the document's text."""
    days = {f"{above}expire_days" for above, lasting in _parts(section).items() if "expire_months" not in lasting}
    return FriendTerms(context, ("minimum", *days), section)


def _parts(section: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What lasts: the bonus and the gift, by what their fields begin with."""
    return {"": section, "welcome.": section.get("welcome") or {}}


def _days(
    context: PartContext, above: str, fields: Collection[str], section: Mapping[str, Any]
) -> tuple[PartField, ...]:
    """From when and until when the bonus or the gift can be spent."""
    names = ("vest_days", "expire_days") if f"{above}expire_days" in fields else ("vest_days",)
    return lasting_fields(context.words, {name: shown(section.get(name)) for name in names}, above=above)


def _typed_days(
    form: FilledForm, context: PartContext, above: str, fields: Collection[str], section: Mapping[str, Any]
) -> dict[str, Any]:
    """The days that were typed; None for a field that is to go, and nothing of one that the form does not have."""
    waits = section.get("expire_from") == "vesting"
    months = section.get("expire_months")
    lasts = least_days(months) if months and not waits else None
    inactive = context.programme.inactive_days
    days: dict[str, Any] = {**spendable(form, inactive, is_from_vesting=waits, lasts=lasts, above=above)}
    check_expiry(form, section, days, above)
    if f"{above}expire_days" not in fields:
        del days["expire_days"]
    if not days["vest_days"] and "vest_days" in section and not section["vest_days"]:
        del days["vest_days"]
    return days


def _typed_limit(form: FilledForm) -> int | Decimal | None:
    limit = form.whole("limit")
    if limit is not None and (limit < 1 or limit != int(limit)):
        form.wrong.setdefault("limit", Phrase(NO_LIMIT))
    return limit


def _and_another(section: Mapping[str, Any]) -> list[Any]:
    """The steps that are stated, and an empty one where another one may be."""
    return [*(section.get("ladder") or ()), {}][:MAX_STEPS]


def _ladder(context: PartContext, section: Mapping[str, Any], form: FilledForm | None) -> FieldGroup:
    """A row for each step, and an empty one for another."""
    words, currency, steps = context.words, context.programme.currency, _and_another(section)
    ways = ((AS_PERCENT, words.gettext("percent of what they buy")), ("amount", currency))
    names = [f"step_{number}" for number in range(1, len(steps) + 1)]
    places = placed((_typed_names(context, name) for name in names), form)
    rows: Rows = []
    for name, place, step in zip(names, places, steps, strict=True):
        rows.append(_step_row(context, name, f"ladder[{place}]", step, ways))
    return FieldGroup(words.gettext("Another bonus for members who bring many"), rows)


def _step_row(
    context: PartContext, name: str, path: str, step: Mapping[str, Any], ways: tuple[Option, ...]
) -> tuple[PartField, ...]:
    """From which bonus on another one is given, and how much: a percent, or a sum in one currency or several."""
    words = context.words
    label, hint = words.gettext("Bonus"), words.gettext("Such as 3. Empty: no such step.")
    way = "amount" if "amount" in step else AS_PERCENT
    own, *others = sum_fields(context, name, label, step.get(way), path=f"{path}.amount")
    begins = ("ladder", path) if name == "step_1" else (path,)
    return (
        PartField(
            f"{name}_from",
            words.gettext("From which bonus on"),
            "number",
            hint,
            shown(step.get("bonuses")),
            paths=begins,
        ),
        replace(own, label=label, paths=(*own.paths, f"{path}.percent")),
        PartField(f"{name}_way", words.gettext("Of"), "choice", value=way, options=ways),
        *others,
    )


def _typed_ladder(form: FilledForm, context: PartContext, before: list[Any]) -> list[dict[str, Any]]:
    """The steps that were typed, from the lowest."""
    steps: list[dict[str, Any]] = []
    for number, step in enumerate(before, 1):
        name, since = f"step_{number}", f"step_{number}_from"
        if not any(map(form.text, _typed_names(context, name))):
            continue
        way = form.choice(f"{name}_way", [AS_PERCENT, "amount"])
        begins = form.whole(since, needed=True)
        worth = _typed_percent(form, context, name) if way == AS_PERCENT else _typed_sum(form, context, name, step)
        if begins is not None and (begins < 2 or begins != int(begins)):
            form.wrong.setdefault(since, Phrase(NO_STEP))
        if steps and begins <= steps[-1]["bonuses"]:
            form.wrong.setdefault(since, Phrase(NOT_RISING))
        steps.append({"bonuses": begins, way: worth})
    return steps


def _typed_names(context: PartContext, name: str) -> list[str]:
    """The fields of a step of which none is filled in where there is to be no such step."""
    return [f"{name}_from", *sum_names(context.programme, name)]


def _typed_percent(form: FilledForm, context: PartContext, name: str) -> Decimal | None:
    """The percent of a step, which has no sums in other currencies."""
    percent = form.number(name, needed=True, is_percent=True)
    if percent is not None and not 0 <= percent <= 100:
        form.wrong.setdefault(name, Phrase(NO_PERCENT))
    for field in sum_names(context.programme, name):
        if field != name and form.text(field):
            form.wrong[field] = Phrase(NO_SUM_BESIDE)
    return percent


def _typed_sum(form: FilledForm, context: PartContext, name: str, step: Mapping[str, Any]) -> Any:
    """The sum of a step, in one currency at least."""
    check_sum(form, context, name)
    sums = summed(form, context, name)
    if not sums:
        form.wrong.setdefault(name, Phrase(NEEDED))
    return as_stated(sums, step.get("amount", 0), context)
