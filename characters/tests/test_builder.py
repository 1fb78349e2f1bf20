"""From a blank card to a submitted one through the pages, without script, in both languages."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.urls import reverse
from PIL import Image

from characters import services
from characters.models import Character
from characters.tests.factories import draft, with_storyline


def rows(prefix: str, *filled: dict, initial: int = 0) -> dict[str, object]:
    """Return the POST data of a formset."""
    data: dict[str, object] = {
        f"{prefix}-TOTAL_FORMS": len(filled),
        f"{prefix}-INITIAL_FORMS": initial,
        f"{prefix}-MIN_NUM_FORMS": 0,
        f"{prefix}-MAX_NUM_FORMS": 1000,
    }
    return data | {f"{prefix}-{n}-{name}": value for n, row in enumerate(filled) for name, value in row.items()}


IDENTITY = {
    "name": "许愿",
    "nickname": "",
    "age": "27",
    "language": "zh-Hans",
    "rating": "general",
    "scene": "bedtime",
    "tagline_zh": "替你把愿望念给月亮听",
    "tagline_en": "Reads your wishes to the moon",
    "description": "许愿，二十七岁，夜里在天台替人念愿望。声音很轻，口袋里总有一颗糖。",
    "tags": "治愈、夜晚, 月亮",
    "creator_notes": "睡不着的时候来。",
}
STYLE = {
    "summary": "短句。",
    "sentence_length": "short",
    "formality": "casual",
    "reply_min": "4",
    "reply_max": "60",
    "catchphrase_rate": "15",
    "era": "今天",
    "forbidden": "手机\n加油",
}
EXAMPLES = rows(
    "examples",
    {"fan": "好累", "character": "*递糖* 来。"},
    {"fan": "我没事", "character": "嗯，来。"},
    {"fan": "晚安", "character": "来，闭眼。"},
    {"fan": "", "character": ""},
)
STEPS = [
    ("identity", IDENTITY),
    ("face", {"hair": "variant24", "eyes": "variant05", "skin_color": "#f6dccb", "accent": "#8fb7d9",
              "garment_kind": "hanfu", "garment_color": "#2b3550", "garment_trim": "#8fb7d9", "joy_mouth": "happy01"}),
    ("world", {"worldview": "一座只在夜里亮的城。", "scenario": "天台，风不大。"}),
    ("personality", {"personality": "安静，手很暖。", "catchphrases": "来。\n念好了。"}),
    ("backstory", {"backstory": "小时候许的愿没有人听。"}),
    ("style", STYLE),
    ("greeting", {"greeting_0": "*往边上挪了挪* 来。", "greeting_1": "月亮在听。", "greeting_2": "", **EXAMPLES}),
    ("lorebook", rows("lore", {"name": "糖", "keys": "糖，甜", "content": "他的糖是橘子味的。", "enabled": "on"})),
    ("reflexes", {"sadness": "*把糖放在你手心* 我在。\n不急。", "outage": "我在。风大，听不清。"}),
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_creator_goes_from_blank_to_submitted(creator, creator_client, language):
    creator.language = language
    creator.save()
    answer = creator_client.post(reverse("characters:create"), {"name": "许愿"})
    character = Character.objects.get()
    assert answer.url == reverse("characters:edit", args=[character.public_id])
    assert creator_client.get(answer.url).url.endswith("/identity/")

    for number, (step, data) in enumerate(STEPS):
        address = reverse("characters:step", args=[character.public_id, step])
        assert creator_client.get(address).status_code == 200
        answer = creator_client.post(address, {**data, "go": "next"})
        assert answer.status_code == 302, (step, answer.content.decode())
        following = STEPS[number + 1][0] if number + 1 < len(STEPS) else "storyline"
        assert answer.url == reverse("characters:step", args=[character.public_id, following])

    answer = creator_client.post(reverse("characters:storyline-add", args=[character.public_id]))
    storyline = character.storylines.get()
    told = {
        "title": "没念出口的",
        "teaser": "他自己的愿望",
        "price_coins": "30",
        "knowledge": "他许过一个愿：有人应一声，哪怕一声。",
    }
    scenes = rows("scenes", {"title": "天台", "setup": "灯灭了", "opening": "……", "goal": "让他说出来"}, {"title": ""})
    assert creator_client.get(answer.url).status_code == 200
    assert creator_client.post(answer.url, {**told, **scenes, "go": "next"}).status_code == 302
    review = creator_client.get(reverse("characters:step", args=[character.public_id, "review"]))
    assert review.context["blockers_count"] == 0
    creator_client.post(reverse("characters:submit", args=[character.public_id]))

    character.refresh_from_db()
    storyline.refresh_from_db()
    card = character.draft
    assert character.status == Character.Status.IN_REVIEW
    assert (card.name, card.cardia.age, card.tags) == ("许愿", 27, ("治愈", "夜晚", "月亮"))
    assert card.cardia.catchphrases == ("来。", "念好了。")
    assert card.greetings == ("*往边上挪了挪* 来。", "月亮在听。")
    assert [e.fan for e in card.examples] == ["好累", "我没事", "晚安"]
    assert [(e.name, e.keys) for e in card.book.entries] == [("糖", ("糖", "甜"))]
    assert card.cardia.reflexes["sadness"] == ("*把糖放在你手心* 我在。", "不急。")
    assert (card.cardia.style.reply_length, card.cardia.style.catchphrase_rate) == ((4, 60), 0.15)
    assert card.cardia.face["hair"] == "variant24"
    assert card.cardia.expressions == {"joy": {"mouth": "happy01"}}
    assert (storyline.offer.price_coins, len(storyline.scenes)) == (30, 1)


def test_every_step_shows_what_was_saved(creator, creator_client):
    character = draft(creator)
    with_storyline(character)

    shown = {
        step: creator_client.get(reverse("characters:step", args=[character.public_id, step])).content.decode()
        for step in ("identity", "world", "personality", "greeting", "storyline", "review")
    }

    assert 'value="31"' in shown["identity"]
    assert "A coast where every lamp has a name." in shown["world"]
    assert "Mind the step." in shown["personality"]
    assert "You are dripping on my stairs." in shown["greeting"]
    assert "The eleventh lamp" in shown["storyline"]


@pytest.mark.parametrize(("language", "message"), [("en", "Every character here is at least 18."), ("zh-hans", "18")])
def test_errors_stand_at_the_field_and_nothing_is_saved(creator, creator_client, language, message):
    creator.language = language
    creator.save()
    character = draft(creator)
    address = reverse("characters:step", args=[character.public_id, "identity"])

    answer = creator_client.post(address, {**IDENTITY, "age": "16"})

    assert answer.status_code == 422
    assert message in str(answer.context["form"].errors["age"])
    character.refresh_from_db()
    assert character.draft.name == "Mira"


def test_autosave_keeps_valid_words_and_refuses_half_ones(creator, creator_client):
    character = draft(creator)
    address = reverse("characters:autosave", args=[character.public_id, "style"])

    good = creator_client.post(address, STYLE, headers={"HX-Request": "true"})
    bad = creator_client.post(address, {**STYLE, "summary": "lost", "reply_max": "2"}, headers={"HX-Request": "true"})

    character.refresh_from_db()
    assert (good.status_code, good.context["is_saved"], bad.context["is_saved"]) == (200, True, False)
    assert character.draft.cardia.style.summary == "短句。"
    assert b'hx-swap-oob="true"' in good.content


def test_examples_that_rows_cannot_hold_stay_text(creator, creator_client):
    character = draft(creator)
    services.update_card(character, data={"mes_example": "A rainy day.\n{{char}}: hm"})
    address = reverse("characters:step", args=[character.public_id, "greeting"])

    assert 'name="mes_example"' in creator_client.get(address).content.decode()
    creator_client.post(address, {"greeting_0": "hi", "mes_example": "A rainy day.\n{{char}}: hm!"})

    character.refresh_from_db()
    assert character.draft.mes_example == "A rainy day.\n{{char}}: hm!"


def test_draft_under_review_cannot_be_changed_by_a_page(creator, creator_client):
    character = draft(creator)
    services.submit_for_review(character)
    address = reverse("characters:step", args=[character.public_id, "world"])

    assert '<fieldset class="form builder__fields" disabled>' in creator_client.get(address).content.decode()
    assert creator_client.post(address, {"worldview": "x"}).status_code == 409


def test_submitting_too_early_says_what_is_missing(creator, creator_client):
    character = services.create_character(creator, name="Blank")

    answer = creator_client.post(reverse("characters:submit", args=[character.public_id]), follow=True)

    assert [str(message) for message in answer.context["messages"]] == [
        "Say how old they are: every character here is an adult."
    ]


def test_own_picture_wins_over_the_drawn_face_and_can_be_taken_back(creator, creator_client):
    character = draft(creator)
    upload = io.BytesIO()
    Image.new("RGB", (600, 800), "#8fb7d9").save(upload, "PNG")
    upload.name = "me.png"
    upload.seek(0)
    portrait = reverse("characters:draft-portrait", args=[character.public_id, "joy"])

    creator_client.post(reverse("characters:art", args=[character.public_id]), {"art": upload})
    assert creator_client.get(portrait)["Content-Type"] == "image/jpeg"

    creator_client.post(reverse("characters:art", args=[character.public_id]), {"remove": "1"})
    assert creator_client.get(portrait)["Content-Type"] == "image/svg+xml"


def test_bad_picture_is_refused_at_the_field(creator, creator_client):
    character = draft(creator)
    svg = io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    svg.name = "me.svg"

    answer = creator_client.post(reverse("characters:art", args=[character.public_id]), {"art": svg})

    character.refresh_from_db()
    assert (answer.status_code, character.art) == (422, "")
    assert "SVG files are never accepted" in str(answer.context["form"].errors["art"])


def test_blank_draft_can_be_deleted(creator, creator_client):
    character = draft(creator)
    with_storyline(character)

    assert creator_client.get(reverse("characters:delete", args=[character.public_id])).status_code == 200
    creator_client.post(reverse("characters:delete", args=[character.public_id]))

    assert not Character.objects.exists()


def test_draft_with_a_rehearsal_is_emptied_and_gone(creator, creator_client):
    character = draft(creator)
    with_storyline(character)
    offer = character.storylines.get().offer
    # By name: this app must not know the one above it.
    apps.get_model("chat", "Conversation").objects.create(fan=creator, character=character)

    services.delete_draft(character)

    character.refresh_from_db()
    offer.refresh_from_db()
    assert (character.card, character.storylines.count(), offer.is_active) == ({}, 0, False)
    assert creator_client.get(reverse("characters:edit", args=[character.public_id])).status_code == 404
    assert "Mira" not in creator_client.get(reverse("characters:studio")).content.decode()
