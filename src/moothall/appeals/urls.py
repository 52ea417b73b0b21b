from django.urls import path

from . import views

urlpatterns = [
    path("appeals/", views.decisions, name="appeals"),
    path("appeals/act/<slug:token>/", views.act_on_appeal, name="act-on-appeal"),
    path("appeals/act/<slug:token>/decide/", views.act_decide, name="act-decide-appeal"),
    path("appeals/act/<slug:token>/pass-on/", views.act_pass_on, name="act-pass-on-appeal"),
    path("appeals/act/<slug:token>/answer/", views.act_answer, name="act-answer-decision"),
    path("appeals/<slug:reference>/", views.appeal, name="appeal"),
    path("appeals/<slug:reference>/decide/", views.decide, name="decide-appeal"),
    path("appeals/<slug:reference>/pass-on/", views.pass_on, name="pass-on-appeal"),
    path("appeals/<slug:reference>/answer/", views.answer, name="answer-decision"),
    path("organisations/<slug:slug>/appeals/", views.of_organisation, name="organisation-appeals"),
    path("organisations/<slug:slug>/appeals/remit/", views.remit, name="remit"),
]
