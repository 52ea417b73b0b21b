from django.urls import path

from . import views

urlpatterns = [
    path("me/week/", views.my_week, name="my-week"),
    path("me/week/mail/", views.my_week_mail, name="my-week-mail"),
    path("week-mail/<slug:token>/", views.week_mail, name="week-mail"),
    path("promises/", views.kept, name="kept"),
    path("promises/stuck/", views.stuck, name="stuck"),
    path("promises/bank-holidays/", views.holidays, name="bank-holidays"),
    path("promises/<int:promise_id>/", views.promise, name="promise"),
    path("promises/<int:promise_id>/extend/", views.extend, name="extend-promise"),
    path("promises/<int:promise_id>/release/", views.release, name="release-promise"),
    path("organisations/<slug:slug>/promises/", views.organisation_promises, name="organisation-promises"),
    path("organisations/<slug:slug>/promises/terms/", views.terms, name="terms"),
]
