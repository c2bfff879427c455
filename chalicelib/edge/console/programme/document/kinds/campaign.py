"""A campaign: between two days, what orders earn is multiplied."""

from __future__ import annotations

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console.programme.document.fields import FieldGroup, FilledForm, PartField, Rows
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
from chalicelib.edge.console.programme.document.terms import RuleTerms, asset_of, limits_of
from chalicelib.edge.words import marked

OVER = marked("That day is over: no order would get anything of it.")


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
    words = context.words
    rules = (*context.rules().items(), (ALL, words.gettext("all of them")))
    budgets = RuleTerms(context, (), of=None).budget_row() if "budget" in limits_of(context) else ()
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
        (*budgets[:1], holdout),
        *((field,) for field in budgets[1:]),
    ]


def more(context: PartContext) -> list[FieldGroup]:
    """The fields that are folded."""
    return [*RuleTerms(context, [name for name in limits_of(context) if name != "budget"], of=None).groups()]


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
    rules = multiplied(form, context)
    part |= stated_fields(starts=starts, ends=ends, audience=audience, multiply=rules)
    part |= RuleTerms(context, limits_of(context), of=asset_of(context.programme, rules)).read(form)
    part |= stated_fields(holdout=form.number("holdout", is_percent=True))
    return [item("campaigns", part, context.programme)]
