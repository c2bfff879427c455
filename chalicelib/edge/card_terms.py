"""What of the programme in force holds for one member, in sentences of its card: how it earns, how it pays, and which
campaigns run for it.

A campaign is shown to those alone for whose order it would hold now, judged by what judges orders; never to those whom
it holds out. Imports offers, views, words and the store's queries.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.phrases import Phrase, written
from chalicelib.domain.members.persons import has_chosen
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Member
from chalicelib.domain.rewards import offers
from chalicelib.domain.rewards.campaigns import Buyer, judged, running
from chalicelib.domain.rewards.expiry import expiring, vesting
from chalicelib.domain.rewards.progress import counters
from chalicelib.edge import process
from chalicelib.edge.card_answers import CardTerms
from chalicelib.edge.words import Words
from chalicelib.store import queries


class MemberTerms(NamedTuple):
    """What of a programme holds for a member."""

    campaigns: list[str]
    earn: CardTerms
    pay: CardTerms


def terms_of(member: Member, level: str, programme: Programme | None, now: int, wording: Words) -> MemberTerms:
    """What of the programme in force holds for a member of a level; nothing while there is none."""
    campaigns, earn, pay = list[str](), list[str](), list[str]()
    if programme:
        holding = campaigns_for(member, level, programme, now)
        campaigns = sentences(offers.running(programme, level, holding), wording, programme)
        earn = sentences(offers.earning(programme, level), wording, programme)
        until = (*vesting(programme, holding), *expiring(programme, holding))
        pay = sentences((*offers.paying(programme), *until), wording, programme)
    how_to_earn, how_to_pay = wording.gettext("How you earn"), wording.gettext("How you pay with it")
    return MemberTerms(campaigns, CardTerms(how_to_earn, earn), CardTerms(how_to_pay, pay))


def rules_of(programme: Programme, wording: Words, now: int) -> list[str]:
    """All that a programme tells a new customer: how one earns, what friends bring, which campaigns hold for it
    `now` (in seconds), how one pays, from when on, and what expires.
    """
    level = programme.levels.steps[0].id if programme.levels else ""
    holding = judged(_promised(programme, now), Buyer("", (), level, is_first=True))
    earned = (*offers.earning(programme, level), *offers.running(programme, level, holding))
    rest = (*offers.referring(programme, 0), *offers.paying(programme))
    until = (*vesting(programme, holding), *expiring(programme, holding))
    return sentences((*earned, *rest, *until), wording, programme)


def _promised(programme: Programme, now: int) -> list[Campaign]:
    """The campaigns that run, of those that hold nobody out: whom one holds out turns out with a first order."""
    return [campaign for campaign in running(programme, now) if not campaign.holdout]


def campaigns_for(member: Member, level: str, programme: Programme, now: int) -> tuple[str, ...]:
    """The campaigns that would hold for an order of a member now, those that it is held out of with HELD_OUT.

    Whose account a new one is turns out with its first order or code, since its e-mail may be known: until then it is
    promised no campaign that holds people out. Another member that stands for the person is read only where a campaign
    asks for it.
    """
    open_campaigns = running(programme, now) if has_chosen(member) else _promised(programme, now)
    asks = any(campaign.holdout or campaign.audience.first_order for campaign in open_campaigns)
    root = queries.root_of(member) if asks else member
    is_first = not any(counters.amount_in(record, counters.ORDERS, "all", 0) for record in (member, root))
    segment = _segment(member, open_campaigns, programme, now)
    ids = (member.member, *member.merged)
    return judged(open_campaigns, Buyer(root.member, ids, level, is_first, segment))


def _segment(member: Member, open_campaigns: Iterable[Campaign], programme: Programme, now: int) -> str:
    """The segment of a member, where a campaign that runs asks for it; a process reads the cuts once."""
    if not any(campaign.audience.segments for campaign in open_campaigns):
        return ""
    from chalicelib.domain.rewards.progress.segments import segment_on

    today = local_day(now, programme.timezone)
    cuts = process.engine().of_history(lambda history: history.cuts_on(today), now)
    return segment_on(member, programme, cuts, today)


def sentences(phrases: Iterable[Phrase], wording: Words, programme: Programme) -> list[str]:
    """Phrases in words, each with a capital at its beginning, where a name of the shop's may stand."""
    texts = (written(phrase, wording, programme) for phrase in phrases)
    return [f"{text[:1].upper()}{text[1:]}" for text in texts]
