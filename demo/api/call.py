"""One call of the API: its parameters, in whatever way they were sent, and who calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Request

from demo.api.answers import Failed
from demo.frame import Host
from demo.users import User

_BRACKETS = re.compile(r"\[([^\]]*)\]")
_YES = ("true", "1", "yes", "on")


class BadBody(Exception):
    """The body says that it is JSON and is not an object."""


@dataclass(frozen=True)
class Call:
    """`parameters` with names in lower case, nested ones too. `user` is None for nobody."""

    host: Host
    parameters: Mapping[str, Any]
    user: User | None
    ip: str

    @property
    def owner_id(self) -> int:
        """The user's id, for commands that need one."""
        if self.user is None:
            raise LookupError("This command needs a user.")
        return self.user.id

    def has(self, name: str) -> bool:
        return name in self.parameters

    def text(self, name: str, default: str = "") -> str:
        """The parameter as text; lists and objects count as nothing."""
        return as_text(self.parameters.get(name, default))

    def number(self, name: str) -> int:
        """A whole number above 0; 0 for anything else."""
        text = self.text(name).strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0

    def flag(self, name: str, default: bool = False) -> bool:
        return self.text(name).strip().lower() in _YES if self.has(name) else default

    def require(self, codes: Mapping[str, int], text: str = "", *, as_list: bool = False) -> None:
        """Raises Failed with the codes of the parameters that are missing or empty."""
        missing = [code for name, code in codes.items() if not self.text(name).strip()]
        if missing:
            raise Failed(missing, text, as_list=as_list)


def as_text(value: Any) -> str:
    """A value of JSON as the text that a form would have sent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, (list, dict)) else str(value)


def as_texts(value: Any) -> list[str]:
    """The texts in a value that may be one or several."""
    if isinstance(value, dict):
        value = list(value.values())
    return [as_text(one) for one in value] if isinstance(value, list) else [as_text(value)]


def ids_in(text: str) -> list[int] | None:
    """The numbers of "1, 2,3" without repetition; None when a part is no number above 0."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and 0 < int(part) < 2**31 for part in parts):
        return None
    return list(dict.fromkeys(map(int, parts)))


def read_parameters(request: Request) -> dict[str, Any]:
    """From a JSON body or a form, nested by brackets as PHP reads them. Raises BadBody."""
    if request.mimetype == "application/json":
        try:
            body = json.loads(request.get_data() or b"{}")
        except (ValueError, RecursionError):
            raise BadBody from None
        if not isinstance(body, dict):
            raise BadBody
        found = body
    else:
        found = _nested(request.form.items(multi=True))
    lowered: dict[str, Any] = _lowered(found)
    return lowered


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name).lower(): _lowered(inner) for name, inner in value.items()}
    return [_lowered(inner) for inner in value] if isinstance(value, list) else value


def _nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`Fields[CustomField1]=a` as {"Fields": {"CustomField1": "a"}}, `Box[]=a` as a list."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        first, bracket, rest = name.lower().partition("[")
        steps = [first, *_BRACKETS.findall(bracket + rest)]
        _put(found, steps, value)
    return found


def _put(into: dict[str, Any], steps: Sequence[str], value: str) -> None:
    *way, last = steps
    if last == "" and way:
        *way, last = way
        appended = True
    else:
        appended = False
    for step in way:
        inner = into.get(step)
        if not isinstance(inner, dict):
            inner = into[step] = {}
        into = inner
    if not appended:
        into[last] = value
        return
    values = into.get(last)
    if isinstance(values, list):
        values.append(value)
    else:
        into[last] = [value]
