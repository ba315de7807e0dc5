"""Conditions, case wrappers, choices and chance: what they give, and what they refuse."""

import itertools

import pytest

from plugin.domain.merge_tags import NOW, Place, parse
from plugin.domain.merge_tags.chance import SIGNS
from tests.unit.test_merge_tags_helpers import AT

ANN = {
    ("Subscriber", "City"): "Oslo",
    ("Subscriber", "Empty"): "",
    ("Subscriber", "Null"): None,
    ("Subscriber", "Orders"): "7",
    ("Subscriber", "Zero"): "0",
    ("Subscriber", "Joined"): "2026-03-01 10:00:00",
    ("Subscriber", "Born"): "1990-05-31",
    ("Kept", "x"): "Oslo }} {{ endif }}[ENDIF]",
    NOW: AT,
}


def text(source, place=Place.TEXT, seed="1|1", values=ANN):
    template = parse(source)
    assert template.problems == (), template.problems
    return template.render(values, place, seed)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Subscriber:City=Oslo", True),
        ("Subscriber:City = oslo ", True),
        ('Subscriber:City="Oslo"', True),
        ("Subscriber:City==Oslo", True),
        ("%Subscriber:City%=Oslo", True),
        ("Subscriber:City=Rome", False),
        ("Subscriber:City!=Rome", True),
        ("Subscriber:City<>Rome", True),
        ("Subscriber:City!=OSLO", False),
        ("Subscriber:City", True),
        ("Subscriber:Empty", False),
        ("Subscriber:Null", False),
        ("Subscriber:Gone", False),
        ("Subscriber:Zero", True),
        ("Subscriber:City<>", True),
        ("Subscriber:Empty<>", False),
        ("Subscriber:City!=", True),
        ('Subscriber:Empty!=""', False),
        ("Subscriber:Empty=", True),
        ('Subscriber:Gone=""', True),
        ("Subscriber:City=", False),
        ("Subscriber:Null!=Oslo", True),
        ("Subscriber:Orders>5", True),
        ("Subscriber:Orders>10", False),
        ("Subscriber:Orders<10", True),
        ("Subscriber:Orders>=7.0", True),
        ("Subscriber:Orders<=6.99", False),
        ("Subscriber:Orders=07", True),
        ("Subscriber:Orders!=7.00", False),
        ("Subscriber:Empty<5", False),
        ("Subscriber:Empty>-1", False),
        ("Subscriber:City>5", False),
        ("Subscriber:City<Rome", False),
        ("Subscriber:Joined>2026-02-28", True),
        ("Subscriber:Joined>2026-03-01", False),
        ("Subscriber:Joined=2026-03-01", True),
        ("Subscriber:Joined>=2026-03-01 10:00", True),
        ("Subscriber:Joined>2026-03-01 09:59:59", True),
        ("Subscriber:Joined<2026-03-01T10:00:01", True),
        ("Subscriber:Born<2000-01-01", True),
        ("Now>2026-03-01", True),
        ("dateFormat-m Now=3", True),
        ("uppercase truncate-2 Subscriber:City=OS", True),
        ("dateFormat-m-d Subscriber:Born=05-31", True),
        ("Subscriber:City=Oslo and Rome", False),
        ("Kept:x=Oslo", False),
    ],
)
def test_a_condition_takes_one_of_two_ways(condition, expected):
    word = "yes" if expected else "no"
    assert text("{{ if " + condition + " }}yes{{ else }}no{{ endif }}") == word
    assert text("{{if " + condition + "}}yes{{else}}no{{endif}}.") == f"{word}."
    assert text(f"[IF:{condition}]yes[ELSE]no[ENDIF]") == word
    assert text("{{ if " + condition + " }}yes{{ endif }}") == ("yes" if expected else "")


def test_tags_inside_of_a_condition_are_filled_in():
    source = '{{ if Subscriber:City }}<{{ Subscriber:City }}>{{ else }}{{ Kept:y|"?" }}{{ endif }}'
    assert text(source) == "<Oslo>"
    assert text(source, values={}) == "?"
    assert parse(source).tags == {("Subscriber", "City"), ("Kept", "y")}
    assert not parse("{{ if Kept:x }}a{{ endif }}").constant


def test_conditions_stand_in_one_another():
    source = (
        "{{ if Subscriber:Orders>5 }}[IF:%Subscriber:City%=Rome]r[ELSE]"
        "{{ if Subscriber:Zero }}z{{ endif }}o[ENDIF]{{ else }}few{{ endif }}!"
    )
    assert text(source) == "zo!"
    assert text(source, values={}) == "few!"


