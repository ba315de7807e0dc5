"""Merge tags against hostile texts and values: nothing is run, nothing is read twice."""

import html
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.merge_tags import MOST_PROBLEMS, NOW, SCOPES, Place, Tag, Template, parse
from plugin.errors import BadTemplate

INJECTIONS = [
    "{{7*7}}",
    "{{7*'7'}}",
    "${7*7}",
    "#{7*7}",
    "*{7*7}",
    "@(7*7)",
    "<%= 7*7 %>",
    "<% import os %><%= os.popen('id').read() %>",
    "{7*7}",
    "{{=7*7}}",
    "{{{7*7}}}",
    "${{7*7}}",
    "#set($x=7*7)$x",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ config }}",
    "{{ config.items() }}",
    "{{ self }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ request.application.__globals__.__builtins__.__import__('os').popen('id').read() }}",
    "{{ request|attr('application')|attr('\\x5f\\x5fglobals\\x5f\\x5f') }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ url_for.__globals__['current_app'].config }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ ''|attr('__class__') }}",
    "{{ 'a'*10**8 }}",
    "{% set x = 1 %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'base.html' %}",
    "{%raw%}{{7*7}}{%endraw%}",
    "{# a comment #}",
    "{{ Subscriber:FirstName.__class__ }}",
    "%Subscriber:FirstName.__class__%",
    "{{ Subscriber:FirstName | attr('__class__') }}",
    "{{ Subscriber.FirstName }}",
    "{{ Subscriber['FirstName'] }}",
    "{{ Subscriber:FirstName() }}",
    "{{ Subscriber:FirstName|upper }}",
    "{{ Subscriber:FirstName!r }}",
    "{0.__class__}",
    "{FirstName.__init__.__globals__[SECRET]}",
    "%(FirstName)s %s %n %x",
    "%RemoteContent=http://169.254.169.254/latest/meta-data/%",
    "{{ _self.env.registerUndefinedFilterCallback('exec') }}",
    "{{ ['id']|filter('system') }}",
    "{php}echo `id`;{/php}",
    "{{#with 's' as |string|}}{{lookup string 'constructor'}}{{/with}}",
    "{{constructor.constructor('return process')()}}",
    "<#assign ex='freemarker.template.utility.Execute'?new()>${ ex('id') }",
    "[[${7*7}]]",
    "__${T(java.lang.Runtime).getRuntime().exec('id')}__::.x",
    "$(id) `id` ; id | id",
    "{{>/etc/passwd}}",
]

VALUES = {("Subscriber", "FirstName"): "Ann", ("Subscriber", "EmailAddress"): "ann@example.com"}

FRAGMENTS = [
    "{{",
    "}}",
    "{{{",
    "}}}",
    "%",
    "|",
    '"',
    ":",
    " ",
    "\n",
    "{",
    "}",
    "[[",
    "]]",
    "]",
    "[UPPER:",
    "[IF:",
    "[ELSE]",
    "[ENDIF]",
    "{{ else }}",
    "{{ endif }}",
    "=",
    "<&>",
    "é",
    "\ud800",
]
WORDS = ["Subscriber", "Nope", "FirstName", "List", "Name", "Kept:x", "Kept:"]
TAGS = [
    "{{ Subscriber:FirstName }}",
    "%Subscriber:FirstName%",
    '{{ Kept:x|"a" }}',
    "{{ uppercase trim Kept:x }}",
    "{{ if Kept:x=Oslo }}",
    "[IF:%Kept:x%]",
    "%Random:Letters:3%",
    "{{ dateFormat-Y Now }}",
]
tag_like = st.lists(st.sampled_from([*FRAGMENTS, *WORDS, *TAGS]), max_size=30).map("".join)
#: Texts with every sort of tag and without a fault.
GRAMMAR = st.recursive(
    st.sampled_from([*TAGS[:4], *TAGS[6:], "word ", "<b>", "é"]),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | inner.map("{{{{ if Kept:x }}}}{}{{{{ else }}}}-{{{{ endif }}}}".format)
        | inner.map("[IF:%Kept:x%!=a]{}[ENDIF]".format)
        | inner.map("[UPPER:{}]".format)
        | st.tuples(inner, inner).map("[[{0[0]}|{0[1]}]]".format)
    ),
    max_leaves=5,
).filter(lambda source: source.count("{{ if") + source.count("[") <= 5)
any_text = st.text() | tag_like
places = st.sampled_from(Place)


