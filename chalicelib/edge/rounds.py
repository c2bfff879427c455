"""The daily round: writes down what time has done to members' books, announces what expires soon, audits what it sees.

The schedule calls every hour; a round begins with the shop's local day and goes on, page by page, until the table's
end. One that died is continued from its last page by the next call: what it did twice changes nothing, and an
announcement may be heard twice. Nothing waits for it: balances are right by the clock alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import WriteDown
from chalicelib.domain.core.calendar import local_day, start_of_day
from chalicelib.domain.errors import Busy, Unavailable
from chalicelib.domain.events import BalanceExpiresSoon, BooksDiffer, RoundEnded
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Entry, Group, Member, MemberRef, Order
from chalicelib.edge import personal_data, process, telemetry
from chalicelib.store import keys, rounds
from chalicelib.store.rounds import Overtaken, Round

SPARE_S = 60.0
"""A page is begun only if so much time is left; it takes a few seconds."""

LOOKS = 3
"""A member that is written while it is read looks wrong: it is wrong if it looks so this often."""


def run(now: int, seconds_left: Callable[[], float]) -> Round:
    """Begin or continue the day's round, as far as the time reaches; returns where it stands."""
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
        return _go_on(stored, version.programme, now, seconds_left)
    except Overtaken:
        return stored


def _go_on(stored: Round, programme: Programme, now: int, seconds_left: Callable[[], float]) -> Round:
    for partitions, place in rounds.pages(stored.place):
        seen = stored
        for records in partitions:
            seen = _visited(seen, records, programme, now)
        stored = rounds.save(replace(seen, place=place, done=place is None))
        if stored.done:
            telemetry.event(RoundEnded(stored.day, stored.members, stored.written_down, stored.findings))
        if seconds_left() < SPARE_S:
            break
    return stored


def _visited(seen: Round, records: list[Any], programme: Programme, now: int) -> Round:
    """The round after one more partition."""
    try:
        return _seen(seen, records, programme, now)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one bad record must not keep the others from their round
        telemetry.failure("round", error)
        unreadable = record_checks.Finding(
            "unreadable", _named(records), 0, f"it cannot be read: {type(error).__name__}"
        )
        return replace(seen, findings=seen.findings + _found([unreadable]))


def _named(records: list[Any]) -> str:
    """Which partition it is, by what its first record says."""
    first = records[0]
    return str(getattr(first, "ref", "") or getattr(first, "member", "") or type(first).__name__)


def _seen(seen: Round, records: list[Any], programme: Programme, now: int) -> Round:
    findings = sum(_audited(each, now) for each in records if isinstance(each, Order))
    member = next((each for each in records if isinstance(each, Member)), None)
    if member is None:
        return replace(seen, findings=seen.findings + findings)
    _announce(member, programme, seen, now)
    findings += _audited_member(member, records)
    written = _written_down(member, now)
    return replace(
        seen, members=seen.members + 1, written_down=seen.written_down + written, findings=seen.findings + findings
    )


def _announce(member: Member, programme: Programme, seen: Round, now: int) -> None:
    """Say what comes within the days that the programme warns ahead, once: since the last round it has come nearer."""
    horizon, zone = programme.remind_days + 1, programme.timezone
    first = seen.before_at == seen.began_at
    after = now if first else start_of_day(seen.before_at, horizon, zone)
    until = start_of_day(seen.began_at, horizon, zone)
    for asset, account in sorted(member.accounts.items()):
        for ends_at, amount in sorted(account.passed(now).account.ending(max(after, now), until).items()):
            telemetry.event(BalanceExpiresSoon(member.member, amount, asset, ends_at))


def _written_down(member: Member, now: int) -> bool:
    """Whether time had changed the member's books since they were written last; then that is an entry now."""
    passed = (account.passed(now) for account in member.accounts.values())
    if not any(each.vested or each.expired for each in passed):
        return False
    try:
        return bool(process.engine().execute(WriteDown(member.member), now)["changed"])
    except Busy:
        return False  # whoever writes the member just now writes that down too


def _audited(order: Order, now: int) -> int:
    return _found(record_checks.of_order(order, process.engine().history(now)))


def _audited_member(member: Member, records: list[Any]) -> int:
    """How many findings a member's books give; they are read again before anything is said."""
    found = record_checks.of_member(member, _all(records, Entry), _all(records, Group))
    for _ in range(LOOKS):
        if not found:
            return 0
        again = rounds.partition(keys.key_of(MemberRef(member.member))[0])
        now_there = next((each for each in again if isinstance(each, Member)), member)
        found = record_checks.of_member(now_there, _all(again, Entry), _all(again, Group))
    return _found(found)


def _found(findings: Iterable[record_checks.Finding]) -> int:
    count = 0
    for each in findings:
        count += 1
        telemetry.event(BooksDiffer(each.what, each.where, each.entry, each.detail))
        telemetry.count("BooksDiffer")
    return count


def _all(records: list[Any], kind: type[Any]) -> list[Any]:
    return [each for each in records if isinstance(each, kind)]
