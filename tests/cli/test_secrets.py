"""`journeys secret …`: what the receivers of webhooks need."""

from __future__ import annotations

from plugin.hooks.signing import new_secret
from tests.cli.conftest import Journeys

FOR = ("--user", 1)


def test_the_first_publish_makes_a_secret_that_can_be_shown(journeys: Journeys, welcome_id: int):
    assert journeys.does("secret", "list", *FOR).split() == ["default"]
    shown = journeys.does("secret", "show", *FOR).strip()
    assert shown.startswith("whsec_")
    assert journeys.does("secret", "show", "default", *FOR).strip() == shown


def test_a_secret_is_kept_under_its_name_and_never_overwritten(journeys: Journeys, welcome_id: int):
    value = new_secret()
    journeys.does("secret", "add", "crm", *FOR, "--value", value)
    assert journeys.does("secret", "show", "crm", *FOR).strip() == value
    assert "already" in journeys.refuses("secret", "add", "crm", *FOR, "--value", new_secret())
    assert journeys.data("secret", "list", *FOR) == ["crm", "default"]


def test_other_accounts_do_not_see_it_and_bad_ones_are_refused(journeys: Journeys, welcome_id: int):
    assert "no secret" in journeys.refuses("secret", "show", "--user", 2)
    assert "whsec_" in journeys.refuses("secret", "add", "crm", *FOR, "--value", "hello")
