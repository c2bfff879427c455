"""The signed request against a real HTTP server: what is sent, what is tried again, what an answer means."""

import os
import traceback
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

import botocore.session
import msgspec
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Member, MemberRef
from chalicelib.store import deliveries, functions, rounds, table, users
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.transport import Policy
from chalicelib.store.secrets import Secrets, StoredConnection
from chalicelib.store.table import Stale, commit
from infra.audit.dynamodb import Table
from tests.store.http_service import HANG_UP, SILENCE, Answer, Service, running
from tests.world.builders import ANNA

KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI-K7MDENG", "IQoJb3JpZ2luX2Vj"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SIGNED = ("content-type", "x-amz-target", "x-amz-date", "x-amz-security-token", "authorization")


@pytest.fixture(scope="module")
def server() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture
def service(no_account: None, server: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """What answers for AWS; it echoes what it is asked unless it is told something else."""
    server.start_over()
    state(
        monkeypatch,
        AWS_ACCESS_KEY_ID=KEY,
        AWS_SECRET_ACCESS_KEY=SECRET,
        AWS_SESSION_TOKEN=TOKEN,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ENDPOINT_URL=server.url,
    )
    yield server
    server.start_over()
    transport.forget()


@pytest.fixture(autouse=True)
def paused(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that would have been made."""
    made: list[float] = []
    monkeypatch.setattr(transport, "time", SimpleNamespace(sleep=made.append))
    return made


@pytest.fixture(scope="module")
def session() -> Any:
    """botocore's own, to compare with."""
    return botocore.session.Session()


def state(monkeypatch: pytest.MonkeyPatch, **environment: str | None) -> None:
    """Another environment, and a process that starts in it; None takes a variable away."""
    for name, value in environment.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    transport.forget()


def refusal(code: str, status: int = 400, **more: Any) -> Answer:
    return Answer(status, msgspec.json.encode({"__type": code, **more}))


def write() -> None:
    commit([Member(ANNA)])


def read() -> None:
    table.load([MemberRef(ANNA)])


def read_secrets() -> None:
    Secrets().connection("acme", 100)


def keep() -> None:
    deliveries.keep("acme", {}, b"{}", "the table is away", 0)


# What is sent.


@pytest.mark.parametrize("token", [TOKEN, None], ids=["session-token", "no-token"])
@pytest.mark.parametrize(
    ("kind", "operation", "request_"),
    [
        (transport.DYNAMODB, "BatchGetItem", {"RequestItems": {"t": {"Keys": [{"pk": {"S": "Änna ☕"}}]}}}),
        (transport.SSM, "GetParametersByPath", {"Path": "/ristourne/", "Recursive": True}),
    ],
    ids=["dynamodb", "ssm"],
)
def test_the_request_is_signed_as_botocores_own_client_signs_it(
    service: Service,
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: transport.Service,
    operation: str,
    request_: Any,
    token: str | None,
) -> None:
    state(monkeypatch, AWS_SESSION_TOKEN=token)
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "aws_session_token": token}
    client = session.create_client(kind.name, region_name="eu-west-1", endpoint_url=service.url, **keys)
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOON):
        client._make_api_call(operation, request_)
        same: Any = msgspec.Raw(service.asked[0].body)
        transport.ask(kind, operation, same)
    theirs, ours = ({name: request.headers.get(name) for name in SIGNED} for request in service.asked)
    assert ours == theirs
    assert f"Credential={KEY}/20260504/eu-west-1/{kind.name}/aws4_request" in str(ours["authorization"])
    assert service.asked[0].path == service.asked[1].path == "/"


