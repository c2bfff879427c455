"""Handlers of members: profile, balances, statement, code, token, adjustments, merge."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain.commands import AdjustBalance, IssueCode, MergeMembers, UpdateMember
from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import AWAITED, NO_EXPIRY, VESTED_ALREADY, iso, local_day
from chalicelib.domain.core.identity import member_id, new_code, normalised_email
from chalicelib.domain.core.phrases import Wording, written
from chalicelib.domain.errors import InvalidInput, no_member
from chalicelib.domain.ledger.accounts import Account
from chalicelib.domain.ledger.transfers import Posting
from chalicelib.domain.members import statements
from chalicelib.domain.members.adjustments import Adjusted
from chalicelib.domain.members.merging import Merged
from chalicelib.domain.members.profile import MAX_CONSENTS, Updated
from chalicelib.domain.programme import assets
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import OF_REFERRALS, RESERVED
from chalicelib.domain.records import Entry, Member, Profile
from chalicelib.edge import cursors, process, security_log
from chalicelib.edge.answers import (
    AssetBalance,
    CodeAnswer,
    EntryAnswer,
    Expiry,
    LineShare,
    MemberAnswer,
    Movement,
    ProfileAnswer,
    Progress,
    ReasonSum,
    Statement,
    TokenAnswer,
)
from chalicelib.edge.api import links
from chalicelib.edge.idempotency import once
from chalicelib.edge.member_ids import new_member
from chalicelib.edge.messages import MEMBER, Request
from chalicelib.edge.request_checks import MAX_AMOUNT, SALT_BYTES, check_asset, check_reason, check_text
from chalicelib.edge.words import requested
from chalicelib.store.dynamodb import queries

STATEMENT = "statement"
"""A member's entries, as their cursors name them before the member."""

LEAP_YEAR = 2000
"""A year that has every day."""

_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*")
_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
"""The characters of an e-mail that is safe in a mail's header."""


class PutMember(Struct, frozen=True, forbid_unknown_fields=True):
    """Fields of a member's profile, one at least: what is left out stays as it is, null erases.

    `birthday` is a month and a day, without a year: `04-23`.

    `consents` are merged by name; a name that is null is erased, null for all of them erases all.
    """

    email: Annotated[str, Meta(max_length=254)] | UnsetType | None = UNSET
    display_name: Annotated[str, Meta(max_length=100)] | UnsetType | None = UNSET
    locale: Annotated[str, Meta(max_length=35)] | UnsetType | None = UNSET
    birthday: Annotated[str, Meta(max_length=35)] | UnsetType | None = UNSET
    consents: dict[str, bool | None] | UnsetType | None = UNSET


class PostMerge(Struct, frozen=True, forbid_unknown_fields=True, rename={"merged": "from"}):
    """The member that is the same person: its balances, code and referral become this member's."""

    merged: Annotated[str, Meta(max_length=100)]


class PostAdjustment(Struct, frozen=True, forbid_unknown_fields=True):
    """A signed `amount` in minor units of `asset` (`EUR/2`, `points`), and the reason that the statement will show."""

    asset: str
    amount: int
    reason: Annotated[str, Meta(max_length=200)]


def put(request: Request, body: PutMember) -> Updated:
    """State fields of a member's profile; a new member is made. What is left out stays as it is, null erases."""
    name = new_member(request.path["member"], request.now)
    if all(getattr(body, field) is UNSET for field in body.__struct_fields__):
        raise InvalidInput(
            "",
            "the body must state one of %(fields)s at least; null erases a field, what is left out stays as it is",
            fields=tuple(body.__struct_fields__),
        )
    if body.email:
        _check_email(body.email)
    for field in ("display_name", "locale"):
        check_text(field, getattr(body, field) or None)
    if body.locale and not _LOCALE.fullmatch(body.locale):
        raise InvalidInput("locale", "must be a language such as fr or fr-CA", body.locale)
    if body.birthday:
        _check_birthday(body.birthday)
    if body.consents:
        _check_consents(body.consents)
    email_hash = process.secrets().identities("", request.now).email_hash(body.email) if body.email else ""
    command = UpdateMember(name, body.email, email_hash, body.display_name, body.locale, body.consents, body.birthday)
    return Updated(**once(request, command))


def profile(request: Request) -> ProfileAnswer:
    """A member's personal data as they are stored: e-mail, display name, locale, consents."""
    name = _member(request)
    member, stored = queries.profile(name)
    if member is None and stored is None:
        raise no_member(name)
    shown = stored or Profile(name)
    return ProfileAnswer(name, shown.email, shown.display_name, shown.locale, shown.birthday, shown.consents)


def show(request: Request) -> MemberAnswer:
    """A member's balances per asset, code, link and referral progress."""
    return answer(request, _stored(request))


