"""Documents written out and read again are the same, in each form that people may keep."""

import json
from itertools import count

from hypothesis import given

from plugin.domain.codec import count_steps, decode, encode, with_ids
from plugin.domain.journey import Document, Reentry, Trigger
from plugin.domain.program import Step, walk
from plugin.engine.texts import parse_text, to_json, to_yaml
from tests.unit.strategies import documents, numbered_documents, steps


@given(documents)
def test_what_is_written_out_is_read_back_the_same(document):
    assert decode(encode(document)) == document


@given(numbered_documents)
def test_a_document_survives_json_and_yaml(document):
    assert decode(parse_text(to_json(document))) == document
    assert decode(parse_text(to_yaml(document))) == document
    assert json.loads(to_json(document)) == encode(document)


@given(numbered_documents)
def test_writing_out_changes_nothing_in_the_document(document):
    before = repr(document)
    data = encode(document)
    for step in data["steps"]:
        step["params"]["new"] = 1
    assert repr(document) == before


def test_defaults_are_left_out_where_nobody_would_miss_them():
    document = Document(trigger=Trigger("Manual"), steps=(Step(1, "Wait", {}),), name="x")
    assert encode(document) == {
        "format": 1,
        "name": "x",
        "trigger": {"type": "Manual", "params": {}},
        "reentry": {"rule": "once_at_a_time"},
        "time_zone": None,
        "unsubscribed": "end",
        "steps": [{"id": 1, "action": "Wait", "params": {}}],
    }


def test_what_is_not_default_is_written_out():
    step = Step(2, "Decision", {}, {"true": ()}, published=False, notes="why")
    document = Document(
        trigger=Trigger("Manual"),
        steps=(step,),
        notes="n",
        reentry=Reentry("again_after", 3, "exit"),
    )
    data = encode(document)
    assert data["notes"] == "n"
    assert data["reentry"] == {"rule": "again_after", "days": 3, "since": "exit"}
    assert data["steps"] == [
        {
            "id": 2,
            "action": "Decision",
            "params": {},
            "branches": {"true": []},
            "published": False,
            "notes": "why",
        }
    ]


@given(steps)
def test_new_ids_are_given_in_reading_order_and_leave_all_else_alone(tree):
    numbered = with_ids(tree, count(70))
    flat = list(walk(numbered))
    assert [step.id for step in flat] == list(range(70, 70 + len(flat)))
    assert [(s.action, s.params, s.published, s.notes, list(s.branches)) for s in flat] == [
        (s.action, s.params, s.published, s.notes, list(s.branches)) for s in in_order(tree)
    ]
    assert count_steps(Document(trigger=Trigger(""), steps=tree)) == len(flat)


def in_order(tree):
    for step in tree:
        yield step
        for body in step.branches.values():
            yield from in_order(body)
