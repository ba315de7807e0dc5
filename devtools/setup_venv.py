"""Makes the virtual environment from lock files: `python -m devtools.setup_venv DIR LOCK…`.

Uses nothing but the standard library. Running it again brings an existing environment up to date.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from devtools.services import apt, why_not_apt

OLDEST = (3, 11)


def main(directory: Path, locks: Sequence[str]) -> int:
    """Make `directory` if needed, install exactly what the lock files name, then the project."""
    if sys.version_info < OLDEST:
        print(f"Python 3.11 or newer is needed; this is {sys.version}.", file=sys.stderr)
        return 1
    python = directory / "bin" / "python"
    if not works(python) and not make(directory):
        return 1
    print(f"Installing {', '.join(locks)} into {directory} …", flush=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    requirements = [word for lock in locks for word in ("--requirement", lock)]
    # The lock files name every package, so pip has nothing to choose or to look up.
    steps = (
        ["install", "-qq", "--no-deps", *requirements],
        ["install", "-qq", "--no-deps", "--no-build-isolation", "--editable", "."],
        ["check"],
    )
    return next((1 for step in steps if subprocess.run([*pip, *step], check=False).returncode), 0)


def works(python: Path) -> bool:
    """Whether this interpreter starts and has pip (an interrupted set-up leaves it without)."""
    if not python.exists():
        return False
    done = subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False)
    return done.returncode == 0


def make(directory: Path) -> bool:
    """Make an empty environment; Debian keeps the module for that in a package of its own."""
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if reason := why_not_apt():
            print(f"Missing: {package} ({reason}). Install it as root.", file=sys.stderr)
            return False
        apt("update")
        if not apt("install", "--yes", "--no-install-recommends", package):
            return False
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(directory)], check=False)
    return made.returncode == 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