def answer(request: Request, member: Member) -> MemberAnswer:
    """A member as the API shows it."""
    programme = process.engine().programme(request.now)
    rule = programme.referral if programme else None
    return MemberAnswer(
        member=member.member,
        balances=[
            _asset_balance(asset, member.accounts.get(asset, Account()), programme, request.now)
            for asset in assets_of(member, programme)
        ],
        code=member.code,
        link=links.of(request, member.code) if member.code else "",
        referral=Progress(rule.friends if rule else 0, len(member.open), member.live, member.bonuses),
        referred=bool(member.referrer),
    )


def statement(request: Request) -> Statement:
    """A member's entries, newest first, each with its why. Query: `limit` (1 to 100), `cursor`, `locale`."""
    return statement_of(request, _stored(request).member)


def statement_of(request: Request, name: str) -> Statement:
    """The entries of a member by its own name, also where it was merged into another one since."""
    limit = cursors.limit(request)
    entries = queries.entries(name, limit, cursors.number(request, STATEMENT, name))
    reader = Reader(
        requested.wording(request), process.engine().programme(request.now), request.caller.role == MEMBER, request.now
    )
    return statement_page(name, entries, limit, queries.notes(entries), reader)


class Reader(NamedTuple):
    """Who reads a statement: in which language, under which programme, whether it is the member itself, and when."""

    wording: Wording
    programme: Programme | None
    is_member: bool
    now: int

    def names_of(self, entry: Entry, posting: Posting) -> Programme | None:
        """The programme by whose names the reason of a posting is told: that in force, or for a part that was taken out
        since, the one that had it.
        """
        current, rule, level = self.programme, posting.why.rule, posting.why.factor.partition(" ")[2]
        own = () if rule in RESERVED or rule.startswith(OF_REFERRALS) else (rule,)
        if current is None or not entry.terms or {*own, *filter(None, (level,))} <= current.part_ids:
            return current
        return process.engine().of_history(lambda history: history.numbered(entry.terms).programme, self.now)


def statement_page(
    member: str, entries: list[Entry], limit: int, notes: Mapping[int, str], reader: Reader
) -> Statement:
    """A page of a member's entries, of which at most `limit` were asked for, with the reasons that people wrote."""
    has_more = len(entries) == limit and entries[-1].number > 1
    return Statement(
        member=member,
        entries=[_entry(entry, reader, notes.get(entry.number, "")) for entry in entries],
        next=cursors.after(entries[-1].number, STATEMENT, member) if has_more else None,
    )


def issue_code(request: Request) -> CodeAnswer:
    """Give the member a referral code, or show the one there is: code, link, share links, QR."""
    issued = once(request, IssueCode(new_member(request.path["member"], request.now), new_code(secrets.token_bytes(8))))
    return links.answer(request, issued["member"], issued["code"], process.engine().programme(request.now))


def token(request: Request) -> TokenAnswer:
    """A short-lived token with which the member's own pages read the member.

    Writes nothing, so it needs no Idempotency-Key: each call makes a new token.
    """
    from chalicelib.edge import access

    member = new_member(request.path["member"], request.now)
    return TokenAnswer(member, access.issue_token(member, request.now), access.TOKEN_S)


def most_adjusted(now: int) -> int:
    """The most that one adjustment by hand moves, in minor units of its asset. Raises Unavailable."""
    return min(MAX_AMOUNT, process.secrets().max_adjustment(now))


def adjust(request: Request, body: PostAdjustment) -> Adjusted:
    """Post an amount by hand, with a reason. Needs an Idempotency-Key: a repeated posting would be a second one."""
    check_asset(body.asset)
    ceiling = most_adjusted(request.now)
    if not 0 < abs(body.amount) <= ceiling:
        raise InvalidInput(
            "amount",
            "must be between 1 and %(ceiling)s, or between -%(ceiling)s and -1, in minor units (the parameter "
            "max-adjustment is the ceiling)",
            body.amount,
            ceiling=ceiling,
        )
    check_reason(body.reason, in_statement=True)
    salt = secrets.token_urlsafe(SALT_BYTES)
    by = security_log.caller(request)
    command = AdjustBalance(_member(request), body.asset, body.amount, body.reason.strip(), salt, by)
    return Adjusted(**once(request, command))


def merge(request: Request, body: PostMerge) -> Merged:
    """Merge another member into this one, for good; later orders of either are this one's.

    Needs an Idempotency-Key, as all that moves money; a repetition with another one changes nothing.
    """
    return Merged(**once(request, MergeMembers(_member(request), member_id(body.merged, "from"))))


