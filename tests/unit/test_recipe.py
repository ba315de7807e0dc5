"""Recipes as data: what a file may say, and what becomes of the choices in its journey."""

from __future__ import annotations

from copy import deepcopy

import pytest

from plugin.domain.recipe import filled, references
from plugin.domain.recipe_codec import decode_recipe
from plugin.errors import InvalidDocument

JOURNEY = {
    "trigger": {"type": "DateField", "params": {"list_ids": ["$list"], "field": "$day.column"}},
    "entry_criteria": {
        "all": [
            {"list": "$list", "operator": "subscribed"},
            {"tags": ["$tag"], "operator": "has_any"},
            {"any": [{"field": "$day.column", "operator": "is_set"}]},
        ]
    },
    "steps": [
        {"action": "AddTag", "params": {"tag_id": "$tag"}},
        {
            "action": "Decision",
            "params": {"n": "$days", "text": "costs $5, or $ 7, or a$list"},
            "branches": {"true": [{"action": "AddTag", "params": {"tag_id": "$tag"}}]},
        },
    ],
}
FILE = {
    "recipe": 1,
    "title": "A title",
    "about": "What it  does.\n",
    "choices": {
        "list": {"kind": "list", "label": "The list", "like": ["news"]},
        "day": {"kind": "field", "label": "A day", "of": "list", "type": "date"},
        "tag": {"kind": "tag", "label": "A tag", "of": "list", "optional": True},
        "days": {"kind": "number", "label": "How many", "default": 3},
    },
    "journey": JOURNEY,
}


def test_what_is_chosen_stands_where_it_is_named():
    recipe = decode_recipe("a", FILE)
    assert (recipe.name, recipe.title, recipe.about) == ("a", "A title", "What it does.")
    made = filled(recipe, {"list": 4, "day": 9, "tag": 12, "days": 30})
    assert made["trigger"]["params"] == {"list_ids": [4], "field": "CustomField9"}
    assert made["steps"][0]["params"] == {"tag_id": 12}
    assert made["steps"][1]["params"] == {"n": 30, "text": "costs $5, or $ 7, or a$list"}
    assert made["entry_criteria"]["all"][1] == {"tags": [12], "operator": "has_any"}
    assert list(references(made)) == []


def test_a_column_that_every_subscriber_has_goes_by_its_name():
    made = filled(decode_recipe("a", FILE), {"list": 4, "day": "OptInDate", "tag": 1, "days": 3})
    assert made["trigger"]["params"]["field"] == "OptInDate"


def test_without_an_optional_choice_all_that_needs_it_is_left_out():
    made = filled(decode_recipe("a", FILE), {"list": 4, "day": 9, "days": 30})
    assert [step["action"] for step in made["steps"]] == ["Decision"]
    assert made["steps"][0]["branches"] == {"true": []}
    assert made["entry_criteria"]["all"] == [
        {"list": 4, "operator": "subscribed"},
        {"any": [{"field": "CustomField9", "operator": "is_set"}]},
    ]


def changed(path, value):
    """The file with one thing otherwise; a value of `...` takes it away."""
    data = deepcopy(FILE)
    *way, last = path
    at = data
    for key in way:
        at = at[key]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["recipe"], 2, "/recipe"),
        (["extra"], 1, "/extra"),
        (["title"], " ", "/title"),
        (["about"], ..., "/about"),
        (["choices"], [], "/choices"),
        (["choices", "Day"], {}, "/choices/Day"),
        (["choices", "day", "kind"], "journey", "/choices/day/kind"),
        (["choices", "day", "label"], 3, "/choices/day/label"),
        (["choices", "day", "likes"], [], "/choices/day/likes"),
        (["choices", "list", "like"], ["News"], "/choices/list/like"),
        (["choices", "day", "of"], ..., "/choices/day/of"),
        (["choices", "day", "of"], "tag", "/choices/day/of"),
        (["choices", "list", "of"], "list", "/choices/list/of"),
        (["choices", "list", "type"], "date", "/choices/list/type"),
        (["choices", "day", "type"], "number", "/choices/day/type"),
        (["choices", "tag", "optional"], "yes", "/choices/tag/optional"),
        (["choices", "days", "default"], ..., "/choices/days/default"),
        (["choices", "days", "default"], "3", "/choices/days/default"),
        (["choices", "list", "default"], 3, "/choices/list/default"),
        (["choices", "more"], {"kind": "email", "label": "Unused"}, "/choices/more"),
        (["journey"], "x", "/journey"),
        (["journey", "steps"], ["$nobody"], "/journey"),
        (["journey", "steps"], ["$list.column", "$tag", "$days"], "/journey"),
        (["journey", "name"], "$tag", "/journey"),
    ],
)
def test_each_fault_of_a_file_has_its_place(path, value, where):
    with pytest.raises(InvalidDocument) as refused:
        decode_recipe("a", changed(path, value))
    assert where in [problem.path for problem in refused.value.problems]
    assert all(problem.text.endswith(".") for problem in refused.value.problems)


def test_a_file_that_is_no_mapping_is_none():
    with pytest.raises(InvalidDocument):
        decode_recipe("a", [FILE])
