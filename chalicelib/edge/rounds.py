"""The daily round: posts vesting and expiry to members' books, announces what expires soon, states birthdays and
anniversaries, settles referrals that the stream has lost, audits every record, and looks after leaderboards
(`board_rounds.py`).

The schedule calls every hour; a round begins with the shop's local day and continues, page by page, until the table's
end. The next call resumes an interrupted round at its last page: its steps are idempotent, but an announcement can be
published twice. Nothing depends on a round: balances are computed from the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import UpdateLevel, WriteDown
from chalicelib.domain.core.calendar import local_day, start_of_day
from chalicelib.domain.errors import Busy, Conflict, Unavailable
from chalicelib.domain.events import BalanceExpiresSoon, BooksDiffer, RoundEnded
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import (
    Activity,
    BoardPeriod,
    Conversion,
    Entry,
    Group,
    Member,
    MemberRef,
    Order,
    Profile,
)
from chalicelib.domain.rewards import occasions
from chalicelib.domain.rewards.progress.levels import level_of
from chalicelib.edge import personal_data, process, stream, telemetry
from chalicelib.edge.board_rounds import BoardRound
from chalicelib.store import keys, rounds
from chalicelib.store.rounds import Overtaken, Round

SPARE_S = 60.0
"""Seconds that must remain for another page, which takes a few of them."""

REREADS = 3
"""How often findings about a member are checked on newly read records: one written while it is read looks wrong."""


def run(now: int, seconds_left: Callable[[], float]) -> Round:
    """Begin or continue the day's round within `seconds_left`; returns its progress."""
    personal_data.finish_open(now, lambda: seconds_left() - SPARE_S)
    version = process.engine().history(now).at(now)
    stored = rounds.current()
    if version is None:
        return stored
    day = local_day(now, version.programme.timezone).isoformat()
    if stored.done and stored.day == day:
        return stored
    if stored.done:
        stored = Round(day, now, before_at=stored.began_at or now, done=False, version=stored.version)
    try:
        return _continue(stored, version.programme, now, seconds_left)
    except Overtaken:
        return stored


def _continue(stored: Round, programme: Programme, now: int, seconds_left: Callable[[], float]) -> Round:
    boards = BoardRound(stored, now, _publish_findings)
    for partitions, place in rounds.pages(stored.place):
        progress = stored
        for records in partitions:
            progress = _process_partition(progress, records, programme, now, boards)
        if place is None:
            boards.finish(progress)
        stored = rounds.save(replace(progress, place=place, done=place is None))
        if stored.done:
            telemetry.event(RoundEnded(stored.day, stored.members, stored.written_down, stored.findings))
        if seconds_left() < SPARE_S:
            break
    return stored


def _process_partition(
    progress: Round, records: list[Any], programme: Programme, now: int, boards: BoardRound
) -> Round:
    """The progress after one more partition; an unexpected error counts as a finding."""
    try:
        return boards.look(_process_records(progress, records, programme, now), records)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one bad record must not keep the others from their round
        telemetry.failure("round", error)
        unreadable = record_checks.Finding(
            "unreadable", _partition_name(records), 0, f"it cannot be read: {type(error).__name__}"
        )
        return replace(progress, findings=progress.findings + _publish_findings([unreadable]))


def _partition_name(records: list[Any]) -> str:
    """A name of a partition for the log, from its first record."""
    first = records[0]
    return str(getattr(first, "ref", "") or getattr(first, "member", "") or type(first).__name__)


def _process_records(progress: Round, records: list[Any], programme: Programme, now: int) -> Round:
    findings = sum(_audit_order(record, now) for record in records if isinstance(record, Order))
    findings += sum(_audit_board(record, now) for record in records if isinstance(record, BoardPeriod))
    findings += sum(_audit_activity(record, now) for record in records if isinstance(record, Activity))
    settled, unsettled = _settle_overdue(records, now)
    findings += unsettled
    progress = replace(progress, settled=progress.settled + settled)
    member = next((record for record in records if isinstance(record, Member)), None)
    if member is None:
        return replace(progress, findings=progress.findings + findings)
    _announce(member, programme, progress, now)
    findings += _audit_member(member, records)
    written = _write_down(member, now)
    _state_occasions(member, records, programme, now)
    _update_level(member, programme, now)
    return replace(
        progress,
        members=progress.members + 1,
        written_down=progress.written_down + written,
        findings=progress.findings + findings,
    )


