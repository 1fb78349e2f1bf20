"""Whoever is in danger is shown numbers that answer where they are."""

from __future__ import annotations

import pytest

from moderation import helplines


@pytest.mark.parametrize(
    ("_case", "region", "phone"),
    [("mainland China", "CN", "12356"), ("United States", "US", "988"), ("alias", "UK", "116 123")],
)
def test_a_region_has_its_own_lines(_case, region, phone):
    assert phone in [line.phone for line in helplines.for_region(region)]


def test_a_region_without_lines_gets_the_directory():
    lines = helplines.for_region("ZZ")

    assert [line.kind for line in lines] == ["directory"]
    assert lines[0].url


def test_lines_in_the_readers_language_come_first():
    lines = helplines.for_region("HK", "en")
    answers_english = ["en" in line.languages for line in lines]

    assert answers_english == sorted(answers_english, reverse=True)


def test_every_line_is_named_in_both_languages():
    for region in ("CN", "TW", "HK", "US", "CA", "GB", "AU", "EU", "JP", "SG", ""):
        for line in helplines.for_region(region):
            assert set(line.name) == {"zh-Hans", "en"}
