from django.urls import path

from . import views

urlpatterns = [
    path("events/", views.events, name="events"),
    path("events/calendar.ics", views.calendar, name="events-calendar"),
    path("events/atom.xml", views.atom, name="events-atom"),
    path("events/events.json", views.machine, name="events-json"),
    path("events/new/", views.new_event, name="new-event"),
    path("events/calendars/<int:source_id>/", views.source, name="event-source"),
    path("organisations/<slug:slug>/calendars/", views.sources, name="event-sources"),
    path("conduct/warn/<int:place_id>/", views.warn, name="warn"),
    path("conduct/mine/<slug:token>/", views.my_conduct, name="my-conduct"),
    path("conduct/mine/<slug:token>/appeal/", views.appeal_conduct, name="appeal-conduct"),
    path("organisations/<slug:slug>/conduct/", views.conducts, name="organisation-conduct"),
    path("conduct/<slug:reference>/", views.conduct, name="conduct"),
    path("events/tell-me/", views.tell_me, name="tell-me"),
    path("events/tell-me/<slug:token>/", views.interest, name="interest"),
    path("events/<slug:reference>/", views.event, name="event"),
    path("events/<slug:reference>/calendar.ics", views.event_calendar, name="event-calendar"),
    path("events/<slug:reference>/go/", views.go, name="go"),
    path("events/<slug:reference>/ask/", views.ask, name="ask-event"),
    path("events/<slug:reference>/questions/<int:question_id>/", views.question, name="event-question"),
    path("events/<slug:reference>/questions/<int:question_id>/hide/", views.hide_question, name="hide-question"),
    path("events/<slug:reference>/change/", views.change_event, name="change-event"),
    path("events/<slug:reference>/again/", views.again, name="event-again"),
    path("events/<slug:reference>/call-off/", views.call_off, name="call-off"),
    path("events/<slug:reference>/after/", views.after, name="event-after"),
    path("events/rate/<slug:token>/", views.rate, name="rate-event"),
]
