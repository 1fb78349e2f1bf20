"""What the documents point to is there."""

import re

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([\w./-]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = LINK.findall(page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_reference_page_is_linked_from_another():
    linked = {(page.parent / link).resolve() for page in PAGES for link in LINK.findall(page.read_text())}

    assert [page.name for page in ROOT.glob("docs/reference/*.md") if page.resolve() not in linked] == []
    assert [page.name for page in ROOT.glob("docs/how-to/*.md") if page.resolve() not in linked] == []
