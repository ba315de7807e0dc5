"""The sample e-mails: a welcome series, a basket, birthdays, win-back, re-permission and more.

`letters.yaml` has the words, `layout.html` the one plain layout: tables, and styles beside the
words, as mail programs need it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import yaml

_HERE = Path(__file__).parent

Letter = Mapping[str, Any]


@dataclass(frozen=True)
class Sender:
    """Whom the letters of an account come from; `domain` is one of its sender domains."""

    name: str
    domain: str
    colour: str


#: By owner.
SENDERS = {
    1: Sender("Example Mail Works", "example.com", "#2752c4"),
    2: Sender("Example Kitchen", "kitchen.example.com", "#9a3412"),
    3: Sender("Example Panel", "panel.example.com", "#166534"),
}


def emails(now: datetime) -> list[dict[str, Any]]:
    """The rows of the host's table of e-mails."""
    letters: list[Letter] = yaml.safe_load((_HERE / "letters.yaml").read_text("utf-8"))
    layout = Template((_HERE / "layout.html").read_text("utf-8"))
    return [_row(letter, SENDERS[letter["owner"]], layout, now) for letter in letters]


def _row(letter: Letter, sender: Sender, layout: Template, now: datetime) -> dict[str, Any]:
    options = {"SenderDomain": sender.domain, "OpenTracking": True, "LinkTracking": True}
    return {
        "EmailID": letter["id"],
        "RelUserID": letter["owner"],
        "EmailName": letter["name"],
        "FromName": sender.name,
        "FromEmail": f"hello@{sender.domain}",
        "ReplyToName": sender.name,
        "ReplyToEmail": f"hello@{sender.domain}",
        "Subject": letter["subject"],
        "PreHeaderText": letter["preview"],
        "HTMLContent": _html(letter, sender, layout),
        "PlainContent": _plain(letter, sender),
        "Options": json.dumps(options),
        "CreatedAt": now - timedelta(days=120 - letter["id"]),
        "UpdatedAt": now - timedelta(days=100 - letter["id"]),
    }


def _html(letter: Letter, sender: Sender, layout: Template) -> str:
    button = (
        f"display:inline-block;padding:12px 20px;border-radius:6px;background:{sender.colour};"
        "color:#ffffff;text-decoration:none;font-weight:bold"
    )
    styles = [button] + [f"color:{sender.colour}"] * (len(letter["links"]) - 1)
    paragraphs = [_words(text) for text in letter["body"]]
    paragraphs += [
        f'<a href="{address}" style="{style}">{_words(words)}</a>'
        for style, (words, address) in zip(styles, _links(letter), strict=True)
    ]
    return layout.substitute(
        title=_words(letter["subject"]),
        preview=_words(letter["preview"]),
        sender=escape(sender.name),
        colour=sender.colour,
        content="\n".join(f'<p style="margin:0 0 16px">{text}</p>' for text in paragraphs),
    )


def _plain(letter: Letter, sender: Sender) -> str:
    links = [f"{words}: {address}" for words, address in _links(letter)]
    end = [f"-- \n{sender.name}", "To leave the list: %Link:Unsubscribe%"]
    return "\n\n".join([*letter["body"], *links, *end]) + "\n"


def _links(letter: Letter) -> list[tuple[str, str]]:
    """Words and address of each."""
    return [
        (words, f"https://example.com/{letter['id']}/{number}")
        for number, words in enumerate(letter["links"], start=1)
    ]


def _words(text: str) -> str:
    """Words for HTML. The quotes of a merge tag stay: the host would not know it otherwise."""
    return escape(text, quote=False)
