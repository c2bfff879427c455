"""The console in a real browser: every page in both languages, light and dark, on a phone and at a desk; the owner's
jobs; passkeys by a virtual authenticator.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib.domain.programme.document import parse
from chalicelib.edge.console.connection_guides import FORMAT
from chalicelib.edge.jobs import rounds
from chalicelib.edge.jobs.calculations import NO_ORDERS
from chalicelib.edge.yaml_document import read_document
from chalicelib.store import calculations, waiting
from chalicelib.store.calculations import CalculationRef
from chalicelib.store.codec import records_of
from chalicelib.store.dynamodb import table_scan
from chalicelib.what_if import books
from chalicelib.what_if.comparison import compare
from chalicelib.what_if.summary import Summary, Trial
from tests.browser.site import serve
from tests.browser.visitor import LOOKS, PAIRED_LOOKS, Look, Visitor, follow
from tests.edge.api.test_reviews import bring
from tests.edge.conftest import PROGRAMME, SHOPIFY_SECRET, Shop
from tests.world.builders import DAY_S

RICH = f"""{PROGRAMME}  review: {{threshold: 40}}
assets:
  points: {{name: {{en: leaves, fr: feuilles}}, decimals: 0, worth: 0.01}}
levels:
  measure: spend
  per: year
  steps:
    - {{id: sprout, at: 0, name: {{en: Sprout, fr: Pousse}}}}
    - {{id: oak, at: 500.00, name: {{en: Oak, fr: Chêne}}}}
boards:
  - id: best
    name: {{en: Best customers, fr: Meilleurs clients}}
    prizes: [{{amount: 50.00}}, {{amount: 20.00}}]
  - {{id: ever, measure: friends, per: all}}
campaigns:
  - id: spring
    name: {{en: Spring, fr: Printemps}}
    starts: 2026-05-01
    ends: 2026-05-31
    multiply: {{cashback: 1.5}}
    budget: 1000.00
    holdout: 0.5
    audience: {{levels: [sprout, oak], segments: [loyal, champions]}}
  - {{id: christmas-new-year, starts: 2026-12-01, ends: 2026-12-24, multiply: {{cashback: 3}}}}
"""

LONG, RIGHT_TO_LEFT = "Anne-Marie Constance de la Rochefoucauld-Montmorency-Luxembourg et Saint-Aubin", "יעל בן־דוד"

PICTURES = os.environ.get("PICTURES", "")
"""A folder into which each page is drawn, for whoever wants to look at them."""


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A shop with all that its pages can show: balances, a hold, bonuses that wait, a kept delivery, odd names."""
    assert shop.publish(RICH).status == 200, shop.publish(RICH).body
    shop.connect()
    shop.connect("atelier-woo", "woocommerce", "woo-secret-edge-0001")
    shop.configure("max-adjustment", "1000000000000")
    for number, customer in enumerate((21, 22, 22, 23), 31):
        shop.buy(number, customer, total=f"{customer}.00")
    shop.later_s += DAY_S
    shop.give(987_654_321_098, "acme.21")
    shop.give(20_000, "acme.22", "points")
    assert rounds.run(shop.now, lambda: 900.0).done
    bring(shop, 2, 3)
    shop.buy(11, 1, total="620.00")
    shop.hold(300)
    shop.give(123_456_789_012, "acme.9")
    shop.give(-1_234, "acme.9")
    for member, name in (("acme.1", LONG), ("acme.9", RIGHT_TO_LEFT), ("acme.2", "X")):
        shop.call("PUT", f"/v1/members/{member}", {"display_name": name, "locale": "fr"}, shop.storefront)
    sums = {"total_price": "20.00", "currency": "EUR"}
    shop.hear({"id": 14, "name": "#1014", "customer": {"id": 1, "first_name": LONG}} | sums)
    assert shop.post("/v1/members/acme.22/merge", {"from": "acme.23"}, caller=shop.admin).status == 200
    waiting.recount(shop.now)  # as the table's stream has it done after each change
    return shop


