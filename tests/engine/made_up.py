"""Random journeys, people and turns of fate; a seed makes the same ones again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.documents import decide, off, rule, step, update, wait, wait_for, webhook
from tests.engine.made_up_segments import PLACES, made_up_goal, without
from tests.engine.made_up_texts import KEPT, waits_for_events, without_kept
from tests.engine.oracle_rules import DAYS
from tests.world_host import (
    BORN,
    CITY,
    LANGUAGE,
    LEVEL,
    LIST,
    ORDERS,
    OTHER_LIST,
    OTHERS_CITY,
)

Plain = dict[str, Any]
Kind = Callable[[], Plain]

#: One emoji only: the host's collation on MySQL takes all of them for the same.
TEXTS = (
    *("", "Oslo", "oslo", "OSLO", "Os", "New Oslo", "Rome", "😀", "Oslo 😀", "%", "_", "o_l%"),
    *("a\\b", "'quoted'", '"', "7", "07", "-3.50", "12", "1e3", "7 apples", "{{ x", "%Subscriber"),
    *("null", "0", "2026-03-05", "Straße", "日本", "x" * 200),
)
TAGS = {LIST: (1, 2, 3), OTHER_LIST: (4, 5)}
NUMBERS = (-(2**31), -7, -1, 0, 1, 6, 7, 8, 12, 100, 2**31 - 1)
OWN_EVENTS = ("paid", "left")
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
        #: Of its own, so that what a seed made before tags were known stays the same.
        self._tag_dice = Random(f"tags {seed}")
        self._behaviour_dice = Random(f"behaviour {seed}")
        self._goal_dice = Random(f"goals {seed}")

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

    def tags(self) -> dict[int, list[int]]:
        """What somebody is tagged with, by list."""
        chance = self._tag_dice.random
        return {of: [tag for tag in tags if chance() < 0.4] for of, tags in TAGS.items()}

    def suppressed(self) -> bool:
        """Whether somebody's address is suppressed on LIST."""
        return self._behaviour_dice.random() < 0.3

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

    def other_row(self) -> Plain | None:
        """What somebody has on the other list, if they are there."""
        status = self._dice.choice(("Subscribed", "Subscribed", "Unsubscribed", "Opt-In Pending"))
        city = self._dice.choice((None, *TEXTS))
        made = {f"CustomField{OTHERS_CITY}": city, "SubscriptionStatus": status}
        return made if self._dice.random() < 0.3 else None

    def comers(self, how_many: int) -> list[int]:
        """Who is reported once more, by their place."""
        return [place for place in range(how_many) if self._dice.random() < 0.08]

    def doings(self, how_many: int) -> list[tuple[int, str]]:
        """What some people do, by their place; `robot` is an open that counts nowhere."""
        words = ("open", "robot", *(f"custom {name}" for name in OWN_EVENTS))
        return [
            (place, self._dice.choice(words))
            for place in range(how_many)
            if self._dice.random() < 0.12
        ]

    def switched(self, how_many: int) -> list[int]:
        """Which journeys are turned off, or on again."""
        return [number for number in range(how_many) if self._dice.random() < 0.12]

    # Journeys

    def family(self, name: str, with_lists: bool) -> list[Plain]:
        """Three journeys, oldest first: of the other list or of those who left; one that is only
        started by the next; and that. Steps name others by `order` and `orders`. `with_lists`:
        steps may write to lists."""
        self._fields: tuple[int, ...] = (LEVEL, LEVEL, CITY, ORDERS, BORN, LANGUAGE)
        self._revives = self._dice.random() < 0.5
        both: list[Kind] = [self._subscribe, self._unsubscribe] if with_lists else []
        self._about_lists = both
        self._older = 1  #: journeys that rules may name
        started = self._journey(f"{name}: started", {"type": "Manual"}, ())
        self._older = 2
        main = self._journey(f"{name}: main", _of_list("ListSubscription", LIST), (0, 1))
        self._older = 0
        if self._dice.random() < 0.4:  # whoever leaves goes round in no circle
            self._about_lists = both[:1]
            left = _of_list("ListUnsubscription", LIST)
            return [self._journey(f"{name}: left", left, ()), started, main]
        self._about_lists = both[1:]
        self._fields = (OTHERS_CITY, LANGUAGE)
        other = _of_list("ListSubscription", OTHER_LIST)
        return [self._journey(f"{name}: other", other, ()), started, main]

    def _journey(self, name: str, trigger: Plain, others: tuple[int, ...]) -> Plain:
        self._others, chance = others, self._dice.random
        document: Plain = {
            "format": 1,
            "name": name,
            "trigger": trigger,
            "reentry": self._reentry(),
            "unsubscribed": self._dice.choice(("end", "end", "continue")),
            "steps": self._body(1) or [wait(1, "seconds")],
        }
        if chance() < 0.3:
            document["entry_criteria"] = without(("journey",), self._criteria(2))
        # They would be asked whenever somebody who waits for an event looks.
        if chance() < 0.3 and not waits_for_events(document["steps"]):
            document["exit_rules"] = [{"criteria": {"all": [self._rule(), self._rule()]}}]
        if others and chance() < 0.8:
            document["steps"].insert(self._dice.randint(0, 2), self._start())
        if self._goal_dice.random() < 0.9 and not waits_for_events(document["steps"]):
            fields = (OTHERS_CITY,) if OTHERS_CITY in self._fields else (CITY, LEVEL)
            document["goals"] = [made_up_goal(self._goal_dice, document["steps"], fields)]
        return without_kept(document)

    def _reentry(self) -> Plain:
        rule = self._dice.choice(("once_ever", "once_at_a_time", "every_time", "again_after"))
        if rule != "again_after":
            return {"rule": rule}
        since = self._dice.choice(("entry", "exit"))
        return {"rule": rule, "days": self._dice.randint(1, 3), "since": since}

    def _body(self, level: int) -> list[Plain]:
        return [self._step(level) for _ in range(self._dice.randint(0 if level > 1 else 2, 4))]

    def _step(self, level: int) -> Plain:
        kinds: list[Kind] = [
            self._wait,
            self._wait,
            self._update,
            self._update,
            self._webhook,
            self._webhook,
        ]
        kinds.append(lambda: self._webhook_that_waits(level))
        kinds += [lambda: self._await(level)] * 2
        if level < 4:
            kinds += [lambda: self._decide(level)] * 3
        if self._dice.random() < 0.15:
            kinds = [self._leave]
        elif self._about_lists and self._dice.random() < 0.15:
            kinds = self._about_lists
        made = self._dice.choice(kinds)()
        return off(made) if self._dice.random() < 0.1 else made

    def _leave(self) -> Plain:
        kinds = [lambda: step("ExitThisJourney"), lambda: step("ExitAllJourneys")]
        kinds += [lambda: step("ExitAllOtherJourneys")] * 2
        if self._others:
            orders = self._dice.sample(self._others, self._dice.randint(1, len(self._others)))
            kinds += [lambda: step("ExitJourney", orders=orders), self._start, self._start]
        return self._dice.choice(kinds)()

    def _start(self) -> Plain:
        return step("StartJourney", order=1)

    def _subscribe(self) -> Plain:
        revive = {"revive": True} if self._revives and self._dice.random() < 0.5 else {}
        return step("Subscribe", list_id=OTHER_LIST, **revive)

    def _unsubscribe(self) -> Plain:
        """Nobody is brought back and taken off in one moment: events have no order within it."""
        other = OTHERS_CITY in self._fields
        lists = [LIST, OTHER_LIST] if other else [None, LIST, OTHER_LIST]
        list_id = self._dice.choice(
            [one for one in lists if one != OTHER_LIST or not self._revives]
        )
        return step("Unsubscribe", **({} if list_id is None else {"list_id": list_id}))

    def _webhook_that_waits(self, level: int) -> Plain:
        made = webhook({"who": "{{ Subscriber:EmailAddress }}", "value": self._value()})
        if self._dice.random() < 0.6:
            made["params"]["keep"] = {"got": "got"}
        if self._dice.random() < 0.6:
            made["branches"] = {"failed": self._body(level + 1)}
        return made

    def _await(self, level: int) -> Plain:
        pick = self._dice.choice
        what = pick(("opened", "custom", "subscribed", "subscribed", "unsubscribed"))
        params: Plain = {"event": pick(OWN_EVENTS)} if what == "custom" else {}
        if what in ("subscribed", "unsubscribed"):
            params = {"list_ids": pick(([], [LIST], [OTHER_LIST]))}
        since = pick(("step", "step", "journey", "days"))
        params |= {"since": since} | ({"days": self._dice.randint(1, 3)} if since == "days" else {})
        unit = pick(("minutes", "hours", "days"))
        bodies = [self._body(level + 1) if level < 4 else [] for _ in range(2)]
        amount = self._dice.randint(1, 90 if unit != "days" else 3)
        return wait_for(what, *bodies, amount=amount, unit=unit, **params)

    def _wait(self) -> Plain:
        unit = self._dice.choice(("seconds", "minutes", "hours", "days"))
        window = None
        if self._dice.random() < 0.3:
            days = self._dice.sample(DAYS, self._dice.randint(1, 7))
            opens, closes = (f"{self._dice.randrange(24):02}:{m}" for m in ("00", "30"))
            window = {"days": days, "from": opens, "to": closes}
        return wait(self._dice.randint(1, 90 if unit != "days" else 3), unit, window)

    def _update(self) -> Plain:
        return update(self._dice.choice(self._fields), self._value())

    def _value(self) -> str:
        tags = ("City", "CustomField4", "Orders", "Born", "EmailAddress")
        if OTHERS_CITY in self._fields:
            tags = ("City", f"CustomField{LANGUAGE}", "EmailAddress")
        tag = self._dice.choice(tags)
        fallback = self._dice.choice(("", '|"friend"', '|"7"', '|"2026-03-01"'))
        patterns = ("{tag}", "{tag}", "hi {tag}!", "{tag}{tag}", "gold", "7", "2026-03-03", "")
        chosen = self._dice.choice((*patterns, KEPT))
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
        made = self._rule_of_columns()
        made = self._rule_of_tags() if self._tag_dice.random() < 0.3 else made
        return self._rule_of_behaviour() if self._behaviour_dice.random() < 0.5 else made

    def _rule_of_behaviour(self) -> Plain:
        """`journey` is a number in the family."""
        pick = self._behaviour_dice.choice
        scopes = self._behaviour_dice.sample(("list", "account", "everywhere"), 2)
        makers: list[Kind] = [
            lambda: {"suppression": pick(("suppressed", "not_suppressed"))},
            lambda: {"suppression": pick(("suppressed", "not_suppressed")), "scopes": scopes},
        ]
        if OTHERS_CITY not in self._fields:
            makers += [lambda: {"segment": pick((1, 2)), "operator": pick(("in", "not_in"))}] * 2
        if self._older:
            older = range(self._older)
            makers += [lambda: {"journey": pick(older), "operator": pick(PLACES)}] * 4
        return pick(makers)()

    def _rule_of_tags(self) -> Plain:
        operator = self._tag_dice.choice(("has_any", "has_all", "has_none"))
        known = [tag for tags in TAGS.values() for tag in tags]
        least = 1 if operator == "has_all" else 0
        tags = self._tag_dice.sample(known, self._tag_dice.randint(least, 3))
        return {"tags": tags, "operator": operator}

    def _rule_of_columns(self) -> Plain:
        pick = self._dice.choice
        if OTHERS_CITY in self._fields:
            return self._rule_of_others()
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

    def _rule_of_others(self) -> Plain:
        """Of columns that the other list has."""
        pick = self._dice.choice
        makers = (
            lambda: rule(pick((OTHERS_CITY, LANGUAGE)), pick(TEXT_OPERATORS), pick(TEXTS)),
            lambda: rule(pick((OTHERS_CITY, LANGUAGE)), pick(("is_set", "is_not_set"))),
            lambda: rule(OTHERS_CITY, pick(SIZES), pick((*NUMBERS, "7.0", -3.5))),
            lambda: rule("EmailAddress", pick(TEXT_OPERATORS), pick(("person1", ".COM", "@", "7"))),
        )
        return pick(makers)()

    def _day(self) -> str:
        return (FIRST_DAY + timedelta(days=self._dice.randrange(40))).isoformat()


def _of_list(kind: str, list_id: int) -> Plain:
    return {"type": kind, "params": {"list_ids": [list_id]}}
