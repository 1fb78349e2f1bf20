"""A character's own voice is an operator's to give."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from characters import services
from characters.models import Character
from characters.tests.factories import live


@pytest.fixture
def mira(creator):
    return live(creator)


def stored(character: Character) -> Character:
    return Character.objects.get(pk=character.pk)


def test_an_operator_names_the_adapter_and_nothing_else(admin_client, mira):
    page = reverse("admin:characters_character_change", args=[mira.pk])
    before = stored(mira)

    shown = admin_client.get(page).content.decode()
    admin_client.post(page, {"adapter": " mira-lora ", "name": "Somebody", "status": "draft", "likes_count": "99"})

    assert 'name="adapter"' in shown
    assert 'name="status"' not in shown
    after = stored(mira)
    assert after.adapter == "mira-lora"
    assert (after.name, after.status, after.likes_count) == (before.name, before.status, before.likes_count)


@pytest.mark.parametrize("who", ["creator", "moderator", "stranger"])
def test_nobody_else_reaches_the_form(client, mira, who, request):
    client.force_login(request.getfixturevalue(who))

    answer = client.post(reverse("admin:characters_character_change", args=[mira.pk]), {"adapter": "gpt-expensive"})

    assert answer.status_code in {302, 403}
    assert stored(mira).adapter == ""


def test_staff_without_the_right_look_and_change_nothing(client, mira, stranger):
    User.objects.filter(pk=stranger.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=stranger.pk))

    answer = client.post(reverse("admin:characters_character_change", args=[mira.pk]), {"adapter": "gpt-expensive"})

    assert answer.status_code == 403
    assert stored(mira).adapter == ""


def test_a_creator_s_api_does_not_take_it(client, creator, mira):
    client.force_login(creator)

    client.patch(
        reverse("v1:characters:detail", args=[mira.slug]), {"adapter": "gpt-expensive"}, content_type="application/json"
    )

    assert stored(mira).adapter == ""


def test_it_can_be_taken_back(mira):
    services.give_adapter(mira, name="mira-lora")

    services.give_adapter(mira, name="")

    assert stored(mira).adapter == ""
