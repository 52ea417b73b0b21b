from django.urls import path

from .views import planning, reading

app_name = "programme"

urlpatterns = [
    path("", reading.programme, name="programme"),
    path("how-it-is-worked-out/", reading.how_it_is_worked_out, name="how-it-is-worked-out"),
    path("planning/", planning.planning, name="planning"),
    path("planning/upload/", planning.upload, name="upload"),
    path("planning/template.xlsx", planning.template, name="template"),
    path("planning/cities/<uuid:city_id>/", planning.city, name="city"),
    path("planning/cities/<uuid:city_id>/download/", planning.city_file, name="city-file"),
    path("planning/<uuid:planning_id>/", planning.planning_work, name="planning-work"),
    path("planning/<uuid:planning_id>/stop/", planning.stop, name="stop-planning"),
    path("shared/", planning.shared, name="shared"),
    path("compare/", planning.compare, name="compare"),
    path("<uuid:plan_id>/", reading.plan, name="plan"),
    path("<uuid:plan_id>/share/", planning.share, name="share"),
    path("<uuid:plan_id>/publish/", planning.publish, name="publish"),
    path("<uuid:plan_id>/places/", planning.places, name="places"),
    path("<uuid:plan_id>/places.csv", planning.places_csv, name="places-csv"),
    path("<uuid:plan_id>/runs/", reading.runs, name="runs"),
    path("<uuid:plan_id>/runs.ics", reading.plan_calendar, name="plan-calendar"),
    path("<uuid:plan_id>/plan.zip", reading.plan_download, name="plan-download"),
    path("<uuid:plan_id>/runs/<int:number>/", reading.run, name="run"),
    path("<uuid:plan_id>/runs/<int:number>/run.ics", reading.run_calendar, name="run-calendar"),
]
