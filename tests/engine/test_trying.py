"""Trying a webhook: one request, shown without secrets, and nothing kept of it."""

from __future__ import annotations

import json

import pytest
from cryptography.fernet import Fernet

from plugin.engine.trying import MOST_AN_HOUR, Person
from plugin.errors import BadValue, Conflict, NotFound
from plugin.hooks.signing import verify
from tests.documents import journey, wait, webhook
from tests.world_host import LIST, OWNER, STRANGER, STRANGERS_LIST
from tests.world_parts import answered, no_answer

CANARY = "Bearer canary"
HEADERS = {"headers": {"X-Who": "{{ Subscriber:City }}"}}


def imported(world, *steps, **more):
    """A draft; answers its id and those of its steps."""
    text = journey(*steps, **more)
    journey_id = world.services.authoring.import_text(OWNER, text, "cli")
    document = world.services.authoring.export(OWNER, journey_id)
    return journey_id, *(step.id for step in document.steps)


def keep_secret(world, name, text):
    ciphertext = Fernet(world.settings.encryption_keys[0]).encrypt(text.encode()).decode()
    with world.services.begin() as work:
        work.library.add_secret(OWNER, name, ciphertext, world.now)


def attempt(world, journey_id, step_id, person=None, user_id=OWNER):
    return world.services.try_webhook(user_id, journey_id, step_id, person, "cli")


def test_a_draft_is_tried_for_a_subscriber_and_nothing_is_kept(world):
    secret = "whsec_" + "QUJD" * 11
    keep_secret(world, "crm", CANARY)
    keep_secret(world, "default", secret)
    world.other_side.answer = lambda r: answered(201, b'{"tier": "gold", "echo": "Bearer canary"}')
    body = {"mail": "{{ Subscriber:EmailAddress }}", "url": '{{ Event:url|"none" }}'}
    own = {"secret_headers": {"Authorization": "crm"}, "keep": {"tier": "tier"}}
    journey_id, step_id = imported(world, webhook(body, **HEADERS, **own))
    (ann,) = world.host.subscribe([{"CustomField3": "Oslo"}])
    trial = attempt(world, journey_id, step_id, Person(LIST, ann))
    (request,) = world.other_side.requests
    mail = f"person{ann}@list1.example.com"
    assert json.loads(request.body) == {"mail": mail, "url": "none"}
    assert request.headers["Authorization"] == CANARY
    assert request.headers["webhook-id"].startswith("test_")
    assert verify([secret], request.headers, request.body, world.now)
    assert trial.request.headers == {**request.headers, "Authorization": "***"}
    assert (trial.request.url, trial.request.body) == (request.url, request.body)
    assert (trial.answer.status, trial.kept, trial.email) == (201, {"tier": "gold"}, mail)
    assert b"canary" not in trial.answer.body
    tables = world.tables
    for table in (tables.deliveries, tables.enrollments, tables.step_log, tables.counters):
        assert world.rows(table) == []
    assert [row["act"] for row in world.rows(tables.audit)] == ["journey.import", "webhook.test"]


def test_a_person_may_be_named_by_address_or_made_up(world):
    journey_id, step_id = imported(world, webhook(signing="none", body="host", **HEADERS))
    (ann,) = world.host.subscribe([{"CustomField3": "Oslo"}])
    by_address = Person(LIST, email=f"PERSON{ann}@list1.example.com")
    attempt(world, journey_id, step_id, by_address)
    attempt(world, journey_id, step_id)
    found, made_up = world.other_side.requests
    assert (found.headers["X-Who"], made_up.headers["X-Who"]) == ("Oslo", "Example of City")
    body = json.loads(made_up.body)
    assert body["Subscriber"]["EmailAddress"] == "person@example.com"
    assert body["Journey"]["JourneyTrigger"] == "ListSubscription:1"
    assert found.headers["webhook-id"] != made_up.headers["webhook-id"]


def test_what_the_other_side_does_not_answer_is_told(world):
    world.other_side.answer = lambda request: no_answer("refused")
    journey_id, step_id = imported(world, webhook(signing="none"))
    assert attempt(world, journey_id, step_id).answer.error == "refused"


def test_twenty_in_an_hour_and_account_and_no_more(world):
    journey_id, step_id = imported(world, webhook(signing="none"))
    other_id, other_step = imported(world, webhook(signing="none"))
    for _ in range(MOST_AN_HOUR):
        attempt(world, journey_id, step_id)
    with pytest.raises(Conflict) as refused:
        attempt(world, other_id, other_step)
    assert refused.value.code == "too_many_tests"
    assert len(world.other_side.requests) == MOST_AN_HOUR
    world.turn(hours=1)
    attempt(world, journey_id, step_id)
    assert len(world.other_side.requests) == MOST_AN_HOUR + 1


def test_what_is_not_there_or_anothers_is_not_found(world):
    journey_id, step_id, wait_id = imported(world, webhook(signing="none"), wait())
    (stranger,) = world.host.subscribe(1, STRANGERS_LIST)
    for args in (
        (journey_id, step_id, None, STRANGER),
        (journey_id, step_id + 999),
        (journey_id, step_id, Person(STRANGERS_LIST, stranger)),
        (journey_id, step_id, Person(LIST, 999)),
        (journey_id, step_id, Person(LIST, email="nobody@example.com")),
    ):
        with pytest.raises(NotFound):
            attempt(world, *args)
    with pytest.raises(Conflict):
        attempt(world, journey_id, wait_id)
    assert world.other_side.requests == []


def test_a_request_that_cannot_be_made_or_signed_is_not_sent(world):
    url = "https://example.com/{{ Subscriber:City }}"
    journey_id, step_id, unsigned = imported(world, webhook(url=url, signing="none"), webhook())
    (ann,) = world.host.subscribe([{"CustomField3": ".."}])
    with pytest.raises(BadValue):
        attempt(world, journey_id, step_id, Person(LIST, ann))
    with pytest.raises(Conflict) as refused:
        attempt(world, journey_id, unsigned)
    assert refused.value.code == "no_secret"
    assert world.other_side.requests == []
