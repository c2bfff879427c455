"""What the console refuses, to a reader of French: every sentence is French, and what is typed stays as it was."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.core.phrases import written
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge import words
from tests.edge.api.test_reviews import bring, wary
from tests.edge.browser import ORIGIN, Browser, Passkey
from tests.edge.conftest import PROGRAMME, Shop
from tests.world.french import ENGLISH_WORDS, english_in

__all__ = ["wary"]

LEVELS = """
levels:
  steps:
    - {id: silver, at: 0}
    - {id: gold, at: 500.00}
"""


@pytest.fixture
def owner(open_shop: Shop) -> Browser:
    return french(open_shop)


def french(shop: Shop) -> Browser:
    browser = Browser(shop, "fr")
    browser.accept()
    return browser


def words_of(browser: Browser) -> str:
    """The words of the page, with plain spaces and apostrophes. No part of it is marked as English."""
    marked = [match for match in re.findall(rb'<(\w+)[^>]* lang="en"', browser.answer.body) if match != b"option"]
    assert marked == []
    return re.sub(r"\s+", " ", browser.text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@pytest.mark.parametrize(
    ("form", "fields", "sentence"),
    [
        (
            "adjustments",
            {"amount": "-99"},
            "Le montant retiré dépasse le solde disponible (demandé : 99,00 €, disponible : 5,00 €).",
        ),
        ("adjustments", {"amount": "1000000"}, "Au plus 1 000,00 € peuvent être donnés ou retirés à la fois"),
        ("adjustments", {"reason": "x" * 201}, "doit être un texte d'au plus 200 caractères"),
        ("adjustments", {"reason": "a\u202eb"}, "ne doit pas avoir de caractère de contrôle ; il a U+202E"),
        ("adjustments", {"reason": "\u200b"}, "doit dire pourquoi, pour le relevé"),
        ("adjustments", {"asset": "gold"}, "« asset » doit être l'un de ceux du programme : EUR/2 (reçu : 'gold')"),
        ("adjustments", {"asset": "?"}, "« asset » doit être une devise et ses décimales, par exemple EUR/2"),
        ("profile", {"email": "none"}, "doit être une adresse e-mail"),
        (
            "profile",
            {"birth_month": "04", "birth_day": "31"},
            "Choisissez un mois et un jour qui existe dans ce mois",
        ),
        ("profile", {"locale": "\u0007"}, "ne doit pas avoir de caractère de contrôle ; il a U+0007"),
        ("level", {"level": "iron"}, "doit être l'un de : silver, gold, ou vide pour annuler"),
        (
            "level",
            {"last_day": "2026-05-01"},
            "ne doit pas être avant le 4 mai 2026",
        ),
    ],
)
def test_a_members_page_says_in_french_why_it_refuses(
    owner: Browser, form: str, fields: dict[str, str], sentence: str
) -> None:
    assert owner.shop.publish(PROGRAMME + LEVELS, If_Match="1").status == 200
    owner.shop.later_s = 3600
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    usual = {"adjustments": {"amount": "1.00", "reason": "x"}, "level": {"level": "gold", "reason": "x"}}
    assert owner.send(f"/{form}", **(usual.get(form, {}) | fields)).status in (400, 409)
    assert sentence in words_of(owner)


def test_what_is_refused_of_a_hold(owner: Browser) -> None:
    owner.shop.buy(1)
    hold = owner.shop.hold(300)
    for number in range(2):
        owner.post(f"/console/members/acme.1/holds/{hold}", {"once": str(number)})
    assert f"La réservation {hold} a été libérée le 4 mai 2026, 12:00" in words_of(owner)
    owner.post("/console/members/acme.1/holds/h_2222222222222222", {"once": "3"})
    assert "acme.1 n'a pas de réservation h_2222222222222222." in words_of(owner)
    late = owner.shop.hold(300)
    owner.shop.later_s += 7200
    owner.post(f"/console/members/acme.1/holds/{late}", {"once": "4"})
    assert f"La réservation {late} a expiré le 4 mai 2026" in words_of(owner)


@pytest.mark.parametrize(
    ("path", "fields", "status", "sentence"),
    [
        ("members/acme.77", None, 404, "Il n'y a pas de membre acme.77 ; un membre apparaît"),
        ("members/acme.77/settlement", {}, 404, "Il n'y a pas de membre acme.77 ; un membre apparaît"),
        ("connections/nope", None, 404, "Il n'y a pas de connexion nope."),
        ("connections", {"kind": "magento"}, 409, "Le type doit être l'un de : shopify"),
        ("connections", {"kind": "shopify", "id": "A b"}, 400, "« id » doit avoir de 1 à 40 lettres minuscules"),
        (
            "connections",
            {"kind": "shopify", "id": "x", "secret": " y"},
            400,
            "ne doit ni commencer ni finir",
        ),
        ("connections", {"kind": "shopify", "id": "x", "secret": "short"}, 400, "pour que personne ne le devine"),
        ("connections", {"kind": "stripe", "id": "x", "secret": "sk_1"}, 400, "qui commence par whsec_"),
        ("connections", {"kind": "standard", "id": "x", "secret": "?"}, 400, "doit être en base64"),
        (
            "connections",
            {"kind": "standard", "id": "x", "secret": "YWJj"},
            400,
            "octets aléatoires en base64, et non 3",
        ),
        (
            "connections",
            {"kind": "stripe", "id": "acme", "secret": "whsec_" + "abcdefghij" * 3},
            409,
            "acme existe déjà",
        ),
        ("connections", {"kind": "shopify", "id": "acme", "secret": "abcdefghij" * 3}, 409, "ouvrez sa page"),
        ("connections/acme/secret", {"secret": "aaaaaaaaaaaaaaaaaaaaaaaa"}, 400, "dont"),
        ("people", {"name": "x", "role": "king"}, 400, "« role » doit être l'un de : owner, reader"),
        ("people", {"name": "x", "role": "reader", "locale": "xx"}, 400, "« locale » doit être l'un de : en, fr"),
        ("log?month=May", None, 400, "« month » doit être un mois tel que 2026-05 (reçu : 'May')"),
        ("account", {"locale": "xx"}, 400, "« locale » doit être l'un de : en, fr"),
        ("reviews/acme.1/1", None, 404, "Il n'y a pas de tel bonus"),
        ("reviews/acme.1/1", {"verdict": "burn"}, 400, "« verdict » doit être l'un de : approve, deny, undo"),
        ("reviews?cursor=x", None, 400, "« cursor » doit être le repère de suite"),
        ("deliveries?cursor=x", None, 400, "« cursor » doit être le repère de suite"),
        ("deliveries/1777896000000-aaaaaaaaaaaa", {}, 404, "Il n'y a pas de livraison conservée"),
        ("programme?number=x", None, 400, "« number » doit être un nombre entier de 1 à 10 000"),
        ("programme?number=2", None, 404, "Il n'y a pas de version 2 du programme."),
        ("lists/worst", None, 404, "Il n'y a pas de liste worst ; il y a"),
        ("segments/worst", None, 404, "Il n'y a pas de segment worst ; il y a champions"),
        ("boards/best", None, 404, "Le programme en vigueur n'a pas de classement best."),
        ("reports.csv?per=week", None, 400, "« per » doit être day ou month (reçu : 'week')"),
        ("reports.csv?asset=gold", None, 400, "« asset » doit être l'un de : EUR/2 (reçu : 'gold')"),
        (
            "reports.csv?from=2026-02-30",
            None,
            400,
            "« from » doit être un jour tel que 2026-11-26 (reçu : '2026-02-30')",
        ),
        ("reports.csv?from=2020-01-01", None, 400, "« from » doit être un jour jusqu'à `to`"),
        ("owed?day=soon", None, 400, "« day » doit être un jour tel que 2026-11-26 (reçu : 'soon')"),
        ("assets/none.css", None, 404, "Il n'y a pas de tel fichier."),
        ("invitation/none", None, 401, "L'invitation a déjà servi, ou a expiré ; demandez-en une nouvelle."),
    ],
)
def test_a_page_says_in_french_why_it_refuses(
    owner: Browser, path: str, fields: dict[str, str] | None, status: int, sentence: str
) -> None:
    address = f"/console/{path}"
    answer = owner.open(address) if fields is None else owner.post(address, {"reason": "x", "once": "1"} | fields)
    assert (answer.status, sentence in words_of(owner)) == (status, True), words_of(owner)


def test_what_no_page_of_ours_has_sent(owner: Browser) -> None:
    owner.post("/console/account", {"locale": "fr"}, Origin="https://evil.example")
    assert "Le formulaire a été envoyé par un autre site ; rouvrez la page" in words_of(owner)
    owner.post("/console/account", {f"a{number}": "1" for number in range(600)})
    assert "Le formulaire doit être du texte en UTF-8 d'au plus 500 champs" in words_of(owner)
    owner.post("/console/account", {"locale": "x" * 300_000})
    assert "Le formulaire doit faire au plus" in words_of(owner)
    stranger = Browser(owner.shop, "fr-CA")
    stranger.post("/console/members/acme.1/adjustments", {}, Referer=f"{ORIGIN}/console/members/acme.1?done=adjusted")
    assert "Votre session a pris fin, rien n'a donc été fait." in words_of(stranger)
    assert "/console/sign-in?next=members%2Facme.1" in stranger.page.links
    stranger.post("/console/programme", {}, Referer="https://evil.example/console/members/acme.1")
    assert "/console/sign-in" in stranger.page.links


def test_what_a_reader_may_not_do(open_shop: Shop) -> None:
    reader = Browser(open_shop, "fr")
    reader.accept("reader", "ben")
    reader.post("/console/programme", {})
    assert "Votre rôle permet de regarder sans rien changer ; demandez à un propriétaire." in words_of(reader)


def test_a_passkey_of_another_site_is_refused(owner: Browser) -> None:
    owner.make_passkey(Passkey(), origin="https://evil.example")
    assert "Réessayez : la clé d'accès a été demandée par une autre page." in words_of(owner)
    owner.make_passkey(Passkey(host="evil.example"))
    assert "Réessayez : la clé d'accès est pour un autre nom d'hôte." in words_of(owner)


def test_a_key_that_was_used_before_with_other_values(owner: Browser) -> None:
    owner.shop.buy(1)
    for amount in ("1.00", "2.00"):
        fields = {"asset": "EUR/2", "amount": amount, "reason": "x", "once": "a" * 16}
        owner.post("/console/members/acme.1/adjustments", fields)
    assert "Ce formulaire a déjà été envoyé avec d'autres valeurs ; rechargez la page" in words_of(owner)


def test_a_verdict_on_a_bonus_that_is_void(wary: Shop) -> None:
    bring(wary, 2, 3)
    void = {"financial_status": "voided", "cancelled_at": "2999-01-01T00:00:00Z", "updated_at": "2999-01-01T00:00:00Z"}
    wary.hear(wary.order(2, 2, wary.code_of(), **void), "orders/cancelled")
    wary.settle()
    owner = french(wary)
    owner.post("/console/reviews/acme.1/1", {"verdict": "approve", "seen": "held", "reason": "x", "once": "1"})
    assert "Le groupe 1 de acme.1 est dissous : au moins un de ses amis ne compte plus." in words_of(owner)


def test_a_delivery_that_still_cannot_be_processed_has_its_reason_in_quotes(owner: Browser) -> None:
    owner.shop.hear(b"{}")
    owner.open("/console/deliveries")
    owner.send("")
    assert "Ce message ne peut toujours pas être traité : « " in re.sub(r"\s+", " ", owner.text)


DRAFT = PROGRAMME + LEVELS
"""A document in which each of these changes is a mistake, or a difference."""

MISTAKES = [
    ("percent: 5", "percent: -5", "earn[0].percent", "doit être entre 0 et 100 (reçu : -5)"),
    ("percent: 5", "percent: '5,5'", "earn[0].percent", "doit être un nombre avec un point décimal, pas une virgule"),
    (
        "percent: 5",
        "percents: 5",
        "earn[0].percents",
        "n'est pas un champ d'un programme ; vouliez-vous dire percent ?",
    ),
    ("percent: 5", "percent: 5, amount: 1", "earn[0]", "doit avoir soit percent, soit amount"),
    ("percent: 5", "percent: 5, vest_on: deliver", "earn[0].vest_on", "doit être l'un de : payment, delivery"),
    ("name: Edge Shop", "name: ''", "name", "ne doit pas être vide"),
    ("name: Edge Shop", "timezone: Pariss", "timezone", "(reçu : 'Pariss') ; vouliez-vous dire Europe/Paris ?"),
    ("name: Edge Shop", "", "name", "doit être indiqué"),
    ("name: Edge Shop", "inactive_days: soon", "inactive_days", "doit être un nombre entier ou null"),
    ("at: 0", "at: 1", "levels.steps", "doit commencer par at: 0, puis monter"),
    ("name: Edge Shop", "name: [a", "", "doit être en YAML ou JSON, en UTF-8 : ligne"),
    ("name: Edge Shop", "name: a: b", "", "« : » n'est pas possible ici"),
    ("name: Edge Shop", "name: 010", "", "010 n'est pas un nombre décimal simple"),
    ("name: Edge Shop", "name: a\nname: b", "", "name figure deux fois"),
    ("name: Edge Shop", "name: !x a", "", "le tag !x n'est pas accepté dans un programme"),
    ("name: Edge Shop", 'name: "a\\x07"', "name", "ne doit pas avoir de caractère de contrôle ; il a U+0007"),
]


@pytest.mark.parametrize(("before", "after", "path", "problem"), MISTAKES)
def test_what_is_wrong_with_a_programme(owner: Browser, before: str, after: str, path: str, problem: str) -> None:
    owner.open("/console/programme")
    assert owner.send("/programme/draft", source=DRAFT.replace(before, after, 1)).status == 422
    words = words_of(owner)
    assert problem in words, words
    assert path in words


def test_what_a_programme_would_change_and_why_it_may_not(owner: Browser) -> None:
    stars = "assets:\n  stars: {name: {fr: étoiles}}\n"
    owner.open("/console/programme")
    owner.send("/programme/draft", source=f"{PROGRAMME}\n{stars}".replace("percent: 5", "percent: 6"))
    assert "Règle cashback : « Pourcentage » devient 6 % (avant : 5 %)." in words_of(owner)
    assert "Ajout : Unité étoiles : les valeurs habituelles." in words_of(owner)
    owner.send("/programme")
    owner.open("/console/programme")
    owner.send("/programme/draft", source=PROGRAMME)
    draft = owner.draft
    assert "Retrait : Unité étoiles : les valeurs habituelles." in words_of(owner)
    assert "Ce brouillon ne peut pas être publié tel quel : il change ce que" in words_of(owner)
    assert "doit rester dans le document, car des membres peuvent en détenir" in words_of(owner)
    assert owner.post("/console/programme", {"draft": draft, "expected": "2", "once": "2"}).status == 422
    assert "doit rester dans le document, car des membres peuvent en détenir" in words_of(owner)
    owner.post("/console/programme", {"draft": draft, "expected": "1", "once": "1"})
    assert "La version la plus récente est 2, et non 1 ; lisez-la, puis publiez de nouveau." in words_of(owner)
    owner.post("/console/programme/draft", {"source": "x" * 140_000, "expected": "2"})
    assert "Le programme doit faire au plus 131 072 octets (reçu : 140 000)." in words_of(owner)


def test_english_among_french_is_seen() -> None:
    from chalicelib.domain.core.phrases import Phrase

    assert english_in(Phrase("nobody has written this text")) == ["nobody has written this text"]
    assert english_in(Phrase("%(predicate)s", {"predicate": "must be short"})) == ["must", "be"]
    assert english_in(Phrase("must be unique")) == []
    assert ENGLISH_WORDS.findall("« amount » doit être un montant") == []


def test_a_wrong_field_is_told_in_a_whole_sentence(owner: Browser) -> None:
    """Beside a field stood `doit être une adresse e-mail`."""
    owner.shop.buy(1)
    owner.open("/console/members/acme.1")
    owner.send("/profile", email="nobody")
    assert "Ce champ doit être une adresse e-mail." in words_of(owner)


def test_a_number_of_a_sentence_is_written_as_its_language_does() -> None:
    predicate = InvalidInput("times", "must be a whole number from 1 to %(most)s", most=1_000_000_000).predicate
    assert written(predicate) == "must be a whole number from 1 to 1000000000"
    assert written(predicate, words.of("fr")) == "doit être un nombre entier de 1 à 1\u202f000\u202f000\u202f000"
