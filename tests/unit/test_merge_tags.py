"""Merge tags: what is a tag, what stays text, and what becomes of a value in each place."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from plugin.domain.merge_tags import Place, Tag, parse, plain
from plugin.errors import BadTemplate

ANN = {
    ("Subscriber", "FirstName"): "Ann",
    ("Subscriber", "CustomField3"): "Oslo",
    ("Subscriber", "Empty"): "",
    ("Subscriber", "Null"): None,
    ("Subscriber", "Zero"): 0,
    ("Subscriber", "No"): False,
    ("Subscriber", "Blank"): " ",
    ("List", "Name"): "News & more",
    ("Event", "Property:cart:total"): Decimal("10.50"),
    ("Kept", "größe"): "XL",
}


def text(source, place=Place.TEXT, values=ANN):
    return parse(source).render(values, place)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("{{ Subscriber:FirstName }}", "Ann"),
        ("{{Subscriber:FirstName}}", "Ann"),
        ("{{\n Subscriber:FirstName\t}}", "Ann"),
        ("{{{ Subscriber:FirstName }}}", "Ann"),
        ("{{{Subscriber:FirstName}}}", "Ann"),
        ("%Subscriber:FirstName%", "Ann"),
        ("Hi {{ Subscriber:FirstName }} of %Subscriber:CustomField3%!", "Hi Ann of Oslo!"),
        ("{{ Subscriber:FirstName }}%Subscriber:FirstName%", "AnnAnn"),
        ("{{ Event:Property:cart:total }} for {{ Kept:größe }}", "10.50 for XL"),
        ('{{ Subscriber:FirstName|"friend" }}', "Ann"),
        ('{{ Subscriber:Gone|"friend" }}', "friend"),
        ('{{ Subscriber:Empty | "friend" }}', "friend"),
        ('{{ Subscriber:Null|"friend"}}', "friend"),
        ('{{{ Subscriber:Gone|"friend" }}}', "friend"),
        ('{{ Subscriber:Gone|"" }}.', "."),
        ('{{ Subscriber:Zero|"friend" }}', "0"),
        ('{{ Subscriber:No|"friend" }}', "false"),
        ('{{ Subscriber:Blank|"friend" }}', " "),
        ("[{{ Subscriber:Gone }}%Subscriber:Null%]", "[]"),
        ('{{ Subscriber:Gone|"%Subscriber:FirstName%" }}', "%Subscriber:FirstName%"),
        ('{"a":{"b":{{ Subscriber:Zero }}}}', '{"a":{"b":0}}'),
        ("%%Subscriber:FirstName%%", "%Ann%"),
        ("100%Subscriber:FirstName%", "100Ann"),
    ],
)
def test_a_tag_gives_way_to_its_value_or_its_fallback(source, expected):
    assert parse(source).problems == ()
    assert text(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "plain",
        "%",
        "100% off and 50% more",
        "50%Subscriber",
        "%Subscriber%",
        "%Subscriber:%",
        "%Subscriber:First Name%",
        "%width:100%",
        "%Random%",
        "%Date=%",
        "a } b }} c }}} d { e",
        "body{color:red}@media print{p{margin:0}}",
        "https://example.com/?a=%20b%3A%2F",
        "[if:x] [title:a] [upper a] <!--[if mso]>x<![endif]-->",
        "[[page]] and [[1,2],[3,4]] and a[b[[0]]] | ]] [ELSE IF]",
        "[[ is not closed",
        "tabs\tand\r\nbreaks\0 \u2028 stay",
        "żółć 😀 \ud800",
    ],
)
def test_what_only_resembles_a_tag_is_plain_text(source):
    template = parse(source)
    assert template.problems == ()
    assert template.constant
    assert template.render(ANN, Place.TEXT) == source


@pytest.mark.parametrize(
    ("source", "position", "sentence"),
    [
        ("{{", 0, 'The tag is not closed. End it with "}}".'),
        ("Hi {{ Subscriber:FirstName", 3, 'The tag is not closed. End it with "}}".'),
        ("Hi {{ Subscriber:FirstName }", 3, 'The tag is not closed. End it with "}}".'),
        ("{{{ Subscriber:FirstName", 0, 'The tag is not closed. End it with "}}}".'),
        ("{{ Subscriber:A {{ Subscriber:B }}", 0, 'The tag is not closed. End it with "}}".'),
        ("{{{ Subscriber:A }}", 0, 'A tag that begins with "{{{" ends with "}}}".'),
        (
            "{{ Pet:Name }}",
            0,
            'There is no scope "Pet". Use Subscriber, List, User, Journey, Event or Kept.',
        ),
        (
            "Hi\n{{{ subscriber:FirstName }}}",
            3,
            'There is no scope "subscriber". Did you mean Subscriber?',
        ),
        ("%subscriber:FirstName%", 0, 'There is no scope "subscriber". Did you mean Subscriber?'),
        (
            "{{ List:Owner }}",
            0,
            'List has no "Owner". Use ListID, Name, SenderName, SenderEmailAddress, SenderAddress'
            " or SenderCompany.",
        ),
        ("%List:sendername%", 0, 'List has no "sendername". Did you mean SenderName?'),
        ("{{ User:CompanyNam }}", 0, 'User has no "CompanyNam". Did you mean CompanyName?'),
        ("{{ Journey:Secret }}", 0, 'Journey has no "Secret". Use JourneyID, ActionID or Name.'),
        ("{{}}", 0, '"" is not a merge tag. Write it like {{ Subscriber:FirstName }}.'),
        (
            "{{ FirstName }}",
            0,
            '"FirstName" is not a merge tag. Write it like {{ Subscriber:FirstName }}.',
        ),
        (
            "{{ Subscriber: FirstName }}",
            0,
            '"Subscriber: FirstName" is not a merge tag. Write it like {{ Subscriber:FirstName }}.',
        ),
        (
            "{{ uppercase }}",
            0,
            '"uppercase" names no value. Write the tag behind the helper:'
            " {{ uppercase Subscriber:FirstName }}.",
        ),
        (
            "{{ Subscriber:FirstName|friend }}",
            0,
            "A fallback stands in straight double quotes and holds no braces:"
            ' {{ Subscriber:FirstName|"friend" }}.',
        ),
    ],
)
def test_a_fault_is_told_with_its_place_and_its_cure(source, position, sentence):
    (problem,) = parse(source).problems
    assert (problem.position, problem.text) == (position, sentence)
    assert str(problem) == f"At character {position + 1}: {sentence}"


def test_what_could_not_be_understood_stays_text_and_the_rest_still_works():
    source = "{{ Nope:A }} {{ Subscriber:FirstName {{ Subscriber:FirstName }} %Subscriber:Zero%"
    template = parse(source)
    assert [problem.position for problem in template.problems] == [0, 13]
    assert template.render(ANN, Place.TEXT) == "{{ Nope:A }} {{ Subscriber:FirstName Ann 0"


def test_nothing_inside_a_faulty_tag_is_put_in():
    source = "{{ upper %Subscriber:FirstName% }}"
    assert len(parse(source).problems) == 1
    assert text(source) == source


def test_a_name_has_a_limit():
    assert parse("{{ Subscriber:" + "x" * 100 + " }}").problems == ()
    (problem,) = parse("{{ Subscriber:" + "x" * 101 + " }}").problems
    assert problem.text == f'The name "{"x" * 40}…" is longer than 100 characters.'


def test_fifty_problems_are_enough():
    assert len(parse("{{ Nope:A }}" * 1000).problems) == 50


def test_the_scopes_are_a_table():
    template = parse("{{ Pet:Name }} {{ Pet:Age }}", {"Pet": frozenset({"Name"})})
    assert template.parts[0] == Tag("Pet", "Name")
    (problem,) = template.problems
    assert problem.text == 'Pet has no "Age". Use Name.'


def test_a_template_says_once_which_values_it_needs():
    template = parse('{{ Subscriber:A }}{{{ Subscriber:A|"x" }}}%Subscriber:A%{{ Event:B:c }}')
    assert template.tags == {("Subscriber", "A"), ("Event", "B:c")}
    assert not template.constant
    assert parse("nothing").tags == frozenset()


NASTY = "<b a='\"'>&/?\r\nBcc: a@example.com %41"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place.TEXT, NASTY),
        (Place.JSON, NASTY),
        (
            Place.HTML,
            "&lt;b a=&#x27;&quot;&#x27;&gt;&amp;/?\r\nBcc: a@example.com %41",
        ),
        (
            Place.URL,
            "%3Cb%20a%3D%27%22%27%3E%26%2F%3F%0D%0ABcc%3A%20a%40example.com%20%2541",
        ),
        (Place.HEADER, "<b a='\"'>&/? Bcc: a@example.com %41"),
    ],
)
def test_a_value_is_made_harmless_for_its_place(place, expected):
    values = {("Kept", "x"): NASTY}
    for source in ("{{ Kept:x }}", "%Kept:x%"):
        assert text(f"<{source}>", place, values) == f"<{expected}>"


def test_raw_lifts_the_escaping_for_html_and_nothing_else():
    values = {("Kept", "x"): "<b>\r\n&"}
    raw = "{{{ Kept:x }}}"
    assert text(raw, Place.HTML, values) == "<b>\r\n&"
    assert text(raw, Place.URL, values) == "%3Cb%3E%0D%0A%26"
    assert text(raw, Place.HEADER, values) == "<b> &"


def test_a_fallback_is_made_harmless_like_a_value():
    assert text('{{ Kept:x|"R&D" }}', Place.HTML) == "R&amp;D"
    assert text('{{{ Kept:x|"R&D" }}}', Place.HTML) == "R&D"
    assert text('{{ Kept:x|"a/b" }}', Place.URL) == "a%2Fb"
    assert text('{{ Kept:x|"a\nb" }}', Place.HEADER) == "a b"


@pytest.mark.parametrize("sign", "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029\0")
def test_a_header_stays_one_line(sign):
    values = {("Kept", "x"): f"a{sign}{sign}b"}
    assert text("{{ Kept:x }}", Place.HEADER, values) == "a b"
    assert text(f"to{sign}you {{{{ Kept:x }}}}", Place.HEADER, values) == "to you a b"


def test_a_value_cannot_break_out_of_a_json_body():
    value = '","admin":true,"x":"'
    filled = text("{{ Kept:x }}", Place.JSON, {("Kept", "x"): value})
    assert json.loads(json.dumps({"name": filled})) == {"name": value}


def test_half_a_surrogate_pair_fails_nowhere():
    values = {("Kept", "x"): "\ud800"}
    assert text("{{ Kept:x }}", Place.URL, values) == "%3F"
    for place in (Place.TEXT, Place.HTML, Place.HEADER, Place.JSON):
        assert text("{{ Kept:x }}", place, values) == "\ud800"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("as it is ", "as it is "),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-7, "-7"),
        (10**30, "1" + "0" * 30),
        (1.5, "1.5"),
        (1e22, "1" + "0" * 22),
        (1e-7, "0.0000001"),
        (0.1, "0.1"),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
        (Decimal("10.50"), "10.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-10"), "0.0000000001"),
        (Decimal("1E+999999"), "1E+999999"),
        (Decimal("0E-999999"), "0E-999999"),
        (date(2026, 3, 29), "2026-03-29"),
        (datetime.fromisoformat("2026-03-29 10:00"), "2026-03-29T10:00:00"),
        (datetime(2026, 3, 29, 10, tzinfo=UTC), "2026-03-29T10:00:00+00:00"),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=9, minutes=5), "9:05:00"),
        (b"caf\xc3\xa9 \xff", "café \ufffd"),
        (["a", 1, None], '["a", 1, null]'),
        ({"ä": Decimal("1.5")}, '{"ä": "1.5"}'),
    ],
)
def test_a_value_is_written_plainly(value, expected):
    assert plain(value) == expected
    assert text("{{ Kept:x }}", values={("Kept", "x"): value}) == expected


def test_a_number_may_have_more_digits_than_python_likes_to_write():
    assert plain(10**5000) == "1" + "0" * 5000


def test_an_output_of_exactly_the_limit_passes_and_one_byte_more_is_refused():
    template = parse("é{{ Kept:x }}")
    assert len(template.render({("Kept", "x"): "a" * 65_534}, Place.TEXT)) == 65_535
    with pytest.raises(BadTemplate, match="65,536 bytes"):
        template.render({("Kept", "x"): "a" * 65_535}, Place.TEXT)


@pytest.mark.parametrize("place", Place)
def test_the_limit_holds_in_every_place(place):
    for source in ("a" * 65_537, "{{ Kept:x }}" * 20, '{{ Kept:y|"' + "f" * 65_537 + '" }}'):
        with pytest.raises(BadTemplate, match="65,536 bytes"):
            parse(source).render({("Kept", "x"): "é" * 10_000}, place)


def test_the_limit_counts_what_is_written_not_what_was_read():
    values = {("Kept", "x"): "<" * 20_000}
    assert len(text("{{{ Kept:x }}}", Place.HTML, values)) == 20_000
    with pytest.raises(BadTemplate, match="65,536 bytes"):
        text("{{ Kept:x }}", Place.HTML, values)
