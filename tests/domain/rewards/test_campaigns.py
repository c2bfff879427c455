"""Campaigns: when they hold, for whom, what they add, what they may cost, and who is held out of them."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.core import money
from chalicelib.domain.core.identity import ANYBODY
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.campaigns import Audience, Campaign
from chalicelib.domain.programme.document import parse
from chalicelib.domain.programme.rules import Earned
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.rewards import valuation
from tests.domain.rewards.progress.shops import balance, bought, instant, play, reasons, shop
from tests.world.audit import findings
from tests.world.builders import ANNA, BEN, CLEO, DORA, document, line, merge, refund, void
from tests.world.memory import Memory

LEAVES = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
SUMMER: dict[str, Any] = {"id": "summer", "starts": "2027-06-21", "ends": "2027-07-04", "multiply": {"leaves": 3}}


def with_campaign(*campaigns: dict[str, Any], earn: Any = (LEAVES,), **parts: Any) -> Memory:
    return shop(earn=list(earn), campaigns=list(campaigns), **parts)


@pytest.mark.parametrize(
    ("day", "points"), [("2027-06-20", 19), ("2027-06-21", 57), ("2027-07-04", 57), ("2027-07-05", 19)]
)
def test_it_holds_from_its_first_to_its_last_day(day: str, points: int) -> None:
    books = play(with_campaign(SUMMER), bought("1", day, line(net=1999)))
    assert balance(books) == points
    assert findings(books, instant(day)) == []


def test_what_it_adds_stands_by_itself() -> None:
    books = play(with_campaign(SUMMER), bought("1", "2027-06-21", line(net=1999)))
    assert reasons(books) == [
        "Points: 1 for each full 1.00 EUR of 19.99 EUR on your order 1.",
        "Campaign: summer, 3 times leaves on your order 1.",
    ]


def test_it_multiplies_inside_the_one_rounding_beside_the_level() -> None:
    levels = {"steps": [{"id": "black", "at": 0, "multiply": {"leaves": Decimal("1.5")}}]}
    campaign = SUMMER | {"multiply": {"leaves": Decimal("1.5")}}
    books = play(with_campaign(campaign, levels=levels), bought("1", "2027-06-21", line(net=1900)))
    assert balance(books) == 42  # 19 x 2.25 = 42.75
    assert [posted.amount for posted in books.order("1").posted] == [28, 14]


def test_two_rules_of_one_asset_are_multiplied_in_one_posting_that_names_both() -> None:
    """19 leaves times 3 are 38 more; the 5 of the order times 2 are 5 more."""
    five = {"id": "five", "give": 5, "of": "points", "per": "order"}
    campaign = SUMMER | {"multiply": {"leaves": 3, "five": 2}}
    books = play(with_campaign(campaign, earn=(LEAVES, five)), bought("1", "2027-06-21", line(net=1999)))
    assert [(posted.rule, posted.amount) for posted in books.order("1").posted] == [
        ("leaves", 19),
        ("five", 5),
        ("summer", 43),
    ]
    assert reasons(books)[-1] == "Campaign: summer, 3 times leaves, 2 times five on your order 1."


def test_campaigns_that_meet_multiply_each_other_and_say_what_they_multiply() -> None:
    """5.00 times 2 adds 5.00; both times 2 add 10.00, and all that times 3 adds 40.00."""
    cashback = {"id": "cashback", "percent": 5}
    ids = (("tea", 2), ("may", 2), ("new", 3))
    campaigns = [SUMMER | {"id": name, "multiply": {"cashback": factor}} for name, factor in ids]
    books = with_campaign(*campaigns, earn=(cashback,))
    play(books, bought("1", "2027-06-21", line(net=10_000)))
    assert [(posted.rule, posted.amount) for posted in books.order("1").posted] == [
        ("cashback", 500),
        ("tea", 500),
        ("may", 1000),
        ("new", 4000),
    ]
    assert reasons(books) == [
        "Cashback: 5% of 100.00 EUR on your order 1.",
        "Campaign: tea, 2 times cashback on your order 1.",
        "Campaign: may, 2 times cashback and tea on your order 1.",
        "Campaign: new, 3 times cashback and tea and may on your order 1.",
    ]


@pytest.mark.parametrize(
    ("caps", "extra", "is_said"),
    [((100, 100), 38 + 5, False), ((30, 100), 11 + 5, True), ((100, 8), 38 + 3, True), ((30, 8), 11 + 3, True)],
)
def test_a_posting_of_two_rules_says_that_the_limit_of_one_of_them_cut_it(
    caps: tuple[int, int], extra: int, is_said: bool
) -> None:
    leaves, five = LEAVES | {"cap": caps[0]}, {"id": "five", "give": 5, "of": "points", "per": "order", "cap": caps[1]}
    campaign = SUMMER | {"multiply": {"leaves": 3, "five": 2}}
    books = play(with_campaign(campaign, earn=(leaves, five)), bought("1", "2027-06-21", line(net=1999)))
    assert books.order("1").posted[-1].amount == extra
    assert reasons(books)[-1].endswith("on your order 1, up to the limit per order.") == is_said


FIVE_PERCENT, FOUR = {"id": "a", "percent": 5}, {"id": "b", "amount": 4}


@pytest.mark.parametrize(
    ("day", "multiply", "posted"),
    [
        ("2027-06-20", {"b": 2}, [("a", 500)]),
        ("2027-06-21", {"b": 2}, [("b", 400), ("summer", 400)]),
        ("2027-06-21", {"a": 2, "b": 2}, [("a", 500), ("summer", 500)]),
        ("2027-06-21", {"b": Decimal("1.25")}, [("a", 500)]),  # of equal ones the first
        ("2027-06-21", {"b": Decimal("1.26")}, [("b", 400), ("summer", 104)]),
    ],
)
def test_the_best_of_several_rules_is_so_with_what_a_campaign_adds(
    day: str, multiply: dict[str, Any], posted: list[tuple[str, int]]
) -> None:
    books = with_campaign(SUMMER | {"multiply": multiply}, earn=(FIVE_PERCENT, FOUR), combine="best")
    play(books, bought("1", day, line(net=10_000)))
    assert [(part.rule, part.amount) for part in books.order("1").posted] == posted
    assert findings(books, instant(day)) == []


def test_the_best_is_so_with_the_level_and_all_campaigns_and_below_its_cap() -> None:
    """4.00 x 1.25 x 1.1 are 5.50, which is more than 5.00; a cap of 4.99 keeps it below."""
    levels = {"steps": [{"id": "black", "at": 0, "multiply": {"b": Decimal("1.25")}}]}
    spring = SUMMER | {"id": "spring", "multiply": {"b": Decimal("1.1")}}
    for cap, posted in (({}, [("b", 500), ("spring", 50)]), ({"cap": Decimal("4.99")}, [("a", 500)])):
        rules = (FIVE_PERCENT, FOUR | cap)
        books = with_campaign(spring, earn=rules, levels=levels, combine="best")
        play(books, bought("1", "2027-06-21", line(net=10_000)))
        assert [(part.rule, part.amount) for part in books.order("1").posted] == posted


def test_the_best_is_decided_anew_when_something_comes_back() -> None:
    """8.00 for b and the campaign, until less than 20.00 is kept, of which a percent alone gives something."""
    books = with_campaign(SUMMER | {"multiply": {"b": 2}}, earn=(FIVE_PERCENT, FOUR | {"minimum": 20}), combine="best")
    play(books, bought("1", "2027-06-21", line(net=10_000)))
    assert balance(books, "EUR/2") == 800
    books.execute(refund("1", "r", amount=9000), instant("2027-06-22"))
    assert balance(books, "EUR/2") == 50
    assert findings(books, instant("2027-06-22")) == []


def test_where_rounding_leaves_nothing_more_to_give_a_campaign_gives_nothing() -> None:
    """1 leaf times 1.5 is 1.5, which is rounded down to the 1 that the rule gives without it."""
    campaign = SUMMER | {"multiply": {"leaves": Decimal("1.5")}}
    books = with_campaign(campaign)
    programme = books.history().numbered(1).programme
    bag = Snapshot(1, "EUR", instant("2027-06-21"), paid=True, lines=(line(net=199),))
    sale = Sale("EUR", bag.at, programme, campaigns=("summer",))
    worths = valuation.combined(valuation.earned(kept_of(bag), sale), sale)
    assert [(worth.rule.id, worth.amount) for worth in worths] == [("leaves", 1)]


@pytest.mark.parametrize(
    ("of_campaign", "until"), [({}, "2027-07-22"), ({"expire_days": 10}, "2027-07-02")], ids=["the-rules", "its-own"]
)
def test_what_it_adds_lasts_as_long_as_what_it_multiplies_unless_it_has_days_of_its_own(
    of_campaign: dict[str, Any], until: str
) -> None:
    """Until the end of the 30th day after 21 June, or of the 10th."""
    leaves = LEAVES | {"expire_days": 30}
    books = play(with_campaign(SUMMER | of_campaign, earn=(leaves,)), bought("1", "2027-06-21", line(net=1999)))
    midnight = {posted.rule: posted.expires_at + 12 * 3600 for posted in books.order("1").posted}
    assert midnight == {"leaves": instant("2027-07-22"), "summer": instant(until)}


@pytest.mark.parametrize(
    ("earned", "factor", "amount"),
    [
        (799, (1, 1), (799, False)),
        (800, (1, 1), (800, False)),
        (801, (1, 1), (800, True)),
        (533, (3, 2), (800, False)),  # 799.5, rounded half up
        (534, (3, 2), (800, True)),
        (500, (3, 2), (750, False)),
    ],
)
def test_a_cap_keeps_down_what_is_more_than_it_once_it_is_multiplied(
    earned: int, factor: tuple[int, int], amount: tuple[int, bool]
) -> None:
    sale = Sale("EUR", instant("2027-06-21"), parse(document()))
    part = Earned("EUR/2", earned * money.MILLIONTHS, Why("cashback"), cap=800)
    assert sale.amount_of(part, factor) == amount


@pytest.mark.parametrize(
    ("cap", "amount", "reason"),
    [
        (8, 300, "Campaign: summer, 3 times a on your order 1, up to the limit per order."),
        (15, 1000, "Campaign: summer, 3 times a on your order 1."),
    ],
)
def test_a_campaign_that_the_cap_cuts_says_so(cap: int, amount: int, reason: str) -> None:
    """5.00 times 3 would be 15.00."""
    books = with_campaign(SUMMER | {"multiply": {"a": 3}}, earn=(FIVE_PERCENT | {"cap": cap},))
    play(books, bought("1", "2027-06-21", line(net=10_000)))
    assert [(posted.rule, posted.amount) for posted in books.order("1").posted] == [("a", 500), ("summer", amount)]
    assert reasons(books)[-1] == reason


def test_a_refund_takes_back_its_part_and_a_late_refund_too() -> None:
    books = play(with_campaign(SUMMER), bought("1", "2027-06-21", line(net=2000)))
    books.execute(refund("1", "r", amount=1000), instant("2027-09-01"))
    assert balance(books) == 30
    books.execute(void("1", ANNA, line(net=2000), at=instant("2027-06-21")), instant("2027-09-02"))
    assert balance(books) == 0
    assert findings(books, instant("2027-09-02")) == []


def test_it_gives_no_more_than_its_budget_and_a_refund_gives_it_back() -> None:
    books = with_campaign(SUMMER | {"budget": 64})
    # Sixteen shares of four points: an order that is given more than one has takes from all.
    play(books, *(bought(str(n), "2027-06-21", line(net=2000)) for n in range(6)))
    boosts = [posted for n in range(6) for posted in books.order(str(n)).posted if posted.rule == "summer"]
    assert sum(posted.amount for posted in boosts) == 64
    books.execute(refund("0", "r", amount=2000), instant("2027-06-22"))
    play(books, bought("again", "2027-06-23", line(net=2000)))
    assert [posted.amount for posted in books.order("again").posted] == [20, 40]
    assert findings(books, instant("2027-06-23")) == []


def test_a_limit_is_a_members() -> None:
    books = with_campaign(SUMMER | {"limits": [{"amount": 50, "per": "member"}]})
    play(books, *(bought(str(n), "2027-06-21", line(net=2000)) for n in range(3)))
    assert balance(books) == 60 + 50


def test_it_can_be_for_some_levels_for_the_first_order_or_for_listed_members() -> None:
    steps = {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 100}], "counts": "at_once"}
    for audience, expected in (
        ({"levels": ["black"]}, [100, 20 + 40]),
        ({"first_order": True}, [100 + 200, 20]),
        ({"members": [BEN]}, [100, 20]),
        ({"members": [ANNA], "first_order": True}, [300, 20]),
    ):
        books = with_campaign(SUMMER | {"audience": audience}, levels=steps)
        play(books, bought("1", "2027-06-21", line(net=10_000)), bought("2", "2027-06-22", line(net=2000)))
        amounts = [sum(posted.amount for posted in books.order(name).posted) for name in "12"]
        assert amounts == expected, audience
        assert findings(books, instant("2027-06-23")) == []


@pytest.mark.parametrize(("listed", "points"), [(BEN, 60), (CLEO, 60), (ANNA, 60), (DORA, 20)])
@pytest.mark.parametrize("buyer", [ANNA, CLEO])
def test_a_listed_member_is_in_the_audience_under_the_id_that_it_was_merged_into(
    buyer: str, listed: str, points: int
) -> None:
    """Cleo is Ben, and Ben is Anna: all three ids are one buyer's."""
    books = play(with_campaign(SUMMER | {"audience": {"members": [listed]}}))
    for merged, survivor in ((CLEO, BEN), (BEN, ANNA)):
        books.execute(merge(merged, survivor, must_exist=False), instant("2027-06-20"))
    play(books, bought("1", "2027-06-21", line(net=2000), buyer=buyer))
    assert balance(books) == points
    assert findings(books, instant("2027-06-22")) == []


