"""One truth on every surface: a quote and what its order gives, the API, the shopper's card, the statement, and the
console's page of a member agree at every moment of plays that a seed draws.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from typing import Any

import boto3
import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import (
    AdjustBalance,
    CaptureHold,
    Command,
    IssueCode,
    MergeMembers,
    PlaceHold,
    PublishProgramme,
    RecordActivity,
    RecordOrder,
    ReleaseHold,
    WithdrawActivity,
)
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.core.identity import new_code
from chalicelib.domain.errors import Rejection
from chalicelib.domain.ledger.accounts import Account
from chalicelib.domain.orders.facts import Dispute, Line, OrderFacts, Refund, RefundLine, Snapshot
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.records import Member
from chalicelib.edge import process, words
from chalicelib.edge.answers import AssetBalance
from chalicelib.edge.api import card, members, progress
from chalicelib.edge.card_answers import CardBalance
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.members import page as member_page
from chalicelib.edge.jobs import rounds, stream
from chalicelib.edge.messages import ADMIN, OWNER, Caller, Request, page
from chalicelib.edge.quotes import PostQuote, QuoteLine
from chalicelib.edge.yaml_document import read_document
from chalicelib.store import unfinished
from chalicelib.store.dynamodb import queries
from chalicelib.store.users import User
from tests.world.builders import CONNECTION, DAY_S
from tests.world.programmes import SKUS, Plain, drawn_in, succeeding

BEGIN = int(datetime(2026, 5, 4, 12, tzinfo=UTC).timestamp())
MEMBERS = ("shop.ann", "shop.ben", "shop.cleo", "shop.dora")
CODES = {member: new_code(member.encode()) for member in MEMBERS}
SEEDS, CLUBS = 6, 2
"""Plays, and those of them that begin with DOCUMENT."""

STEPS, MOMENTS = 36, 6
"""What happens in a play, and after how much of it the surfaces are compared."""

DOCUMENT = b"""
name: Acme Tea
currency: EUR
currencies: [USD, JPY]
timezone: Europe/Paris
inactive_days: 120
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
spending: {minimum: {EUR: 1.00, USD: 1.00}}
assets:
  points: {name: {fr: feuilles, en: leaves}, worth: {EUR: 0.05}, expire_months: 2}
  gems: {name: {fr: gemmes, en: gems}, decimals: 2, worth: {EUR: 1.00}}
earn:
  - {id: cashback, name: {fr: Cagnotte, en: Cash}, percent: 5, rates: [{match: {skus: [BOX]}, percent: 10}],
     limits: [{amount: {EUR: 12.00, USD: 12.00, JPY: 2000}, per: month}], vest_days: 7, expire_days: 40}
  - {id: leaves, give: 1, of: points, per: {EUR: 1.00, USD: 1.00}}
  - {id: gem, give: 0.25, of: gems, per: piece, match: {skus: [BOX]}}
  - {id: big, ladder: [{at: {EUR: 50.00}, amount: {EUR: 3.00}}, {at: {EUR: 100.00}, percent: 10}], expire_days: 30}
  - {id: small, percent: 1, budget: {EUR: 2, USD: 2, JPY: 200}}
  - {id: review, name: {fr: avis, en: review}, give: 20, of: points, on: review, limits: [{times: 2, per: month}]}
cards:
  - {id: box, name: {fr: Carte, en: Card}, counts: {pieces: {skus: [BOX]}}, size: 3, reward: {amount: 2.50}}
levels:
  counts: at_once
  grace_days: 10
  per: rolling
  steps:
    - {id: green, at: 0, name: {fr: Vert, en: Green}, multiply: {leaves: 1.1}}
    - {id: black, at: 80.00, name: {fr: Noir, en: Black}, multiply: {leaves: 1.5}, gift: {give: 40, of: points}}
goals:
  - {id: three, measure: orders, target: 3, per: month, reward: {give: 5, of: points}, badge: {fr: Fidele, en: Regular}}
  - {id: kept, measure: spend, target: 60, per: month, keep: true, badge: {fr: Grand, en: Grand}}
  - {id: weeks, measure: weeks, target: 2, reward: {amount: 1}}
campaigns:
  - {id: first, starts: 2026-01-01, ends: 2030-12-31, audience: {first_order: true}, multiply: {leaves: 2}, holdout: 30}
  - {id: may, name: {fr: Mai, en: May}, starts: 2026-05-10, ends: 2026-06-20, multiply: {cashback: 2},
     budget: {EUR: 5, USD: 5, JPY: 500}}
