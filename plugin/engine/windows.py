"""Weekly windows among the parameters of kinds: days of the week, from one time to another."""

from __future__ import annotations

from datetime import time
from typing import Any

from marshmallow import Schema, fields, validate

from plugin.domain import waits

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WindowParams(Schema):
    """`from` after `to` means over midnight; equal means the whole day."""

    days = fields.List(
        fields.String(validate=validate.OneOf(DAYS)),
        load_default=lambda: list(DAYS),
        validate=validate.Length(min=1, max=7),
    )
    from_ = fields.Time(format="%H:%M", data_key="from", required=True)
    to = fields.Time(format="%H:%M", required=True)


def window_of(params: dict[str, Any] | None) -> waits.Window | None:
    if params is None:
        return None
    return waits.Window(
        frozenset(DAYS.index(day) for day in params["days"]), params["from_"], params["to"]
    )


def in_words(params: dict[str, Any]) -> str:
    chosen = [DAYS.index(day) for day in params["days"]]
    names = ", ".join(DAYS[i].capitalize() for i in sorted(set(chosen)))
    spans = {"Mon, Tue, Wed, Thu, Fri": "Mon–Fri", ", ".join(d.capitalize() for d in DAYS): ""}
    span = spans.get(names, names)
    if params["from_"] == params["to"]:
        return f"{span} all day" if span else "at any time"
    return f"{span} {_clock(params['from_'])}–{_clock(params['to'])}".strip()


def _clock(at: time) -> str:
    return at.strftime("%H:%M")