def test_a_function_is_called_as_botocores_own_client_calls_it(service: Service, session: Any) -> None:
    """But for headers that say how the client is made; what is signed besides is the path and the body."""
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "aws_session_token": TOKEN}
    client = session.create_client("lambda", region_name="eu-west-1", endpoint_url=service.url, **keys)
    service.answers = [Answer(202, b""), Answer(202, b"")]
    client.invoke(FunctionName="ristourne-prod-Calculate-1A", InvocationType="Event", Payload=b'{"run":"r"}')
    functions.call_later("ristourne-prod-Calculate-1A", {"run": "r"})
    theirs, ours = service.asked
    assert ours.path == theirs.path == "/2015-03-31/functions/ristourne-prod-Calculate-1A/invocations"
    assert ours.body == theirs.body == b'{"run":"r"}'
    assert ours.headers["x-amz-invocation-type"] == theirs.headers["x-amz-invocation-type"] == "Event"
    assert f"Credential={KEY}/" in ours.headers["authorization"]
    assert "/eu-west-1/lambda/aws4_request" in ours.headers["authorization"]


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ([Answer(403, b'{"Message": "not authorized"}')], 1),
        ([Answer(404, b'{"Message": "Function not found"}')], 1),
        ([Answer(429, b'{"Type": "User"}')] * 2, 2),
        ([Answer(500)] * 2, 2),
    ],
    ids=["refused", "unknown", "throttled", "broken"],
)
def test_a_function_that_cannot_be_called_is_unavailable(service: Service, answers: list[Answer], asked: int) -> None:
    service.answers = list(answers)
    with pytest.raises(Unavailable, match="the function try-it could not be called"):
        functions.call_later("try-it", {"run": "r"})
    assert len(service.asked) == asked


def test_a_call_that_was_throttled_is_tried_again(service: Service) -> None:
    service.answers = [Answer(429, b'{"Type": "User"}'), Answer(202, b"")]
    functions.call_later("try-it", {"run": "r"})
    assert len(service.asked) == 2


@pytest.mark.parametrize("fips", ["false", "true"], ids=["ordinary", "fips"])
@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1"])
@pytest.mark.parametrize(
    ("kind", "operation"), [(transport.DYNAMODB, "ListTables"), (transport.SSM, "DescribeParameters")]
)
def test_a_service_is_asked_where_botocores_own_client_asks_it(
    service: Service,
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: transport.Service,
    operation: str,
    region: str,
    fips: str,
) -> None:
    state(monkeypatch, AWS_ENDPOINT_URL=None, AWS_DEFAULT_REGION=region, AWS_USE_FIPS_ENDPOINT=fips)
    config = Config(use_fips_endpoint=fips == "true")
    client = session.create_client(kind.name, region_name=region, config=config)
    with answered_before_it_is_sent(client.meta.events, kind, operation) as theirs:
        client._make_api_call(operation, {})
    with answered_before_it_is_sent(events(), kind, operation) as ours:
        transport.ask(kind, operation, {})
    assert [request.url for request in ours] == [request.url for request in theirs]