def test_a_rule_of_its_own_holds_with_it_only() -> None:
    gift = {"id": "thanks", "amount": 5, "minimum": 10, "campaign": "summer"}
    campaign = {name: value for name, value in SUMMER.items() if name != "multiply"}
    books = with_campaign(campaign, earn=[gift])
    play(books, bought("1", "2027-06-20"), bought("2", "2027-06-21"))
    assert balance(books, "EUR/2") == 500


def test_what_was_judged_stays_when_the_campaign_changes() -> None:
    books = play(with_campaign(SUMMER), bought("1", "2027-06-21", line(net=2000)))
    later = parse(document(earn=[LEAVES], timezone="UTC", assets={"points": {}}))
    books.publish(later, effective_at=instant("2027-06-22"), now=instant("2027-06-21"))
    books.execute(refund("1", "r", amount=1000), instant("2027-06-23"))
    assert balance(books) == 30
    assert findings(books, instant("2027-06-23")) == []


@pytest.mark.parametrize(
    ("first", "then", "points"), [("2027-06-21", "2027-06-20", 20), ("2027-07-05", "2027-07-04", 60)]
)
def test_which_ran_follows_from_the_payment_also_where_it_turns_out_to_be_earlier(
    first: str, then: str, points: int
) -> None:
    books = play(with_campaign(SUMMER), bought("1", first, line(net=2000), stamp_ms=2))
    earlier, _ = bought("1", then, line(net=2000), stamp_ms=1)
    books.execute(earlier, instant("2027-07-06"))
    assert balance(books) == points
    assert findings(books, instant("2027-07-06")) == []


