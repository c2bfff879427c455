"""What the API and the console show of records: members, statements, holds, groups, reviews, requests about data.

Nothing here writes, and no decider asks it: what a decision needs, `store/table.py` reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalicelib.domain.records import (
    Activity,
    Conversion,
    ConversionRef,
    DataRequest,
    Entry,
    EntryRef,
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
    Reversal,
    ReversalRef,
    Review,
)
from chalicelib.store import keys
from chalicelib.store.codec import key_of
from chalicelib.store.dynamodb import partition_query
from chalicelib.store.dynamodb.dynamodb_errors import unavailable_on_error
from chalicelib.store.items import ACTIVITY, DATA_REQUEST, GROUP, REVIEW
from chalicelib.store.table import load


def member(name: str) -> Member | None:
    """A member, or the one that it was merged into; None where there is none. Raises Unavailable."""
    record = load([MemberRef(name)])[MemberRef(name)]
    if isinstance(record, Member):
        return member(record.alias) if record.alias else record
    return None


def root_of(member: Member) -> Member:
    """The member that stands for all members of a person; reads it where it is another one, which it is for few."""
    passed = {member.member}
    while member.person and member.person not in passed:
        passed.add(member.person)
        stored = load([MemberRef(member.person)])[MemberRef(member.person)]
        member = stored if isinstance(stored, Member) else Member(member.person)
    return member


def profile(name: str) -> tuple[Member | None, Profile | None]:
    """A member and its profile, each None where there is none."""
    member_ref, profile_ref = MemberRef(name), ProfileRef(name)
    records = load([member_ref, profile_ref])
    member_record, profile_record = records[member_ref], records[profile_ref]
    return (
        member_record if isinstance(member_record, Member) else None,
        profile_record if isinstance(profile_record, Profile) else None,
    )


def names(members: Iterable[str]) -> dict[str, str]:
    """The names of those of some members who have one, in one request for up to a hundred."""
    return {name: profile.display_name for name, profile in profiles(members).items()}


def profiles(members: Iterable[str]) -> dict[str, Profile]:
    """The profiles of those of some members who have one, in a request for each hundred."""
    records = load([ProfileRef(member) for member in members])
    return {record.member: record for record in records.values() if isinstance(record, Profile)}


def shown_member(name: str, notes_of: Iterable[Entry]) -> tuple[Member | None, Profile | None, dict[int, str]]:
    """A member, its profile, and the written reasons of some of its entries, in one request; no alias is followed."""
    member_ref, profile_ref, note_refs = MemberRef(name), ProfileRef(name), _note_refs(notes_of)
    records = load([member_ref, profile_ref, *note_refs])
    stored, profile = records[member_ref], records[profile_ref]
    texts = {note.number: note.text for note in records.values() if isinstance(note, Note)}
    return stored if isinstance(stored, Member) else None, profile if isinstance(profile, Profile) else None, texts


def entries(name: str, limit: int, before: int = 0) -> list[Entry]:
    """A member's entries, newest first: `limit` of those with a number below `before` (0: from the newest)."""
    newest = key_of(EntryRef(name, before - 1 if before else 9_999_999_999))[1]
    return partition_query.newest(keys.member_partition(name), keys.ENTRY_PREFIX, newest, limit)


@unavailable_on_error()
def activities(name: str) -> list[Activity]:
    """All activities that were stated of a member, by name and reference."""
    items = ACTIVITY.query(
        keys.member_partition(name), ACTIVITY.sk.startswith(keys.ACTIVITY_PREFIX), consistent_read=True
    )
    return [item.record() for item in items]


@unavailable_on_error()
def data_requests(limit: int, before: str = "") -> list[DataRequest]:
    """Requests about personal data, newest first: `limit` of those before a cursor (`request_sort_key`)."""
    items = DATA_REQUEST.query(
        keys.REQUESTS,
        DATA_REQUEST.sk < before if before else None,
        scan_index_forward=False,
        limit=limit,
        consistent_read=True,
    )
    return [item.record() for item in items]


