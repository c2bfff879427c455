"""Partition keys and sort keys of every item; no other module builds them.

    entity              pk                            sk                  written by
    ------------------  ----------------------------  ------------------  -----------------------------------------
    order               ORDER#{connection}#{order}    ORDER               its own webhooks
    member              MEMBER#{member}               MEMBER              the member's orders, groups, API calls
    profile             MEMBER#{member}               PROFILE             the API; erasures
    ledger entry        MEMBER#{member}               ENTRY#{number}      once, with what it explains
    undone redemption   MEMBER#{member}               REVERSAL#{entry}    once, with the entry that gives it back
    note of an entry    MEMBER#{member}               NOTE#{number}       once, with its entry; again to erase it
    group of friends    MEMBER#{referrer}             GROUP#{number}      the stream
    conversion          FRIENDS#{referrer}#{shard}    {friend}            the friend's order; the stream
    referral code       CODE#{code}                   CODE                once; again when its owner is merged
    hold                HOLD#{hold}                   HOLD                placing it; its end
    share of a budget   BUDGET#{rule}#{asset}#{share} BUDGET              orders under a rule that has a budget
    review              REVIEWS#{shard}               {referrer}#{number} a bonus that waits for a person; the verdict
    clicks of a code    CLICKS#{code}#{shard}         CLICKS              the link
    list of versions    PROGRAMME                     LIST                each publication
    data request        REQUESTS                      {at}-{number}       asking for personal data; its steps
    programme version   PROGRAMME                     V#{number}          once
    stored answer       ANSWER#{caller}#{key}         ANSWER              the request with that Idempotency-Key
    API key             KEY#{id}                      KEY                 the operator
    digest of the root  ROOT                          ROOT                once, by the first process on the table
    daily round         ROUND                         ROUND               the schedule, after each page of the table
    kept delivery       DELIVERIES#{shard}            {received}-{digest} a webhook that could not be processed
    part of its body    DELIVERY#{delivery}           PART#{number}       where it is too large for one item

The member `guest.{hash}` of an e-mail is its anchor: it names the person (`domain/members/persons.py`), and is written
too by the first order of an account with that e-mail.

A referrer's conversions are spread over CONVERSION_SHARDS keys, so that one with very many friends is not a hot key.
A code's clicks are counted in CLICK_SHARDS items, because an influencer's link is followed thousands of times a second.
"""

from __future__ import annotations

from zlib import crc32

from chalicelib.domain.records import (
    Answer,
    AnswerRef,
    BudgetRef,
    CodeRef,
    ConversionRef,
    DataRequestRef,
    EntryRef,
    GroupRef,
    HoldRef,
    MemberRef,
    NoteRef,
    OrderRef,
    ProfileRef,
    ProgrammeList,
    ProgrammeRef,
    ProgrammeVersion,
    Record,
    Ref,
    ReversalRef,
    ReviewRef,
)

CONVERSION_SHARDS = 8
CLICK_SHARDS = 16
DELIVERY_SHARDS = 4
REVIEW_SHARDS = 4

Key = tuple[str, str]
"""Partition key and sort key."""

REQUESTS = "REQUESTS"
"""The partition of requests about personal data, sorted by time."""

ROUND: Key = ("ROUND", "ROUND")
"""The key of the daily round's progress."""

ROOT_CHECK: Key = ("ROOT", "ROOT")
"""The key of the root secret's digest."""


def key_of(ref: Ref) -> Key:  # noqa: C901, PLR0911, PLR0912 (a case for each kind of reference)
    """The key of the record that a reference names."""
    match ref:
        case OrderRef(connection, order):
            return f"ORDER#{connection}#{order}", "ORDER"
        case MemberRef(member):
            return member_partition(member), "MEMBER"
        case ProfileRef(member):
            return member_partition(member), "PROFILE"
        case GroupRef(referrer, number):
            return member_partition(referrer), f"GROUP#{number:08d}"
        case ConversionRef(referrer, friend):
            return _friends(referrer, shard(friend, CONVERSION_SHARDS)), friend
        case CodeRef(code):
            return f"CODE#{code}", "CODE"
        case HoldRef(hold):
            return f"HOLD#{hold}", "HOLD"
        case EntryRef(member, number):
            return entry(member, number)
        case ReversalRef(member, number):
            return member_partition(member), f"REVERSAL#{number:010d}"
        case BudgetRef(rule, asset, share):
            return f"BUDGET#{rule}#{asset}#{share}", "BUDGET"
        case ReviewRef(referrer, number):
            return _reviews(shard(referrer, REVIEW_SHARDS)), f"{referrer}#{number:08d}"
        case NoteRef(member, number):
            return member_partition(member), f"NOTE#{number:010d}"
        case DataRequestRef(at, number):
            return REQUESTS, f"{at:012d}-{number}"
        case ProgrammeRef(number):
            return "PROGRAMME", f"V#{number:08d}" if number else "LIST"
        case AnswerRef(caller, key):
            return f"ANSWER#{caller}#{key}", "ANSWER"


def key_of_record(record: Record) -> Key:
    """The key of a record."""
    match record:
        case ProgrammeList():
            return key_of(ProgrammeRef())
        case ProgrammeVersion():
            return key_of(ProgrammeRef(record.number))
        case Answer():
            return key_of(AnswerRef(record.caller, record.key))
        case _:
            return key_of(record.ref)


ENTRY_PREFIX = "ENTRY#"


def member_partition(member: str) -> str:
    """The partition key of a member's own items."""
    return f"MEMBER#{member}"


def entry(member: str, number: int) -> Key:
    """The key of a ledger entry; a member's entries are sorted by their numbers."""
    return member_partition(member), f"{ENTRY_PREFIX}{number:010d}"


def friends_partitions(referrer: str) -> list[str]:
    """The partition keys of a referrer's conversions."""
    return [_friends(referrer, number) for number in range(CONVERSION_SHARDS)]


def _friends(referrer: str, number: int) -> str:
    return f"FRIENDS#{referrer}#{number}"


def review_partitions() -> list[str]:
    """The partition keys of reviews."""
    return [_reviews(number) for number in range(REVIEW_SHARDS)]


def _reviews(number: int) -> str:
    return f"REVIEWS#{number}"


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


def shard(text: str, shards: int) -> int:
    """The shard of a name: stable, and spread evenly."""
    return crc32(text.encode()) % shards
