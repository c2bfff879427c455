"""The first programme, made of the answers to a form, and what its fields are."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chalicelib.edge.console.programme import versions
from infra.build.artifacts import ROOT
from tests.edge.browser import Browser
from tests.edge.conftest import Shop


def test_the_fields_of_the_first_form_have_numbers_as_the_language_writes_them(
    bare_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    french = visitor(bare_shop, language="fr")
    french.open("/console/programme")
    fields = next(form["fields"] for form in french.page.forms if form["action"].endswith("/programme/first"))
    assert (fields["minimum"], fields["gift"]) == ("2,00", "3,00")


def test_the_first_programme_is_published_in_three_steps(bare_shop: Shop, visitor: Callable[..., Browser]) -> None:
    bare_shop.connect()
    owner = visitor(bare_shop)
    owner.open("/console/programme")
    assert "Nothing is published yet" in owner.text
    owner.send("/programme/draft")
    assert "The page of your shop is on my-shop.example, which is reserved for examples" in owner.text
    assert "Publish version 1" in owner.text
    owner.send("/programme")
    assert "Version 1 is in force." in owner.text


FIRST = {"name": "Tom's Teapots", "page": "toms-teapots.fr/bienvenue", "percent": "4,5"}
"""What an owner fills in; the rest is proposed."""


class TestFirstDocument:
    @pytest.fixture
    def owner(self, bare_shop: Shop, visitor: Callable[..., Browser]) -> Browser:
        browser = visitor(bare_shop)
        browser.open("/console/programme")
        return browser

    def test_it_is_made_of_the_starter_and_published(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, currency="USD", timezone="America/New_York", bonus="8", gift="5")
        source = owner.source
        expected = versions.STARTER.read_text().partition("\n")[2]  # the line for editors leads nowhere in a shop
        for before, after in (
            ("name: My Shop", "name: Tom's Teapots"),
            ("currency: EUR", "currency: USD"),
            ("timezone: Europe/Paris", "timezone: America/New_York"),
            ("https://my-shop.example/welcome", "https://toms-teapots.fr/bienvenue"),
            ("my-shop.example", "toms-teapots.fr"),
            ("cashback, percent: 5", "cashback, percent: 4.5"),
            ("friends: 2, percent: 10,", "friends: 2, percent: 8,"),
            ("welcome: {amount: 3.00,", "welcome: {amount: 5,"),
        ):
            expected = expected.replace(before, after)
        assert source == expected
        assert "reserved for examples" not in owner.text
        assert "An order of $50.00 earns $2.25" in owner.text
        assert "Cashback: 4.5% of what you buy" in owner.text
        owner.send("/programme")
        assert "Version 1 is in force." in owner.text
        assert not [form for form in owner.page.forms if form["action"].endswith("/first")]

    def test_when_it_expires_and_how_one_pays_is_asked_too(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, expire_days="180", minimum="5", max_percent="")
        source = owner.source
        assert source.count("expire_days: 180") == 3
        assert "spending: {minimum: 5}" in source
        owner.open("/console/programme")
        owner.send("/programme/first", **FIRST, expire_days="", minimum="", max_percent="")
        assert "expire_days" not in owner.source
        assert "spending: {}" in owner.source
        owner.send("/programme")
        assert "Version 1 is in force." in owner.text

    def test_how_much_a_friend_must_buy_and_when_rewards_can_be_spent_is_proposed(self, owner: Browser) -> None:
        fields = next(form["fields"] for form in owner.page.forms if form["action"].endswith("/first"))
        assert (fields["vest_days"], fields["friend_minimum"]) == ("14", "20.00")
        owner.send("/programme/first", **FIRST)
        assert (owner.source.count("vest_days: 14"), "qualifies: {minimum: 20.00}" in owner.source) == (3, True)
        assert "is enough for the welcome gift" not in owner.text
        owner.open("/console/programme")
        owner.send("/programme/first", **FIRST, vest_days="30", friend_minimum="35,50")
        assert (owner.source.count("vest_days: 30"), "qualifies: {minimum: 35.50}" in owner.source) == (3, True)

    def test_a_gift_for_any_order_is_allowed_and_warned_of(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, vest_days="0", friend_minimum="")
        assert ("vest_days" in owner.source, "qualifies" in owner.source) == (False, False)
        assert "A friend's order of €0.01 is enough for the welcome gift of €3.00" in owner.text
        assert "Publish version 1" in owner.text

    @pytest.mark.parametrize(
        ("typed", "lines"),
        [
            ({"currency": "JPY"}, ["minimum: 200,", "welcome: {amount: 300,", "qualifies: {minimum: 2000}"]),
            ({"currency": "JPY", "minimum": "2,00", "gift": "3,00"}, ["minimum: 200,", "welcome: {amount: 300,"]),
            ({"currency": "JPY", "minimum": "500", "gift": "3"}, ["minimum: 500,", "welcome: {amount: 3,"]),
            ({"currency": "USD"}, ["minimum: 2.00,", "welcome: {amount: 3.00,"]),
        ],
    )
    def test_sums_that_were_proposed_are_of_the_size_of_the_currency(
        self, owner: Browser, typed: dict[str, str], lines: list[str]
    ) -> None:
        """A shop in Japan offered its friends 3 yen."""
        owner.send("/programme/first", **FIRST, **typed)
        source = owner.source
        assert [text for text in lines if text not in source] == []
        assert "Publish version 1" in owner.text

    def test_without_a_gift_friends_get_none(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, gift="")
        referral = "{friends: 2, percent: 10, qualifies: {minimum: 20.00}, vest_days: 14, expire_days: 365}"
        assert f"referral: {referral}" in owner.source
        assert "Publish version 1" in owner.text

    def test_when_rewards_expire_is_said_to_the_owner_and_to_customers(self, owner: Browser) -> None:
        owner.send("/programme/first", **FIRST, expire_days="180")
        assert owner.text.count("Rewards expire 180 days after they were earned.") == 2
        owner.open("/console/programme")
        owner.send("/programme/first", **FIRST, expire_days="")
        assert owner.text.count("Rewards do not expire.") == 2

    def test_without_referrals_the_section_is_left_out(self, owner: Browser) -> None:
        form = next(form for form in owner.page.forms if form["action"].endswith("/first"))
        fields = {name: value for name, value in form["fields"].items() if name != "referral"} | FIRST
        owner.post(form["action"], fields)
        assert "referral" not in owner.source
        assert "Publish version 1" in owner.text

    def test_all_that_is_wrong_is_told_and_what_was_typed_stays(self, owner: Browser) -> None:
        assert owner.send("/programme/first", name="", page="my shop", percent="a lot", gift="much").status == 400
        body = owner.answer.body.decode()
        for field in ("name", "percent", "gift"):
            assert f'id="first-{field}-wrong"' in body
        assert "4 fields are not right yet; what to do stands at each." in owner.text
        fields = owner.page.forms[0]["fields"]
        assert (fields["page"], fields["percent"], fields["referral"]) == ("my shop", "a lot", "1")

    @pytest.mark.parametrize(
        ("field", "typed", "sentence"),
        [
            ("page", "http://tea.fr", "The address must begin with https://."),
            ("max_percent", "0", "At 0 nobody could pay with a balance; leave it empty for all of an order."),
            ("max_percent", "0,00 %", "At 0 nobody could pay with a balance; leave it empty for all of an order."),
            ("gift", "0", "must be more than 0; for no gift, leave it out"),
            ("page", "https://my shop.fr", "Write the address of a page of your shop"),
            ("page", "https://", "Write the address of a page of your shop, as your browser shows it."),
            ("percent", "101", "must be between 0 and 100"),
            ("bonus", "-1", "must be between 0 and 100"),
            ("expire_days", "0", "At least one day."),
            ("expire_days", "14", "It would expire before it can be spent: write more than 14 days."),
            ("vest_days", "2,5", "Write a whole number of days, at most 3650, or leave it empty."),
            ("vest_days", "-1", "Write a whole number of days, at most 3650, or leave it empty."),
            ("vest_days", "soon", "Write a number such as 5 or 2.50."),
            ("friend_minimum", "-1", "must be between 0 and"),
            ("friend_minimum", "1,000", "1,000 can be read in two ways. Write 1000 for €1,000.00"),
            ("minimum", "1.500", "1.500 can be read in two ways. Write 1500 for €1,500.00"),
            ("friend_minimum", "0.234", "without smaller parts than its minor unit"),
            ("minimum", "-1", "must be between 0 and"),
            ("max_percent", "101", "Write a percent from 0 to 100."),
            ("percent", "1" * 23, "Write at most 15 digits before the point"),
            ("gift", "0.234", "without smaller parts than its minor unit"),
            ("currency", "XXX", "Choose one of these."),
            ("name", "a\u202eb", "must have no control character"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_field(self, owner: Browser, field: str, typed: str, sentence: str) -> None:
        owner.send("/programme/first", **FIRST | {field: typed})
        message = re.search(rf'id="first-{field}-wrong">([^<]*)', owner.answer.body.decode())
        assert message
        assert sentence in message[1]

    def test_a_reader_is_not_asked(self, bare_shop: Shop, visitor: Callable[..., Browser]) -> None:
        reader = visitor(bare_shop, "reader", "ben")
        reader.open("/console/programme")
        assert reader.page.forms == []


def test_the_starter_is_the_one_of_the_command() -> None:
    assert versions.STARTER.read_text() == (ROOT / "infra" / "demo" / "starter.yaml").read_text()


def test_the_page_of_fields_is_the_document_that_the_docs_explain(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    assert f"```yaml\n{versions.FIELDS.read_text()}```" in (ROOT / "docs" / "programme.md").read_text()
    owner = visitor(open_shop)
    owner.open("/console/programme")
    assert "/console/programme/fields" in owner.page.links
    owner.open("/console/programme/fields")
    assert "# what a refund takes back of a spent reward is owed" in owner.text
