from django.urls import path

from .views import account, institutions, people

urlpatterns = [
    path("me/", account.me, name="me"),
    path("me/welcome/", account.welcome, name="welcome"),
    path("me/name/", account.my_name, name="my-name"),
    path("me/data.json", account.my_data, name="my-data"),
    path("me/erasure/", account.erasure, name="erasure"),
    path("me/codes/<int:invitation_id>/", account.bring_code, name="bring-code"),
    path("erased/", account.erased, name="erased"),
    path("join/", account.join, name="join"),
    path("join/done/", account.joined, name="joined"),
    path("organisations/new/", institutions.set_up_institution, name="set-up-institution"),
    path("erasures/<int:request_id>/", institutions.steward_erasure, name="steward-erasure"),
    path("organisations/to-confirm/", institutions.to_confirm, name="institutions-to-confirm"),
    path("organisations/<slug:slug>/confirm/", institutions.confirm, name="confirm-institution"),
    path("organisations/<slug:slug>/refuse/", institutions.refuse, name="refuse-institution"),
    path("organisations/<slug:slug>/administrator/", institutions.administrator, name="name-administrator"),
    path("organisations/<slug:slug>/record/", institutions.record, name="institution-record"),
    path("organisations/<slug:slug>/details/", institutions.details, name="institution-details"),
    path("organisations/<slug:slug>/teams/", institutions.teams, name="teams"),
    path("organisations/<slug:slug>/teams/<int:team_id>/", institutions.team, name="team"),
    path("organisations/<slug:slug>/roles/", institutions.roles, name="roles"),
    path("organisations/<slug:slug>/roles/<int:grant_id>/end/", institutions.end_role, name="end-role"),
    path("organisations/<slug:slug>/agreements/", institutions.agreements, name="agreements"),
    path(
        "organisations/<slug:slug>/agreements/<int:agreement_id>/end/", institutions.end_agreement, name="end-agreement"
    ),
    path("organisations/<slug:slug>/erasures/<int:request_id>/", institutions.decide_erasure, name="decide-erasure"),
    path("organisations/<slug:slug>/people/", people.people, name="people"),
    path("organisations/<slug:slug>/people/new/", people.new_person, name="new-person"),
    path("organisations/<slug:slug>/people/pseudonyms.csv", people.pseudonyms, name="pseudonyms"),
    path("organisations/<slug:slug>/people/import/", people.import_people, name="import-people"),
    path("organisations/<slug:slug>/people/import/<uuid:import_id>/", people.import_columns, name="import-columns"),
    path("organisations/<slug:slug>/people/import/<uuid:import_id>/rest.csv", people.import_rest, name="import-rest"),
    path("organisations/<slug:slug>/people/<int:person_id>/", people.person, name="person"),
    path("organisations/<slug:slug>/people/<int:person_id>/move/", people.move, name="move-person"),
    path("organisations/<slug:slug>/people/<int:person_id>/left/", people.left, name="person-left"),
    path("organisations/<slug:slug>/people/<int:person_id>/away/", people.away, name="person-away"),
    path("organisations/<slug:slug>/people/<int:person_id>/away/<int:leave_id>/end/", people.end_away, name="end-away"),
    path("organisations/<slug:slug>/people/<int:person_id>/invite/", people.invite, name="invite-person"),
]
