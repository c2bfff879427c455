"""`python -m infra anchors rebuild` as typed, on DynamoDB Local: members as an earlier release stored them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from chalicelib.domain.commands import EraseMember, PublishProgramme
from chalicelib.domain.core.identity import Identities
from chalicelib.domain.records import Member, MemberRef
from chalicelib.edge import process
from chalicelib.engine import Engine
from chalicelib.store.secrets import Secrets
from chalicelib.store.table import load
from infra.__main__ import main
from tests.conftest import TABLE
from tests.world.builders import ANNA, BEN, CLEO, CODE, DORA, issue, order, programme_of

pytestmark = pytest.mark.xdist_group("dynamodb-local")

EVE = "shop.eve"
IDENTITIES = Identities(b"k" * 32, "")
CLEOS = IDENTITIES.email_hash("cleo@mail.example")

Items = Callable[[], list[dict[str, Any]]]
Run = Callable[[], dict[str, int]]


def old_member(name: str, **attributes: str) -> dict[str, Any]:
    """The item of a member as releases from before anchors wrote it: `e` is the e-mail's hash, `fo` the first order."""
    fields = {key: {"S": value} for key, value in attributes.items()}
    return {"pk": {"S": f"MEMBER#{name}"}, "sk": {"S": "MEMBER"}, "k": {"S": "member"}, "v": {"N": "1"}} | {
        "m": {"S": name},
        **fields,
    }


PROFILE = {"pk": {"S": f"MEMBER#{CLEO}"}, "sk": {"S": "PROFILE"}, "k": {"S": "profile"}, "v": {"N": "1"}} | {
    "m": {"S": CLEO},
    "email": {"S": "Cleo@mail.example"},
}

OLD = [
    old_member(BEN, e="ben", fo="shop/1"),
    old_member(CLEO),
    PROFILE,
    old_member(DORA, e="shared", fo="shop/2"),
    old_member(EVE, e="shared", fo="shop/3"),
    old_member("guest.old", e="old", fo="shop/4"),
]


@pytest.fixture
def items(local_table: str, monkeypatch: pytest.MonkeyPatch) -> Items:
    """The table with old members in it; gives all its items in a stable order."""
    process.forget()
    monkeypatch.setattr(Secrets, "identities", lambda self, namespace, now: IDENTITIES)
    monkeypatch.setattr("infra.commands.tables.environment_of_stage", lambda stage: {"RISTOURNE_TABLE": TABLE})
    client = boto3.client("dynamodb")
    for item in OLD:
        client.put_item(TableName=TABLE, Item=item)

    def stored() -> list[dict[str, Any]]:
        scanned: list[dict[str, Any]] = client.scan(TableName=TABLE, ConsistentRead=True)["Items"]
        return sorted(scanned, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    return stored


@pytest.fixture
def run(items: Items, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; the numbers that it printed."""

    def typed() -> dict[str, int]:
        capsys.readouterr()
        assert main(["anchors", "rebuild", "--stage", "prod"]) == 0
        titles, numbers = capsys.readouterr().out.splitlines()[-2:]
        return dict(zip(titles.split(), map(int, numbers.split()), strict=True))

    return typed


def member(name: str) -> Member:
    record = load([MemberRef(name)])[MemberRef(name)]
    assert isinstance(record, Member)
    return record


def test_e_mails_lead_to_the_persons_of_their_members(run: Run) -> None:
    assert run() == {"anchored": 3, "known": 0, "apart": 1}
    assert (member("guest.ben").person, member(BEN).email_hash) == (BEN, "")
    assert (member(f"guest.{CLEOS}").person, member(CLEO).person) == (CLEO, CLEO)
    assert member("guest.shared").person in (DORA, EVE)
    assert (member(DORA).person, member(EVE).person) == ("", "")  # both have bought: two, until they are merged
    assert member("guest.old").person == ""


def test_a_second_run_changes_nothing(run: Run, items: Items) -> None:
    run()
    before = items()
    assert run() == {"anchored": 0, "known": 1, "apart": 0}  # the profile's e-mail; the hashes in members are used up
    assert items() == before


def test_a_guest_with_the_mailbox_of_an_old_account_is_no_new_customer(run: Run) -> None:
    engine = Engine()
    programme = programme_of(referral={"percent": 10, "friends": 1, "welcome": {"amount": 3}})
    engine.execute(PublishProgramme(programme, "", 0, 0, 0), 0)
    engine.execute(issue(), 0)
    run()
    engine.execute(order("9", "guest.ben", code=CODE, email_hash="ben"), 4_000_000_000)
    assert member("guest.ben").accounts["EUR/2"].balance(4_000_000_000).available == 500  # and no welcome gift
    assert [first.order for first in member(BEN).firsts] == ["shop/1", "shop/9"]
    assert (member(BEN).referrer, member(ANNA).live) == ("", 0)


def test_an_old_hash_goes_with_an_erasure(items: Items) -> None:
    erased = Engine().execute(EraseMember(BEN, hashes=True), 0)
    assert (erased["hashes"], member(BEN).email_hash) == (1, "")
    assert "ben" not in {value["S"] for item in items() for name, value in item.items() if name == "e"}


def test_how_far_it_is_shows_on_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts: list[str] = []
    monkeypatch.setattr("infra.progress.ProgressLine.show", lambda progress, text: texts.append(text))
    run()
    assert texts == ["pass 1 of 2: 4 members, 2 anchors made", "pass 2 of 2: 1 members, 3 anchors made", ""]
