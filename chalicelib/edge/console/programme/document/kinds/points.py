"""Points: an asset with a name of the shop's own, and the rule that gives it for what orders buy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console.programme.document.fields import FilledForm, PartField, Rows, id_of, plain
from chalicelib.edge.console.programme.document.pieces import (
    PartContext,
    Piece,
    item,
    name_row,
    stated_fields,
    sum_fields,
    sum_names,
    summed,
)
from chalicelib.edge.words import marked

NO_MONTHS = marked("Write a whole number of months, or leave it empty.")

MAX_NAME = 16
"""Characters of an asset's name in the document."""


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
    words = context.words
    such_as = words.gettext("What customers call them, such as points or leaves.")
    worth = words.gettext("What one pays at a checkout, such as 0.05. Empty: they cannot be spent.")
    return [
        name_row(words, "name", words.gettext("Name"), such_as),
        name_row(
            words, "singular", words.gettext("Name of a single one"), words.gettext("Such as leaf. Empty: the name.")
        ),
        (
            PartField("give", words.gettext("Number given"), "number", value="1", needed=True, paths=("give",)),
            *sum_fields(context, "per", words.gettext("For each full sum"), "1"),
        ),
        sum_fields(context, "worth", words.gettext("Worth of one"), hint=worth),
        (
            PartField(
                "expire_months",
                words.gettext("Expire after months"),
                "number",
                words.gettext("Empty: never."),
                value="12",
                paths=("expire_months",),
            ),
        ),
    ]


def asset_name_of(names: Mapping[str, str], context: PartContext) -> str:
    """A name for the asset in the document, made from what customers call it, which begins with a letter."""
    words = {language: re.sub(r"^[^a-z]+", "", plain(text)) for language, text in names.items()}
    return id_of(words, "points", context.taken, MAX_NAME)


def _worth(form: FilledForm, context: PartContext) -> dict[str, Any]:
    """What one of them is worth in each currency; three decimals are usual there."""
    return stated_fields(**{code: form.number(field) for field, code in sum_names(context.programme, "worth").items()})


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The asset, and the rule that gives it."""
    names, single, programme = form.names("name", needed=True), form.names("singular"), context.programme
    asset = asset_name_of(names, context)
    worth, expires = _worth(form, context), form.whole("expire_months")
    if expires is not None and expires != int(expires):
        form.wrong["expire_months"] = Phrase(NO_MONTHS)
    rule: dict[str, Any] = {
        "id": id_of(names, "points", context.taken),
        "name": names,
        "give": form.figure("give", needed=True),
    }
    rule |= {"of": asset, "per": summed(form, context, "per", needed=True)}
    return [
        Piece(f"assets.{asset}", {"name": names} | stated_fields(singular=single, worth=worth, expire_months=expires)),
        item("earn", rule, programme),
    ]