def test_an_arm_stays_when_its_person_is_merged_into_another_one() -> None:
    guest = next(f"guest.{number}" for number in range(100) if campaign(holdout=50).holds_out(f"guest.{number}"))
    account = next(f"shop.{number}" for number in range(100) if not campaign(holdout=50).holds_out(f"shop.{number}"))
    books = play(
        with_campaign(SUMMER | {"holdout": 50}),
        bought("1", "2027-06-21", buyer=guest),
        bought("2", "2027-06-21", buyer=account),
    )
    books.execute(merge(guest, account), instant("2027-06-22"))
    books.execute(refund("1", "r", amount=5000), instant("2027-06-23"))
    assert (books.order("1").terms.root, books.order("1").terms.campaigns) == (account, ("-summer",))
    assert balance(books, member=account) == 50 + 300
    assert findings(books, instant("2027-06-23")) == []
    later, _ = bought("1", "2027-06-20", buyer=guest, stamp_ms=0)
    books.execute(later, instant("2027-06-24"))
    assert books.order("1").terms.campaigns == ()
    assert findings(books, instant("2027-06-24")) == []


@pytest.mark.parametrize("planted", [(), ("-summer",), ("summer", "winter")])
def test_the_books_find_campaigns_that_did_not_run_or_another_arm(planted: tuple[str, ...]) -> None:
    books = play(with_campaign(SUMMER | {"budget": 900}), bought("1", "2027-06-21", line(net=2000)))
    books.records[books.order("1").ref] = books.order("1").under(campaigns=planted)
    assert "campaigns_differ" in [text.partition(":")[0] for text in findings(books, instant("2027-06-22"))]


