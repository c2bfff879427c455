"""A request to the console as its handlers get it: who asks, in which language, and what the form has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import phrases
from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.programme.document import Programme
from chalicelib.edge import process
from chalicelib.edge.messages import OWNER, Caller, Request
from chalicelib.edge.words import Words
from chalicelib.store.users import Session, User

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Value
    from chalicelib.edge.messages import Route


_PREDICATE = re.compile(r"(must|cannot|is|are|has|does|was) ")
"""How what is said of a field begins, in the API's English."""


class Visit(Struct, frozen=True):
    """One request of a browser: its words, the fields of its form, and its user and session (None: not signed in).

    `root` is the path of the console, which behind the gateway's own host name begins with the stage.
    """

    row: Route
    request: Request
    words: Words
    root: str
    form: Mapping[str, str] = {}
    user: User | None = None
    session: Session | None = None

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return self.request.now

    @property
    def is_owner(self) -> bool:
        """Whether the user may change things."""
        return self.user is not None and self.user.role == OWNER

    @property
    def section(self) -> str:
        """The first part of the page's path below the console, such as `members`; empty for the first page."""
        return self.row.path.removeprefix("/console").strip("/").partition("/")[0]

    @property
    def name(self) -> str:
        """The user's name."""
        assert self.user is not None, "the page is for users"
        return self.user.name

    def path(self, *segments: object, **query: object) -> str:
        """The path of a page of the console; an empty parameter is left out."""
        path = "/".join([self.root, *(quote(str(segment), safe="") for segment in segments)])
        named = {name: value for name, value in query.items() if value not in ("", None)}
        return f"{path}?{urlencode(named)}" if named else path

    def as_api(self, body: bytes = b"", query: Mapping[str, str] | None = None, **headers: str) -> Request:
        """This visit as a request to the API, by the user, under the form's own Idempotency-Key.

        `body`, `query` and `headers` are the API's, where they are not the form's.
        """
        named = {**self.request.headers, **headers}
        if self.form.get("once"):
            named["idempotency-key"] = f"console-{self.form['once']}"
        caller = Caller(self.user.role, self.user.name) if self.user else Caller()
        asked = {**(self.request.query if query is None else query), "locale": self.words.locale}
        asked = {name: value for name, value in asked.items() if value}
        return replace(self.request, headers=named, body=body or self.request.body, query=asked, caller=caller)

    def programme(self) -> Programme | None:
        """The programme in force, None before the first."""
        return process.engine().programme(self.now)

    def programme_in_force(self) -> Programme:
        """The programme in force. Raises NotFound before the first."""
        return process.engine().programme_in_force(self.now)

    def written(self, value: Value) -> str:
        """A phrase in the reader's language; amounts of the programme's own assets by its names, if it can be read."""
        programme = None
        if self.user:
            with suppress(Unavailable):
                programme = self.programme()
        return phrases.written(value, self.words, programme)

    def sentence(self, phrase: Phrase) -> str:
        """A phrase as a sentence of its own: the API's English begins small, unless with a name, and has no stop."""
        text = self.written(phrase)
        begins_with_name = self.words.gettext(phrase.text).startswith("%(")
        text = text if begins_with_name else text[:1].upper() + text[1:]
        return text if text.endswith((".", "!", "?", ":")) else f"{text}."

    def of_field(self, phrase: Phrase) -> str:
        """A phrase as it stands beside a field, without whose name the API's `must be …` becomes `This must be …`."""
        if not _PREDICATE.match(phrases.written(phrase)):
            return self.sentence(phrase)
        return self.sentence(Phrase("This %(problem)s", {"problem": phrase}))

    def version_in_force(self) -> int:
        """The number of the version in force, 0 before the first."""
        return process.engine().history(self.now).number_at(self.now)

    def zone(self) -> str:
        """The zone of the shop's days."""
        programme = self.programme()
        return programme.timezone if programme else "UTC"
