"""Handler of the card: all that a shopper's page shows of a member, in one request and in the reader's language.

One Query and one BatchGetItem, and another for the person of a second account while a campaign asks who that is; what
leaderboards say is at most a minute old. Imports the members' handlers, views and words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import groupby

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import AWAITED, iso, local_day
from chalicelib.domain.core.identity import member_id
from chalicelib.domain.core.phrases import Amount, CalendarDay, Phrase, Plural, Value, Wording, written
from chalicelib.domain.ledger.accounts import Account, Lot
from chalicelib.domain.programme import assets
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Entry, Member, Profile
from chalicelib.domain.rewards.offers import referring, spending
from chalicelib.domain.rewards.progress.levels import level_of
from chalicelib.domain.rewards.progress.view import LevelView, ProgressView, progress_of
from chalicelib.edge import process, words
from chalicelib.edge.api import links, members
from chalicelib.edge.card_answers import (
    CardBadge,
    CardBalance,
    CardBoard,
    CardGoal,
    CardHold,
    CardLevel,
    CardLot,
    CardPage,
    CardPending,
    CardQr,
    CardReferral,
    CardShare,
    CardStamps,
    CardUse,
    Offers,
)
from chalicelib.edge.card_terms import terms_of
from chalicelib.edge.messages import MEMBER, Request
from chalicelib.edge.words import Words, last_day, requested
from chalicelib.store.dynamodb import queries

ZONE = "UTC"
"""The zone of days while no programme is in force."""

NEWEST = 5
"""So many entries of the statement come with a card; the statement's own pages have those before."""

NOBODY = "guest.new"
"""Who has not signed in, where a member is asked for: one that nothing is known of."""

QR_MARGIN = 4
"""Light squares around a QR code, which readers need."""


class CardWriter:
    """Writes the texts of a card: all in one language, by one programme (None: there is none yet), at one instant."""

    def __init__(self, wording: Words, programme: Programme | None, now: int) -> None:
        self.wording, self.programme, self.now = wording, programme, now
        self.zone = programme.timezone if programme else ZONE

    def text(self, phrase: Value) -> str:
        """A phrase in the language."""
        return written(phrase, self.wording, self.programme)

    def amount(self, minor: int, asset: str) -> str:
        """An amount in the language."""
        return self.wording.amount(minor, asset, self.programme)


def show(request: Request) -> CardPage:
    """All that a shopper's page shows of a member.

    Balances by lot with their last days, what is pending and why, what is held, how the member earns and pays and which
    campaigns run for it, stamp cards, level, goals, badges, code, link, QR, referrals, and the newest entries.

    Texts, amounts and days are in the language of `locale`, else of Accept-Language, else of the member's profile. A
    customer who has not bought yet has an empty card.
    """
    member, profile, entries, notes = _read(member_id(request.path["member"]))
    programme = process.engine().programme(request.now)
    locale = requested.language(request) or (profile.locale if profile else "")
    writer = CardWriter(words.of(locale), programme, request.now)
    progress = progress_of(member, programme, request.now, writer.wording) if programme else None
    level = progress.level.level if progress and progress.level else ""
    terms = terms_of(member, level, programme, request.now, writer.wording)
    reader = members.Reader(writer.wording, programme, request.caller.role == MEMBER, request.now)
    return CardPage(
        member=member.member,
        locale=writer.wording.locale,
        programme=programme.name if programme else "",
        balances=[_balance(asset, member, writer) for asset in members.assets_of(member, programme)],
        campaigns=terms.campaigns,
        earn=terms.earn,
        pay=terms.pay,
        level=_level(progress.level, _last_day(member, writer), writer) if progress and progress.level else None,
        cards=list(_stamps(progress, writer.wording)),
        goals=list(_goals(progress, writer.wording)),
        badges=list(_badges(progress, writer)),
        weeks_in_a_row=progress.weeks_in_a_row if progress else None,
        boards=list(_boards(member, writer)),
        vouchers=[],
        share=_share(member.code, request, writer) if member.code else None,
        referral=_referral(member, writer) if programme and programme.referral else None,
        statement=members.statement_page(member.member, entries, NEWEST, notes, reader),
    )


def offers(request: Request) -> Offers:
    """How a new customer earns, and the campaigns that would hold for the first order; for pages without a member.

    Reads nothing of any member. Texts are in the language of `locale`, else of Accept-Language.
    """
    programme, wording = process.engine().programme(request.now), words.of(requested.language(request))
    level = programme.levels.steps[0].id if programme and programme.levels else ""
    terms = terms_of(Member(NOBODY), level, programme, request.now, wording)
    return Offers(wording.locale, programme.name if programme else "", terms.campaigns, terms.earn)


