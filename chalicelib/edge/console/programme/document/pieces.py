"""What the forms of several kinds of part have in common: the pieces of the document that they make, and names,
rewards, products and multiplied rules as fields and as values.

Imports the programme and the fields of forms; reads no table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import Phrase, day_count, decimal_count
from chalicelib.domain.programme.assets import Asset
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import MAX_DAYS, MAX_SUM, Lasting, least_days
from chalicelib.domain.programme.segments import segments_of
from chalicelib.edge.console.part_names import earning_names, segment_name
from chalicelib.edge.console.programme.document.fields import LANGUAGES, FilledForm, Option, PartField, Rows, id_of
from chalicelib.edge.words import Words, marked

ALL = "*"
"""What a form sends for all rules."""

NO_DAYS = marked("At least one day.")
NO_SUM = marked("Write an amount of 0 or more, at most %(most)s.")
TOO_FINE = marked("Write at most %(decimals)s.")
NO_DECIMALS = marked("Write it without decimals.")
NO_PERCENT = marked("Write a percent from 0 to 100.")
NO_WAIT = marked("Write a whole number of days, at most %(most)s, or leave it empty.")
COUNTED_FROM = marked("The document says from when these days count, so it needs some: fill this in.")
ENDS_WITH_PERIOD = marked(
    "It expires at the end of a period, which may come before: say too after how many days it expires, or leave this "
    "empty."
)
GONE_BEFORE = marked("Members lose what they have after %(days)s without an order or spending: write fewer than these.")
GONE_BY_THEN = marked("It expires after %(days)s: write fewer than these.")
EXPIRED_BEFORE = marked("It would expire before it can be spent: write more than %(days)s.")

SELECTORS = {
    "categories": marked("Categories"),
    "skus": marked("SKUs"),
    "products": marked("Product numbers"),
    "collections": marked("Collections"),
    "tags": marked("Tags"),
}


MEASURES = {
    "orders": marked("orders"),
    "spend": marked("goods bought, in %(currency)s"),
    "pieces": marked("pieces"),
    "categories": marked("different categories"),
    "days": marked("different days"),
    "weeks": marked("weeks in a row"),
}


class Piece(Struct, frozen=True):
    """A value that the document gets at a path: an item of a list behind another one (None: the last), a named part or
    a section. `inside`: where below it the fields of the form stand.
    """

    path: str
    value: Mapping[str, Any]
    after: int | None = None
    inside: str = ""


def item(section: str, value: Mapping[str, Any], programme: Programme) -> Piece:
    """An item at the end of a list of the programme."""
    return Piece(f"{section}[{len(getattr(programme, section))}]", value)


class PartContext(Struct, frozen=True):
    """What a form depends on: the programme that gets the part, the reader's words, the shop's day, the ids that other
    parts have or had.
    """

    programme: Programme
    words: Words
    today: date
    taken: Collection[str] = ()

    def texts(self, texts: dict[str, str]) -> tuple[Option, ...]:
        """Options with texts of our own."""
        values = {"currency": self.programme.currency}
        return tuple((name, self.words.gettext(text) % values) for name, text in texts.items())

    def rules(self) -> dict[str, str]:
        """The rules that orders earn by, by id, with what people call them."""
        names = earning_names(self.words, self.programme)
        return {rule.id: names[rule.id] for rule in self.programme.earn if not rule.activity}

    def assets(self) -> dict[str, str]:
        """What can be given, the programme's own assets first, with what people call it."""
        assets = self.programme.assets
        own = {name: self.words.name(asset.name, name) for name, asset in assets.items()}
        return own | {self.programme.currency: self.programme.currency}

    def measures(self, texts: dict[str, str]) -> tuple[Option, ...]:
        """Options of what can be counted: some with texts of our own, and what orders earned of each own asset."""
        earned, names = self.words.gettext("%(name)s earned by orders"), self.assets()
        own = tuple((name, earned % {"name": names[name]}) for name in self.programme.assets)
        return (*self.texts(texts), *own)

    def levels(self) -> dict[str, str]:
        """The levels, with what people call them."""
        steps = self.programme.levels.steps if self.programme.levels else ()
        return {step.id: self.words.name(step.name, step.id) for step in steps}

    def segments(self) -> dict[str, str]:
        """The segments, with what people call them."""
        return {name: segment_name(self.words, self.programme, name) for name in segments_of(self.programme)}


def name_row(words: Words, name: str, what: str, hint: str = "", whole: str = "") -> tuple[PartField, ...]:
    """The fields of a text for shoppers, one for each language."""
    return tuple(
        PartField(
            f"{name}_{language}",
            words.gettext(label) % {"what": what},
            hint=hint,
            paths=() if whole else (f"{name}.{language}",),
            whole=(f"{whole}.{language}",) if whole else (),
        )
        for language, label in LANGUAGES.items()
    )


