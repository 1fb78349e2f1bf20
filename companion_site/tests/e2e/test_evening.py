"""The whole evening as a creator, a fan and a moderator live it: one park, the embedded model, real browsers.

Replies are the model's own, so what they say is not asserted; that they come, begin with the character's
line where feeling is strong, survive a reload and never carry a secret early, is.
"""

from __future__ import annotations

import base64
import re
import uuid
from urllib.parse import unquote

from playwright.sync_api import Page, expect

from companion_site.tests.e2e.park import PASSWORD, ROOT
from companion_site.tests.require import need

SERAPHINA = ROOT.parent / "shared/data/cards/public/SillyTavern__default_Seraphina.png"
NAME = "砚秋"
SECRET = "铜铃里藏着一粒从未种下的莲子"
REFLEX = "放下笔，把灯拨亮"
# The embedded model on a busy machine: a cold prompt takes its time.
REPLY_MS = 180_000
WORKER_MS = 60_000

STEPS: dict[str, dict[str, str]] = {
    "identity": {
        "age": "31",
        "tagline_zh": "渡口茶棚里，替人写信的女先生",
        "tagline_en": "She writes letters for others by the ferry",
        "description": "砚秋，三十一岁，在白鹭渡口的茶棚里替不识字的人写信。袖口有墨点，桌上一盏旧灯，一只不响的铜铃。",
        "tags": "古风, 治愈, 渡口",
    },
    "world": {
        "worldview": "江南水路，一天三班渡船。战事刚过，人人有信要寄，却不知道收信的人还在不在。",
        "scenario": "傍晚，渡口落雨，茶棚里只剩她一个人。",
    },
    "personality": {
        "personality": "话慢，听得细。从不劝人，只问一句：这封信，要写给谁。",
        "catchphrases": "这封信，要写给谁？\n不急，墨还没干。\n坐近些，雨斜。",
    },
    "backstory": {
        "backstory": "七岁那年，她替母亲给父亲写了第一封信，信退了回来。从那以后，她替别人写信，自己一封也不写。"
    },
    "style": {
        "summary": "短句，慢。动作在前，话在后。",
        "reply_min": "6",
        "reply_max": "60",
        "era": "旧时江南，没有电",
        "forbidden": "手机\n网络",
    },
    "greeting": {
        "greeting_0": "*雨斜着落进茶棚，她把灯挪了挪。*\n坐近些。这封信，要写给谁？",
        "examples-0-fan": "今天好累",
        "examples-0-character": "*推过一盏热茶* 坐近些，雨斜。",
        "examples-1-fan": "我没事",
        "examples-1-character": "*停了笔* 没事的人，不在雨里走。",
        "examples-2-fan": "你会一直在吗",
        "examples-2-character": "*看了看渡口的灯* 灯亮着，我就在。",
    },
    "lorebook": {
        "lore-0-name": "渡口",
        "lore-0-keys": "渡口, 渡船",
        "lore-0-content": "白鹭渡一天三班船，最末一班在掌灯时分。",
    },
    "reflexes": {
        "sadness": f"*{REFLEX}* 我在。",
        "joy": "*笑出了声* 这一句，我替你抄大些。",
        "anger": "*把砚台推到你面前* 写下来。写重些。",
        "fear": "*吹熄了门口的灯，留下桌上这盏* 进来坐。",
        "outage": "*看了看对岸* 我在。船过不来，等一等。",
    },
}


def test_the_whole_evening(living_park, visit):
    need(SERAPHINA.exists(), "the public cards beside the checkout are not here")
    creator, fan, moderator = visit(living_park), visit(living_park), visit(living_park)

    slug = creator_builds_a_character(creator)
    creator_imports_a_card(creator)
    moderator_approves(moderator, slug)
    chat = fan_meets_the_character(fan, slug)
    fan_loses_nothing_by_reloading(fan)
    fan_swipes_edits_and_stops(fan)
    fan_is_caught_at_once_when_sad(fan)
    fan_tops_up_and_unlocks(fan, slug, chat)
    moderator_decides_the_planted_slip(moderator, fan)
    fan_is_seen_in_a_crisis(fan, moderator, chat)


def press(page: Page, selector: str) -> None:
    page.locator(selector).first.click()


