"""The shopper's card: one request with all that a page shows, in the reader's language."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.edge import words
from chalicelib.edge.api.card import qr_of
from chalicelib.edge.card_terms import rules_of
from chalicelib.edge.yaml_document import as_published
from chalicelib.store.dynamodb import transport
from tests.edge.conftest import PROGRAMME, Shop
from tests.world.meter import metered

B, X, N = "\N{NO-BREAK SPACE}", "\N{MULTIPLICATION SIGN}", "\N{NARROW NO-BREAK SPACE}"
MINUS, Q = "\N{MINUS SIGN}", "\N{RIGHT SINGLE QUOTATION MARK}"

DOCUMENT = """
name: Edge Shop
currency: EUR
timezone: Europe/Paris
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
assets:
  points: {name: {fr: feuilles, en: leaves}, worth: 0.05}
earn:
  - {id: cashback, percent: 5, vest_days: 14, expire_days: 365}
  - {id: leaves, give: 1, of: points, per: {EUR: 1}}
referral: {percent: 10, friends: 2}
spending: {minimum: 5, max_percent: 50}
cards:
  - {id: cups, name: {en: Ten cups, fr: Dix tasses}, counts: {orders: true}, size: 2, reward: {amount: 1}}
levels:
  steps:
    - {id: green, at: 0, name: {fr: Vert, en: Green}}
    - {id: black, at: 50, name: {fr: Noir, en: Black}, perks: {en: Free delivery, fr: Livraison offerte}}
goals:
  - {id: regular, name: {en: Regular}, measure: orders, target: 2, per: month, badge: {en: A regular}}
