"""docs/proofs.md: one row for each long proof, with its figures, its seed and its commit."""

from __future__ import annotations

import fcntl
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "proofs.md"
HEAD = "| what | figures | seed | commit | files covered |"


@dataclass(frozen=True)
class Row:
    """`files` are paths from the project's directory: after a change of them the proof is rerun."""

    what: str
    figures: str
    seed: str
    commit: str
    files: tuple[str, ...]

    @classmethod
    def read(cls, line: str) -> Row:
        what, figures, seed, commit, files = (cell.strip() for cell in line.strip("|\n").split("|"))
        named = tuple(name.strip("` ") for name in files.split(","))
        return cls(what, figures, seed, commit.strip("`"), named)

    def __str__(self) -> str:
        files = ", ".join(f"`{name}`" for name in self.files)
        return f"| {self.what} | {self.figures} | {self.seed} | `{self.commit}` | {files} |"


def rows(text: str) -> list[Row]:
    """Those of the table."""
    lines = text[text.index(HEAD) :].splitlines()[2:]
    return [Row.read(line) for line in lines if line.startswith("|")]


def record(made: Row) -> None:
    """Print the result and write it down in place of the earlier one of the same proof."""
    print(f"\n{made.what}: {made.figures} · seed {made.seed} · commit {made.commit}")
    with PAGE.open("r+", encoding="utf-8") as page:
        fcntl.flock(page, fcntl.LOCK_EX)
        text = page.read()
        page.seek(0)
        page.truncate()
        page.write(with_row(text, made))


def with_row(text: str, made: Row) -> str:
    """The page with this row in its place."""
    before = text[: text.index(HEAD)]
    kept = {row.what: row for row in rows(text)} | {made.what: made}
    table = [HEAD, "|---|---|---|---|---|", *map(str, kept.values())]
    return before + "\n".join(table) + "\n"


def commit() -> str:
    """The commit that is checked out; with a + when files that it holds have been changed."""
    head, changed = _git("rev-parse", "--short=10", "HEAD"), _git("diff", "--name-only", "HEAD")
    ours = [name for name in changed.splitlines() if name != "docs/proofs.md"]
    return head.strip() + ("+" if ours else "")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout
