"""Tables of what rules must answer: asked all at once, told one by one where they are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.domain.criteria import Rule
from tests.host.world import World


@dataclass(frozen=True)
class Truth:
    """The rule is true for these people (or values), and false for all others.

    `negation` is the operator that must answer the exact opposite. `on_sqlite` and `on_v4` (an
    Oempro 4 on MariaDB) stand where those answer otherwise.
    """

    operator: str
    value: Any
    true_for: set[Any]
    negation: str | None = None
    on_sqlite: set[Any] | None = None
    on_v4: set[Any] | None = None

    def expected(self, world: World) -> set[Any]:
        other = self.on_v4 if world.flavour == "v4" else self.on_sqlite if world.is_sqlite else None
        return self.true_for if other is None else other


def operators(rows: Iterable[Truth]) -> set[str]:
    """All that the rows say something about."""
    return {name for row in rows for name in (row.operator, row.negation) if name}


def assert_truths(
    world: World, list_id: int, field: str, rows: Sequence[Truth], people: Mapping[int, Any]
) -> None:
    """Each answer is what the rows say; all rules are asked in one call.

    `people` are those who are looked at: what the rows call them, by subscriber id.
    """
    everybody = set(people.values())
    asked = [(row.operator, row.value, row.expected(world)) for row in rows]
    asked += [
        (row.negation, row.value, everybody - row.expected(world)) for row in rows if row.negation
    ]
    answers = world.ask_all(
        *(Rule(field, name, value) for name, value, _ in asked), list_id=list_id
    )
    wrong = []
    for at, (name, value, expected) in enumerate(asked):
        assert expected <= everybody, f"The row on {name} {value!r} names nobody's value."
        for person, called in people.items():
            truth = answers[person][at].truth
            if truth != (called in expected):
                wrong.append(f"{field} {name} {_short(value)} is {truth} for {called!r}")
    assert not wrong, "\n".join(wrong)


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:59] + "…"
