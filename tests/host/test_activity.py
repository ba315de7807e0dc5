"""Rules about opens and clicks: which rows count, when they happened, and how many there are."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from plugin.domain.criteria import ActivityRule, Answer, Condition, Rule
from plugin.errors import CannotEvaluate
from tests.host.world import FOREIGN_LIST, LIST, NOW, OTHER_LIST, STRANGER, World

MAY, JUNE = "2026-05-31 22:30:00", "2026-06-15 09:00:00"
#: Names of opens of the same day.
TODAY = {"today", "first today", "late today"}
ZERO = "0000-00-00 00:00:00"
SHOP = "https://example.com/Shop?id=1&x=100%_"


@pytest.fixture
def ann(world: World) -> World:
    world.subscribe({1: "ann@example.com"})
    return world


def ask(world: World, activity: str, today: datetime = NOW, **more: Any) -> Answer:
    """Ann's answer."""
    return world.ask_all(ActivityRule(activity, **more), today=today)[1][0]


def count(world: World, activity: str = "opened", **more: Any) -> int:
    """How many count for Ann."""
    return int((ask(world, activity, **more).seen or "").split()[0])


def test_having_opened_or_not_are_opposites_and_say_how_often(ann: World) -> None:
    assert ask(ann, "opened") == Answer(False, "0 opens")
    assert ask(ann, "not_opened") == Answer(True, "0 opens")
    ann.open(MAY)
    assert ask(ann, "opened") == Answer(True, "1 open")
    ann.open(JUNE)
    assert ask(ann, "opened") == Answer(True, "2 opens")
    assert ask(ann, "not_opened") == Answer(False, "2 opens")


def test_clicks_are_counted_apart_from_opens(ann: World) -> None:
    ann.open(MAY, JUNE)
    assert ask(ann, "clicked") == Answer(False, "0 clicks")
    ann.click(MAY)
    assert ask(ann, "clicked") == Answer(True, "1 click")
    assert ask(ann, "not_clicked") == Answer(False, "1 click")
    assert ask(ann, "opened").seen == "2 opens"


def test_each_person_has_their_own(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "bob@example.com", 3: "cem@example.com"})
    world.open(MAY)
    world.open(MAY, JUNE, RelSubscriberID=3)
    answers = world.ask_all(ActivityRule("opened", count=Condition("at_least", 2)))
    seen = {person: tuple(answer) for person, (answer,) in answers.items()}
    assert seen == {1: (False, "1 open"), 2: (False, "0 opens"), 3: (True, "2 opens")}


@pytest.mark.parametrize(
    ("operator", "value", "true_for"),
    [
        ("at_least", 1, {1, 2, 3}),
        ("at_least", 2, {2, 3}),
        ("at_least", 4, set()),
        ("at_most", 0, {0}),
        ("at_most", 2, {0, 1, 2}),
        ("exactly", 0, {0}),
        ("exactly", 2, {2}),
    ],
)
def test_each_count_is_true_for_the_numbers_that_the_table_names(
    world: World, operator: str, value: int, true_for: set[int]
) -> None:
    world.subscribe({10 + n: f"p{n}@example.com" for n in range(4)})
    for n in range(1, 4):
        world.click(*[MAY] * n, RelSubscriberID=10 + n)
    answers = world.ask_all(ActivityRule("clicked", count=Condition(operator, value)))
    assert {person - 10 for person, (answer,) in answers.items() if answer.truth} == true_for


