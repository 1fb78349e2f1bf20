"""The pages of the tree, with script and without: the way back is always in sight."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import ApiKey
from chat import services
from chat.models import Checkpoint, Conversation, Memory, Message
from chat.tests.factories import answer, reload, say, talk

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def two_turns(conversation, model):
    model(replies=["One.", "Two.", "Three."])
    return talk(conversation, "First.", "client-0001"), talk(conversation, "Second.", "client-0002")


def url(name, *things, **query):
    address = reverse(f"chat:{name}", args=[getattr(thing, "public_id", thing) for thing in things])
    return address + "".join(f"?{key}={value}" for key, value in query.items())


def page(client, address, **headers):
    return client.get(address, headers=headers).content.decode()


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_it_asks_before_it_deletes_and_says_how_much(fan_client, conversation, two_turns):
    first, second = two_turns

    asked = page(fan_client, url("message-delete", first.parent))
    leaf = page(fan_client, url("message-delete", second), **SCRIPT)

    assert "Delete this and the 3 messages that hang on it, in all their branches?" in words(asked)
    assert "Delete this?" in words(leaf)
    assert "<html" not in leaf
    assert not conversation.messages.exclude(deleted_at=None).exists()


def test_a_script_gets_the_log_with_the_way_back(fan_client, conversation, two_turns):
    second = two_turns[1]

    html = fan_client.post(url("message-delete", second), headers=SCRIPT).content.decode()

    assert f'hx-post="{url("message-restore", second)}"' in html
    assert "It can be brought back for 30 days." in html
    assert f"m-{second.public_id}" not in html
    back = fan_client.post(url("message-restore", second), headers=SCRIPT).content.decode()
    assert f"m-{second.public_id}" in back
    assert "brought back" not in back


def test_a_form_leads_to_the_page_with_the_way_back(fan_client, conversation, two_turns):
    second = two_turns[1]

    answer = fan_client.post(url("message-delete", second))

    named = f"?deleted={second.public_id}&shown={second.public_id}"
    assert answer.headers["Location"] == url("conversation", conversation) + named
    assert f'action="{url("message-restore", second)}"' in page(fan_client, answer.headers["Location"])
    assert "message-restore" not in page(fan_client, url("conversation", conversation, deleted=two_turns[0].public_id))
    assert "brought back" not in page(fan_client, url("conversation", conversation, deleted="nonsense"))


@pytest.mark.parametrize("script", [SCRIPT, {}], ids=["script", "no script"])
def test_an_undo_shows_what_was_on_show(fan_client, fan, conversation, two_turns, model, script):
    first, second = two_turns
    model(reply="Newer.")
    answer(services.regenerate(fan, first), conversation)
    services.select_swipe(fan, first)
    html = fan_client.post(url("message-delete", first.parent), headers=script, follow=True).content.decode()
    shown = re.search(r'name="shown" value="([^"]+)"', html).group(1)

    fan_client.post(url("message-restore", first.parent), {"shown": shown}, headers=script)
    assert reload(conversation).head == second

    fan_client.post(url("message-delete", first.parent))
    fan_client.post(url("message-restore", first.parent), {"shown": "nonsense"})
    assert reload(conversation).head.text == "Newer."


def test_a_double_click_on_delete_deletes_once(fan_client, conversation, two_turns):
    answers = [fan_client.post(url("message-delete", two_turns[1])) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert conversation.messages.exclude(deleted_at=None).count() == 1


def test_what_is_deleted_does_not_exist_for_the_rest_of_the_site(fan_client, conversation, two_turns):
    second = two_turns[1]
    services.delete_message(conversation.fan, second)

    gets = [
        fan_client.get(url(name, second)) for name in ("message", "message-edit", "message-delete", "why", "report")
    ]
    posts = [fan_client.post(url(name, second)) for name in ("message-select", "message-jump", "message-place")]
    posts += [fan_client.post(url(name, second)) for name in ("reply-regenerate", "reply-continue", "reply-rate")]

    assert {answer.status_code for answer in [*gets, *posts]} == {404}
    assert fan_client.get(url("reply-stream", second)).status_code == 404
    assert reload(conversation).head_id == second.parent_id


def test_an_edit_of_deleted_words_is_told_apart_from_a_wrong_address(fan_client, conversation, two_turns):
    second = two_turns[1]
    services.delete_message(conversation.fan, second)

    answer = fan_client.post(url("message-edit", second), {"text": "Else.", "client_id": "client-0009"}, headers=SCRIPT)

    assert answer.status_code == 409
    assert "These words have changed meanwhile." in answer.content.decode()


def test_an_edit_form_carries_what_it_was_made_from(fan_client, conversation, two_turns):
    second = two_turns[1]
    form = page(fan_client, url("message-edit", second), **SCRIPT)
    stamp = re.search(r'name="stamp" value="([^"]+)"', form).group(1)
    sent = {"text": "Mine.", "stamp": stamp}
    fan_client.post(url("message-edit", second), {**sent, "client_id": "client-0008"}, headers=SCRIPT)

    answer = fan_client.post(url("message-edit", second), {**sent, "client_id": "client-0009"}, headers=SCRIPT)

    assert answer.status_code == 409
    assert conversation.messages.filter(text="Mine.").count() == 1


def test_gone_back_the_page_says_what_follows_and_leads_there(fan_client, conversation, two_turns):
    first, second = two_turns

    html = fan_client.post(url("message-jump", first), headers=SCRIPT).content.decode()

    assert "2 messages follow here. What you say now begins a branch beside them." in words(html)
    forward = url("message-select", first)
    assert f'hx-post="{forward}"' in html
    fan_client.post(forward)
    assert reload(conversation).head == second


def test_words_without_a_reply_can_be_answered(fan_client, conversation, two_turns, model):
    second = two_turns[1]
    fan_client.post(url("message-delete", second))
    html = page(fan_client, url("conversation", conversation))
    assert url("reply-regenerate", second.parent) in html
    model(reply="Anew.")

    fan_client.post(url("reply-regenerate", second.parent), headers=SCRIPT)

    assert reload(conversation).head.text == "Anew."


def test_a_place_is_named_in_the_log_and_found_on_the_page(fan_client, conversation, two_turns):
    first = two_turns[0]
    assert 'name="name"' in page(fan_client, url("message-place", first), **SCRIPT)

    html = fan_client.post(url("message-place", first), {"name": "Before <b>"}, headers=SCRIPT).content.decode()
    listed = page(fan_client, url("branches", conversation))

    assert "Before &lt;b&gt;" in html
    assert html.count("<article") == 1
    assert f'action="{url("message-jump", first)}"' in listed
    assert "Before &lt;b&gt;" in listed
    fan_client.post(url("checkpoint-remove", Checkpoint.objects.get()))
    assert "Before" not in page(fan_client, url("conversation", conversation))


def test_a_place_without_a_name_is_asked_again(fan_client, conversation, two_turns):
    answer = fan_client.post(url("message-place", two_turns[0]), {"name": " "}, headers=SCRIPT)

    assert answer.status_code == 422
    assert not Checkpoint.objects.exists()


def test_the_page_lists_every_branch_once(fan_client, fan, conversation, two_turns):
    first, _second = two_turns
    services.jump_to(fan, first)
    talk(conversation, "Else.", "client-0003")

    html = page(fan_client, url("branches", conversation))

    assert html.count('class="trail__go"') == 2
    assert html.count('aria-current="true"') == 1
    assert "5 messages" in words(html)


def test_hundreds_of_branches_come_in_pages(fan_client, fan, conversation, two_turns, django_assert_max_num_queries):
    asked = two_turns[1].parent
    Message.objects.bulk_create(
        Message(conversation=conversation, fan=fan, parent=asked, role="character", text=f"Way {n}.", position=n)
        for n in range(1, 301)
    )

    with django_assert_max_num_queries(20):
        first = page(fan_client, url("branches", conversation))
    last = page(fan_client, url("branches", conversation, page=8))

    assert first.count('class="trail__go"') == 40
    assert "Way 300." in first
    assert "Page 1 of 8" in words(first)
    assert last.count('class="trail__go"') == 301 - 7 * 40


def test_what_was_deleted_waits_on_a_page_of_its_own(fan_client, conversation, two_turns):
    first, second = two_turns
    fan_client.post(url("message-delete", first.parent))
    assert "Deleted: 1 branch can be brought back" in words(page(fan_client, url("branches", conversation)))

    listed = page(fan_client, url("deleted", conversation))
    assert "You: First." in words(listed)
    assert "4 messages" in words(listed)
    fan_client.post(url("message-restore", first.parent))

    assert reload(conversation).head == second
    assert "Nothing is deleted" in page(fan_client, url("deleted", conversation))


def test_a_chat_is_named_and_the_list_says_so(fan_client, conversation, two_turns):
    fan_client.post(url("rename", conversation), {"title": "The <winter> one"})

    assert "The &lt;winter&gt; one" in page(fan_client, url("list"))
    assert "The &lt;winter&gt; one" in page(fan_client, url("conversation", conversation))


def test_too_long_a_name_is_said_in_its_field(fan_client, conversation):
    answer = fan_client.post(url("rename", conversation), {"title": "a" * 121})

    assert answer.status_code == 422
    assert Conversation.objects.get().title == ""


def test_while_a_reply_is_written_every_move_is_refused(fan_client, conversation, two_turns):
    sent = say(conversation, "Third.", "client-0003")

    names = ("message-delete", "message-jump", "message-select")
    answers = [fan_client.post(url(name, two_turns[0]), headers=SCRIPT) for name in names]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert reload(conversation).head == sent.reply


def test_a_stranger_finds_nothing_of_all_this(stranger_client, fan, conversation, two_turns):
    place = services.name_checkpoint(fan, two_turns[0], name="Mine")
    on_messages = ("message-delete", "message-restore", "message-jump", "message-place")

    answers = [stranger_client.post(url(name, two_turns[0]), {"name": "x"}) for name in on_messages]
    answers += [stranger_client.get(url(name, conversation)) for name in ("branches", "deleted")]
    answers += [stranger_client.post(url("rename", conversation), {"title": "x"})]
    answers += [stranger_client.post(url("checkpoint-remove", place))]

    assert {answer.status_code for answer in answers} == {404}
    assert not conversation.messages.exclude(deleted_at=None).exists()
    assert (Checkpoint.objects.get().name, reload(conversation).title) == ("Mine", "")


def test_where_a_deleted_message_told_something_no_link_leads(fan_client, fan, conversation, mira, model):
    model(reply="I see.")
    reply = talk(conversation, "I have a cat called Biscuit.")
    told = {"kind": "person", "text": "A cat called Biscuit.", "told_at": reply.created_at}
    Memory.objects.create(fan=fan, character=mira, message=reply.parent, **told)
    assert f"#m-{reply.parent.public_id}" in page(fan_client, url("memories", conversation))

    services.delete_message(fan, reply.parent)

    html = page(fan_client, url("memories", conversation))
    assert "Biscuit" in html
    assert f"#m-{reply.parent.public_id}" not in html


def test_a_direction_is_shown_as_nobody_s_words(fan_client, fan, conversation, model):
    model(reply="It does.")
    Message.objects.create(
        conversation=conversation,
        fan=fan,
        parent=conversation.head,
        role="director",
        text="<i>Snow</i> falls.",
        depth=1,
    )
    services.jump_to(fan, conversation.messages.get(role="director"))

    html = page(fan_client, url("conversation", conversation))

    assert '<p class="direction">' in html
    assert "<span>&lt;i&gt;Snow&lt;/i&gt; falls.</span>" in html


def test_a_program_s_chat_is_marked_with_its_key_and_left_to_it(fan_client, fan, conversation, mira):
    key = ApiKey.objects.create(user=fan, name="My lamp <script>", prefix="ck_live_abcd", digest="0" * 64)
    Conversation.objects.filter(pk=conversation.pk).update(channel="api", api_key=key)

    assert "My lamp &lt;script&gt;" in page(fan_client, url("list"))
    begun = services.start_conversation(fan, mira)

    assert begun != conversation
