"""The daily round, on moto: what it writes down, says and finds, and that it goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import PublishProgramme, RecordActivity, SettleReferrals, UpdateMember
from chalicelib.domain.core.calendar import local_day, start_of_day
from chalicelib.domain.errors import Busy, Unavailable
from chalicelib.domain.ledger.transfers import BREAKAGE, EXPIRED, VESTED
from chalicelib.domain.records import Activity, Cuts, Entry, Member, MemberRef, Order
from chalicelib.domain.reports.fold import Fold
from chalicelib.domain.rewards.progress import cuts
from chalicelib.domain.rewards.referral.settlement import OVERDUE_S
from chalicelib.edge import process
from chalicelib.edge.jobs import rounds, stream
from chalicelib.engine import Engine
from chalicelib.store import queries, table
from chalicelib.store import rounds as stored
from chalicelib.store.items import ITEM_OF
from tests.world.builders import ANNA, BEN, CLEO, DAY_S, DORA, NOW, PAID_AT, bought, issue, order, programme_of


def endless() -> float:
    return 900.0


RULES = programme_of(
    earn=[{"id": "cashback", "percent": 5, "vest_days": 3, "expire_days": 30}],
    referral={"percent": 10},
    remind_days=7,
)


@pytest.fixture
def shop(moto_table: str) -> Engine:
    process.forget()
    engine = process.engine()
    engine.execute(PublishProgramme(RULES, "", 0, 0, 0), 0)
    return engine


@pytest.fixture
def new_events(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """The events since it was last asked."""

    def events() -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        return [line for line in lines if "event" in line]

    return events


def written(member: str) -> list[tuple[str, int, str]]:
    entries = queries.entries(member, 100)
    return [(posting.why.rule, posting.amount, posting.destination) for entry in entries for posting in entry.postings]


def member_of(name: str) -> Member:
    record = table.load([MemberRef(name)])[MemberRef(name)]
    assert isinstance(record, Member)
    return record


def test_before_the_first_programme_there_is_nothing_to_go_round(moto_table: str) -> None:
    process.forget()
    assert rounds.run(NOW, endless).day == ""


def test_what_vested_and_what_expired_is_written_down_once(shop: Engine) -> None:
    shop.execute(order("1", BEN), NOW)
    vested = rounds.run(NOW + 4 * DAY_S, endless)
    assert (vested.members, vested.written_down, vested.findings) == (1, 1, 0)
    assert written(BEN)[0] == (VESTED, 500, f"member:{BEN}")
    expired = rounds.run(NOW + 40 * DAY_S, endless)
    assert (expired.written_down, expired.findings) == (1, 0)
    assert written(BEN)[0] == (EXPIRED, 500, BREAKAGE)
    assert rounds.run(NOW + 41 * DAY_S, endless).written_down == 0


def test_a_level_that_time_has_ended_is_announced_once(
    new_events: Callable[[], list[dict[str, Any]]], moto_table: str
) -> None:
    steps = [{"id": "green", "at": 0}, {"id": "black", "at": 50}]
    process.forget()
    process.engine().execute(PublishProgramme(programme_of(levels={"steps": steps, "per": "rolling"}), "", 0, 0, 0), 0)
    process.engine().execute(order("1", ANNA), NOW)
    new_events()
    announced = []
    for day in (1, 300, 400, 401):
        rounds.run(NOW + day * DAY_S, endless)
        changes = (event for event in new_events() if event["event"] == "LevelChanged")
        announced += [(day, event["before"], event["level"]) for event in changes]
    assert announced == [(400, "black", "green")]
    assert member_of(ANNA).level == "green"


def test_a_day_has_one_round(shop: Engine, new_events: Callable[[], list[dict[str, Any]]]) -> None:
    shop.execute(order("1", BEN), NOW)
    first = rounds.run(NOW, endless)
    assert [line["event"] for line in new_events() if line["event"] == "RoundEnded"] == ["RoundEnded"]
    assert rounds.run(NOW + 3600, endless) == first
    assert not [line for line in new_events() if line["event"] == "RoundEnded"]


def test_what_expires_soon_is_announced_once(shop: Engine, new_events: Callable[[], list[dict[str, Any]]]) -> None:
    shop.execute(order("1", BEN), NOW)
    announced = []
    for day in range(40):
        rounds.run(NOW + day * DAY_S, endless)
        announced += [(day, line) for line in new_events() if line["event"] == "BalanceExpiresSoon"]
    ((day, event),) = announced
    (lot,) = member_of(BEN).accounts["EUR/2"].lapsed
    assert (event["member"], event["amount"], event["asset"], event["expires_at"]) == (
        BEN,
        500,
        "EUR/2",
        lot.expires_at,
    )
    assert 7 * DAY_S < lot.expires_at - (NOW + day * DAY_S) <= 8 * DAY_S


@pytest.mark.parametrize("page", [1, 2, 3, 7])
def test_a_round_that_stops_goes_on_where_it_was(shop: Engine, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a page holds, each member is seen once and whole: entries apart from their member look wrong."""
    monkeypatch.setattr(stored, "PAGE", page)
    for member in (ANNA, BEN, CLEO, DORA):
        for number in range(3):
            shop.execute(order(f"{member}-{number}", member), NOW)
    calls = 0
    round_ = rounds.run(NOW + 4 * DAY_S, lambda: 0.0)
    while not round_.done:
        calls += 1
        round_ = rounds.run(NOW + 4 * DAY_S + calls * 60, lambda: 0.0)
    assert (round_.members, round_.written_down, round_.findings) == (4, 4, 0)
    assert calls > 1


