"""UpdateCustomFieldValue: fixed and made-up values; one person's bad value stays theirs."""

from datetime import timedelta

from plugin.engine.moves import MAX_TRIES
from tests.documents import journey, update, wait
from tests.world_host import (
    BORN,
    CITY,
    LANGUAGE,
    LEVEL,
    LIST,
    ORDERS,
    OTHER_LIST,
    OTHERS_CITY,
    OWNER,
    SHORT,
)


def test_a_fixed_value_is_written_for_everybody_who_comes_by_and_for_nobody_else(world):
    world.publish(journey(update(LEVEL, "gold")))
    inside = world.host.subscribe(3)
    (outside,) = world.host.subscribe(1)
    world.enter(inside)
    world.run()
    assert world.host.values(LEVEL) == {**dict.fromkeys(inside, "gold"), outside: None}
    (line,) = world.history(world.person(inside[0])["id"])
    assert line["detail"] == {"field": LEVEL, "value": "gold"}


def test_merge_tags_give_each_person_their_own_value(world):
    value = '{{ Subscriber:City|"?" }} %Subscriber:Orders% {{ Journey:Name }} {{ List:ListID }}'
    published = world.publish(journey(update(LEVEL, value), name="Greet"))
    people = world.host.subscribe(
        [
            {"CustomField3": "Oslo", "CustomField5": 7},
            {"CustomField3": "", "CustomField5": None},
            {"CustomField3": "{{ Subscriber:EmailAddress }}", "CustomField5": -1},
            {"CustomField3": "😀 'n\\\"%s", "CustomField5": 0},
        ]
    )
    world.enter(people)
    world.run()
    assert list(world.host.values(LEVEL).values()) == [
        "Oslo 7 Greet 1",
        "?  Greet 1",
        "{{ Subscriber:EmailAddress }} -1 Greet 1",
        world.host.kept("😀 'n\\\"%s 0 Greet 1"),
    ]
    assert world.states(published) == ["ended"] * 4


def test_the_tags_of_journey_step_and_list_are_known(world):
    value = "{{ Journey:JourneyID }}/{{ Journey:ActionID }}/{{ Subscriber:City }}/{{ List:Name }}"
    published = world.publish(journey(update(LEVEL, value)))
    (ann,) = world.enter(world.host.subscribe([{"CustomField3": "x"}]))
    world.run()
    assert world.host.values(LEVEL) == {ann: f"{published.id}/{published.steps[0]}/x/List 1"}


def test_an_empty_value_empties_the_field(world):
    world.publish(journey(update(LEVEL, ""), update(ORDERS, "")))
    (ann,) = world.enter(world.host.subscribe([{"CustomField4": "old", "CustomField5": 4}]))
    world.run()
    assert world.host.values(LEVEL)[ann] in ("", None)
    assert world.host.values(ORDERS) == {ann: world.host.held(None)}


def test_a_later_step_reads_what_an_earlier_one_wrote(world):
    world.publish(
        journey(update(CITY, "Oslo"), update(LEVEL, "from {{ Subscriber:City }}"), wait(1))
    )
    (ann,) = world.enter(1)
    assert world.tick() == 1
    assert world.host.values(LEVEL) == {ann: "from Oslo"}


def test_one_persons_bad_value_fails_that_person_and_nobody_else(world):
    published = world.publish(journey(update(ORDERS, "{{ Subscriber:City }}"), wait(1, "days")))
    people = world.host.subscribe([{"CustomField3": str(n)} for n in range(100)])
    world.host.change([people[41]], CustomField3="not a number")
    world.enter(people)
    world.run()
    values = world.host.values(ORDERS)
    assert values.pop(people[41]) is None
    assert list(values.values()) == [world.host.held(n) for n in range(100) if n != 41]
    bad = world.person(people[41])
    assert (bad["state"], bad["cause"], bad["attempts"]) == ("held", "bad_value", 1)
    assert "not a number" in bad["cause_text"]
    assert bad["step_id"] == published.steps[0]
    assert world.states().count("waiting") == 99


def test_a_bad_value_is_tried_six_times_in_a_day_and_then_parked_with_its_cause(world):
    world.publish(journey(update(BORN, "{{ Subscriber:City }}")))
    (ann,) = world.enter(world.host.subscribe([{"CustomField3": "yesterday"}]))
    pauses = []
    for _ in range(MAX_TRIES):
        assert world.tick() == 1
        row = world.person(ann)
        pauses.append(row["due_at"] and row["due_at"] - world.now)
        world.now = row["due_at"] or world.now
    assert pauses == [*(timedelta(minutes=m) for m in (15, 30, 60, 120, 240)), None]
    row = world.person(ann)
    assert (row["state"], row["cause"], row["attempts"]) == ("parked", "bad_value", MAX_TRIES)
    assert "yesterday" in row["cause_text"]
    assert world.tick() == 0
    history = world.history(row["id"])
    assert [line["outcome"] for line in history] == ["failed"] * 5 + ["parked"]
    assert [line["detail"]["attempt"] for line in history] == [1, 2, 3, 4, 5, 6]
    assert "next_at" in history[0]["detail"] and "next_at" not in history[5]["detail"]


