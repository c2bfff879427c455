"""The shopper's widget in a storefront's page of another origin, whose policy forbids all that it does not need."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.site import serve_pages
from tests.browser.visitor import LOOKS, Look, Visitor
from tests.edge.conftest import Shop

DOCUMENT = """
name: {name}
currency: EUR
timezone: Europe/Paris
landing: {{page: "https://shop.example/welcome", hosts: [shop.example]}}
assets:
  points: {{name: {{fr: feuilles, en: leaves}}, worth: 0.05}}
earn:
  - {{id: cashback, percent: 5, expire_days: 365}}
  - {{id: slow, percent: 2, vest_days: 14, expire_days: 365}}
  - {{id: leaves, give: 1, of: points, per: {{EUR: 1}}}}
referral: {{percent: 10, friends: 2}}
spending: {{minimum: 5, max_percent: 50}}
cards:
  - {{id: cups, name: {{en: "{card}", fr: "{card}"}}, counts: {{orders: true}}, size: 10, reward: {{amount: 1}}}}
levels:
  steps:
    - {{id: green, at: 0, name: {{fr: Vert, en: Green}}}}
    - {{id: black, at: 500, name: {{fr: Noir, en: Black}}, perks: {{en: Free delivery, fr: Livraison offerte}}}}
goals:
  - {{id: regular, name: {{en: Regular, fr: Habitué}}, measure: orders, target: 2, per: month, badge: {{en: Loyal}}}}
"""
HOSTILE = "<img src=x onerror=alert(1)>\u202e\"'&lt;"
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}")
LONG = "Carte de fidélité des grandes occasions"


SPRING = """campaigns:
  - id: spring
    name: {en: Spring, fr: Printemps}
    starts: 2026-05-01
    ends: 2026-05-31
    multiply: {cashback: 2}
"""
B, Q = "\N{NO-BREAK SPACE}", "\N{RIGHT SINGLE QUOTATION MARK}"


def publish_programme(shop: Shop, name: str = "Acme Tea", card: str = "Ten cups", campaigns: str = "") -> None:
    document = DOCUMENT.format(name=name, card=card) + campaigns
    shop.replace_programme(document)


def buy(shop: Shop, orders: int = 3) -> None:
    for order in range(1, orders + 1):
        assert shop.buy(order, total="40.00").status == 200


@pytest.fixture
def secret(open_shop: Shop) -> str:
    text: str = open_shop.call("GET", "/v1/connections/acme/widget", key=open_shop.admin).json["secret"]
    return text


def element(shop: Shop, secret: str, locale: str, customer: str = "1", **more: str) -> str:
    """The widget as a theme writes it."""
    proof = hmac.new(secret.encode(), f"{customer}.{shop.now}".encode(), hashlib.sha256).hexdigest()
    attributes = {"connection": "acme", "customer": customer, "at": str(shop.now), "proof": proof, "locale": locale}
    text = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in (attributes | more).items())
    return f"<ristourne-loyalty {text}></ristourne-loyalty>"


@contextmanager
def storefront(api: str, body: str, locale: str = "en", **policy: str) -> Iterator[str]:
    """A storefront's page on another origin; `policy` changes directives of its strict policy."""
    directives = {
        "default-src": "'none'",
        "script-src": api,
        "connect-src": api,
        "style-src": "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "require-trusted-types-for": "'script'",
    } | {name.replace("_", "-"): value for name, value in policy.items()}
    page = (
        f"<!doctype html><html lang={locale}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<meta name=color-scheme content='light dark'><title>Shop</title><link rel=icon href=data:,>"
        f"<script src={api}/widget.js defer></script><main><h1>My account</h1>{body}</main>"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in directives.items()),
    }
    with serve_pages({"/": (headers, page.encode())}) as address:
        yield address


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_member_sees_all_that_it_has(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor], look: Look
) -> None:
    publish_programme(open_shop)
    buy(open_shop)
    open_shop.code_of()
    with storefront(site, element(open_shop, secret, look.locale), look.locale) as address:
        visitor = visitors(look, address, site)
        visitor.page.goto(address)

        words = {"en": ["€6.00", "until", "leaves", "Your level: Green", "Copy the link", "Cashback: 5% of €40.00"]}
        words["fr"] = ["6,00\N{NO-BREAK SPACE}€", "jusqu", "feuilles", "Vert", "Copier le lien", "pour votre commande"]
        for text in words[look.locale]:
            expect(visitor.page.get_by_text(text).first).to_be_visible()
        visitor.check()
        visitor.page.get_by_text({"en": "Show as a QR code", "fr": "Afficher le code QR"}[look.locale]).click()
        expect(visitor.page.get_by_role("img")).to_be_visible()
        visitor.check()


