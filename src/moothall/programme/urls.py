from django.urls import path

from . import views

app_name = "programme"

urlpatterns = [
    path("", views.programme, name="programme"),
    path("how-it-is-worked-out/", views.how_it_is_worked_out, name="how-it-is-worked-out"),
    path("<uuid:plan_id>/", views.plan, name="plan"),
    path("<uuid:plan_id>/runs/", views.runs, name="runs"),
    path("<uuid:plan_id>/runs.ics", views.plan_calendar, name="plan-calendar"),
    path("<uuid:plan_id>/plan.zip", views.plan_download, name="plan-download"),
    path("<uuid:plan_id>/runs/<int:number>/", views.run, name="run"),
    path("<uuid:plan_id>/runs/<int:number>/run.ics", views.run_calendar, name="run-calendar"),
]
