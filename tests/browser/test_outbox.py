"""The stand-in host's outbox and shop, by browser: what is played there reaches journeys."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from demo.sample_gateway import gateway_key
from tests.browser.classic_journeys import WELCOME, document, on, step
from tests.browser.demo_process import running_demo
from tests.browser.test_classic_journeys import Demo, history_of, new_address, passages, turn_on
from tests.browser.test_main_job import log_in, open_journeys, subscribe

LETTER = 12  #: the sample e-mail about a basket
LINK = f"https://example.com/{LETTER}/2"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    directory = tmp_path_factory.mktemp("demo") / "outbox"
    with running_demo(directory, full=False) as address:
        yield Demo(address, directory / "journeys.yaml", {})


def hand_over(page: Page, demo: Demo, email: str) -> None:
    """What a journey's step would send: the sample e-mail, to somebody of the welcome list."""
    with sqlite3.connect(demo.config.with_name("demo.sqlite3")) as database:
        letter = database.execute(
            "SELECT Subject, HTMLContent, PlainContent FROM oempro_emails WHERE EmailID = ?",
            (LETTER,),
        ).fetchone()
        person = database.execute(
            "SELECT SubscriberID FROM oempro_subscribers_1 WHERE EmailAddress = ?", (email,)
        ).fetchone()
    names = ("Subject", "HTMLContent", "PlainContent")
    message = dict(zip(names, letter, strict=True)) | {
        "ContentType": "html",
        "From": {"name": "Example", "email": "hello@example.com"},
        "To": [{"name": "Ann", "email": email}],
        "ListID": WELCOME,
        "SubscriberID": person[0],
        "Headers": {"X-Journeys-Email": str(LETTER)},
    }
    answer = page.request.post(
        f"{demo.address}/api/v1/email",
        data=json.dumps(message),
        headers={
            "Authorization": f"Bearer {gateway_key(1)}",
            "Content-Type": "application/json",
        },
    )
    assert "MessageID" in answer.json(), answer.text()


def press_on(page: Page, name: str) -> None:
    """Reaches a button or link by the Tab key alone, and presses it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name == page.evaluate("document.activeElement.textContent.trim()"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by the keyboard")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("width", [1280, 320])
def test_a_message_is_read_and_played_by_keyboard_at_any_width(
    demo: Demo, page: Page, width: int
) -> None:
    email = new_address("kim")
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, demo.address)
    subscribe(page, demo.address, email, city="Oslo")
    hand_over(page, demo, email)
    page.goto(f"{demo.address}/outbox")
    assert fits(page)
    page.get_by_label("Part of the address").fill(email)
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    press_on(page, "You have left something in your basket")
    expect(page.frame_locator("iframe").get_by_text("Hello Ann,")).to_be_visible()
    assert fits(page)
    for button, told in (
        ("Open it", "Opened"),
        ("Click “Questions about delivery”", f"Clicked: {LINK}"),
        ("Bounce, for now", "Bounced: soft"),
        ("Buy", "Converted: A-1: 25.00 EUR"),
        ("Complain of spam", "Left the list"),
    ):
        press_on(page, button)
        expect(page.get_by_role("region", name="What followed")).to_contain_text(told)
    page.goto(f"{demo.address}/outbox?search={email}nobody")
    expect(page.locator("main")).to_contain_text("No message found")
    page.goto(f"{demo.address}/shop")
    assert fits(page)


def test_what_is_played_in_the_outbox_and_the_shop_starts_journeys(demo: Demo, page: Page) -> None:
    email, out, again = new_address("lea"), step("ExitThisJourney"), {"rule": "every_time"}
    log_in(page, demo.address)
    open_journeys(page, demo.address)
    cart = {"event": "cart_left", "correlation": "order_id"}
    said = {
        "Opened it": on("EmailOpen", email_ids=[LETTER]),
        "Clicked it": on("EmailLinkClick", url={"match": "exact", "value": LINK}),
        "Left a cart": on("CustomEvent", **cart),
        "Bought": on("EmailConversion", minimum=20),
    }
    for name, trigger in said.items():
        turn_on(page, demo, document(name, trigger, out, reentry=again))
    subscribe(page, demo.address, email, city="Oslo")
    hand_over(page, demo, email)
    page.goto(f"{demo.address}/outbox?search={email}")
    page.get_by_role("link", name="You have left something").click()
    expect(page.locator("iframe")).to_be_visible()
    page.get_by_label(re.compile("robot")).check()
    page.get_by_role("button", name="Open it").click()
    expect(page.locator("main")).to_contain_text("(robot)")
    for name in ("Open it", "Click “Questions about delivery”"):
        page.get_by_role("button", name=name).click()
        expect(page.locator("main")).to_contain_text("Journeys was told")
    page.goto(f"{demo.address}/shop")
    page.get_by_label("Customer’s address").fill(email)
    page.get_by_label("Known from the list").select_option(str(WELCOME))
    for name in ("Fill the basket and leave", "Buy"):
        page.get_by_role("button", name=name).click()
        expect(page.locator("main")).to_contain_text("Journeys was told: order A-")
    for name in said:
        history_of(page, demo, name, email, "Left the journey")
        assert passages(page, demo, name, email) == 1, name
