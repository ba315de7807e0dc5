"""Each trigger starts and each action does its work on the stand-in host, by browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.demo_process import running_demo
from tests.browser.test_main_job import log_in, open_journeys, subscribe

SECONDS = 40
SHOP = 4  #: the list with autoresponders

TRIGGERS = {
    "Opens": ("EmailOpen", {}, "opened"),
    "Clicks": ("EmailLinkClick", {"url": {"match": "prefix", "value": "https://"}}, "clicked"),
    "Converts": ("EmailConversion", {"minimum": 20}, "converted"),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_demo(tmp_path_factory.mktemp("demo") / "classic", full=False) as address:
        yield address


def turn_on(page: Page, demo: str, name: str, trigger: Mapping[str, Any], *steps: Any) -> None:
    """Import a journey and turn it on."""
    document = {"format": 1, "name": name, "trigger": trigger, "steps": list(steps)}
    open_journeys(page, demo)
    page.get_by_role("link", name=re.compile("^Import")).first.click()
    page.get_by_label("Or paste it here").fill(yaml.safe_dump(document))
    page.get_by_role("button", name="Import the journey").click()
    page.get_by_role("link", name=re.compile("Turn on")).first.click()
    page.get_by_role("button", name=re.compile("Turn on")).click()
    expect(page.locator("main")).to_contain_text("Enabled")


def history_of(page: Page, demo: str, journey: str, email: str, until: str) -> str:
    """What the person's page says, once it holds `until`."""
    deadline = time.monotonic() + SECONDS
    said = ""
    while time.monotonic() < deadline:
        open_journeys(page, demo)
        page.get_by_role("link", name=journey, exact=True).first.click()
        page.get_by_role("link", name="People").first.click()
        if page.get_by_role("link", name=email).count():
            page.get_by_role("link", name=email).first.click()
            page.wait_for_load_state()
            said = page.inner_text("main")
            if until in said:
                return said
        page.wait_for_timeout(400)
    raise AssertionError(f"“{until}” was never told of {email} in {journey}:\n{said}")


def host_person(page: Page, demo: str, list_id: int, email: str) -> str:
    page.goto(f"{demo}/lists/{list_id}?q={email}")
    page.get_by_role("link", name=email).first.click()
    return page.inner_text("main")


@pytest.mark.parametrize("name", TRIGGERS)
def test_what_somebody_does_with_a_mail_starts_a_journey(demo: str, page: Page, name: str) -> None:
    kind, params, played = TRIGGERS[name]
    email = f"{played}{time.time_ns()}@example.com"
    log_in(page, demo)
    trigger = {"type": kind, "params": params}
    turn_on(page, demo, name, trigger, {"action": "ExitThisJourney", "params": {}})
    subscribe(page, demo, email, city="Oslo")
    page.get_by_role("button", name=f"Play “{played}”").click()
    told = history_of(page, demo, name, email, "Left the journey: sent out")
    assert {"opened": "opened an e-mail", "clicked": "clicked a link"}.get(played, played) in told


def test_unsubscribing_ends_one_journey_and_starts_another(demo: str, page: Page) -> None:
    email = f"leaver{time.time_ns()}@example.com"
    log_in(page, demo)
    wait = {"action": "Wait", "params": {"amount": 9, "unit": "days"}}
    on_list = {"list_ids": [1]}
    turn_on(page, demo, "Stay", {"type": "ListSubscription", "params": on_list}, wait)
    turn_on(page, demo, "Win back", {"type": "ListUnsubscription", "params": on_list}, wait)
    subscribe(page, demo, email, city="Oslo")
    history_of(page, demo, "Stay", email, "Waiting")
    host_person(page, demo, 1, email)
    page.get_by_role("button", name=re.compile("^Unsubscribe")).click()
    assert "Left the journey: unsubscribed" in history_of(page, demo, "Stay", email, "Left the")
    assert "Entered: unsubscribed" in history_of(page, demo, "Win back", email, "Waiting")


def test_actions_do_their_work_on_the_host_and_in_the_history(demo: str, page: Page) -> None:
    """A journey subscribes to the shop, whose own journey starts; it starts another one, and that
    one sends people out of both."""
    email = f"doer{time.time_ns()}@example.com"
    log_in(page, demo)
    wait = {"action": "Wait", "params": {"amount": 9, "unit": "days"}}
    shop = {"type": "ListSubscription", "params": {"list_ids": [SHOP]}}
    turn_on(page, demo, "Shop opens", shop, wait)
    turn_on(page, demo, "Second", {"type": "Manual"}, {"action": "ExitAllOtherJourneys"})
    second = int(re.search(r"/journeys/(\d+)", page.url).group(1))  # type: ignore[union-attr]
    steps = (
        {"action": "Subscribe", "params": {"list_id": SHOP}},
        {"action": "Wait", "params": {"amount": 4, "unit": "seconds"}},
        {"action": "StartJourney", "params": {"journey_id": second}},
        wait,
    )
    turn_on(page, demo, "First", {"type": "Manual"}, *steps)
    first = int(re.search(r"/journeys/(\d+)", page.url).group(1))  # type: ignore[union-attr]
    starter = {"type": "EmailOpen"}
    begin = {"action": "StartJourney", "params": {"journey_id": first}}
    turn_on(page, demo, "Begin", starter, begin)
    subscribe(page, demo, email, city="Oslo")
    page.get_by_role("button", name="Play “opened”").click()
    told = history_of(page, demo, "First", email, "Left the journey: sent out by “Second”")
    assert "started by “Begin”" in told and "Started “Second”" in told
    assert "sent out" in history_of(page, demo, "Shop opens", email, "Left the journey")
    on_shop = host_person(page, demo, SHOP, email)
    assert "Subscribed" in on_shop
