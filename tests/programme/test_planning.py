"""A coordinator plans on the web: every fault before anything is stored, one plan however often it is started, nothing lost whatever dies."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from moothall import planner
from moothall.core import work
from moothall.core.models import StoredFile, Work
from moothall.core.types import WorkState
from moothall.directory import services as directory
from moothall.directory.models import Organisation, Person
from moothall.directory.types import Division, NewPerson, OrganisationKind, Role
from moothall.programme import services
from moothall.programme.models import City, Plan, PlannedPlace, Planning
from tests.factories.plans import new_plan, small_fenbridge
from tests.factories.world import ALL, World, bundle_zip, people_only
from tests.web.checked_client import CheckedClient

UPLOAD = "/programme/planning/upload/"


@pytest.fixture
def world(db: None) -> World:
    return people_only()


def as_(world: World, role: str) -> CheckedClient:
    client = CheckedClient()
    client.force_login(world.users[role])
    return client


def upload(client: CheckedClient, content: bytes, name: str = "city.zip", **more: str) -> Any:
    return client.post(
        UPLOAD, {"file": SimpleUploadedFile(name, content), "title": "Spring", "organisation": ""} | more
    )


def spoiled() -> bytes:
    """Small Fenbridge with a person in a team that is not there, and one in an area that is not."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle_zip())) as archive, zipfile.ZipFile(out, "w") as new:
        for name in archive.namelist():
            text = archive.read(name).decode()
            if name == "people.csv":
                lines = text.splitlines()
                lines[1] = re.sub(r"^([^,]+),[^,]+,", r"\1,nowhere-team,", lines[1])
                lines[2] = re.sub(r"^([^,]+),([^,]+),[^,]+,", r"\1,\2,atlantis,", lines[2])
                text = "\n".join(lines)
            new.writestr(name, text)
    return out.getvalue()


def test_every_fault_is_shown_and_nothing_is_stored(world: World) -> None:
    before = StoredFile.objects.count()
    answer = upload(as_(world, "coordinator"), spoiled())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "people, row 2, column team" in page
    assert "people, row 3, column area" in page
    assert City.objects.count() == 0
    assert StoredFile.objects.count() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"hello", "zip of a bundle, or as an Excel workbook"), (b"PK\x03\x04rubbish", "zip of a bundle"), (b"", "empty")],
)
def test_what_is_no_city_is_refused_in_words(world: World, content: bytes, said: str) -> None:
    answer = upload(as_(world, "coordinator"), content)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_bundle_with_names_in_it_is_refused(world: World) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle_zip())) as archive, zipfile.ZipFile(out, "w") as new:
        for name in archive.namelist():
            text = archive.read(name).decode()
            if name == "people.csv":
                first, *rest = text.splitlines()
                text = "\n".join([first + ",email", *(line + ",a@b.example" for line in rest)])
            new.writestr(name, text)
    answer = upload(as_(world, "coordinator"), out.getvalue())
    assert answer.status_code == 422
    assert "email" in answer.content.decode()


def test_a_workbook_is_a_city_too_and_the_same_city_twice_is_one(world: World, tmp_path: Any) -> None:
    planner.write_bundle(tmp_path / "city.xlsx", small_fenbridge())
    content = (tmp_path / "city.xlsx").read_bytes()
    coordinator = as_(world, "coordinator")
    first = upload(coordinator, content, "city.xlsx")
    assert first["Location"] == upload(coordinator, content, "city.xlsx")["Location"]
    page = coordinator.get(first["Location"]).content.decode()
    assert "300 people of 25 institutions" in page or "people of 25 institutions" in page
    assert City.objects.count() == 1


def test_who_coordinates_one_institution_plans_for_that_one_only(world: World) -> None:
    administrator, priya = world.actor("administrator"), world.people["administrator"]
    directory.grant_role(
        actor=administrator,
        now=timezone.now(),
        today=timezone.localdate(),
        role=Role.COORDINATOR,
        person_id=priya.pk,
        organisation=world.charity,
    )
    client = as_(world, "administrator")
    assert upload(client, bundle_zip()).status_code == 422, "the whole city is not among the choices"
    refused = upload(client, bundle_zip(), organisation=str(world.charity.pk))
    assert "the one organisation in the file must be advice-centre" in refused.content.decode()
    other = services.take_city(
        actor=world.actor("coordinator"),
        now=timezone.now(),
        title="All",
        organisation=None,
        content=bundle_zip(),
        name="c.zip",
    )
    assert client.get(f"/programme/planning/cities/{other.pk}/").status_code == 404


