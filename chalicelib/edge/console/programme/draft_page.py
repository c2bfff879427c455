"""A draft of the programme: what it would change, going on with it, and publishing it as the next version."""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.domain.core.calendar import iso, local_day, midnight
from chalicelib.domain.core.phrases import written
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, Rejection
from chalicelib.domain.programme import succession
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.programme.warnings import warnings
from chalicelib.edge.answers import ProgrammeAnswer
from chalicelib.edge.api import programme
from chalicelib.edge.card_terms import rules_of
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.programme import overtaken, trials, versions
from chalicelib.edge.console.programme.document import first, numbers
from chalicelib.edge.console.programme.document.base import draft_of, expected_of, source_of
from chalicelib.edge.console.programme.document.fields import FilledForm, beside_fields
from chalicelib.edge.console.programme.document.kinds.registry import open_kinds
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.edge.yaml_document import as_published, check_size, read_new_document
from chalicelib.store import drafts
from chalicelib.store.drafts import Draft

FARTHEST_YEARS = 10
"""So far ahead a version can be planned at most: a later day is a slip of the pen."""

NO_LATER_DAY = marked("Choose a day after today, of the next %(years)s years, or none.")

TAKE_OVER = "take_over"
"""The field by which a draft's changes are taken over; it says whose values stay where both have changed the same."""


def check(visit: Visit) -> Reply:
    """All that is wrong with a document; where nothing is, the way to the draft that it is. The document is that of the
    form, or the newest version with the changes of a draft that it has overtaken.
    """
    if TAKE_OVER in visit.form:
        return _taken_over(visit)
    draft = Draft(source_of(visit), expected_of(visit))
    check_size(draft.source.encode())
    return to_draft(visit, draft, problems_of(draft.source))


def _taken_over(visit: Visit) -> Reply:
    """The way to the draft that the newest version becomes with an older draft's changes; the page of that one again
    where it stands otherwise to that version than the form's author has seen.
    """
    draft, version = draft_of(visit), versions.version_of(visit)
    texts = overtaken.texts_of(visit, draft, version) if version else None
    wins = visit.form[TAKE_OVER]
    if not (version and texts) or expected_of(visit) != version.newest:
        return show(visit)
    if texts.meet and wins not in (overtaken.NEWEST, overtaken.DRAFT):
        return show(visit)
    try:
        source = texts.merged(draft_wins=wins == overtaken.DRAFT)
    except InvalidInput as error:
        return show(visit, pages.Refused("draft", error.phrase, status=422))
    problems, together = problems_of(source), Draft(source, version.newest)
    return _with_problems(visit, together, problems, version.newest) if problems else to_draft(visit, together, ())


def check_numbers(visit: Visit) -> Reply:
    """The way to the draft that a document becomes with the numbers of the form, each in a field of its own."""
    source = source_of(visit)
    form = show if "draft" in visit.request.query else versions.show
    try:
        changed = numbers.changed(source, visit.form)
    except pages.WrongField as error:
        wrong = numbers.unreadable(source, visit.form)
        return form(visit, pages.Refused("numbers", None, others=wrong, code=error.code))
    problems = problems_of(changed)
    refused = numbers.beside_numbers(source, problems)
    if refused:
        return form(visit, pages.Refused("numbers", None, status=422, others=refused))
    return to_draft(visit, Draft(changed, expected_of(visit)), problems)


def check_first(visit: Visit) -> Reply:
    """The way to the draft of a first document, which the form for that has made of the starter."""
    form, source = FilledForm(visit.form), versions.STARTER.read_text(encoding="utf-8")
    try:
        source = first.document(source, form)
        problems = problems_of(source)
    except InvalidProgramme as error:
        problems = error.invalid
    wrong, _ = beside_fields(problems, first.rows(visit.words))
    if form.wrong or wrong:
        return versions.show(visit, pages.Refused("first", None, others={**wrong, **form.wrong}))
    return to_draft(visit, Draft(source, 0), problems)


