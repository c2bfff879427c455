"""Creates the anchors of members from before e-mails had them, so that an e-mail and its account are one person.

Two passes over the table: members who have bought, claimed or got a code first, then the others, who join the persons
of their e-mails. The e-mail of a member's item or profile is the one that its next order would show. Idempotent: it
may be stopped and run again at any time, beside a live shop. Imports the application, in the operator's process.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from chalicelib.domain.commands import AnchorMember
from chalicelib.domain.core.identity import is_guest
from chalicelib.domain.members import persons
from chalicelib.domain.members.profile import ANCHORED, APART, KNOWN
from chalicelib.domain.records import Member, Profile
from chalicelib.edge import process
from chalicelib.store import rounds

COLUMNS = ANCHORED, KNOWN, APART

Tick = Callable[[str], object]
"""Called with a line of progress."""


def rebuild(tick: Tick = lambda _: None) -> Counter[str]:
    """Create the anchors of the whole table; returns the number of e-mails by result. Raises Unavailable, Busy."""
    results: Counter[str] = Counter()
    for step, chosen in enumerate((True, False), start=1):
        members = 0
        for partitions, _ in rounds.pages(None):
            for records in partitions:
                member = next((record for record in records if isinstance(record, Member)), None)
                if member and persons.has_chosen(member) == chosen:
                    results.update(_anchored(member, records))
                    members += 1
            tick(f"pass {step} of 2: {members} members, {results[ANCHORED]} anchors made")
    return results


def _anchored(member: Member, records: Iterable[Any]) -> Iterator[str]:
    """The result for each e-mail of a member."""
    now = int(time.time())
    for email_hash in _hashes(member, records, now):
        yield process.engine().execute(AnchorMember(member.member, email_hash), now)["result"]


def _hashes(member: Member, records: Iterable[Any], now: int) -> list[str]:
    """The hashes of a member's e-mails; none for a guest, which is its own e-mail's anchor."""
    identities = process.secrets().identities("", now)
    profiles = (record for record in records if isinstance(record, Profile) and record.email)
    hashes = [member.email_hash, *(identities.email_hash(profile.email) for profile in profiles)]
    return [] if is_guest(member.member) else [email_hash for email_hash in dict.fromkeys(hashes) if email_hash]
