"""House rules of templates, styles and modules, and the filters templates use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from companion_site.management.catalogues import APPS
from companion_site.templatetags import park

ROOT = settings.BASE_DIR
STATIC = ROOT / "companion_site" / "static"
TEMPLATES = [
    path
    for app in APPS
    for path in sorted((ROOT / app / "templates").rglob("*.html"))
    # Mail clients read no style sheet: letters carry their own.
    if "email" not in path.parts
]
MODULES = sorted((STATIC / "js").rglob("*.js"))
STYLES = sorted((STATIC / "css").rglob("*.css"))
LONGEST_MODULE = 120


def _found(pattern: str, paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in paths
        for match in re.finditer(pattern, path.read_text(), re.IGNORECASE)
    ]


@pytest.mark.parametrize(
    ("_case", "pattern"),
    [
        ("style attribute", r"<[^>]*\sstyle\s*=[^>]*"),
        ("style element", r"<style\b[^>]*"),
        ("script with content", r"<script(?![^>]*\bsrc=)[^>]*>"),
        ("event handler", r"<[^>]*\son[a-z]+\s*=\s*[\"'][^>]*"),
        ("htmx that evaluates", r"\bhx-on[:=-][^>]*|\bhx-v[a-z]+=[\"']js:[^>]*"),
        ("foreign address", r"(?:src|href)=[\"']https?://[^\"']*"),
    ],
)
def test_templates_carry_nothing_inline(_case, pattern):
    assert _found(pattern, TEMPLATES) == []


def test_every_icon_a_template_asks_for_is_drawn():
    drawn = {path.stem for path in (ROOT / "companion_site" / "templates" / "icons").glob("*.svg")}
    asked = set(re.findall(r'_icon\.html" with name="([^"]+)"', "".join(p.read_text() for p in TEMPLATES)))

    assert asked - drawn == set()


def test_module_imports_end_with_a_semicolon():
    # The static storage rewrites an import to the hashed name only when a semicolon ends it.
    assert _found(r"(?m)^(?:import\b|export\b[^\n]*\bfrom\b)[^;\n]*$", MODULES) == []


def test_modules_are_short_and_registered_once():
    registered = re.findall(r'"\./components/([^"]+)"', (STATIC / "js" / "site.js").read_text())
    long = [path.name for path in MODULES if len(path.read_text().splitlines()) > LONGEST_MODULE]

    assert long == []
    assert len(registered) == len(set(registered))
    assert all((STATIC / "js" / "components" / name).is_file() for name in registered)


def test_every_component_style_is_imported_once():
    imported = re.findall(r'"components/([^"]+)"', (STATIC / "css" / "site.css").read_text())

    assert sorted(imported) == sorted(path.name for path in (STATIC / "css" / "components").glob("*.css"))


def test_styles_shout_nothing_down_and_style_no_ids():
    assert _found(r"!important", STYLES) == []
    assert _found(r"(?m)^\s*#[a-z][\w-]*[^;{}]*\{", STYLES) == []


@pytest.mark.parametrize(
    ("number", "chinese", "english"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (9_999, "9999", "9.9k"),
        (10_000, "1万", "10k"),
        (21_400, "2.1万", "21k"),
        (381_000, "38万", "381k"),
        (1_250_000, "125万", "1.2M"),
    ],
)
def test_counts_are_short_in_the_readers_way(number, chinese, english):
    with translation.override("zh-hans"):
        assert park.compact(number) == chinese
    with translation.override("en"):
        assert park.compact(number) == english


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        ({"en": "Hello", "zh-Hans": "你好"}, "Hello"),
        ({"en": "", "zh-Hans": "你好"}, "你好"),
        ({"ja": "やあ"}, "やあ"),
        ({}, ""),
        ("plain", "plain"),
    ],
)
def test_a_text_is_shown_in_the_readers_language_or_in_any(texts, shown):
    with translation.override("en"):
        assert park.in_my_language(texts) == shown


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "Chrome · Linux"),
        ("curl/8.4.0", "curl/8.4.0"),
    ],
)
def test_a_device_has_a_name_people_know(agent, name):
    assert park.device(agent) == name
