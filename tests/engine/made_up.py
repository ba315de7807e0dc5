"""Random journeys, people and turns of fate; a seed makes the same ones again."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.documents import decide, off, rule, update, wait, webhook
from tests.engine.oracle import DAYS
from tests.world_host import BORN, CITY, LANGUAGE, LEVEL, ORDERS

Plain = dict[str, Any]

#: One emoji only: the host's collation on MySQL takes all of them for the same.
TEXTS = (
    *("", "Oslo", "oslo", "OSLO", "Os", "New Oslo", "Rome", "😀", "Oslo 😀", "%", "_", "o_l%"),
    *("a\\b", "'quoted'", '"', "7", "07", "-3.50", "12", "1e3", "7 apples", "{{ x", "%Subscriber"),
    *("null", "0", "2026-03-05", "Straße", "日本", "x" * 200),
)
NUMBERS = (-(2**31), -7, -1, 0, 1, 6, 7, 8, 12, 100, 2**31 - 1)
ZERO_DAY = "0000-00-00"
FIRST_DAY = date(2026, 2, 20)
TEXT_OPERATORS = ("is", "is_not", "contains", "does_not_contain", "begins_with", "ends_with")
SIZES = ("equals", "less_than", "at_most", "greater_than", "at_least")
ANY_DAY = ("on", "before", "after")
SPANS = ("between", "not_between")
AGO = ("in_last_days", "not_in_last_days", "in_next_days")


class MadeUp:
    def __init__(self, seed: int) -> None:
        self._dice = Random(seed)

    # People

    def person(self) -> Plain:
        """Values by column, NULL and zero dates among them."""
        pick = self._dice.choice
        return {
            f"CustomField{CITY}": pick((None, *TEXTS)),
            f"CustomField{LEVEL}": pick((None, *TEXTS)),
            f"CustomField{ORDERS}": pick((None, *NUMBERS)),
            f"CustomField{BORN}": pick((None, ZERO_DAY, self._day(), self._day(), self._day())),
            "SubscriptionStatus": pick(("Subscribed",) * 6 + ("Opt-In Pending", "Unsubscribed")),
        }

    def language(self) -> str | None:
        return self._dice.choice((None, None, "nb", "NB", "de", ""))

    def strokes(self, how_many: int) -> dict[int, str]:
        """What becomes of some people between two turns of the clock, by their place."""
        fates = {}
        for place in range(how_many):
            if self._dice.random() < 0.06:
                fates[place] = self._dice.choice(("unsubscribe", "delete", "move", "return"))
        return fates

    def turn(self) -> timedelta:
        seconds = self._dice.choice((1, 59, 600, 900, 1800, 3600, 7200, 20000, 86400, 300000))
        return timedelta(seconds=seconds)

    def text(self) -> str:
        return self._dice.choice(TEXTS)

    # Journeys

    def document(self, name: str) -> Plain:
        return {
            "format": 1,
            "name": name,
            "trigger": {"type": "Manual"},
            "reentry": {"rule": "once_ever"},
            "unsubscribed": self._dice.choice(("end", "end", "continue")),
            "steps": self._body(1) or [wait(1, "seconds")],
        }

    def _body(self, level: int) -> list[Plain]:
        return [self._step(level) for _ in range(self._dice.randint(0 if level > 1 else 2, 4))]

    def _step(self, level: int) -> Plain:
        kinds = [self._wait, self._update, self._update, self._webhook]
        if level < 4:
            kinds += [lambda: self._decide(level)] * 3
        made = self._dice.choice(kinds)()
        return off(made) if self._dice.random() < 0.1 else made

    def _wait(self) -> Plain:
        unit = self._dice.choice(("seconds", "minutes", "hours", "days"))
        window = None
        if self._dice.random() < 0.3:
            days = self._dice.sample(DAYS, self._dice.randint(1, 7))
            opens, closes = (f"{self._dice.randrange(24):02}:{m}" for m in ("00", "30"))
            window = {"days": days, "from": opens, "to": closes}
        return wait(self._dice.randint(1, 90 if unit != "days" else 3), unit, window)

    def _update(self) -> Plain:
        field = self._dice.choice((LEVEL, LEVEL, CITY, ORDERS, BORN, LANGUAGE))
        return update(field, self._value())

    def _value(self) -> str:
        tag = self._dice.choice(("City", "CustomField4", "Orders", "Born", "EmailAddress"))
        fallback = self._dice.choice(("", '|"friend"', '|"7"', '|"2026-03-01"'))
        patterns = ("{tag}", "{tag}", "hi {tag}!", "{tag}{tag}", "gold", "7", "2026-03-03", "")
        chosen = self._dice.choice(patterns)
        return chosen.replace("{tag}", f"{{{{ Subscriber:{tag}{fallback} }}}}")

    def _webhook(self) -> Plain:
        return webhook({"who": "{{ Subscriber:EmailAddress }}", "value": self._value()})

    def _decide(self, level: int) -> Plain:
        return decide(self._criteria(1), self._body(level + 1), self._body(level + 1))

    def _criteria(self, level: int) -> Plain:
        kind = self._dice.choice(("all", "any", "not", "rule", "rule")) if level < 4 else "rule"
        if kind == "rule":
            return self._rule()
        if kind == "not":
            return {"not": self._criteria(level + 1)}
        return {kind: [self._criteria(level + 1) for _ in range(self._dice.randint(1, 3))]}

    def _rule(self) -> Plain:
        pick = self._dice.choice
        makers = (
            lambda: rule(pick((CITY, LEVEL, LANGUAGE)), pick(TEXT_OPERATORS), pick(TEXTS)),
            lambda: rule(pick((CITY, LEVEL)), pick(TEXT_OPERATORS), pick(TEXTS)),
            lambda: rule(pick((CITY, LEVEL, ORDERS)), pick(SIZES), pick((*NUMBERS, "7.0", -3.5))),
            lambda: rule(ORDERS, pick(("is", "is_not")), pick(("7", "007", "x", "-1", ""))),
            lambda: rule(
                pick((CITY, LEVEL, ORDERS, BORN, LANGUAGE)), pick(("is_set", "is_not_set"))
            ),
            lambda: rule(BORN, pick(ANY_DAY), self._day()),
            lambda: rule(BORN, pick(SPANS), sorted((self._day(), self._day()))),
            lambda: rule(BORN, pick(AGO), self._dice.randint(1, 15)),
            lambda: rule("EmailAddress", pick(TEXT_OPERATORS), pick(("person1", ".COM", "@", "7"))),
            lambda: rule("SubscriptionStatus", pick(("is", "is_not")), "Subscribed"),
        )
        return pick(makers)()

    def _day(self) -> str:
        return (FIRST_DAY + timedelta(days=self._dice.randrange(40))).isoformat()