referral: {percent: 10, welcome: {amount: {EUR: 3.00, USD: 3.00}, expire_days: 90}}
"""


@pytest.fixture
def table(moto_table: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty table and a stage with its root secret, in this process."""
    monkeypatch.setenv("RISTOURNE_STAGE", "surfaces")
    monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "100000000")
    root = {"Name": "/ristourne/surfaces/root", "Value": b64encode(b"r" * 32).decode(), "Type": "SecureString"}
    boto3.client("ssm").put_parameter(**root)
    process.forget()
    yield
    process.forget()


class Play:
    """A shop with a programme in which a seed says what happens; `now` is its clock."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 (it must be repeatable, not secret)
        self.now = BEGIN - DAY_S
        self.versions = 0
        self.document, self.programme = self.first_programme(seed)
        self.publish(self.document, self.programme)
        self.now = BEGIN
        for member in MEMBERS[:2]:
            self.execute(IssueCode(member, CODES[member]))
        self.orders: list[tuple[str, Snapshot]] = []
        self.holds: list[tuple[str, str]] = []
        self.reviews: list[tuple[str, str]] = []
        self.count = 0

    def first_programme(self, seed: int) -> tuple[Plain, Programme]:
        """DOCUMENT for the first seeds, then drawn ones of every kind."""
        document = {"combine": "sum"} | read_document(DOCUMENT)
        return (document, parse(document)) if seed < CLUBS else drawn_in(self.random, BEGIN, 150 * DAY_S)

    def publish(self, document: Plain, programme: Programme) -> None:
        """A programme takes effect, the first at once and others in a minute."""
        at = self.now + 60 if self.versions else self.now
        self.execute(PublishProgramme(programme, "", self.versions, at, 0))
        self.document, self.programme = document, programme
        self.versions, self.now = self.versions + 1, at

    def change(self) -> None:
        """Another programme follows."""
        self.publish(*succeeding(self.document, self.random.randrange(10_000)))

    def step(self) -> None:
        """Let time pass, and something happen that may be refused."""
        acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self.buy, 12),
            (self.refund, 6),
            (self.hold, 3),
            (self.end_hold, 3),
            (self.review, 2),
            (self.withdraw, 1),
            (self.adjust, 2),
            (self.round, 3),
            (self.merge, 1),
            (self.change, 1),
        )
        self.now += self.random.choice((1, 7200, DAY_S, 4 * DAY_S, 15 * DAY_S))
        self.count += 1
        (act,) = self.random.choices([act for act, _ in acts], [weight for _, weight in acts])
        with suppress(Rejection):
            act()

    def buy(self) -> None:
        """An order, after a quote of the same basket: both give the same, and lead to the same progress."""
        basket = self.basket()
        quote = progress.quote(self.request(basket.member), basket)
        stored = queries.member(basket.member)
        before = stored and buyer_of(stored.member)
        order = self.order_of(basket)
        self.orders.append((f"o{self.count}", order))
        self.execute(RecordOrder(CONNECTION, f"o{self.count}", OrderFacts({"order": order})))
        given, told = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for row in quote.rewards:
            told[row.rule, row.asset] += row.amount
        buyer = buyer_of(order.buyer)
        for entry in queries.entries(buyer.member, buyer.entries - (before.entries if before else 0)):
            for posting in entry.postings:
                given[posting.why.rule, posting.asset] += posting.signed(entry.member)
        assert told == Counter({name: amount for name, amount in given.items() if amount > 0})
        after = progress.show(self.request(order.buyer))
        # A quote has no boards: they follow the stream, and segments are for the shop.
        assert replace(quote.progress, segment=None) == replace(after, segment=None, boards=())
        self.settle(order.code, order.buyer)

    def basket(self) -> PostQuote:
        """What somebody would buy."""
        draw = self.random
        lines = [
            QuoteLine(
                net,
                draw.choice((0, net // 5)),
                draw.randint(1, 3),
                draw.choice(SKUS),
                draw.choice(("p1", "p2")),
                draw.choice(((), ("tea",), ("0",))),
                tags=draw.choice(((), ("new",))),
                earns=draw.random() < 0.9,
            )
            for net in draw.choices((0, 99, 1999, 2190, 6000, 12_345), k=draw.randint(1, 2))
        ]
        total = sum(line.net + line.tax for line in lines)
        return PostQuote(
            tuple(lines),
            draw.choice(MEMBERS),
            draw.choice(self.programme.all_currencies),
            draw.choice((0, 490)),
            paid_with_balance=draw.choice((0, 0, 0, 100, total // 2, total)),
            code=draw.choice(("", *CODES.values())),
        )

    def order_of(self, basket: PostQuote) -> Snapshot:
        """The order that a basket becomes when it is paid, delivered at once."""
        lines = []
        for place, line in enumerate(basket.lines, 1):
            labels = [f"category:{name}" for name in line.categories] + [f"tag:{name}" for name in line.tags]
            goods = (line.product, line.sku, line.quantity, line.net, line.tax)
            lines.append(Line(str(place), *goods, tuple(labels), line.earns))
        return Snapshot(
            self.now * 1000,
            basket.currency,
            self.now,
            paid=True,
            buyer=basket.member,
            code=basket.code,
            lines=tuple(lines),
            shipping_net=basket.shipping,
            deduction=basket.paid_with_balance,
            delivered_at=self.now,
        )

    def settle(self, code: str, friend: str) -> None:
        """Do what the stream does for a friend's order."""
        owner = next((member for member in MEMBERS if CODES[member] == code), "")
        if owner and friend not in unfinished.friends(owner):
            return
        if owner:
            stream.settle_friends(owner, [friend], self.now)

    def refund(self) -> None:
        """Something befalls an order: a line or money goes back, it is cancelled, disputed, or told of again."""
        name, order = self.random.choice(self.orders or [("none", Snapshot(0, "EUR"))])
        stamp = self.now * 1000
        facts = self.random.choice(
            (
                OrderFacts({}, {f"r{self.count}": Refund(lines=(RefundLine("1", 1, None, 0),))}),
                OrderFacts({}, {f"r{self.count}": Refund(amount=150, currency=order.currency)}),
                OrderFacts({"order": replace(order, stamp_ms=stamp, void=True)}),
                OrderFacts(disputes={"d1": Dispute(stamp, 300, order.currency, taken=True)}),
                OrderFacts({"order": order}),
            )
        )
        self.execute(RecordOrder(CONNECTION, name, facts))
        self.settle(order.code, order.buyer)

    def hold(self) -> None:
        """All that a card says can be used can be held."""
        member = self.random.choice(MEMBERS)
        usable = [row for row in card.show(self.request(member)).balances if row.use.amount]
        for row in usable[:1]:
            hold = f"h_{self.count}"
            command = PlaceHold(member, hold, row.asset, row.use.amount, minutes=self.random.choice((5, 10_000)))
            assert self.execute(command)["amount"] == row.use.amount
            self.holds.append((member, hold))

    def end_hold(self) -> None:
        """A hold is spent, in part or whole, or given back."""
        for member, hold in self.random.sample(self.holds, min(len(self.holds), 1)):
            ends = CaptureHold(member, hold), CaptureHold(member, hold, 1), ReleaseHold(member, hold)
            self.execute(self.random.choice(ends))

    def review(self) -> None:
        """A member writes a review."""
        self.reviews.append((self.random.choice(MEMBERS), f"r{self.count}"))
        self.execute(RecordActivity(self.reviews[-1][0], "review", self.reviews[-1][1]))

    def withdraw(self) -> None:
        """A review is taken down."""
        for member, reference in self.random.sample(self.reviews, min(len(self.reviews), 1)):
            self.execute(WithdrawActivity(member, "review", reference))

    def adjust(self) -> None:
        """An amount by hand, with a reason in another direction of writing."""
        amount, asset = self.random.choice(((500, "EUR/2"), (-300, "points"), (123_456_789, "gems/2"), (1, "points")))
        self.execute(AdjustBalance(self.random.choice(MEMBERS), asset, amount, "\u05e9\u05dc\u05d5\u05dd", "salt"))

    def round(self) -> None:
        """The daily round writes down what time has done."""
        rounds.run(self.now, lambda: 900.0)

    def merge(self) -> None:
        """Two members turn out to be one; seldom, so that some are left."""
        if not self.random.randrange(3):
            self.execute(MergeMembers(*self.random.sample(MEMBERS, 2)))

    def execute(self, command: Command) -> Any:
        """Through the engine."""
        return process.engine().execute(command, self.now)

    def request(self, member: str, locale: str = "", **query: str) -> Request:
        """What the shop's server asks of a member."""
        asked = query | ({"locale": locale} if locale else {})
        return Request("GET", {"member": member}, asked, {}, b"", "https://api.example", self.now, Caller(ADMIN, "key"))

    def statement(self, member: str, locale: str) -> list[Any]:
        """All entries of a member, page by page."""
        entries: list[Any] = []
        cursor = ""
        while True:
            paged = {"cursor": cursor} if cursor else {}
            part = members.statement(self.request(member, locale, limit="20", **paged))
            entries += part.entries
            if part.next is None:
                return entries
            cursor = part.next

    def console(self, member: str, locale: str) -> str:
        """The words of the console's page of a member, with single spaces."""
        row = page("GET", "/members/{member}", "members.page:show", OWNER)
        user = User("ada", "owner", locale, "")
        body = member_page.show(Visit(row, self.request(member), words.of(locale), "/console", {}, user)).body
        return plain(html.unescape(re.sub(r"<[^>]+>", " ", body)))


