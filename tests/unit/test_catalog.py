"""What an account owns, by name; what it does not own is said to be gone."""

from plugin.domain.catalog import Catalog, HostList

CATALOG = Catalog(1, "UTC", {1: HostList(1, "News")}, {}, {5: "Welcome", 6: ""}, {8: "Spring 🌷"})


def test_emails_and_campaigns_are_called_by_their_names():
    assert CATALOG.email_name(5) == "Welcome"
    assert CATALOG.campaign_name(8) == "Spring 🌷"


def test_what_has_no_name_is_called_by_its_number():
    assert CATALOG.email_name(6) == "e-mail 6"


def test_what_is_not_there_is_gone():
    assert CATALOG.email_name(8) == "e-mail 8 (gone)"
    assert CATALOG.campaign_name(5) == "campaign 5 (gone)"
    assert CATALOG.list_name(5) == "list 5 (gone)"


def test_an_account_may_have_neither():
    bare = Catalog(1, "UTC", {}, {})
    assert (bare.emails, bare.campaigns) == ({}, {})
