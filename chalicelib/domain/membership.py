"""A member's profile, and postings by hand."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain import ledger, money, posting
from chalicelib.domain.calendar import NEVER
from chalicelib.domain.commands import AdjustBalance, UpdateMember
from chalicelib.domain.decisions import Decision, Facts
from chalicelib.domain.errors import InsufficientBalance, InvalidInput, NotFound
from chalicelib.domain.events import MemberUpdated
from chalicelib.domain.ledger import Account, Why
from chalicelib.domain.records import Code, CodeRef, Member, MemberRef, Profile, ProfileRef, Record


class Updated(Struct, frozen=True):
    """The member whose profile was stated."""

    member: str


class Adjusted(Struct, frozen=True):
    """A manual posting: the entry's number, and what is available after it."""

    member: str
    entry: int
    asset: str
    available: int


def update_member(command: UpdateMember, facts: Facts, now: int) -> Decision:
    """Store the profile as stated, and the e-mail's hash with the member and its code."""
    facts.need(MemberRef(command.member), ProfileRef(command.member))
    before = facts.find(MemberRef(command.member), Member)
    stored = facts.find(ProfileRef(command.member), Profile)
    profile = replace(
        stored or Profile(command.member),
        email=command.email,
        display_name=command.display_name,
        locale=command.locale,
        consents=command.consents,
    )
    member = replace(before or Member(command.member), email_hash=command.email_hash)
    changes: list[Record] = [each for each, was in ((member, before), (profile, stored)) if each != was]
    code = facts.find(CodeRef(member.code), Code) if member.code else None
    if code and code.email_hash != member.email_hash:
        changes.append(replace(code, email_hash=member.email_hash))
    events = (MemberUpdated(command.member),) if changes else ()
    return Decision(tuple(changes), events, Updated(command.member))


def adjust(command: AdjustBalance, facts: Facts, now: int) -> Decision:
    """Post an amount by hand. Raises NotFound, InvalidInput for 0, InsufficientBalance for more than is available."""
    member = facts.find(MemberRef(command.member), Member)
    if member is None:
        raise NotFound(f"there is no member {command.member}")
    if not command.amount:
        raise InvalidInput("amount", "not be 0")
    available = member.accounts.get(command.asset, Account()).balance(now).available
    if command.amount < 0 and available + command.amount < 0:
        wanted, there = money.text(-command.amount, command.asset), money.text(available, command.asset)
        raise InsufficientBalance(f"amount must not take more than is available: {wanted} asked, {there} there")
    why = Why("adjustment", note=command.reason)
    movement = ledger.transfer(ledger.ADJUSTMENT, member.member, command.amount, command.asset, (NEVER, NEVER), why)
    version = facts.history.at(now)
    member, entry = posting.book(member, [movement], now, "adjustment", version.number if version else 0)
    after = member.accounts[command.asset].balance(now).available
    answer = Adjusted(member.member, entry.number, command.asset, after)
    return Decision((entry, member), tuple(posting.rewards(member.member, [movement], entry.cause)), answer)
