"""What a record means by a field that was never stored: for good, since what is at its default is not in the table."""

from typing import Any

import msgspec
import pytest

from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.records import (
    Activity,
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
    Group,
    Hold,
    Member,
    MemberList,
    Note,
    Order,
    Outstanding,
    Profile,
    ProgrammeList,
    ProgrammeVersion,
    Record,
    Reversal,
    Review,
    Terms,
)

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
    ProgrammeList: {"version": 0, "effective_at": (), "shares": None, "fixed": None, "cuts": ()},
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


@pytest.mark.parametrize("kind", Record.__args__, ids=lambda kind: kind.__name__)
def test_what_is_not_stored_means_the_same_for_good(kind: Any) -> None:
    fields = [field for field in msgspec.structs.fields(kind) if not field.required]
    meant = {
        each.name: each.default if each.default_factory is msgspec.NODEFAULT else each.default_factory()
        for each in fields
    }
    assert meant == NEW[kind]
