"""A journey as it is drawn."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from flask import Flask

from devtools.page_world import MANAGER
from plugin.engine.kinds import Registry
from plugin.routes import create_blueprint
from tests.web.conftest import Visit, text_of

ALL_DAY = {"days": ["sat", "sun"], "from": "00:00", "to": "00:00"}


def card(page: str, words: str) -> str:
    found = [a for a in re.findall(r"(?s)<article.*?</article>", page) if words in a]
    assert len(found) == 1, (words, len(found))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def test_the_trigger_stands_first_with_its_rules_and_figures(visit, made_world):
    page = visit.get(f"/{made_world.journeys['welcome']}").text
    trigger = card(page, "step-trigger")
    assert "Subscribes to Welcome list" in trigger
    assert "May enter again: once at a time" in trigger
    assert "Whoever unsubscribes leaves" in trigger
    assert "Times are those of Europe/Berlin" in trigger
    assert "14 entered" in trigger
    assert "2 not let in, inside already" in trigger
    assert page.index("step-trigger") < page.index('class="j-node"', page.index("step-trigger"))


def test_each_step_says_what_it_does_and_where_people_stand_and_went(visit, made_world):
    page = visit.get(f"/{made_world.journeys['welcome']}").text
    wait = card(page, "2 days, then Mon–Fri 09:00–17:00")
    assert "5 here now" in wait
    assert "8 passed" in wait
    assert "1 left here" in wait
    decision = card(page, "First name is set and")
    assert "5 true" in decision
    assert "3 false" in decision
    assert "3 delivered" in card(page, "POST to crm.example.com")
    assert "5 undelivered" in card(page, "POST to example.org")


def test_a_branch_that_the_document_leaves_out_is_shown_empty(world):
    author = Visit(world.visitor(MANAGER, "draft"))
    asked = {"all": [{"field": "EmailAddress", "operator": "is_set"}]}
    decision = {"action": "Decision", "params": {"criteria": asked}}
    waiting = {"action": "Wait", "params": {"amount": 1, "unit": "days", "window": ALL_DAY}}
    steps = [{**decision, "branches": {"true": [waiting]}}]
    made = {"format": 1, "name": "One arm", "trigger": {"type": "Manual"}, "steps": steps}
    page = author.client.get(author.post("/import", text=json.dumps(made)).location)
    assert "True Wait 1 day, then Sat, Sun all day:" in text_of(page)
    assert "False Nothing here: on below" in text_of(page)


def test_branches_carry_their_share(visit, made_world):
    page = visit.get(f"/{made_world.journeys['welcome']}")
    assert "True 5 · 62 %" in text_of(page)
    assert "False 3 · 38 %" in text_of(page)
    assert page.text.count('data-branch="yes"') == 1


def test_a_step_that_is_off_says_so_and_shows_its_note(visit, made_world):
    page = visit.get(f"/{made_world.journeys['welcome']}").text
    off = card(page, "needs a name")
    assert "Off People pass through." in off
    assert "Off until the new form asks for the first name." in off
    assert page.count("data-off") == 1


def test_held_and_parked_people_show_at_their_step(visit, made_world):
    page = visit.get(f"/{made_world.journeys['parking']}").text
    step = card(page, "some day in spring")
    assert "11 parked" in step
    assert "5 held" in step


def test_each_card_leads_to_the_people_at_its_step(visit, made_world):
    journey_id = made_world.journeys["welcome"]
    page = visit.get(f"/{journey_id}").text
    step_id = re.search(r'id="step-(\d+)" data-family="time"', page)[1]
    link = f"/journeys/{journey_id}/people?step={step_id}&amp;state=inside"
    assert f'href="{link}"' in page
    assert text_of(visit.client.get(link.replace("&amp;", "&"))).count("Waiting Wait") == 5


def test_the_end_counts_how_people_left(visit, made_world):
    page = text_of(visit.get(f"/{made_world.journeys['welcome']}"))
    assert "End: 5 finished, 1 unsubscribed" in page


def test_the_outline_is_the_same_page_in_another_view(visit, made_world):
    journey_id = made_world.journeys["welcome"]
    canvas, outline = visit.get(f"/{journey_id}"), visit.get(f"/{journey_id}?view=outline")
    assert 'data-view="outline"' not in canvas.text
    assert 'data-view="outline"' in outline.text
    assert text_of(canvas) == text_of(outline)


def test_an_empty_branch_says_that_people_go_on(visit, made_world):
    assert "Nothing here: on below" in text_of(visit.get(f"/{made_world.journeys['long']}"))


def test_a_version_whose_action_is_gone_can_still_be_looked_at(world):
    kinds = [kind for kind in world.services.actions if kind.name != "Webhook"]
    services = replace(world.services, actions=Registry(kinds))
    app = Flask("fewer")
    app.register_blueprint(create_blueprint(services, world.settings))
    visit = Visit(app.test_client())
    visit.client.post("/journeys/session", data={"token": world.token(1, "view")})
    page = visit.get(f"/{world.journeys['welcome']}")
    assert page.status_code == 200
    assert text_of(page).count("No installed module declares this kind") == 2


def test_only_known_notices_can_be_put_on_the_page(visit, made_world):
    address = f"/{made_world.journeys['welcome']}"
    assert "Turned on." in text_of(visit.get(f"{address}?done=on"))
    assert "hello" not in text_of(visit.get(f"{address}?done=hello"))
