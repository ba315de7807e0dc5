"""The subscribe form: turns what was typed into values for the list's columns, or into faults."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from demo.field_values import is_address, is_empty, read_value
from demo.fields import FieldSpec
from demo.reading import HostList

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
    of: HostList, form: MultiDict[str, str]
) -> tuple[str, dict[str, object], dict[str, str]]:
    """The address, the values by column, and the faults by the name of their input."""
    faults: dict[str, str] = {}
    values: dict[str, object] = {}
    address = form.get("EmailAddress", "").strip()
    if not is_address(address):
        faults["EmailAddress"] = "Enter an e-mail address, such as person@example.com."
    for field in shown_fields(of):
        given = form.getlist(field.column)
        if field.required and is_empty(given):
            faults[field.column] = f"Fill in {field.name}."
            continue
        try:
            values[field.column] = read_value(field, given)
        except ValueError as error:
            faults[field.column] = str(error)
    return address, values, faults
