"""The daily round: posts vesting and expiry to members' books, announces what expires soon, states birthdays and
anniversaries, settles referrals that the stream has lost, audits every record, looks after leaderboards
(`board_rounds.py`), and counts: reports of the days that are over, what is owed, lists of members, the cuts that
segments' scores are made by, and what waits for a person.

The schedule calls every hour; a round begins with the shop's local day and continues, page by page, until the table's
end. The next call resumes an interrupted round where its progress was saved last: its steps are idempotent, but an
announcement can be published twice. Nothing depends on a round: balances are computed from the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from functools import cached_property, partial
from typing import Any

from msgspec import Struct
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
    Cuts,
    Entry,
    Group,
    Member,
    MemberRef,
    Order,
    Profile,
)
from chalicelib.domain.reports.days import days_to_report
from chalicelib.domain.reports.fold import Fold, Partition, by_class
from chalicelib.domain.rewards import occasions
from chalicelib.domain.rewards.progress.cuts import Tally, cuts_of
from chalicelib.domain.rewards.progress.levels import level_of
from chalicelib.domain.rewards.referral.settlement import is_overdue
from chalicelib.edge import personal_data, process, telemetry
from chalicelib.edge.jobs import stream
from chalicelib.edge.jobs.board_rounds import BoardRound
from chalicelib.store import rounds, waiting
from chalicelib.store.codec import key_of
from chalicelib.store.rounds import Overtaken, Round

SPARE_S = 60.0
"""Seconds that must remain for another page, which takes a few of them."""

PAGES_A_SAVE = 50
"""Pages of the table between two saves of the progress, which costs as much as what was counted so far is large."""

CLOSING_S = 900
"""Seconds after which a local day is closed: as long as a Lambda runs that began in it, and posts as of then."""

REREADS = 3
"""How often findings about a member are checked on newly read records: one written while it is read looks wrong."""


class Call(Struct, frozen=True, dict=True):
    """What holds for a whole call of a round: the programme, the instant, the local day, and after which instant and
    until which a lot must end to be announced.
    """

    programme: Programme
    now: int
    today: date
    announced: tuple[int, int]

    @cached_property
    def cuts(self) -> Cuts | None:
        """The cuts of segments in force."""
        return process.engine().of_history(lambda history: history.cuts_on(self.today), self.now)


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
    try:
        fold = rounds.fold_of(stored)
        if stored.done:
            fold = Fold(day.isoformat(), now, days_to_report(stored.reported, day, zone))
            stored = _begun(stored, day, now)
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
        clicks=before.clicks,
        connections=before.connections,
    )


def _continue(
    stored: Round, fold: Fold | None, programme: Programme, now: int, seconds_left: Callable[[], float]
) -> Round:
    """The round's progress, saved with what it has counted where the call ends, and after so many pages: a call that
    dies does these again.
    """
    boards, progress = BoardRound(stored, now, _publish_findings), stored
    call = Call(programme, now, local_day(now, programme.timezone), _announced(stored, programme, now))
    for number, (partitions, place) in enumerate(rounds.pages(stored.place), 1):
        for records in partitions:
            progress = _process_partition(progress, fold, records, call, boards)
        progress = replace(progress, place=place, done=place is None)
        if progress.done:
            boards.finish(progress)
            waiting.recount(now)
            progress = _publish(progress, fold, programme, now) if fold else progress
        ends = progress.done or seconds_left() < SPARE_S
        if ends or number % PAGES_A_SAVE == 0:
            progress = rounds.save(progress, None if progress.done else fold)
        if ends:
            break
    if progress.done:
        telemetry.line(RoundEnded(progress.day, progress.members, progress.written_down, progress.findings))
    return progress


def _publish(progress: Round, fold: Fold, programme: Programme, now: int) -> Round:
    """Save what the round has counted: reports, what is owed, lists, and the cuts of tomorrow's segments.

    A round that dies on the way, or before it says that it is done, does all of it again.
    """
    for report in fold.reports(programme, now, progress.clicks):
        rounds.save_report(report)
    for record in fold.latest(programme, now):
        rounds.replace_latest(record)
    _publish_cuts(fold.tally, programme, now)
    progress = replace(progress, connections=fold.connections)
    if not fold.days:
        return progress
    return replace(progress, reported=(fold.days[-1].number, fold.days[-1].ends_at), clicks=fold.clicks)


def _publish_cuts(tally: Tally, programme: Programme, now: int) -> None:
    """Make the next version of the cuts, in force from the next local day, if there are enough buyers to tell."""
    if not tally.tells(local_day(now, programme.timezone)):
        return
    # Every process must have read the list by then, and this call, which began at `now`, may write it at its very end.
    day = local_day(now + CLOSING_S + settings.lead_s(), programme.timezone).toordinal() + 1
    with suppress(Busy):  # a publication was faster; the next round makes others
        process.engine().execute(cuts_of(tally, day), now)


def _process_partition(progress: Round, fold: Fold | None, records: list[Any], call: Call, boards: BoardRound) -> Round:
    """The progress after one more partition; an unexpected error counts as a finding."""
    partition = by_class(records)
    if fold:
        progress = _guarded(progress, records, partial(_count, fold, partition, call))
    progress = _guarded(progress, records, partial(_process_records, partition=partition, call=call))
    if Member not in partition:
        return progress
    return _guarded(progress, records, partial(boards.look, member=partition[Member][0]))


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


def _count(fold: Fold, records: Partition, call: Call, progress: Round) -> Round:
    """Count a partition, before what this round writes itself."""
    fold.add(records, call.programme, call.cuts, call.now, call.today)
    return progress


def _partition_name(records: list[Any]) -> str:
    """A name of a partition for the log, from its first record."""
    first = records[0]
    return str(getattr(first, "ref", "") or getattr(first, "member", "") or type(first).__name__)


def _process_records(progress: Round, partition: Partition, call: Call) -> Round:
    """The progress after what a partition's records ask for one by one."""
    now = call.now
    findings = sum([_audit_order(order, now) for order in partition.get(Order, ())])
    findings += sum([_audit_board(period, now) for period in partition.get(BoardPeriod, ())])
    findings += sum([_audit_activity(activity, now) for activity in partition.get(Activity, ())])
    settled, unsettled = _settle_overdue(partition[Conversion], now) if Conversion in partition else (0, 0)
    members = partition.get(Member, ())[:1]
    written = 0
    for member in members:
        _announce(member, call)
        findings += _audit_member(member, partition)
        written += _write_down(member, now)
        _state_occasions(member, partition, call)
        _update_level(member, call)
    return replace(
        progress,
        members=progress.members + len(members),
        written_down=progress.written_down + written,
        findings=progress.findings + findings + unsettled,
        settled=progress.settled + settled,
    )


