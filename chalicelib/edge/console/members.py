"""Members: finding one, and the page on which an owner sees and corrects all that a member has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import AWAITED, local_day
from chalicelib.domain.core.phrases import Amount, Phrase, decimal_count
from chalicelib.domain.errors import Rejection
from chalicelib.domain.ledger import causes
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Member, Order, Profile
from chalicelib.domain.reports.outstanding import own_worth
from chalicelib.domain.rewards.progress.counters import ORDERS, amount_in
from chalicelib.domain.rewards.progress.view import progress_of
from chalicelib.edge import access, process, words
from chalicelib.edge.answers import AssetBalance, Statement, TokenAnswer
from chalicelib.edge.api import members, progress, referrals, spending
from chalicelib.edge.console import finding, pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.lists import LISTS
from chalicelib.edge.console.programme.document.numbers import read_in_two_ways
from chalicelib.edge.console.spreadsheets import LastDay, LocalTime, as_csv, number
from chalicelib.edge.http import body_with
from chalicelib.edge.idempotency import is_answered
from chalicelib.edge.messages import Reply
from chalicelib.edge.request_checks import check_asset
from chalicelib.edge.words import marked
from chalicelib.store import clicks, queries

NOBODY = marked(
    "Nobody was found. An e-mail must be exact, and a number the one that the shop stores: you can also paste here the "
    "address of the customer's or the order's page in the shop's admin. Names of people, and names of orders that "
    "Shopify makes, such as #1004, cannot be looked up."
)
NO_SUCH_NUMBER = marked(
    "Nobody was found: no customer and no order is stored under that number. Shopify shows orders under short names "
    "such as #1004, which cannot be looked up. Write the e-mail of the order instead, or open the order in the Shopify "
    "admin and paste the address of its page here: the long number at its end, after /orders/, finds the customer. In "
    "WooCommerce the number of the order is that number; where a plugin numbers orders anew, paste the address too."
)
OTHER_SHOPS_NUMBER = marked(
    "%(typed)s is an order's number of another shop that is connected. Shopify's own short names cannot be looked up: "
    "for such an order write its customer's e-mail, or paste the address of its page in the Shopify admin."
)
WITHOUT_MEMBER = {
    "unpaid": marked(
        "The order is known and not paid yet: it has earned nothing so far, and its customer is no member yet."
    ),
    "test": marked(
        "The order is known: the shop marks it as a test, and test orders earn nothing, unless the programme's "
        "settings count them too. Place a small real order to see what a customer gets."
    ),
    "void": marked("The order is known, and was cancelled or wholly refunded: it has earned nothing."),
    "nobody": marked("The order is known, but states no customer and no e-mail: there is nobody to reward."),
    "nothing": marked("The order is known and has earned nothing, so that its customer is no member yet."),
}
"""Why an order that is stored leads to no member."""

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
TOO_MUCH = marked("At most %(most)s can be given or taken at once; whoever operates Ristourne can raise that.")
NO_DAY = marked("Write a day such as 2027-12-31, or leave it empty.")

NO_BIRTHDAY = marked("Choose a month and a day that it has, or leave both empty.")

_AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
MUCH = 10
"""The part of the most that can be given or taken at once, a tenth, from which an amount has to be confirmed."""

BIRTHDAY = ("birth_month", "birth_day")
"""The fields of the form that make up a birthday."""

FIELDS = {"birthday": "birth_day"} | {
    name: name for name in ("display_name", "email", "last_day", "level", "locale", "reason")
}
"""Where on the page the fields of the API stand, by their names there."""

WRITTEN = (causes.ADJUSTMENT, causes.REFERRAL)
"""The kinds of cause of entries whose reason a person may have written."""

STATEMENT = (
    marked("Entry"),
    marked("When"),
    marked("Order"),
    marked("Amount"),
    marked("Currency or points"),
    marked("Why"),
    marked("Can be spent from"),
    marked("Last day"),
)
"""The columns of a statement's file."""

MAX_ROWS = 5000
"""Movements of a statement that one file has."""


class LotRow(Struct, frozen=True):
    """A part of a balance: from when it can be spent (0: now) and until when (0: for good)."""

    asset: str
    amount: int
    starts_at: int
    ends_at: int

    @property
    def is_awaited(self) -> bool:
        """Whether it can be spent once its order is delivered, a day that nobody knows yet."""
        return self.starts_at >= AWAITED


class LevelByHand(Struct, frozen=True):
    """A level that was set by hand and holds: until which day (None: for good), and the reason."""

    level: str
    last_day: date | None
    reason: str


class HoldRow(Struct, frozen=True):
    """A part of a balance that a checkout has reserved."""

    hold: str
    asset: str
    amount: int
    until: int


