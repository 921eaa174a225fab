"""Run one measurement: ``python -m bench import --json``.

stdout is data: a table, or with ``--json`` one line, the last.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bench.importing import measure_import, to_lines


def _import(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    figures = measure_import(arguments.rows, arguments.rows_large)
    return asdict(figures), to_lines(figures)


def _sync(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    from bench import syncing  # noqa: PLC0415 - the web server of the hub, which the others do without

    figures = syncing.measure_sync(arguments.rows)
    return syncing.to_tree(figures), syncing.to_lines(figures)


def _desk(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    from bench import desk  # noqa: PLC0415 - the web server of the desk, which the others do without

    figures = desk.measure_desk(arguments.rows_large)
    return desk.to_tree(figures), desk.to_lines(figures)


_BENCHES: dict[str, Callable[[argparse.Namespace], tuple[dict[str, Any], list[str]]]] = {
    "desk": _desk,
    "import": _import,
    "sync": _sync,
}


def main() -> None:
    """Parse the command line and run the measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench", epilog="Example: python -m bench import --json")
    parser.add_argument("bench", choices=sorted(_BENCHES), help="what to measure")
    parser.add_argument("--rows", type=int, default=8_000, help="residents of the usual village (default: 8000)")
    parser.add_argument("--rows-large", type=int, default=35_000, help="residents of the large one (default: 35000)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    arguments = parser.parse_args()
    tree, lines = _BENCHES[arguments.bench](arguments)
    print(json.dumps(tree) if arguments.json else "\n".join(lines))


if __name__ == "__main__":
    main()
