"""The architecture, as far as a machine can hold us to it.

Decides nothing of its own: the import contracts are in pyproject.toml, the error tree is drawn in schemas/errors.py.
What imports cannot show (clock, randomness, environment) ruff's banned-api does.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import errors

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("schemas", "sync_protocol", "register", "village_node", "district_hub", "demo")
LINES_MAX = 500
VAGUE_NAMES = {"utils", "util", "helpers", "common", "base", "manager", "handler", "service", "data", "info", "misc"}

# Written in pieces, so that this file passes its own test.
FORBIDDEN_TEXT = (
    "../" + "shared",
    "/wo" + "rk/",
    "/tmp" + "/v/",
    "/ro" + "ot/",
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js",
    "deb.deb" + "ian.org",
    "farm-" + "bench",
)
# A national number: region, day (women +40), month, year, serial. Serials 0000 and 9000-9999 no office has issued.
ISSUED_NUMBER = re.compile(
    r"(?<![0-9A-Fa-f.])(?:[1-9]\d)\d{4}(?:[0-2]\d|3[01]|[4-6]\d|7[01])(?:0[1-9]|1[0-2])\d\d((?!0000)[0-8]\d{3})(?![0-9A-Fa-f])"
)


# Pages that a reader of this repository does not have. What they settled stands in docs/protocol.md and docs/adr/.
ABSENT_PAGE = re.compile(r"\b(?:DES" r"IGN|DOM" r"AIN|PE" r"ERS)\b(?! =)|\bSTY" r"LE(?:\.md| section| \d)")
PROTOCOL_CITATION = re.compile(r"\bprotocol (\d+(?:\.\d+)?(?:(?:, | and | to |-)\d+\.\d+)*)")
PROTOCOL_SECTION = re.compile(r"^(?:## )?(\d+(?:\.\d+)?)[. ]", re.MULTILINE)


def tracked_files() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def product_modules() -> Iterator[Path]:
    if (ROOT / "cli.py").exists():
        yield ROOT / "cli.py"
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def drawn_tree(docstring: str) -> dict[str, str]:
    """Read (child -> parent) from the drawing."""
    parents: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in docstring.splitlines():
        match = re.fullmatch(r"([│├└─ ]*)(\w+Error)", line.rstrip())
        if match is None:
            continue
        depth, name = len(match.group(1)), match.group(2)
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if stack:
            parents[name] = stack[-1][1]
        stack.append((depth, name))
    return parents


def declared_tree(root: type[errors.VillageSyncError]) -> dict[str, str]:
    tree: dict[str, str] = {}
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            tree[child.__name__] = root.__name__
            tree |= declared_tree(child)
    return tree


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_error_tree_equals_its_drawing() -> None:
    assert drawn_tree(errors.__doc__ or "") == declared_tree(errors.VillageSyncError)


def test_each_error_says_its_cause_and_has_a_code_of_its_own_or_its_family() -> None:
    assert re.fullmatch(r"[a-z][a-z_-]*", errors.VillageSyncError.code)
    seen: dict[str, str] = {}
    for name in declared_tree(errors.VillageSyncError):
        error = getattr(errors, name)
        assert error.__doc__, name
        assert re.fullmatch(r"[a-z][a-z_-]*", error.code), name
        if "code" in vars(error):
            assert error.code not in seen, (name, seen.get(error.code))
            seen[error.code] = name


def test_no_committed_file_names_a_place_that_only_exists_here() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {needle}"
        for path in tracked_files()
        for needle in FORBIDDEN_TEXT
        if needle in text_of(path)
    ]
    assert found == []


def test_no_committed_file_cites_a_page_that_a_reader_does_not_have() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked_files()
        for match in ABSENT_PAGE.finditer(text_of(path))
    ]
    assert found == []


def test_each_cited_section_of_the_protocol_exists() -> None:
    written = set(PROTOCOL_SECTION.findall(text_of(ROOT / "docs" / "protocol.md")))
    missing = {
        f"{path.relative_to(ROOT)}: protocol {section}"
        for path in product_modules()
        for citation in PROTOCOL_CITATION.findall(text_of(path))
        for section in re.findall(r"\d+(?:\.\d+)?", citation)
        if section not in written and section != "0"
    }
    assert missing == set()


def test_no_committed_file_holds_a_number_that_an_office_may_have_issued() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked_files()
        for match in ISSUED_NUMBER.finditer(text_of(path))
    ]
    assert found == []


def test_no_module_outgrows_its_budget() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in product_modules()
        if (lines := len(text_of(path).splitlines())) > LINES_MAX
    }
    assert found == {}


def test_modules_are_nouns_that_say_something() -> None:
    assert [str(path.relative_to(ROOT)) for path in product_modules() if path.stem in VAGUE_NAMES] == []


def test_each_module_says_what_it_decides() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in product_modules()
        if "migrations" not in path.parts
        and (source := text_of(path)).strip()
        and not ast.get_docstring(ast.parse(source))
    ]
    assert silent == []