"""


@pytest.fixture
def full_shop(open_shop: Shop) -> Shop:
    open_shop.replace_programme(DOCUMENT)
    assert open_shop.buy(1, total="40.00").status == 200
    return open_shop


def card(shop: Shop, query: str = "?locale=fr", member: str = "acme.1", **headers: Any) -> Any:
    answer = shop.call("GET", f"/v1/members/{member}/card{query}", key=shop.token_of(member), **headers)
    assert answer.status == 200, answer.body
    return answer.json


def test_a_card_says_what_is_pending_and_from_when(full_shop: Shop) -> None:
    euros, leaves = card(full_shop)["balances"]
    assert (euros["asset"], euros["available"], euros["text"], euros["lots"]) == ("EUR/2", 0, f"0,00{B}€", [])
    assert euros["pending"] == [
        {
            "amount": 200,
            "text": f"2,00{B}€",
            "first_day": "2026-05-18",
            "why": f"à partir du 18 mai 2026, à la fin du délai d{Q}attente",
        }
    ]
    assert (leaves["name"], leaves["text"], leaves["worth"]) == ("feuilles", f"40{B}feuilles", f"2,00{B}€")
    assert leaves["lots"] == [
        {"amount": 40, "text": f"40{B}feuilles", "last_day": None, "last_day_text": f"n{Q}expire pas"}
    ]


def test_what_can_be_spent_shows_its_last_day_in_the_programmes_zone(full_shop: Shop) -> None:
    full_shop.later_s += 15 * 86_400
    (lot,) = card(full_shop, "?locale=en")["balances"][0]["lots"]
    assert lot == {"amount": 200, "text": "€2.00", "last_day": "2027-05-04", "last_day_text": "until 4 May 2027"}


def test_a_delivery_that_is_awaited_has_no_day(open_shop: Shop) -> None:
    document = PROGRAMME.replace("percent: 5}", "percent: 5, vest_on: delivery}")
    open_shop.replace_programme(document)
    assert open_shop.buy(1, total="40.00").status == 200
    (pending,) = card(open_shop, "?locale=en")["balances"][0]["pending"]
    assert (pending["first_day"], pending["why"]) == (None, "once your order is delivered")


def test_what_is_set_apart_shows_until_when(full_shop: Shop) -> None:
    full_shop.give(2000)
    hold = full_shop.hold(500, order_total=2000)
    euros = card(full_shop, "?locale=en")["balances"][0]
    assert (euros["held_text"], euros["available"]) == ("€5.00", 1500)
    (held,) = euros["held"]
    assert (held["hold"], held["text"]) == (hold, "€5.00")
    assert held["why"] == f"set apart for a purchase, until 4 May 2026, 4:00{N}PM at the latest"


@pytest.mark.parametrize(("amount", "usable"), [(499, 0), (500, 500)])
def test_a_card_says_how_much_can_be_used_and_the_rules_of_it(full_shop: Shop, amount: int, usable: int) -> None:
    full_shop.give(amount)
    use = card(full_shop, "?locale=en")["balances"][0]["use"]
    assert use["amount"] == usable
    assert use["rules"] == ["It can be used from €5.00.", "It pays at most 50% of an order."]


def test_points_can_be_used_from_what_they_are_worth(full_shop: Shop) -> None:
    assert card(full_shop)["balances"][1]["use"]["amount"] == 0  # 40 leaves are 2.00
    assert full_shop.buy(2, total="60.00").status == 200
    use = card(full_shop)["balances"][1]["use"]
    assert (use["amount"], use["text"]) == (100, f"100{B}feuilles")


def test_what_has_no_price_says_no_rule_of_paying(full_shop: Shop) -> None:
    """A card said of stars without a worth: "It can be used from €5.00." They pay nothing, ever."""
    priced = "assets:\n  stars: {}\n  coins: {worth: {USD: 0.10}}"
    document = DOCUMENT.replace("assets:", priced).replace("currency: EUR", "currency: EUR\ncurrencies: [USD]")
    assert full_shop.publish(document.replace("minimum: 5", "minimum: {EUR: 5, USD: 6}"), If_Match='"2"').status == 200
    full_shop.later_s += 3600
    for asset, amount in (("stars", 1000), ("coins", 60)):
        full_shop.give(amount, asset=asset)
    uses = {balance["asset"]: balance["use"] for balance in card(full_shop, "?locale=en")["balances"]}
    assert uses["stars"] == {"amount": 0, "text": f"0{B}stars", "rules": []}
    assert (uses["coins"]["amount"], uses["coins"]["rules"][0]) == (60, "It can be used from $6.00.")


def test_a_debt_is_told_in_words_and_nothing_can_be_used(open_shop: Shop) -> None:
    assert open_shop.buy(1, total="60.00").status == 200
    spent = open_shop.post("/v1/members/acme.1/redemptions", {"asset": "EUR/2", "amount": 300})
    assert spent.status == 200, spent.body
    open_shop.later_s = 60
    ended = {"financial_status": "refunded", "cancelled_at": "2026-05-04T12:00:30Z"}
    assert open_shop.hear(open_shop.order(1, total="60.00", **ended), "orders/cancelled").status == 200
    euros = card(open_shop)["balances"][0]
    assert (euros["available"], euros["text"], euros["use"]["amount"]) == (-300, f"0,00{B}€", 0)
    assert euros["owed"].startswith(f"Vous devez 3,00{B}€")


def test_level_stamps_goals_and_badges_have_the_names_of_the_language(full_shop: Shop) -> None:
    shown = card(full_shop)
    assert shown["level"] == {
        "name": "Vert",
        "text": f"Vert, avec 40,00{B}€",
        "perks": "",
        "next": f"Encore 10,00{B}€ pour atteindre Noir",
        "percent": 80,
        "last_day": None,
        "last_day_text": "",
    }
    assert shown["cards"] == [{"name": "Dix tasses", "stamps": 1, "size": 2, "completed": 0, "text": "1 sur 2 tampons"}]
    assert shown["goals"] == [
        {"name": "Regular", "reached": False, "percent": 50, "text": "1 sur 2 commandes (mai 2026)"}
    ]
    assert full_shop.buy(2, total="40.00").status == 200
    shown = card(full_shop)
    assert (shown["level"]["perks"], shown["level"]["next"]) == ("Livraison offerte", "")
    assert shown["badges"] == [{"name": "A regular", "since": "2026-05-04", "since_text": "depuis le 4 mai 2026"}]
    assert (shown["goals"][0]["percent"], shown["cards"][0]["completed"]) == (100, 1)


def test_a_card_says_how_the_member_earns_and_pays(full_shop: Shop) -> None:
    assert card(full_shop, "?locale=en")["earn"] == {
        "title": "How you earn",
        "lines": [
            "Cashback: 5% of what you buy, without tax and shipping.",
            "Leaves: 1 for each full €1.00 of what you buy, without tax and shipping.",
            "Ten cups: every 2 stamps give €1.00, a stamp for each order.",
            "Level Black, from €50.00: Free delivery.",
            "Goal Regular: 2 orders in a month give the badge A regular.",
        ],
    }
    assert card(full_shop)["pay"] == {
        "title": "Comment payer avec votre solde",
        "lines": [
            "Au moment de payer, choisissez de régler avec votre solde.",
            f"Utilisable à partir de 5,00{B}€.",
            f"Règle au plus 50{B}% d{Q}une commande.",
            f"100{B}feuilles valent 5,00{B}€.",
            f"Expirent 365 jours après leur obtention{B}: Cashback.",
            f"N{Q}expirent pas{B}: feuilles, Dix tasses, Bonus de parrainage.",
        ],
    }


def give_level(shop: Shop, level: str, last_day: str | None = None) -> None:
    """Set a level by hand."""
    body = {"level": level, "last_day": last_day, "reason": "a good friend"}
    assert shop.post("/v1/members/acme.1/level", body, caller=shop.admin).status == 200


def test_a_level_that_the_shop_has_given_says_its_last_day_and_not_its_reason(full_shop: Shop) -> None:
    give_level(full_shop, "black", "2026-12-31")
    level = card(full_shop)["level"]
    assert (level["name"], level["last_day"]) == ("Noir", "2026-12-31")
    assert level["last_day_text"] == "La boutique vous offre ce niveau jusqu\u2019au 31 décembre 2026."
    assert "good friend" not in str(card(full_shop))
    give_level(full_shop, "green", "2026-12-31")
    assert card(full_shop)["level"]["last_day"] is None, "it is the level of what was bought"
    give_level(full_shop, "black")
    assert card(full_shop)["level"]["last_day_text"] == "", "for good"


def test_a_level_that_orders_give_too_says_no_last_day(full_shop: Shop) -> None:
    give_level(full_shop, "black", "2026-12-31")
    assert full_shop.buy(2, total="40.00").status == 200
    level = card(full_shop)["level"]
    assert (level["name"], level["last_day"], level["last_day_text"]) == ("Noir", None, "")


def test_how_one_earns_is_that_of_the_members_level(full_shop: Shop) -> None:
    document = DOCUMENT.replace("perks: {en: Free delivery, fr: Livraison offerte}", "multiply: {leaves: 1.5}")
    assert full_shop.publish(document, If_Match='"2"').status == 200
    full_shop.later_s += 60
    assert full_shop.buy(2, total="60.00").status == 200
    lines = card(full_shop, "?locale=en")["earn"]["lines"]
    assert "times 1.5 for your level Black" in lines[1]
    assert [line for line in lines if line.startswith("Level")] == []


CAMPAIGN = """
campaigns:
  - {{id: may, starts: 2026-05-01, ends: 2026-05-31, multiply: {{cashback: 2}}, {more}}}
  - {{id: june, starts: 2026-06-01, ends: 2026-06-30, multiply: {{cashback: 2}}}}
