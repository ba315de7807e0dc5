"""Entry criteria, caps, exit rules and the greatest age in documents, strictly."""

import pytest

from plugin.domain.codec import decode, encode
from plugin.errors import InvalidDocument

RULE = {"field": "CustomField3", "operator": "is", "value": "Oslo"}
EVENT = {"type": "ListSubscription", "params": {"list_ids": [2]}}
PLAIN = {"format": 1, "trigger": {"type": "Manual", "params": {}}, "steps": []}
FULL = {
    "trigger": {"type": "Manual", "params": {}, "max_age": {"amount": 2, "unit": "days"}},
    "entry_criteria": {"all": [RULE, {"not": RULE}]},
    "caps": {"per_hour": 5, "per_day": 20},
    "send_rate": {"per_minute": 3, "per_hour": 60},
    "exit_rules": [{"name": "Bought", "event": EVENT}, {"criteria": {"any": [RULE]}}],
}


def test_all_of_it_comes_back_as_it_was_written():
    data = encode(decode(PLAIN | FULL))
    assert {name: data[name] for name in FULL} == FULL
    assert encode(decode(data)) == data


def test_defaults_are_not_written():
    written = {"caps": {"per_hour": 0, "per_day": 0}, "exit_rules": [], "entry_criteria": None}
    data = encode(decode(PLAIN | written))
    assert not {"caps", "exit_rules", "entry_criteria"} & data.keys()
    assert data["trigger"] == PLAIN["trigger"]
    assert encode(decode(PLAIN | {"caps": {"per_day": 3}}))["caps"] == {"per_day": 3}


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"send_rate": 5}, "/send_rate"),
        ({"send_rate": {"per_day": 1}}, "/send_rate/per_day"),
        ({"send_rate": {"per_minute": -1}}, "/send_rate/per_minute"),
        ({"send_rate": {"per_hour": True}}, "/send_rate/per_hour"),
        ({"caps": []}, "/caps"),
        ({"caps": {"per_week": 1}}, "/caps/per_week"),
        ({"caps": {"per_hour": -1}}, "/caps/per_hour"),
        ({"caps": {"per_day": True}}, "/caps/per_day"),
        ({"caps": {"per_day": 1.0}}, "/caps/per_day"),
        ({"caps": {"per_day": 10**10}}, "/caps/per_day"),
        ({"entry_criteria": {}}, "/entry_criteria"),
        ({"entry_criteria": {"all": [RULE | {"operator": "x"}]}}, "/entry_criteria/all/0/operator"),
        ({"exit_rules": {}}, "/exit_rules"),
        ({"exit_rules": [{"criteria": RULE}] * 21}, "/exit_rules"),
        ({"exit_rules": [{}]}, "/exit_rules/0"),
        ({"exit_rules": [{"criteria": RULE, "event": EVENT}]}, "/exit_rules/0"),
        ({"exit_rules": [{"criteria": RULE, "x/y": 1}]}, "/exit_rules/0/x~1y"),
        ({"exit_rules": [{"criteria": RULE, "name": 7}]}, "/exit_rules/0/name"),
        ({"exit_rules": [{"criteria": {"all": []}}]}, "/exit_rules/0/criteria/all"),
        ({"exit_rules": [{"event": {"params": {}}}]}, "/exit_rules/0/event"),
        ({"exit_rules": [{"event": EVENT | {"params": 1}}]}, "/exit_rules/0/event/params"),
        (
            {"exit_rules": [{"event": EVENT | {"max_age": {"amount": 1, "unit": "days"}}}]},
            "/exit_rules/0/event/max_age",
        ),
        ({"trigger": {"type": "Manual", "max_age": 3}}, "/trigger/max_age"),
        (
            {"trigger": {"type": "Manual", "max_age": {"amount": 1, "unit": "weeks"}}},
            "/trigger/max_age/unit",
        ),
        (
            {"trigger": {"type": "Manual", "max_age": {"amount": -1, "unit": "days"}}},
            "/trigger/max_age/amount",
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(part, path):
    with pytest.raises(InvalidDocument) as refused:
        decode(PLAIN | part)
    assert [problem.path for problem in refused.value.problems] == [path]