def _read(name: str) -> tuple[Member, Profile | None, list[Entry], dict[int, str]]:
    """A member (an empty one where there is none), its profile, its newest entries and their written reasons."""
    entries = queries.entries(name, NEWEST)
    member, profile, notes = queries.shown_member(name, entries)
    if member and member.alias:
        return _read(member.alias)
    return member or Member(name), profile, entries, notes


def _balance(asset: str, member: Member, writer: CardWriter) -> CardBalance:
    account = member.accounts.get(asset, Account())
    balance, programme = account.balance(writer.now), writer.programme
    lots = account.lots_at(writer.now)
    worth = assets.worth_in(max(balance.available, 0), asset, programme.currency, programme) if programme else None
    in_money = "" if worth is None or programme is None else writer.amount(worth, money.asset_of(programme.currency))
    return CardBalance(
        asset=asset,
        name=writer.wording.name_of(asset, programme),
        available=balance.available,
        text=writer.amount(max(balance.available, 0), asset),
        owed=_owed(-balance.available, asset, writer) if balance.available < 0 else "",
        worth=in_money,
        pending_text=writer.amount(balance.pending, asset),
        held_text=writer.amount(balance.held, asset),
        lots=[_lot(lot, asset, writer) for lot in lots if lot.vests_at <= writer.now],
        pending=[_pending(lot, asset, writer) for lot in lots if lot.vests_at > writer.now],
        held=list(_held(account, asset, writer)),
        use=_use(balance.available, asset, writer),
    )


def _owed(amount: int, asset: str, writer: CardWriter) -> str:
    """What was spent before it was taken back, in a sentence."""
    return writer.text(
        Phrase("You owe %(amount)s: your next rewards pay that first.", {"amount": Amount(amount, asset)})
    )


def _lot(lot: Lot, asset: str, writer: CardWriter) -> CardLot:
    text = writer.amount(lot.amount, asset)
    if not lot.expires_at or lot.expires_at > AWAITED:
        return CardLot(lot.amount, text, None, writer.wording.gettext("does not expire"))
    day = last_day(lot.expires_at, writer.zone)
    return CardLot(lot.amount, text, day.isoformat(), writer.text(Phrase("until %(day)s", {"day": CalendarDay(day)})))


def _pending(lot: Lot, asset: str, writer: CardWriter) -> CardPending:
    text = writer.amount(lot.amount, asset)
    if lot.vests_at >= AWAITED:
        return CardPending(lot.amount, text, None, writer.wording.gettext("once your order is delivered"))
    day = local_day(lot.vests_at, writer.zone)
    why = writer.text(Phrase("from %(day)s, when the waiting time is over", {"day": CalendarDay(day)}))
    return CardPending(lot.amount, text, day.isoformat(), why)


def _held(account: Account, asset: str, writer: CardWriter) -> Iterator[CardHold]:
    for part in account.passed(writer.now).account.holds:
        until = writer.wording.moment(part.until, writer.zone)
        why = writer.text(Phrase("set apart for a purchase, until %(instant)s at the latest", {"instant": until}))
        yield CardHold(part.hold, part.amount, writer.amount(part.amount, asset), iso(part.until), why)


def _use(available: int, asset: str, writer: CardWriter) -> CardUse:
    """How much can be used by the programme's rules of spending, as far as they do not depend on an order; what pays in
    none of its currencies can never be, and has no rules.
    """
    programme = writer.programme
    paying = _paying(max(available, 0), asset, programme) if programme else None
    if programme is None or paying is None:
        return CardUse(0, writer.amount(0, asset), [])
    currency, pays = paying
    least = programme.sum_in(programme.spending.minimum, currency) or 0
    usable = available if available > 0 and pays >= max(least, 1) else 0
    rules = [writer.text(phrase) for phrase in spending(programme, currency)]
    return CardUse(usable, writer.amount(usable, asset), rules)


def _paying(amount: int, asset: str, programme: Programme) -> tuple[str, int] | None:
    """The first of the programme's currencies in which an asset pays, and how much an amount of it does; None where it
    has no price in any.
    """
    if money.is_money(asset):
        return money.currency_of(asset), amount
    worths = ((name, assets.worth_in(amount, asset, name, programme)) for name in programme.all_currencies)
    return next(((currency, worth) for currency, worth in worths if worth is not None), None)


