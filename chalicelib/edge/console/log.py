"""The log of what people did in the console: by month and person, in words, with links to what it was done to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chalicelib.domain.core.calendar import iso
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.document import Programme
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import Words, marked
from chalicelib.store import users

PAGE = 50

WAYS = {"by passkey": marked("by passkey"), "by invitation": marked("by invitation")}
"""How somebody signed in, as the log has it."""

ACTS = {
    "POST /console/sign-in": marked("signed in"),
    "POST /console/sign-out": marked("signed out"),
    "POST /console/invitation/{code}": marked("accepted an invitation"),
    "POST /console/account": marked("changed the language"),
    "POST /console/passkeys": marked("made a passkey"),
    "POST /console/passkeys/removal": marked("removed a passkey"),
    "POST /console/sessions/{session}": marked("ended a session"),
    "POST /console/members/{member}/adjustments": marked("adjusted a balance"),
    "POST /console/members/{member}/holds/{hold}": marked("released a hold"),
    "POST /console/members/{member}/entries/{entry}": marked("took an adjustment back"),
    "POST /console/members/{member}/settlement": marked("settled the friends' orders"),
    "POST /console/members/{member}/level": marked("set a level"),
    "POST /console/members/{member}/profile": marked("saved a profile"),
    "POST /console/members/{member}/export": marked("exported what is kept of a person"),
    "POST /console/members/{member}/erasure": marked("erased what was kept of a person"),
    "POST /console/members/{member}/merge": marked("merged a member into another one"),
    "POST /console/reviews/{member}/{number}": marked("judged a bonus"),
    "POST /console/deliveries/{delivery}": marked("processed a message"),
    "POST /console/connections": marked("connected a shop"),
    "POST /console/connections/{connection}/test": marked("tested a secret"),
    "POST /console/connections/{connection}/widget": marked("had the widget's secret shown"),
    "POST /console/connections/{connection}/secret": marked("changed a secret"),
    "POST /console/connections/{connection}/removal": marked("removed a connection"),
    "POST /console/programme": marked("published a programme"),
    "POST /console/programme/draft/what-if": marked("tried a draft on the orders"),
    "POST /console/campaigns/{campaign}/report": marked("worked out what a campaign has brought"),
    "POST /console/people": marked("invited a person"),
    "POST /console/people/{user}/removal": marked("removed a person"),
}
"""What the log says of each form."""

LABELS = {
    "campaign": marked("campaign"),
    "connection": marked("connection"),
    "delivery": marked("message"),
    "hold": marked("hold"),
    "member": marked("member"),
    "number": marked("bonus"),
    "session": marked("session"),
    "user": marked("person"),
}
"""What the ids in a form's address are called."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class ActSubject(Struct, frozen=True):
    """What something was done to: what that is called, its id, and the path of its page (empty: it has none)."""

    label: str
    name: str
    path: str


class ActRow(Struct, frozen=True):
    """A row of the log: who did what when, to what, with which values, and how it ended."""

    at: int
    user: str
    what: str
    subjects: list[ActSubject]
    details: str
    outcome: str


def show(visit: Visit) -> Reply:
    """What was done in a month, the newest first, by everybody or by one person."""
    return pages.page(visit, "log.html", people=users.users(), zone=visit.zone(), **_page(visit))


def as_file(visit: Visit) -> Reply:
    """The same list as a file."""
    month, name = _month(visit), visit.request.query.get("user", "")
    programme = visit.programme()
    rows: list[tuple[object, ...]] = []
    before = ""
    while page := users.acts(month, 200, before):
        before = page[-1][0]
        acts = [act for _, act in page if name in ("", act.user)]
        details = [details_of(act, visit.words, programme) for act in acts]
        rows += [
            (iso(act.at), act.user, act.what, act.about, text, act.outcome or "unknown")
            for act, text in zip(acts, details, strict=True)
        ]
    return pages.as_csv(f"log-{month}", ("at", "user", "what", "about", "details", "outcome"), rows)


def _page(visit: Visit) -> dict[str, Any]:
    """A page of the log and its filters."""
    month, name = _month(visit), visit.request.query.get("user", "")
    page = users.acts(month, PAGE, visit.request.query.get("cursor", ""))
    programme = visit.programme()
    shown = [_row(act, visit, programme) for _, act in page if name in ("", act.user)]
    following = page[-1][0] if len(page) == PAGE else ""
    return {"month": month, "user": name, "rows": shown, "next": following}


def _row(act: users.Act, visit: Visit, programme: Programme | None) -> ActRow:
    what = visit.words.gettext(ACTS[act.what]) if act.what in ACTS else act.what
    details = details_of(act, visit.words, programme)
    return ActRow(act.at, act.user, what, _subjects(act.about, visit), details, act.outcome)


def _subjects(about: str, visit: Visit) -> list[ActSubject]:
    """What the ids of an act's address name, with the page of each; a way of signing in is none."""
    parts = about.split(" ")
    ids = dict(zip(parts[::2], parts[1::2], strict=False)) if about not in WAYS else {}
    paths = {
        "campaign": visit.path("campaigns", ids.get("campaign", "")),
        "connection": visit.path("connections", ids.get("connection", "")),
        "member": visit.path("members", ids.get("member", "")),
        "number": visit.path("reviews", ids.get("member", ""), ids.get("number", "")),
    }
    labels = {kind: visit.words.gettext(LABELS.get(kind, "")) or kind for kind in ids}
    return [ActSubject(labels[kind], name, paths.get(kind, "")) for kind, name in ids.items()]


def details_of(act: users.Act, words: Words, programme: Programme | None) -> str:
    """With which values something was done, in words; empty where its name says it all."""
    values = act.details
    if act.about in WAYS:
        return words.gettext(WAYS[act.about])
    match act.what.rpartition("/")[2]:
        case "adjustments" if {"amount", "asset"} <= values.keys():
            return f"{words.figure(values['amount'])} {words.name_of(values['asset'], programme)}"
        case "{number}":
            outcome = pages.DONE.get(values.get("verdict", ""), "")
            return words.gettext(outcome)
        case "programme" if values.get("expected", "").isdecimal():
            return words.gettext(marked("version %(number)s")) % {"number": int(values["expected"]) + 1}
        case "level":
            return _level(values, words, programme)
        case _:
            return ", ".join(value for value in values.values() if value)


def _level(values: Mapping[str, str], words: Words, programme: Programme | None) -> str:
    """The level that was set and its last day, or that one was taken back."""
    if not values.get("level"):
        return words.gettext(marked("taken back")) if "level" in values else ""
    level = words.called("level", values["level"], programme)
    return f"{level}, {values['last_day']}" if values.get("last_day") else level


def _month(visit: Visit) -> str:
    month = visit.request.query.get("month", "") or users.month_of(visit.now)
    if not _MONTH.fullmatch(month):
        raise InvalidInput("month", "must be a month such as 2026-05", month)
    return month
