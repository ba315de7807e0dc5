"""Journeys as files: export one, import one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin.engine.services import Services
from plugin.engine.texts import to_json, to_yaml
from plugin.errors import InvalidDocument, Problem
from plugin.routes.access import Visitor
from plugin.routes.doors import JOURNEY, Doors
from plugin.routes.pages import Pages


class TransferPages:
    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages

    def add_to(self, doors: Doors) -> None:
        doors.page("/import", "import_form", "draft", self.form)
        doors.page("/import", "import", "draft", self.take, "POST")
        doors.page(f"{JOURNEY}/export.json", "export_json", "view", self.as_json)
        doors.page(f"{JOURNEY}/export.yaml", "export_yaml", "view", self.as_yaml)

    def form(self, visitor: Visitor) -> ResponseReturnValue:
        return self._show(visitor, "")

    def take(self, visitor: Visitor) -> ResponseReturnValue:
        """Import a file or pasted text. What is wrong is listed, and the text kept."""
        text = request.form.get("text", "")
        try:
            text = _uploaded() or text
            if not text.strip():
                raise InvalidDocument([Problem("", "Choose a file or paste a journey.")])
            journey_id = self._services.authoring.import_text(visitor.user_id, text, visitor.actor)
        except InvalidDocument as error:
            return self._show(visitor, text, error.problems)
        return redirect(url_for("journeys.design", journey_id=journey_id, done="imported"), 303)

    def as_json(self, visitor: Visitor, journey_id: int) -> ResponseReturnValue:
        document = self._services.authoring.export(visitor.user_id, journey_id)
        return _file(to_json(document) + "\n", "application/json", document.name, "json")

    def as_yaml(self, visitor: Visitor, journey_id: int) -> ResponseReturnValue:
        document = self._services.authoring.export(visitor.user_id, journey_id)
        return _file(to_yaml(document), "application/yaml; charset=utf-8", document.name, "yaml")

    def _show(
        self, visitor: Visitor, text: str, problems: Sequence[Problem] = ()
    ) -> ResponseReturnValue:
        return self._pages.show(
            visitor,
            "import.html",
            code=422 if problems else 200,
            text=text,
            problems=problems,
        )


def _uploaded() -> str:
    """The text of the uploaded file; '' for none. Raises InvalidDocument when it is no text."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return ""
    try:
        return str(upload.read(), "utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidDocument([Problem("", "The file is not UTF-8 text.")]) from None


def _file(text: str, content_type: str, name: str, ending: str) -> Response:
    """A download. The file's name is the journey's, in ASCII and, for who can, in full."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:80] or "journey"
    full = quote(re.sub(r'[\x00-\x1f\x7f/\\"]+', " ", name)[:80].strip() or slug, safe="")
    disposition = f"attachment; filename=\"{slug}.{ending}\"; filename*=UTF-8''{full}.{ending}"
    response = Response(text, content_type=content_type)
    response.headers["Content-Disposition"] = disposition
    return response
