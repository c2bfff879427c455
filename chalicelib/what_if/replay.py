"""Values a log's orders under a programme, in time, by the functions that value orders in the product.

`valuation` says what an order is worth. Where what rules earn follows from what was kept alone, orders that are equal
in it ask for it once, and only levels and campaigns multiply it for each; the days of a lot are asked for once a day. A
rule is nowhere written a second time. What is kept of members from order to order is in `Grants`, `ReplayedFriends` and
`MemberProgress`. Imports the domain's rewards and the log.
"""

from __future__ import annotations

import gc
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY, local_day, midnight, start_of_day
from chalicelib.domain.ledger.transfers import Due, Posted
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import Earning, RuleWorth
from chalicelib.domain.programme.sale import Sale, lifetime
from chalicelib.domain.records import Counted
from chalicelib.domain.rewards import valuation
from chalicelib.domain.rewards.progress import counters
from chalicelib.domain.rewards.valuation import RuleEarned
from chalicelib.what_if.friends import ReplayedFriends
from chalicelib.what_if.grants import BudgetUse, Grants
from chalicelib.what_if.holdings import Holdings
from chalicelib.what_if.log import Log
from chalicelib.what_if.progress import NOBODY, Arm, BuyerState, CampaignUse, MemberProgress, has_progress

REMEMBERED = 1 << 15
"""Contents of which is remembered what rules earn for them, and give: about 90 MB."""

BETWEEN_COLLECTIONS = 1_000_000
"""A replay makes many small objects and hardly a cycle: looking for some after every 700 would take a sixth of it."""

REPORTED_ORDERS = 20_000
"""Orders between two reports of progress."""

Passed = Callable[[int], object]
"""Called with progress: the orders that were valued."""

Times = tuple[int, int]
"""The instants of a lot's vesting and expiry."""

Multiplying = tuple[str, tuple[str, ...]]
"""The level and the campaigns of a buyer that multiply what rules give; without any of them `("", ())`."""

TIMELESS = (0, 0)
"""The payment and the delivery of what follows from no instant."""

Source = tuple[str, str]
"""Where an amount comes from: the id of a rule, and the asset."""


class AssetOutcome(Struct):
    """What a programme did with one asset, in minor units: `given` is `redeemable`, `pending` and `expired` together.

    `by_day`: given, by the first second of the local day; `expired_at`: expired, by instant; `of_members`: given, by
    the member's number.
    """

    given: int
    redeemable: int
    pending: int
    expired: int
    by_day: Mapping[int, int]
    expired_at: Mapping[int, int]
    of_members: array[int]

    @property
    def liability(self) -> int:
        """What the shop owes members at the end."""
        return self.redeemable + self.pending


class CampaignOutcome(Struct):
    """The orders that a campaign was for, and what it gave by asset, in minor units."""

    treated: Arm
    held_out: Arm
    cost: dict[str, int]


class Outcome(Struct):
    """What a programme gives for a log's orders, with everything in minor units and by asset.

    `by_rule`: given, by rule and asset; `end`: the end of the last order's day (seconds); `bonuses`: groups of friends
    that earned something; `converted`: friends whose order counts. `levels`: buyers by their level at the end; `goals`
    and `cards`: how often each was reached or filled. `idle_campaigns`: those in whose
    days no order was paid.
    """

    end: int
    assets: dict[str, AssetOutcome]
    by_rule: dict[Source, int]
    budgets: list[BudgetUse]
    rewarded_orders: int = 0
    rewarded_members: int = 0
    converted: int = 0
    bonuses: int = 0
    levels: dict[str, int] = {}
    goals: dict[str, int] = {}
    cards: dict[str, int] = {}
    campaigns: dict[str, CampaignOutcome] = {}
    idle_campaigns: tuple[str, ...] = ()


class _Giving(Struct):
    """What one source has given of its asset on the local day, in minor units, and who holds that asset."""

    holdings: Holdings
    today: int = 0

    def credit(self, member: int, amount: int, times: Times, at: int, idle: int) -> None:
        """Credit a member: `Holdings.credit`."""
        self.holdings.credit(member, amount, times, at, idle)
        self.today += amount


GivenLot = tuple[_Giving, Earning, int]
"""What credits a lot, by which rule it lasts, and its amount."""


class _Worths(Struct, frozen=True):
    """What rules give for an order. `whole`: all of it, in the programme's order; `free`: of rules without limits;
    `limited`: of the others, before their limits; `lots`: what the free ones credit.
    """

    whole: list[RuleWorth]
    free: list[RuleWorth]
    limited: list[RuleWorth]
    lots: list[GivenLot]


