"""`journeys recipes …` and `journeys journey from-recipe`: what there is, and one of them made."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Journeys
from tests.world_host import BORN, LIST, OTHER_LIST, OWNER, HostSide

FOR = ("--user", OWNER)


@pytest.fixture
def mails(host: HostSide) -> HostSide:
    host.mail(campaigns={}, emails={7: OWNER, 8: OWNER})
    return host


def test_the_recipes_are_listed_and_shown(journeys: Journeys, mails: HostSide):
    names = [row["name"] for row in journeys.data("recipes", "list")]
    assert {"welcome-series", "birthday"} <= set(names)
    assert journeys.does("recipes", "list").splitlines()[0].split() == ["Recipe", "Title", "About"]
    text = journeys.does("recipes", "show", "birthday")
    assert "birthday, field: The field with the date" in text
    assert "SendEmail: Best wishes" in text
    shown = journeys.does("recipes", "show", "birthday", *FOR)
    assert f"The field with the date: {BORN} “Born”" in shown
    assert journeys.data("recipes", "show", "birthday", *FOR)["likely"] == {
        "list": LIST,
        "birthday": BORN,
        "greeting": 7,
    }
    assert "There is no recipe “cake”" in journeys.refuses("recipes", "show", "cake")


def test_a_journey_is_made_of_a_recipe_and_can_be_turned_on(journeys: Journeys, mails: HostSide):
    said = journeys.does(
        *("journey", "from-recipe", "birthday", *FOR, "--list", LIST, "--email", 8)
    ).splitlines()
    assert said[:3] == [
        "The list of the people: 1 “List 1”",
        f"The field with the date: {BORN} “Born”",
        "The letter of the day: 8 “E-mail 8”",
    ]
    assert said[3].startswith("Made journey 1, which is off.")
    row = journeys.data("journey", "list", *FOR)[0]
    assert (row["name"], row["status"]) == ("Birthday", "disabled")
    assert "is on" in journeys.does("journey", "enable", 1, *FOR)


def test_any_choice_can_be_made_by_its_name(journeys: Journeys, mails: HostSide):
    chosen = ("--choose", "left=basket", "--choose", f"list={OTHER_LIST}", "--choose", "last=8")
    made = journeys.data("journey", "from-recipe", "abandoned-cart", *FOR, *chosen)
    assert made["chosen"] == {
        "left": "basket",
        "list": OTHER_LIST,
        "last": 8,
        "reminder": 7,
        "bought": "purchase",
        "order": "order_id",
    }
    exported = journeys.does("journey", "export", made["journey_id"], *FOR)
    assert "event: basket" in exported


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--choose", "cake=1"), "Unknown choice"),
        (("--choose", "greeting=x"), "Choose an e-mail"),
        (("--choose", f"list={OTHER_LIST}"), "has no such field"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_made(
    journeys: Journeys, mails: HostSide, arguments, words
):
    assert words in journeys.refuses("journey", "from-recipe", "birthday", *FOR, *arguments)
    assert journeys.data("journey", "list", *FOR) == []


def test_more_emails_than_the_recipe_has_are_a_slip(journeys: Journeys, mails: HostSide):
    twice = ("--email", 7, "--email", 8)
    assert journeys("journey", "from-recipe", "birthday", *FOR, *twice).exit_code == 2
    assert journeys("journey", "from-recipe", "birthday", *FOR, "--choose", "x").exit_code == 2
