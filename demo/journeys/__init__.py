"""Sample journeys for the demo: the documents beside this file, and how they come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

if TYPE_CHECKING:
    from plugin.engine.services import Services

_OWNER = 1
_SECRET_NAME = "default"


def sample_documents(inbox_url: str) -> Iterator[str]:
    """The YAML texts, in the order of their names, with webhooks that lead to the inbox."""
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        yield Template(path.read_text("utf-8")).substitute(inbox=inbox_url)


def install_sample_journeys(services: Services, inbox_url: str) -> None:
    """Imports the sample journeys for the first user and turns them on.

    The first one comes in last, because the newest stands on top of the add-on's list.
    """
    for text in reversed(list(sample_documents(inbox_url))):
        journey_id = services.authoring.import_text(_OWNER, text, "cli")
        services.authoring.enable(_OWNER, journey_id, "cli")


def share_signing_secret(
    services: Services, user_ids: Sequence[int], secret: str, encryption_key: str
) -> None:
    """Makes `secret` the default signing secret of these users, who have none yet.

    The inbox knows it too, and can so tell whether a signature is right.
    """
    ciphertext = Fernet(encryption_key).encrypt(secret.encode()).decode()
    with services.begin() as work:
        for user_id in user_ids:
            work.library.add_secret(user_id, _SECRET_NAME, ciphertext, services.wall_clock())
