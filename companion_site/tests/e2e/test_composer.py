"""The composer's other ways: a direction and a drafted line, by keyboard, by a hasty hand, and without a script."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from companion_site.tests.e2e.conftest import PHONE
from companion_site.tests.e2e.park import PASSWORD


@pytest.fixture
def opened(park, visit):
    """Open one of the demo fan's chats by the character's name."""

    def open_chat(name: str, **options):
        visitor = visit(park, language="en-US", **options)
        visitor.sign_in("fan")
        visitor.go("/chat/")
        visitor.page.locator(".chat-item").filter(has_text=name).first.click()
        expect(visitor.page.locator("#log article").first).to_be_attached()
        return visitor.page

    return open_chat


def asked(page, address: str) -> list[str]:
    """Return a list that grows with each request to an address ending in this."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if request.url.endswith(address) else None)
    return found


def test_directing_by_keyboard_alone(opened):
    page = opened("Orion")
    composer = page.locator("chat-composer")
    page.locator(".composer__ways summary").focus()

    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(composer).to_have_attribute("data-mode", "direct")
    expect(page.locator("#say")).to_be_focused()
    page.keyboard.press("Escape")
    expect(composer).to_have_attribute("data-mode", "say")

    page.locator("[data-way=direct]").evaluate("button => button.click()")
    page.keyboard.type("It begins to rain.")
    page.keyboard.press("Enter")

    expect(page.locator("#log .direction").last).to_have_text("It begins to rain.")
    expect(page.locator("#log .msg--fan").filter(has_text="It begins to rain.")).to_have_count(0)
    expect(page.locator("chat-stream, #log [data-status=sending]")).to_have_count(0)
    expect(page.locator("#log article").last).to_have_class("msg msg--character")
    expect(composer).to_have_attribute("data-mode", "say")


def test_a_double_click_drafts_once_and_nothing_is_sent(opened):
    page = opened("Mira", viewport=PHONE)
    requests = asked(page, "/draft/")
    before = page.locator("#log article").count()
    page.locator(".composer__ways summary").click()

    page.locator("[data-way=draft]").evaluate("button => { button.click(); button.click(); }")

    expect(page.locator("#say")).not_to_have_value("")
    assert len(requests) == 1
    assert page.locator("#log article").count() == before


def test_typing_takes_the_place_of_a_draft(opened):
    page = opened("Aoi")
    held = []
    page.route("**/draft/", lambda route: held.append(route))  # held: never answered
    page.locator(".composer__ways summary").click()
    page.locator("[data-way=draft]").click()
    expect(page.locator("chat-composer[data-drafting]")).to_be_attached()
    expect(page.locator("[data-note=drafting]")).to_be_visible()

    page.keyboard.type("My own.")

    expect(page.locator("chat-composer[data-drafting]")).not_to_be_attached()
    expect(page.locator("#say")).to_have_value("My own.")
    assert len(held) == 1


def test_a_draft_that_is_refused_says_why_and_leaves_the_words(opened):
    page = opened("Aoi")
    problem = {"title": "No line came to mind.", "detail": "Write your own words.", "code": "draft_unavailable"}
    page.route(
        "**/draft/", lambda route: route.fulfill(status=422, content_type="application/json", body=json.dumps(problem))
    )
    page.locator("#say").fill("Half a thought")
    page.locator(".composer__ways summary").click()

    page.locator("[data-way=draft]").click()

    expect(page.locator("#problems .problem__title")).to_have_text("No line came to mind.")
    expect(page.locator("#say")).to_have_value("Half a thought")


def test_without_a_script_the_menu_still_directs_and_drafts(park, browser):
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto(f"{park.url}/account/login/")
    page.fill("input[name=login]", "fan@cardia.example")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.goto(f"{park.url}/chat/")
    page.locator(".chat-item").filter(has_text="Orion").first.click()

    page.fill("#say", "The wind rises.")
    page.locator(".composer__ways summary").click()
    page.locator("[data-way=direct]").click()
    expect(page.locator("#log .direction").filter(has_text="The wind rises.")).to_have_count(1)
    for _ in range(20):
        page.goto(page.url.split("#")[0])
        if page.locator("chat-stream").count() == 0:
            break
        page.wait_for_timeout(500)

    page.locator(".composer__ways summary").click()
    page.locator("[data-way=draft]").click()
    expect(page.locator("#say")).not_to_have_value("")
    context.close()
