"""What holds for the whole programme, by a form: its page, and the page of the draft that has it otherwise.

Nothing is published here: the newest document, or the draft that the address names, is changed, and what that means is
for the page of the draft to say.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.phrases import Phrase, day_count
from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from chalicelib.domain.programme.document import rewards_of
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.programme import draft_page
from chalicelib.edge.console.programme.document.base import BaseDocument, base_document
from chalicelib.edge.console.programme.document.fields import FilledForm, PartField, Rows, beside_fields
from chalicelib.edge.console.programme.document.paying import paying_fields, typed_most
from chalicelib.edge.console.programme.document.pieces import (
    PartContext,
    as_stated,
    check_sum,
    days,
    shown,
    stated_fields,
    sum_fields,
    summed,
)
from chalicelib.edge.console.programme.document.text import value_at, with_difference
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.store.drafts import Draft

FORM = "settings"

TOO_SOON = marked("Some rewards can be spent only after %(days)s: write more than these.")


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """The form. Raises NotFound before the first document."""
    base = base_document(visit)
    return pages.page(visit, "settings.html", refused, base=base, rows=_rows(visit, base))


def check(visit: Visit) -> Reply:
    """The way to the draft that the document becomes with the settings of the form."""
    base, form = base_document(visit), FilledForm(visit.form)
    after = _typed(form, visit, base)
    if form.wrong:
        return show(visit, pages.Refused(FORM, None, others=form.wrong))
    try:
        source = with_difference(base.source, "", after)
    except InvalidProgramme as error:
        return show(visit, pages.Refused(FORM, error.invalid[0].phrase, status=422))
    except InvalidInput as error:
        return show(visit, pages.Refused(FORM, error.phrase, status=422))
    problems = draft_page.problems_of(source)
    wrong, _ = beside_fields(problems, _rows(visit, base))
    if wrong:
        return show(visit, pages.Refused(FORM, None, status=422, others=wrong))
    return draft_page.to_draft(visit, Draft(source, base.number), problems)


def _context(visit: Visit, base: BaseDocument) -> PartContext:
    return PartContext(base.programme, visit.words, local_day(visit.now, base.programme.timezone))


def _rows(visit: Visit, base: BaseDocument) -> Rows:
    """The fields, as the document states them."""
    words, document = visit.words, value_at(base.source, "")
    spending = document.get("spending") or {}
    minimum, most = paying_fields(words, "", shown(spending.get("max_percent")))
    return [
        (
            PartField(
                "test_orders",
                words.gettext("Orders that the shop marks as tests earn too, to try things out"),
                "check",
                value="1" if document.get("test_orders") else "",
            ),
        ),
        (
            PartField(
                "inactive_days",
                words.gettext("Balances are gone after days without an order or spending"),
                "number",
                words.gettext("Empty: never."),
                shown(document.get("inactive_days")),
                whole=("inactive_days",),
            ),
        ),
        sum_fields(_context(visit, base), "minimum", minimum.label, spending.get("minimum"), minimum.hint),
        (most,),
    ]


def _typed(form: FilledForm, visit: Visit, base: BaseDocument) -> dict[str, Any]:
    """The document with what was typed."""
    document, context = value_at(base.source, ""), _context(visit, base)
    before = document.get("spending") or {}
    check_sum(form, context, "minimum")
    minimum = as_stated(summed(form, context, "minimum"), before.get("minimum", 0), context)
    spending = {name: value for name, value in before.items() if name not in ("minimum", "max_percent")}
    spending |= stated_fields(minimum=minimum, max_percent=typed_most(form, before.get("min_percent")))
    after = {**document, "spending": spending, "inactive_days": _inactive(form, base)}
    if bool(document.get("test_orders")) != form.has("test_orders"):
        after["test_orders"] = form.has("test_orders") or None
    return {name: value for name, value in after.items() if value is not None and (value != {} or name in document)}


def _inactive(form: FilledForm, base: BaseDocument) -> Any:
    """After how many days a balance is gone, if it is; later than any reward can be spent."""
    inactive = days(form, "inactive_days", least=1)
    waits = max((reward.vest_days for reward in rewards_of(base.programme).values()), default=0)
    if inactive is not None and inactive <= waits:
        form.wrong.setdefault("inactive_days", Phrase(TOO_SOON, {"days": day_count(waits)}))
    return inactive
