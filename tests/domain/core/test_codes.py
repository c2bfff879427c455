# ruff: noqa: RUF001 - look-alikes are what this is about
"""A referral code is what a person meant who typed, copied or was sent it; and nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.core.identity import CODE_ALPHABET, new_code, parse_code

codes = st.binary(min_size=7, max_size=16).map(new_code)

CODE = "53SYPHN5KBRD"

PASTED = {
    "a full stop behind it": "53SYPHN5KBRD.",
    "a comma behind it": "53SYPHN5KBRD,",
    "a bracket behind it": "53SYPHN5KBRD)",
    "brackets": "(53SYPHN5KBRD)",
    "square brackets": "[53SY-PHN5-KBRD]",
    "angle brackets": "<53SYPHN5KBRD>",
    "straight quotes": '"53SYPHN5KBRD"',
    "curly quotes": "“53SYPHN5KBRD”",
    "French quotes": "«\u202f53SYPHN5KBRD\u00a0»",
    "stars of a messenger": "*53SYPHN5KBRD*",
    "an exclamation mark": "53SYPHN5KBRD!",
    "en dashes": "53SY–PHN5–KBRD",
    "em dashes": "53SY—PHN5—KBRD",
    "a non-breaking hyphen": "53SY\u2011PHN5\u2011KBRD",
    "a minus sign": "53SY\u2212PHN5\u2212KBRD",
    "soft hyphens": "53SY\u00adPHN5\u00adKBRD",
    "dots": "53SY.PHN5.KBRD",
    "underscores": "53SY_PHN5_KBRD",
    "non-breaking spaces": "53SY\u00a0PHN5\u202fKBRD",
    "an ideographic space": "53SY\u3000PHN5\u3000KBRD",
    "a zero-width space": "53SY\u200bPHN5KBRD",
    "a zero-width joiner": "53SY\u200dPHN5KBRD\u200c",
    "a byte order mark": "\ufeff53SYPHN5KBRD",
    "a mark of direction": "\u200e53SYPHN5KBRD\u200f",
    "a word joiner": "53SYPHN5\u2060KBRD",
    "a line break": "53SYPHN5\r\nKBRD",
    "a null": "53SYPHN5KBRD\x00",
    "full-width letters": "５３ＳＹＰＨＮ５ＫＢＲＤ",
    "full-width small letters": "５３ｓｙｐｈｎ５ｋｂｒｄ",
    "bold letters of a social network": "𝟓𝟑𝐒𝐘𝐏𝐇𝐍𝟓𝐊𝐁𝐑𝐃",
    "circled": "⑤③ⓈⓎⓅⒽⓃ⑤ⓀⒷⓇⒹ",
    "Arabic-Indic digits": "\u0665\u0663SYPHN\u0665KBRD",
    "Cyrillic look-alikes": "53\u0405\u0423\u0420\u041dN5\u041a\u0412RD",
    "small Cyrillic look-alikes": "53\u0455\u0443\u0440\u043dn5\u043a\u0432rd",
    "Greek look-alikes": "53S\u03a5\u03a1\u0397\u039d5\u039a\u0392RD",
    "an accent of a dead key": "53SY\u0301PHN5KBR\u0327D",
    "a label": "code: 53SYPHN5KBRD",
    "a label without space": "CODE:53SY-PHN5-KBRD",
    "a French label": "Mon code de parrainage\u00a0: 53SY PHN5 KBRD.",
    "a full-width colon": "コード：53SYPHN5KBRD",
    "an equals sign": "ref=53SYPHN5KBRD",
    "a hash": "#53SYPHN5KBRD",
    "a sentence": "Use 53SY-PHN5-KBRD at the checkout!",
    "a sentence with groups": "Use 53SY PHN5 KBRD at the checkout!",
    "a link": "https://api.example/r/53SYPHN5KBRD",
    "a link of a stage": "https://x.execute-api.eu-west-1.amazonaws.com/prod/r/53SYPHN5KBRD",
    "a link with a query": "https://api.example/r/53SYPHN5KBRD?utm_source=mail&fbclid=IwAR0abc",
    "a link with a fragment": "https://api.example/r/53SYPHN5KBRD#top",
    "a link without scheme": "api.example/r/53sy-phn5-kbrd",
    "a link at the end of a sentence": "(https://api.example/r/53SYPHN5KBRD).",
    "a link with an escaped space": "https://api.example/r/53SYPHN5KBRD%E2%80%8B",
    "the landing page": "https://shop.example/welcome?utm=friend&ref=53SYPHN5KBRD",
    "a landing page with an id like a code": "https://shop.example/?utm_id=000000000000&ref=53SYPHN5KBRD#top",
    "groups at the end of a sentence": "my code is 53SY PHN5 KBRD!",
    "groups before a comma": "Code 53SY PHN5 KBRD, merci",
    "groups behind a label in a sentence": "my code:53SY PHN5 KBRD (valid until 31.12)",
    "groups in brackets": "use my code (53SY PHN5 KBRD) at the checkout",
    "groups in quotes": "mon code est « 53SY PHN5 KBRD », merci",
    "a code between commas": "Code,53SYPHN5KBRD,merci",
    "a number sign": "№53SYPHN5KBRD",
    "a number sign in a sentence": "code №53SYPHN5KBRD",
    "a number sign before groups": "code № 53SY PHN5 KBRD.",
    "a number in words": "No 53SYPHN5KBRD",
    "a number in short": "code No.53SYPHN5KBRD",
    "a German number": "Code Nr. 53SY-PHN5-KBRD",
    "a French number": "code n°53SYPHN5KBRD",
    "a Spanish number": "código Nº 53SYPHN5KBRD",
    "a parameter of a fragment": "https://shop.example/#ref=53SYPHN5KBRD",
    "the last parameter of a fragment": "https://shop.example/?utm_id=000000000000#a=b&ref=53SYPHN5KBRD",
    "a fragment alone": "#ref=53SYPHN5KBRD",
    "a fragment that is the code": "https://shop.example/welcome#53SYPHN5KBRD",
    "spelled out behind a label": "Code: 5 3 S Y P H N 5 K B R D",
    "a percent-encoded link": "https%3A%2F%2Fapi.example%2Fr%2F53SYPHN5KBRD",
    "a percent-encoded landing page": "https%3A%2F%2Fshop.example%2F%3Futm%3Dfriend%26ref%3D53SY-PHN5-KBRD",
    "a link inside a network's link": "https://l.facebook.com/l.php?u=https%3A%2F%2Fapi.example%2Fr%2F53SYPHN5KBRD&h=AT0",
    "a link inside two links": "https://l.example/?u=https%3A%2F%2Fm.example%2F%3Fu%3Dhttps%253A%252F%252Fapi.example"
    "%252Fr%252F53SYPHN5KBRD%26h%3DAT0",
    "percent-encoded groups": "53SY%20PHN5%20KBRD",
    "a percent that encodes nothing": "10% off with 53SY PHN5 KBRD!",
    "groups of eight and four in a sentence": "Code 53SYPHN5 KBRD, merci",
    "groups of four and eight in a sentence": "Code 53SY PHN5KBRD, merci",
    "a dash and a space": "Code 53SY-PHN5 KBRD, merci",
    "two groups of six in a sentence": "Code 53SYPH N5KBRD, merci",
    "two groups of six at the end": "merci, 53syph n5kbrd.",
    "four groups of three in a sentence": "my code is 53S YPH N5K BRD, thanks",
    "groups before another parameter": "ref=53SYPH N5KBRD&x=1",
    "the text that we offer to share": "I like Acme Tea, have a look: https://api.example/r/53SYPHN5KBRD",
}
"""What came with codes when people copied, typed or were sent them (lantern #4794, pubky #867, and trying our own)."""


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED)
def test_a_code_is_what_a_person_meant(text: str) -> None:
    assert parse_code(text) == CODE