def _announce(member: Member, programme: Programme, progress: Round, now: int) -> None:
    """Publish BalanceExpiresSoon for lots that came within the programme's `remind_days` since the last round."""
    horizon, zone = programme.remind_days + 1, programme.timezone
    first = progress.before_at == progress.began_at
    after = now if first else start_of_day(progress.before_at, horizon, zone)
    until = start_of_day(progress.began_at, horizon, zone)
    for asset, account in sorted(member.accounts.items()):
        for ends_at, amount in sorted(account.passed(now).account.ending(max(after, now), until).items()):
            telemetry.event(BalanceExpiresSoon(member.member, amount, asset, ends_at))


def _write_down(member: Member, now: int) -> bool:
    """Whether vesting or expiry since the last entry was posted to the member's books now."""
    settled = (account.passed(now) for account in member.accounts.values())
    if not any(account.vested or account.expired for account in settled):
        return False
    try:
        return bool(process.engine().execute(WriteDown(member.member), now)["changed"])
    except Busy:
        return False  # the concurrent command on this member posts it too


def _state_occasions(member: Member, records: list[Any], programme: Programme, now: int) -> None:
    """State the member's birthday and anniversaries of the last days, where rules give something for them."""
    profile = next((record for record in records if isinstance(record, Profile)), None)
    known = {record.ref for record in records if isinstance(record, Activity)}
    for command in occasions.due(member, profile, known, programme, local_day(now, programme.timezone)):
        with suppress(Busy, Conflict):  # the next round states it, or the shop has stated the same itself
            process.engine().execute(command, now)


def _update_level(member: Member, programme: Programme, now: int) -> None:
    """Announce a level that time alone has changed: a year ended, a grace was over, one set by hand has ended."""
    step = level_of(member, programme, local_day(now, programme.timezone))
    if member.alias or (step.id if step else "") == member.level:
        return
    with suppress(Busy):  # the concurrent command on this member says it too, or the next round does
        process.engine().execute(UpdateLevel(member.member), now)


def _settle_overdue(records: list[Any], now: int) -> tuple[int, int]:
    """Settle conversions of a partition, which are one referrer's, that are overdue: how many, and the findings about
    what could not be settled.
    """
    overdue = [record for record in records if isinstance(record, Conversion) and rounds.is_overdue(record, now)]
    if not overdue:
        return 0, 0
    referrer, waiting = overdue[0].referrer, [conversion.friend for conversion in overdue]
    for _ in overdue:
        telemetry.count("OverdueConversion")
    try:
        stream.settle_friends(referrer, waiting, now)
    except Busy:
        pass  # whoever writes the referrer settles it, or the next round does
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one referrer must not hold up the round
        telemetry.failure("settlement", error)
        detail = (
            f"{len(waiting)} conversions wait for longer than an hour and cannot be settled: {type(error).__name__}"
        )
        return len(overdue) - len(waiting), _publish_findings([record_checks.Finding("unsettled", referrer, 0, detail)])
    return len(overdue) - len(waiting), 0


def _audit_order(order: Order, now: int) -> int:
    return _publish_findings(process.engine().of_history(partial(record_checks.of_order, order), now))


def _audit_board(period: BoardPeriod, now: int) -> int:
    return _publish_findings(process.engine().of_history(partial(record_checks.of_board, period), now))


def _audit_activity(activity: Activity, now: int) -> int:
    return _publish_findings(process.engine().of_history(partial(record_checks.of_activity, activity), now))


def _audit_member(member: Member, records: list[Any]) -> int:
    """The number of findings about a member's books that remain after REREADS."""
    findings = record_checks.of_member(member, _records_of(records, Entry), _records_of(records, Group))
    for _ in range(REREADS):
        if not findings:
            return 0
        reread = rounds.partition(keys.key_of(MemberRef(member.member))[0])
        current = next((record for record in reread if isinstance(record, Member)), member)
        findings = record_checks.of_member(current, _records_of(reread, Entry), _records_of(reread, Group))
    return _publish_findings(findings)


def _publish_findings(findings: Iterable[record_checks.Finding]) -> int:
    """Publish BooksDiffer for each finding; returns their number."""
    count = 0
    for finding in findings:
        count += 1
        telemetry.event(BooksDiffer(finding.what, finding.where, finding.entry, finding.detail))
        telemetry.count("BooksDiffer")
    return count


def _records_of(records: list[Any], kind: type[Any]) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]
