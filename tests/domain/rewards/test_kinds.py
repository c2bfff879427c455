"""What every kind of reward is held to, derived from its table of cases (`cases/`).

For each case: its value and its sentence, the document's check, a duplicate, a refund to zero, permutations of the
deliveries of a refund, the audit, and the write units of its order. A kind without a table fails. Kinds that activities
earn are asked the same by `test_activity_kinds.py`.
"""

from __future__ import annotations

from importlib import import_module
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.ledger.transfers import totals
from chalicelib.domain.members.statements import why
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.document import Programme, parse, published
from chalicelib.domain.programme.kinds import KINDS, EarningKind, kind_of
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Entry
from chalicelib.domain.rewards import valuation
from chalicelib.store.codec import item_of
from chalicelib.what_if.replay import replay
from tests.domain.rewards.cases import ActivityTable, Case, Refused, Table
from tests.infra.what_if_orders import read
from tests.world.audit import findings
from tests.world.builders import ANNA, CONNECTION, DAY_S, NOW, document, refund, states
from tests.world.memory import Memory
from tests.world.meter import TRANSACTION_FACTOR, UNIT_BYTES, item_size

MAX_UNITS = 6
"""Of a member's first order: three items of up to a kilobyte, in a transaction; a share of a budget is one more."""


def table_of(kind: EarningKind) -> Table | ActivityTable:
    table = import_module(f"tests.domain.rewards.cases.{kind.name}").TABLE
    assert isinstance(table, Table if kind.earned_by == "order" else ActivityTable)
    return table


OF_ALL = {kind.name: table_of(kind) for kind in KINDS}
TABLES = {name: table for name, table in OF_ALL.items() if isinstance(table, Table)}
ALL = [pytest.param(case, id=f"{kind}: {name}") for kind, table in TABLES.items() for name, case in table.cases.items()]
GIVING = [parameter for parameter in ALL if isinstance(parameter.values[0], Case) and parameter.values[0].amount]
FROM_KEPT_ALONE = [
    pytest.param(case, id=f"{kind.name}: {name}")
    for kind in KINDS
    if kind.document().FROM_KEPT_ALONE
    for name, case in TABLES[kind.name].cases.items()
]
REFUSED = [
    pytest.param(refused, id=f"{kind}: {refused.problem}")
    for kind, table in OF_ALL.items()
    for refused in table.refused
]


def stating(case: Case) -> Programme:
    return parse(document(earn=[{"id": "rule"} | case.rule], **case.parts))


def delivery(case: Case) -> RecordOrder:
    return RecordOrder(CONNECTION, "1", states(replace(case.order, buyer=ANNA, refunds={}), **case.order.refunds))


def bought(case: Case) -> Memory:
    shop = Memory(stating(case))
    shop.execute(delivery(case))
    return shop


def holdings(shop: Memory) -> Any:
    accounts = {asset: account for asset, account in shop.member(ANNA).accounts.items() if account.stored}
    return accounts, shop.member(ANNA).used, shop.order("1").posted


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_is_known_by_its_marks_alone_and_pays_from_an_account_of_its_own(kind: Any) -> None:
    assert [kind_of({mark: 1}) for mark in kind.marks] == [kind] * len(kind.marks)
    assert (kind.document().KIND, len({other.name for other in KINDS})) == (kind.name, len(KINDS))
    assert set(kind.marks) <= {field.name for field in msgspec.structs.fields(kind.document())}


@pytest.mark.parametrize("case", ALL)
def test_it_gives(case: Case) -> None:
    shop = bought(case)
    given = {posted.asset: posted.amount for posted in shop.order("1").posted}
    assert given == ({case.asset: case.amount} if case.amount else {})


@pytest.mark.parametrize("case", ALL)
def test_a_what_if_over_its_books_gives_the_same(case: Case, tmp_path: Path) -> None:
    outcome = replay(read(bought(case), tmp_path).log, stating(case))
    given = {asset: figures.given for asset, figures in outcome.assets.items() if figures.given}
    assert given == ({case.asset: case.amount} if case.amount else {})


@pytest.mark.parametrize("case", FROM_KEPT_ALONE)
def test_a_kind_that_looks_at_what_was_kept_alone_gives_the_same_at_any_instant(case: Case) -> None:
    sales = [Sale(case.order.currency, at, stating(case), at) for at in (0, NOW, NOW + 400 * DAY_S)]
    first, *others = (valuation.combined(valuation.earned(kept_of(case.order), sale), sale) for sale in sales)
    assert others == [first, first]


@pytest.mark.parametrize("case", GIVING)
def test_its_sentence_says_why(case: Case) -> None:
    (entry,) = bought(case).entries(ANNA)
    assert [why(posting, entry) for posting in entry.postings] == [case.sentence]


@pytest.mark.parametrize("case", ALL)
def test_its_document_survives_the_table(case: Case) -> None:
    programme = stating(case)
    assert published(msgspec.json.encode(programme).decode()) == programme


@pytest.mark.parametrize("refused", REFUSED)
def test_a_document_that_makes_no_sense_is_refused(refused: Refused) -> None:
    with pytest.raises(InvalidProgramme) as raised:
        parse(document(earn=[{"id": "rule"} | refused.rule], **refused.parts))
    assert refused.problem.replace("{}", "earn[0]") in raised.value.problems


@pytest.mark.parametrize("case", ALL)
def test_a_duplicate_changes_nothing(case: Case) -> None:
    shop = bought(case)
    before = dict(shop.records)
    shop.execute(delivery(case), NOW + 60)
    assert shop.records == before


@pytest.mark.parametrize("case", ALL)
def test_a_refund_of_all_takes_all_of_it_back(case: Case) -> None:
    shop = bought(case)
    shop.execute(refund("1", "all", amount=10**6), NOW + 60)
    assert shop.order("1").posted == ()
    assert totals((posting for entry in shop.entries(ANNA) for posting in entry.postings), ANNA).get(case.asset, 0) == 0


@pytest.mark.parametrize("case", ALL)
def test_refunds_lead_to_the_same_books_in_every_order(case: Case) -> None:
    deliveries = [delivery(case), refund("1", "first", amount=999), refund("1", "second", amount=2345)]
    outcomes = []
    for permutation in permutations(deliveries):
        shop = Memory(stating(case))
        for moment, command in enumerate(permutation):
            shop.execute(command, NOW + moment)
        outcomes.append(holdings(shop))
    assert all(outcome == outcomes[0] for outcome in outcomes)


@pytest.mark.parametrize("case", ALL)
def test_the_audit_finds_its_books_right(case: Case) -> None:
    shop = bought(case)
    assert findings(shop) == []
    shop.execute(refund("1", "part", amount=1234), NOW + 60)
    assert findings(shop) == []


@pytest.mark.parametrize("case", ALL)
def test_an_order_costs_no_more_write_units(case: Case) -> None:
    shop = bought(case)
    sizes = [item_size(item_of(record)) for record in shop.written]
    units = sum(TRANSACTION_FACTOR * -(-size // UNIT_BYTES) for size in sizes)
    assert units <= MAX_UNITS + TRANSACTION_FACTOR * bool(case.rule.get("budget")), sizes


@pytest.mark.parametrize("case", GIVING)
def test_an_entry_names_the_rule_and_the_account_of_its_kind(case: Case) -> None:
    shop = bought(case)
    (entry,) = shop.all(Entry)
    assert {(posting.why.rule, posting.source) for posting in entry.postings} == {
        ("rule", f"programme:{kind_of(case.rule).name}")
    }
