"""The `journeys` command: a thin door for admins. One file per group of commands."""

from plugin.cli.main import main

__all__ = ["main"]