@pytest.fixture
def console(busy: Shop) -> Iterator[str]:
    with serve(busy) as address:
        yield address


@pytest.fixture
def enter(visitors: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Makes somebody who has accepted an invitation to a console."""

    def make(shop: Shop, address: str, look: Look | None = None, role: str = "owner", name: str = "ada") -> Visitor:
        look = look or Look()
        visitor = visitors(look, address)
        visitor.page.goto(f"{address}{invitation(shop, role, name, look.locale)}")
        visitor.page.locator("button.main").click()
        expect(visitor.page.locator("h1")).to_have_text(name)
        return visitor

    return make


def invitation(shop: Shop, role: str = "owner", name: str = "ada", locale: str = "en") -> str:
    body = {"name": name, "role": role, "locale": locale}
    link: str = shop.call("POST", "/v1/users", body, shop.admin).json["link"]
    return link[link.index("/console") :]


def draw(page: Page, look: Look, name: str) -> None:
    """Draw the page as it is, where somebody wants to look at it."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES, f"{name or 'today'}-{look}.png".replace("/", "_"))), full_page=True)


PAGES = (
    "",
    "account",
    "sign-out",
    "members",
    "members/acme.1",
    "members/acme.1/card",
    "members/acme.1/erasure",
    "members/acme.1/merge?into=acme.9",
    "members/acme.9",
    "members/acme.22",
    "members/acme.23/statement",
    "members/acme.77",
    "reviews",
    "reviews?state=all",
    "reviews/acme.1/1",
    "deliveries",
    "connections",
    "connections/new",
    "connections/new?kind=shopify&id=my-shop",
    "connections/new?kind=standard&id=my-shop",
    "connections/new?kind=stripe&id=my-shop",
    "connections/acme",
    "connections/atelier-woo",
    "widget",
    "widget?connection=atelier-woo",
    "programme",
    "programme/fields",
    "programme/additions/campaign",
    "programme/additions/card",
    "programme/additions/level",
    "programme/additions/activity",
    "programme/additions/goal",
    "programme/additions/birthday",
    "programme/additions/points",
    "programme/additions/earning",
    "programme/additions/board",
    "programme/settings",
    "programme/parts/earn/cashback",
    "programme/parts/referral/referral",
    "programme/parts/steps/oak",
    "programme/parts/assets/points",
    "people",
    "log",
    "log?month=2026-04",
    "reports",
    "reports?per=month",
    "reports?from=2026-12-01&to=2026-12-02",
    "owed",
    "owed?day=2020-01-01",
    "lists/best",
    "lists/owed",
    "lists/at-risk",
    "segments",
    "segments/loyal",
    "boards",
    "boards/best",
    "boards/best?period=2025-01",
    "campaigns",
    "campaigns/spring",
    "campaigns/spring/days",
    "campaigns/christmas-new-year/days",
)


@pytest.mark.parametrize("look", PAIRED_LOOKS, ids=str)
def test_every_page_fits_its_screen(busy: Shop, console: str, enter: Callable[..., Visitor], look: Look) -> None:
    busy.call("POST", "/v1/users", {"name": "guillaume-de-saint-exupery", "role": "reader"}, busy.admin)
    visitor = enter(busy, console, look)
    visitor.expected = ("404",)
    for path in PAGES:
        visitor.page.goto(f"{console}/console/{path}".rstrip("/"))
        assert visitor.page.locator("h1").count() == 1, path
        assert visitor.page.locator("html").get_attribute("lang") == look.locale
        if path == "members/acme.1/card":
            expect(visitor.page.locator("ristourne-loyalty [part=body]")).to_contain_text("28")
        draw(visitor.page, look, path)
        visitor.check()
    visitor.page.goto(f"{console}/console/deliveries")
    follow(visitor.page.locator("th.when a").first)
    draw(visitor.page, look, "delivery")
    visitor.check()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_doors_fit_their_screen(busy: Shop, console: str, visitors: Callable[..., Visitor], look: Look) -> None:
    visitor = visitors(look, console)
    visitor.expected = ("401",)
    for name, path in (
        ("sign-in", "/console/sign-in"),
        ("invitation", invitation(busy, "reader", "ben", look.locale)),
        ("used", "/console/invitation/none"),
    ):
        visitor.page.goto(f"{console}{path}")
        draw(visitor.page, look, name)
        visitor.check()


@pytest.mark.parametrize("look", [Look("fr", "dark", "phone"), Look()], ids=str)
def test_what_is_refused_stands_beside_its_field(
    busy: Shop, console: str, enter: Callable[..., Visitor], look: Look
) -> None:
    visitor = enter(busy, console, look)
    visitor.expected = ("400", "422")
    visitor.page.goto(f"{console}/console/members/acme.1")
    form = visitor.page.locator("form[action$=adjustments]")
    form.locator("[name=amount]").fill("much")
    form.locator("[name=reason]").fill("late")
    form.locator("button").click()
    wrong = visitor.page.locator("[aria-invalid]")
    expect(wrong).to_have_value("much")
    assert wrong.get_attribute("aria-describedby") == "adjust-amount-wrong"
    expect(wrong).to_be_focused()
    visitor.check()
    visitor.page.goto(f"{console}/console/programme")
    visitor.page.locator("textarea").fill("name: x\nearn:\n  - {id: a, percent: -5}\n")
    follow(visitor.page.locator("button.main"))
    expect(visitor.page.locator("th.code").first).to_be_visible()
    draw(visitor.page, look, "problems")
    visitor.check()
    visitor.page.locator("textarea").fill(RICH.replace("percent: 5", "percent: 6"))
    follow(visitor.page.locator("button.main"))
    expect(visitor.page.locator("form button.main")).to_have_count(1)
    draw(visitor.page, look, "difference")
    visitor.check()


def test_whoever_goes_back_and_sends_an_adjustment_again_is_asked_first(
    busy: Shop, console: str, enter: Callable[..., Visitor]
) -> None:
    """The browser loads the page anew, with another key of the form, and fills in what was typed."""
    look = Look("fr", "light", "phone")
    visitor = enter(busy, console, look)
    visitor.expected = ("400",)
    page = visitor.page
    form = page.locator("form[action$=adjustments]")
    page.goto(f"{console}/console/members/acme.1")
    before = busy.available("acme.1")
    form.locator("[name=amount]").fill("5")
    form.locator("[name=reason]").fill("geste")
    follow(form.locator("button"))
    expect(page.locator("[role=status]")).to_have_text("Le solde a été ajusté.")
    page.go_back()
    expect(form.locator("[name=amount]")).to_have_value("5")
    follow(form.locator("button"))
    expect(page.locator("[role=alert]")).to_contain_text("ajusté de ce même montant")
    draw(page, look, "adjusted-twice")
    visitor.check()
    assert busy.available("acme.1") == before + 500
    follow(form.locator("button"))
    expect(page.locator("[role=status]")).to_have_text("Le solde a été ajusté.")
    assert busy.available("acme.1") == before + 1000


@pytest.mark.parametrize(
    ("path", "form", "fields"),
    [
        ("members/acme.1", "form[action$=adjustments]", {"amount": "2000000000", "reason": "sorry"}),
        ("members/acme.1", "form[action$=profile]", {"email": "ada@shop"}),
        ("members/acme.1", "form[action$=other]", {"into": "nobody"}),
        ("programme/additions/points", "main form", {"name_en": "stars", "expire_months": "0"}),
        ("programme/parts/steps/oak", "form:has([name=removal])", {}),
        ("programme", "form[action$=numbers]", {"number": "much"}),
        ("connections/acme", "form[action$=test]", {"secret": "another-secret-0001"}),
    ],
    ids=["asked", "e-mail", "other", "addition", "removal", "number", "secret"],
)
def test_what_a_form_far_down_a_page_answers_comes_into_sight(
    busy: Shop, console: str, enter: Callable[..., Visitor], path: str, form: str, fields: dict[str, str]
) -> None:
    """The browser shows the page that comes back from its top, on a telephone several screens above the form."""
    visitor = enter(busy, console, Look("en", "light", "phone"))
    page = visitor.page
    page.goto(f"{console}/console/{path}")
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    for name, value in fields.items():
        field = page.locator(f"{form} [name^={name}]").last
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    follow(page.locator(f"{form} button").last)
    answer = page.locator("main [aria-invalid], main [role=alert], main .note[role=status]").first
    expect(answer).to_be_focused()
    expect(answer).to_be_in_viewport()


@pytest.mark.parametrize("look", [Look("fr", "light", "phone"), Look("en", "dark", "desk")], ids=str)
def test_several_wrong_fields_are_reached_from_above_the_form_by_keyboard(
    busy: Shop, console: str, enter: Callable[..., Visitor], look: Look
) -> None:
    visitor = enter(busy, console, look)
    visitor.expected = ("400",)
    page = visitor.page
    page.goto(f"{console}/console/programme/additions/earning")
    page.locator("summary").click()
    for name, value in {"give": "a lot", "vest_days": "soon", "name_en": "Teas"}.items():
        page.locator(f"[name={name}]").fill(value)
    follow(page.locator("button.main"))
    expect(page.locator("main [role=alert]")).to_be_focused()
    expect(page.locator("main [role=alert]")).to_be_in_viewport()
    draw(page, look, "wrong-fields")
    visitor.check()
    links = page.locator(".links a")
    assert [box["height"] >= 44 for link in links.all() if (box := link.bounding_box())] == [True, True]
    for number, name in enumerate(("give", "vest_days")):
        links.nth(number).press("Enter")
        field = page.locator(f"[name={name}]")
        expect(field).to_be_focused()
        expect(page.locator("label", has=field).locator("span").first).to_be_in_viewport(ratio=1)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The events of the functions that the console has called."""
    made: list[dict[str, str]] = []
    monkeypatch.setattr("chalicelib.store.functions.call_later", lambda function, event: made.append(event))
    return made


@pytest.mark.parametrize("look", [Look("fr", "dark", "phone"), Look()], ids=str)
def test_a_draft_is_tried_on_the_shops_own_orders_by_keyboard(
    busy: Shop, console: str, enter: Callable[..., Visitor], calls: list[dict[str, str]], look: Look
) -> None:
    visitor = enter(busy, console, look)
    page = visitor.page
    page.goto(f"{console}/console/programme")
    page.locator("textarea").fill(RICH.replace("percent: 5", "percent: 6"))
    page.locator("button.main").click()
    page.locator("form[action$=what-if] button").first.focus()
    page.keyboard.press("Enter")
    words = {"en": "It begins in a moment.", "fr": "commence dans un instant."}
    expect(page.get_by_role("status")).to_contain_text(words[look.locale])
    expect(page.locator("#what-if")).to_be_in_viewport()
    visitor.check()
    ref = CalculationRef(calls[0]["subject"], calls[0]["run"])
    calculations.claim(ref, busy.now)
    calculations.proceed(ref, calculations.DRAFT, 40_000, 100_000, busy.now)
    expect(page.locator("progress")).to_have_attribute("value", "40000")
    draw(page, look, "trying")
    visitor.check()
    trial = Trial(summary_of_books(busy, RICH.replace("percent: 5", "percent: 6")), left_out=12_345)
    calculations.finish(ref, trial, busy.now)
    expect(page.locator("[data-label]").first).to_be_visible()
    expect(page.locator("#what-if")).to_be_in_viewport()
    expect(page.locator("button.main")).to_have_count(1)
    draw(page, look, "tried")
    visitor.check()


@pytest.mark.parametrize("look", [Look("fr", "dark", "phone"), Look()], ids=str)
def test_an_older_version_is_brought_back_as_a_draft(
    busy: Shop, console: str, enter: Callable[..., Visitor], look: Look
) -> None:
    assert busy.publish(RICH.replace("percent: 5", "percent: 6"), If_Match="1").status == 200
    visitor = enter(busy, console, look)
    page = visitor.page
    page.goto(f"{console}/console/programme")
    draw(page, look, "waits")
    visitor.check()
    busy.later_s += 300
    page.goto(f"{console}/console/programme?number=1")
    expect(page.locator("button.main")).to_have_count(1)
    draw(page, look, "older")
    visitor.check()
    page.locator("button.main").click()
    words = {"en": "becomes 5% (was 6", "fr": "devient 5\N{NO-BREAK SPACE}% (avant"}
    expect(page.locator("main")).to_contain_text(words[look.locale].replace("\N{NO-BREAK SPACE}%", " %"))
    visitor.check()


def taken_out(page: Page, part: str) -> None:
    """Go from the page of a draft to that of a part, and press the button that takes it out."""
    follow(page.locator(f"a[href*='/programme/parts/{part}?']"))
    follow(page.locator("button.bad"))


@pytest.mark.parametrize("look", [Look("fr", "dark", "phone"), Look()], ids=str)
def test_a_draft_goes_on_by_forms_and_is_published_once(
    busy: Shop, console: str, enter: Callable[..., Visitor], look: Look
) -> None:
    visitor = enter(busy, console, look)
    page = visitor.page
    visitor.expected = ("422",)
    page.goto(f"{console}/console/programme/parts/steps/oak")
    page.locator("input[name=name_fr]").fill("Grand chêne")
    follow(page.locator("button.main"))
    opener = page.locator("details:has(a[href*='/programme/parts/']) > summary")
    opener.focus()
    page.keyboard.press("Enter")
    draw(page, look, "going-on")
    visitor.check()
    taken_out(page, "steps/oak")
    expect(page.get_by_role("alert")).to_be_visible()
    draw(page, look, "part-stays")
    visitor.check()
    follow(page.locator("main a[href*='draft=']").first)
    opener.click()
    taken_out(page, "campaigns/christmas-new-year")
    draw(page, look, "two-changes")
    visitor.check()
    follow(page.locator("button.main"))
    expect(page.get_by_role("status")).to_be_visible()
    source = busy.call("GET", "/v1/programme", key=busy.admin).json["source"]
    assert ("Grand chêne" in source, "christmas-new-year" in source) == (True, False)


def test_without_a_script_the_page_asks_again_by_itself(
    busy: Shop, console: str, visitors: Callable[..., Visitor], calls: list[dict[str, str]]
) -> None:
    visitor = visitors(Look(), console, script=False)
    page = visitor.page
    page.goto(f"{console}{invitation(busy)}")
    page.locator("button.main").click()
    page.goto(f"{console}/console/programme")
    page.locator("textarea").fill(RICH.replace("percent: 5", "percent: 6"))
    page.locator("button.main").click()
    page.locator("form[action$=what-if] button").first.click()
    expect(page.get_by_role("status")).to_have_text("It begins in a moment.")
    calculations.fail(CalculationRef(calls[0]["subject"], calls[0]["run"]), NO_ORDERS, busy.now)
    expect(page.get_by_role("status")).to_contain_text("No paid order is in the books yet")


def summary_of_books(shop: Shop, source: str) -> Summary:
    """What a draft would have given for the orders of a shop."""
    draft = parse(read_document(source.encode()))
    content = books.read(records_of(table_scan.items(sorted(books.KINDS), lambda _: None), books.KINDS), shop.now)
    return compare(content.log, draft, content.current).summary


def test_an_empty_shop_is_led_to_its_first_programme_in_few_clicks(
    bare_shop: Shop, enter: Callable[..., Visitor]
) -> None:
    with serve(bare_shop) as address:
        visitor, clicks = enter(bare_shop, address), Clicks()
        page = visitor.page
        page.goto(f"{address}/console")
        draw(page, Look(), "empty")
        visitor.check()
        clicks(page.locator("a.button.main"))
        page.get_by_label("Short name").fill("acme")
        clicks(page.locator("button.main"))
        page.locator("[name=secret]").fill(SHOPIFY_SECRET)
        clicks(page.locator("button.main"))
        expect(page.get_by_role("status")).to_contain_text("The connection was added.")
        assert clicks.count == 3
        page.goto(f"{address}/console")
        clicks.count = 0
        clicks(page.locator("a.button.main"))
        draw(page, Look(), "first")
        visitor.check()
        page.get_by_label("Name of the shop").fill("Acme Tea")
        page.get_by_label("A page of your shop").fill("acme-tea.fr")
        clicks(page.locator("button.main"))
        clicks(page.locator("button.main"))
        expect(page.get_by_role("status")).to_contain_text("The new version was published.")
        assert clicks.count == 3
        visitor.check()


class Clicks:
    """Clicks, counted: five at the most."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, target: Locator) -> None:
        self.count += 1
        assert self.count <= 5
        follow(target)


def correct_a_balance(page: Page, clicks: Clicks) -> str:
    page.locator("[name=q]").fill("acme.2")
    clicks(page.locator("form button"))
    page.locator("form[action$=adjustments] [name=amount]").fill("5.00")
    page.locator("form[action$=adjustments] [name=reason]").fill("late parcel")
    clicks(page.locator("form[action$=adjustments] button"))
    return "The balance was adjusted."


def take_an_adjustment_back(page: Page, clicks: Clicks) -> str:
    page.locator("[name=q]").fill("acme.2")
    clicks(page.locator("form button"))
    page.get_by_text("Take it back", exact=True).click()
    clicks.count += 1
    draw(page, Look(), "take-back")
    clicks(page.get_by_role("button", name="Take this adjustment back"))
    draw(page, Look(), "taken-back")
    return "The adjustment was taken back."


def approve_a_bonus(page: Page, clicks: Clicks) -> str:
    clicks(page.get_by_role("link", name="Look at the bonuses"))
    clicks(page.locator("tbody a").first)
    page.locator("[name=reason]").first.fill("we called them")
    clicks(page.get_by_role("button", name="Approve the bonus"))
    return "The bonus was approved."


def release_a_hold(page: Page, clicks: Clicks) -> str:
    page.locator("[name=q]").fill("acme.1")
    clicks(page.locator("form button"))
    clicks(page.get_by_role("button", name="Release"))
    return "The hold was released."


def change_a_rate(page: Page, clicks: Clicks) -> str:
    clicks(page.get_by_role("link", name="Programme"))
    text = page.locator("textarea").input_value()
    page.locator("textarea").fill(text.replace("percent: 5", "percent: 6"))
    clicks(page.locator("button.main"))
    clicks(page.locator("button.main"))
    return "The new version was published."


def begin_a_campaign(page: Page, clicks: Clicks) -> str:
    clicks(page.get_by_role("link", name="Programme"))
    clicks(page.get_by_role("link", name="A campaign"))
    page.get_by_label("Name, in English").fill("Tea days")
    page.get_by_label("First day").fill("2026-06-01")
    page.get_by_label("Last day").fill("2026-06-14")
    page.get_by_label("Loyal").check()
    clicks(page.locator("button.main"))
    clicks(page.locator("button.main"))
    return "The new version was published."


def end_a_campaign(page: Page, clicks: Clicks) -> str:
    clicks(page.get_by_role("link", name="Figures"))
    clicks(page.get_by_role("link", name="Campaigns"))
    clicks(page.get_by_role("link", name="End it, or change its last day"))
    clicks(page.get_by_role("button", name="End it today"))
    clicks(page.locator("button.main"))
    return "The new version was published."


def invite_a_colleague(page: Page, clicks: Clicks) -> str:
    clicks(page.get_by_role("link", name="People"))
    page.get_by_label("Short name").fill("ben")
    clicks(page.get_by_role("button", name="Make an invitation"))
    return "Send this link to ben."


def test_an_owners_jobs_take_at_most_five_clicks(busy: Shop, console: str, enter: Callable[..., Visitor]) -> None:
    visitor = enter(busy, console)
    of_members = (correct_a_balance, take_an_adjustment_back, approve_a_bonus, release_a_hold)
    for job in (*of_members, change_a_rate, begin_a_campaign, end_a_campaign, invite_a_colleague):
        visitor.page.goto(f"{console}/console")
        expect(visitor.page.get_by_role("status")).to_contain_text(job(visitor.page, Clicks()))
        visitor.check()


def test_a_delivery_that_fails_again_says_why(busy: Shop, console: str, enter: Callable[..., Visitor]) -> None:
    visitor, clicks = enter(busy, console), Clicks()
    visitor.expected = ("422",)
    visitor.page.goto(f"{console}/console")
    clicks(visitor.page.get_by_role("link", name="See why"))
    clicks(visitor.page.get_by_role("button", name="Process it again"))
    expect(visitor.page.get_by_role("alert")).to_contain_text("still cannot be processed")
    visitor.check()


def test_a_passkey_is_made_and_signs_in(busy: Shop, console: str, enter: Callable[..., Visitor]) -> None:
    visitor = enter(busy, console)
    visitor.expected = ("pubKeyCredParams",)  # we take ES256 alone, and Chromium would like RS256 too
    page = visitor.page
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("The passkey was made")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out")
    page.goto(f"{console}/console/people")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("h1")).to_have_text("People")
    visitor.check()