class _Merits(Struct, frozen=True):
    """What rules earn for a content exactly, whoever bought it; `worths`: what they give for it by the level and the
    campaigns that multiply it, of those that were asked for yet; and what it counts for its buyer without what it
    earns, on no day yet, None where nothing does. `spend`: its goods in minor units, None where nothing of it was kept,
    or its currency earns nothing.
    """

    earned: list[RuleEarned]
    worths: dict[Multiplying, _Worths]
    counted: Counted | None = None
    spend: int | None = None


def replay(log: Log, programme: Programme, passed: Passed = lambda _: None) -> Outcome:
    """What a programme gives for the orders of a log. A pure function of both."""
    with _few_collections():
        return _Replay(log, programme).outcome(passed)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Have the garbage collector look through memory rarely meanwhile."""
    before = gc.get_threshold()
    gc.set_threshold(BETWEEN_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Replay:
    """One pass over a log. `_day` is the local day of the order that is valued, from `_begin` until before `_end`."""

    def __init__(self, log: Log, programme: Programme) -> None:
        members = len(log.members)
        self._log = log
        self._currencies = log.currencies
        self._programme = programme
        self._from_kept_alone = all(rule.FROM_KEPT_ALONE for rule in programme.earning_by.get("", ()))
        self._naming = {rule.campaign for rule in programme.earn if rule.campaign}
        self._holdings: dict[str, Holdings] = defaultdict(lambda: Holdings(members))
        self._by_rule: dict[Source, int] = {}
        self._by_day: dict[str, dict[int, int]] = defaultdict(dict)
        self._givings: dict[Source, _Giving] = {}
        self._grants = Grants(programme)
        self._friends = ReplayedFriends(programme.referral, log) if programme.referral else None
        self._progress = MemberProgress(programme, log) if has_progress(programme) else None
        self._counts_days = any(goal.measure == "days" for goal in programme.goals)
        self._counts_rewards = bool(programme.levels and programme.levels.measure not in ("spend", "orders"))
        self._day, self._begin, self._end, self._at, self._idle = date.min, 0, 0, 0, NO_EXPIRY
        self._times: dict[str, Times] = {}
        self._sales: dict[tuple[int, str, tuple[str, ...]], Sale] = {}

    def outcome(self, passed: Passed) -> Outcome:
        """Value all orders; what came of it."""
        # Remembered here, not by the replay: it would hold itself then, and stay in memory until the next collection.
        merits_of = lru_cache(REMEMBERED)(self._merits) if self._from_kept_alone else self._merits
        at, rewarded = self._log.at, 0
        for count, number in enumerate(self._log.in_time(), 1):
            if at[number] >= self._end:
                self._begin_day(at[number])
            rewarded += self._value(number, at[number], merits_of)
            if not count % REPORTED_ORDERS:
                passed(count)
        self._end_day()
        friends, progress = self._friends, self._progress
        return Outcome(
            self._end,
            {asset: self._of_asset(asset) for asset in self._assets()},
            self._by_rule,
            list(self._grants.budgets.values()),
            rewarded,
            self._rewarded_members(),
            friends.converted if friends else 0,
            friends.bonuses if friends else 0,
            *(self._of_members(progress) if progress else ()),
        )

    def _of_members(
        self, progress: MemberProgress
    ) -> tuple[dict[str, int], dict[str, int], dict[str, int], dict[str, CampaignOutcome], tuple[str, ...]]:
        """Buyers by level, goals reached, cards filled, campaigns, and those of them that are idle."""
        goals, cards = (
            {part.id: progress.reached[part.id] for part in parts}
            for parts in (self._programme.goals, self._programme.cards)
        )
        campaigns = {name: self._with_cost(name, use) for name, use in progress.campaigns.items()}
        idle = tuple(name for name in campaigns if name not in progress.ran)
        return progress.levels(set(self._log.buyer)), goals, cards, campaigns, idle

    def _with_cost(self, campaign: str, use: CampaignUse) -> CampaignOutcome:
        """A campaign's orders, and what it has given: its boosts, and the rules that hold with it only."""
        rules = {campaign, *(rule.id for rule in self._programme.earn if rule.campaign == campaign)}
        cost: dict[str, int] = {}
        for (rule, asset), amount in self._by_rule.items():
            if rule in rules:
                cost[asset] = cost.get(asset, 0) + amount
        return CampaignOutcome(use.treated, use.held_out, cost)

    def _begin_day(self, at: int) -> None:
        """Another local day begins: lots that are given in it have other times."""
        self._end_day()
        zone, days = self._programme.timezone, self._programme.inactive_days
        self._day = local_day(at, zone)
        self._begin, self._end = midnight(self._day, zone), start_of_day(at, 1, zone)
        self._idle = NO_EXPIRY if days is None else start_of_day(at, days + 1, zone)
        self._times.clear()
        if self._progress:
            self._progress.begin_day(self._day, at)

    def _value(self, number: int, at: int, merits_of: Callable[..., _Merits]) -> bool:
        """Credit what an order gives; whether it gives its buyer anything."""
        log = self._log
        buyer, currency, delivered_at = log.buyer[number], log.currency[number], log.delivered_at[number]
        self._at, state = at, NOBODY
        if self._progress:
            state = self._progress.state(buyer, log.persons.get(number, buyer))
        naming = tuple([name for name in state.holding if name in self._naming]) if self._naming else ()
        # What follows from what was kept alone does so at any instant: it is asked for at 0, once.
        when = TIMELESS if self._from_kept_alone else (at, delivered_at)
        merits = merits_of(log.content[number], currency, *when, naming)
        worths = merits.worths.get((state.level, state.holding)) or self._worths(merits, currency, state)
        granted = self._granted(number, worths.limited, state) if worths.limited else []
        # The books credit in this order, which decides what becomes one lot where a member has too many.
        if self._friends:
            self._follow(self._friends, number, at)
        if self._progress and merits.spend is not None:
            dues = [*map(_due, worths.free), *granted] if self._counts_rewards else []
            self._count(self._progress, number, state, merits, dues)
        lots = [*self._lots(worths, granted)] if granted else worths.lots
        for giving, rule, amount in lots:
            times = self._times.get(rule.id) or self._lifetime(rule, at, delivered_at)
            giving.credit(buyer, amount, times, at, self._idle)
        return bool(lots)

    def _worths(self, merits: _Merits, currency: int, state: BuyerState) -> _Worths:
        """What rules give for a content by a buyer's level and campaigns; equal orders find it with its merits."""
        worths = valuation.combined(merits.earned, self._timeless_sale(currency, state.level, state.holding))
        free = [worth for worth in worths if not worth.rule.is_limited()]
        limited = [worth for worth in worths if worth.rule.is_limited()]
        lots = [(self._giving(worth.rule.id, worth.asset), worth.lasting, worth.amount) for worth in free]
        result = merits.worths[state.level, state.holding] = _Worths(worths, free, limited, lots)
        return result

    def _granted(self, number: int, limited: list[RuleWorth], state: BuyerState) -> list[Due]:
        """What limits and budgets leave of what limited rules give for an order."""
        log = self._log
        sale = self._sale(log.currency[number], self._at, log.delivered_at[number], state.level, state.holding)
        return self._grants.granted(number, log.buyer[number], [_due(worth) for worth in limited], sale, self._day)

    def _lots(self, worths: _Worths, granted: list[Due]) -> Iterator[GivenLot]:
        """The lots of what rules give and limits have left, in the programme's order, as the books credit them."""
        amounts = {(due.posted.rule, due.posted.asset): due.amount for due in granted}
        free = iter(worths.lots)
        for worth in worths.whole:
            if not worth.rule.is_limited():
                yield next(free)
            elif amount := amounts.get((worth.rule.id, worth.asset)):
                yield self._giving(worth.rule.id, worth.asset), worth.lasting, amount

    def _merits(self, content: int, currency: int, at: int, delivered_at: int, campaigns: tuple[str, ...]) -> _Merits:
        """What a content is worth; `campaigns`: those that hold and are named by rules."""
        timeless = self._timeless_sale(currency, "", campaigns)
        sale = self._sale(currency, at, delivered_at, campaigns=campaigns) if at else timeless
        kept = self._log.content_numbered(content).kept()
        earned = valuation.earned(kept, sale) if sale.currency in self._programme.all_currencies else []
        if self._progress is None:
            return _Merits(earned, {})
        is_kept = kept.share and sale.currency in self._programme.all_currencies
        spend = sum([part.base(with_tax=False) for part in kept.lines]) if is_kept else None
        return _Merits(earned, {}, self._counted(self._progress, kept, [], sale), spend)

    def _counted(self, progress: MemberProgress, kept: Kept, dues: list[Due], sale: Sale) -> Counted | None:
        """What an order counts for its buyer, of that which the programme asks for; None where nothing of it was kept,
        or its currency earns nothing.
        """
        if sale.currency not in sale.programme.all_currencies:
            return None
        counted = counters.counted_of("", kept, dues, sale, sale.at)
        return counted and progress.asked_of(counted)

    def _count(
        self, progress: MemberProgress, number: int, state: BuyerState, merits: _Merits, dues: list[Due]
    ) -> None:
        """Count an order for its buyer, and credit the awards that follow. `dues`: what it earns, where that counts."""
        log, at, counted = self._log, self._at, merits.counted
        buyer, currency = log.buyer[number], log.currency[number]
        if self._counts_days or self._counts_rewards:
            sale = self._sale(currency, at, log.delivered_at[number], state.level, state.holding)
            kept = log.content_numbered(log.content[number]).kept()
            counted = self._counted(progress, kept, dues, sale)
        if state.campaigns:
            progress.note(buyer, state.campaigns, merits.spend or 0, money.asset_of(self._currencies[currency]))
        if counted is None:
            return
        for posting in progress.follow(buyer, state, counted, at):
            giving, times = self._giving(posting.why.rule, posting.asset), (posting.vests_at, posting.expires_at)
            giving.credit(buyer, posting.signed(""), times, at, self._idle)

    def _follow(self, friends: ReplayedFriends, number: int, at: int) -> None:
        """Credit what an order gives for a friend who bought."""
        log = self._log
        buyer = log.buyer[number]
        person = log.persons.get(number, buyer)
        if friends.may_convert(number, person, log.owners.get(number), at):
            kept = log.content_numbered(log.content[number]).kept()
            sale = self._sale(log.currency[number], at, log.delivered_at[number])
            for member, due in friends.gifts(person, buyer, kept, sale):
                posted, times = due.posted, (due.posted.vests_at, due.posted.expires_at)
                self._giving(posted.rule, posted.asset).credit(member, due.amount, times, at, self._idle)

    def _sale(
        self, currency: int, at: int, delivered_at: int, level: str = "", campaigns: tuple[str, ...] = ()
    ) -> Sale:
        return Sale(self._currencies[currency], at, self._programme, delivered_at, level=level, campaigns=campaigns)

    def _timeless_sale(self, currency: int, level: str, campaigns: tuple[str, ...]) -> Sale:
        """A sale at no instant, for what follows from none: the same for all orders that are equal in the rest."""
        key = currency, level, campaigns
        sale = self._sales.get(key)
        if sale is None:
            sale = self._sales[key] = self._sale(currency, 0, 0, level, campaigns)
        return sale

    def _lifetime(self, rule: Earning, at: int, delivered_at: int) -> Times:
        """The times of a rule's lot, remembered for the whole day but for what waits for a delivery."""
        times = lifetime(rule, at, delivered_at, self._programme.timezone)
        if rule.vest_on == "payment":
            self._times[rule.id] = times
        return times

    def _giving(self, rule: str, asset: str) -> _Giving:
        """What a rule gives of an asset."""
        giving = self._givings.get((rule, asset))
        if giving is None:
            giving = self._givings[rule, asset] = _Giving(self._holdings[asset])
        return giving

    def _end_day(self) -> None:
        """Add what the day has given to what was given before."""
        for source, giving in self._givings.items():
            if amount := giving.today:
                self._by_rule[source] = self._by_rule.get(source, 0) + amount
                of_asset = self._by_day[source[1]]
                of_asset[self._begin] = of_asset.get(self._begin, 0) + amount
            giving.today = 0

    def _assets(self) -> list[str]:
        """The programme's own asset, and all others that were given."""
        own = money.asset_of(self._programme.currency)
        return [own, *sorted(self._holdings.keys() - {own})]

    def _of_asset(self, asset: str) -> AssetOutcome:
        holdings = self._holdings[asset]
        held = holdings.held(self._end)
        given = sum(holdings.given)
        return AssetOutcome(
            given=given,
            redeemable=held.redeemable,
            pending=held.pending,
            expired=given - held.redeemable - held.pending,
            by_day=self._by_day[asset],
            expired_at=holdings.expired_at,
            of_members=holdings.given,
        )

    def _rewarded_members(self) -> int:
        columns = [holdings.given for holdings in self._holdings.values()]
        return sum(any(amounts) for amounts in zip(*columns, strict=True))


def _due(worth: RuleWorth) -> Due:
    """What limits are asked for: whose it is and which days it has decide nothing there."""
    rule = worth.rule
    return Due(Posted("", rule.id, rule.account, worth.asset, VESTED_ALREADY, NO_EXPIRY, worth.amount), worth.why)
