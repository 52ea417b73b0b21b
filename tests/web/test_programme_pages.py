"""What anybody can see of a plan, and what nobody can."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
import zipfile
import zoneinfo
from dataclasses import replace
from pathlib import Path

import icalendar
import lxml.html
import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from moothall import planner
from moothall.programme.models import Plan, Run
from moothall.programme.types import Way
from tests.factories.plans import NOW, new_plan, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return published()


def text(response: object) -> str:
    page = lxml.html.fromstring(response.content.decode())  # type: ignore[attr-defined]
    return (
        " ".join(page.find(".//main").text_content().split())
        + " "
        + " ".join(page.xpath("string(//div[@class='m-hero'])").split())
    )


def test_before_there_is_a_plan_every_page_says_what_to_do(client: Client) -> None:
    assert "No term is planned yet" in text(client.get("/"))
    assert "No term is planned yet" in text(client.get("/programme/"))
    assert "No institution is here yet" in text(client.get("/organisations/"))


@time_machine.travel(NOW)
def test_home_opens_on_people_and_leads_to_three_things(client: Client, plan: Plan) -> None:
    page = client.get("/")
    together = plan.figures.get(way=Way.TOGETHER)
    assert f"{together.people_placed:,} people have a place in {together.runs:,} runs" in text(page)
    assert "25 institutions" in text(page)
    links = lxml.html.fromstring(page.content).xpath("//ul[@class='m-three']//a/@href")
    assert links == [f"/programme/{plan.id}/runs/", "/organisations/", f"/programme/{plan.id}/"]
    for link in links:
        assert client.get(link).status_code == 200
    assert "Starting next" in text(page)


def test_runs_that_are_over_are_not_called_next(client: Client, plan: Plan) -> None:
    with time_machine.travel(dt.datetime(2027, 8, 1, tzinfo=dt.UTC)):
        assert "Starting next" not in text(client.get("/"))


def test_the_plan_page_tells_what_is_met_and_at_what_cost_together_and_alone(client: Client, plan: Plan) -> None:
    page = client.get(f"/programme/{plan.id}/")
    seen = text(page)
    figures = {f.way: f for f in plan.figures.all()}
    for way, figure in figures.items():
        assert f"{figure.needs_met:,}" in seen, way
        assert f"£{(figure.cost + 50) // 100:,}" in seen, way
    assert figures["together"].needs_met > figures["alone"].needs_met > 0
    assert "at most" in seen
    chart = lxml.html.fromstring(page.content).find(".//svg[@role='img']")
    assert chart.find("title").text == "Needs met, three ways"
    assert f"Each institution alone: {figures['alone'].needs_met:,}." in chart.findtext("desc")


def test_shares_on_the_page_add_up_to_the_cost(client: Client, plan: Plan) -> None:
    page = lxml.html.fromstring(client.get(f"/programme/{plan.id}/").content)
    table = page.xpath("//table[caption='Shares by institution']")[0]
    pence = [int(re.sub(r"[£,.]", "", row.findall("td")[-2].text)) for row in table.findall("tbody/tr")]
    assert len(pence) == 25
    assert (
        sum(pence)
        == int(re.sub(r"[£,.]", "", table.findall("tfoot/tr/td")[-2].text))
        == plan.figures.get(way="together").cost
    )


def test_numbers_about_people_are_withheld_where_few_work_and_cannot_be_got_by_subtraction(
    client: Client, plan: Plan
) -> None:
    page = lxml.html.fromstring(client.get(f"/programme/{plan.id}/").content)
    rows = page.xpath("//table[caption='Shares by institution']/tbody/tr")
    withheld = {row.find("th").text_content().strip() for row in rows if "withheld" in row.text_content()}
    few = {share.organisation.name for share in plan.shares.select_related("organisation") if share.people < 5}
    assert few
    assert few <= withheld
    assert len(withheld) >= 2
    assert sum(s.people for s in plan.shares.select_related("organisation") if s.organisation.name in withheld) >= 5
    for share in plan.shares.select_related("organisation"):
        seen = text(client.get(f"/organisations/{share.organisation.slug}/"))
        assert ("Only the cost is shown" in seen) == (share.organisation.name in withheld)
        assert ("So few people work here" in seen) == (share.people < 5)
        assert (f"of {share.needs:,} needs" in seen) == (share.organisation.name not in withheld)


def test_one_small_institution_is_hidden_with_the_next_smallest() -> None:
    from moothall.programme.selectors import Withheld, _withheld

    small, beside = Withheld.SMALL, Withheld.BESIDE_SMALL
    assert _withheld({1: 1400, 2: 4, 3: 9, 4: 60}) == {2: small, 3: beside}
    assert _withheld({1: 1400, 2: 3, 3: 4, 4: 60}) == {2: small, 3: small}
    assert _withheld({1: 1400, 2: 1, 3: 1, 4: 60}) == {2: small, 3: small, 4: beside}
    assert _withheld({1: 0, 2: 50, 3: 60}) == {}
    assert _withheld({1: 5, 2: 6}) == {}


def test_a_plan_for_three_people_shows_no_totals_from_which_they_could_be_read(client: Client, plan: Plan) -> None:
    together = plan.figures.get(way=Way.TOGETHER)
    Plan.objects.filter(pk=plan.pk).update(people=3)
    for address in ("/", f"/programme/{plan.id}/"):
        seen = text(client.get(address))
        assert f"{together.people_placed:,} people" not in seen
        assert f"{together.needs_met:,}" not in seen
    assert "Only the cost is shown" in seen


def test_the_list_of_runs_is_in_order_and_narrows(client: Client, plan: Plan) -> None:
    everything = client.get(f"/programme/{plan.id}/runs/")
    count = plan.runs.count()
    assert f"{count} runs" in text(everything)
    online = plan.runs.filter(venue="").count()
    assert 0 < online < count
    narrowed = client.get(f"/programme/{plan.id}/runs/", {"place": "online"})
    assert f"{online} run" in text(narrowed)
    assert "Show all" in text(narrowed)
    run = plan.runs.exclude(venue="").first()
    assert run is not None
    page = client.get(
        f"/programme/{plan.id}/runs/", {"place": run.area, "course": run.course_reference, "week": run.week}
    )
    assert run.course in text(page)
    assert run.venue in text(page)


@pytest.mark.parametrize(
    "query",
    ["week=99", "week=x", "course=nothing", "place=Atlantis", "page=999", "page=x", "week=%00", "course=%27%3B--"],
)
def test_a_list_asked_for_with_nonsense_is_still_a_page(query: str, client: Client, plan: Plan) -> None:
    assert client.get(f"/programme/{plan.id}/runs/?{query}").status_code == 200


def test_every_page_of_the_list_can_be_reached_and_together_they_hold_every_run(
    client: Client, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moothall.programme.views.reading.RUNS_A_PAGE", 7)
    seen: set[str] = set()
    address: str | None = f"/programme/{plan.id}/runs/"
    while address:
        page = lxml.html.fromstring(client.get(address).content)
        seen |= set(page.xpath("//ul[@class='m-runs']//a/@href"))
        after = page.xpath("//a[@rel='next']/@href")
        address = f"/programme/{plan.id}/runs/{after[0]}" if after else None
    assert len(seen) == plan.runs.count()


def test_a_run_says_when_where_what_and_for_how_many(client: Client, plan: Plan) -> None:
    for run in (plan.runs.filter(venue="").first(), plan.runs.exclude(venue="").first()):
        assert run is not None
        seen = text(client.get(f"/programme/{plan.id}/runs/{run.number}/"))
        assert run.course in seen
        assert (run.venue or "Online") in seen
        assert f"{run.places} of {run.limit} taken" in seen
        for skill in run.closes.splitlines():
            assert skill in seen
        assert "9:30am to 12:30pm" in seen or "1:30pm to 4:30pm" in seen


def test_the_calendar_holds_every_meeting_at_its_clock_time_on_both_sides_of_the_clock_change(
    client: Client, plan: Plan
) -> None:
    answer = client.get(f"/programme/{plan.id}/runs.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert len(events) == sum(run.meetings.count() for run in plan.runs.all())
    assert len({str(event["UID"]) for event in events}) == len(events)
    city = zoneinfo.ZoneInfo("Europe/London")
    assert {event.start.astimezone(city).strftime("%H:%M") for event in events} <= {"09:30", "13:30"}
    assert {str(event.start.tzinfo) for event in events} == {"UTC"}, "which every calendar reads alike"
    one = client.get(f"/programme/{plan.id}/runs/0/run.ics")
    assert {str(e["UID"]) for e in icalendar.Calendar.from_ical(one.content).walk("VEVENT")} < {
        str(e["UID"]) for e in events
    }


def test_meetings_keep_their_clock_time_when_the_clocks_change() -> None:
    problem = new_plan().problem
    assert problem.starts_on is not None
    before = planner.meeting_times(problem, [0])[0][0]
    assert before.strftime("%a %H:%M %z") == "Mon 09:30 +0000"
    summer = replace(problem, starts_on=problem.starts_on + dt.timedelta(weeks=12))
    assert planner.meeting_times(summer, [0])[0][0].strftime("%a %H:%M %z") == "Mon 09:30 +0100"


def test_the_download_can_be_checked_by_anybody_where_its_people_are_fictional(
    client: Client, plan: Plan, tmp_path: Path
) -> None:
    answer = client.get(f"/programme/{plan.id}/plan.zip")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    problem = planner.read_bundle(tmp_path / "bundle")
    assert problem.input_hash == plan.input_hash
    made, about = planner.read_plan(tmp_path / "plan", problem)
    found = planner.check(problem, made)
    assert found.feasible
    assert planner.claims_that_differ(about, found, problem) == []
    assert found.value == plan.value


def test_who_has_which_place_is_in_no_public_file_where_people_are_real(client: Client) -> None:
    plan = published(places_public=False)
    with zipfile.ZipFile(io.BytesIO(client.get(f"/programme/{plan.id}/plan.zip").content)) as archive:
        assert sorted(archive.namelist()) == ["README.txt", "plan/plan.json", "plan/runs.csv", "shares.csv"]
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert not [person for person in new_plan().problem.people if person.encode() in everything]


@pytest.mark.parametrize("address", ["", "runs/", "runs/0/", "runs/0/run.ics", "runs.ics", "plan.zip"])
def test_what_is_not_there_is_not_found(address: str, client: Client, plan: Plan) -> None:
    assert client.get(f"/programme/{uuid.uuid4()}/{address}").status_code == 404
    assert client.get(f"/programme/{plan.id}/runs/99999/").status_code == 404
    assert client.get("/organisations/atlantis/").status_code == 404


@time_machine.travel(NOW)
@pytest.mark.parametrize("runs", [1, 3])
def test_lists_cost_the_same_number_of_queries_at_one_row_and_at_three(
    runs: int, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plan = published(most_runs=runs)
    assert Run.objects.filter(plan=plan).count() == runs
    for address, queries in {
        "/": 5,
        f"/programme/{plan.id}/": 3,
        f"/programme/{plan.id}/runs/": 5,
        f"/programme/{plan.id}/runs/0/": 3,
        f"/programme/{plan.id}/runs.ics": 3,
        "/organisations/": 1,
        "/organisations/city-council/": 15,
    }.items():
        with django_assert_num_queries(queries, info=address):
            client.get(address)


def test_the_newest_plan_is_the_one_shown(client: Client, plan: Plan) -> None:
    newer = published(now=NOW + dt.timedelta(days=1))
    assert client.get("/programme/").headers["Location"] == f"/programme/{newer.id}/"
    assert client.get(f"/programme/{plan.id}/").status_code == 200
