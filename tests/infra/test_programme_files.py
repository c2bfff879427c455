"""The documents that a shop starts from, and the schema that its editor reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import parse
from chalicelib.edge.yaml_document import MAX_DOCUMENT_BYTES, read_document
from infra.__main__ import main
from infra.build.artifacts import ROOT
from infra.build.programme_schema import PLACE, schema
from tests.world.builders import document

DEMO = ROOT / "infra" / "demo"
DOCUMENTS = sorted(DEMO.glob("*.yaml"))
VALIDATOR = Draft202012Validator(schema())


def plain(value: Any) -> Any:
    """A document as JSON has it: decimals are numbers."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def problems(value: Any) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(plain(value))]


def test_the_committed_schema_is_what_the_types_say() -> None:
    assert json.loads(PLACE.read_text()) == schema(), "run: ristourne programme schema"
    Draft202012Validator.check_schema(schema())


def test_the_command_writes_the_schema(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    place = tmp_path / "programme.schema.json"
    monkeypatch.setattr("infra.build.programme_schema.PLACE", place)
    assert main(["programme", "schema"]) == 0
    assert json.loads(place.read_text()) == schema()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_of_the_demo_is_good_and_fits_the_schema(path: Any) -> None:
    text = path.read_text()
    assert problems(read_document(text.encode())) == []
    assert parse(read_document(text.encode())).name
    (place,) = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", text, re.MULTILINE)
    assert (path.parent / place).resolve() == PLACE


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all that a document has, whole parts before what is in them."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, value in inner:
        yield (*path, name)
        yield from places(value, (*path, name))


def paths_of_problems(draft: Any) -> list[str]:
    try:
        parse(draft)
    except InvalidProgramme as refused:
        return [problem.field for problem in refused.invalid]
    return []


@pytest.mark.parametrize("wrong", ["poitns", "sNaN", -1, [], {"XXX": 1}, {}, None], ids=repr)
def test_whatever_is_wrong_in_the_document_of_the_demo_is_a_problem_with_a_path(wrong: Any) -> None:
    """Problems of a part are computed from other parts, which may be wrong themselves."""
    demo = read_document((DEMO / "programme.yaml").read_bytes())
    told = 0
    for *way, name in places(demo):
        draft = deepcopy(demo)
        reduce(lambda part, step: part[step], way, draft)[name] = wrong
        paths = paths_of_problems(draft)
        told += bool(paths)
        assert all(paths), (*way, name)
    assert told > 50


def test_the_document_that_shows_every_field_fits_the_schema() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "programme.md").read_text(), re.DOTALL)
    assert problems(read_document(example.encode())) == []


def test_a_document_that_is_too_large_to_be_published_is_not_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large = tmp_path / "large.yaml"
    large.write_bytes((DEMO / "starter.yaml").read_bytes() + b"#" * MAX_DOCUMENT_BYTES)
    assert main(["programme", "check", str(large)]) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err.partition(",")[0]) == ("", "the programme must be at most 131072 bytes")


def test_the_starter_has_eleven_lines_and_passes_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    starter = DEMO / "starter.yaml"
    assert len([line for line in starter.read_text().splitlines() if line]) == 11
    assert main(["programme", "check", str(starter)]) == 0
    assert "An order of 50.00 EUR earns 2.50 EUR; 2 friends" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"earn": [{"id": "a", "procent": 5}]}, "'procent' was unexpected"),
        ({"earn": [{"percent": 5}]}, "'id' is a required property"),
        ({"earn": [{"id": "a", "percent": 101}]}, "101 is greater than the maximum of 100"),
        ({"earn": [{"id": "a", "percent": -1}]}, "-1 is less than the minimum of 0"),
        ({"earn": [{"id": "Gold", "percent": 5}]}, "'Gold' does not match"),
        ({"earn": [{"id": "a" * 33, "percent": 5}]}, "does not match"),
        ({"earn": [{"id": "referral-a", "percent": 5}]}, "'referral-a' does not match"),
        ({"currency": "euro"}, "'euro' does not match"),
        ({"spending": {"max_percent": 101}}, "101 is greater than the maximum of 100"),
        ({"earn": [{"id": "a", "percent": "5 %"}]}, "'5 %' is not valid"),
        ({"combine": "most"}, "'most' is not one of"),
        ({"landing": {"page": "https://shop.example"}}, "'hosts' is a required property"),
    ],
)
def test_an_editor_is_told_what_is_wrong(wrong: dict[str, Any], problem: str) -> None:
    assert any(problem in message for message in problems(document(**wrong)))