def test_a_round_that_died_in_a_page_does_that_page_again(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.execute(order("1", BEN), NOW)

    def dies(*_: object) -> None:
        raise RuntimeError("the Lambda was stopped")

    with monkeypatch.context() as patch:
        patch.setattr(stored, "save", dies)
        with pytest.raises(RuntimeError, match="stopped"):
            rounds.run(NOW + 4 * DAY_S, endless)
    again = rounds.run(NOW + 4 * DAY_S, endless)
    assert (again.done, again.members, again.written_down) == (True, 1, 0)
    assert [rule for rule, _, _ in written(BEN)] == [VESTED, "cashback"]


def test_of_two_on_one_round_one_stops(shop: Engine) -> None:
    shop.execute(order("1", BEN), NOW)
    begun = stored.save(stored.Round("2026-02-02", NOW, NOW, done=False))
    stored.save(begun)
    with pytest.raises(stored.Overtaken):
        stored.save(begun)


def test_an_overtaken_round_leaves_the_place_to_the_other(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.execute(order("1", BEN), NOW)
    save = stored.save

    def somebody_else_is_faster(own: stored.Round, fold: Fold | None = None) -> stored.Round:
        save(own, fold)
        return save(own, fold)

    monkeypatch.setattr(stored, "save", somebody_else_is_faster)
    assert not rounds.run(NOW, endless).done
    assert stored.current().done


def test_an_amount_that_somebody_edited_is_found(shop: Engine, new_events: Callable[[], list[dict[str, Any]]]) -> None:
    shop.execute(order("1", BEN), NOW)
    entries: Any = ITEM_OF[Entry]
    (entry,) = entries.query(f"MEMBER#{BEN}", entries.sk.startswith("ENTRY#"))
    entry.label = "another order"
    entry.save(add_version_condition=False)
    assert rounds.run(NOW, endless).findings == 1
    (finding,) = [line for line in new_events() if line["event"] == "BooksDiffer"]
    assert (finding["what"], finding["where"], finding["entry"]) == ("chain_broken", BEN, 1)


def test_an_order_that_posted_too_much_is_found(shop: Engine, new_events: Callable[[], list[dict[str, Any]]]) -> None:
    shop.execute(order("1", BEN), NOW)
    (item,) = [past for past in _orders() if past.order == "1"]
    item.posted = tuple(type(posted)(*[*_fields(posted)[:-1], posted.amount + 1]) for posted in item.posted)
    item.save(add_version_condition=False)
    assert rounds.run(NOW, endless).findings == 1
    assert [line["what"] for line in new_events() if line["event"] == "BooksDiffer"] == ["due_differs"]


def test_an_activity_that_posted_too_much_is_found(
    shop: Engine, new_events: Callable[[], list[dict[str, Any]]]
) -> None:
    rule = {"id": "review", "give": 2, "of": "EUR", "on": "review"}
    shop.execute(PublishProgramme(programme_of(earn=[rule]), "", 1, NOW - 9, 0), NOW - 9)
    process.forget()
    for reference in ("1", "2"):
        process.engine().execute(RecordActivity(BEN, "review", reference), NOW)
    assert rounds.run(NOW, endless).findings == 0
    new_events()
    activities: Any = ITEM_OF[Activity]
    (item, _) = activities.query(f"MEMBER#{BEN}", activities.sk.startswith("ACTIVITY#"))
    item.posted = tuple(replace(posted, amount=posted.amount + 1) for posted in item.posted)
    item.save(add_version_condition=False)
    assert rounds.run(NOW + DAY_S, endless).findings == 1
    (finding,) = [line for line in new_events() if line["event"] == "BooksDiffer"]
    assert (finding["what"], finding["where"]) == ("due_differs", f"{BEN} review 1")


def test_what_cannot_be_read_is_a_finding_and_the_round_goes_on(
    shop: Engine, new_events: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for member in (ANNA, BEN, CLEO):
        shop.execute(order(member, member), NOW)
    looked_at = rounds._audit_member

    def stumbles(member: Member, records: list[Any]) -> int:
        if member.member == BEN:
            raise ValueError("no such lot")
        return looked_at(member, records)

    monkeypatch.setattr(rounds, "_audit_member", stumbles)
    round_ = rounds.run(NOW + 4 * DAY_S, endless)
    assert (round_.done, round_.members, round_.written_down, round_.findings) == (True, 2, 2, 1)
    (finding,) = [line for line in new_events() if line["event"] == "BooksDiffer"]
    assert (finding["what"], finding["entry"]) == ("unreadable", 0)
    assert BEN in finding["where"]


def test_a_table_that_does_not_answer_is_no_finding(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.execute(order("1", BEN), NOW)

    def silent(*_: object) -> int:
        raise Unavailable("DynamoDB did not answer")

    monkeypatch.setattr(rounds, "_audit_member", silent)
    with pytest.raises(Unavailable):
        rounds.run(NOW, endless)


def test_a_member_that_is_written_while_it_is_read_is_looked_at_again(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page shows an older record than its entries; the second look shows both as they are."""
    shop.execute(order("1", BEN), NOW)
    old = member_of(BEN)
    shop.execute(order("2", BEN), NOW)
    pages = stored.pages

    def stale(place: Any) -> Any:
        for partitions, after in pages(place):
            yield [[old if isinstance(record, Member) else record for record in group] for group in partitions], after

    monkeypatch.setattr(stored, "pages", stale)
    assert rounds.run(NOW, endless).findings == 0


def test_a_referrers_books_are_right_too(shop: Engine) -> None:
    shop.execute(issue(), NOW)
    for friend in (BEN, CLEO):
        shop.execute(bought(friend), NOW)
    shop.execute(SettleReferrals(ANNA, (BEN, CLEO)), NOW)
    round_ = rounds.run(NOW, endless)
    assert (round_.members, round_.findings) == (3, 0)


@pytest.fixture
def lost_stream(shop: Engine) -> Engine:
    """A shop whose event source is off, and a referrer whose two friends have bought."""
    shop.execute(issue(), NOW)
    for friend in (BEN, CLEO):
        shop.execute(bought(friend), NOW)
    return shop


def counted(out: str, metric: str) -> int:
    return sum(json.loads(line).get(metric, 0) for line in out.splitlines())


def test_what_the_stream_lost_is_settled_and_counted(lost_stream: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    round_ = rounds.run(NOW + DAY_S, endless)
    assert (round_.settled, round_.findings) == (2, 0)
    assert [rule for rule, _, _ in written(ANNA)] == ["referral-bonus"]
    assert counted(capsys.readouterr().out, "OverdueConversion") == 2
    assert rounds.run(NOW + 2 * DAY_S, endless).settled == 0
    assert counted(capsys.readouterr().out, "OverdueConversion") == 0


def test_what_the_stream_may_still_bring_is_left_to_it(lost_stream: Engine) -> None:
    assert rounds.run(PAID_AT + OVERDUE_S, endless).settled == 0
    assert written(ANNA) == []


def test_what_cannot_be_settled_is_a_finding_and_the_round_goes_on(
    lost_stream: Engine, monkeypatch: pytest.MonkeyPatch, new_events: Callable[[], list[dict[str, Any]]]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(stream, "settle_friends", broken)
    round_ = rounds.run(NOW + DAY_S, endless)
    assert (round_.done, round_.members, round_.settled) == (True, 3, 0)
    differ = [event for event in new_events() if event["event"] == "BooksDiffer"]
    assert {(event["what"], event["where"]) for event in differ} == {("unsettled", ANNA)}
    assert all("cannot be settled: RuntimeError" in event["detail"] for event in differ)


def test_a_referrer_that_somebody_else_writes_is_left_to_the_next_round(
    lost_stream: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Busy("others are writing")

    monkeypatch.setattr(stream, "settle_friends", busy)
    round_ = rounds.run(NOW + DAY_S, endless)
    assert (round_.done, round_.settled, round_.findings) == (True, 0, 0)


def test_a_member_that_others_keep_writing_is_left_to_them(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.execute(order("1", BEN), NOW)

    def busy(*_: object) -> None:
        raise table.Stale

    monkeypatch.setattr(process, "engine", lambda: Engine(commit=busy, sleep=lambda _: None))
    round_ = rounds.run(NOW + 4 * DAY_S, endless)
    assert (round_.done, round_.members, round_.written_down) == (True, 1, 0)


def test_a_wrong_balance_is_found_in_the_members_record(shop: Engine) -> None:
    shop.execute(order("1", BEN), NOW)
    item: Any = ITEM_OF[Member].get(f"MEMBER#{BEN}", "MEMBER")
    item.accounts = {}
    item.save(add_version_condition=False)
    assert rounds.run(NOW, endless).findings == 1


def _orders() -> list[Any]:
    from chalicelib.store.items import ITEM_OF

    return list(ITEM_OF[Order].scan(ITEM_OF[Order].kind == ITEM_OF[Order]))


def _fields(posted: Any) -> list[Any]:
    import msgspec

    return list(msgspec.structs.astuple(posted))


def test_a_birthday_gift_is_given_once_by_whichever_round_comes(moto_table: str) -> None:
    process.forget()
    engine = process.engine()
    gift = {"id": "gift", "give": 20, "of": "points", "on": "birthday"}
    engine.execute(PublishProgramme(programme_of(earn=[gift], assets={"points": {}}), "", 0, 0, 0), 0)
    today = local_day(NOW, "UTC")
    engine.execute(UpdateMember(ANNA, birthday=today.strftime("%m-%d")), NOW)
    engine.execute(UpdateMember(BEN, birthday=(today + timedelta(days=30)).strftime("%m-%d")), NOW)

    for days in range(3):
        rounds.run(NOW + days * DAY_S, endless)

    assert written(ANNA) == [("gift", 20, f"member:{ANNA}")]
    assert written(BEN) == []


class TestCuts:
    """The cuts of segments, made of all buyers when the table's end is reached."""

    @pytest.fixture
    def buyers(self, shop: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
        monkeypatch.setattr(cuts, "MIN_BUYERS", 3)
        monkeypatch.setattr(cuts, "MIN_DAYS", 0)
        for number, buyer in enumerate((ANNA, BEN, CLEO, DORA)):
            for count in range(number + 1):
                shop.execute(order(f"{number}-{count}", buyer), NOW)
        return shop

    def in_force(self, shop: Engine, now: int) -> Cuts | None:
        today = local_day(now, RULES.timezone)
        return shop.of_history(lambda history: history.cuts_on(today), now)

    def test_they_hold_from_the_next_day_and_count_the_members_by_those_before(self, buyers: Engine) -> None:
        later = NOW + 40 * DAY_S
        rounds.run(later, endless)
        assert self.in_force(buyers, later) is None
        first = self.in_force(buyers, later + DAY_S)
        assert first
        assert (first.number, first.buyers, first.frequency, first.members) == (1, 4, (1, 2, 3, 4), {})
        rounds.run(later + DAY_S, endless)
        second = self.in_force(buyers, later + 2 * DAY_S)
        assert second
        assert (second.number, sum(second.members.values())) == (2, 4)

    def test_a_call_that_can_last_until_midnight_makes_those_of_the_day_after(self, buyers: Engine) -> None:
        tomorrow = start_of_day(NOW + 40 * DAY_S, 1, RULES.timezone)
        rounds.run(tomorrow - 1000, endless)
        assert self.in_force(buyers, tomorrow) is None
        assert self.in_force(buyers, start_of_day(tomorrow, 1, RULES.timezone))

    def test_a_round_in_several_calls_makes_the_same(self, buyers: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stored, "PAGE", 2)
        later = NOW + 40 * DAY_S
        calls = 0
        while not rounds.run(later, lambda: 0.0).done:
            calls += 1
        assert calls > 1
        made = self.in_force(buyers, later + DAY_S)
        assert made
        assert (made.buyers, made.frequency) == (4, (1, 2, 3, 4))

    def test_there_are_none_of_too_few_buyers(self, buyers: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cuts, "MIN_BUYERS", 5)
        rounds.run(NOW + 40 * DAY_S, endless)
        assert self.in_force(buyers, NOW + 41 * DAY_S) is None
