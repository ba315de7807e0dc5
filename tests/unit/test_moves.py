"""Each outcome at each place: where the person stands then, until when, and what is counted."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin.domain.enrollment import (
    Branch,
    End,
    Failed,
    Hold,
    Member,
    Next,
    Position,
    Standing,
    Stay,
    Until,
)
from plugin.domain.journey import Document, Reentry, Trigger
from plugin.domain.program import Step, lay_flat
from plugin.engine.moves import HOLD_RETRY, MAX_TRIES, RETRY_BASE, RETRY_MAX, Mover
from plugin.engine.ports import Version

NOW = datetime(2026, 5, 31, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=2)
LATER = NOW + timedelta(days=1)

#: 1 · 2 (true: 3 · 4, false: empty) · 5
STEPS = (
    Step(1, "X", {}),
    Step(2, "X", {}, {"true": (Step(3, "X", {}), Step(4, "X", {})), "false": ()}),
    Step(5, "X", {}),
)
DEFAULT = Reentry()
BELOW = {1: 2, 2: 5, 3: 4, 4: 5, 5: None}


def version(reentry):
    document = Document(trigger=Trigger("Manual"), steps=STEPS, reentry=reentry)
    return Version(70, 60, 50, 1, document, lay_flat(STEPS), "UTC")


def standing(step=1, attempts=0):
    member = Member(9, 8, "active", 4, 3, attempts, EARLIER)
    at = Position(70, step, 40)
    return Standing(member, 50, 60, at, due_at=EARLIER, visit=4, attempts=attempts)


def apply(outcome, of=None, dice=0.5, reentry=DEFAULT):
    of = of or standing()
    mover = Mover(lambda: dice)
    word, branch, counts = mover.apply(version(reentry), of, outcome, NOW)
    return of, word, branch, [(c.step_id, c.figure, c.remark, c.n) for c in counts]


@pytest.mark.parametrize(("step", "below"), [item for item in BELOW.items() if item[1]])
@pytest.mark.parametrize(
    ("outcome", "word"), [(Next(), "next"), (Until(NOW), "until"), (Until(EARLIER), "until")]
)
def test_next_and_a_wait_that_is_over_lead_to_the_step_below(step, below, outcome, word):
    stands, said, branch, counts = apply(outcome, standing(step))
    assert (stands.state, stands.position) == ("active", Position(70, below, 40))
    assert stands.arrived and stands.due_at == EARLIER
    assert (said, branch) == (word, None)
    assert counts == [(step, "left", "", 1), (below, "arrived", "", 1)]


def test_below_the_last_step_the_journey_is_completed():
    stands, word, _, counts = apply(Next(), standing(5))
    assert (stands.state, stands.end_reason, stands.due_at) == ("ended", "completed", None)
    assert (word, stands.position.step_id, stands.arrived) == ("next", 5, False)
    assert counts == [(5, "left", "", 1), (0, "ended", "completed", 1)]


@pytest.mark.parametrize(
    ("step", "name", "target"),
    [(2, "true", 3), (2, "false", 5), (2, "absent", 5), (1, "true", 2), (3, "true", 4)],
)
def test_a_branch_leads_into_its_first_step_or_below(step, name, target):
    stands, word, branch, counts = apply(Branch(name), standing(step))
    assert stands.position.step_id == target
    assert (word, branch) == ("branch", name)
    assert counts == [(step, "left", f"branch:{name}", 1), (target, "arrived", "", 1)]


def test_an_empty_branch_of_the_last_step_completes_the_journey():
    stands, word, branch, counts = apply(Branch("true"), standing(5))
    assert (stands.state, stands.end_reason) == ("ended", "completed")
    assert (word, branch) == ("branch", "true")
    assert counts == [(5, "left", "branch:true", 1), (0, "ended", "completed", 1)]


def test_a_wait_stays_until_its_instant_and_is_not_counted():
    stands, word, _, counts = apply(Until(LATER), standing(1, attempts=3))
    assert (stands.state, stands.due_at, stands.position.step_id) == ("waiting", LATER, 1)
    assert (word, counts, stands.arrived, stands.attempts) == ("until", [], False, 0)


def test_a_wait_of_one_microsecond_is_a_wait():
    stands, *_ = apply(Until(NOW + timedelta(microseconds=1)))
    assert stands.state == "waiting"


def test_stay_runs_the_same_step_again():
    stands, word, _, counts = apply(Stay(LATER))
    assert (stands.state, stands.due_at, stands.position.step_id) == ("active", LATER, 1)
    assert (word, counts) == ("stay", [])


@pytest.mark.parametrize(("dice", "factor"), [(0.0, 0.9), (0.5, 1.0), (0.999, 1.0998)])
def test_hold_looks_again_after_a_while_and_counts_no_try(dice, factor):
    stands, word, _, counts = apply(Hold("field_missing", "Gone."), dice=dice)
    assert (stands.state, stands.cause, stands.cause_text) == ("held", "field_missing", "Gone.")
    assert stands.due_at == NOW + HOLD_RETRY * factor
    assert (word, counts, stands.attempts, stands.position.step_id) == ("hold", [], 0, 1)


def test_failures_are_tried_again_after_fifteen_minutes_doubling_and_then_parked():
    stands, pauses, words = standing(), [], []
    for _ in range(MAX_TRIES):
        stands, word, _, counts = apply(Failed("bad_value", "No."), stands)
        words.append(word)
        pauses.append(stands.due_at and (stands.due_at - NOW) / timedelta(minutes=1))
        assert counts == [] and stands.position.step_id == 1
        assert (stands.cause, stands.cause_text) == ("bad_value", "No.")
    assert pauses == [15, 30, 60, 120, 240, None]
    assert words == ["failed"] * 5 + ["parked"]
    assert (stands.state, stands.attempts) == ("parked", 6)


def test_pauses_never_grow_beyond_six_hours_and_are_spread_by_a_tenth():
    assert RETRY_BASE * 2 ** (MAX_TRIES - 2) <= RETRY_MAX
    least, *_ = apply(Failed("x", "y"), dice=0.0)
    most, *_ = apply(Failed("x", "y"), dice=0.999999)
    assert least.due_at == NOW + RETRY_BASE * 0.9
    assert NOW + RETRY_BASE * 1.09 < most.due_at < NOW + RETRY_BASE * 1.1


@pytest.mark.parametrize("outcome", [Next(), Branch("true"), Until(NOW), Until(LATER), End("x")])
def test_a_step_that_worked_forgets_earlier_failures(outcome):
    stands = standing(2, attempts=4)
    stands.cause, stands.cause_text = "bad_value", "No."
    apply(outcome, stands)
    assert (stands.attempts, stands.cause, stands.cause_text) == (0, None, None)


@pytest.mark.parametrize("step", [1, 3, 5])
def test_an_end_leaves_where_it_stands_with_its_reason(step):
    stands, word, _, counts = apply(End("exited"), standing(step))
    assert (stands.state, stands.due_at, stands.end_reason) == ("ended", None, "exited")
    assert (word, stands.position.step_id) == ("end", step)
    assert counts == [(step, "left", "end:exited", 1), (0, "ended", "exited", 1)]


@pytest.mark.parametrize("ending", [End("exited"), Next()])
@pytest.mark.parametrize(
    ("reentry", "frees", "reopens"),
    [
        (Reentry("once_ever"), False, None),
        (Reentry("once_at_a_time"), True, None),
        (Reentry("every_time"), False, None),
        (Reentry("again_after", 3, "entry"), False, None),
        (Reentry("again_after", 3, "exit"), False, NOW + timedelta(days=3)),
    ],
)
def test_the_rule_of_reentry_decides_when_the_key_is_free_again(ending, reentry, frees, reopens):
    stands, *_ = apply(ending, standing(5), reentry=reentry)
    assert (stands.frees_key, stands.reopens_at) == (frees, reopens)


@pytest.mark.parametrize(
    ("outcome", "kept"),
    [
        (Next({"a": 1}), {"a": 1}),
        (Next(), None),
        (Branch("true", {"a": 1}), {"a": 1}),
        (Until(LATER, {"a": 1}), {"a": 1}),
        (End("exited", {"a": 1}), {"a": 1, "reason": "exited"}),
        (
            Hold("gone", "It is gone.", {"a": 1}),
            {
                "a": 1,
                "code": "gone",
                "reason": "It is gone.",
                "next_at": "2026-05-31T12:05:00+00:00",
            },
        ),
        (
            Failed("bad", "It is bad.", {"a": 1}),
            {
                "a": 1,
                "code": "bad",
                "reason": "It is bad.",
                "attempt": 1,
                "next_at": "2026-05-31T12:15:00+00:00",
            },
        ),
    ],
)
def test_history_keeps_the_reason_and_when_it_is_tried_again(outcome, kept):
    stands, *_ = apply(outcome)
    assert Mover(lambda: 0.5).detail(stands, outcome) == kept


def test_who_is_parked_is_tried_again_by_nobody():
    outcome = Failed("bad", "It is bad.")
    stands, *_ = apply(outcome, standing(attempts=MAX_TRIES - 1))
    detail = Mover(lambda: 0.5).detail(stands, outcome)
    assert detail == {"code": "bad", "reason": "It is bad.", "attempt": MAX_TRIES}


def test_counts_name_owner_journey_and_version():
    _, _, counts = Mover(lambda: 0.5).apply(version(DEFAULT), standing(), Next(), NOW)
    assert {(c.user_id, c.journey_id, c.version_id) for c in counts} == {(50, 60, 70)}