def campaign(**parts: Any) -> Campaign:
    programme = parse(
        document(earn=[LEAVES], assets={"points": {}}, campaigns=[{**SUMMER, "starts": "2027-06-21", **parts}])
    )
    return programme.campaigns[0]


def test_the_held_out_are_a_part_that_grows_and_never_changes() -> None:
    people = [f"shop.{n}" for n in range(20_000)]
    tenth, fifth, other = (
        set(filter(campaign(**parts).holds_out, people))
        for parts in ({"holdout": 10}, {"holdout": 20}, {"holdout": 10, "salt": "other"})
    )
    assert (len(tenth), len(fifth)) == (1939, 3971)  # by the hash, so the same for ever
    assert tenth < fifth
    assert abs(len(tenth & other) - 200) < 60  # independent of each other
    assert not any(map(campaign(holdout=0).holds_out, people))
    assert all(map(campaign(holdout=100).holds_out, people))


@pytest.mark.parametrize("salt", ["", *"abcdefgh"])
def test_a_basket_of_nobody_is_promised_no_campaign_that_holds_people_out(salt: str) -> None:
    assert campaign(holdout=1, salt=salt).holds_out(ANYBODY)
    assert not campaign(holdout=0, salt=salt).holds_out(ANYBODY)


def test_who_is_held_out_gets_nothing_of_it_and_the_order_says_so() -> None:
    books = play(with_campaign(SUMMER | {"holdout": 100}), bought("1", "2027-06-21", line(net=2000)))
    assert (balance(books), books.order("1").terms.campaigns) == (20, ("-summer",))


