"""Every code of the e-mail gateway, with its HTTP status."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from demo.api.controls import LIMIT_CALLS, Fault
from demo.gateway.codes import TEXTS
from demo.gateway.door import SEND
from demo.gateway.sender import PHONE_REQUIRED, TRUST_REQUIRED
from tests.demo.api_world import ApiWorld
from tests.demo.gateway_world import ADA, BAD, LIST_BAD, MESSAGE, TEMPLATE, GatewayWorld, bearer
from tests.demo.test_api_door import ask, served

ONE = [{"name": "Ben", "email": "ben@example.com"}]
NAMELESS, MAILLESS = [{"email": "ben@example.com"}], [{"name": "Ben", "email": ""}]
WRONG, MANY = [{"name": "Ben", "email": "ben"}], ONE * 51


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("mariadb", marks=pytest.mark.services)],
    ids=["sqlite", "mariadb"],
)
def shared(request, tmp_path_factory) -> Iterator[GatewayWorld]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('gateway') / 'host.sqlite3'}"
    else:
        url = request.getfixturevalue("module_mysql_url")
    made = GatewayWorld(url)
    yield made
    made.engine.dispose()


@pytest.fixture
def world(sqlite_url) -> Iterator[GatewayWorld]:
    """One to be changed."""
    made = GatewayWorld(sqlite_url)
    yield made
    made.engine.dispose()


#: What is wrong with a call alone, and its code; all come with status 200.
CALLS = [
    ({"key": ""}, [1]),
    ({"key": "eg_live_99"}, [13]),
    ({"key": "EG_LIVE_1"}, [13]),
    ({"key": "eg_live_4"}, [2]),
    ({"key": "eg_live_2"}, [32]),
    ({"key": "eg_live_3"}, [32]),
    ({"From": None}, [3]),
    ({"From": {"name": "", "email": "hello@shop.example.com"}}, [3]),
    ({"From": {"name": "Shop"}}, [3]),
    ({"From": {"name": "Shop", "email": "hello@elsewhere.example.com"}}, [3]),
    ({"From": {"name": "Shop", "email": "hello"}}, [23]),
    ({"Subject": None}, [8]),
    ({"Subject": "  "}, [8]),
    ({"To": None}, [8]),
    ({"ContentType": None}, [9]),
    ({"ContentType": "both"}, [9]),
    ({"HTMLContent": None}, [10]),
    ({"ContentType": "plain"}, [11]),
    ({"Subject": None, "ContentType": None, "From": None}, [3, 8, 9]),
    ({"To": [{"name": "Bad", "email": BAD.upper()}]}, [14]),
    ({"To": [{"name": "Bad", "email": LIST_BAD}], "ListID": 1, "SubscriberID": 1}, [14]),
    ({"TemplateID": 7}, [15]),
    ({"TemplateID": "x"}, [15]),
    ({"TargetListID": 9}, [16]),
    ({"To": "ada@example.com"}, [20]),
    ({"To": {"name": "Ada", "email": ADA}}, [20]),
    ({"To": MANY}, [20]),
    ({"To": NAMELESS}, [18]),
    ({"To": MAILLESS}, [18]),
    ({"To": WRONG}, [19]),
    ({"CC": "ben@example.com"}, [21]),
    ({"CC": NAMELESS}, [21]),
    ({"CC": WRONG}, [22]),
    ({"CC": MANY}, [20]),
    ({"BCC": "ben@example.com"}, [24]),
    ({"BCC": MAILLESS}, [25]),
    ({"BCC": WRONG}, [26]),
    ({"BCC": MANY}, [27]),
    ({"ReplyTo": {"name": "Ben", "email": "ben@example.com"}}, [28]),
    ({"ReplyTo": NAMELESS}, [29]),
    ({"ReplyTo": WRONG}, [30]),
    ({"ReplyTo": ONE * 11}, [31]),
    ({"ListID": 9, "SubscriberID": 1}, [35]),
    ({"ListID": "x"}, [35]),
    ({"SubscriberID": 1}, [35]),
    ({"ListID": 1, "SubscriberID": 99}, [36]),
    ({"ListID": 1, "SubscriberID": 1, "JourneyID": 1}, [37]),
    ({"ActionID": "1"}, [38]),
]


@pytest.mark.parametrize(("wrong", "codes"), CALLS)
def test_what_is_wrong_has_the_gateways_code_and_nothing_is_sent(shared, wrong, codes):
    assert shared.codes(**wrong) == (200, codes)
    assert shared.outbox() == [] and shared.rows("eg_queue") == []


def disable(world):
    world.change("users", AccountStatus="Disabled")


def distrust(world):
    world.change("users", ReputationLevel="Untrusted")


def forgive(world):
    distrust(world)
    world.option(TRUST_REQUIRED, "false")


def ask_for_phones(world):
    world.option(PHONE_REQUIRED, "true")


def limit(world):
    world.change("user_groups", LimitEmailSendPerDay=1)
    assert world.codes() == (200, [])


def lose_the_list(world):
    world.tables.shard(3).drop(world.engine)


#: What the account allows: the status of the code on an older host, and since 6.0.1.
ACCOUNTS = [
    (disable, {}, 12, 200, 403),
    (distrust, {}, 40, None, 403),
    (forgive, {}, 0, 200, 200),
    (ask_for_phones, {}, 34, 200, 200),
    (limit, {}, 17, 200, 429),
    (lose_the_list, {"TargetListID": 3}, 39, 502, 502),
    (lambda _: None, {"key": "eg_live_3"}, 32, 200, 403),
    (lambda _: None, {"key": "eg_live_99"}, 13, 200, 200),
]


@pytest.mark.parametrize("version", ["5.9.4", "6.0.0", "6.0.1"])
@pytest.mark.parametrize(("make", "call", "code", "before", "since"), ACCOUNTS)
def test_what_the_account_may_not_depends_on_the_hosts_release(
    world, make, call, code, before, since, version
):
    world.version(version)
    make(world)
    status = since if version == "6.0.1" else before
    expected = (200, []) if status is None or not code else (status, [code])
    assert world.codes(**call) == expected


def test_the_table_holds_every_code_of_the_gateway():
    told = {code for _, codes in CALLS for code in codes} | {row[2] for row in ACCOUNTS} - {0}
    assert told | {429} == set(TEXTS)


def test_more_than_a_hundred_a_minute_are_told_when_to_come_back(world):
    world.controls.limited = True
    for _ in range(LIMIT_CALLS):
        assert world.codes() == (200, [])
    answer = world.send()
    assert answer.status_code == 429 and 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.get_json()["Errors"][0]["Code"] == 429
    from_5 = {"name": "Other", "email": "a@other.example.com"}
    assert world.codes("eg_live_5", From=from_5) == (200, [])
    assert len(world.rows("eg_queue", UserID=1)) == LIMIT_CALLS


@pytest.mark.parametrize(
    ("fault", "status", "codes"),
    [
        (Fault("empty", SEND), 200, None),
        (Fault("unsent", SEND), 200, None),
        (Fault("502", SEND), 502, [39]),
        (Fault("429", SEND, seconds=7), 429, [429]),
        (Fault("503", SEND), 503, None),
        (Fault("error", SEND, code=14, form="v1"), 422, [14]),
        (Fault("html", SEND), 200, None),
    ],
)
def test_a_played_fault_sends_nothing(world, fault, status, codes):
    world.controls.play(fault)
    answer = world.send()
    assert answer.status_code == status
    assert not (answer.get_json(silent=True) or {}).get("MessageID")
    if codes:
        assert [error["Code"] for error in answer.get_json()["Errors"]] == codes
    if fault.kind == "429":
        assert answer.headers["Retry-After"] == "7"
    assert world.outbox() == []
    assert world.codes() == (200, [])


def test_a_body_that_is_no_json_is_told_so(world):
    answer = world.app.test_client().post(
        "/api/v1/email", data="{", content_type="application/json", headers=bearer("eg_live_1")
    )
    assert (answer.status_code, answer.get_json()["Errors"][0]["Code"]) == (400, 100000)


def test_an_old_host_has_no_gateway(tmp_path):
    old = ApiWorld(f"sqlite:///{tmp_path / 'old.sqlite3'}", "v4")
    answer = old.app.test_client().post("/api/v1/email", json=MESSAGE)
    assert answer.status_code == 404
    old.engine.dispose()


def test_a_template_gives_what_the_call_leaves_out(world):
    assert world.codes(HTMLContent=None, TemplateID=TEMPLATE) == (200, [])
    assert "From a template" in world.outbox()[0]["HTML"]


@pytest.mark.parametrize(
    ("kind", "sent"), [("reset", 0), ("drop", 1), ("cut", 1), ("hang", 1), ("late", 1)]
)
def test_a_caller_without_an_answer_cannot_know_whether_it_was_sent(world, kind, sent):
    world.controls.play(Fault(kind, SEND, seconds=1))
    with served(world.app, "waitress") as url, requests.Session() as session:
        session.trust_env = False
        address = url.replace("/api.php", "/api/v1/email")
        with pytest.raises(requests.RequestException):
            session.post(address, json=MESSAGE, headers=bearer("eg_live_1"), timeout=0.3).json()
        ask(url)
    assert len(world.outbox()) == sent