def test_an_endpoint_of_the_service_alone_counts_more(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    state(monkeypatch, AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_ENDPOINT_URL_DYNAMODB=service.url)
    assert transport.dynamodb("Any", {"a": 1}) == {"a": 1}
    with pytest.raises(EndpointConnectionError):
        transport.ask(transport.SSM, "Any", {})


def test_a_proxy_is_used_where_one_is_stated(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    state(monkeypatch, AWS_ENDPOINT_URL="http://dynamodb.example/", HTTP_PROXY=service.url, NO_PROXY="", no_proxy="")
    assert transport.dynamodb("Any", {"a": 1}) == {"a": 1}
    (asked,) = service.asked
    assert (asked.path, asked.headers["host"]) == ("http://dynamodb.example/", "dynamodb.example")
    state(monkeypatch, HTTP_PROXY="http://127.0.0.1:1")
    with pytest.raises(ProxyConnectionError):
        transport.dynamodb("Any", {})


def test_certificates_are_those_that_are_stated(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    state(monkeypatch, AWS_ENDPOINT_URL=service.url.replace("http", "https"), AWS_CA_BUNDLE="missing.pem")
    with pytest.raises(SSLError, match="No such file"):
        transport.dynamodb("Any", {})


def events() -> Any:
    return transport._session().get_component("event_emitter")


@contextmanager
def answered_before_it_is_sent(emitter: Any, kind: transport.Service, operation: str) -> Iterator[list[Any]]:
    """As moto does it: nothing is sent, all is answered. Yields the requests."""
    requests: list[Any] = []

    def answer(request: Any, **_: object) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 200, {}, SimpleNamespace(stream=lambda: iter([b'{"by": "a handler"}'])))

    name = f"before-send.{kind.name}.{operation}"
    emitter.register(name, answer)
    yield requests
    emitter.unregister(name, answer)


def test_who_watches_requests_before_they_are_sent_may_answer(service: Service) -> None:
    with answered_before_it_is_sent(events(), transport.DYNAMODB, "GetItem") as requests:
        assert transport.dynamodb("GetItem", {}) == {"by": "a handler"}
    assert transport.dynamodb("GetItem", {}) == {}
    assert (len(requests), len(service.asked)) == (1, 1)


# What is tried again.


@pytest.mark.parametrize(
    "trouble",
    [
        HANG_UP,
        Answer(500),
        Answer(503, b"<html>busy</html>"),
        Answer(429, b""),
        Answer(200, b""),
        Answer(200, b"<html>sign in</html>"),
        Answer(200, b"null"),
        Answer(200, b"\xff"),
        Answer(200, b"[" * 100_000),
        Answer(200, b'{"a": {"b": ' + b"[" * 100_000),
        Answer(200, b'{"Responses": {"t": [', length=500, close=True),
        Answer(200, b'{"Responses": {}}', checksum=1),
        refusal("com.amazonaws.dynamodb.v20120810#TransactionInProgressException"),
        refusal("com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException", 409),
        refusal("com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"),
        refusal("com.amazon.coral.service#ThrottlingException"),
        refusal("com.amazon.coral.availability#ThrottlingException:http://internal.amazon.com/coral/"),
        refusal("RequestLimitExceeded"),
        refusal("com.amazonaws.dynamodb.v20120810#InternalServerError", 500),
    ],
    ids=lambda trouble: f"{trouble.status}-{trouble.body[:70].decode(errors='replace')}",
)
def test_what_passes_by_itself_is_tried_once_more(service: Service, paused: list[float], trouble: Answer) -> None:
    service.answers = [trouble]
    assert transport.dynamodb("Any", {"a": 1}) == {"a": 1}
    service.answers = [trouble, trouble]
    with pytest.raises(BotoCoreError if trouble.status in (0, 200) else ClientError):
        transport.dynamodb("Any", {"a": 1})
    assert {request.body for request in service.asked} == {b'{"a":1}'}
    assert len(service.asked) == 4
    assert len(paused) == 2
    assert all(0 <= pause <= transport.REQUEST_POLICY.longest_pause_s for pause in paused)


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (refusal("com.amazonaws.dynamodb.v20120810#BackupInUseException", message="a"), "BackupInUseException", "a"),
        (refusal("com.amazon.coral.service#AccessDeniedException", Message="b"), "AccessDeniedException", "b"),
        (refusal("ParameterNotFound"), "ParameterNotFound", ""),
        (refusal("x#ValidationException", message=None), "ValidationException", ""),
        (refusal("com.amazon.coral.service#ExpiredTokenException:http://x/#y"), "ExpiredTokenException", ""),
        (Answer(400, b""), "400", ""),
        (Answer(400, b"[]"), "400", ""),
        (Answer(400, b"\xff"), "400", ""),
        (Answer(400, b'{"__type": 7}'), "400", ""),
        (Answer(400, b"[" * 100_000), "400", ""),
        (Answer(403, b"<html>the proxy says no</html>"), "403", ""),
        (Answer(413, b"Request Entity Too Large"), "413", ""),
        (Answer(204, b""), "204", ""),
        (Answer(307, b""), "307", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_refusal_is_said_as_botocore_says_it_and_is_not_tried_again(
    service: Service, paused: list[float], answer: Answer, code: str, message: str
) -> None:
    service.answers = [answer]
    with pytest.raises(ClientError) as error:
        transport.dynamodb("GetItem", {})
    assert error.value.operation_name == "GetItem"
    assert error.value.response["Error"] == {"Code": code, "Message": message}
    assert error.value.response["ResponseMetadata"] == {"HTTPStatusCode": answer.status}
    assert (len(service.asked), paused) == (1, [])


def test_two_attempts_take_three_seconds_at_the_most(request_policy: Policy) -> None:
    policy = request_policy
    once, pauses = policy.connect_s + policy.read_s, (policy.attempts - 1) * policy.longest_pause_s
    assert 2.5 < policy.attempts * once + pauses <= 3


def test_a_body_with_its_right_checksum_is_an_answer(service: Service) -> None:
    service.answers = [Answer(200, b'{"a":1}', checksum=zlib.crc32(b'{"a":1}'))]
    assert transport.dynamodb("Any", {}) == {"a": 1}


def test_an_operator_waits_longer_than_a_request(service: Service, paused: list[float]) -> None:
    busy = [refusal("ThrottlingException"), HANG_UP, Answer(503, b""), *[refusal("ThrottlingException")] * 6]
    service.answers = list(busy)
    assert transport.ask(transport.DYNAMODB, "Any", {"a": 1}, transport.OPERATOR_POLICY) == {"a": 1}
    assert len(paused) == len(busy) == transport.OPERATOR_POLICY.attempts - 1
    assert max(paused) <= transport.OPERATOR_POLICY.longest_pause_s


def test_a_host_that_cannot_be_reached_is_tried_as_often_as_the_policy_says(
    service: Service, monkeypatch: pytest.MonkeyPatch, paused: list[float]
) -> None:
    """botocore's ConnectTimeoutError and EndpointConnectionError are no HTTPClientError."""
    state(monkeypatch, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    for policy in (transport.REQUEST_POLICY, transport.OPERATOR_POLICY):
        paused.clear()
        with pytest.raises(EndpointConnectionError):
            transport.ask(transport.DYNAMODB, "Any", {}, policy)
        assert len(paused) == policy.attempts - 1


def test_where_nothing_is_answered_any_more_retries_come_to_an_end(service: Service, paused: list[float]) -> None:
    """As in botocore's standard mode: 500, of which each retry after a silence takes 10; a success gives 1 back."""
    service.answers = [HANG_UP] * 104
    for _ in range(54):
        with pytest.raises(BotoCoreError):
            transport.dynamodb("Any", {})
    assert len(paused) == 50
    assert len(service.asked) == 104
    for _ in range(10):
        transport.dynamodb("Any", {})
    service.answers = [HANG_UP]
    assert transport.dynamodb("Any", {"a": 1}) == {"a": 1}


@pytest.mark.parametrize(
    ("region", "host"),
    [("eu-west-1", "dynamodb.eu-west-1.amazonaws.com"), ("cn-north-1", "dynamodb.cn-north-1.amazonaws.com.cn")],
)
def test_an_operator_asks_where_the_region_is(
    service: Service, monkeypatch: pytest.MonkeyPatch, region: str, host: str
) -> None:
    state(monkeypatch, AWS_ENDPOINT_URL=None, AWS_DEFAULT_REGION="us-east-1")
    asked: list[str] = []

    def answer(_: Any, request: Any) -> Any:
        asked.append(request.url)
        return SimpleNamespace(status_code=200, content=b'{"Items": []}', headers={})

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", answer)
    assert Table("books", region).query("MEMBER#anna") == []
    assert asked == [f"https://{host}/"]


def test_pynamodb_makes_no_client_of_its_own(moto_table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.client.ClientCreator.create_client", None)
    kept = deliveries.keep("acme", {"a": "b"}, b"\x00\xff" * 20_000, "no programme", 1_000)
    assert deliveries.find(kept, 10)[1] == b"\x00\xff" * 20_000
    deliveries.mark_replayed(kept, 7)
    assert [header.replayed_at for header in deliveries.newest(10, 5)] == [7]
    assert [len(page) for page, _ in rounds.pages(None)] == [1]


def test_silence_ends(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "REQUEST_POLICY", replace(transport.REQUEST_POLICY, read_s=0.05))
    service.answers = [SILENCE]
    assert transport.dynamodb("Any", {"a": 1}) == {"a": 1}
    service.answers = [SILENCE, SILENCE]
    with pytest.raises(ReadTimeoutError):
        transport.dynamodb("Any", {})


def test_a_sign_in_that_the_table_does_not_answer_may_be_tried_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "REQUEST_POLICY", replace(transport.REQUEST_POLICY, read_s=0.05))
    service.answers = [SILENCE, SILENCE]
    with pytest.raises(Unavailable):
        users.spend_challenge("nonce", 7)


def test_a_transaction_whose_reply_is_lost_is_sent_again_with_the_same_token(service: Service) -> None:
    service.answers = [HANG_UP]
    write()
    write()
    # What an earlier test gave up waiting for may be noted only now.
    written = [request for request in service.asked if request.headers["x-amz-target"].endswith("TransactWriteItems")]
    first, again, other = (msgspec.json.decode(request.body)["ClientRequestToken"] for request in written)
    assert first == again != other


def test_a_connection_is_used_again_and_one_that_was_closed_meanwhile_is_replaced(service: Service) -> None:
    service.answers = [Answer(), refusal("ValidationException"), Answer(close=True)]
    transport.dynamodb("Any", {})
    with pytest.raises(ClientError):
        transport.dynamodb("Any", {})
    for number in range(2):
        assert isinstance(transport.dynamodb("Any", {"n": number}), dict)
    first, second, third, fourth = (request.peer for request in service.asked)
    assert first == second == third != fourth


def test_threads_share_the_connections_and_each_gets_its_own_answer(service: Service) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: transport.dynamodb("Any", {"n": number}), range(40)))
    assert answers == [{"n": number} for number in range(40)]


# Credentials.


def container(service: Service, monkeypatch: pytest.MonkeyPatch, *left_s: int) -> None:
    """Credentials as a container is given them: each answer is good for so many seconds from now."""
    state(
        monkeypatch,
        AWS_ACCESS_KEY_ID=None,
        AWS_SECRET_ACCESS_KEY=None,
        AWS_SESSION_TOKEN=None,
        AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/credentials",
    )
    for number, seconds in enumerate(left_s):
        until = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
        keys = {"AccessKeyId": f"KEY{number}", "SecretAccessKey": SECRET, "Token": f"T{number}", "Expiration": until}
        service.answers.append(Answer(body=msgspec.json.encode(keys)))


def test_credentials_are_renewed_before_they_end(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    container(service, monkeypatch, 60, 3600)
    transport.dynamodb("Any", {})
    transport.dynamodb("Any", {})
    sent = [request.headers for request in service.asked if request.path == "/"]
    assert [headers["x-amz-security-token"] for headers in sent] == ["T1", "T1"]
    assert all("Credential=KEY1/" in headers["authorization"] for headers in sent)
    assert [request.path for request in service.asked].count("/credentials") == 2


@pytest.mark.parametrize("use", [write, read, read_secrets])
def test_credentials_that_are_renewed_too_late_make_the_table_unavailable(
    service: Service, monkeypatch: pytest.MonkeyPatch, use: Callable[[], None]
) -> None:
    container(service, monkeypatch, -60, -60, -60, -60)
    with pytest.raises(CredentialRetrievalError, match="still expired"):
        transport.dynamodb("Any", {})
    with pytest.raises(Unavailable, match="CredentialRetrievalError"):
        use()


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({"AWS_DEFAULT_REGION": None}, NoRegionError),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, NoCredentialsError),
        ({"AWS_PROFILE": "nobody"}, ProfileNotFound),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, EndpointConnectionError),
    ],
)
@pytest.mark.parametrize("use", [write, read, read_secrets, keep])
def test_a_process_that_cannot_ask_is_unavailable_and_recovers(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str | None],
    kind: type[BotoCoreError],
    use: Callable[[], None],
) -> None:
    before = {name: os.environ.get(name) for name in environment}
    state(monkeypatch, **environment)
    with pytest.raises(Unavailable, match=kind.__name__):
        use()
    state(monkeypatch, **before)
    write()