@pytest.mark.parametrize(
    ("operator", "value", "counted"),
    [
        ("in_last_days", 1, TODAY),
        ("in_last_days", 15, {"May 31"} | TODAY),
        ("not_in_last_days", 1, {"May 31", "1999"}),
        ("not_in_last_days", 15, {"1999"}),
        ("between", ["2026-05-31", "2026-06-14"], {"May 31"}),
        ("between", ["2026-05-31", "2026-06-15"], {"May 31"} | TODAY),
        ("between", ["2026-06-15", "2026-05-31"], set()),
        ("not_between", ["2026-05-31", "2026-06-14"], {"1999"} | TODAY),
        ("before", "2026-05-31", {"1999"}),
        ("before", "2026-06-15", {"1999", "May 31"}),
        ("after", "2026-05-31", TODAY),
        ("after", "2026-06-15", set()),
    ],
)
def test_each_time_counts_what_the_table_names_and_never_what_has_no_date(
    world: World, operator: str, value: Any, counted: set[str]
) -> None:
    happened = {
        "May 31": MAY,
        "today": JUNE,
        "first today": "2026-06-15 00:00:00",
        "late today": "2026-06-15 23:59:59",
        "1999": "1999-12-31 12:00:00",
        "never": ZERO,
    }
    world.subscribe({n: f"p{n}@example.com" for n in range(1, len(happened) + 1)})
    for n, moment in enumerate(happened.values(), 1):
        world.open(moment, RelSubscriberID=n)
    answers = world.ask_all(ActivityRule("opened", when=Condition(operator, value)))
    names = dict(enumerate(happened, 1))
    assert {names[person] for person, (answer,) in answers.items() if answer.truth} == counted


def test_what_has_no_date_counts_when_no_time_is_asked_for(ann: World) -> None:
    ann.open(ZERO)
    assert count(ann) == 1


def test_the_time_narrows_before_the_counting(ann: World) -> None:
    ann.open(MAY, MAY, JUNE)
    twice = Condition("at_least", 2)
    assert ask(ann, "opened", count=twice, when=Condition("in_last_days", 7)) == (False, "1 open")
    assert ask(ann, "opened", count=twice, when=Condition("before", "2026-06-01")) == (
        True,
        "2 opens",
    )
    assert ask(ann, "not_opened", when=Condition("after", "2026-06-15")) == (True, "0 opens")


@pytest.mark.parametrize(("zone", "counted"), [("UTC", 0), ("Europe/Oslo", 1), ("Asia/Tokyo", 1)])
def test_days_are_those_of_the_zone_of_the_journey(ann: World, zone: str, counted: int) -> None:
    """22:30 UTC on 31 May is 1 June further east."""
    ann.open(MAY)
    today = datetime(2026, 6, 15, 12, tzinfo=ZoneInfo(zone))
    when = Condition("between", ["2026-06-01", "2026-06-02"])
    assert count(ann, today=today, when=when) == counted


def test_the_hosts_dates_are_those_of_the_hosts_zone(ann: World) -> None:
    ann.open("2026-06-01 01:00:00")
    when = Condition("before", "2026-06-01")
    assert count(ann, when=when) == 0
    with ann.as_set(zone="Europe/Oslo") as in_oslo:
        assert count(in_oslo, when=when) == 1


def test_chosen_campaigns_and_emails_are_counted_alone(ann: World) -> None:
    ann.open(MAY, RelCampaignID=5, RelEmailID=50)
    ann.open(MAY, RelCampaignID=5, RelEmailID=51)
    ann.open(MAY, RelCampaignID=6, RelEmailID=50)
    ann.open(MAY, RelCampaignID=0, RelEmailID=52)
    asked = [
        {},
        {"campaigns": (5,)},
        {"campaigns": (5, 6)},
        {"campaigns": (7,)},
        {"emails": (50,)},
        {"emails": (51, 52)},
        {"campaigns": (5,), "emails": (50,)},
    ]
    assert [count(ann, **more) for more in asked] == [4, 2, 3, 0, 2, 2, 1]


def test_several_rules_are_counted_each_by_itself(ann: World) -> None:
    ann.open(MAY, RelCampaignID=5)
    ann.open(JUNE, JUNE, RelCampaignID=6)
    ann.click(JUNE, RelCampaignID=6)
    rules = [
        ActivityRule("opened", campaigns=(5,)),
        Rule("EmailAddress", "is", "ann@example.com"),
        ActivityRule("clicked", campaigns=(5,)),
        ActivityRule("not_opened", when=Condition("in_last_days", 1)),
        ActivityRule("clicked"),
    ]
    assert [tuple(answer) for answer in ann.ask_all(*rules)[1]] == [
        (True, "1 open"),
        (True, "ann@example.com"),
        (False, "0 clicks"),
        (False, "2 opens"),
        (True, "1 click"),
    ]


