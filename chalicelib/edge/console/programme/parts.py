"""A part of the programme, renamed, changed in its terms or taken out by a form: its page, and the page of the draft.

Nothing is published here: the newest document, or the draft that the address names, is changed, and what that means is
for the page of the draft to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.phrases import Phrase, Value, written
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, NotFound
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.labels import WITHIN
from chalicelib.domain.rewards import summary
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.part_names import part_title
from chalicelib.edge.console.programme import draft_page
from chalicelib.edge.console.programme.document import numbers
from chalicelib.edge.console.programme.document.base import BaseDocument, base_document
from chalicelib.edge.console.programme.document.contents import REFERRAL, DocumentPart, part_of, parts_of
from chalicelib.edge.console.programme.document.fields import (
    LANGUAGES,
    FieldGroup,
    FilledForm,
    Rows,
    beside_fields,
    is_within,
    rows_of,
)
from chalicelib.edge.console.programme.document.friends import FriendTerms, friend_terms_of
from chalicelib.edge.console.programme.document.numbers import NumberField
from chalicelib.edge.console.programme.document.pieces import PartContext, name_row
from chalicelib.edge.console.programme.document.terms import RuleTerms, award_terms_of, campaign_terms_of, terms_of
from chalicelib.edge.console.programme.document.text import (
    value_at,
    with_difference,
    with_field,
    without_field,
    without_item,
)
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import Words
from chalicelib.store.drafts import Draft

AWARDS = {"cards": "reward", "goals": "reward", "steps": "gift"}
"""The parts that have terms in what they award, by their lists, and the field that has it."""

WITH_TERMS = ("earn", "campaigns", REFERRAL)
"""The lists of parts that have terms of their own."""

TEXTS, TERMS, REMOVAL = "texts", "terms", "removal"
"""The forms of the page; the last two are also the fields by which they are told from the first."""


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """The page of a part. Raises NotFound where the document has no such part."""
    base = base_document(visit)
    part = _part(visit, base)
    terms = _terms(visit, part, base)
    fields = [*terms.groups()] if terms else []
    sentence = summary.sentence_of(part.value, base.programme) if isinstance(part.value, summary.TOLD) else None
    return pages.page(
        visit,
        "part.html",
        refused,
        base=base,
        part=part,
        title=part_title(part, visit.words, base.programme),
        about=written(sentence, visit.words, base.programme) if sentence else "",
        rows=_rows(part, visit.words),
        terms=fields,
        numbers=_numbers(visit, part, base, fields),
    )


def check(visit: Visit) -> Reply:
    """The way to the draft that the document becomes with the texts or terms of the form, or without the part."""
    base = base_document(visit)
    part = _part(visit, base)
    form = next((name for name in (REMOVAL, TERMS) if name in visit.form), TEXTS)
    try:
        return {TEXTS: _renamed, TERMS: _on_other_terms, REMOVAL: _removed}[form](visit, part, base)
    except InvalidProgramme as error:
        refused = error.invalid[0].phrase
    except InvalidInput as error:
        refused = error.phrase
    return show(visit, pages.Refused(form, refused, status=422))


def _part(visit: Visit, base: BaseDocument) -> DocumentPart:
    return part_of(base.programme, visit.request.path["section"], visit.request.path["part"])


def _rows(part: DocumentPart, words: Words) -> Rows:
    """The fields of the part's texts, in each language."""
    return [
        tuple(
            replace(field, value=getattr(part.value, name).get(language, ""))
            for language, field in zip(LANGUAGES, name_row(words, name, words.gettext(label)), strict=True)
        )
        for name, label in part.texts.items()
    ]


def _numbers(
    visit: Visit, part: DocumentPart, base: BaseDocument, terms: Collection[FieldGroup]
) -> list[tuple[str, list[NumberField]]]:
    """The numbers of a part that its terms do not have: what a rule gives, a card's size, a goal's target."""
    rows = [row for group in terms for row in group.rows]
    shown = {f"{_path_of_terms(part)}.{path}" for row in rows for field in row for path in field.paths}
    own = []
    for heading, of_part in numbers.groups(base.source, visit.words):
        fields = [number for number in of_part if is_within(number.path, part.path)]
        own.append((heading, [number for number in fields if not any(is_within(number.path, path) for path in shown)]))
    return [(heading, fields) for heading, fields in own if fields]