OF_DAYS = "without one what the campaign adds has the days of its rules"
OF_MEMBERS = "must be a member's id: a connection's namespace, a dot and the customer's id, as in acme.42"
OF_SEGMENTS = "must name segments (champions, loyal, new, promising, at-risk, lost)"
OF_ACTIVITIES = "must stand in a rule with on, for an activity; what orders give is limited by amount"


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        (
            {"ends": "2027-06-20"},
            "campaigns[0].ends must not be before the first day, 2027-06-21, got 2027-06-20",
        ),
        ({"multiply": {}}, "campaigns[0] must multiply a rule, or be named by one as its campaign"),
        ({"multiply": {"leafs": 2}}, "campaigns[0].multiply must name rules of earn (leaves), got 'leafs'"),
        (
            {"multiply": {"leaves": 1}},
            "campaigns[0].multiply.leaves must be more than 1 and at most 100, with 2 decimals, got 1",
        ),
        *(
            ({name: value}, f"campaigns[0].{name} must stand beside an expiry; {OF_DAYS}")
            for name, value in {"vest_days": 14, "vest_on": "delivery", "vest_date": "2027-07-01"}.items()
        ),
        ({"holdout": 101}, "campaigns[0].holdout must be between 0 and 100, got 101"),
        (
            {"audience": {"levels": ["black"]}},
            "campaigns[0].audience.levels must name levels (there are none), got 'black'",
        ),
        ({"id": "leaves"}, "campaigns[0].id must be unique among rules and campaigns, got 'leaves'"),
        (
            {"starts": "1999-12-31"},
            "campaigns[0].starts must be between 2000-01-01 and 2999-12-31, got 1999-12-31",
        ),
        ({"ends": "3000-01-01"}, "campaigns[0].ends must be between 2000-01-01 and 2999-12-31, got 3000-01-01"),
        *(
            (
                {"multiply": {"leaves": factor}},
                f"campaigns[0].multiply.leaves must be more than 1 and at most 100, with 2 decimals, got {factor}",
            )
            for factor in (Decimal("100.01"), Decimal("1.001"), Decimal("NaN"))
        ),
        ({"holdout": Decimal("-0.5")}, "campaigns[0].holdout must be between 0 and 100, got -0.5"),
        ({"name": {"French": "x"}}, "campaigns[0].name must be by language, such as fr or en, got 'French'"),
        ({"audience": {"segments": ["lazy"]}}, f"campaigns[0].audience.segments {OF_SEGMENTS}, got 'lazy'"),
        (
            {"audience": {"members": [f"shop.{number}" for number in range(201)]}},
            "campaigns[0].audience.members must be at most 200; use a level, got 201",
        ),
        (
            {"audience": {"members": ["shop.1", "bob"]}},
            f"campaigns[0].audience.members[1] {OF_MEMBERS}, got 'bob'",
        ),
        ({"budget": -1}, "campaigns[0].budget must be between 0 and 1000000000, got -1"),
        ({"limits": [{"amount": 5, "times": 2, "per": "day"}]}, f"campaigns[0].limits[0].times {OF_ACTIVITIES}"),
        ({"limits": [{"per": "day"}]}, "campaigns[0].limits[0].amount must be given"),
    ],
)
def test_a_document_that_makes_no_sense_is_refused(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidProgramme) as raised:
        parse(document(earn=[LEAVES], assets={"points": {}}, campaigns=[SUMMER | parts]))
    assert raised.value.problems == [problem]


