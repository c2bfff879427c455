"""What pages call the rules of postings, by the programme's names of them."""

from __future__ import annotations

import pytest

from chalicelib.domain.programme.document import parse
from chalicelib.edge import words
from chalicelib.edge.console.part_names import OUR_OWN, rule_name
from chalicelib.edge.yaml_document import read_document

B = "\N{NO-BREAK SPACE}"

PROGRAMME = parse(
    read_document(
        """
name: Names
currency: EUR
landing: {page: "https://shop.example/", hosts: [shop.example]}
assets: {leaves: {name: {en: leaves, fr: feuilles}}}
earn:
  - {id: cashback, percent: 5}
  - {id: basket, ladder: [{at: 100, amount: 5}]}
  - {id: gifts, of: leaves, give: 1, per: order}
  - {id: review, on: review, of: leaves, give: 20}
  - {id: big, name: {fr: Gros panier, en: Big basket}, percent: 1, minimum: 100}
cards: [{id: coffee, name: {fr: Carte café, en: Coffee card}, counts: {orders: true}, size: 5, reward: {amount: 4.00}}]
levels: {measure: spend, per: year, steps: [{id: black, at: 0, name: {fr: Noir, en: Black}, gift: {amount: 1.00}}]}
goals: [{id: regular, name: {fr: Habitué, en: Regular}, measure: orders, target: 3, per: month, reward: {amount: 1.00}}]
campaigns: [{id: tea, name: {fr: Thé, en: Tea}, starts: 2026-01-01, ends: 2026-02-01, multiply: {cashback: 2}}]
""".encode()
    )
)


@pytest.mark.parametrize(
    ("rule", "english", "french"),
    [
        ("cashback", "Cashback", "Cashback"),
        ("basket", "Basket reward", "Récompense de panier"),
        ("gifts", "Leaves (gifts)", "Feuilles (gifts)"),
        ("review", "Leaves (review)", "Feuilles (review)"),
        ("big", "Big basket", "Gros panier"),
        ("coffee", "Stamp card: Coffee card", f"Carte à tampons{B}: Carte café"),
        ("black", "Level: Black", f"Niveau{B}: Noir"),
        ("regular", "Goal: Regular", f"Objectif{B}: Habitué"),
        ("tea", "Tea", "Thé"),
        ("referral-bonus", "Bonus for friends", "Bonus de parrainage"),
        ("a-rule-of-an-older-version", "a-rule-of-an-older-version", "a-rule-of-an-older-version"),
    ],
)
def test_a_rule_is_called_what_the_programme_calls_it(rule: str, english: str, french: str) -> None:
    assert rule_name(rule, words.of("en"), PROGRAMME) == english
    assert rule_name(rule, words.of("fr"), PROGRAMME) == french


def test_without_a_programme_a_rule_has_its_id() -> None:
    assert rule_name("cashback", words.of("en"), None) == "cashback"
    assert {rule_name(rule, words.of("en"), None) for rule in OUR_OWN}.isdisjoint(OUR_OWN)