def test_a_value_neither_opens_nor_ends_a_condition():
    assert text("{{ if Kept:x }}{{ Kept:x }}{{ endif }}") == ANN["Kept", "x"]
    values = {("Kept", "x"): "{{ if Subscriber:City }}"}
    assert text("{{ Kept:x }}", values=values) == "{{ if Subscriber:City }}"


@pytest.mark.parametrize(
    ("source", "position", "sentence"),
    [
        (
            "a{{ if Subscriber:City }}b",
            1,
            '"{{ if Subscriber:City }}" is not closed. End it with {{ endif }}.',
        ),
        ("[IF:Subscriber:City]b", 0, '"[IF:Subscriber:City]" is not closed.'),
        ("[IF:Subscriber:City", 0, "The condition is not closed. End it with ]."),
        ("a {{ endif }}", 2, "There is no {{ if … }} or [IF:…] before this."),
        ("[ELSE]", 0, "There is no {{ if … }} or [IF:…] before this."),
        ("{{ if }}", 0, "The condition is empty."),
        ("{{ if =x }}", 0, "The condition is empty."),
        ("{{ if Subscriber:Orders> }}", 0, "A value is missing behind >."),
        ("{{ if Subscriber:Orders=>5 }}", 0, "Write >= instead of =>."),
        ("{{ if City=Oslo }}", 0, '"City" is not a merge tag.'),
        ("{{ if Pet:Name=x }}", 0, 'There is no scope "Pet".'),
        ("[IF:%Kept:a%=%Kept:b%]", 0, "A condition compares a tag with a fixed text"),
        ('{{ if Kept:a|"b" }}', 0, "A condition has no fallback"),
        ("{{{ if Kept:a }}}", 0, "Write {{ if }} with two braces."),
        ("{{ else if Kept:a }}", 0, "A condition has one {{ else }}."),
        ("{{#unless_unsubscribe}}", 0, 'There are no blocks such as "#unless_unsubscribe" here'),
        ("[UPPER:x", 0, '"[UPPER:" is not closed. End it with ].'),
        ("[[a|b", 0, '"[[" is not closed. End it with ]].'),
    ],
)
def test_a_fault_is_told_with_its_place(source, position, sentence):
    problem, *_ = parse(source).problems
    assert problem.position == position
    assert problem.text.startswith(sentence)
    assert parse(source).render(ANN, Place.TEXT) == source


def test_a_second_else_is_told_with_its_place():
    (problem,) = parse("{{ if Kept:a }}{{ else }}[ELSE]{{ endif }}").problems
    assert str(problem) == "At character 26: This condition has its {{ else }} already."


def test_what_is_never_closed_stays_text_and_the_rest_still_works():
    source = "{{ if Kept:no }}a{{ else }}{{ Subscriber:City }} [UPPER:[[x|{{ Subscriber:Zero }}"
    template = parse(source)
    assert [problem.position for problem in template.problems] == [0, 49, 56]
    assert template.render(ANN, Place.TEXT) == ("{{ if Kept:no }}a{{ else }}Oslo [UPPER:[[x|0")


def test_a_bracket_that_is_never_closed_does_not_outlive_its_condition():
    source = "{{ if Subscriber:City }}see [[1] {{ endif }}."
    assert text(source) == "see [[1] ."


def test_five_levels_are_enough():
    opening, closing = "{{ if Subscriber:City }}", "{{ endif }}"
    assert text(opening * 5 + "x" + closing * 5) == "x"
    problem, *_ = parse(opening * 6 + "x" + closing * 6).problems
    assert problem.position == 5 * len(opening)
    assert problem.text == "Conditions, choices and wrappers may stand 5 deep in one another."


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[UPPER:sarah {{ Subscriber:City }}]!", "SARAH OSLO!"),
        ("[LOWER:SARAH %Subscriber:City%]", "sarah oslo"),
        ("[TITLE:sarah o'connor and anne-marie]", "Sarah O'connor And Anne-Marie"),
        ("[TITLE:%Kept:a% %Kept:b%]", "Ann Lee"),
        ('[UPPER:{{ Kept:gone|"friend" }}]', "FRIEND"),
        ("[UPPER:{{ if Subscriber:City }}a{{ else }}b{{ endif }}]", "A"),
        ("[UPPER:[[a|a]]]", "A"),
        ("[[[UPPER:a]|A]]", "A"),
        ("[LOWER:[UPPER:a] B]", "a b"),
        ("[UPPER:]x", "x"),
    ],
)
def test_a_wrapper_changes_the_case_of_all_that_it_holds(source, expected):
    values = ANN | {("Kept", "a"): "ANN", ("Kept", "b"): "lee"}
    assert text(source, values=values) == expected


