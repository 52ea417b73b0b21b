"""Who may see a case, and who may answer it."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import NO_ROW, Actor
from moothall.directory.policies import can_keep_record
from moothall.directory.types import Permission
from moothall.promises.policies import held_posts, holds_post, stands_above

from .models import Case


def desks_of(actor: Actor) -> set[int]:
    """The organisations at whose desk they write down what others say."""
    return {each.organisation for each in actor.held if each.permission == Permission.RECORD_FOR_OTHERS and each.organisation}  # fmt: skip


def can_show_receipt(actor: Actor, case: Case) -> bool:
    """Whoever wrote it down, and whoever sits at that desk: its author may come again without the receipt."""
    return (actor.id is not None and actor.id == case.recorded_by_id) or case.recorded_at_id in desks_of(actor)


def recorded_cases(actor: Actor) -> Q:
    """The twin of `can_show_receipt`."""
    mine = Q(recorded_by_id=actor.id) if actor.id is not None else NO_ROW
    return mine | Q(recorded_at_id__in=desks_of(actor))


def can_see_case(actor: Actor, case: Case) -> bool:
    """Its author, the desk where it was written down, whoever holds the post it is with, and those above."""
    return (
        (actor.id is not None and actor.id == case.author_id)
        or can_show_receipt(actor, case)
        or holds_post(actor, case.organisation_id, case.post_id)
        or actor.may(Permission.SEE_PROMISES, organisation=case.organisation_id, team=case.team_id)
    )


def visible_cases(actor: Actor) -> Q:
    mine = Q(author_id=actor.id) if actor.id is not None else NO_ROW
    return mine | recorded_cases(actor) | held_posts(actor) | actor.where(Permission.SEE_PROMISES, team="team_id")


def can_answer_case(actor: Actor, case: Case) -> bool:
    """Whoever holds the post it is with, and everybody it could climb to."""
    return holds_post(actor, case.organisation_id, case.post_id) or stands_above(
        actor, case.organisation_id, case.team_id
    )


def can_correct(actor: Actor, case: Case) -> bool:
    """Whoever keeps the record that a correction is about."""
    return can_keep_record(actor, case.organisation)


def is_author(actor: Actor, case: Case) -> bool:
    return actor.id is not None and actor.id == case.author_id


def can_record_for_others(actor: Actor) -> bool:
    return actor.may_somewhere(Permission.RECORD_FOR_OTHERS)


def can_look_at_held_mail(actor: Actor) -> bool:
    """Mail that nobody could place: the city's steward."""
    return actor.may(Permission.RECORD_FOR_OTHERS)
