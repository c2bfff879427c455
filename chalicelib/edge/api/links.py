"""Referral links: the redirect to the landing page, and the data with which a member shares a link.

No reward depends on a click: clicks of persons are counted for statistics only, and a link redirects only to the
landing page of the programme in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from chalicelib.domain.core.identity import parse_code
from chalicelib.domain.core.phrases import ENGLISH, Wording
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.programme.document import Landing, Programme, landing_allowed
from chalicelib.edge import process, telemetry
from chalicelib.edge.answers import CodeAnswer, ShareLinks
from chalicelib.edge.messages import Reply, Request
from chalicelib.store import clicks

MAX_QUERY = 2000
"""Characters of a link's own query that are passed on; browsers, proxies and shops take addresses of this length."""

_ADDRESS = re.compile(r"(https?|ftp|file|data|javascript|vbscript):|[a-z][a-z0-9+.-]*:[/\\]|[/\\]{2}", re.IGNORECASE)
_IGNORED_BY_BROWSERS = re.compile(r"[\s\x00-\x1f]+")


def of(request: Request, code: str) -> str:
    """The link of a code."""
    return f"{process.address(request)}/r/{code}"


def follow(request: Request) -> Reply:
    """Count the click of a person and redirect to the landing page with the code and the link's own query.

    An unknown code redirects there too, without the code, so that a mistyped link still arrives at the shop.
    """
    programme = process.engine().programme_in_force(request.now)
    code = parse_code(request.path["code"])
    exists = bool(code) and process.codes().has(code, request.now)
    if exists and _is_person(request):
        _count(code)
    location = destination(programme.landing, code if exists else "", request.pairs)
    return Reply(302, b"", {"Location": location, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"})


def _count(code: str) -> None:
    try:
        clicks.count(code)
    except Unavailable:
        telemetry.count("UncountedClick")


def destination(landing: Landing, code: str, pairs: Iterable[tuple[str, str]] = ()) -> str:
    """The URL of the landing page with the code as a parameter, checked again against the allowed hosts.

    `pairs`: the query that the link came with (`utm_source`, `fbclid`, `gclid`), which the shop's own statistics need.
    """
    assert landing_allowed(landing.page, [host.lower() for host in landing.hosts])
    parts = urlsplit(landing.page)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != landing.parameter]
    query += _passed_on(pairs, {_as_php(name) for name, _ in query} | {_as_php(landing.parameter)})
    query += [(landing.parameter, code)] if code else []
    return urlunsplit(parts._replace(path=_ascii(parts.path), query=_encoded(query), fragment=_ascii(parts.fragment)))


def _passed_on(pairs: Iterable[tuple[str, str]], taken: set[str]) -> list[tuple[str, str]]:
    """The parameters of a link's query that are passed on: no name that is taken, no URL, at most MAX_QUERY.

    A URL could make a page that redirects by a parameter an open redirect.
    """
    passed: list[tuple[str, str]] = []
    for pair in pairs:
        if _as_php(pair[0]) in taken or _ADDRESS.match(_IGNORED_BY_BROWSERS.sub("", pair[1])):
            continue
        if len(_encoded([*passed, pair])) > MAX_QUERY:
            break
        passed.append(pair)
    return passed


def _as_php(name: str) -> str:
    """A parameter's name as PHP shops read it, without case: `ref[]` and ` ref` set `ref`, `my.ref` sets `my_ref`."""
    return re.sub(r"[ .]", "_", name.strip().partition("[")[0].lower())


def _encoded(query: Sequence[tuple[str, str]]) -> str:
    return urlencode(query, errors="replace")


def _ascii(text: str) -> str:
    """A URL's part percent-encoded for a header; what is encoded already is unchanged."""
    return quote(text, safe="/%:@!$&'()*+,;=?")


def answer(request: Request, member: str, code: str, programme: Programme | None) -> CodeAnswer:
    """A code with its link, share links and QR code."""
    import segno

    link = of(request, code)
    share = shared(link, programme, ENGLISH)[1]
    # The light squares are painted too: a page may be dark.
    picture = BytesIO()
    # A name space and a view box, without which an <img> shows nothing and cannot be scaled.
    segno.make(link, error="m").save(
        picture, kind="svg", scale=4, border=4, light="#fff", title=link, xmldecl=False, nl=False, unit="px"
    )
    return CodeAnswer(member, code, link, share, picture.getvalue().decode(), clicks.total(code))


def shared(link: str, programme: Programme | None, wording: Wording) -> tuple[str, ShareLinks]:
    """A text with which a member shares its link, and the addresses that open the member's own e-mail or WhatsApp."""
    shop = programme.name if programme else wording.gettext("our shop")
    text = wording.gettext("I like %(shop)s, have a look: %(link)s") % {"shop": shop, "link": link}
    email = f"mailto:?subject={quote(shop)}&body={quote(text)}"
    return text, ShareLinks(email=email, whatsapp=f"https://wa.me/?text={quote(text)}")


def _is_person(request: Request) -> bool:
    """Whether a person's browser sent the request: no prefetch, crawler, mail scanner or HTTP library."""
    if request.method != "GET" or not request.headers.get("accept"):
        return False
    purpose = " ".join(request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"))
    agent = request.headers.get("user-agent", "")
    if "prefetch" in purpose.lower() or "preview" in purpose.lower() or not agent.startswith("Mozilla/5.0 ("):
        return False
    from crawleruseragents import is_crawler

    return not is_crawler(agent)