def named(form: FilledForm, context: PartContext, kind: str, **more: Any) -> dict[str, Any]:
    """The beginning of a part: its id, made from its name, and the name."""
    names = form.names("name", needed=True)
    return {"id": id_of(names, kind, context.taken), **more, "name": names}


def multiplied(form: FilledForm, context: PartContext) -> dict[str, Any]:
    """The rules that are multiplied, by how much."""
    rules = context.rules()
    rule, factor = form.choice("rule", [ALL, *rules]), form.number("factor", needed=True)
    return dict.fromkeys(rules if rule == ALL else [rule], factor)


def factor_paths(context: PartContext) -> tuple[str, ...]:
    """Where by how much a rule is multiplied stands below a part."""
    return tuple(f"multiply.{rule}" for rule in context.rules())


def stated_fields(**values: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in values.items() if value not in (None, {}, [])}


def sum_fields(
    context: PartContext, name: str, label: str, value: Any = "", hint: str = "", path: str = ""
) -> tuple[PartField, ...]:
    """The fields of a sum, in the programme's currency and in each of its others. `value`: what they show, a number of
    the programme's currency or one for each. `path`: of the sum below the part, where that is not its name.
    """
    programme, path = context.programme, path or name
    values = value if isinstance(value, Mapping) else {programme.currency: value}
    return tuple(
        PartField(
            field,
            context.words.gettext("%(what)s, in %(name)s") % {"what": label, "name": code},
            "number",
            hint,
            shown(values.get(code)),
            paths=(path, f"{path}.{code}"),
        )
        for field, code in sum_names(programme, name).items()
    )


def sum_names(programme: Programme, name: str) -> dict[str, str]:
    """The names of the fields of a sum, with the currency of each."""
    return {name if code == programme.currency else f"{name}_{code}": code for code in programme.all_currencies}


def as_stated(sums: dict[str, Decimal], before: Any, context: PartContext) -> Any:
    """A sum as its document writes it: a number where it has been one and can stay one."""
    own = context.programme.currency
    return sums[own] if before is not None and not isinstance(before, Mapping) and {*sums} == {own} else sums


def shown(number: Any) -> str:
    """A number of a document as a form shows it; empty for none. One that could be read in two ways has a 0 less."""
    return "" if number is None else re.sub(r"(?<=\.[0-9]{2})0$", "", str(number))


def summed(form: FilledForm, context: PartContext, name: str, *, needed: bool = False) -> dict[str, Decimal]:
    """A number for each currency in which one was typed."""
    sums = {}
    for field, code in sum_names(context.programme, name).items():
        sums[code] = form.number(field, needed=needed and field == name, asset=context.programme.asset_named(code))
    return stated_fields(**sums)


def check_sum(form: FilledForm, context: PartContext, name: str, of: str = "") -> None:
    """Says beside the fields of a sum what an amount of that currency, or of the asset `of`, cannot be."""
    programme = context.programme
    for field, code in ({name: of} if of else sum_names(programme, name)).items():
        asset = programme.asset_named(code)
        number, decimals = form.number(field, asset=asset), money.decimals_of(asset)
        if number is None or field in form.wrong:
            continue
        if not 0 <= number <= MAX_SUM:
            form.wrong[field] = Phrase(NO_SUM, {"most": context.words.number(MAX_SUM)})
        elif number != round(number, decimals):
            form.wrong[field] = (
                Phrase(TOO_FINE, {"decimals": decimal_count(decimals)}) if decimals else Phrase(NO_DECIMALS)
            )


def selector_row(context: PartContext, path: str, hint: str) -> tuple[PartField, ...]:
    """The fields by which products are named."""
    words = context.words
    listed = words.gettext("Separated by commas.")
    return (
        PartField("match_by", words.gettext("Products by"), "choice", hint, options=context.texts(SELECTORS)),
        PartField("match", words.gettext("Which ones"), hint=listed, paths=(path,)),
    )


def matched(form: FilledForm) -> dict[str, Any]:
    """The products that are named; empty where none is."""
    names = [name.strip() for name in form.text("match").split(",")]
    return stated_fields(**{form.choice("match_by", SELECTORS): [name for name in names if name]})


def award_rows(context: PartContext, name: str, label: str, *, needed: bool = False) -> Rows:
    """The fields of what is given: how much, of what, from when and for how long. `name`: of the field of the document
    that has it; empty: the part itself.
    """
    words, above = context.words, f"{name}." if name else ""
    give = (f"{above}amount", f"{above}give", *((name,) if name else ()))
    options = tuple(context.assets().items())
    never = words.gettext("Empty: as the points do, or never.")
    lasting = lasting_fields(words, {"vest_days": "", "expire_days": ""}, never=never)
    return [
        (
            PartField(name or "give", label, "number", needed=needed, paths=give),
            PartField("of", words.gettext("Of"), "choice", options=options, paths=(f"{above}of",)),
        ),
        tuple(replace(field, paths=(f"{above}{field.name}",)) for field in lasting),
    ]


