"""The documents keep step with the code: every command, event, error, route and entity is in them."""

import argparse
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from msgspec import Struct
from msgspec.structs import fields

import app
from chalicelib.domain import errors, events
from chalicelib.domain.commands import Command
from chalicelib.domain.programme.document import Landing, Programme, parse
from chalicelib.domain.programme.kinds import KINDS
from chalicelib.domain.programme.referral import Velocity
from chalicelib.domain.programme.rules import Limit
from chalicelib.domain.records import RECORDS
from chalicelib.domain.rewards.cashback import Rate
from chalicelib.domain.rewards.referral.fraud_signals import USUAL_WEIGHTS
from chalicelib.edge import problems
from chalicelib.edge.messages import Route
from chalicelib.edge.openapi.document import VERSION, document
from chalicelib.edge.storefronts import KINDS as STOREFRONT_KINDS
from chalicelib.edge.yaml_document import read_document
from chalicelib.store import keys
from infra.build.artifacts import ROOT
from infra.commands.root import parser
from infra.deploy import PLACES
from tests.drills.drills import DRILLS

README = (ROOT / "README.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
STOREFRONTS = (ROOT / "docs" / "storefronts.md").read_text()
PROGRAMME = (ROOT / "docs" / "programme.md").read_text()
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
SOURCES = {path: path.read_text() for path in sorted((ROOT / "chalicelib").rglob("*.py"))}


def descendants(kind: type[Any]) -> Iterator[type[Any]]:
    subclass: type[Any]
    for subclass in kind.__subclasses__():
        yield subclass
        yield from descendants(subclass)


def folders() -> dict[str, set[str]]:
    """The modules of each folder below `chalicelib`, but for those on top."""
    top, listed = ROOT / "chalicelib", dict[str, set[str]]()
    for path in SOURCES:
        if path.parent != top and path.stem != "__init__":
            listed.setdefault(f"{path.parent.relative_to(top)}/", set()).add(path.stem)
    return listed


def test_every_module_stands_where_the_architecture_says() -> None:
    rows = re.findall(r"^\| `([a-z_/]+/)` \| [^|]+ \| ([^|]+) \|$", ARCHITECTURE, re.MULTILINE)
    assert {folder: set(re.findall(r"`(\w+)`", modules)) for folder, modules in rows} == folders()


def test_every_module_of_infra_stands_in_its_readme() -> None:
    infra = ROOT / "infra"
    rows = re.findall(r"^\| (`[^|]+`) \|", (infra / "README.md").read_text(), re.MULTILINE)
    named = {infra / name for row in rows for name in re.findall(r"`([\w./]+)`", row)}
    modules = [path for path in infra.rglob("*.py") if path.stem != "__init__"]
    assert [path for path in modules if named.isdisjoint((path, *path.parents))] == []
    assert {infra / name for row in rows for name in re.findall(r"`([\w/]+\.py)`", row)} <= set(modules)


@pytest.mark.parametrize("place", sorted(set(re.findall(r"\[((?:edge|domain|store|what_if)/[a-z_/]+)", ARCHITECTURE))))
def test_the_diagram_names_what_there_is(place: str) -> None:
    assert (ROOT / "chalicelib" / place).is_dir() or ROOT / "chalicelib" / f"{place}.py" in SOURCES


def test_docstrings_name_modules_that_there_are() -> None:
    places = {
        str(path.relative_to(ROOT))
        for folder in ("chalicelib", "infra", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    docstrings = (doc for text in SOURCES.values() for doc in re.findall(r'"""(.*?)"""', text, re.DOTALL))
    named = {name for docstring in docstrings for name in re.findall(r"`([a-z_/]+\.py)`", docstring)}
    assert "domain/records.py" in named
    assert [name for name in named if not any(f"/{place}".endswith(f"/{name}") for place in (*places, "app.py"))] == []


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`([^`]+)`(?:, `[^`]+`)* \|$", GLOSSARY, re.MULTILINE))))
def test_every_word_of_the_glossary_is_where_it_says(place: str) -> None:
    if place.endswith((".py", ".md")):
        assert [path for path in (ROOT / place, *SOURCES) if str(path).endswith(place) and path.exists()]
        return
    owner, _, name = place.rpartition(".")
    words = [re.compile(rf"^class {owner}\b", re.MULTILINE)] if owner else []
    words.append(re.compile(rf"^ *(class |def )?{name}\b( =|:|,|\()", re.MULTILINE))
    assert any(all(word.search(text) for word in words) for text in SOURCES.values())


@pytest.mark.parametrize("command", [arg.__name__ for arg in get_args(Command)])
def test_every_command_is_explained(command: str) -> None:
    assert f"| `{command}` |" in ARCHITECTURE


@pytest.mark.parametrize("event", [descendant.__name__ for descendant in descendants(events.Event)])
def test_every_event_is_explained(event: str) -> None:
    assert f"| `{event}` |" in ARCHITECTURE


@pytest.mark.parametrize("error", list(descendants(errors.Rejection)))
def test_every_error_stands_with_its_status(error: type[errors.Rejection]) -> None:
    status = problems.status_of(error.__new__(error))
    assert re.search(rf"^\| .*`{error.code}`.* \| {status} \|", API, re.MULTILINE)


@pytest.mark.parametrize("error", [descendant.__name__ for descendant in descendants(errors.Rejection)])
def test_the_error_tree_is_drawn_whole(error: str) -> None:
    assert f"── {error} " in (errors.__doc__ or "")


@pytest.mark.parametrize("row", app.ROUTES, ids=lambda row: f"{row.method} {row.path}")
def test_every_route_is_explained(row: Route) -> None:
    assert f"`{row.method} {row.path}`" in API


def test_every_entity_is_in_both_charts() -> None:
    rows = [(record.ENTITY.pk, record.ENTITY.sk) for record in RECORDS] + [(pk, sk) for _, pk, sk, _ in keys.OTHERS]
    documented = [
        tuple(re.sub(r"%\d+|:\w+", "", re.sub(r"\{\w+%\d+\}", "{shard}", key)) for key in row) for row in rows
    ]
    shown = re.findall(r"^\| [^`]+ \| `(\S+)` \| `(\S+)` \|$", README, re.MULTILINE)
    assert len(documented) == 42
    assert sorted(shown) == sorted(documented)


def commands(root: argparse.ArgumentParser) -> Iterator[str]:
    """The last word of every command that the operator can give."""
    for action in root._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from commands(below) if below._subparsers else [name]


@pytest.mark.parametrize("command", sorted(set(commands(parser())) - {"openapi", "words"}))
def test_every_operators_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"^\| `.*\b{command}\b.*` \|", README, re.MULTILINE)


