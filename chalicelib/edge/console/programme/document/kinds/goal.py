"""A goal: whoever reaches a number within a time gets a reward, a badge or both."""

from __future__ import annotations

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console.programme.document.fields import FilledForm, PartField, Rows
from chalicelib.edge.console.programme.document.pieces import (
    MEASURES,
    PartContext,
    Piece,
    award_rows,
    awarded,
    item,
    matched,
    name_row,
    named,
    selector_row,
    stated_fields,
)
from chalicelib.edge.words import marked

PERIODS = {
    "all": marked("once for ever"),
    "week": marked("a week"),
    "month": marked("a month"),
    "quarter": marked("a quarter"),
    "year": marked("a year"),
}

BORDERS = marked("Weeks in a row go on over all borders: choose once for ever.")

ALL_PRODUCTS = marked("Only goods bought and pieces can be those of some products.")

NOTHING = marked("A goal gives a reward, a badge or both.")


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
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


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The goal."""
    part = named(form, context, "goal")
    part["measure"] = form.choice("measure", MEASURES)
    part["target"] = form.figure("target", needed=True)
    part["per"] = form.choice("per", PERIODS)
    match, reward, badge = matched(form), awarded(form, context, "reward"), form.names("badge")
    if part["measure"] == "weeks" and part["per"] != "all":
        form.wrong["per"] = Phrase(BORDERS)
    if any(match.values()) and part["measure"] not in ("spend", "pieces"):
        form.wrong["match"] = Phrase(ALL_PRODUCTS)
    if not (reward or badge or "reward" in form.wrong):
        form.wrong["reward"] = Phrase(NOTHING)
    part |= stated_fields(match=match if any(match.values()) else None, reward=reward, badge=badge)
    return [item("goals", part, context.programme)]
