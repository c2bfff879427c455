"""A level; the first one brings its section and everybody's level."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.programme.awards import Step
from chalicelib.edge.console.programme.document.fields import FilledForm, Option, PartField, Rows, id_of
from chalicelib.edge.console.programme.document.pieces import (
    ALL,
    MEASURES,
    PartContext,
    Piece,
    award_rows,
    awarded,
    factor_paths,
    multiplied,
    name_row,
    named,
    stated_fields,
)
from chalicelib.edge.words import marked

LEVELS = "levels.steps"

SPANS = {
    "year": marked("this year or the last, whichever is better"),
    "rolling": marked("the last twelve months"),
    "lifetime": marked("all time"),
}

TAKEN = marked("Another level begins there already.")

NO_RULE = marked("Choose what is multiplied, or leave the number empty.")


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
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
    return context.measures({"spend": MEASURES["spend"], "orders": MEASURES["orders"]})


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The level; where there are none yet, the whole section with everybody's level and this one."""
    part = named(form, context, "level", at=form.figure("at", needed=True))
    steps = context.programme.levels.steps if context.programme.levels else ()
    if part["at"] in ([step.at for step in steps] or [Decimal(0)]):
        form.wrong["at"] = Phrase(TAKEN)
    if form.text("rule"):
        part["multiply"] = multiplied(form, context)
    elif form.text("factor"):
        form.wrong["rule"] = Phrase(NO_RULE)
    part |= stated_fields(gift=awarded(form, context, "gift"), perks=form.names("perks"))
    if context.programme.levels:
        before = _before(part["at"], steps)
        return [Piece(f"{LEVELS}[{before + 1}]", part, before)]
    base = form.names("base", needed=True)
    begin = {"id": id_of(base, "base", {*context.taken, part["id"]}), "at": Decimal(0), "name": base}
    section = {
        "measure": form.choice("measure", [name for name, _ in _level_measures(context)]),
        "per": form.choice("span", SPANS),
        "steps": [begin, part],
    }
    return [Piece("levels", section, inside=".steps[1]")]


def _before(at: Decimal | None, steps: Iterable[Step]) -> int:
    """The number of the level that a new one stands behind: levels rise."""
    below = [step for step in steps if at is not None and step.at <= at]
    return max(len(below) - 1, 0)