def test_a_value_that_became_good_is_written_at_the_next_try(world):
    world.publish(journey(update(ORDERS, "{{ Subscriber:City }}"), wait(1, "days")))
    (ann,) = world.enter(world.host.subscribe([{"CustomField3": "seven"}]))
    world.run()
    world.host.change([ann], CustomField3="7")
    world.turn(minutes=15)
    world.run()
    row = world.person(ann)
    assert (row["state"], row["attempts"], row["cause"]) == ("waiting", 0, None)
    assert world.host.values(ORDERS) == {ann: world.host.held(7)}


def test_a_choice_takes_its_options_only(world):
    world.publish(journey(update(SHORT, "{{ Subscriber:City }}"), wait(1)))
    gold, silver = world.host.subscribe([{"CustomField3": "gold"}, {"CustomField3": "silver"}])
    world.enter([gold, silver])
    world.run()
    assert world.host.values(SHORT) == {gold: "gold", silver: None}
    assert world.person(silver)["cause"] == "bad_value"


def test_a_date_field_takes_days_of_the_calendar_only(world):
    world.publish(journey(update(BORN, "{{ Subscriber:City }}"), wait(1)))
    days = ("2024-02-29", "2026-02-29", "2026-13-01", "29.02.2024")
    people = world.host.subscribe([{"CustomField3": day} for day in days])
    world.enter(people)
    world.run()
    assert [world.person(i)["cause"] for i in people] == [None, *["bad_value"] * 3]
    assert [str(value) for value in world.host.values(BORN).values()] == [days[0], *["None"] * 3]


def test_text_that_the_host_cannot_keep_is_refused_before_it_is_written(world):
    world.publish(journey(update(CITY, "Oslo 😀"), wait(1)))
    (ann,) = world.enter(1)
    world.run()
    row, fits = world.person(ann), world.host.kept("😀") == "😀"
    assert (row["state"], row["cause"]) == (("waiting", None) if fits else ("held", "bad_value"))
    assert world.host.values(CITY) == {ann: "Oslo 😀" if fits else None}
    if not fits:
        assert row["cause_text"] == "“Oslo 😀” has characters that this field cannot hold."


def test_the_card_says_what_this_host_loses(world):
    catalog = world.services.catalog(OWNER)
    action = world.services.actions.load("UpdateCustomFieldValue", {"field": CITY, "value": "x"})
    words = {"undo nothing": world.host.rolls_back, "no emoji": world.host.kept("😀") == "😀"}
    expected = [word for word, well in words.items() if not well]
    notes = list(action.notes(catalog))
    assert len(notes) == len(expected)
    assert all(word in note for word, note in zip(expected, notes, strict=True))


def test_a_field_of_the_account_is_kept_by_address(world):
    world.publish(journey(update(LANGUAGE, "{{ Subscriber:City }}"), lists=()))
    people = world.host.subscribe([{"CustomField3": "nb"}, {"CustomField3": "de"}])
    world.host.give_account_value(LANGUAGE, "person2@list1.example.com", "old")
    world.host.give_account_value(LANGUAGE, "else@example.com", "kept")
    world.enter(people)
    world.run()
    assert world.host.account_values(LANGUAGE) == {
        "person1@list1.example.com": "nb",
        "person2@list1.example.com": "de",
        "else@example.com": "kept",
    }


def test_a_field_that_is_gone_holds_and_goes_on_by_itself(world):
    world.publish(journey(update(LEVEL, "x"), wait(1, "days")))
    (ann,) = world.host.subscribe(1)
    world.host.rename_column(LIST, f"CustomField{LEVEL}", "Gone", "TEXT")
    world.enter([ann])
    world.restart()
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"], row["attempts"]) == ("held", "field_missing", 0)
    world.host.rename_column(LIST, "Gone", f"CustomField{LEVEL}", "TEXT")
    world.restart()
    world.turn(hours=1)
    world.run()
    assert world.person(ann)["state"] == "waiting"
    assert world.host.values(LEVEL) == {ann: "x"}


def test_the_same_ids_on_another_list_are_not_touched(world):
    world.publish(journey(update(OTHERS_CITY, "x"), lists=(OTHER_LIST,)))
    world.host.subscribe(3)
    (ann,) = world.enter(1, OTHER_LIST)
    world.run()
    assert world.host.values(OTHERS_CITY, OTHER_LIST) == {ann: "x"}
    assert set(world.host.values(CITY).values()) == {None}


def test_values_too_long_for_one_statement_are_written_in_several(world):
    """30 kB each: six hundred of them are more than a server takes at once."""
    world.publish(
        journey(update(LEVEL, "{{ Subscriber:City }}"), update(LANGUAGE, "{{ Subscriber:City }}"))
    )
    for hundred in range(6):
        values = [{"CustomField3": f"{hundred}/{n}/" + "x" * 30_000} for n in range(100)]
        world.enter(world.host.subscribe(values))
    assert world.tick() == 600
    assert set(world.states()) == {"ended"}
    assert world.host.values(LEVEL) == world.host.values(CITY)
    assert len(set(world.host.account_values(LANGUAGE).values())) == 600