# -- planning as long work


def city_of(world: World) -> City:
    return services.take_city(
        actor=world.actor("coordinator"),
        now=timezone.now(),
        title="Spring",
        organisation=None,
        content=bundle_zip(),
        name="c.zip",
    )


def start(world: World, city: City, seconds: int = 2) -> Planning:
    return services.start_planning(
        actor=world.actor("coordinator"), now=timezone.now(), city=city, seconds=seconds, seed=3
    )


def test_a_city_is_planned_checked_and_stored_as_one_draft(world: World) -> None:
    planning = start(world, city_of(world))
    services.carry_out(work_id=planning.work_id, clock=timezone.now)
    planning.refresh_from_db()
    plan = planning.plan
    assert plan is not None
    assert planning.work.state == WorkState.DONE
    assert (plan.published_at, plan.seed, plan.input_hash) == (None, 3, planning.city.input_hash)
    assert plan.bound >= plan.value > 0
    assert planning.history
    assert [row[1] for row in planning.history] == sorted(row[1] for row in planning.history), (
        "it only ever gets better"
    )
    places = PlannedPlace.objects.filter(run__plan=plan).count()
    assert places == plan.figures.get(way="together").places
    services.carry_out(work_id=planning.work_id, clock=timezone.now)
    assert Plan.objects.count() == 1, "carried out again, it is still one"
    coordinator = as_(world, "coordinator")
    assert "Draft" in coordinator.get(f"/programme/{plan.pk}/").content.decode()
    assert CheckedClient().get(f"/programme/{plan.pk}/").status_code == 404
    with zipfile.ZipFile(io.BytesIO(coordinator.get(f"/programme/{plan.pk}/plan.zip").content)) as archive:
        assert "plan/places.csv" in archive.namelist()
        assert json.loads(archive.read("plan/plan.json"))["input"] == plan.input_hash
    assert Organisation.objects.count() < 10, "a draft brings nobody into the directory"


def test_stopped_by_hand_the_best_so_far_is_the_plan(world: World) -> None:
    planning = start(world, city_of(world), seconds=600)
    began = time.monotonic()

    def clock() -> Any:
        if time.monotonic() - began > 2:
            services.stop_planning(actor=world.actor("coordinator"), now=timezone.now(), planning=planning)
        return timezone.now()

    services.carry_out(work_id=planning.work_id, clock=clock)
    planning.refresh_from_db()
    assert planning.work.state == WorkState.STOPPED
    assert planning.plan is not None
    assert planning.plan.status == "stopped"


def solvers() -> list[int]:
    """Processes of the child planner, by their number."""
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "moothall.planner.child" in line]


def wait_for(what: Callable[[], Any], seconds: float = 20) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.mark.usefixtures("committed")
def test_a_killed_solver_is_followed_by_another_that_goes_on_from_the_best() -> None:
    world = people_only()
    planning = start(world, city_of(world), seconds=6)
    errors: list[BaseException] = []

    def carry_out() -> None:
        try:
            services.carry_out(work_id=planning.work_id, clock=timezone.now)
        except BaseException as error:  # noqa: BLE001  whatever it is must not be lost in a thread
            errors.append(error)
        finally:
            connection.close()

    first = threading.Thread(target=carry_out)
    first.start()
    kept = wait_for(lambda: Planning.objects.filter(pk=planning.pk, best__isnull=False).first())
    for pid in solvers():
        os.kill(pid, signal.SIGKILL)
    first.join()
    assert errors == []
    after = Work.objects.get(pk=planning.work_id)
    assert (after.state, after.failures) == (WorkState.WAITING, 1)
    carry_out()
    planning.refresh_from_db()
    assert errors == []
    assert planning.plan is not None
    assert planning.plan.value >= kept.value
    assert planning.spent >= kept.spent
    assert solvers() == []


def test_a_worker_that_was_replaced_stores_nothing(world: World) -> None:
    planning = start(world, city_of(world))
    old = work.lease(planning.work_id, timezone.now())
    assert old is not None
    Work.objects.filter(pk=planning.work_id).update(lease=old.number + 1)
    attempt = services.planning._Attempt(old, timezone.now)
    with pytest.raises(work.LeaseLost):
        attempt.run()
    assert Plan.objects.count() == 0
    assert solvers() == []


