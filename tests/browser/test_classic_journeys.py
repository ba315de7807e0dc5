"""Each trigger starts and each action does its work on the stand-in host, by browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.classic_journeys import (
    CLICKED,
    FORGOTTEN,
    LEFT,
    OPENS_IN,
    SHOP,
    WELCOME,
    Document,
    actions,
    document,
    triggers,
    wait,
)
from tests.browser.demo_process import running_demo
from tests.browser.test_main_job import log_in, open_journeys, subscribe

SECONDS = 40


@dataclass(frozen=True)
class Demo:
    """`journeys`: ids by name, as far as a test has made them."""

    address: str
    config: Path
    journeys: dict[str, int]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    directory = tmp_path_factory.mktemp("demo") / "classic"
    with running_demo(directory, full=False) as address:
        yield Demo(address, directory / "journeys.yaml", {})


def turn_on(page: Page, demo: Demo, made: Document) -> int:
    """Import a journey and turn it on, as its forms do it. The journey's id."""
    text = yaml.safe_dump(made).replace("$inbox", f"{demo.address}/inbox")
    answer = _send(page, f"{demo.address}/journeys/import", text=text)
    found = re.search(r"/journeys/(\d+)", answer)
    assert found, answer
    number = int(found.group(1))
    _send(page, f"{demo.address}/journeys/{number}/enable")
    demo.journeys[made["name"]] = number
    return number


def _send(page: Page, address: str, **values: str) -> str:
    """Fills in the form of that page and sends it; the address to which it leads."""
    asked = page.request.get(address).text()
    token = re.search(r'name="csrf"[^>]*value="([^"]+)"', asked)
    assert token, asked
    answer = page.request.post(address, form={"csrf": token.group(1), **values})
    assert answer.ok, answer.text()
    return answer.url


def passages(page: Page, demo: Demo, journey: str, email: str) -> int:
    """How often that person has been in the journey; the page then shows them."""
    page.goto(f"{demo.address}/journeys/{demo.journeys[journey]}/people?q={email}")
    return page.get_by_role("link", name=email).count()


def history_of(page: Page, demo: Demo, journey: str, email: str, until: str) -> str:
    """What the person's page says, once it holds `until`."""
    deadline = time.monotonic() + SECONDS
    while not passages(page, demo, journey, email):
        assert time.monotonic() < deadline, f"{email} never entered {journey}"
        page.wait_for_timeout(400)
    page.get_by_role("link", name=email).first.click()
    page.wait_for_load_state()
    while until not in page.inner_text("main"):
        said = page.inner_text("main")
        assert time.monotonic() < deadline, f"“{until}” was never told in {journey}:\n{said}"
        page.wait_for_timeout(400)
        page.reload()
    return page.inner_text("main")


def open_host_person(page: Page, demo: Demo, list_id: int, email: str) -> Mapping[str, str]:
    """Their page on the host; the values of their fields."""
    page.goto(f"{demo.address}/lists/{list_id}?search={email}")
    page.get_by_role("link", name=email).click()
    page.wait_for_load_state()
    shown = page.locator("dd[data-field]").all()
    return {str(field.get_attribute("data-field")): field.inner_text() for field in shown}


def play(page: Page, what: str, email_id: int = CLICKED, **more: str) -> None:
    """On a person's page of the host."""
    page.get_by_label("E-mail", exact=True).select_option(str(email_id))
    if "value" in more:
        page.get_by_label(re.compile("^Value of a conversion")).fill(more["value"])
    page.get_by_label(re.compile("robot")).set_checked("robot" in more)
    page.get_by_role("button", name=f"Play “{what}”").click()
    expect(page.locator("main")).to_contain_text("Journeys was told")


def new_address(name: str) -> str:
    return f"{name}{time.time_ns()}@example.com"


def test_each_trigger_lets_people_in_and_robots_start_nothing(demo: Demo, page: Page) -> None:
    email = new_address("tess")
    log_in(page, demo.address)
    open_journeys(page, demo.address)
    said = {made["name"]: (turn_on(page, demo, made), how)[1] for made, how in triggers()}
    turn_on(page, demo, document("Stay", {"type": "ListSubscription"}, wait(9, "days")))
    subscribe(page, demo.address, email, city="Oslo")
    play(page, "opened", robot="yes")
    play(page, "clicked", robot="yes")
    play(page, "converted", value="19.99")
    play(page, "opened", LEFT)
    for what in ("opened", "clicked"):
        play(page, what)
    play(page, "converted", value="20")
    history_of(page, demo, "Stay", email, "Waiting")
    open_host_person(page, demo, WELCOME, email)
    page.get_by_role("button", name=re.compile("^Unsubscribe")).click()
    # The host tells in turn: when the last is in, all those before have been routed.
    history_of(page, demo, "Leaves", email, "Left the journey: sent out")
    for name, how in said.items():
        assert passages(page, demo, name, email) == 1, name
        assert f"Entered: {how}" in history_of(
            page, demo, name, email, "Left the journey: sent out"
        )
    assert "Left the journey: unsubscribed" in history_of(page, demo, "Stay", email, "Left the")


