"""The page of semantics names tests that exist, and each of its rules can be broken."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.semantics.rules import ROOT, Break, Rule, breaks, functions_in, rows_of_tables, rules


def test_every_row_of_the_page_is_a_rule_with_a_test() -> None:
    assert len(rules()) == rows_of_tables() > 0
    assert [rule.id for rule in rules() if not rule.tests] == []


def test_no_rule_stands_there_twice() -> None:
    assert [i for i, n in Counter(rule.id for rule in rules()).items() if n > 1] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_the_tests_of_a_rule_exist(rule: Rule) -> None:
    missing = [f"{file}::{name}" for file, name in rule.tests if name not in functions_in(file)]
    assert missing == []


def test_each_rule_has_a_change_that_breaks_it_and_no_other_has_one() -> None:
    assert {one.rule for one in breaks()} == {rule.id for rule in rules()}


@pytest.mark.parametrize("one", breaks(), ids=lambda one: one.rule)
def test_each_change_is_of_the_product_and_finds_its_place(one: Break) -> None:
    for edit in one.edits:
        assert edit.file.startswith("plugin/")
        text = (ROOT / edit.file).read_text()
        assert edit.applied_to(text) != text
