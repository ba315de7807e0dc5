"""The settings of a webhook, read strictly: address, headers, body, names to keep."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields

from plugin.domain.codec import escaped
from plugin.domain.json_path import parse_path
from plugin.domain.merge_tags import Place
from plugin.domain.request_headers import check_headers
from plugin.engine.tags import TaggedText, TagValues, tagged
from plugin.errors import BadTemplate, BadValue

MAX_URL = 2048
MAX_BODY = 256 * 1024
MAX_LEVELS = 8
MAX_KEPT = 50
#: The body that the host's own journeys send.
HOST_BODY = "host"

SECRET_NAME = re.compile(r"\A[a-z0-9_-]{1,64}\Z")
_KEPT_NAME = re.compile(r"\A[A-Za-z][A-Za-z0-9_]{0,39}\Z")
#: Scheme and authority: no merge tag may say where a request goes.
_BASE = re.compile(r"(?P<base>https?://[^/?#\s{}%\\@]+)(?P<rest>[/?].*)?", re.DOTALL)
_TAG = re.compile(r"\{\{\{?.*?\}\}\}?|%[A-Za-z]+:[^%]*%")

#: A body's tree with its texts parsed.
Tree = TaggedText | Mapping[str, Any] | list[Any] | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a webhook goes; merge tags stand in `rest`, the path and the query."""

    base: str
    rest: TaggedText

    @property
    def text(self) -> str:
        return self.base + self.rest.text

    @property
    def host(self) -> str:
        """Host, and port if it is not the scheme's own: who takes turns with whom."""
        parts = urlsplit(self.base)
        usual = parts.port in (None, 443 if parts.scheme == "https" else 80)
        return (parts.hostname or "") + ("" if usual else f":{parts.port}")

    @property
    def in_short(self) -> str:
        """For cards: without the query, and with “…” for what differs from person to person."""
        path = _TAG.sub("…", self.rest.text).partition("?")[0].rstrip("/")
        return urlsplit(self.base).netloc + path

    def filled(self, values: TagValues, seed: str) -> str:
        """Raises BadTemplate, or BadValue when a value has made it what no address can be."""
        url = self.base + self.rest.template.render(values, Place.URL, seed)
        if problem := _problem(url):
            raise BadValue(f"With its values the address cannot be used. {problem}")
        return url


class AddressField(fields.Field[Address]):
    """A web address; its path and query may hold merge tags, whose values are percent-encoded."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Address:
        if not isinstance(value, str):
            raise ValidationError("This must be text.")
        if len(value) > MAX_URL:
            raise ValidationError(f"An address has at most {MAX_URL} characters.")
        found = _BASE.fullmatch(value)
        if found is None or not _is_place(found["base"]):
            raise ValidationError(
                "This must be an address such as https://example.com/hook. Merge tags may stand in"
                " its path and query only."
            )
        address = Address(found["base"], tagged(found["rest"] or ""))
        if problem := _problem(address.base + address.rest.template.render({}, Place.URL)):
            raise ValidationError(problem)
        return address


def _is_place(base: str) -> bool:
    try:
        parts = urlsplit(base)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _problem(url: str) -> str | None:
    """Its form only; whether the address may be reached is checked at every attempt."""
    if len(url) > MAX_URL:
        return f"An address has at most {MAX_URL} characters."
    if not url.isascii() or any(c <= " " or c in "\\#\x7f" for c in url):
        return "The address must not hold blanks, # or special characters."
    if any(part in (".", "..") for part in url.partition("?")[0].split("/")):
        return "The path must not hold . or .. as a part."
    return None


class BodyField(fields.Field[Tree | str]):
    """A JSON object whose texts may hold merge tags, keys are never rendered; or `host`."""

    def __init__(self, *, host: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self._host = host

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Tree | str:
        if self._host and value == HOST_BODY:
            return HOST_BODY
        if not isinstance(value, dict):
            other = f", or {HOST_BODY}" if self._host else ""
            raise ValidationError(f"The body is a JSON object{other}.")
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


class HeadersField(fields.Field[Mapping[str, TaggedText]]):
    """Names of headers and their values, which may hold merge tags."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **_: Any
    ) -> Mapping[str, TaggedText]:
        given = _texts_by_name(value)
        headers = {}
        for name, text in given.items():
            try:
                headers[name] = tagged(text)
            except ValidationError as wrong:
                raise ValidationError({name: wrong.messages}) from wrong
        fixed = {name: header_value(text, {}, "") for name, text in headers.items()}
        if problems := check_headers(fixed):
            raise ValidationError(problems)
        return headers


def header_value(text: TaggedText, values: TagValues, seed: str) -> str:
    """One line, whatever the values hold. Raises BadTemplate."""
    return text.template.render(values, Place.HEADER, seed).strip()


class SecretHeadersField(fields.Field[Mapping[str, str]]):
    """Names of headers and the names of the account's secrets that are their values."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Mapping[str, str]:
        given = _texts_by_name(value)
        for header, name in given.items():
            if not SECRET_NAME.fullmatch(name):
                text = "Name a secret of the account: small letters, digits, - and _."
                raise ValidationError({header: [text]})
        if problems := check_headers(dict.fromkeys(given, "")):
            raise ValidationError(problems)
        return given


class KeepField(fields.Field[Mapping[str, str]]):
    """Names and the paths of their values in the answer, such as customer.tiers[0].name."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Mapping[str, str]:
        given = _texts_by_name(value)
        if len(given) > MAX_KEPT:
            raise ValidationError(f"At most {MAX_KEPT} values are kept of an answer.")
        for name, path in given.items():
            if not _KEPT_NAME.fullmatch(name):
                raise ValidationError(
                    {name: ["A name has letters, digits and _, begins with a letter, 40 at most."]}
                )
            try:
                parse_path(path)
            except BadValue as wrong:
                raise ValidationError({name: [str(wrong)]}) from wrong
        return given


def _texts_by_name(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise ValidationError("This must be a mapping of names to texts.")
    for name, text in value.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise ValidationError({str(name): ["This must be text."]})
    return dict(value)


def texts(tree: Tree | str, path: str) -> Iterator[tuple[str, TaggedText]]:
    """Every text of a body with its place."""
    match tree:
        case TaggedText():
            yield path, tree
        case Mapping():
            for key, inner in tree.items():
                yield from texts(inner, f"{path}/{escaped(key)}")
        case list():
            for place, inner in enumerate(tree):
                yield from texts(inner, f"{path}/{place}")
        case _:
            return


def rendered(tree: Tree, values: TagValues, seed: str) -> Any:
    """Values fill in texts only: whatever they hold, the shape of the body stays. Raises
    BadTemplate."""
    match tree:
        case TaggedText(template=template):
            return template.render(values, Place.JSON, seed)
        case Mapping():
            return {key: rendered(inner, values, seed) for key, inner in tree.items()}
        case list():
            return [rendered(inner, values, seed) for inner in tree]
        case _:
            return tree


#: What keeps one person's request from being made.
BAD = (BadTemplate, BadValue)
