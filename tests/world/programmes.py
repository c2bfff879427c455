"""Programme documents that are valid and unusual: every kind of part, in odd currencies and zones, with ids that are
the names of other things. A seed says what is in one.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import DAY_S, local_day
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.programme.sale import lifetime_problems
from tests.world.builders import ANNA, BEN, LANDING, NOW

Plain = dict[str, Any]
"""A document, or a part of one."""

IDS = (
    *("points", "miles", "eur", "jpy", "kwd", "month", "all", "a", "m", "d", "w", "y", "q", "day", "week", "year"),
    *("spend", "order", "pieces", "categories", "days", "weeks", "friends", "member", "times", "cashback", "activity"),
    *("campaign", "ladder", "card", "goal", "level", "board", "review", "birthday", "anniversary", "shipping", "0"),
    *("2", "00", "a-a", "new", "lost", "champions", "referral", "bonus", "welcome", "budget", "loss", "time", "none"),
)
"""Ids that a part may have, each the name of something else too."""

CURRENCIES = ("EUR", "JPY", "KWD", "CLF", "USD")
ZONES = (
    *("UTC", "Europe/Paris", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Marquesas", "America/Havana"),
    *("America/Asuncion", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "Etc/GMT+12"),
)
ASSETS = ("points", "miles", "eur", "month", "a", "m", "all", "d", "review")
ACTIVITIES = ("review", "birthday", "anniversary", "order", "hold", "time", "a", "month", "0")
SKUS = ("TEA", "BOX", "MUG")
PERIODS = ("week", "month", "quarter", "year", "all")


class DrawnDocument:
    """One document while it is drawn: `ids` are those that are left, `assets` what it can give."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 (it must be repeatable, not secret)
        self.ids = self.random.sample(IDS, len(IDS))
        self.currencies = self.random.sample(CURRENCIES, self.random.randint(1, 3))
        self.best = self.maybe(0.2)
        self.assets = {name: self.asset() for name in self.random.sample(ASSETS, self.random.choice((0, 1, 2, 2, 3)))}

    def maybe(self, chance: float = 0.5) -> bool:
        return self.random.random() < chance

    def some(self, **parts: Any) -> Plain:
        """Some of these fields; those that are None are never stated."""
        return {name: value for name, value in parts.items() if value is not None and self.maybe()}

    def number(self, decimals: int, least: int = 1, most: int = 5000) -> Decimal:
        """A number of so many decimals or fewer, of a few minor units or of many."""
        return Decimal(self.random.choice((least, self.random.randint(least, most), 100 * least))).scaleb(-decimals)

    def money(self, currency: str, whole: int = 30) -> Decimal:
        """A sum of a currency from its minor unit on."""
        scale = money.scale_of(currency)
        value = self.random.choice((1, 10**scale, self.random.randint(1, whole * 10**scale)))
        return Decimal(value).scaleb(-scale)

    def sums(self, whole: int = 30, everywhere: bool = True) -> Plain | Decimal:
        """A sum in each currency, or in some; of one currency alone a number too."""
        if len(self.currencies) == 1 and self.maybe():
            return self.money(self.currencies[0], whole)
        chosen = self.currencies if everywhere else self.currencies[: self.random.randint(1, len(self.currencies))]
        return {currency: self.money(currency, whole) for currency in chosen}

    def name(self, text: str) -> Plain:
        return {"en": f"{text.title()} Name"} | ({"fr": f"Nom {text}"} if self.maybe() else {})

    def asset(self) -> Plain:
        worth = {currency: self.number(self.random.randint(0, 6), most=200) for currency in self.currencies}
        return self.some(
            decimals=self.random.randint(0, 4), worth=worth, name={"en": "leaves"}, singular={"en": "leaf"}
        ) | self.random.choice(({}, {"expire_months": 1}, {"expire_days": 20}, {"expire_end": "month"}))

    def lasting(self, *, delivered: bool = False, added: bool = False) -> Plain:
        """When something that is given can be spent; what a campaign has `added` waits only beside an expiry."""
        ways: list[Plain] = [
            {},
            {"vest_days": 3},
            {"vest_days": 3, "expire_days": 30},
            {"expire_days": 9},
            {"expire_months": 2, "expire_end": "month", "expire_from": "vesting"},
            {"expire_end": "year"},
            {"vest_date": "2026-03-10", "expire_days": 30, "expire_from": "vesting"},
        ]
        ways += [{"vest_on": "delivery", "expire_days": 40}] if delivered else []
        return self.random.choice([way for way in ways if not added or way != {"vest_days": 3}])

    def decimals(self, name: str) -> int:
        return int(self.assets[name].get("decimals", 0)) if name in self.assets else money.scale_of(name)

    def award(self) -> Plain:
        """What a card, a goal, a level or a place gives."""
        of = self.random.choice([*self.assets, self.currencies[0]])
        amount = self.number(self.decimals(of))
        if of == self.currencies[0] and self.maybe():
            return {"amount": amount} | self.lasting()
        return {"give": amount, "of": of} | self.lasting()

    def selector(self) -> Plain:
        return self.random.choice(
            ({"skus": ["TEA"]}, {"categories": ["tea", "0"]}, {"tags": ["new"], "skus": ["MUG"]}, {"products": ["p1"]})
        )

    def limits(self, decimals: int | None, *, activity: bool = False) -> Plain:
        """Limits and a budget, of an asset of so many decimals or of the order's money."""
        if self.best or self.maybe(0.6):
            return {}
        periods = self.random.sample(("day", "week", "month", "year", "member"), 2)
        amounts = [self.sums() if decimals is None else self.number(decimals) for _ in periods]
        limits: list[Plain] = [{"per": per, "amount": amount} for per, amount in zip(periods, amounts, strict=True)]
        if activity and self.maybe():
            limits[0] = {"per": periods[0], "times": self.random.randint(1, 2)}
        budget = self.sums(300) if decimals is None else self.number(decimals, 50, 50_000)
        return self.some(limits=limits, budget=budget)

    def base(self) -> Plain:
        return self.some(base=self.some(tax=True, shipping=True))

    def rule(self, activity: bool) -> Plain:
        """A rule of `earn` of any kind."""
        own: Plain = {"id": self.ids.pop()} | self.some(name=self.name("rule")) | self.lasting(delivered=not activity)
        of = self.random.choice([*self.assets, *self.currencies])
        give: Plain = {"give": self.number(self.decimals(of), most=500), "of": of}
        if activity:
            return own | give | {"on": self.random.choice(ACTIVITIES)} | self.limits(self.decimals(of), activity=True)
        kind = self.random.choice(("percent", "amount", "points", "ladder"))
        if kind == "points":
            per = {currency: self.money(currency, 5) for currency in self.currencies}
            counted = self.random.choice(({"per": per}, {"per": "piece"}, {"per": "order"}))
            parts = self.some(
                match=self.selector(), minimum=self.sums(20, everywhere=False), cap=self.number(self.decimals(of))
            )
            return own | give | counted | parts | self.limits(self.decimals(of))
        if kind == "ladder":
            heights = [{currency: step * self.money(currency, 1) for currency in self.currencies} for step in (1,)]
            rungs = [{"at": heights[0], "percent": 3}]
            rungs.append({"at": {c: heights[0][c] * 7 for c in heights[0]}, "percent": Decimal("4.25")})
            whole = rungs if self.maybe() else [rungs[0], {"at": rungs[1]["at"], "amount": self.sums(9)}]
            brackets = {"ladder": rungs, "count": "brackets"}
            return own | self.random.choice((brackets, {"ladder": whole})) | self.base() | self.limits(None)
        given: Plain = {"percent": Decimal("2.5")} if kind == "percent" else {"amount": self.sums(9, everywhere=False)}
        given |= self.some(cap=self.sums(9), minimum=self.sums(20, everywhere=False), exclude=self.selector())
        if kind == "percent":
            given |= self.some(rates=[{"match": self.selector(), "percent": 7}])
        return own | given | self.base() | self.limits(None)

    def card(self) -> Plain:
        per = {currency: self.money(currency) for currency in self.currencies}
        counts = self.random.choice(({"pieces": self.selector()}, {"orders": True}, {"per": per}))
        return {"id": self.ids.pop(), "counts": counts, "size": self.random.randint(1, 4), "reward": self.award()}

    def goal(self) -> Plain:
        measure = self.random.choice(("spend", "orders", "pieces", "categories", "days", "weeks"))
        goal: Plain = {"id": self.ids.pop(), "measure": measure, "target": self.random.randint(1, 4)}
        if measure == "spend":
            goal["target"] = self.money(self.currencies[0], 200)
        if measure != "weeks":
            goal["per"] = self.random.choice(PERIODS)
        if measure in ("spend", "pieces"):
            goal |= self.some(match=self.selector())
        gives = self.random.choice(
            ({"reward": self.award()}, {"badge": {"en": "Badge"}}, {"reward": self.award(), "badge": {"en": "Badge"}})
        )
        return goal | gives | self.some(name=self.name("goal"), keep=True)

    def levels(self, rules: list[str]) -> Plain:
        measure = self.random.choice(["spend", "orders", *self.assets])
        decimals = 0 if measure == "orders" else self.decimals(self.currencies[0] if measure == "spend" else measure)
        heights = sorted({self.number(decimals) * place for place in (1, 2)})
        steps: list[Plain] = [
            {"id": self.ids.pop(), "at": at, "flags": ["a"]}
            | self.some(
                gift=self.award(),
                perks={"en": "Free delivery"},
                multiply={rule: Decimal("1.25") for rule in rules[:2]},
                name=self.name("level"),
            )
            for at in (Decimal(0), *heights)
        ]
        levels: Plain = {"steps": steps, "measure": measure, "per": self.random.choice(("year", "rolling", "lifetime"))}
        levels |= self.some(counts=self.random.choice(("at_once", "next_month")))
        return levels | (self.some(grace_days=40) if levels["per"] != "lifetime" else {})

    def campaign(self, rules: list[Plain], levels: Plain | None, segments: list[str]) -> Plain:
        steps = [step["id"] for step in levels["steps"]] if levels else []
        audience = self.random.choice(
            (
                {},
                {"first_order": True},
                {"members": [ANNA, BEN]},
                *([{"levels": steps[:2]}] if steps else []),
                {"segments": [self.random.choice(segments)]},
            )
        )
        campaign: Plain = {"id": self.ids.pop(), "starts": "2026-01-01", "ends": "2026-02-28", "audience": audience}
        rule = self.random.choice(rules)
        campaign["multiply"] = {rule["id"]: self.random.choice((Decimal("1.01"), Decimal(3), Decimal("2.5")))}
        of = rule.get("of")
        campaign |= self.limits(None if of is None else self.decimals(of))
        return (
            campaign
            | self.lasting(added=True)
            | self.some(holdout=Decimal("33.33"), salt="a b", name=self.name("campaign"))
        )

    def board(self) -> Plain:
        measure = self.random.choice(["spend", "orders", "friends", *self.assets])
        per = "all" if measure == "friends" else self.random.choice(PERIODS)
        prizes = [self.award() for _ in range(self.random.randint(0, 2))] if per != "all" else []
        return {"id": self.ids.pop(), "measure": measure, "per": per, "top": 3, "prizes": prizes} | self.some(
            settle_days=self.random.randint(0, 3), name=self.name("board")
        )

    def reward(self) -> Plain:
        worth = {"percent": self.number(4, 1, 100_000)} if self.maybe() else {"amount": self.sums(9)}
        return worth | self.lasting()

    def referral(self) -> Plain:
        return (
            {"friends": self.random.randint(1, 2)}
            | self.reward()
            | self.some(
                ladder=[{"bonuses": 2, "percent": 15}, {"bonuses": 4, "amount": self.sums(9)}],
                limit=2,
                welcome=self.reward(),
                review={"threshold": 60},
                velocity={"bonuses": 1, "days": 3},
                qualifies=self.some(first_order=False, minimum=self.sums(20, everywhere=False)),
                window_days=5,
                base=self.some(tax=True),
            )
        )

    def spending(self) -> Plain:
        return self.some(
            minimum=self.sums(2, everywhere=False), max_percent=50, min_percent=5, hold_minutes=3000, return_days=2
        )

    def document(self) -> Plain:
        """All parts together."""
        rules = [self.rule(activity=False) for _ in range(self.random.randint(1, 4))]
        activities = [self.rule(activity=True) for _ in range(self.random.randint(0, 2))]
        levels = self.levels([rule["id"] for rule in rules]) if self.maybe(0.7) else None
        segments = self.some(segments={"all": {}, "new": {"recency": [4, 5]}}).get("segments", {})
        names = list(segments) or ["champions", "lost"]
        campaigns = [self.campaign(rules, levels, names) for _ in range(self.random.randint(0, 2))]
        if campaigns and self.maybe():
            rules[-1]["campaign"] = campaigns[0]["id"]
        catalogue = [{"skus": ["TEA"], "categories": ["tea"]}, {"products": ["p1"], "tags": ["new"]}]
        return {
            "name": "Club",
            "landing": LANDING,
            "currency": self.currencies[0],
            "currencies": self.currencies[1:],
            "timezone": self.random.choice(ZONES),
            "combine": "best" if self.best else "sum",
            "assets": self.assets,
            "earn": [*rules, *activities],
            "cards": [self.card() for _ in range(self.random.randint(0, 3))],
            "goals": [self.goal() for _ in range(self.random.randint(0, 4))],
            "campaigns": campaigns,
            "boards": [self.board() for _ in range(self.random.randint(0, 2))],
            "segments": segments,
            **({"levels": levels} if levels else {}),
            **self.some(
                rounding=self.random.choice(("half_up", "half_even", "down")),
                clawback=self.random.choice(("negative", "loss")),
                inactive_days=self.random.choice((4, 60)),
                remind_days=0,
                referral=self.referral(),
                spending=self.spending(),
                catalogue=catalogue,
                test_orders=True,
            ),
        }


