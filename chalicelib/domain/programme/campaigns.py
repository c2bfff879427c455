"""Campaigns as the programme states them: from when until when, for whom, what they multiply, and who is held out.

Which campaigns hold for an order is judged once, with its terms (`rewards/campaigns.py`); the window and the hold-out
follow from the payment and the person. Imports the parts of rules, segments and the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import field

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.identity import ANYBODY
from chalicelib.domain.core.validation_errors import BY_RULE
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.programme.assets import name_problems
from chalicelib.domain.programme.rules import (
    FIRST_DAY,
    LAST_DAY,
    Document,
    Earning,
    Lasting,
    Sum,
    earning_problems,
    multiplied_problems,
    percent_problems,
)
from chalicelib.domain.programme.segments import segments_of

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Value
    from chalicelib.domain.programme.document import Programme

MAX_CAMPAIGNS, MAX_LISTED = 10, 200

AND = " and "
"""Between the ids of what a campaign multiplied, as it is kept."""

VESTING = ("vest_days", "vest_on", "vest_date")
"""The fields that say from when something can be spent."""

PARTS = 10_000
"""Into so many parts people are divided; a hundredth of a percent is one."""


class Audience(Document, frozen=True):
    """Whom a campaign is for: those of any of the `levels`, those in any of the `segments`, those whose first order it
    is, the listed members.

    What is stated must hold together; nothing stated is everybody.
    """

    levels: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    first_order: bool = False
    members: tuple[str, ...] = ()


class Campaign(Earning, frozen=True, kw_only=True):
    """A campaign from the day `starts` to the day `ends`, both included, by the payment in the programme's time zone.

    `multiply`: rules by id, and by how much what they give grows. What it gives beyond them is the campaign's own: its
    `limits` and `budget` are of that, and it stands in the statement by itself. Rules of `earn` that name the campaign
    hold with it only. `holdout`: the percent of people who get nothing of it, so that its effect can be told; who they
    are follows from `salt` (the id, where it is not stated) and stays the same for ever.
    """

    KIND: ClassVar[str] = "campaign"
    NAME: ClassVar[str] = "Campaign"

    starts: date
    ends: date
    multiply: Annotated[dict[str, Decimal], BY_RULE] = field(default_factory=dict)
    audience: Audience = Audience()
    holdout: Decimal = Decimal(0)
    salt: str = ""

    def problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with the campaign's own fields, each naming the path, the rule and the value."""
        from chalicelib.domain.core.phrases import CalendarDay

        for name, day in (("starts", self.starts), ("ends", self.ends)):
            if not FIRST_DAY <= day <= LAST_DAY:
                yield InvalidInput(
                    f"{path}.{name}",
                    "must be between %(first_day)s and %(last_day)s",
                    day,
                    first_day=CalendarDay(FIRST_DAY),
                    last_day=CalendarDay(LAST_DAY),
                )
        if self.ends < self.starts:
            starts = CalendarDay(self.starts)
            yield InvalidInput(f"{path}.ends", "must not be before the first day, %(starts)s", self.ends, starts=starts)
        for name in () if self.expires else VESTING:
            if getattr(self, name) != getattr(Lasting(), name):
                yield InvalidInput(
                    f"{path}.{name}",
                    "must stand beside an expiry; without one what the campaign adds has the days of its rules",
                )
        yield from percent_problems(f"{path}.holdout", self.holdout)
        yield from name_problems(f"{path}.name", self.name)
        yield from self._multiply_problems(path, programme)
        yield from self._audience_problems(f"{path}.audience", programme)

    def _multiply_problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        rules = {rule.id: rule for rule in programme.earn}
        yield from multiplied_problems(f"{path}.multiply", self.multiply, programme)
        for name, factor in self.multiply.items():
            if not factor.is_finite() or not 1 < factor <= 100 or factor != round(factor, 2):
                yield InvalidInput(
                    f"{path}.multiply.{name}", "must be more than 1 and at most 100, with 2 decimals", factor
                )
        # Of a rule that gives what there is not, nothing more is known: that has been told by itself.
        rules = {name: rule for name, rule in rules.items() if rule.gives_known(programme)}
        own = [rule for rule in programme.earn if rule.campaign == self.id]
        if not self.multiply and not own:
            yield InvalidInput(path, "must multiply a rule, or be named by one as its campaign")
        multiplied = [rules[name] for name in self.multiply if name in rules]
        is_mixed = any(
            len({rule.asset(currency, programme) for rule in multiplied}) > 1 for currency in programme.all_currencies
        )
        if self.is_limited() and is_mixed:
            yield InvalidInput(
                f"{path}.multiply",
                "must be of one asset where there is a budget or limit, which is a sum of it; leave that out, or "
                "choose one rule",
            )

    def _audience_problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        from chalicelib.domain.core.phrases import Phrase

        known = [step.id for step in programme.levels.steps] if programme.levels else []
        for level in self.audience.levels:
            if level not in known:
                yield InvalidInput(
                    f"{path}.levels",
                    "must name levels (%(levels)s)",
                    level,
                    levels=tuple(known) or Phrase("there are none"),
                )
        segments = segments_of(programme)
        for segment in self.audience.segments:
            if segment not in segments:
                yield InvalidInput(
                    f"{path}.segments", "must name segments (%(segments)s)", segment, segments=tuple(segments)
                )
        if len(self.audience.members) > MAX_LISTED:
            yield InvalidInput(
                f"{path}.members",
                "must be at most %(most)s; use a level",
                len(self.audience.members),
                most=MAX_LISTED,
            )
        for index, member in enumerate(self.audience.members):
            if "." not in member:
                yield InvalidInput(
                    f"{path}.members[{index}]",
                    "must be a member's id: a connection's namespace, a dot and the customer's id, as in acme.42",
                    member,
                )

    def asset(self, currency: str, programme: Programme) -> str:
        """The asset of the rules that it multiplies."""
        rules = (rule for rule in programme.earn if rule.id in self.multiply)
        return next((rule.asset(currency, programme) for rule in rules), programme.asset_named(currency))

    def minor(self, amount: Sum | None, asset: str, programme: Programme) -> int | None:
        """A limit or the budget as the multiplied rule means it."""
        rules = (rule for rule in programme.earn if rule.id in self.multiply)
        return next((rule.minor(amount, asset, programme) for rule in rules), None)

    def amount_problems(self, path: str, amount: Sum | None, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with a limit or the budget, as the multiplied rule says it."""
        rule = next((rule for rule in programme.earn if rule.id in self.multiply), None)
        if rule:
            yield from rule.amount_problems(path, amount, programme)
        elif amount is not None:
            yield InvalidInput(
                path, "must stand beside multiply; a rule that names the campaign has a budget of its own"
            )

    @classmethod
    def title(cls, rule: str, asset: str) -> Value:  # noqa: ARG003 (its share begins with its name)
        """What it is called at the beginning of a sentence: `Campaign`."""
        from chalicelib.domain.core.phrases import Phrase

        return Phrase(cls.NAME)

    @classmethod
    def share(cls, why: Why, asset: str) -> Value:  # noqa: ARG003 (one signature for all kinds)
        """What was given, in the middle of a sentence: `summer, 3 times leaves`, or `tea, 2 times leaves and may`."""
        from chalicelib.domain.core.phrases import Figure, Named, Phrase

        campaign, *factors = why.rate.split(", ")
        pairs = (factor.rpartition(" times ") for factor in factors)
        times = (
            Phrase("%(factor)s times %(rule)s", {"factor": Figure(factor), "rule": _multiplied(multiplied)})
            for factor, _, multiplied in pairs
        )
        return (Named("rule", campaign), *times)

    def is_running(self, at: int, timezone: str) -> bool:
        """Whether an instant is within its days."""
        return self.starts <= local_day(at, timezone) <= self.ends

    def holds_out(self, person: str) -> bool:
        """Whether a person gets nothing of it: by a hash, so that it is not stored and stays as it is.

        A higher percent holds out all of those of a lower one, and more. Of ANYBODY it cannot be known, so that nothing
        is promised.
        """
        if person == ANYBODY:
            return self.holdout > 0
        digest = blake2b(f"{self.salt or self.id}\0{person}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % PARTS < self.holdout * 100


def _multiplied(text: str) -> Value:
    """What a campaign multiplied: a rule, and the campaigns that had multiplied it before."""
    from chalicelib.domain.core.phrases import Named, Phrase

    rule, *campaigns = text.split(AND)
    multiplied: Value = Named("earning", rule)
    for campaign in campaigns:
        multiplied = Phrase("%(rule)s and %(campaign)s", {"rule": multiplied, "campaign": Named("rule", campaign)})
    return multiplied


def campaign_problems(programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with the campaigns of a document, and with rules that name one."""
    from chalicelib.domain.core.phrases import Phrase

    if len(programme.campaigns) > MAX_CAMPAIGNS:
        yield InvalidInput("campaigns", "must be at most %(most)s", len(programme.campaigns), most=MAX_CAMPAIGNS)
    names, rules = [campaign.id for campaign in programme.campaigns], [rule.id for rule in programme.earn]
    for index, campaign in enumerate(programme.campaigns):
        if names.index(campaign.id) != index or campaign.id in rules:
            yield InvalidInput(f"campaigns[{index}].id", "must be unique among rules and campaigns", campaign.id)
        yield from earning_problems(f"campaigns[{index}]", campaign, programme)
    for index, rule in enumerate(programme.earn):
        if rule.campaign and rule.campaign not in names:
            yield InvalidInput(
                f"earn[{index}].campaign",
                "must name a campaign (%(campaigns)s)",
                rule.campaign,
                campaigns=tuple(names) or Phrase("none"),
            )
        elif rule.campaign and rule.activity:
            yield InvalidInput(
                f"earn[{index}].campaign",
                "must not stand beside on: a campaign holds for orders, and an activity (on: %(activity)s) would give "
                "nothing; leave it out",
                rule.campaign,
                activity=rule.activity,
            )
