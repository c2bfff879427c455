"""What every kind of reward that activities earn is held to, derived from its table of cases (`cases/`).

The same questions as orders' (`test_kinds.py`): for each case its value and its sentence, the document's check, a
repetition, a withdrawal, any order of statements, the audit, and the write units.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import RecordActivity, WithdrawActivity
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ledger.transfers import totals
from chalicelib.domain.members.statements import why
from chalicelib.domain.programme.document import Programme, parse, published
from chalicelib.domain.programme.kinds import KINDS, kind_of
from chalicelib.domain.records import Activity, ActivityRef
from chalicelib.store.codec import item_of
from tests.domain.rewards.cases import ActivityCase, ActivityTable
from tests.domain.rewards.test_kinds import OF_ALL
from tests.world.audit import findings
from tests.world.builders import ANNA, NOW, document, order
from tests.world.memory import Memory
from tests.world.meter import TRANSACTION_FACTOR, UNIT_BYTES, item_size

MAX_ITEMS, MAX_UNITS = 4, 8
"""The activity, the member, the entry, and a share of the rule's budget."""

TABLES = {name: table for name, table in OF_ALL.items() if isinstance(table, ActivityTable)}
ALL = [pytest.param(case, id=f"{kind}: {name}") for kind, table in TABLES.items() for name, case in table.cases.items()]
GIVING = [case for case in ALL if isinstance(case.values[0], ActivityCase) and case.values[0].amount]


def stating(case: ActivityCase) -> Programme:
    return parse(document(earn=[{"id": "rule"} | case.rule], **case.parts))


def statement(case: ActivityCase, reference: str = "r-17") -> RecordActivity:
    return RecordActivity(ANNA, case.activity, reference)


def withdrawal(case: ActivityCase) -> WithdrawActivity:
    return WithdrawActivity(ANNA, case.activity, "r-17")


def recorded(case: ActivityCase) -> Memory:
    shop = Memory(stating(case))
    shop.execute(statement(case))
    return shop


def test_every_kind_has_a_table_of_its_own_sort() -> None:
    assert set(TABLES) == {kind.name for kind in KINDS if kind.earned_by == "activity"}


@pytest.mark.parametrize("case", ALL)
def test_it_gives(case: ActivityCase) -> None:
    shop = recorded(case)
    told = shop.find(ActivityRef(ANNA, case.activity, "r-17"), Activity)
    assert {posted.asset: posted.amount for posted in told.posted} == ({case.asset: case.amount} if case.amount else {})
    posted = totals((posting for entry in shop.entries(ANNA) for posting in entry.postings), ANNA)
    assert posted == ({case.asset: case.amount} if case.amount else {})


@pytest.mark.parametrize("case", GIVING)
def test_its_sentence_says_why(case: ActivityCase) -> None:
    (entry,) = recorded(case).entries(ANNA)
    assert [why(posting, entry) for posting in entry.postings] == [case.sentence]


@pytest.mark.parametrize("case", GIVING)
def test_what_is_withdrawn_says_so(case: ActivityCase) -> None:
    shop = recorded(case)
    shop.execute(withdrawal(case), NOW + 60)
    entry = shop.entries(ANNA)[-1]
    name = case.sentence.partition(":")[0]
    assert [why(posting, entry) for posting in entry.postings] == [
        f"{name} taken back: your {case.activity} was withdrawn."
    ]


@pytest.mark.parametrize("case", ALL)
def test_its_document_survives_the_table(case: ActivityCase) -> None:
    programme = stating(case)
    assert published(msgspec.json.encode(programme).decode()) == programme


@pytest.mark.parametrize("case", ALL)
def test_a_repetition_changes_nothing(case: ActivityCase) -> None:
    shop = recorded(case)
    before = dict(shop.records)
    assert shop.execute(statement(case), NOW + 60)["changed"] is False
    assert shop.records == before


@pytest.mark.parametrize("case", ALL)
def test_a_withdrawal_takes_all_of_it_back_for_good(case: ActivityCase) -> None:
    shop = recorded(case)
    for command in (withdrawal(case), statement(case), withdrawal(case)):
        shop.execute(command, NOW + 60)
        assert shop.find(ActivityRef(ANNA, case.activity, "r-17"), Activity).posted == ()
        assert shop.balance(ANNA, case.asset, NOW + 60).available == 0
        assert shop.member(ANNA).used == {}


@pytest.mark.parametrize("case", ALL)
def test_statements_lead_to_the_same_books_in_every_order(case: ActivityCase) -> None:
    """A withdrawal of what nobody has stated yet is refused, and repeated.

    One that comes while the other has used up the limit gets nothing, and goes on having nothing.
    """
    outcomes = set()
    for permutation in permutations([statement(case), statement(case), withdrawal(case), statement(case, "r-18")]):
        shop, refused = Memory(stating(case)), list[Any]()
        for command in permutation:
            try:
                shop.execute(command)
            except NotFound:
                refused.append(command)
        for command in refused:
            shop.execute(command)
        assert findings(shop) == []
        accounts = shop.member(ANNA).accounts
        assert accounts.keys() <= {case.asset}
        outcomes.add(accounts[case.asset].stored if accounts else 0)
    assert outcomes - ({0} if case.rule.get("limits") else set()) == {case.amount}


@pytest.mark.parametrize("case", ALL)
def test_the_audit_finds_its_books_right(case: ActivityCase) -> None:
    shop = recorded(case)
    assert findings(shop) == []
    shop.execute(withdrawal(case), NOW + 60)
    assert findings(shop) == []


@pytest.mark.parametrize("case", ALL)
def test_a_statement_costs_no_more_write_units(case: ActivityCase) -> None:
    shop = Memory(stating(case))
    shop.execute(order("1", ANNA))
    for command in (statement(case), withdrawal(case)):
        shop.execute(command)
        sizes = [item_size(item_of(record)) for record in shop.written]
        assert len(sizes) <= MAX_ITEMS, sizes
        assert sum(TRANSACTION_FACTOR * -(-size // UNIT_BYTES) for size in sizes) <= MAX_UNITS, sizes


@pytest.mark.parametrize("case", ALL)
def test_an_order_gets_nothing_of_it(case: ActivityCase) -> None:
    shop = Memory(stating(case))
    shop.execute(order("1", ANNA))
    assert (shop.order("1").posted, shop.order("1").terms.allowed, shop.entries(ANNA)) == ((), (), [])
    assert record_checks.of_order(shop.order("1"), shop.history()) == []


@pytest.mark.parametrize("case", GIVING)
def test_an_entry_names_the_rule_and_the_account_of_its_kind(case: ActivityCase) -> None:
    (entry,) = recorded(case).entries(ANNA)
    assert {(posting.why.rule, posting.source) for posting in entry.postings} == {
        ("rule", f"programme:{kind_of(case.rule).name}")
    }
    assert record_checks.ACCOUNTS[entry.origin.kind] >= {f"programme:{kind_of(case.rule).name}"}
