"""The parts that an owner adds to the programme by a form: which fields each has, and the piece of the document that is
made of what was typed.

What a form makes is plain data; `text.py` puts it into the text, and the document's own check says what may
not be. A kind of part is a row of `KINDS`. Imports the programme and the fields of forms; reads no table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.rewards.occasions import BIRTHDAY
from chalicelib.edge.console.document import text as document_text
from chalicelib.edge.console.document.fields import FilledForm, Option, PartField, Rows, id_of
from chalicelib.edge.console.document.pieces import (
    ALL,
    PartContext,
    award_rows,
    awarded,
    factor_paths,
    given,
    matched,
    multiplied,
    name_row,
    named,
    selector_row,
    stated_fields,
)
from chalicelib.edge.words import marked

LEVELS = "levels.steps"

OWN = "own"
"""What a form sends for an activity of the shop's own."""

ACTIVITIES = {
    "sign-up": ({"fr": "inscription", "en": "sign-up"}, marked("a sign-up")),
    "review": ({"fr": "avis", "en": "review"}, marked("a review")),
    "newsletter": (
        {"fr": "abonnement à la newsletter", "en": "newsletter subscription"},
        marked("a subscription to the newsletter"),
    ),
}
"""Usual activities by the name that the shop states, with their names for shoppers and for the form."""

MEASURES = {
    "orders": marked("orders"),
    "spend": marked("goods bought, in %(currency)s"),
    "pieces": marked("pieces"),
    "categories": marked("different categories"),
    "days": marked("different days"),
    "weeks": marked("weeks in a row"),
}

PERIODS = {
    "all": marked("once for ever"),
    "week": marked("a week"),
    "month": marked("a month"),
    "quarter": marked("a quarter"),
    "year": marked("a year"),
}

LIMITS = {
    "member": marked("all time"),
    "day": marked("a day"),
    "week": marked("a week"),
    "month": marked("a month"),
    "year": marked("a year"),
}

COUNTS = {
    "orders": marked("each order"),
    "pieces": marked("each piece of some products"),
    "per": marked("each full sum of an order"),
}

SPANS = {
    "year": marked("this year or the last, whichever is better"),
    "rolling": marked("the last twelve months"),
    "lifetime": marked("all time"),
}

OVER = marked("That day is over: no order would get anything of it.")
NO_OWN = marked("Write the name under which your shop states it, in lower-case letters, digits and dashes.")
TAKEN = marked("Another level begins there already.")
BORDERS = marked("Weeks in a row go on over all borders: choose once for ever.")
ALL_PRODUCTS = marked("Only goods bought and pieces can be those of some products.")
NO_RULE = marked("Choose what is multiplied, or leave the number empty.")
NOTHING = marked("A goal gives a reward, a badge or both.")


class PartKind(Struct, frozen=True):
    """A kind of part: what pages call it, what it is, the list of the document that has it, its fields, and the piece
    of the document that is made of them.
    """

    title: str
    about: str
    section: str
    rows: Callable[[PartContext], Rows]
    part: Callable[[FilledForm, PartContext], dict[str, Any]]


def _campaign_rows(context: PartContext) -> Rows:
    words = context.words
    rules = (*context.rules().items(), (ALL, words.gettext("all of them")))
    others = context.programme.currencies
    budgets = tuple(
        PartField(
            f"budget_{code}",
            words.gettext("Budget in %(currency)s") % {"currency": code},
            "number",
            words.gettext("Where it multiplies money."),
            paths=(f"budget.{code}",),
        )
        for code in others
    )
    budget = PartField(
        "budget",
        words.gettext("Budget in all"),
        "number",
        words.gettext("In what the rule gives, such as points or %(currency)s. Empty: none.")
        % {"currency": context.programme.currency},
        paths=("budget",),
    )
    holdout = PartField(
        "holdout",
        words.gettext("Held out, percent"),
        "number",
        words.gettext("So many people get nothing of it, so that you see what it brings. Empty: nobody."),
        paths=("holdout",),
    )
    return [
        name_row(words, "name", words.gettext("Name")),
        (
            PartField("starts", words.gettext("First day"), "day", needed=True, paths=("starts",)),
            PartField("ends", words.gettext("Last day"), "day", needed=True, paths=("ends",)),
        ),
        (
            PartField("rule", words.gettext("Multiplies"), "choice", options=rules, paths=("multiply",)),
            PartField("factor", words.gettext("By"), "number", value="2", needed=True, paths=factor_paths(context)),
        ),
        *_audience_rows(context),
        (budget, holdout),
        *((field,) for field in budgets),
    ]


