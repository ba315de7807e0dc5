"""Messages and what people do with them, by browser: a recipe, an answer in a letter, a cart."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.classic_journeys import document, on, step
from tests.browser.demo_process import running_demo
from tests.browser.test_classic_journeys import Demo, history_of, new_address, turn_on
from tests.browser.test_main_job import log_in, open_journeys, subscribe

#: What the recipe's three days are here.
SHORT = {"amount": 12, "unit": "seconds"}
FIRST_LETTER, NEXT_LETTER, OTHER_TRY = "Welcome, Ann", "Three things", "Your first week"
SHOP_LETTER = 12


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    directory = tmp_path_factory.mktemp("demo") / "messages"
    with running_demo(directory, full=False) as address:
        yield Demo(address, directory / "journeys.yaml", {})


def command(demo: Demo, *words: object) -> str:
    """What `journeys …` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "plugin.cli", *map(str, words), "--user", "1"],
        env=os.environ | {"JOURNEYS_CONFIG": str(demo.config)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def of_recipe(demo: Demo, name: str, called: str, *options: object) -> dict[str, Any]:
    """The journey that the recipe makes for the manager, but with short waits."""
    made = json.loads(command(demo, "journey", "from-recipe", name, *options, "--json"))
    text = command(demo, "journey", "export", made["journey_id"])
    found: dict[str, Any] = yaml.safe_load(text)
    _shorten(found["steps"])
    return found | {"name": called}


def _shorten(steps: list[dict[str, Any]]) -> None:
    for placed in steps:
        if placed["action"] == "WaitForEvent":
            placed["params"] |= SHORT
        if placed["action"] == "Wait":
            placed["params"] = {"amount": 1, "unit": "seconds"}
        for body in placed.get("branches", {}).values():
            _shorten(body)


def message_to(page: Page, demo: Demo, email: str, subject: str, seconds: int = 20) -> None:
    """Opens somebody's message in the outbox, once it is there."""
    deadline = time.monotonic() + seconds
    while True:
        page.goto(f"{demo.address}/outbox?search={email}")
        link = page.get_by_role("link", name=re.compile(subject))
        if link.count():
            break
        assert time.monotonic() < deadline, page.inner_text("main")
        page.wait_for_timeout(300)
    link.first.click()
    expect(page.locator("iframe")).to_be_visible()


def test_the_welcome_series_sends_and_an_open_moves_people_at_once(demo: Demo, page: Page) -> None:
    opens, does_not = new_address("opens"), new_address("quiet")
    log_in(page, demo.address)
    open_journeys(page, demo.address)
    name = "Welcome by a recipe"
    turn_on(page, demo, of_recipe(demo, "welcome-series", name))
    for email in (opens, does_not):
        subscribe(page, demo.address, email, city="Oslo")
    message_to(page, demo, opens, FIRST_LETTER)
    page.get_by_role("button", name="Open it").click()
    expect(page.locator("main")).to_contain_text("Journeys was told")
    played = time.monotonic()
    said = history_of(page, demo, name, opens, "Happened")
    assert time.monotonic() - played < SHORT["amount"], said
    assert "Timed out" not in said
    said = history_of(page, demo, name, does_not, "Timed out")
    assert "Happened" not in said
    message_to(page, demo, opens, NEXT_LETTER)
    message_to(page, demo, does_not, OTHER_TRY)


def test_what_a_webhook_answers_stands_in_the_next_message(demo: Demo, page: Page) -> None:
    email, name = new_address("ticket"), "Ticket"
    log_in(page, demo.address)
    open_journeys(page, demo.address)
    asked = {"url": "$inbox/tickets", "body": {"who": "{{ Subscriber:EmailAddress }}"}}
    letter = {
        "email_id": 2,
        "subject": "{{ Subscriber:FirstName }}, your ticket: {{ Kept:ticket }}",
    }
    turn_on(
        page,
        demo,
        document(
            name,
            on("ListSubscription", list_ids=[1]),
            step("Webhook", asked | {"secret": "default", "keep": {"ticket": "id"}}),
            step("SendEmail", letter),
        ),
    )
    subscribe(page, demo.address, email, city="Oslo")
    message_to(page, demo, email, "your ticket")
    items = page.request.get(f"{demo.address}/inbox.json").json()["items"]
    (ticket,) = [i["id"] for i in items if email in i["body"] and i["path"] == "/inbox/tickets"]
    expect(page.locator("main")).to_contain_text(f"Ann, your ticket: {ticket}")


def test_a_cart_is_called_off_by_the_purchase_of_the_same_order(demo: Demo, page: Page) -> None:
    email, name = new_address("cart"), "Cart by a recipe"
    log_in(page, demo.address)
    open_journeys(page, demo.address)
    turn_on(page, demo, of_recipe(demo, "abandoned-cart", name, "--list", 1))
    subscribe(page, demo.address, email, city="Oslo")
    buy, fill = "Buy", "Fill the basket and leave"
    for order, button in (("A-1", fill), ("A-2", fill), ("A-1", buy)):
        page.goto(f"{demo.address}/shop")
        page.get_by_label("Customer’s address").fill(email)
        page.get_by_label("Known from the list").select_option("1")
        page.get_by_label("Order", exact=True).fill(order)
        page.get_by_role("button", name=button).click()
        expect(page.locator("main")).to_contain_text(f"Journeys was told: order {order}")
    message_to(page, demo, email, "basket", seconds=40)
    people = f"{demo.address}/journeys/{demo.journeys[name]}/people?q={email}"
    said = []
    for nth in (0, 1):
        page.goto(people)
        expect(page.get_by_role("link", name=email)).to_have_count(2)
        page.get_by_role("link", name=email).nth(nth).click()
        page.wait_for_load_state()
        said.append(page.inner_text("main"))
    assert sorted("Happened" in text for text in said) == [False, True], said
    assert sorted("Timed out" in text for text in said) == [False, True], said
    page.goto(f"{demo.address}/outbox?search={email}")
    assert page.get_by_role("link", name=re.compile("basket")).count() == 1
