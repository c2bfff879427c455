"""`python -m infra verify`: right books are found right, and of each planted fault exactly what is wrong is said."""

from __future__ import annotations

import gzip
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import boto3
import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.ledger.accounts import merged
from chalicelib.domain.records import Budget, Conversion, Entry, Group, Hold, Member, Note, Order, Reversal
from chalicelib.engine import Engine
from chalicelib.store.codec import Raw, item_of
from infra import verify
from infra.__main__ import main
from infra.audit.dynamodb import Table, TableError
from infra.audit.report import ACCOUNTS, text
from infra.audit.sources import SourceError
from infra.build.artifacts import ROOT
from tests.infra.verify_books import EUR, MUCH_LATER, Change, Tampered, found_in, of_lines, shop, shop_with_progress
from tests.proof.verify_world import World, export, exported
from tests.properties.invariants import settle_all
from tests.world.builders import ANNA, BEN, CLEO, DORA, line, merge, order, programme_of, redeem, refund, undo
from tests.world.memory import Memory

BOOKS = shop()
REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The books are verified when they were written last: which counters are remembered depends on the day."""
    monkeypatch.setattr("infra.verify.time.time", lambda: float(MUCH_LATER))


@pytest.fixture
def books() -> Tampered:
    return Tampered(BOOKS)


def amount_of_an_entry(books: Tampered) -> None:
    entry = books.record(Entry, member=ANNA, number=1)
    books.change(entry, postings=(replace(entry.postings[0], amount=501), *entry.postings[1:]))


def entry_dropped(books: Tampered) -> None:
    books.drop(books.record(Entry, member=ANNA, number=2))


def entry_inserted(books: Tampered) -> None:
    last = books.record(Entry, member=ANNA, number=books.record(Member, member=ANNA).entries)
    more = replace(books.record(Entry, member=ANNA, cause="adjustment"), number=last.number + 1)
    books.put(replace(more, chain=more.linked(last.chain)))


def chain_swapped(books: Tampered) -> None:
    first, second = (books.record(Entry, member=ANNA, number=number) for number in (1, 2))
    books.change(first, chain=second.chain)
    books.change(second, chain=first.chain)


def chain_made_anew(books: Tampered) -> None:
    """As somebody would who can write the table and knows how it works, but forgets the order."""
    member, head = books.record(Member, member=ANNA), ""
    amount_of_an_entry(books)
    for number in range(1, member.entries + 1):
        entry = books.record(Entry, member=ANNA, number=number)
        head = entry.linked(head)
        books.change(entry, chain=head)
    books.change(member, head=head, accounts=_lots(member, +1))


def _lots(member: Member, more: int) -> Any:
    account = member.accounts[EUR]
    (lot, *others) = account.lots
    return {EUR: replace(account, lots=(replace(lot, amount=lot.amount + more), *others))}


def lot_a_cent_off(books: Tampered) -> None:
    member = books.record(Member, member=ANNA)
    books.change(member, accounts=_lots(member, -1))


def order_posted_more(books: Tampered) -> None:
    ordered = books.record(Order, order="1")
    first, *others = ordered.posted
    books.change(ordered, posted=(replace(first, amount=first.amount + 1), *others))


def facts_edited(books: Tampered) -> None:
    books.change(books.record(Order, order="1"), facts=order("1", ANNA, line(net=20_000)).facts)


def hold_without_parts(books: Tampered) -> None:
    member = books.record(Member, member=ANNA)
    account = member.accounts[EUR]
    (held,) = account.holds
    books.change(member, accounts={EUR: replace(account, holds=(), lots=merged((*account.lots, *held.parts)))})


def parts_without_hold(books: Tampered) -> None:
    books.drop(books.record(Hold, hold="h_2"))


def captured_more(books: Tampered) -> None:
    books.change(books.record(Hold, hold="h_1"), captured=150)


def captured_hold_deleted(books: Tampered) -> None:
    books.drop(books.record(Hold, hold="h_1"))


def reversal_deleted(books: Tampered) -> None:
    """A redemption of a cent was undone; the record of it is gone, so that it could be undone again."""
    undone(books)
    books.drop(books.record(Reversal))


def undone_more(books: Tampered) -> None:
    undone(books)
    books.change(books.record(Reversal), amount=2)


def undone(books: Tampered) -> None:
    """Anna redeems a cent at once, and it is undone."""
    shop = Memory()
    shop.records = dict(books.records)
    shop.execute(redeem(1), MUCH_LATER)
    shop.execute(undo(shop.member(ANNA).entries), MUCH_LATER)
    books.records = dict(shop.records)


def bonus_a_cent_off(books: Tampered) -> None:
    group = books.record(Group)
    books.change(group, posted=(replace(group.posted[0], amount=group.posted[0].amount - 1),))


def merged_away(books: Tampered) -> None:
    """Anna is merged into Dora, and a friend's order shrinks after that: Dora's entries say what Anna's group took."""
    shop = Memory()
    shop.records = dict(books.records)
    shop.execute(order("3", DORA), MUCH_LATER)
    shop.execute(merge(ANNA, DORA), MUCH_LATER)
    shop.execute(refund(f"of-{BEN}", amount=1000), MUCH_LATER)
    settle_all(shop, MUCH_LATER)
    books.records = dict(shop.records)


