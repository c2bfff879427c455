"""What members have reached, worked out a second time over all orders: counters, levels, stamp cards, goals, terms.

Written apart from `domain/rewards/progress/` and `domain/rewards/campaigns.py`: from what the shop itself knows of its
sales, the programme versions in force when they were paid, and who was merged into whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.ledger.transfers import WRITTEN_OFF
from chalicelib.domain.orders.facts import Dispute, Refund, Snapshot
from chalicelib.domain.programme.awards import Levels, Step
from chalicelib.domain.programme.document import Programme, Version
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Member, Order, Ref, Won
from chalicelib.domain.rewards.progress.levels import level_of
from tests.proof import oracle
from tests.proof.soak.by_hand import NOTHING, ByHand, least
from tests.proof.soak.hub import Violation
from tests.proof.soak.options import POINTS
from tests.proof.soak.programmes import CARDS, GIFTED, MONTH, OTHER_GOALS, SALE, ZONE
from tests.proof.soak.sales import Sale
from tests.proof.soak.shelf import Shelf
from tests.proof.soak.watch import Watch
from tests.properties.invariants import survivor

Facts = tuple[Snapshot, dict[str, Refund], dict[str, Dispute]]
"""What was paid of an order, and what went back."""

Period = tuple[str, str, int]
"""A counter, a kind of period, and the period's number."""

(CARD,) = CARDS
GOALS = {goal["id"]: goal for goal in (MONTH, *OTHER_GOALS)}
LETTERS = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year", "a": "all"}
COUNTED_ALWAYS = ("spend-month", "spend-year", "spend-all", "orders-month", "orders-year", "orders-all", "friends-all")
"""The boards that need no counter of their own."""

REMEMBERED = {"day": 27, "week": 26, "month": 16, "quarter": 2, "year": 2, "all": 0}
"""How many periods before the running one are remembered."""


class Live(Struct, frozen=True):
    """An order of which something is kept: whose it is, its local day, cents of goods in the programme's currency,
    pieces on sale, points that it earns, the ids of the goals and boards that its programme version has, what levels
    measure in that, and whether it has orders counted by day.
    """

    member: str
    day: date
    spend: int | None
    on_sale: int
    points: int
    goals: frozenset[str]
    boards: frozenset[str]
    level_measure: str
    is_dated: bool


class Reached(Struct):
    """All live orders of a member and of those that were merged into it; `owners`: the names of all of them; `by_hand`:
    the level that people have set.
    """

    orders: list[Live] = []
    owners: frozenset[str] = frozenset()
    by_hand: ByHand = NOTHING


def check_progress(
    shelf: Shelf, sales: list[tuple[Sale, Snapshot]], watch: Watch, segments: Mapping[Ref, str], now: int
) -> None:
    """Every member's counters, level, card and goals are what its live orders make.

    `sales`: each as far as it was paid. `segments`: those of buyers when their orders were first valued. `watch` knows
    when each member's counters changed last, for only then goals and gifts are judged, and when its level was said.
    """
    lives: dict[str, list[Live]] = {}
    for sale, paid in sales:
        check_terms(shelf, sale, paid, segments)
        live = _live(shelf, sale, paid)
        if live:
            lives.setdefault(live.member, []).append(live)
    families = _families(shelf)
    for member in shelf.all(Member):
        own = families[member.member]
        by_hand = watch.by_hand.get(member.member, NOTHING)
        reached = Reached([live for name in own for live in lives.get(name, [])], frozenset(own), by_hand)
        _check_by_hand(member, by_hand)
        _check_counters(member, reached.orders, local_day(now))
        if not member.alias:
            _check_card(shelf, member, reached)
            _check_level(member, reached, shelf.history().at(now), local_day(now))
        if not member.alias and member.member in watch.followed:
            judged, told = watch.followed[member.member], watch.told[member.member]
            _check_told(member, reached, shelf.history().at(told), local_day(told))
            _check_goals(member, reached, local_day(judged))
            _check_gifts(member, reached, shelf.history(), judged)


