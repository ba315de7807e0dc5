"""Installs the programs that the tests need beside Python, or says which ones are missing.

Uses nothing but the standard library, since it may run before the virtual environment exists:
`python -m devtools.services [NAME…]`, for example `mariadb redis`; without a name, all of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from devtools.process import find_program


@dataclass(frozen=True, slots=True)
class Need:
    """A thing to install: `programs` holds alternatives per program, `packages` per system."""

    title: str
    programs: tuple[tuple[str, ...], ...]
    packages: tuple[tuple[str, ...], ...]

    @property
    def missing(self) -> list[str]:
        """The programs that are not there, by their first name."""
        return [names[0] for names in self.programs if find_program(*names) is None]


NEEDS = {
    "mariadb": Need(
        "the MariaDB server",
        (("mariadbd", "mysqld"), ("mariadb-install-db", "mysql_install_db")),
        # The core package starts no service of its own; older systems have the whole one only.
        (("mariadb-server-core", "mariadb-client-core"), ("mariadb-server",)),
    ),
    "redis": Need("the Redis server", (("redis-server",),), (("redis-server",),)),
    "chromium": Need(
        "Chromium",
        (("chromium", "chromium-browser", "google-chrome"),),
        (("chromium",), ("chromium-browser",)),
    ),
    "php": Need("PHP for the command line", (("php",),), (("php-cli",),)),
}


def main(names: Sequence[str]) -> int:
    """Install what is missing of the named needs; 0 when all is there, 1 otherwise."""
    wanted = [NEEDS[name] for name in names or NEEDS]
    missing = [need for need in wanted if need.missing]
    if not missing:
        return 0
    if reason := why_not_apt():
        print(f"Cannot install what is missing: {reason}.", file=sys.stderr)
    else:
        install(missing)
    left = [need for need in missing if need.missing]
    for need in left:
        print(
            f"Missing: {need.title} ({', '.join(need.missing)} not found). "
            f"Install it as root, for example: apt-get install {' '.join(need.packages[0])}",
            file=sys.stderr,
        )
    return 1 if left else 0


def why_not_apt() -> str:
    """Why this process cannot install packages with apt, or an empty text if it can."""
    if shutil.which("apt-get") is None:
        return "this system has no apt-get"
    if os.geteuid() != 0:
        return "only root may run apt-get"
    return ""


def install(needs: Sequence[Need]) -> None:
    """Try each need's packages in turn, until its programs are there."""
    print(f"Installing {', '.join(need.title for need in needs)} …", flush=True)
    apt("update")
    for need in needs:
        for packages in need.packages:
            if need.missing:
                apt("install", "--yes", "--no-install-recommends", *packages)


def apt(*words: str) -> bool:
    """Run apt-get without questions; its output is shown only when it fails."""
    # RUNLEVEL=1 keeps Debian's packages from starting their service: ours are private ones.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    done = subprocess.run(
        ["apt-get", "--quiet", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"apt-get {' '.join(words)} failed:\n{done.stdout}", file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
