"""The subscribe form: turns what was typed into values for the list's columns, or into faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy import Connection, func, select
from werkzeug.datastructures import MultiDict

from demo.fields import CHOICE_SEPARATOR, FieldSpec
from demo.reading import HostList

_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_MAX_ADDRESS = 250
_MAX_TEXT = 65_000
_MAX_WHOLE = 2**31 - 1
_MAX_AMOUNT = 10**10


def _whole(text: str) -> int:
    value = int(text)
    if abs(value) > _MAX_WHOLE:
        raise ValueError(text)
    return value


def _amount(text: str) -> float:
    value = float(text)
    if not abs(value) < _MAX_AMOUNT:
        raise ValueError(text)
    return value


#: By data type: how to read the text, and what to say when it cannot be read.
_READERS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "number": (_whole, "Enter a whole number, such as 12."),
    "decimal": (_amount, "Enter a number, such as 12.50."),
    "date": (date.fromisoformat, "Enter a date, such as 1990-05-31."),
    "time": (time.fromisoformat, "Enter a time, such as 09:30."),
    "datetime": (datetime.fromisoformat, "Enter a date and time, such as 2026-05-31 09:30."),
    "timestamp": (datetime.fromisoformat, "Enter a date and time, such as 2026-05-31 09:30."),
}
_INPUT_TYPES = {
    "number": "number",
    "decimal": "number",
    "date": "date",
    "time": "time",
    "datetime": "datetime-local",
    "timestamp": "datetime-local",
}


def input_type(field: FieldSpec) -> str:
    """The type of HTML input that suits the field."""
    return _INPUT_TYPES.get(field.data_type, "url" if field.validation == "URL" else "text")


def shown_fields(of: HostList) -> list[FieldSpec]:
    """The fields a subscriber may fill in; hidden ones and those for users only are left out."""
    return [field for field in of.fields if field.visibility == "Public"]


def read_form(
    connection: Connection, of: HostList, form: MultiDict[str, str]
) -> tuple[str, dict[str, object], dict[str, str]]:
    """The address, the values by column, and the faults by the name of their input."""
    faults: dict[str, str] = {}
    values: dict[str, object] = {}
    address = form.get("EmailAddress", "").strip()
    if not _ADDRESS.fullmatch(address) or len(address) > _MAX_ADDRESS:
        faults["EmailAddress"] = "Enter an e-mail address, such as person@example.com."
    for field in shown_fields(of):
        try:
            values[field.column] = _value(field, form.getlist(field.column))
        except ValueError as error:
            faults[field.column] = str(error)
    for field in shown_fields(of):
        value = values.get(field.column)
        if field.unique and value and _taken(connection, of, field, value, address):
            faults[field.column] = "Somebody else on this list has this value."
    return address, values, faults


def _value(field: FieldSpec, given: Sequence[str]) -> object:
    """The column's value; None for nothing. Raises ValueError with the sentence for the page."""
    chosen = [text for text in (part.strip() for part in given) if text]
    if not chosen:
        if field.required:
            raise ValueError(f"Fill in {field.name}.")
        return None
    if field.has_choices and not set(chosen) <= set(field.options):
        raise ValueError("Choose one of the options.")
    text = CHOICE_SEPARATOR.join(chosen) if field.kind == "Checkboxes" else chosen[0]
    if len(text) > _MAX_TEXT:
        raise ValueError(f"At most {_MAX_TEXT} characters.")
    if field.data_type not in _READERS:
        return text
    read, sentence = _READERS[field.data_type]
    try:
        return read(text)
    except ValueError:
        raise ValueError(sentence) from None


def _taken(
    connection: Connection, of: HostList, field: FieldSpec, value: object, address: str
) -> bool:
    columns = of.shard.c
    others = select(func.count()).where(columns.EmailAddress != address)
    query = others.where(columns[field.column] == value)
    return bool(connection.scalar(query))
