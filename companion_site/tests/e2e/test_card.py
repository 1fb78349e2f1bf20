"""A card's whole way through the park: dropped in, read, edited, approved, taken home, brought again, spoken with."""

from __future__ import annotations

import base64
import copy
import io
import re
import uuid
from urllib.parse import unquote

from PIL import Image
from playwright.sync_api import Page, expect

from characters.cards import files
from characters.tests.factories import complete_card
from companion_site.tests.e2e.park import ROOT
from companion_site.tests.e2e.test_evening import decide, open_case, reply_after, say
from companion_site.tests.require import need

FULL = ROOT.parent / "shared/data/cards/synthetic/full.charx"
MAIN, SEA = "assets/icon/images/main.png", "assets/background/images/sea.png"
OLD = "The eleventh lamp is never lit."
NEW = "The eleventh lamp is lit by her drowned sister."
BOOK = {
    "name": "Lamps",
    "x_book": {"kept": True},
    "extensions": {"other": 1},
    "entries": [
        {"id": 4, "name": "The eleventh lamp", "keys": ["eleventh lamp", "第十一盏灯"], "content": OLD, "enabled": True,
         "insertion_order": 100, "use_regex": False, "x_entry": [1, None], "extensions": {"depth": 4, "y": {"z": 0}}},
        {"id": 7, "name": "The rope", "keys": ["rope"], "content": "Tarred twice a year.", "enabled": True,
         "insertion_order": 90, "use_regex": False, "extensions": {}},
    ],
}  # fmt: skip


def test_a_charx_comes_in_is_edited_published_and_goes_out_the_same(park, visit):
    need(FULL.exists(), "the shared card vectors are not beside this checkout")
    creator, moderator, fan = (visit(park, language="en-GB") for _ in range(3))
    name = f"Keeper {uuid.uuid4().hex[:6]}"
    given = charx_of(name)

    creator.sign_in("creator")
    others_card_is_read(creator)
    studio = creator_drops_the_card(creator, given, name)
    slug = creator_edits_one_entry(creator, studio)
    moderator_approves(moderator, name)
    taken = creator_takes_it_home(creator, slug)
    brought = creator_brings_it_again(creator, taken, name)

    wanted = value_of(given)
    wanted["character_book"]["entries"][0]["content"] = NEW
    assert value_of(taken) == wanted
    assert value_of(brought) == wanted
    assert pictures_of(brought) == pictures_of(given)
    fan_asks_why(fan, slug)


def charx_of(name: str) -> bytes:
    """Return a card that could be published, with art, a background, a foreign file and keys nobody knows."""
    card = complete_card(name).with_changes(
        nickname="Keeper",
        x_unknown={"deep": [1, None]},
        creation_date=1_700_000_000,
        source=["https://cards.example/keeper"],
        assets=[
            {"type": "icon", "uri": f"embeded://{MAIN}", "name": "main", "ext": "png"},
            {"type": "background", "uri": f"embeded://{SEA}", "name": "main", "ext": "png", "x_asset": 1},
        ],
        character_book=copy.deepcopy(BOOK),
    )
    own = {MAIN: picture("#334466"), SEA: picture("#112244"), "app.json": b'{"x": 1}'}
    return files.dump(card, "charx", picture=own[MAIN], files=own, created=1_700_000_000, modified=1_700_000_001)


def picture(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (300, 400), colour).save(made, "PNG")
    return made.getvalue()


def value_of(charx: bytes) -> dict:
    """Return all a card says, but the date of its last writing."""
    loaded = files.load("card.charx", charx)
    return {name: value for name, value in loaded.card.data.items() if name != "modification_date"}


def pictures_of(charx: bytes) -> dict[str, object]:
    """Return the archive's members: pictures are encoded anew, so of them what one sees; others byte by byte."""
    members = files.load("card.charx", charx).files
    seen = {}
    for path in (MAIN, SEA):
        with Image.open(io.BytesIO(members[path])) as image:
            seen[path] = (image.size, image.convert("RGB").getpixel((150, 200)))
    return {**members, **seen}


