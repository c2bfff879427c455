"""A CSV file of orders is read by its header; whatever is wrong is named at once, with its line and the fix."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from chalicelib.what_if.log import Log
from infra.__main__ import main
from infra.progress import ProgressLine
from infra.what_if.csv_orders import OPTIONAL, REQUIRED, CsvError, read

HEADER = "order,customer,paid_at,currency,net"
ROW = "1,ana,2026-03-31,EUR,12.34"


def log_of(folder: Path, *lines: str, timezone: str = "UTC") -> Log:
    path = folder / "orders.csv"
    path.write_bytes("\n".join(lines).encode())
    return read(path, timezone)


OF_AMOUNTS = "net must be an amount such as 12.34, with a point and no other sign"


def problems(folder: Path, *lines: str) -> list[str]:
    with pytest.raises(CsvError) as refused:
        log_of(folder, *lines)
    assert str(refused.value).splitlines() == refused.value.problems
    return refused.value.problems


def test_a_row_is_an_order_of_one_line(tmp_path: Path) -> None:
    header = ",".join((*REQUIRED, *OPTIONAL))
    row = "7,ana,2026-03-31T14:05:00+02:00,EUR,12.34,2.47,4.90,3,TEA-1,tea,SPRING,bert,paid"
    log = log_of(tmp_path, header, row)
    content = log.content_numbered(log.content[0])
    (line,) = content.lines
    assert (log.at[0], log.currencies, log.members) == (1774958700, ["EUR"], ["ana", "owner of BERT"])
    assert (line.sku, line.quantity, line.net, line.tax, line.labels) == ("TEA-1", 3, 1234, 247, ("category:tea",))
    assert content.shipping_net == 490
    assert log.delivered_at == log.at


def test_what_was_free_has_no_pieces(tmp_path: Path) -> None:
    """docs/programme.md: a sample puts no stamp on a card and earns no points, in what-if as in a delivery."""
    rows = ("1,ana,2026-03-31,EUR,0.00,0.00,8", "1,,,,0.00,0.19,2", "1,,,,0.01,,3")
    log = log_of(tmp_path, f"{HEADER},tax,quantity", *rows)
    assert [line.quantity for line in log.content_numbered(0).lines] == [0, 2, 3]


def test_only_five_columns_are_needed_in_any_order_and_others_are_not_read(tmp_path: Path) -> None:
    log = log_of(tmp_path, "colour;Net;currency;Paid at;customer;order", "red;5;JPY;2026-03-31;ana;1", "")
    assert log.content_numbered(0).lines[0].net == 5


def test_a_currency_may_be_in_small_letters(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEADER, "1,ana,2026-03-31,eur,12.34", "1,,,EUR,1.00", "2,ana,2026-03-31,JPY,5")
    assert (log.currencies, log.content_numbered(0).lines[0].net) == (["EUR", "JPY"], 1234)
    (problem,) = problems(tmp_path, HEADER, "1,ana,2026-03-31,eur,12.345")
    assert "net must be an amount with 2 decimals at most, as EUR has" in problem


def test_a_time_without_an_offset_is_the_programmes(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEADER, ROW, "2,ana,2026-03-31 09:00,EUR,1", timezone="Europe/Paris")
    assert list(log.at) == [1774908000, 1774908000 + 9 * 3600]


def test_the_rows_of_an_order_are_its_lines(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        f"{HEADER},shipping",
        f"{ROW},",
        "1,,,,7.66,4.90",
        "1,ana,2026-03-31,EUR,1,4.90",
        "2,bo,2026-04-01,USD,3,",
    )
    first, second = (log.content_numbered(number) for number in log.content)
    assert [(line.id, line.net) for line in first.lines] == [("1", 1234), ("2", 766), ("3", 100)]
    assert (first.shipping_net, second.shipping_net) == (490, 0)
    assert log.currencies == ["EUR", "USD"]


def test_orders_of_equal_content_have_one(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEADER, ROW, "2,bo,2026-04-01,EUR,12.34", "3,bo,2026-04-01,EUR,12.35")
    assert list(log.content) == [0, 0, 1]


def test_orders_are_put_in_time(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEADER, "1,a,2026-02-02,EUR,1", "2,a,2026-02-01,EUR,1", "3,a,2026-02-02,EUR,1")
    assert list(log.in_time()) == [1, 0, 2]


@pytest.mark.parametrize(
    ("status", "orders", "kept", "passed_over"),
    [
        ("paid", 1, 1, 0),
        ("Partially refunded", 1, 1, 0),
        ("refunded", 1, 0, 0),
        ("pending", 0, 0, 1),
        ("test", 0, 0, 1),
        ("wc-completed", 1, 1, 0),
        ("On hold", 0, 0, 1),
        ("wc-on-hold", 0, 0, 1),
        ("wc-checkout-draft", 0, 0, 1),
        ("trash", 0, 0, 1),
    ],
)
def test_a_status_says_what_of_an_order_counts(
    tmp_path: Path, status: str, orders: int, kept: int, passed_over: int
) -> None:
    log = log_of(tmp_path, f"{HEADER},status", f"{ROW},{status}")
    assert (len(log), log.kept_orders(), log.passed_over) == (orders, kept, passed_over)


def test_a_code_that_is_a_customers_id_is_the_customers(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, f"{HEADER},referral_code", f"{ROW},", "2,bo,2026-04-01,EUR,1,ana", "3,cy,2026-04-01,EUR,1,X9"
    )
    names = log.members
    assert {number: names[owner] for number, owner in log.owners.items()} == {1: "ana", 2: "owner of X9"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1,ana,31.03.2026,EUR,1", "paid_at must be a date such as 2026-03-31, or a time such as"),
        ("1,ana,2026-03-31,EURO,1", "currency must be an ISO 4217 code such as EUR, got 'EURO'"),
        (
            '1,ana,2026-03-31,EUR,"12,34"',
            "net must be an amount such as 12.34, with a point and no other sign, got '12,34'",
        ),
        (
            "1,ana,2026-03-31,EUR,12.345",
            "net must be an amount with 2 decimals at most, as EUR has; round it to what was charged, got '12.345'",
        ),
        (
            "1,ana,2026-03-31,JPY,12.3",
            "net must be an amount with no decimals, as JPY has; round it to what was charged, got '12.3'",
        ),
        ("1,ana,2026-03-31,EUR,nan", "net must be an amount such as 12.34"),
        ("1,ana,2026-03-31,EUR,", "net must be an amount such as 12.34"),
        ("1,ana,2026-03-31,EUR,-1", "net must not be negative or beyond all measure; what was given back"),
        ("1,ana,2026-03-31,EUR,1,2", "must have 5 cells as the header has, got 6"),
        ("1,,2026-03-31,EUR,1", "customer must be stated in the first row of an order"),
        (",ana,,,1", "order, paid_at, currency must be stated in the first row of an order"),
        ("1,ana,1969-03-31,EUR,1", "paid_at must be after 1970-01-01"),
        ("1,ana,9999-12-31T23:59:59-12:00,EUR,1", "paid_at must be 2999-12-31 at the latest"),
        ("1,ana,3000-01-01,EUR,1", "paid_at must be 2999-12-31 at the latest"),
        ("1,ana,2026-03-31,EUR,1e999999999", "net must be an amount such as 12.34, with a point and no other sign"),
        ("1,ana,2026-03-31,EUR,1e-999999999", "net must be an amount such as 12.34, with a point and no other sign"),
        (f"1,ana,2026-03-31,EUR,{'9' * 30}", "net must not be negative or beyond all measure"),
        *((f"1,ana,2026-03-31,EUR,{amount}", OF_AMOUNTS) for amount in ("1e3", "+5", "\uff15", "1E+2", ".", "NaN")),
        *(
            (f"1,ana,{day},EUR,1", "paid_at must be a date such as 2026-03-31, or a time such as")
            for day in ("20260301", "2026-W09-1", "2026-060", "20260301T101500Z", "\uff12\uff10\uff12\uff16-03-01")
        ),
        ("1,ana,2026-03-31,EUR,1_000", "net must be an amount such as 12.34, with a point and no other sign"),
        ("1,ana,2026-03-31,EUR,\u0661\u0662", "net must be an amount such as 12.34, with a point and no other sign"),
        ("  ,ana,2026-03-31,EUR,1", "order must be stated in the first row of an order"),
        ('1,"ana"x,2026-03-31,EUR,1', "cannot be read as CSV"),
    ],
)
def test_what_is_wrong_with_a_row_is_named_with_its_line(tmp_path: Path, row: str, problem: str) -> None:
    (text,) = problems(tmp_path, HEADER, "0,bo,2026-03-30,EUR,1", row)
    assert text.startswith(f"line 3: {problem}")


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (
            "1.234,,,",
            "tax must be an amount with 2 decimals at most, as EUR has; round it to what was charged",
        ),
        (",x,,", "shipping must be an amount such as 12.34, with a point and no other sign, got 'x'"),
        (",,2.5,", "quantity must be a whole number from 0 to 1000000, got '2.5'"),
        (",,,pendng", "status must be one of authorized, canceled, cancelled, checkout_draft, completed,"),
    ],
)
def test_what_is_wrong_with_a_cell_that_may_be_left_out_is_named(tmp_path: Path, cells: str, problem: str) -> None:
    (text,) = problems(tmp_path, f"{HEADER},tax,shipping,quantity,status", f"{ROW},{cells}")
    assert text.startswith(f"line 2: {problem}")
    assert "pendng" not in cells or text.endswith("(pending?), got 'pendng'")


def test_every_bad_row_is_named_at_once_with_all_that_is_wrong(tmp_path: Path) -> None:
    rows = [
        "1,ana,soon,EUR,x",
        "1,,,,2",
        "1,,,,y",
        ROW.replace("1,", "2,", 1),
        "3,ana,2026-03-31,XXY,1",
        "2,ana,2026-03-31,EUR,1",
    ]
    assert [problem[:24] for problem in problems(tmp_path, HEADER, *rows)] == [
        "line 2: paid_at must be ",
        "line 2: net must be an a",
        "line 4: net must be an a",
        "line 6: currency must be",
        "line 7: order 2 must sta",
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["1,bo,,,1"], "line 3: customer must be the same in all rows of order 1, or empty after the first"),
        (["1,,2026-04-01,,1"], "line 3: paid_at must be the same in all rows of order 1, or empty after the first"),
        (["2,bo,2026-04-01,EUR,1", "1,,,,1"], "line 4: customer, paid_at, currency must be stated in the first row"),
        (["2,bo,2026-04-01,EUR,1", ROW], "line 4: order 1 must stand in rows that follow each other; sort the file"),
    ],
)
def test_the_rows_of_an_order_agree_and_follow_each_other(tmp_path: Path, rows: Sequence[str], problem: str) -> None:
    assert problems(tmp_path, HEADER, ROW, *rows)[0].startswith(problem)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("order,customer,currency,net", ["line 1: the column paid_at is missing; the header must name it"]),
        (f"{HEADER},net", ["line 1: the column net stands twice"]),
        (f"{HEADER},shiping", ["line 1: shiping is not a column of orders; did you mean shipping?"]),
        ("", [f"line 1: the column {name} is missing; the header must name it" for name in REQUIRED]),
    ],
)
def test_a_header_that_is_not_one_of_orders_is_refused(tmp_path: Path, header: str, expected: list[str]) -> None:
    assert problems(tmp_path, header, ROW) == expected


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(f"{HEADER}\n1,Zo\xeb,2026-03-31,EUR,1\n".encode("latin-1"))
    with pytest.raises(CsvError, match=r"^line 2: the file must be UTF-8; save it as CSV UTF-8"):
        read(path, "UTC")
    path.write_bytes(f"{HEADER}\n".encode() + b"1,bo,2026-03-31,EUR,1\n" * 9000 + b"2,Zo\xeb,2026-03-31,EUR,1\n")
    with pytest.raises(CsvError, match=r"^line 9002: the file must be UTF-8"):
        read(path, "UTC")


@pytest.mark.parametrize(("rows", "reason"), [(1, "unexpected end of data"), (9000, "field larger than field limit")])
def test_quotes_that_do_not_end_are_named_where_they_begin(tmp_path: Path, rows: int, reason: str) -> None:
    later = [f"{number},bo,2026-03-31,EUR,1" for number in range(2, rows + 2)]
    (problem,) = problems(tmp_path, HEADER, "0,bo,2026-03-31,EUR,1", '1,"ana,2026-03-31,EUR,1', *later)
    assert problem.startswith(f"line 3: cannot be read as CSV: {reason}")
    assert problem.endswith("; a cell with quotes must end with one, and have those within it twice")


def test_spaces_around_an_orders_id_are_no_part_of_it(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEADER, " 1 ,ana,2026-03-31,EUR,1", "1,ana,2026-03-31,EUR,2")
    assert [line.net for line in log.content_numbered(log.content[0]).lines] == [100, 200]
    rows = "1,ana,2026-03-31,EUR,x", "1 ,,,,2", " 1,,,,y"
    assert [problem[:11] for problem in problems(tmp_path, HEADER, *rows)] == ["line 2: net", "line 4: net"]


def test_rows_without_anything_are_passed_over_as_spreadsheets_leave_them(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEADER, ",,,,", ROW, ",,,,", "1,,,,1", ",,,,")
    assert [line.net for line in log.content_numbered(log.content[0]).lines] == [1234, 100]


def test_a_code_of_nobody_is_the_same_in_small_letters(tmp_path: Path) -> None:
    rows = [f"{number},c{number},2026-04-01,EUR,1,{code}" for number, code in enumerate(("x9", "X9", "c0"))]
    log = log_of(tmp_path, f"{HEADER},referral_code", *rows)
    assert [log.members[log.owners[number]] for number in range(3)] == ["owner of X9", "owner of X9", "c0"]


def test_a_mark_at_the_beginning_is_no_part_of_the_header(tmp_path: Path) -> None:
    assert len(log_of(tmp_path, f"\ufeff{HEADER}\r", f"{ROW}\r")) == 1


def test_the_command_prints_the_problems_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft, orders = tmp_path / "draft.yaml", tmp_path / "orders.csv"
    draft.write_text('name: D\ncurrency: EUR\nlanding: {page: "https://a.example/", hosts: [a.example]}\n')
    orders.write_text(f"{HEADER}\n1,ana,2026-03-31,EURO,1\n")
    assert main(["what-if", str(draft), "--csv", str(orders), "--picture", str(tmp_path / "p.svg")]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "line 2: currency must be an ISO 4217 code such as EUR, got 'EURO'\n")
    assert not (tmp_path / "p.svg").exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_how_much_is_done() -> None:
    stream = Terminal()
    ProgressLine(stream).bar("Reading", 1, 4, "9 rows")
    ProgressLine(stream).bar("Reading", 7, 0, "9 items")
    assert stream.getvalue() == f"\r\033[KReading  {'█' * 6}{'░' * 18}  25%  9 rows\r\033[KReading  9 items"


@pytest.mark.parametrize("row", ["", ",,,,", " , , , , ", ",,"])
def test_a_row_without_anything_in_it_is_none(tmp_path: Path, row: str) -> None:
    assert len(log_of(tmp_path, HEADER, row, ROW, row)) == 1
