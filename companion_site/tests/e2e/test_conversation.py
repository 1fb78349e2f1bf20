"""A conversation in a browser: left in mid-reply and found whole, swiped, edited, branched, deleted and undone."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from companion_site.tests.e2e.keeper import FURTHER, LINES
from companion_site.tests.e2e.park import open_park

SLOWLY = {"default": {"BACKEND": "companion_site.tests.e2e.keeper.Keeper", "OPTIONS": {"delay_seconds": 0.12}}}


@pytest.fixture(scope="module")
def slow_park(browser, tmp_path_factory):
    """The seeded park whose model takes its time."""
    var = tmp_path_factory.mktemp("slow-park")
    with open_park(var, embedded=False, CHAT_MODELS=json.dumps(SLOWLY)) as opened:
        yield opened


@pytest.fixture
def chat(slow_park, visit):
    """A new chat of the demo fan with Mira, and its address."""
    visitor = visit(slow_park)
    visitor.sign_in("fan")
    visitor.go("/chat/")
    visitor.page.locator(".chat-item").filter(has_text="Mira").first.click()
    visitor.page.locator("#room form:has([name=afresh]) button").click()
    expect(visitor.page.locator("#log article")).to_have_count(1)
    return visitor, visitor.page.url.split("#")[0]


def say(page: Page, words: str) -> None:
    page.fill("#say", words)
    page.locator("#say").press("Enter")


def quiet(page: Page) -> None:
    expect(page.locator("chat-stream, #log [data-status=sending], #log .htmx-request")).to_have_count(0)
    expect(page.locator("#log article").last).to_have_attribute("data-status", "complete")


def answered(page: Page, words: str) -> None:
    say(page, words)
    expect(page.locator("article.msg--fan").last).to_contain_text(words)
    quiet(page)


def last(page: Page, role: str = "character") -> Locator:
    return page.locator(f"article.msg--{role}").last


def from_here(article: Locator, what: str) -> None:
    """Open the tools of a place in the tree, and take one."""
    article.hover()
    dots = article.locator(".tools__more:not([open]) > summary")
    if dots.count():
        dots.click()
    article.locator(".tree > summary").click()
    article.locator(f".tree__row [href$='/{what}/'], .tree__row form[action$='/{what}/'] button").click()


def swipe(article: Locator, place: str) -> None:
    expect(article.locator(".swipes__place")).to_have_text(place)


def test_a_reply_left_in_the_middle_is_found_whole(chat):
    visitor, address = chat
    say(visitor.page, "Tell me about the lantern.")
    expect(visitor.page.locator("chat-stream [data-words]")).to_contain_text("The wick is short")

    visitor.page.close()
    page = visitor.new_page()
    page.goto(address)

    quiet(page)
    expect(last(page)).to_contain_text("That is all I ever promised anybody.")
    assert " ".join(last(page).locator(".msg__words").inner_text().split()) == LINES["lantern"]


def test_a_second_tab_watches_a_reply_live(chat):
    visitor, address = chat
    second = visitor.new_page()
    second.goto(address)

    say(visitor.page, "Tell me about the lantern.")

    second.bring_to_front()
    expect(second.locator("article.msg--fan").last).to_contain_text("Tell me about the lantern.")
    expect(second.locator("chat-stream [data-words]")).to_contain_text("The wick is short")
    expect(second.locator("chat-stream")).to_have_count(1)
    quiet(second)
    expect(last(second)).to_contain_text("That is all I ever promised anybody.")
    visitor.page.bring_to_front()
    quiet(visitor.page)


def test_a_conversation_goes_every_way_a_fan_may_wish(chat):
    visitor, address = chat
    page = visitor.page
    greeting = page.locator("#log article").first.get_attribute("id")
    answered(page, "What of the sea?")

    # Another reply is a swipe; one swipes back to the first.
    last(page).locator("form[action$='/regenerate/'] button").click()
    swipe(last(page), "2/2")
    quiet(page)
    last(page).locator(".swipes form button").first.click()
    swipe(last(page), "1/2")

    # Other words of one's own are a branch with a reply of its own.
    last(page, "fan").hover()
    last(page, "fan").locator("a[href$='/edit/']").click()
    page.fill("form.edit textarea", "What of the snow?")
    page.click("form.edit .btn:not(.btn--quiet)")
    expect(last(page, "fan")).to_contain_text("What of the snow?")
    quiet(page)
    expect(last(page)).to_contain_text("nobody has counted it but me")
    swipe(last(page, "fan"), "2/2")

    # A reply goes on from its own words, and stays as it was, one swipe away.
    last(page).locator("form[action$='/continue/'] button").click()
    swipe(last(page), "2/2")
    quiet(page)
    expect(last(page)).to_contain_text(FURTHER.strip())
    expect(last(page)).to_contain_text("nobody has counted it but me")

    # A place gets a name.
    from_here(last(page), "place")
    page.fill("form.edit input[name=name]", "It snows")
    page.press("form.edit input[name=name]", "Enter")
    expect(last(page).locator(".place")).to_have_text("It snows")

    # Deleted and undone.
    from_here(last(page, "fan"), "delete")
    page.locator("form.ask button").click()
    expect(last(page, "fan")).to_contain_text("What of the sea?")
    page.locator(".beyond form[action$='/restore/'] button").click()
    expect(last(page).locator(".place")).to_have_text("It snows")

    # Back to the beginning, and something else is said.
    from_here(page.locator(f"#{greeting}"), "jump")
    expect(page.locator("#log article")).to_have_count(1)
    expect(page.locator(".beyond form[action$='/select/'] button")).to_be_visible()
    answered(page, "And the lantern?")
    expect(page.locator(".beyond")).to_be_hidden()
    expect(page.locator("#log article")).to_have_count(3)

    # Every way it went is listed, and each is one click away.
    page.goto(f"{address}branches/")
    expect(page.locator(".trail__go")).to_have_count(6)
    page.locator(".trail__go button").filter(has_text="It snows").click()
    expect(last(page).locator(".place")).to_have_text("It snows")
    expect(last(page, "fan")).to_contain_text("What of the snow?")


def test_the_tree_is_climbed_without_a_mouse(chat):
    visitor, _address = chat
    page = visitor.page
    answered(page, "What of the sea?")

    summary = last(page).locator(".tree > summary")
    summary.focus()
    page.keyboard.press("Enter")
    last(page).locator(".tree__row a[href$='/delete/']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("form.ask button")).to_be_focused()
    page.keyboard.press("Enter")
    undo = page.locator(".beyond form[action$='/restore/'] button")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")

    expect(last(page)).to_contain_text("it has not moved since breakfast")


def test_without_script_the_tree_is_climbed_too(chat, browser):
    visitor, address = chat
    answered(visitor.page, "What of the sea?")
    plain = browser.new_context(java_script_enabled=False, storage_state=visitor.context.storage_state())
    tab = plain.new_page()
    tab.goto(address)

    from_here(last(tab), "delete")
    tab.locator("form.ask button").click()
    expect(last(tab)).not_to_contain_text("has not moved since breakfast")
    tab.locator(".beyond form[action$='/restore/'] button").click()
    expect(last(tab)).to_contain_text("has not moved since breakfast")
    from_here(last(tab, "fan"), "jump")

    expect(tab.locator("#log article")).to_have_count(2)
    expect(tab.locator(".beyond form[action$='/select/'] button")).to_be_visible()
    plain.close()