def test_there_are_fifty_injections_or_more():
    assert len(set(INJECTIONS)) >= 50


@pytest.mark.parametrize("attack", INJECTIONS)
def test_an_injection_in_a_text_stays_text(attack):
    template = parse(attack)
    assert template.constant
    assert template.render(VALUES, Place.TEXT) == attack


@pytest.mark.parametrize("attack", INJECTIONS)
def test_an_injection_in_a_value_stays_text(attack):
    values = VALUES | {("Kept", "x"): attack}
    assert parse("<{{ Kept:x }}>").render(values, Place.TEXT) == f"<{attack}>"
    assert html.unescape(parse("{{ Kept:x }}").render(values, Place.HTML)) == attack


@given(any_text, any_text, any_text)
def test_a_value_is_never_read_for_tags(value, before, after):
    outer = Template((before, Tag("Kept", "x"), after))
    values = VALUES | {("Kept", "x"): value}
    assert outer.render(values, Place.TEXT) == before + value + after


@given(tag_like.filter(bool), st.sampled_from(["{{ Kept:x }}", "{{{ Kept:x }}}", "%Kept:x%"]))
def test_a_value_full_of_tags_comes_out_letter_by_letter(value, source):
    values = VALUES | {("Kept", "x"): value}
    assert parse(source).render(values, Place.TEXT) == value
    branched = "{{ if Kept:x }}[[" + source + "|" + source + "]]{{ endif }}"
    assert parse(branched).render(values, Place.TEXT) == value
    helped = "{{ trimLeft Kept:x }}"
    assert parse(helped).render(values, Place.TEXT) == value.lstrip()
    assert parse(source * 2).render(values, Place.JSON) == value * 2
    assert html.unescape(parse("{{ Kept:x }}").render(values, Place.HTML)) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_percent_encoded_value_reads_back_and_holds_no_delimiter(value):
    output = parse("{{ Kept:x }}").render({("Kept", "x"): value}, Place.URL)
    assert unquote(output) == value
    assert output.isascii()
    assert not set(output) & set("/?#&=:@+ <>\"'{}\r\n")


@given(any_text, st.dictionaries(st.just(("Kept", "x")), any_text))
def test_reading_never_fails_and_loses_nothing(source, values):
    template = parse(source)
    for scope, name in template.tags:
        assert scope in SCOPES or (scope, name) == NOW
    for place in Place:
        assert isinstance(template.render(values, place), str)
    for problem in template.problems:
        assert source.startswith(("{{", "%", "["), problem.position)
    if template.constant:
        assert template.render({}, Place.TEXT) == source


@given(
    st.text().filter(lambda source: not any(sign in source for sign in ("{{", "%", "["))), places
)
def test_a_text_without_tags_is_its_own_output(source, place):
    template = parse(source)
    assert template.constant
    assert template.problems == ()
    if place is not Place.HEADER:
        assert template.render({}, place) == source


@given(any_text, any_text)
def test_a_header_is_one_line_whatever_it_is_made_of(source, value):
    output = parse(source + "{{ Kept:x }}").render({("Kept", "x"): value}, Place.HEADER)
    assert len(output.splitlines()) <= 1
    assert "\0" not in output