def _families(shelf: Shelf) -> dict[str, list[str]]:
    """Each member with those that were merged into it, and into those, and so on."""
    merged: dict[str, list[str]] = {}
    for member in shelf.all(Member):
        if member.alias:
            merged.setdefault(member.alias, []).append(member.member)

    def family(name: str) -> list[str]:
        return [name, *(other for below in merged.get(name, []) for other in family(below))]

    return {member.member: family(member.member) for member in shelf.all(Member)}


def _live(shelf: Shelf, sale: Sale, paid: Snapshot) -> Live | None:
    """What of a sale counts; None where nothing does."""
    order = shelf.find(sale.statements.ref, Order)
    if sale.is_ambiguous and order.facts.is_gone():
        return None
    return live_of(order, shelf.history(), sale.buyer[2], sale.paid_at, (paid, sale.refunds, sale.disputes))


def live_of(order: Order, history: History, buyer: str, paid_at: int, facts: Facts) -> Live | None:
    """What of an order counts by its facts; None where nothing does. Of its record only the points are read, which are
    compared with the oracle's for themselves: a budget may have left less; and the id that its buyer had when it was
    valued, which must be one of the same member's.
    """
    version, paid = history.at(paid_at) if paid_at else None, facts[0]
    if version is None or not buyer or not oracle.is_live(*facts):
        return None
    programme = version.programme
    if paid.test or paid.currency not in (programme.currency, *programme.currencies):
        return None
    goods, _ = oracle.kept(*facts)
    spend = sum(net for line, (net, _) in zip(paid.lines, goods, strict=True) if line.earns)
    counts = zip(paid.lines, oracle.pieces(*facts), strict=True)
    sold = sum(count for line, count in counts if line.earns and f"category:{SALE['categories'][0]}" in line.labels)
    points = sum(posted.amount for posted in order.posted if posted.asset == POINTS and posted.rule != WRITTEN_OFF)
    return Live(
        order.terms.buyer or buyer,
        local_day(paid_at),
        spend if paid.currency == programme.currency else None,
        sold,
        points,
        frozenset(goal.id for goal in programme.goals),
        frozenset(board.id for board in programme.boards),
        programme.levels.measure if programme.levels else "",
        bool(programme.segments) or any(campaign.audience.segments for campaign in programme.campaigns),
    )


def _check_counters(member: Member, orders: list[Live], today: date) -> None:
    """Sums over the live orders, in every period that is remembered still."""
    sums: Counter[Period] = Counter()
    for live in orders:
        for (counter, per), amount in _amounts(live).items():
            sums[counter, per, number_of(per, live.day)] += amount
    right = {key: amount for key, amount in sums.items() if amount}
    actual: dict[Period, int] = {}
    for name, (first, *amounts) in member.counts.items():
        counter, _, letter = name.rpartition("/")
        actual |= {(counter, LETTERS[letter], first + place): amount for place, amount in enumerate(amounts) if amount}
    differing = {key for key, _ in actual.items() ^ right.items() if _is_remembered(*key[1:], today)}
    if differing:
        raise Violation(f"the counters {differing} of {member.member} are {actual}, its orders make {right}")
    right_days = Counter(_day_of(live) for live in orders if "days" in live.goals)
    days = {(name, value): count for name, tally in member.distinct.items() for value, count in tally.items()}
    recent = {f"days/q {number_of('quarter', today) - before}" for before in (0, 1)}
    if {day for day, _ in days.items() ^ right_days.items() if day[0] in recent}:
        raise Violation(f"{member.member} has bought on the days {days}, its orders say {right_days}")


