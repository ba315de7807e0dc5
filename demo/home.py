"""The directory of one demo: its database, its secrets (made once), the add-on's settings."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.fernet import Fernet

from demo.signing import new_secret

#: What the host's tables begin with, unless somebody asks for something else.
PREFIX = "oempro_"
#: All that a demo ever writes into its directory; a reset removes nothing else.
_OURS = ("settings.json", "journeys.yaml", "demo.sqlite3*", "mariadb", "redis")


@dataclass(frozen=True)
class Home:
    """`port` is the one of the first start: the sample journeys call the inbox there.

    `prefix` and `flavour` are those that the host's tables were made with.
    """

    directory: Path
    port: int
    hook_secret: str
    handover_secret: str
    encryption_key: str
    session_secret: str
    webhook_secret: str
    prefix: str = PREFIX
    flavour: str = "v5"

    @property
    def sqlite_url(self) -> str:
        return f"sqlite:///{self.directory.resolve() / 'demo.sqlite3'}"

    @property
    def config_file(self) -> Path:
        """The add-on's settings for its commands: JOURNEYS_CONFIG."""
        return self.directory / "journeys.yaml"

    def addon_settings(
        self, database_url: str, redis_url: str, port: int, writes: str = "api"
    ) -> dict[str, str]:
        """The add-on's settings by the names of its environment variables.

        `writes` is how journeys write to lists: by the host's API, or, `tables`, by SQL. The keys
        of the API are in the host's table of users.
        """
        base_url = f"http://127.0.0.1:{port}"
        settings = {
            "DATABASE_URL": database_url,
            "HOST_PREFIX": self.prefix,
            "HOST_TIME_ZONE": "UTC",
            "HOST_URL": base_url,
            "HOST_WRITES": writes,
            "HOST_API_URL": f"{base_url}/api.php",
            "HOST_REPORTS_TAGS": "yes",
            "PUBLIC_URL": base_url,
            "HOOK_SECRETS": self.hook_secret,
            "HANDOVER_SECRET": self.handover_secret,
            "ENCRYPTION_KEYS": self.encryption_key,
            "ALLOWED_HOSTS": ",".join(f"127.0.0.1:{known}" for known in {port, self.port}),
        }
        if redis_url:
            settings["REDIS_URL"] = redis_url
        return {f"JOURNEYS_{name}": value for name, value in settings.items()}

    def write_config(self, settings: Mapping[str, str]) -> None:
        """Leaves the settings where the add-on's commands and worker processes find them."""
        plain = {name.removeprefix("JOURNEYS_").lower(): text for name, text in settings.items()}
        _write_private(self.config_file, yaml.safe_dump(plain))


def open_home(directory: Path, port: int, prefix: str = PREFIX, flavour: str = "v5") -> Home:
    """The demo in this directory; makes it, with fresh secrets, the first time.

    A demo that was there before keeps its port, prefix and flavour.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "settings.json"
    if not file.exists():
        made = {
            "port": port,
            "hook_secret": new_secret(),
            "handover_secret": secrets.token_urlsafe(32),
            "encryption_key": Fernet.generate_key().decode(),
            "session_secret": secrets.token_urlsafe(32),
            "webhook_secret": new_secret(),
            "prefix": prefix,
            "flavour": flavour,
        }
        _write_private(file, json.dumps(made, indent=2) + "\n")
    return Home(directory=directory, **json.loads(file.read_text()))


def reset(directory: Path) -> None:
    """Removes what a demo has put into the directory, and nothing else."""
    for pattern in _OURS:
        for path in directory.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _write_private(file: Path, text: str) -> None:
    """Readable by this user only, and never half written."""
    draft = file.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    os.replace(draft, file)