def creator_builds_a_character(creator) -> str:
    page = creator.go("/account/signup/")
    page.fill("input[name=email]", f"maker-{uuid.uuid4().hex[:8]}@cardia.example")
    page.fill("input[name=display_name]", "灯下客")
    page.fill("input[name=password1]", PASSWORD)
    page.press("input[name=password1]", "Enter")
    page.wait_for_url("**/settings/age/**")
    page.fill("input[name=birth_on]", "1994-04-05")
    page.check("input[name=ai_notice]")
    page.check("input[name=terms]")
    page.press("input[name=birth_on]", "Enter")
    page.wait_for_url(lambda reached: "/age/" not in reached)

    page = creator.go("/studio/new/")
    page.fill("main input[name=name]", NAME)
    page.press("main input[name=name]", "Enter")
    page.wait_for_url(re.compile(r"/studio/[0-9a-f-]{36}/"))
    base = re.match(r".*/studio/[0-9a-f-]{36}/", page.url)[0]
    for step, values in STEPS.items():
        fill_step(page, base, step, values)
    pinch_a_face(page, base)
    add_a_secret(page, base)

    page.goto(f"{base}review/")
    creator.screenshot("studio-review")
    page.click("form[action$='/submit/'] button")
    expect(page.locator(".way__step[data-state=now]")).to_be_visible()
    slug = unquote(page.locator("a[href*='/c/']").first.get_attribute("href")).strip("/").split("/")[-1]
    page.locator("form[action*='/chat/start/'] button").click()
    page.wait_for_url("**/chat/**")
    expect(page.locator("#log")).to_contain_text("这封信，要写给谁")
    return slug


def fill_step(page: Page, base: str, step: str, values: dict[str, str]) -> None:
    page.goto(f"{base}{step}/")
    for name, value in values.items():
        page.fill(f"main [name='{name}']", value)
    page.click("button[name=go][value=next]")
    page.wait_for_url(lambda reached: f"/{step}/" not in reached)


def pinch_a_face(page: Page, base: str) -> None:
    page.goto(f"{base}face/")
    before = page.locator("[data-live-portrait]").get_attribute("src")
    page.locator("main label:has(input[name=hair]:not(:checked))").first.click()
    expect(page.locator("[data-live-portrait]")).not_to_have_attribute("src", before)
    page.click("button[name=go][value=next]")
    page.wait_for_url(lambda reached: "/face/" not in reached)


def add_a_secret(page: Page, base: str) -> None:
    page.goto(f"{base}storyline/")
    page.click("form[action$='/storylines/'] button")
    page.wait_for_url("**/storylines/**")
    page.fill("main [name=title]", "不响的铜铃")
    page.fill("main [name=teaser]", "铃里有什么，她从不让人看")
    page.fill("main [name=price_coins]", "350")
    page.fill("main [name=knowledge]", f"{SECRET}。那是她母亲临走前放进去的。解锁之后她愿意说起。")
    page.fill("main [name='scenes-0-title']", "开铃")
    page.fill("main [name='scenes-0-setup']", "雨停的夜里，她第一次把铜铃递给你。")
    page.fill("main [name='scenes-0-opening']", "*她把铃放进你手里* 轻些。里面有东西。")
    page.fill("main [name='scenes-0-goal']", "让她说出那粒莲子。")
    page.click("button[name=go][value=next]")
    page.wait_for_url(lambda reached: "/storylines/" not in reached)


def creator_imports_a_card(creator) -> None:
    page = creator.go("/studio/new/")
    data = base64.b64encode(SERAPHINA.read_bytes()).decode()
    dropped = page.evaluate_handle(
        """data => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "Seraphina.png", {type: "image/png"}));
            return transfer;
        }""",
        data,
    )
    page.dispatch_event("drop-zone", "drop", {"dataTransfer": dropped})
    page.wait_for_url("**/report/")
    expect(page.locator("h1")).to_contain_text("Seraphina")
    creator.screenshot("import-report")


def moderator_approves(moderator, slug: str) -> None:
    page = moderator.sign_in("moderator")
    open_case(moderator, NAME)
    expect(page.locator(".desk__part").first).to_be_visible()
    decide(page, "approve", "写得用心，符合园子的规矩。")
    page.goto(f"{moderator.park.url}/c/{slug}/")
    expect(page.locator("h1")).to_contain_text(NAME)


def open_case(moderator, title: str) -> None:
    """Open the case once the worker has made it: the desk is looked at as a person would, again and again."""
    page = moderator.page
    for _ in range(WORKER_MS // 1000):
        page.goto(moderator.park.url + "/desk/")
        found = page.locator("a.desk__case", has_text=title)
        if found.count():
            found.first.click()
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"no case about {title}: {moderator.park.tail('worker')}")


def decide(page: Page, outcome: str, reason: str) -> None:
    page.locator(f"label:has(input[name=outcome][value={outcome}])").click()
    page.fill("textarea[name=reason]", reason)
    here = page.url
    page.locator("desk-case form button").click()
    page.wait_for_url(lambda reached: reached != here)


def fan_meets_the_character(fan, slug: str) -> str:
    fan.sign_in("fan")
    for words in ("渡口", "ferry", NAME):
        page = fan.go(f"/discover/?q={words}")
        expect(page.locator("#results")).to_contain_text(NAME)
        assert SECRET not in page.content()
    page.locator("#results a", has_text=NAME).first.click()
    expect(page.locator("h1")).to_contain_text(NAME)
    assert SECRET not in page.content()
    page.locator("form[action*='/chat/start/'] button").click()
    page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    expect(page.locator("#log")).to_contain_text("这封信，要写给谁")
    return page.url


