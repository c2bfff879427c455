"""The root secret: a table works with the one that it was begun with, and with no other. What signs is replaced."""

from base64 import b64encode

import pytest

from chalicelib.edge import process
from chalicelib.store import keys, root_check
from tests.edge.conftest import Shop
from tests.world.faults import intercepted

ROOT, OTHER = (b64encode(letter * 32).decode() for letter in (b"r", b"s"))

RESTORE = "restore it from your backup (docs/operations.md); a new one orphans every guest"


def refused(shop: Shop) -> str:
    """What a shop's server is told whose request needs the root secret."""
    answer = shop.call("PUT", "/v1/members/acme.1", {"email": "a@b.co"}, shop.storefront)
    assert answer.problem == (503, "unavailable")
    return answer.detail


def members_of(shop: Shop) -> list[str]:
    """The keys of the members that the table has."""
    return [item["pk"]["S"] for item in shop.items() if item["k"]["S"] == "member"]


def test_another_root_pays_no_guest_twice(open_shop: Shop) -> None:
    assert open_shop.buy(1, customer=None, email="guest@mail.example").json == {"result": "recorded"}
    before = open_shop.items()
    open_shop.configure_root(OTHER)
    answer = open_shop.buy(1, customer=None, email="guest@mail.example", updated_at="2026-05-04T13:00:00Z")
    assert answer.problem == (503, "unavailable")
    assert "another root secret than this table was begun with" in answer.detail
    assert answer.detail.endswith(RESTORE)
    assert [item for item in open_shop.items() if item["k"]["S"] != "delivery"] == before
    (kept,) = open_shop.call("GET", "/v1/deliveries", key=open_shop.admin).json["deliveries"]
    open_shop.configure_root(ROOT)
    assert open_shop.post(f"/v1/deliveries/{kept['id']}/replay", {}, caller=open_shop.admin).status == 200
    assert len(members_of(open_shop)) == 1


def test_a_token_is_not_read_under_another_root_either(open_shop: Shop) -> None:
    token = open_shop.token_of("acme.1")
    open_shop.configure_root(OTHER)
    assert open_shop.call("GET", "/v1/members/acme.1", key=token).problem == (503, "unavailable")


def test_a_root_that_is_gone_is_to_be_restored_and_not_made_anew(shop: Shop) -> None:
    shop.configure_root(None)
    assert refused(shop).endswith(f"does not exist; {RESTORE}")


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ("not base64!", "must be base64"),
        ("AA==", "must be 32 bytes or more, got 1"),
        (b64encode(b"r" * 31).decode(), "must be 32 bytes or more, got 31"),
    ],
)
def test_a_garbled_or_short_root_is_refused_and_not_repeated(shop: Shop, root: str, says: str) -> None:
    shop.configure_root(root)
    detail = refused(shop)
    assert says in detail
    assert root not in detail


def test_a_backup_of_the_root_is_good_with_the_line_feed_of_its_file(open_shop: Shop) -> None:
    member = {"email": "a@b.co"}
    assert open_shop.call("PUT", "/v1/members/acme.1", member, open_shop.storefront).status == 200
    open_shop.configure_root(None)
    open_shop.configure_root(f"{ROOT}\n")
    assert open_shop.call("PUT", "/v1/members/acme.1", member, open_shop.storefront).status == 200


def test_a_process_compares_the_root_once(open_shop: Shop) -> None:
    process.forget()
    with intercepted() as requests:
        open_shop.buy(1)
        open_shop.later_s = 30  # the secrets are read again
        open_shop.buy(2)
    read = [request for operation, request in requests if operation == "GetItem"]
    partition, sort = keys.ROOT_CHECK
    assert [request["Key"] for request in read] == [{"pk": {"S": partition}, "sk": {"S": sort}}]


def test_of_two_first_processes_the_slower_one_works_with_the_digest_of_the_faster(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_shop.buy(1).status == 200
    answers = iter(["", root_check._stored()])  # it has looked before the faster one wrote
    monkeypatch.setattr(root_check, "_stored", lambda: next(answers))
    root_check.check("/ristourne/x/root", b"r" * 32)
    assert next(answers, None) is None


def test_a_new_signing_secret_ends_members_tokens_and_names_nobody_anew(open_shop: Shop) -> None:
    assert open_shop.buy(1, customer=None, email="guest@mail.example").json == {"result": "recorded"}
    assert open_shop.buy(2).json == {"result": "recorded"}
    before, members = open_shop.token_of("acme.1"), members_of(open_shop)
    open_shop.configure("signing", OTHER)
    assert open_shop.call("GET", "/v1/members/acme.1", key=before).problem == (401, "unauthenticated")
    after = open_shop.token_of("acme.1")
    assert open_shop.call("GET", "/v1/members/acme.1", key=after).status == 200
    again = open_shop.buy(1, customer=None, email="guest@mail.example", updated_at="2026-05-04T12:01:00Z")
    assert (again.json, members_of(open_shop)) == ({"result": "recorded"}, members)
    open_shop.configure("signing", b64encode(b"t" * 32).decode())
    assert open_shop.call("GET", "/v1/members/acme.1", key=after).problem == (401, "unauthenticated")


def test_a_process_that_runs_knows_of_a_new_signing_secret_when_its_secrets_are_read_again(open_shop: Shop) -> None:
    token = open_shop.token_of("acme.1")
    open_shop.configure("signing", OTHER, restart=False)
    open_shop.later_s = 30
    assert open_shop.call("GET", "/v1/members/acme.1", key=token).problem == (401, "unauthenticated")


def test_a_garbled_signing_secret_signs_nothing_and_holds_up_no_webhook(open_shop: Shop) -> None:
    open_shop.configure("signing", "AA==")
    answer = open_shop.call("POST", "/v1/members/acme.1/token", {}, open_shop.storefront)
    assert answer.problem == (503, "unavailable")
    assert "must be 32 bytes or more, got 1; put another one there" in answer.detail
    assert "AA==" not in answer.detail
    assert open_shop.buy(1).json == {"result": "recorded"}