"""
DOUBLE = [f"Jusqu{Q}au 31 mai 2026{B}: Cashback {X}{B}2."]
FIRST = [f"Jusqu{Q}au 31 mai 2026{B}: Cashback {X}{B}2, sur votre première commande."]


def with_campaign(shop: Shop, more: str) -> None:
    document = DOCUMENT + CAMPAIGN.format(more=more)
    answer = shop.publish(document, If_Match='"2"')
    assert answer.status == 200, answer.body
    shop.later_s += 60


@pytest.mark.parametrize(
    ("more", "bought", "new"),
    [
        ("name: {en: May}", 1, 1),
        ("audience: {levels: [green]}", 1, 1),
        ("audience: {levels: [black]}", 0, 0),
        ("audience: {members: [acme.1]}", 1, 0),
        ("audience: {first_order: true}", 0, 1),
        ("audience: {segments: [loyal]}", 0, 0),
        ("holdout: 100", 0, 0),
        ("holdout: 0.01", 1, 0),
    ],
)
def test_a_campaign_is_shown_to_those_for_whom_it_holds(full_shop: Shop, more: str, bought: int, new: int) -> None:
    """Whoever is held out, or may turn out to be, is promised nothing."""
    with_campaign(full_shop, more)
    assert (len(card(full_shop)["campaigns"]), len(card(full_shop, member="acme.77")["campaigns"])) == (bought, new)


@pytest.mark.parametrize(
    ("more", "day", "is_told"),
    [
        ("name: {fr: Mai}", 4, True),
        ("audience: {levels: [green]}", 4, True),
        ("audience: {levels: [black]}", 4, False),
        ("audience: {members: [acme.1]}", 4, False),
        ("audience: {first_order: true}", 4, True),
        ("audience: {segments: [loyal]}", 4, False),
        ("holdout: 1", 4, False),
        ("name: {fr: Mai}", -5, False),
        ("name: {fr: Mai}", 80, False),
    ],
)
def test_what_a_new_customer_reads_has_the_campaigns_that_hold_for_it(more: str, day: int, is_told: bool) -> None:
    """An owner read nothing of the campaign that ran for everybody."""
    programme = as_published(DOCUMENT + CAMPAIGN.format(more=more))
    at = int(datetime(2026, 5, 1, 12, tzinfo=UTC).timestamp()) + day * 86_400
    lines = [line for line in rules_of(programme, words.of("fr"), at) if "au 31 mai" in line]
    assert len(lines) == is_told
    assert not [line for line in rules_of(programme, words.of("fr"), at) if "juin" in line]


def test_a_campaign_says_until_when(full_shop: Shop) -> None:
    with_campaign(full_shop, "audience: {first_order: true}")
    assert card(full_shop, member="acme.77")["campaigns"] == FIRST
    with_campaign_again = DOCUMENT + CAMPAIGN.format(more="budget: 1000")
    assert full_shop.publish(with_campaign_again, If_Match='"3"').status == 200
    full_shop.later_s += 60
    assert card(full_shop)["campaigns"] == [DOUBLE[0].replace(".", ", dans la limite du budget prévu.")]


def test_a_first_order_is_that_of_the_person(full_shop: Shop) -> None:
    """An account whose guest has bought before would not get it."""
    with_campaign(full_shop, "audience: {first_order: true}")
    assert full_shop.buy(8, None, email="zoe@mail.example").status == 200
    assert (
        full_shop.call("PUT", "/v1/members/acme.8", {"email": "zoe@mail.example"}, full_shop.storefront).status == 200
    )
    full_shop.code_of("acme.8")
    assert card(full_shop, member="acme.8")["campaigns"] == []
    assert full_shop.buy(9, 8, email="zoe@mail.example", total="10.00").status == 200
    assert [why for _, why in full_shop.reasons("acme.8") if "times" in why] == []


def test_what_a_card_promises_is_what_an_order_then_gets(full_shop: Shop) -> None:
    """Of many members, some are held out: none of those was promised anything."""
    with_campaign(full_shop, "holdout: 50")
    promised, got = set(), set()
    for customer in range(20, 32):
        member = f"acme.{customer}"
        assert full_shop.buy(100 + customer, customer, total="10.00").status == 200
        promised |= {member} if card(full_shop, member=member)["campaigns"] else set()
        assert full_shop.buy(200 + customer, customer, total="10.00").status == 200
        got |= {member} if any("times" in why for _, why in full_shop.reasons(member)) else set()
    assert promised == got
    assert 0 < len(got) < 12


def offered(shop: Shop, query: str = "?locale=fr", **headers: Any) -> Any:
    answer = shop.call("GET", f"/v1/offers{query}", **headers)
    assert answer.status == 200, answer.body
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.json


def test_a_guest_is_told_what_a_new_customer_earns(full_shop: Shop) -> None:
    shown = offered(full_shop, "?locale=en")
    assert (shown["locale"], shown["programme"], shown["campaigns"]) == ("en", "Edge Shop", [])
    assert shown["earn"]["title"] == "How you earn"
    assert shown["earn"]["lines"] == card(full_shop, "?locale=en", member="acme.77")["earn"]["lines"]
    assert offered(full_shop, "", Accept_Language="fr")["earn"]["title"] == "Comment gagner"


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ("name: {en: May}", 1),
        ("audience: {first_order: true}", 1),
        ("audience: {levels: [green]}", 1),
        ("audience: {levels: [black]}", 0),
        ("audience: {members: [acme.1]}", 0),
        ("audience: {segments: [loyal]}", 0),
        ("holdout: 1", 0),
    ],
)
def test_a_guest_is_promised_what_every_new_customer_gets(full_shop: Shop, more: str, shown: int) -> None:
    with_campaign(full_shop, more)
    assert len(offered(full_shop)["campaigns"]) == shown


def test_what_a_guest_is_told_reads_no_member(full_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with_campaign(full_shop, "audience: {first_order: true}")
    offered(full_shop)
    asked: list[str] = []
    monkeypatch.setattr(transport, "ask", lambda service, operation, body: asked.append(operation))
    assert offered(full_shop)["campaigns"] == FIRST
    assert asked == []


def test_without_a_programme_a_guest_is_told_nothing(shop: Shop) -> None:
    shown = offered(shop)
    assert (shown["programme"], shown["campaigns"], shown["earn"]["lines"]) == ("", [], [])


def test_a_full_card_is_named_in_the_statement(full_shop: Shop) -> None:
    assert full_shop.buy(2, total="10.00").status == 200
    (movements,) = [entry["movements"] for entry in card(full_shop)["statement"]["entries"][:1]]
    whys = [movement["why"] for movement in movements]
    assert f"Carte à tampons complète{B}: Dix tasses, 2 tampons." in whys
    assert "Stamp card full: cups, 2 stamps." in [why for _, why in full_shop.reasons()]


def test_what_is_shared_comes_once_there_is_a_code(full_shop: Shop) -> None:
    assert card(full_shop)["share"] is None
    code = full_shop.code_of()
    share = card(full_shop)["share"]
    assert (share["code"], share["link"].endswith(f"/r/{code}")) == (code, True)
    assert share["text"] == f"J{Q}aime bien Edge Shop, jetez un œil{B}: {share['link']}"
    assert share["links"]["email"].startswith("mailto:?subject=Edge%20Shop&body=J%E2%80%99aime")
    assert set(share["qr"]) == {"size", "path"}


def test_the_referral_says_what_is_missing_and_what_there_was(full_shop: Shop) -> None:
    assert card(full_shop)["referral"]["text"] == "2 amis doivent encore acheter pour votre prochain bonus."
    code = full_shop.code_of()
    for friend in (2, 3, 4):
        assert full_shop.buy(friend, friend, code, email=f"f{friend}@mail.example").status == 200
    full_shop.settle()
    shown = card(full_shop, "?locale=en")["referral"]
    says = "When 2 friends have bought, you get 10% of what they have spent, without tax and shipping."
    assert shown["terms"] == says
    assert (shown["needed"], shown["waiting"], shown["live"], shown["bonuses"]) == (2, 1, 3, 1)
    assert shown["text"] == "1 more friend has to buy for your next bonus. You have reached 1 bonus so far."


def test_who_holds_the_most_bonuses_is_promised_no_next_one(full_shop: Shop) -> None:
    """`limit` (docs/programme.md): a group that completes beyond it earns nothing, for good."""
    limited = DOCUMENT.replace("friends: 2}", "friends: 1, limit: 1}")
    assert full_shop.publish(limited, If_Match='"2"').status == 200
    full_shop.later_s += 3600
    before = "1 more friend has to buy for your next bonus."
    assert card(full_shop, "?locale=en")["referral"]["text"] == before
    assert full_shop.buy(2, 2, full_shop.code_of(), email="f2@mail.example").status == 200
    full_shop.settle()
    had, most = "You have reached 1 bonus so far.", "You get no further ones."
    assert card(full_shop, "?locale=en")["referral"]["text"] == f"{had} {most}"
    french = f"Vous avez atteint 1 bonus à ce jour. Vous n{Q}en recevrez pas d{Q}autre."
    assert card(full_shop)["referral"]["text"] == french


def test_a_rule_for_points_is_called_by_its_own_name_where_it_has_one(open_shop: Shop) -> None:
    """docs/programme.md: `name` is what shoppers read for the rule, also in the statement; else the asset's name."""
    rules = """
  - {id: mugs, name: {fr: Tasses, en: Cups}, give: 3, of: points, per: piece}
  - {id: basket, name: {fr: Panier, en: Basket}, give: 2, of: points, per: {EUR: 10}}
  - {id: visit, give: 5, of: points}
referral:"""
    open_shop.replace_programme(DOCUMENT.replace("\nreferral:", rules))
    assert open_shop.buy(1, total="40.00").status == 200
    shown = {language: card(open_shop, f"?locale={language}") for language in ("en", "fr")}
    assert shown["en"]["earn"]["lines"][2:5] == [
        f"Cups: 3{B}leaves for each piece.",
        f"Basket: 2{B}leaves for each full €10.00 of what you buy, without tax and shipping.",
        "Leaves: 5 for each order.",
    ]
    assert shown["fr"]["earn"]["lines"][2] == f"Tasses{B}: 3{B}feuilles par article."
    why = {language: [movement["why"] for movement in _moved(text)] for language, text in shown.items()}
    assert why["en"][2:] == [
        "Cups: 3 for a piece on your order #1001.",
        "Basket: 2 for each full €10.00 of €40.00 on your order #1001.",
        "Leaves: a fixed number on your order #1001.",
    ]
    assert why["fr"][2] == f"Tasses{B}: 3 pour un article pour votre commande #1001."


