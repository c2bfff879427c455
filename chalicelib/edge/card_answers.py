"""What a shopper's page shows, in one answer: every text, amount and day in the reader's language. No behaviour.

Amounts are integers in the minor unit of their asset beside the same as text; days are those of the programme's zone.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.edge.answers import ShareLinks, Statement


class CardLot(Struct, frozen=True):
    """A part of a balance that can be spent, and the last day on which it can be; null: it does not expire."""

    amount: int
    text: str
    last_day: str | None
    last_day_text: str


class CardPending(Struct, frozen=True):
    """A part of a balance that can be spent from a day on; null: once the order is delivered. `why`: a sentence."""

    amount: int
    text: str
    first_day: str | None
    why: str


class CardHold(Struct, frozen=True):
    """A part of a balance that is set apart for a checkout, until an instant at the latest."""

    hold: str
    amount: int
    text: str
    until: str
    why: str


class CardUse(Struct, frozen=True):
    """How much of a balance can be used at a checkout now (0: nothing yet), and the programme's rules as sentences; of
    an asset without a price, which can never be used, none.
    """

    amount: int
    text: str
    rules: list[str]


class CardBalance(Struct, frozen=True):
    """A balance of one asset: what can be spent by lot, what vests later and why, what is set apart.

    `text`: what can be spent, 0 where `available` is less; `owed` says then what that means, and is empty else.

    `worth`: what can be spent, at the programme's price of it; empty for a currency, and for an asset without a price.
    """

    asset: str
    name: str
    available: int
    text: str
    owed: str
    worth: str
    pending_text: str
    held_text: str
    lots: list[CardLot]
    pending: list[CardPending]
    held: list[CardHold]
    use: CardUse


class CardLevel(Struct, frozen=True):
    """The level: its name, what it rests on, its perks, and what is missing to the next; `percent` of the way there.

    `last_day`: until when one holds that the shop has given and that orders alone would not; null: no day ends it so.
    """

    name: str
    text: str
    perks: str
    next: str
    percent: int
    last_day: str | None
    last_day_text: str


class CardStamps(Struct, frozen=True):
    """A stamp card: so many stamps of its size, and how often it was full."""

    name: str
    stamps: int
    size: int
    completed: int
    text: str


class CardGoal(Struct, frozen=True):
    """A goal in its running period: what is reached of it, also in percent."""

    name: str
    reached: bool
    percent: int
    text: str


class CardBadge(Struct, frozen=True):
    """A badge, and the day since which the member has it."""

    name: str
    since: str
    since_text: str


class CardBoard(Struct, frozen=True):
    """Where the member is on a leaderboard in its running period; `place` is null beyond its places."""

    name: str
    place: int | None
    text: str


class CardQr(Struct, frozen=True):
    """A QR code as the path of its dark squares, in a square of `size` units with its margin."""

    size: int
    path: str


class CardShare(Struct, frozen=True):
    """What a member shares: its code, its link, a text with it, addresses that open e-mail or WhatsApp, a QR code."""

    code: str
    link: str
    text: str
    links: ShareLinks
    qr: CardQr


class CardReferral(Struct, frozen=True):
    """How far the member is to the next bonus; `text` says so. `terms`: what it gets for friends, and what they get."""

    needed: int
    waiting: int
    live: int
    bonuses: int
    text: str
    terms: str


class CardTerms(Struct, frozen=True):
    """Sentences of the programme in force as it is for the member, under a title; no lines where it has none."""

    title: str
    lines: list[str]


class Offers(Struct, frozen=True):
    """What a new customer would earn, for a page that nobody has signed in to; no lines while there is no programme."""

    locale: str
    programme: str
    campaigns: list[str]
    earn: CardTerms


class CardPage(Struct, frozen=True):
    """All that a shopper's page shows. What does not apply is null or an empty list, and is not shown.

    `campaigns`: a sentence for each of those that run and hold for the member. `earn`, `pay`: how it earns, and how it
    pays with what it has. `share`: null until the member has a referral code. `referral`: null where the programme has
    none. `statement`: the newest entries.
    """

    member: str
    locale: str
    programme: str
    balances: list[CardBalance]
    campaigns: list[str]
    earn: CardTerms
    pay: CardTerms
    level: CardLevel | None
    cards: list[CardStamps]
    goals: list[CardGoal]
    badges: list[CardBadge]
    weeks_in_a_row: int | None
    boards: list[CardBoard]
    vouchers: list[dict[str, str]]
    share: CardShare | None
    referral: CardReferral | None
    statement: Statement
