"""The programme over HTTP: published as YAML or JSON, read exactly, compared, and in force when it says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.edge import yaml_document
from chalicelib.edge.yaml_document import MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_VALUES, read_document
from tests.edge.conftest import PROGRAMME, Answer, Shop

LEAD_S = 2
"""Twice the fixture's RISTOURNE_CACHE_SECONDS."""

DOCUMENT: dict[str, Any] = {
    "name": "Edge Shop",
    "currency": "EUR",
    "landing": {"page": "https://shop.example/", "hosts": ["shop.example"]},
    "earn": [{"id": "cashback", "percent": 5}],
}


def utc(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")


def second(shop: Shop, document: str = PROGRAMME, query: str = "", expected: str = "1") -> Answer:
    return shop.call("PUT", f"/v1/programme{query}", document, shop.admin, If_Match=expected)


def shown(shop: Shop, query: str = "") -> Any:
    return shop.call("GET", f"/v1/programme{query}", key=shop.admin).json


def refused(shop: Shop, document: Any) -> list[str]:
    answer = shop.call("PUT", "/v1/programme", document, shop.admin)
    assert answer.problem == (422, "invalid_programme")
    assert shop.call("GET", "/v1/programme", key=shop.admin).problem == (404, "not_found")
    problems: list[str] = answer.json["problems"]
    assert answer.detail == "; ".join(problems)
    return problems


def test_the_first_version_holds_at_once(shop: Shop) -> None:
    now = shop.now
    published = shop.publish().json
    assert published["number"] == 1
    assert utc(now) <= published["effective_at"] <= utc(shop.now)
    assert shown(shop)["in_force"] == 1


def test_a_programme_is_given_back_as_it_was_written(shop: Shop) -> None:
    source = "# ours: é 😀\n" + PROGRAMME
    shop.publish(source)
    assert shown(shop)["source"] == source


def test_words_that_yaml_takes_for_truth_are_names_of_fields() -> None:
    """`on: review` is a rule for an activity, `no` the code of Norwegian."""
    assert read_document(b"on: review\nname: {no: blad, on: x}\ntest_orders: yes") == {
        "on": "review",
        "name": {"no": "blad", "on": "x"},
        "test_orders": True,
    }


def test_json_is_taken_as_it_is_yaml(shop: Shop) -> None:
    assert shop.publish(json.dumps(DOCUMENT)).status == 200
    assert shop.publish(json.dumps(DOCUMENT), Content_Type="application/json; charset=utf-8").status == 412


@pytest.mark.parametrize(
    "kind", ["application/yaml", "application/json", "text/plain", "application/yaml; charset=utf-8"]
)
def test_the_content_type_of_a_programme_does_not_matter(shop: Shop, kind: str) -> None:
    assert shop.publish(PROGRAMME, Content_Type=kind).status == 200


@pytest.mark.parametrize(
    ("percent", "earned"), [("2.675", 27), ("2.5", 25), ("0.1", 1), ('"2.675"', 27), ("2.6750", 27), ("+3", 30)]
)
def test_a_number_is_what_was_written_and_never_a_float(shop: Shop, percent: str, earned: int) -> None:
    shop.publish(PROGRAMME.replace("percent: 5}", f"percent: {percent}}}"))
    shop.connect()
    shop.buy(1, total="10.00")
    assert shop.available("acme.1") == earned


def test_every_problem_is_told_at_once_with_its_path_and_the_value(shop: Shop) -> None:
    wrong = DOCUMENT | {"currency": "EURO", "timezone": "Mars", "earn": [{"id": "a", "percent": 250}, {"id": "a"}]}
    assert refused(shop, wrong) == [
        "currency must be an ISO 4217 code such as EUR, got 'EURO'",
        "timezone must be an IANA zone such as Europe/Paris, got 'Mars'",
        "earn[0].percent must be between 0 and 100, got 250",
        "earn[1].id must be unique, got 'a'",
        "earn[1] must have a percent, an amount, give and of, or a ladder",
    ]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("", "a programme must be a mapping"),
        ("[]", "a programme must be a mapping"),
        ("null", "a programme must be a mapping"),
        ("5", "a programme must be a mapping, got 5"),
        ("name: [", "line 1"),
        ("a: b: c", "line 1"),
        ("--- a\n--- b", "another document"),
        ("a: &x 1\nb: *x", "line 2: the alias *x is not taken"),
        ("a: &a [*a]", "line 1: the alias *a is not taken"),
        ("!!python/object/apply:os.system ['id']", "python/object/apply:os.system is not taken"),
        ("!!python/name:os.system", "is not taken"),
        ("a: !!binary aGk=", "the tag tag:yaml.org,2002:binary is not taken"),
        ("a: !!bool x", "the tag tag:yaml.org,2002:bool is not taken"),
        ("a: !!set {x}", "is not taken"),
        ("a: !foo x", "the tag !foo is not taken"),
        ("percent: .inf", "line 1: .inf is not a plain decimal number"),
        ("percent: -.INF", "is not a plain decimal number"),
        ("percent: .nan", "is not a plain decimal number"),
        ("percent: 010", "line 1: 010 is not a plain decimal number"),
        ("percent: 0x10", "is not a plain decimal number"),
        ("percent: 0b1", "is not a plain decimal number"),
        ("percent: 1:30", "is not a plain decimal number"),
        ("percent: 1:30.5", "is not a plain decimal number"),
        ("percent: 1_000", "is not a plain decimal number"),
        ("percent: 1.0e+999999999", "is not a plain decimal number"),
        (f"percent: {'9' * 5000}", "is not a plain decimal number"),
        (f"percent: 0.{'9' * 5000}", "is not a plain decimal number"),
        ("name: a\nname: b", "line 2: name stands twice"),
        ("earn: [{id: a, id: b}]", "line 1: id stands twice"),
        ('{"name": "a", "name": "b"}', "name stands twice"),
        (
            "earn:\n  - {id: a, percent: 5,5}",
            "line 2: 5,5 is cut at its comma: write decimals after a point, as in 2.5, and thousands without a comma",
        ),
        ("earn: [{minimum: 1,500, id: a}]", "line 1: 1,500 is cut at its comma"),
        ("earn: [{minimum: 1, 500: a}]", "line 1: the name of a field must be text; put it in quotes"),
        ("1: 2", "line 1: the name of a field must be text"),
        ("? [a]\n: b", "line 1: the name of a field must be text"),
        ("<<: {name: a}", "line 1: the name of a field must be text"),
        ("=", "line 1"),
        ("\x00", "unacceptable character"),
        ("[" * 5000, "nested too deeply"),
        ("{a: " * 5000, "nested too deeply"),
        ("- " * 5000, "nested too deeply"),
        (b"\xff\xfe\xff", "UTF-8"),
        (b"name: \xe9", "UTF-8"),
        ("# A gateway has decoded it.\nname: Caf\ufffd", "in UTF-8: line 2: a character is no UTF-8"),
        ('{"name": "Caf\ufffd"}', "in UTF-8: line 1: a character is no UTF-8"),
    ],
)
def test_what_is_no_plain_document_is_refused_with_the_line_and_the_reason(
    shop: Shop, document: Any, says: str
) -> None:
    (problem,) = refused(shop, document)
    assert says in problem
    assert len(problem) < 300


