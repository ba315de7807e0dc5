"""The pages in a real browser: nothing is blocked, nothing sticks out, everyone can use them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe

from devtools.page_world import ANALYST, MANAGER
from devtools.screenshots import enter, pages_of, served


@pytest.fixture(scope="module")
def address(made_world) -> Iterator[str]:
    with served(made_world) as found:
        yield found


@pytest.fixture
def inside(page, made_world, address):
    """A browser page of the manager; what the browser complains about is in `complaints`."""
    complaints: list[str] = []
    page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    enter(page.context, made_world, address, MANAGER)
    return page, complaints


def test_no_page_breaks_its_policy_runs_a_strangers_script_or_lacks_a_file(
    inside, made_world, address
):
    page, complaints = inside
    for name, path in pages_of(made_world).items():
        page.goto(f"{address}/journeys{path}")
        expected = [c for c in complaints if "404" in c] if name == "nothing-here" else []
        assert (name, complaints) == (name, expected)


@pytest.mark.parametrize("width", [1280, 320])
def test_no_page_is_wider_than_its_window(inside, made_world, address, width):
    page, _ = inside
    page.set_viewport_size({"width": width, "height": 800})
    for name, path in pages_of(made_world).items():
        page.goto(f"{address}/journeys{path}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (name, wide)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_barrier_that_a_machine_can_find(inside, made_world, address, theme):
    page, _ = inside
    page.emulate_media(color_scheme=theme)
    for name, path in pages_of(made_world).items():
        page.goto(f"{address}/journeys{path}")
        found = Axe().run(page)
        assert found.violations_count == 0, (name, found.generate_report())


def test_the_pages_without_journeys_and_without_a_session_have_no_barriers(
    page, made_world, address
):
    page.goto(f"{address}/journeys/")
    assert Axe().run(page).violations_count == 0
    enter(page.context, made_world, address, ANALYST)
    page.goto(f"{address}/journeys/")
    assert page.get_by_role("heading", name="No journeys yet").is_visible()
    assert Axe().run(page).violations_count == 0


def test_a_menu_opens_by_keyboard_and_escape_gives_the_focus_back(inside, address):
    page, _ = inside
    page.goto(f"{address}/journeys/")
    more = page.locator("summary[aria-label='More for Welcome series']")
    more.focus()
    page.keyboard.press("Enter")
    people = page.locator("details[open]").get_by_role("link", name="People")
    assert people.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not people.is_visible()
    assert more.evaluate("e => e === document.activeElement")


def test_a_card_is_a_link_as_a_whole_and_its_badges_are_their_own(inside, made_world, address):
    page, _ = inside
    design = f"{address}/journeys/{made_world.journeys['parking']}"
    page.goto(design)
    step = page.locator(".j-step[data-family=data]")
    step.locator(".j-badge", has_text="parked").click()
    assert "state=parked" in page.url
    page.goto(design)
    step.click(position={"x": 10, "y": 40})
    assert "state=inside" in page.url


def test_a_journey_is_turned_off_without_scripts(browser, world, made_world):
    with served(world) as here, browser.new_context(java_script_enabled=False) as window:
        enter(window, world, here, MANAGER)
        page = window.new_page()
        page.goto(f"{here}/journeys/{world.journeys['welcome']}")
        page.get_by_role("link", name="Turn off…").click()
        page.get_by_role("button", name="Turn off").click()
        assert page.get_by_role("status").inner_text().startswith("Turned off.")
        assert page.get_by_text("Disabled", exact=True).is_visible()
