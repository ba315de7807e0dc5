"""Runs pytest again and again in a copy of the project, each time in a fork of this process.

The fork has what others wrote loaded already, which takes most of the time that a run takes, and
nothing of the project. Run as a program: `python forking.py COPY` reads a line of JSON for each
run, `[seconds, argument, …]`, and answers with one, `[code, output]`.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import IO

#: No plugins of pytest: it wants to load those itself.
LOADED = (
    *("alembic", "cryptography.fernet", "flask", "marshmallow", "pymysql", "pytest"),
    *("redis", "requests", "rq", "sqlalchemy.dialects.sqlite", "sqlalchemy.orm", "yaml"),
)


#: The exit code of a run that pytest itself did not end.
NO_END = 70


def run(copy: Path, seconds: int, arguments: Sequence[str]) -> tuple[int, str]:
    """How pytest ended, or -14 when the time was over, and what it wrote."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            become_pytest(copy, seconds, arguments, output)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode(errors="replace")


def become_pytest(copy: Path, seconds: int, arguments: Sequence[str], output: IO[bytes]) -> None:
    """Never returns."""
    code = NO_END
    try:
        signal.alarm(seconds)
        for descriptor in (1, 2):
            os.dup2(output.fileno(), descriptor)
        os.chdir(copy)
        sys.path[0] = str(copy)
        code = int(importlib.import_module("pytest").main(list(arguments)))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    for name in LOADED:
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        seconds, *arguments = json.loads(line)
        print(json.dumps(run(Path(sys.argv[1]), seconds, arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()
