"""What a page shows of a draft that was tried on the shop's own orders: how far that is, the table, the sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from msgspec import Struct

from chalicelib.domain.core import phrases
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.programme.document import Programme
from chalicelib.edge.console import background
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.part_names import rule_name
from chalicelib.edge.jobs.calculations import MOST_ORDERS
from chalicelib.edge.words import Words, marked
from chalicelib.store import calculations
from chalicelib.store.calculations import WHAT_IF, Calculation
from chalicelib.what_if import omissions, past_days
from chalicelib.what_if.summary import Amounts, BudgetFigures, Figures, Summary

GIVEN_NAMES = {
    "given": marked("given in all"),
    "expired": marked("of that expired"),
    "redeemable": marked("can be spent at the end"),
    "pending": marked("can be spent later"),
    "liability": marked("owed at the end"),
}
SELDOM = ("expired", "pending")
"""Figures that have a row only where they are not 0."""

COUNT_NAMES = {
    "rewarded_orders": marked("Orders that earn"),
    "rewarded_members": marked("Members who earn"),
    "friends": marked("Friends who count"),
    "bonuses": marked("Bonuses for friends"),
}


COUNTED = ""
"""Stands for the asset of what is counted and is no amount of one."""

NO_FIGURE: Amounts = {}


class FigureRow(Struct, frozen=True):
    """A row of the table: what it is, under the draft, under the programme in force (empty where there is no figure),
    and the difference with its sign (empty where there is none).
    """

    name: str
    after: str
    before: str = ""
    difference: str = ""


class TrialView(Struct, frozen=True):
    """The trial of a draft that a page shows. `failure`: a sentence; the rest is of one that is done: the `rows` that
    differ between both programmes, those that are the `same`, and what there is to say beside them.
    """

    calculation: Calculation
    is_live: bool
    failure: str = ""
    rows: list[FigureRow] = []
    same: list[FigureRow] = []
    sentences: list[str] = []
    left_out: str = ""
    most: int = MOST_ORDERS


def trial_of(visit: Visit, source: str, draft: Programme) -> TrialView | None:
    """The trial of this draft beside the version in force now; None where the last one was another draft's."""
    tried = calculations.latest(WHAT_IF, visit.now)
    if tried is None:
        return None
    now = calculations.digest_of(source, visit.version_in_force(), on_past_days=tried.on_past_days)
    if tried.digest != now:
        return None
    if tried.is_live(visit.now):
        return TrialView(tried, is_live=True)
    if tried.trial is None:
        return TrialView(tried, is_live=False, failure=background.failure(visit, tried, "ristourne what-if"))
    table = _Table(visit.words, tried.trial.summary, draft, visit.programme())
    rows, is_alone = list(table.rows()), tried.trial.summary.current is None
    return TrialView(
        tried,
        is_live=False,
        rows=[row for row in rows if row.difference or is_alone],
        same=[row for row in rows if not (row.difference or is_alone)],
        sentences=list(table.sentences()),
        left_out=phrases.written(omissions.of_programme(draft), visit.words, draft),
    )


def campaigns_to_come(visit: Visit, draft: Programme) -> list[str]:
    """The names of a draft's campaigns that have not begun, so that no order can show what they cost."""
    today = local_day(visit.now, draft.timezone)
    ids = (campaign.id for campaign in draft.campaigns if campaign.starts > today)
    return [visit.words.called("rule", campaign, draft) for campaign in ids]