def _audience_rows(context: PartContext) -> Rows:
    """For whom a campaign is; nothing ticked is everybody."""
    words = context.words
    levels, segments = tuple(context.levels().items()), tuple(context.segments().items())
    rows: Rows = []
    if levels:
        legend = words.gettext("Only these levels")
        rows.append((PartField("levels", legend, "checks", options=levels, paths=("audience.levels",)),))
    legend = words.gettext("Only these segments")
    rows.append((PartField("segments", legend, "checks", options=segments, paths=("audience.segments",)),))
    rows.append((PartField("first_order", words.gettext("Only for a first order"), "check"),))
    return rows


def _campaign(form: FilledForm, context: PartContext) -> dict[str, Any]:
    part = named(form, context, "campaign")
    starts, ends = form.day("starts"), form.day("ends")
    if "ends" not in form.wrong and ends < context.today:
        form.wrong["ends"] = Phrase(OVER)
    audience = stated_fields(
        levels=form.ticked("levels", context.levels()),
        segments=form.ticked("segments", context.segments()),
        first_order=form.has("first_order") or None,
    )
    part |= stated_fields(starts=starts, ends=ends, audience=audience, multiply=multiplied(form, context))
    return part | stated_fields(budget=_budget(form, context), holdout=form.number("holdout"))


def _budget(form: FilledForm, context: PartContext) -> Any:
    """A number, or a number for each currency where others than the programme's own are typed."""
    budget = form.number("budget")
    others = stated_fields(**{code: form.number(f"budget_{code}") for code in context.programme.currencies})
    return stated_fields(**{context.programme.currency: budget}, **others) if others else budget


def _card_rows(context: PartContext) -> Rows:
    words, currency = context.words, context.programme.currency
    sums = words.gettext("Sum for a stamp, in %(currency)s") % {"currency": currency}
    return [
        name_row(words, "name", words.gettext("Name")),
        (
            PartField("counts", words.gettext("A stamp for"), "choice", options=context.texts(COUNTS)),
            PartField("per", sums, "number", words.gettext("Only for full sums."), paths=("counts.per",)),
        ),
        selector_row(context, "counts.pieces", words.gettext("Only for pieces of some products.")),
        (PartField("size", words.gettext("Stamps of a card"), "number", value="10", needed=True, paths=("size",)),),
        *award_rows(context, "reward", words.gettext("A full card gives"), needed=True),
    ]


def _card(form: FilledForm, context: PartContext) -> dict[str, Any]:
    part = named(form, context, "card")
    match form.choice("counts", COUNTS):
        case "pieces":
            part["counts"] = {"pieces": matched(form)}
        case "per":
            part["counts"] = {"per": {context.programme.currency: form.number("per", needed=True)}}
        case _:
            part["counts"] = {"orders": True}
    part["size"] = form.number("size", needed=True)
    part["reward"] = awarded(form, context, "reward", needed=True)
    return part


def _level_rows(context: PartContext) -> Rows:
    words = context.words
    such_as = words.gettext("Such as 1.5.")
    rules = (("", words.gettext("nothing")), *context.rules().items(), (ALL, words.gettext("all of them")))
    hint = words.gettext(
        "Levels rise from 0; this one takes its place among them. A member has what its own level brings, not what "
        "those below bring."
    )
    return [
        *([] if context.programme.levels else _first_level_rows(context)),
        name_row(words, "name", words.gettext("Name")),
        (PartField("at", _threshold(context), "number", hint, needed=True, paths=("at",), whole=(LEVELS,)),),
        (
            PartField("rule", words.gettext("Multiplies"), "choice", options=rules, paths=("multiply",)),
            PartField("factor", words.gettext("By"), "number", such_as, paths=factor_paths(context)),
        ),
        *award_rows(context, "gift", words.gettext("Gift on reaching it, once a year")),
        name_row(words, "perks", words.gettext("Advantages that shoppers read")),
    ]


