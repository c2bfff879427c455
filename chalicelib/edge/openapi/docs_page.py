"""The OpenAPI document as one self-contained page: no script, no third party, readable on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

STYLE = """
:root{--ink:#1d2433;--soft:#5c667a;--line:#e3e7ee;--paper:#fff;--tint:#f6f8fb;--brand:#0b6e4f;--get:#0b6e4f;
--put:#8a5a00;--post:#1f5fbf;--delete:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf4;--soft:#9aa6bb;--line:#2b3446;--paper:#131824;--tint:#1a2130;
--brand:#4fd1a5;
--get:#4fd1a5;--put:#e0b050;--post:#7fb0ff;--delete:#f2a19b}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:60rem;margin:auto;padding:2.5rem 1.25rem 5rem}h1{font-size:2rem;margin:0;letter-spacing:-.02em}
h2{font-size:1.15rem;margin:3rem 0 .75rem;color:var(--brand)}p{margin:.4rem 0}.soft{color:var(--soft)}
details{border:1px solid var(--line);border-radius:.6rem;margin:.5rem 0;background:var(--paper);overflow:hidden}
details[open]{background:var(--tint)}summary{display:flex;gap:.75rem;align-items:baseline;padding:.65rem .9rem;
cursor:pointer;list-style:none;
flex-wrap:wrap}summary::-webkit-details-marker{display:none}summary .soft{flex-basis:100%}
summary code{font-weight:600;overflow-wrap:anywhere}
.verb{font:600 .72rem/1.6 ui-monospace,monospace;min-width:3.2rem;text-align:center;border-radius:.35rem;
color:var(--paper);padding:0 .4rem}
.get{background:var(--get)}.put{background:var(--put)}.post{background:var(--post)}.delete{background:var(--delete)}
.inside{padding:.25rem .9rem 1rem;
border-top:1px solid var(--line)}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}th{text-align:left;color:var(--soft);
font-weight:500}
td,th{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
code{font:.88em ui-monospace,monospace}
a{color:var(--brand)}h3{font-size:.8rem;margin:1rem 0 .2rem;color:var(--soft);font-weight:600}
"""


def render(document: dict[str, Any]) -> str:
    """The HTML page of an OpenAPI document."""
    info = document["info"]
    body = "".join(
        (
            f"<h1>{escape(info['title'])}</h1><p class=soft>{escape(info['summary'])} ",
            f"Version {escape(info['version'])}, answering at <code>{escape(document['servers'][0]['url'])}</code>. ",
            "<a href=openapi.json>openapi.json</a></p>",
            f"<p>{_prose(info['description'])}</p>",
            *_operations(document),
            "<h2 id=schemas>Shapes</h2>",
            *(_schema(name, schema) for name, schema in document["components"]["schemas"].items()),
        )
    )
    head = (
        "<meta charset=utf-8><meta name=viewport content='width=device-width'><title>Ristourne API</title>"
        f"<style>{STYLE}</style>"
    )
    return f"<!doctype html><html lang=en><head>{head}</head><body><main>{body}</main></body></html>"


def _operations(document: dict[str, Any]) -> Iterator[str]:
    group = ""
    for path, operations in document["paths"].items():
        title = _group(path)
        if title != group:
            group = title
            yield f"<h2>{escape(title)}</h2>"
        for verb, operation in operations.items():
            yield _operation(verb, path, operation)


def _group(path: str) -> str:
    first, _, _ = path.removeprefix("/").removeprefix("v1/").partition("/")
    return {"r": "Links", "health": "About", "openapi.json": "About", "docs": "About"}.get(first, first.capitalize())


def _operation(verb: str, path: str, operation: dict[str, Any]) -> str:
    inside = "".join(
        (
            f"<p>{_prose(operation['description'])}</p>",
            _parameters(operation["parameters"]),
            *(_body("Body", operation.get("requestBody", {}).get("content", {}))),
            *(_answer(status, response) for status, response in operation["responses"].items()),
        )
    )
    return (
        f"<details><summary><span class='verb {verb}'>{verb.upper()}</span><code>{escape(path)}</code>"
        f"<span class=soft>{_prose(operation['summary'])}</span></summary><div class=inside>{inside}</div></details>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(parameter['name'])}</code><td>{parameter['in']}<td>{escape(_kind(parameter['schema']))}"
        f"<td>{_prose(parameter['schema'].get('description', ''))}"
        for parameter in parameters
    )
    return f"<h3>Parameters</h3><table>{rows}</table>" if rows else ""


def _body(title: str, content: dict[str, Any]) -> Iterator[str]:
    if content:
        kinds = ", ".join(f"<code>{escape(kind)}</code> {_link(media['schema'])}" for kind, media in content.items())
        yield f"<h3>{title}</h3><p>{kinds}</p>"


def _answer(status: str, response: dict[str, Any]) -> str:
    kinds = ", ".join(_link(media["schema"]) for media in response.get("content", {}).values())
    return f"<p class=soft><code>{status}</code> {escape(response['description'])} {kinds}</p>"


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{'' if name in required else ' <span class=soft>optional</span>'}"
        f"<td>{_link(field_schema)}<td class=soft>{_prose(field_schema.get('description', ''))}"
        for name, field_schema in schema.get("properties", {}).items()
    )
    return (
        f"<details><summary><code>{escape(name)}</code></summary>"
        f"<div class=inside id='{escape(name)}'><p>{_prose(schema.get('description', ''))}</p>"
        f"<table>{rows}</table></div></details>"
    )


def _link(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#{name}'>{name}</a>"
    if "items" in schema:
        return f"list of {_link(schema['items'])}"
    return escape(_kind(schema))


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(member) for member in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    return str(schema.get("format") or schema.get("type", "anything"))


def _prose(text: str) -> str:
    """A text as escaped HTML, with `backticks` as code elements."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts)).replace(
        "\n\n", "<br>"
    )