class _Table:
    """The figures of a summary in a reader's words."""

    def __init__(self, words: Words, summary: Summary, draft: Programme, current: Programme | None) -> None:
        self._words = words
        self._summary = summary
        self._programmes = [programme for programme in (draft, current) if programme]
        self._names = _names(self._programmes)

    def rows(self) -> Iterator[FigureRow]:
        """The rows: each asset's, then what is counted, then levels, goals, cards and campaigns."""
        both, words = (self._summary.draft, self._summary.current), self._words
        for asset in dict.fromkeys(chain.from_iterable(figures.given for figures in both if figures)):
            yield from self._of_asset(asset, both)
        for field, text in COUNT_NAMES.items():
            counts = [getattr(figures, field) if figures else 0 for figures in both]
            if any(counts):
                yield self._row(words.gettext(text), *({COUNTED: count} for count in counts))
        yield from self._of_members()

    def sentences(self) -> Iterator[str]:
        """Which campaigns no order shows, who wins and loses, by asset, and when budgets run out."""
        draft, figures = self._programmes[0], self._summary.draft
        moved = self._summary.moved
        told = chain(past_days.sentences(moved), omissions.of_campaigns(draft, figures))
        for overlap in past_days.overlapping(draft, moved) if moved else ():
            yield f"{phrases.written(overlap, self._words, draft)}."
        yield from (phrases.written(sentence, self._words, draft) for sentence in told)
        yield from (self._shift(asset) for asset in self._summary.winners)
        unseen = omissions.unseen_campaigns(draft, figures)
        yield from (self._budget(use) for use in figures.budgets if use.rule not in unseen)

    def _shift(self, asset: str) -> str:
        words, summary = self._words, self._summary
        name, more, less = words.name_of(asset, self._programmes[0]), summary.winners[asset], summary.losers[asset]
        if not (more.members or less.members):
            return words.gettext("%(asset)s: for these orders every member gets the same as now.") % {"asset": name}
        values = {
            "asset": name,
            "more": words.number(more.members),
            "plus": self._amount(more.amount, asset),
            "less": words.number(less.members),
            "minus": self._amount(-less.amount, asset),
            "same": words.number(max(summary.members - more.members - less.members, 0)),
        }
        text = words.ngettext(
            "%(asset)s: more for %(more)s member (%(plus)s), less for %(less)s (%(minus)s in all), "
            "the same for %(same)s.",
            "%(asset)s: more for %(more)s members (%(plus)s in all), less for %(less)s (%(minus)s in all), "
            "the same for %(same)s.",
            more.members,
        )
        return text % values

    def _of_asset(self, asset: str, both: tuple[Figures, Figures | None]) -> Iterator[FigureRow]:
        """What members get of an asset, and by which rules."""
        words = self._words
        name = words.name_of(asset, self._programmes[0])
        for field, figure in GIVEN_NAMES.items():
            amounts = [getattr(figures, field).get(asset, 0) if figures else 0 for figures in both]
            if any(amounts) or field not in SELDOM:
                texts = {"asset": name, "figure": words.gettext(figure)}
                yield self._row(words.gettext("%(asset)s: %(figure)s") % texts, *({asset: minor} for minor in amounts))
            rules = chain.from_iterable(figures.by_rule for figures in both if figures) if field == "given" else ()
            for rule in dict.fromkeys(rules):
                by_rule = [_by_rule(figures, rule, asset) for figures in both]
                if any(by_rule):
                    text = words.gettext("%(asset)s: of that by %(rule)s") % {"asset": name, "rule": self._rule(rule)}
                    yield self._row(text, *by_rule)

    def _budget(self, use: BudgetFigures) -> str:
        """What the budget of a rule would have come to by now: the page of its campaign says what is given in truth."""
        words, values = self._words, {"rule": self._rule(use.rule), "budget": self._amount(use.budget, use.asset)}
        values["since"] = words.day(self._summary.since)
        if use.ran_out:
            text = words.gettext(
                "With this draft since %(since)s, the budget of %(rule)s, %(budget)s, would have run out on %(day)s."
            )
            return text % (values | {"day": words.day(use.ran_out)})
        text = words.gettext(
            "With this draft since %(since)s, %(given)s of the budget of %(rule)s, %(budget)s, would be given."
        )
        return text % (values | {"given": self._amount(use.given, use.asset)})

    def _of_members(self) -> Iterator[FigureRow]:
        """Levels, goals, cards and campaigns, those of both programmes."""
        after = self._counted(self._summary.draft)
        before = self._counted(self._summary.current) if self._summary.current else {}
        for name in dict.fromkeys(chain(after, before)):
            yield self._row(name, after.get(name, NO_FIGURE), before.get(name, NO_FIGURE))

    def _counted(self, figures: Figures) -> dict[str, Amounts]:
        """Figures of levels, goals, cards and campaigns, by the names of their rows."""
        words, counts = self._words, dict[str, int]()
        for level, count in figures.levels.items():
            counts[self._named(words.gettext("Members at the level %(name)s"), level)] = count
        for goal, reached in figures.goals.items():
            counts[self._named(words.gettext("Goal %(name)s reached"), goal)] = reached.reached
        for card, filled in figures.cards.items():
            counts[self._named(words.gettext("Card %(name)s filled"), card)] = filled.reached
        rows: dict[str, Amounts] = {name: {COUNTED: count} for name, count in counts.items()}
        for campaign, use in figures.campaigns.items():
            rows[self._named(words.gettext("Campaign %(name)s costs"), campaign)] = use.cost
        return rows

    def _named(self, text: str, part: str) -> str:
        return text % {"name": self._words.name(self._names.get(part, {}), part)}

    def _rule(self, rule: str) -> str:
        """What the first programme that has a name for a rule calls it."""
        names = (rule_name(rule, self._words, programme) for programme in self._programmes)
        return next((name for name in names if name != rule), rule)

    def _amounts(self, amounts: Amounts) -> str:
        return " + ".join(self._amount(amount, asset) for asset, amount in amounts.items())

    def _amount(self, minor: int, asset: str) -> str:
        return self._words.amount(minor, asset, self._programmes[0]) if asset else self._words.number(minor)

    def _row(self, name: str, after: Amounts, before: Amounts) -> FigureRow:
        if self._summary.current is None:
            return FigureRow(name, self._amounts(after))
        return FigureRow(name, self._amounts(after), self._amounts(before), self._difference(after, before))

    def _difference(self, after: Amounts, before: Amounts) -> str:
        """What the draft gives more (`+€5.00`) or less, of each asset of which it does."""
        more = {asset: after.get(asset, 0) - before.get(asset, 0) for asset in dict.fromkeys(chain(after, before))}
        return ", ".join(f"{'+' * (minor > 0)}{self._amount(minor, asset)}" for asset, minor in more.items() if minor)


def _by_rule(figures: Figures | None, rule: str, asset: str) -> Amounts:
    """What a rule gives of an asset; nothing where it gives none."""
    amount = figures.by_rule.get(rule, {}).get(asset) if figures else None
    return {asset: amount} if amount else NO_FIGURE


def _names(programmes: list[Programme]) -> Mapping[str, Mapping[str, str]]:
    """What levels, goals, cards and campaigns are called, by their ids; the first programme's names before others."""
    names: dict[str, Mapping[str, str]] = {}
    for programme in reversed(programmes):
        steps = programme.levels.steps if programme.levels else ()
        names |= {step.id: step.name for step in steps}
        names |= {goal.id: goal.name or goal.badge for goal in programme.goals}
        names |= {card.id: card.name for card in programme.cards}
        names |= {campaign.id: campaign.name for campaign in programme.campaigns}
    return names