def _amounts(live: Live) -> dict[tuple[str, str], int]:
    """What an order counts, by the counter and the kind of its periods."""
    amounts = dict.fromkeys((("orders", "month"), ("orders", "year"), ("orders", "all")), 1)
    amounts |= {("EUR", per): live.spend or 0 for per in ("month", "year", "all")} | {("card", "all"): live.on_sale}
    amounts |= {(POINTS, per): live.points for per in ("month", "year", "all") if live.level_measure == POINTS}
    amounts |= {("hunter", "quarter"): live.on_sale} if "hunter" in live.goals else {}
    amounts |= {("orders", "week"): 1} if "weeks" in live.goals else {}
    amounts |= {("orders", "day"): 1} if live.is_dated else {}
    own = (name.split("-") for name in live.boards if name not in COUNTED_ALWAYS)
    return amounts | {(f"{measure}-{per}", per): of_measure(live, measure) for measure, per in own}


def of_measure(live: Live, measure: str) -> int:
    """What an order adds to what a board compares."""
    return {"spend": live.spend or 0, "orders": 1, POINTS: live.points}[measure]


def _day_of(live: Live) -> tuple[str, str]:
    """The day on which an order was paid, as an element of its quarter."""
    return f"days/q {number_of('quarter', live.day)}", str(live.day.toordinal())


def _check_card(shelf: Shelf, member: Member, reached: Reached) -> None:
    """So many rewards as the card was full; only those that are so old that they are final may be more."""
    full = sum(live.on_sale for live in reached.orders) // CARD["size"]
    won = [award for award in member.won if award.name == CARD["id"]]
    given = won[-1].number if won else 0
    is_final = bool(won) and not won[-1].amount
    if given < full or (given > full and not is_final):
        raise Violation(f"{member.member} has had {given} rewards of the card, its stamps fill {full}: {won}")
    paid = 0
    for name in reached.owners:
        postings = (posting for entry in shelf.entries(name) for posting in entry.postings)
        own = (posting for posting in postings if "programme:card" in (posting.source, posting.destination))
        paid += sum(posting.signed(name) for posting in own)
    if paid != given * CARD["reward"]["give"]:
        raise Violation(f"the card of {member.member} has paid {paid} {POINTS} for {given} rewards")


def _check_goals(member: Member, reached: Reached, today: date) -> None:
    """A goal is reached if and only if its counter is at the target, in the running period and the one before it."""
    for name, goal in GOALS.items():
        own = [award for award in member.won if award.name == name]
        orders = [live for live in reached.orders if name in live.goals] if goal is not MONTH else reached.orders
        if name == "weeks":
            _check_streak(member, own, orders, reached, today)
            continue
        per = goal["per"]
        numbers = number_of(per, today) - 1, number_of(per, today)
        have = {award.number for award in own if award.number in numbers}
        right = {number for number in numbers if _of_period(goal, orders, per, number) >= goal["target"]}
        # Whose orders came together by a merge under a version without the goal was not judged on both.
        is_exact = goal is MONTH or len(reached.owners) == 1
        if have - right or (is_exact and right != have):
            raise Violation(f"{member.member} has reached {name} in {have}, its orders do in {right}")


def _of_period(goal: dict[str, Any], orders: list[Live], per: str, number: int) -> int:
    """What orders bring to a goal in a period."""
    chosen = [live for live in orders if number_of(per, live.day) == number]
    if goal["measure"] == "days":
        return len({live.day for live in chosen})
    return len(chosen) if goal["measure"] == "orders" else sum(live.on_sale for live in chosen)


def _check_streak(member: Member, own: list[Won], orders: list[Live], reached: Reached, today: date) -> None:
    """Reached if some weeks in a row have live orders; what was reached before all that is remembered stays."""
    target, oldest = GOALS["weeks"]["target"], number_of("week", today) - REMEMBERED["week"]
    weeks = {number_of("week", live.day) for live in orders}
    stands = any(award.number - target + 1 < oldest or _is_run(award.number, target, weeks) for award in own)
    if own and not stands:
        raise Violation(f"{member.member} has had weeks in a row to {own}, its orders are of {sorted(weeks)}")
    is_reached = any(_is_run(week, target, weeks) and week - target + 1 >= oldest for week in weeks)
    if is_reached and not own and len(reached.owners) == 1:
        raise Violation(f"{member.member} has not had weeks in a row, its orders are of {sorted(weeks)}")