def test_a_device_that_refuses_is_said(busy: Shop, console: str, visitors: Callable[..., Visitor]) -> None:
    visitor = visitors(Look(), console)
    page = visitor.page
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": False}})
    page.goto(f"{console}/console/sign-in")
    page.locator("button.main").click()
    expect(page.locator("form [role=alert]")).to_have_text("The device has given no passkey. Try again.")
    visitor.check()


def test_the_sign_in_page_has_no_mark_of_an_error_before_there_is_one(
    busy: Shop, console: str, visitors: Callable[..., Visitor]
) -> None:
    page = visitors(Look(), console).page
    page.goto(f"{console}/console/sign-in")
    mark = "getComputedStyle(document.querySelector('form [role=alert]'), '::before').content"
    assert page.evaluate(mark) == "none"
    page.evaluate("document.querySelector('form [role=alert]').textContent = 'Try again.'")
    assert page.evaluate(mark) != "none"


def test_charts_stand_on_one_line_where_a_caption_wraps(
    busy: Shop, console: str, enter: Callable[..., Visitor]
) -> None:
    page = enter(busy, console, Look("fr")).page
    page.goto(f"{console}/console/reports")
    bottoms = page.evaluate("""() => {
        document.querySelector("figcaption").append(" a long caption".repeat(20))
        return [...document.querySelectorAll("figure svg")].map(chart => chart.getBoundingClientRect().bottom)
    }""")
    assert len(bottoms) > 1
    assert len(set(bottoms)) == 1


