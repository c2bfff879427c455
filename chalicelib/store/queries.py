"""What people look at: a member, a page of a statement, a hold, groups and reviews, clicks, what waits to be settled.
Nothing is decided from these.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from chalicelib.domain.records import (
    Conversion,
    ConversionRef,
    DataRequest,
    Entry,
    Group,
    GroupRef,
    Hold,
    HoldRef,
    Member,
    MemberRef,
    Note,
    NoteRef,
    Profile,
    ProfileRef,
    Ref,
    Review,
)
from chalicelib.store import keys
from chalicelib.store.dynamodb_errors import noticed
from chalicelib.store.items import ClicksItem, ConversionItem, DataRequestItem, EntryItem, GroupItem, ReviewItem
from chalicelib.store.reader import load


def member(name: str) -> Member | None:
    """A member, or the one that it was merged into; the personal data beside it is not read."""
    found = load([MemberRef(name)])[MemberRef(name)]
    if isinstance(found, Member):
        return member(found.alias) if found.alias else found
    return None


def profile(name: str) -> tuple[Member | None, Profile | None]:
    """A member and its personal data."""
    known, personal = MemberRef(name), ProfileRef(name)
    found = load([known, personal])
    stored, kept = found[known], found[personal]
    return stored if isinstance(stored, Member) else None, kept if isinstance(kept, Profile) else None


@noticed()
def entries(name: str, limit: int, before: int = 0) -> list[Entry]:
    """A member's entries, newest first: `limit` of those with a number below `before` (0: from the newest)."""
    newest = keys.entry(name, before - 1 if before else 9_999_999_999)[1]
    between = EntryItem.sk.between(keys.ENTRY_PREFIX, newest)
    found = EntryItem.query(
        keys.member_partition(name), between, scan_index_forward=False, limit=limit, consistent_read=True
    )
    return [item.record() for item in found]


@noticed()
def data_requests(limit: int, before: str = "") -> list[DataRequest]:
    """Requests about personal data, newest first: `limit` of those before a place (`place_of_request`)."""
    found = DataRequestItem.query(
        keys.REQUESTS,
        DataRequestItem.sk < before if before else None,
        scan_index_forward=False,
        limit=limit,
        consistent_read=True,
    )
    return [item.record() for item in found]


@noticed()
def open_data_requests() -> list[DataRequest]:
    """Erasures that are not done yet, the oldest first."""
    found = DataRequestItem.query(
        keys.REQUESTS, filter_condition=DataRequestItem.done_at.does_not_exist(), consistent_read=True
    )
    return [record for record in (item.record() for item in found) if record.what != "export"]


def place_of_request(request: DataRequest) -> str:
    """Where a request stands among the others."""
    return keys.key_of(request.ref)[1]


def notes(entries: Iterable[Entry]) -> dict[int, str]:
    """What persons wrote as the reasons of a member's entries, by number; an erased one is empty."""
    refs = [NoteRef(each.member, each.number) for each in entries if any(part.why.digest for part in each.postings)]
    found = load(refs) if refs else {}
    return {note.number: note.text for note in found.values() if isinstance(note, Note)}


def hold(member: str, name: str) -> tuple[Member | None, Hold | None]:
    """A member beside a hold, which may be another member's."""
    mine, wanted = MemberRef(member), HoldRef(name)
    found = load([mine, wanted])
    owner, held = found[mine], found[wanted]
    if isinstance(owner, Member) and owner.alias:
        return hold(owner.alias, name)
    return owner if isinstance(owner, Member) else None, held if isinstance(held, Hold) else None


@noticed()
def groups(referrer: str, limit: int, before: int = 0) -> list[Group]:
    """A member's groups, newest first: `limit` of those with a number below `before` (0: from the newest)."""
    newest = keys.key_of(GroupRef(referrer, before - 1 if before else 99_999_999))[1]
    between = GroupItem.sk.between(keys.key_of(GroupRef(referrer, 0))[1], newest)
    found = GroupItem.query(
        keys.member_partition(referrer), between, scan_index_forward=False, limit=limit, consistent_read=True
    )
    return [item.record() for item in found]


@noticed()
def reviews(decided: bool) -> list[Review]:
    """The reviews that wait for a person, with `decided` all that there ever were, newest first.

    Their keys are their groups', not their times, so each call reads all of them: there are few, and they are short.
    """
    condition = None if decided else ReviewItem.verdict.does_not_exist()
    found: list[ReviewItem] = []
    for partition in keys.review_partitions():
        found += ReviewItem.query(partition, filter_condition=condition, consistent_read=True)
    records: list[Review] = [item.record() for item in found]
    return sorted(records, key=place_of, reverse=True)


def place_of(review: Review) -> tuple[int, int, str]:
    """Where a review stands among the others."""
    return review.at, review.number, review.referrer


def groups_of(reviews: Iterable[Review]) -> dict[tuple[str, int], Group]:
    """The groups that reviews are about, by referrer and number."""
    found = load([GroupRef(each.referrer, each.number) for each in reviews])
    return {(each.referrer, each.number): each for each in found.values() if isinstance(each, Group)}


def conversions_of(groups: Iterable[Group]) -> dict[Ref, Conversion]:
    """The conversions of groups as they are now; one of a broken group may be in another by now."""
    found = load([ConversionRef(group.referrer, friend) for group in groups for friend in group.friends])
    return {ref: each for ref, each in found.items() if isinstance(each, Conversion)}


@noticed()
def friends_with_work(referrer: str) -> list[str]:
    """The friends of a referrer whose conversions are not settled, the earliest first."""
    found: list[ConversionItem] = []
    for partition in keys.friends_partitions(referrer):
        found += ConversionItem.query(partition, filter_condition=ConversionItem.todo == 1, consistent_read=True)
    return [item.sk for item in sorted(found, key=lambda item: (item.at or 0, item.sk))]


@noticed()
def count_click(text: str) -> None:
    """Count one visit by a person to the link of a code that exists, in one of its counters."""
    counter = ClicksItem(*random.choice(keys.clicks(text)))  # noqa: S311 (a spread, no secret)
    counter.update(actions=[ClicksItem.clicked.add(1), ClicksItem.kind.set(ClicksItem)], add_version_condition=False)


@noticed()
def clicks(text: str) -> int:
    """How often a person followed the link of a code."""
    return sum(counter.clicked for counter in ClicksItem.batch_get(keys.clicks(text)))
