"""The parameters of a SendEmail step: addresses, names with merge tags, choices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from plugin.domain.send_rates import OVER_CAP
from plugin.engine.tags import TemplateField

MOST_COPIES, MOST_REPLY_TO, LONGEST_NAME, LONGEST_SUBJECT = 10, 1, 100, 500
AFTER_UNKNOWN = ("skip", "send_again")
#: A step may also send whatever the cap says, such as the receipt of an order.
OVER = (*OVER_CAP, "send")

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$&'*+/=?^_`|~-]{1,64}@(?=.{4,189}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)


class AddressField(fields.String):
    """One address, as a message may name it. Blanks around it are no part of it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **more).strip()
        if not _ADDRESS.fullmatch(text):
            raise ValidationError("Write one e-mail address, such as news@example.com.")
        return text


class _Person(Schema):
    class Meta:
        unknown = RAISE

    name = fields.String(load_default="", validate=validate.Length(max=LONGEST_NAME))
    email = AddressField(required=True)


def person(label: str) -> fields.Nested:
    return fields.Nested(_Person, load_default=None, allow_none=True, metadata={"label": label})


def people(label: str) -> fields.List[Any]:
    return fields.List(
        fields.Nested(_Person),
        load_default=list,
        validate=validate.Length(max=MOST_COPIES),
        metadata={"label": label},
    )


def name_field(label: str, longest: int) -> TemplateField:
    metadata = {"widget": "template", "label": label}
    return TemplateField(longest=longest, load_default=None, allow_none=True, metadata=metadata)


def as_address(given: Mapping[str, str]) -> Mapping[str, str]:
    """With a name: the gateway refuses an address without one."""
    return {"name": one_line(given["name"]) or given["email"], "email": given["email"]}


def one_line(text: str) -> str:
    return " ".join(text.split())
