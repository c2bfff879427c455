"""A leaderboard: the members with the most of something in a period, and the prizes of its first places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.programme.boards import FRIENDS
from chalicelib.edge.console.programme.document.fields import FilledForm, Option, PartField, Rows
from chalicelib.edge.console.programme.document.pieces import (
    MEASURES,
    PartContext,
    Piece,
    award,
    item,
    name_row,
    named,
    stated_fields,
)
from chalicelib.edge.words import marked

PERIODS = {
    "month": marked("a month"),
    "week": marked("a week"),
    "quarter": marked("a quarter"),
    "year": marked("a year"),
    "all": marked("all time"),
}

PRIZES = {
    "prize_1": marked("Prize for the first place"),
    "prize_2": marked("For the second"),
    "prize_3": marked("For the third"),
}

FRIENDS_BROUGHT = marked("friends who bought")
ALL_TIME = marked("Friends are counted over all time.")
NO_END = marked("All time has no end at which prizes are given: choose a period, or leave them empty.")
NO_END_OF_FRIENDS = marked(
    "Friends are counted over all time, which has no end at which prizes are given: leave them empty."
)
NO_PLACE = marked("There is no such place: write more places above, or leave this empty.")
NO_PRIZE_BEFORE = marked("Places before it have no prize.")


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
    words = context.words
    prizes = tuple(
        PartField(name, words.gettext(label), "number", paths=(f"prizes[{number}]",))
        for number, (name, label) in enumerate(PRIZES.items())
    )
    return [
        name_row(words, "name", words.gettext("Name")),
        (
            PartField("measure", words.gettext("The most"), "choice", options=_measures(context), paths=("measure",)),
            PartField("per", words.gettext("Within"), "choice", options=context.texts(PERIODS), paths=("per",)),
            PartField("top", words.gettext("Places"), "number", value="10", needed=True, paths=("top",)),
        ),
        prizes,
        (
            PartField(
                "of",
                words.gettext("Prizes are of"),
                "choice",
                words.gettext("They are given two weeks after the period, when returns are in. Empty: no prizes."),
                options=tuple(context.assets().items()),
            ),
        ),
    ]


def _measures(context: PartContext) -> tuple[Option, ...]:
    return context.measures({"spend": MEASURES["spend"], "orders": MEASURES["orders"], FRIENDS: FRIENDS_BROUGHT})


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The leaderboard."""
    part = named(form, context, "board")
    part["measure"] = form.choice("measure", [name for name, _ in _measures(context)])
    part["per"] = form.choice("per", PERIODS)
    part["top"] = form.whole("top", needed=True)
    if part["measure"] == FRIENDS and part["per"] != "all":
        form.wrong["per"] = Phrase(ALL_TIME)
    prizes = _prizes(form, context)
    _check_prizes(form, part, len(prizes))
    part |= stated_fields(prizes=prizes)
    return [item("boards", part, context.programme)]


def _check_prizes(form: FilledForm, board: Mapping[str, Any], number: int) -> None:
    """Says beside the fields of the prizes what so many of them cannot be of a leaderboard."""
    top = board["top"]
    for name in [*PRIZES][int(top) : number] if top >= 1 else []:
        form.wrong.setdefault(name, Phrase(NO_PLACE))
    if number and board["per"] == "all":
        why = NO_END_OF_FRIENDS if board["measure"] == FRIENDS else NO_END
        form.wrong.setdefault(next(iter(PRIZES)), Phrase(why))


def _prizes(form: FilledForm, context: PartContext) -> list[dict[str, Any]]:
    """The prizes of the first places, one after the other."""
    of = form.choice("of", context.assets())
    asset = context.programme.asset_named(of)
    numbers = {name: form.number(name, asset=asset) for name in PRIZES}
    for before, name in zip(PRIZES, [*PRIZES][1:], strict=False):
        if numbers[name] is not None and numbers[before] is None:
            form.wrong.setdefault(before, Phrase(NO_PRIZE_BEFORE))
    return [award(number, of, context) for number in numbers.values() if number is not None]
