"""A campaign's report: its cost is what the entries say, and its effect what an independent computation gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from math import sqrt
from statistics import fmean, variance
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.core.phrases import ENGLISH, written
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ledger.transfers import Posted
from chalicelib.domain.programme.document import parse
from chalicelib.domain.records import Entry, Order, Terms
from chalicelib.domain.reports.campaign_effect import CampaignArm, CampaignReport, Effect, report_of
from chalicelib.domain.rewards.campaigns import HELD_OUT
from tests.domain.rewards.progress.shops import bought, instant, shop
from tests.world.builders import ANNA, DAY_S, document, line, refund, snapshot, states
from tests.world.memory import Memory

PEOPLE = [f"shop.m{number}" for number in range(160)]
LEAVES = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
CAMPAIGN: dict[str, Any] = {
    "id": "summer",
    "starts": "2027-06-21",
    "ends": "2027-07-04",
    "multiply": {"leaves": 3},
    "holdout": 40,
}


def is_held_out(person: str, percent: int = 40) -> bool:
    """As PROGRAMME says it: blake2b-64 of salt, NUL and the person, modulo 10,000, below 100 times the percent."""
    digest = blake2b(b"summer\0" + person.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 10_000 < 100 * percent


def spent_in_summer(number: int) -> int:
    """Cents: every fifth buys nothing; who is treated buys for a third more."""
    base = 1500 + 13 * number if number % 5 else 0
    return base if is_held_out(PEOPLE[number]) else base * 4 // 3


def summer() -> Memory:
    """160 people who had bought before the campaign, what they bought in its days, and one who is new."""
    memory = shop(earn=[LEAVES], campaigns=[CAMPAIGN])
    for number, person in enumerate(PEOPLE):
        memory.execute(*bought(f"a{number}", "2027-05-01", line(net=1000), buyer=person))
        if spent_in_summer(number):
            memory.execute(*bought(f"b{number}", "2027-06-25", line(net=spent_in_summer(number)), buyer=person))
    memory.execute(*bought("late", "2027-07-05", line(net=99_900), buyer=PEOPLE[1]))
    memory.execute(*bought("new", "2027-06-30", line(net=88_800), buyer="shop.newcomer"))
    memory.execute(refund("b1", "r", amount=spent_in_summer(1) // 3), instant("2027-07-01"))
    return memory


def reported(books: Memory, campaign: str = "summer") -> CampaignReport:
    return report_of(books.records.values(), campaign)


@pytest.fixture(scope="module")
def books() -> Memory:
    return summer()


class TestASummer:
    @pytest.fixture
    def report(self, books: Memory) -> CampaignReport:
        return reported(books)

    def test_its_cost_is_what_the_entries_of_its_rule_add_up_to(self, books: Memory, report: CampaignReport) -> None:
        postings = [(entry.member, posting) for entry in books.all(Entry) for posting in entry.postings]
        cost = sum(posting.signed(member) for member, posting in postings if posting.why.rule == "summer")
        assert report.cost == {"points": cost}
        assert cost > 0

    def test_its_orders_stand_by_arm(self, report: CampaignReport) -> None:
        buyers = [number for number in range(160) if spent_in_summer(number)]
        out = [number for number in buyers if is_held_out(PEOPLE[number])]
        new = is_held_out("shop.newcomer")
        assert (report.held_out.orders, report.held_out.buyers) == (len(out) + new, len(out) + new)
        assert report.treated.orders == len(buyers) - len(out) + (not new)

    def test_its_effect_is_the_difference_of_means_with_welchs_interval(self, report: CampaignReport) -> None:
        """Written apart, with the standard library's own variance; a quantile of 1.959964 is the normal one."""
        spent = [spent_in_summer(number) - (spent_in_summer(1) // 3 if number == 1 else 0) for number in range(160)]
        arms = {out: [spent[n] for n in range(160) if is_held_out(PEOPLE[n]) is out] for out in (False, True)}
        mean, mean_out = fmean(arms[False]), fmean(arms[True])
        reach = 1.959964 * sqrt(sum(variance(arm) / len(arm) for arm in arms.values()))
        difference, low, high = mean - mean_out, mean - mean_out - reach, mean - mean_out + reach
        assert report.effect == Effect(
            "shown" if low > 0 else "not_shown",
            *(len(arms[False]), len(arms[True]), round(mean), round(mean_out), round(difference)),
            (round(low), round(high)),
        )


class TestArms:
    def test_they_have_the_orders_of_which_something_is_kept_and_what_was_spent_on_goods_without_tax(self) -> None:
        treated, out = people(1, 1)
        books = shop(earn=[LEAVES], campaigns=[CAMPAIGN])
        of = {"buyer": treated[0]}
        books.execute(*bought("1", "2027-06-21", line("1", 1000, 200), line("2", 500, 100), shipping_net=490, **of))
        books.execute(*bought("2", "2027-07-04", line(net=700), **of))
        books.execute(*bought("cancelled", "2027-06-22", line(net=9000), void=True, **of))
        books.execute(*bought("refunded", "2027-06-22", line(net=9000), **of))
        books.execute(refund("refunded", "r", amount=9000), instant("2027-06-23"))
        books.execute(*bought("unpaid", "2027-06-22", line(net=9000), paid=False, **of))
        books.execute(*bought("nobodys", "2027-06-22", line(net=9000), buyer=""))
        books.execute(*bought("3", "2027-06-22", line(net=300), buyer=out[0]))
        report = reported(books)
        assert report.treated == CampaignArm(2, 1, {"EUR/2": 1000 + 500 + 700})
        assert report.held_out == CampaignArm(1, 1, {"EUR/2": 300})

    def test_who_got_nothing_of_it_and_was_not_held_out_is_in_neither(self) -> None:
        """The campaign is for members of a level that this one has not, and before its days it is for nobody."""
        books = shop(earn=[LEAVES], campaigns=[CAMPAIGN | {"audience": {"members": ["shop.other"]}}])
        books.execute(*bought("1", "2027-06-25", buyer=people(1, 0)[0][0]))
        report = reported(books)
        assert (report.treated, report.held_out, report.cost) == (CampaignArm(), CampaignArm(), {})

    def test_amounts_of_several_currencies_stand_apart_and_nothing_is_not_named(self) -> None:
        books = shop(earn=[LEAVES], campaigns=[CAMPAIGN], currencies=["USD"])
        buyer = people(1, 0)[0][0]
        books.execute(*bought("1", "2027-06-25", line(net=700), buyer=buyer))
        books.execute(*bought("2", "2027-06-25", line(net=900), currency="USD", buyer=buyer))
        books.execute(*bought("3", "2027-06-25", line(net=100, earns=False), currency="USD", buyer=buyer))
        assert reported(books).treated == CampaignArm(3, 1, {"EUR/2": 700, "USD/2": 900})
        card_alone = shop(earn=[LEAVES], campaigns=[CAMPAIGN])
        card_alone.execute(*bought("1", "2027-06-25", line(net=700, earns=False), buyer=buyer))
        assert reported(card_alone).treated == CampaignArm(1, 1, {})


class TestCost:
    OWN: dict[str, Any] = LEAVES | {"id": "berries", "campaign": "summer"}

    def test_rules_that_name_the_campaign_are_its_cost_too(self) -> None:
        books = shop(earn=[LEAVES, self.OWN], campaigns=[CAMPAIGN])
        books.execute(*bought("1", "2027-06-25", line(net=1000), buyer=people(1, 0)[0][0]))
        assert reported(books).cost == {"points": 20 + 10}

    def test_what_a_rule_gave_before_it_was_the_campaigns_own_is_no_cost_of_it(self) -> None:
        """The rule held for everybody; the next version names the campaign in it."""
        treated, out = people(1, 1)
        before, after = ({"earn": [LEAVES, LEAVES | {"id": "berries", "campaign": name}]} for name in ("", "summer"))
        books = shop(campaigns=[CAMPAIGN], **before)
        books.execute(*bought("1", "2027-05-01", line(net=1000), buyer=treated[0]))
        books.execute(*bought("2", "2027-06-21", line(net=1000), buyer=out[0]))
        draft = document(timezone="UTC", assets={"points": {}}, campaigns=[CAMPAIGN], **after)
        books.publish(parse(draft), effective_at=instant("2027-06-22"), now=instant("2027-06-22"))
        assert reported(books).cost == {}
        books.execute(*bought("3", "2027-06-25", line(net=1000), buyer=treated[0]))
        assert reported(books).cost == {"points": 20 + 10}

    @pytest.mark.parametrize(
        ("first", "counted"),
        [
            pytest.param(("2027-06-01", "2027-06-19"), False, id="ends a day before it begins"),
            pytest.param(("2027-06-01", "2027-06-20"), True, id="goes on"),
            pytest.param(("2027-06-01", "2027-06-30"), True, id="begins later now"),
            pytest.param(("2027-07-05", "2027-07-20"), True, id="went on"),
            pytest.param(("2027-07-06", "2027-07-20"), False, id="began a day after its end"),
        ],
    )
    def test_cost_and_orders_are_of_its_run_alone_also_where_its_days_were_moved(
        self, first: tuple[str, str], counted: bool
    ) -> None:
        """What an older version judged belongs to the same run if that version's days meet those of the newest."""
        days = dict(zip(("starts", "ends"), first, strict=True))
        drafts = [
            document(timezone="UTC", earn=[LEAVES], assets={"points": {}}, campaigns=[CAMPAIGN | days])
            for days in (days, {})
        ]
        terms, posted = Terms(campaigns=("summer",)), (Posted(ANNA, "summer", "programme:rewards", "points", 0, 0, 5),)
        old, new = (
            replace(paid("a", instant(day), 100), terms=terms, posted=posted) for day in (first[0], "2027-07-04")
        )
        report = report_of([*Memory(*map(parse, drafts)).records.values(), old, new], "summer")
        assert (report.treated.orders, report.cost) == (1 + counted, {"points": 5 * (1 + counted)})

    def test_the_run_of_this_year_is_reported_until_the_next_one_has_an_order(self) -> None:
        """Next year's days are planned while this year's report is looked at."""
        next_year = {"starts": "2028-06-21", "ends": "2028-07-04"}
        drafts = [
            document(timezone="UTC", earn=[LEAVES], assets={"points": {}}, campaigns=[CAMPAIGN | days])
            for days in ({}, next_year)
        ]
        records = [*Memory(*map(parse, drafts)).records.values()]
        this, between, after = (
            replace(paid("a", instant(day), 100), terms=Terms(campaigns=("summer",)))
            for day in ("2027-06-25", "2027-12-01", "2028-06-25")
        )
        of_nobody = paid("b", instant("2028-06-25"), 100)
        assert report_of(records, "summer").starts == "2028-06-21"
        for orders, starts in (([this, between, of_nobody], "2027-06-21"), ([this, after], "2028-06-21")):
            report = report_of([*records, *orders], "summer")
            assert (report.starts, report.treated.orders) == (starts, 1)
        for at, starts in ((FIRST_INSTANT, "2027-06-21"), (END - 1, "2027-06-21"), (END, "2028-06-21")):
            order = replace(this, facts=paid("a", at, 100).facts)
            assert report_of([*records, order], "summer").starts == starts

    def test_days_and_currency_are_those_of_the_newest_version_that_has_the_campaign(self) -> None:
        def programme_with(*campaigns: dict[str, Any]) -> Any:
            return parse(document(earn=[LEAVES], timezone="UTC", assets={"points": {}}, campaigns=list(campaigns)))

        others = [CAMPAIGN | {"id": name} for name in ("winter", "autumn", "spring", "may", "advent")]
        books = Memory(
            *(programme_with(CAMPAIGN | {"ends": end}) for end in ("2027-07-02", "2027-07-03")), programme_with(*others)
        )
        report = reported(books)
        assert (report.campaign, report.starts, report.ends) == ("summer", "2027-06-21", "2027-07-03")
        assert report.currency == "EUR"
        assert refusal(books) == "there is no campaign easter; there are: advent, autumn, may, spring, summer, winter"
        assert refusal(shop()) == "there is no campaign easter; there are: none"


def refusal(books: Memory) -> str:
    with pytest.raises(NotFound) as refused:
        reported(books, "easter")
    return written(refused.value.phrase, ENGLISH)


def people(treated: int, held_out: int, percent: int = 40) -> tuple[list[str], list[str]]:
    """So many of each arm."""
    arms: tuple[list[str], list[str]] = [], []
    for number in range(4 * (treated + held_out) + 99):
        arms[is_held_out(f"p{number}", percent)].append(f"p{number}")
    return arms[0][:treated], arms[1][:held_out]


def paid(person: str, at: int, net: int, **parts: Any) -> Order:
    """An order as it is stored, of somebody for whom no campaign was judged."""
    return Order("shop", f"{person}-{at}", facts=states(snapshot(line(net=net), at=at, buyer=person, **parts)))


MAY, JUNE = instant("2027-05-01"), instant("2027-06-25")
FIRST_INSTANT, END = instant("2027-06-21") - DAY_S // 2, instant("2027-07-05") - DAY_S // 2


def spending(treated: Iterable[int], held_out: Iterable[int], percent: int = 40) -> Iterator[Order]:
    """Orders of people who had bought before, and who spend these amounts in the campaign's days."""
    spent = list(treated), list(held_out)
    for persons, amounts in zip(people(len(spent[0]), len(spent[1]), percent), spent, strict=True):
        for person, amount in zip(persons, amounts, strict=True):
            yield paid(person, MAY, 1000)
            if amount:
                yield paid(person, JUNE, amount)


def effect_of(orders: Iterable[Order], **parts: Any) -> Effect:
    books = shop(earn=[LEAVES], campaigns=[CAMPAIGN | parts])
    return report_of([*books.records.values(), *orders], "summer").effect


def text(effect: Effect) -> str:
    return written(effect.note, ENGLISH)


TOO_FEW = "It cannot be told: of those who had bought before it began, {} could get something and {} were held out; "


class TestEffect:
    @pytest.mark.parametrize(
        ("parts", "effect", "note"),
        [
            (
                {"holdout": 0},
                Effect("nobody_held_out", 0, 0, 0, 0, 0, None),
                "It cannot be told: nobody is held out. State holdout",
            ),
            (
                {"audience": {"first_order": True}},
                Effect("first_orders"),
                "It cannot be told: the campaign is for first orders",
            ),
            ({}, Effect("too_few_people", 29, 30), TOO_FEW.format(29, 30) + "it takes 30 of each."),
        ],
    )
    def test_where_nothing_can_be_told_it_says_why(self, parts: dict[str, Any], effect: Effect, note: str) -> None:
        told = effect_of(spending([100] * 29, [100] * 30), **parts)
        assert told == effect
        assert text(told).startswith(note)

    def test_thirty_of_each_are_enough_and_fewer_of_those_held_out_are_not(self) -> None:
        assert effect_of(spending([100] * 30, [100] * 29)) == Effect("too_few_people", 30, 29)
        assert effect_of(spending([100] * 30, [100] * 30)) == Effect("not_shown", 30, 30, 100, 100, 0, (0, 0))

    @pytest.mark.parametrize(
        ("treated", "held_out", "verdict"), [(101, 100, "shown"), (100, 101, "shown"), (0, 0, "not_shown")]
    )
    def test_it_is_shown_where_no_part_of_the_interval_is_zero(self, treated: int, held_out: int, verdict: str) -> None:
        told = effect_of(spending([treated] * 40, [held_out] * 30))
        difference = treated - held_out
        assert told == Effect(verdict, 40, 30, treated, held_out, difference, (difference, difference))

    def test_an_interval_that_has_zero_in_it_shows_nothing(self) -> None:
        """Half of 30 spend 20.00: the mean is 10.00, its standard error the root of 100^2 : 29, or 1.857 euros."""
        told = effect_of(spending([0, 2000] * 15, [2000, 0] * 15))
        assert told == Effect("not_shown", 30, 30, 1000, 1000, 0, (-515, 515))
        assert text(told) == "Chance alone may have made the difference: no effect is shown."
        told = effect_of(spending([1000, 3000] * 15, [2000, 0] * 15))
        assert told == Effect("shown", 30, 30, 2000, 1000, 1000, (485, 1515))
        assert text(told) == "The difference is larger than chance alone would make it."

    def test_means_and_the_difference_are_rounded_each_by_itself(self) -> None:
        told = effect_of(spending([100] * 20 + [101] * 10, [99] * 20 + [98] * 10))
        assert (told.mean_treated, told.mean_held_out, told.difference) == (100, 99, 2)

    def test_somebody_who_had_not_bought_before_or_buys_outside_its_days_or_in_another_currency_does_not_count(
        self,
    ) -> None:
        base = list(spending([100] * 30, [100] * 30))
        first, last = instant("2027-06-21") - 12 * 3600, instant("2027-07-05") - 12 * 3600
        buyer = people(1, 0)[0][0]
        more = {
            "new": paid("newcomer", JUNE, 9000),
            "new on its first day": paid("newcomer", first, 9000),
            "the second before": paid(buyer, first - 1, 3000),
            "the second after": paid(buyer, last, 3000),
            "another currency": paid(buyer, JUNE + 1, 3000, currency="USD"),
        }
        for name, order in more.items():
            assert effect_of([*base, order]) == Effect("not_shown", 30, 30, 100, 100, 0, (0, 0)), name
        within = {"its first second": paid(buyer, first, 3000), "its last second": paid(buyer, last - 1, 3000)}
        for name, order in within.items():
            assert effect_of([*base, order]).mean_treated == 200, name

    def test_several_orders_of_one_person_add_up_and_its_members_are_one(self) -> None:
        base = list(spending([100] * 30, [100] * 30))
        buyer = people(1, 0)[0][0]
        orders = (paid(buyer, JUNE + 1, 600), replace(paid("other", JUNE, 900), terms=Terms(root=buyer)))
        assert effect_of([*base, *orders]).mean_treated == round((30 * 100 + 600 + 900) / 30)

    def test_nothing_is_told_by_orders_that_were_taken_back(self) -> None:
        base = list(spending([100] * 30, [100] * 30))
        gone = replace(base[0], facts=base[0].facts.merge(refund("", amount=1000).facts))
        assert effect_of([gone, *base[1:]]) == Effect("too_few_people", 29, 30)

    def test_who_never_paid_or_is_not_known_had_not_bought_before(self) -> None:
        base = list(spending([100] * 30, [100] * 30))
        unpaid = paid(people(1, 0)[0][0], MAY, 1000, paid=False)
        nobodys = [paid("", MAY + number, 1000) for number in range(2)]
        unheard = Order("shop", "unheard", facts=refund("", amount=1000).facts)
        assert effect_of([unpaid, *nobodys, unheard, *base[1:]]) == Effect("too_few_people", 29, 30)

    @pytest.mark.parametrize(("held_out", "verdict"), [(657, "not_shown"), (658, "uneven_arms"), (542, "uneven_arms")])
    def test_arms_so_uneven_as_chance_makes_them_in_less_than_one_case_of_a_thousand_are_not_to_be_trusted(
        self, held_out: int, verdict: str
    ) -> None:
        """Half is held out: of 1,200 people 600 are expected, and 57^2 : 600 + 57^2 : 600 is 10.83."""
        told = effect_of(spending([0] * (1200 - held_out), [0] * held_out, percent=50), holdout=50)
        assert (told.verdict, told.treated, told.held_out) == (verdict, 1200 - held_out, held_out)

    def test_an_effect_that_is_not_to_be_trusted_is_not_said_to_be_shown(self) -> None:
        told = effect_of(spending([500] * 30, [100] * 90))
        assert (told.verdict, told.interval) == ("uneven_arms", (400, 400))
        assert text(told).startswith("Do not trust it: the groups are of other sizes than the hold-out says.")

    @pytest.mark.parametrize("change", [{"holdout": 30}, {"holdout": 60}, {"salt": "pepper"}])
    def test_an_effect_of_a_hold_out_that_was_changed_while_it_ran_is_not_to_be_trusted(
        self, books: Memory, change: dict[str, Any]
    ) -> None:
        """By the new percent alone the groups have the sizes that it says: only what orders remember tells of it."""
        told = effect_of(books.all(Order), **change)
        assert told.verdict == "changed_holdout"
        assert text(told).startswith("Do not trust it: the hold-out, or its salt, was changed while the campaign ran")
        assert effect_of(books.all(Order)).verdict != "changed_holdout"

    def test_a_campaign_that_comes_again_another_year_with_another_hold_out_is_to_be_trusted(self) -> None:
        first = CAMPAIGN | {"starts": "2026-06-21", "ends": "2026-07-04", "holdout": 10}
        books = shop(earn=[LEAVES], campaigns=[first])
        persons = [person for arm in people(40, 30) for person in arm]
        for person in persons:
            books.execute(*bought(f"{person}-26", "2026-06-25", line(net=1000), buyer=person))
        again = parse(document(earn=[LEAVES], timezone="UTC", assets={"points": {}}, campaigns=[CAMPAIGN]))
        books.publish(again, instant("2027-01-01"), instant("2026-12-01"))
        for person in persons:
            books.execute(*bought(f"{person}-27", "2027-06-25", line(net=500), buyer=person))
        told = reported(books).effect
        assert (told.verdict, told.treated, told.held_out) == ("not_shown", 40, 30)

    @pytest.mark.parametrize(("at", "orders"), [(FIRST_INSTANT - 1, 0), (FIRST_INSTANT, 1), (END - 1, 1), (END, 0)])
    def test_an_order_of_another_run_is_not_counted(self, at: int, orders: int) -> None:
        order = replace(paid(people(1, 0)[0][0], at, 100), terms=Terms(campaigns=("summer",)))
        books = shop(earn=[LEAVES], campaigns=[CAMPAIGN])
        assert report_of([*books.records.values(), order], "summer").treated.orders == orders

    @pytest.mark.parametrize(
        ("at", "verdict"),
        [
            (FIRST_INSTANT - 1, "not_shown"),
            (FIRST_INSTANT, "changed_holdout"),
            (END - 1, "changed_holdout"),
            (END, "not_shown"),
        ],
    )
    def test_only_orders_of_its_days_tell_of_a_change(self, at: int, verdict: str) -> None:
        buyer = people(1, 0)[0][0]
        order = replace(paid(buyer, at, 0), terms=Terms(campaigns=(f"{HELD_OUT}summer",)))
        assert effect_of([*spending([100] * 40, [100] * 30), order]).verdict == verdict