def _published(document: Plain) -> Programme:
    """The programme of a document that can be published. Raises InvalidProgramme."""
    programme = parse(document)
    if problems := list(lifetime_problems(programme, NOW, NOW)):
        raise InvalidProgramme(problems)
    return programme


def drawn(seed: int) -> tuple[Plain, Programme]:
    """A document that `parse` accepts, and the programme that it is."""
    for attempt in range(50):
        document = DrawnDocument(seed * 1000 + attempt).document()
        try:
            return document, _published(document)
        except InvalidProgramme:
            continue
    raise AssertionError(seed)


def succeeding(document: Plain, seed: int) -> tuple[Plain, Programme]:
    """A document that keeps the assets of another one and most of its parts."""
    for attempt in range(50):
        drawing = DrawnDocument(seed * 1000 + attempt + 7)
        drawing.currencies = [document["currency"], *document["currencies"]]
        drawing.best = document["combine"] == "best"
        drawing.assets = {**document["assets"]}
        after = drawing.document()
        kept = [
            name for name in ("earn", "cards", "goals", "levels", "boards") if drawing.maybe(0.3) and name in document
        ]
        after |= {name: document[name] for name in kept}
        try:
            return after, _published(after)
        except InvalidProgramme:
            continue
    raise AssertionError(seed)


