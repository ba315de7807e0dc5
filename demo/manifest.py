"""The add-on's `manifest.json`: read strictly, by its schema, into a small object."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parent.parent
#: A group with this instead of permissions may do everything.
EVERYTHING = "*"


class BadManifest(Exception):
    """The manifest does not fit its schema; the text has one line per fault."""


@dataclass(frozen=True)
class Manifest:
    """What an add-on says of itself; `content` is the manifest as it stands."""

    content: Mapping[str, Any]

    @property
    def url_prefix(self) -> str:
        return str(self.content["url_prefix"])

    @cached_property
    def event_types(self) -> frozenset[str]:
        """The types of event that some hook of the add-on listens for, or the gateway tells of."""
        sources = [*self.content["hooks"], *self.content.get("gateway_events", [])]
        return frozenset(source["event"] for source in sources)

    def menu(self, location: str) -> list[Mapping[str, str]]:
        return [item for item in self.content["menu"] if item["location"] == location]

    def rights(self, permissions: Collection[str]) -> list[str]:
        """The add-on's rights that follow from a group's host permissions, in the given order."""
        if EVERYTHING in permissions:
            return [right["id"] for right in self.content["rights"]]
        if not set(self.content["requires"]) <= set(permissions):
            return []
        return [
            right["id"]
            for right in self.content["rights"]
            if set(right["any_of"]) & set(permissions)
        ]

    def entry(self) -> Callable[..., Any]:
        """The function that puts the add-on on a Flask app; imports its module."""
        module, _, name = str(self.content["entry"]).partition(":")
        function: Callable[..., Any] = getattr(import_module(module), name)
        return function


def read_manifest(directory: Path = ROOT) -> Manifest:
    """Reads and checks `manifest.json`. Raises BadManifest with every fault and its place."""
    schema = json.loads((directory / "manifest.schema.json").read_text("utf-8"))
    content = json.loads((directory / "manifest.json").read_text("utf-8"))
    faults = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(content)
    ]
    if faults:
        raise BadManifest("manifest.json does not fit manifest.schema.json:\n" + "\n".join(faults))
    return Manifest(content)