def to_draft(visit: Visit, draft: Draft, problems: Collection[InvalidInput]) -> Reply:
    """Store a draft and lead to its page; the page of its problems where there are any."""
    if problems:
        return _with_problems(visit, draft, problems)
    check_size(draft.source.encode())
    drafts.save(draft, visit.name, visit.now)
    return pages.redirect(visit.path("programme", "draft", draft=draft.id))


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """What a draft would change, in words, and the buttons. Raises NotFound for one that is forgotten."""
    draft = draft_of(visit)
    new, version = as_published(draft.source), versions.version_of(visit)
    newest = version.newest if version else 0
    before = as_published(version.source) if version else None
    changed = versions.told(visit, before, new) if before else []
    is_overtaken = bool(changed) and draft.expected != newest
    # What an overtaken draft would break, its author has not changed: that is asked once it goes on from the newest.
    unlike = (
        succession.succession_problems(before, new, programme.fixed_since(before))
        if before and not is_overtaken
        else ()
    )
    return pages.page(
        visit,
        "draft.html",
        refused,
        draft=draft,
        is_overtaken=is_overtaken,
        overtaken=overtaken.overtaken(visit, draft, version) if version and is_overtaken and visit.is_owner else None,
        newest=newest,
        version=version,
        changes=changed,
        broken=list(unlike),
        kinds=open_kinds(new) if visit.is_owner else {},
        parts=versions.part_links(visit, new, draft.id) if visit.is_owner else [],
        numbers=numbers.groups(draft.source, visit.words) if visit.is_owner else [],
        warnings=_doubts(visit, new, before, versions.holding(visit, version) if version else visit.now),
        gives=[] if version else versions.sentences(visit, new, visit.now),
        rules=rules_of(new, visit.words, visit.now),
        trial=trials.trial_of(visit, draft.source, new),
        to_come=trials.campaigns_to_come(visit, new),
        first_day=_planned_day(visit, version, new.timezone) if version else "",
        zone=visit.zone(),
    )


def publish(visit: Visit) -> Reply:
    """Publish a draft as the next version, which holds as soon as it can or from a later day on."""
    draft = draft_of(visit)
    try:
        since = _first_day(visit, as_published(draft.source).timezone)
        asked = {"effective_at": iso(since)} if since else {}
        programme.publish(visit.as_api(draft.source.encode(), asked, **{"if-match": visit.form.get("expected", "0")}))
    except InvalidProgramme as error:
        return _with_problems(visit, draft, error.invalid)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "draft", {"effective_at": "first_day"}))
    return pages.redirect(visit.path("programme", done="published"))


def _planned_day(visit: Visit, newest: ProgrammeAnswer, timezone: str) -> str:
    """The day from which the newest version is to hold, where that is to come; a draft goes on from that version."""
    day = local_day(versions.holding(visit, newest), timezone)
    return day.isoformat() if day > local_day(visit.now, timezone) else ""


def _first_day(visit: Visit, timezone: str) -> int | None:
    """The first second of the day that the form names, None where it names none. Raises WrongField."""
    form = FilledForm(visit.form)
    if not form.text("first_day"):
        return None
    day, today = form.day("first_day"), local_day(visit.now, timezone)
    if form.wrong:
        raise pages.WrongField("first_day", form.wrong["first_day"].text)
    if day <= today or day.year > today.year + FARTHEST_YEARS:
        raise pages.WrongField("first_day", NO_LATER_DAY, years=FARTHEST_YEARS)
    return midnight(day, timezone)


def _with_problems(visit: Visit, draft: Draft, problems: Collection[InvalidInput], merged_into: int = 0) -> Reply:
    """The page of a document that cannot be published: all that is wrong, and the text. `merged_into`: the version that
    a draft's changes were taken over to, so that the author of neither has made the mistake.
    """
    refused = pages.Refused("draft", None, status=422)
    return pages.page(visit, "problems.html", refused, draft=draft, problems=problems, merged_into=merged_into)


def _doubts(visit: Visit, draft: Programme, before: Programme | None, since: int) -> list[str]:
    """What of a draft that holds `since` an instant is allowed and probably not meant. `before`: the version that it
    follows.
    """
    day = local_day(since, draft.timezone)
    return [written(doubt, visit.words, draft) for doubt in warnings(draft, day, before)]


def problems_of(source: str) -> tuple[InvalidInput, ...]:
    """All that is wrong with a document."""
    try:
        parse(read_new_document(source.encode()))
    except InvalidProgramme as error:
        return error.invalid
    return ()
