"""Fields of our own doors: a number is a number, a text fits its column, an instant has a zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

MAX_ID = 2**53

#: Every database we use can hold these, in any zone.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class Whole(fields.Field[int]):
    """An int, not a bool, a float or digits in a text."""

    def __init__(self, low: int = 1, high: int = MAX_ID, **options: Any) -> None:
        rule = validate.Range(low, high, error=f"Write a whole number from {low} to {high}.")
        super().__init__(validate=rule, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if type(value) is not int:
            raise ValidationError("Write a whole number.")
        return value


class Text(fields.Field[str]):
    """A str of `low` to `high` characters."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        rule = validate.Length(low, high, error=f"Write {low} to {high} characters.")
        super().__init__(validate=rule, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("Write a text.")
        return value


class Instant(fields.Field[datetime]):
    """ISO 8601 with a zone, such as 2026-11-22T09:00:00Z; answers aware UTC."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            at = None
        if at is None or at.tzinfo is None or not value.isascii():
            raise ValidationError("Write date, time and zone, such as 2026-11-22T09:00:00Z.")
        try:
            at = at.astimezone(UTC)
        except OverflowError:
            at = datetime.min.replace(tzinfo=UTC)
        if not EARLIEST <= at < LATEST:
            raise ValidationError(f"Write a time from {EARLIEST.year} to {LATEST.year - 1}.")
        return at


class Truth(fields.Field[bool]):
    """true or false, nothing else."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Write true or false.")
        return value


def pointer(errors: Any, path: str = "") -> tuple[str, str]:
    """The first fault of marshmallow's messages: its JSON pointer, and its sentence."""
    match errors:
        case dict() if errors:
            key = min(errors, key=lambda k: (isinstance(k, str), k))
            part = str(key).replace("~", "~0").replace("/", "~1")
            return pointer(errors[key], path if key == "_schema" else f"{path}/{part}")
        case [first, *_]:
            return path, str(first)
        case _:
            return path, str(errors)
