"""The front door, the problem pages, the booth and the letters."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from characters.tests.factories import draft, live
from chat.models import Conversation
from chat.services import start_conversation
from companion_site.core import problems
from companion_site.core.exceptions import Forbidden, NotFound, TooManyRequests
from companion_site.core.requestid import request_id


def test_a_visitor_sees_who_is_waiting_and_no_drafts(client, creator):
    live(creator, "Mira")
    draft(creator, "Nobody Yet")

    page = client.get("/").content.decode()

    assert "Mira" in page
    assert "Keeper of the last lighthouse story" in page
    assert "Nobody Yet" not in page


def test_romance_waits_behind_the_age_gate(client, fan_client, creator):
    live(creator, "Luo Ying", rating="romance")

    assert "Luo Ying" not in client.get("/").content.decode()
    assert "Luo Ying" in fan_client.get("/").content.decode()


def test_the_readers_language_comes_first(client, creator):
    live(creator, "Mira", language="en")
    live(creator, "沈孤鸿", language="zh-Hans")

    english = client.get("/", headers={"accept-language": "en"}).content.decode()
    chinese = client.get("/", headers={"accept-language": "zh-hans"}).content.decode()

    assert english.index("Mira") < english.index("沈孤鸿")
    assert chinese.index("沈孤鸿") < chinese.index("Mira")
    assert "最后一座灯塔的守夜人" in chinese


def test_an_empty_park_says_what_to_do(client, db):
    page = client.get("/").content.decode()

    assert "Be the first to bring someone to the park." in page
    assert 'href="/studio/new/"' in page


def test_home_costs_the_same_for_one_character_and_many(client, creator, django_assert_num_queries):
    for name in ("Mira", "Aoi", "Orion"):
        live(creator, name)

    with django_assert_num_queries(6):  # one a shelf
        client.get("/")


def test_the_policy_allows_nothing_inline(client, db):
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_page_speaks_the_readers_language_and_wears_their_theme(client, db):
    client.cookies.load({"theme": "paper", "django_language": "zh-hans"})

    page = client.get("/").content.decode()

    assert '<html lang="zh-Hans" data-theme="paper">' in page


@pytest.mark.parametrize(
    ("error", "status", "scene"),
    [
        (NotFound(), 404, "scene__door"),
        (Forbidden(), 403, "scene__rope"),
        (TooManyRequests(retry_after_seconds=7), 429, "scene__horse"),
    ],
)
def test_a_problem_has_three_faces(rf, error, status, scene):
    def answer(**headers):
        request = rf.get("/somewhere/", headers=headers)
        request.user = AnonymousUser()
        return problems.page_response(request, error)

    page, fragment, data = answer(), answer(hx_request="true"), answer(accept="application/json")

    assert {page.status_code, fragment.status_code, data.status_code} == {status}
    assert str(error.title) in page.content.decode()
    assert scene in page.content.decode()
    assert fragment.content.decode().startswith('<problem-note class="problem" role="alert">')
    assert fragment["HX-Retarget"] == "#problems"
    assert json.loads(data.content)["code"] == error.code


def test_a_broken_page_admits_it(rf):
    request = rf.get("/somewhere/")
    request.user = AnonymousUser()
    request_id.set("lantern-0042")

    response = problems.server_error(request)

    assert response.status_code == 500
    assert "It has been written down." in response.content.decode()
    assert "Quote this number if you write to us: lantern-0042" in response.content.decode()
    assert "scene__flame" in response.content.decode()


def test_it_admits_it_even_without_a_database(rf):
    def gone():
        raise OperationalError("no database")

    request = rf.get("/somewhere/")
    request.user = SimpleLazyObject(gone)

    response = problems.server_error(request)

    assert response.status_code == 500
    assert "It has been written down." in response.content.decode()
    assert "Sign in" not in response.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_inactive",
        "account_email_verification_sent",
    ],
)
def test_who_asks_for_a_ticket_stands_at_the_booth(client, db, name):
    response = client.get(reverse(name))

    assert response.status_code == 200
    assert '<section class="booth">' in response.content.decode()


@pytest.mark.parametrize("name", ["account_logout", "account_reauthenticate"])
def test_so_does_who_leaves_or_proves_it_is_them(fan_client, name):
    response = fan_client.get(reverse(name))

    assert '<section class="booth">' in response.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_change_password",
        "mfa_index",
        "usersessions_list",
        "accounts:settings",
        "accounts:persona-list",
        "accounts:delete",
    ],
)
def test_the_rooms_of_an_account_stand_side_by_side(fan_client, name):
    response = fan_client.get(reverse(name))

    assert response.status_code == 200
    assert '<nav class="sidenav"' in response.content.decode()
    assert 'aria-current="page"' in response.content.decode()


def test_the_menu_shows_only_the_rooms_one_may_enter(fan_client, moderator_client, trainer_client):
    rooms = {"desk": "Moderation desk", "training": "What the nights say"}

    def shown(client):
        page = client.get(reverse("accounts:settings")).content.decode()
        return {room for room, words in rooms.items() if words in page}

    assert shown(fan_client) == set()
    assert shown(moderator_client) == {"desk"}
    assert shown(trainer_client) == {"training"}


def test_field_help_and_errors_are_tied_to_the_field(client, db):
    page = client.post(reverse("account_login"), {"login": "not an address"}).content.decode()

    assert 'aria-invalid="true"' in page
    assert 'id="id_login_error"' in page
    assert 'aria-describedby="id_login_error"' in page


def test_a_letter_is_sent_as_text_and_as_html(client, fan):
    client.post(reverse("account_reset_password"), {"email": fan.email})

    (letter,) = mail.outbox
    html, kind = letter.alternatives[0]
    link = next(line for line in letter.body.splitlines() if line.startswith("http"))
    assert letter.subject == "Cardia · Set a new password"
    assert "Cut a new key" in letter.body
    assert kind == "text/html"
    assert f'href="{link}"' in html


def test_the_crisis_page_shows_the_lines_of_the_readers_region_first(client, fan_client, fan):
    fan.region = "GB"
    fan.save()

    visitor = client.get("/safety/", headers={"accept-language": "zh-hans"}).content.decode()
    member = fan_client.get("/safety/").content.decode()

    assert visitor.index("tel:12356") < visitor.index("tel:988")
    assert member.index("tel:116 123") < member.index("tel:988")


def test_home_leads_back_to_the_last_conversations(fan_client, fan, creator):
    conversation = start_conversation(fan, live(creator, "Mira"))
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=timezone.now())

    page = fan_client.get("/").content.decode()

    assert "Where you left off" in page
    assert reverse("chat:conversation", args=[conversation.public_id]) in page


@pytest.mark.parametrize(("path", "words"), [("/about-ai/", "Who is speaking to you"), ("/safety/", "What we do")])
def test_the_public_promises_need_no_ticket(client, db, path, words):
    response = client.get(path)

    assert response.status_code == 200
    assert words in response.content.decode()
