"""The log of what people did in the console, and admin keys through the API: by month and person, in words, with links
to what it was done to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.document import Programme
from chalicelib.edge import acts
from chalicelib.edge.console import pages, reviews
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.connection_guides import NAMES
from chalicelib.edge.console.members import forms
from chalicelib.edge.console.spreadsheets import LocalTime, as_csv
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import Words, marked
from chalicelib.store import users

PAGE = 50

MOST_READ = 20
"""Pages that are read for one page of a filter, which may show few of the acts."""

MAX_ROWS = 5000
"""Acts that one file has, the latest ones."""

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
    "POST /console/members/{member}/settlement": marked("had the bonuses for friends worked out again"),
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

ACTS_OF_KEYS = {
    "POST /v1/members/{member}/level": marked("set a level"),
    "POST /v1/members/{member}/adjustments": marked("adjusted a balance"),
    "POST /v1/members/{member}/merge": marked("merged another member into one"),
    "POST /v1/members/{member}/erasure": marked("erased what was kept of a person"),
    "GET /v1/members/{member}/export": marked("exported what is kept of a person"),
    "PUT /v1/members/{member}": marked("saved a profile"),
    "POST /v1/members/{member}/guest": marked("looked for what a guest has, or merged it"),
    "POST /v1/members/{member}/holds": marked("placed a hold"),
    "POST /v1/members/{member}/holds/{hold}/capture": marked("captured a hold"),
    "POST /v1/members/{member}/holds/{hold}/release": marked("released a hold"),
    "POST /v1/members/{member}/redemptions": marked("spent a balance"),
    "POST /v1/members/{member}/entries/{entry}/undo": marked("took a redemption or an adjustment back"),
    "POST /v1/members/{member}/groups/{number}/review": marked("judged a bonus"),
    "POST /v1/members/{member}/referrals/settle": marked("had the bonuses for friends worked out again"),
    "PUT /v1/programme": marked("published a programme"),
    "PUT /v1/connections": marked("connected a shop"),
    "POST /v1/connections/{connection}/secret": marked("changed a secret"),
    "GET /v1/connections/{connection}/widget": marked("had the widget's secret shown"),
    "DELETE /v1/connections/{connection}": marked("removed a connection"),
    "POST /v1/deliveries/{delivery}/replay": marked("processed a message"),
    "POST /v1/users": marked("invited a person"),
    "DELETE /v1/users/{user}": marked("removed a person"),
    "key issued": marked("made an API key"),
    "key revoked": marked("ended an API key"),
}
"""What the log says of each request of an admin key, and of what an operator does with AWS credentials."""

WHY = {
    "asked_again": marked("it was asked once more first"),
    "busy": marked("too much came at once"),
    "conflict": marked("it was not possible as things were"),
    "forbidden": marked("the person or the key may not do that"),
    "hold_ended": marked("the hold had ended before"),
    "idempotency_mismatch": marked("the Idempotency-Key had served another request"),
    "insufficient_balance": marked("the balance was not enough"),
    "internal": marked("that was our mistake"),
    "invalid_input": marked("something was filled in wrongly"),
    "invalid_programme": marked("the programme had mistakes"),
    "not_found": marked("what it was about did not exist"),
    "too_large": marked("it was too large"),
    "unauthenticated": marked("the device's answer came too late or was for another page"),
    "unavailable": marked("the table or the secrets could not be read"),
    "unprocessable": marked("the rules do not allow it"),
    "version_mismatch": marked("somebody had published meanwhile"),
    "wrong_field": marked("something was filled in wrongly"),
}
"""Why something was refused, by the code of the error."""

KEYS = "(keys)"
"""The filter for whatever no person of the console did."""

LABELS = {
    "campaign": marked("campaign"),
    "connection": marked("connection"),
    "delivery": marked("message"),
    "entry": marked("entry"),
    "hold": marked("hold"),
    "key": marked("API key"),
    "member": marked("member"),
    "number": marked("bonus"),
    "session": marked("session"),
    "user": marked("person"),
}
"""What the ids in a form's address are called."""

TERMS = {users.OWNER: marked("owner"), users.READER: marked("reader"), **NAMES}
"""What roles and kinds of shops are called."""

LEVEL_BACK = marked("took back a level that was set by hand")

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class ActSubject(Struct, frozen=True):
    """What something was done to: what that is called, its id, and the path of its page (empty: it has none)."""

    label: str
    name: str
    path: str


class ActRow(Struct, frozen=True):
    """A row of the log: who did what when, to what, with which values, how it ended, and why it was refused, where that
    is known.
    """

    at: int
    user: str
    what: str
    subjects: list[ActSubject]
    details: str
    outcome: str
    why: str


def show(visit: Visit) -> Reply:
    """What was done in a month, the newest first, by everybody or by one person."""
    return pages.page(visit, "log.html", people=users.users(), keys=KEYS, zone=visit.zone(), **_page(visit))


