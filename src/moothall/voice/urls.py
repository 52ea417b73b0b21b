from django.urls import path

from . import views

urlpatterns = [
    path("send/", views.new_case, name="new-case"),
    path("desk/", views.desk, name="desk"),
    path("desk/receipts/<slug:reference>/", views.receipt, name="receipt"),
    path("receipt/", views.with_receipt, name="with-receipt"),
    path("cases/mine/<slug:token>/", views.my_case, name="my-case"),
    path("cases/mine/<slug:token>/place/", views.place, name="place-case"),
    path("cases/act/<slug:token>/", views.act_on_case, name="act-on-case"),
    path("cases/act/<slug:token>/decide/", views.act_decide, name="act-decide"),
    path("cases/act/<slug:token>/hand-over/", views.act_hand_over, name="act-hand-over"),
    path("cases/<slug:reference>/", views.case, name="case"),
    path("cases/<slug:reference>/decide/", views.decide, name="decide-case"),
    path("cases/<slug:reference>/hand-over/", views.hand_over, name="hand-over-case"),
    path("held-mail/", views.held, name="held-mail"),
    path("held-mail/<uuid:mail_id>/", views.held_mail, name="held-mail-one"),
]
