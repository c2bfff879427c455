"""A programme document is checked as a whole; every sentence names the path, the rule and the value."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import (
    MAX_RULES,
    Spending,
    landing_allowed,
    parse,
    published,
    rewards_of,
    unchecked,
)
from chalicelib.domain.programme.referral import ReviewRule
from chalicelib.domain.rewards.cashback import Cashback
from tests.world.builders import CASHBACK, LANDING, document, programme_of

FIELDS = Cashback.__struct_fields__


def problems(draft: Any) -> list[str]:
    with pytest.raises(InvalidProgramme) as refused:
        parse(draft)
    assert str(refused.value) == "; ".join(refused.value.problems)
    return refused.value.problems


def earning(**parts: Any) -> dict[str, Any]:
    return document(earn=[CASHBACK | parts])


def referring(**parts: Any) -> dict[str, Any]:
    return document(referral={"percent": Decimal(10), **parts})


def landing(**parts: Any) -> dict[str, Any]:
    return document(landing=LANDING | parts)


OF_IDS = "must be 1 to 32 lower-case letters, digits and dashes, not starting with referral-"

WRONG: dict[str, dict[str, Any]] = {
    "name must not be empty": document(name=" "),
    "name must be text, got 5": document(name=5),
    'earn[0].id must be text in quotes, such as "no", got false': earning(id=False),
    'name must be text in quotes, such as "yes", got true': document(name=True),
    "currency must be an ISO 4217 code such as EUR, got 'EURO'": document(currency="EURO"),
    "currencies[1] must be unique, got 'USD'": document(currencies=["USD", "USD"]),
    "currencies[0] must be unique, got 'EUR'": document(currencies=["EUR", "USD"]),
    "currencies[1] must be an ISO 4217 code such as EUR, got 'XXX'": document(currencies=["USD", "XXX"]),
    "timezone must be an IANA zone such as Europe/Paris, got 'Paris'; did you mean Europe/Paris?": document(
        timezone="Paris"
    ),
    "timezone must be an IANA zone such as Europe/Paris, got '../etc/passwd'": document(timezone="../etc/passwd"),
    "timezone must be an IANA zone such as Europe/Paris, got 'Louisvile'; did you mean America/Louisville?": document(
        timezone="Louisvile"
    ),
    "earn[0].name must be by language, such as fr or en, got 'French'": earning(name={"French": "Cagnotte"}),
    "rounding must be one of half_up, half_even, down, got 'up'": document(rounding="up"),
    "combine must be one of sum, best, got 'max'": document(combine="max"),
    "earnings is not a field of a programme; did you mean earn?": document(earnings=[]),
    "earn[0].per_cent is not a field of a programme; did you mean percent?": earning(per_cent=5),
    # docs/programme.md: what stands in `per` is always a mapping by currency, and not a number in `currency`.
    "earn[1].per must be a mapping by currency such as {EUR: 10.00}, got 10.00": document(
        earn=[CASHBACK, {"id": "leaves", "give": 1, "of": "points", "per": Decimal("10.00")}],
        assets={"points": {"worth": Decimal("0.05")}},
    ),
    "earn[1].per must be a mapping by currency such as {EUR: 10}, got '10'": document(
        earn=[CASHBACK, {"id": "leaves", "give": 1, "of": "points", "per": "10"}],
        assets={"points": {"worth": Decimal("0.05")}},
    ),
    "cards[0].counts.per must be a mapping by currency such as {EUR: 10}, got 10": document(
        cards=[{"id": "cups", "counts": {"per": 10}, "size": 10, "reward": {"amount": 3}}]
    ),
    "earn[1].per must be one of order, piece, or a mapping by currency such as {EUR: 1.00}, got 'EUR'": document(
        earn=[CASHBACK, {"id": "leaves", "give": 1, "of": "points", "per": "EUR"}], assets={"points": {}}
    ),
    "levels.steps[1].multiply must be a mapping by rule such as {cashback: 1.5}, got 1.5": document(
        levels={"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 100, "multiply": Decimal("1.5")}]}
    ),
    "campaigns[0].multiply must be a mapping by rule such as {cashback: 2}, got 2": document(
        campaigns=[{"id": "may", "starts": "2027-05-01", "ends": "2027-05-31", "multiply": 2}]
    ),
    "campaigns[0].multiply must be a mapping by rule such as {cashback: 2}, got ['cashback']": document(
        campaigns=[{"id": "may", "starts": "2027-05-01", "ends": "2027-05-31", "multiply": ["cashback"]}]
    ),
    "cards[0].reward must be a mapping, got 'a coffee'; its fields are amount, give, of, vest_days, vest_on, "
    "vest_date, expire_from, expire_days, expire_months, expire_end": document(
        cards=[{"id": "cups", "counts": {"orders": True}, "size": 10, "reward": "a coffee"}]
    ),
    "landing must be given": {"name": "Club", "currency": "EUR"},
    "landing.hosts must be given": document(landing={"page": "https://shop.example"}),
    "assets.friends must be none of spend, orders, friends: levels or boards measure these, got 'friends'": document(
        assets={"friends": {}}
    ),
    "earn must be a list": document(earn=CASHBACK),
    "earn[0] must be a mapping, got 5": document(earn=[5]),
    "earn[0].name must be a mapping by language such as {en: Tea days}, got 'Tea days'": document(
        earn=[CASHBACK | {"name": "Tea days"}]
    ),
    f"earn must hold at most {MAX_RULES} rules, got 21": document(earn=[CASHBACK | {"id": f"r{n}"} for n in range(21)]),
    "earn[1].id must be unique, got 'cashback'": document(earn=[CASHBACK, CASHBACK]),
    f"earn[0].id {OF_IDS}, got 'Gold'": earning(id="Gold"),
    f"earn[0].id {OF_IDS}, got 'referral-x'": earning(id="referral-x"),
    "earn[0].percent must be between 0 and 100, got 250": earning(percent=250),
    "earn[0].percent must be between 0 and 100, got -1": earning(percent=-1),
    "earn[0].percent must be between 0 and 100, got NaN": earning(percent=Decimal("NaN")),
    "earn[0].cap must be an amount of EUR without smaller parts than its minor unit, got 1E-999999999": earning(
        cap=Decimal("1e-999999999")
    ),
    "earn[0].cap must be between 0 and 1000000000, got 1E+999999999": earning(cap=Decimal("1e999999999")),
    "earn[0].percent must have at most 4 decimals, got 1.00001": earning(percent=Decimal("1.00001")),
    "earn[0].percent must be a number or null, got true": earning(percent=True),
    "earn[0].percent must be a number, got 'five'": earning(percent="five"),
    "earn[0] must have either percent or amount": earning(amount=5),
    "earn[0].amount must be between 0 and 1000000000, got -5": earning(percent=None, amount=-5),
    "earn[0].amount must be an amount of EUR without smaller parts than its minor unit, got 0.005": earning(
        percent=None, amount=Decimal("0.005")
    ),
    "earn[0].amount.USD must be in one of the programme's currencies, got 'USD'": earning(
        percent=None, amount={"USD": 5}
    ),
    "earn[0].minimum must be between 0 and 1000000000, got Infinity": earning(minimum=Decimal("Infinity")),
    "earn[0].cap.EUR must be between 0 and 1000000000, got -1": earning(cap={"EUR": -1}),
    "earn[0].rates must come with a percent; a fixed amount has no rates": earning(
        percent=None, amount=5, rates=[{"match": {"tags": ["new"]}, "percent": 5}]
    ),
    "earn[0].rates[0].percent must be between 0 and 100, got 101": earning(
        rates=[{"match": {"skus": ["A"]}, "percent": 101}]
    ),
    "earn[0].rates[0].match must name at least one sku, product, category, collection or tag": earning(
        rates=[{"match": {}, "percent": 5}]
    ),
    "earn[0].exclude.skus must be a list such as [MUG], got 'MUG'": earning(exclude={"skus": "MUG"}),
    "earn[0].exclude.skus must be a list, got 5": earning(exclude={"skus": 5}),
    "earn[0].exclude must be a mapping": earning(exclude=None),
    "earn[0].vest_days must be between 0 and 3650, got -1": earning(vest_days=-1),
    "earn[0].vest_days must be a whole number, got 1.5": earning(vest_days=Decimal("1.5")),
    "earn[0].expire_days must be more than vest_days and at most 3650, got 14": earning(vest_days=14, expire_days=14),
    "earn[0].expire_days must be between 1 and 3650, got 3652": earning(expire_days=3652),
    "earn[0] must have either expire_days or expire_months": earning(expire_days=30, expire_months=1),
    "earn[0].expire_days must be between 1 and 3650, got -1": earning(expire_days=-1),
    "earn[0].expire_months must be between 1 and 120, got 121": earning(expire_months=121),
    "earn[0].expire_months must be between 1 and 120, got 0": earning(expire_months=0),
    "earn[0].expire_months must last longer than vest_days, got 1": earning(vest_days=28, expire_months=1),
    "earn[0].expire_months must last longer than vest_days, got 2": earning(vest_days=58, expire_months=2),
    "earn[0].expire_end must stand beside expire_days or expire_months where vest_days is stated": earning(
        vest_days=1, expire_end="year"
    ),
    "earn[0].expire_end must be one of month, year, got 'week'": earning(expire_end="week"),
    "earn[0].vest_date must be between 2000-01-01 and 2999-12-31, got 1999-12-31": earning(vest_date="1999-12-31"),
    "earn[0].vest_date must be between 2000-01-01 and 2999-12-31, got 3000-01-01": earning(vest_date="3000-01-01"),
    "earn[0].expire_from must be one of payment, vesting, got 'order'": earning(expire_from="order", expire_days=9),
    "earn[0].expire_from must stand beside expire_days, expire_months or expire_end": earning(expire_from="vesting"),
    "earn[0].expire_from must be vesting where vest_on is delivery; a late one would come after the expiry": (
        earning(vest_on="delivery", expire_from="payment", expire_days=400)
    ),
    "earn[0].expire_days must be between 1 and 3650, got 3651": earning(vest_on="delivery", expire_days=3651),
    "earn[0].expire_days must be between 1 and 3650, got 0": earning(expire_from="vesting", expire_days=0),
    "earn[0].vest_days must be between 0 and 3650, got 3651": earning(vest_days=3651),
    "earn[0].vest_days must be less than inactive_days, got 30": document(
        earn=[CASHBACK | {"vest_days": 30}], inactive_days=30
    ),
    "earn[0].id must be none of adjustment, expired, merge, redemption, revived, vested, written-off: the ledger uses"
    " these, got 'vested'": earning(id="vested"),
    "earn[0].budget must be between 0 and 1000000000, got -1": earning(budget=-1),
    "earn[0].limits must state each period once": earning(
        limits=[{"amount": 5, "per": "day"}, {"amount": 6, "per": "day"}]
    ),
    "earn[0].limits[1].amount must be between 0 and 1000000000, got -1": earning(
        limits=[{"amount": 5, "per": "day"}, {"amount": -1, "per": "month"}]
    ),
    "earn[0].limits[0].per must be one of day, week, month, year, member, got 'hour'": earning(
        limits=[{"amount": 5, "per": "hour"}]
    ),
    "earn[0].limits cannot stand beside combine: best; a limit that cuts one rule would make another best": document(
        combine="best", earn=[CASHBACK | {"limits": [{"amount": 5, "per": "day"}]}]
    ),
    "earn[1].budget cannot stand beside combine: best; a limit that cuts one rule would make another best": document(
        combine="best", earn=[CASHBACK, CASHBACK | {"id": "b", "budget": 5}]
    ),
    "earn[0].budget must be stated in every currency of the programme; USD is missing": document(
        currencies=["USD"], earn=[CASHBACK | {"budget": 5}]
    ),
    "earn[0].limits[0].amount must be stated in every currency of the programme; EUR, CHF is missing": document(
        currencies=["USD", "CHF"], earn=[CASHBACK | {"limits": [{"amount": {"USD": 5}, "per": "day"}]}]
    ),
    "segments.best.money must be the lowest and the highest score, both from 1 to 5, got '[0, 5]'": document(
        segments={"best": {"money": [0, 5]}}
    ),
    "clawback must be one of negative, loss, got 'none'": document(clawback="none"),
    "inactive_days must be between 1 and 3650, got 0": document(inactive_days=0),
    "inactive_days must be between 1 and 3650, got 3651": document(inactive_days=3651),
    "remind_days must be between 0 and 3650, got -1": document(remind_days=-1),
    "remind_days must be between 0 and 3650, got 3651": document(remind_days=3651),
    "spending.minimum must be between 0 and 1000000000, got -1": document(spending={"minimum": -1}),
    "spending.min_percent must be between 0 and 100, got -1": document(spending={"min_percent": -1}),
    "spending.max_percent must be between 0 and 100, got 101": document(spending={"max_percent": 101}),
    "spending.min_percent must be at most max_percent, got 51": document(
        spending={"min_percent": 51, "max_percent": 50}
    ),
    "spending.hold_minutes must be between 1 and 10080, got 0": document(spending={"hold_minutes": 0}),
    "spending.hold_minutes must be between 1 and 10080, got 10081": document(spending={"hold_minutes": 10081}),
    "spending.return_days must be between 0 and 3650, got -1": document(spending={"return_days": -1}),
    "referral.velocity.bonuses must be between 1 and 20, got 0": referring(velocity={"bonuses": 0, "days": 1}),
    "referral.velocity.bonuses must be between 1 and 20, got 21": referring(velocity={"bonuses": 21, "days": 1}),
    "referral.velocity.days must be between 1 and 3650, got 0": referring(velocity={"bonuses": 1, "days": 0}),
    "referral.review.threshold must be between 1 and 1000, got 0": referring(review={"threshold": 0}),
    "referral.review.threshold must be between 1 and 1000, got 1001": referring(review={"threshold": 1001}),
    "referral.review.weights.same-name must be one of same-email, same-address, same-phone, same-card, same-device,"
    " disposable-mail, velocity, ring, got 'same-name'": referring(review={"weights": {"same-name": 5}}),
    "referral.review.weights.ring must be between 0 and 1000, got 1001": referring(review={"weights": {"ring": 1001}}),
    "referral.review.weights.ring must be between 0 and 1000, got -1": referring(review={"weights": {"ring": -1}}),
    "referral.vest_on must be payment; a bonus is of several orders, and is not delivered": referring(
        vest_on="delivery"
    ),
    "referral must have either percent or amount": document(referral={}),
    "referral.friends must be between 1 and 10, got 0": referring(friends=0),
    "referral.friends must be between 1 and 10, got 11": referring(friends=11),
    "referral.window_days must be between 1 and 3650, got 0": referring(window_days=0),
    "referral.limit must be 1 or more, got 0": referring(limit=0),
    "referral.qualifies.minimum must be between 0 and 1000000000, got -1": referring(qualifies={"minimum": -1}),
    "referral.welcome must have either percent or amount": referring(welcome={}),
    "referral.welcome.amount must be more than 0; for no gift, leave it out, got 0": referring(welcome={"amount": 0}),
    "referral.welcome.amount.EUR must be more than 0; for no gift, leave it out, got 0": referring(
        welcome={"amount": {"EUR": 0}}
    ),
    "referral.welcome.percent must be more than 0; for no gift, leave it out, got 0": referring(welcome={"percent": 0}),
    "referral.welcome.percent must be between 0 and 100, got 101": referring(welcome={"percent": 101}),
    "landing.hosts[0] must be a host name such as shop.example, got 'https://shop.example'": landing(
        hosts=["https://shop.example", "shop.example"]
    ),
    "landing.page must be an https address on one of landing.hosts, got 'https://other.example/'": landing(
        page="https://other.example/"
    ),
    "landing.parameter must be the name of a query parameter, got 'a=b'": landing(parameter="a=b"),
}


@pytest.mark.parametrize(("sentence", "draft"), WRONG.items(), ids=WRONG.keys())
def test_a_wrong_document_is_told_in_one_sentence(sentence: str, draft: dict[str, Any]) -> None:
    assert problems(draft) == [sentence]


ALLOWED: dict[str, dict[str, Any]] = {
    "a month after 27 days": earning(vest_days=27, expire_months=1),
    "two months after 57 days": earning(vest_days=57, expire_months=2),
    "thirteen months after a year": earning(vest_days=365, expire_months=13),
    "the day after it vests": earning(vest_days=14, expire_days=15),
    "at the longest": earning(vest_days=3649, expire_days=3650),
    "ten years": earning(expire_months=120),
    "waiting longer than it lasts, which counts from vesting": earning(
        vest_days=14, expire_days=14, expire_from="vesting"
    ),
    "the end of the month in which it has vested": earning(vest_days=14, expire_end="month", expire_from="vesting"),
    "payment, said": earning(vest_days=14, expire_days=15, expire_from="payment"),
    "days after the delivery": earning(vest_on="delivery", vest_days=14, expire_days=14),
    "the end of the year": earning(expire_end="year"),
    "the end of the year after some days": earning(vest_days=14, expire_days=15, expire_end="year"),
    "a first and a last day": document(
        earn=[CASHBACK | {"vest_date": "2000-01-01"}, CASHBACK | {"id": "b", "vest_date": "2999-12-31"}]
    ),
    "waiting less than inactivity": document(earn=[CASHBACK | {"vest_days": 29}], inactive_days=30),
    "inactive for a day": document(inactive_days=1),
    "every period once": earning(
        limits=[{"amount": 5, "per": per} for per in ("day", "week", "month", "year", "member")], budget=10
    ),
    "a budget in each currency": document(
        currencies=["USD"],
        earn=[CASHBACK | {"budget": {"EUR": 5, "USD": 5}, "limits": [{"amount": {"EUR": 0, "USD": 5}, "per": "day"}]}],
    ),
    "best without limits": document(combine="best", remind_days=0),
    "equal shares": document(
        spending={"min_percent": 50, "max_percent": 50, "minimum": 0, "hold_minutes": 1, "return_days": 0}
    ),
    "the longest hold": document(spending={"hold_minutes": 10080, "return_days": 3650}),
    "the fewest friends": referring(friends=1, window_days=1, limit=1, velocity={"bonuses": 1, "days": 1}),
    "the most friends": referring(friends=10, window_days=3650, velocity={"bonuses": 20, "days": 3650}),
    "weights at their ends": referring(review={"threshold": 1, "weights": {"ring": 0, "velocity": 1000}}),
    "the highest threshold": referring(review={"threshold": 1000}),
    "a welcome on delivery": referring(welcome={"percent": 3, "vest_on": "delivery"}),
    "all and nothing": earning(percent=100, minimum=0, cap=10**9),
}


@pytest.mark.parametrize("draft", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_document_is_taken_up_to_its_bounds(draft: dict[str, Any]) -> None:
    assert parse(draft).name == "Club"


def test_what_is_not_stated_has_a_default() -> None:
    programme = programme_of()
    assert (programme.clawback, programme.inactive_days, programme.remind_days, programme.combine) == (
        "negative",
        None,
        14,
        "sum",
    )
    assert (programme.rounding, programme.timezone, programme.test_orders) == ("half_up", "UTC", False)
    assert programme.spending == Spending(
        minimum=None, min_percent=None, max_percent=None, hold_minutes=60, return_days=30
    )
    assert (ReviewRule().threshold, ReviewRule().weights) == (100, {})
    referral = programme_of(referral={"percent": Decimal(10)}).referral
    assert referral
    assert (referral.friends, referral.window_days, referral.velocity, referral.review) == (2, 30, None, None)


@pytest.mark.parametrize(("draft", "shown"), [(None, ""), (5, ", got 5"), ([], ", got []")])
def test_a_document_is_a_mapping(draft: object, shown: str) -> None:
    assert problems(draft) == [f"a programme must be a mapping{shown}"]


def test_all_problems_are_told_at_once_in_document_order() -> None:
    draft = document(
        currency="EURO",
        name="",
        earn=[CASHBACK | {"percent": 250, "vest_days": -1}],
        referral={"percent": 5, "friends": 0},
    )
    assert problems(draft) == [
        "currency must be an ISO 4217 code such as EUR, got 'EURO'",
        "name must not be empty",
        "earn[0].percent must be between 0 and 100, got 250",
        "earn[0].vest_days must be between 0 and 3650, got -1",
        "referral.friends must be between 1 and 10, got 0",
    ]


def test_a_long_value_is_shown_short() -> None:
    (sentence,) = problems(document(timezone="x" * 500))
    assert len(sentence) < 150
    assert sentence.endswith("...")


HOSTS = ["shop.example", "shop.example:8443", "localhost"]


@pytest.mark.parametrize(
    "page",
    [
        "https://shop.example",
        "https://SHOP.example/welcome?x=1#top",
        "https://shop.example:8443/",
        "http://localhost:8000/",
    ],
)
def test_a_link_may_lead_to_a_named_host(page: str) -> None:
    assert landing_allowed(page, HOSTS)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "shop.example",
        "/welcome",
        "//shop.example/",
        "http://shop.example/",
        "javascript:alert(1)//shop.example",
        "data:text/html,shop.example",
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://evil.example/shop.example",
        "https://evil.example/#shop.example",
        "https://evil.example/?https://shop.example",
        "https://shop.example@evil.example/",
        "https://evil.example@shop.example/",
        "https://evil.example\\@shop.example/",
        "https://shop.example\\.evil.example/",
        "https://shop.example\t.evil.example/",
        "https://shop.example\n",
        " https://shop.example/",
        "https:///shop.example",
        "https://[shop.example]/",
        "ftp://shop.example/",
    ],
)
def test_a_link_leads_nowhere_else(page: str) -> None:
    assert not landing_allowed(page, HOSTS)


def test_numbers_are_kept_as_they_were_written() -> None:
    rule = programme_of(earn=[{"id": "a", "percent": Decimal("2.50")}]).earn[0]
    assert isinstance(rule, Cashback)
    assert str(rule.percent) == "2.50"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (Decimal("5.5"), "EUR", 550),
        (Decimal(5), "USD", None),
        ({"USD": Decimal(6)}, "USD", 600),
        ({"USD": Decimal(6)}, "EUR", None),
        (None, "EUR", None),
    ],
)
def test_a_sum_without_a_currency_is_in_the_programmes_own(amount: Any, currency: str, minor: int | None) -> None:
    assert programme_of(currencies=["USD"]).sum_in(amount, currency) == minor


def test_a_programme_survives_the_table() -> None:
    rule = {**CASHBACK, "cap": {"EUR": Decimal(10)}, "rates": [{"match": {"tags": ["new"]}, "percent": Decimal("7.5")}]}
    programme = programme_of(
        earn=[rule],
        referral={"amount": Decimal(5), "welcome": {"percent": 3}},
        catalogue=[{"skus": ["A"], "tags": ["new"]}],
    )
    assert published(msgspec.json.encode(programme).decode()) == programme


def test_a_version_that_was_published_when_nothing_could_be_given_is_still_read() -> None:
    rules = [{"id": "review", "on": "review", "give": 0, "of": "EUR"}, {"id": "each", "give": 0, "of": "EUR"}]
    draft = document(earn=rules, referral={"percent": 10, "welcome": {"amount": 0}})
    with pytest.raises(InvalidProgramme):
        parse(draft)
    assert [rule.id for rule in published(msgspec.json.encode(draft).decode()).earn] == ["review", "each"]


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"combine": "x"}, "combine must be one of sum, best, got 'x'"),
        (
            {"earn": [CASHBACK | {"limits": [{"amount": 3, "per": "moon"}]}]},
            "earn[0].limits[0].per must be one of day, week, month, year, member, got 'moon'",
        ),
        ({"earn": [CASHBACK | {"expire_end": "x"}]}, "earn[0].expire_end must be one of month, year, got 'x'"),
        (
            {"referral": {"percent": 5, "welcome": {"percent": 3, "vest_on": "x"}}},
            "referral.welcome.vest_on must be one of payment, delivery, got 'x'",
        ),
    ],
    ids=["at-the-top", "in-a-list-of-a-list", "or-nothing", "within-a-choice"],
)
def test_a_choice_is_refused_with_what_can_be_chosen(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidProgramme) as refused:
        parse(document(**parts))
    assert refused.value.problems == [problem]


@pytest.mark.parametrize("rule", [{"expire_days": 30}, {"expire_months": 1}, {"expire_end": "year"}])
def test_expiry_of_what_vests_on_delivery_counts_from_vesting_unless_it_was_published_before_that(
    rule: dict[str, Any],
) -> None:
    late = {"percent": 3, "vest_on": "delivery", **rule}
    parsed = parse(
        document(earn=[CASHBACK | {"vest_on": "delivery", **rule}], referral={"percent": 5, "welcome": late})
    )
    assert parsed.referral
    assert parsed.referral.welcome
    assert [parsed.earn[0].expire_from, parsed.referral.welcome.expire_from] == ["vesting", "vesting"]
    assert parse(earning(**rule)).earn[0].expire_from is None
    assert parse(earning(vest_on="delivery")).earn[0].expire_from is None


def problems_of_parts(**parts: Any) -> list[str]:
    with pytest.raises(InvalidProgramme) as refused:
        parse(document(**parts))
    return refused.value.problems


def test_as_many_rules_as_there_may_be() -> None:
    rules = [CASHBACK | {"id": f"r{number}"} for number in range(MAX_RULES)]
    assert len(parse(document(earn=rules)).earn) == MAX_RULES


def test_hosts_may_be_written_in_capitals() -> None:
    assert parse(document(landing=LANDING | {"hosts": ["Shop.Example"]})).landing.hosts == ("Shop.Example",)


@pytest.mark.parametrize(
    ("page", "host", "allowed"),
    [
        ("https://shop.example:8443/a", "shop.example:8443", True),
        ("https://SHOP.example:8443/a", "shop.example:8443", True),
        ("https://shop.example:8443/a", "shop.example:9443", False),
        ("http://localhost:8000/a", "localhost:8000", True),
        ("ftp://localhost/a", "localhost", False),
        ("javascript://localhost/%0aalert(1)", "localhost", False),
        ("http://shop.example/a", "shop.example", False),
    ],
)
def test_where_a_link_may_lead(page: str, host: str, allowed: bool) -> None:
    assert landing_allowed(page, [host]) is allowed


def test_a_reward_must_vest_before_its_owner_is_idle() -> None:
    late = problems_of_parts(inactive_days=1, earn=[CASHBACK | {"vest_days": 1}])
    assert late == ["earn[0].vest_days must be less than inactive_days, got 1"]
    parse(document(inactive_days=2, earn=[CASHBACK | {"vest_days": 1}]))
    parse(document(inactive_days=1, earn=[CASHBACK]))


def test_no_months_at_all_are_too_few_and_too_short() -> None:
    assert problems_of_parts(earn=[CASHBACK | {"expire_months": 0, "vest_days": 1}]) == [
        "earn[0].expire_months must be between 1 and 120, got 0",
        "earn[0].expire_months must last longer than vest_days, got 0",
    ]


@pytest.mark.parametrize(("months", "last"), [(1, 27), (2, 57), (12, 357)])
def test_what_expires_after_months_can_vest_before_the_shortest_of_them_ends(months: int, last: int) -> None:
    rule = CASHBACK | {"expire_months": months, "expire_end": "month"}
    parse(document(earn=[rule | {"vest_days": last}]))
    assert problems_of_parts(earn=[rule | {"vest_days": last + 1}]) == [
        f"earn[0].expire_months must last longer than vest_days, got {months}"
    ]


@pytest.mark.parametrize("number", ["NaN", "-NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_a_problem_and_no_failure(number: str) -> None:
    fixed = {"id": "a", "amount": Decimal(number)}
    assert problems_of_parts(earn=[fixed]) == [f"earn[0].amount must be between 0 and 1000000000, got {number}"]


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"earn": [{"id": "a", "give": "sNaN", "of": "EUR"}]}, "earn[0].give"),
        ({"earn": [{"id": "a", "give": 1, "of": "EUR", "per": {"EUR": "sNaN"}}]}, "earn[0].per.EUR"),
        (
            {"cards": [{"id": "a", "counts": {"per": {"EUR": "sNaN"}}, "size": 5, "reward": {"amount": 3}}]},
            "cards[0].counts.per.EUR",
        ),
        ({"referral": {"percent": 5, "welcome": {"amount": "sNaN"}}}, "referral.welcome.amount"),
    ],
)
def test_a_number_that_signals_that_it_is_none_is_a_problem_and_no_failure(parts: dict[str, Any], path: str) -> None:
    assert problems_of_parts(**parts) == [f"{path} must be between 0 and 1000000000, got sNaN"]


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity"])
@pytest.mark.parametrize(("name", "other"), [("min_percent", "max_percent"), ("max_percent", "min_percent")])
def test_a_share_that_is_no_number_is_a_problem_and_no_failure(name: str, other: str, number: str) -> None:
    wrong = problems_of_parts(spending={name: Decimal(number), other: 50})
    assert wrong == [f"spending.{name} must be between 0 and 100, got {number}"]


def test_the_least_share_may_be_the_greatest_too() -> None:
    parse(document(spending={"min_percent": 50, "max_percent": 50}))
    assert problems_of_parts(spending={"min_percent": Decimal("50.01"), "max_percent": 50}) == [
        "spending.min_percent must be at most max_percent, got 50.01"
    ]


EVERY_MISTAKE = {
    "name": "Acme",
    "currency": "EUR",
    "clawback": "negativ",
    "rounding": "half",
    "landing": {"page": "https://shop.example/", "hosts": "shop.example"},
    "earn": [
        {
            "id": "cashback",
            "procent": 500,
            "cap": -5,
            "minimum": "twenty",
            "vest_on": "shipment",
            "vest_date": "15/01/2027",
            "expire_days": 5,
            "vest_days": 14,
        },
        {"percent": 250, "minimum": {"EUR": "twenty", "USD": 5}},
        5,
        {"id": "last", "percent": "5,5", "rates": [{"match": {"tag": ["x"]}, "percent": 101}]},
    ],
    "referral": {"percent": 10, "freinds": 3, "velocity": {"bonuses": "x"}, "window_days": 0},
}


def test_every_mistake_of_a_document_is_told_at_once() -> None:
    """Of five problems one was told, where one of them was of a type: five rounds for one document."""
    assert sorted(problems(EVERY_MISTAKE)) == sorted(
        [
            "clawback must be one of negative, loss, got 'negativ'; did you mean negative?",
            "rounding must be one of half_up, half_even, down, got 'half'; did you mean half_up?",
            "landing.hosts must be a list such as [shop.example], got 'shop.example'",
            "referral.freinds is not a field of a programme; did you mean friends?",
            "referral.velocity.bonuses must be a whole number, got 'x'",
            "referral.velocity.days must be given",
            "referral.window_days must be between 1 and 3650, got 0",
            "earn[0].procent is not a field of a programme; did you mean percent?",
            "earn[0].cap must be between 0 and 1000000000, got -5",
            "earn[0].minimum must be a number, got 'twenty'",
            "earn[0].vest_on must be one of payment, delivery, got 'shipment'",
            "earn[0].vest_date must be a date such as 2027-01-15, got '15/01/2027'",
            "earn[1].id must be given",
            "earn[1].percent must be between 0 and 100, got 250",
            "earn[1].minimum.EUR must be a number, got 'twenty'",
            "earn[1].minimum.USD must be in one of the programme's currencies, got 'USD'",
            "earn[2] must be a mapping, got 5",
            "earn[3].percent must be a number with a decimal point, not a comma, got '5,5'",
            "earn[3].rates[0].match.tag is not a field of a programme; did you mean tags?",
            "earn[3].rates[0].percent must be between 0 and 100, got 101",
        ]
    )


def test_a_problem_in_a_part_that_stands_under_a_name_is_told_at_its_field() -> None:
    """`assets.points must be a whole number or null` named no field, and the rule that gives points was refused too."""
    parts = {"points": {"expire_months": Decimal("0.5"), "nam": {"en": "leaves"}, "worth": "x"}, "gems": 7}
    segments = {"best": {"money": [4], "recency": ["x", 5]}, "rest": []}
    rule = {"id": "leaves", "give": 1, "of": "points"}
    assert problems(document(earn=[rule], assets=parts, segments=segments)) == [
        "assets.points.expire_months must be a whole number or null, got 0.5",
        "assets.points.nam is not a field of a programme; did you mean name?",
        "assets.points.worth must be a number, got 'x'",
        (
            "assets.gems must be a mapping, got 7; its fields are name, singular, worth, decimals, expire_days, "
            "expire_months, expire_end"
        ),
        "segments.best.money must be a list, got [4]",
        "segments.best.recency[0] must be a whole number, got 'x'",
        "segments.rest must be a mapping, got []; its fields are recency, frequency, money",
    ]


ACTIVITY = "an activity gives so many (give) of something (of), such as on: review, give: 5, of: EUR"

OF_AN_ASSET = "a rule gives a percent, an amount, or so many (give) of an asset (of)"
IN_RATES = "for some articles alone state percent: 0 and their own percent in rates"
RUNGS = "the rungs of a ladder state the percents or amounts"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"percent": 5, "on": "review"}, [f"earn[0].on must not stand beside percent; {ACTIVITY}"]),
        ({"amount": 5, "on": "review"}, [f"earn[0].on must not stand beside amount; {ACTIVITY}"]),
        ({"percent": 5, "give": 2}, [f"earn[0].give must not stand beside percent; {OF_AN_ASSET}"]),
        ({"percent": 5, "ladder": []}, [f"earn[0].ladder must not stand beside percent; {RUNGS}"]),
        ({"percent": 5, "match": {"skus": ["A"]}}, [f"earn[0].match must not stand beside percent; {IN_RATES}"]),
        ({"amount": 5, "match": {}}, ["earn[0].match must not stand beside amount; it stands beside give or ladder"]),
        ({"percent": 5, "count": "brackets"}, ["earn[0].count must not stand beside percent; it stands beside ladder"]),
        (
            {"give": 5, "of": "EUR", "rates": []},
            ["earn[0].rates must not stand beside give; it stands beside percent"],
        ),
        (
            {"match": {"skus": ["A"]}},
            ["earn[0].match must stand beside give or ladder"],
        ),
        ({"percent": 5, "rate": 1}, ["earn[0].rate is not a field of a programme; did you mean rates?"]),
    ],
)
def test_a_field_of_another_kind_of_rule_is_not_called_unknown(rule: dict[str, Any], expected: list[str]) -> None:
    """`earn[0].on is not a field of a programme`, of which it is one."""
    assert problems(document(earn=[{"id": "a", **rule}])) == expected


EXPIRING = {"points": {"expire_months": 12}}
POINTS = {"of": "points", "give": 5}


def test_every_reward_in_an_asset_expires_as_the_asset_says_unless_it_says_so_itself() -> None:
    rule = {"id": "r", "on": "review", **POINTS}
    programme = programme_of(
        assets=EXPIRING,
        earn=[rule, rule | {"id": "own", "expire_days": 30}, CASHBACK],
        cards=[{"id": "c", "counts": {"orders": True}, "size": 5, "reward": POINTS}],
        goals=[
            {"id": "g", "measure": "orders", "target": 3, "reward": POINTS},
            {"id": "b", "measure": "orders", "target": 3, "badge": {"en": "Regular"}},
        ],
        boards=[{"id": "best", "measure": "spend", "per": "month", "top": 3, "prizes": [POINTS, {"amount": 5}]}],
        levels={"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 200, "gift": POINTS}]},
    )
    lasting = {path: (rule.expire_days, rule.expire_months) for path, rule in rewards_of(programme).items()}
    year = (None, 12)
    assert lasting == {
        "earn[0]": year,
        "earn[1]": (30, None),
        "earn[2]": (None, None),
        "cards[0].reward": year,
        "goals[0].reward": year,
        "levels.steps[1].gift": year,
        "boards[0].prizes[0]": year,
        "boards[0].prizes[1]": (None, None),
    }


def test_rewards_of_campaigns_and_referrals_are_rewards_of_the_document_too() -> None:
    campaign = {"id": "summer", "starts": "2026-06-21", "ends": "2026-11-30", "multiply": {"cashback": 3}}
    assert list(rewards_of(programme_of(campaigns=[campaign]))) == ["earn[0]", "campaigns[0]"]
    assert list(rewards_of(programme_of(referral={"percent": 5}))) == ["earn[0]", "referral"]
    welcomed = programme_of(referral={"percent": 5, "welcome": {"amount": 3}})
    assert list(rewards_of(welcomed)) == ["earn[0]", "referral", "referral.welcome"]


def test_ids_of_all_kinds_of_parts_are_taken() -> None:
    """So that a new part of the console gets none that stands in the ledger already."""
    programme = programme_of(
        campaigns=[{"id": "summer", "starts": "2026-06-21", "ends": "2026-11-30", "multiply": {"cashback": 3}}],
        cards=[{"id": "cups", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}}],
        goals=[{"id": "often", "measure": "orders", "target": 3, "reward": {"amount": 4}}],
        boards=[{"id": "best", "measure": "spend", "per": "month", "top": 3}],
        levels={"steps": [{"id": "green", "at": 0}]},
    )
    assert programme.part_ids == {"cashback", "summer", "cups", "often", "best", "green"}
    assert programme_of().part_ids == {"cashback"}


SALE = {"id": "sale", "starts": "2026-11-27", "ends": "2026-11-30", "multiply": {"cashback": 2}}


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        # What is so only since a currency is wrong is told by the currency alone.
        (
            document(currency="EURO", earn=[{"id": "a", "amount": {"EURO": 5, "CHF": 5}}]),
            ["currency must be an ISO 4217 code such as EUR, got 'EURO'"],
        ),
        # Nor is anything said of a day that nobody has written, or of the order of numbers one of which is missing.
        (
            document(campaigns=[SALE | {"starts": "2026-11-27 18:00"}]),
            ["campaigns[0].starts must be a date such as 2027-01-15, got '2026-11-27 18:00'"],
        ),
        # A day that is wrong by itself is told, and so is the order of numbers that were all read.
        (
            document(campaigns=[SALE | {"starts": "abc", "ends": "1999-01-01"}]),
            [
                "campaigns[0].starts must be a date such as 2027-01-15, got 'abc'",
                "campaigns[0].ends must be between 2000-01-01 and 2999-12-31, got 1999-01-01",
            ],
        ),
        (
            document(
                levels={
                    "steps": [
                        {"id": "green", "at": 0, "flags": [1]},
                        {"id": "black", "at": 500},
                        {"id": "white", "at": 200},
                    ]
                }
            ),
            ["levels.steps[0].flags[0] must be text, got 1", "levels.steps must begin with at: 0 and rise"],
        ),
        (document(campaigns=[{**SALE, "starts": None}]), ["campaigns[0].starts must be a date such as 2027-01-15"]),
        (
            document(levels={"steps": [{"id": "green"}, {"id": "black"}]}),
            ["levels.steps[0].at must be given", "levels.steps[1].at must be given"],
        ),
        (
            document(earn=[{"id": "basket", "ladder": [{"amount": 3}, {"at": "a lot", "amount": 5}]}]),
            ["earn[0].ladder[0].at must be given", "earn[0].ladder[1].at must be a number, got 'a lot'"],
        ),
        (
            document(referral={"percent": 10, "ladder": [{"percent": 12}, 5]}),
            [
                "referral.ladder[0].bonuses must be given",
                "referral.ladder[1] must be a mapping, got 5; its fields are bonuses, percent, amount",
            ],
        ),
        (
            document(levels={"steps": [{"id": "green", "at": 5, "perks": 5}, {"id": "black", "at": 4}]}),
            ["levels.steps[0].perks must be a mapping, got 5", "levels.steps must begin with at: 0 and rise"],
        ),
        (
            document(currency="EURO", currencies=["USD"], earn=[CASHBACK | {"budget": {"USD": 5, "EURO": 5}}]),
            ["currency must be an ISO 4217 code such as EUR, got 'EURO'"],
        ),
        (
            document(currencies=[5, "USD"], earn=[CASHBACK | {"cap": {"CHF": 5}}]),
            ["currencies[0] must be text, got 5"],
        ),
        # No rates stand without a percent; a misspelt minimum has nothing to do with them.
        (
            earning(percent="x", rates=[{"match": {"skus": ["A"]}, "percent": 5}]),
            ["earn[0].percent must be a number, got 'x'"],
        ),
        (
            earning(percent=None, amount=5, minimum="x", rates=[{"match": {"skus": ["A"]}, "percent": 5}]),
            [
                "earn[0].minimum must be a number, got 'x'",
                "earn[0].rates must come with a percent; a fixed amount has no rates",
            ],
        ),
        # From when until when a rule's own reward can be spent hangs together, and with nothing else.
        (
            earning(expire_from="vesting", expire_days="x"),
            ["earn[0].expire_days must be a whole number or null, got 'x'"],
        ),
        (
            earning(minimum="x", expire_days=0),
            [
                "earn[0].minimum must be a number, got 'x'",
                "earn[0].expire_days must be between 1 and 3650, got 0",
            ],
        ),
        (
            document(earn=[CASHBACK | {"vest_days": "x"}, CASHBACK | {"id": "b", "expire_days": 0}]),
            [
                "earn[0].vest_days must be a whole number, got 'x'",
                "earn[1].expire_days must be between 1 and 3650, got 0",
            ],
        ),
    ],
)
def test_no_problem_is_told_that_another_one_makes_and_all_others_are(draft: dict[str, Any], told: list[str]) -> None:
    assert problems(draft) == told


NAMED: dict[str, Any] = {
    "assets": {"points": {"name": {"en": "Leaves"}}},
    "earn": [
        CASHBACK | {"name": {"en": "Piggy bank"}},
        {"id": "a", "on": "review", "give": 5, "of": "points"},
        {"id": "b", "on": "review", "give": 5, "of": "points", "name": {"en": "Thanks for your review"}},
        {"id": "c", "on": "review", "give": 5, "of": "points", "name": {"en": "Another"}},
        {"id": "d", "on": "birthday", "give": 5, "of": "points"},
    ],
    "campaigns": [
        {
            "id": "summer",
            "starts": "2026-06-21",
            "ends": "2026-11-30",
            "multiply": {"cashback": 3},
            "name": {"en": "Sun"},
        }
    ],
    "cards": [{"id": "cups", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}, "name": {"en": "Cups"}}],
    "goals": [
        {"id": "often", "measure": "orders", "target": 3, "badge": {"en": "Regular"}},
        {"id": "twice", "measure": "orders", "target": 2, "badge": {"en": "Twice"}, "name": {"en": "Two orders"}},
    ],
    "boards": [{"id": "best", "measure": "spend", "per": "month", "top": 3, "name": {"en": "Top three"}}],
    "levels": {"steps": [{"id": "green", "at": 0, "name": {"en": "Green"}}, {"id": "black", "at": 9}]},
}


@pytest.mark.parametrize(
    ("part", "name", "shown"),
    [
        ("rule", "cashback", "Piggy bank"),
        ("rule", "summer", "Sun"),
        ("rule", "a", None),
        ("rule", "cups", None),
        ("activity", "review", "Thanks for your review"),  # of three rules for it the first that has a name
        ("activity", "birthday", None),
        ("goal", "often", "Regular"),
        ("goal", "twice", "Two orders"),
        ("goal", "gone", None),
        ("asset", "points", "Leaves"),
        ("asset", "stars", None),
        ("level", "green", "Green"),
        ("level", "black", None),
        ("card", "cups", "Cups"),
        ("board", "best", "Top three"),
    ],
)
def test_shoppers_read_the_name_of_a_part_in_place_of_its_id(part: Any, name: str, shown: str | None) -> None:
    assert programme_of(**NAMED).names_of(part, name) == ({"en": shown} if shown else {})


def test_a_programme_without_levels_has_no_name_for_one() -> None:
    """An old statement may name a level that the programme in force has not."""
    assert programme_of().names_of("level", "green") == {}


def test_a_published_text_that_is_no_programme_is_refused_and_not_read_in_part() -> None:
    with pytest.raises(InvalidProgramme, match="earnings is not a field"):
        published('{"name": "Club", "currency": "EUR", "landing": {"page": "", "hosts": []}, "earnings": []}')


CARDS, GOALS, LEVELS = (NAMED[name] for name in ("cards", "goals", "levels"))
LIMITED = CASHBACK | {"limits": [{"amount": 5, "per": "day"}]}
SUMMER: dict[str, Any] = {"id": "s", "starts": "2026-06-21", "ends": "2026-11-30", "multiply": {"cashback": 3}}
AUDIENCE = {"audience": {"segments": ["best"]}}
SEGMENTS = {"best": {"money": [4, 5]}}


@pytest.mark.parametrize(
    ("parts", "asked"),
    [
        ({}, set()),
        ({"cards": CARDS}, {"has_awards"}),
        ({"goals": GOALS}, {"has_awards"}),
        ({"levels": LEVELS}, {"has_awards"}),
        ({"earn": [CASHBACK | {"id": "a"}, LIMITED]}, {"has_limits"}),
        ({"earn": [CASHBACK | {"budget": 0}]}, {"has_limits"}),
        ({"campaigns": [SUMMER]}, set()),
        ({"campaigns": [SUMMER | {"budget": 5}]}, {"has_limits"}),
        ({"referral": {"percent": 5}}, set()),
        ({"referral": {"percent": 5, "review": {}}}, {"reviews_bonuses"}),
        ({"segments": SEGMENTS}, {"counts_days"}),
        ({"segments": SEGMENTS, "campaigns": [SUMMER, SUMMER | {"id": "t"} | AUDIENCE]}, {"counts_days"}),
        ({"campaigns": [SUMMER, SUMMER | {"id": "t", "audience": {"segments": ["loyal"]}}]}, {"counts_days"}),
    ],
)
def test_a_programme_asks_for_no_more_than_its_parts_need(parts: dict[str, Any], asked: set[str]) -> None:
    programme = programme_of(**parts)
    questions = ("has_awards", "has_limits", "reviews_bonuses", "counts_days")
    assert {question for question in questions if getattr(programme, question)} == asked


def test_the_catalogue_labels_lines_by_sku_and_by_product() -> None:
    entries = [
        {"skus": ["A", "B"], "tags": ["new"], "categories": ["tea"]},
        {"skus": ["A"], "products": ["p1"], "collections": ["gifts"]},
    ]
    skus, products = programme_of(catalogue=entries).labels_by_product
    first = ["category:tea", "tag:new"]
    assert skus == {"A": [*first, "collection:gifts"], "B": first}
    assert products == {"p1": ["collection:gifts"]}


def test_beside_a_currency_that_does_not_exist_sums_are_told_in_the_programmes_own() -> None:
    """A yen has no parts, and a programme in yen is no programme in euros since one of its others is misspelt."""
    amount = {"JPY": Decimal("5.5"), "USD": Decimal("5.555"), "EURO": 5}
    draft = document(currency="JPY", currencies=["EURO", "USD"], earn=[{"id": "a", "amount": amount}])
    parts = "without smaller parts than its minor unit"
    assert problems(draft) == [
        "currencies[0] must be an ISO 4217 code such as EUR, got 'EURO'",
        f"earn[0].amount.JPY must be an amount of JPY {parts}, got 5.5",
        f"earn[0].amount.USD must be an amount of USD {parts}, got 5.555",
    ]


def test_a_programme_without_levels_has_no_thresholds() -> None:
    assert programme_of().level_thresholds == []
    steps = [{"id": "green", "at": 0}, {"id": "black", "at": 200}]
    assert programme_of(levels={"steps": steps}).level_thresholds == [0, 20_000]


def test_the_check_of_a_document_of_problems_alone_ends() -> None:
    unknown = {f"x{number}": 1 for number in range(500)}
    assert len(problems({**document(), **unknown})) <= 101


@pytest.mark.parametrize("draft", [None, [], "x", 5, [{"earn": []}]])
def test_what_is_no_document_is_told_so(draft: Any) -> None:
    (problem,) = problems(draft)
    assert problem.startswith("a programme must be a mapping")


def test_sums_in_a_currency_that_does_not_exist_are_told_by_the_currency() -> None:
    """Any fixed sum beside a wrong currency was refused as a wrong request, without the other problems."""
    draft = document(currency="EURO", earn=[CASHBACK | {"percent": None, "amount": 5}], name=" ")
    assert problems(draft) == [
        "currency must be an ISO 4217 code such as EUR, got 'EURO'",
        "name must not be empty",
    ]


PARTS = ["name", "currency", "landing", "earn", "referral", "spending", "timezone", "catalogue"]
ANY: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.sampled_from([[], {}, [{}]])
)


RULE = st.dictionaries(st.sampled_from([*FIELDS, "x"]), ANY, max_size=4)


@given(st.dictionaries(st.sampled_from(PARTS), ANY, max_size=4), st.lists(RULE, max_size=2))
def test_whatever_is_stated_is_read_or_refused(parts: Any, rules: Any) -> None:
    try:
        parse({**document(), "earn": rules, **parts})
        told = ["nothing is wrong"]
    except InvalidProgramme as refused:
        told = refused.problems
    assert told
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(("measures", "counts"), [((), False), (("orders",), False), (("orders", "weeks"), True)])
def test_weeks_are_counted_where_any_goal_is_of_weeks(measures: tuple[str, ...], counts: bool) -> None:
    goals = [{"id": f"by-{name}", "measure": name, "target": 2, "reward": {"amount": 1}} for name in measures]
    per = [goal | ({} if goal["measure"] == "weeks" else {"per": "month"}) for goal in goals]
    assert programme_of(goals=per).counts_weeks is counts


def test_what_is_refused_since_it_was_published_reads_as_it_did() -> None:
    """A campaign's days to wait beside no expiry did nothing; the rule still expires as its asset does."""
    points = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
    sale = SALE | {"multiply": {"leaves": 2}}
    parts = {"assets": {"points": {"expire_days": 365}}, "earn": [points]}
    before = document(**parts, campaigns=[sale | {"vest_days": 30}])
    with pytest.raises(InvalidProgramme, match="must stand beside an expiry"):
        parse(before)
    assert unchecked(before).earn == parse(document(**parts, campaigns=[sale])).earn
    assert unchecked(before).earn[0].expire_days == 365
    with pytest.raises(InvalidProgramme, match="must be a mapping"):
        unchecked([])
