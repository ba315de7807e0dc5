"""Problems are told a hundred at a time, whoever finds them."""

import json
from itertools import count

import pytest

from plugin.domain.codec import decode
from plugin.domain.criteria_codec import decode_criteria
from plugin.domain.problems import MORE, MOST_PROBLEMS, Problems, first_of
from plugin.engine import actions, triggers
from plugin.engine.documents import Checker
from plugin.engine.kinds import Action, Registry, TriggerKind, find
from plugin.errors import InvalidDocument, Problem
from tests.documents import journey, wait

CHECKER = Checker(Registry(find(Action, actions)), Registry(find(TriggerKind, triggers)))


def from_steps(n):
    with pytest.raises(InvalidDocument) as refused:
        decode(json.loads(journey(*([7] * n))))
    return refused.value.problems


def from_keys(n):
    data = json.loads(journey(wait(1))) | {f"key{i}": i for i in range(n)}
    with pytest.raises(InvalidDocument) as refused:
        decode(data)
    return refused.value.problems


def from_criteria(n):
    with pytest.raises(InvalidDocument) as refused:
        decode_criteria({"all": [7] * n})
    return refused.value.problems


def from_parameters(n):
    return CHECKER.shape(decode(json.loads(journey(*([wait(0)] * n)))))


def from_the_trigger(n):
    return CHECKER.shape(decode(json.loads(journey(wait(1), lists=(0,) * n))))


FINDERS = [from_steps, from_keys, from_criteria, from_parameters, from_the_trigger]


@pytest.mark.parametrize("found_by", FINDERS)
def test_a_hundred_problems_are_all_told(found_by):
    found = found_by(MOST_PROBLEMS)
    assert len(found) == MOST_PROBLEMS
    assert MORE not in found


@pytest.mark.parametrize("found_by", FINDERS)
@pytest.mark.parametrize("n", [MOST_PROBLEMS + 1, 400])
def test_of_more_the_last_line_says_that_there_are_more(found_by, n):
    found = found_by(n)
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1] == MORE
    assert found.count(MORE) == 1
    assert "and more" in MORE.text


def test_what_is_not_told_is_not_looked_for():
    found = first_of(Problem(f"/{n}", "wrong") for n in count())
    assert [problem.path for problem in found] == [*(f"/{n}" for n in range(MOST_PROBLEMS)), ""]


def test_nothing_wrong_is_no_problem():
    assert not Problems()
    assert first_of([]) == []