def numbered(part: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """So many parts alike, with ids of their own."""
    return [part | {"id": f"n{number}"} for number in range(count)]


def earning(**fields: Any) -> dict[str, Any]:
    return {"earn": [{"id": "a", "percent": 5} | fields]}


def referring(**fields: Any) -> dict[str, Any]:
    return {"referral": {"percent": 10} | fields}


CARD = {"counts": {"orders": True}, "size": 5, "reward": {"amount": 3}}
GOAL = {"measure": "orders", "target": 3, "reward": {"amount": 3}}
BOARD: dict[str, Any] = {"id": "best", "measure": "spend", "top": 100}
MAY: dict[str, Any] = {"id": "may", "starts": "2027-05-01", "ends": "2027-05-31", "multiply": {"a": 2}}
REVIEWED = {"id": "review", "on": "review", "give": 5, "of": "EUR"}
BOUNDED: dict[str, tuple[Callable[[int], dict[str, Any]], int | None, int | None]] = {
    "vest_days": (lambda n: earning(vest_days=n), 0, 3650),
    "expire_days": (lambda n: earning(expire_days=n), 1, 3650),
    "expire_months": (lambda n: earning(expire_months=n), 1, 120),
    "years of vest_date": (lambda n: earning(vest_date=f"{n}-07-01"), 2000, 2999),
    "years of a campaign": (
        lambda n: earning() | {"campaigns": [MAY | {"starts": f"{n}-01-01", "ends": f"{n}-12-31"}]},
        2000,
        2999,
    ),
    "inactive_days": (lambda n: {"inactive_days": n}, 1, 3650),
    "remind_days": (lambda n: {"remind_days": n}, 0, 3650),
    "assets": (lambda n: {"assets": {f"a{number}": {} for number in range(n)}}, None, 5),
    "segments": (lambda n: {"segments": {f"s{number}": {} for number in range(n)}}, None, 20),
    "earn": (lambda n: {"earn": numbered({"percent": 1}, n)}, None, 20),
    "cards": (lambda n: {"cards": numbered(CARD, n)}, None, 5),
    "goals": (lambda n: {"goals": numbered(GOAL, n)}, None, 10),
    "campaigns": (lambda n: earning() | {"campaigns": numbered(MAY, n)}, None, 10),
    "boards": (lambda n: {"boards": numbered(BOARD, n)}, None, 5),
    "decimals": (lambda n: {"assets": {"points": {"decimals": n}}}, 0, 4),
    "members": (
        lambda n: earning() | {"campaigns": [MAY | {"audience": {"members": [f"acme.{k}" for k in range(n)]}}]},
        None,
        200,
    ),
    "top": (lambda n: {"boards": [BOARD | {"top": n}]}, 1, 100),
    "prizes": (lambda n: {"boards": [BOARD | {"prizes": [{"amount": 1}] * n}]}, None, 20),
    "settle_days": (lambda n: {"boards": [BOARD | {"settle_days": n}]}, 0, 60),
    "size": (lambda n: {"cards": [CARD | {"id": "cups", "size": n}]}, 1, 1000),
    "rungs": (lambda n: {"earn": [{"id": "a", "ladder": [{"at": k, "amount": k} for k in range(1, n + 1)]}]}, 1, 10),
    "steps": (lambda n: {"levels": {"steps": [{"id": f"s{k}", "at": k} for k in range(n)]}}, 1, 10),
    "grace_days": (lambda n: {"levels": {"steps": [{"id": "s", "at": 0}], "grace_days": n}}, 0, 92),
    "times": (lambda n: {"earn": [REVIEWED | {"limits": [{"times": n, "per": "month"}]}]}, 1, 10**6),
    "friends": (lambda n: referring(friends=n), 1, 10),
    "window_days": (lambda n: referring(window_days=n), 1, 3650),
    "limit": (lambda n: referring(limit=n), 1, None),
    "steps for friends": (
        lambda n: referring(ladder=[{"bonuses": k, "percent": 1} for k in range(2, n + 2)]),
        None,
        10,
    ),
    "bonuses of a step": (lambda n: referring(ladder=[{"bonuses": n, "percent": 1}]), 2, None),
    "threshold": (lambda n: referring(review={"threshold": n}), 1, 1000),
    "hold_minutes": (lambda n: {"spending": {"hold_minutes": n}}, 1, 10_080),
    "return_days": (lambda n: {"spending": {"return_days": n}}, 0, 3650),
    "bonuses": (lambda n: referring(velocity={"bonuses": n, "days": 1}), 1, 20),
    "days": (lambda n: referring(velocity={"bonuses": 1, "days": n}), 1, 3650),
}
"""A document with a number, or with so many of something, and what it is at least and at the most."""


@pytest.mark.parametrize("name", BOUNDED)
def test_an_editor_and_the_check_draw_the_same_bounds(name: str) -> None:
    of, least, most = BOUNDED[name]
    taken = [number for number in (least, most) if number is not None]
    refused = [least - 1] if least is not None else []
    refused += [most + 1] if most is not None else []
    for number in taken:
        assert (problems(document(**of(number))), paths_of_problems(document(**of(number)))) == ([], [])
    for number in refused:
        assert problems(document(**of(number)))
        assert paths_of_problems(document(**of(number)))
