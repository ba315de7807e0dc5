"""`journeys webhook test`, and secrets of any form."""

from __future__ import annotations

from tests.cli.conftest import Journeys

FOR = ("--user", 1)


def webhook_step(journeys: Journeys, journey_id: int) -> int:
    """The id of the journey's webhook."""
    steps = journeys.data("journey", "show", journey_id, *FOR)["document"]["steps"]
    return next(step["id"] for step in _all(steps) if step["action"] == "Webhook")


def _all(steps):
    for step in steps:
        yield step
        for body in step.get("branches", {}).values():
            yield from _all(body)


def test_a_secret_of_any_form_is_one_line(journeys: Journeys, welcome_id: int):
    journeys.does("secret", "add", "crm", *FOR, "--text", "--value", "Bearer abc")
    assert journeys.does("secret", "show", "crm", *FOR).strip() == "Bearer abc"
    for bad in ("a\nb", "", "İ"):
        assert "one line" in journeys.refuses(
            "secret", "add", "other", *FOR, "--text", "--value", bad
        )
    assert "small letters" in journeys.refuses(
        "secret", "add", "Big", *FOR, "--text", "--value", "x"
    )


def test_a_person_is_named_by_list_and_id_or_address(journeys: Journeys, welcome_id: int):
    for bad in ("42", "1:", "x:42", ":a@b"):
        text = journeys.refuses("webhook", "test", welcome_id, 1, *FOR, "--person", bad)
        assert "LIST:WHO" in text
    assert "no journey" in journeys.refuses("webhook", "test", 999, 1, *FOR)


def test_what_is_sent_and_what_came_back_is_shown(journeys: Journeys, welcome_id: int):
    step = webhook_step(journeys, welcome_id)
    data = journeys.data("webhook", "test", welcome_id, step, *FOR)
    assert data["request"]["headers"]["webhook-id"].startswith("test_")
    assert data["answer"]["error"] in ("blocked address", "dns", "refused", "unreachable")
    shown = journeys.does("webhook", "test", welcome_id, step, *FOR)
    assert "webhook-id: test_" in shown
    assert "Answer: " in shown
