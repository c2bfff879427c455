"""A further rule for orders: a percent in money, or points that the programme has, for all products or for some."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console.programme.document.amounts import NOTHING
from chalicelib.edge.console.programme.document.fields import FieldGroup, FilledForm, PartField, Rows
from chalicelib.edge.console.programme.document.pieces import (
    PartContext,
    Piece,
    item,
    matched,
    name_row,
    named,
    selector_row,
    stated_fields,
    sum_fields,
    summed,
)
from chalicelib.edge.console.programme.document.terms import RuleTerms, limits_of

PERCENT = "percent"
"""What a form sends for money: a percent of what was bought."""

TERMS = ("vest_days", "vest_on", "cap", "exclude")
"""The terms that are folded."""


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


def more(context: PartContext) -> list[FieldGroup]:
    """The fields that are folded."""
    return [*RuleTerms(context, fields_of(context), of=None).groups()]


def fields_of(context: PartContext) -> tuple[str, ...]:
    """The terms that such a rule can have."""
    return (*TERMS, *limits_of(context))


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The rule."""
    rule = named(form, context, "earning")
    of, products = form.choice("of", [PERCENT, *_points(context)]), matched(form)
    asset = "" if of == PERCENT else context.programme.asset_named(of)
    give = form.number("give", needed=True, is_percent=of == PERCENT, asset=asset)
    if of == PERCENT:
        if give is not None and not give:
            form.wrong["give"] = Phrase(NOTHING)
        rule |= _percent(give, products)
    else:
        rule |= {"give": give, "of": of, "per": summed(form, context, "per", needed=True)}
        rule |= stated_fields(match=products)
    fields = (*fields_of(context), "minimum", "expire_days")
    rule |= RuleTerms(context, fields, of="" if of == PERCENT else of).read(form)
    return [item("earn", rule, context.programme)]


def _percent(percent: Decimal | None, products: dict[str, Any]) -> dict[str, Any]:
    """A percent of everything, or of some products and nothing of the others."""
    return {"percent": 0, "rates": [{"match": products, "percent": percent}]} if products else {"percent": percent}


def _points(context: PartContext) -> dict[str, str]:
    """The programme's own assets, by what they are called."""
    return {name: title for name, title in context.assets().items() if name in context.programme.assets}
