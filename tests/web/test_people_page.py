"""The people of a journey, and the filters."""

from __future__ import annotations

import re

import sqlalchemy as sa

from devtools.page_world import MANAGER
from plugin.engine.reading import PAGE_ROWS
from tests.web.conftest import Visit, text_of


def people(page: str) -> list[str]:
    """The addresses of the rows, in order."""
    return re.findall(r'j-name"><a href="[^"]+/people/\d+">([^<]+)</a>', page)


def test_the_last_who_entered_stands_first_with_state_step_and_times(visit, made_world):
    page = visit.get(f"/{made_world.journeys['welcome']}/people")
    assert len(people(page.text)) == 14
    first = text_of(page).split("person.00014@example.net")[1].split("person.00013")[0]
    assert "Subscriber 15 of Welcome list" in first
    assert "Waiting Wait: 2 days, then Mon–Fri 09:00–17:00" in first
    assert "30 Nov 2026, 09:00 25 Nov 2026, 17:02 1" in first


def test_who_ended_says_how(visit, made_world):
    page = text_of(visit.get(f"/{made_world.journeys['welcome']}/people?state=ended"))
    assert page.count("Ended Finished") == 5
    assert page.count("Ended Unsubscribed") == 1


def test_who_is_held_or_parked_says_why(visit, made_world):
    page = text_of(visit.get(f"/{made_world.journeys['parking']}/people"))
    # once for each of them, and once for the cause
    assert page.count("Parked “some day in spring” is not a date") == 12
    assert page.count("Held “some day in spring” is not a date") == 6


def test_filters_narrow_by_state_step_and_both(visit, made_world):
    address = f"/{made_world.journeys['welcome']}/people"
    step = re.search(r'<option value="(\d+)">\d+ · Wait: 5 days', visit.get(address).text)[1]
    assert len(people(visit.get(f"{address}?state=inside").text)) == 8
    assert len(people(visit.get(f"{address}?state=waiting&step={step}").text)) == 3
    assert len(people(visit.get(f"{address}?state=parked").text)) == 0


def test_a_person_is_found_by_the_whole_address_in_any_letter_case_or_by_number(visit, made_world):
    address = f"/{made_world.journeys['welcome']}/people"
    for query in ("person.00014@example.net", "PERSON.00014@Example.net", "15"):
        page = visit.get(f"{address}?q={query}").text
        assert people(page) == ["person.00014@example.net"]
    assert people(visit.get(f"{address}?q=person.00014").text) == []


def test_a_filter_that_leaves_nobody_says_so_and_offers_a_way_out(visit, made_world):
    address = f"/journeys/{made_world.journeys['welcome']}/people"
    page = visit.client.get(f"{address}?q=nobody@example.com")
    assert "Nobody fits these filters" in text_of(page)
    assert "14 people entered this journey so far" in text_of(page)
    assert f'href="{address}">Show everybody' in page.text


def test_a_journey_that_nobody_entered_says_why_and_what_to_do(visit, made_world):
    page = text_of(visit.get(f"/{made_world.journeys['draft']}/people"))
    assert "Nobody has entered yet" in page
    assert "The journey is off, so nobody can enter." in page
    assert "Turn on…" in page


def test_who_is_gone_from_the_list_stays_in_the_table(visit, made_world):
    page = text_of(visit.get(f"/{made_world.journeys['holding']}/people"))
    assert page.count("No longer on the list Subscriber") == 3


def test_nonsense_in_the_address_is_no_error(visit, made_world):
    address = f"/{made_world.journeys['welcome']}/people"
    for query in ("step=x", "step=99", f"step={10**15}", "before=x", "state=nope", f"q={10**15}"):
        assert visit.get(f"{address}?{query}").status_code == 200
    for query in ("q=%00", "q=" + "x" * 300, "before=0", "q=%F0%9F%8C%B7", "q=%ff"):
        assert visit.get(f"{address}?{query}").status_code == 200


def test_many_people_come_in_pages_without_gaps_and_without_repeats(world):
    table, journey_id = world.tables.enrollments, world.journeys["welcome"]
    with world.engine.begin() as connection:
        one = connection.execute(
            sa.select(table)
            .where(table.c.journey_id == journey_id, table.c.state == "waiting")
            .limit(1)
        ).mappings()
        row = dict(one.one(), id=None, entry_key=None)
        connection.execute(
            sa.insert(table), [row | {"subscriber_id": 10_000 + n} for n in range(2 * PAGE_ROWS)]
        )
    visit, seen = Visit(world.visitor(MANAGER, "view")), []
    address = f"/journeys/{journey_id}/people?state=inside"
    while address:
        page = visit.client.get(address).text
        seen += re.findall(r"/people/(\d+)\"", page)
        older = re.search(r'href="([^"]+)">Older', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 2 * PAGE_ROWS + 8
    assert seen == sorted(seen, key=int, reverse=True)
    assert ">Newest</a>" in page
