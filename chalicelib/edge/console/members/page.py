"""The page of a member: all that it has, its statement as a file, and its own card as the shopper sees it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import AWAITED, local_day
from chalicelib.domain.errors import no_member
from chalicelib.domain.ledger import causes
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Member, Profile
from chalicelib.domain.reports.outstanding import own_worth
from chalicelib.domain.rewards.progress.counters import ORDERS, amount_in
from chalicelib.domain.rewards.progress.view import progress_of
from chalicelib.edge import access, words
from chalicelib.edge.answers import AssetBalance, Statement, TokenAnswer
from chalicelib.edge.api import members
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.spreadsheets import LastDay, LocalTime, as_csv, number
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.store import clicks
from chalicelib.store.dynamodb import queries

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


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """All of a member: balances by lot, the statement with its whys, friends, progress, and what an owner can do."""
    member = stored(visit)
    programme, request = visit.programme(), visit.as_api()
    _, profile = queries.profile(member.member)
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
        lots=_lot_rows(member, visit.now),
        holds=list(_holds(member, visit.now)),
        statement=statement,
        authors=_authors(statement),
        profile=profile or Profile(member.member),
        progress=progress_of(member, programme, visit.now, visit.words) if programme else None,
        by_hand=_by_hand(member, programme, visit.now),
        levels=programme.levels.steps if programme and programme.levels else (),
        programme=programme,
        zone=visit.zone(),
        months=visit.words.months(),
        undone=undone_of(statement),
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
        undone=undone_of(statement),
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
    _, profile = queries.profile(member.member)
    locale = words.known(profile.locale if profile else "") or visit.words.locale
    name = (profile.display_name if profile else "") or member.member
    programme = visit.programme()
    makes_link = bool(programme and programme.referral and not member.code)
    return pages.page(visit, "card.html", member=member.member, name=name, locale=locale, makes_link=makes_link)


def token(visit: Visit) -> Reply:
    """A member's short-lived token, for the widget on the page above: it reads the member, and changes nothing."""
    member = stored(visit).member
    answer = TokenAnswer(member, access.issue_token(member, visit.now, looks_only=True), access.TOKEN_S)
    return Reply(200, answer, {**pages.HEADERS, "Content-Type": "application/json"})


def stored(visit: Visit) -> Member:
    """The member of a page's address, or the one that it was merged into. Raises NotFound."""
    name = visit.request.path["member"]
    member = queries.member(name)
    if member is None:
        raise no_member(name)
    return member


def _by_hand(member: Member, programme: Programme | None, now: int) -> LevelByHand | None:
    """The level that was set by hand, until its last day is over."""
    granted = member.granted
    if not granted or not programme or not programme.levels:
        return None
    if granted.until and granted.until < local_day(now, programme.timezone).toordinal():
        return None
    return LevelByHand(granted.level, date.fromordinal(granted.until) if granted.until else None, granted.reason)


def worth_of(amount: int, asset: str, programme: Programme | None) -> int:
    """What an amount of any asset is worth in the programme's currency, in minor units; 0 without a price."""
    return (own_worth(abs(amount), asset, programme) or 0) if programme else 0


def _authors(statement: Statement) -> dict[int, str]:
    """Who wrote the reasons of a statement, by the number of their entry."""
    written = [entry.number for entry in statement.entries if entry.origin.kind in WRITTEN]
    return queries.authors(statement.member, written) if written else {}


def undone_of(statement: Statement) -> dict[int, int]:
    """When the adjustments of a statement were taken back, in seconds, by the number of their entry."""
    adjusted = [entry.number for entry in statement.entries if entry.origin.kind == causes.ADJUSTMENT]
    return queries.undone(statement.member, adjusted) if adjusted else {}


def _worth(balance: AssetBalance, programme: Programme | None) -> int:
    """What can be spent of an asset such as points is worth, in minor units; 0 for money."""
    return 0 if money.is_money(balance.asset) else worth_of(max(balance.available, 0), balance.asset, programme)


def _lot_rows(member: Member, now: int) -> list[LotRow]:
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
    for asset, account in sorted(member.accounts.items()):
        for part in account.passed(now).account.holds:
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