def awarded(form: FilledForm, context: PartContext, name: str, *, needed: bool = False) -> dict[str, Any]:
    """What is given: money of the programme's currency as `amount`, of anything else so many; empty for nothing."""
    of = form.choice("of", context.assets())
    number = form.number(name, needed=needed, asset=context.programme.asset_named(of))
    days = lasting(form, context, of)
    return award(number, of, context) | days if number is not None else {}


def award(number: Decimal, of: str, context: PartContext) -> dict[str, Any]:
    """So much money of the programme's currency, or so many of another asset."""
    return {"amount": number} if of == context.programme.currency else {"give": number, "of": of}


def given(form: FilledForm, context: PartContext) -> dict[str, Any]:
    """What a rule for an activity gives."""
    of = form.choice("of", context.assets())
    given = {"give": form.number("give", needed=True, asset=context.programme.asset_named(of)), "of": of}
    return given | lasting(form, context, of)


def lasting(form: FilledForm, context: PartContext, of: str) -> dict[str, Any]:
    """From when, and until when by a rule of its own, what is given of an asset can be spent."""
    programme = context.programme
    asset = programme.assets.get(of)
    lasts = lasting_days(asset) if asset else None
    return stated_fields(**spendable(form, programme.inactive_days, lasts=lasts))


def lasting_days(source: Lasting | Asset) -> int | None:
    """How many days at least something lasts, where days or months are stated of it."""
    return least_days(source.expire_months) if source.expire_months else source.expire_days


def lasting_fields(
    words: Words, values: Mapping[str, str], *, above: str = "", never: str = ""
) -> tuple[PartField, ...]:
    """The fields that `spendable` reads, of which those are shown that have a value, if an empty one: `vest_days` and
    `expire_days`. `above`: what their names begin with; `never`: what an empty end means where it is not for good.
    """
    texts = {
        "vest_days": (
            words.gettext("Can be spent after days"),
            words.gettext("No fewer than you take returns for. Empty: at once."),
        ),
        "expire_days": (words.gettext("Expires after days"), never or words.gettext("Empty: never.")),
    }
    return tuple(
        PartField(f"{above}{name}", label, "number", hint, values[name], paths=(f"{above}{name}",))
        for name, (label, hint) in texts.items()
        if name in values
    )


def spendable(
    form: FilledForm,
    inactive_days: int | None = None,
    *,
    is_from_vesting: bool = False,
    lasts: int | None = None,
    above: str = "",
) -> dict[str, int | Decimal | None]:
    """From when and until when what is given can be spent: `vest_days` and `expire_days`, None where nothing is said
    of it. `inactive_days`: of the programme. `is_from_vesting`: whether the second begins with the end of the first.
    `lasts`: how long it lasts where the form says nothing of that. `above`: what the names of the fields begin with.
    """
    wait, end = f"{above}vest_days", f"{above}expire_days"
    vests, expires = days(form, wait) or None, days(form, end, least=1)
    if vests and inactive_days is not None and vests >= inactive_days:
        form.wrong.setdefault(wait, Phrase(GONE_BEFORE, {"days": day_count(inactive_days)}))
    if vests and expires is None and lasts is not None and vests >= lasts:
        form.wrong.setdefault(wait, Phrase(GONE_BY_THEN, {"days": day_count(lasts)}))
    is_read = not {wait, end} & form.wrong.keys()
    if is_read and not is_from_vesting and vests and expires and expires <= vests:
        form.wrong[end] = Phrase(EXPIRED_BEFORE, {"days": day_count(int(vests))})
    return {"vest_days": vests, "expire_days": expires}


def check_expiry(form: FilledForm, part: Mapping[str, Any], lasting: Mapping[str, Any], above: str = "") -> None:
    """Says beside the days of a part how they contradict what else its document states of its expiry."""
    wait, end = f"{above}vest_days", f"{above}expire_days"
    if lasting["expire_days"] is not None or "expire_months" in part:
        return
    if "expire_end" in part:
        is_late = lasting["vest_days"] and part.get("expire_from") != "vesting" and part.get("vest_on") != "delivery"
        if is_late:
            form.wrong.setdefault(wait, Phrase(ENDS_WITH_PERIOD))
    elif "expire_from" in part:
        form.wrong.setdefault(end, Phrase(COUNTED_FROM))


def days(form: FilledForm, name: str, *, least: int = 0) -> int | Decimal | None:
    """A number of days; None where none was typed."""
    number = form.whole(name)
    if number is not None and not (number == int(number) and 0 <= number <= MAX_DAYS):
        form.wrong.setdefault(name, Phrase(NO_WAIT, {"most": str(MAX_DAYS)}))
    elif number is not None and number < least:
        form.wrong.setdefault(name, Phrase(NO_DAYS))
    return number