@pytest.mark.parametrize(
    ("operator", "value", "truth"),
    [
        ("is", SHOP, True),
        ("is", SHOP.replace("Shop", "shop"), True),
        ("is", SHOP + " ", False),
        ("is", "https://example.com/Shop", False),
        ("is", "%", False),
        ("begins_with", "https://example.com/shop", True),
        ("begins_with", "example.com", False),
        ("begins_with", "_", False),
        ("contains", "id=1&x=100%_", True),
        ("contains", "100__", False),
        ("contains", "😀", False),
        ("contains", "' OR 1=1 -- ", False),
        ("contains", "!", False),
    ],
)
def test_an_address_is_met_by_its_letters_alone(
    ann: World, operator: str, value: str, truth: bool
) -> None:
    ann.click(MAY, LinkURL=SHOP)
    ann.click(MAY, LinkURL="https://example.org/")
    answer = ask(ann, "clicked", url=Condition(operator, value))
    assert answer == (truth, "1 click" if truth else "0 clicks")


def test_robots_do_not_count(ann: World) -> None:
    ann.open(MAY, IsAutomated=1)
    ann.open(MAY, IsAutomated=0)
    ann.click(MAY, IsAutomated=1)
    assert count(ann) == 1
    assert ask(ann, "clicked") == (False, "0 clicks")


@pytest.mark.parametrize(
    ("kind", "robot", "person"),
    [("VARCHAR(5)", "Yes", "No"), ("VARCHAR(5)", "true", "false"), ("VARCHAR(5)", "1", "")],
)
def test_robots_are_known_by_words_too(
    fresh_world: World, kind: str, robot: str, person: str
) -> None:
    table = "oempro_stats_open"
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN IsAutomated"))
        connection.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN IsAutomated {kind}"))
    fresh_world.schema.forget()
    fresh_world.subscribe({1: "ann@example.com"})
    for flag in (robot, person, None):
        fresh_world.open(MAY, IsAutomated=flag)
    assert count(fresh_world) == 2


def test_where_the_host_does_not_tell_robots_everything_counts(fresh_world: World) -> None:
    fresh_world.subscribe({1: "ann@example.com"})
    fresh_world.open(MAY, IsAutomated=1)
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE oempro_stats_open DROP COLUMN IsAutomated"))
    fresh_world.schema.forget()
    assert count(fresh_world) == 1


def test_rows_of_other_lists_and_accounts_do_not_count(ann: World) -> None:
    ann.open(MAY, RelListID=OTHER_LIST)
    ann.open(MAY, RelListID=FOREIGN_LIST, RelOwnerUserID=STRANGER)
    ann.open(MAY, RelOwnerUserID=STRANGER, RelCampaignID=5)
    assert count(ann) == 0
    assert count(ann, campaigns=(5,)) == 0


@pytest.mark.parametrize(
    ("statement", "activity", "more"),
    [
        ("DROP TABLE oempro_stats_open", "opened", {}),
        ("DROP TABLE oempro_stats_link", "not_clicked", {}),
        ("ALTER TABLE oempro_stats_open DROP COLUMN RelEmailID", "opened", {"emails": (1,)}),
        (
            "ALTER TABLE oempro_stats_link DROP COLUMN LinkURL",
            "clicked",
            {"url": Condition("is", "x")},
        ),
    ],
)
def test_without_the_table_or_the_column_there_is_no_answer(
    fresh_world: World, statement: str, activity: str, more: Any
) -> None:
    fresh_world.subscribe({1: "ann@example.com"})
    ask(fresh_world, activity, **more)
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text(statement))
    with pytest.raises(CannotEvaluate) as refused:
        ask(fresh_world, activity, **more)
    assert refused.value.code == "activity_missing"
    assert statement.split()[2] in str(refused.value)


def test_clicks_can_be_counted_where_no_address_is_kept(fresh_world: World) -> None:
    fresh_world.subscribe({1: "ann@example.com"})
    fresh_world.click(MAY)
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE oempro_stats_link DROP COLUMN LinkURL"))
    assert ask(fresh_world, "clicked").truth


def test_a_list_that_nobody_owns_any_more_has_no_answers(ann: World) -> None:
    lists = ann.tables.subscriber_lists
    with ann.engine.begin() as connection:
        connection.execute(sa.delete(lists).where(lists.c.ListID == LIST))
    with pytest.raises(CannotEvaluate) as refused:
        ask(ann, "opened")
    assert refused.value.code == "list_missing"
