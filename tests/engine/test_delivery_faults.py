"""When the other side does not answer well: tried again, under one key, then given up."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from plugin.engine.delivery import FINAL_ERRORS, SCHEDULE
from tests.documents import journey, webhook
from tests.world_parts import answered, no_answer

SECONDS = (10, 60, 300, 1800, 7200, 21600, 86400)


@pytest.fixture
def one(world):
    """A world with one parcel to be sent."""
    world.publish(journey(webhook()))
    world.enter(1)
    while world.tick():
        pass
    return world


def attempt(world, response):
    """Send what is due; answers the delivery then."""
    world.other_side.answer = lambda request: response
    assert world.deliver() == 1
    (delivery,) = world.deliveries()
    return delivery


def attempt_each(world, responses):
    """One parcel for each response; answers the deliveries after their first attempt."""
    world.publish(journey(webhook()))
    world.enter(len(responses))
    while world.tick():
        pass
    left = iter(responses)
    world.other_side.answer = lambda request: next(left)
    while world.deliver():
        pass
    return world.deliveries()


PASSING = (408, 425, 429, 500, 502, 503, 504, 599)
FINAL = (100, 199, 300, 301, 302, 307, 308, 400, 401, 403, 404, 410, 413, 422, 499)


def test_what_may_pass_is_tried_again(world):
    for status, row in zip(PASSING, attempt_each(world, list(map(answered, PASSING))), strict=True):
        assert (row["state"], row["status"], row["attempts"]) == ("new", status, 1)
        assert row["next_at"] == world.now + timedelta(seconds=10)
        assert row["finished_at"] is None


def test_redirects_and_refusals_are_final(world):
    for status, row in zip(FINAL, attempt_each(world, list(map(answered, FINAL))), strict=True):
        assert (row["state"], row["status"], row["next_at"]) == ("failed", status, None)
    assert world.counted("undelivered") == {str(status): 1 for status in FINAL}
    world.turn(days=30)
    assert world.deliver() == 0


def test_faults_of_the_network_are_tried_again(world):
    words = ("timeout", "dns", "refused", "reset", "unreachable", "tls", "bad reply", "too large")
    for word, row in zip(words, attempt_each(world, list(map(no_answer, words))), strict=True):
        assert (row["state"], row["status"], row["error"]) == ("new", None, word)


def test_faults_that_no_try_can_cure_are_final(world):
    words = sorted(FINAL_ERRORS)
    for word, row in zip(words, attempt_each(world, list(map(no_answer, words))), strict=True):
        assert (row["state"], row["error"]) == ("failed", word)
    assert world.counted("undelivered") == dict.fromkeys(words, 1)


def test_seven_more_tries_over_two_days_with_one_key_and_one_body(one):
    assert tuple(int(pause.total_seconds()) for pause in SCHEDULE) == SECONDS
    pauses = []
    for number in range(1, 9):
        delivery = attempt(one, answered(503, b"busy"))
        assert delivery["attempts"] == number
        pauses.append(delivery["next_at"] and (delivery["next_at"] - one.now).total_seconds())
        if delivery["next_at"]:
            one.now = delivery["next_at"] - timedelta(microseconds=1)
            assert one.deliver() == 0
            one.turn(microseconds=1)
    assert pauses == [*SECONDS, None]
    assert delivery["state"] == "failed"
    assert len(set(one.other_side.ids())) == 1
    assert len({request.body for request in one.other_side.requests}) == 1
    tries = one.rows(one.tables.delivery_tries)
    assert [row["attempt"] for row in tries] == list(range(1, 9))
    assert [row["next_at"] is None for row in tries] == [False] * 7 + [True]
    assert one.counted("undelivered") == {"503": 1}


def test_a_good_answer_ends_the_tries(one):
    attempt(one, answered(503))
    one.turn(seconds=10)
    attempt(one, no_answer("reset"))
    one.turn(seconds=60)
    delivery = attempt(one, answered(200))
    assert (delivery["state"], delivery["attempts"], delivery["error"]) == ("done", 3, None)
    assert one.counted("delivered") == {"": 1}


def test_retry_after_is_honoured_from_the_schedules_pause_up_to_an_hour(world):
    pauses = {None: 10, 0: 10, 3: 10, 45: 45, 3600: 3600, 10**9: 3600}
    cases = [(status, asked) for status in (429, 503) for asked in pauses]
    responses = [answered(status, retry_after=asked) for status, asked in cases]
    for (_, asked), row in zip(cases, attempt_each(world, responses), strict=True):
        assert row["next_at"] == world.now + timedelta(seconds=pauses[asked])


def test_retry_after_shortens_no_pause(one):
    for seconds in SECONDS[:4]:
        attempt(one, answered(503))
        one.turn(seconds=seconds)
    delivery = attempt(one, answered(503, retry_after=5))
    assert delivery["next_at"] == one.now + timedelta(seconds=SECONDS[4])


def test_a_lost_secret_is_told_and_not_tried_again(one):
    with one.host.engine.begin() as connection:
        connection.execute(one.tables.secrets.delete())
    delivery = attempt(one, answered(200))
    assert (delivery["state"], delivery["error"]) == ("failed", "no secret")
    assert one.other_side.requests == []


def test_a_spoilt_secret_is_told_and_stops_nobody_else(world):
    world.publish(journey(webhook(secret="spoilt"), webhook()))
    world.enter(1)
    spoilt = Fernet(world.settings.encryption_keys[0]).encrypt(b"no secret of ours").decode()
    table = world.tables.secrets
    with world.host.engine.begin() as connection:
        change = table.update().where(table.c.name == "spoilt").values(ciphertext=spoilt)
        connection.execute(change)
    world.run()
    spoilt, good = world.deliveries()
    assert good["state"] == "done"
    assert spoilt["error"] and spoilt["status"] is None
    assert len(world.other_side.requests) == 1


def test_the_figures_of_a_mixed_batch(world):
    answers = {1: answered(200), 2: answered(404), 3: answered(500), 4: no_answer("tls")}
    numbers = iter([1, 2, 3, 4, 1, 2])
    world.other_side.answer = lambda request: answers[next(numbers)]
    world.publish(journey(webhook()))
    world.enter(6)
    while world.tick():
        pass
    while world.deliver():
        pass
    states = sorted(row["state"] for row in world.deliveries())
    assert states == ["done", "done", "failed", "failed", "new", "new"]
    assert world.counted("delivered") == {"": 2}
    assert world.counted("undelivered") == {"404": 2}
