"""A browser and a park for the tests a person would do by hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from companion_site.providers.embedded import catalogue
from companion_site.tests.e2e.park import PASSWORD, Park, open_park
from companion_site.tests.require import need

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items):
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    need(shutil.which(CHROMIUM), f"no Chromium at {CHROMIUM}: the browser tests are left out")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def park(browser, tmp_path_factory) -> Iterator[Park]:
    """The seeded park answering with the fake model."""
    with open_park(tmp_path_factory.mktemp("park"), embedded=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def living_park(browser, tmp_path_factory) -> Iterator[Park]:
    """The seeded park answering with the real embedded model."""
    need(
        catalogue.is_verified(catalogue.chat_model_file()),
        "the embedded model is not installed: run `manage.py fetch_models`",
    )
    with open_park(tmp_path_factory.mktemp("living-park"), embedded=True) as opened:
        yield opened


class Visitor:
    """One person at one browser: opens pages, signs in, and fails when the page logs an error."""

    def __init__(self, browser: Browser, park: Park, *, viewport: dict[str, int], language: str) -> None:
        self.park = park
        self.errors: list[str] = []
        self.context: BrowserContext = browser.new_context(viewport=viewport, locale=language, reduced_motion="reduce")
        self.page: Page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.errors.append(message.text)
                if message.type == "error" and "status of 4" not in message.text
                else None
            ),
        )
        return page

    def go(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else self.park.url + path)
        return self.page

    def sign_in(self, role: str) -> Page:
        page = self.go("/account/login/")
        page.fill("input[name=login]", f"{role}@cardia.example")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    def screenshot(self, name: str) -> None:
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


@pytest.fixture
def visit(browser):
    """Make visitors; afterwards none of their pages may have logged an error."""
    made: list[Visitor] = []

    def make(park: Park, *, viewport: dict[str, int] = DESKTOP, language: str = "zh-CN") -> Visitor:
        made.append(Visitor(browser, park, viewport=viewport, language=language))
        return made[-1]

    yield make
    for visitor in made:
        visitor.context.close()
    assert [error for visitor in made for error in visitor.errors] == []
