"""What a record means by a field that was never stored: for good, since what is at its default is not in the table."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.records import (
    Activity,
    Allowed,
    Answer,
    BoardCuts,
    BoardPeriod,
    BoardRow,
    Budget,
    Code,
    Conversion,
    Cuts,
    DataRequest,
    DayReport,
    Entry,
    Granted,
    Group,
    Hold,
    Holding,
    Listed,
    Member,
    MemberList,
    Note,
    Order,
    Outstanding,
    Place,
    Profile,
    ProgrammeList,
    ProgrammeVersion,
    Record,
    Reserved,
    Reversal,
    Review,
    Spent,
    Terms,
    Won,
    Worth,
)
from tests.world.builders import ANNA, BEN, CLEO

NEW: dict[type[Record], dict[str, Any]] = {
    Order: {
        "version": 0,
        "facts": OrderFacts(),
        "posted": (),
        "terms": Terms(),
        "conversion": None,
        "holds": (),
        "spent": (),
        "counted": None,
    },
    Member: {
        **dict.fromkeys(("version", "entries", "referred_at", "live", "groups", "bonuses"), 0),
        **dict.fromkeys(("code", "person", "referrer", "referrer_root", "by", "converting", "head", "alias"), ""),
        "was_root": False,
        "email_hash": "",
        **dict.fromkeys(("firsts", "open", "recent", "prints", "merged", "won"), ()),
        **{name: {} for name in ("accounts", "used", "counts", "distinct", "awarded")},
        "level": "",
        "granted": None,
        "standings": (),
    },
    Profile: {"version": 0, "email": "", "display_name": "", "locale": "", "consents": {}, "birthday": ""},
    Code: {"version": 0, "root": ""},
    Conversion: {
        **dict.fromkeys(("version", "at", "base", "group", "lost_in"), 0),
        "currency": "",
        "live": True,
        "todo": 1,
        **dict.fromkeys(("prints", "candidates", "posted"), ()),
        "denied": False,
        "reason": "",
    },
    Group: {
        "version": 0,
        **dict.fromkeys(("limited", "broken"), False),
        **dict.fromkeys(("posted", "signals", "orders"), ()),
        "review": "",
        "allowed_at": 0,
        "rank": 0,
    },
    Hold: {"version": 0, "order": "", "state": "open", "captured": 0, "ended_at": 0, "worth": None},
    Budget: {"version": 0, "given": 0},
    Reversal: {"account": "programme:redemption", "version": 0},
    Activity: {"version": 0, "stated_at": 0, "terms": Terms(), "posted": (), "withdrawn_at": 0},
    Review: {"version": 0, "verdict": "", "reason": "", "decided_at": 0},
    Note: {"version": 0, "text": "", "salt": "", "by": ""},
    DataRequest: {
        "version": 0,
        **dict.fromkeys(("members", "orders", "hashes_of"), ()),
        "hashes": False,
        "done_at": 0,
        "erased": {},
        "place": None,
    },
    Entry: {"version": 0, "label": "", "chain": ""},
    ProgrammeList: {"version": 0, "effective_at": (), "shares": None, "fixed": None, "cuts": (), "restored": 0},
    Cuts: {"version": 0, "members": {}},
    DayReport: {
        **dict.fromkeys(("version", "orders", "goods", "friends", "groups", "clicks"), 0),
        "flows": (),
        "asset": "",
    },
    Outstanding: {"version": 0, "assets": {}},
    MemberList: {"version": 0, "rows": ()},
    ProgrammeVersion: {"version": 0},
    BoardRow: {"version": 0, "ttl": 0},
    BoardPeriod: {
        **dict.fromkeys(("version", "at", "cut", "sure", "settled_at", "terms"), 0),
        **dict.fromkeys(("scores", "places"), ()),
    },
    BoardCuts: {"version": 0, "cuts": {}},
    Answer: {"version": 0},
}


PARTS: dict[type[Any], dict[str, Any]] = {
    Terms: {
        **dict.fromkeys(("version", "balance"), 0),
        **dict.fromkeys(("root", "refused", "level", "judged_as", "buyer"), ""),
        **dict.fromkeys(("allowed", "campaigns"), ()),
    },
    Reserved: {"member": "", "asset": "", "amount": 0, "until": 0, "tied": True, "worth": None},
    Spent: {"worth": None},
    Allowed: {"taken": ()},
    Won: {"asset": "", "amount": 0, "vests_at": 0, "expires_at": 0, "version": 0},
    Granted: {"reason": ""},
    Place: {"prizes": (), "posted": False},
    Holding: {**dict.fromkeys(("available", "pending", "held", "debt", "members"), 0), "by_end": ()},
    Listed: {"scores": (0, 0, 0), "owed": {}},
}
"""The parts of records that are stored by their places, or without what is at its default."""


def defaults(kind: Any) -> dict[str, Any]:
    fields = [field for field in msgspec.structs.fields(kind) if not field.required]
    return {
        field.name: field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        for field in fields
    }


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
def test_what_is_not_stored_of_a_part_means_the_same_for_good(kind: Any) -> None:
    assert defaults(kind) == PARTS[kind]


@pytest.mark.parametrize("kind", Record.__args__, ids=lambda kind: kind.__name__)
def test_a_record_is_found_where_its_own_names_say(kind: Any) -> None:
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    values = {name: f"the {name}" for name in required}
    ref = kind.ENTITY.ref
    names = [field.name for field in msgspec.structs.fields(ref)]
    assert set(names) <= set(required)
    assert kind(**values).ref == ref(**{name: values[name] for name in names})


def test_only_values_that_are_long_for_an_item_are_compressed_and_those_of_members_sooner() -> None:
    """What is compressed now was compressed before: an item of either release reads the same."""
    assert {kind.__name__: kind.ENTITY.longest for kind in Record.__args__ if kind.ENTITY.longest != 2048} == {
        "Member": 128
    }


@pytest.mark.parametrize("part", [Spent(ANNA, "points", 50, 0, 0), Reserved("h", ANNA, "points", 50)])
def test_a_part_of_a_balance_pays_its_worth_or_where_it_is_money_itself(part: Spent | Reserved) -> None:
    pays = [
        payment.paid if isinstance(payment, Spent) else payment.pays for payment in (part, replace(part, worth=EURO))
    ]
    assert pays == [Worth("points", 50), EURO]


EURO = Worth("EUR/2", 100)


@pytest.mark.parametrize(
    ("terms", "root", "after", "person"),
    [
        (Terms(), BEN, Terms(root=BEN), BEN),
        (Terms(root=BEN), ANNA, Terms(), ANNA),
        (Terms(campaigns=("summer",)), BEN, Terms(root=BEN, campaigns=("summer",), judged_as=ANNA), ANNA),
        (Terms(campaigns=("summer",)), ANNA, Terms(campaigns=("summer",)), ANNA),
        (Terms(root=BEN, campaigns=("summer",)), BEN, Terms(root=BEN, campaigns=("summer",)), BEN),
        (Terms(root=BEN, campaigns=("-summer",)), CLEO, Terms(root=CLEO, campaigns=("-summer",), judged_as=BEN), BEN),
        (Terms(root=CLEO, campaigns=("summer",), judged_as=BEN), BEN, Terms(root=BEN, campaigns=("summer",)), BEN),
    ],
    ids=[
        "of another person",
        "of the buyer after all",
        "judged as the buyer",
        "judged as the buyer, who it is",
        "judged as the person that it is",
        "held out as another person",
        "again the person that it was judged as",
    ],
)
def test_an_order_of_another_person_keeps_what_campaigns_judged(
    terms: Terms, root: str, after: Terms, person: str
) -> None:
    order = Order("shop", "1", terms=terms).of_person(root, ANNA)
    assert order == Order("shop", "1", terms=after)
    assert order.terms.person(ANNA) == person


def test_what_is_owed_in_all_is_less_the_debts() -> None:
    assert Holding(available=100, pending=20, held=3, debt=50, members=9).owed == 73


@pytest.mark.parametrize("kind", Record.__args__, ids=lambda kind: kind.__name__)
def test_what_is_not_stored_means_the_same_for_good(kind: Any) -> None:
    assert defaults(kind) == NEW[kind]
