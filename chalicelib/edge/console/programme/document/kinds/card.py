"""A stamp card: so many orders, pieces or full sums fill it."""

from __future__ import annotations

from chalicelib.edge.console.programme.document.fields import FilledForm, PartField, Rows
from chalicelib.edge.console.programme.document.pieces import (
    PartContext,
    Piece,
    award_rows,
    awarded,
    item,
    matched,
    name_row,
    named,
    selector_row,
)
from chalicelib.edge.words import marked

COUNTS = {
    "orders": marked("each order"),
    "pieces": marked("each piece of some products"),
    "per": marked("each full sum of an order"),
}


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
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


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The card."""
    part = named(form, context, "card")
    currency = context.programme.currency
    asset = context.programme.asset_named(currency)
    match form.choice("counts", COUNTS):
        case "pieces":
            part["counts"] = {"pieces": matched(form)}
        case "per":
            part["counts"] = {"per": {currency: form.number("per", needed=True, asset=asset)}}
        case _:
            part["counts"] = {"orders": True}
    part["size"] = form.whole("size", needed=True)
    part["reward"] = awarded(form, context, "reward", needed=True)
    return [item("cards", part, context.programme)]
