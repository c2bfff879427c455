"""The referral rule in a replay: who is whose friend, which order converts, and what a complete group earns.

What counts and what it is worth, the product's functions say. There are no reviews here: a bonus that would wait for a
person counts as given. Imports the domain's referral functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.ledger.transfers import Due
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.referral import MAX_VELOCITY, Referral
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Member
from chalicelib.domain.rewards.referral import bonus, groups
from chalicelib.domain.rewards.referral.friends import CLAIMED_AFTER_S, qualifies
from chalicelib.what_if.log import Log

Bases = list[tuple[str, int]]
"""Friends' qualifying orders that wait for a group: each its currency and what it counts with, in minor units."""


NEVER = inf
"""The `claimed_at` of a friend by an order's code."""


class _Friend(Struct):
    """Whose friend a person is, and the first and the last instant at which an order converts the person.

    `claimed_at`: when it became that without an order, or NEVER.
    """

    referrer: int
    since: int
    until: int
    claimed_at: float = NEVER
    converted: bool = False


class ReplayedFriends:
    """The persons of a replay and their referrers, by number. Counts friends who converted, and bonuses."""

    def __init__(self, rule: Referral, log: Log) -> None:
        self.converted = 0
        self.bonuses = 0
        self._rule = rule
        window = self._window = rule.window_days * DAY_S
        self._friends = {
            person: _Friend(owner, at - CLAIMED_AFTER_S, at + window, at) for person, (at, owner) in log.claims.items()
        }
        self._waiting: dict[int, Bases] = {}
        self._referrers: dict[int, Member] = {}
        self._roots = log.roots
        self._refused = log.refused
        self._has_bought = bytearray(len(log.members))

    def may_convert(self, number: int, person: int, owner: int | None, at: int) -> bool:
        """Note an order of a person, with the owner of its code if it names one; whether it can convert the person."""
        is_first = not self._has_bought[person]
        self._has_bought[person] = 1
        friend = self._friends.get(person)
        is_own = owner is not None and person in (owner, self._roots.get(owner, owner))
        if is_own and not (friend and friend.claimed_at <= at):
            return False
        if friend is None:
            counts = is_first or not self._rule.qualifies.first_order
            if owner is None or not counts or number in self._refused:
                return False
            friend = self._friends[person] = _Friend(owner, at, at + self._window)
        return not friend.converted and number not in self._refused and friend.since <= at <= friend.until

    def gifts(self, person: int, buyer: int, kept: Kept, sale: Sale) -> Iterator[tuple[int, Due]]:
        """What an order that can convert its person brings: the member who gets it, and what is due."""
        rule, version = self._rule, Version(1, 0, sale.programme)
        if not qualifies(Snapshot(0, sale.currency), kept, version, rule):
            return
        friend = self._friends[person]
        friend.converted = True
        self.converted += 1
        gift = bonus.welcome("", rule.welcome, kept, sale) if rule.welcome else None
        if gift:
            yield buyer, gift
        waiting = self._waiting.setdefault(friend.referrer, [])
        waiting.append((sale.currency, bonus.bonus_base(rule, kept)))
        if len(waiting) >= rule.friends:
            for due in self._completed(friend.referrer, self._waiting.pop(friend.referrer), sale):
                yield friend.referrer, due

    def _completed(self, referrer: int, waiting: Bases, sale: Sale) -> list[Due]:
        """What a group earns that is complete with this sale; nothing where the referrer has had all that is given."""
        rule, member = self._rule, self._referrers.get(referrer, Member(""))
        if groups.limited(member, rule, sale.at):
            return []
        recent = tuple(sorted((*member.recent, sale.at)))[-MAX_VELOCITY:]
        self._referrers[referrer] = replace(member, bonuses=member.bonuses + 1, recent=recent)
        self.bonuses += 1
        bases: dict[str, int] = {}
        for currency, base in waiting:
            bases[currency] = bases.get(currency, 0) + base
        return bonus.bonus("", rule.of_rank(member.bonuses + 1), bases, sale.at, sale.programme)