def merged_referrers_bonus_a_cent_off(books: Tampered) -> None:
    merged_away(books)
    bonus_a_cent_off(books)


def merge_gave_less(books: Tampered) -> None:
    merged_away(books)
    entry = books.record(Entry, member=ANNA, cause=f"merge {DORA}")
    first, *others = entry.postings
    books.change(entry, postings=(replace(first, amount=first.amount - 1), *others))


def order_deleted(books: Tampered) -> None:
    books.drop(books.record(Order, order="2"))


def member_deleted(books: Tampered) -> None:
    books.drop(books.record(Member, member=CLEO))


def conversion_died(books: Tampered) -> None:
    books.change(books.record(Conversion, friend=BEN), live=False, base=0, candidates=())


def conversion_counts_more(books: Tampered) -> None:
    books.change(books.record(Conversion, friend=BEN), base=99_999)


def conversion_left_to_do(books: Tampered) -> None:
    """As the stream leaves it that is off."""
    books.change(books.record(Conversion, friend=BEN), todo=1)


def conversion_left_the_group(books: Tampered) -> None:
    books.change(books.record(Conversion, friend=BEN), group=0)


def budget_given_back(books: Tampered) -> None:
    first = min(
        (record for record in books.records.values() if isinstance(record, Budget)), key=lambda budget: budget.share
    )
    books.change(first, given=first.given - 1)


def note_changed(books: Tampered) -> None:
    books.change(books.record(Note, member=ANNA), text="not sorry")


def counter_one_more(books: Tampered) -> None:
    member = books.record(Member, member=ANNA)
    books.change(member, counts=member.counts | {"card/a": (0, 4)})


def category_of_no_order(books: Tampered) -> None:
    _different(books, {"abcdef": 1})


def category_in_the_place_of_another(books: Tampered) -> None:
    _different(books, {"abcdef": 3}, without=1)


def category_of_more_orders(books: Tampered) -> None:
    member = books.record(Member, member=ANNA)
    (value,) = (value for value, count in member.distinct["kinds/a 0"].items() if count == 3)
    _different(books, {value: 4})


def categories_forgotten(books: Tampered) -> None:
    _different(books, {}, without=3)


def _different(books: Tampered, more: dict[str, int], without: int = 0) -> None:
    """Change the different categories that Anna's goal has counted."""
    member = books.record(Member, member=ANNA)
    kept = dict([*member.distinct["kinds/a 0"].items()][without:])
    books.change(member, distinct=member.distinct | {"kinds/a 0": kept | more})


def counter_and_order_one_more(books: Tampered) -> None:
    """As somebody would who knows that both say it."""
    counter_one_more(books)
    last = books.record(Order, order="3")
    assert last.counted
    books.change(last, counted=replace(last.counted, amounts=last.counted.amounts | {"card/a": 2}))


def award_forgotten(books: Tampered) -> None:
    """The card would pay its reward again."""
    member = books.record(Member, member=ANNA)
    books.change(member, won=tuple(award for award in member.won if award.kind != "card"))


def award_of_nothing(books: Tampered) -> None:
    """A level's gift that was never posted."""
    member = books.record(Member, member=ANNA)
    more = [replace(award, number=award.number - 1) for award in member.won if award.kind == "level"]
    books.change(member, won=(*member.won, *more))


def badge_without_its_goal(books: Tampered) -> None:
    """Her counter says 300.00, all of it by herself; the badge is of another member's 300.00."""
    member = books.record(Member, member=ANNA)
    badge = tuple(award for award in member.won if award.name == "first")
    books.put(Member("shop.nobody", won=badge))


