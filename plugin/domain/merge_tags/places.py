"""Where an output goes, and what makes a value harmless there."""

from __future__ import annotations

import html
import re
from enum import Enum
from urllib.parse import quote

from plugin.errors import BadTemplate

LONGEST_OUTPUT = 64 * 1024

#: Everything that some reader of headers takes for the end of a line, and NUL.
_LINE_BREAKS = re.compile("[\0\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


class Place(Enum):
    """Where an output goes, which decides how values are made harmless there."""

    TEXT = "text"  #: as it is
    HTML = "html"  #: text and quoted attributes
    URL = "url"  #: values percent-encoded, `/` and `&` included
    HEADER = "header"  #: one line, whatever the values hold
    JSON = "json"  #: as it is: a string in a tree that json.dumps writes


def escaped(text: str, place: Place, *, raw: bool, breaks: bool) -> str:
    """A value for its place. `raw` lifts the escaping for HTML and nothing else; `breaks` makes
    line ends visible in HTML."""
    match place:
        case Place.TEXT | Place.JSON:
            return text
        case Place.HTML:
            safe = text if raw else html.escape(text)
            return _LINE_ENDS.sub("<br />\n", safe) if breaks else safe
        case Place.URL:
            return quote(text, safe="", errors="replace")
        case Place.HEADER:
            return one_line(text)


def one_line(text: str) -> str:
    return _LINE_BREAKS.sub(" ", text)


def size(text: str) -> int:
    """In bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def too_long() -> BadTemplate:
    return BadTemplate(
        f"With its values this text is longer than {LONGEST_OUTPUT:,} bytes, which is the most"
        " that a step may write. Shorten the text or use fewer merge tags."
    )
