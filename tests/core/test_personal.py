"""Whatever has a person in it says so: what for, how long, and what export, erasure and expiry do. One service does each."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from moothall.core import personal
from moothall.core.models import AuditEntry
from moothall.directory import selectors, services
from moothall.directory.models import Membership, Person
from tests.factories.world import everything, people_only

NOT_TABLES = {"django_migrations"}


def test_every_model_says_what_is_personal_in_it_or_why_nothing_is() -> None:
    silent = [
        model._meta.label for model in apps.get_models() if model._meta.managed and not personal.is_declared(model)
    ]
    assert silent == []


def test_every_declaration_is_whole() -> None:
    for each in personal.declarations():
        for words in (each.what, each.purpose, each.basis, each.kept):
            assert len(words) > 4, each.model
        assert each.export, f"{each.model.__name__} is not handed over"


def test_a_model_that_points_to_a_person_is_no_stranger_to_it() -> None:
    """A foreign key to a person or a user without a declaration about people would be a hole in the file people are handed."""
    known = {each.model for each in personal.declarations()}
    holes = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.label in ("directory.Person", "accounts.User")
        and model not in known
        and field.name not in ("recorded_by",)  # a deed in office: the audit, which is handed over, has it too
    ]
    assert holes == []


def test_a_contradiction_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        personal.nothing_personal(Person, "it is not")


@pytest.mark.django_db
def test_one_is_handed_all_that_is_held_about_one_and_nothing_about_others() -> None:
    world = everything()
    sam, dilys = world.people["front-desk"], world.people["line-manager"]
    text = services.my_data(actor=world.actor("front-desk"), now=timezone.now()).decode()
    held = {each["what"]: each["rows"] for each in json.loads(text)["held"]}
    assert held["Your name and address"][0]["name"] == "Sam Okafor"
    assert held["Where you work and worked"][0]["post__title"] == "Front-desk officer"
    assert held["Mail sent to you"][0]["to"] == "sam@advice-centre.example"
    assert held["Roles you have and had"][0]["role"] == "front-desk"
    assert dilys.name not in text
    assert dilys.email not in text
    assert str(sam.pseudonym) in text


@pytest.mark.django_db
def test_a_resident_is_erased_at_once_and_cannot_be_found_again() -> None:
    world = people_only()
    ruth = world.people["resident"]
    asked = services.ask_erasure(actor=world.actor("resident"), now=timezone.now())
    assert asked.decision == "done"
    ruth.refresh_from_db()
    user = world.users["resident"]
    user.refresh_from_db()
    assert (ruth.name, ruth.email, ruth.user_id) == ("", "", None)
    assert (user.email, user.is_active, user.has_usable_password()) == ("", False, False)
    for each in personal.declarations():
        rows = each.model._default_manager.filter(each.of(personal.Subject(ruth.pk, user.pk, ("ruth@home.example",))))
        left = [str(value) for row in rows.values() for value in row.values()]
        assert not any("ruth" in value.lower() or "adeyemi" in value.lower() for value in left), each.model


@pytest.mark.django_db
def test_staff_are_erased_when_their_institution_decides_and_history_stays_by_number() -> None:
    world = people_only()
    now, today = timezone.now(), timezone.localdate()
    sam, charity, administrator = world.people["front-desk"], world.charity, world.actor("administrator")
    asked = services.ask_erasure(actor=world.actor("front-desk"), now=now)
    assert asked.decided_at is None
    with pytest.raises(services.CannotErase, match="still works"):
        services.decide_erasure(
            actor=administrator,
            now=now,
            today=today,
            request_id=asked.pk,
            organisation_id=charity.pk,
            erase=True,
            reason="",
        )
    with pytest.raises(services.CannotErase, match="Give the reason"):
        services.decide_erasure(
            actor=administrator,
            now=now,
            today=today,
            request_id=asked.pk,
            organisation_id=charity.pk,
            erase=False,
            reason=" ",
        )
    services.close_membership(
        actor=administrator,
        now=now,
        organisation=charity,
        person_id=sam.pk,
        today=today,
        last_day=today - dt.timedelta(days=1),
    )
    services.decide_erasure(
        actor=administrator,
        now=now,
        today=today,
        request_id=asked.pk,
        organisation_id=charity.pk,
        erase=True,
        reason="",
    )
    sam.refresh_from_db()
    assert sam.name == ""
    assert Membership.objects.filter(person=sam).count() == 1
    assert AuditEntry.objects.filter(actor_id=sam.pk).exists()
    assert selectors.grants_in(charity, today, person_id=sam.pk) == []


@pytest.mark.django_db
def test_what_was_kept_long_enough_goes_by_itself() -> None:
    world = people_only()
    charity, administrator = world.charity, world.actor("administrator")
    now, today = timezone.now(), timezone.localdate()
    services.record_leave(
        actor=administrator, now=now, organisation=charity, person_id=world.people["front-desk"].pk, today=today, from_on=today, to_on=today, deputy_id=None
    )  # fmt: skip
    leaves = next(each for each in personal.declarations() if each.what == "When you are away")
    personal.expire(now + dt.timedelta(days=300))
    assert leaves.model._default_manager.count() == 1
    personal.expire(now + dt.timedelta(days=370))
    assert leaves.model._default_manager.count() == 0
