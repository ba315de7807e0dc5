"""Writes the lock files from what is installed in this environment: `python -m devtools.lock`.

Follows the requirements of setup.cfg through the installed packages and notes exact versions, so
that nothing gets in that the project does not need.
"""

from __future__ import annotations

import configparser
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "lock.txt"
DEV_LOCK = ROOT / "requirements" / "lock-dev.txt"
# Some requirements count on early releases of 3.11 only, which Debian still ships; locking them for
# all costs one small package and spares a second file.
PYTHONS = ("3.11.0", f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}")
# Needed to install the project itself, since the environment is built without a look-up.
BUILD = ("setuptools>=77",)


def wanted() -> tuple[list[str], list[str]]:
    """The requirements of setup.cfg: to run product and demo; to test and develop."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    extras = config["options.extras_require"]
    runtime = [config["options"]["install_requires"], extras["demo"]]
    tools = [extras["test"], extras["dev"]]
    return [*lines(runtime), *BUILD], list(lines(tools))


def lines(texts: Iterable[str]) -> Iterator[str]:
    """The lines of these texts that are not blank."""
    return (line for text in texts for line in text.splitlines() if line.strip())


def closure(requirements: Iterable[str]) -> dict[str, str]:
    """Names with installed versions of these requirements and of all that they need in turn.

    Raises LookupError for one that is not installed, or not in a version that is asked for.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = [Requirement(text) for text in requirements]
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        if (key := (name, frozenset(requirement.extras))) in seen:
            continue
        seen.add(key)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            raise LookupError(f"{requirement} is not installed.") from None
        if not requirement.specifier.contains(installed.version, prereleases=True):
            raise LookupError(f"{requirement} is asked for, {installed.version} is installed.")
        found[name] = installed.version
        queue += needs_of(installed.requires or [], requirement.extras)
    return found


def needs_of(texts: Iterable[str], extras: set[str]) -> Iterator[Requirement]:
    """The requirements among `texts` that count with these extras, on any of PYTHONS."""
    environments = [
        {"extra": extra, "python_full_version": python}
        for extra in extras or {""}
        for python in PYTHONS
    ]
    for requirement in map(Requirement, texts):
        marker = requirement.marker
        if marker is None or any(marker.evaluate(environment) for environment in environments):
            yield requirement


def text_of(title: str, versions: Mapping[str, str]) -> str:
    """A lock file."""
    pins = "".join(f"{name}=={versions[name]}\n" for name in sorted(versions))
    return f'# {title} Written by "make lock"; change setup.cfg instead.\n{pins}'


def texts() -> dict[Path, str]:
    """What each lock file should hold, by its path."""
    runtime, tools = wanted()
    first = closure(runtime)
    second = closure(tools)
    return {
        LOCK: text_of("What product and demo run with.", first),
        DEV_LOCK: text_of(
            "What tests and checks need beside lock.txt.",
            {name: version for name, version in second.items() if name not in first},
        ),
    }


def main() -> int:
    """Write both files. 1 when something in setup.cfg is not installed."""
    try:
        files = texts()
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in files.items():
        path.write_text(text)
        print(f"{path.relative_to(ROOT)}: {text.count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
