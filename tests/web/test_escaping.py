"""Text of strangers is text on every page."""

from __future__ import annotations

from devtools.page_journeys import CANARY
from devtools.page_world import MANAGER
from plugin.engine.reading import PeopleFilter
from tests.web.conftest import Visit

ESCAPED = CANARY.replace("<", "&lt;").replace(">", "&gt;")


def test_names_notes_values_addresses_and_answers_are_escaped_everywhere(made_world, visit):
    journeys = made_world.journeys
    pages = {
        "name in the list": "/",
        "name, notes and steps": f"/{journeys['hostile']}",
        "name over people": f"/{journeys['hostile']}/people",
        "name in the question": f"/{journeys['hostile']}/disable",
        "address in the table": f"/{journeys['welcome']}/people",
        "search": f"/?q={CANARY}",
        "search for people": f"/{journeys['welcome']}/people?q={CANARY}",
    }
    reading = made_world.services.reading
    for name in ("hostile", "welcome"):
        wanted = PeopleFilter(subscriber_id=1)
        row = reading.people(MANAGER, journeys[name], wanted)[-1]
        pages[f"history in {name}"] = f"/{journeys[name]}/people/{row.enrollment_id}"
    for what, path in pages.items():
        page = visit.get(path)
        assert page.status_code == 200
        assert ESCAPED in page.text, what
        assert "<img" not in page.text, what


def test_a_pasted_text_comes_back_as_text(world):
    author = Visit(world.visitor(MANAGER, "draft"))
    page = author.post("/import", text=f"name: '</textarea>{CANARY}'").text
    assert ESCAPED in page
    assert "<img" not in page
    assert page.count("</textarea>") == 1


def test_an_answer_of_another_system_is_text(made_world, visit):
    row = made_world.services.reading.people(
        MANAGER, made_world.journeys["hostile"], PeopleFilter(state="ended")
    )[0]
    page = visit.get(f"/{made_world.journeys['hostile']}/people/{row.enrollment_id}").text
    assert f'<pre class="j-answer" tabindex="0">{ESCAPED}</pre>' in page