def test_a_version_with_a_character_that_was_no_utf_8_can_be_replaced(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway had decoded it before such documents were refused."""
    with monkeypatch.context() as before:
        before.setattr(yaml_document, "REPLACED", "\0")
        assert shop.publish(f"# Caf\ufffd\n{PROGRAMME}").status == 200
    assert shop.publish(PROGRAMME, If_Match='"1"').status == 200
    assert shop.call("GET", "/v1/programme", key=shop.admin).status == 200


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"nam": "x"}, "nam is not a field of a programme"),
        ({"name": None}, "name must be text"),
        ({"name": " "}, "name must not be empty"),
        ({"name": True}, 'name must be text in quotes, such as "yes", got true'),
        ({"earn": {}}, "earn must be a list"),
        ({"earn": [{}]}, "earn[0].id must be given"),
        ({"earn": [{"id": "a", "percent": -1}]}, "earn[0].percent must be between 0 and 100, got -1"),
        ({"earn": [{"id": "a", "percent": "NaN"}]}, "earn[0].percent must be between 0 and 100"),
        (
            {"earn": [{"id": "a", "amount": {"USD": 1}}]},
            "earn[0].amount.USD must be in one of the programme's currencies",
        ),
        ({"earn": [{"id": "a", "amount": 1.005}]}, "earn[0].amount must be an amount of EUR without smaller parts"),
        ({"earn": [{"id": "a", "percent": 5, "vest_days": 1.5}]}, "earn[0].vest_days must be a whole number"),
        ({"currencies": [False]}, "currencies[0] must be text"),
        (
            {"landing": {"page": "http://shop.example/", "hosts": ["shop.example"]}},
            "landing.page must be an https address",
        ),
        (
            {"landing": {"page": "https://evil.example/", "hosts": ["shop.example"]}},
            "landing.page must be an https address",
        ),
        ({"landing": {"page": "https://a@shop.example/", "hosts": ["shop.example"]}}, "landing.page must be an https"),
        (
            {"landing": {"page": "https://shop.example/\r\nX: y", "hosts": ["shop.example"]}},
            "landing.page must have no control character; it has U+000D",
        ),
        (
            {"landing": {"page": "https://shop.example\\@evil.example", "hosts": ["shop.example"]}},
            "landing.page must be",
        ),
        ({"landing": {"page": "javascript:alert(1)", "hosts": ["shop.example"]}}, "landing.page must be an https"),
        ({"landing": {"page": "//shop.example/", "hosts": ["shop.example"]}}, "landing.page must be an https address"),
        ({"landing": {"page": "https://shop.example/", "hosts": ["*"]}}, "landing.hosts[0] must be a host name"),
    ],
)
def test_a_rule_that_is_wrong_is_named_by_its_path(shop: Shop, change: Any, says: str) -> None:
    assert any(problem.startswith(says) for problem in refused(shop, DOCUMENT | change))


def test_a_document_must_fit_its_item(shop: Shop) -> None:
    fits = PROGRAMME + "#" * (MAX_DOCUMENT_BYTES - len(PROGRAMME.encode()))
    assert shop.publish(fits + "#").problem == (413, "too_large")
    assert shop.publish(fits).status == 200


def filled(length: int) -> str:
    """A programme with as many texts of `length` as fit, in braces, which makes it JSON."""
    head = json.dumps(DOCUMENT)[:-1] + ', "catalogue": [{"skus": ["'
    item = "a" * length
    return head + '","'.join([item] * ((MAX_DOCUMENT_BYTES - len(head) - 5) // (length + 3))) + '"]}]}'


def test_a_document_of_as_many_bytes_and_values_as_may_be_still_fits(shop: Shop) -> None:
    assert shop.publish(filled(1)).status == 200
    (stored,) = [item for item in shop.items() if item["k"]["S"] == "programme"]
    assert sum(len(value["S"].encode()) for value in stored.values() if "S" in value) < 400_000


def test_yaml_may_have_so_many_values(shop: Shop) -> None:
    """Reading it takes Python a tenth of a millisecond for each."""

    def of(values: int) -> str:
        return PROGRAMME + "catalogue: [{skus: [" + "a," * values + "a]}]"

    refused = shop.publish(of(MAX_VALUES))
    assert refused.status == 422
    assert f"it has more than {MAX_VALUES} values" in refused.detail
    assert shop.publish(of(MAX_VALUES - 100)).status == 200


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A 1 for each value of a YAML document that was looked at."""
    values = list[int]()
    compose = yaml.SafeLoader.compose_node

    def counted(*node: Any) -> Any:
        values.append(1)
        return compose(*node)

    monkeypatch.setattr(yaml.SafeLoader, "compose_node", counted)
    return values


@pytest.mark.parametrize("shape", ["[1,{}1]", "{{a: [1,{}1]}}", "- [1,{}1]\n"])
def test_no_document_is_read_beyond_so_many_values(shape: str, composed: list[int]) -> None:
    with pytest.raises(InvalidProgramme, match="values"):
        read_document(shape.format("1," * 60_000).encode())
    assert len(composed) <= MAX_VALUES


@pytest.mark.parametrize("nesting", ["[", "{a: ", "- ", '{"a":', "? "])
def test_no_document_is_read_deeper_than_any_programme_is(nesting: str, composed: list[int]) -> None:
    with pytest.raises(InvalidProgramme, match="nested too deeply"):
        read_document((nesting * 40_000).encode())
    assert len(composed) <= 2 * MAX_DEPTH + 1


TEA = "Acme Tea \U0001f375"


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(DOCUMENT | {"name": TEA}),
        json.dumps(DOCUMENT | {"name": TEA}, ensure_ascii=False),
        json.dumps(DOCUMENT | {"name": TEA}, indent="\t"),
        PROGRAMME.replace("Edge Shop", '"Acme Tea \\ud83c\\udf75"'),
        PROGRAMME.replace("Edge Shop", '"Acme Tea \\U0001f375"'),
        PROGRAMME.replace("Edge Shop", TEA),
    ],
    ids=["json-escaped", "json", "json-tabs", "yaml-pair", "yaml-escaped", "yaml"],
)
def test_a_name_may_have_an_emoji_however_it_is_written(shop: Shop, document: str) -> None:
    assert shop.publish(document).status == 200
    (stored,) = [item for item in shop.items() if item["k"]["S"] == "programme"]
    assert TEA in json.loads(stored["document"]["S"] if "document" in stored else stored["d"]["S"])["name"]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ('"\\ud800"', "the programme must be characters; half a surrogate pair"),
        ('{"\\udfff": 1}', "the name of a field must be characters"),
        (json.dumps(DOCUMENT | {"name": "\ud83c"}), "name must be characters"),
        (json.dumps(DOCUMENT | {"name": "a\x1b[31m"}), "name must have no control character; it has U+001B"),
        (
            json.dumps(DOCUMENT | {"earn": [{"id": "a\u202e"}]}),
            "earn[0].id must have no control character; it has U+202E",
        ),
        ('name: "a\\r\\n"', "name must have no control character; it has U+000D"),
        ('{"name": 1e400}', "1e400 is not a plain decimal number"),
        ('{"name": NaN}', "NaN is not a plain decimal number"),
        ('{"earn": [{"id": "a", "id": "b"}]}', "id stands twice"),
    ],
)
def test_what_no_text_or_number_is_has_its_field_named(shop: Shop, document: str, says: str) -> None:
    (problem,) = refused(shop, document)
    assert says in problem


