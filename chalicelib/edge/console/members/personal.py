"""What a customer may ask of a shop: a copy of all that is kept of the person, that it is erased, and that two accounts
become one.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from chalicelib.domain.errors import Rejection
from chalicelib.domain.records import Member
from chalicelib.edge import personal_data
from chalicelib.edge.answers import ExportAnswer
from chalicelib.edge.api import erasure
from chalicelib.edge.api import members as api
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.members.lookup import MemberMatches, look_up
from chalicelib.edge.console.members.page import show, stored
from chalicelib.edge.messages import Reply, Request
from chalicelib.edge.words import marked
from chalicelib.store.dynamodb import queries

NO_OTHER = marked(
    "Nobody was found. Write the exact e-mail, the referral code, the customer's number or the id, such as acme.42; it "
    "stands on the member's page."
)
LONGEST_ID = 200
"""Characters that are looked up as an id; what has more is an address of a page, if anything."""

SEVERAL = marked("Several members fit: %(names)s. Write the id of the one that stays.")
OTHER_SHOPS = marked(
    "%(typed)s is an order's number of another shop, and may not be meant: Shopify's own short names cannot be looked "
    "up. Write the customer's e-mail or id."
)
ITSELF = marked("That is this member already; write the id of the other one.")

MAX_ENTRIES = 5000
"""Entries of a statement that one file has; where there are more, its `next` says where the API goes on."""


def export(visit: Visit) -> Reply:
    """All that is kept of a member as a file, as the API's export has it, with the whole statement; and the same of
    each that was merged into it.
    """
    member = stored(visit)
    exported = _whole(visit, member.member)
    both = {**msgspec.structs.asdict(exported), "merged": [_whole(visit, name) for name in exported.merged]}
    content = msgspec.json.format(msgspec.json.encode(both), indent=2)
    headers = pages.HEADERS | {
        "Content-Type": "application/json",
        "Content-Disposition": f'attachment; filename="{member.member}.json"',
    }
    return Reply(200, content, headers)


def ask_erasure(visit: Visit) -> Reply:
    """What would go and what would stay, and the button."""
    member = stored(visit)
    held_of_members = personal_data.held_of_all(member.member)
    return pages.page(
        visit,
        "erase.html",
        member=member,
        profiles=[held.profile for held in held_of_members.values() if personal_data.is_personal(held.profile)],
        reasons=sum(len(held.noted) for held in held_of_members.values()),
        merged=[name for name in held_of_members if name != member.member],
    )


def erase(visit: Visit) -> Reply:
    """Erase the personal data of a member; the books stay."""
    member = stored(visit)
    erasure.erase(_about(visit, member.member), erasure.PostErasure(visit.form.get("hashes") == "1"))
    return pages.redirect(visit.path("members", member.member, done="erased"))


def find_other(visit: Visit) -> Reply:
    """Goes on to both members, by anything that finds the other one; a form, so that an e-mail stands in no address."""
    member = stored(visit)
    try:
        other = _meant(visit.form.get("into", "").strip(), member, visit.now)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "merge"))
    return pages.redirect(visit.path("members", member.member, "merge", into=other.member))


def ask_merge(visit: Visit) -> Reply:
    """Both members with what they have, and the button that makes them one."""
    member = stored(visit)
    try:
        other = _other(visit.request.query.get("into", ""), member)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "merge"))
    request, names = visit.as_api(), queries.names({member.member, other.member})
    both = [api.answer(request, shown) for shown in (member, other)]
    return pages.page(visit, "merge.html", both=both, names=names, programme=visit.programme())


def merge(visit: Visit) -> Reply:
    """Merge the member into another one, for good."""
    member = stored(visit)
    try:
        other = _other(visit.form.get("into", ""), member)
        api.merge(_about(visit, other.member), api.PostMerge(member.member))
    except Rejection as error:
        return show(visit, pages.refused_by(error, "merge"))
    return pages.redirect(visit.path("members", other.member, done="merged"))


def _whole(visit: Visit, name: str) -> ExportAnswer:
    """The export of a member with its statement in one piece."""
    request = _about(visit, name, limit="100")
    exported = erasure.export(request)
    statement = exported.statement
    while statement and statement.next and len(statement.entries) < MAX_ENTRIES:
        page = api.statement_of(replace(request, query={**request.query, "cursor": statement.next}), name)
        statement = replace(page, entries=[*statement.entries, *page.entries])
    return replace(exported, statement=statement)


def _about(visit: Visit, name: str, **query: str) -> Request:
    """The request of a form to the API, about a member."""
    return replace(visit.as_api(query=query), path={"member": name})


def _other(name: str, member: Member) -> Member:
    """The member of an id that somebody wrote, which must be another one. Raises WrongField."""
    other = queries.member(name.strip()) if name.strip() else None
    if other is None:
        raise pages.WrongField("into", NO_OTHER)
    if other.member == member.member:
        raise pages.WrongField("into", ITSELF)
    return other


def _meant(typed: str, member: Member, now: int) -> Member:
    """The only member but this one that an id leads to, or anything else that finds a member. Raises WrongField."""
    exact = queries.member(typed) if 0 < len(typed) <= LONGEST_ID else None
    matches = MemberMatches([exact]) if exact else look_up(typed, now)
    fitting = matches.members
    others = [other for other in fitting if other.member != member.member]
    if len(others) > 1:
        raise pages.WrongField("into", SEVERAL, names=tuple(other.member for other in others))
    if matches.is_ambiguous:
        raise pages.WrongField("into", OTHER_SHOPS, typed=typed)
    if not others:
        raise pages.WrongField("into", ITSELF if fitting else NO_OTHER)
    return others[0]
