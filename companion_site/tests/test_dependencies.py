import re
import tomllib

from django.conf import settings

ROOT = settings.BASE_DIR
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
REFERENCE = (ROOT / "docs" / "reference" / "dependencies.md").read_text()


def names(requirements: list[str]) -> list[str]:
    return sorted(re.match(r"[\w.-]+", line).group(0).lower() for line in requirements)


def rows(heading: str) -> list[list[str]]:
    section = REFERENCE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if "| `" in line]


def test_every_direct_dependency_is_explained():
    assert sorted(row[0].strip("` ") for row in rows("To run")) == names(PROJECT["project"]["dependencies"])
    assert sorted(row[0].strip("` ") for row in rows("To develop and test")) == names(
        PROJECT["dependency-groups"]["dev"]
    )


def test_every_row_says_what_for_why_and_under_which_licence():
    assert [row for row in rows("To run") + rows("To develop and test") if len(row) != 4 or not all(row)] == []


def test_every_direct_dependency_is_locked_with_its_hash():
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    locked_dev = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE))

    assert set(names(PROJECT["project"]["dependencies"])) <= locked
    assert locked | set(names(PROJECT["dependency-groups"]["dev"])) <= locked_dev


def test_lock_files_name_no_index():
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert re.findall(r"https?://|--index-url|--find-links", (ROOT / name).read_text()) == []


def test_developers_get_the_versions_that_run():
    pins = [
        dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / f).read_text(), re.MULTILINE))
        for f in ("requirements.txt", "requirements-dev.txt")
    ]

    assert {name: pins[1].get(name) for name in pins[0]} == pins[0]
