"""Every action and every trigger, found by itself: nothing here knows one of them by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from marshmallow import ValidationError

from plugin.domain.catalog import Catalog
from plugin.domain.codec import decode
from plugin.domain.event import OWN_TYPES, TYPES, Event
from plugin.engine import actions, triggers
from plugin.engine.documents import Checker
from plugin.engine.kinds import Action, Family, Kind, Registry, TriggerKind, find
from plugin.engine.wait_form import KINDS as WAITS
from tests.documents import journey, wait
from tests.world import World
from tests.world_host import LIST, OWNER

ROOT = Path(__file__).resolve().parents[2]
ICONS = ROOT / "plugin" / "routes" / "static" / "icons.svg"
REFERENCE = ROOT / "docs" / "reference"

ACTIONS, TRIGGERS = list(find(Action, actions)), list(find(TriggerKind, triggers))
KINDS: list[type[Kind]] = [*ACTIONS, *TRIGGERS]
NOBODY = Catalog(user_id=99, zone="UTC", lists={}, fields={})

ODD = ({"x": {}}, [[]], -1, 1.5, True, "\0", "http://[", "x" * 300_000, 10**400, float("nan"))

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
every_action = pytest.mark.parametrize("kind", ACTIONS, ids=lambda kind: kind.name)
every_trigger = pytest.mark.parametrize("kind", TRIGGERS, ids=lambda kind: kind.name)


def example(kind: type[Kind]) -> Kind:
    """One of this kind, with the parameters of its example."""
    return kind(kind.Params().load(dict(kind.example)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A host on SQLite, for all tests of this module."""
    at = f"sqlite:///{tmp_path_factory.mktemp('kinds') / 'world.sqlite'}"
    made = World(at, host_api_url="https://host.example.com/api.php")
    made.host.set_user(OWNER, APIKey="a key")
    made.publish(journey(wait(1, "days"), name="The first one", lists=None))
    made.host.tags({12: LIST})
    made.host.letter(1)
    made.host.sender_domain(1, "example.com")
    yield made
    made.close()


@pytest.fixture(scope="module")
def catalog(world: World) -> Catalog:
    """What the examples name is there."""
    names = {1: "The first one"}
    return replace(world.services.catalog(OWNER), emails=names, campaigns=names)


def test_the_kinds_of_the_first_release_are_found():
    assert {kind.name for kind in ACTIONS} >= {
        "Decision",
        "UpdateCustomFieldValue",
        "Wait",
        "Webhook",
    }
    assert {kind.name for kind in TRIGGERS} >= {"ListSubscription", "Manual"}


def test_names_and_labels_are_given_once():
    for kinds in (ACTIONS, TRIGGERS):
        for names in ([kind.name for kind in kinds], [kind.label for kind in kinds]):
            assert len(set(names)) == len(names)


@every_kind
def test_a_kind_lives_in_the_file_that_bears_its_name(kind):
    words = re.findall("[A-Z][a-z]+", kind.name)
    assert "".join(words) == kind.name
    assert kind.__module__.rpartition(".")[2] == "_".join(words).lower()
    assert kind.__name__ == kind.name


@every_kind
def test_a_kind_says_what_it_is_in_its_modules_first_line(kind):
    module = __import__(kind.__module__, fromlist=["_"])
    assert re.fullmatch(r"[A-Z].*\.", module.__doc__.splitlines()[0])


@every_kind
def test_a_kind_has_a_label_and_a_symbol(kind):
    assert re.fullmatch(r"[A-Z][A-Za-z -]{1,30}", kind.label)
    assert f'id="i-{kind.icon}"' in ICONS.read_text("utf-8")


@every_action
def test_an_action_belongs_to_a_family(kind):
    assert kind.family in set(get_args(Family)) - {"trigger"}


@every_kind
def test_the_example_is_valid_json_that_loads(kind):
    assert json.loads(json.dumps(kind.example)) == kind.example
    example(kind)


@every_kind
def test_an_unknown_parameter_is_refused_by_name(kind):
    with pytest.raises(ValidationError) as refused:
        kind.Params().load({**kind.example, "surprise": 1})
    assert list(refused.value.messages) == ["surprise"]


@every_kind
def test_what_must_be_given_is_told_when_it_is_missing(kind):
    required = {name for name, field in kind.Params().fields.items() if field.required}
    missing = set(kind.Params().validate({}))
    assert missing == required
    assert required <= set(kind.example)


