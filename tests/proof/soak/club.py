"""What members and the shop's people do through the API: codes, claims, profiles, postings by hand, programme versions.

Requests that move money carry an Idempotency-Key, and some are sent twice at once, as a double click does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from chalicelib.domain.commands import (
    AdjustBalance,
    ClaimReferral,
    Command,
    Idempotency,
    IssueCode,
    PublishProgramme,
    RecordActivity,
    SetLevel,
    UpdateMember,
    WithdrawActivity,
)
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.identity import guest_id, new_code
from tests.proof.soak import crowd, programmes
from tests.proof.soak.fleet import Ending
from tests.proof.soak.hub import Hub, Violation
from tests.proof.soak.options import POINTS, Options
from tests.proof.soak.senders import DAY_S, Senders

LEAD_S = 120
ASSETS = ("EUR/2", "EUR/2", "JPY/0", "KWD/3", "USD/2", POINTS)

BY_HAND = ("", "green", programmes.GIFTED, programmes.GIFTED, "white")
"""Levels that a person sets: none, which takes back what was set, and some; the highest is not in every version."""


class Request(Struct):
    """A request that moves money, and what its clients were told of it."""

    number: int
    command: Command
    endings: list[Ending] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    @property
    def was_done(self) -> bool:
        return "done" in self.endings


class Club:
    """`profiles`: when the shop first told of a member's profile. `member`: draws somebody. `newest`: the number of the
    newest programme version.
    """

    def __init__(
        self, hub: Hub, senders: Senders, options: Options, member: Callable[[], str], newest: Callable[[], int]
    ) -> None:
        self._hub = hub
        self._options = options
        self._senders = senders
        self.member = member
        self.newest = newest
        self.codes: list[str] = []
        self.requests: list[Request] = []
        self.reviews: list[RecordActivity] = []
        self.profiles: dict[str, float] = {}
        self._codes_made = self._sent = 0
        self._changed: Counter[str] = Counter()

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        """What happens here, and how often."""
        return [
            (self.claims, 6),
            (self.issues, 2),
            (self.updates, 3),
            (self.adjusts, 6),
            (self.publishes, 1),
            (self.writes, 4),
            *([(self.sets_levels, 5)] if self._options.levels_by_hand else []),
        ]

    def some_code(self) -> str:
        """A code of a referrer, the first ones most often; sometimes one that nobody has."""
        random = self._hub.random
        if not self.codes or random.random() < 0.03:
            return new_code(b"nobodys")
        return self.codes[int(len(self.codes) * random.random() ** 2)]

    def hash_of(self, member: str) -> str:
        """The e-mail's hash of somebody; sometimes one that another has too."""
        return self.mailbox(member if self._hub.random.random() < 0.9 else self.member())

    def mailbox(self, member: str) -> str:
        """The hash of the e-mail that somebody has now."""
        return crowd.mailbox(member, self._changed[member])

    def opens(self, member: str) -> None:
        """A referrer from the start."""
        self._issue(member)

    def claims(self) -> None:
        friend = self.member()
        hashed = self.hash_of(friend) if self._hub.random.random() < 0.3 else ""
        self._send(ClaimReferral(friend, self.some_code(), hashed))

    def issues(self) -> None:
        self._issue(self.member())

    def updates(self) -> None:
        """A profile, now and then with another e-mail than before."""
        member = self.member()
        if self._hub.random.random() < 0.1:
            self._changed[member] += 1

        def told(ending: Ending, _: Any) -> None:
            if ending == "done":
                self.profiles.setdefault(member, self._hub.now)

        parts = self._options.profile_of(member)
        self._send(UpdateMember(member, f"{member}@shop.example", self.hash_of(member), member, "fr", **parts), told)

    def adjusts(self) -> None:
        random = self._hub.random
        amount = random.choice([-700, -50, -1, 100, 250, 900])
        reason = f"by hand {len(self.requests)}"
        self.moves(AdjustBalance(self.member(), random.choice(ASSETS), amount, reason))

    def sets_levels(self) -> None:
        """A person gives an account or a guest a level for good or for some days; some days are over already."""
        random, today = self._hub.random, local_day(int(self._hub.now), programmes.ZONE).toordinal()
        until = random.choice([0, 0, today - 1, today, today + random.randint(1, 120)])
        member = self.member()
        if random.random() < 0.4:
            member = guest_id(self.mailbox(member))
        self._send(SetLevel(member, random.choice(BY_HAND), until, "a good customer"), keyed=True)

    def writes(self) -> None:
        """A review that the shop states, now and then again, or one that it takes down."""
        random, now = self._hub.random, int(self._hub.now)
        chance = random.random() if self.reviews else 1
        if chance < 0.15:
            self.moves(random.choice(self.reviews))
        elif chance < 0.3:
            review = random.choice(self.reviews)
            self.moves(WithdrawActivity(review.member, review.activity, review.reference))
        else:
            at = random.choice([None, now - 60, now - 40 * DAY_S])
            self.reviews.append(RecordActivity(self.member(), "review", f"r{len(self.reviews)}", at))
            self.moves(self.reviews[-1])

    def publishes(self) -> None:
        """Now and then."""
        if self._hub.random.random() <= 0.05:
            self.publishes_now()

    def publishes_now(self) -> None:
        """Another version, in force after the least time that there must be."""
        programme = programmes.later(self._hub.random, int(self._hub.now), self._options)
        self._send(PublishProgramme(programme, "", self.newest(), None, LEAD_S), keyed=True)

    def moves(self, command: Command) -> None:
        """A request with a key, from one client or from two at once."""
        request = Request(len(self.requests), command)
        self.requests.append(request)
        key = Idempotency("admin.soak", f"key-{request.number}", f"digest-{request.number}")
        for _ in range(2 if self._hub.random.random() < 0.2 else 1):
            self._senders.call(command, key, lambda ending, answer: _answered(request, ending, answer))

    def _issue(self, member: str) -> None:
        self._codes_made += 1
        candidate = new_code(b"soak" + self._codes_made.to_bytes(4, "big"))

        def issued(ending: Ending, answer: Any) -> None:
            if answer["code"] not in self.codes:
                self.codes.append(answer["code"])

        self._send(IssueCode(member, candidate), issued)

    def _send(
        self,
        command: Command,
        answered: Callable[[Ending, Any], None] = lambda _ending, _answer: None,
        keyed: bool = False,
    ) -> None:
        self._sent += 1
        key = Idempotency("admin.soak", f"sent-{self._sent}", "digest") if keyed else None
        self._senders.call(command, key, answered)


def _answered(request: Request, ending: Ending, answer: Any) -> None:
    given = [earlier for earlier, how in zip(request.answers, request.endings, strict=True) if how == "done"]
    if ending == "done" and given and given[0] != answer:
        raise Violation(f"one key, two answers: {given[0]} and {answer}")
    request.endings.append(ending)
    request.answers.append(answer)
