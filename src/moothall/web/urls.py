"""The url tree."""

from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<slug:slug>/", views.organisation, name="organisation"),
    path("programme/", include("moothall.programme.urls")),
]

handler400 = "moothall.web.errors.bad_request"
handler403 = "moothall.web.errors.permission_denied"
handler404 = "moothall.web.errors.not_found"
handler500 = "moothall.web.errors.server_error"
