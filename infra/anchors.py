"""Gives members from before e-mails had anchors theirs, so that their mailbox is one person with the account.

The table is passed twice: members who have bought, claimed or got a code first, then the others, who join whom they
find. What a member's item or profile says of its e-mail is what its next order would show. It may be stopped and run
again at any time, beside a live shop. Imports the application, in the operator's process.
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
"""Hears how far it is."""


def rebuild(tick: Tick = lambda _: None) -> Counter[str]:
    """Make the anchors of the whole table; how many e-mails came out how. Raises Unavailable, Busy."""
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
    """What became of each e-mail of a member."""
    now = int(time.time())
    for email_hash in _hashes(member, records, now):
        yield process.engine().execute(AnchorMember(member.member, email_hash), now)["result"]


def _hashes(member: Member, records: Iterable[Any], now: int) -> list[str]:
    """The e-mails of a member as their hashes; a guest is its own e-mail's anchor."""
    identities = process.identities("", now)
    profiles = (record for record in records if isinstance(record, Profile) and record.email)
    found = [member.email_hash, *(identities.email_hash(profile.email) for profile in profiles)]
    return [] if is_guest(member.member) else [hashed for hashed in dict.fromkeys(found) if hashed]