def _is_run(last: int, target: int, weeks: set[int]) -> bool:
    return all(week in weeks for week in range(last - target + 1, last + 1))


def _check_by_hand(member: Member, by_hand: ByHand) -> None:
    """A member remembers what people have set of its level, and a merged one nothing."""
    granted = member.granted
    stored = ByHand(granted.level, granted.until, granted.day) if granted else NOTHING
    if (stored if stored.level else NOTHING) != (by_hand if by_hand.level else NOTHING):
        raise Violation(f"{member.member} was given {by_hand} by hand and has {stored}")


def _check_level(member: Member, reached: Reached, version: Version | None, today: date) -> None:
    """The level is that of what was bought in the period of the levels."""
    assert version
    step = level_of(member, version.programme, today)
    if step != _level(reached, version.programme, today):
        raise Violation(f"{member.member} has {_score(reached, version.programme, today)} and is {step}")


def _check_told(member: Member, reached: Reached, version: Version | None, today: date) -> None:
    """What the member was told last is the level of that day."""
    assert version
    step = _level(reached, version.programme, today)
    if member.level != (step.id if step else ""):
        score = _score(reached, version.programme, today)
        raise Violation(f"{member.member} was told to be {member.level!r} and is {step}: {score}")


def _check_gifts(member: Member, reached: Reached, history: History, judged: int) -> None:
    """The gift of a level is there once a year, and only where the level was reached on a day since: under the version
    that gave it, or under the one in force.
    """
    version, today = history.at(judged), local_day(judged)
    assert version
    score, gifted = _score(reached, version.programme, today), least(version.programme, GIFTED)
    gifts = [award for award in member.won if award.name == GIFTED and award.number >= today.year - 1]
    for year in {gift.number for gift in gifts}:
        # Of merged members each may have one: they stay together.
        own = [gift for gift in gifts if gift.number == year]
        programmes = [version.programme, *(history.numbered(gift.version).programme for gift in own if gift.version)]
        given = date.fromordinal(min(gift.day for gift in own))
        # What people have set holds for the gift of what they had set before.
        by_hand = replace(reached.by_hand, since=min(reached.by_hand.since, given.toordinal()))
        reached = replace(reached, by_hand=by_hand)
        if any(_may_be_forgotten(programme, given, today) for programme in programmes):
            continue  # what it rested on may be, so it is final
        last = min(today, date(year, 12, 31))
        since = [given + timedelta(days=days) for days in range((last - given).days + 1)]
        if not any(_has_reached(reached, programme, day) for programme in programmes for day in since):
            raise Violation(f"{member.member} has the gift of {year}, by then it had not enough: {reached}")
    if score >= gifted and today.year not in {gift.number for gift in gifts}:
        raise Violation(f"{member.member} has {score} and no gift of {today.year}: {gifts}")


def _has_reached(reached: Reached, programme: Programme, day: date) -> bool:
    """Whether a member has the level with a gift on a day."""
    return _score(reached, programme, day) >= least(programme, GIFTED)


def _level(reached: Reached, programme: Programme, today: date) -> Step | None:
    assert programme.levels
    score = _score(reached, programme, today)
    steps = [step for step in programme.levels.steps if least(programme, step.id) <= score]
    return steps[-1] if steps else None


def _may_be_forgotten(programme: Programme, day: date, today: date) -> bool:
    """Whether what a level on a day rests on is not counted any more."""
    assert programme.levels
    first = day - timedelta(days=programme.levels.grace_days)
    if programme.levels.per == "rolling":
        return number_of("month", first) - 12 < number_of("month", today) - REMEMBERED["month"]
    return programme.levels.per == "year" and first.year - 1 < today.year - REMEMBERED["year"]