def test_the_frame_is_not_blank_while_the_card_is_awaited(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(), address, site)
        awaited: list[Route] = []
        is_answered = False

        def keep(route: Route) -> None:
            if is_answered:
                route.continue_()
            else:
                awaited.append(route)

        visitor.page.route("**/card?*", keep)
        visitor.page.goto(address)

        expect(visitor.page.get_by_role("heading", name="Your rewards")).to_be_visible()
        expect(visitor.page.get_by_text("Loading…")).to_be_visible()
        visitor.check()
        is_answered = True  # of what is asked for from now on, too
        for route in awaited:
            route.continue_()
        expect(visitor.page.get_by_role("heading", name="Acme Tea")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_guest_sees_what_to_do(site: str, visitors: Callable[..., Visitor], look: Look) -> None:
    body = f'<ristourne-loyalty sign-in="/login" locale="{look.locale}"></ristourne-loyalty>'
    with storefront(site, body, look.locale) as address:
        visitor = visitors(look, address, site)
        visitor.page.goto(address)

        link = visitor.page.get_by_role("link", name={"en": "Sign in", "fr": "Se connecter"}[look.locale])
        expect(link).to_have_attribute("href", "/login")
        earn, percent = {"en": ("How you earn", "5% of"), "fr": ("Comment gagner", f"5{B}% de")}[look.locale]
        visitor.page.get_by_text(earn).click()
        expect(visitor.page.get_by_text(percent)).to_be_visible()
        visitor.check()


def test_a_customer_who_has_nothing_yet_is_told_so(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    with storefront(site, element(open_shop, secret, "en", customer="77")) as address:
        visitor = visitors(Look(), address, site)
        visitor.page.goto(address)

        expect(visitor.page.get_by_text("Nothing yet.")).to_be_visible()
        expect(visitor.page.get_by_text("€0.00")).to_be_visible()
        expect(visitor.page.locator("[part=balance]").get_by_text("It can be used from")).to_have_count(0)
        visitor.check()
        shown = visitor.page.locator("ristourne-loyalty")
        shown.evaluate("it => { it.toggleAttribute('preview'); return it.refresh() }")
        expect(visitor.page.get_by_role("button", name="Get my link")).to_have_count(0)
        expect(visitor.page.get_by_text("Bring your friends")).to_be_visible()
        shown.evaluate("it => { it.toggleAttribute('preview'); return it.refresh() }")
        visitor.page.get_by_role("button", name="Get my link").click()
        field = visitor.page.get_by_label("Your link", exact=True)
        expect(field).to_have_value(re.compile(rf"/r/{CODE.pattern}$"))
        expect(field).to_be_focused()
        visitor.check()


def test_a_level_that_the_shop_has_given_says_until_when(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    buy(open_shop, 1)
    given = {"level": "black", "last_day": "2026-12-31", "reason": "a good friend"}
    assert open_shop.post("/v1/members/acme.1/level", given, caller=open_shop.admin).status == 200
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(), address, site)
        visitor.page.goto(address)
        level = visitor.page.locator("ristourne-loyalty [part=level]")
        expect(level).to_contain_text("The shop has given you this level until 31 December 2026.")
        visitor.check()


def test_parts_that_the_programme_does_not_have_are_not_shown(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    bare = 'name: Bare\ncurrency: EUR\nlanding: {page: "https://shop.example/", hosts: [shop.example]}\n'
    open_shop.replace_programme(f"{bare}earn: [{{id: cashback, percent: 5}}]\n")
    buy(open_shop, 1)
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(), address, site)
        visitor.page.goto(address)

        expect(visitor.page.get_by_role("heading", level=3)).to_have_text(["You can spend", "Your statement"])
        expect(visitor.page.locator("ristourne-loyalty summary")).to_have_text(["How you earn", "How you pay with it"])
        visitor.check()


def test_the_statement_is_paged_by_the_keyboard(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    buy(open_shop, 27)
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(), address, site)
        visitor.page.goto(address)

        rows = visitor.page.locator("ristourne-loyalty [part=movement]").filter(visible=True)
        expect(rows).to_have_count(5)
        newest = all_entries(open_shop)[:5]
        tab_to(visitor.page, "Show more")
        visitor.page.keyboard.press("Enter")
        expect(rows).to_have_count(sum(len(entry["sums"]) for entry in newest))
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.get_by_role("button", name="Show more")).to_have_count(0)
        expect(rows).to_have_count(sum(len(entry["sums"]) for entry in all_entries(open_shop)))
        assert focused(visitor.page).startswith("Cashback")
        visitor.check()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_how_one_earns_and_pays_unfolds_and_campaigns_stand_above(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor], look: Look
) -> None:
    publish_programme(open_shop, campaigns=SPRING)
    buy(open_shop)
    with storefront(site, element(open_shop, secret, look.locale), look.locale) as address:
        visitor = visitors(look, address, site)
        visitor.page.goto(address)

        words = {
            "en": ["Spring, until 31 May 2026: Cashback times 2.", "How you earn", "€1.00 of what you buy"],
            "fr": [f"Printemps, jusqu{Q}au 31 mai 2026", "Comment gagner", f"1,00{B}€ d{Q}achats"],
        }
        pay = {"en": ["How you pay with it", "Choose at the checkout"], "fr": ["Comment payer", "Au moment de payer"]}
        campaign, earn, points = words[look.locale]
        how, first = pay[look.locale]
        expect(visitor.page.get_by_text(campaign)).to_be_visible()
        expect(visitor.page.get_by_text(points)).to_be_hidden()
        tab_to(visitor.page, earn, whole=False)
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.get_by_text(points)).to_be_visible()
        tab_to(visitor.page, how, whole=False)
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.get_by_text(first)).to_be_visible()
        visitor.check()


