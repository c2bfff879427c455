"""Reads a log of orders from a CSV file, by its header; all that is wrong is named at once, each with its line.

A row is a line of an order. The rows of one order follow each other; what is the whole order's stands in the first of
them, and later ones may leave it empty. Imports money, the domain's orders and the log.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.validation_errors import similar
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.orders.facts import Line
from chalicelib.what_if.log import NOTHING, Content, Log

REQUIRED = ("order", "customer", "paid_at", "currency", "net")
OPTIONAL = ("tax", "shipping", "quantity", "sku", "category", "discount_code", "referral_code", "status")
COLUMNS = (*REQUIRED, *OPTIONAL)

KEPT = frozenset(("", "paid", "completed", "processing", "fulfilled", "partially_refunded"))
REFUNDED = frozenset(("refunded",))
NOT_PAID = frozenset(
    (
        "authorized canceled cancelled checkout_draft draft expired failed on_hold partially_paid pending test trash "
        "unpaid voided"
    ).split()
)
STATUSES = KEPT | REFUNDED | NOT_PAID
"""What storefronts call the state of an order: `net` is what was kept of it, nothing of it was, or it never counts."""

MAX_QUANTITY = 1_000_000
MAX_AMOUNT = 10**15
MOST_DIGITS = 40
"""Characters of an amount that is looked at."""

AMOUNT = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
"""How amounts and days are written: what else Python takes for them, a person may mean otherwise."""

LAST_DAY = date(2999, 12, 31)
"""The last day on which an order may be paid: an expiry counts from it, and the calendar ends with the year 9999."""

REPORTED_ROWS = 20_000
"""Rows between two reports of progress."""

OWNER = "owner of "
"""What begins the name of a member of whom only the referral code is known."""

Passed = Callable[[int, int], object]
"""Called with progress: the rows and the bytes that were read."""


class CsvError(OSError):
    """A file of orders that cannot be taken; `problems` are all that is wrong with it, each with its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class _Whole(Struct):
    """What is an order's own, and not its lines'; None or empty where no row has stated it."""

    order: str
    customer: str
    paid_at: int
    currency: str
    shipping: int | None
    referral_code: str
    status: str


def read(path: Path, timezone: str, passed: Passed = lambda *_: None) -> Log:
    """The log of a file; a time without an offset is one of `timezone`. Raises CsvError, or OSError."""
    with path.open("rb") as raw, TextIOWrapper(raw, "utf-8-sig", newline="") as text:
        try:
            return _Reader(text, ZoneInfo(timezone)).log(lambda rows: passed(rows, raw.tell()))
        except UnicodeDecodeError as error:
            raw.seek(0)
            where = f"line {_first_not_utf8(raw)}: the file must be UTF-8; save it as CSV UTF-8 ({error.reason})"
            raise CsvError([where]) from None