def test_started_by_two_people_at_once_it_is_one_planning(world: World) -> None:
    city = city_of(world)
    assert start(world, city).pk == start(world, city).pk
    client = as_(world, "coordinator")
    answer = client.post(f"/programme/planning/cities/{city.pk}/", {"seconds": "20", "seed": ""})
    assert Planning.objects.count() == 1
    page = client.get(answer["Location"]).content.decode()
    assert "waits for its turn" in page
    assert "Refresh" in page
    assert 'hx-trigger="every 2s"' in page
    assert client.post(answer["Location"] + "stop/").status_code == 302
    assert Work.objects.get().stop_asked_at is not None


def test_a_planning_that_was_given_up_says_why(world: World) -> None:
    planning = start(world, city_of(world))
    Work.objects.update(
        state=WorkState.FAILED, finished_at=timezone.now(), error="The planner ended with code -9: it said nothing"
    )
    page = as_(world, "coordinator").get(f"/programme/planning/{planning.pk}/").content.decode()
    assert "given up after several tries" in page
    assert "code -9" in page


# -- drafts


def draft(world: World) -> Plan:
    return services.store_plan(actor=world.actor("coordinator"), now=timezone.now(), new=new_plan(places_public=False))


def test_a_draft_is_shared_with_partners_without_anybody_s_places(world: World) -> None:
    plan = draft(world)
    helen, tomasz = as_(world, "provider"), as_(world, "coordinator")
    assert helen.get(f"/programme/{plan.pk}/").status_code == 404
    tomasz.post(f"/programme/{plan.pk}/share/", {"shared": "yes"})
    assert helen.get(f"/programme/{plan.pk}/").status_code == 200
    assert plan.title in helen.get("/programme/shared/").content.decode()
    assert helen.get(f"/programme/{plan.pk}/places/").status_code == 403
    with zipfile.ZipFile(io.BytesIO(helen.get(f"/programme/{plan.pk}/plan.zip").content)) as archive:
        assert not [name for name in archive.namelist() if "places" in name or "bundle" in name]
    assert as_(world, "resident").get(f"/programme/{plan.pk}/").status_code == 404
    tomasz.post(f"/programme/{plan.pk}/share/", {"shared": ""})
    assert helen.get(f"/programme/{plan.pk}/").status_code == 404


def test_published_it_is_everybody_s_and_its_institutions_join_the_directory(world: World) -> None:
    plan = draft(world)
    tomasz = as_(world, "coordinator")
    assert "Publish this plan?" in tomasz.get(f"/programme/{plan.pk}/publish/").content.decode()
    assert tomasz.post(f"/programme/{plan.pk}/publish/").status_code == 302
    assert CheckedClient().get(f"/programme/{plan.pk}/").status_code == 200
    assert CheckedClient().get("/organisations/repair-cafe/").status_code == 200
    tomasz.post(f"/programme/{plan.pk}/publish/")
    assert Plan.objects.filter(published_at__isnull=False).count() == 1


def test_nobody_squats_the_address_of_an_institution_that_a_plan_brings(world: World) -> None:
    directory.set_up_institution(
        actor=world.actor("resident"),
        now=timezone.now(),
        today=timezone.localdate(),
        name="University",
        kind=OrganisationKind.UNIVERSITY,
    )
    plan = draft(world)
    as_(world, "coordinator").post(f"/programme/{plan.pk}/publish/")
    page = CheckedClient().get("/organisations/university/").content.decode()
    assert "University of Fenbridge" in page


def test_a_plan_leaves_alone_what_an_administrator_has_named(world: World) -> None:
    directory.change_institution(
        actor=world.actor("administrator"), now=timezone.now(), organisation=world.charity, name="Advice for All", kind=OrganisationKind.CHARITY,
        about="", website="", division=Division.ENGLAND_AND_WALES,
    )  # fmt: skip
    services.publish(actor=world.actor("coordinator"), now=timezone.now(), plan=draft(world))
    assert world.charity.name == "Advice for All"


