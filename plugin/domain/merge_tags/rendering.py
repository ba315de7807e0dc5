"""Values into a tree: once; helpers first, then made harmless for the place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from plugin.domain.merge_tags import chance
from plugin.domain.merge_tags.comparing import holds
from plugin.domain.merge_tags.helpers import Helper
from plugin.domain.merge_tags.places import (
    LONGEST_OUTPUT,
    Place,
    escaped,
    one_line,
    size,
    too_long,
)
from plugin.domain.merge_tags.scopes import NOW
from plugin.domain.merge_tags.tree import If, Node, Nodes, Random, Spin, Tag
from plugin.domain.merge_tags.values import plain

# A tick renders thousands of texts: to look a member of an enumeration up takes its time.
_TEXT, _JSON, _HEADER, _URL = Place.TEXT, Place.JSON, Place.HEADER, Place.URL

Values = Mapping[tuple[str, str], object]


def written(nodes: Nodes, values: Values, place: Place, seed: str) -> str:
    """The text of these nodes. Raises BadTemplate when it is longer than LONGEST_OUTPUT."""
    pieces: list[str] = []
    room = LONGEST_OUTPUT
    for node in nodes:
        if type(node) is str:
            piece = one_line(node) if place is _HEADER else node
        elif type(node) is Tag:
            piece = _filled(node, values, place)
        else:
            piece = _branched(node, values, place, seed)
        room -= len(piece) if piece.isascii() else size(piece)
        if room < 0:
            raise too_long()
        pieces.append(piece)
    return "".join(pieces)


def _filled(tag: Tag, values: Values, place: Place) -> str:
    value = values.get((tag.scope, tag.name))
    text = value if type(value) is str else plain(value)
    if tag.helpers and (text or tag.fallback is None):
        text = _helped(text, tag.helpers, _zone(values))
        if text and place is _URL and tag.helpers[-1].encodes:
            return text
    text = text or tag.fallback or ""
    if len(text) > LONGEST_OUTPUT:
        raise too_long()
    if place is _TEXT or place is _JSON:
        return text
    return escaped(text, place, raw=tag.raw, breaks=tag.breaks)


def _branched(node: Node, values: Values, place: Place, seed: str) -> str:
    match node:
        case If(condition=condition):
            tag = condition.tag
            text = plain(values.get((tag.scope, tag.name)))
            if tag.helpers:
                text = _helped(text, tag.helpers, _zone(values))
            taken = node.then if holds(condition, text) else node.other
        case Spin(variants=variants):
            taken = variants[chance.pick(seed, node.mark, len(variants))]
        case Random():
            taken = (_helped(_made_up(node, seed), node.helpers, None),)
        case _:
            taken = (node,)
    return written(taken, values, place, seed)


def _made_up(node: Random, seed: str) -> str:
    if node.kind in chance.NAMES:
        pool = chance.NAMES[node.kind]
        return pool[chance.pick(seed, node.mark, len(pool))]
    return chance.signs(seed, node.mark, chance.SIGNS[node.kind], node.length)


def _helped(text: str, helpers: tuple[Helper, ...], zone: tzinfo | None) -> str:
    """Each helper sees a text of bounded length, so a chain of them cannot explode."""
    for helper in helpers:
        if len(text) > LONGEST_OUTPUT:
            raise too_long()
        text = helper.run(text, zone)
    return text


def _zone(values: Values) -> tzinfo | None:
    now = values.get(NOW)
    return now.tzinfo if isinstance(now, datetime) else None
