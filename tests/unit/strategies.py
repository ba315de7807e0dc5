"""Made-up documents and criteria for tests that look for what nobody thought of."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from hypothesis import strategies as st

from plugin.domain.activity_codec import ACTIVITIES, COUNTS, MAX_COUNT, URLS, WHEN
from plugin.domain.codec import with_ids
from plugin.domain.criteria import (
    ActivityRule,
    All,
    Any_,
    Condition,
    ListRule,
    Not,
    Rule,
    TagRule,
)
from plugin.domain.journey import Document, Reentry, Trigger
from plugin.domain.operators import LIST_OPERATORS, MAX_DAYS, OPERATORS, TAG_OPERATORS
from plugin.domain.program import Step

#: Text as JSON may carry it: everything but lone surrogates and NUL.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
names = st.text("abcXYZ_09 ~/é😀", min_size=1, max_size=8)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
plain_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
params = st.dictionaries(names, plain_values, max_size=3)


def _steps(bodies):
    step = st.builds(
        Step,
        id=st.just(0),
        action=names,
        params=params,
        branches=st.dictionaries(names, bodies, max_size=2),
        published=st.booleans(),
        notes=texts,
    )
    return st.lists(step, max_size=3).map(tuple)


steps = st.recursive(st.just(()), _steps, max_leaves=8)

reentries = st.one_of(
    st.sampled_from(["once_ever", "once_at_a_time", "every_time"]).map(Reentry),
    st.builds(
        Reentry,
        st.just("again_after"),
        st.integers(1, 3650),
        st.sampled_from(["entry", "exit"]),
    ),
)

documents = st.builds(
    Document,
    trigger=st.builds(Trigger, names, params),
    steps=steps,
    name=texts,
    notes=texts,
    reentry=reentries,
    time_zone=st.none() | st.sampled_from(["UTC", "Europe/Istanbul", "America/New_York"]),
    unsubscribed=st.sampled_from(["end", "continue"]),
)
numbered_documents = documents.map(
    lambda document: replace(document, steps=with_ids(document.steps, count(1)))
)

dates = st.dates().map(lambda day: day.isoformat())
values = {
    "nothing": st.none(),
    "text": texts,
    "number": st.integers(-(10**12), 10**12)
    | st.decimals(-1000, 1000, places=2).map(str)
    | st.floats(-1000, 1000),
    "date": dates,
    "dates": st.lists(dates, min_size=2, max_size=2).map(sorted),
    "days": st.integers(1, MAX_DAYS),
}
field_rules = st.sampled_from(sorted(OPERATORS)).flatmap(
    lambda name: st.builds(
        Rule,
        field=st.sampled_from(["EmailAddress", "CustomField3"]),
        operator=st.just(name),
        value=values[OPERATORS[name].wants],
    )
)
list_rules = st.builds(ListRule, st.integers(1, 2**31), st.sampled_from(sorted(LIST_OPERATORS)))
tag_rules = st.sampled_from(sorted(TAG_OPERATORS)).flatmap(
    lambda name: st.builds(
        TagRule,
        st.lists(st.integers(1, 2**31), unique=True, min_size=name == "has_all", max_size=3).map(
            tuple
        ),
        st.just(name),
    )
)

_chosen = st.lists(st.integers(1, 2**31), unique=True, max_size=3).map(tuple)
_urls = st.builds(Condition, st.sampled_from(URLS), texts.filter(bool))
_when = st.sampled_from(WHEN).flatmap(
    lambda name: st.builds(Condition, st.just(name), values[OPERATORS[name].wants])
)
_counts = st.builds(Condition, st.sampled_from(COUNTS), st.integers(1, MAX_COUNT))


def _activity_rule(activity):
    clicks, plain = ACTIVITIES[activity] == "clicked", ACTIVITIES[activity] == activity
    return st.builds(
        ActivityRule,
        activity=st.just(activity),
        campaigns=_chosen,
        emails=_chosen,
        url=st.none() | _urls if clicks else st.none(),
        when=st.none() | _when,
        count=st.none() | _counts if plain else st.none(),
    )


activity_rules = st.sampled_from(sorted(ACTIVITIES)).flatmap(_activity_rule)
rules = field_rules | list_rules | activity_rules | tag_rules


def _groups(inner):
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(All, parts) | st.builds(Any_, parts) | st.builds(Not, inner)


def grouped(level):
    """Criteria of at most `level` groups within one another."""
    return rules | _groups(grouped(level - 1)) if level else rules


criteria = grouped(4)
