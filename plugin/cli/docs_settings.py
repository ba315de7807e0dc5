"""Reference page of the settings, read from the class that holds them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields

from plugin.cli.docs_text import mark, page, table
from plugin.settings import PREFIX, Settings

_LINE = re.compile(r"^    (\w+): .*?(?:  #: (.*))?$")
_TYPES = {"str": "text", "int": "whole number", "float": "number"}


def settings_page() -> str:
    rows = [
        (
            mark(f"{PREFIX}{field.name.upper()}"),
            _type(field),
            _default(field),
            remarks()[field.name],
        )
        for field in fields(Settings)
    ]
    return page(
        "Settings",
        f"Environment variables; or the same names in lower case without `{PREFIX}` in the YAML"
        f" file that `{PREFIX}CONFIG` names. A variable wins over the file.",
        table(("Setting", "Is", "Default", "Meaning"), rows),
    )


def remarks() -> Mapping[str, str]:
    """What the `#:` behind each field says."""
    matches = map(_LINE.match, inspect.getsource(Settings).splitlines())
    return {match[1]: match[2] or "" for match in matches if match}


def _type(field: Field[object]) -> str:
    kind = str(field.type)
    return "texts, parted by commas" if kind.startswith("tuple") else _TYPES[kind]


def _default(field: Field[object]) -> str:
    if field.default is MISSING:
        return "required"
    return mark(field.default) if field.default not in ("", ()) else "none"