def test_the_next_version_names_the_one_it_follows(shop: Shop) -> None:
    shop.publish()
    for expected in ("0", "2", "7"):
        assert second(shop, expected=expected).problem == (412, "version_mismatch")
    assert shop.call("PUT", "/v1/programme", PROGRAMME, shop.admin).problem == (412, "version_mismatch")
    assert second(shop).json["number"] == 2
    assert second(shop).problem == (412, "version_mismatch")  # somebody else was faster


@pytest.mark.parametrize("expected", ["1", '"1"', ' "1" '])
def test_the_number_may_stand_in_the_quotes_of_an_etag(shop: Shop, expected: str) -> None:
    shop.publish()
    assert second(shop, expected=expected).status == 200


def test_a_second_version_without_if_match_is_told_which_header_to_send(shop: Shop) -> None:
    assert shop.publish(PROGRAMME).status == 200
    answer = shop.call("PUT", "/v1/programme", PROGRAMME, shop.admin)
    assert answer.problem == (412, "version_mismatch")
    assert answer.detail == "the newest version is 1: read it, and send its number as the header If-Match"


@pytest.mark.parametrize("expected", ["x", "-1", "1.0", "*", 'W/"1"', "1" * 7, ""])
def test_an_if_match_that_is_no_number_is_refused(shop: Shop, expected: str) -> None:
    shop.publish()
    answer = second(shop, expected=expected)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("If-Match must be the number of the newest version")