def test_a_message_keeps_its_topic_and_its_button_on_one_line(
    busy: Shop, console: str, enter: Callable[..., Visitor]
) -> None:
    busy.hear({"id": 5, "name": "x" * 80, "line_items": "a long reason " * 9}, "orders/fulfilled")
    page = enter(busy, console, Look("fr")).page
    page.goto(f"{console}/console/deliveries")
    measure = """selector => [...document.querySelectorAll(selector)].map(part => {
        const text = document.createRange()
        text.selectNodeContents(part)
        return text.getBoundingClientRect().height
    })"""
    for selector in ("td button", ".topic"):
        heights = page.evaluate(measure, selector)
        assert len(heights) == 2
        assert max(heights) <= 24, selector


@pytest.mark.parametrize(
    ("path", "part", "width"),
    [
        ("reviews", "th .soft", "phone"),
        ("members/acme.1/merge?into=acme.9", "td[data-label=Code]", "desk"),
        ("members/acme.1/merge?into=acme.9", "th small", "desk"),
    ],
)
def test_an_id_stays_on_one_line(
    busy: Shop, console: str, enter: Callable[..., Visitor], path: str, part: str, width: str
) -> None:
    visitor = enter(busy, console, Look("en", "light", width))
    visitor.page.goto(f"{console}/console/{path}")
    lines = visitor.page.locator(part).first.evaluate("""it => {
        const range = document.createRange()
        range.selectNodeContents(it)
        return new Set([...range.getClientRects()].map(box => Math.round(box.bottom))).size
    }""")
    assert lines == 1
    visitor.check()