def test_a_misspelt_asset_of_a_rule_that_a_limited_campaign_multiplies_is_told_at_the_rule() -> None:
    """It ended the check with a sentence about a currency, without the path and without the other problems."""
    with pytest.raises(InvalidProgramme) as raised:
        parse(
            document(
                name=" ", earn=[LEAVES | {"of": "point"}], assets={"points": {}}, campaigns=[SUMMER | {"budget": 5}]
            )
        )
    assert raised.value.problems == [
        "name must not be empty",
        "earn[0].of must be one of the programme's assets and currencies: points, EUR, got 'point'",
    ]


def refused(**parts: Any) -> list[str]:
    with pytest.raises(InvalidProgramme) as raised:
        parse(document(**{"earn": [LEAVES], "assets": {"points": {}}} | parts))
    return raised.value.problems


def test_a_campaign_that_states_nothing_more_is_for_everybody() -> None:
    assert (campaign().holdout, campaign().audience, campaign().budget) == (Decimal(0), Audience(), None)


def test_there_are_ten_campaigns_at_most_with_ids_of_their_own() -> None:
    ten = [SUMMER | {"id": f"c{number}"} for number in range(10)]
    assert len(parse(document(earn=[LEAVES], assets={"points": {}}, campaigns=ten)).campaigns) == 10
    assert refused(campaigns=[*ten, SUMMER]) == ["campaigns must be at most 10, got 11"]
    assert refused(campaigns=[SUMMER, SUMMER]) == [
        "campaigns[1].id must be unique among rules and campaigns, got 'summer'"
    ]


def test_an_audience_of_a_level_that_there_is_not_is_told_those_that_there_are() -> None:
    levels = {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 9}]}
    campaign = SUMMER | {"audience": {"levels": ["black", "gold"]}}
    says = "campaigns[0].audience.levels must name levels (green, black), got 'gold'"
    assert refused(levels=levels, campaigns=[campaign]) == [says]


