"""Who is the same person: owner and address, compared by bytes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.enrollment import Subscriber, normal_address, person_key

E_COMPOSED, E_APART = "\u00e9", "e\u0301"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@Example.com", "ann@example.com"),
        ("ANN@EXAMPLE.COM", "ann@example.com"),
        (f"jos{E_COMPOSED}@example.com", f"jos{E_APART}@example.com"),
        (f"JOS{E_APART}@example.com", f"jos{E_COMPOSED}@EXAMPLE.com"),
    ],
)
def test_ascii_case_and_the_way_accents_are_stored_make_nobody_another(one, other):
    assert person_key(1, one) == person_key(1, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.com", "ann@example.com "),
        ("ann@example.com", " ann@example.com"),
        ("ann@example.com", "ann\u200b@example.com"),
        ("jose@example.com", f"jos{E_COMPOSED}@example.com"),
        (f"jos{E_COMPOSED}@example.com", f"jos{E_COMPOSED.upper()}@example.com"),
        ("strasse@example.com", "straße@example.com"),
        ("ann@example.com", "\uff41nn@example.com"),
        ("i@example.com", "\u0131@example.com"),
        ("", "x"),
    ],
)
def test_what_only_looks_alike_is_somebody_else(one, other):
    assert person_key(1, one) != person_key(1, other)


def test_the_same_address_of_another_owner_is_another_person():
    assert person_key(1, "ann@example.com") != person_key(2, "ann@example.com")
    assert person_key(1, "2/7") != person_key(12, "/7")


def test_a_key_has_sixteen_bytes_and_never_changes():
    assert len(person_key(1, "")) == 16
    assert person_key(1, "ann@example.com").hex() == "997ed560199f4981f351b29fb4688085"


def test_the_kelvin_sign_becomes_a_k_as_unicode_has_it():
    # U+212A is a K by canonical equivalence, so NFC already makes them one.
    assert unicodedata.normalize("NFC", "\u212a") == "K"
    assert person_key(1, "\u212aim@example.com") == person_key(1, "kim@example.com")


@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing_more(address):
    once = normal_address(address)
    assert normal_address(once) == once
    assert not any("A" <= c <= "Z" for c in once)


@given(st.integers(0, 2**63 - 1), st.text(st.characters(), max_size=30))
def test_every_owner_and_every_text_has_a_key(owner, address):
    assert len(person_key(owner, address)) == 16


@pytest.mark.parametrize(
    ("status", "subscribed"),
    [
        ("Subscribed", True),
        ("Unsubscribed", False),
        ("Opt-In Pending", False),
        ("Opt-Out Pending", False),
        ("subscribed", False),
    ],
)
def test_only_the_hosts_own_word_means_subscribed(status, subscribed):
    assert Subscriber(1, "ann@example.com", status, "Not Bounced").subscribed is subscribed