def test_a_later_version_waits_until_every_cache_knows_of_it(shop: Shop) -> None:
    shop.publish()
    before = shop.now
    assert second(shop).json["effective_at"] >= utc(before + LEAD_S)
    assert (shown(shop)["in_force"], shown(shop)["newest"]) == (1, 2)
    shop.later_s = LEAD_S + 2
    assert (shown(shop)["in_force"], shown(shop)["newest"]) == (2, 2)


def test_a_version_holds_for_orders_paid_from_its_instant_on(shop: Shop) -> None:
    shop.publish()
    shop.connect()
    late = shop.order(1, 1)
    second(shop, PROGRAMME.replace("percent: 5", "percent: 7"))
    shop.later_s = LEAD_S + 3
    shop.buy(2, 2)
    shop.hear(late)
    assert (shop.available("acme.1"), shop.available("acme.2")) == (500, 700)


def test_an_instant_may_be_stated_with_its_zone(shop: Shop) -> None:
    shop.publish()
    answer = second(shop, query="?effective_at=2999-01-01T02:00:00%2B02:00")
    assert answer.json["effective_at"] == "2999-01-01T00:00:00Z"


NO_INSTANTS = ["now", "", "1", "%00", "2999-01-01", "2999-01-01T00:00:00", "2999-13-01T00:00:00Z"]
NO_INSTANTS += ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2999-01-01T00:00:00%2B99:00"]