@pytest.mark.parametrize(
    "parts",
    [
        {"starts": "2000-01-01", "ends": "2000-01-01"},
        {"starts": "2999-12-31", "ends": "2999-12-31"},
        {"multiply": {"leaves": Decimal("1.01")}},
        {"multiply": {"leaves": 100}},
        {"audience": {"segments": ["lost"], "members": [f"shop.{number}" for number in range(200)]}},
        {"holdout": 100, "budget": 0},
    ],
)
def test_a_campaign_is_taken_up_to_its_bounds(parts: dict[str, Any]) -> None:
    assert campaign(**parts).id == "summer"


def test_a_rule_holds_with_a_campaign_that_there_is() -> None:
    lost = LEAVES | {"id": "extra", "campaign": "winter"}
    assert refused(earn=[LEAVES, lost]) == ["earn[1].campaign must name a campaign (none), got 'winter'"]
    assert refused(earn=[LEAVES, lost], campaigns=[SUMMER]) == [
        "earn[1].campaign must name a campaign (summer), got 'winter'"
    ]


CENTS = {"id": "cashback", "percent": 5}


def test_a_budget_is_a_sum_of_the_one_asset_that_a_campaign_multiplies() -> None:
    both = SUMMER | {"multiply": {"leaves": 2, "cashback": 2}}
    assert parse(document(earn=[LEAVES, CENTS], assets={"points": {}}, campaigns=[both])).campaigns
    says = "must be of one asset where there is a budget or limit, which is a sum of it; leave that out, or choose one"
    for limited in ({"budget": 500}, {"limits": [{"amount": 5, "per": "day"}]}):
        problems = refused(earn=[LEAVES, CENTS], campaigns=[both | limited])
        assert problems == [f"campaigns[0].multiply {says} rule"]
    points = [LEAVES, LEAVES | {"id": "more"}]
    twice = SUMMER | {"multiply": {"leaves": 2, "more": 2}, "budget": 500}
    assert parse(document(earn=points, assets={"points": {}}, campaigns=[twice])).campaigns


def test_a_budget_is_of_one_asset_for_orders_in_every_currency() -> None:
    """Where there are two currencies, two assets are as many as money alone has."""
    leaves, miles, dollars = (
        LEAVES | {"id": of.lower(), "of": of, "per": {"EUR": 1, "USD": 1}} for of in ("points", "miles", "USD")
    )
    parts = {"currencies": ["USD"], "assets": {"points": {}, "miles": {}}, "earn": [leaves, miles, dollars, CENTS]}
    says = "campaigns[0].multiply must be of one asset where there is a budget or limit"
    for names in (("points", "miles"), ("cashback", "usd")):
        (problem,) = refused(**parts, campaigns=[SUMMER | {"multiply": dict.fromkeys(names, 2), "budget": 500}])
        assert problem.startswith(says)
    cents = SUMMER | {"multiply": {"cashback": 2}, "budget": {"EUR": 500, "USD": 500}}
    assert parse(document(**parts, campaigns=[cents])).campaigns


def test_what_a_campaigns_own_rule_gives_is_limited_by_that_rule() -> None:
    own = LEAVES | {"id": "extra", "campaign": "summer"}
    says = "must stand beside multiply; a rule that names the campaign has a budget of its own"
    bare = {name: part for name, part in SUMMER.items() if name != "multiply"}
    assert refused(earn=[own], campaigns=[bare | {"budget": 5}]) == [f"campaigns[0].budget {says}"]
    assert parse(document(earn=[own], assets={"points": {}}, campaigns=[bare])).campaigns


def test_a_budget_is_meant_in_what_the_campaign_multiplies() -> None:
    """64 are points where it multiplies points, and euros where it multiplies money; alone it gives money of orders."""
    earn = [CENTS, LEAVES | {"campaign": "own"}]
    drafts = [
        SUMMER,
        SUMMER | {"id": "cents", "multiply": {"cashback": 2}},
        SUMMER | {"id": "own", "multiply": {}},
    ]
    programme = parse(document(earn=earn, assets={"points": {}}, campaigns=drafts))
    meant = [
        (parsed.asset("EUR", programme), parsed.minor(Decimal(64), parsed.asset("EUR", programme), programme))
        for parsed in programme.campaigns
    ]
    assert meant == [("points", 64), ("EUR/2", 6400), ("EUR/2", None)]