def _first_not_utf8(lines: Iterable[bytes]) -> int:
    """The number of the first line that is not UTF-8."""
    for number, line in enumerate(lines, 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            return number
    return 1


class _Reader:
    """One pass over a file: rows become lines, lines an order, as soon as the next order's first row comes."""

    def __init__(self, text: TextIOWrapper, zone: ZoneInfo) -> None:
        header = text.readline()
        delimiter = max(",;\t", key=header.count)
        self._names = _names(next(csv.reader([header], delimiter=delimiter), []))
        self._cells: Callable[[list[str]], tuple[str, ...]] = itemgetter(*map(self._place, COLUMNS))
        self._rows = csv.reader(text, delimiter=delimiter, strict=True)
        self._read = 0
        self._zone = zone
        self._log = Log()
        self._problems: list[str] = []
        self._orders: set[str] = set()
        self._codes: dict[int, str] = {}
        self._whole = _Whole("", "", 0, "", None, "", "")
        self._lines: list[Line] = []

    def log(self, passed: Callable[[int], object]) -> Log:
        """The log of all rows. Raises CsvError."""
        count = 0
        try:
            for count, cells in enumerate(self._rows, 1):
                if any(cell.strip() for cell in cells):
                    self._row(cells)
                self._read = self._rows.line_num
                if not count % REPORTED_ROWS:
                    passed(count)
        except csv.Error as error:
            self._problems.append(
                f"line {self._read + 2}: cannot be read as CSV: {error}; a cell with quotes must end with one, and "
                "have those within it twice"
            )
        self._close()
        if self._problems:
            raise CsvError(self._problems)
        passed(count)
        for number, code in self._codes.items():
            self._log.owners[number] = self._log.member(code if self._log.knows(code) else f"{OWNER}{code.upper()}")
        return self._log

    def _row(self, cells: list[str]) -> None:
        """A row becomes a line of the open order, or of a new one; what is wrong with it becomes a problem."""
        if len(cells) != len(self._names):
            self._problem(f"must have {len(self._names)} cells as the header has, got {len(cells)}")
            return
        cells.append("")  # where the columns are that the file does not have
        order, customer, paid_at, currency, net, tax, shipping, quantity, sku, category, _, code, status = self._cells(
            cells
        )
        order = order.strip()
        is_new = not order or order != self._whole.order
        place = "1" if is_new else str(len(self._lines) + 1)
        try:
            if is_new and not (order and customer.strip() and paid_at and currency):
                raise ValueError
            unit = _currency(currency) or ("" if is_new else self._whole.currency)
            amounts = _amount(net, unit), _amount(tax or "0", unit)
            line = Line(place, sku, sku, _pieces(quantity, amounts), *amounts, _labels(category))
            instant = _instant(paid_at, self._zone) if paid_at else 0
            charge = _amount(shipping, unit) if shipping else None
            whole = _Whole(order, customer.strip(), instant, unit, charge, code.strip(), _status(status))
        except ValueError:
            self._note_problems(dict(zip(COLUMNS, self._cells(cells), strict=True)), is_new=is_new)
            return
        if is_new:
            self._close()
            self._begin(whole)
        elif problem := _contradiction(self._whole, whole):
            self._problem(problem)
        self._lines.append(line)

    def _begin(self, whole: _Whole) -> None:
        """A new order begins."""
        if whole.order in self._orders:
            self._problem(f"order {whole.order} must stand in rows that follow each other; sort the file by order")
        self._orders.add(whole.order)
        self._whole, self._lines = whole, []

    def _close(self) -> None:
        """The open order, complete, goes into the log."""
        whole, lines = self._whole, self._lines
        if not lines or self._problems:
            return
        if whole.status in NOT_PAID:
            self._log.passed_over += 1
            return
        content = NOTHING
        if whole.status not in REFUNDED:
            content = Content(tuple(lines), whole.shipping or 0)
        log = self._log
        buyer = log.member(whole.customer)
        # Nobody states when it was delivered: it counts as delivered when it was paid.
        number = log.add(whole.paid_at, whole.paid_at, buyer, whole.currency, log.number_of(content))
        if whole.referral_code:
            self._codes[number] = whole.referral_code

    def _note_problems(self, cells: Mapping[str, str], *, is_new: bool) -> None:
        """Note every problem of a row; further rows of its order are looked at as such."""
        if is_new:
            self._whole = _Whole(cells["order"].strip(), "", 0, cells["currency"].strip().upper(), None, "", "")
            empty = ", ".join(name for name in REQUIRED[:-1] if not cells[name].strip())
            if empty:
                self._problem(f"{empty} must be stated in the first row of an order")
        unit = cells["currency"].strip().upper() or self._whole.currency
        checks: dict[str, Callable[[str], object]] = {
            "paid_at": lambda text: text and _instant(text, self._zone),
            "currency": _currency,
            "net": lambda text: _amount(text, unit),
            "tax": lambda text: text and _amount(text, unit),
            "shipping": lambda text: text and _amount(text, unit),
            "quantity": _quantity,
            "status": _status,
        }
        if _scale(unit) is None:
            checks = {name: check for name, check in checks.items() if name not in ("net", "tax", "shipping")}
        for name, check in checks.items():
            try:
                check(cells[name])
            except ValueError as error:
                self._problem(f"{name} must {error}, got {cells[name]!r}")

    def _problem(self, text: str) -> None:
        self._problems.append(f"line {self._rows.line_num + 1}: {text}")

    def _place(self, name: str) -> int:
        return self._names.index(name) if name in self._names else len(self._names)


def _names(header: Sequence[str]) -> list[str]:
    """The names of a file's columns. Raises CsvError for missing, doubled and probably misspelt ones."""
    names = [name.strip().lower().replace(" ", "_") for name in header]
    missing = [name for name in REQUIRED if name not in names]
    problems = [f"line 1: the column {name} is missing; the header must name it" for name in missing]
    problems += [f"line 1: the column {name} stands twice" for name in COLUMNS if names.count(name) > 1]
    free = [name for name in COLUMNS if name not in names]
    for name in names:
        meant = "" if name in COLUMNS else similar(name, free)
        if meant and name:
            problems.append(f"line 1: {name} is not a column of orders; did you mean {meant}?")
    if problems:
        raise CsvError(problems)
    return names


def _contradiction(whole: _Whole, later: _Whole) -> str:
    """What a later row of an order says otherwise than an earlier one; empty if nothing, then `whole` has its news."""
    for name in ("customer", "paid_at", "currency", "shipping", "referral_code", "status"):
        first, second = getattr(whole, name), getattr(later, name)
        if second in (None, "", 0):
            continue
        if first in (None, "", 0):
            setattr(whole, name, second)
        elif first != second:
            return f"{name} must be the same in all rows of order {whole.order}, or empty after the first"
    return ""


@lru_cache(1 << 16)
def _amount(text: str, currency: str) -> int:
    """An amount in minor units. Raises ValueError."""
    scale, plain = _scale(currency), text.strip()
    if not AMOUNT.fullmatch(plain) or len(plain) > MOST_DIGITS or scale is None:
        example = "12.34" if scale is None else f"12.{'3456'[:scale]}".rstrip(".")
        raise ValueError(f"be an amount such as {example}, with a point and no other sign")
    try:
        amount = money.minor(Decimal(plain), currency)
    except InvalidInput:
        most = f"{scale} decimals at most" if scale else "no decimals"
        raise ValueError(f"be an amount with {most}, as {currency} has; round it to what was charged") from None
    if not 0 <= amount <= MAX_AMOUNT:
        raise ValueError("not be negative or beyond all measure; what was given back is to be taken off net")
    return amount


def _scale(currency: str) -> int | None:
    try:
        return money.scale_of(currency)
    except InvalidInput:
        return None


@lru_cache(1 << 16)
def _instant(text: str, zone: ZoneInfo) -> int:
    """An instant in seconds. Raises ValueError."""
    try:
        if not DAY.match(text.strip()):
            raise ValueError
        moment = datetime.fromisoformat(text.strip().replace(" UTC", "Z"))
    except ValueError:
        raise ValueError("be a date such as 2026-03-31, or a time such as 2026-03-31T14:05:00+02:00") from None
    instant = int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())
    if instant <= 0:
        raise ValueError("be after 1970-01-01")
    if moment.date() > LAST_DAY:
        raise ValueError(f"be {LAST_DAY} at the latest")
    return instant


