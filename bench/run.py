"""Runs every benchmark and writes `bench/results.json`: {name: {value, unit, detail}}.

`python -m bench.run` runs all, `python -m bench.run up model` those two. A benchmark is a file
here with a function `run() -> dict[str, dict]`; each runs in a process of its own, and what is
not measured this time keeps its last figure.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results.json"
ONE = "import json, sys, bench.{name} as b; json.dump(b.run(), open(sys.argv[1], 'w'))"


def benchmarks() -> list[str]:
    """Return the names of the files here that define `run`."""
    return sorted(
        path.stem
        for path in FOLDER.glob("*.py")
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "run" for node in ast.parse(path.read_text("utf-8")).body
        )
        and path.stem != "run"
    )


def measure(name: str) -> dict[str, dict[str, object]] | None:
    """Run one benchmark; return its entries, None when it failed."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        done = subprocess.run([sys.executable, "-c", ONE.format(name=name), str(result)], cwd=FOLDER.parent)  # noqa: S603
        return json.loads(result.read_text()) if done.returncode == 0 else None


def merge(entries: dict[str, dict[str, object]]) -> None:
    """Put new figures among the old ones."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    text = json.dumps({**known, **entries}, indent=2, sort_keys=True, ensure_ascii=False)
    temporary = RESULTS.with_suffix(".tmp")
    temporary.write_text(f"{text}\n", "utf-8")
    temporary.replace(RESULTS)


def main(wanted: list[str]) -> int:
    known = benchmarks()
    if unknown := set(wanted) - set(known):
        sys.stderr.write(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(known)}.\n")
        return 2
    failed = []
    for name in wanted or known:
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        entries = measure(name)
        if entries is None:
            failed.append(name)
            continue
        merge(entries)
        for key, entry in entries.items():
            sys.stdout.write(f"  {key:<36} {entry['value']!s:>10} {entry['unit']:<10} {entry['detail']}\n")
    if failed:
        sys.stderr.write(f"Failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
