"""A reward for an activity that the shop states, and the gift for a birthday, which nobody states."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.rewards.occasions import BIRTHDAY
from chalicelib.edge.console.programme.document.fields import FieldGroup, FilledForm, PartField, Rows, id_of
from chalicelib.edge.console.programme.document.pieces import (
    PartContext,
    Piece,
    award_rows,
    given,
    item,
    name_row,
)
from chalicelib.edge.console.programme.document.terms import LIMITS, RuleTerms, limits_of
from chalicelib.edge.console.programme.document.terms import NO_TIMES as NOT_WHOLE
from chalicelib.edge.words import marked

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

NO_TIMES = marked("Write how many times, or choose “%(period)s”.")
NO_OWN = marked("Write the name under which your shop states it, in lower-case letters, digits and dashes.")


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
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


def more(context: PartContext) -> list[FieldGroup]:
    """The fields that are folded."""
    return [*RuleTerms(context, _limited(context), of=None).groups()]


def _limited(context: PartContext) -> list[str]:
    """What else than how often limits the rule."""
    return [name for name in limits_of(context) if name != "limits"]


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The rule for the activity."""
    on = form.choice("on", [*ACTIVITIES, OWN])
    names = form.names("name", needed=on == OWN)
    if on == OWN:
        on = form.text("own") or OWN
        if not form.text("own"):
            form.wrong["own"] = Phrase(NO_OWN)
    else:
        names = names or ACTIVITIES[on][0]
    part: dict[str, Any] = {"id": id_of({"en": on}, "activity", context.taken), "name": names, "on": on}
    part |= given(form, context)
    times, per = form.whole("times"), form.choice("times_per", LIMITS)
    if times is None and per != "member" and "times" not in form.wrong:
        form.wrong["times"] = Phrase(NO_TIMES, {"period": Phrase(LIMITS["member"])})
    elif times is not None and times != int(times):
        form.wrong["times"] = Phrase(NOT_WHOLE)
    part |= {"limits": [{"times": times, "per": per}]} if times is not None else {}
    part |= RuleTerms(context, _limited(context), of=part["of"]).read(form)
    return [item("earn", part, context.programme)]


def birthday_rows(context: PartContext) -> Rows:
    """The fields of the form for birthdays."""
    words = context.words
    return [
        name_row(words, "name", words.gettext("Name"), words.gettext("Empty: the usual one.")),
        *award_rows(context, "", words.gettext("Gives"), needed=True),
    ]


def birthday(form: FilledForm, context: PartContext) -> list[Piece]:
    """The rule for birthdays."""
    names = form.names("name") or {"fr": "anniversaire", "en": "birthday"}
    part = {"id": id_of({"en": BIRTHDAY}, BIRTHDAY, context.taken), "name": names, "on": BIRTHDAY}
    return [item("earn", part | given(form, context), context.programme)]
