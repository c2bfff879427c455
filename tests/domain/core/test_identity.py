import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from chalicelib.domain.core.identity import (
    CODE_ALPHABET,
    Identities,
    guest_id,
    is_guest,
    is_guest_id,
    member_id,
    member_of,
    new_code,
    normalised_email,
    parse_code,
)
from chalicelib.domain.errors import InvalidInput

SHOP = Identities(b"root secret", "shop")

codes = st.binary(min_size=7, max_size=16).map(new_code)


@pytest.mark.parametrize(
    ("written", "mailbox"),
    [
        ("Anna@Example.com", "anna@example.com"),
        ("  anna@example.com ", "anna@example.com"),
        ("anna+shop@example.com", "anna@example.com"),
        ("an.na@example.com", "an.na@example.com"),
        ("an.na+x@gmail.com", "anna@gmail.com"),
        ("A.N.N.A@GoogleMail.com", "anna@gmail.com"),
        ('"odd@name"@example.com', '"odd@name"@example.com'),
        ('"anna"@example.com', "anna@example.com"),  # RFC 5321, 4.1.2: quotes that are not needed
        ('"An.Na+x"@gmail.com', "anna@gmail.com"),
        ('""@example.com', '""@example.com'),
        ("+tag@example.com", ""),
        ("anna@localhost", ""),
        ("@example.com", ""),
        ("anna", ""),
        ("", ""),
    ],
)
def test_one_mailbox_has_one_spelling(written: str, mailbox: str) -> None:
    assert normalised_email(written) == mailbox


UNICODE = [
    ("joe@b\u00fccher.example", "joe@xn--bcher-kva.example"),  # RFC 3492's encoding, UTS 46's mapping
    ("joe@B\u00dcCHER.example", "joe@xn--bcher-kva.example"),
    ("joe@bu\u0308cher.example", "joe@xn--bcher-kva.example"),
    ("joe@XN--BCHER-KVA.example", "joe@xn--bcher-kva.example"),
    ("joe@b\u00fccher\u3002example", "joe@xn--bcher-kva.example"),  # UTS 46, 4.1: the ideographic full stop
    ("joe@stra\u00dfe.example", "joe@xn--strae-oqa.example"),  # UTS 46: no longer strasse.example
    ("joe@strasse.example", "joe@strasse.example"),
    ("joe@example.com.", "joe@example.com"),  # RFC 1034, 3.1
    ("j.o.e@gmail.com.", "joe@gmail.com"),
    ("jos\u00e9@example.com", "jos\u00e9@example.com"),  # RFC 6532, 3.1: NFC
    ("JOSE\u0301@example.com", "jos\u00e9@example.com"),
    ("Joe Doe < joe@example.com >", "joe@example.com"),
    ("<joe@example.com>", "joe@example.com"),  # RFC 5322, 3.4: angle-addr and name-addr
    ("Joe Doe <joe+x@example.com>", "joe@example.com"),
    ("joe@example.com>", "joe@example.com"),
    ("\ufeffjoe@exam\u200bple.com\u2060", "joe@example.com"),
    ("<>", ""),
    ("joe@.", ""),
    ("joe@com.", ""),
    ("\u200b@example.com", ""),
    ("joe@" + "\u00fc" * 63 + ".example", "joe@xn--tda" + "a" * 62 + ".example"),
    ("joe@" + "\u00fc" * 64 + ".example", "joe@" + "\u00fc" * 64 + ".example"),
]


@pytest.mark.parametrize(("written", "mailbox"), UNICODE)
def test_one_mailbox_has_one_spelling_in_any_script_and_as_mail_programs_write_it(written: str, mailbox: str) -> None:
    assert normalised_email(written) == mailbox


def test_a_text_that_is_longer_than_any_address_with_a_name_is_no_address() -> None:
    for name, mailbox in (("a" * 300, "anna@example.com"), ("a" * 1000, "")):
        assert normalised_email(f"{name} <anna@example.com>") == mailbox


@given(st.emails())
def test_normalising_twice_changes_nothing(email: str) -> None:
    once = normalised_email(email)
    assert normalised_email(once) == once


