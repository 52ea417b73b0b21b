"""The url tree."""

from django.urls import include, path

from . import health, running, views

urlpatterns = [
    path("", views.home, name="home"),
    path("account/", include("moothall.accounts.urls")),
    path("", include("moothall.directory.urls")),
    path("", include("moothall.promises.urls")),
    path("", include("moothall.appeals.urls")),
    path("", include("moothall.places.urls")),
    path("", include("moothall.events.urls")),
    path("", include("moothall.voice.urls")),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<slug:slug>/", views.organisation, name="organisation"),
    path("letters/stop/<slug:token>/", views.stop_letters, name="stop-letters"),
    path("work/", views.work, name="work"),
    path("privacy/", views.privacy, name="privacy"),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
    path("running/", running.running, name="running"),
    path("running/mail/<uuid:mail_id>/", running.send_again, name="send-again"),
    path("running/roles/<int:grant_id>/end/", running.end_city_role, name="end-city-role"),
    path("programme/", include("moothall.programme.urls")),
]

handler400 = "moothall.web.errors.bad_request"
handler403 = "moothall.web.errors.permission_denied"
handler404 = "moothall.web.errors.not_found"
handler500 = "moothall.web.errors.server_error"