def test_a_wrapper_leaves_what_makes_a_value_harmless_alone():
    values = {("Kept", "x"): "<ö]"}
    assert text("[UPPER:{{ Kept:x }}]", Place.HTML, values=values) == "&lt;Ö]"
    assert text("[UPPER:{{ Kept:x }}]", Place.URL, values=values) == "%3C%C3%96%5D"


def test_a_choice_takes_one_of_its_variants_by_the_seed():
    source = "[[Hi|Hello|{{ Subscriber:City }}|]]!"
    seen = {text(source, seed=str(seed)) for seed in range(200)}
    assert seen == {"Hi!", "Hello!", "Oslo!", "!"}
    assert parse(source).tags == {("Subscriber", "City")}
    assert not parse("[[a|b]]").constant


def test_choices_stand_in_one_another():
    seen = {text("[[a|[[b|c]]d]]", seed=str(seed)) for seed in range(100)}
    assert seen == {"a", "bd", "cd"}


def test_a_choice_between_three_is_fair():
    drawn = [text("[[a|b|c]]", seed=str(seed)) for seed in range(3000)]
    assert all(900 < drawn.count(sign) < 1100 for sign in "abc")


def test_the_same_seed_gives_the_same_and_another_another():
    source = "[[a|b]]%Random:Alpha:20%[[a|b]]%Random:FirstName%%Random:Numbers:8%"
    assert len({text(source, seed="7|3") for _ in range(10)}) == 1
    assert len({text(source, seed=f"{a}|{b}") for a, b in itertools.product(range(10), "ab")}) == 20


def test_two_places_of_one_text_draw_apart():
    first, second = text("%Random:Alpha:20% %Random:Alpha:20%").split()
    assert first != second
    assert text("%Random:Alpha:20%") != text("%Random:Alpha:20% ").strip()


def test_what_is_drawn_never_changes_from_one_release_to_the_next():
    assert text("%Random:Letters:6%-%Random:Numbers:4%", seed="1|2") == "STPUUX-8642"


@pytest.mark.parametrize("kind", SIGNS)
@pytest.mark.parametrize("length", [1, 6, 64])
def test_random_signs_are_as_many_as_asked_for(kind, length):
    drawn = text(f"%Random:{kind}:{length}%")
    assert len(drawn) == length
    assert set(drawn) <= set(SIGNS[kind])


@pytest.mark.parametrize(
    "name", ["1,2", "Letters", "Letters:0", "Letters:65", "Letters:x", "FirstName:2", "Digits:4"]
)
def test_other_random_data_is_told_to_be_wrong(name):
    (problem,) = parse(f"%Random:{name}%").problems
    assert problem.text.startswith("Write %Random:FirstName%, %Random:LastName%, or Letters")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("%RemoteContent=https://example.com/%", "RemoteContent is not supported"),
        ("%RemoteContentBeforeSend=https://example.com/%", "RemoteContent is not supported"),
        ("%MFROMDomain%", "MFROMDomain is known to the host alone"),
        ("{{ Link:Unsubscribe }}", 'Links such as "Link:Unsubscribe" are made by the host'),
        ("%Link:WebBrowser%", 'Links such as "Link:WebBrowser" are made by the host'),
        ("%Campaign:Name%", '"Campaign:Name" belongs to campaigns of the host'),
        ("{{ Entry:ID }}", "There is no scope Entry here."),
        ("{{ Action:Name }}", "There is no scope Action here."),
        ("%User:Password%", 'User has no "Password".'),
        ("{{ User:APIKey }}", 'User has no "APIKey".'),
        ("{{ Random:Letters:6 }}", "Write it with percent signs: %Random:Letters:6%."),
        ("{{ link }}", '"link" is not a merge tag.'),
        ("%Date=" + "Y" * 101 + "%", "The format may have 100 signs at most."),
    ],
)
def test_what_the_host_alone_can_fill_is_a_problem_and_never_silently_text(source, sentence):
    (problem,) = parse(source).problems
    assert problem.text.startswith(sentence)