@pytest.mark.parametrize("end", ["", "}}", "}}}", '"'])
@pytest.mark.parametrize(
    "piece",
    ["{{", "{{{", "{{ ", "{{ Kept:", '{{ Kept:x|"', "{{ Kept:x|", "%Kept:x ", "{{ }}", "%", "{ "],
)
def test_half_tags_by_the_thousand_stay_text(piece, end):
    source = piece * (50_000 // len(piece)) + end
    template = parse(source)
    assert len(template.problems) <= 50
    assert template.parts == (source,)


@given(GRAMMAR, any_text, st.text(max_size=5))
def test_a_text_without_fault_renders_alike_for_the_same_seed(source, value, seed):
    template = parse(source)
    assert template.problems == ()
    values = VALUES | {("Kept", "x"): value}
    for place in Place:
        first = template.render(values, place, seed)
        assert parse(source).render(values, place, seed) == first
    assert "{{ " not in template.render(VALUES, Place.TEXT, seed)


@given(GRAMMAR, any_text)
def test_what_escapes_in_html_escapes_in_every_branch(source, value):
    values = {tag: "<" + value.replace("br", "") for tag in parse(source).tags}
    output = parse(source.replace("<b>", "")).render(values, Place.HTML)
    assert "<" not in output


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "piece",
    [
        *("{{ if Kept:x }}", "{{ if Kept:x", "[IF:Kept:x]", "[IF:", "[IF:%Kept:x%="),
        *("{{ endif }}", "{{ else }}", "[ENDIF]", "[UPPER:", "[UPPER:]", "]", "]]", "|"),
        *("[[", "[[|", "[[a|b]]", "[[|]]", "%Date=x", "%Random:", "%Random:Letters:9"),
        *("{{ nope Kept:x }}", "{{ User:Nope }}", "%User:Nope%", "%Link:Unsubscribe%"),
        *("{{ if Kept:x }}[[a|{{ endif }}", "{{ if Kept:x }}a{{ else }}b{{ endif }}"),
        *("{{ dateFormat-Y_m Now }}", "%RemoteContent=", "{{{ if", "{{ trim Kept:x }}"),
    ],
)
def test_a_megabyte_of_anything_is_read_to_its_end(piece):
    source = piece * (MEGABYTE // len(piece))
    template = parse(source)
    assert len(template.problems) <= MOST_PROBLEMS
    try:
        assert len(template.render({}, Place.HTML, "seed")) <= 65_536
    except BadTemplate:
        assert len(source) > 65_536


@pytest.mark.parametrize(
    "source",
    [
        "{{ " + "trim " * (MEGABYTE // 5) + "Kept:x }}",
        "{{ if Kept:x" + "=" * MEGABYTE + " }}{{ endif }}",
        "{{ if Kept:x=" + "a" * MEGABYTE + " }}{{ endif }}",
        "{{ if Kept:x=" + " " * MEGABYTE + "a }}{{ endif }}",
        "[IF:" + "%" * MEGABYTE + "]",
        "{{ dateFormat-" + "Y" * MEGABYTE + " Now }}",
        "{{ truncate-" + "9" * MEGABYTE + " Kept:x }}",
        '{{ Kept:x|"' + " " * MEGABYTE + '" x }}',
        "{{ Kept:x" + " |" * (MEGABYTE // 2) + " }}",
        "{{ " + "a" * MEGABYTE + " Kept:x }}",
        "{{ User:" + "a" * MEGABYTE + " }}",
        "%" + "a" * MEGABYTE + ":" + "b:" * 1000 + "%",
        "[TITLE:" * 5 + "x " * (MEGABYTE // 2) + "]" * 5,
        "[[" * 5 + "|" * MEGABYTE + "]]" * 5,
        "{{ if Kept:x }}" * 5 + "x" * MEGABYTE,
    ],
    ids=lambda source: source[:16],
)
def test_one_long_tag_is_read_to_its_end(source):
    template = parse(source)
    assert len(template.problems) <= MOST_PROBLEMS
    for problem in template.problems:
        assert len(problem.text) < 400


@pytest.mark.parametrize("sign", ["a", " ", "-", "\n", "1", "aB", "<", "é", "a "])
@pytest.mark.parametrize(
    "helper", ["titleize", "dashcase", "camelcase", "wordwrap-1", "truncateWords-9999", "nl2br"]
)
def test_the_longest_value_goes_through_any_helper(helper, sign):
    template = parse("{{ " + f"{helper} " * 3 + "Kept:x }}")
    for times in (65_000, 10_000_000):
        try:
            template.render({("Kept", "x"): sign * (times // len(sign))}, Place.HTML)
        except BadTemplate:
            continue


@pytest.mark.parametrize("value", ["1" * 5_000_000, "9" * 60 + "." + "9" * 60, "1e999999999", "-"])
def test_the_longest_number_is_compared_and_written(value):
    values = {("Kept", "x"): value}
    for comparison in ("<5", ">5", "=5", "!=5", "=2026-01-01", ">=2026-01-01"):
        source = "{{ if Kept:x" + comparison + " }}a{{ else }}b{{ endif }}"
        assert parse(source).render(values, Place.TEXT) in ("a", "b")
    try:
        parse("{{ number_format-20 Kept:x }}").render(values, Place.TEXT)
    except BadTemplate:
        assert len(value) > 65_536
