"""The chat page under the hands of a hasty, forgetful and many-tabbed fan; the fake model answers."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from chat import bubbles
from chat.pacing import Pace, as_data
from companion_site.tests.e2e.conftest import PHONE
from companion_site.tests.e2e.park import ROOT

TABLES = ROOT / "chat/tests"


@pytest.fixture
def chat(park, visit):
    """Open one of the demo fan's chats by the character's name, in a tab of its own or a given visitor's."""

    def open_chat(name: str, *, visitor=None, **options):
        visitor = visitor or visit(park, **options)
        page = visitor.page
        if not visitor.context.cookies():
            visitor.sign_in("fan")
        visitor.go("/chat/")
        page.locator(".chat-item").filter(has_text=name).first.click()
        expect(page.locator("#log article").first).to_be_attached()
        return visitor, page

    return open_chat


def quiet(page):
    expect(page.locator("chat-stream, #log [data-status=sending]")).to_have_count(0)


@pytest.fixture
def script(browser):
    """A page of its own with the modules that draw and pace a reply, as they are."""
    page = browser.new_page()
    page.add_script_tag(type="module", content=modules("chat-spans", "chat-markup", "chat-pacing", "chat-bubbles"))
    yield page
    page.close()


def modules(*names):
    """Return modules as one: what they import from each other stands above them."""
    texts = [(ROOT / f"companion_site/static/js/components/{name}.js").read_text(encoding="utf-8") for name in names]
    joined = re.sub(r"^import .*\n|^export ", "", "\n".join(texts), flags=re.MULTILINE)
    return f"{joined}\nObject.assign(globalThis, {{ parse, said, plan, show }});"


def table(name):
    return json.loads((TABLES / name).read_text(encoding="utf-8"))


def test_the_browser_reads_every_case_as_the_server_does(script):
    cases = table("bubbles.json")

    read = script.evaluate(
        """texts => texts.map((text) => parse(text).map(({ block, mark, spans }) =>
             [...(block === "say" ? [] : [mark ? `${block}:${mark}` : block]), ...spans.flat()]))""",
        [text for _case, text, _lines in cases],
    )

    assert read == [lines for _case, _text, lines in cases]


def test_the_browser_paces_every_case_as_the_server_does(script):
    cases = table("pacing.json")
    given = [[text, as_data(Pace(**numbers)), lead, fan_text] for _case, text, numbers, lead, fan_text, *_ in cases]

    paced = script.evaluate(
        """cases => cases.map(([text, pace, lead, fanText]) => {
             const isCaught = Boolean(lead) && text.startsWith(lead);
             const bubbles = said(text, pace, { lead: isCaught ? lead.length : 0 });
             const words = bubbles.map((lines) =>
               lines.map(({ spans }) => spans.map(([, words]) => words).join("")).join("\\n"));
             return [words, plan(bubbles, pace, { fanText, isCaught })];
           })""",
        given,
    )

    assert paced == [case[5:] for case in cases]


def test_the_browser_draws_what_the_server_draws(script):
    texts = [row[1] for name in ("bubbles.json", "pacing.json") for row in table(name)]
    pace = Pace(bubble_least=3, bubbles_most=3)

    different = script.evaluate(
        """([pairs, pace]) => pairs.filter(([text, html]) => {
             const [here, there] = [document.createElement("div"), document.createElement("div")];
             show(here, said(text, pace));
             there.innerHTML = html;
             here.normalize();
             return !here.isEqualNode(there);
           }).map(([text]) => text)""",
        [[[text, bubbles.render(text, pace)] for text in texts], as_data(pace)],
    )

    assert different == []


def test_a_hasty_fan_says_it_once(chat):
    _, page = chat("沈孤鸿")
    before = page.locator("#log article").count()

    page.fill("#say", "你在吗")
    page.locator(".composer__send").dblclick()

    expect(page.locator("#log article")).to_have_count(before + 2)
    quiet(page)
    expect(page.locator("#log article").last).to_have_attribute("data-status", "complete")
    expect(page.locator("#log article")).to_have_count(before + 2)
    expect(page.locator("#say")).to_have_value("")


def test_the_page_ends_where_the_chat_does(chat):
    _, page = chat("Aoi")

    heights = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")

    assert heights[0] == heights[1]


def test_unsent_words_outlive_the_page(chat):
    _, page = chat("洛樱")

    page.locator("#say").press_sequentially("还没说完")
    page.locator("#say").press("Shift+Enter")
    page.locator("#say").press_sequentially("的话")
    page.reload()

    expect(page.locator("#say")).to_have_value("还没说完\n的话")


def test_a_word_picked_in_an_input_method_is_not_sent(chat):
    _, page = chat("Aoi")
    before = page.locator("#log article").count()

    page.fill("#say", "pinyin")
    page.locator("#say").dispatch_event("keydown", {"key": "Enter", "isComposing": True})

    expect(page.locator("#say")).to_have_value("pinyin")
    expect(page.locator("#log article")).to_have_count(before)


def test_a_second_tab_sees_what_the_first_one_said(chat):
    visitor, first = chat("Mira")
    second = visitor.new_page()
    second.goto(first.url)

    first.fill("#say", "Are you there?")
    first.locator("#say").press("Enter")
    quiet(first)

    second.bring_to_front()
    expect(second.locator("article.msg--fan").last).to_contain_text("Are you there?")


def test_no_connection_gives_the_words_back(chat):
    visitor, page = chat("Orion")
    before = page.locator("#log article").count()

    visitor.context.set_offline(True)
    page.fill("#say", "kept")
    page.locator("#say").press("Enter")

    expect(page.locator("#problems .problem")).to_be_visible()
    expect(page.locator("#say")).to_have_value("kept")
    visitor.context.set_offline(False)
    page.locator("#say").press("Enter")
    expect(page.locator("#log article")).to_have_count(before + 2)
    quiet(page)
    visitor.errors.clear()  # the browser itself reports the broken connection


def test_on_a_phone_the_room_is_a_sheet_that_back_closes(chat):
    _, page = chat("许小年", viewport=PHONE)
    head = page.locator(".stage__head")

    assert head.bounding_box()["height"] <= 72
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.locator(".stage__who").click()
    expect(page.locator("#room")).to_be_in_viewport()
    page.go_back()

    expect(page.locator("#room")).not_to_be_in_viewport()
    expect(page.locator("#say")).to_be_in_viewport()


def test_without_script_a_message_is_sent_and_answered(chat, browser):
    visitor, page = chat("沈孤鸿")
    plain = browser.new_context(java_script_enabled=False, storage_state=visitor.context.storage_state())
    tab = plain.new_page()
    tab.goto(page.url)

    tab.fill("#say", "没有脚本也要说话")
    tab.click(".composer__send")
    # The page looks again by itself while a reply is being written.
    expect(tab.locator("article").last).to_have_attribute("data-status", "complete")

    expect(tab.locator("article.msg--fan").last).to_contain_text("没有脚本也要说话")
    plain.close()
