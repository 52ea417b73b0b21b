"""The demo's addresses: the city's own, and two more that no real city has: be anybody with one click, and read all mail."""

from django.urls import include, path

from . import views

urlpatterns = [
    path("demo/", views.personas, name="demo-personas"),
    path("demo/be/<slug:key>/", views.be, name="demo-be"),
    path("demo/mail/", views.mail, name="demo-mail"),
    path("", include("moothall.web.urls")),
]

handler400 = "moothall.web.errors.bad_request"
handler403 = "moothall.web.errors.permission_denied"
handler404 = "moothall.web.errors.not_found"
handler500 = "moothall.web.errors.server_error"
