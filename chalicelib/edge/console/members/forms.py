"""What the forms of a member's page do: adjust a balance, release a hold, undo an adjustment, settle friends, set a
level and save a profile.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import Amount, decimal_count
from chalicelib.domain.errors import Rejection
from chalicelib.domain.ledger import causes
from chalicelib.edge.api import members, progress, referrals, spending
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.members import lookup
from chalicelib.edge.console.members.page import show, stored, undone_of, worth_of
from chalicelib.edge.console.programme.document.numbers import read_in_two_ways
from chalicelib.edge.http import body_with
from chalicelib.edge.idempotency import is_answered
from chalicelib.edge.messages import Reply
from chalicelib.edge.request_checks import check_asset
from chalicelib.edge.words import marked

NO_REASON = marked("Write the reason: the member reads it in the statement.")

NO_AMOUNT = marked("Write an amount such as 5.00, or -5.00 to take it.")

NO_LEVEL_REASON = marked("Write the reason: whoever looks at this page reads it, the member does not.")

TOO_FINE = marked("An amount of this has at most %(decimals)s.")

WHOLE = marked("An amount of this is a whole number.")

UNDONE = "taken back in the console"
"""The reason that is kept beside the books, in English as what an operator writes there."""

REPEATED = marked(
    "The balance was adjusted by just that, %(amount)s, less than %(minutes)s minutes ago. If it is meant a second "
    "time, press the button once more."
)

REPEATED_S = 15 * 60
"""So long after an adjustment the same amount is asked again: a browser that goes back shows the form filled in."""

CONFIRM = marked("That is much: %(amount)s. Look at the amount, and press the button once more if it is right.")

MUCH = 10
"""The part of the most that can be given or taken at once, a tenth, from which an amount has to be confirmed."""

TOO_MUCH = marked("At most %(most)s can be given or taken at once; whoever operates Ristourne can raise that.")

NO_DAY = marked("Write a day such as 2027-12-31, or leave it empty.")

NO_BIRTHDAY = marked("Choose a month and a day that it has, or leave both empty.")

BIRTHDAY = ("birth_month", "birth_day")
"""The fields of the form that make up a birthday."""

FIELDS = {"birthday": "birth_day"} | {
    name: name for name in ("display_name", "email", "last_day", "level", "locale", "reason")
}
"""Where on the page the fields of the API stand, by their names there."""

_AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")


def adjust(visit: Visit) -> Reply:
    """Give or take an amount by hand, with a reason."""

    def act() -> str:
        asset = visit.form.get("asset", "")
        amount, ceiling = minor_of(visit.form.get("amount", ""), asset), members.most_adjusted(visit.now)
        if abs(amount) > ceiling:
            raise pages.WrongField("amount", TOO_MUCH, most=Amount(ceiling, asset))
        size = max(abs(amount), worth_of(amount, asset, visit.programme()))
        if visit.form.get("confirmed", "") != f"{visit.form.get('amount', '')} {asset}":
            if _is_repeated(visit, amount, asset) and not is_answered(visit.as_api()):
                raise pages.WrongField(
                    "confirmed", REPEATED, amount=Amount(amount, asset), minutes=str(REPEATED_S // 60)
                )
            if size * MUCH > ceiling:
                raise pages.WrongField("confirmed", CONFIRM, amount=Amount(amount, asset))
        body = body_with(members.PostAdjustment, asset=asset, amount=amount, reason=reason_of(visit))
        members.adjust(visit.as_api(), body)
        return "adjusted"

    return _done(visit, "adjust", act)


def _is_repeated(visit: Visit, amount: int, asset: str) -> bool:
    """Whether a member got just that by hand a moment ago, and has it still."""
    statement = members.statement_of(visit.as_api(), stored(visit).member)
    late = [entry for entry in statement.entries if visit.now - pages.seconds(entry.at) < REPEATED_S]
    same = [
        entry.number
        for entry in late
        if entry.origin.kind == causes.ADJUSTMENT
        and sum(movement.amount for movement in entry.movements if movement.asset == asset) == amount
    ]
    return bool({*same} - {*undone_of(statement)})


def release(visit: Visit) -> Reply:
    """End a hold that is in the way, and give back what it reserves."""

    def act() -> str:
        spending.release(visit.as_api(), spending.PostRelease())
        return "released"

    return _done(visit, "release", act)


def undo(visit: Visit) -> Reply:
    """Take an adjustment back, once: into the lots that it was taken from, or out of what is available."""

    def act() -> str:
        spending.undo(visit.as_api(), spending.PostUndo(UNDONE))
        return "undone"

    return _done(visit, "undo", act)


def settle(visit: Visit) -> Reply:
    """Settle a referrer's bonuses where the stream gave up; says so where it has given up none."""
    try:
        settlement = referrals.settle(visit.as_api())
    except Rejection as error:
        return show(visit, pages.refused_by(error, "settle"))
    done = "settled" if settlement.settled else "nothing-to-settle"
    return pages.redirect(visit.path("members", settlement.member, done=done))