def test_customer_numbers_are_of_a_namespace() -> None:
    identities = Identities(b"key", "acme")
    assert (identities.namespace, identities.buyer(7, None)) == ("acme", "acme.7")


def test_no_text_shows_the_key():
    assert repr(SHOP) == str(SHOP) == "Identities('shop')"
    assert pretty_repr(SHOP) == "Identities(namespace='shop')"


def test_an_email_hash_depends_on_the_mailbox_and_on_the_key_only() -> None:
    assert SHOP.email_hash("An.Na+1@googlemail.com") == SHOP.email_hash("anna@gmail.com")
    assert SHOP.email_hash("anna@gmail.com") == Identities(b"root secret", "other").email_hash("anna@gmail.com")
    assert SHOP.email_hash("anna@gmail.com") != Identities(b"another", "shop").email_hash("anna@gmail.com")
    assert len(SHOP.email_hash("anna@gmail.com")) == 26


def test_a_print_depends_on_its_kind_its_value_and_the_key_only() -> None:
    card = SHOP.print_of("card", "AOB934RVNwzk6xtn")
    assert re.fullmatch(r"card:[a-z2-7]{10}", card)
    assert card == Identities(b"root secret", "other").print_of("card", "AOB934RVNwzk6xtn")
    others = [
        SHOP.print_of("card", "AOB934RVNwzk6xtN"),
        SHOP.print_of("phone", "AOB934RVNwzk6xtn"),
        Identities(b"another", "shop").print_of("card", "AOB934RVNwzk6xtn"),
    ]
    assert len({fingerprint.partition(":")[2] for fingerprint in [card, *others]}) == 4


def test_a_print_is_no_part_of_an_email_hash() -> None:
    hashed = SHOP.email_hash("anna@example.com")
    assert SHOP.print_of("address", "anna@example.com").partition(":")[2] not in hashed


@pytest.mark.parametrize("email", [None, "", "not an address"])
def test_without_an_address_there_is_no_hash(email: str | None) -> None:
    assert SHOP.email_hash(email) == ""


@pytest.mark.parametrize(
    ("customer", "member"), [(207119551, "shop.207119551"), ("207119551", "shop.207119551"), (2**60, f"shop.{2**60}")]
)
def test_a_customer_is_known_by_the_number(customer: str | int, member: str) -> None:
    assert SHOP.buyer(customer, "anna@example.com") == member


@pytest.mark.parametrize("nobody", [None, "", 0, "0"])
def test_a_guest_is_known_by_the_email_and_a_stranger_not_at_all(nobody: str | int | None) -> None:
    assert SHOP.buyer(nobody, "Anna@example.com") == f"guest.{SHOP.email_hash('anna@example.com')}"
    assert SHOP.buyer(nobody, None) == ""


@pytest.mark.parametrize("member", ["207119551", "shop.207119551", "a", "cus_NffrFeUfNV2Hib", "a" * 100, "x:y~z-1"])
def test_a_member_id_is_opaque(member: str) -> None:
    assert member_id(member) == member


@pytest.mark.parametrize("member", ["", "anna@example.com", "a" * 101, "a b", "a#b", "-a", "a\n", "é"])
def test_what_could_be_personal_or_break_a_key_is_no_member_id(member: str) -> None:
    with pytest.raises(InvalidInput, match="member must be 1 to 100 letters"):
        member_id(member)


@given(codes)
def test_a_code_is_twelve_symbols_and_reads_back(code: str) -> None:
    assert len(code) == 12
    assert set(code) <= set(CODE_ALPHABET)
    assert parse_code(code) == code


@given(codes)
def test_a_code_survives_how_people_type_it(code: str) -> None:
    typed = f" {code[:4]}-{code[4:8]} {code[8:]} ".lower().replace("0", "o").replace("1", "l")
    assert parse_code(typed) == code
    assert parse_code(typed.replace("l", "i")) == code


@given(codes, st.integers(0, 11), st.sampled_from(CODE_ALPHABET))
def test_every_wrong_symbol_is_detected(code: str, place: int, symbol: str) -> None:
    typed = code[:place] + symbol + code[place + 1 :]
    assert parse_code(typed) == ("" if typed != code else code)


