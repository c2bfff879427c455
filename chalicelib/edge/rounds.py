"""The daily round: posts vesting and expiry to members' books, announces what expires soon, states birthdays and
anniversaries, settles referrals that the stream has lost, audits every record, looks after leaderboards
(`board_rounds.py`), and counts: reports of the days that are over, what is owed, lists of members, and the cuts that
segments' scores are made by.

The schedule calls every hour; a round begins with the shop's local day and continues, page by page, until the table's
end. The next call resumes an interrupted round where its progress was saved last: its steps are idempotent, but an
announcement can be published twice. Nothing depends on a round: balances are computed from the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any

from msgspec.structs import replace

from chalicelib import settings
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
from chalicelib.domain.reports import signs_of_life
from chalicelib.domain.reports.days import days_to_report
from chalicelib.domain.reports.fold import Fold
from chalicelib.domain.rewards import occasions
from chalicelib.domain.rewards.progress.cuts import Tally, cuts_of
from chalicelib.domain.rewards.progress.levels import level_of
from chalicelib.edge import personal_data, process, stream, telemetry
from chalicelib.edge.board_rounds import BoardRound
from chalicelib.store import keys, rounds
from chalicelib.store.rounds import Overtaken, Round

SPARE_S = 60.0
"""Seconds that must remain for another page, which takes a few of them."""

PAGES_A_SAVE = 50
"""Pages of the table between two saves of the progress, which costs as much as what was counted so far is large."""

CLOSING_S = 900
"""Seconds after which a local day is closed: as long as a Lambda runs that began in it, and posts as of then."""

REREADS = 3
"""How often findings about a member are checked on newly read records: one written while it is read looks wrong."""


def run(now: int, seconds_left: Callable[[], float]) -> Round:
    """Begin or continue the day's round within `seconds_left`; returns its progress."""
    personal_data.finish_open(now, lambda: seconds_left() - SPARE_S)
    programme = process.engine().programme(now)
    stored = rounds.current()
    if programme is None:
        return stored
    zone = programme.timezone
    day = local_day(now - CLOSING_S, zone)
    if stored.done and stored.day == day.isoformat():
        return stored
    fold = rounds.fold_of(stored)
    if stored.done:
        fold = Fold(day.isoformat(), now, days_to_report(stored.reported, day, zone))
        stored = _begun(stored, day, now)
    try:
        return _continue(stored, fold, programme, now, seconds_left)
    except Overtaken:
        return stored


def _begun(before: Round, day: date, now: int) -> Round:
    """The next round, before its first page."""
    before_at = before.began_at or now
    return Round(
        day.isoformat(),
        now,
        before_at=before_at,
        done=False,
        version=before.version,
        reported=before.reported,
        signs=before.signs,
    )


def _continue(
    stored: Round, fold: Fold | None, programme: Programme, now: int, seconds_left: Callable[[], float]
) -> Round:
    """The round's progress, saved with what it has counted where the call ends, and after so many pages: a call that
    dies does these again.
    """
    boards, progress = BoardRound(stored, now, _publish_findings), stored
    for number, (partitions, place) in enumerate(rounds.pages(stored.place), 1):
        for records in partitions:
            progress = _process_partition(progress, fold, records, programme, now, boards)
        progress = replace(progress, place=place, done=place is None)
        if progress.done:
            boards.finish(progress)
            progress = _publish(progress, fold, programme, now) if fold else progress
            progress = replace(progress, signs=progress.signs_so_far, signs_so_far={})
        ends = progress.done or seconds_left() < SPARE_S
        if ends or number % PAGES_A_SAVE == 0:
            progress = rounds.save(progress, None if progress.done else fold)
        if ends:
            break
    if progress.done:
        telemetry.event(RoundEnded(progress.day, progress.members, progress.written_down, progress.findings))
    return progress


def _publish(progress: Round, fold: Fold, programme: Programme, now: int) -> Round:
    """Save what the round has counted: reports, what is owed, lists, and the cuts of tomorrow's segments.

    A round that dies on the way, or before it says that it is done, does all of it again.
    """
    for report in fold.reports(programme, now):
        rounds.save_report(report)
    for record in fold.standing(programme, now):
        rounds.replace_standing(record)
    _publish_cuts(fold.tally, programme, now)
    if not fold.days:
        return progress
    return replace(progress, reported=(fold.days[-1].number, fold.days[-1].ends_at))


def _publish_cuts(tally: Tally, programme: Programme, now: int) -> None:
    """Make the next version of the cuts, in force from the next local day, if there are enough buyers to tell."""
    if not tally.tells(local_day(now, programme.timezone)):
        return
    # Every process must have read the list by then, and this call, which began at `now`, may write it at its very end.
    day = local_day(now + CLOSING_S + settings.lead_s(), programme.timezone).toordinal() + 1
    with suppress(Busy):  # a publication was faster; the next round makes others
        process.engine().execute(cuts_of(tally, day), now)


def _process_partition(
    progress: Round, fold: Fold | None, records: list[Any], programme: Programme, now: int, boards: BoardRound
) -> Round:
    """The progress after one more partition; an unexpected error counts as a finding."""
    if fold:
        progress = _guarded(progress, records, partial(_count, fold, records, programme, now))
    progress = _guarded(progress, records, partial(_process_records, records=records, programme=programme, now=now))
    return _guarded(progress, records, partial(boards.look, records=records))


def _guarded(progress: Round, records: list[Any], step: Callable[[Round], Round]) -> Round:
    """The progress after a step on a partition, one finding more where it fails unexpectedly. Raises Unavailable."""
    try:
        return step(progress)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one bad record must not keep the others from their round
        telemetry.failure("round", error)
        unreadable = record_checks.Finding(
            "unreadable", _partition_name(records), 0, f"it cannot be read: {type(error).__name__}"
        )
        return replace(progress, findings=progress.findings + _publish_findings([unreadable]))


def _count(fold: Fold, records: list[Any], programme: Programme, now: int, progress: Round) -> Round:
    """Count a partition, before what this round writes itself."""
    today = local_day(now, programme.timezone)
    cuts = process.engine().of_history(lambda history: history.cuts_on(today), now)
    fold.add(records, programme, cuts, now, today)
    return progress


def _partition_name(records: list[Any]) -> str:
    """A name of a partition for the log, from its first record."""
    first = records[0]
    return str(getattr(first, "ref", "") or getattr(first, "member", "") or type(first).__name__)


def _process_records(progress: Round, records: list[Any], programme: Programme, now: int) -> Round:
    for order in (record for record in records if isinstance(record, Order)):
        progress = replace(
            progress, signs_so_far=signs_of_life.counted(progress.signs_so_far, order, progress.began_at)
        )
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
