"""Merge tags in texts of a megabyte and values of ten: all are read to their end."""

import pytest

from plugin.domain.merge_tags import MOST_PROBLEMS, Place, parse
from plugin.errors import BadTemplate

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