def _threshold(context: PartContext) -> str:
    """What the field of a level's threshold is called, by what the levels measure."""
    levels = context.programme.levels
    if levels is None:
        return context.words.gettext("From how much on")
    if levels.measure == "orders":
        return context.words.gettext("From so many orders on")
    name = context.programme.currency if levels.measure == "spend" else context.assets()[levels.measure]
    return context.words.gettext("From how much on, in %(name)s") % {"name": name}


def _first_level_rows(context: PartContext) -> Rows:
    """What is asked with the first level: what levels measure, and what everybody has from the beginning."""
    words = context.words
    spans = context.texts(SPANS)
    return [
        (
            PartField("measure", words.gettext("Levels count"), "choice", options=_level_measures(context)),
            PartField("span", words.gettext("Counted over"), "choice", options=spans),
        ),
        name_row(words, "base", words.gettext("Name of everybody's level"), whole=f"{LEVELS}[0].name"),
    ]


def _level_measures(context: PartContext) -> tuple[Option, ...]:
    names = {"spend": MEASURES["spend"], "orders": MEASURES["orders"]}
    earned = context.words.gettext("%(name)s earned")
    own = tuple((name, earned % {"name": context.assets()[name]}) for name in context.programme.assets)
    return (*context.texts(names), *own)


def _level(form: FilledForm, context: PartContext) -> dict[str, Any]:
    """The level; where there are none yet, the whole section with everybody's level and this one."""
    part = named(form, context, "level", at=form.number("at", needed=True))
    steps = context.programme.levels.steps if context.programme.levels else ()
    if part["at"] in ([step.at for step in steps] or [Decimal(0)]):
        form.wrong["at"] = Phrase(TAKEN)
    if form.text("rule"):
        part["multiply"] = multiplied(form, context)
    elif form.text("factor"):
        form.wrong["rule"] = Phrase(NO_RULE)
    part |= stated_fields(gift=awarded(form, context, "gift"), perks=form.names("perks"))
    if context.programme.levels:
        return part
    base = form.names("base", needed=True)
    begin = {"id": id_of(base, "base", {*context.taken, part["id"]}), "at": Decimal(0), "name": base}
    return {
        "measure": form.choice("measure", [name for name, _ in _level_measures(context)]),
        "per": form.choice("span", SPANS),
        "steps": [begin, part],
    }


def _activity_rows(context: PartContext) -> Rows:
    words = context.words
    usual = {name: title for name, (_, title) in ACTIVITIES.items()}
    options = (*context.texts(usual), (OWN, words.gettext("something else")))
    hint = words.gettext("Only for something else, such as app-install.")
    return [
        (
            PartField("on", words.gettext("What earns"), "choice", options=options),
            PartField("own", words.gettext("Name that the shop states"), hint=hint, paths=("on",)),
        ),
        name_row(words, "name", words.gettext("Name"), words.gettext("Empty: the usual one.")),
        *award_rows(context, "", words.gettext("Gives"), needed=True),
        (
            PartField("times", words.gettext("Times at most"), "number", paths=("limits",)),
            PartField("times_per", words.gettext("Within"), "choice", options=context.texts(LIMITS)),
        ),
    ]


def _activity(form: FilledForm, context: PartContext) -> dict[str, Any]:
    on = form.choice("on", [*ACTIVITIES, OWN])
    names = form.names("name", needed=on == OWN)
    if on == OWN:
        on = form.text("own")
        if not on:
            form.wrong["own"] = Phrase(NO_OWN)
    else:
        names = names or ACTIVITIES[on][0]
    part = {"id": id_of({"en": on}, "activity", context.taken), "name": names, "on": on}
    part |= given(form, context)
    times, per = form.number("times"), form.choice("times_per", LIMITS)
    return part | ({"limits": [{"times": times, "per": per}]} if times is not None else {})


