"""Parameters that choose things of the account: their field, their words and their check."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from marshmallow import fields, validate

from plugin.errors import Problem

#: Things that one parameter may name.
MOST = 100


def some_of(label: str, widget: str) -> fields.List[int]:
    """Ids of things of the account; none: any of them."""
    return fields.List(
        fields.Integer(strict=True, validate=validate.Range(min=1)),
        load_default=list,
        validate=validate.Length(max=MOST),
        metadata={"widget": widget, "label": label},
    )


def either(names: Sequence[str], otherwise: str) -> str:
    """The names as people list them; `otherwise` when none was chosen."""
    return " or ".join(names) if names else otherwise


def missing(path: str, ids: Sequence[int], known: Container[int], what: str) -> Iterator[Problem]:
    """A problem for each id that names nothing of the account."""
    for place, number in enumerate(ids):
        if number not in known:
            yield Problem(f"{path}/{place}", f"There is no {what} {number}. Choose another.")
