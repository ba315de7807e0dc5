"""Rules about messages, journeys, segments and suppression as data and in words."""

import pytest

from plugin.domain.catalog import Catalog, HostSegment
from plugin.domain.criteria import (
    All,
    Condition,
    JourneyRule,
    MessageRule,
    Not,
    SegmentRule,
    SentRule,
    SuppressionRule,
    renumbered,
)
from plugin.domain.criteria_codec import decode_criteria, encode_criteria
from plugin.domain.rules_for_people import in_words
from plugin.errors import InvalidDocument

CATALOG = Catalog(
    1,
    "UTC",
    {},
    {},
    emails={3: "Hello"},
    journeys={4: "Welcome"},
    segments={2: HostSegment(2, "Gold", 1, True)},
)
URL = {"operator": "contains", "value": "/shop"}


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        (
            {"message": 7, "did": "sent"},
            MessageRule(7, "sent"),
            "was sent the message of step 7",
        ),
        (
            {"message": 7, "did": "not_opened"},
            MessageRule(7, "not_opened"),
            "did not open the message of step 7",
        ),
        (
            {"message": 7, "did": "clicked"},
            MessageRule(7, "clicked"),
            "clicked in the message of step 7",
        ),
        (
            {"message": 7, "did": "not_clicked", "url": URL},
            MessageRule(7, "not_clicked", Condition("contains", "/shop")),
            "did not click on addresses that contain “/shop” in the message of step 7",
        ),
        (
            {"sent": [3, 5], "operator": "sent", "days": 1},
            SentRule((3, 5), "sent", 1),
            "was sent the e-mail “Hello” or “e-mail 5 (gone)” by a journey in the last day",
        ),
        (
            {"sent": [], "operator": "not_sent", "days": 30},
            SentRule((), "not_sent", 30),
            "was not sent any e-mail by a journey in the last 30 days",
        ),
        (
            {"journey": 4, "operator": "not_finished"},
            JourneyRule(4, "not_finished"),
            "has not finished “Welcome”",
        ),
        ({"segment": 2, "operator": "in"}, SegmentRule(2, "in"), "in the segment “Gold”"),
        (
            {"segment": 9, "operator": "not_in"},
            SegmentRule(9, "not_in"),
            "not in the segment “segment 9”",
        ),
        ({"suppression": "suppressed"}, SuppressionRule("suppressed"), "suppressed"),
        (
            {"suppression": "not_suppressed", "scopes": ["account", "list"]},
            SuppressionRule("not_suppressed", ("account", "list")),
            "not suppressed in the account or on the list",
        ),
    ],
)
def test_a_rule_is_read_and_written_and_told(data, rule, words):
    assert decode_criteria(data) == rule
    assert encode_criteria(rule) == data
    assert in_words(rule, CATALOG) == words


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"message": 0, "did": "sent"}, "/message"),
        ({"message": "7", "did": "sent"}, "/message"),
        ({"message": 7}, "/did"),
        ({"message": 7, "did": ["sent"]}, "/did"),
        ({"message": 7, "did": "opened", "url": URL}, "/url"),
        (
            {"message": 7, "did": "clicked", "url": {"operator": "like", "value": "x"}},
            "/url/operator",
        ),
        ({"message": 7, "did": "sent", "operator": "is"}, ""),
        ({"sent": 3, "operator": "sent"}, "/sent"),
        ({"sent": [3, 3], "operator": "sent"}, "/sent/1"),
        ({"sent": [], "operator": "was"}, "/operator"),
        ({"sent": [], "operator": "sent", "days": 0}, "/days"),
        ({"sent": [], "operator": "sent", "days": True}, "/days"),
        ({"journey": 4, "operator": "in"}, "/operator"),
        ({"journey": None, "operator": "inside"}, "/journey"),
        ({"segment": 2, "operator": "inside"}, "/operator"),
        ({"suppression": "yes"}, "/suppression"),
        ({"suppression": "suppressed", "scopes": []}, "/scopes"),
        ({"suppression": "suppressed", "scopes": ["list", "list"]}, "/scopes"),
        ({"suppression": "suppressed", "scopes": [{}]}, "/scopes"),
        ({"suppression": "suppressed", "scopes": "list"}, "/scopes"),
    ],
)
def test_a_fault_is_told_at_its_place(data, path):
    with pytest.raises(InvalidDocument) as refused:
        decode_criteria({"all": [data]}, "/x")
    assert [problem.path for problem in refused.value.problems] == [f"/x/all/0{path}"]


def test_steps_that_are_named_get_their_new_numbers():
    tree = All((MessageRule(7, "sent", path="/all/0"), Not(MessageRule(8, "opened"))))
    new = renumbered(tree, {7: 70})
    assert new == All((MessageRule(70, "sent", path="/all/0"), Not(MessageRule(8, "opened"))))
