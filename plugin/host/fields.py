"""Custom fields as the host defines them, and the host's own rules for their values.

What the host's rules mean is not public in every detail. Values are refused where the meaning is
plain: options of choice fields, numbers, letters, e-mail addresses, URLs, dates and times (those
of the field's type too, which an old host keeps in columns that take any text). Where
it is not ("Custom" with a pattern in a dialect that we don't know, options that we can't unpack,
checkboxes, "required" and "unique", which the host asks of its forms) the value is accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import sqlalchemy as sa

from plugin.host.columns import HostTable

_OPTION = re.compile(r"\[\[(?P<label>.*?)\]\|\|\[(?P<value>.*?)\]\]\*?", re.DOTALL)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?")
_BETWEEN = ",,,"
_ONE_OF_OPTIONS = ("Drop down", "Multiple choice")


@dataclass(frozen=True, slots=True)
class Definition:
    """One row of the host's `custom_fields`. `options` empty: any value will do."""

    field_id: int
    user_id: int
    list_id: int | None  #: None: global, values are kept by address
    name: str
    alias: str
    kind: str
    validation: str = "Disabled"
    options: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        return f"CustomField{self.field_id}"

    def objection(self, text: str) -> str | None:
        """Why the host would not take this value (not ''), as a sentence; None when it would."""
        if self.options and text not in self.options:
            return f"“{short(text)}” is not one of the options of this field."
        accepts, wanted = _VALIDATIONS.get(self.validation, (None, ""))
        if accepts is None or accepts(text):
            return None
        return f"“{short(text)}” is not {wanted}, which this field asks for."


def short(text: str) -> str:
    """A value as it may stand in a sentence: at most 60 characters."""
    return text if len(text) <= 60 else text[:59] + "…"


def definitions(
    connection: sa.Connection, fields: HostTable, lists: HostTable, list_id: int
) -> Mapping[int, Definition]:
    """The fields of one list and the global ones of its owner, by id. One statement."""
    f, li = fields.clause, lists.clause
    of_list = f.c.RelListID == list_id
    scope = sa.or_(of_list, f.c.IsGlobal == "Yes") if "IsGlobal" in fields.columns else of_list
    query = _definitions(fields).where(
        li.c.ListID == list_id, f.c.RelOwnerUserID == li.c.RelOwnerUserID, scope
    )
    found = [_definition(dict(row)) for row in connection.execute(query).mappings()]
    return {definition.field_id: definition for definition in found}


def definitions_of_owner(
    connection: sa.Connection, fields: HostTable, user_id: int
) -> list[Definition]:
    """All fields of one account, by id. One statement."""
    query = _definitions(fields).where(fields.clause.c.RelOwnerUserID == user_id)
    return [_definition(dict(row)) for row in connection.execute(query).mappings()]


def _definitions(fields: HostTable) -> sa.Select[Any]:
    optional = ("IsGlobal", "MergeTagAlias", "ValidationMethod", "FieldOptions", "Meta")
    required = ("CustomFieldID", "RelOwnerUserID", "RelListID", "FieldName", "FieldType")
    names = [*required, *(name for name in optional if name in fields.columns)]
    columns = (fields.clause.c[name] for name in names)
    return sa.select(*columns).order_by(fields.clause.c.CustomFieldID)


def _definition(row: Mapping[str, Any]) -> Definition:
    kind = row["FieldType"] or ""
    validation = row.get("ValidationMethod") or "Disabled"
    checked = kind in _ONE_OF_OPTIONS or validation == "Enum"
    options = unpacked(row.get("FieldOptions") or "") or _enumerated(row.get("Meta") or "")
    return Definition(
        field_id=row["CustomFieldID"],
        user_id=row["RelOwnerUserID"],
        list_id=None if row.get("IsGlobal") == "Yes" else row["RelListID"],
        name=row["FieldName"] or "",
        alias=row.get("MergeTagAlias") or "",
        kind=kind,
        validation=validation,
        options=options if checked else (),
    )


def unpacked(packed: str) -> tuple[str, ...]:
    """The values in the host's `[[label]||[value]],,,…`; () when the text is anything else."""
    parts = packed.split(_BETWEEN) if packed else []
    found = [_OPTION.fullmatch(part) for part in parts]
    return tuple(match["value"] for match in found if match) if all(found) else ()


def _enumerated(meta: str) -> tuple[str, ...]:
    try:
        known = json.loads(meta)
    except ValueError:
        return ()
    values = known.get("SQLDataTypeValues") if isinstance(known, dict) else None
    return tuple(map(str, values)) if isinstance(values, list) else ()


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _letters(text: str) -> bool:
    return all(character.isalpha() or character.isspace() for character in text)


def _letters_and_numbers(text: str) -> bool:
    return all(character.isalnum() or character.isspace() for character in text)


def _is_date(text: str) -> bool:
    """A day of the calendar, with or without a time of day."""
    day, _, clock = text.partition(" ")
    return _is_day(day) and (day == text or _is_clock(clock))


def _is_day(text: str) -> bool:
    return _DAY.fullmatch(text) is not None and _parses(date.fromisoformat, text)


def _is_clock(text: str) -> bool:
    return _CLOCK.fullmatch(text) is not None and _parses(
        time.fromisoformat, text if text[2] == ":" else f"0{text}"
    )


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


#: What each ValidationMethod accepts, and how its wish reads.
_VALIDATIONS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "Numbers": (_matches(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"), "a number"),
    "Letters": (_letters, "made of letters"),
    "Numbers and letters": (_letters_and_numbers, "made of letters and digits"),
    "Email address": (_matches(r"[^@\s]+@[^@\s]+"), "an e-mail address"),
    "URL": (_matches(r"(?i:https?|ftp)://[^\s/]\S*"), "a web address"),
    "Date": (_is_date, "a date"),
    "Time": (_is_clock, "a time of day"),
}
