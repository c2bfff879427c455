"""What the other tests of identities leave open: codes that were issued stay valid, and typing that is no code."""

import pytest

from chalicelib.domain.identity import Identities, new_code, parse_code

ISSUED = {b"annas-code": "53SYPHN5KBRD", b"0123456": "P9D8KS86H1C9"}
"""Codes of an earlier release, on links that people have shared."""


@pytest.mark.parametrize(("entropy", "code"), ISSUED.items(), ids=ISSUED.values())
def test_a_code_that_was_issued_stays_valid(entropy: bytes, code: str) -> None:
    assert new_code(entropy) == code
    assert parse_code(code) == code


def test_a_code_may_be_pasted_with_what_stood_around_it() -> None:
    assert parse_code("\t53SY-PHN5-KBRD\r\n") == "53SYPHN5KBRD"


@pytest.mark.parametrize("coupon", ["SUMMERSALE!!", "!!!!!!!!!!!!", "53SYPHN5KBR_", "ÄÖÜÄÖÜÄÖÜÄÖÜ"])
def test_twelve_symbols_that_no_code_has_are_no_code(coupon: str) -> None:
    assert parse_code(coupon) == ""


def test_a_customer_belongs_to_the_namespace_of_the_storefront() -> None:
    assert Identities(b"root secret", "north").buyer(7, None) == "north.7"
    assert Identities(b"root secret", "south").buyer(7, None) == "south.7"