def buyer_of(name: str) -> Member:
    """A member, or the one that it was merged into."""
    member = queries.member(name)
    assert member is not None
    return member


def plain(text: str) -> str:
    """A text with single, ordinary spaces."""
    return re.sub(r"\s+", " ", text)


def numbers(text: str, locale: str) -> list[str]:
    """The numbers of a text, without what separates thousands, in any order."""
    if locale == "fr":
        text = re.sub(r"(?<=\d)\s(?=\d{3})", "", text).replace(",", ".")
    else:
        text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return sorted(re.findall(r"\d+(?:\.\d+)?", text))


def check(play: Play, name: str) -> None:
    """All surfaces of a member against its accounts and against each other, the sentences in each language."""
    member = queries.member(name)
    if member is None:
        return
    shown = members.show(play.request(name))
    assert shown.member == member.member
    expired = {asset: account.passed(play.now).expired for asset, account in member.accounts.items()}
    statements = {locale: play.statement(name, locale) for locale in ("", "en", "fr")}
    sums = Counter[str]()
    for movement in (movement for entry in statements[""] for movement in entry.movements):
        sums[movement.asset] += movement.amount
    for balance in shown.balances:
        # What has expired since the last entry or round is not written down yet.
        of_statement = sums[balance.asset] - expired.get(balance.asset, 0)
        assert of_statement == balance.available + balance.pending + balance.held, balance
    locale = play.random.choice(("en", "fr"))
    _check_card(play, member, name, locale, statements[locale])
    for movements in zip(*(_movements(entries) for entries in statements.values()), strict=True):
        written = zip(movements, ("en", "en", "fr"), strict=True)
        _, english, french = (numbers(f"{row.text} {row.why}", locale) for row, locale in written)
        assert english == french, movements
        assert not re.search(r"%\(|None|  |\bquote\b", movements[1].why)


