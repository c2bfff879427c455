"""A programme document is checked as a whole; every sentence names the path, the rule and the value."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme import MAX_RULES, History, Programme, Version, landing_allowed, parse
from tests.builders import CASHBACK, LANDING, document, programme


def problems(stated: Any) -> list[str]:
    with pytest.raises(InvalidProgramme) as refused:
        parse(stated)
    assert str(refused.value) == "; ".join(refused.value.problems)
    return refused.value.problems


def earning(**parts: Any) -> dict[str, Any]:
    return document(earn=[CASHBACK | parts])


def referring(**parts: Any) -> dict[str, Any]:
    return document(referral={"percent": Decimal(10), **parts})


def landing(**parts: Any) -> dict[str, Any]:
    return document(landing=LANDING | parts)


WRONG: dict[str, dict[str, Any]] = {
    "name must not be empty": document(name=" "),
    "name must be text, got 5": document(name=5),
    "currency must be an ISO 4217 code such as EUR, got 'EURO'": document(currency="EURO"),
    "currencies[1] must be an ISO 4217 code such as EUR, got 'XXX'": document(currencies=["USD", "XXX"]),
    "timezone must be an IANA zone such as Europe/Paris, got 'Paris'": document(timezone="Paris"),
    "timezone must be an IANA zone such as Europe/Paris, got '../etc/passwd'": document(timezone="../etc/passwd"),
    "rounding must be one of half_up, half_even, down, got 'up'": document(rounding="up"),
    "combine must be one of sum, best, got 'max'": document(combine="max"),
    "earnings is not a field of a programme; remove it or check its spelling": document(earnings=[]),
    "earn[0].per_cent is not a field of a programme; remove it or check its spelling": earning(per_cent=5),
    "landing must be given": {"name": "Club", "currency": "EUR"},
    "landing.hosts must be given": document(landing={"page": "https://shop.example"}),
    "earn must be a list": document(earn=CASHBACK),
    "earn[0] must be a mapping, got 5": document(earn=[5]),
    f"earn must hold at most {MAX_RULES} rules, got 21": document(earn=[CASHBACK | {"id": f"r{n}"} for n in range(21)]),
    "earn[1].id must be unique, got 'cashback'": document(earn=[CASHBACK, CASHBACK]),
    "earn[0].id must be lower-case letters, digits and dashes, not starting with referral-, got 'Gold'": earning(
        id="Gold"
    ),
    "earn[0].id must be lower-case letters, digits and dashes, not starting with referral-, got 'referral-x'": earning(
        id="referral-x"
    ),
    "earn[0].percent must be between 0 and 100, got 250": earning(percent=250),
    "earn[0].percent must be between 0 and 100, got -1": earning(percent=-1),
    "earn[0].percent must be between 0 and 100, got NaN": earning(percent=Decimal("NaN")),
    "earn[0].percent must have at most 4 decimals, got 1.00001": earning(percent=Decimal("1.00001")),
    "earn[0].percent must be a number or null, got True": earning(percent=True),
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
    "earn[0].exclude.skus must be a list, got 'MUG'": earning(exclude={"skus": "MUG"}),
    "earn[0].vest_days must be between 0 and 3650, got -1": earning(vest_days=-1),
    "earn[0].vest_days must be a whole number, got 1.5": earning(vest_days=Decimal("1.5")),
    "earn[0].expire_days must be more than vest_days and at most 3650, got 14": earning(vest_days=14, expire_days=14),
    "earn[0].expire_days must be more than vest_days and at most 3650, got 3651": earning(expire_days=3651),
    "referral must have either percent or amount": document(referral={}),
    "referral.friends must be between 1 and 10, got 0": referring(friends=0),
    "referral.friends must be between 1 and 10, got 11": referring(friends=11),
    "referral.window_days must be between 1 and 3650, got 0": referring(window_days=0),
    "referral.limit must be 1 or more, got 0": referring(limit=0),
    "referral.qualifies.minimum must be between 0 and 1000000000, got -1": referring(qualifies={"minimum": -1}),
    "referral.welcome must have either percent or amount": referring(welcome={}),
    "referral.welcome.percent must be between 0 and 100, got 101": referring(welcome={"percent": 101}),
    "landing.hosts[0] must be a host name such as shop.example, got 'https://shop.example'": landing(
        hosts=["https://shop.example", "shop.example"]
    ),
    "landing.page must be an https address on one of landing.hosts, got 'https://other.example/'": landing(
        page="https://other.example/"
    ),
    "landing.parameter must be the name of a query parameter, got 'a=b'": landing(parameter="a=b"),
}


@pytest.mark.parametrize(("sentence", "stated"), WRONG.items(), ids=WRONG.keys())
def test_a_wrong_document_is_told_in_one_sentence(sentence: str, stated: dict[str, Any]) -> None:
    assert problems(stated) == [sentence]


@pytest.mark.parametrize(("stated", "shown"), [(None, ""), (5, ", got 5"), ([], ", got []")])
def test_a_document_is_a_mapping(stated: object, shown: str) -> None:
    assert problems(stated) == [f"a programme must be a mapping{shown}"]


def test_all_problems_are_told_at_once_in_document_order() -> None:
    stated = document(
        currency="EURO",
        name="",
        earn=[CASHBACK | {"percent": 250, "vest_days": -1}],
        referral={"percent": 5, "friends": 0},
    )
    assert problems(stated) == [
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
    rule = programme(earn=[{"id": "a", "percent": Decimal("2.50")}]).earn[0]
    assert rule.percent is not None
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
    assert programme(currencies=["USD"]).sum_in(amount, currency) == minor


def test_a_programme_survives_the_table() -> None:
    rule = {**CASHBACK, "cap": {"EUR": Decimal(10)}, "rates": [{"match": {"tags": ["new"]}, "percent": Decimal("7.5")}]}
    stated = programme(
        earn=[rule],
        referral={"amount": Decimal(5), "welcome": {"percent": 3}},
        catalogue=[{"skus": ["A"], "tags": ["new"]}],
    )
    assert msgspec.json.decode(msgspec.json.encode(stated), type=Programme) == stated


def test_a_version_holds_from_its_instant_until_the_next_ones() -> None:
    first, second = (Version(number, effective_at, programme()) for number, effective_at in ((1, 100), (2, 200)))
    history = History((first, second))
    assert [history.at(instant) for instant in (99, 100, 199, 200, 999)] == [None, first, first, second, second]
    assert history.numbered(2) == second
