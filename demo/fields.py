"""Custom fields as the host describes them: one row of `custom_fields`, in a handier shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Between the chosen values of a "Checkboxes" field, inside its one text column.
CHOICE_SEPARATOR = "||||"
_OPTION_SEPARATOR = ",,,"
_VALIDATION_OF = {
    **dict.fromkeys(("number", "decimal"), "Numbers"),
    **dict.fromkeys(("date", "datetime", "timestamp"), "Date"),
    "time": "Time",
}


@dataclass(frozen=True)
class FieldSpec:
    """One custom field. `list_id` is 0 for a field of the whole account.

    `data_type` is "text" (a LONGTEXT column) or one of the typed columns: "number" (INT),
    "decimal", "date", "time", "datetime", "timestamp", "enum".
    """

    id: int
    list_id: int
    name: str
    alias: str
    kind: str = "Single line"
    data_type: str = "text"
    options: tuple[str, ...] = ()
    owner_id: int = 1
    default: str = ""
    validation: str = "Disabled"
    required: bool = False
    unique: bool = False
    visibility: str = "Public"

    @property
    def column(self) -> str:
        """Name of the column in the shard of its list."""
        return f"CustomField{self.id}"

    @property
    def is_global(self) -> bool:
        """True for a field of the account: its values lie in `custom_field_values`."""
        return self.list_id == 0

    @property
    def has_choices(self) -> bool:
        return self.kind in ("Multiple choice", "Drop down", "Checkboxes")

    def row(self, *, typed: bool = True) -> dict[str, Any]:
        """The row of `custom_fields` that describes this field.

        A host without `typed` columns knows what belongs into a field by its validation alone.
        """
        validation = self.validation
        if not typed and validation == "Disabled":
            validation = _VALIDATION_OF.get(self.data_type, validation)
        return {
            "CustomFieldID": self.id,
            "RelOwnerUserID": self.owner_id,
            "RelListID": self.list_id,
            "FieldName": self.name,
            "FieldType": self.kind,
            "FieldDefaultValue": self.default,
            "FieldOptions": pack_options(self.options, self.default),
            "ValidationMethod": validation,
            "ValidationRule": "",
            "IsRequired": yes_no(self.required),
            "IsUnique": yes_no(self.unique),
            "IsGlobal": yes_no(self.is_global),
            "Visibility": self.visibility,
            "MergeTagAlias": self.alias,
            "Meta": _meta(self.data_type, self.options),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> FieldSpec:
        meta = json.loads(row.get("Meta") or "{}")
        return cls(
            id=row["CustomFieldID"],
            list_id=row["RelListID"],
            name=row["FieldName"],
            alias=row["MergeTagAlias"],
            kind=row["FieldType"],
            data_type=meta.get("SQLDataType", "text"),
            options=unpack_options(row["FieldOptions"]),
            owner_id=row["RelOwnerUserID"],
            default=row["FieldDefaultValue"],
            validation=row["ValidationMethod"],
            required=row["IsRequired"] == "Yes",
            unique=row["IsUnique"] == "Yes",
            visibility=row["Visibility"],
        )


def yes_no(flag: bool) -> str:
    """The host's way to store a truth value."""
    return "Yes" if flag else "No"


def pack_options(options: tuple[str, ...], selected: str) -> str:
    """Options in the host's packed text: `[[label]||[value]]`, a star behind the chosen one."""
    return _OPTION_SEPARATOR.join(
        f"[[{option}]||[{option}]]" + ("*" if option == selected else "") for option in options
    )


def unpack_options(packed: str) -> tuple[str, ...]:
    """The values in a packed text; () for an empty one."""
    parts = packed.split(_OPTION_SEPARATOR) if packed else []
    return tuple(part.rstrip("*").removesuffix("]]").rpartition("||[")[2] for part in parts)


def _meta(data_type: str, options: tuple[str, ...]) -> str:
    if data_type == "text":
        return "{}"
    meta: dict[str, Any] = {"SQLDataType": data_type}
    if data_type == "enum":
        meta["SQLDataTypeValues"] = list(options)
    return json.dumps(meta, ensure_ascii=False)