def level_that_there_is_not(books: Tampered) -> None:
    last = books.record(Order, order="3")
    books.put(last.under(level="golden"))


def level_of_somebody_else(books: Tampered) -> None:
    books.put(books.record(Order, order="1").under(level="black"))


def campaign_that_did_not_run(books: Tampered) -> None:
    books.put(books.record(Order, order="3").under(campaigns=("now", "over")))


def campaign_held_out(books: Tampered) -> None:
    books.put(books.record(Order, order="3").under(campaigns=("-now",)))


SHOP_WITH_PROGRESS = shop_with_progress()

FAULTS_OF_PROGRESS: list[tuple[Change, list[tuple[str, str, int]]]] = [
    (counter_one_more, [("counter_differs", ANNA, 0)]),
    (counter_and_order_one_more, [("count_differs", "shop/3", 0)]),
    (category_of_no_order, [("counter_differs", ANNA, 0)]),
    (category_in_the_place_of_another, [("counter_differs", ANNA, 0)]),
    (category_of_more_orders, [("counter_differs", ANNA, 0)]),
    (categories_forgotten, [("award_unfounded", ANNA, 0)]),
    (award_forgotten, [("awards_differ", ANNA, 0)]),
    (award_of_nothing, [("awards_differ", ANNA, 0)]),
    (badge_without_its_goal, [("award_unfounded", "shop.nobody", 0)]),
    (
        level_that_there_is_not,
        [("allowance_differs", "shop/3", 0), ("due_differs", "shop/3", 0), ("level_unknown", "shop/3", 0)],
    ),
    (level_of_somebody_else, [("allowance_differs", "shop/1", 0), ("due_differs", "shop/1", 0)]),
    (campaign_that_did_not_run, [("campaigns_differ", "shop/3", 0), ("due_differs", "shop/3", 0)]),
    (
        campaign_held_out,
        [("allowance_differs", "shop/3", 0), ("campaigns_differ", "shop/3", 0), ("due_differs", "shop/3", 0)],
    ),
]


def test_right_books_with_progress_are_right(tmp_path: Path) -> None:
    assert found_in(tmp_path, Tampered(SHOP_WITH_PROGRESS).lines()) == []
    assert {award.kind for award in SHOP_WITH_PROGRESS.member(ANNA).won} == {"card", "goal", "level"}


