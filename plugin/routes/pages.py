"""Pages from templates, in an environment of our own: nothing is added to the host's Flask app."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, url_for
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from plugin.routes import words
from plugin.routes.access import Visitor
from plugin.routes.faults import Fault
from plugin.settings import Settings

STATIC = Path(__file__).parent / "static"


class Pages:
    """Renders templates/journeys/*. `visitor` None: a page for somebody we do not know."""

    def __init__(self, settings: Settings) -> None:
        self._host_url = settings.host_url
        self._versions = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in STATIC.iterdir()
        }
        self._environment = Environment(
            loader=PackageLoader("plugin.routes", "templates/journeys"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "number": words.number,
            "people": words.people,
            "moment": moment,
            "moment_to_the_second": moment_to_the_second,
            "fact": fact,
            "lasting": words.lasting,
        }
        self._environment.globals |= {"url_for": url_for, "asset": self._asset, "words": words}

    def show(
        self, visitor: Visitor | None, template: str, code: int = 200, **context: Any
    ) -> Response:
        text = self._environment.get_template(template).render(
            visitor=visitor, host_url=visitor.home if visitor else self._host_url, **context
        )
        return Response(text, code, content_type="text/html; charset=utf-8")

    def fault(self, visitor: Visitor | None, fault: Fault, request_id: str) -> Response:
        """A page that says what is wrong and where to go. 404s are alike to the byte."""
        numbered = "" if fault.status in (401, 404) else request_id
        response = self.show(visitor, "fault.html", fault.status, fault=fault, request_id=numbered)
        response.headers.extend(fault.headers)
        return response

    def _asset(self, name: str) -> str:
        """The address of a static file; it changes with the content, so browsers may keep it."""
        return url_for("journeys.static", name=name, v=self._versions[name])


def moment(at: datetime, zone: str) -> Markup:
    """“17 Nov 2026, 08:02” in the zone."""
    return _time(at.astimezone(ZoneInfo(zone)), "%H:%M")


def moment_to_the_second(at: datetime, zone: str) -> Markup:
    return _time(at.astimezone(ZoneInfo(zone)), "%H:%M:%S")


def fact(text: str, zone: str) -> Markup | str:
    """What the history has kept: an instant in the zone, any other text as it is."""
    at = words.instant(text)
    return moment_to_the_second(at, zone) if at else text


def _time(at: datetime, clock: str) -> Markup:
    text = f"{at.day} {at:%b %Y}, {at:{clock}}"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), text)
