"""Custom fields in a call: `CustomField3=Oslo`, with the host's codes for what does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from demo.api.answers import Failed
from demo.api.call import as_texts
from demo.field_values import read_value
from demo.fields import FieldSpec

_NAME = re.compile(r"(?:customfield)?([0-9]{1,9})")
_LONG_NAME = re.compile(r"customfield([0-9]{1,9})")


def sent_fields(parameters: Mapping[str, Any], *, short: bool = False) -> dict[int, list[str]]:
    """What was sent for each field id; with `short`, a name may be the bare number."""
    pattern = _NAME if short else _LONG_NAME
    found = ((pattern.fullmatch(name), value) for name, value in parameters.items())
    return {int(match[1]): as_texts(value) for match, value in found if match}


def column_values(fields: Mapping[int, FieldSpec], sent: Mapping[int, list[str]]) -> dict[str, Any]:
    """Values by column for the fields of a list. Raises ValueFault for one that does not fit."""
    return {field.column: _read(field, sent[id_]) for id_, field in fields.items() if id_ in sent}


def account_values(
    fields: Mapping[int, FieldSpec], sent: Mapping[int, list[str]]
) -> dict[int, str]:
    """Values by id for the fields of the account, "" for nothing. Raises ValueFault."""
    read = {id_: _read(field, sent[id_]) for id_, field in fields.items() if id_ in sent}
    return {id_: "" if value is None else str(value) for id_, value in read.items()}


class ValueFault(Exception):
    """A value that the field's column or validation method does not take."""

    def __init__(self, field: FieldSpec, text: str) -> None:
        super().__init__(text)
        self.field = field


def failed(code: int, field: FieldSpec, text: str = "") -> Failed:
    """The host's answer that names the field to blame."""
    return Failed(code, text, ErrorCustomFieldID=field.id, ErrorCustomFieldTitle=field.name)


def _read(field: FieldSpec, given: list[str]) -> object:
    try:
        return read_value(field, given)
    except ValueError as error:
        raise ValueFault(field, str(error)) from None
