"""A campaign: between two days, what orders earn is multiplied."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console.programme.document.fields import FilledForm, PartField, Rows
from chalicelib.edge.console.programme.document.pieces import (
    ALL,
    PartContext,
    Piece,
    factor_paths,
    item,
    multiplied,
    name_row,
    named,
    stated_fields,
)
from chalicelib.edge.words import marked

OVER = marked("That day is over: no order would get anything of it.")


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
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


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The campaign; nothing may end before today."""
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
    part |= stated_fields(budget=_budget(form, context), holdout=form.number("holdout", is_percent=True))
    return [item("campaigns", part, context.programme)]


def _budget(form: FilledForm, context: PartContext) -> Any:
    """A number, or a number for each currency where others than the programme's own are typed."""
    budget = form.figure("budget")
    others = stated_fields(**{code: form.figure(f"budget_{code}") for code in context.programme.currencies})
    return stated_fields(**{context.programme.currency: budget}, **others) if others else budget
