"""A browser of the console without a picture: it keeps its cookie, follows redirects, reads forms, has a passkey."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ecdsa import NIST256p, SigningKey
from ecdsa.util import sigencode_der

from tests.edge.conftest import Answer, Shop

HOST = "shop.execute-api.example"
ORIGIN = f"https://{HOST}"
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Reader(HTMLParser):
    """The forms of a page by their action and number, with their fields, its text, links and ids, and what takes the
    focus.
    """

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.text = ""
        self.links: list[str] = []
        self.ids: list[str] = []
        self.focused: list[str] = []
        self._area, self._first = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if "id" in attributes:
            self.ids.append(attributes["id"] or "")
        if "autofocus" in attributes:
            self.focused.append(attributes.get("id") or tag)
        if tag == "form":
            data = {name.removeprefix("data-"): value for name, value in attrs if name.startswith("data-")}
            self.forms.append({"action": attributes.get("action", ""), "fields": {}, "data": data})
        elif tag == "a":
            self.links.append(attributes.get("href") or "")
        elif self.forms and attributes.get("name") and tag in ("input", "select", "textarea"):
            fields = self.forms[-1]["fields"]
            if attributes.get("type") in ("radio", "checkbox") and "checked" not in attributes:
                return
            name = attributes["name"] or ""
            fields[name] = attributes.get("value") or ""
            self._area = name if tag == "textarea" else ""
            self._first = tag == "select"
        elif tag == "option" and self.forms and (self._first or "selected" in attributes):
            last = next(reversed(self.forms[-1]["fields"]))
            self.forms[-1]["fields"][last] = attributes.get("value") or ""
            self._first = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._area:
            self.forms[-1]["fields"][self._area] += data


class Passkey:
    """A device's passkey for one host, as a browser shows it. `counts`: whether it has a signature counter."""

    def __init__(self, host: str = HOST, origin: str = ORIGIN, counts: bool = True) -> None:
        self.key = SigningKey.generate(NIST256p)
        self.credential = hashlib.sha256(self.key.to_string()).digest()
        self.host, self.origin, self.counts, self.count = host, origin, counts, 0

    def made(self, challenge: str, /, flags: int = PRESENT | VERIFIED | ATTESTED, **client: Any) -> dict[str, str]:
        """What a browser sends for a new passkey."""
        point = self.key.verifying_key.to_string()
        cose = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + point[:32] + b"\x22\x58\x20" + point[32:]
        tail = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cose
        return {
            "credential": encoded(self.credential),
            "client": encoded(self._client("webauthn.create", challenge, client)),
            "data": encoded(self._data(flags) + tail),
            "key": encoded(self.key.verifying_key.to_der()),
        }

    def shown(self, challenge: str, /, flags: int = PRESENT | VERIFIED, **client: Any) -> dict[str, str]:
        """What a browser sends to sign in."""
        told, data = self._client("webauthn.get", challenge, client), self._data(flags)
        signed = data + hashlib.sha256(told).digest()
        signature = self.key.sign_deterministic(signed, hashfunc=hashlib.sha256, sigencode=sigencode_der)
        return {
            "credential": encoded(self.credential),
            "client": encoded(told),
            "data": encoded(data),
            "signature": encoded(signature),
            "handle": "",
        }

    def _client(self, kind: str, challenge: str, more: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told | more).encode()

    def _data(self, flags: int) -> bytes:
        self.count += self.counts
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")


class Browser:
    """One browser. `answer` is what it shows now."""

    answer: Answer

    def __init__(self, shop: Shop, language: str = "en") -> None:
        self.shop, self.cookie, self.language, self.address = shop, "", language, ""

    def open(self, path: str, **headers: str) -> Answer:
        """Open an address."""
        return self._follow("GET", path, b"", headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Send a form as our own page does, unless `headers` say otherwise."""
        sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **headers}
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        return self._follow("POST", path, urlencode(fields).encode(), sent)

    def send(self, action: str, number: int = 0, **fields: str) -> Answer:
        """Fill in and send a form of the page that is open, by the end of its action."""
        forms = [form for form in self.page.forms if form["action"].endswith(action)]
        assert forms, f"no form for {action} at {self.path}: {[form['action'] for form in self.page.forms]}"
        form = forms[number]
        assert {*fields} <= {*form["fields"]}, f"{fields} are not all in {form['fields']}"
        return self.post(form["action"] or self.address, form["fields"] | fields)

    @property
    def page(self) -> Reader:
        """The page that is open."""
        reader = Reader()
        reader.feed(self.answer.body.decode())
        return reader

    @property
    def path(self) -> str:
        """The path of the page, without its query."""
        return self.address.partition("?")[0]

    @property
    def draft(self) -> str:
        """The id of the draft whose page is open."""
        return parse_qs(urlsplit(self.address).query)["draft"][0]

    @property
    def source(self) -> str:
        """The programme document in the page's form."""
        return str(next(form["fields"]["source"] for form in self.page.forms if "source" in form["fields"]))

    @property
    def text(self) -> str:
        """The words of the page, with single spaces."""
        return re.sub(r"\s+", " ", self.page.text)

    def accept(self, role: str = "owner", name: str = "ada") -> None:
        """Become a user by an invitation."""
        body = {"name": name, "role": role, "locale": self.language}
        link = self.shop.call("POST", "/v1/users", body, self.shop.admin).json["link"]
        self.open(link[link.index("/console") :])
        self.send("")
        assert self.answer.status == 200, self.answer.body

    def make_passkey(self, passkey: Passkey, **client: Any) -> Answer:
        """Make a passkey on the page of the account."""
        self.open("/console/account")
        challenge = next(form for form in self.page.forms if form["data"].get("passkey"))["data"]["challenge"]
        return self.send("/passkeys", **passkey.made(challenge, **client))

    def sign_in(self, passkey: Passkey, **client: Any) -> Answer:
        """Sign in with a passkey."""
        self.open("/console/sign-in")
        challenge = self.page.forms[0]["data"]["challenge"]
        return self.send("/sign-in", **passkey.shown(challenge, **client))

    def _follow(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        sent = {"Host": HOST, "Accept-Language": self.language, **headers}
        if self.cookie:
            sent["Cookie"] = f"__Host-ristourne={self.cookie}"
        self.answer = self.shop.request(method, path, sent, body)
        self.address = path
        token = self.answer.headers.get("set-cookie", "")
        if token.startswith("__Host-ristourne="):
            self.cookie = token.partition("=")[2].partition(";")[0]
        if self.answer.status == 303:
            address = urlsplit(self.answer.headers["location"])
            return self._follow("GET", f"{address.path}?{address.query}".rstrip("?"), b"", {})
        if self.answer.headers.get("content-type", "").startswith("text/html"):
            self._check()
        return self.answer

    def _check(self) -> None:
        """Look at what holds of each page: its ids are its own, and one thing at most takes the focus."""
        page = self.page
        assert len(page.ids) == len({*page.ids}), f"{self.path} has an id twice: {sorted(page.ids)}"
        assert len(page.focused) <= 1, f"at {self.path} several take the focus: {page.focused}"
        missing = [link for link in page.links if link.startswith("#") and link[1:] not in page.ids]
        assert not missing, f"at {self.path} links lead nowhere: {missing}"


def owner_of(shop: Shop, document: str = "") -> Browser:
    """An owner who has accepted an invitation, of a shop in which a document is published as its second version."""
    if document:
        assert shop.publish(document, If_Match='"1"').status == 200
    browser = Browser(shop)
    browser.accept()
    return browser