def drop(page: Page, filename: str, content: bytes) -> None:
    """Let a file fall on the page as from a desktop."""
    dropped = page.evaluate_handle(
        """([name, data]) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, {type: "application/zip"}));
            return transfer;
        }""",
        [filename, base64.b64encode(content).decode()],
    )
    page.dispatch_event("drop-zone", "drop", {"dataTransfer": dropped})
    page.wait_for_url("**/report/")


def others_card_is_read(creator) -> None:
    page = creator.go("/studio/import/")
    drop(page, "full.charx", FULL.read_bytes())
    expect(page.locator(".report")).not_to_have_count(0)
    expect(page.locator("main")).to_contain_text("x_top_unknown")


def creator_drops_the_card(creator, given: bytes, name: str) -> str:
    page = creator.go("/studio/import/")
    drop(page, "keeper.charx", given)
    expect(page.locator("h1")).to_contain_text(name)
    for path in ("data.x_unknown", "data.character_book.x_book", "data.character_book.entries[0].x_entry"):
        expect(page.locator("#group-kept").locator("xpath=../..")).to_contain_text(path)
    creator.screenshot("charx-report")
    return page.url.removesuffix("report/")


def creator_edits_one_entry(creator, studio: str) -> str:
    page = creator.go(f"{studio}lorebook/")
    page.locator("details.lore summary", has_text="The eleventh lamp").click()
    page.locator("details.lore[open] a.lore__all").click()
    page.wait_for_url("**/lorebook/4/")
    expect(page.locator("main [name=content]")).to_have_value(OLD)
    page.fill("main [name=content]", NEW)
    page.click("button[name=go][value=stay]")
    expect(page.locator("main [name=content]")).to_have_value(NEW)
    creator.screenshot("lore-entry")

    page.goto(f"{studio}lorebook/")
    page.locator("details.trial summary").click()
    page.fill("details.trial textarea", "Who lights the eleventh lamp?")
    page.locator("details.trial button").click()
    expect(page.locator("#found [data-state=in]")).to_contain_text("The eleventh lamp")
    creator.screenshot("lore-trial")

    page.goto(f"{studio}review/")
    page.click("form[action$='/submit/'] button")
    expect(page.locator(".way__step[data-state=now]")).to_be_visible()
    return unquote(page.locator("a[href*='/c/']").first.get_attribute("href")).strip("/").split("/")[-1]


def moderator_approves(moderator, name: str) -> None:
    page = moderator.sign_in("moderator")
    open_case(moderator, name)
    expect(page.locator(".desk__part").first).to_be_visible()
    decide(page, "approve", "A kept card of her own.")


def creator_takes_it_home(creator, slug: str) -> bytes:
    page = creator.go(f"/c/{slug}/")
    address = page.locator("a[href$='card.charx']").first.get_attribute("href")
    answer = creator.context.request.get(creator.park.url + address)
    assert answer.status == 200
    return answer.body()


def creator_brings_it_again(creator, taken: bytes, name: str) -> bytes:
    page = creator.go("/studio/import/")
    drop(page, "again.charx", taken)
    expect(page.locator("h1")).to_contain_text(name)
    href = page.locator("a[href*='/c/']").last.get_attribute("href")
    return creator.context.request.get(f"{creator.park.url}{href}card.charx").body()


def fan_asks_why(fan, slug: str) -> None:
    fan.sign_in("fan")
    page = fan.go(f"/c/{slug}/")
    page.locator("form[action*='/chat/start/'] button").first.click()
    page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    before = say(page, "Tell me about the eleventh lamp.")
    assert reply_after(page, before)

    page.locator("#log .msg--character").last.locator("details.why-fold summary").click()
    woken = page.locator("#log .msg--character").last.locator(".why li", has_text="The eleventh lamp")
    expect(woken.locator(".why__note")).to_contain_text("eleventh lamp")
    fan.screenshot("why-lore")
    assert NEW not in page.content()