def _goal_rows(context: PartContext) -> Rows:
    words = context.words
    return [
        name_row(words, "name", words.gettext("Name")),
        (
            PartField("target", words.gettext("How many"), "number", needed=True, paths=("target",)),
            PartField("measure", words.gettext("Of what"), "choice", options=context.texts(MEASURES)),
            PartField("per", words.gettext("Within"), "choice", options=context.texts(PERIODS), paths=("per",)),
        ),
        selector_row(context, "match", words.gettext("Only for goods bought and pieces. Empty: all products.")),
        *award_rows(context, "reward", words.gettext("Reward")),
        name_row(words, "badge", words.gettext("Badge"), words.gettext("It is shown while the goal is reached.")),
    ]


def _goal(form: FilledForm, context: PartContext) -> dict[str, Any]:
    part = named(form, context, "goal")
    part["measure"] = form.choice("measure", MEASURES)
    part["target"] = form.number("target", needed=True)
    part["per"] = form.choice("per", PERIODS)
    match, reward, badge = matched(form), awarded(form, context, "reward"), form.names("badge")
    if part["measure"] == "weeks" and part["per"] != "all":
        form.wrong["per"] = Phrase(BORDERS)
    if any(match.values()) and part["measure"] not in ("spend", "pieces"):
        form.wrong["match"] = Phrase(ALL_PRODUCTS)
    if not (reward or badge or "reward" in form.wrong):
        form.wrong["reward"] = Phrase(NOTHING)
    return part | stated_fields(match=match if any(match.values()) else None, reward=reward, badge=badge)


def _birthday_rows(context: PartContext) -> Rows:
    words = context.words
    return [
        name_row(words, "name", words.gettext("Name"), words.gettext("Empty: the usual one.")),
        *award_rows(context, "", words.gettext("Gives"), needed=True),
    ]


def _birthday(form: FilledForm, context: PartContext) -> dict[str, Any]:
    names = form.names("name") or {"fr": "anniversaire", "en": "birthday"}
    part = {"id": id_of({"en": BIRTHDAY}, BIRTHDAY, context.taken), "name": names, "on": BIRTHDAY}
    return part | given(form, context)


KINDS = {
    "campaign": PartKind(
        marked("A campaign"),
        marked("Between two days, what orders earn is multiplied: for everybody, or for some."),
        "campaigns",
        _campaign_rows,
        _campaign,
    ),
    "card": PartKind(
        marked("A stamp card"),
        marked("So many orders, products or full sums fill a card, and a full card gives a reward."),
        "cards",
        _card_rows,
        _card,
    ),
    "level": PartKind(
        marked("A level"),
        marked("Whoever has bought enough earns more, gets a gift, or has advantages."),
        LEVELS,
        _level_rows,
        _level,
    ),
    "activity": PartKind(
        marked("A reward for an activity"),
        marked("A sign-up, a review, the newsletter: your shop states it, and the member gets something."),
        "earn",
        _activity_rows,
        _activity,
    ),
    "goal": PartKind(
        marked("A goal or badge"),
        marked("Whoever reaches a number within a time gets a reward, a badge or both."),
        "goals",
        _goal_rows,
        _goal,
    ),
    "birthday": PartKind(
        marked("A birthday gift"),
        marked("Once a year, to members whose birthday the shop has told."),
        "earn",
        _birthday_rows,
        _birthday,
    ),
}
"""The kinds of part, by their names in addresses."""


def added(kind: PartKind, source: str, part: Mapping[str, Any], programme: Programme) -> str:
    """The text of a document with a part. Raises InvalidInput where no form can change it."""
    if "steps" in part:
        return document_text.with_section(source, "levels", part)
    return document_text.with_item(source, kind.section, part, _before(kind, part, programme))


def path_of(kind: PartKind, part: Mapping[str, Any], programme: Programme) -> str:
    """Where a part stands in the document that has it: `campaigns[2]`."""
    if "steps" in part:
        return f"{LEVELS}[1]"
    before = _before(kind, part, programme)
    if before is None:
        before = len(getattr(programme, kind.section)) - 1
    return f"{kind.section}[{before + 1}]"


def _before(kind: PartKind, part: Mapping[str, Any], programme: Programme) -> int | None:
    """The number of the item behind which a part stands; None: of the last. Levels rise."""
    if kind.section != LEVELS or programme.levels is None:
        return None
    below = [step for step in programme.levels.steps if step.at <= part["at"]]
    return max(len(below) - 1, 0)
