"""Strictness of documents: each wrong one is refused with the place of every fault."""

from copy import deepcopy

import pytest

from plugin.domain.codec import MAX_ID, MAX_LEVELS, MAX_NAME, MAX_NOTES, MAX_STEPS, decode
from plugin.domain.journey import Document, Reentry, Trigger
from plugin.domain.program import Step
from plugin.errors import InvalidDocument

MISSING = object()

GOOD = {
    "format": 1,
    "name": "Welcome",
    "notes": "For new people.",
    "trigger": {"type": "ListSubscription", "params": {"list_ids": [1]}},
    "reentry": {"rule": "again_after", "days": 30, "since": "exit"},
    "time_zone": "Europe/Istanbul",
    "unsubscribed": "continue",
    "steps": [
        {"id": 1, "action": "Wait", "params": {"amount": 2, "unit": "days"}},
        {
            "id": 2,
            "action": "Decision",
            "params": {"criteria": {}},
            "branches": {
                "true": [{"id": 3, "action": "Webhook", "published": False, "notes": "off"}],
                "false": [],
            },
        },
    ],
}


def changed(path, value):
    """The good document with another value at a place; MISSING takes the key away."""
    document = deepcopy(GOOD)
    *parents, last = path
    inner = document
    for key in parents:
        inner = inner[key]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return document


def faults(data):
    with pytest.raises(InvalidDocument) as refused:
        decode(data)
    return [problem.path for problem in refused.value.problems]


def test_a_good_document_is_read_as_it_says():
    assert decode(GOOD) == Document(
        name="Welcome",
        notes="For new people.",
        trigger=Trigger("ListSubscription", {"list_ids": [1]}),
        reentry=Reentry("again_after", 30, "exit"),
        time_zone="Europe/Istanbul",
        unsubscribed="continue",
        steps=(
            Step(1, "Wait", {"amount": 2, "unit": "days"}),
            Step(
                2,
                "Decision",
                {"criteria": {}},
                {"true": (Step(3, "Webhook", {}, published=False, notes="off"),), "false": ()},
            ),
        ),
    )


def test_what_may_be_left_out_has_its_default():
    document = decode({"format": 1, "trigger": {"type": "Manual"}, "steps": [{"action": "Wait"}]})
    assert document == Document(trigger=Trigger("Manual"), steps=(Step(0, "Wait", {}),))
    assert document.reentry.rule == "once_at_a_time"
    assert document.unsubscribed == "end"
    assert document.steps[0].published


WRONG = [
    # what the whole document may be
    (("format",), MISSING, "/format"),
    (("format",), 2, "/format"),
    (("format",), "1", "/format"),
    (("format",), 1.0, "/format"),
    (("format",), True, "/format"),
    (("name",), 7, "/name"),
    (("name",), None, "/name"),
    (("name",), "a\0b", "/name"),
    (("name",), "x" * (MAX_NAME + 1), "/name"),
    (("notes",), ["x"], "/notes"),
    (("notes",), "x" * (MAX_NOTES + 1), "/notes"),
    (("colour",), "blue", "/colour"),
    (("a/b~c",), 1, "/a~1b~0c"),
    # trigger
    (("trigger",), MISSING, "/trigger"),
    (("trigger",), None, "/trigger"),
    (("trigger",), "Manual", "/trigger"),
    (("trigger", "type"), MISSING, "/trigger"),
    (("trigger", "type"), 1, "/trigger"),
    (("trigger", "params"), [1], "/trigger/params"),
    (("trigger", "params"), None, "/trigger/params"),
    (("trigger", "params"), {1: 2}, "/trigger/params"),
    (("trigger", "list"), 1, "/trigger/list"),
    # re-entry
    (("reentry",), None, "/reentry/rule"),
    (("reentry",), "once_ever", "/reentry/rule"),
    (("reentry", "rule"), "twice", "/reentry/rule"),
    (("reentry", "rule"), ["once_ever"], "/reentry/rule"),
    (("reentry", "rule"), MISSING, "/reentry/rule"),
    (("reentry", "days"), MISSING, "/reentry/days"),
    (("reentry", "days"), 0, "/reentry/days"),
    (("reentry", "days"), 3651, "/reentry/days"),
    (("reentry", "days"), True, "/reentry/days"),
    (("reentry", "days"), 1.5, "/reentry/days"),
    (("reentry", "days"), "30", "/reentry/days"),
    (("reentry", "since"), "birth", "/reentry/since"),
    (("reentry", "since"), None, "/reentry/since"),
    (("reentry", "hours"), 1, "/reentry/hours"),
    (("reentry",), {"rule": "once_ever", "days": 3}, "/reentry/days"),
    # zone, unsubscribed
    (("time_zone",), "Mars/Olympus", "/time_zone"),
    (("time_zone",), "europe/istanbul", "/time_zone"),
    (("time_zone",), "", "/time_zone"),
    (("time_zone",), "Factory", "/time_zone"),
    (("time_zone",), "localtime", "/time_zone"),
    (("time_zone",), "../etc/passwd", "/time_zone"),
    (("time_zone",), 3, "/time_zone"),
    (("time_zone",), ["UTC"], "/time_zone"),
    (("unsubscribed",), "stop", "/unsubscribed"),
    (("unsubscribed",), None, "/unsubscribed"),
    (("unsubscribed",), ["end"], "/unsubscribed"),
    # steps
    (("steps",), MISSING, "/steps"),
    (("steps",), None, "/steps"),
    (("steps",), {}, "/steps"),
    (("steps",), "Wait", "/steps"),
    (("steps", 0), None, "/steps/0"),
    (("steps", 0), "Wait", "/steps/0"),
    (("steps", 0), ["Wait"], "/steps/0"),
    (("steps", 0, "action"), MISSING, "/steps/0"),
    (("steps", 0, "action"), 5, "/steps/0"),
    (("steps", 0, "params"), None, "/steps/0/params"),
    (("steps", 0, "params"), [], "/steps/0/params"),
    (("steps", 0, "params"), {None: 1}, "/steps/0/params"),
    (("steps", 0, "wait"), 1, "/steps/0/wait"),
    (("steps", 0, "id"), -1, "/steps/0/id"),
    (("steps", 0, "id"), MAX_ID + 1, "/steps/0/id"),
    (("steps", 0, "id"), "1", "/steps/0/id"),
    (("steps", 0, "id"), 1.0, "/steps/0/id"),
    (("steps", 0, "id"), True, "/steps/0/id"),
    (("steps", 0, "id"), None, "/steps/0/id"),
    (("steps", 0, "id"), [1], "/steps/0/id"),
    (("steps", 1, "id"), 1, "/steps/1/id"),
    (("steps", 1, "branches", "true", 0, "id"), 2, "/steps/1/branches/true/0/id"),
    (("steps", 0, "published"), "yes", "/steps/0/published"),
    (("steps", 0, "published"), 1, "/steps/0/published"),
    (("steps", 0, "published"), None, "/steps/0/published"),
    (("steps", 0, "notes"), 1, "/steps/0/notes"),
    (("steps", 0, "notes"), "x" * (MAX_NOTES + 1), "/steps/0/notes"),
    (("steps", 1, "branches"), [], "/steps/1/branches"),
    (("steps", 1, "branches"), None, "/steps/1/branches"),
    (("steps", 1, "branches"), {1: []}, "/steps/1/branches"),
    (("steps", 1, "branches", "true"), None, "/steps/1/branches/true"),
    (("steps", 1, "branches", "a/b"), 7, "/steps/1/branches/a~1b"),
    (("steps", 1, "branches", "true", 0), 7, "/steps/1/branches/true/0"),
    (("steps", 1, "branches", "true", 0, "x"), 7, "/steps/1/branches/true/0/x"),
]


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    WRONG,
    ids=[f"{'.'.join(map(str, p))}-{str(v)[:12]}-{n}" for n, (p, v, _) in enumerate(WRONG)],
)
def test_a_wrong_document_is_refused_with_the_place_of_its_fault(path, value, pointer):
    assert faults(changed(path, value)) == [pointer]


