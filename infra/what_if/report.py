"""A what-if's summary as JSON, and as lines to read. Imports the summary and what it leaves out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import written
from chalicelib.domain.programme.document import Programme
from chalicelib.what_if import omissions, past_days
from chalicelib.what_if.summary import Amounts, Figures, Summary


def document(summary: Summary) -> dict[str, object]:
    """The summary as JSON has it: the draft's figures stand on top, the current programme's below `current`."""
    whole: dict[str, object] = msgspec.to_builtins(summary)
    draft = whole.pop("draft")
    assert isinstance(draft, dict)
    return whole | draft | {"current": whole["current"]}


def lines(summary: Summary, draft: Programme) -> Iterator[str]:
    """The summary as people read it."""
    orders, members = _counted(summary.orders, "order"), _counted(summary.members, "member")
    yield f"{orders} of {members}, {summary.since} to {summary.until}"
    if summary.returned == 1:
        yield "of 1 more order nothing was kept; its member is counted here"
    elif summary.returned:
        yield f"of {summary.returned:,} more orders nothing was kept; their members are counted here"
    if summary.passed_over == 1:
        yield "1 more order was not paid or is a test, and does not count"
    elif summary.passed_over:
        yield f"{summary.passed_over:,} more orders were not paid or are tests, and do not count"
    yield ""
    yield from _table(_rows(summary))
    yield from map(written, past_days.sentences(summary.moved))
    yield from (f"{written(overlap)}." for overlap in past_days.overlapping(draft, summary.moved))
    yield from map(written, omissions.of_campaigns(draft, summary.draft))
    yield from _budgets(summary.draft, omissions.unseen_campaigns(draft, summary.draft))
    yield from _winners(summary)
    yield written(omissions.of_programme(draft))


def _rows(summary: Summary) -> Iterator[tuple[str, str, str]]:
    """The rows of the table: what it is, under the draft, under the current programme."""
    draft, current = summary.draft, summary.current
    yield "", "draft", "current" if current else ""
    for asset in dict.fromkeys((*draft.given, *(current.given if current else ()))):
        for name in ("given", "expired", "redeemable", "pending", "liability"):
            after, before = (_amount(figures, name, asset) for figures in (draft, current))
            yield NAMES[name], after, before
        for rule in dict.fromkeys((*draft.by_rule, *(current.by_rule if current else ()))):
            after, before = (_given_by(figures, rule, asset) for figures in (draft, current))
            if after or before:
                yield f"  given by {rule}", after, before
    for name in ("rewarded_orders", "rewarded_members", "friends", "bonuses"):
        after, before = (f"{getattr(figures, name):,}" if figures else "" for figures in (draft, current))
        if {after, before} - {"", "0"}:
            yield NAMES[name], after, before
    yield from _in_columns(_of_members(draft), _of_members(current) if current else {})


def _of_members(figures: Figures) -> dict[str, str]:
    """Levels, goals, cards and campaigns, by what each figure is called in the table."""
    cells = {f"members at {level}": f"{count:,}" for level, count in figures.levels.items()}
    cells |= {f"goal {name} reached": f"{goal.reached:,}" for name, goal in figures.goals.items()}
    cells |= {f"card {name} filled": f"{card.reached:,}" for name, card in figures.cards.items()}
    for name, campaign in figures.campaigns.items():
        cells[f"campaign {name} costs"] = _amounts(campaign.cost)
        for group, arm in (("treated", campaign.treated), ("held out", campaign.held_out)):
            prefix = f"campaign {name}, {group}:"
            cells[f"{prefix} orders"] = f"{arm.orders:,}"
            cells[f"{prefix} members"] = f"{arm.members:,}"
            cells[f"{prefix} spend"] = _amounts(arm.spend)
    return cells


def _in_columns(after: Mapping[str, str], before: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys((*after, *before)):
        yield name, after.get(name, ""), before.get(name, "")


def _amounts(amounts: Amounts) -> str:
    return " + ".join(money.text(amount, asset) for asset, amount in amounts.items()) or "nothing"


NAMES: Mapping[str, str] = {
    "given": "given",
    "expired": "of that expired",
    "redeemable": "members can spend",
    "pending": "members can spend later",
    "liability": "owed to members in all",
    "rewarded_orders": "orders that earn",
    "rewarded_members": "members who earn",
    "friends": "friends who count",
    "bonuses": "bonuses for friends",
}
"""What a figure is called in the table."""


def _amount(figures: Figures | None, name: str, asset: str) -> str:
    if figures is None:
        return ""
    amounts: Amounts = getattr(figures, name)
    return money.text(amounts.get(asset, 0), asset)


def _given_by(figures: Figures | None, rule: str, asset: str) -> str:
    amount = figures.by_rule.get(rule, {}).get(asset) if figures else None
    return money.text(amount, asset) if amount else ""


def _table(rows: Iterator[tuple[str, str, str]]) -> Iterator[str]:
    """Rows with their figures in columns, to the right."""
    cells = list(rows)
    first, second, third = (max(len(row[place]) for row in cells) for place in range(3))
    for name, after, before in cells:
        yield f"{name:<{first}}  {after:>{second}}  {before:>{third}}".rstrip()


def _budgets(figures: Figures, unseen: Collection[str]) -> Iterator[str]:
    """When budgets run out; nothing of those of `unseen` campaigns, which no order asked."""
    for use in (use for use in figures.budgets if use.rule not in unseen):
        budget, given = money.text(use.budget, use.asset), money.text(use.given, use.asset)
        end = f"runs out on {use.ran_out}" if use.ran_out else f"does not run out: {given} of it is given"
        yield f"the budget of {use.rule}, {budget}, {end}"


def _winners(summary: Summary) -> Iterator[str]:
    for asset, more in summary.winners.items():
        less = summary.losers[asset]
        same = summary.members - more.members - less.members
        currency, together = asset.partition("/")[0], money.text(more.amount, asset)
        yield (
            f"{currency}: more for {_counted(more.members, 'member')}, {together} together; "
            f"less for {less.members:,}, {money.text(-less.amount, asset)} together; the same for {max(same, 0):,}"
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