# What an answer means.


@pytest.mark.parametrize("reasons", [None, "ConditionalCheckFailed", [None], 7], ids=str)
def test_reasons_that_are_none_are_no_reasons(service: Service, reasons: Any) -> None:
    service.answers = [refusal("x#TransactionCanceledException", CancellationReasons=reasons)]
    with pytest.raises(Unavailable):
        write()


def test_the_reasons_of_a_cancelled_transaction_are_understood(service: Service) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}]
    service.answers = [
        refusal("com.amazonaws.dynamodb.v20120810#TransactionCanceledException", CancellationReasons=reasons)
    ]
    with pytest.raises(Stale):
        write()


@pytest.mark.parametrize("answer", [HANG_UP, Answer(200, b"<html>"), Answer(400, b""), Answer(503), Answer(413, b"x")])
@pytest.mark.parametrize("use", [write, read, read_secrets])
def test_no_answer_is_unavailable_and_says_no_secret(
    service: Service, caplog: pytest.LogCaptureFixture, answer: Answer, use: Callable[[], None]
) -> None:
    service.answers = [answer, answer]
    with pytest.raises(Unavailable) as error:
        use()
    output = "".join(traceback.format_exception(error.value)) + caplog.text
    assert [secret for secret in (SECRET, TOKEN) if secret in output] == []


