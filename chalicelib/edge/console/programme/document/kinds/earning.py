"""A further rule for orders: a percent in money, or points that the programme has, for all products or for some."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console.programme.document.fields import FilledForm, PartField, Rows
from chalicelib.edge.console.programme.document.pieces import (
    PartContext,
    Piece,
    expiry,
    item,
    matched,
    name_row,
    named,
    selector_row,
    stated_fields,
    sum_fields,
    summed,
)
from chalicelib.edge.words import marked

PERCENT = "percent"
"""What a form sends for money: a percent of what was bought."""

NOTHING = marked("More than 0.")


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
    words = context.words
    percent = words.gettext("percent of what they buy")
    least = words.gettext("What an order has to be. Empty: any.")
    return [
        name_row(words, "name", words.gettext("Name")),
        (
            PartField(
                "give", words.gettext("Gives"), "number", needed=True, paths=("give", "percent", "rates[0].percent")
            ),
            PartField("of", words.gettext("Of"), "choice", options=((PERCENT, percent), *_points(context).items())),
        ),
        sum_fields(context, "per", words.gettext("For each full sum"), "1", words.gettext("Only for points.")),
        selector_row(context, "match", words.gettext("Empty: all products.")),
        sum_fields(context, "minimum", words.gettext("Smallest order"), hint=least),
        (
            PartField(
                "expire_days",
                words.gettext("Expires after days"),
                "number",
                words.gettext("Empty: as the points do, or never."),
                paths=("expire_days",),
            ),
        ),
    ]


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The rule."""
    rule = named(form, context, "earning")
    of, products = form.choice("of", [PERCENT, *_points(context)]), matched(form)
    give = form.number("give", needed=True, is_percent=of == PERCENT)
    if of == PERCENT:
        if give is not None and not give:
            form.wrong["give"] = Phrase(NOTHING)
        rule |= _percent(give, products)
    else:
        rule |= {"give": give, "of": of, "per": summed(form, context, "per", needed=True)}
        rule |= stated_fields(match=products)
    rule |= stated_fields(minimum=summed(form, context, "minimum")) | expiry(form)
    return [item("earn", rule, context.programme)]


def _percent(percent: Decimal | None, products: dict[str, Any]) -> dict[str, Any]:
    """A percent of everything, or of some products and nothing of the others."""
    return {"percent": 0, "rates": [{"match": products, "percent": percent}]} if products else {"percent": percent}


def _points(context: PartContext) -> dict[str, str]:
    """The programme's own assets, by what they are called."""
    return {name: title for name, title in context.assets().items() if name in context.programme.assets}
