"""The main job, by browser: subscribe somebody and watch the journey do its work."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo_process import running_demo

#: How late a due step may be, by the clock of its history.
LATE_SECONDS = 5
WAIT_SECONDS = 10


@pytest.fixture(
    params=["sqlite", pytest.param("mariadb-redis-rq", marks=pytest.mark.services)], scope="module"
)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory: Path = tmp_path_factory.mktemp("demo") / request.param
    with running_demo(directory, full=request.param != "sqlite") as address:
        yield address


def test_a_subscriber_is_waited_for_decided_on_updated_and_reported(demo: str, page: Page) -> None:
    email = f"ann{time.time_ns()}@example.com"
    log_in(page, demo)
    subscribe(page, demo, email, city="Oslo")
    open_person(page, demo, email)
    moments = dict(history(page, expected_moments=6, seconds=WAIT_SECONDS + 15))
    titles = " | ".join(moments)
    assert re.search(r"Entered.*Wait.*Decision.*Set “Welcome note”.*Webhook.*Finished", titles)
    entered = next(at for title, at in moments.items() if title.startswith("Entered"))
    finished = next(at for title, at in moments.items() if title.startswith("Finished"))
    took = (finished - entered).total_seconds()
    assert WAIT_SECONDS <= took <= WAIT_SECONDS + LATE_SECONDS, f"took {took} s"
    why = page.get_by_role("region", name=re.compile("Rules", re.I)).inner_text()
    assert "City is “Oslo”" in why and "True" in why
    assert "See you in Oslo, Ann" in page.inner_text("main")
    the_host_has_the_note(page, demo, email)
    the_inbox_has_one_signed_message(page, demo, email)


def test_nobody_enters_a_journey_that_is_turned_off(demo: str, page: Page) -> None:
    email = f"ben{time.time_ns()}@example.com"
    log_in(page, demo)
    open_journeys(page, demo)
    page.get_by_role("link", name="Welcome series").click()
    page.get_by_role("link", name=re.compile("Turn off")).click()
    page.get_by_role("button", name=re.compile("Turn off")).click()
    expect(page.locator("main")).to_contain_text("Disabled")
    subscribe(page, demo, email, city="Oslo")
    time.sleep(3)
    open_journeys(page, demo)
    page.get_by_role("link", name="Welcome series").click()
    page.get_by_role("link", name="People").click()
    assert email not in page.inner_text("main")
    page.get_by_role("link", name=re.compile("Turn on")).first.click()
    page.get_by_role("button", name=re.compile("Turn on")).click()
    expect(page.locator("main")).to_contain_text("Enabled")


def log_in(page: Page, demo: str) -> None:
    page.goto(demo)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{demo}/")


def subscribe(page: Page, demo: str, email: str, city: str) -> None:
    page.goto(f"{demo}/lists/1/subscribe")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("First name").fill("Ann")
    page.get_by_label("City").select_option(city)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.locator("h1")).to_contain_text(email)


def open_journeys(page: Page, demo: str) -> None:
    page.goto(demo)
    page.get_by_role("link", name="Open Journeys").click()
    page.wait_for_url(f"{demo}/journeys/")


def open_person(page: Page, demo: str, email: str) -> None:
    open_journeys(page, demo)
    page.get_by_role("link", name="Welcome series").click()
    page.get_by_role("link", name="People").first.click()
    people = page.url
    deadline = time.monotonic() + 10
    while not page.get_by_role("link", name=email).count():
        assert time.monotonic() < deadline, "the subscriber did not enter within 10 s"
        page.wait_for_timeout(300)
        page.goto(people)
    page.get_by_role("link", name=email).click()
    page.wait_for_load_state()


def history(page: Page, expected_moments: int, seconds: float) -> list[tuple[str, datetime]]:
    """The timeline's titles and instants, once it has so many and all is delivered."""
    deadline = time.monotonic() + seconds
    while True:
        items = page.locator("ol.j-time > li")
        done = items.count() >= expected_moments and page.get_by_text("Delivered").count()
        if done or time.monotonic() > deadline:
            break
        page.wait_for_timeout(300)
        page.reload()
    assert done, page.inner_text("main")
    found = []
    for item in items.all():
        if item.locator("time").count():
            at = item.locator("time").first.get_attribute("datetime")
            found.append((item.locator("h3").inner_text(), datetime.fromisoformat(str(at))))
    return found


def the_host_has_the_note(page: Page, demo: str, email: str) -> None:
    page.goto(f"{demo}/lists/1?q={email}")
    page.get_by_role("link", name=email).click()
    expect(page.locator("main")).to_contain_text("See you in Oslo, Ann")


def the_inbox_has_one_signed_message(page: Page, demo: str, email: str) -> None:
    messages = page.request.get(f"{demo}/inbox.json").json()["items"]
    mine = [m for m in messages if email in str(m["body"])]
    assert len(mine) == 1 and mine[0]["seen"] == 1, mine
    page.goto(f"{demo}/inbox")
    expect(page.locator("main")).to_contain_text("Signature valid")
    expect(page.locator("main")).to_contain_text(email)
