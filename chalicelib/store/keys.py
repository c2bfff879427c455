"""Partition keys and sort keys of the items that store no record, and the partitions of those that do.

A record's class says its keys itself (`ENTITY` in `domain/records.py`), and `codec.py` fills them; OTHERS are the items
that store no record. Both are the chart of the README, and no third module builds a key. The member `guest.{hash}` of
an e-mail is its anchor: it names the person (`domain/members/persons.py`), and is written too by the first order of an
account with that e-mail.

A referrer's conversions are spread over eight keys, so that one with very many friends is not a hot key. A code's
clicks are counted in CLICK_SHARDS items, because an influencer's link is followed thousands of times a second.
"""

from __future__ import annotations

import re
from hashlib import sha256

from chalicelib.domain.records import (
    Activity,
    BoardRow,
    Conversion,
    DataRequest,
    DayReport,
    Entry,
    MemberListRef,
    MemberRef,
    Outstanding,
    Review,
)
from chalicelib.store.codec import Key, key_of, shard

CLICK_SHARDS = 16
DELIVERY_SHARDS = 4

REQUESTS = DataRequest.ENTITY.pk
"""The partition of requests about personal data, sorted by time."""

REPORTS = DayReport.ENTITY.pk
"""The partition of reports, sorted by day."""

OWED = Outstanding.ENTITY.pk
"""The partition of what was owed to members, sorted by day."""

ENTRY_PREFIX = Entry.ENTITY.sk.partition("{")[0]
"""What the sort key of every ledger entry begins with."""

ACTIVITY_PREFIX = Activity.ENTITY.sk.partition("{")[0]
"""What the sort key of every activity begins with."""

ROUND: Key = ("ROUND", "ROUND")
"""The key of the daily round's progress."""

WAITING: Key = ("WAITING", "WAITING")
"""The key of what waits for a person."""

ROOT_CHECK: Key = ("ROOT", "ROOT")
"""The key of the root secret's digest."""

CALCULATIONS = "CALCULATIONS"
"""The partition of what is worked out of all orders."""

DRAFT, DRAFTS = "DRAFT", "DRAFTS"
"""The sort key of a draft of the programme, which has a partition of its own, and the partition of each user's latest.
"""

USERS, INVITATIONS, SESSIONS = "USERS", "INVITATIONS", "SESSIONS"
"""The partitions of the console's users, of invitations and of sessions, which are few."""


OTHERS = (
    ("clicks of a code", "CLICKS#{code}#{shard}", "CLICKS", "the link"),
    ("API key", "KEY#{id}", "KEY", "the operator"),
    ("digest of the root", "ROOT", "ROOT", "once, by the first process on the table"),
    ("daily round", "ROUND", "ROUND", "the schedule, after each page of the table"),
    ("part of what it has counted", "ROUND", "FOLD#{number}", "the schedule, where a call ends before the table does"),
    ("what waits for a person", "WAITING", "WAITING", "the stream, once some of it has changed; the daily round"),
    ("kept delivery", "DELIVERIES#{shard}", "{received}-{digest}", "a webhook that could not be processed"),
    ("part of its body", "DELIVERY#{delivery}", "PART#{number}", "where it is too large for one item"),
    ("user of the console", "USERS", "{name}", "an invitation; making a passkey"),
    ("invitation (hashed)", "INVITATIONS", "{digest}", "inviting; its use"),
    ("session (hashed)", "SESSIONS", "{digest}", "signing in; its use, and its end"),
    ("answered challenge", "CHALLENGE#{digest}", "CHALLENGE", "a passkey"),
    ("attempts to sign in", "ATTEMPTS#{hash}", "{minute}", "signing in"),
    ("what a user did", "LOG#{month}", "{at}-{random}", "each change by the console, or by an admin key"),
    ("draft of the programme", "DRAFT#{digest}", "DRAFT", "an owner's form that asks what it would change"),
    ("latest draft of a user", "DRAFTS", "{user}", "the same form"),
    ("draft that was tried", "CALCULATIONS", "what-if", "an owner's button; the function, as it gets on"),
    ("what a campaign brought", "CALCULATIONS", "campaign#{id}", "an owner's button; the function, as it gets on"),
)
"""The items that store no record: title, patterns of the keys, written by."""


def member_partition(member: str) -> str:
    """The partition key of a member's own items."""
    return key_of(MemberRef(member))[0]


def draft_partition(draft: str) -> str:
    """The partition key of a draft of the programme."""
    return f"DRAFT#{draft}"


def list_partition(name: str) -> str:
    """The partition key of the pages of a list of members."""
    return key_of(MemberListRef(name, 0))[0]


def fold_part(number: int) -> Key:
    """The key of a part of what a round has counted."""
    return ROUND[0], f"FOLD#{number:03d}"


def friends_partitions(referrer: str) -> list[str]:
    """The partition keys of a referrer's conversions."""
    return _partitions(Conversion.ENTITY.pk.replace("{referrer}", referrer))


def board_partitions(board: str, number: int) -> list[str]:
    """The partition keys of a leaderboard's rows in a period."""
    return _partitions(BoardRow.ENTITY.pk.replace("{board}", board).replace("{number}", str(number)))


def review_partitions() -> list[str]:
    """The partition keys of reviews."""
    return _partitions(Review.ENTITY.pk)


def _partitions(pattern: str) -> list[str]:
    """Every partition key of a pattern whose only field is a shard."""
    before, shards, after = re.split(r"\{\w+%([0-9]+)\}", pattern)
    return [f"{before}{number}{after}" for number in range(int(shards))]


def clicks(code: str) -> list[Key]:
    """The keys of the counters of a code's clicks."""
    return [(f"CLICKS#{code}#{number}", "CLICKS") for number in range(CLICK_SHARDS)]


def api_key(key_id: str) -> Key:
    """The key of an API key's item."""
    return f"KEY#{key_id}", "KEY"


def delivery(received_ms: int, digest: str) -> Key:
    """The key of a kept delivery; the newest is last within its shard."""
    return f"DELIVERIES#{shard(digest, DELIVERY_SHARDS)}", f"{received_ms:015d}-{digest}"


def delivery_parts(delivery: str, parts: int) -> list[Key]:
    """The keys of the parts of a kept delivery's body, in order; in a partition of their own, which no list reads."""
    return [(f"DELIVERY#{delivery}", f"PART#{number:03d}") for number in range(parts)]


def delivery_partitions() -> list[str]:
    """The partition keys of kept deliveries."""
    return [f"DELIVERIES#{number}" for number in range(DELIVERY_SHARDS)]


def challenge(digest: str) -> Key:
    """The key of what remembers that a challenge was answered."""
    return f"CHALLENGE#{digest}", "CHALLENGE"


def digest_of(secret: str) -> str:
    """What stands in the table for a random secret: its SHA-256."""
    return sha256(secret.encode()).hexdigest()


def attempts(address: str, minute: int) -> Key:
    """The key of the attempts to sign in from an address (hashed) within a minute."""
    return f"ATTEMPTS#{address}", f"{minute:010d}"


def log_partition(month: str) -> str:
    """The partition key of what users of the console did in a month such as `2026-05`."""
    return f"LOG#{month}"