def test_the_start_page_is_the_whole_city_s_plan_and_not_one_institution_s(world: World) -> None:
    whole = draft(world)
    services.publish(actor=ALL, now=timezone.now(), plan=whole)
    own = services.store_plan(actor=ALL, now=timezone.now(), new=new_plan(places_public=False, most_runs=3))
    Plan.objects.filter(pk=own.pk).update(organisation=world.charity, title="Just us", published_at=timezone.now())
    assert CheckedClient().get("/programme/")["Location"] == f"/programme/{whole.pk}/"


def test_whatever_fails_in_planning_is_a_failure_and_is_given_up_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning = start(world, city_of(world))

    def fails(*_: object) -> None:
        raise OverflowError("ruth@home.example")

    monkeypatch.setattr(planner, "read_bundle", fails)
    for _ in range(work.MOST_FAILURES):
        services.carry_out(work_id=planning.work_id, clock=timezone.now)
        Work.objects.filter(state=WorkState.RUNNING).update(state=WorkState.WAITING)
    found = Work.objects.get(pk=planning.work_id)
    assert (found.state, found.error) == (WorkState.FAILED, "Planning failed on our side (OverflowError).")


def test_a_city_whose_names_cannot_be_stored_is_refused_at_once(world: World) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle_zip())) as archive, zipfile.ZipFile(out, "w") as new:
        for name in archive.namelist():
            text = archive.read(name).decode()
            new.writestr(name, text.replace("repair-cafe", "r" * 100))
    answer = upload(as_(world, "coordinator"), out.getvalue())
    assert answer.status_code == 422
    assert "cannot be part of a web address" in answer.content.decode()


def test_names_are_seen_only_under_an_agreement_and_only_by_coordinators(world: World) -> None:
    plan = draft(world)
    place = PlannedPlace.objects.filter(run__plan=plan, organisation="city-council").order_by("pseudonym").first()
    assert place is not None
    council = Organisation.objects.get(slug="city-council")
    nell = directory.add_person(
        actor=ALL,
        now=timezone.now(),
        today=timezone.localdate(),
        organisation=council,
        new=NewPerson("Nell Quirke"),
    )
    Person.objects.filter(pk=nell.pk).update(pseudonym=place.pseudonym)
    tomasz, address = as_(world, "coordinator"), f"/programme/{plan.pk}/places/?search={place.pseudonym}"
    page = tomasz.get(address).content.decode()
    assert place.pseudonym in page
    assert "Nell Quirke" not in page
    agreement = directory.record_agreement(
        actor=ALL,
        now=timezone.now(),
        organisation=council,
        reference="Minute 14",
        purpose="Planning",
        from_on=timezone.localdate(),
        to_on=None,
    )
    assert "Nell Quirke" in tomasz.get(address).content.decode()
    assert b"Nell Quirke" in tomasz.get(f"/programme/{plan.pk}/places.csv").content
    directory.end_agreement(actor=ALL, now=timezone.now(), today=timezone.localdate(), agreement=agreement)
    assert "Nell Quirke" not in tomasz.get(address).content.decode()
    directory.record_agreement(
        actor=ALL,
        now=timezone.now(),
        organisation=council,
        reference="Minute 15",
        purpose="Planning",
        from_on=timezone.localdate() + dt.timedelta(days=30),
        to_on=None,
    )
    assert "Nell Quirke" not in tomasz.get(address).content.decode(), "one is over and the next has not begun"


def test_two_plans_stand_side_by_side(world: World) -> None:
    first, second = (
        draft(world),
        services.store_plan(actor=ALL, now=timezone.now(), new=new_plan(places_public=False, most_runs=3)),
    )
    tomasz = as_(world, "coordinator")
    page = tomasz.get(f"/programme/compare/?first={first.pk}&second={second.pk}").content.decode()
    for words in (
        "What each comes to",
        "Each institution",
        "Runs: places in each",
        "Fenbridge City Council",
        "withheld",
    ):
        assert words in page
    nonsense = tomasz.get("/programme/compare/?first=x&second=y").content.decode()
    assert "What each comes to" not in nonsense
    assert as_(world, "resident").get("/programme/compare/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_planning_page_costs_the_same_number_of_queries(
    world: World, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        draft(world)
    tomasz = as_(world, "coordinator")
    tomasz.get("/programme/planning/")
    with django_assert_num_queries(6):
        tomasz.get("/programme/planning/")
