"""Merge tags against hostile texts and values: nothing is run, nothing is read twice."""

import html
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.domain.merge_tags import NOW, SCOPES, Place, Tag, Template, parse

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
#: They change text that has no tags, too.
WRAPPERS = ("[TITLE:", "[UPPER:", "[LOWER:")


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
@example("[UPPER:]", {})
@example("[LOWER:Ann]", {})
def test_reading_never_fails_and_loses_nothing(source, values):
    template = parse(source)
    for scope, name in template.tags:
        assert scope in SCOPES or (scope, name) == NOW
    for place in Place:
        assert isinstance(template.render(values, place), str)
    for problem in template.problems:
        assert source.startswith(("{{", "%", "["), problem.position)
    if template.constant and not any(word in source for word in WRAPPERS):
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
