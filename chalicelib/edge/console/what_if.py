"""Trying a draft on the shop's own orders: an owner starts it, a function does it, and the draft's page shows it."""

from __future__ import annotations

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.api.programme import check_size
from chalicelib.edge.console import calculations as started
from chalicelib.edge.console import pages, programme
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.document.base import expected_of, source_of
from chalicelib.edge.messages import Reply
from chalicelib.store import calculations
from chalicelib.store.calculations import WHAT_IF, Calculation, CalculationReplaced

BUSY = Phrase("Another draft is being tried now. Wait until that is done, which takes fifteen minutes at most.")


def show(visit: Visit) -> Reply:
    """The draft that was tried last, with what came of it; the programme's page where it was another one."""
    tried = calculations.latest(WHAT_IF, visit.now)
    if tried is None or tried.digest != visit.request.query.get("digest"):
        return pages.redirect(visit.path("programme"))
    return programme.draft_page(visit, tried.source, str(tried.expected))


def start(visit: Visit) -> Reply:
    """Have a draft tried, unless one is being tried, and show how far that is."""
    source = source_of(visit)
    check_size(source.encode())
    if programme.problems_of(source):
        return programme.check(visit)
    on_past_days, expected = "on_past_days" in visit.form, expected_of(visit)
    digest = calculations.digest_of(source, visit.version_in_force(), on_past_days=on_past_days)
    ref = started.new_ref(visit, WHAT_IF)
    try:
        started.start(
            visit, Calculation(ref, visit.name, visit.now, source, expected, digest, on_past_days=on_past_days)
        )
    except CalculationReplaced:
        live = calculations.latest(WHAT_IF, visit.now)
        if live is None or live.digest != digest:
            refused = pages.Refused("what-if", BUSY, status=409)
            return programme.draft_page(visit, source, str(expected), refused=refused)
    return pages.redirect(visit.path("programme", "draft", digest=digest))
