"""Promise a signed POST per person; the outbox sends it after the commit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.codec import escaped
from plugin.domain.enrollment import Batch, EnrollmentId, Failed, Next, Outcomes
from plugin.domain.merge_tags import Place
from plugin.engine.kinds import Action, Lists
from plugin.engine.ports import Parcel, Work
from plugin.engine.tags import (
    TaggedText,
    TagValues,
    seed_of,
    tag_problems,
    tag_values,
    tagged,
)
from plugin.errors import BadTemplate, Problem

MAX_URL = 2048
MAX_BODY = 256 * 1024
MAX_LEVELS = 8

HEADERS: Mapping[str, str] = {"Content-Type": "application/json"}
#: json.dumps would make such an encoder for every body.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

#: A body's tree with its texts parsed.
Tree = TaggedText | Mapping[str, Any] | list[Any] | int | float | bool | None


class BodyField(fields.Field[Tree]):
    """A JSON object whose texts may hold merge tags. Keys are never rendered."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Tree:
        if not isinstance(value, dict):
            raise ValidationError("The body is a JSON object.")
        if len(json.dumps(value)) > MAX_BODY:
            raise ValidationError("The body may have 256 kB at most.")
        return _parsed(value, 1)


def _parsed(value: Any, level: int) -> Tree:
    if level > MAX_LEVELS:
        raise ValidationError(f"The body may be nested {MAX_LEVELS} levels deep.")
    match value:
        case str():
            return tagged(value)
        case dict():
            return {str(key): _inside(key, inner, level) for key, inner in value.items()}
        case list():
            return [_inside(place, inner, level) for place, inner in enumerate(value)]
        case _:
            plain: int | float | bool | None = value
            return plain


def _inside(key: object, value: Any, level: int) -> Tree:
    """A fault is told with its place."""
    try:
        return _parsed(value, level + 1)
    except ValidationError as wrong:
        raise ValidationError({str(key): wrong.messages}) from wrong


def _web_address(url: str) -> None:
    """Its form only; whether the address may be reached is checked at every attempt."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValidationError("This must be an address such as https://example.com/hook.")
    if not url.isascii() or any(c <= " " or c == "\\" for c in url):
        raise ValidationError("The address must not hold blanks or special characters.")


class Webhook(Action):
    name = "Webhook"
    label = "Webhook"
    icon = "hook"
    family = "data"
    example = {
        "url": "https://example.com/hook",
        "body": {"email": "{{ Subscriber:EmailAddress }}"},
    }

    class Params(Schema):
        """Without a `body` the person and the journey are described. `secret` names the
        account's signing secret; null sends unsigned."""

        url = fields.String(required=True, validate=[validate.Length(max=MAX_URL), _web_address])
        body = BodyField(load_default=None, allow_none=True)
        secret = fields.String(
            load_default="default",
            allow_none=True,
            validate=validate.Regexp(r"\A[a-z0-9_-]{1,64}\Z"),
        )

    def summary(self, catalog: Catalog) -> str:
        parts = urlsplit(self.params["url"])
        return f"POST to {parts.netloc}{parts.path.rstrip('/')}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        for path, text in _texts(self.params["body"], "/body"):
            yield from tag_problems(path, text, catalog, lists)

    def run(self, batch: Batch, work: Work) -> Outcomes:
        templates = [text.template for _, text in _texts(self.params["body"], "")]
        values, outcomes = tag_values(batch, work, templates)
        parcels: list[Parcel] = []
        detail = {"url": self.params["url"]}
        posted = Next(detail)
        for enrollment_id, known in values.items():
            try:
                body = self._body(batch, enrollment_id, known)
            except BadTemplate as wrong:
                outcomes[enrollment_id] = Failed("bad_template", str(wrong), detail)
            else:
                parcels.append(self._parcel(batch, enrollment_id, body))
                outcomes[enrollment_id] = posted
        of_batch = {
            "user_id": batch.user_id,
            "journey_id": batch.journey_id,
            "step_id": batch.step.id,
        }
        work.outbox.post(of_batch, parcels, batch.now)
        return outcomes

    def _parcel(self, batch: Batch, enrollment_id: EnrollmentId, body: bytes) -> Parcel:
        return Parcel(
            enrollment_id=enrollment_id,
            visit=batch.visits[enrollment_id],
            email=batch.subscribers[enrollment_id].email,
            url=self.params["url"],
            headers=HEADERS,
            body=body,
            secret_name=self.params["secret"],
        )

    def _body(self, batch: Batch, enrollment_id: EnrollmentId, values: TagValues) -> bytes:
        tree = self.params["body"]
        if tree is None:
            data = _described(batch, enrollment_id)
        else:
            data = _rendered(tree, values, seed_of(batch, enrollment_id))
        return _ENCODER.encode(data).encode()


def _described(batch: Batch, enrollment_id: EnrollmentId) -> dict[str, Any]:
    """The default body: who, where and when."""
    subscriber = batch.subscribers[enrollment_id]
    return {
        "type": "journeys.webhook",
        "timestamp": batch.now.isoformat(),
        "data": {
            "journey_id": batch.journey_id,
            "journey_name": batch.journey_name,
            "step_id": batch.step.id,
            "enrollment_id": enrollment_id,
            "list_id": batch.list_id,
            "subscriber_id": subscriber.subscriber_id,
            "email": subscriber.email,
        },
    }


def _rendered(tree: Tree, values: TagValues, seed: str) -> Any:
    """Values fill in texts only: whatever they hold, the shape of the body stays."""
    match tree:
        case TaggedText(template=template):
            return template.render(values, Place.JSON, seed)
        case Mapping():
            return {key: _rendered(inner, values, seed) for key, inner in tree.items()}
        case list():
            return [_rendered(inner, values, seed) for inner in tree]
        case _:
            return tree


def _texts(tree: Tree, path: str) -> Iterator[tuple[str, TaggedText]]:
    match tree:
        case TaggedText():
            yield path, tree
        case Mapping():
            for key, inner in tree.items():
                yield from _texts(inner, f"{path}/{escaped(key)}")
        case list():
            for place, inner in enumerate(tree):
                yield from _texts(inner, f"{path}/{place}")
        case _:
            return