def test_actions_do_their_work_on_the_host_and_in_the_history(demo: Demo, page: Page) -> None:
    ann, bea = new_address("ann"), new_address("bea")
    log_in(page, demo.address)
    open_journeys(page, demo.address)
    second = turn_on(page, demo, document("Second", {"type": "Manual"}, wait(9, "days")))
    for made in actions(second):
        turn_on(page, demo, made)
    subscribe(page, demo.address, ann, city="Oslo")
    subscribe(page, demo.address, bea, city="Berlin")
    enroll(demo, "Everything", ann, bea)
    told = history_of(page, demo, "Everything", ann, "Leaves “Second”")
    assert "Entered: by hand or API" in told
    the_fields_are_written(page, demo, ann, told)
    the_shop_has_started(page, demo, ann, told)
    the_branches_part(page, demo, ann, bea)
    assert "started by “Everything”" in history_of(
        page, demo, "Second", ann, "Left the journey: sent out by “Everything”"
    )
    unsubscribing_sends_out_of_everything(page, demo, ann)
    deleting_takes_the_row_along(page, demo, bea)


def enroll(demo: Demo, journey: str, *emails: str) -> None:
    """By the command line."""
    whom = [part for email in emails for part in ("--email", email)]
    words = ["enroll", str(demo.journeys[journey]), "--user", "1", "--list", str(WELCOME), *whom]
    done = subprocess.run(
        [sys.executable, "-m", "plugin.cli", *words],
        env=os.environ | {"JOURNEYS_CONFIG": str(demo.config)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{len(emails)} entered" in done.stdout


def the_fields_are_written(page: Page, demo: Demo, email: str, told: str) -> None:
    """One of the list and one of the account, with the texts that merge tags have become."""
    values = open_host_person(page, demo, WELCOME, email)
    number = page.url.rpartition("/")[2].split("?")[0]
    assert values["CustomField2"] == "of OSLO <Ann>"
    assert values["CustomField29"] == f"1{number}"
    assert "Set “Last name” to “of OSLO <Ann>”" in told
    assert f"Set “Loyalty points” to “1{number}”" in told


def the_shop_has_started(page: Page, demo: Demo, email: str, told: str) -> None:
    """A journey's subscribe starts the autoresponders and the journeys of that list."""
    assert "Asked the host to subscribe them to “Shop customers”" in told
    assert "Subscribed to “Shop customers”" in told
    page.goto(f"{demo.address}/lists/{SHOP}/autoresponders")
    started = page.get_by_role("region", name="Started for").get_by_role("row")
    assert started.filter(has_text=email).count() == 2
    assert "Entered: subscribed" in history_of(page, demo, "Shop opens", email, "Waiting")


def the_branches_part(page: Page, demo: Demo, yes: str, no: str) -> None:
    """Only who was subscribed by the yes branch is told of, signed."""
    other = history_of(page, demo, "Everything", no, "Leaves “Second”")
    assert "City is “Oslo”" in other and "Shop customers" not in other
    page.goto(f"{demo.address}/inbox")
    message = page.get_by_role("listitem").filter(has_text="/inbox/shopper")
    expect(message).to_have_count(1)
    expect(message).to_contain_text("Signature valid")
    body = json.loads(message.locator("pre").inner_text())
    assert body == {"who": yes, "name": "of OSLO <Ann>"}


def unsubscribing_sends_out_of_everything(page: Page, demo: Demo, email: str) -> None:
    """A click lets them leave the shop, and who leaves it leaves all journeys and lists."""
    history_of(page, demo, "Everything", email, "Waiting")
    due = page.locator("dt:text-is('Due') + dd time").get_attribute("datetime")
    left = datetime.fromisoformat(str(due)) - datetime.now(UTC)
    assert timedelta(hours=2, minutes=30) < left <= OPENS_IN, "the wait is for the window"
    open_host_person(page, demo, WELCOME, email)
    play(page, "clicked", LEFT)
    told = history_of(page, demo, "Away", email, "Finished")
    assert "Unsubscribed from “Shop customers”" in told
    goodbye = "Left the journey: sent out by “Goodbye”"
    assert goodbye in history_of(page, demo, "Everything", email, "Left the journey")
    assert "Left the journey" in history_of(page, demo, "Shop opens", email, "Left the journey")
    for list_id in (SHOP, WELCOME):
        open_host_person(page, demo, list_id, email)
        expect(page.get_by_role("region", name="On this list")).to_contain_text("Unsubscribed")


def deleting_takes_the_row_along(page: Page, demo: Demo, email: str) -> None:
    open_host_person(page, demo, WELCOME, email)
    play(page, "opened", FORGOTTEN)
    deadline = time.monotonic() + SECONDS
    page.goto(f"{demo.address}/lists/{WELCOME}?search={email}")
    while page.get_by_role("link", name=email).count():
        assert time.monotonic() < deadline, f"{email} is still there"
        page.wait_for_timeout(400)
        page.reload()
    page.goto(f"{demo.address}/journeys/{demo.journeys['Forget']}/people")
    page.get_by_role("link", name="No longer on the list").first.click()
    told = page.inner_text("main")
    assert "Asked the host to delete them from “Welcome list”" in told
    assert "Left the journey: deleted from the list" in told