def _moved(shown: Any) -> list[Any]:
    """What the newest entry of a card has moved."""
    moved: list[Any] = shown["statement"]["entries"][0]["movements"]
    return moved


def test_the_newest_five_entries_come_and_the_statement_has_those_before(full_shop: Shop) -> None:
    for _ in range(6):
        full_shop.give(100)
    statement = card(full_shop)["statement"]
    assert len(statement["entries"]) == 5
    path = f"/v1/members/acme.1/statement?cursor={statement['next']}"
    rest = full_shop.call("GET", path, key=full_shop.storefront).json["entries"]
    assert [entry["number"] for entry in (*statement["entries"], *rest)] == [7, 6, 5, 4, 3, 2, 1]


def test_the_first_page_of_the_statement_comes_with_days_and_reasons_in_words(full_shop: Shop) -> None:
    full_shop.give(700)
    statement = card(full_shop)["statement"]
    assert [entry["day"] for entry in statement["entries"]] == ["4 mai 2026", "4 mai 2026"]
    assert statement["entries"][0]["movements"][0]["why"] == f"Correction par la boutique{B}: a test."
    assert statement["next"] is None
    page = full_shop.call("GET", "/v1/members/acme.1/statement?locale=fr", key=full_shop.storefront).json
    assert page["entries"] == statement["entries"]


