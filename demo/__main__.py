"""`python -m demo`: the host, Journeys on it, a worker, sample data; Ctrl-C stops all."""

from __future__ import annotations

import argparse
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from demo.flavours import FLAVOURS
from demo.home import PREFIX, open_home, reset
from demo.running import WRITES, Options, run
from demo.sample_data import OldData

_DEFAULT_PORT = 5300


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until Ctrl-C. Exit code 2 when the port is taken."""
    given = _parser().parse_args(arguments)
    directory = _directory(given)
    if given.reset:
        reset(directory)
    known = open_home(directory, given.port or _DEFAULT_PORT, given.prefix or PREFIX, given.flavour)
    if given.prefix not in ("", known.prefix):
        print(
            f"The tables of this demo begin with {known.prefix}. For other ones start it afresh:"
            f" PREFIX={given.prefix} make demo-reset",
            file=sys.stderr,
        )
        return 2
    port = given.port or known.port
    if not _is_free(port):
        print(
            f"Port {port} is taken by another program. Choose another: PORT=5301 make demo",
            file=sys.stderr,
        )
        return 2
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as stack:
            run(known, Options(port, given.full, given.workers, given.writes), stack)
    except OldData as error:
        print(
            f"This demo is an earlier one: {error} Start it afresh: make demo-reset",
            file=sys.stderr,
        )
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=_port_of_environment(), help="default: PORT, else 5300"
    )
    parser.add_argument(
        "--dir", type=Path, default=Path(".demo"), help="where the demo keeps its data"
    )
    parser.add_argument(
        "--full", action="store_true", help="on private MariaDB and Redis, with rq workers"
    )
    parser.add_argument("--workers", type=int, default=2, help="with --full: how many processes")
    parser.add_argument(
        "--flavour",
        type=_one_of(FLAVOURS),
        default=os.environ.get("FLAVOUR") or "v5",
        help="generation of the host; default: FLAVOUR, else v5",
    )
    parser.add_argument(
        "--writes",
        type=_one_of(WRITES),
        default=os.environ.get("WRITES") or "api",
        help="how journeys write to lists; default: WRITES, else api",
    )
    parser.add_argument(
        "--prefix",
        type=_prefix,
        default=os.environ.get("PREFIX", ""),
        help=f"what the host's tables begin with; default: PREFIX, else {PREFIX}",
    )
    parser.add_argument("--reset", action="store_true", help="forget all data first")
    return parser


def _directory(given: argparse.Namespace) -> Path:
    """Each kind of demo has a place of its own."""
    kind = given.dir / "full" if given.full else given.dir
    return Path(kind if given.flavour == "v5" else kind / given.flavour)


def _one_of(words: Iterable[str]) -> Callable[[str], str]:
    """`choices` would look at what is typed, not at what the environment says."""

    def read(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(f"choose one of {', '.join(sorted(words))}")
        return text

    return read


def _prefix(text: str) -> str:
    if not re.fullmatch(r"([a-z][a-z0-9_]{0,19})?", text):
        raise argparse.ArgumentTypeError("small letters, digits and _, at most 20, a letter first")
    return text


def _port_of_environment() -> int | None:
    """None when PORT is not set: then the port of the demo's first start is taken again."""
    text = os.environ.get("PORT", "")
    return int(text) if text.isdecimal() else None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
