"""What to paste into a shop so that its customers see the widget: by kind of shop, with this deployment's address and
the connection's name in it.

The snippets are those of docs/widget.md. No secret is among them: an owner has it shown, which is logged.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec import Struct

from chalicelib.edge import process
from chalicelib.edge.api import connections
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked

SNIPPETS = Path(__file__).with_name("snippets")

ADDRESS, CONNECTION = "https://api.example", '"acme"'
"""What stands in the snippets for a deployment's address and for the name of a connection."""


class Paste(Struct, frozen=True):
    """A step: what to do, and the file of `snippets/` to paste there (empty: the secret)."""

    text: str
    file: str = ""


class Guide(Struct, frozen=True):
    """The steps in one kind of shop, under its name."""

    kind: str
    title: str
    steps: tuple[Paste, ...]


GUIDES = (
    Guide(
        "shopify",
        "Shopify",
        (
            Paste(
                marked(
                    "In Online Store > Themes choose Edit code, open config/settings_schema.json and add this to its "
                    "list, after a comma:"
                ),
                "shopify-setting.json",
            ),
            Paste(marked("The secret. Paste it into Theme settings > Loyalty:")),
            Paste(
                marked("Paste this into the account page, sections/main-account.liquid, or into your own section:"),
                "shopify.liquid",
            ),
        ),
    ),
    Guide(
        "woocommerce",
        "WooCommerce",
        (
            Paste(
                marked("Add this line to wp-config.php, with the secret in place of the dots:"),
                "woocommerce-secret.php",
            ),
            Paste(marked("The secret for that line:")),
            Paste(
                marked(
                    "Paste this into functions.php of the child theme, or into a plugin. The widget shows above the "
                    "dashboard of My account:"
                ),
                "woocommerce.php",
            ),
        ),
    ),
    Guide(
        "html",
        marked("Any other page"),
        (
            Paste(marked("The secret. Keep it on the shop's server:")),
            Paste(
                marked(
                    "Paste this into the page. The server puts in the customer's id, the seconds since 1970 as “at”, "
                    "and as “proof” the HMAC-SHA256 of both, with a dot between them, under the secret, in "
                    "hexadecimal digits:"
                ),
                "html.txt",
            ),
        ),
    ),
)


def show(visit: Visit, secret: str = "") -> Reply:
    """The steps for one connection, first those of its kind of shop, with its `secret` where that was asked for."""
    listed = [connection for connection in connections.show(visit.as_api()).connections if connection.secrets]
    asked = visit.request.path.get("connection") or visit.request.query.get("connection", "")
    connection = next((known for known in listed if known.id == asked), listed[0] if listed else None)
    kind = connection.kind if connection and connection.kind in ("shopify", "woocommerce") else "html"
    return pages.page(
        visit,
        "widget.html",
        connections=listed,
        connection=connection,
        secret=secret,
        guides=sorted(GUIDES, key=lambda guide: guide.kind != kind),
        snippets=_filled(process.address(visit.request), connection.id) if connection else {},
    )


def reveal(visit: Visit) -> Reply:
    """The widget's page with the connection's secret for it. Raises NotFound, Conflict."""
    return show(visit, connections.widget(visit.as_api()).secret)


def _filled(address: str, connection: str) -> dict[str, str]:
    """The snippets by file, for a deployment's address and a connection."""
    named = f'"{connection}"'
    return {name: text.replace(ADDRESS, address).replace(CONNECTION, named) for name, text in _snippets().items()}


@cache
def _snippets() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in SNIPPETS.iterdir()}
