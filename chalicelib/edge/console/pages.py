"""What a handler of the console answers: a page, a redirect after a form, or a page that says what is wrong.

Templates are below `templates/`; every value in them is escaped. The policy lets nothing of another host in, and no
script but our own file.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import Busy, InvalidInput, NotFound, Rejection, Unavailable
from chalicelib.edge import problems, words
from chalicelib.edge.console import assets
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import NO_BREAK, Words, marked

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context
    from markupsafe import Markup

    from chalicelib.domain.core.phrases import Value
    from chalicelib.edge.console.access.visit import Visit

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    # `no-referrer` would make browsers send forms with the origin `null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

DONE = {
    "already": marked(
        "This form was sent before, and what it says was done then, once. Sending it again has changed nothing."
    ),
    "adjusted": marked("The balance was adjusted."),
    "undone": marked("The adjustment was taken back."),
    "released": marked("The hold was released."),
    "settled": marked("The bonuses for friends were worked out again."),
    "nothing-to-settle": marked(
        "No bonus was missing: the bonuses follow what the friends have bought. No balance has changed."
    ),
    "level": marked("The level was set."),
    "level-below": marked(
        "The level is kept, and changes nothing for now: the member has a higher one by what was bought."
    ),
    "level-back": marked("The level that was set by hand was taken back."),
    "profile": marked("The profile was saved."),
    "profile-shared": marked(
        "The profile was saved. Somebody else has this e-mail too: search for it, and if both are one person, merge "
        "them."
    ),
    "erased": marked("What was kept of the person is erased. Kept messages of the shop may take until the next hour."),
    "merged": marked("Both are one member now, this one."),
    "approve": marked("The bonus was approved."),
    "deny": marked("The bonus was denied."),
    "undo": marked("The decision was taken back."),
    "replayed": marked("The message was processed."),
    "connected": marked("The connection was added."),
    "rotated": marked("The new secret is in force."),
    "disconnected": marked("The connection was removed."),
    "published": marked("The new version was published."),
    "removed": marked("The person was removed."),
    "ended": marked("The session was ended."),
    "passkey": marked("The passkey was made. You can sign in with it from now on."),
    "passkey-removed": marked("The passkey was removed."),
    "language": marked("The language was changed."),
    "left": marked("You are signed out."),
}
"""What a page says after a form, by the word in its address."""

TITLES = {
    400: marked("That cannot be read"),
    401: marked("You are not signed in"),
    403: marked("That is not allowed"),
    404: marked("That does not exist"),
    409: marked("That is not possible now"),
    412: marked("Somebody was faster"),
    413: marked("That is too large"),
    422: marked("That was refused"),
    429: marked("Too many attempts"),
    500: marked("That is our mistake"),
    503: marked("Please try again"),
}

_TEMPLATES = Path(__file__).parent / "templates"


class WrongField(InvalidInput):
    """A `field` of a form that cannot be read; `text` is one of the console's own, which is translated."""

    code = "wrong_field"

    def __init__(self, field: str, text: str, **values: Value) -> None:
        super().__init__(field, text, **values)

    @property
    def phrase(self) -> Phrase:
        """What to do, without the name of the field that it stands beside."""
        return self.predicate


CONFIRMATIONS = frozenset({"confirmed", "demoted"})
"""Fields with which a form is sent once more, to be sure: nothing is wrong with it."""


class Refused(Struct, frozen=True):
    """Why a form was refused: which `form` of the page, the `field` (empty: the whole form), and the sentence (None:
    the page says it otherwise). `others`: what is wrong with other fields. `code`: that of the error, for the log.
    """

    form: str
    why: Phrase | None
    field: str = ""
    status: int = 400
    others: Mapping[str, Phrase] = {}
    code: str = ""

    def at(self, field: str) -> Phrase | None:
        """What is wrong with a field; None where nothing is."""
        return self.why if field == self.field else self.others.get(field)

    @property
    def is_one_field(self) -> bool:
        """Whether a single field is wrong and nothing else, so that it takes the focus."""
        return not self.at("") and len(self.others) + bool(self.field) == 1


