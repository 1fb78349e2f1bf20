"""Both languages are complete: no string of the code or the templates is without its translation."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import translation

from companion_site.management import catalogues


@pytest.fixture(scope="module")
def template():
    return catalogues.collect(settings.BASE_DIR)


def test_the_collector_reads_code_and_templates(template):
    ids = {message.id for message in template}

    assert "There is nothing behind this door." in ids  # core/exceptions.py
    assert len(ids) > 300


@pytest.mark.parametrize("locale", catalogues.LOCALES)
def test_no_string_is_untranslated(template, locale):
    assert catalogues.gaps(settings.BASE_DIR, locale, template) == []


def test_a_gap_is_found(template, tmp_path):
    assert "missing: There is nothing behind this door." in catalogues.gaps(tmp_path, "zh_Hans", template)


def test_chinese_is_what_a_chinese_reader_gets():
    catalogues.compile_locale(settings.BASE_DIR, "zh_Hans")

    with translation.override("zh-hans"):
        assert translation.gettext("There is nothing behind this door.") != "There is nothing behind this door."
