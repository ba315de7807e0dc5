"""The timeline tells a step's detail by its form, whatever action it comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from plugin.domain.catalog import Catalog, HostField, HostList
from plugin.domain.criteria_codec import decode_criteria
from plugin.domain.entry_rules import ExitRule
from plugin.domain.journey import Document, Trigger
from plugin.domain.program import Step
from plugin.engine.reading import Moment
from plugin.routes.kind_words import Wording
from plugin.routes.timeline import timeline

AT = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
FIELD = HostField(7, "City", "City", 1, "Single line")


@pytest.fixture
def wording(made_world) -> Wording:
    return Wording(made_world.services, Catalog(1, "UTC", {}, MappingProxyType({7: FIELD})))


def moment(outcome: str, *, action: str = "Wait", detail=None, branch=None) -> Moment:
    return Moment(1, 5, action, outcome, branch, AT, detail, None)


def one(wording: Wording, moment: Moment, step: Step | None = None):
    (item,) = timeline([moment], {5: step} if step else {}, wording)
    return item


def test_a_decision_reads_its_rules_from_the_version_that_ran(wording):
    criteria = {"not": {"any": [{"field": "CustomField7", "operator": "is_set"}]}}
    step = Step(5, "Decision", {"criteria": criteria})
    detail = {"truth": None, "rules": [{"path": "/not/any/0", "truth": None, "seen": None}]}
    item = one(wording, moment("branch", detail=detail, branch="false"), step)
    assert item.decided.group == "This is not so"
    assert item.decided.truth is None
    assert item.decided.rules[0].text == "Any: City is set"
    assert item.went.text == "False"


def test_a_rule_that_the_version_does_not_have_is_shown_by_its_place(wording):
    detail = {"truth": True, "rules": [{"path": "/all/3", "truth": True, "seen": "x"}]}
    item = one(wording, moment("branch", detail=detail), Step(5, "Decision", {"criteria": []}))
    assert item.decided.rules[0].text == "/all/3"


def test_facts_of_an_action_that_nobody_knows_are_shown_as_they_are(wording):
    item = one(wording, moment("next", action="Telegram", detail={"chat_id": 12, "sent": True}))
    assert item.title == "Telegram"
    assert item.facts == [("Chat id", "12"), ("Sent", "True")]


def test_a_field_that_is_gone_keeps_its_number(wording):
    item = one(wording, moment("next", detail={"field": 9, "value": "x"}))
    assert item.title == "Set “CustomField9” to “x”"


def test_an_emptied_field_is_called_so(wording):
    item = one(wording, moment("next", detail={"field": 7, "value": ""}))
    assert item.title == "Emptied “City”"


def test_what_a_receiver_answered_is_told(wording):
    item = one(wording, moment("next", detail={"answer": "404", "tries": 1}))
    assert item.title.endswith("answered: 404")
    assert ("Tries", "1") in item.facts
    item = one(wording, moment("end", detail={"answer": "404", "reason": "webhook_failed"}))
    assert item.title == "Left the journey: a webhook failed"


def test_looks_of_one_hold_are_one_entry_until_the_cause_changes(wording):
    moments = [
        moment("hold", detail={"reason": reason}) for reason in ("gone", "gone", "gone", "other")
    ]
    items = timeline(moments, {}, wording)
    assert [(item.stopped, item.looks) for item in items] == [("gone", 3), ("other", 1)]


@pytest.mark.parametrize(
    "detail",
    [
        {"until": "soon", "from": 1},
        {"rules": "none"},
        {"rules": []},
        {"next_at": "2026-11-16T08:00:00"},
        {"reason": None},
        {},
        None,
    ],
)
@pytest.mark.parametrize("outcome", ["next", "hold", "failed", "parked", "end", "stay", "new word"])
def test_no_detail_breaks_the_page(wording, outcome, detail):
    item = one(wording, moment(outcome, detail=detail))
    assert item.title
    assert item.waited is None


def on_lists(wording: Wording) -> Wording:
    wording.catalog = Catalog(1, "UTC", {2: HostList(2, "News"), 3: HostList(3, "Old")}, {})
    return wording


@pytest.mark.parametrize(
    ("detail", "title"),
    [
        ({"result": "subscribed"}, "Subscribed to “News”"),
        ({"result": "already_subscribed"}, "Was on “News” already"),
        ({"result": "asked_to_confirm"}, "Asked by the host to confirm for “News”"),
        ({"result": "unsubscribed"}, "Unsubscribed from “News”"),
        ({"result": "already_unsubscribed"}, "Had left “News” already"),
        (
            {"result": "refused", "reason": "suppressed"},
            "Nothing done on “News”: the address is suppressed",
        ),
        ({"result": "refused", "reason": "odd_one"}, "Nothing done on “News”: odd one"),
        ({"asked": "subscribe"}, "Asked the host to subscribe them to “News”"),
    ],
)
def test_what_came_of_joining_and_leaving_is_told_in_words(wording, detail, title):
    item = one(on_lists(wording), moment("next", detail={"list_id": 2, **detail}))
    assert (item.title, item.facts) == (title, [])


def test_what_the_rules_of_a_list_did_on_others_is_told_too(wording):
    also = [{"list_id": 3, "result": "unsubscribed"}]
    detail = {"list_id": 2, "result": "subscribed", "also": also}
    item = one(on_lists(wording), moment("next", detail=detail))
    assert item.facts == [("In consequence", "Unsubscribed from “Old”")]


def test_who_went_over_to_a_newer_version_is_told_where_and_until_when(wording):
    detail = {"version": 8, "from_version": 7}
    step = Step(5, "Wait", {"amount": 1, "unit": "days"})
    assert one(wording, moment("moved", detail=detail), step).title == "Moved to version 8: Wait"
    item = one(wording, moment("moved", detail=detail | {"step": 4}), step)
    assert item.title == "Moved to version 8: step 4 is gone, on to Wait"
    assert item.facts == []
    anew = {"from": AT.isoformat(), "until": "2026-11-17T08:00:00+00:00", "zone": "UTC"}
    item = one(wording, moment("moved", detail=detail | anew), step)
    assert item.title == "Moved to version 8: Wait, wait recomputed"
    assert (item.waited.since, item.waited.until.day) == (AT, 17)


def ruled() -> Document:
    criteria = decode_criteria({"all": [{"field": "CustomField7", "operator": "is_set"}]})
    rules = (ExitRule(event=Trigger("EmailOpen")), ExitRule(criteria=criteria, name="Moved"))
    trigger = Trigger("Manual")
    return Document(trigger=trigger, steps=(), entry_criteria=criteria, exit_rules=rules)


def of_journey(wording: Wording, outcome: str, detail):
    (item,) = timeline([moment(outcome, action="", detail=detail)], {}, wording, ruled())
    return item


SEEN = [{"path": "/all/0", "truth": True, "seen": "Oslo"}]


def test_who_was_let_in_is_told_with_the_rules_and_the_wait_for_a_place(wording):
    waits = {"from": AT.isoformat(), "until": AT.replace(hour=9).isoformat(), "zone": "UTC"}
    item = of_journey(wording, "entered", {"truth": True, "rules": SEEN, **waits})
    assert item.title == "Let in by the entry criteria, waits for a place"
    assert [(rule.text, rule.seen) for rule in item.decided.rules] == [("City is set", "Oslo")]
    assert item.waited.until == AT.replace(hour=9)
    assert item.facts == []


def test_an_exit_rule_is_told_with_its_name_and_what_was_seen(wording):
    detail = {"rule": 2, "name": "Moved", "truth": True, "rules": SEEN, "reason": "exit_rule"}
    item = of_journey(wording, "end", detail)
    assert item.title == "Left the journey: exit rule 2, “Moved”"
    assert item.decided.rules[0].text == "City is set"


def test_an_exit_rule_about_an_event_is_told_with_the_event(wording):
    event = {"type": "open", "occurred_at": AT.isoformat()}
    item = of_journey(wording, "end", {"rule": 1, "event": event, "reason": "exit_rule"})
    assert item.title == "Left the journey: exit rule 1"
    assert item.facts == [("By", "opened an e-mail"), ("Happened at", AT.isoformat())]


def test_a_wait_for_an_event_tells_how_long_it_is_and_what_ended_it(wording):
    step = Step(5, "WaitForEvent", {"what": "clicked", "amount": 3, "unit": "days"})
    until = {"from": AT.isoformat(), "until": AT.replace(day=19).isoformat(), "zone": "UTC"}
    item = one(wording, moment("stay", action="WaitForEvent", detail=until), step)
    assert item.title == "Wait for an event: Clicks any link in any e-mail, at most 3 days"
    assert item.waited.until == AT.replace(day=19)
    event = {"id": 12, "type": "click", "list_id": 9, "occurred_at": AT.isoformat()}
    event |= {"url": "https://a.example", "email_id": "4"}
    item = one(
        wording,
        moment("branch", action="WaitForEvent", detail={"event": event}, branch="happened"),
        step,
    )
    assert item.went.text == "Happened"
    assert item.facts == [
        ("By", "clicked a link"),
        ("E-mail", "e-mail 4 (gone)"),
        ("On list", "list 9 (gone)"),
        ("Link", "https://a.example"),
        ("Happened at", AT.isoformat()),
        ("Event number", "12"),
    ]


@pytest.mark.parametrize(
    ("detail", "title"),
    [
        ({"asked": "send"}, "Handed “Hi” to the host to send"),
        ({"asked": "rate"}, "Waits for room to send “Hi”: the send rate is used up"),
        ({"asked": "cap"}, "Waits to be sent “Hi”: had enough messages lately"),
        ({"result": "sent"}, "Sent “Hi”"),
        (
            {"result": "unknown"},
            "“Hi” was sent, or was not: nobody knows, and it is not sent again",
        ),
        (
            {"result": "skipped", "reason": "suppressed"},
            "“Hi” not sent: the address is suppressed",
        ),
        (
            {"result": "skipped", "reason": "capped"},
            "“Hi” not sent: they had enough messages lately",
        ),
        (
            {"result": "failed", "reason": "no_message_id"},
            "“Hi” could not be sent: the host did not say that it took it",
        ),
    ],
)
def test_what_became_of_a_message(made_world, detail, title):
    catalog = Catalog(1, "UTC", {}, {}, emails={5: "Hi"})
    wording = Wording(made_world.services, catalog)
    word = "stay" if "asked" in detail else "next"
    item = one(wording, moment(word, action="SendEmail", detail={"email_id": 5} | detail))
    assert (item.title, item.facts) == (title, [])