def test_a_ligature_is_two_letters() -> None:
    assert parse_code("53SYPHN\ufb06BRW") == "53SYPHNSTBRW"


@given(codes, st.text(st.characters(exclude_categories=["L", "N"]), max_size=8), st.integers(0, 12))
def test_whatever_is_no_letter_or_digit_may_stand_anywhere_in_a_code(code: str, noise: str, place: int) -> None:
    assert parse_code(code[:place] + noise + code[place:]) == code


@given(
    codes,
    st.integers(0, 11),
    st.sampled_from(CODE_ALPHABET),
    st.sampled_from(["{}.", "code: {}", "https://a.b/r/{}?x=1"]),
)
def test_every_wrong_symbol_is_detected_wherever_the_code_was_pasted(
    code: str, place: int, symbol: str, around: str
) -> None:
    typed = code[:place] + symbol + code[place + 1 :]
    assert parse_code(around.format(typed)) == ("" if typed != code else code)


@pytest.mark.parametrize(
    "text",
    [
        "WELCOME10",
        "BLACK FRIDAY 2026",
        "SUMMER-SALE-2026",
        "10% off with code: SUMMER26",
        "code № 1234 5678 9013",
        "100%25 off, no.2026",
        "https%3A%2F%2Fshop.example%2Fr%2FWELCOME10",
        "https://shop.example/discount/WELCOME10?redirect=/cart",
        "https://shop.example/r/WELCOME10",
        "please leave it with the neighbour at number 12",
        "53SYPHN5KBRDA",
        "A53SYPHN5KBRD",
        "53SYPHN5KBR",
        "53SYPHN5KBR\u03bd",  # a small nu is an n or a v
        "😀" * 12,
        "order 53SYPH thanks",
        "53SYPH N5KBRD or 53SYPH N5KBSF, which one?",  # two codes by their check characters
        "room 53SY near PHN5KBRD",
        "my code is 53syph then n5kbrd",
        "use 53SYP HN5KBRD now",  # people part a code in equal groups, or at eight
        "try GREENTEABACS today",  # letters alone are a word, even if the check character is right by chance
        "TRY GREENT EABACS TODAY",
    ],
)
def test_coupons_notes_and_halves_of_codes_are_no_codes(text: str) -> None:
    assert parse_code(text) == ""


def test_what_is_longer_than_any_link_is_not_searched() -> None:
    assert parse_code("x " * 990 + CODE) == CODE
    assert parse_code("x " * 1000 + CODE) == ""
    assert parse_code("\ufdfa" * 100_000) == ""


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_none(text: str) -> None:
    code = parse_code(text)
    assert code == "" or parse_code(code) == code