_SHOWN_NUMBER = re.compile(r"#?\s*[0-9]{1,9}")
"""What an order may be called in a shop."""


def search(visit: Visit) -> Reply:
    """The form that finds a member; with `?order=` the buyer of that order, `connection/order`."""
    buyers = finding.with_order(visit.request.query.get("order", ""))
    if buyers:
        return pages.redirect(visit.path("members", buyers[0].member))
    return pages.page(visit, "members.html", matches=[], notice=None, lists=LISTS)


def find(visit: Visit) -> Reply:
    """The member of an id, a customer's or order's number, a code or an exact e-mail; where there are several, all."""
    query = visit.form.get("q", "").strip()
    findings = finding.search(query, visit.now)
    matches, orders = findings.members, findings.orders
    if len(matches) == 1 and not findings.is_ambiguous:
        return pages.redirect(visit.path("members", matches[0].member))
    notice = Phrase(OTHER_SHOPS_NUMBER, {"typed": query}) if findings.is_ambiguous else None
    refused = None if matches else pages.Refused("find", Phrase(_why_nobody(query, orders, visit.now)), "q", 404)
    return pages.page(visit, "members.html", refused, matches=matches, notice=notice, lists=LISTS)


def _why_nobody(query: str, orders: list[Order], now: int) -> str:
    """Why a search leads to no member: by the first order that has the number, or what can be looked up instead."""
    if not orders:
        return NO_SUCH_NUMBER if _SHOWN_NUMBER.fullmatch(query) else NOBODY
    bought, programme = orders[0].facts.view, process.engine().programme(now)
    if bought and bought.void:
        return WITHOUT_MEMBER["void"]
    if bought is None or not bought.paid:
        return WITHOUT_MEMBER["unpaid"]
    if not bought.buyer:
        return WITHOUT_MEMBER["nobody"]
    if bought.test and not (programme and programme.test_orders):
        return WITHOUT_MEMBER["test"]
    return WITHOUT_MEMBER["nothing"]


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """All of a member: balances by lot, the statement with its whys, friends, progress, and what an owner can do."""
    member = stored(visit)
    programme, request = visit.programme(), visit.as_api()
    _, kept = queries.profile(member.member)
    statement = members.statement_of(request, member.member)
    shown = members.answer(request, member)
    reviews = [review for review in queries.reviews(decided=True) if review.referrer == member.member]
    return pages.page(
        visit,
        "member.html",
        refused,
        member=shown,
        worths={balance.asset: _worth(balance, programme) for balance in shown.balances},
        currency=money.asset_of(programme.currency) if programme else "",
        merged_from=member.merged,
        orders=amount_in(member, ORDERS, "all", 0),
        bought=amount_in(member, programme.currency, "all", 0) if programme else 0,
        clicks=clicks.total(member.code) if member.code else 0,
        waiting=[review for review in reviews if not review.verdict],
        denied=[review for review in reviews if review.verdict == "deny"],
        lots=_parts(member, visit.now),
        holds=list(_holds(member, visit.now)),
        statement=statement,
        authors=_authors(statement),
        profile=kept or Profile(member.member),
        progress=progress_of(member, programme, visit.now, visit.words) if programme else None,
        by_hand=_by_hand(member, programme, visit.now),
        levels=programme.levels.steps if programme and programme.levels else (),
        programme=programme,
        zone=visit.zone(),
        locales=words.languages(),
        months=visit.words.months(),
        undone=_undone(statement),
    )


def closed(visit: Visit) -> Reply:
    """The statement of a member that was merged, up to then; one that was not has its own page."""
    name, member = visit.request.path["member"], stored(visit)
    if member.member == name:
        return pages.redirect(visit.path("members", name))
    statement, names = members.statement_of(visit.as_api(), name), queries.names([name, member.member])
    return pages.page(
        visit,
        "closed.html",
        member=name,
        name=names.get(name) or name,
        survivor=member.member,
        survivor_name=names.get(member.member) or member.member,
        statement=statement,
        authors=_authors(statement),
        undone=_undone(statement),
        programme=visit.programme(),
        zone=visit.zone(),
    )


def statement_file(visit: Visit) -> Reply:
    """The statement as a file, a row for each movement, the newest first; of a merged member that up to the merge."""
    stored(visit)
    name = visit.request.path["member"]
    return as_csv(visit, f"statement-{name}", STATEMENT, _movements(visit, name))


def card(visit: Visit) -> Reply:
    """The member's own page as the shopper sees it: the widget of the shop's pages, in the member's language."""
    member = stored(visit)
    _, kept = queries.profile(member.member)
    locale = words.known(kept.locale if kept else "") or visit.words.locale
    name = (kept.display_name if kept else "") or member.member
    programme = visit.programme()
    makes_link = bool(programme and programme.referral and not member.code)
    return pages.page(visit, "card.html", member=member.member, name=name, locale=locale, makes_link=makes_link)


