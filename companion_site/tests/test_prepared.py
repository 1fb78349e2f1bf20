"""Prepared queries answer what the querysets they were made from would answer."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, models
from django.db.models import F
from django.utils import timezone

from accounts.models import Persona, User
from companion_site.core.models import OutboxTask
from companion_site.core.prepared import Prepared, PreparedUpdate, insert, row_update
from insights.models import Event

pytestmark = pytest.mark.django_db

PERSONAS = Prepared(
    lambda user, public_id: (
        Persona.objects.filter(user=user, public_id=public_id).select_related("user").annotate(age=F("user__birth_on"))
    ),
    public_id=models.UUIDField(),
)
NEWER = Prepared(
    lambda since: Persona.objects.filter(created_at__gt=since).order_by("pk").values_list("name", "created_at")[:2],
    since=models.DateTimeField(),
)


@pytest.fixture
def fan(db):
    return User.objects.create_user("prepared@cardia.example", display_name="阿遥")


def test_objects_come_with_what_is_related_and_annotated(fan, django_assert_num_queries):
    persona = Persona.objects.create(user=fan, name="旅人")
    PERSONAS.first(user=fan.pk, public_id=persona.public_id)

    with django_assert_num_queries(1):
        found = PERSONAS.first(user=fan.pk, public_id=persona.public_id)

        assert found.user.display_name == "阿遥"
    assert found == persona
    assert found.age is None
    assert found.created_at == persona.created_at
    assert not found._state.adding


def test_another_value_is_another_answer(fan):
    persona = Persona.objects.create(user=fan, name="旅人")
    other = Persona.objects.create(user=fan, name="学徒")

    assert PERSONAS.first(user=fan.pk, public_id=other.public_id) == other
    assert PERSONAS.first(user=fan.pk + 1, public_id=persona.public_id) is None


def test_rows_are_converted_as_a_queryset_converts_them(fan):
    past = timezone.now() - timedelta(days=1)
    personas = [Persona.objects.create(user=fan, name=name) for name in ("一", "二", "三")]

    assert [tuple(row) for row in NEWER.rows(since=past)] == [(p.name, p.created_at) for p in personas[:2]]
    assert NEWER.rows(since=timezone.now() + timedelta(days=1)) == []


def test_an_update_writes_given_and_computed_values(fan):
    persona = Persona.objects.create(user=fan, name="旅人")
    rename = PreparedUpdate(
        lambda pk, name, now: (
            Persona.objects.filter(pk=pk),
            {"name": name, "updated_at": now, "description": F("name")},
        )
    )
    now = timezone.now()

    assert rename.run(pk=persona.pk, name="归人", now=now) == 1
    assert rename.run(pk=0, name="归人", now=now) == 0
    persona.refresh_from_db()
    assert (persona.name, persona.description, persona.updated_at) == ("归人", "旅人", now)


def test_a_row_update_stores_json_and_nothing_as_a_save_would(db):
    task = OutboxTask.objects.create(name="a", args=[1])
    store = row_update(OutboxTask, "args", "sent_at")

    store.run(pk=task.pk, args=["二", {"x": None}], sent_at=None)

    task.refresh_from_db()
    assert (task.args, task.sent_at) == (["二", {"x": None}], None)


def test_an_inserted_row_is_the_row_a_save_makes(fan):
    made = insert(Persona(user=fan, name="旅人", description="从北方来"))

    kept = Persona.objects.get(pk=made.pk)
    assert [getattr(kept, f.attname) for f in Persona._meta.fields] == [
        getattr(made, f.attname) for f in Persona._meta.fields
    ]
    made.name = "归人"
    made.save(update_fields=["name"])
    assert Persona.objects.get(pk=made.pk).name == "归人"


@pytest.mark.django_db(transaction=True)
def test_a_row_that_breaks_a_constraint_is_refused_or_left(django_user_model):
    told = {"kind": Event.Kind.REPLY_FINISHED, "subject": "x", "properties": {"n": 1}}
    insert(Event(**told))

    insert(Event(**told), ignore_conflicts=True)
    with pytest.raises(IntegrityError):
        insert(Event(**told))

    assert Event.objects.filter(subject="x").count() == 1
