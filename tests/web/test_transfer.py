"""Journeys as files."""

from __future__ import annotations

import io
import json

import pytest
import yaml

from devtools.page_journeys import LONG_NAME, WELCOME
from devtools.page_world import MANAGER
from tests.web.conftest import Visit, text_of


@pytest.fixture
def author(world) -> Visit:
    return Visit(world.visitor(MANAGER, "draft"))


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_an_export_can_be_imported_again(world, author, ending):
    file = author.get(f"/{world.journeys['welcome']}/export.{ending}").text
    answer = author.post("/import", text=file)
    assert answer.status_code == 303
    again = author.client.get(answer.location)
    assert "Imported. It is off" in text_of(again)
    first = json.loads(author.get(f"/{world.journeys['welcome']}/export.json").text)
    copied = author.client.get(answer.location.split("?")[0] + "/export.json").json
    assert _without_ids(first) == _without_ids(copied)
    assert first["steps"][0]["id"] != copied["steps"][0]["id"]


def test_a_file_may_be_uploaded(world, author):
    form = {"file": (io.BytesIO(WELCOME.encode()), "welcome.yaml"), "text": "ignored"}
    answer = author.post("/import", **form)
    assert answer.status_code == 303
    assert "Welcome series" in text_of(author.client.get(answer.location))


def test_what_is_wrong_is_listed_with_its_place_and_the_text_is_kept(author):
    text = WELCOME.replace("unit: days", "unit: fortnights", 1).replace("Decision", "Dezision")
    answer = author.post("/import", text=text)
    assert answer.status_code == 422
    page = text_of(answer)
    assert "/steps/0/params/unit" in page
    assert "/steps/1/action No installed module declares “Dezision”." in page
    assert "fortnights" in answer.text
    assert answer.text.count("<textarea") == 1


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Choose a file or paste a journey."),
        ({"text": "   "}, "Choose a file or paste a journey."),
        ({"text": "{"}, "Line 1, column 2"),
        ({"text": "a: &x [*x]"}, "Line 1"),
        ({"text": "just words"}, "A journey document is a mapping of keys"),
        ({"file": (io.BytesIO(b"\xff\xfe\x00"), "x.json")}, "The file is not UTF-8 text."),
    ],
)
def test_a_text_that_is_no_journey_is_explained(author, form, says):
    answer = author.post("/import", **form)
    assert answer.status_code == 422
    assert "Nothing was imported" in text_of(answer)
    assert says in text_of(answer)


def test_a_pasted_text_that_begins_with_an_empty_line_keeps_it(author):
    answer = author.post("/import", text="\nname: x")
    assert "<textarea" in answer.text
    assert ">\n\nname: x</textarea>" in answer.text.replace("\r", "")


def test_nothing_is_imported_when_something_is_wrong(world, author):
    before = len(world.services.reading.journeys(MANAGER))
    author.post("/import", text=WELCOME.replace("amount: 5", "amount: -5"))
    assert len(world.services.reading.journeys(MANAGER)) == before


def test_an_import_is_off_and_belongs_to_whoever_imported_it(world, author):
    answer = author.post("/import", text=WELCOME)
    journey_id = int(answer.location.split("/")[-1].split("?")[0])
    page = world.services.reading.journey(MANAGER, journey_id)
    assert (page.status, page.live_number) == ("disabled", None)


def test_downloads_have_a_plain_name_for_all_and_the_full_one_for_who_can(made_world, visit):
    made = visit.get(f"/{made_world.journeys['long']}/export.yaml")
    assert made.headers["Content-Disposition"].startswith(
        'attachment; filename="trial-onboarding-for-people-who-asked-for-the-demo'
    )
    assert "filename*=UTF-8''Trial%20onboarding" in made.headers["Content-Disposition"]
    assert yaml.safe_load(made.text)["name"] == LONG_NAME


def test_a_hostile_name_stays_inside_its_header(made_world, visit):
    made = visit.get(f"/{made_world.journeys['hostile']}/export.json")
    disposition = made.headers["Content-Disposition"]
    assert 'filename="img-src-x-onerror-alert-1-journey.json"' in disposition
    assert "<" not in disposition
    assert made.headers["Content-Type"] == "application/json"
    assert made.headers["X-Content-Type-Options"] == "nosniff"


def _without_ids(document: dict[str, object]) -> str:
    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k != "id"}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return json.dumps(strip(document))
