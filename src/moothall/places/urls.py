from django.urls import path

from . import views

urlpatterns = [
    path("places/", views.places, name="places"),
    path("places/calendar/", views.calendar_address, name="calendar-address"),
    path("places/<slug:token>/", views.place, name="place"),
    path("places/<slug:token>/appeal/", views.appeal, name="appeal-place"),
    path("places/<slug:token>/calendar.ics", views.place_calendar, name="place-calendar"),
    path("calendars/<slug:key>/going.ics", views.my_calendar, name="my-calendar"),
    path("notices/<int:place_id>/", views.notice, name="notice"),
    path("notices/act/<slug:token>/", views.act_on_notice, name="act-on-notice"),
    path("organisations/<slug:slug>/cover/", views.cover, name="cover"),
    path("organisations/<slug:slug>/cover/notice/", views.notice_period, name="notice-period"),
    path("organisations/<slug:slug>/cover/<int:rule_id>/end/", views.end_cover, name="end-cover"),
    path("occasions/<int:occasion_id>/list/", views.door_list, name="door-list"),
    path("occasions/<int:occasion_id>/list/add/", views.add_at_the_door, name="add-at-the-door"),
    path("occasions/<int:occasion_id>/list/invite/", views.invite, name="invite-to-occasion"),
    path("occasions/<int:occasion_id>/list/close/", views.close_list, name="close-list"),
]
