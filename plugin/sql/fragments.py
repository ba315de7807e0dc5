"""SQL text as a value: the driver puts it into the statement as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymysql import converters


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of finished SQL. Whoever makes one vouches for its literals."""

    text: str


def _as_it_is(fragment: Fragment, _: object) -> str:
    return fragment.text


#: PyMySQL's argument `conv`, with fragments among the kinds of values that it can write.
CONVERSIONS: dict[Any, Any] = {**converters.conversions, Fragment: _as_it_is}