def refused_by(error: Rejection, form: str, fields: Mapping[str, str] | None = None) -> Refused:
    """What a form's page says of an error: at its own field, or of a field that the API calls by a name in `fields` at
    the form's field for that, which has what was typed. Raises the error itself where another page says it better.
    """
    if isinstance(error, (Busy, Unavailable, NotFound)):
        raise error
    if isinstance(error, WrongField):
        code = "asked_again" if error.field in CONFIRMATIONS else error.code
        return Refused(form, error.phrase, error.field, code=code)
    if isinstance(error, InvalidInput) and fields and error.field in fields:
        return Refused(form, error.without_value().predicate, fields[error.field], code=error.code)
    return Refused(form, error.phrase, status=problems.status_of(error), code=error.code)


def page(visit: Visit, template: str, refused: Refused | None = None, **values: Any) -> Reply:
    """A page made of a template; that of a refused form has what was typed."""
    context = {
        "visit": visit,
        "now": visit.now,
        "clock": [],
        "once": secrets.token_urlsafe(12),
        "refused": refused,
        "typed": visit.form if refused else {},
        "done": DONE.get(visit.request.query.get("done", "")),
        "css": visit.path("assets", assets.name_of("console.css")),
        "js": visit.path("assets", assets.name_of("console.js")),
        "icon": visit.path("assets", assets.name_of("icon.svg")),
    }
    text = _environment(visit.words.locale).get_template(template).render(context | values)
    return Reply(refused.status if refused else 200, text, HEADERS, refused.code if refused else "")


def redirect(location: str, **headers: str) -> Reply:
    """The answer to a form that did something: the browser gets another page, which can be loaded again."""
    return Reply(303, b"", {**HEADERS, "Location": location, **headers})


def error(visit: Visit, status: int, why: Phrase | None = None, origin: str = "") -> Reply:
    """The page that says what is wrong, and `why`; without it what it always says of its status. `origin`: the page of
    the form that was refused, to which signing in leads back.
    """
    title = TITLES.get(status, TITLES[400])
    reply = page(visit, "error.html", title=title, status=status, why=why, origin=origin)
    return Reply(status, reply.body, reply.headers)


def missing(visit: Visit) -> Reply:
    """The page of an address that no other page has: a mistyped one, or that of a form, which a browser reloads."""
    return error(visit, 404)


@lru_cache
def _environment(locale: str) -> Environment:
    """The templates in one language."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        # The files of a Lambda do not change.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    reader = words.of(locale)
    made.globals |= _texts(reader)
    # Large print may break before its unit, where a narrow page would break within it.
    made.filters |= {
        "amount": reader.amount,
        "large": lambda *of: reader.amount(*of).replace(NO_BREAK, " "),
        "number": reader.number,
        "day": lambda day: reader.day(date.fromisoformat(day) if isinstance(day, str) else day),
        "moment": pass_context(_moment),
        "last_day": lambda at, zone: reader.last_day(seconds(at), zone),
        "name": reader.name,
    }
    return made


def _texts(reader: Words) -> dict[str, Callable[..., Markup]]:
    """The functions of templates for texts; the values that they fill in are escaped. A text without any is made once:
    Jinja's own extension makes each anew, which took a quarter of a page's time.
    """
    from markupsafe import Markup

    def filled(text: str, values: Mapping[str, object]) -> Markup:
        return Markup(text) % values  # noqa: S704 (the text is the code's or a catalogue's)

    @cache
    def plain(text: str) -> Markup:
        return filled(reader.gettext(text), {})

    def gettext(text: str, /, **values: object) -> Markup:
        return filled(reader.gettext(text), values) if values else plain(text)

    def ngettext(singular: str, plural: str, number: int, /, **values: object) -> Markup:
        return filled(reader.ngettext(singular, plural, number), {"num": number, **values})

    return {"_": gettext, "ngettext": ngettext}


def _moment(context: Context, at: int | str, zone: str) -> str:
    """An instant for a table or a list; the page says the zone once, at its end."""
    context["clock"].append(zone)
    return str(context["visit"].words.moment(seconds(at), zone))


def seconds(at: int | str) -> int:
    """An instant as seconds, also from text as the API answers it."""
    return at if isinstance(at, int) else int(datetime.fromisoformat(at).astimezone(UTC).timestamp())