def test_the_rules_of_spending_stand_at_a_balance_that_cannot_be_used_yet(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    buy(open_shop, 1)
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(), address, site)
        visitor.page.goto(address)
        rule = visitor.page.locator("[part=balance]").get_by_text("It can be used from €5.00.")
        expect(rule.first).to_be_visible()
        buy(open_shop, 3)
        visitor.page.evaluate("document.querySelector('ristourne-loyalty').refresh()")
        expect(visitor.page.get_by_text("€6.00").first).to_be_visible()
        expect(rule).to_have_count(0)
        visitor.check()


@pytest.mark.parametrize(("orders", "rows"), [(1, 3), (2, 6)])
def test_a_short_statement_is_shown_whole_by_one_button_at_the_most(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor], orders: int, rows: int
) -> None:
    publish_programme(open_shop)
    buy(open_shop, orders)
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(width="phone"), address, site)
        visitor.page.goto(address)

        shown = visitor.page.locator("ristourne-loyalty [part=movement]").filter(visible=True)
        expect(shown).to_have_count(min(rows, 5))
        more = visitor.page.get_by_role("button", name="Show more")
        expect(more).to_have_count(int(rows > 5))
        if rows > 5:
            more.click()
            expect(more).to_have_count(0)
            assert focused(visitor.page)
        expect(shown).to_have_count(rows)
        visitor.check()


def all_entries(shop: Shop) -> list[Any]:
    path = "/v1/members/acme.1/statement?limit=100"
    entries: list[Any] = shop.call("GET", path, key=shop.storefront).json["entries"]
    return entries


FOCUSED = "document.querySelector('ristourne-loyalty').shadowRoot.activeElement?.textContent ?? ''"


def focused(page: Page) -> str:
    """The text of what has the focus in the widget."""
    text: str = page.evaluate(FOCUSED)
    return text