def _announced(round_: Round, programme: Programme, now: int) -> tuple[int, int]:
    """After which instant and until which a lot must end to be announced by a round: those are the lots that came
    within the programme's `remind_days` since the one before.
    """
    horizon, zone = programme.remind_days + 1, programme.timezone
    is_first = round_.before_at == round_.began_at
    after = now if is_first else max(start_of_day(round_.before_at, horizon, zone), now)
    return after, start_of_day(round_.began_at, horizon, zone)


def _announce(member: Member, call: Call) -> None:
    """Publish BalanceExpiresSoon for lots that are to be announced."""
    for asset, account in sorted(member.accounts.items()):
        for ends_at, amount in sorted(account.up_to(call.now).account.ending(*call.announced).items()):
            telemetry.line(BalanceExpiresSoon(member.member, amount, asset, ends_at))


def _write_down(member: Member, now: int) -> bool:
    """Whether vesting or expiry since the last entry was posted to the member's books now."""
    passed = (account.up_to(now) for account in member.accounts.values())
    if not any(account.vested or account.expired for account in passed):
        return False
    try:
        return bool(process.engine().execute(WriteDown(member.member), now)["changed"])
    except Busy:
        return False  # the concurrent command on this member posts it too


def _state_occasions(member: Member, partition: Partition, call: Call) -> None:
    """State the member's birthday and anniversaries of the last days, where rules give something for them."""
    profile = next(iter(partition.get(Profile, ())), None)
    known = {activity.ref for activity in partition.get(Activity, ())}
    for command in occasions.due(member, profile, known, call.programme, call.today):
        with suppress(Busy, Conflict):  # the next round states it, or the shop has stated the same itself
            process.engine().execute(command, call.now)


def _update_level(member: Member, call: Call) -> None:
    """Announce a level that time alone has changed: a year ended, a grace was over, one set by hand has ended."""
    step = level_of(member, call.programme, call.today)
    if member.alias or (step.id if step else "") == member.level:
        return
    with suppress(Busy):  # the concurrent command on this member says it too, or the next round does
        process.engine().execute(UpdateLevel(member.member), call.now)


def _settle_overdue(conversions: Sequence[Conversion], now: int) -> tuple[int, int]:
    """Settle conversions of a partition, which are one referrer's, that are overdue: how many, and the findings about
    what could not be settled.
    """
    overdue = [conversion for conversion in conversions if is_overdue(conversion, now)]
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


def _audit_member(member: Member, partition: Partition) -> int:
    """The number of findings about a member's books that remain after REREADS."""
    findings = record_checks.of_member(member, partition.get(Entry, ()), partition.get(Group, ()))
    for _ in range(REREADS):
        if not findings:
            return 0
        reread = rounds.partition(key_of(MemberRef(member.member))[0])
        current = next((record for record in reread if isinstance(record, Member)), member)
        findings = record_checks.of_member(current, _records_of(reread, Entry), _records_of(reread, Group))
    return _publish_findings(findings)


def _publish_findings(findings: Iterable[record_checks.Finding]) -> int:
    """Publish BooksDiffer for each finding; returns their number."""
    count = 0
    for finding in findings:
        count += 1
        telemetry.line(BooksDiffer(finding.what, finding.where, finding.entry, finding.detail))
        telemetry.count("BooksDiffer")
    return count


def _records_of(records: list[Any], kind: type[Any]) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]
