"""The recipes that come along: well made, and valid in accounts that have nothing in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from plugin.domain.catalog import Catalog, HostField, HostList, HostSegment, HostTag
from plugin.domain.codec import decode
from plugin.domain.journey import Document
from plugin.domain.program import walk
from plugin.engine import actions, triggers
from plugin.engine.documents import Checker
from plugin.engine.kinds import Action, Registry, TriggerKind, find
from plugin.engine.loops import Candidate
from plugin.engine.recipes import RecipeBook
from plugin.engine.texts import parse_text
from plugin.errors import InvalidDocument, NotFound

ANNA, BEN, CARA, DORA = 1, 2, 3, 4

#: One list, one e-mail, a date, and no tags that could be read.
POOR = Catalog(
    user_id=ANNA,
    zone="Asia/Kolkata",
    lists={900_001: HostList(900_001, "Kundenkartei 💌", double_opt_in=True)},
    fields={88: HostField(88, "Geburtstag", "", 900_001, "Date field")},
    emails={4711: ""},
    tables_of_tags=False,
    writes="api",
)
#: Names that are the likely ones, and more of everything.
RICH = Catalog(
    user_id=BEN,
    zone="UTC",
    lists={i: HostList(i, n) for i, n in {5: "Old stuff", 6: "Shop customers", 7: "News"}.items()},
    fields={
        31: HostField(31, "City", "City", 6, "Single line"),
        32: HostField(32, "Date of birth", "", 6, "Date field"),
        33: HostField(33, "Customer since", "", None, "Date field"),
        34: HostField(34, "Birthday of a friend", "", 5, "Date field"),
    },
    emails={
        60: "Spring offer",
        61: "Welcome",
        62: "Second letter",
        63: "Cart reminder",
        64: "We miss you",
        65: "Stay?",
    },
    tags={70: HostTag(70, "vip", 6), 71: HostTag(71, "inactive", 7), 72: HostTag(72, "engaged", 6)},
    segments={80: HostSegment(80, "Best ones", 6, True), 81: HostSegment(81, "Active", 6, False)},
    calls=True,
)
#: Nothing but a list and an e-mail.
BARE = replace(POOR, user_id=CARA, fields={}, writes="tables", lists={3: HostList(3, "L")})
#: One e-mail whose name fits two letters.
TORN = replace(RICH, user_id=DORA, emails={60: "Last basket"})
ACCOUNTS = {catalog.user_id: catalog for catalog in (POOR, RICH, BARE, TORN)}


class Nobody:
    """Imports nothing: these tests only read what would be imported."""

    def import_text(self, user_id: int, text: str, actor: str) -> int:
        raise AssertionError


BOOK = RecipeBook(ACCOUNTS.__getitem__, Nobody())
NAMES = [recipe.name for recipe in BOOK.all()]
CHECKER = Checker(Registry(find(Action, actions)), Registry(find(TriggerKind, triggers)))

every_recipe = pytest.mark.parametrize("name", NAMES)


def made(name: str, user_id: int, **given: Any) -> Document:
    return decode(parse_text(BOOK.text(user_id, name, given)))


def faults(document: Document, user_id: int) -> list[Any]:
    catalog = ACCOUNTS[user_id]
    found = [*CHECKER.shape(document), *CHECKER.publishable(document, catalog)]
    return found + CHECKER.circles(Candidate(1, document.name, document), [])


def test_the_recipes_are_those_that_people_expect():
    assert set(NAMES) == {
        "welcome-series",
        "abandoned-cart",
        "promotion",
        "birthday",
        "anniversary",
        "win-back",
        "re-permission",
        "list-hygiene",
    }


@every_recipe
@pytest.mark.parametrize("user_id", ACCOUNTS)
def test_a_recipe_is_valid_in_any_account_as_it_would_be_taken(name, user_id):
    if name == "birthday" and user_id == CARA:
        return  # see below: there is no day in this account
    assert faults(made(name, user_id), user_id) == []


@every_recipe
def test_a_recipe_is_valid_with_everything_chosen(name):
    """A tag is of the list that is chosen, and so is a field."""
    things: Mapping[str, Any] = {
        "list": 6,
        "email": 62,
        "field": 32,
        "tag": 72,
        "segment": 80,
        "text": "other words",
        "number": 7,
    }
    given = {c.name: things[c.kind] for c in BOOK.get(name).choices.values()}
    document = made(name, BEN, **given)
    assert faults(document, BEN) == []
    assert all(step.published for step in walk(document.steps))


@every_recipe
def test_a_recipe_says_what_it_does(name):
    recipe = BOOK.get(name)
    assert re.fullmatch(r"[a-z][a-z-]+", name)
    assert re.fullmatch(r"[A-Z].{3,60}", recipe.title)
    assert re.fullmatch(r"[A-Z].{30,250}\.", recipe.about)
    document = made(name, BEN)
    for step in _steps(recipe.journey["steps"]):
        assert re.fullmatch(r"[A-Z].{5,120}[.?]", step["notes"]), step
    labels = [choice.label for choice in recipe.choices.values()]
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"[A-Z][^.]{3,80}", label) for label in labels)
    assert document.name == recipe.title or document.name.startswith(recipe.title[:8])
    kinds = [choice.kind for choice in recipe.choices.values() if not choice.optional]
    assert {"list", "email"} <= set(kinds)


def _steps(steps: Any) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        for body in step.get("branches", {}).values():
            yield from _steps(body)


def test_the_likely_things_are_taken_by_their_names():
    cart = BOOK.prepare(BEN, "abandoned-cart", {})
    assert (cart.chosen["list"], cart.chosen["reminder"]) == (6, 63)
    assert cart.chosen["bought"] == "purchase" and "last" not in cart.chosen
    birthday = BOOK.prepare(BEN, "birthday", {})
    assert (birthday.chosen["list"], birthday.chosen["birthday"]) == (6, 32)
    anniversary = BOOK.prepare(BEN, "anniversary", {})
    assert (anniversary.chosen["day"], anniversary.chosen["tag"]) == (33, 70)
    assert BOOK.prepare(ANNA, "anniversary", {}).chosen["day"] == "SubscriptionDate"
    back = BOOK.prepare(BEN, "win-back", {})
    assert (back.chosen["list"], back.chosen["tag"], back.chosen["days"]) == (7, 71, 90)
    assert "tag" not in BOOK.prepare(BEN, "win-back", {"list": 6}).chosen
    assert BOOK.prepare(BEN, "promotion", {}).chosen["segment"] == 80
    # Several letters are several e-mails.
    welcome = BOOK.prepare(BEN, "welcome-series", {}).chosen
    assert (welcome["welcome"], welcome["next"]) == (61, 62)
    cart = BOOK.prepare(DORA, "abandoned-cart", {}).chosen
    assert cart["reminder"] == 60 and "last" not in cart


def test_without_a_choice_that_may_be_left_out_its_steps_are():
    def kinds(**given: Any) -> list[str]:
        return [step.action for step in walk(made("welcome-series", ANNA, **given).steps)]

    assert kinds() == ["SendEmail", "WaitForEvent", "Wait"]
    assert kinds(next=4711).count("SendEmail") == 2
    assert kinds(tag=5).count("AddTag") == 1


def test_what_an_account_lacks_is_said_and_nothing_is_made():
    lacking = BOOK.prepare(CARA, "birthday", {}).lacking
    assert [problem.path for problem in lacking] == ["/choices/birthday"]
    with pytest.raises(InvalidDocument, match="has no such field"):
        BOOK.text(CARA, "birthday", {})
    assert faults(made("birthday", CARA, birthday="OptInDate"), CARA) == []


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"lists": 1}, "/choices/lists"),
        ({"list": "6"}, "/choices/list"),
        ({"list": True}, "/choices/list"),
        ({"list": 0}, "/choices/list"),
        ({"left": 7}, "/choices/left"),
        ({"left": ""}, "/choices/left"),
    ],
)
def test_a_choice_of_the_wrong_kind_is_refused_by_its_name(given, path):
    with pytest.raises(InvalidDocument) as refused:
        BOOK.prepare(BEN, "abandoned-cart", given)
    (problem,) = refused.value.problems
    assert problem.path == path
    with pytest.raises(InvalidDocument):
        BOOK.prepare(BEN, "birthday", {"birthday": "Nothing"})


def test_anothers_list_is_no_choice():
    assert [f.path for f in faults(made("birthday", BEN, list=900_001, birthday=32), BEN)] != []


def test_a_recipe_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(NotFound, match="welcome-series"):
        BOOK.get("welcome")


def test_steps_name_one_another_by_ids_that_the_recipe_gives():
    for name in NAMES:
        steps = list(_steps(BOOK.get(name).journey["steps"]))
        ids = [step["id"] for step in steps]
        assert ids == list(range(1, len(ids) + 1)), name
        sends = {step["id"] for step in steps if step["action"] == "SendEmail"}
        named = {step["params"]["step"] for step in steps if "step" in step["params"]}
        assert named <= sends