def test_ssm_repeats_no_value_that_it_does_not_take(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    secret = "shpss-secret"
    service.answers = [refusal("ValidationException", message=f"Value '{secret}' at 'value' is too long")]
    with pytest.raises(Unavailable, match="SSM refused PutParameter: ValidationException") as error:
        Secrets().put(StoredConnection("acme", "shopify", "acme", (secret,)))
    assert secret not in "".join(traceback.format_exception(error.value)) + caplog.text


# DynamoDB itself.


def put(condition: str) -> dict[str, Any]:
    item = {"pk": {"S": "A"}, "sk": {"S": "B"}, "name": {"S": "Änna ☕"}}
    return {"Put": {"TableName": "ristourne-test", "Item": item, "ConditionExpression": condition}}


def test_dynamodb_takes_the_request_and_refuses_in_the_words_that_are_understood(store: str) -> None:
    transport.dynamodb("TransactWriteItems", {"TransactItems": [put("attribute_not_exists(pk)")]})
    key = {"pk": {"S": "A"}, "sk": {"S": "B"}}
    assert transport.dynamodb("GetItem", {"TableName": store, "Key": key})["Item"] == put("")["Put"]["Item"]
    with pytest.raises(ClientError) as error:
        transport.dynamodb("TransactWriteItems", {"TransactItems": [put("attribute_not_exists(pk)")]})
    assert error.value.response["Error"]["Code"] == "TransactionCanceledException"
    assert [reason["Code"] for reason in error.value.response["CancellationReasons"]] == ["ConditionalCheckFailed"]
    with pytest.raises(ClientError) as error:
        transport.dynamodb("GetItem", {"TableName": store, "Key": {"pk": {"S": "A"}}})
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert error.value.response["Error"]["Message"]


@pytest.mark.xdist_group("dynamodb-local")
def test_a_transaction_that_comes_twice_is_written_once(local_table: str) -> None:
    request = {"TransactItems": [put("attribute_not_exists(pk)")], "ClientRequestToken": "once"}
    assert transport.dynamodb("TransactWriteItems", request) == transport.dynamodb("TransactWriteItems", request)
