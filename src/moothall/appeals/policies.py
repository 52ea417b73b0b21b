"""Who may see an appeal, speak in it, decide on it, and say what a board contact may decide alone."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import NO_ROW, Actor
from moothall.directory.types import Permission
from moothall.promises.models import Promise
from moothall.promises.policies import can_answer_for

from .models import Appeal
from .types import Ruling, Side

ANSWERING = (Permission.ANSWER_AS_SPONSOR, Permission.MANAGE_PEOPLE)
"""Those who comply or explain for a body: its senior sponsors, and its administrators, who hold what no post is named for."""


def is_appellant(actor: Actor, appeal: Appeal) -> bool:
    return actor.id is not None and actor.id == appeal.appellant_id


def took_part(actor: Actor, appeal: Appeal) -> bool:
    return actor.id is not None and actor.id in appeal.took_part


def can_see_appeal(actor: Actor, appeal: Appeal) -> bool:
    """Both sides, the board contacts of the body that refused and of the one that hears it, and the city's steward; once the
    body must comply or explain, who answers for it."""
    return (
        is_appellant(actor, appeal)
        or took_part(actor, appeal)
        or any(actor.may(Permission.ANSWER_AS_BOARD, organisation=each) for each in (appeal.organisation_id, appeal.heard_at_id))
        or (appeal.ruling == Ruling.ASKED and any(actor.may(each, organisation=appeal.organisation_id) for each in ANSWERING))
        or actor.may(Permission.ANSWER_AS_STEWARD)
    )  # fmt: skip


def visible_appeals(actor: Actor) -> Q:
    """The twin of `can_see_appeal`."""
    mine = Q(appellant_id=actor.id) | Q(took_part__contains=[actor.id]) if actor.id is not None else NO_ROW
    hearing = actor.where(Permission.ANSWER_AS_BOARD, organisation="heard_at_id")
    own = actor.where(Permission.ANSWER_AS_BOARD)
    for each in ANSWERING:
        own |= Q(ruling=Ruling.ASKED) & actor.where(each)
    return mine | hearing | own | actor.where(Permission.ANSWER_AS_STEWARD)


def can_decide(actor: Actor, appeal: Appeal, promise: Promise | None) -> bool:
    """Whoever the decision rests with today; never the one who appealed, and nobody who took part in the refusal."""
    if (
        promise is None
        or actor.id is None
        or is_appellant(actor, appeal)
        or took_part(actor, appeal)
        or actor.id in appeal.recused
    ):
        return False
    return can_answer_for(actor, promise) or (actor.may(Permission.ANSWER_AS_STEWARD) and promise.missed_at is not None)


def can_answer_decision(actor: Actor, appeal: Appeal, promise: Promise | None) -> bool:
    """For the body that must comply or explain: whoever that rests with; never the one who appealed, nor the one who decided."""
    if promise is None or is_appellant(actor, appeal) or actor.id == appeal.decided_by_id:
        return False
    return can_answer_for(actor, promise)


def side_of(actor: Actor, appeal: Appeal) -> Side | None:
    """On which side somebody speaks; None for who only reads."""
    if is_appellant(actor, appeal):
        return Side.APPELLANT
    if took_part(actor, appeal):
        return Side.BODY
    return None


def can_set_remit(actor: Actor, organisation: int) -> bool:
    return actor.may(Permission.MANAGE_INSTITUTION, organisation=organisation)