def test_an_instant_without_a_zone_or_out_of_all_calendars_is_refused(shop: Shop) -> None:
    for instant in NO_INSTANTS:
        answer = shop.call("PUT", f"/v1/programme?effective_at={instant}", PROGRAMME, shop.admin)
        assert answer.problem == (400, "invalid_input"), instant
        assert answer.detail.startswith("effective_at must be a time with its zone such as 2027-01-01T00:00:00Z")


def test_the_first_version_may_hold_for_the_past_and_a_later_one_may_not(shop: Shop) -> None:
    query = "?effective_at=2020-01-01T00:00:00Z"
    assert (
        shop.call("PUT", f"/v1/programme{query}", PROGRAMME, shop.admin).json["effective_at"] == "2020-01-01T00:00:00Z"
    )
    answer = second(shop, query=query)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("effective_at must be ")


def test_versions_are_listed_and_compared(shop: Shop) -> None:
    shop.publish()
    second(shop, PROGRAMME.replace("percent: 5", "percent: 7"))
    listed = shop.call("GET", "/v1/programme/versions?from=1&to=2", key=shop.admin).json
    assert [version["number"] for version in listed["versions"]] == [1, 2]
    lines = listed["changes"].splitlines()
    assert lines[:2] == ["--- version 1", "+++ version 2"]
    assert [line.rstrip(",").split() for line in lines if line[0] in "+-" and line[1] == " "] == [
        ["-", '"percent":', '"5"'],
        ["+", '"percent":', '"7"'],
    ]


def test_a_misspelt_parameter_publishes_nothing(open_shop: Shop) -> None:
    """Next year's programme came into force two minutes later."""
    answer = second(open_shop, query="?effective-at=2999-01-01T00:00:00Z")
    assert answer.status == 400
    assert answer.json["detail"] == (
        "query must name parameters of the route (effective_at), got 'effective-at'; did you mean effective_at?"
    )
    assert len(open_shop.call("GET", "/v1/programme/versions", key=open_shop.admin).json["versions"]) == 1
    answer = open_shop.call("GET", "/v1/members/acme.1?locale=fr", key=open_shop.storefront)
    assert answer.json["detail"] == "query must be left out, since the route has no parameters, got 'locale'"


def test_routes_without_a_key_refuse_what_they_have_not_and_public_documents_take_any(open_shop: Shop) -> None:
    """`/v1/offers?local=fr` was answered in another language than the one that was meant."""
    answer = open_shop.call("GET", "/v1/offers?local=fr")
    assert (answer.problem, answer.detail) == (
        (400, "invalid_input"),
        "query must name parameters of the route (locale), got 'local'; did you mean locale?",
    )
    assert "must stand once" in open_shop.call("GET", "/v1/offers?locale=fr&locale=en").detail
    session = {"connection": "acme", "customer": "1", "at": 1, "proof": ""}
    assert "the route has no parameters" in open_shop.call("POST", "/v1/session?locale=fr", session).detail
    for path in ("/health", "/openapi.json", "/widget.js", "/docs"):
        assert open_shop.call("GET", f"{path}?v=2").status == 200


@pytest.mark.parametrize("twice", ["limit=1&limit=2", "locale=fr&limit=1&limit=1"])
def test_a_parameter_that_stands_twice_is_refused_as_a_field_is(open_shop: Shop, twice: str) -> None:
    answer = open_shop.call("GET", f"/v1/members/acme.1/statement?{twice}", key=open_shop.storefront)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail == "limit must stand once in the query"
    assert open_shop.call("GET", "/health?limit=1&limit=2").status == 200


@pytest.mark.parametrize("query", ["?from=1&to=1", "", "?from=2&to=2"])
def test_what_does_not_differ_has_no_changes(shop: Shop, query: str) -> None:
    shop.publish()
    second(shop)
    assert shop.call("GET", f"/v1/programme/versions{query}", key=shop.admin).json["changes"] == ""