@lru_cache(256)
def _currency(text: str) -> str:
    """A currency's code, which Stripe's files have in small letters; empty for none. Raises ValueError."""
    code = text.strip().upper()
    if code and _scale(code) is None:
        raise ValueError("be an ISO 4217 code such as EUR")
    return code


@lru_cache(1024)
def _quantity(text: str) -> int:
    """A number of pieces. Raises ValueError."""
    text = text.strip()
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= MAX_QUANTITY and len(text) < 9):
        raise ValueError(f"be a whole number from 0 to {MAX_QUANTITY}")
    return int(text)


def _pieces(quantity: str, amounts: Sequence[int]) -> int:
    """The pieces of a line; what was free has none, as in a delivery (domain/orders/kept.py). Raises ValueError."""
    number = _quantity(quantity)
    return number if any(amounts) else 0


@lru_cache(1024)
def _status(text: str) -> str:
    """A status as STATUSES have it, however a storefront's file writes it: `wc-on-hold`. Raises ValueError."""
    status = text.strip().lower().replace(" ", "_").replace("-", "_").removeprefix("wc_")
    if status not in STATUSES:
        meant = similar(status, STATUSES - {""})
        raise ValueError(f"be one of {', '.join(sorted(STATUSES - {''}))}{f' ({meant}?)' if meant else ''}")
    return status


@lru_cache(1 << 14)
def _labels(category: str) -> tuple[str, ...]:
    name = category.strip()
    return (f"category:{name}",) if name else ()
