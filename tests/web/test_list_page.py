"""The list of journeys."""

from __future__ import annotations

import re

from devtools.page_journeys import DRAFT, LONG_NAME
from devtools.page_world import ANALYST, EDITOR, MANAGER
from tests.web.conftest import Visit, text_of


def row_of(page: str, name: str) -> str:
    rows = re.findall(r"(?s)<tr role=\"row\">\n<th.*?</tr>", page)
    found = [row for row in rows if f">{name}</a>" in row]
    assert len(found) == 1
    return found[0]


def cells(row: str) -> dict[str, str]:
    return dict(re.findall(r'data-label="(\w+)">([\d,]+)<', row))


def test_a_row_says_what_the_journey_is_and_how_it_does(visit, made_world):
    row = row_of(visit.get("/").text, "Welcome series")
    assert "Version 1 live" in row
    assert ">Enabled</span>" in row
    assert "Subscribes to Welcome list" in row
    assert cells(row) == {"Entered": "14", "Active": "8", "Sends": "8"}
    assert f'href="/journeys/{made_world.journeys["welcome"]}"' in row


def test_held_and_parked_people_are_one_click_away(visit, made_world):
    journey_id = made_world.journeys["parking"]
    row = row_of(visit.get("/").text, "Note the birthday")
    assert f'href="/journeys/{journey_id}/people?state=parked"' in row
    assert f'href="/journeys/{journey_id}/people?state=held"' in row
    assert "11 parked" in row
    assert "5 held" in row


def test_a_draft_and_a_frozen_journey_say_so(visit):
    page = visit.get("/").text
    assert "Draft, never published" in row_of(page, "Goodbye, and one question")
    assert "Version 1, people inside are frozen" in row_of(page, LONG_NAME)


def test_nobody_sees_the_journeys_of_others(made_world):
    page = Visit(made_world.visitor(EDITOR, "manage")).get("/")
    assert "Recipes of the week" in text_of(page)
    assert "Welcome series" not in text_of(page)
    assert "1 of 1" in text_of(page)


def test_before_the_first_journey_the_page_says_what_to_do(made_world):
    page = text_of(Visit(made_world.visitor(ANALYST, "draft")).get("/"))
    assert "No journeys yet" in page
    assert "Import a journey" in page
    looker = text_of(Visit(made_world.visitor(ANALYST, "view")).get("/"))
    assert "No journeys yet" in looker
    assert "Import a journey file" not in looker


def test_search_looks_at_names_and_entry_sources_in_any_letter_case(visit):
    assert "1 of 6" in text_of(visit.get("/?q=WELCOME+SERIES"))
    assert "After the purchase" in text_of(visit.get("/?q=shop+CUSTOMERS"))
    assert 'value="shop CUSTOMERS"' in visit.get("/?q=shop+CUSTOMERS").text


def test_the_status_filter_and_the_search_work_together(visit):
    assert "2 of 6" in text_of(visit.get("/?status=disabled"))
    page = text_of(visit.get("/?status=disabled&q=goodbye"))
    assert "1 of 6" in page
    assert "Goodbye, and one question" in page


def test_a_search_that_finds_nothing_says_so_and_offers_a_way_out(visit):
    page = visit.get("/?q=spring+demmo&status=enabled")
    assert "Nothing matches “spring demmo”" in text_of(page)
    assert "No journey of the 6" in text_of(page)
    assert 'href="/journeys/">Show all journeys' in page.text


def test_nonsense_in_the_address_is_no_error(visit):
    for query in ("page=0", "page=-1", "page=99999", "page=x", "page=٧", "status=nope", "q=%00"):
        assert visit.get(f"/?{query}").status_code == 200


def test_many_journeys_come_in_pages_and_keep_the_search(world):
    for n in range(60):
        world.add(f"draft {n}", DRAFT.replace("Goodbye", f"Goodbye {n:02}"), on=False)
    visit = Visit(world.visitor(MANAGER, "view"))
    first = visit.get("/?q=goodbye")
    assert "1–50 of 61" in text_of(first)
    following = re.search(r'href="([^"]+)">Next', first.text)
    second = visit.client.get(following[1].replace("&amp;", "&"))
    assert "51–61 of 61" in text_of(second)
    assert "Goodbye, and one question" in text_of(second)
