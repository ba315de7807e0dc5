"""Values of custom fields: what somebody sent as text becomes the column's value, or a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from urllib.parse import urlsplit

from demo.fields import CHOICE_SEPARATOR, FieldSpec

#: Characters of four bytes are left out: an old host cannot keep them in an address.
_ADDRESS = re.compile(
    r"[^@\s\U00010000-\U0010ffff]{1,64}@[^@\s.\U00010000-\U0010ffff]+(\.[^@\s.]+)+"
)
_MAX_ADDRESS = 250
_MAX_TEXT = 65_000
_MAX_WHOLE = 2**31 - 1
_MAX_AMOUNT = 10**10


def is_address(text: str) -> bool:
    """Whether the text can be an e-mail address of a subscriber."""
    return bool(_ADDRESS.fullmatch(text)) and len(text) <= _MAX_ADDRESS


def is_empty(given: Sequence[str]) -> bool:
    """Whether nothing but blanks was sent; "0" is a value."""
    return not any(text.strip() for text in given)


def read_value(field: FieldSpec, given: Sequence[str]) -> object:
    """The column's value; None for nothing. Raises ValueError with a sentence for people."""
    chosen = [text for text in (part.strip() for part in given) if text]
    if not chosen:
        return None
    if field.has_choices and not set(chosen) <= set(field.options):
        raise ValueError("Choose one of the options.")
    text = CHOICE_SEPARATOR.join(chosen) if field.kind == "Checkboxes" else chosen[0]
    if len(text) > _MAX_TEXT:
        raise ValueError(f"At most {_MAX_TEXT} characters.")
    if field.data_type in _READERS:
        read, sentence = _READERS[field.data_type]
        try:
            return read(text)
        except ValueError:
            raise ValueError(sentence) from None
    fits, sentence = _FORMS.get(field.validation, (bool, ""))
    if not fits(text):
        raise ValueError(sentence)
    return text


def default_value(field: FieldSpec) -> object:
    """What the host writes for somebody new who says nothing; None where it has no default."""
    return read_value(field, [field.default])


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


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_web_page(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", text))


#: By data type: how to read the text, and what to say when it cannot be read.
_READERS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "number": (_whole, "Enter a whole number, such as 12."),
    "decimal": (_amount, "Enter a number, such as 12.50."),
    "date": (date.fromisoformat, "Enter a date, such as 1990-05-31."),
    "time": (time.fromisoformat, "Enter a time, such as 09:30."),
    "datetime": (datetime.fromisoformat, "Enter a date and time, such as 2026-05-31 09:30."),
    "timestamp": (datetime.fromisoformat, "Enter a date and time, such as 2026-05-31 09:30."),
}
#: By validation method, for columns of text: whether it fits, and what to say otherwise.
_FORMS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "Numbers": (_is_number, "Enter a number, such as 12."),
    "Letters": (lambda text: text.replace(" ", "").isalpha(), "Enter letters only."),
    "Numbers and letters": (
        lambda text: text.replace(" ", "").isalnum(),
        "Enter letters and digits only.",
    ),
    "Email address": (is_address, "Enter an e-mail address, such as person@example.com."),
    "URL": (_is_web_page, "Enter the address of a web page, such as https://example.com."),
    "Date": (_is_date, "Enter a date, such as 1990-05-31."),
    "Time": (_is_time, "Enter a time, such as 09:30."),
}