def test_what_is_pasted_elsewhere_is_copied_by_a_button(
    busy: Shop, console: str, enter: Callable[..., Visitor]
) -> None:
    visitor = enter(busy, console, Look())
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.goto(f"{console}/console/connections/new?kind=standard&id=my-shop")
    for name, text in (("format", FORMAT), ("secret", "whsec_")):
        button = visitor.page.locator(f"[data-copy={name}]")
        button.click()
        expect(button).to_have_text("Copied")
        assert visitor.page.evaluate("navigator.clipboard.readText()").startswith(text)
    visitor.check()


def test_without_a_script_an_owner_does_the_same(busy: Shop, console: str, visitors: Callable[..., Visitor]) -> None:
    visitor = visitors(Look(), console, script=False)
    page = visitor.page
    page.goto(f"{console}{invitation(busy)}")
    page.locator("button.main").click()
    page.goto(f"{console}/console/members/acme.1")
    page.locator("form[action$=adjustments] [name=amount]").fill("5.00")
    page.locator("form[action$=adjustments] [name=reason]").fill("late parcel")
    page.locator("form[action$=adjustments] button").click()
    expect(page.get_by_role("status")).to_contain_text("adjusted")


def test_the_keyboard_reaches_the_content_and_a_form(busy: Shop, console: str, enter: Callable[..., Visitor]) -> None:
    page = enter(busy, console).page
    page.goto(f"{console}/console")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    while page.evaluate("document.activeElement.name") != "q":
        page.keyboard.press("Tab")
    page.keyboard.type("acme.2")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("X")


