"""The park's pages: discover, a character's page, the studio, import; lean on the database."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from characters import services
from characters.models import Character, Like
from characters.tests.conftest import v2
from characters.tests.factories import draft, live
from moderation.models import Case

DISCOVER = "/discover/"


def test_discover_asks_a_fixed_number_of_questions(creator, fan_client, django_assert_num_queries):
    for number in range(12):
        live(creator, f"Mira {number}", storyline=True)
    fan_client.get(DISCOVER)  # tags are counted once a minute

    with django_assert_num_queries(6):
        answer = fan_client.get(DISCOVER)

    assert answer.content.decode().count('class="poster"') == 12


def test_live_search_answers_with_the_results_alone(creator, fan_client):
    live(creator)

    answer = fan_client.get(DISCOVER, {"q": "lighthouse"}, headers={"HX-Request": "true"})

    assert answer.content.decode().lstrip().startswith('<section id="results"')
    assert "Mira" in answer.content.decode()
    assert "HX-Request" in answer["Vary"]


def test_empty_search_helps(fan_client):
    answer = fan_client.get(DISCOVER, {"q": "nobody", "language": "xx", "page": "99"})

    assert answer.status_code == 200
    assert reverse("characters:create") in answer.content.decode()


def test_pages_turn_and_keep_the_filters(creator, fan_client):
    for number in range(25):
        live(creator, f"Mira {number}")

    second = fan_client.get(DISCOVER, {"tag": "cozy", "page": "2"})

    assert second.content.decode().count('class="poster"') == 1
    assert "?tag=cozy&amp;page=1" in second.content.decode()


def test_character_page_shows_the_poster_the_price_and_no_secret(
    creator, fan, fan_client, django_assert_max_num_queries
):
    character = live(creator, storyline=True)

    with django_assert_max_num_queries(9):
        answer = fan_client.get(reverse("characters:detail", args=[character.slug]))

    page = answer.content.decode()
    offer = character.storylines.get().offer
    assert "AI character, not a person" in page
    assert '<em class="act">opens the door a crack</em>' in page
    assert reverse("billing:offer", args=[offer.public_id]) in page
    assert "Best read in the rain." in page
    assert f"/portrait/joy.svg?v={character.look}" in page


def test_card_text_is_escaped(creator, fan_client):
    character = draft(creator)
    services.update_card(character, data={"first_mes": "*<img src=x>* <script>alert(1)</script>", "name": "<b>M</b>"})
    services.publish(character)

    page = fan_client.get(reverse("characters:detail", args=[character.slug])).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "<b>M</b>" not in page


def test_liking_counts_once_and_can_be_taken_back(creator, fan_client):
    character = live(creator)
    address = reverse("characters:like", args=[character.slug])

    fan_client.post(address, {"liked": "1"})
    fan_client.post(address, {"liked": "1"})
    character.refresh_from_db()
    assert (character.likes_count, Like.objects.count()) == (1, 1)

    fragment = fan_client.post(address, {"liked": "0"}, headers={"HX-Request": "true"})
    character.refresh_from_db()
    assert character.likes_count == 0
    assert 'aria-pressed="false"' in fragment.content.decode()


def test_report_opens_a_case_and_thanks(creator, fan_client):
    character = live(creator)
    address = reverse("characters:report", args=[character.slug])
    code = fan_client.get(address).context["form"].fields["policy_hint"].choices[0][0]

    answer = fan_client.post(address, {"policy_hint": code, "text": "Look at the greeting."})

    assert answer.url == reverse("characters:detail", args=[character.slug])
    case = Case.objects.get()
    assert (case.subject_kind, case.subject_id, case.source) == ("character", str(character.public_id), "report")


def test_studio_shows_ones_own_and_what_comes_next(creator, creator_client, stranger, django_assert_max_num_queries):
    draft(stranger, "Somebody")
    for number in range(4):
        live(creator, f"Mira {number}", storyline=True)
    services.create_character(creator, name="Blank")

    with django_assert_max_num_queries(9):
        page = creator_client.get(reverse("characters:studio")).content.decode()

    assert page.count('class="wall__card"') == 5
    assert "Somebody" not in page
    assert "Next: Who" in page


def test_studio_asks_to_sign_in(client):
    for name in ("studio", "create", "import"):
        assert client.get(reverse(f"characters:{name}")).url.startswith("/account/login/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_import_shows_its_report(creator, creator_client, language):
    creator.language = language
    creator.save()
    card = SimpleUploadedFile("ada.json", json.dumps({**v2(x_mine=1), "spec_version": "2.0"}).encode())

    answer = creator_client.post(reverse("characters:import"), {"file": card}, follow=True)

    character = Character.objects.get()
    page = answer.content.decode()
    assert answer.redirect_chain == [(reverse("characters:import-report", args=[character.public_id]), 302)]
    assert "data.x_mine" in page
    assert "data.description" in page


@pytest.mark.parametrize(("language", "words"), [("en", "nested more than"), ("zh-hans", "data.x")])
def test_refused_import_says_where_at_the_field(creator, creator_client, language, words):
    creator.language = language
    creator.save()
    deep = json.dumps(v2(x=json.loads("[" * 70 + "]" * 70))).encode()

    answer = creator_client.post(reverse("characters:import"), {"file": SimpleUploadedFile("a.json", deep)})

    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors["file"])
    assert not Character.objects.exists()


def test_import_is_limited(creator, creator_client):
    def bring():
        return creator_client.post(reverse("characters:import"), {"file": SimpleUploadedFile("a.json", b"[]")})

    assert [bring().status_code for _ in range(21)] == [422] * 20 + [429]


def test_download_is_a_file_nobody_caches(creator, fan_client):
    character = live(creator, "沈孤鸿")

    answer = fan_client.get(reverse("characters:export", args=[character.slug, "png"]))

    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"\x89PNG")
