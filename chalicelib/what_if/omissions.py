"""What a replay's figures leave out, in sentences: campaigns that none of the orders could show, activities, prizes of
leaderboards, and what members spend.

Imports phrases, the programme and the summary.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.core.phrases import Named, Phrase, Value
from chalicelib.domain.programme.document import Programme
from chalicelib.what_if.summary import Figures


def of_campaigns(draft: Programme, figures: Figures) -> Iterator[Phrase]:
    """A sentence for each campaign whose cost no order shows."""
    for campaign in draft.campaigns:
        values: dict[str, Value] = {"campaign": Named("rule", campaign.id)}
        if campaign.id in figures.idle_campaigns:
            yield Phrase(
                "Campaign %(campaign)s: none of the orders was paid in its days, so its cost is not in these figures.",
                values,
            )
        elif campaign.audience.segments:
            yield Phrase(
                "Campaign %(campaign)s is for segments, and nobody is in one here, so its cost is not in these "
                "figures.",
                values,
            )


def unseen_campaigns(draft: Programme, figures: Figures) -> set[str]:
    """The campaigns whose cost no order shows."""
    for_segments = {campaign.id for campaign in draft.campaigns if campaign.audience.segments}
    return for_segments | {*figures.idle_campaigns}


def of_programme(draft: Programme) -> Phrase:
    """What is in no figure, whatever the orders are."""
    parts: list[Value] = []
    if activities := tuple(Named("rule", rule.id) for rule in draft.earn if rule.activity):
        parts.append(Phrase("rewards of activities (%(rules)s)", {"rules": activities}))
    if boards := tuple(Named("board", board.id) for board in draft.boards if board.prizes):
        parts.append(Phrase("prizes of leaderboards (%(boards)s)", {"boards": boards}))
    parts.append(Phrase("what members spend"))
    return Phrase(
        "Not in these figures: %(parts)s. What is owed is therefore the most that it can be.", {"parts": tuple(parts)}
    )
