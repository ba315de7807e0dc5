"""`GET /journeys/metrics`: closed without its token, and nobody's name in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from devtools.page_world import PageWorld
from plugin.engine.reading import Health
from plugin.routes import create_blueprint
from plugin.routes.metrics import CAUSES, as_text

TOKEN = "a token of the tests, not to be guessed"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def ask(world: PageWorld, token: str, **headers: str):
    app = Flask(__name__)
    settings = replace(world.settings, metrics_token=token)
    app.register_blueprint(create_blueprint(world.services, settings), url_prefix="/journeys")
    return app.test_client().get("/journeys/metrics", headers=headers)


def values(text: str) -> dict[tuple[str, ...], float]:
    """Name and label values → value."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_without_a_token_in_the_settings_there_is_nothing(made_world: PageWorld):
    assert ask(made_world, "").status_code == 404
    assert ask(made_world, "", Authorization="Bearer ").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x"])
def test_the_token_must_be_right(made_world: PageWorld, given: str):
    assert ask(made_world, TOKEN, Authorization=given).status_code == 401


def test_they_say_how_things_stand_and_name_nobody(made_world: PageWorld):
    answer = ask(made_world, TOKEN, Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    found, health = values(answer.text), made_world.services.reading.health()
    assert found["journeys_held_people",] == health.held > 0
    assert found["journeys_due_people",] == health.due_now
    parked = {key[1]: n for key, n in found.items() if key[0] == "journeys_parked_people"}
    assert parked == health.parked_causes
    assert sum(parked.values()) == health.parked > 0
    assert "@" not in answer.text
    assert "user" not in answer.text


def test_causes_beyond_the_most_frequent_are_told_together():
    causes = {f"cause_{n}": n for n in range(1, CAUSES + 11)}
    found = values(as_text(health(parked_causes=causes)).decode())
    parked = {key[1]: n for key, n in found.items() if key[0] == "journeys_parked_people"}
    assert len(parked) == CAUSES + 1
    assert parked["other"] == sum(range(1, 11))


def test_only_workers_that_were_just_seen_are_alive():
    seen = [("a", NOW - timedelta(seconds=60)), ("b", NOW - timedelta(seconds=61))]
    found = values(as_text(health(workers=seen)).decode())
    assert found["journeys_workers_alive",] == 1


def health(**more: object) -> Health:
    quiet = dict.fromkeys(("due_now", "inbox_waiting", "deliveries_waiting", "held", "parked"), 0)
    return Health(**{**quiet, "oldest_due_seconds": 0.0, "workers": [], "at": NOW, **more})