def tab_to(page: Page, text: str, *, whole: bool = True) -> None:
    """Press the tab key until a control of the widget with that text, or one that begins so, has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if focused(page) == text or (not whole and focused(page).startswith(text)):
            return
    raise AssertionError(f"no way to {text} by the keyboard")


def test_every_control_is_reached_by_the_keyboard_and_large_enough(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    buy(open_shop)
    open_shop.code_of()
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(width="phone"), address, site)
        visitor.page.goto(address)
        expect(visitor.page.get_by_role("button", name="Copy the link")).to_be_visible()

        for text in ("Copy the link", "E-mail", "WhatsApp", "Show as a QR code"):
            tab_to(visitor.page, text)
        controls = visitor.page.locator("ristourne-loyalty").locator("button, a, summary, input")
        sizes = [box for box in (control.bounding_box() for control in controls.all()) if box]
        assert len(sizes) >= 4
        assert [size for size in sizes if size["height"] < 44 or size["width"] < 44] == []


def test_a_link_is_copied_and_said_to_be(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    code = open_shop.code_of()
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(), address, site)
        visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        visitor.page.goto(address)

        visitor.page.get_by_role("button", name="Copy the link").click()
        expect(visitor.page.get_by_role("status")).to_have_text("The link is copied.")
        assert visitor.page.evaluate("navigator.clipboard.readText()").endswith(f"/r/{code}")
        visitor.check()


@pytest.mark.parametrize("look", [Look("fr", "light", "phone"), Look("en", "dark", "desk")], ids=str)
def test_names_are_text_whatever_they_are(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor], look: Look
) -> None:
    publish_programme(open_shop, name="'<script>alert(2)</script> & Söhne — מועדון התה'", card=LONG)
    buy(open_shop)
    reason = {"asset": "EUR/2", "amount": 100_000, "reason": HOSTILE.replace("\u202e", "") + "x" * 80}
    assert open_shop.post("/v1/members/acme.1/adjustments", reason, caller=open_shop.admin).status == 200
    with storefront(site, element(open_shop, secret, look.locale), look.locale) as address:
        visitor = visitors(look, address, site)
        visitor.page.goto(address)

        expect(visitor.page.get_by_role("heading", name="<script>alert(2)</script> & Söhne")).to_be_visible()
        expect(visitor.page.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()
        assert visitor.page.locator("ristourne-loyalty img").count() == 0
        visitor.check()


def test_a_guest_of_a_shop_that_does_not_answer_is_still_led_to_the_sign_in(
    site: str, visitors: Callable[..., Visitor]
) -> None:
    with storefront(site, '<ristourne-loyalty sign-in="/login" locale="en"></ristourne-loyalty>') as address:
        visitor = visitors(Look(), address, site)
        visitor.expected = ("503",)
        visitor.page.route("**/v1/offers*", lambda route: route.fulfill(status=503, body="{}"))
        visitor.page.goto(address)

        expect(visitor.page.get_by_role("link", name="Sign in")).to_be_visible()
        expect(visitor.page.locator("ristourne-loyalty details")).to_have_count(0)
        visitor.check()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)"])
def test_a_sign_in_link_is_an_address_of_the_web(site: str, visitors: Callable[..., Visitor], address: str) -> None:
    with storefront(site, f'<ristourne-loyalty sign-in="{address}"></ristourne-loyalty>') as shop:
        visitor = visitors(Look(), shop, site)
        visitor.page.goto(shop)

        expect(visitor.page.get_by_text("Sign in to see")).to_be_visible()
        assert visitor.page.locator("ristourne-loyalty a").count() == 0


def test_an_expired_session_is_renewed_once(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    buy(open_shop, 1)
    with storefront(site, element(open_shop, secret, "en")) as address:
        visitor = visitors(Look(), address, site)
        visitor.expected = ("401",)
        visitor.page.goto(address)
        expect(visitor.page.get_by_text("€2.00").first).to_be_visible()

        asked = sessions(visitor.page)
        open_shop.later_s += 1000
        visitor.page.evaluate("document.querySelector('ristourne-loyalty').refresh()")
        assert len(asked) == 1
        expect(visitor.page.get_by_text("€2.00").first).to_be_visible()
        visitor.check()


def sessions(page: Page) -> list[str]:
    """The sessions that the page opens from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    return asked


def test_a_page_whose_proof_is_too_old_says_so_and_asks_no_further(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    body = element(open_shop, secret, "en")
    open_shop.later_s += 90_000
    with storefront(site, body) as address:
        visitor = visitors(Look(), address, site)
        visitor.expected = ("401",)
        asked = sessions(visitor.page)
        visitor.page.goto(address)

        expect(visitor.page.get_by_role("alert")).to_have_text("This page is too old to show your balance.")
        assert len(asked) == 1
        visitor.check()


def test_a_shops_own_server_may_give_the_token(open_shop: Shop, site: str, visitors: Callable[..., Visitor]) -> None:
    publish_programme(open_shop)
    buy(open_shop, 1)
    token = open_shop.call("POST", "/v1/members/acme.1/token", {}, open_shop.storefront).body
    page = f'<ristourne-loyalty token-url="/token" locale="en" api="{site}"></ristourne-loyalty>'
    with storefront(site, page, connect_src=f"'self' {site}") as address:
        visitor = visitors(Look(), address, site)
        visitor.page.route(f"{address}/token", lambda route: route.fulfill(body=token, content_type="application/json"))
        visitor.page.goto(address)

        expect(visitor.page.get_by_text("€2.00").first).to_be_visible()
        visitor.check()


def test_a_shop_styles_it_by_variables_and_parts(
    open_shop: Shop, site: str, secret: str, visitors: Callable[..., Visitor]
) -> None:
    publish_programme(open_shop)
    style = (
        "<style>ristourne-loyalty{--ristourne-accent:#7a1f5c}ristourne-loyalty::part(heading){font-size:30px}</style>"
    )
    body = style + element(open_shop, secret, "en", scheme="light")
    with storefront(site, body, style_src="'unsafe-inline'") as address:
        visitor = visitors(Look(scheme="dark"), address, site)
        visitor.page.goto(address)

        heading = visitor.page.get_by_role("heading", level=2)
        expect(heading).to_have_css("font-size", "30px")
        expect(visitor.page.get_by_role("button", name="Get my link")).to_have_css(
            "background-color", "rgb(122, 31, 92)"
        )
        expect(visitor.page.locator("ristourne-loyalty")).to_have_css("background-color", "rgb(255, 255, 255)")
