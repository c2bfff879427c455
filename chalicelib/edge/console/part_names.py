"""What a page calls the rules, cards, levels, goals, boards and segments of a programme: by its names of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chalicelib.domain.core.phrases import written
from chalicelib.domain.ledger.transfers import EXPIRED, MERGE_RULE, REDEEMED, REVIVED, WRITTEN_OFF
from chalicelib.domain.programme.labels import SEGMENT_NAMES
from chalicelib.domain.programme.segments import segments_of
from chalicelib.domain.rewards.offers import called
from chalicelib.domain.rewards.referral.bonus import BONUS, GIFT
from chalicelib.edge.words import Words, marked

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Part
    from chalicelib.domain.programme.document import Programme
    from chalicelib.edge.console.programme.document.contents import DocumentPart

NAMED: dict[Part, str] = {
    "card": marked("Stamp card: %(name)s"),
    "level": marked("Level: %(name)s"),
    "goal": marked("Goal: %(name)s"),
    "board": marked("Leaderboard: %(name)s"),
}
"""Parts that give something besides the rules, with what they are."""

OUR_OWN = {
    BONUS: marked("Bonus for friends"),
    GIFT: marked("Welcome gift"),
    REDEEMED: marked("Spent at checkouts"),
    EXPIRED: marked("Expired"),
    REVIVED: marked("Valid again"),
    WRITTEN_OFF: marked("Debts written off"),
    MERGE_RULE: marked("Merged accounts"),
    "adjustment": marked("By hand"),
}
"""The rules of postings that no document states."""


def rule_name(rule: str, words: Words, programme: Programme | None) -> str:
    """What people call the rule of a posting: the name of the part of the programme that it is of, or its id."""
    if rule in OUR_OWN:
        return words.gettext(OUR_OWN[rule])
    if programme is None:
        return rule
    if any(earning.id == rule for earning in programme.earn):
        return earning_names(words, programme)[rule]
    if any(campaign.id == rule for campaign in programme.campaigns):
        return words.called("rule", rule, programme)
    for part, text in NAMED.items():
        if names := programme.names_of(part, rule):
            return words.gettext(text) % {"name": words.name(names)}
    return rule


def earning_names(words: Words, programme: Programme) -> dict[str, str]:
    """The rules of a programme by id, as shoppers read them: by their names, else by their kinds or points, with the id
    where several are called so.
    """
    named = {rule.id: written(called(rule, programme), words, programme) for rule in programme.earn}
    titles = {rule: f"{name[:1].upper()}{name[1:]}" for rule, name in named.items()}
    many = {title for title, count in Counter(titles.values()).items() if count > 1}
    return {rule: f"{title} ({rule})" if title in many else title for rule, title in titles.items()}


def part_title(part: DocumentPart, words: Words, programme: Programme) -> str:
    """What a page calls a part of the document."""
    if part.section == "earn":
        return earning_names(words, programme)[part.id]
    return written(part.title, words, programme)


def segment_names(words: Words, programme: Programme) -> dict[str, str]:
    """What each segment of a programme is called."""
    return {name: segment_name(words, programme, name) for name in segments_of(programme)}


def segment_name(words: Words, programme: Programme, segment: str) -> str:
    """What people call a segment."""
    own = programme.segments or segment not in SEGMENT_NAMES
    return segment if own else words.gettext(SEGMENT_NAMES[segment].text)