def test_what_one_touches_is_large_enough(busy: Shop, console: str, enter: Callable[..., Visitor]) -> None:
    page = enter(busy, console, Look("fr", "light", "phone")).page
    for path in PAGES:
        page.goto(f"{console}/console/{path}".rstrip("/"))
        small = page.evaluate(
            "[...document.querySelectorAll('button,input:not([type=hidden]),select,summary,nav a,.button,.tabs a')]"
            ".map(part => part.type == 'checkbox' ? part.closest('label') : part)"  # its label is touched as well
            ".filter(part => part.offsetParent && part.getBoundingClientRect().height < 44).map(part => part.outerHTML)"
        )
        assert small == [], path


def test_a_page_is_printed_without_its_forms(busy: Shop, console: str, enter: Callable[..., Visitor]) -> None:
    page = enter(busy, console).page
    page.goto(f"{console}/console/members/acme.1")
    page.locator("form[action$=adjustments] [name=amount]").fill("5.00")
    page.locator("form[action$=adjustments] [name=reason]").fill("late parcel")
    follow(page.locator("form[action$=adjustments] button"))
    for opener in page.locator("summary").all():
        opener.click()
    page.emulate_media(media="print")
    for hidden in ("nav", "form", "button", "input", "summary", "#adjust", "small:text('by ada')", "a[href*=reviews]"):
        assert page.locator(hidden).count()
        expect(page.locator(hidden).filter(visible=True)).to_have_count(0)
    assert page.locator("#statement").is_visible()
    draw(page, Look(), "printed")
    page.goto(f"{console}/console/people")
    expect(page.get_by_role("heading", name="Invite somebody")).to_have_count(0)
    assert page.get_by_role("heading", name="Sessions").is_visible()