def test_an_old_version_can_be_read(shop: Shop) -> None:
    shop.publish()
    second(shop, PROGRAMME + "# two")
    assert shown(shop, "?number=1")["source"] == PROGRAMME
    assert shown(shop)["source"] == PROGRAMME + "# two"


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("?number=3", (404, "not_found")),
        ("?number=0", (400, "invalid_input")),
        ("?number=x", (400, "invalid_input")),
        ("?number=10001", (400, "invalid_input")),
        ("/versions?from=3&to=1", (404, "not_found")),
        ("/versions?from=0&to=1", (400, "invalid_input")),
        ("/versions?from=1&to=-1", (400, "invalid_input")),
    ],
)
def test_a_version_that_is_not_there_is_said_to_be_so(shop: Shop, path: str, problem: tuple[int, str]) -> None:
    shop.publish()
    assert shop.call("GET", f"/v1/programme{path}", key=shop.admin).problem == problem


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=1", "to must stand beside `from`, since two versions are compared"),
        ("to=1", "from must stand beside `to`, since two versions are compared"),
    ],
)
def test_one_end_of_a_comparison_says_that_the_other_is_missing(shop: Shop, query: str, says: str) -> None:
    """docs/openapi.json: what changed between any two is listed with `?from=` and `?to=`."""
    shop.publish()
    answer = shop.call("GET", f"/v1/programme/versions?{query}", key=shop.admin)
    assert (answer.problem, answer.detail) == ((400, "invalid_input"), says)


def test_before_the_first_programme_there_is_nothing(shop: Shop) -> None:
    assert shop.call("GET", "/v1/programme", key=shop.admin).problem == (404, "not_found")
    listed = shop.call("GET", "/v1/programme/versions", key=shop.admin).json
    assert listed == {"versions": [], "in_force": 0, "changes": ""}
    assert shop.call("GET", "/v1/programme/versions?from=1&to=1", key=shop.admin).problem == (404, "not_found")


def test_what_is_allowed_and_probably_not_meant_is_answered(shop: Shop) -> None:
    document = PROGRAMME.replace("percent: 5", "percent: 0.05")
    gift, percent, landing = shop.call("PUT", "/v1/programme", document, shop.admin).json["warnings"]
    assert gift.startswith("A friend's order of 0.01 EUR is enough for the welcome gift of 3.00 EUR")
    assert percent == "Less than one percent: earn[0].percent is 0.05; for 5 percent write 5"
    assert landing.startswith("The page of your shop is on shop.example, which is reserved for examples")
    own = PROGRAMME.replace("shop.example", "tea.fr").replace(
        "  percent: 10", "  percent: 10\n  qualifies: {minimum: 20}"
    )
    assert shop.call("PUT", "/v1/programme", own, shop.admin, If_Match='"1"').json["warnings"] == []


def test_levels_by_an_asset_that_was_given_before_are_answered_with_what_they_leave_out(shop: Shop) -> None:
    """docs/programme.md: an asset that levels measure is counted from the version on that states it."""
    first = PROGRAMME.replace("shop.example", "tea.fr") + "assets: {points: {}}\n"
    assert "earn:\n" in first
    first = first.replace("earn:\n", "earn:\n  - {id: leaves, give: 1, of: points, per: {EUR: 1}}\n")
    shop.call("PUT", "/v1/programme", first, shop.admin)
    levels = "levels: {measure: points, steps: [{id: green, at: 0}, {id: black, at: 1000}]}\n"
    answer = shop.call("PUT", "/v1/programme", first + levels, shop.admin, If_Match='"1"').json["warnings"]
    assert "every member begins at the lowest" in answer[0]
    again = shop.call("PUT", "/v1/programme", first + levels + "inactive_days: 900\n", shop.admin, If_Match='"2"')
    assert [doubt for doubt in again.json["warnings"] if "begins" in doubt] == []


def test_campaigns_that_are_over_before_a_version_holds_are_not_warned_of(shop: Shop) -> None:
    may = "campaigns: [{id: may, starts: 2026-05-01, ends: 2026-05-20, multiply: {cashback: 2}, holdout: 100}]\n"
    draft = PROGRAMME.replace("shop.example", "tea.fr") + may
    warned = []
    for number, start in enumerate(("2026-05-20T12:00:00Z", "2026-05-21T12:00:00Z")):
        path = f"/v1/programme?effective_at={start}"
        texts = shop.call("PUT", path, draft, shop.admin, If_Match=f'"{number}"').json["warnings"]
        warned.append(any("holds everybody out" in text for text in texts))
    assert warned == [True, False]
