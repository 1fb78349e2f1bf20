"""The settings file, `.env.example` and the reference say the same."""

import ast
import re

from django.conf import settings

ROOT = settings.BASE_DIR
SETTINGS = (ROOT / "companion_site" / "settings.py").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
REFERENCE = (ROOT / "docs" / "reference" / "settings.md").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
# Variables of the operating system and of Python, which are nobody's setting.
FOREIGN = {"PATH", "LD_LIBRARY_PATH", "PYTHONWARNINGS", "HOST_NAME"}


def read_by_code() -> set[str]:
    names = set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", SETTINGS))
    for path in (ROOT / "companion_site" / "management").rglob("*.py"):
        names |= set(re.findall(r"os\.environ(?:\.get\(|\[)\"([A-Z_]+)\"", path.read_text()))
    names |= set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE))
    return names - FOREIGN


def in_reference() -> dict[str, str]:
    operators = REFERENCE.split("## Tests and builds")[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`|empty) \|", operators, re.MULTILINE)
    return dict(rows)


def in_example() -> dict[str, str]:
    return dict(re.findall(r"^# ([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def test_every_variable_is_in_the_example():
    assert sorted(in_example()) == sorted(read_by_code())


def test_every_variable_is_in_the_reference():
    assert sorted(in_reference()) == sorted(read_by_code())


def test_example_and_reference_name_the_same_defaults():
    assert in_example() == in_reference()


def defaults_in_code() -> dict[str, str]:
    """Return the defaults that are written as plain values, as an operator would write them."""
    found = {}
    for node in ast.walk(ast.parse(SETTINGS)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] == "env" and node.args:
            default = next((k.value for k in node.keywords if k.arg == "default"), None)
            try:
                value = ast.literal_eval(default) if default is not None else ""
            except ValueError:  # an f-string or another setting
                continue
            found[node.args[0].value] = ",".join(value) if isinstance(value, list) else str(value)
    return found


def test_the_reference_names_the_defaults_that_hold():
    plain = defaults_in_code()

    assert {name: default for name, default in in_reference().items() if name in plain} == plain


def test_the_example_holds_no_value():
    assert [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")] == []