def _renamed(visit: Visit, part: DocumentPart, base: BaseDocument) -> Reply:
    """The draft with other texts of a part, or the page of the part that says what is wrong with them."""
    source, form = base.source, FilledForm(visit.form)
    for name in part.texts:
        source = _with_text(source, part, name, form.names(name))
    wrong, others = beside_fields(draft_page.problems_of(source), _rows(part, visit.words), [part.path])
    if wrong or others:
        why = others[0].phrase if others else None
        return show(visit, pages.Refused(TEXTS, why, status=422, others=wrong))
    return draft_page.to_draft(visit, Draft(source, base.number), ())


def _with_text(source: str, part: DocumentPart, name: str, typed: dict[str, str]) -> str:
    """The document with a text of a part as it was typed; in languages that the form does not have it stays."""
    before: dict[str, str] = getattr(part.value, name)
    after = typed | {language: text for language, text in before.items() if language not in LANGUAGES}
    if after == before:
        return source
    return with_field(source, part.path, name, after) if after else without_field(source, part.path, name)


def _terms(visit: Visit, part: DocumentPart, base: BaseDocument) -> RuleTerms | FriendTerms | None:
    """The terms of a part; None of a kind that has none in a form."""
    award = AWARDS.get(part.section)
    if part.section not in WITH_TERMS and getattr(part.value, award or "", None) is None:
        return None
    programme, plain_part = base.programme, value_at(base.source, _path_of_terms(part))
    context = PartContext(programme, visit.words, local_day(visit.now, programme.timezone))
    match part.section:
        case "referral":
            return friend_terms_of(plain_part, context)
        case "earn":
            return terms_of(part.value, plain_part, context)
        case "campaigns":
            return campaign_terms_of(part.value, plain_part, context)
    title = written(WITHIN[award], visit.words) if award else ""
    return award_terms_of(getattr(part.value, award or ""), plain_part, context, title)


def _path_of_terms(part: DocumentPart) -> str:
    """Where in the document the terms of a part stand: in what it awards, or in itself."""
    award = AWARDS.get(part.section)
    return f"{part.path}.{award}" if award else part.path


def _on_other_terms(visit: Visit, part: DocumentPart, base: BaseDocument) -> Reply:
    """The draft with other terms of a part, or the page of the part that says what is wrong with them."""
    form, terms = FilledForm(visit.form), _terms(visit, part, base)
    if terms is None:
        raise NotFound("the programme has no such part: %(part)s", part=f"{part.section}/{part.id}")
    after = terms.changed(form)
    if form.wrong:
        return show(visit, pages.Refused(TERMS, None, others=form.wrong))
    path = _path_of_terms(part)
    source = with_difference(base.source, path, after)
    wrong, others = beside_fields(draft_page.problems_of(source), rows_of(terms.groups(form)), [path])
    if wrong or others:
        why = others[0].phrase if others else None
        return show(visit, pages.Refused(TERMS, why, status=422, others=wrong))
    return draft_page.to_draft(visit, Draft(source, base.number), ())


def _removed(visit: Visit, part: DocumentPart, base: BaseDocument) -> Reply:
    """The draft without a part, or the page of the part that says which others need it."""
    if not part.can_go:
        raise InvalidInput("", "it stays: members may hold an asset, and everybody has the first level")
    source = _without(base.source, part)
    problems = draft_page.problems_of(source)
    if not problems:
        return draft_page.to_draft(visit, Draft(source, base.number), ())
    others: tuple[Value, ...] = tuple(_in_need(problems, part, base.programme))
    why = Phrase("It stays while these need it: %(parts)s. Change them or take them out first.", {"parts": others})
    return show(visit, pages.Refused(REMOVAL, why if others else problems[0].phrase, status=422))


def _without(source: str, part: DocumentPart) -> str:
    path, _, number = part.path.partition("[")
    return without_item(source, path, int(number.rstrip("]"))) if number else without_field(source, "", path)


def _in_need(problems: Collection[InvalidInput], gone: DocumentPart, programme: Programme) -> Iterator[Value]:
    """What the parts are called that something is wrong with once another one is gone."""
    for part in parts_of(programme):
        is_behind = part.section == gone.section and (part.number or 0) > (gone.number or 0)
        path = replace(part, number=(part.number or 0) - 1).path if is_behind else part.path
        if part != gone and any(f"{problem.field}.".startswith((f"{path}.", f"{path}[")) for problem in problems):
            yield part.title
