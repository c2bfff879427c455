"""decide(command, facts, now) -> Decision: the whole behaviour of the system, as one pure function.

Deciders are named by text, and imported with their first command: a process that hears orders loads no others.
Raises a Rejection (`domain/errors.py`) when the command is refused, or Missing when facts must be read first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import msgspec
from msgspec.structs import replace

from chalicelib.domain import commands
from chalicelib.domain.commands import Command, Idempotency
from chalicelib.domain.errors import IdempotencyMismatch, Rejection
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.records import Answer, AnswerRef, Member, MemberRef, Missing, Ref

Decider = Callable[[Any, Facts, int], Decision]

DECIDERS: Mapping[type[Command], str] = {
    commands.RecordOrder: "orders.recording:record_order",
    commands.SettleReferrals: "rewards.referral.settlement:settle",
    commands.UpdateMember: "members.profile:update_member",
    commands.AnchorMember: "members.profile:anchor",
    commands.EraseMember: "members.erasure:erase",
    commands.IssueCode: "rewards.referral.claims:issue_code",
    commands.ClaimReferral: "rewards.referral.claims:claim",
    commands.AdjustBalance: "members.adjustments:adjust",
    commands.SetLevel: "rewards.progress.granting:set_level",
    commands.UpdateLevel: "rewards.progress.granting:update_level",
    commands.PlaceHold: "members.holds:place",
    commands.CaptureHold: "members.holds:capture",
    commands.ReleaseHold: "members.holds:release",
    commands.Redeem: "members.holds:redeem",
    commands.UndoEntry: "members.reversals:undo",
    commands.RecordActivity: "rewards.activity_recording:record",
    commands.WithdrawActivity: "rewards.activity_recording:withdraw",
    commands.WriteDown: "members.write_down:write_down",
    commands.ReviewBonus: "rewards.referral.settlement:review",
    commands.MergeMembers: "members.merging:merge",
    commands.CutBoards: "rewards.progress.prizes:cut",
    commands.SettleBoard: "rewards.progress.prizes:settle",
    commands.AwardPrize: "rewards.progress.prizes:award",
    commands.PublishProgramme: "programme.publication:publish",
    commands.PublishCuts: "rewards.progress.cuts:publish",
}
"""The module and the function that decide a command."""

OF_A_MEMBER = (
    commands.IssueCode,
    commands.AdjustBalance,
    commands.SetLevel,
    commands.UpdateLevel,
    commands.PlaceHold,
    commands.CaptureHold,
    commands.ReleaseHold,
    commands.Redeem,
    commands.RecordActivity,
    commands.WithdrawActivity,
    commands.WriteDown,
)
"""Commands about one member's balance, activities or code, which another member has once it was merged."""


def decide(command: Command, facts: Facts, now: int, idempotency: Idempotency | None = None) -> Decision:
    """What a command does, given the facts, at the instant `now` (seconds).

    With an Idempotency-Key the answer is stored with the effect; the same request later gets the stored answer.
    """
    decider = _decider_of(type(command))
    if isinstance(command, OF_A_MEMBER):
        command = _readdressed(command, facts)
    decision = decider(command, facts, now) if idempotency is None else _once(decider, command, facts, now, idempotency)
    version = facts.history.at(now)
    if version and version.programme.boards:
        from chalicelib.domain.rewards.progress.boards import with_standings

        return with_standings(decision, facts, version.programme, now)
    # What a member's record says of an earlier change of its scores on leaderboards goes with them.
    changes = (replace(record, standings=()) if isinstance(record, Member) else record for record in decision.changes)
    return replace(decision, changes=tuple(changes))


def _once(decider: Decider, command: Command, facts: Facts, now: int, idempotency: Idempotency) -> Decision:
    """The decision on a command with an Idempotency-Key, with its answer to be remembered; or the remembered answer."""
    ref = AnswerRef(idempotency.caller, idempotency.key)
    if ref not in facts.records:
        raise Missing({ref} | _needed(decider, command, facts, now))
    given = facts.find(ref, Answer)
    if given is None:
        decision = decider(command, facts, now)
        return replace(decision, changes=(*decision.changes, _remember(idempotency, decision.answer)))
    if given.request != idempotency.request:
        raise IdempotencyMismatch("Idempotency-Key was used before with another request; use a new key")
    return Decision(answer=msgspec.json.decode(given.body))


def _needed(decider: Decider, command: Command, facts: Facts, now: int) -> set[Ref]:
    """What a decider reads first, to be read together with the answer of its key; what it decides is not looked at."""
    try:
        decider(command, facts, now)
    except Missing as missing:
        return missing.refs
    except Rejection:
        pass
    return set()


@cache
def _decider_of(kind: type[Command]) -> Decider:
    """The function that decides commands of a kind."""
    module, _, name = DECIDERS[kind].partition(":")
    decider: Decider = getattr(import_module(f"chalicelib.domain.{module}"), name)
    return decider


def _readdressed(command: Any, facts: Facts) -> Any:
    """The command OF_A_MEMBER for the member that its member was merged into; known once that has been read, as all of
    them do.
    """
    while (member := facts.seen(MemberRef(command.member), Member)) and member.alias:
        command = replace(command, member=member.alias)
    return command


def _remember(idempotency: Idempotency, answer: object) -> Answer:
    body = msgspec.json.encode(answer).decode()
    return Answer(idempotency.caller, idempotency.key, idempotency.request, body)
