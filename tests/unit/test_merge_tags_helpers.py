"""Helpers: what each does to a value, in which order, and what they refuse."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.merge_tags import NOW, Place, parse
from plugin.domain.merge_tags.helpers import HELPERS
from plugin.errors import BadTemplate

OSLO = ZoneInfo("Europe/Oslo")
AT = datetime(2026, 3, 2, 14, 5, 9, tzinfo=OSLO)


def helped(helpers, value, place=Place.TEXT, **more):
    template = parse("{{ " + helpers + " Kept:x }}", **more)
    assert template.problems == ()
    return template.render({("Kept", "x"): value, NOW: AT}, place)


@pytest.mark.parametrize(
    ("helper", "value", "expected"),
    [
        ("uppercase", "sarah ß", "SARAH SS"),
        ("upcase", "sarah", "SARAH"),
        ("lowercase", "SARAH Ø", "sarah ø"),
        ("downcase", "SARAH", "sarah"),
        ("capitalize", "sarah CONNOR", "Sarah CONNOR"),
        ("capitalize", "", ""),
        ("capitalizeAll", "SARAH anne-marie  o'neil", "Sarah Anne-Marie  O'neil"),
        ("titleize", "são paulo", "São Paulo"),
        ("camelcase", "first name", "firstName"),
        ("camelcase", "", ""),
        ("pascalcase", "first name of x2", "FirstNameOfX2"),
        ("dashcase", "firstName second_third", "first-name-second-third"),
        ("dotcase", "firstName", "first.name"),
        ("snakecase", "firstName", "first_name"),
        ("snakecase", "--", ""),
        ("trim", " \t a b \n", "a b"),
        ("trimLeft", " a ", "a "),
        ("trimRight", " a ", " a"),
        ("ellipsis", "x" * 20, "x" * 20),
        ("ellipsis", "x" * 21, "x" * 20 + "..."),
        ("ellipsis-3", "abcdef", "abc..."),
        ("truncate", "x" * 21, "x" * 20),
        ("truncate-2", "äöü", "äö"),
        ("truncateWords", "a b c d e f", "a b c d e..."),
        ("truncateWords-2", " a  b  c ", " a  b..."),
        ("truncateWords-2", "a b ", "a b "),
        ("urlEncode", "a b&c+é/~", "a+b%26c%2B%C3%A9%2F~"),
        ("encodeURI", "a b&c+é/~", "a%20b%26c%2B%C3%A9%2F~"),
        ("decodeURI", "a%20b+c%C3%A9%zz", "a b+cé%zz"),
        ("urlEncode", "\ud800", "%3F"),
        ("number_format", "1234.5", "1,235"),
        ("number_format", 2.5, "3"),
        ("number_format-2", "1234567.895", "1,234,567.90"),
        ("number_format-2", "-0.001", "0.00"),
        ("number_format", "-1234.5", "-1,235"),
        ("number_format-1", " .25 ", "0.3"),
        ("number_format", "twelve", "0"),
        ("number_format", "", "0"),
        ("number_format", None, "0"),
        ("number_format-20", "1e900", "1" + ",000" * 300 + "." + "0" * 20),
        ("number_format", "1e9999", "1e9999"),
        ("wordwrap-5", "anne marie is x", "anne\nmarie\nis x"),
        ("wordwrap-3", "abcdefg hi\nj k", "abc\ndef\ng\nhi\nj k"),
        ("wordwrap-3", "abcdef", "abc\ndef"),
        ("wordwrap", "x" * 80, "x" * 75 + "\n" + "x" * 5),
        ("md5", "sarah@example.com", "bef12e81a2db39dddb3f6a3f9c2a1d17"),
        ("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("md5", "", ""),
        ("sha1", None, ""),
    ],
)
def test_a_helper_changes_a_value(helper, value, expected):
    if helper == "md5" and value:
        import hashlib

        expected = hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()
    assert helped(helper, value) == expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("Y-m-d", "2026-12-05", "2026-12-05"),
        ("F_j,_Y", "2026-12-05 10:00:00", "December 5, 2026"),
        ("d/m/Y", date(2026, 1, 2), "02/01/2026"),
        ("D,_d_M_y", "2026-03-29", "Sun, 29 Mar 26"),
        ("l_N_w_z_W_o", "2026-01-01", "Thursday 4 4 0 01 2026"),
        ("jS", "2026-01-01", "1st"),
        ("jS", "2026-01-12", "12th"),
        ("jS", "2026-01-22", "22nd"),
        ("jS", "2026-01-23", "23rd"),
        ("n_t_L", "2028-02-01", "2 29 1"),
        ("t", "2026-04-01", "30"),
        ("g:i_a", "2026-01-01 00:07:00", "12:07 am"),
        ("h:i:s_A", "2026-01-01 13:07:08", "01:07:08 PM"),
        ("G_H", "2026-01-01 09:00:00", "9 09"),
        ("u_v", "2026-01-01T00:00:00.123456", "123456 123"),
        ("H:i", "09:30", "09:30"),
        ("H:i:s", "23:59:58", "23:59:58"),
        ("c", "2026-01-01 10:00:00", "2026-01-01T10:00:00+01:00"),
        ("e_T_O_P_Z", "2026-07-01 10:00:00", "Europe/Oslo CEST +0200 +02:00 7200"),
        ("U", "1970-01-01T00:00:10Z", "10"),
        ("r", "2026-01-01 10:00:00", "Thu, 01 Jan 2026 10:00:00 +0100"),
        ("Y-m-d_H:i", "2026-06-30T23:30:00Z", "2026-07-01 01:30"),
        (r"\Y\\Y", "2026-01-01", "Y\\2026"),
        ("Q!é", "2026-01-01", "Q!é"),
        ("Y", "2026-02-31", ""),
        ("Y", "0000-00-00", ""),
        ("Y", "0000-00-00 00:00:00", ""),
        ("Y", "20261205", ""),
        ("Y", "12/05/2026", ""),
        ("Y", "yesterday", ""),
        ("Y", "2026-01-01" + " " * 40 + "x", ""),
        ("Y", "9999-12-31T23:59:59-23:59", ""),
        ("Y", None, ""),
    ],
)
def test_a_date_is_written_by_its_format_in_the_zone_of_the_journey(pattern, value, expected):
    assert helped(f"dateFormat-{pattern}", value) == expected


def test_what_is_no_date_gives_way_to_the_fallback():
    source = '{{ dateFormat-F_j Subscriber:Born|"some day" }}'
    for value in (None, "", "soon", "0000-00-00"):
        assert parse(source).render({("Subscriber", "Born"): value}, Place.TEXT) == "some day"


def test_a_date_is_written_without_a_zone_too():
    template = parse("{{ dateFormat-c Kept:x }}{{ dateFormat-U_e Kept:x }}")
    known = {("Kept", "x"): "2026-01-01 10:00:00"}
    expected = "2026-01-01T10:00:00+00:001767261600 UTC"
    assert template.render(known, Place.TEXT) == expected


def test_now_is_the_moment_that_was_handed_in():
    values = {NOW: AT}
    assert parse("{{ Now }}").render(values, Place.TEXT) == "2026-03-02 14:05:09"
    assert parse("{{ dateFormat-h:i_A Now }}").render(values, Place.TEXT) == "02:05 PM"
    assert parse("%Date=F j, Y%").render(values, Place.TEXT) == "March 2, 2026"
    assert parse("{{ upcase dateFormat-D Now }}").render(values, Place.TEXT) == "MON"
    assert parse("{{ Now }}").tags == {NOW}
    assert parse("%Date=Y%").render({NOW: AT.astimezone(UTC)}, Place.TEXT) == "2026"


def test_of_several_helpers_the_one_nearest_to_the_tag_comes_first():
    assert helped("truncate-3 uppercase trim", "  sarah") == "SAR"
    assert helped("trim truncate-3", "  sarah") == "s"
    assert helped("ellipsis-2 number_format-1", 1234) == "1,..."


def test_a_fallback_stays_as_it_was_written():
    source = '{{ uppercase Subscriber:City|"unknown" }}'
    assert parse(source).render({}, Place.TEXT) == "unknown"
    assert parse('{{ trim Kept:x|"-" }}').render({("Kept", "x"): "  "}, Place.TEXT) == "-"
    assert parse('{{ number_format Kept:x|"none" }}').render({}, Place.TEXT) == "none"


def test_a_value_is_made_harmless_after_the_helpers():
    assert helped("truncate-2", "<<<", Place.HTML) == "&lt;&lt;"
    assert helped("decodeURI", "%3Cb%3E", Place.HTML) == "&lt;b&gt;"
    assert helped("decodeURI", "a%0D%0AB", Place.HEADER) == "a B"
    assert helped("wordwrap-1", "ab", Place.HEADER) == "a b"
    assert helped("uppercase", "a/b", Place.URL) == "A%2FB"


def test_raw_does_what_three_braces_do():
    assert helped("raw", "<b>", Place.HTML) == "<b>"
    assert helped("uppercase raw", "<b>", Place.HTML) == "<B>"
    assert helped("raw", "<b>", Place.URL) == "%3Cb%3E"


def test_line_ends_become_visible_in_html_only():
    assert helped("nl2br", "<a>\r\nb\nc", Place.HTML) == "&lt;a&gt;<br />\nb<br />\nc"
    for place in (Place.TEXT, Place.JSON):
        assert helped("nl2br", "a\nb", place) == "a\nb"
    assert helped("nl2br", "a\nb", Place.HEADER) == "a b"


def test_a_value_for_an_address_is_encoded_once():
    assert helped("urlEncode", "a b&", Place.URL) == "a+b%26"
    assert helped("encodeURI", "a b&", Place.URL) == "a%20b%26"
    assert helped("uppercase urlEncode", "ø", Place.URL) == "%25C3%25B8"
    source = '{{ urlEncode Kept:x|"a b" }}'
    assert parse(source).render({}, Place.URL) == "a%20b"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ upercase Kept:x }}", 'There is no helper "upercase". Did you mean uppercase?'),
        ("{{ UPPERCASE Kept:x }}", 'There is no helper "UPPERCASE". Did you mean uppercase?'),
        ("{{ trim-4 Kept:x }}", "The helper trim takes nothing behind it. Write trim alone."),
        ("{{ raw-1 Kept:x }}", "The helper raw takes nothing behind it. Write raw alone."),
        (
            "{{ truncate-1000000000 Kept:x }}",
            "truncate takes a whole number from 1 to 10,000, such as truncate-20.",
        ),
        (
            "{{ wordwrap-0 Kept:x }}",
            "wordwrap takes a whole number from 1 to 10,000, such as wordwrap-75.",
        ),
        (
            "{{ number_format-21 Kept:x }}",
            "number_format takes a whole number from 0 to 20, such as number_format-0.",
        ),
        (
            "{{ dateFormat Kept:x }}",
            "dateFormat takes a format of up to 100 signs, such as dateFormat-F_j,_Y;"
            " an underscore becomes a blank.",
        ),
        ("{{ " + "trim " * 11 + "Kept:x }}", "A tag may have 10 helpers at most."),
        ("{{ now }}", '"now" is not a merge tag. Did you mean Now?'),
        (
            "{{ dateFormat-F j, Y Subscriber:Born }}",
            'There is no helper "Y".',
        ),
    ],
)
def test_a_helper_that_cannot_be_is_told_with_its_cure(source, sentence):
    (problem,) = parse(source).problems
    assert problem.text.startswith(sentence)


@pytest.mark.parametrize("number", ["-1", "--1", "1e3", "1.5", "٣", "x", "", "10001", "9" * 40])
def test_a_helpers_number_is_a_small_whole_one(number):
    for name in ("truncate", "ellipsis", "wordwrap", "truncateWords"):
        assert len(parse("{{ " + f"{name}-{number} Kept:x" + " }}").problems) == 1


def test_a_chain_of_helpers_cannot_explode():
    chain = "urlEncode " * 10
    assert len(helped(chain, "%" * 10)) > 10
    with pytest.raises(BadTemplate, match="65,536 bytes"):
        helped(chain, "é" * 20_000)


@pytest.mark.parametrize("name", HELPERS)
def test_every_helper_takes_any_value_in_every_place(name):
    word = name + "-c" if name == "dateFormat" else name
    for value in ("x" * 60_000, "\ud800", "\0\r\n<&%", "{{ Kept:x }}", None, 1.5, ["a"], 10**400):
        for place in Place:
            try:
                assert isinstance(helped(word, value, place), str)
            except BadTemplate:
                assert value == "x" * 60_000 or name in ("urlEncode", "encodeURI")