def _movements(entries: list[Any]) -> list[Any]:
    return [movement for entry in entries for movement in entry.movements]


def _check_card(play: Play, member: Member, name: str, locale: str, statement: list[Any]) -> None:
    """A card against the member's route and progress, and the console's page against the card."""
    shopper, view = card.show(play.request(name, locale)), progress.show(play.request(name, locale))
    shop, text = members.show(play.request(name)), play.console(name, locale)
    assert [row.asset for row in shopper.balances] == [row.asset for row in shop.balances]
    for row, balance in zip(shopper.balances, shop.balances, strict=True):
        _check_balance(play, member.accounts.get(row.asset, Account()), row, balance, locale)
        for lot in row.lots:
            assert plain(lot.text) in text
            assert lot.last_day is None or words.of(locale).day(datetime.fromisoformat(lot.last_day).date()) in text
    for entry in shopper.statement.entries:
        assert all(plain(f"{row.why} ") in text and plain(row.text) in text for row in entry.sums)
        assert sum(row.amount for row in entry.sums) == sum(movement.amount for movement in entry.movements)
    assert shopper.statement.entries == statement[: len(shopper.statement.entries)]
    assert (shopper.level.text if shopper.level else "") == (view.level.text if view.level else "")
    assert [stamps.text for stamps in shopper.cards] == [stamps.text for stamps in view.cards]
    assert [(goal.text, goal.reached) for goal in shopper.goals] == [(goal.text, goal.reached) for goal in view.goals]
    assert all(plain(stamps.text) in text for stamps in shopper.cards)
    assert all(badge.name in text for badge in shopper.badges)


def _check_balance(play: Play, account: Account, row: CardBalance, balance: AssetBalance, locale: str) -> None:
    """A balance of a card against that of the member's route, and both against the account."""
    sums = [sum(part.amount for part in parts) for parts in (row.lots, row.pending, row.held)]
    debt = account.passed(play.now).account.debt
    assert (row.available, *sums) == (balance.available, balance.available + debt, balance.pending, balance.held)
    lots = account.lots_at(play.now)
    soonest = min((lot.expires_at for lot in lots if lot.expires_at), default=0)
    assert (balance.next_expiry.at if balance.next_expiry else "") == (iso(soonest) if soonest else "")
    zone = process.engine().programme_in_force(play.now).timezone
    ends = [lot.expires_at for lot in lots if lot.vests_at <= play.now]
    assert [lot.last_day for lot in row.lots] == [
        words.last_day(end, zone).isoformat() if end else None for end in ends
    ]
    assert numbers(row.worth, locale) == numbers(balance.worth or "", "")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_all_surfaces_say_the_same_of_a_member(table: None, seed: int) -> None:
    play = Play(seed)
    for step in range(STEPS):
        play.step()
        if step % MOMENTS == 0:
            check(play, play.random.choice(MEMBERS))
    play.round()
    for member in MEMBERS:
        check(play, member)
    assert len(play.orders) > STEPS // 5
