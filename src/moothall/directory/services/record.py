"""An organisation's public record: its services and who has a part in them, posts, contacts, relations, and what its board delegated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden

from ..models import (
    ContactPoint,
    Delegation,
    Identifier,
    Membership,
    Organisation,
    Post,
    Regime,
    Relationship,
    Responsibility,
    Service,
    ServiceType,
)
from ..policies import can_keep_record
from ..selectors.actors import not_ended
from ..types import Duty, Level, Reach, Relation
from .searching import index


class CannotKeepRecord(DomainError):
    """What was asked for a record is not possible; the message says why."""


@transaction.atomic
def save_service(
    *, actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation, service: Service | None, name: str, about: str,
    service_type: str, post: int | None, regime: str, fees: str, eligibility: str,
) -> Service:  # fmt: skip
    """A new service, or one changed; saying it assures it. Raises Forbidden or CannotKeepRecord."""
    _refuse(actor, organisation)
    if service is not None and service.organisation_id != organisation.pk:
        raise Forbidden(_("This service is another organisation’s."))
    service = service or Service(organisation=organisation, source=organisation.name)
    service.name, service.about = " ".join(name.split()), about.strip()
    service.service_type = ServiceType.objects.filter(key=service_type).first()
    service.regime = Regime.objects.filter(key=regime).first()
    service.post = _post(organisation, post)
    service.fees, service.eligibility = fees.strip(), eligibility.strip()
    _assure(service, organisation, today)
    service.save()
    index("service", [service.pk])
    audit.record(actor=actor, now=now, verb="save-service", subject=service, organisation=organisation.pk)
    return service


@transaction.atomic
def end_service(*, actor: Actor, now: dt.datetime, today: dt.date, service: Service) -> None:
    """It is no longer given, from today. Its page goes on saying what it was. Raises Forbidden."""
    _refuse(actor, service.organisation)
    said = {
        "ended_on": today,
        "assured_on": today,
        "assured_by": service.organisation,
    }  # said by them, so that no import says otherwise
    Service.objects.filter(pk=service.pk, ended_on__isnull=True).update(**said)
    index("service", [service.pk])
    audit.record(actor=actor, now=now, verb="end-service", subject=service, organisation=service.organisation_id)


@transaction.atomic
def add_duty(
    *, actor: Actor, now: dt.datetime, today: dt.date, service: Service, organisation: Organisation, duty: Duty, from_on: dt.date | None
) -> Responsibility:  # fmt: skip
    """That a body delivers, commissions, funds, regulates or scrutinises a service. Raises Forbidden or CannotKeepRecord."""
    _refuse(actor, service.organisation)
    _refuse_to_come(from_on, today)
    made = Responsibility(
        service=service, organisation=organisation, duty=duty, from_on=from_on, source=service.organisation.name
    )
    _assure(made, service.organisation, today)
    _once(made, _("This is noted already."))
    audit.record(actor=actor, now=now, verb="add-duty", subject=made, organisation=service.organisation_id)
    return made


@transaction.atomic
def end_duty(*, actor: Actor, now: dt.datetime, today: dt.date, duty: Responsibility) -> None:
    """Raises Forbidden."""
    _refuse(actor, duty.service.organisation)
    Responsibility.objects.filter(pk=duty.pk, to_on__isnull=True).update(to_on=today)
    audit.record(actor=actor, now=now, verb="end-duty", subject=duty, organisation=duty.service.organisation_id)


@transaction.atomic
def add_contact(
    *, actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation, reach: Reach, value: str, note: str = "",
    service: Service | None = None, post: Post | None = None,
) -> ContactPoint:  # fmt: skip
    """A way to reach it, about a service, a post or anything. Raises Forbidden or CannotKeepRecord."""
    _refuse(actor, organisation)
    if any(each is not None and each.organisation_id != organisation.pk for each in (service, post)):
        raise CannotKeepRecord(_("This service or post is another organisation’s."))
    value = value.strip()
    _refuse_unreachable(reach, value)
    made = ContactPoint(
        organisation=organisation,
        service=service,
        post=post,
        reach=reach,
        value=value,
        note=note.strip(),
        source=organisation.name,
    )
    _assure(made, organisation, today)
    made.save()
    audit.record(actor=actor, now=now, verb="add-contact", subject=made, organisation=organisation.pk)
    return made


def _refuse_unreachable(reach: Reach, value: str) -> None:
    if reach is Reach.MAIL:
        try:
            validate_email(value)
        except ValidationError as error:
            raise CannotKeepRecord(_("%(what)s is not a mail address.") % {"what": value[:60]}) from error
    if reach in (Reach.WEB, Reach.FORM, Reach.SOCIAL) and not value.startswith(("https://", "http://")):
        raise CannotKeepRecord(_("Give the whole address, beginning with https://."))
    if reach in (Reach.PHONE, Reach.TEXT) and sum(each.isdigit() for each in value) < 3:
        raise CannotKeepRecord(_("%(what)s is not a telephone number.") % {"what": value[:60]})


@transaction.atomic
def remove_contact(*, actor: Actor, now: dt.datetime, contact: ContactPoint) -> None:
    """Raises Forbidden."""
    _refuse(actor, contact.organisation)
    audit.record(actor=actor, now=now, verb="remove-contact", subject=contact, organisation=contact.organisation_id)
    contact.delete()


@transaction.atomic
def add_relation(
    *, actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation, relation: Relation, other: Organisation, from_on: dt.date | None
) -> Relationship:  # fmt: skip
    """What it is to another body. A body that was replaced leads on to its successor. Raises Forbidden or CannotKeepRecord."""
    _refuse(actor, organisation)
    _refuse_to_come(from_on, today)
    if other.pk == organisation.pk:
        raise CannotKeepRecord(_("Choose another organisation than this one."))
    back = Relationship.objects.filter(organisation=other, relation=relation, other=organisation, to_on__isnull=True)
    if relation in (Relation.PART_OF, Relation.REPLACED_BY) and back.exists():
        raise CannotKeepRecord(_("It is the other way round already: end that first."))
    made = Relationship(
        organisation=organisation, relation=relation, other=other, from_on=from_on, source=organisation.name
    )
    _assure(made, organisation, today)
    _once(made, _("This is noted already."))
    audit.record(actor=actor, now=now, verb="add-relation", subject=made, organisation=organisation.pk)
    return made


@transaction.atomic
def end_relation(*, actor: Actor, now: dt.datetime, today: dt.date, relation: Relationship) -> None:
    """Raises Forbidden."""
    _refuse(actor, relation.organisation)
    Relationship.objects.filter(pk=relation.pk, to_on__isnull=True).update(to_on=max(today, relation.from_on or today))
    audit.record(actor=actor, now=now, verb="end-relation", subject=relation, organisation=relation.organisation_id)


@transaction.atomic
def add_identifier(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, scheme: str, value: str
) -> Identifier:
    """By org-id.guide: scheme GB-CHC, value 1234567. Raises Forbidden or CannotKeepRecord."""
    _refuse(actor, organisation)
    scheme, value = scheme.strip().upper(), value.strip().upper()
    taken = Identifier.objects.filter(scheme=scheme, value=value).select_related("organisation").first()
    if taken is not None:
        raise CannotKeepRecord(
            _("%(what)s is %(name)s.") % {"what": f"{scheme}-{value}", "name": taken.organisation.name}
        )
    made = Identifier.objects.create(organisation=organisation, scheme=scheme, value=value)
    audit.record(actor=actor, now=now, verb="add-identifier", subject=made, organisation=organisation.pk)
    return made


@transaction.atomic
def remove_identifier(*, actor: Actor, now: dt.datetime, identifier: Identifier) -> None:
    """Raises Forbidden."""
    _refuse(actor, identifier.organisation)
    audit.record(
        actor=actor, now=now, verb="remove-identifier", subject=identifier, organisation=identifier.organisation_id
    )
    identifier.delete()


@transaction.atomic
def record_delegation(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, minute: str, scope: str, adopted_on: dt.date
) -> Delegation:
    """What the board contact may decide alone, by which minute; the one before it ends that day. Raises Forbidden or CannotKeepRecord."""
    _refuse(actor, organisation)
    _refuse_to_come(adopted_on, timezone.localdate(now))
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two at once would both be in force
    before = Delegation.objects.filter(organisation=organisation, to_on__isnull=True)
    if any(each.adopted_on > adopted_on for each in before):
        raise CannotKeepRecord(_("A later delegation is in force already."))
    before.update(to_on=adopted_on)
    made = Delegation.objects.create(
        organisation=organisation, minute=minute.strip(), scope=scope.strip(), adopted_on=adopted_on
    )
    audit.record(actor=actor, now=now, verb="record-delegation", subject=made, organisation=organisation.pk)
    return made


@transaction.atomic
def add_post(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, title: str, level: Level, listed: bool
) -> Post:
    """A post that somebody will hold: services can name it before. Raises Forbidden or CannotKeepRecord."""
    _refuse(actor, organisation)
    title = " ".join(title.split())
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two posts of one title at once
    if Post.objects.filter(organisation=organisation, title__iexact=title).exists():
        raise CannotKeepRecord(_("There is another post of this title."))
    made = Post.objects.create(organisation=organisation, title=title, level=level, listed=listed)
    audit.record(actor=actor, now=now, verb="add-post", subject=made, organisation=organisation.pk)
    return made


@transaction.atomic
def change_post(
    *, actor: Actor, now: dt.datetime, today: dt.date, post: Post, title: str, level: Level, listed: bool, names: Collection[int], mails: Collection[int]
) -> None:  # fmt: skip
    """Its title and level, whether everybody sees it, and of which of its holders (persons) the name and the mail are public.

    Raises Forbidden or CannotKeepRecord.
    """
    _refuse(actor, post.organisation)
    title = " ".join(title.split())
    if Post.objects.filter(organisation=post.organisation, title__iexact=title).exclude(pk=post.pk).exists():
        raise CannotKeepRecord(_("There is another post of this title."))
    Post.objects.filter(pk=post.pk).update(title=title, level=level, listed=listed)
    holders = Membership.objects.filter(not_ended(today), post=post)
    holders.update(shows_name=False, shows_email=False)
    holders.filter(person_id__in=names).update(shows_name=True)
    holders.filter(person_id__in=set(mails) & set(names)).update(shows_email=True)
    audit.record(actor=actor, now=now, verb="change-post", subject=post, organisation=post.organisation_id)


@transaction.atomic
def assure_record(*, actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation) -> int:
    """Somebody has looked at all of it and says that it is so today. Answers how many facts. Raises Forbidden."""
    _refuse(actor, organisation)
    said = {"assured_on": today, "assured_by": organisation}
    count = Organisation.objects.filter(pk=organisation.pk).update(**said)
    count += Service.objects.filter(organisation=organisation, ended_on__isnull=True).update(**said)
    count += Responsibility.objects.filter(service__organisation=organisation, to_on__isnull=True).update(**said)
    count += ContactPoint.objects.filter(organisation=organisation).update(**said)
    count += Relationship.objects.filter(organisation=organisation, to_on__isnull=True).update(**said)
    audit.record(actor=actor, now=now, verb="assure-record", subject=organisation, organisation=organisation.pk)
    return count


def _refuse_to_come(day: dt.date | None, today: dt.date) -> None:
    if day is not None and day > today:
        raise CannotKeepRecord(_("That day is still to come. Note it when it is so."))


def _assure(
    row: Service | Responsibility | ContactPoint | Relationship, organisation: Organisation, today: dt.date
) -> None:
    row.assured_on, row.assured_by = today, organisation


def _once(row: models.Model, said: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise CannotKeepRecord(said) from error


def _post(organisation: Organisation, post: int | None) -> Post | None:
    return Post.objects.filter(organisation=organisation, pk=post).first() if post else None


def _refuse(actor: Actor, organisation: Organisation) -> None:
    if not can_keep_record(actor, organisation):
        raise Forbidden(_("Only its administrators, and the city’s steward, change an organisation’s record."))
