"""Our part of a text that the host renders."""

from __future__ import annotations

from time import process_time

import pytest

from plugin.domain.merge_tags import Place
from plugin.domain.merge_tags.partial import APART, OurPart, harmless

VALUES = {
    ("Event", "order"): "7",
    (
        "Event",
        "evil",
    ): "{{ Subscriber:X }} {{{ X }}} %Link:Unsubscribe% [[a|b]] [IF:x] %MFROMDomain%",
    ("Kept", "html"): "<b>&</b>",
    ("Journey", "Name"): "J",
}
HOSTS = (
    "",
    "nothing at all, 100 % [of] {it}",
    '{{ Subscriber:FirstName|"friend" }} %Subscriber:City% {{{ User:CompanyName }}}',
    "{{ if Subscriber:City=Oslo }}a{{ else }}b{{ endif }}",
    "[IF:Subscriber:City=Oslo]a[ELSE]b[ENDIF] [[Hi|Ho]] [UPPER:x]",
    "%Link:Unsubscribe% {{#unless_unsubscribe}}x{{/unless_unsubscribe}}",
    "{{ else }} {{ endif }} [ENDIF]",
    "{{ Event: }} {{ Journey:Nothing }} {{ Kept }} {{ unclosed Event:order",
)


@pytest.mark.parametrize("text", HOSTS)
def test_what_is_the_hosts_stays_as_it_is(text):
    assert OurPart(text).tags == frozenset()
    for place in (Place.HTML, Place.TEXT, Place.HEADER):
        assert OurPart(text).filled(VALUES, place) == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("{{ Event:order }}{{Event:order}}%Event:order%", "777"),
        ('{{ Event:none|"?" }} {{ uppercase Journey:Name }}', "? J"),
        ("{{ Kept:html }}{{{ Kept:html }}}", "&lt;b&gt;&amp;&lt;/b&gt;<b>&</b>"),
        ("{{ if Event:order=7 }}{{ Subscriber:X }}{{ else }}n{{ endif }}!", "{{ Subscriber:X }}!"),
        ("{{ if Event:order=8 }}y{{ else }}{{ Subscriber:X }}{{ endif }}!", "{{ Subscriber:X }}!"),
        ("[IF:Event:order]y[ELSE]n[ENDIF]", "y"),
        (
            "{{ if X:A }}1{{ if Event:none }}2{{ else }}3{{ endif }}{{ else }}4{{ endif }}",
            "{{ if X:A }}13{{ else }}4{{ endif }}",
        ),
        (
            "{{ if Event:none }}{{ if Subscriber:A }}1{{ else }}2{{ endif }}{{ endif }}3",
            "3",
        ),
        ("{{ if Event:order }}never closed", "never closed"),
    ],
)
def test_what_is_ours_is_filled_in(text, html):
    assert OurPart(text).filled(VALUES, Place.HTML) == html


def test_no_tag_begins_in_a_value():
    text = OurPart("{{ Event:evil }}")
    assert text.tags == {("Event", "evil")}
    html = text.filled(VALUES, Place.HTML)
    assert not set("{}%[]") & set(html)
    plain = text.filled(VALUES, Place.TEXT)
    assert plain.replace(APART, "") == VALUES["Event", "evil"]
    assert OurPart(plain).filled(VALUES, Place.TEXT) == plain
    for sign in ("{{", "[[", "[IF:", "%Link", "%MFROM"):
        assert sign not in plain


def test_an_address_in_a_value_still_leads_where_it_led():
    url = "https://example.com/?q=%C3%A7%20%AF%20&a=[1]"
    assert harmless(url, Place.TEXT) == url


def test_reading_takes_time_in_proportion():
    for piece in ("{{", "{{{", "%Event:a", "[IF:", "{{ if Event:a }}", "{{ if X }}{{ else }}"):
        start = process_time()
        part = OurPart(piece * 40_000)
        assert part.filled(VALUES, Place.HTML) is not None
        assert process_time() - start < 5