@pytest.mark.parametrize(("fault", "wanted"), FAULTS_OF_PROGRESS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_fault_of_progress_is_found(fault: Change, wanted: Any, tmp_path: Path) -> None:
    books = Tampered(SHOP_WITH_PROGRESS)
    fault(books)
    assert found_in(tmp_path, books.lines()) == wanted


def note_deleted(books: Tampered) -> None:
    books.drop(books.record(Note, member=ANNA))


MORE_BY_ONE = [("chain_broken", ANNA, 1), ("posted_differs", ANNA, 1), ("balance_differs", ANNA, 0)]

FAULTS: list[tuple[Change, list[tuple[str, str, int]]]] = [
    (amount_of_an_entry, MORE_BY_ONE),
    (entry_dropped, [("entry_missing", ANNA, 2), ("posted_differs", ANNA, 3), ("balance_differs", ANNA, 0)]),
    (entry_inserted, [("entry_unknown", ANNA, 7), ("note_missing", ANNA, 7), ("balance_differs", ANNA, 0)]),
    (chain_swapped, [("chain_broken", ANNA, 1)]),
    (chain_made_anew, [("posted_differs", ANNA, 1)]),
    (lot_a_cent_off, [("balance_differs", ANNA, 0)]),
    (order_posted_more, [("posted_differs", ANNA, 1), ("due_differs", "shop/1", 0)]),
    (facts_edited, [("count_differs", "shop/1", 0), ("due_differs", "shop/1", 0)]),
    (hold_without_parts, [("hold_without_parts", "h_2", 0)]),
    (parts_without_hold, [("parts_without_hold", ANNA, 0)]),
    (captured_more, [("posted_differs", ANNA, 6)]),
    (captured_hold_deleted, [("hold_missing", ANNA, 6)]),
    (reversal_deleted, [("undo_missing", ANNA, 8)]),
    (undone_more, [("posted_differs", ANNA, 8)]),
    (undone, []),
    (bonus_a_cent_off, [("bonus_differs", f"{ANNA} group 1", 0)]),
    (merged_away, []),
    (merged_referrers_bonus_a_cent_off, [("bonus_differs", f"{ANNA} group 1", 0)]),
    (merge_gave_less, [("chain_broken", ANNA, 7), ("balance_differs", ANNA, 0), ("merge_differs", ANNA, 0)]),
    (
        order_deleted,
        [("order_missing", ANNA, 2), ("budget_differs", "sale EUR/2 8", 0), *[("counter_differs", ANNA, 0)] * 2],
    ),
    (member_deleted, [("member_missing", CLEO, 1), *[("counter_differs", CLEO, 0)] * 2]),
    (conversion_died, [("conversion_missing", f"{ANNA} {BEN}", 0), ("due_differs", f"{ANNA} {BEN}", 0)]),
    (conversion_counts_more, [("candidates_differ", f"{ANNA} {BEN}", 0)]),
    (conversion_left_to_do, [("unsettled", f"{ANNA} {BEN}", 0)]),
    (conversion_left_the_group, [("group_differs", f"{ANNA} group 1", 0)]),
    (note_changed, [("note_differs", ANNA, 5), ("note_missing", ANNA, 5)]),
    (note_deleted, [("note_missing", ANNA, 5)]),
    (budget_given_back, [("budget_differs", "sale EUR/2 2", 0)]),
]


def test_right_books_are_right(books: Tampered, tmp_path: Path) -> None:
    report = of_lines(tmp_path, books.lines())
    assert (report.right, report.wrong, report.findings) == (True, 0, ())
    assert report.counts["entries"] == len(BOOKS.all(Entry))
    assert [account.unbalanced for account in report.owed] == [0]


def test_counters_and_budgets_are_told_as_people_read_them(books: Tampered, tmp_path: Path) -> None:
    """`54000 of EUR/y in the period 2026`, where it is 540.00 EUR in 2026."""
    counter_one_more(books)
    budget_given_back(books)
    assert {finding.detail for finding in of_lines(tmp_path, books.lines()).findings} == {
        "orders have taken 1.00 EUR, it says 0.99 EUR",
        "the orders count 0 card in all, its record says 4 card",
    }


def test_an_erased_note_leaves_the_books_right(books: Tampered, tmp_path: Path) -> None:
    books.change(books.record(Note, member=ANNA), text="", salt="")
    assert found_in(tmp_path, books.lines()) == []


def test_entries_from_before_notes_stood_apart_are_right(books: Tampered, tmp_path: Path) -> None:
    """Their reason is in the chain; nobody needs a note for it."""
    member, head = books.record(Member, member=ANNA), ""
    books.drop(books.record(Note, member=ANNA))
    for number in range(1, member.entries + 1):
        entry = books.record(Entry, member=ANNA, number=number)
        whys = (
            replace(posting.why, digest="", note="sorry") if posting.why.digest else posting.why
            for posting in entry.postings
        )
        moved = tuple(replace(posting, why=why) for posting, why in zip(entry.postings, whys, strict=True))
        entry = replace(entry, postings=moved)
        head = entry.linked(head)
        books.change(entry, postings=moved, chain=head)
    books.change(member, head=head)
    assert found_in(tmp_path, books.lines()) == []


@pytest.mark.parametrize(("fault", "wanted"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_fault_is_found(fault: Change, wanted: Any, books: Tampered, tmp_path: Path) -> None:
    fault(books)
    assert found_in(tmp_path, books.lines()) == wanted


@pytest.mark.parametrize(("fault", "wanted"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_it_is_found_in_an_export_that_tears_partitions_apart(
    fault: Change, wanted: Any, books: Tampered, tmp_path: Path
) -> None:
    fault(books)
    lines = books.lines()
    Random(7).shuffle(lines)  # noqa: S311 (an order, no secret)
    assert found_in(tmp_path, lines) == wanted


def live(report: Any) -> list[tuple[str, str, int]]:
    return [(finding.what, finding.where, finding.entry) for finding in report.findings]


@pytest.fixture
def table(local_table: str) -> Table:
    return Table(local_table, REGION)


def fill(table: Table, books: Tampered) -> None:
    client = boto3.client("dynamodb")
    for record in books.records.values():
        client.put_item(TableName=table.name, Item=with_bytes(item_of(record)))
    client.close()


def with_bytes(item: Raw) -> dict[str, Any]:
    """An item as boto3 takes it: binary values are not base64."""
    return {name: {"B": b64decode(value["B"])} if "B" in value else value for name, value in item.items()}


@pytest.mark.xdist_group("dynamodb-local")
class TestLive:
    @pytest.mark.parametrize(("fault", "wanted"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
    def test_each_fault_is_found(
        self, fault: Change, wanted: Any, books: Tampered, table: Table, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("infra.audit.recheck.PAUSE_S", 0)
        fault(books)
        fill(table, books)
        assert live(verify.of_table(table)) == wanted

    def test_what_is_written_meanwhile_is_no_fault(
        self, books: Tampered, table: Table, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(table, books)
        engine, scan, scans = Engine(), Table.scan, []

        def scan_while_they_buy(self: Table, segment: int, total: int) -> Iterator[list[Any]]:
            yield from scan(self, segment, total)
            scans.append(segment)
            for buyer in (ANNA, BEN, CLEO):
                engine.execute(order(f"{buyer}-{len(scans)}", buyer), 4_000_000_000)

        monkeypatch.setattr(Table, "scan", scan_while_they_buy)
        report = verify.of_table(table)
        assert live(report) == []
        assert len(scans) > verify.SEGMENTS_EACH, "nothing differed, and nothing was looked at again"

    def test_an_export_of_it_is_verified(
        self, books: Tampered, table: Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
    ) -> None:
        fill(table, books)
        stage = {"RISTOURNE_TABLE": table.name, "AWS_DEFAULT_REGION": REGION}
        monkeypatch.setattr("infra.audit.command.environment_of_stage", lambda name: stage)
        file = tmp_path / "books.ndjson.gz"
        assert main(["export", "--stage", "prod", str(file)]) == 0
        assert len(gzip.decompress(file.read_bytes()).splitlines()) == len(books.records)
        assert main(["verify", "--file", str(file), "--processes", "1"]) == 0
        assert main(["verify", "--stage", "prod", "--processes", "1"]) == 0
        assert capsys.readouterr().out.count("The books are right.") == 2

    def test_an_order_whose_facts_are_compressed_is_verified(
        self, table: Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
    ) -> None:
        books = Memory(programme_of())
        books.execute(order("1", ANNA, *(line(str(number)) for number in range(499))))
        fill(table, Tampered(books))
        stage = {"RISTOURNE_TABLE": table.name, "AWS_DEFAULT_REGION": REGION}
        monkeypatch.setattr("infra.audit.command.environment_of_stage", lambda name: stage)
        file = tmp_path / "books.ndjson"
        assert main(["export", "--stage", "prod", str(file)]) == 0
        assert b'"fz":{"B":"' in file.read_bytes()
        assert main(["verify", "--file", str(file), "--processes", "1"]) == 0
        assert main(["verify", "--stage", "prod", "--processes", "1"]) == 0
        assert capsys.readouterr().out.count("The books are right.") == 2

    def test_a_table_that_is_not_there_cannot_be_read(self, table: Table) -> None:
        with pytest.raises(TableError, match=r"refused Query: ResourceNotFoundException"):
            verify.of_table(Table("another", REGION))


def test_the_command_says_what_is_wrong(books: Tampered, tmp_path: Path, capsys: Any) -> None:
    amount_of_an_entry(books)
    path = tmp_path / "export.ndjson"
    path.write_bytes(b"".join(books.lines()))
    assert main(["verify", "--file", str(path), "--processes", "1"]) == 2
    out = capsys.readouterr().out
    assert "chain_broken         entry 1 of shop.anna: it is not what was linked to the entry before it" in out
    assert out.endswith("The books are WRONG: 3 findings; the first wrong entry is entry 1 of shop.anna.\n")
    assert main(["verify", "--file", str(path), "--processes", "1", "--json"]) == 2
    report = msgspec.json.decode(capsys.readouterr().out)
    assert (report["right"], report["wrong"], report["findings"][0]["what"]) == (False, 3, "chain_broken")


@pytest.mark.parametrize("content", [b'{"Item": {"pk"', b"hello\n", b'{"Item": {"pk": 5}}\n'])
def test_what_is_no_export_cannot_be_read(content: bytes, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "export.ndjson"
    path.write_bytes(content)
    assert main(["verify", "--file", str(path), "--processes", "1"]) == 1
    told = capsys.readouterr().err
    start = content.decode().strip()
    assert told.startswith(f"{path} is no export of a table: where a line has an item it has {start!r} (")
    assert told.endswith("). Name files that DynamoDB or `ristourne export FILE --stage STAGE` has written\n")


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "none.ndjson"
    assert main(["verify", "--file", str(path)]) == 1
    assert capsys.readouterr().err == f"{path}: No such file or directory\n"
    with pytest.raises(SourceError, match=r"there is no \*\.json\.gz"):
        verify.of_files([tmp_path])


@pytest.mark.parametrize("content", [b"", b"\n\n", gzip.compress(b"")], ids=["empty", "blank", "packed"])
def test_an_export_without_an_item_has_no_right_books(content: bytes, tmp_path: Path, capsys: Any) -> None:
    """A download that broke off at once was right."""
    path = tmp_path / f"export.ndjson{'.gz' * content.startswith(bytes([31, 139]))}"
    path.write_bytes(content)
    assert main(["verify", "--file", str(path), "--processes", "1"]) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err.partition(",")[0]) == ("", f"{path} has no item")


@pytest.mark.parametrize("processes", ["0", "-1", "two"])
def test_nobody_verifies_nothing(processes: str, books: Tampered, tmp_path: Path, capsys: Any) -> None:
    """With `--processes 0` no item was read, and the books were right."""
    amount_of_an_entry(books)
    path = tmp_path / "export.ndjson"
    path.write_bytes(b"".join(books.lines()))
    with pytest.raises(SystemExit) as refused:
        main(["verify", "--file", str(path), "--processes", processes])
    assert refused.value.code == 1
    assert f"argument --processes: must be a whole number from 1, got '{processes}'" in capsys.readouterr().err


def test_words_that_verify_does_not_know_are_not_the_status_of_wrong_books() -> None:
    with pytest.raises(SystemExit) as refused:
        main(["verify", "--stage", "prod", "--jsn"])
    assert refused.value.code == 1


@pytest.mark.parametrize("account", sorted(set().union(*record_checks.ACCOUNTS.values())))
def test_each_account_of_the_programme_has_a_name_that_a_shop_uses(account: str) -> None:
    """`programme:card` stood among them."""
    assert account in ACCOUNTS.values()


def test_half_a_packed_file_cannot_be_read(books: Tampered, tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b"".join(books.lines()))[:-20])
    with pytest.raises(SourceError, match="cannot be read"):
        verify.of_files([tmp_path])


def test_an_item_that_is_not_what_its_kind_says_is_a_finding(books: Tampered, tmp_path: Path) -> None:
    lines = [row.replace(b'\\"cashback\\"', b"7") if b"ORDER#shop#1" in row else row for row in books.lines()]
    places = {finding.what: finding.where for finding in of_lines(tmp_path, lines).findings}
    assert places["unreadable"] == "ORDER#shop#1 ORDER"


def test_members_and_lines_may_be_cut_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.audit.sources.CUT", 5_000)
    lines = list(export(list(World(members=5, orders=6).books.records.values()), 2))
    report = of_lines(tmp_path, lines)
    assert report.right
    assert report.items == b"".join(lines).count(b"\n")


def test_twenty_thousand_entries_in_two_processes(tmp_path: Path) -> None:
    records = list(World().books.records.values())
    entries = sum(isinstance(record, Entry) for record in records)
    copies = 20_000 // entries + 1
    packed = tmp_path / "data"
    packed.mkdir()
    whole = b"".join(export(records, copies)).splitlines(keepends=True)
    for number in range(4):
        part = whole[number * len(whole) // 4 : (number + 1) * len(whole) // 4]
        (packed / f"{number}.json.gz").write_bytes(gzip.compress(b"".join(part), 1))
    report = verify.of_files([tmp_path], processes=2)
    assert text(report)[-1] == "The books are right."
    assert report.counts["entries"] == entries * copies


def test_every_finding_is_explained() -> None:
    sources = [ROOT / "chalicelib/domain/audit/record_checks.py", *(ROOT / "infra/audit").glob("*.py")]
    codes = {code for path in sources for code in re.findall(r'"([a-z]+(?:_[a-z]+)+)"', path.read_text())}
    explained = (ROOT / "docs" / "verify.md").read_text()
    assert [code for code in sorted(codes | {"unreadable"}) if f"`{code}`" not in explained] == []


def test_items_that_store_no_record_are_only_counted(tmp_path: Path) -> None:
    key = {"pk": {"S": "KEY#k"}, "sk": {"S": "KEY"}, "k": {"S": "key"}}
    report = of_lines(tmp_path, [exported(key)])
    assert (report.right, report.counts["other"]) == (True, 1)
