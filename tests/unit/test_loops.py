"""The proof at publish: no way round through the owner's journeys without a wait."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from plugin.domain.codec import decode
from plugin.engine import actions, triggers
from plugin.engine.kinds import Action, Cause, Registry, TriggerKind, find
from plugin.engine.loops import Candidate, LoopProof
from tests.documents import decide, journey, off, rule, step, update, wait

ACTIONS = Registry(find(Action, actions))
ASKED = {"all": [rule("EmailAddress", "is_set")]}


class FieldChanged(TriggerKind):
    """A trigger of tomorrow: one file, and the proof knows it."""

    name = "FieldChanged"
    label = "A field changes"
    icon = "field"
    example = {}
    listens_to = ("field_changed",)

    def may_hear(self, cause: Cause) -> bool:
        return cause.type == "field_changed" and cause.field_id == 3


TRIGGERS = Registry([*find(TriggerKind, triggers), FieldChanged])


def start(journey_id: int):
    return step("StartJourney", journey_id=journey_id)


def subscribe(list_id: int):
    return step("Subscribe", list_id=list_id)


def unsubscribe(list_id: int | None):
    return step("Unsubscribe", list_id=list_id)


def a_journey(number: int, *steps, lists=None, trigger=None) -> Candidate:
    """Its steps are numbered from 1 in reading order. Lists: of its subscription trigger."""
    text = json.loads(journey(*steps, lists=lists, name=f"J{number}"))
    if trigger is not None:
        text["trigger"] = trigger
    numbers = iter(range(1, 100))
    _number(text["steps"], numbers)
    return Candidate(number, f"J{number}", decode(text))


def _number(steps, numbers) -> None:
    for one in steps:
        one["id"] = next(numbers)
        for body in one.get("branches", {}).values():
            _number(body, numbers)


def left(lists: Sequence[int] = ()) -> dict:
    return {"type": "ListUnsubscription", "params": {"list_ids": list(lists)}}


def proof(this: Candidate, *others: Candidate) -> list[tuple[str, str]]:
    found = LoopProof(ACTIONS, TRIGGERS).problems(this, others)
    return [(p.path, p.text) for p in found]


def paths(this: Candidate, *others: Candidate) -> list[str]:
    return [path for path, _ in proof(this, *others)]


def test_a_journey_that_starts_itself_is_refused_with_the_way_in_words():
    (found,) = proof(a_journey(1, update(3, "x"), start(1)))
    assert found == (
        "/steps/1",
        "People would go round in a circle without a wait: “J1” (step 2, Start a journey) → “J1”."
        " Put a Wait into one of these journeys.",
    )


def test_a_wait_before_the_step_breaks_the_circle():
    assert paths(a_journey(1, wait(1, "seconds"), start(1))) == []


def test_a_wait_below_the_step_does_not():
    assert paths(a_journey(1, start(1), wait(1, "days"))) == ["/steps/0"]


def test_a_wait_that_is_off_is_no_wait():
    assert paths(a_journey(1, off(wait(1, "days")), start(1))) == ["/steps/1"]


def test_a_step_that_is_off_starts_nothing():
    assert paths(a_journey(1, off(start(1)))) == []


def test_a_way_round_through_several_journeys_is_told_in_full():
    (found,) = proof(a_journey(1, start(2)), a_journey(2, start(3)), a_journey(3, start(1)))
    assert (
        "“J1” (step 1, Start a journey) → “J2”; “J2” (step 1, Start a journey) → “J3”;"
        " “J3” (step 1, Start a journey) → “J1”"
    ) in found[1]


def test_a_wait_in_any_of_them_is_enough():
    second = a_journey(2, wait(1, "hours"), start(3))
    assert paths(a_journey(1, start(2)), second, a_journey(3, start(1))) == []


def test_journeys_that_are_off_are_not_given_and_close_no_circle():
    assert paths(a_journey(1, start(2)), a_journey(3, start(1))) == []


def test_a_circle_of_others_is_not_held_against_this_one():
    second, third = a_journey(2, start(3)), a_journey(3, start(2))
    assert paths(a_journey(1, start(2)), second, third) == []


def test_the_draft_counts_and_not_what_is_live_of_the_same_journey():
    assert paths(a_journey(1, wait(), start(1)), a_journey(1, start(1))) == []
    assert paths(a_journey(1, start(1)), a_journey(1, wait(), start(1))) == ["/steps/0"]


def test_every_step_that_closes_a_circle_is_named_once():
    assert paths(a_journey(1, start(1), start(2), start(1)), a_journey(2, start(1))) == [
        "/steps/0",
        "/steps/1",
        "/steps/2",
    ]


@pytest.mark.parametrize(
    ("true", "false", "found"),
    [
        ([wait()], [], ["/steps/1"]),
        ([], [wait()], ["/steps/1"]),
        ([wait()], [wait()], []),
        ([wait()], [off(wait())], ["/steps/1"]),
        ([wait()], [decide(ASKED, [wait()], [wait()])], []),
        ([wait()], [decide(ASKED, [wait()], [])], ["/steps/1"]),
        ([step("ExitThisJourney")], [wait()], []),
    ],
)
def test_one_branch_without_a_wait_makes_the_way_round_waitless(true, false, found):
    assert paths(a_journey(1, decide(ASKED, true, false), start(1))) == found


def test_a_branch_of_a_decision_that_is_off_is_not_taken():
    assert paths(a_journey(1, off(decide(ASKED, [start(1)], [wait()])))) == []


def test_the_place_of_a_step_in_a_branch_is_told():
    inside = decide(ASKED, [wait()], [update(3, "x"), start(1)])
    assert paths(a_journey(1, inside)) == ["/steps/0/branches/false/1"]


def test_nobody_comes_past_a_step_that_ends():
    for name in ("ExitThisJourney", "ExitAllJourneys"):
        assert paths(a_journey(1, step(name), start(1))) == []
    assert paths(a_journey(1, step("ExitAllOtherJourneys"), start(1))) == ["/steps/1"]


def test_whom_the_list_does_not_let_go_may_come_past_a_deletion():
    assert paths(a_journey(1, step("DeleteSubscriber"), start(1))) == ["/steps/1"]


def test_subscribing_to_a_list_whose_trigger_starts_a_journey_closes_a_circle():
    assert paths(a_journey(1, subscribe(7), lists=[7, 8])) == ["/steps/0"]
    assert paths(a_journey(1, subscribe(7), lists=[])) == ["/steps/0"]
    assert paths(a_journey(1, subscribe(7), lists=[8])) == []
    two = a_journey(2, subscribe(8), lists=[7])
    (found,) = proof(a_journey(1, subscribe(7), lists=[8]), two)
    assert "(step 1, Subscribe) → “J2”; “J2” (step 1, Subscribe) → “J1”" in found[1]


def test_leaving_a_list_closes_a_circle_with_a_journey_for_those_who_leave():
    back = a_journey(2, start(1), trigger=left([7]))
    assert paths(a_journey(1, unsubscribe(7)), back) == ["/steps/0"]
    assert paths(a_journey(1, unsubscribe(8)), back) == []


def test_the_list_on_which_they_are_may_be_any_list():
    back = a_journey(2, start(1), trigger=left([7]))
    assert paths(a_journey(1, unsubscribe(None)), back) == ["/steps/0"]


def test_triggers_that_hear_something_else_close_nothing():
    opened = {"type": "EmailOpen", "params": {"email_ids": [1]}}
    two = a_journey(2, subscribe(7), trigger=opened)
    assert paths(a_journey(1, subscribe(7), lists=[8]), two) == []


def test_a_trigger_of_tomorrow_is_known_by_what_it_hears():
    changed = {"type": "FieldChanged", "params": {}}
    assert paths(a_journey(1, update(3, "x"), trigger=changed)) == ["/steps/0"]
    assert paths(a_journey(1, update(4, "x"), trigger=changed)) == []


def test_kinds_that_are_not_installed_cause_and_hear_nothing():
    gone = a_journey(2, step("Gone"), start(1), trigger={"type": "Lost", "params": {}})
    assert paths(a_journey(1, start(2)), gone) == ["/steps/0"]
    assert paths(a_journey(1, subscribe(7)), gone) == []


def test_five_hundred_journeys_in_a_ring_are_proved_at_once():
    ring = [a_journey(n, start(n % 500 + 1)) for n in range(1, 501)]
    (found,) = proof(ring[0], *ring[1:])
    assert found[1].count("→") == 500


def completed(journey_id: int) -> dict:
    return {"type": "JourneyCompleted", "params": {"journey_id": journey_id}}


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([update(3, "x")], ["/steps/0"]),
        ([update(3, "x"), off(update(3, "y"))], ["/steps/1"]),
        ([decide(ASKED, [wait(1, "days")], [])], ["/steps/0"]),
        ([update(3, "x"), wait(1, "days")], []),
        ([step("ExitThisJourney")], []),
    ],
)
def test_completing_a_journey_lets_into_the_one_that_follows_upon_it(steps, found):
    back = a_journey(2, start(1), trigger=completed(1))
    assert paths(a_journey(1, *steps), back) == found


def test_completing_another_journey_closes_nothing():
    assert paths(a_journey(1, update(3, "x")), a_journey(2, start(1), trigger=completed(7))) == []


def test_a_date_lets_a_person_in_once_and_so_closes_nothing():
    date = {"type": "DateField", "params": {"field": "CustomField3", "at": "09:00"}}
    assert paths(a_journey(1, update(3, "2026-01-01"), trigger=date)) == []