def _score(reached: Reached, programme: Programme, today: date) -> int:
    """The most that a member had of what the levels measure on a day or on one of its days of grace, and at least what
    the level needs that people have set.
    """
    assert programme.levels
    levels = programme.levels
    last, first = number_of("month", today), number_of("month", today - timedelta(days=levels.grace_days))
    # Points count for levels since a version has levels of points, and for those that were earned under such a one.
    orders = [live for live in reached.orders if levels.measure != POINTS or live.level_measure == POINTS]
    amounts = [(number_of("month", live.day), of_measure(live, levels.measure)) for live in orders]
    reached_by_orders = max(_score_in(amounts, levels, month) for month in range(first, last + 1))
    return max(reached_by_orders, reached.by_hand.least(programme, today))


def _score_in(amounts: list[tuple[int, int]], levels: Levels, month: int) -> int:
    """What counts on the days of a month, of amounts in months: nothing that is not closed, where only that does; and
    then what is of twelve closed months and this one, of this calendar year or of the last one, or all.
    """
    if levels.counts == "next_month":
        amounts = [(of, amount) for of, amount in amounts if of < month]
    if levels.per == "rolling":
        return sum(amount for of, amount in amounts if month - 12 <= of <= month)
    if levels.per == "lifetime":
        return sum(amount for _, amount in amounts)
    this_year, last_year = (sum(amount for of, amount in amounts if of // 12 == month // 12 - back) for back in (0, 1))
    return max(this_year, last_year)


def check_terms(shelf: Shelf, sale: Sale, paid: Snapshot, segments: Mapping[Ref, str]) -> None:
    """The campaigns in an order's terms are those whose days it was paid on, and the arm follows from the person.

    One for segments is looked at where it is known which one the buyer was in.
    """
    order = shelf.find(sale.statements.ref, Order)
    version = shelf.history().at(sale.paid_at) if sale.paid_at and sale.buyer[2] else None
    if version is None or not order.facts.paid_at:
        return
    terms, programme = order.terms, version.programme
    segment = segments.get(order.ref)
    if terms.buyer and survivor(shelf, terms.buyer) != survivor(shelf, sale.buyer[2]):
        raise Violation(f"{order.ref} was valued for {terms.buyer}, its buyer is {sale.buyer[2]}")
    person = terms.judged_as or terms.root or terms.buyer or sale.buyer[2]
    right = _campaigns(programme, local_day(sale.paid_at), person, terms.level, segment)
    unknown = {
        sign + campaign.id for campaign in programme.campaigns if campaign.audience.segments for sign in ("", "-")
    }
    named = [name for name in terms.campaigns if segment is not None or name not in unknown]
    if set(named) != right or len(named) != len(right):
        raise Violation(f"{order.ref} has the terms {terms}, by its day and person {right}")
    if terms.level not in {step.id for step in programme.levels.steps} if programme.levels else {""}:
        raise Violation(f"{order.ref} was valued under the level {terms.level!r}")


def _campaigns(programme: Programme, day: date, person: str, level: str, segment: str | None) -> set[str]:
    """The campaigns that hold on a day for a person of a level and a segment (None: not known); those that it is held
    out of with a dash.
    """
    names = set()
    for campaign in programme.campaigns:
        if not campaign.starts <= day <= campaign.ends or level not in (campaign.audience.levels or (level,)):
            continue
        if campaign.audience.segments and segment not in campaign.audience.segments:
            continue
        hashed = blake2b(f"{campaign.salt or campaign.id}\0{person}".encode(), digest_size=8).hexdigest()
        is_out = int(hashed, 16) % 10_000 < campaign.holdout * 100
        names.add(f"-{campaign.id}" if is_out else campaign.id)
    return names


def local_day(at: int) -> date:
    return datetime.fromtimestamp(at, ZoneInfo(ZONE)).date()


def number_of(per: str, day: date) -> int:
    """The period of a day, counted without gaps."""
    if per in ("day", "week"):
        ordinal = day.toordinal()
        return ordinal if per == "day" else (ordinal - 1) // 7
    if per == "month":
        return 12 * day.year + day.month - 1
    if per == "quarter":
        return 4 * day.year + (day.month - 1) // 3
    return day.year if per == "year" else 0


def _is_remembered(per: str, number: int, today: date) -> bool:
    return number >= number_of(per, today) - REMEMBERED[per]