def request_sort_key(request: DataRequest) -> str:
    """The sort key of a request, which is the cursor of a list of them."""
    return key_of(request.ref)[1]


def notes(entries: Iterable[Entry]) -> dict[int, str]:
    """The written reasons of a member's entries by entry number; an erased one is empty."""
    refs = _note_refs(entries)
    records = load(refs) if refs else {}
    return {note.number: note.text for note in records.values() if isinstance(note, Note)}


def _note_refs(entries: Iterable[Entry]) -> list[NoteRef]:
    """Where the written reasons of entries are, of those that have one."""
    return [
        NoteRef(entry.member, entry.number)
        for entry in entries
        if any(posting.why.digest for posting in entry.postings)
    ]


def authors(member: str, numbers: Iterable[int]) -> dict[int, str]:
    """Who wrote the reasons of a member's entries, by entry number, as the security log names them."""
    records = load([NoteRef(member, number) for number in numbers])
    return {note.number: note.by for note in records.values() if isinstance(note, Note) and note.by}


def undone(member: str, numbers: Iterable[int]) -> dict[int, int]:
    """When entries of a member were undone, in seconds, by entry number; those that were not are left out."""
    records = load([ReversalRef(member, number) for number in numbers])
    return {record.entry: record.at for record in records.values() if isinstance(record, Reversal)}


def hold(member: str, name: str) -> tuple[Member | None, Hold | None]:
    """A member (or its survivor) and a hold, each None where there is none; the hold may be another member's."""
    member_ref, hold_ref = MemberRef(member), HoldRef(name)
    records = load([member_ref, hold_ref])
    member_record, hold_record = records[member_ref], records[hold_ref]
    if isinstance(member_record, Member) and member_record.alias:
        return hold(member_record.alias, name)
    return member_record if isinstance(member_record, Member) else None, hold_record if isinstance(
        hold_record, Hold
    ) else None


@unavailable_on_error()
def groups(referrer: str, limit: int, before: int = 0) -> list[Group]:
    """A member's groups, newest first: `limit` of those with a number below `before` (0: from the newest)."""
    newest = key_of(GroupRef(referrer, before - 1 if before else 99_999_999))[1]
    between = GROUP.sk.between(key_of(GroupRef(referrer, 0))[1], newest)
    items = GROUP.query(
        keys.member_partition(referrer), between, scan_index_forward=False, limit=limit, consistent_read=True
    )
    return [item.record() for item in items]


@unavailable_on_error()
def reviews(*, decided: bool) -> list[Review]:
    """The reviews without a verdict, newest first; with `decided` all reviews.

    Their keys are their groups', not their times, so each call reads all of them: there are few, and they are short.
    """
    condition = None if decided else REVIEW.verdict.does_not_exist()
    items: list[Any] = []
    for partition in keys.review_partitions():
        items += REVIEW.query(partition, filter_condition=condition, consistent_read=True)
    records: list[Review] = [item.record() for item in items]
    return sorted(records, key=review_order, reverse=True)


def review_order(review: Review) -> tuple[int, int, str]:
    """The sort order of reviews: time, group number, referrer."""
    return review.at, review.number, review.referrer


def groups_of(reviews: Iterable[Review]) -> dict[tuple[str, int], Group]:
    """The groups of reviews, by referrer and number."""
    records = load([GroupRef(review.referrer, review.number) for review in reviews])
    return {(group.referrer, group.number): group for group in records.values() if isinstance(group, Group)}


def conversions_of(groups: Iterable[Group]) -> dict[Ref, Conversion]:
    """The conversions of groups by reference; one of a broken group may belong to another group by now."""
    records = load([ConversionRef(group.referrer, friend) for group in groups for friend in group.friends])
    return {ref: conversion for ref, conversion in records.items() if isinstance(conversion, Conversion)}