def test_every_wrong_symbol_of_one_code_is_detected() -> None:
    code = new_code(b"0123456789")
    wrong = {code[:place] + symbol + code[place + 1 :] for place in range(12) for symbol in CODE_ALPHABET} - {code}
    assert len(wrong) == 12 * 31
    assert not [text for text in wrong if parse_code(text)]


@given(codes, st.integers(0, 10))
def test_two_neighbours_swapped_are_detected(code: str, place: int) -> None:
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert parse_code(typed) == ("" if typed != code else code)


@pytest.mark.parametrize(("wrong", "right"), [("0", "Z"), ("Z", "0")])
def test_the_first_and_the_last_symbol_are_not_taken_for_one_another(wrong: str, right: str) -> None:
    code = new_code(int.from_bytes(b"\xff" * 5).to_bytes(10) if right == "Z" else bytes(10))
    assert code[0] == right
    assert parse_code(wrong + code[1:]) == ""


@pytest.mark.parametrize("coupon", ["", "WELCOME10", "SUMMER-SALE-2026", "ÄÖÜ", "0" * 11, "0" * 13])
def test_a_coupon_is_no_code(coupon: str) -> None:
    assert parse_code(coupon) == ""


def test_codes_of_different_random_bytes_differ() -> None:
    assert len({new_code(number.to_bytes(7)) for number in range(1000)}) == 1000


ISSUED = {b"annas-code": "53SYPHN5KBRD", b"0123456": "P9D8KS86H1C9"}
"""Codes of an earlier release, on links that people have shared."""


@pytest.mark.parametrize(("entropy", "code"), ISSUED.items(), ids=ISSUED.values())
def test_a_code_that_was_issued_stays_valid(entropy: bytes, code: str) -> None:
    assert new_code(entropy) == code
    assert parse_code(code) == code


def test_a_code_may_be_pasted_with_what_stood_around_it() -> None:
    assert parse_code("\t53SY-PHN5-KBRD\r\n") == "53SYPHN5KBRD"


@pytest.mark.parametrize("words", ["가" * 1000, "très été " * 200])
def test_a_code_stands_behind_letters_that_are_taken_apart_too(words: str) -> None:
    """A syllable of Hangul becomes two or three characters, a letter with an accent two."""
    assert parse_code(f"{words} 53SYPHN5KBRD") == "53SYPHN5KBRD"


@pytest.mark.parametrize("coupon", ["SUMMERSALE!!", "!!!!!!!!!!!!", "53SYPHN5KBR_", "ÄÖÜÄÖÜÄÖÜÄÖÜ"])
def test_twelve_symbols_that_no_code_has_are_no_code(coupon: str) -> None:
    assert parse_code(coupon) == ""


def test_a_customer_belongs_to_the_namespace_of_the_storefront() -> None:
    assert Identities(b"root secret", "north").buyer(7, None) == "north.7"
    assert Identities(b"root secret", "south").buyer(7, None) == "south.7"


def test_a_customer_s_id_may_be_as_long_as_the_namespace_leaves_room_for() -> None:
    assert member_of("shop", "7" * 95, "customer id") == SHOP.buyer("7" * 95, None) == f"shop.{'7' * 95}"
    with pytest.raises(
        InvalidInput,
        match=r"^customer id must be 1 to 95 letters.* with shop\. before it, it is a member id of 100 at most$",
    ):
        SHOP.buyer("7" * 96, None)
    with pytest.raises(InvalidInput, match="customer must be 1 to 95 letters"):
        member_of("shop", "a b", "customer")


def test_a_guest_s_id_is_that_of_an_e_mail() -> None:
    assert is_guest_id(SHOP.buyer(None, "anna@example.com"))
    assert not any(map(is_guest_id, ("guest.abc", f"guest.{'a' * 27}", f"guest.{'A' * 26}", f"acme.{'a' * 26}", "")))


@pytest.mark.parametrize(("member", "guest"), [(guest_id("hash"), True), ("shop.guest", False), ("guests.1", False)])
def test_a_guest_is_known_by_its_id(member: str, guest: bool) -> None:
    assert is_guest(member) is guest
