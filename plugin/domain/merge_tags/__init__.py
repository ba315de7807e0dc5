"""Merge tags: a text with places for values. No code, no attribute access, no remote content.

    {{ Subscriber:FirstName }}                  the value, escaped for the place it goes to
    {{ Subscriber:FirstName|"friend" }}         a fallback for a value that is missing or empty
    {{{ Kept:snippet }}}                        the value as it is, where HTML would be escaped
    {{ uppercase trim Subscriber:City }}        helpers; the one nearest to the tag comes first
    {{ if Subscriber:City=Oslo }}…{{ endif }}   a condition, with {{ else }} if need be
    [[Hi|Hello]] %Random:Numbers:4%             chance, the same in every rendering of one visit
    %Subscriber:FirstName%                      the host's older form

A text is read once, and values are put in once: a tag inside a value stays text. Reading and
rendering take time in proportion to the text and its output.
"""

from plugin.domain.merge_tags.places import LONGEST_OUTPUT, Place
from plugin.domain.merge_tags.reader import MOST_PROBLEMS, parse
from plugin.domain.merge_tags.scopes import NOW, SCOPES
from plugin.domain.merge_tags.template import TagProblem, Template
from plugin.domain.merge_tags.tree import Tag
from plugin.domain.merge_tags.values import plain

__all__ = [
    "LONGEST_OUTPUT",
    "MOST_PROBLEMS",
    "NOW",
    "SCOPES",
    "Place",
    "Tag",
    "TagProblem",
    "Template",
    "parse",
    "plain",
]