def token(visit: Visit) -> Reply:
    """A member's short-lived token, for the widget on the page above: it reads the member, and changes nothing."""
    member = stored(visit).member
    answer = TokenAnswer(member, access.issue_token(member, visit.now, looks_only=True), access.TOKEN_S)
    return Reply(200, answer, {**pages.HEADERS, "Content-Type": "application/json"})


def adjust(visit: Visit) -> Reply:
    """Give or take an amount by hand, with a reason."""

    def act() -> str:
        asset = visit.form.get("asset", "")
        amount, ceiling = minor_of(visit.form.get("amount", ""), asset), members.most_adjusted(visit.now)
        if abs(amount) > ceiling:
            raise pages.WrongField("amount", TOO_MUCH, most=Amount(ceiling, asset))
        size = max(abs(amount), _worth_of(amount, asset, visit.programme()))
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
    return bool({*same} - {*_undone(statement)})


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
        others = [other for other in finding.with_email(fields["email"] or "", visit.now) if other.member != own]
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


def stored(visit: Visit) -> Member:
    """The member of a page's address, or the one that it was merged into. Raises NotFound."""
    name = visit.request.path["member"]
    member = queries.member(name)
    if member is None:
        raise members.unknown(name)
    return member


def _by_hand(member: Member, programme: Programme | None, now: int) -> LevelByHand | None:
    """The level that was set by hand, until its last day is over."""
    granted = member.granted
    if not granted or not programme or not programme.levels:
        return None
    if granted.until and granted.until < local_day(now, programme.timezone).toordinal():
        return None
    return LevelByHand(granted.level, date.fromordinal(granted.until) if granted.until else None, granted.reason)


def _worth_of(amount: int, asset: str, programme: Programme | None) -> int:
    """What an amount of any asset is worth in the programme's currency, in minor units; 0 without a price."""
    return (own_worth(abs(amount), asset, programme) or 0) if programme else 0


def _authors(statement: Statement) -> dict[int, str]:
    """Who wrote the reasons of a statement, by the number of their entry."""
    written = [entry.number for entry in statement.entries if entry.origin.kind in WRITTEN]
    return queries.authors(statement.member, written) if written else {}


def _undone(statement: Statement) -> dict[int, int]:
    """When the adjustments of a statement were taken back, in seconds, by the number of their entry."""
    adjusted = [entry.number for entry in statement.entries if entry.origin.kind == causes.ADJUSTMENT]
    return queries.undone(statement.member, adjusted) if adjusted else {}


def _worth(balance: AssetBalance, programme: Programme | None) -> int:
    """What can be spent of an asset such as points is worth, in minor units; 0 for money."""
    return 0 if money.is_money(balance.asset) else _worth_of(max(balance.available, 0), balance.asset, programme)


def _parts(member: Member, now: int) -> list[LotRow]:
    """The lots of the balances; none where they say no more than the balances: one of each asset, spendable now."""
    lots = list(_lots(member, now))
    is_plain = len({lot.asset for lot in lots}) == len(lots) and not any(lot.starts_at for lot in lots)
    return [] if is_plain else lots


def _lots(member: Member, now: int) -> Iterator[LotRow]:
    for asset, account in sorted(member.accounts.items()):
        for lot in account.lots_at(now):
            starts_at = lot.vests_at if lot.vests_at > now else 0
            yield LotRow(asset, lot.amount, starts_at, lot.expires_at if lot.expires_at < AWAITED else 0)


def _holds(member: Member, now: int) -> Iterator[HoldRow]:
    for asset, stored in sorted(member.accounts.items()):
        for part in stored.up_to(now).account.holds:
            yield HoldRow(part.hold, asset, part.amount, part.until)


def _movements(visit: Visit, name: str) -> Iterator[tuple[object, ...]]:
    """The rows of a member's statement, page by page, at most MAX_ROWS."""
    count, cursor, programme = 0, "", visit.programme()
    while count < MAX_ROWS:
        page = members.statement_of(visit.as_api(query={"limit": "100", "cursor": cursor}), name)
        for entry in page.entries:
            for movement in entry.movements:
                count += 1
                yield (
                    entry.number,
                    LocalTime(entry.at),
                    entry.cause if entry.origin.kind == "order" else None,
                    number(movement.amount, movement.asset),
                    visit.words.name_of(movement.asset, programme),
                    movement.why,
                    LocalTime(movement.available_from),
                    LastDay(movement.expires_at),
                )
        if page.next is None:
            return
        cursor = page.next