def as_file(visit: Visit) -> Reply:
    """The same list as a file."""
    month, name = _month(visit), visit.request.query.get("user", "")
    programme, before = visit.programme(), ""
    columns = (
        marked("When"),
        marked("Who"),
        marked("What"),
        marked("With"),
        marked("About"),
        marked("Outcome"),
    )
    rows: list[tuple[object, ...]] = []
    while len(rows) < MAX_ROWS and (page := users.acts(month, 200, before)):
        before = page[-1][0]
        rows += [_cells(_row(act, visit, programme), visit.words) for _, act in page if _is_by(name, act)]
    return as_csv(visit, f"log-{month}", columns, rows[:MAX_ROWS])


def _page(visit: Visit) -> dict[str, Any]:
    """A page of the log and its filters."""
    month, name = _month(visit), visit.request.query.get("user", "")
    programme, following = visit.programme(), visit.request.query.get("cursor", "")
    shown: list[ActRow] = []
    for _ in range(MOST_READ):
        page = users.acts(month, PAGE, following)
        shown += [_row(act, visit, programme) for _, act in page if _is_by(name, act)]
        following = page[-1][0] if len(page) == PAGE else ""
        if len(shown) >= PAGE or not following:
            break
    return {"month": month, "user": name, "rows": shown, "next": following}


def _row(act: users.Act, visit: Visit, programme: Programme | None) -> ActRow:
    words, details = visit.words, details_of(act, visit.words, programme)
    what = words.gettext(LEVEL_BACK if _is_level_back(act) else {**ACTS, **ACTS_OF_KEYS}.get(act.what, "")) or act.what
    why = words.gettext(WHY.get(act.outcome, ""))
    return ActRow(act.at, _who(act.user, words), what, _subjects(act.about, visit), details, act.outcome, why)


def _is_level_back(act: users.Act) -> bool:
    """Whether a level that was set by hand was taken back: the form and the API say so by an empty level."""
    return act.what.endswith("/level") and act.details.get("level") == ""


def _cells(row: ActRow, words: Words) -> tuple[object, ...]:
    """A row of the log as one of the file."""
    about = ", ".join(f"{subject.label} {subject.name}" for subject in row.subjects)
    outcome = marked("refused") if row.outcome else marked("unknown: it was interrupted")
    ended = words.gettext(marked("done") if row.outcome == "done" else outcome)
    return LocalTime(row.at), row.user, row.what, row.details, about, ", ".join(filter(None, (ended, row.why)))


def _is_by(name: str, act: users.Act) -> bool:
    """Whether a filter shows an act: everybody's (empty), a person's, or what no person of the console did."""
    return name in ("", act.user) or (name == KEYS and act.user.startswith((acts.KEY, acts.OPERATOR)))


def _who(name: str, words: Words) -> str:
    """A person's name; an admin key, or an operator with AWS credentials, in words."""
    if name.startswith(acts.KEY):
        return words.gettext(marked("admin key %(key)s")) % {"key": name.removeprefix(acts.KEY)}
    if name.startswith(acts.OPERATOR):
        return words.gettext(marked("operator %(name)s (AWS)")) % {"name": name.removeprefix(acts.OPERATOR)}
    return name


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
        case "adjustments" | "holds" | "redemptions" if {"amount", "asset"} <= values.keys():
            return _amount(act, words, programme)
        case "{number}" | "review":
            verdict = values.get("verdict", "")
            return words.gettext(pages.DONE[verdict]) if verdict in reviews.VERDICTS else ""
        case "programme" if values.get("expected", "").isdecimal():
            return _publication(values, words)
        case "level":
            return _level(values, words, programme)
        case _:
            return ", ".join(_term(name, value, words) for name, value in values.items() if value)


def _amount(act: users.Act, words: Words, programme: Programme | None) -> str:
    """An adjusted amount: in minor units, as the API takes it, or as somebody typed it; as it is where that is none."""
    amount, asset = act.details["amount"], act.details["asset"]
    is_of_key = act.what in ACTS_OF_KEYS
    try:
        return words.amount(int(amount) if is_of_key else forms.minor_of(amount, asset), asset, programme)
    except (InvalidInput, ValueError):
        return f"{amount} {words.name_of(asset, programme)}"


def _level(values: Mapping[str, str], words: Words, programme: Programme | None) -> str:
    """The level that was set, and its last day."""
    level = words.called("level", values.get("level", ""), programme)
    return ", ".join(filter(None, (level, _day(values.get("last_day", ""), words))))


def _publication(values: Mapping[str, str], words: Words) -> str:
    """The version that was published, and from when on it is to hold, where that was asked for."""
    number, since = int(values["expected"]) + 1, _day(values.get("first_day", ""), words)
    if since := since or values.get("effective_at", ""):
        return words.gettext(marked("version %(number)s, from %(day)s")) % {"number": number, "day": since}
    return words.gettext(marked("version %(number)s")) % {"number": number}


def _term(field: str, value: str, words: Words) -> str:
    """A value of a form or a body: what a role and a kind of shop are called, anything else as it is."""
    return (words.gettext(TERMS.get(value, "")) or value) if field in ("role", "kind") else value


def _day(text: str, words: Words) -> str:
    """A day in words; as it was sent where it is none."""
    try:
        return words.day(date.fromisoformat(text)) if text else ""
    except ValueError:
        return text


def _month(visit: Visit) -> str:
    month = visit.request.query.get("month", "") or users.month_of(visit.now)
    if not _MONTH.fullmatch(month):
        raise InvalidInput("month", "must be a month such as 2026-05", month)
    return month
