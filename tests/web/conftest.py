"""A world of journeys made once, copies of it to change, and browsers with a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from devtools.page_world import MANAGER, PageWorld, filled_world

CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


class Visit:
    """A browser with a session, that sends the token of its session with each form."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: object) -> TestResponse:
        return self.client.get(f"/journeys{path}", **options)

    def csrf(self) -> str:
        found = CSRF.search(self.get("/").text)
        assert found, "the page has no form"
        return found[1]

    def post(self, path: str, **form: object) -> TestResponse:
        return self.client.post(f"/journeys{path}", data={"csrf": self.csrf(), **form})


def text_of(response: TestResponse) -> str:
    """What people read on the page: no tags, blanks made one."""
    main = re.sub(r"(?s)<script.*?</script>|<head>.*?</head>", " ", response.text)
    words = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main))).strip()
    return re.sub(r" ([,.;:])", r"\1", words)


@pytest.fixture(scope="session")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageWorld]:
    """To be read only; `world` is for changing."""
    made = filled_world(tmp_path_factory.mktemp("world"))
    yield made
    made.engine.dispose()


@pytest.fixture
def world(made_world: PageWorld, tmp_path: Path) -> Iterator[PageWorld]:
    copied = made_world.copy(tmp_path)
    yield copied
    copied.engine.dispose()


@pytest.fixture
def visit(made_world: PageWorld) -> Visit:
    """The manager, looking around."""
    return Visit(made_world.visitor(MANAGER, "view", "draft", "manage"))