def set_level(visit: Visit) -> Reply:
    """Give a member at least a level, until a day or for good."""

    def act() -> str:
        text = visit.form.get("last_day", "")
        try:
            last_day = date.fromisoformat(text) if text else None
        except ValueError:
            raise pages.WrongField("last_day", NO_DAY) from None
        level, reason = visit.form.get("level", ""), reason_of(visit, NO_LEVEL_REASON)
        body = body_with(progress.PostLevel, level=level, reason=reason, last_day=last_day)
        answer = progress.set_level(visit.as_api(), body)
        if not level:
            return "level-back"
        return "level" if answer.level == level else "level-below"

    return _done(visit, "level", act)


def save(visit: Visit) -> Reply:
    """State a member's name, e-mail, language and birthday; an empty field erases."""

    def act() -> str:
        fields: dict[str, Any] = {
            name: visit.form.get(name, "").strip() or None for name in ("email", "display_name", "locale")
        }
        fields["birthday"] = _birthday(visit) or None
        own = stored(visit).member
        others = [other for other in lookup.with_email(fields["email"] or "", visit.now) if other.member != own]
        members.put(visit.as_api(), body_with(members.PutMember, **fields))
        return "profile-shared" if others else "profile"

    return _done(visit, "profile", act)


def _birthday(visit: Visit) -> str:
    """The birthday of a form, as the API has it; empty where none is chosen. Raises WrongField for half of one, and for
    a day that its month does not have.
    """
    birthday = "-".join(part for name in BIRTHDAY if (part := visit.form.get(name, "")))
    try:
        return birthday and date.fromisoformat(f"{members.LEAP_YEAR}-{birthday}").isoformat()[5:]
    except ValueError:
        raise pages.WrongField("birth_day", NO_BIRTHDAY) from None


def _done(visit: Visit, form: str, act: Callable[[], str]) -> Reply:
    """Do what a form asks, and go back to the member's page, which says what `act` names, or that it was done before;
    where it is refused, the page with what was typed.
    """
    try:
        is_done = is_answered(visit.as_api())
        done = act()
    except Rejection as error:
        return show(visit, pages.refused_by(error, form, FIELDS))
    done = "already" if is_done else done
    return pages.redirect(visit.path("members", visit.request.path["member"], done=done))


def minor_of(text: str, asset: str) -> int:
    """An amount as people write it, in minor units: with a comma or a point, spaces, and the sign or code of its
    currency. Raises WrongField and InvalidInput.
    """
    check_asset(asset)
    typed = "".join(text.split()).replace("\N{MINUS SIGN}", "-")
    code = money.currency_of(asset)
    typed = re.sub(rf"^{code}|^[€$£¥]|{code}$|[€$£¥]$", "", typed, count=1, flags=re.IGNORECASE)
    if grouped := read_in_two_ways(typed, asset):
        raise pages.WrongField("amount", grouped.text, **{**grouped.values, "typed": text.strip()})
    plain = typed.replace(",", ".")
    value = Decimal(plain) if _AMOUNT.fullmatch(plain) else None
    if not value:
        raise pages.WrongField("amount", NO_AMOUNT)
    decimals = money.decimals_of(asset)
    if value != round(value, decimals):
        raise pages.WrongField("amount", TOO_FINE if decimals else WHOLE, decimals=decimal_count(decimals))
    return money.minor_of(value, asset)


def reason_of(visit: Visit, missing: str = NO_REASON) -> str:
    """The reason of a form. Raises WrongField, with the text `missing`, where it is empty."""
    reason = visit.form.get("reason", "").strip()
    if not reason:
        raise pages.WrongField("reason", missing)
    return reason
