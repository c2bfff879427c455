"""The console's sign-in: invitations, sessions, passkeys, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ecdsa import NIST384p, SigningKey

from chalicelib.edge.console.access import passkeys
from chalicelib.edge.console.access.sign_in import MAX_ATTEMPTS
from chalicelib.store import users
from tests.edge.browser import ATTESTED, ORIGIN, PRESENT, VERIFIED, Browser, Passkey, decoded, encoded
from tests.edge.conftest import Shop

DAY_S = 86_400


@pytest.fixture
def owner(shop: Shop) -> Browser:
    browser = Browser(shop)
    browser.accept()
    return browser


def link_of(shop: Shop, name: str = "ada", role: str = "owner") -> str:
    link: str = shop.call("POST", "/v1/users", {"name": name, "role": role}, shop.admin).json["link"]
    return link[link.index("/console") :]


def test_an_invitation_is_used_by_its_button_and_not_by_looking_at_it(shop: Shop) -> None:
    link, scanner, person = link_of(shop), Browser(shop), Browser(shop)
    assert [scanner.open(link).status for _ in range(2)] == [200, 200]
    assert scanner.cookie == ""
    person.open(link)
    person.send("")
    assert (person.path, person.answer.status) == ("/console/account", 200)
    secret, _, name = person.cookie.partition(".")
    assert (len(secret), name) == (43, "ada")


def test_an_invitation_works_once(shop: Shop) -> None:
    link = link_of(shop)
    for status in (200, 401):
        browser = Browser(shop)
        assert browser.post(link, {}).status == status
    assert browser.cookie == ""


def test_an_invitation_ends_after_seven_days(shop: Shop) -> None:
    link = link_of(shop)
    shop.later_s = 7 * DAY_S - 1
    assert Browser(shop).open(link).status == 200
    shop.later_s += 1
    assert Browser(shop).open(link).status == 401
    assert Browser(shop).post(link, {}).status == 401


def test_an_invitation_ends_with_the_next_one(shop: Shop) -> None:
    """A link that went to a wrong address must not rise with the role of the one that follows."""
    first = link_of(shop, role="reader")
    shop.later_s += 1
    second = link_of(shop, role="owner")
    assert Browser(shop).open(first).status == 401
    assert Browser(shop).open(second).status == 200


def test_an_invitation_does_not_outlive_the_user_it_was_for(shop: Shop) -> None:
    link = link_of(shop)
    assert shop.call("DELETE", "/v1/users/ada", key=shop.admin).status == 200
    assert Browser(shop).post(link, {}).status == 401
    shop.later_s = 60
    again = link_of(shop)
    assert Browser(shop).post(link, {}).status == 401
    assert Browser(shop).post(again, {}).status == 200


def test_no_code_and_no_token_is_in_the_table(shop: Shop, owner: Browser) -> None:
    code = link_of(shop, "ben").rpartition("/")[2]
    stored = json.dumps(shop.items())
    assert code not in stored
    assert owner.cookie not in stored


def test_the_cookie_is_for_this_host_https_and_no_script(shop: Shop) -> None:
    sent = Browser(shop)
    sent.post(link_of(shop), {})
    answer = shop.request("POST", link_of(shop), {"Host": "x", "Sec-Fetch-Site": "same-origin", **FORM}, b"")
    attributes = {part.strip() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert attributes == {"Path=/", "Max-Age=604800", "Secure", "HttpOnly", "SameSite=Lax"}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_session_ends_after_twelve_hours_without_use(shop: Shop, owner: Browser) -> None:
    for _ in range(3):
        shop.later_s += 11 * 3600
        assert owner.open("/console/account").status == 200
        assert owner.path == "/console/account"
    shop.later_s += 12 * 3600
    owner.open("/console/account")
    assert owner.path == "/console/sign-in"


def test_a_session_ends_after_seven_days_whatever_its_use(shop: Shop, owner: Browser) -> None:
    for _ in range(14):
        shop.later_s += 12 * 3600 - 300
        owner.open("/console/account")
        assert owner.path == "/console/account"
    shop.later_s += 14 * 300
    owner.open("/console/account")
    assert owner.path == "/console/sign-in"


def test_signing_out_ends_the_session_for_whoever_kept_its_token(shop: Shop, owner: Browser) -> None:
    token = owner.cookie
    owner.make_passkey(Passkey())
    owner.send("/sign-out")
    assert owner.cookie == ""
    thief = Browser(shop)
    thief.cookie = token
    thief.open("/console/account")
    assert thief.path == "/console/sign-in"


@pytest.mark.parametrize("page", ["/console/sign-in", "/console/account"])
def test_where_passkeys_are_used_or_made_a_browser_without_a_script_is_told(owner: Browser, page: str) -> None:
    assert b"<noscript><p>A passkey needs a script in this browser." in owner.open(page).body


def test_who_has_no_passkey_is_asked_before_signing_out(shop: Shop, owner: Browser) -> None:
    assert "/console/sign-out" in owner.page.links
    owner.open("/console/sign-out")
    assert "only whoever operates Ristourne can invite you again" in owner.text
    other = Browser(shop)
    other.accept(name="ben")
    other.make_passkey(Passkey())
    owner.open("/console/sign-out")
    assert "only a new invitation by an owner lets you in again" in owner.text
    owner.send("")
    assert (owner.cookie, owner.path) == ("", "/console/sign-in")


@pytest.mark.parametrize("counts", [True, False])
def test_a_passkey_signs_in_again_and_again(shop: Shop, owner: Browser, counts: bool) -> None:
    passkey = Passkey(counts=counts)
    assert owner.make_passkey(passkey).status == 200
    assert "The passkey was made" in owner.text
    for _ in range(2):
        other = Browser(shop)
        other.sign_in(passkey)
        assert (other.answer.status, other.path) == (200, "/console")


def refused_passkeys() -> dict[str, Callable[[Browser, Passkey], None]]:
    """Ways to make a passkey that is none."""

    def attempt(**more: Any) -> Callable[[Browser, Passkey], None]:
        return lambda browser, passkey: _make(browser, passkey, **more)

    def other_key(browser: Browser, passkey: Passkey) -> None:
        _make(browser, passkey, key=encoded(Passkey().key.verifying_key.to_der()))

    def other_curve(browser: Browser, passkey: Passkey) -> None:
        _make(browser, passkey, key=encoded(SigningKey.generate(NIST384p).verifying_key.to_der()))

    def long_name(browser: Browser, passkey: Passkey) -> None:
        passkey.credential = b"c" * 1024
        _make(browser, passkey)

    def other_host(browser: Browser, passkey: Passkey) -> None:
        passkey.host = "evil.example"
        _make(browser, passkey)

    return {
        "for another origin": attempt(origin="https://evil.example"),
        "for http": attempt(origin=ORIGIN.replace("https", "http")),
        "in a frame of another page": attempt(crossOrigin=True),
        "as an answer to signing in": attempt(type="webauthn.get"),
        "with a challenge of its own": attempt(challenge=encoded(b"x" * 36)),
        "with no challenge": attempt(challenge=""),
        "without looking who it is": attempt(flags=PRESENT | ATTESTED),
        "without a person": attempt(flags=VERIFIED | ATTESTED),
        "without a key": attempt(flags=PRESENT | VERIFIED),
        "under another name": attempt(credential=encoded(b"y" * 32)),
        "with data that are short": attempt(data=encoded(b"z" * 36)),
        "with data that are no base64": attempt(data="!"),
        "with client data that are no JSON": attempt(client=encoded(b"{")),
        "with a key that is not the authenticator's": other_key,
        "with a key of another curve": other_curve,
        "under a name that is too long": long_name,
        "for another host": other_host,
    }


def _make(browser: Browser, passkey: Passkey, flags: int = PRESENT | VERIFIED | ATTESTED, **more: Any) -> None:
    browser.open("/console/account")
    challenge = next(form for form in browser.page.forms if form["data"].get("passkey"))["data"]["challenge"]
    client = {name: value for name, value in more.items() if name in ("origin", "crossOrigin", "type", "challenge")}
    fields = {name: value for name, value in more.items() if name not in client}
    browser.send("/passkeys", **(passkey.made(challenge, flags, **client) | fields))


@pytest.mark.parametrize("way", refused_passkeys())
def test_what_is_no_passkey_of_ours_is_not_stored(shop: Shop, owner: Browser, way: str) -> None:
    refused_passkeys()[way](owner, Passkey())
    assert owner.answer.status in (400, 401)
    assert users.user("ada") is not None
    assert [user.passkeys for user in users.users()] == [()]


def test_a_passkey_is_one_persons(shop: Shop, owner: Browser) -> None:
    passkey, copy = Passkey(), Passkey()
    copy.credential = passkey.credential
    owner.make_passkey(passkey)
    reader = Browser(shop)
    reader.accept("reader", "aaron")
    _make(reader, copy)
    assert reader.answer.status == 409
    assert "Somebody else has this passkey; make another one." in reader.text
    stranger = Browser(shop)
    stranger.sign_in(passkey)
    assert stranger.path == "/console"


def signed(**client: Any) -> Callable[[Browser, Passkey], None]:
    return lambda browser, passkey: _show(browser, passkey, **client)


def _show(browser: Browser, passkey: Passkey, flags: int = PRESENT | VERIFIED, **more: Any) -> None:
    browser.open("/console/sign-in")
    challenge = browser.page.forms[0]["data"]["challenge"]
    client = {name: value for name, value in more.items() if name in ("origin", "crossOrigin", "type", "challenge")}
    fields = {name: value for name, value in more.items() if name not in client}
    browser.send("/sign-in", **(passkey.shown(challenge, flags, **client) | fields))


def _of_another_key(browser: Browser, passkey: Passkey) -> None:
    passkey.key = SigningKey.generate(passkey.key.curve)
    _show(browser, passkey)


def _of_a_copy(browser: Browser, passkey: Passkey) -> None:
    passkey.count = 0
    _show(browser, passkey)


REFUSED_SIGN_INS: dict[str, Callable[[Browser, Passkey], None]] = {
    "for another origin": signed(origin="https://evil.example"),
    "in a frame of another page": signed(crossOrigin=True),
    "as an answer to making one": signed(type="webauthn.create"),
    "with a challenge of its own": signed(challenge=encoded(b"x" * 36)),
    "without looking who it is": signed(flags=PRESENT),
    "with no signature": signed(signature=""),
    "with a signature that is none": signed(signature=encoded(b"0" * 70)),
    "by another credential": signed(credential=encoded(b"y" * 32)),
    "for another user": signed(handle=encoded(b"somebody")),
    "with another key": _of_another_key,
    "with a copy that has counted less": _of_a_copy,
}


@pytest.mark.parametrize("way", REFUSED_SIGN_INS)
def test_nobody_signs_in_otherwise(shop: Shop, owner: Browser, way: str) -> None:
    passkey, stranger = Passkey(), Browser(shop)
    owner.make_passkey(passkey)
    REFUSED_SIGN_INS[way](stranger, passkey)
    assert (stranger.answer.status, stranger.cookie) == (401, "")
    assert "Signing in did not work" in stranger.text


def test_a_challenge_is_answered_once(shop: Shop, owner: Browser) -> None:
    passkey, browser = Passkey(counts=False), Browser(shop)
    owner.make_passkey(passkey)
    browser.open("/console/sign-in")
    answer = passkey.shown(browser.page.forms[0]["data"]["challenge"])
    assert [Browser(shop).post("/console/sign-in", answer).status for _ in range(2)] == [200, 401]


def test_a_challenge_is_answered_once_however_it_is_written(shop: Shop, owner: Browser) -> None:
    passkey, browser = Passkey(counts=False), Browser(shop)
    owner.make_passkey(passkey)
    browser.open("/console/sign-in")
    challenge = browser.page.forms[0]["data"]["challenge"]
    spellings = [challenge, f"{challenge}!", f"{challenge[:4]} {challenge[4:]}", f"{challenge}===="]
    answers = [passkey.shown(spelling) for spelling in spellings]
    assert [Browser(shop).post("/console/sign-in", answer).status for answer in answers] == [200, 401, 401, 401]


def test_a_challenge_lives_for_five_minutes(shop: Shop, owner: Browser) -> None:
    passkey, browser = Passkey(), Browser(shop)
    owner.make_passkey(passkey)
    browser.open("/console/sign-in")
    answer = passkey.shown(browser.page.forms[0]["data"]["challenge"])
    shop.later_s += passkeys.CHALLENGE_S
    assert browser.post("/console/sign-in", answer).status == 401


def test_a_passkey_that_was_removed_signs_nobody_in(shop: Shop, owner: Browser) -> None:
    passkey = Passkey()
    owner.make_passkey(passkey)
    owner.make_passkey(Passkey())
    owner.send("/passkeys/removal")
    assert "The passkey was removed." in owner.text
    assert Browser(shop).sign_in(passkey).status == 401


def test_the_only_passkey_of_all_owners_is_not_removed(shop: Shop, owner: Browser) -> None:
    reader, passkey = Browser(shop), Passkey()
    reader.accept("reader", "ben")
    reader.make_passkey(Passkey())
    owner.make_passkey(passkey)
    assert owner.send("/passkeys/removal").status == 409
    assert "This is the only passkey of all owners" in owner.text
    assert Browser(shop).sign_in(passkey).status == 200


def test_ones_only_passkey_is_removed_after_it_was_said_what_that_means(shop: Shop, owner: Browser) -> None:
    colleague, passkey = Browser(shop), Passkey()
    colleague.accept(name="lea")
    colleague.make_passkey(Passkey())
    owner.make_passkey(passkey)
    assert "It is your only passkey." in owner.text
    owner.make_passkey(Passkey())
    assert "It is your only passkey." not in owner.text
    owner.send("/passkeys/removal")
    owner.send("/passkeys/removal")
    assert "The passkey was removed." in owner.text
    assert Browser(shop).sign_in(passkey).status == 401


def test_without_a_passkey_the_sentence_speaks_of_an_invitation_only_after_one(shop: Shop, owner: Browser) -> None:
    colleague, passkey, again = Browser(shop), Passkey(), Browser(shop)
    colleague.accept(name="lea")
    assert "this invitation cannot be used again" in colleague.text
    colleague.make_passkey(Passkey())
    owner.make_passkey(passkey)
    again.sign_in(passkey)
    again.open("/console/account")
    again.send("/passkeys/removal")
    assert "Make one before you sign out" in again.text
    assert "this invitation" not in again.text


def test_a_person_who_was_removed_is_out_at_once(shop: Shop, owner: Browser) -> None:
    passkey = Passkey()
    owner.make_passkey(passkey)
    assert shop.call("DELETE", "/v1/users/ada", key=shop.admin).status == 200
    assert owner.open("/console/account").status == 200
    assert owner.path == "/console/sign-in"
    assert Browser(shop).sign_in(passkey).status == 401


def test_an_invitation_again_lets_in_who_lost_the_passkey_and_keeps_it(shop: Shop, owner: Browser) -> None:
    passkey, again = Passkey(), Browser(shop)
    owner.make_passkey(passkey)
    again.accept(role="reader")
    assert "Reader" in again.text
    assert Browser(shop).sign_in(passkey).status == 200


def test_attempts_are_counted_and_refused_from_the_twenty_first_within_a_minute(shop: Shop) -> None:
    browser = Browser(shop)
    statuses = [browser.post("/console/sign-in", {}).status for _ in range(MAX_ATTEMPTS + 1)]
    assert statuses == [401] * MAX_ATTEMPTS + [429]
    shop.later_s += 60
    assert browser.post("/console/sign-in", {}).status == 401


def test_after_signing_in_one_is_where_one_wanted_to_be(shop: Shop, owner: Browser) -> None:
    passkey, browser = Passkey(), Browser(shop)
    owner.make_passkey(passkey)
    browser.open("/console/account")
    challenge = browser.page.forms[0]["data"]["challenge"]
    browser.send("/sign-in", **passkey.shown(challenge))
    assert browser.path == "/console/account"


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/evil.example", "../evil", "a b"])
def test_one_is_sent_to_no_other_site(shop: Shop, owner: Browser, target: str) -> None:
    passkey, browser = Passkey(), Browser(shop)
    owner.make_passkey(passkey)
    browser.open("/console/sign-in")
    challenge = browser.page.forms[0]["data"]["challenge"]
    fields = passkey.shown(challenge) | {"next": target}
    assert browser.post("/console/sign-in", fields).status == 200
    assert browser.path == "/console"


def test_a_session_is_listed_and_ended_by_its_owner(shop: Shop, owner: Browser) -> None:
    passkey, other = Passkey(), Browser(shop)
    owner.make_passkey(passkey)
    other.sign_in(passkey)
    owner.open("/console/account")
    (form,) = [form for form in owner.page.forms if "/sessions/" in form["action"]]
    assert owner.post(form["action"], {}).status == 200
    other.open("/console/account")
    assert other.path == "/console/sign-in"


def test_a_reader_ends_no_session_of_another_person(shop: Shop, owner: Browser) -> None:
    reader = Browser(shop)
    reader.accept("reader", "ben")
    sessions = users.sessions(shop.now)
    theirs = next(session.id for session in sessions if session.user == "ada")
    assert reader.post(f"/console/sessions/{theirs}", {}).status == 403
    owner.open("/console/account")
    assert owner.path == "/console/account"


def test_the_language_is_that_of_the_browser_and_then_of_the_person(shop: Shop, owner: Browser) -> None:
    french = Browser(shop, "fr-CA,en;q=0.5")
    french.open("/console/sign-in")
    assert b'<html lang="fr">' in french.answer.body
    owner.open("/console/account")
    owner.send("/account", locale="fr")
    assert b'<html lang="fr">' in owner.answer.body
    assert owner.post("/console/account", {"locale": "xx"}).status == 400


def test_an_invitation_without_a_language_takes_that_of_the_browser(shop: Shop) -> None:
    french = Browser(shop, "fr-CA,en;q=0.5")
    french.open(link_of(shop, "zoe"))
    french.send("")
    french.open("/console")
    assert b'<html lang="fr">' in french.answer.body
    english = Browser(shop)
    english.open(link_of(shop, "zoe"))
    assert b'<html lang="fr">' in english.answer.body
    body = {"name": "zoe", "role": "owner", "locale": "xx"}
    assert shop.call("POST", "/v1/users", body, shop.admin).status == 400


def test_what_a_browser_names_itself_is_not_kept(shop: Shop) -> None:
    browser = Browser(shop)
    browser.open(link_of(shop))
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    browser.post(browser.path, {}, **{"User-Agent": agent})
    assert "Firefox, Linux" in browser.text
    assert "Gecko" not in json.dumps(shop.items())


def test_an_answer_has_our_policy_and_is_never_stored(owner: Browser) -> None:
    headers = owner.open("/console/account").headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers
    assert headers["strict-transport-security"] == "max-age=31536000"


def test_files_are_kept_for_ever_under_names_that_change_with_them(owner: Browser) -> None:
    body = owner.open("/console/account").body.decode()
    for ending, kind in (("css", "text/css"), ("js", "text/javascript"), ("svg", "image/svg+xml")):
        path = next(part for part in body.split('"') if part.endswith(f".{ending}"))
        answer = owner.shop.request("GET", path, {"Host": "x"}, b"")
        assert answer.headers["content-type"] == f"{kind}{'' if ending == 'svg' else '; charset=utf-8'}"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert owner.shop.request("GET", "/console/assets/console.00000000.css", {"Host": "x"}, b"").status == 404


def test_the_script_is_small(owner: Browser) -> None:
    body = owner.open("/console/account").body.decode()
    path = next(part for part in body.split('"') if part.endswith(".js"))
    assert len(owner.shop.request("GET", path, {"Host": "x"}, b"").body) < 3000


def test_a_key_in_place_of_a_session_opens_nothing(shop: Shop) -> None:
    browser = Browser(shop)
    browser.open("/console/account", Authorization=f"Bearer {shop.admin}")
    assert browser.path == "/console/sign-in"


def test_a_signature_is_verified_over_the_bytes_that_were_sent(shop: Shop, owner: Browser) -> None:
    passkey, browser = Passkey(), Browser(shop)
    owner.make_passkey(passkey)
    browser.open("/console/sign-in")
    answer = passkey.shown(browser.page.forms[0]["data"]["challenge"])
    told = json.loads(decoded(answer["client"]))
    answer["client"] = encoded(json.dumps(told, indent=1).encode())
    assert browser.post("/console/sign-in", answer).status == 401


def test_links_begin_where_the_browser_is(shop: Shop, owner: Browser) -> None:
    """Behind the gateway's own host name that is the stage; behind a host name of the shop's there is none."""
    shop.configure("public-url", f"{ORIGIN}/api")
    owner.open("/console/account")
    assert "/api/console/people" in owner.page.links
    shop.configure("public-url", "https://loyalty.shop.example")
    owner.open("/console/account")
    assert "/console/people" in owner.page.links


def test_an_error_page_needs_no_table_and_no_secrets(shop: Shop, owner: Browser) -> None:
    shop.drop_table()
    answer = owner.open("/console/account")
    assert answer.status == 503
    assert "Please try again" in owner.text
