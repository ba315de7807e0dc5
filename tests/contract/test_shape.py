"""The shape of the code: small files, small functions, a first line that says what a file is."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("plugin", "demo", "tests", "devtools", "bench", "migrations")
FILE_LINES = 350
FILE_LINES_P95 = 250
FUNCTION_LINES = 50
FUNCTION_LINES_MEDIAN = 8

# Put together from parts, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("unpkg", "com"),
    )
]
MACHINE_PATHS = [f"/{name}/" for name in ("work", "root")]
# The same word inside an address, after a host name or a placeholder, is no path of a machine.
FORBIDDEN = re.compile(
    "|".join(
        [re.escape(host) for host in REGISTRY_HOSTS]
        + [rf"(?<![\w.)}}>-]){re.escape(path)}" for path in MACHINE_PATHS]
    )
)


@cache
def python_files() -> dict[str, str]:
    """The text of every Python file of the project, by its path from the root."""
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def functions(folders: tuple[str, ...] = FOLDERS) -> Iterator[tuple[str, int]]:
    """Each function's place and its number of lines, from `def` to its end."""
    for path, text in python_files().items():
        if path.split("/")[0] in folders:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or node.lineno) - node.lineno + 1
                    yield f"{path}:{node.lineno} {node.name}", lines


def project_files() -> list[Path]:
    """Every file that is, or is about to be, part of the project; git knows what is ignored."""
    listed = subprocess.run(
        [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_is_longer_than_350_lines():
    sizes = {path: len(text.splitlines()) for path, text in python_files().items()}
    assert {path: size for path, size in sizes.items() if size > FILE_LINES} == {}


def test_95_of_100_files_of_the_product_and_its_demo_have_at_most_250_lines():
    sizes = {
        path: len(text.splitlines())
        for path, text in python_files().items()
        if path.startswith(("plugin/", "demo/"))
    }
    long = {path: size for path, size in sizes.items() if size > FILE_LINES_P95}
    assert len(long) <= len(sizes) * 0.05, long


def test_no_function_is_longer_than_50_lines():
    assert {place: size for place, size in functions() if size > FUNCTION_LINES} == {}


def test_half_of_the_products_functions_have_at_most_8_lines():
    sizes = [size for _, size in functions(("plugin",))]
    assert statistics.median(sizes) <= FUNCTION_LINES_MEDIAN


def test_every_module_says_in_its_first_line_what_it_is():
    silent = [
        path for path, text in python_files().items() if not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_every_module_starts_with_its_docstring():
    late = [path for path, text in python_files().items() if not text.startswith(('"""', 'r"""'))]
    assert late == []


def test_no_file_names_a_package_registry_or_a_folder_of_some_machine():
    found = [
        f"{path.relative_to(ROOT)}:{number} {match.group()}"
        for path in project_files()
        for number, line in enumerate(path.read_text(errors="ignore").splitlines(), 1)
        for match in [FORBIDDEN.search(line)]
        if match
    ]
    assert found == []


def test_the_search_for_forbidden_names_finds_them():
    samples = [f"see https://{host}/x" for host in REGISTRY_HOSTS]
    samples += [f"open('{path}x')" for path in MACHINE_PATHS]
    assert [sample for sample in samples if not FORBIDDEN.search(sample)] == []
    assert not FORBIDDEN.search(f"https://example.com{MACHINE_PATHS[0]}x")