@every_kind
def test_no_parameter_takes_what_it_is_not_meant_for(kind):
    """Objects where numbers are meant, numbers where text is meant and so on: refused, no crash."""
    params = kind.Params()
    for name in params.fields:
        for odd in (
            {"x": {}},
            [[]],
            -1,
            1.5,
            True,
            "\0",
            "http://[",
            "x" * 300_000,
            10**400,
            float("nan"),
        ):
            try:
                params.load({**kind.example, name: odd})
            except ValidationError as refused:
                assert set(refused.messages) <= {name, "_schema"}


@every_kind
def test_each_parameter_is_in_the_reference(kind):
    page = REFERENCE / ("actions.md" if issubclass(kind, Action) else "triggers.md")
    sections = re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)
    (section,) = [text for text in sections if re.search(rf"\b{kind.name}\b", text.split("\n")[0])]
    for name, field in kind.Params().fields.items():
        assert f"`{field.data_key or name}`" in section


@every_kind
def test_the_summary_is_one_line_also_where_everything_is_gone(kind, catalog):
    for known in (catalog, NOBODY):
        summary = example(kind).summary(known)
        assert isinstance(summary, str)
        assert summary.strip() == summary
        assert 0 < len(summary) < 300
        assert "\n" not in summary and "{" not in summary


@every_kind
def test_a_check_tells_places_inside_the_parameters(kind, catalog):
    placed = example(kind)
    assert list(placed.check(catalog, frozenset({LIST}))) == []
    for problem in placed.check(NOBODY, frozenset({LIST})):
        found: Any = kind.example
        for key in problem.path.split("/")[1:]:
            found = found[int(key) if isinstance(found, list) else key]
        assert problem.path.startswith("/")
        assert problem.text[0].isupper() or problem.text[0] == "“"
        assert problem.text.endswith(".")


@every_action
def test_branches_have_plain_names_and_no_others_are_taken(kind):
    names = list(example(kind).branch_names())
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) for name in names)
    checker = Checker(Registry(ACTIONS), Registry(TRIGGERS))
    step = {"action": kind.name, "params": kind.example, "branches": {"a/b": []}}
    document = decode(json.loads(journey(step, lists=None)))
    assert [problem.path for problem in checker.shape(document)] == ["/steps/0/branches/a~1b"]


@every_action
def test_an_action_answers_for_everybody_and_nothing_fails(kind, world):
    branches = {name: [wait(1, "days")] for name in example(kind).branch_names()}
    step = {"action": kind.name, "params": kind.example} | (
        {"branches": branches} if branches else {}
    )
    published = world.publish(journey(step, wait(1, "days"), name=kind.name, lists=None))
    values = [{"CustomField3": city} for city in (None, "", "Oslo", "😀")]
    ids = world.host.subscribe(values)
    world.services.enrolling.enroll(OWNER, published.id, LIST, ids)
    world.turn_wheel(world.services.executor.tick)
    people = world.people(published)
    assert len(people) == len(ids)
    for row in people:
        first = world.history(row["id"])[0]
        assert (first["action"], row["cause"]) == (kind.name, None)
        assert first["outcome"] in {"next", "branch", "until", "stay", "end"}


@every_action
def test_an_action_that_is_off_is_passed_by(kind, world):
    step = {"action": kind.name, "params": kind.example, "published": False}
    published = world.publish(journey(step, wait(1, "days"), name=f"{kind.name} off", lists=None))
    ids = world.host.subscribe(1)
    world.services.enrolling.enroll(OWNER, published.id, LIST, ids)
    world.turn_wheel(world.services.executor.tick)
    (row,) = world.people(published)
    assert world.path(row["id"]) == [f"{kind.name} skipped", "Wait until"]


@every_trigger
def test_a_trigger_listens_to_known_events_and_says_yes_or_no(kind):
    assert set(kind.listens_to) <= {*TYPES, *OWN_TYPES}
    placed = example(kind)
    event = Event("a", "open", datetime(2026, 5, 31, tzinfo=UTC), LIST, 1)
    for type_ in kind.listens_to:
        for list_id in (LIST, 99):
            assert isinstance(placed.matches(replace(event, type=type_, list_id=list_id)), bool)
    lists = placed.lists()
    assert lists is None or all(isinstance(i, int) for i in lists)


def test_no_wait_is_for_what_is_told_to_listeners_alone():
    """What is told while a trigger listens would else have to be told while somebody waits."""
    told_to_listeners = {"field_changed", "tag", "untag", *OWN_TYPES}
    for kind in WAITS.values():
        assert set(kind.listens_to) <= set(TYPES) - told_to_listeners
