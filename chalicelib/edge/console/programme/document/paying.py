"""How one pays with a balance, as fields of a form and as a value of the document: for a new shop, and in the settings
of the whole programme.

Imports the fields of forms; reads no table.
"""

from __future__ import annotations

from decimal import Decimal

from chalicelib.domain.core.phrases import Figure, Phrase
from chalicelib.edge.console.programme.document.fields import FilledForm, PartField
from chalicelib.edge.console.programme.document.pieces import NO_PERCENT
from chalicelib.edge.words import Words, marked

PAYS_NOTHING = marked("At 0 nobody could pay with a balance; leave it empty for all of an order.")
TOO_LITTLE = marked(
    "Write at least %(least)s: whoever pays with a balance must pay that percent of an order with it, or more."
)


def paying_fields(words: Words, minimum: str, most: str) -> tuple[PartField, PartField]:
    """The smallest balance that pays, in the programme's currency, and the most that it pays of an order."""
    return (
        PartField(
            "minimum",
            words.gettext("Smallest balance to pay with"),
            "number",
            words.gettext("Empty: any."),
            minimum,
            whole=("spending.minimum",),
        ),
        PartField(
            "max_percent",
            words.gettext("Pays at most, percent of an order"),
            "number",
            words.gettext("Empty: all of it."),
            most,
            whole=("spending.max_percent", "spending.min_percent"),
        ),
    )


def typed_most(form: FilledForm, least: Decimal | None = None) -> Decimal | None:
    """The percent of an order that can be paid at most, which is no less than the `least` that must be paid."""
    most = form.number("max_percent", is_percent=True)
    if most == 0:
        form.wrong.setdefault("max_percent", Phrase(PAYS_NOTHING))
    elif most is not None and not 0 < most <= 100:
        form.wrong.setdefault("max_percent", Phrase(NO_PERCENT))
    elif most is not None and least is not None and most < least:
        form.wrong.setdefault("max_percent", Phrase(TOO_LITTLE, {"least": Figure(str(least))}))
    return most
