"""The commands a newcomer types: make's words, and what they say where something is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import services, setup_venv

ROOT = Path(__file__).resolve().parents[2]
WORDS = (
    "setup",
    "demo",
    "demo-full",
    "demo-reset",
    "test",
    "quick",
    "check",
    "bench",
    "docs",
    "screenshots",
)


def make(*words: str) -> str:
    """What `make` prints; only words that do nothing are passed."""
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_make_alone_lists_every_word_with_a_line_of_help():
    listed = re.findall(r"^  make (\S+) +(\S.*)$", make(), re.MULTILINE)
    assert set(WORDS) <= {word for word, _ in listed}


def test_the_whole_test_run_leaves_out_nothing_but_the_bench():
    assert '-m "not bench and not proof"' in make("--dry-run", "test")


def test_the_quick_run_asks_for_no_server_and_no_browser():
    plan = make("--dry-run", "quick")
    assert "devtools.services" not in plan
    left_out = ("services", "browser", "chaos", "bench", "proof", "thorough")
    assert f'-m "not {" and not ".join(left_out)}"' in plan


def test_the_continuous_check_runs_what_a_person_runs():
    script = (ROOT / ".ci" / "run").read_text()
    assert script.rstrip().endswith("exec make test")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_set_up_needs_no_package_beside_the_standard_library():
    code = "import devtools.services, devtools.setup_venv"
    subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=True)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A need that nothing meets, on a system without apt."""
    need = services.Need("a thing", (("no-such-program",),), (("no-such-package", "its-data"),))
    monkeypatch.setitem(services.NEEDS, "thing", need)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("nowhere")
def test_a_missing_program_is_named_with_the_command_that_installs_it(capsys):
    assert services.main(["thing"]) == 1
    printed = capsys.readouterr().err
    assert "no-such-program not found" in printed
    assert "apt-get install no-such-package its-data" in printed
    assert "this system has no apt-get" in printed


def test_what_is_there_is_not_installed_again(monkeypatch: pytest.MonkeyPatch, capsys):
    need = services.Need("Python", ((Path(sys.executable).name,),), (("no-such-package",),))
    monkeypatch.setitem(services.NEEDS, "python", need)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    assert services.main(["python"]) == 0
    assert capsys.readouterr().out == ""


def test_an_environment_without_pip_counts_as_broken(tmp_path: Path):
    assert not setup_venv.works(tmp_path / "bin" / "python")
    assert setup_venv.works(Path(sys.executable))
