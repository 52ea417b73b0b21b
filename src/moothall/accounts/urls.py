"""Sign-in. The names beginning with `account_` are those by which allauth finds its pages."""

from django.urls import path

from . import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("new/", views.sign_up, name="account_signup"),
    path("closed/", views.inactive, name="account_inactive"),
    path("code/", views.request_code, name="account_request_login_code"),
    path("code/confirm/", views.confirm_code, name="account_confirm_login_code"),
    path("address/confirm/", views.confirm_address, name="account_email_verification_sent"),
    path("address/", views.change_address, name="account_email"),
    path("password/", views.change_password, name="account_change_password"),
    path("password/choose/", views.choose_password, name="account_set_password"),
    path("password/forgotten/", views.reset_password, name="account_reset_password"),
    path("password/forgotten/confirm/", views.reset_password_code, name="account_confirm_password_reset_code"),
    path("password/forgotten/choose/", views.reset_password_complete, name="account_complete_password_reset"),
    path("password/forgotten/done/", views.reset_password_done, name="account_password_reset_completed"),
    path("still-you/", views.is_it_still_you, name="account_reauthenticate"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/<int:number>/end/", views.end_session, name="end-session"),
    path("sessions/end-others/", views.end_other_sessions, name="end-other-sessions"),
]