def test_the_programme_in_the_documents_is_good() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PROGRAMME, re.DOTALL)
    assert parse(read_document(example.encode())).name == "Acme Tea"


def test_the_programme_of_the_demo_is_good() -> None:
    assert parse(read_document((ROOT / "infra" / "demo" / "programme.yaml").read_bytes())).referral


def test_the_committed_openapi_document_is_what_the_types_say() -> None:
    committed = json.loads((ROOT / "docs" / "openapi.json").read_text())
    assert committed == document(app.ROUTES), "run: make openapi"


def test_the_changelog_has_the_version() -> None:
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_link_between_the_documents_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "infra").glob("*.md")]
    link = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
    links = [path.parent / place for path in pages for place in link.findall(path.read_text())]
    assert ROOT / "docs" / "architecture.md" in links
    assert [place for place in links if not place.exists()] == []


def field_names(kind: Any) -> Iterator[str]:
    """The names of all fields of a type and of the types inside it."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        for field in fields(kind):
            yield field.name
            yield from field_names(field.type)
    for inner in get_args(kind):
        yield from field_names(inner)


def test_every_field_of_the_programme_is_in_its_document() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PROGRAMME, re.DOTALL)
    named = set(re.findall(r"(\w+):", example))
    documents = [Programme, *(kind.document() for kind in KINDS)]
    assert not {name for kind in documents for name in field_names(kind)} - named


def test_every_signal_stands_with_its_usual_weight() -> None:
    assert dict(re.findall(r"^\| `([\w-]+)` \| .* \| (\d+) \|$", PROGRAMME, re.MULTILINE)) == {
        name: str(weight) for name, weight in USUAL_WEIGHTS.items()
    }


GUIDES = re.findall(r"^## ([^\n]+)\n\n((?:1\. ).*?)(?=^## )", STOREFRONTS, re.MULTILINE | re.DOTALL)


def test_every_kind_of_storefront_has_its_steps() -> None:
    kinds = {word for _, steps in GUIDES for word in re.findall(r"connection add [\w-]+ (\w+)", steps)}
    assert kinds == set(STOREFRONT_KINDS)


@pytest.mark.parametrize("steps", [steps for _, steps in GUIDES], ids=[title for title, _ in GUIDES])
def test_the_steps_of_a_storefront_end_in_a_test_of_the_connection(steps: str) -> None:
    (last,) = re.findall(r"^\d\. ([^\n]+(?:\n   [^\n]+)*)(?!.*^\d\. )", steps, re.MULTILINE | re.DOTALL)
    assert "ristourne connection test" in last


@pytest.mark.parametrize("place", [place for _, place, _ in PLACES])
def test_where_a_deployment_sends_one_is_where_the_steps_begin(place: str) -> None:
    assert any(place in f"{title} {steps}" for title, steps in GUIDES)


def test_a_webhook_made_in_shopifys_admin_is_not_said_to_be_signed_by_the_apps_secret() -> None:
    """It was: whoever followed both the printed place and the documented secret got 401 for everything."""
    admin, app_steps = (steps for title, steps in GUIDES if title.startswith("Shopify"))
    assert "Your webhooks will be signed with" in admin
    assert "**not** the client secret" in admin
    assert "**client secret**" in app_steps


def test_every_required_field_of_the_programme_is_stated() -> None:
    table = PROGRAMME[PROGRAMME.index("Required are only:") : PROGRAMME.index("```yaml")]
    rows = dict(re.findall(r"^\| (?:the document|.*?`(\w+)`(?:, `\w+`)?) \| (.*) \|$", table, re.MULTILINE))
    kinds = {"": Programme, "landing": Landing, "earn": KINDS[0].document(), "limits": Limit, "rates": Rate}
    for name, kind in {**kinds, "velocity": Velocity}.items():
        assert {field.name for field in fields(kind) if field.required} <= set(re.findall(r"`(\w+)`", rows[name])), name


def test_every_test_that_the_security_page_names_exists() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))
    tests = {path: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    assert len(named) > 20
    modules = {path.stem for path in tests}
    assert [name for name in named - modules if not any(f"def {name}(" in text for text in tests.values())] == []
    assert [path for path in re.findall(r"`(tests/[\w/.]+)`", page) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(("page", "name"), [("operations", "drills"), ("security", "attack"), ("security", "fuzz")])
def test_what_a_command_found_stands_in_its_page(page: str, name: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    (block,) = re.findall(f"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert re.match(r"\d{4}-\d\d-\d\d, .*`make \w+`:\n", block)
    assert "| 0 |" in block or "| right |" in block
    assert "wrong" not in block


def test_every_drill_has_its_row() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| [\d.]+ s", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert rows == [drill.__name__.replace("_", " ") for drill in DRILLS]
