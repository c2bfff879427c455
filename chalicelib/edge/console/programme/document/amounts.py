"""An amount of what a rule gives, such as a limit or a budget: as fields of a form, and as a value of the document.

Of points it is a number, of money one for each currency. Imports the programme and the fields of forms; reads no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console.programme.document.fields import NEEDED, FilledForm, PartField
from chalicelib.edge.console.programme.document.pieces import (
    PartContext,
    as_stated,
    check_sum,
    shown,
    sum_fields,
    sum_names,
    summed,
)
from chalicelib.edge.words import marked

NOTHING = marked("More than 0.")
NO_MONEY = marked("The rule gives something else: leave this empty.")


class RuleAmount(Struct, frozen=True):
    """An amount in fields that begin with a `name`. `of`: the asset that the rule gives, empty for money of the order's
    currency, None where the form asks for it. `path`: of the amount below the part, where that is not its name.
    """

    context: PartContext
    name: str
    of: str | None
    path: str = ""

    @property
    def names(self) -> dict[str, str]:
        """The names of the fields, with the currency of each."""
        return sum_names(self.context.programme, self.name)

    def fields(self, label: str, amount: Any, hint: str = "") -> tuple[PartField, ...]:
        """The fields, the first of which takes points where the rule gives these."""
        words, programme, path = self.context.words, self.context.programme, self.path or self.name
        if self.of:
            asset = self.context.assets().get(self.of, self.of)
            label = words.gettext("%(what)s, in %(name)s") % {"what": label, "name": asset}
            return (PartField(self.name, label, "number", hint, shown(amount), paths=(path,)),)
        first, *others = sum_fields(self.context, self.name, label, amount, hint, path)
        if self.of is not None:
            return (first, *others)
        any_asset = words.gettext("In what the rule gives, such as points or %(currency)s.")
        hints = filter(None, [any_asset % {"currency": programme.currency}, hint])
        return (PartField(self.name, label, "number", " ".join(hints), shown(amount), paths=first.paths), *others)

    def typed(self, form: FilledForm, before: Any) -> Any:
        """The amount, of money in all currencies unless it was stated in some; None where none was typed."""
        if self.of:
            check_sum(form, self.context, self.name, self.of)
            for field in self.names:
                if field != self.name and form.text(field):
                    form.wrong[field] = Phrase(NO_MONEY)
            return form.number(self.name, asset=self.context.programme.asset_named(self.of))
        check_sum(form, self.context, self.name)
        sums = summed(form, self.context, self.name)
        currencies = {*before} if isinstance(before, Mapping) else {self.context.programme.currency}
        for field, code in self.names.items():
            if sums and code not in sums and (before is None or {*sums} != currencies):
                form.wrong.setdefault(field, Phrase(NEEDED))
        return as_stated(sums, before, self.context) if sums else None

    def check_more(self, form: FilledForm) -> None:
        """Says beside its fields that it is more than 0."""
        for field, code in self.names.items():
            number = form.number(field, asset=self.context.programme.asset_named(self.of or code))
            if number is not None and not number:
                form.wrong.setdefault(field, Phrase(NOTHING))
