"""The bonus for friends, of which a programme has one: what a member gets when friends buy, and what each of these."""

from __future__ import annotations

from typing import Any

from chalicelib.edge.console.programme.document.fields import FieldGroup, FilledForm, PartField, Rows
from chalicelib.edge.console.programme.document.friends import AS_PERCENT, NEW, FriendTerms
from chalicelib.edge.console.programme.document.pieces import PartContext, Piece, stated_fields, sum_fields, summed

EXPIRE_DAYS = 365


def rows(context: PartContext) -> Rows:
    """The fields of the form."""
    words, currency = context.words, context.programme.currency
    number, gift = words.gettext("Friends who buy"), words.gettext("Welcome gift for each friend")
    ways = ((AS_PERCENT, words.gettext("percent of what they buy")), ("amount", currency))
    once = words.gettext("With the first order. Empty: none.")
    least = words.gettext("What an order has to be for a friend to count. Empty: any.")
    return [
        (
            PartField("friends", number, "number", value="2", needed=True, paths=("friends",)),
            PartField("bonus", words.gettext("Bonus"), "number", value="10", needed=True, paths=("percent", "amount")),
            PartField("way", words.gettext("Of"), "choice", options=ways),
        ),
        sum_fields(context, "gift", gift, hint=once, path="welcome.amount"),
        sum_fields(context, "minimum", words.gettext("Smallest order"), hint=least, path="qualifies.minimum"),
        (
            PartField(
                "expire_days",
                words.gettext("Expires after days"),
                "number",
                words.gettext("Bonus and gift. Empty: never."),
                value=str(EXPIRE_DAYS),
                paths=("expire_days", "welcome.expire_days"),
            ),
        ),
    ]


def more(context: PartContext) -> list[FieldGroup]:
    """The fields that are folded."""
    return [*FriendTerms(context).groups()]


def pieces(form: FilledForm, context: PartContext) -> list[Piece]:
    """The section of the referral programme."""
    terms = FriendTerms(context, (*NEW, "expire_days")).read(form)
    lasts = stated_fields(vest_days=terms.get("vest_days"), expire_days=terms.get("expire_days"))
    section: dict[str, Any] = {"friends": form.whole("friends", needed=True)}
    way = form.choice("way", [AS_PERCENT, "amount"])
    asset = "" if way == AS_PERCENT else context.programme.asset_named(context.programme.currency)
    section[way] = form.number("bonus", needed=True, is_percent=way == AS_PERCENT, asset=asset)
    gift, minimum = summed(form, context, "gift"), summed(form, context, "minimum")
    welcome = {"amount": gift} | lasts if gift else {}
    section |= stated_fields(qualifies={"minimum": minimum} if minimum else {}, welcome=welcome)
    return [Piece("referral", section | terms)]