@pytest.mark.parametrize(
    ("query", "header", "profile", "locale"),
    [
        ("", "", "", "en"),
        ("", "", "fr-BE", "fr"),
        ("", "en-US", "fr", "en"),
        ("?locale=fr", "en-US", "en", "fr"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_members_own(
    full_shop: Shop, query: str, header: str, profile: str, locale: str
) -> None:
    body = {"locale": profile or None}
    assert full_shop.call("PUT", "/v1/members/acme.1", body, full_shop.storefront).status == 200
    assert card(full_shop, query, Accept_Language=header)["locale"] == locale


def test_a_customer_who_has_not_bought_has_an_empty_card(full_shop: Shop) -> None:
    shown = card(full_shop, member="acme.77")
    assert (shown["member"], shown["statement"]["entries"], shown["share"]) == ("acme.77", [], None)
    assert [balance["available"] for balance in shown["balances"]] == [0, 0]
    assert (shown["vouchers"], shown["boards"]) == ([], [])


def test_boards_that_the_member_is_on_are_shown(open_shop: Shop) -> None:
    board = "boards: [{id: best, name: {fr: Meilleurs clients}, measure: orders}]\n"
    open_shop.replace_programme(DOCUMENT + board)
    assert card(open_shop)["boards"] == []
    assert open_shop.buy(1, total="40.00").status == 200
    (shown,) = card(open_shop)["boards"]
    assert (shown["name"], shown["text"]) == ("Meilleurs clients", "rang 1, avec 1 commande (mai 2026)")


def test_without_a_programme_there_is_a_card_all_the_same(shop: Shop) -> None:
    answer = shop.call("GET", "/v1/members/acme.1/card", key=shop.storefront)
    assert (answer.status, answer.json["programme"], answer.json["balances"]) == (200, "", [])
    assert (answer.json["earn"]["lines"], answer.json["pay"]["lines"], answer.json["campaigns"]) == ([], [], [])


def test_a_card_costs_one_query_and_one_batch(full_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    full_shop.give(700)  # whose reason is a record of its own
    full_shop.code_of()
    with_campaign(full_shop, "holdout: 10, audience: {first_order: true, segments: [loyal]}")
    card(full_shop)
    asked: list[str] = []
    ask = transport.ask

    def counted(service: Any, operation: str, body: Any) -> Any:
        asked.append(operation)
        return ask(service, operation, body)

    token = full_shop.token_of("acme.1")
    monkeypatch.setattr(transport, "ask", counted)
    assert full_shop.call("GET", "/v1/members/acme.1/card?locale=fr", key=token).status == 200
    assert Counter(asked) == {"Query": 1, "BatchGetItem": 1}


def test_boards_cost_a_card_no_request_but_once_a_minute(full_shop: Shop) -> None:
    boards = "boards: [{id: best, per: month}, {id: ever, per: all}]\n"
    assert full_shop.publish(DOCUMENT + boards, If_Match='"2"').status == 200
    full_shop.later_s += 60
    assert full_shop.buy(2, total="40.00").status == 200
    full_shop.settle()
    assert [board["place"] for board in card(full_shop)["boards"]] == [1, 1]
    with metered() as meter:
        card(full_shop)
    assert meter.operations == ["Query", "BatchGetItem"]


def test_the_person_of_a_second_account_is_read_while_a_campaign_asks(
    full_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full_shop.buy(8, None, email="zoe@mail.example").status == 200
    assert full_shop.buy(9, 8, email="zoe@mail.example").status == 200
    token, asked, ask = full_shop.token_of("acme.8"), list[str](), transport.ask

    def counted(service: Any, operation: str, body: Any) -> Any:
        asked.append(operation)
        return ask(service, operation, body)

    for more, reads in (("budget: 100", 1), ("holdout: 10", 2)):
        version = full_shop.call("GET", "/v1/programme", key=full_shop.admin).json["newest"]
        document = DOCUMENT + CAMPAIGN.format(more=more)
        assert full_shop.publish(document, If_Match=f'"{version}"').status == 200
        full_shop.later_s += 60
        full_shop.call("GET", "/v1/members/acme.8/card", key=token)
        asked.clear()
        monkeypatch.setattr(transport, "ask", counted)
        assert full_shop.call("GET", "/v1/members/acme.8/card", key=token).status == 200
        monkeypatch.setattr(transport, "ask", ask)
        assert Counter(asked) == {"Query": 1, "BatchGetItem": reads}


def test_a_merged_members_card_is_the_survivors(full_shop: Shop) -> None:
    full_shop.give(700, "acme.2")
    token = full_shop.token_of("acme.1")
    assert full_shop.post("/v1/members/acme.2/merge", {"from": "acme.1"}, caller=full_shop.admin).status == 200
    shown = full_shop.call("GET", "/v1/members/acme.1/card", key=token).json
    assert (shown["member"], len(shown["statement"]["entries"])) == ("acme.2", 2)


@pytest.mark.parametrize("listed", ["acme.1", "acme.2"])
def test_a_campaign_for_a_listed_member_is_shown_on_the_card_of_whom_it_was_merged_into(
    full_shop: Shop, listed: str
) -> None:
    with_campaign(full_shop, f"audience: {{members: [{listed}]}}")
    full_shop.give(700, "acme.2")
    assert full_shop.post("/v1/members/acme.2/merge", {"from": "acme.1"}, caller=full_shop.admin).status == 200
    assert len(card(full_shop, member="acme.2")["campaigns"]) == 1


def test_a_qr_code_is_drawn_by_runs_of_dark_squares() -> None:
    import segno

    code = segno.make("https://shop.example/r/7K4Q7GEPFNCY", error="m", mask=0)
    drawn = qr_of("https://shop.example/r/7K4Q7GEPFNCY")
    dark = set()
    for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", drawn.path):
        dark |= {(int(row), int(column) + step) for step in range(int(length))}
    squares = [list(line) for line in code.matrix_iter(border=4)]
    assert drawn.size == len(squares)
    assert dark == {(row, column) for row, line in enumerate(squares) for column, value in enumerate(line) if value}
