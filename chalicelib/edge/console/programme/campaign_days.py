"""Changing the days of a campaign by a form: its page, and the page of the draft that has the other days."""

from __future__ import annotations

from datetime import date

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.programme import draft_page
from chalicelib.edge.console.programme.document import text as document_text
from chalicelib.edge.console.programme.document.base import base_document
from chalicelib.edge.console.programme.document.fields import FilledForm, PartField, Rows, beside_fields
from chalicelib.edge.messages import Reply
from chalicelib.store.drafts import Draft

FORM = "days"


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """The form. Raises NotFound where the newest document has no such campaign."""
    newest = base_document(visit).programme
    campaign, today = newest.campaigns[_number(visit, newest)], local_day(visit.now, newest.timezone)
    return pages.page(
        visit,
        "campaign_days.html",
        refused,
        campaign=campaign,
        rows=_rows(visit, campaign, today),
        today=today if campaign.starts <= today < campaign.ends else None,
    )


def check(visit: Visit) -> Reply:
    """The way to the draft that the newest document becomes with the days of the form. Raises NotFound."""
    newest = base_document(visit)
    number, form = _number(visit, newest.programme), FilledForm(visit.form)
    campaign = newest.programme.campaigns[number]
    rows = _rows(visit, campaign, local_day(visit.now, newest.programme.timezone))
    days = {field.name: form.day(field.name) for row in rows for field in row if field.name in visit.form}
    if form.wrong:
        return show(visit, pages.Refused(FORM, None, others=form.wrong))
    try:
        source = _changed(newest.source, f"campaigns[{number}]", campaign, days)
    except InvalidInput as error:
        return show(visit, pages.refused_by(error, FORM))
    problems = draft_page.problems_of(source)
    wrong, _ = beside_fields(problems, rows, [f"campaigns[{number}]"])
    if wrong:
        return show(visit, pages.Refused(FORM, None, status=422, others=wrong))
    return draft_page.to_draft(visit, Draft(source, newest.number), problems)


def _number(visit: Visit, programme: Programme) -> int:
    """Where the campaign that the path names stands in the list of the newest document."""
    name = visit.request.path["campaign"]
    for number, campaign in enumerate(programme.campaigns):
        if campaign.id == name:
            return number
    raise NotFound("there is no campaign %(campaign)s in the newest version of the programme", campaign=name)


def _rows(visit: Visit, campaign: Campaign, today: date) -> Rows:
    """The fields: the last day, and before the campaign has begun the first one too."""
    words, starts, ends = visit.words, str(campaign.starts), str(campaign.ends)
    first = PartField("starts", words.gettext("First day"), "day", value=starts, needed=True, paths=("starts",))
    if campaign.starts > today:
        return [(first, PartField("ends", words.gettext("Last day"), "day", value=ends, needed=True, paths=("ends",)))]
    hint = words.gettext("A day before today ends it at once.") if campaign.starts < today else ""
    return [(PartField("ends", words.gettext("Last day"), "day", hint, ends, needed=True, paths=("ends",)),)]


def _changed(source: str, path: str, campaign: Campaign, days: dict[str, date]) -> str:
    """The text with those days that differ."""
    for name, day in days.items():
        if day != getattr(campaign, name):
            source = document_text.with_value(source, f"{path}.{name}", day)
    return source