def latest(page: Page) -> str:
    """Return the id of the last words of the character."""
    return page.locator("#log .msg--character").last.get_attribute("id") or ""


def say(page: Page, text: str) -> str:
    """Send a message; return the id of the reply that came before it."""
    before = latest(page)
    page.fill("#say", text)
    page.press("#say", "Enter")
    expect(page.locator("#log .msg--fan").last).to_contain_text(text[:10])
    return before


def reply_after(page: Page, before: str) -> str:
    """Wait until a reply newer than `before` is spoken to its end and return its words."""
    page.wait_for_function(
        """before => {
            const last = [...document.querySelectorAll("#log .msg--character")].at(-1);
            return last && last.id && last.id !== before && !document.querySelector("#log [aria-busy=true]");
        }""",
        arg=before,
        timeout=REPLY_MS,
    )
    return page.locator("#log .msg--character .msg__words").last.inner_text()


def fan_loses_nothing_by_reloading(fan) -> None:
    page = fan.page
    before = say(page, "你在写什么？")
    expect(page.locator("#log chat-stream")).to_have_count(1)
    page.reload()

    assert reply_after(page, before)
    assert page.locator("#log .msg--fan").count() == 1
    fan.screenshot("chat-zh")


def fan_swipes_edits_and_stops(fan) -> None:
    page = fan.page
    before = latest(page)
    press(page, "#log form[action$='/regenerate/'] button")
    assert reply_after(page, before)
    expect(page.locator(".swipes__place")).to_have_text("2/2")

    before = latest(page)
    page.locator("#log .msg--fan").last.locator("a[href$='/edit/']").click()
    page.fill("form.edit textarea", "渡船今晚还来吗？")
    page.locator("form.edit button").click()
    expect(page.locator("#log .msg--fan").last).to_contain_text("渡船今晚还来吗")
    assert reply_after(page, before)

    say(page, "那就再坐一会儿。")
    press(page, ".composer__stop")
    expect(page.locator("#log chat-stream")).to_have_count(0)
    expect(page.locator("#log .msg--fan").last).to_contain_text("再坐一会儿")


def fan_is_caught_at_once_when_sad(fan) -> None:
    page = fan.page
    before = say(page, "我好难过，外婆昨天去世了，我一直在哭。")
    expect(page.locator("#log")).to_contain_text(REFLEX, timeout=5_000)

    assert REFLEX in reply_after(page, before)
    fan.screenshot("chat-reflex")


def fan_tops_up_and_unlocks(fan, slug: str, chat: str) -> None:
    page = fan.go(f"/c/{slug}/")
    page.locator("a.lock[href*='/wallet/offers/']").click()
    expect(page.locator(".sum")).to_contain_text("350")
    page.locator("form[action='/wallet/checkouts/'] button").first.click()
    page.wait_for_url("**/pay/fake/**")
    fan.screenshot("checkout")
    page.locator("form button[type=submit]").click()
    page.wait_for_url("**/wallet/checkouts/**")
    expect(page.locator(".receipt")).to_have_attribute("data-status", "paid", timeout=30_000)

    page = fan.go(f"/c/{slug}/")
    page.locator("a.lock[href*='/wallet/offers/']").click()
    page.locator("form.counter__act button").dblclick()
    expect(page.locator("[data-state=open]").first).to_be_visible()
    page.goto(chat)
    expect(page.locator("#room .lock[data-state=open]")).to_contain_text("不响的铜铃")
    assert SECRET not in page.content()

    before = say(page, "铜铃里藏着什么？")
    assert reply_after(page, before)
    assert SECRET in fan.park.manage("shell", "-v0", "-c", UNLOCKED.format(slug=slug))
    assert fan.park.manage("ledger", "verify")


UNLOCKED = """
from accounts.models import User
from characters.models import Character
from characters.storylines import unlocked
fan = User.objects.get(email="fan@cardia.example")
version = Character.objects.get(slug="{slug}").published
print([story.knowledge for story in unlocked(version, fan)])
"""


def moderator_decides_the_planted_slip(moderator, fan) -> None:
    page = moderator.page
    open_case(moderator, "洛樱")
    expect(page.locator("mark.desk__mark")).to_contain_text("有什么可以帮您")
    moderator.screenshot("desk-case")
    decide(page, "take_down", "这一句是客服的话，不是她的。")

    told = fan.go("/notices/")
    expect(told.locator("main")).to_contain_text("这一句是客服的话，不是她的。")


def fan_is_seen_in_a_crisis(fan, moderator, chat: str) -> None:
    page = fan.page
    page.goto(chat)
    before = say(page, "我不想活了，今晚就想结束这一切。")
    expect(page.locator("#log .care")).to_contain_text("12356")
    assert reply_after(page, before)
    fan.screenshot("chat-crisis")

    desk = moderator.page
    desk.goto(moderator.park.url + "/desk/")
    first = desk.locator("tbody tr").first
    expect(first.locator(".badge")).to_have_text("5")
