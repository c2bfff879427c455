"""Values that more than one sender writes."""

from decimal import Decimal

import pytest

from chalicelib.edge.storefronts.reading import Amount, Id, Instant, Number, balance, decoder, query_values, read


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b'"40.00"', "40.00"),
        (b"40", "40"),
        (b"89.99", "89.99"),
        (b"0.1", "0.1"),
        (b"1e2", "100"),
        (b"19.990000000000002", "19.99"),
        (b"5.684341886080802e-14", "0"),
        (b'"-0.5"', "-0.5"),
    ],
)
def test_a_number_never_was_a_float(written, value):
    assert read(decoder(Number), written) == Decimal(value)


@pytest.mark.parametrize(
    "raw", ["", " 1", "1_000", "1,5", "NaN", "inf", "1e5", "\uff11", "+1", ".5", "0" * 13, None, [], {}, True]
)
def test_what_is_no_number_is_refused(raw):
    with pytest.raises(ValueError, match="must be a decimal number"):
        Number(raw)


def test_a_number_that_is_too_large_is_told_so() -> None:
    with pytest.raises(ValueError, match=r"must be below 10\^12"):
        Number("9" * 13)


def test_a_number_too_large_to_be_made():
    for written in (b"1e999999999999999999999", b"1e400", b"1e-400", b"9" * 400):
        with pytest.raises(Exception, match=r"must be|JSON|range"):
            read(decoder(Number), written)


def test_an_amount_is_not_negative():
    assert Amount("0.00") == 0
    with pytest.raises(ValueError, match="must not be negative"):
        Amount("-0.01")


@pytest.mark.parametrize(
    ("stamp", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2021-12-31T19:00:00-05:00", 1640995200000),
        ("2022-01-01T00:00:00", 1640995200000),
        ("2019-01-01 00:00:00.000Z", 1546300800000),
        ("2026-01-31T09:00:00.123456Z", 1769850000123),
        ("9999-12-31T23:59:59-23:59", 253402387139000),
    ],
)
def test_an_instant_is_read_to_the_millisecond(stamp, ms):
    instant = Instant(stamp)
    assert (instant.ms, instant.s) == (ms, ms // 1000)


@pytest.mark.parametrize("raw", ["", "0000-00-00T00:00:00", "now", 5, None, True, "0001-01-01T00:00:00+23:59"])
def test_what_is_no_instant_is_refused(raw):
    with pytest.raises(ValueError, match="must"):
        Instant(raw)


@pytest.mark.parametrize(
    "raw", [9007199254740993, 123456789012345678901234567890, "9007199254740993", "gid:1", "cs_test_a1", 0]
)
def test_ids_are_text_however_they_are_written(raw):
    assert Id(raw).text == str(raw)


@pytest.mark.parametrize(
    "raw", ["", " 1", "a/b", "a b", "é", "ana@example.com", "x" * 101, -1, True, None, 1.5, [], "1\n"]
)
def test_what_is_no_id_is_refused(raw):
    with pytest.raises(ValueError, match="must be an id"):
        Id(raw)


def nested(depth):
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ([], "0"),
        (["2.50", 1, Decimal("0.25")], "3.75"),
        (["2.50", "-1", "x", None, True, {}, 10**5000, nested(100_000)], "2.50"),
    ],
)
def test_a_balance_sums_what_is_an_amount(values, total):
    assert balance(values) == Decimal(total)


@pytest.mark.parametrize(
    ("url", "values"),
    [(None, []), ("", []), ("/?a=1&b=&c=3#x", ["3", "1"]), ("http://[?x=%ff", ["\ufffd"]), ("no query", [])],
)
def test_the_values_in_an_address_the_last_first(url, values):
    assert query_values(url) == values