def drawn_in(draw: Random, begin: int, span: int) -> tuple[Plain, Programme]:
    """A document that can be published, with campaigns and dates among the days of a span, and its programme."""
    first = local_day(begin, "UTC")
    for _ in range(100):
        document = DrawnDocument(draw.randrange(2**32)).document()
        _dated(document, draw, first, max(span // DAY_S, 1))
        try:
            programme = parse(document)
        except InvalidProgramme:
            continue
        if not lifetime_problems(programme, begin - DAY_S, begin - DAY_S):
            return document, programme
    raise AssertionError("no document was valid")


def _dated(document: Plain, draw: Random, first: date, days: int) -> None:
    """Move what a document says of days to those of the span; without reviews, for nobody answers them."""
    document.get("referral", {}).pop("review", None)
    for campaign in document["campaigns"]:
        starts = first + timedelta(draw.randint(-2, days))
        campaign["starts"], campaign["ends"] = str(starts), str(starts + timedelta(draw.choice((0, 5, days))))
        campaign["audience"] |= draw.choice(({}, {}, {"first_order": True}))
        campaign["multiply"] |= {rule["id"]: 2 for rule in document["earn"] if "on" not in rule and draw.random() < 0.3}
    awards = [card["reward"] for card in document["cards"]] + [goal.get("reward", {}) for goal in document["goals"]]
    for part in (*document["earn"], *document["campaigns"], *awards):
        if "vest_date" in part:
            part["vest_date"] = str(first + timedelta(draw.randint(-3, 40)))