@pytest.mark.parametrize("data", [None, [], "text", 7, True])
def test_a_document_is_a_mapping(data):
    assert faults(data) == [""]


def test_all_faults_are_told_at_once_in_the_order_of_the_text():
    document = changed(("name",), 7)
    document["steps"][1]["branches"]["true"][0]["id"] = 2
    document["steps"].append({"id": "x"})
    document["format"] = 3
    assert faults(document) == [
        "/format",
        "/steps/1/branches/true/0/id",
        "/steps/2",
        "/name",
    ]


def test_every_problem_says_what_to_do_in_a_sentence():
    for path, value, pointer in WRONG:
        with pytest.raises(InvalidDocument) as refused:
            decode(changed(path, value))
        for problem in refused.value.problems:
            assert problem.text[0].isupper() and problem.text.rstrip().endswith((".", "null."))
        assert pointer in str(refused.value)


def nested(levels):
    """A document with this many levels of steps."""
    steps = []
    for _ in range(levels):
        steps = [{"action": "Decision", "branches": {"true": steps}}]
    return {"format": 1, "trigger": {"type": "Manual"}, "steps": steps}


def test_twelve_levels_of_branches_are_enough():
    decode(nested(MAX_LEVELS - 1))
    assert faults(nested(MAX_LEVELS)) == ["/steps" + "/0/branches/true" * MAX_LEVELS]


def test_depth_beyond_all_measure_is_refused_and_not_walked():
    assert len(faults(nested(100))) == 1


def test_five_hundred_steps_are_enough_wherever_they_stand():
    step = {"action": "Wait"}
    most = {"format": 1, "trigger": {"type": "Manual"}, "steps": [step] * MAX_STEPS}
    decode(most)
    assert faults(most | {"steps": [step] * (MAX_STEPS + 5)}) == ["/steps/500"]
    inside = [{"action": "Decision", "branches": {"true": [step] * (MAX_STEPS - 1)}}]
    decode(most | {"steps": inside})
    assert faults(most | {"steps": [*inside, step]}) == ["/steps/1"]


def test_limits_are_inclusive():
    decode(changed(("name",), "x" * MAX_NAME))
    decode(changed(("notes",), "x" * MAX_NOTES))
    decode(changed(("steps", 0, "id"), MAX_ID))
    decode(changed(("reentry", "days"), 3650))
    decode(changed(("reentry", "days"), 1))


def test_many_steps_may_be_without_an_id():
    assert decode(nested(3)).steps[0].id == 0
