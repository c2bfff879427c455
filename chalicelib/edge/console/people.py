"""Who may use the console: people, their invitations and sessions, and the log of what they did."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.domain.core.calendar import iso
from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput, Rejection
from chalicelib.edge import words
from chalicelib.edge.answers import InvitationAnswer
from chalicelib.edge.api import users as api
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.store import users

PAGE = 50

ONE_SELF = marked("You cannot remove yourself; another owner can.")
BAD_NAME = marked("A name has 1 to 40 lower-case letters, digits, dots and dashes.")

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
    "POST /console/connections/{connection}/secret": marked("changed a secret"),
    "POST /console/connections/{connection}/removal": marked("removed a connection"),
    "POST /console/programme": marked("published a programme"),
    "POST /console/programme/draft/what-if": marked("tried a draft on the orders"),
    "POST /console/campaigns/{campaign}/report": marked("worked out what a campaign has brought"),
    "POST /console/people": marked("invited a person"),
    "POST /console/people/{user}/removal": marked("removed a person"),
}
"""What the log says of each form."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def show(visit: Visit, refused: pages.Refused | None = None, invitation: InvitationAnswer | None = None) -> Reply:
    """The people, their sessions, and a form to invite another."""
    return pages.page(
        visit,
        "people.html",
        refused,
        people=users.users(),
        sessions=users.sessions(visit.now),
        invitation=invitation,
        languages=words.languages(),
        zone=visit.zone(),
    )


def invite(visit: Visit) -> Reply:
    """Invite somebody; the page shows the link, once."""
    form = visit.form
    role = form.get("role", "")
    if role not in users.ROLES:
        raise InvalidInput("role", "must be one of %(names)s", names=tuple(users.ROLES))
    try:
        name = form.get("name", "").strip().lower()
        if not api.is_name(name):
            raise pages.WrongField("name", BAD_NAME)
        body = api.PostUser(name, role, form.get("locale", ""))  # type: ignore[arg-type]
        invitation = api.invite(visit.as_api(), body)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "invite"))
    return show(visit, invitation=invitation)


def remove(visit: Visit) -> Reply:
    """End a person's sessions and passkeys; not one's own, so that there is always an owner."""
    if visit.request.path["user"] == visit.name:
        return show(visit, pages.Refused("people", Phrase(ONE_SELF), status=409))
    api.remove(visit.as_api())
    return pages.redirect(visit.path("people", done="removed"))


def log(visit: Visit) -> Reply:
    """What was done in a month, the newest first, by everybody or by one person."""
    return pages.page(visit, "log.html", people=users.users(), acts=ACTS, ways=WAYS, zone=visit.zone(), **_page(visit))


def log_file(visit: Visit) -> Reply:
    """The same list as a file."""
    month, name = _month(visit), visit.request.query.get("user", "")
    rows: list[tuple[object, ...]] = []
    before = ""
    while page := users.acts(month, 200, before):
        before = page[-1][0]
        rows += [
            (iso(act.at), act.user, act.what, act.about, act.outcome or "unknown")
            for _, act in page
            if name in ("", act.user)
        ]
    return pages.as_csv(f"log-{month}", ("at", "user", "what", "about", "outcome"), rows)


def _page(visit: Visit) -> dict[str, Any]:
    """A page of the log and its filters."""
    month, name = _month(visit), visit.request.query.get("user", "")
    page = users.acts(month, PAGE, visit.request.query.get("cursor", ""))
    shown = [act for _, act in page if name in ("", act.user)]
    following = page[-1][0] if len(page) == PAGE else ""
    return {"month": month, "user": name, "rows": shown, "next": following}


def _month(visit: Visit) -> str:
    month = visit.request.query.get("month", "") or users.month_of(visit.now)
    if not _MONTH.fullmatch(month):
        raise InvalidInput("month", "must be a month such as 2026-05", month)
    return month
