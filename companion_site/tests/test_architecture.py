"""House rules that no linter knows."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.dispatch import Signal

from companion_site.core.exceptions import DomainError
from companion_site.management.catalogues import APPS

ROOT = settings.BASE_DIR
HARD_LIMIT_LINES = 400
LONGEST_FUNCTION = 40
SYSTEM_FIELDS = {"created_at", "updated_at"}


def modules() -> list[Path]:
    return [
        path
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)
    ]


def import_everything() -> None:
    for app in APPS:
        package = importlib.import_module(app)
        for info in pkgutil.walk_packages(package.__path__, f"{app}."):
            if not re.search(r"\.(tests|migrations)(\.|$)|\.(asgi|wsgi)$", info.name):
                importlib.import_module(info.name)


def test_no_module_is_longer_than_the_hard_limit():
    long = [str(p.relative_to(ROOT)) for p in modules() if len(p.read_text().splitlines()) > HARD_LIMIT_LINES]

    assert long == []


def test_no_function_is_longer_than_forty_lines():
    long = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {length}")

    assert long == []


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.name not in {"__init__.py", "apps.py", "urls.py"}
        and path.read_text().strip()
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_no_module_is_named_for_nothing():
    vague = {"utils.py", "helpers.py", "common.py", "manager.py", "managers.py", "misc.py"}

    assert [str(path) for path in modules() if path.name in vague] == []


def _subclasses(cls: type[DomainError]) -> set[type[DomainError]]:
    return {sub for child in cls.__subclasses__() for sub in {child, *_subclasses(child)}}


def test_every_problem_code_is_documented():
    import_everything()
    documented = set(re.findall(r"^\| `([a-z_]+)`", (ROOT / "docs/reference/problems.md").read_text(), re.M))
    codes = {cls.code for cls in {DomainError, *_subclasses(DomainError)} if cls.__module__.split(".")[0] in APPS}

    assert codes - documented == set()
    assert documented - codes == set()


def test_every_signal_is_documented():
    import_everything()
    documented = set(re.findall(r"^\| `([a-z_]+)`", (ROOT / "docs/reference/events.md").read_text(), re.M))
    signals = set()
    for app in APPS:
        path = ROOT / app / "signals.py"
        if path.exists():
            module = importlib.import_module(f"{app}.signals")
            signals |= {name for name, value in vars(module).items() if isinstance(value, Signal)}

    assert signals == documented


@pytest.mark.parametrize("stage", settings.CHAT_PIPELINE)
def test_every_stage_is_documented(stage):
    assert f"`{stage}`" in (ROOT / "docs/reference/pipeline.md").read_text()


def test_templates_hold_no_inline_script_style_or_handler():
    wrong = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("templates/**/*.html")):
            if "email" in path.parts or "emails" in path.parts:
                continue
            text = path.read_text()
            if re.search(
                r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", text
            ):
                wrong.append(str(path.relative_to(ROOT)))

    assert wrong == []


def test_no_save_of_a_model_is_overridden():
    overridden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        if "models" in path.stem or "models" in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == "save"
    ]

    assert overridden == []


def test_no_app_listens_to_model_signals():
    wrong = [
        str(path.relative_to(ROOT))
        for path in modules()
        # A field has a method of that name, too.
        if re.search(r"(?<!field\.)\b(post|pre)_(save|delete)\b", path.read_text())
    ]

    assert wrong == []