def _check_email(email: str) -> None:
    if not (normalised_email(email) and _ADDRESS.fullmatch(email)):
        raise InvalidInput("email", "must be an e-mail address", email)


def _check_birthday(birthday: str) -> None:
    try:
        is_day = bool(_DAY.fullmatch(birthday)) and bool(date.fromisoformat(f"{LEAP_YEAR}-{birthday}"))
    except ValueError:
        is_day = False
    if not is_day:
        raise InvalidInput("birthday", "must be a month and a day such as 04-23, without a year", birthday)


def _check_consents(consents: dict[str, bool | None]) -> None:
    if len(consents) > MAX_CONSENTS or any(len(name) > 50 for name in consents):
        raise InvalidInput("consents", "must be at most %(most)s names of at most 50 characters", most=MAX_CONSENTS)
    for name in consents:
        check_text("every name of consents", name)


def _member(request: Request) -> str:
    return member_id(request.path["member"])


def _stored(request: Request) -> Member:
    name = _member(request)
    member = queries.member(name)
    if member is None:
        raise no_member(name)
    return member


def assets_of(member: Member, programme: Programme | None) -> list[str]:
    """The assets that a member is shown: the programme's currency and its own first, even when it has none of them."""
    own = programme.assets.items() if programme else ()
    first = [money.asset_of(programme.currency)] if programme else []
    return list(dict.fromkeys([*first, *(asset.ledger_name(name) for name, asset in own), *sorted(member.accounts)]))


def _asset_balance(asset: str, account: Account, programme: Programme | None, now: int) -> AssetBalance:
    balance = account.balance(now)
    # Pending lots too, without what holds reserve.
    ending = account.passed(now).account.ending(now, AWAITED - 1)
    at = min(ending, default=None)
    shown = assets.asset_in(programme, asset) if programme else None
    return AssetBalance(
        asset=asset,
        available=balance.available,
        pending=balance.pending,
        held=balance.held,
        text=money.text(balance.available, asset),
        next_expiry=None if at is None else Expiry(ending[at], money.text(ending[at], asset), iso(at)),
        name=shown.name if shown else {},
        worth=_worth(asset, balance.available, programme) if programme and shown else None,
    )


def _worth(asset: str, amount: int, programme: Programme) -> str | None:
    """What an amount is worth in the programme's currency, as text; a debt is worth nothing."""
    worth = assets.worth_in(max(amount, 0), asset, programme.currency, programme)
    return None if worth is None else money.text(worth, money.asset_of(programme.currency))


def _entry(entry: Entry, reader: Reader, note: str) -> EntryAnswer:
    """An entry as the API shows it. `note`: what a person wrote as its reason."""
    movements = [_movement(posting, entry, reader, note) for posting in entry.postings]
    return EntryAnswer(
        number=entry.number,
        at=iso(entry.at),
        day=reader.wording.day(local_day(entry.at, reader.programme.timezone if reader.programme else "UTC")),
        cause=entry.cause,
        movements=movements,
        sums=[_sum(places, movements, entry, reader) for places in _same_reason(entry.postings)],
    )


def _same_reason(postings: Sequence[Posting]) -> Iterable[list[int]]:
    """The places of an entry's postings, those together that move an asset the same way for the same reason."""
    places: dict[object, list[int]] = {}
    for place, posting in enumerate(postings):
        places.setdefault((posting.source, posting.destination, posting.asset, posting.why), []).append(place)
    return places.values()


def _sum(places: list[int], movements: list[Movement], entry: Entry, reader: Reader) -> ReasonSum:
    """Some movements of an entry as one; of what can be spent from now on the text says how much that is."""
    first, amount = movements[places[0]], sum(movements[place].amount for place in places)
    shown = amount or sum(entry.postings[place].amount for place in places)
    text = reader.wording.amount(shown, first.asset, reader.programme)
    return ReasonSum(first.asset, amount, text, first.why, places[0])


def _movement(posting: Posting, entry: Entry, reader: Reader, note: str) -> Movement:
    amount = posting.signed(entry.member)
    names = reader.names_of(entry, posting)
    why = written(statements.reason(posting, entry, note), reader.wording, names)
    return Movement(
        asset=posting.asset,
        amount=amount,
        text=reader.wording.amount(amount or posting.amount, posting.asset, reader.programme),
        why=why,
        rule=posting.why.rule,
        programme=entry.terms,
        base=posting.why.base,
        rate=posting.why.rate,
        limit=posting.why.limit,
        lines=[LineShare(*share) for share in posting.why.lines],
        friends=[] if reader.is_member else list(posting.why.parties),
        available_from=None if posting.vests_at == VESTED_ALREADY else iso(posting.vests_at),
        expires_at=None if posting.expires_at == NO_EXPIRY else iso(posting.expires_at),
    )
