"""Pictures of every page, from a small world of its own: for the documents, or all to look at.

python -m devtools.screenshots           the pictures that the documentation shows
python -m devtools.screenshots FOLDER    every page, wide and narrow, light and dark
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from devtools.page_world import ANALYST, MANAGER, PageWorld, filled_world
from devtools.process import find_program, free_port
from plugin.engine.reading import PeopleFilter

DOCUMENTS = Path(__file__).parents[1] / "docs" / "images"
DOCUMENTED = ("list", "design", "person")

Theme = Literal["light", "dark"]
WIDE: tuple[tuple[int, Theme], ...] = ((1280, "light"),)
ALL: tuple[tuple[int, Theme], ...] = (
    (1280, "light"),
    (1280, "dark"),
    (390, "light"),
    (320, "dark"),
)


def pages_of(world: PageWorld) -> Mapping[str, str]:
    """The address of each page worth a look, by the name of its picture."""
    welcome, parking = f"/{world.journeys['welcome']}", f"/{world.journeys['parking']}"
    long, draft = f"/{world.journeys['long']}", f"/{world.journeys['draft']}"
    holding = f"/{world.journeys['holding']}"
    return _hostile_pages(world) | {
        "list": "/",
        "list-found": "/?q=welcome",
        "list-nothing": "/?q=spring+demmo",
        "import": "/import",
        "design": welcome,
        "design-outline": f"{welcome}?view=outline",
        "design-done": f"{draft}?done=imported",
        "design-long": long,
        "design-parked": parking,
        "people": f"{welcome}/people",
        "people-parked": f"{parking}/people?state=parked",
        "people-held": f"{holding}/people",
        "people-long": f"{long}/people",
        "people-nobody": f"{draft}/people",
        "people-filtered-away": f"{welcome}/people?q=nobody@example.com",
        "person": f"{welcome}/people/{_finished(world, 'welcome')}",
        "person-waiting": f"{welcome}/people/{_in_state(world, 'welcome', 'waiting')}",
        "person-parked": f"{parking}/people/{_in_state(world, 'parking', 'parked')}",
        "person-held": f"{holding}/people/{_in_state(world, 'holding', 'held')}",
        "turn-off": f"{welcome}/disable",
        "turn-on": f"{long}/enable",
        "turn-on-first": f"{draft}/enable",
        "nothing-here": "/99999",
    }


def _hostile_pages(world: PageWorld) -> dict[str, str]:
    """Pages full of strangers' markup, where the world has such a journey."""
    if "hostile" not in world.journeys:
        return {}
    hostile = f"/{world.journeys['hostile']}"
    person = f"{hostile}/people/{_finished(world, 'hostile')}"
    return {"design-hostile": hostile, "person-hostile": person}


def take(
    folder: Path, names: tuple[str, ...] = (), looks: tuple[tuple[int, Theme], ...] = ALL
) -> int:
    """Pictures of the named pages, or of all; answers how many."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.disable()
    with tempfile.TemporaryDirectory() as place, _browser() as browser:
        world = filled_world(Path(place), hostile=not names)
        pages = {n: p for n, p in pages_of(world).items() if not names or n in names}
        with served(world) as address:
            for width, theme in looks:
                suffix = "" if names else f"-{width}-{theme}"
                with _window(browser, world, address, width, theme, MANAGER) as window:
                    for name, path in pages.items():
                        _picture(
                            window, f"{address}/journeys{path}", folder / f"{name}{suffix}.png"
                        )
                if not names:
                    _others(browser, world, address, folder, width, theme)
    return len(list(folder.glob("*.png")))


@contextmanager
def served(world: PageWorld) -> Iterator[str]:
    """The world's pages on a port of this machine; answers the address."""
    server = make_server("127.0.0.1", free_port(), world.app(), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def enter(window: BrowserContext, world: PageWorld, address: str, user_id: int) -> None:
    """Come in as this user, as the host's page would send them."""
    token = world.token(user_id, "view", "draft", "manage")
    answer = window.request.post(f"{address}/journeys/session", form={"token": token})
    assert answer.ok, answer.text()


def _others(
    browser: Browser, world: PageWorld, address: str, folder: Path, width: int, theme: Theme
) -> None:
    """Somebody without journeys, and somebody whom nobody handed over."""
    with _window(browser, world, address, width, theme, ANALYST) as window:
        _picture(window, f"{address}/journeys/", folder / f"list-empty-{width}-{theme}.png")
    with _window(browser, world, address, width, theme, None) as window:
        _picture(window, f"{address}/journeys/", folder / f"no-session-{width}-{theme}.png")


@contextmanager
def _window(
    browser: Browser, world: PageWorld, address: str, width: int, theme: Theme, user: int | None
) -> Iterator[BrowserContext]:
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme
    ) as window:
        if user is not None:
            enter(window, world, address, user)
        yield window


def _picture(window: BrowserContext, url: str, path: Path) -> None:
    page = window.new_page()
    page.goto(url)
    _stretch(page)
    page.screenshot(path=path, full_page=True)
    page.close()


def _stretch(page: Page) -> None:
    """Make room for what scrolls inside the page, so that the picture shows all of it."""
    hidden = page.evaluate(
        "(s => s ? Math.max(0, s.scrollHeight - s.clientHeight) : 0)"
        "(document.querySelector('.j-stage'))"
    )
    size = page.viewport_size
    if hidden and size:
        page.set_viewport_size({"width": size["width"], "height": size["height"] + hidden})


def _in_state(world: PageWorld, name: str, state: str) -> int:
    wanted = PeopleFilter(state=state)
    return world.services.reading.people(MANAGER, world.journeys[name], wanted)[0].enrollment_id


def _finished(world: PageWorld, name: str) -> int:
    """The first who came, and is through."""
    wanted = PeopleFilter(state="ended")
    return world.services.reading.people(MANAGER, world.journeys[name], wanted)[-1].enrollment_id


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_program("chromium", "chromium-browser", "google-chrome"),
            args=["--no-sandbox", "--disable-gpu", "--force-device-scale-factor=1"],
        )
        yield browser
        browser.close()


def main(arguments: list[str]) -> None:
    if arguments:
        folder, n = Path(arguments[0]), take(Path(arguments[0]))
    else:
        folder, n = DOCUMENTS, take(DOCUMENTS, DOCUMENTED, WIDE)
    print(f"{n} pictures in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