def _level(level: LevelView, ends: date | None, writer: CardWriter) -> CardLevel:
    """A level, which `ends` after a day where the shop has given it."""
    following, wording = level.next, writer.wording
    percent = min(100 * level.score // following.threshold, 100) if following and following.threshold else 100
    name = wording.name(level.name, level.level)
    until = Phrase("The shop has given you this level until %(day)s.", {"day": CalendarDay(ends)}) if ends else ""
    return CardLevel(
        name,
        level.text,
        wording.name(level.perks),
        following.text if following else "",
        max(percent, 0),
        ends.isoformat() if ends else None,
        writer.text(until),
    )


def _last_day(member: Member, writer: CardWriter) -> date | None:
    """The last day of a level that was set by hand, while it is above the one that orders give."""
    granted, programme = member.granted, writer.programme
    if granted is None or not granted.until or programme is None:
        return None
    today = local_day(writer.now, programme.timezone)
    earned = level_of(replace(member, granted=None), programme, today)
    return None if level_of(member, programme, today) == earned else date.fromordinal(granted.until)


def _stamps(progress: ProgressView | None, wording: Wording) -> Iterator[CardStamps]:
    for card in progress.cards if progress else ():
        name = wording.name(card.name, card.card)
        yield CardStamps(name, max(card.stamps, 0), card.size, card.completed, card.text)


def _goals(progress: ProgressView | None, wording: Wording) -> Iterator[CardGoal]:
    for goal in progress.goals if progress else ():
        percent = 100 if goal.reached else min(max(100 * goal.value // max(goal.target, 1), 0), 99)
        yield CardGoal(wording.name(goal.name or goal.badge, goal.goal), goal.reached, percent, goal.text)


def _badges(progress: ProgressView | None, writer: CardWriter) -> Iterator[CardBadge]:
    for badge in progress.badges if progress else ():
        since = Phrase("since %(day)s", {"day": CalendarDay(date.fromisoformat(badge.since))})
        yield CardBadge(writer.wording.name(badge.name, badge.goal), badge.since, writer.text(since))


def _boards(member: Member, writer: CardWriter) -> Iterator[CardBoard]:
    """The leaderboards that the member is on; of a programme without any nothing is read."""
    if writer.programme is None or not writer.programme.boards:
        return
    from chalicelib.edge.api import boards

    for board in boards.of_member(member, writer.programme, writer.now, writer.wording):
        if board.score:
            yield CardBoard(writer.wording.name(board.name, board.board), board.place, board.text)


def _share(code: str, request: Request, writer: CardWriter) -> CardShare:
    link = links.of(request, code)
    text, addresses = links.shared(link, writer.programme, writer.wording)
    return CardShare(code, link, text, addresses, qr_of(link))


@lru_cache(512)
def qr_of(link: str) -> CardQr:
    """A link's QR code as runs of dark squares."""
    import segno

    # One mask instead of the best of eight, whose search took more than all the rest of the card; scanners read any.
    code = segno.make(link, error="m", mask=0)
    runs = []
    for row, squares in enumerate(code.matrix_iter(border=QR_MARGIN)):
        column = 0
        for is_dark, run in groupby(squares):
            length = len(list(run))
            runs += [f"M{column} {row}h{length}v1h-{length}z"] if is_dark else []
            column += length
    return CardQr(int(code.symbol_size(border=QR_MARGIN)[0]), "".join(runs))


def _referral(member: Member, writer: CardWriter) -> CardReferral:
    rule = writer.programme.referral if writer.programme else None
    needed, waiting = rule.friends if rule else 0, len(member.open)
    is_full = rule is not None and rule.is_full(member.bonuses)
    missing = max(needed - waiting, 0)
    text = " ".join(writer.text(phrase) for phrase in _bonuses(missing, member.bonuses, is_full=is_full))
    terms = referring(writer.programme, member.bonuses) if writer.programme else ()
    sentences = " ".join(writer.text(phrase) for phrase in terms)
    return CardReferral(needed, waiting, member.live, member.bonuses, text, sentences)


def _bonuses(missing: int, had: int, *, is_full: bool) -> Iterator[Phrase]:
    """How many friends the next bonus still takes, and how many there were; `is_full`: there is no next one."""
    if not is_full:
        friends = Plural("%(number)s more friend has to buy", "%(number)s more friends have to buy", missing)
        yield Phrase("%(friends)s for your next bonus.", {"friends": friends})
    if had:
        bonuses = Plural("%(number)s bonus so far", "%(number)s bonuses so far", had)
        yield Phrase("You have reached %(bonuses)s.", {"bonuses": bonuses})
    if is_full:
        yield Phrase("You get no further ones.")
