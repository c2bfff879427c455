"""Trying a draft on the shop's own orders: an owner starts it, a function does it, and the draft's page shows it."""

from __future__ import annotations

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console import background, pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.programme import draft_page
from chalicelib.edge.console.programme.document.base import draft_of
from chalicelib.edge.messages import Reply
from chalicelib.store import calculations, drafts
from chalicelib.store.calculations import WHAT_IF, Calculation, CalculationReplaced

BUSY = Phrase("Another draft is being tried now. Wait until that is done, which takes fifteen minutes at most.")


def start(visit: Visit) -> Reply:
    """Have a draft tried, unless one is being tried, and show how far that is. The draft is kept for longer by it."""
    draft, on_past_days = draft_of(visit), "on_past_days" in visit.form
    drafts.save(draft, visit.name, visit.now)
    digest = calculations.digest_of(draft.source, visit.version_in_force(), on_past_days=on_past_days)
    ref, at = background.new_ref(visit, WHAT_IF), visit.now
    try:
        background.start(
            visit, Calculation(ref, visit.name, at, draft.source, draft.expected, digest, on_past_days=on_past_days)
        )
    except CalculationReplaced:
        live = calculations.latest(WHAT_IF, visit.now)
        if live is None or live.digest != digest:
            return draft_page.show(visit, pages.Refused("what-if", BUSY, status=409))
    return pages.redirect(f"{visit.path('programme', 'draft', draft=draft.id)}#what-if")
