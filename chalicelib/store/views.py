"""What people look at: a member, a page of a statement, clicks, what waits to be settled. Nothing is
decided from these.
"""

from __future__ import annotations

from chalicelib.domain.records import Code, CodeRef, Entry, Member, MemberRef
from chalicelib.store import keys
from chalicelib.store.facts import load
from chalicelib.store.items import ClicksItem, ConversionItem, EntryItem
from chalicelib.store.outages import noticed
from chalicelib.store.table import table


def member(name: str) -> Member | None:
    """A member; the personal data beside it is not read."""
    found = load([MemberRef(name)])[MemberRef(name)]
    return found if isinstance(found, Member) else None


@noticed()
def entries(name: str, limit: int, before: int = 0) -> list[Entry]:
    """A member's entries, newest first: `limit` of those with a number below `before` (0: from the newest)."""
    table()
    newest = keys.entry(name, before - 1 if before else 9_999_999_999)[1]
    between = EntryItem.sk.between(keys.ENTRY_PREFIX, newest)
    found = EntryItem.query(
        keys.member_partition(name), between, scan_index_forward=False, limit=limit, consistent_read=True
    )
    return [item.record() for item in found]


@noticed()
def friends_with_work(referrer: str) -> list[str]:
    """The friends of a referrer whose conversions are not settled, the earliest first."""
    table()
    found: list[ConversionItem] = []
    for partition in keys.friends_partitions(referrer):
        found += ConversionItem.query(partition, filter_condition=ConversionItem.todo == 1, consistent_read=True)
    return [item.sk for item in sorted(found, key=lambda item: (item.at or 0, item.sk))]


def code(text: str) -> Code | None:
    """A referral code."""
    found = load([CodeRef(text)])[CodeRef(text)]
    return found if isinstance(found, Code) else None


@noticed()
def count_click(text: str) -> None:
    """Count one visit by a person to the link of a code that exists."""
    table()
    counter = ClicksItem(*keys.clicks(text))
    counter.update(actions=[ClicksItem.clicked.add(1), ClicksItem.kind.set(ClicksItem)], add_version_condition=False)


@noticed()
def clicks(text: str) -> int:
    """How often a person followed the link of a code."""
    table()
    try:
        return ClicksItem.get(*keys.clicks(text)).clicked
    except ClicksItem.DoesNotExist:
        return 0
