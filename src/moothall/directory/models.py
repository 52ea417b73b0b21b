"""Organisations, their teams, and the people who work in them: who, in which post, since when, with which roles."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from moothall.accounts.models import User
from moothall.core import codes

from .types import Channel, Decision, Division, Duty, Level, OrganisationKind, Reach, Relation, Role


def new_pseudonym() -> str:
    """What stands for a person in a bundle: random, so that nobody can work back from it."""
    return "p-" + codes.random_letters(10)


def days(start: str, end: str) -> Func:
    """[from, to): the day somebody leaves is the first they are no longer there."""
    return Func(F(start), F(end), function="DATERANGE", output_field=DateRangeField())


class Sourced(models.Model):
    """A fact of the directory: where it comes from, and when somebody last assured that it is so, in whose name."""

    source = models.CharField(max_length=200, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    assured_on = models.DateField(null=True)
    assured_by = models.ForeignKey("directory.Organisation", models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True


class Organisation(Sourced):
    """A body of the city: a council, a trust, a college, a charity of three. Public once the city's steward has confirmed it."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=OrganisationKind.choices)
    about = models.TextField(blank=True)
    website = models.URLField(blank=True)
    division = models.CharField(max_length=20, choices=Division.choices, default=Division.ENGLAND_AND_WALES)
    imported_id = models.CharField(max_length=100, blank=True)
    """What the source of an import calls it, to find it again."""
    confirmed_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="organisation_has_a_name"),
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_is_known"),
            models.CheckConstraint(condition=Q(division__in=Division.values), name="organisation_division_is_known"),
            models.UniqueConstraint(
                fields=["imported_id"], condition=~Q(imported_id=""), name="organisation_once_an_imported_id"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(refused_at__isnull=True),
                name="organisation_is_confirmed_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People of one organisation who stand in for each other: the unit of cover."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="teams")
    reference = models.CharField(max_length=80)
    name = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(F("organisation"), F("reference"), name="team_once_in_its_organisation"),
            models.CheckConstraint(condition=~Q(name=""), name="team_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody of the city. May work for several organisations or for none, and may have no account and no mail."""

    user = models.OneToOneField(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    pseudonym = models.CharField(max_length=20, unique=True)
    made_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name="") | Q(erased_at__isnull=False), name="person_has_a_name"),
            models.CheckConstraint(condition=Q(erased_at__isnull=True) | Q(name="", email="", user__isnull=True), name="erased_person_is_empty"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """What somebody is employed as; it stays when its holder leaves. May have many holders, or none."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="posts")
    title = models.CharField(max_length=200)
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.NONE)
    listed = models.BooleanField(default=False)
    """It stands on the institution's public page."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(F("organisation"), F("title"), name="post_once_in_its_organisation"),
            models.CheckConstraint(condition=~Q(title=""), name="post_has_a_title"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="post_level_is_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """That somebody works for an organisation, in a post and a team, from one day on and until another. Closed, never deleted."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="memberships")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="memberships")
    reference = models.CharField(max_length=60, blank=True)
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    shows_name = models.BooleanField(default=False)
    """The holder's name stands beside a listed post, in public."""
    shows_email = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")), name="membership_ends_after_it_starts"),
            models.UniqueConstraint(
                fields=["organisation", "reference"], condition=Q(to_on__isnull=True) & ~Q(reference=""), name="staff_number_once_in_its_organisation"
            ),
            ExclusionConstraint(
                name="one_membership_at_a_time_in_an_organisation",
                expressions=[
                    ("person", RangeOperators.EQUAL), ("organisation", RangeOperators.EQUAL),
                    (days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(F("organisation"), F("to_on"), name="membership_by_organisation")]


class RoleGrant(models.Model):
    """That somebody has a role: in the city, in an organisation, or for one team of it; who gave it, from when, until when."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="grants")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="grants")
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    granted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_is_known"),
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")), name="role_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(team__isnull=True) | Q(organisation__isnull=False), name="role_for_a_team_is_in_its_organisation"),
            models.CheckConstraint(condition=~Q(role="city-steward") | Q(organisation__isnull=True), name="steward_is_the_city_s"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(role__in=["city-steward", "coordinator", "provider", "funder"]), name="other_roles_are_in_an_organisation"
            ),
            models.UniqueConstraint(
                fields=["person", "role", "organisation", "team"], condition=Q(to_on__isnull=True), nulls_distinct=False, name="role_once_at_a_time"
            ),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(F("organisation"), F("role"), name="grant_by_organisation")]


class Leave(models.Model):
    """That somebody is away, and who stands in. Meanwhile the deputy has the roles of the one who is away, besides their own."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="leaves")
    deputy = models.ForeignKey(Person, models.CASCADE, null=True, related_name="deputises")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    from_on = models.DateField()
    to_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="leave_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(deputy__isnull=True) | ~Q(deputy=F("person")), name="nobody_is_their_own_deputy"
            ),
        ]


class Invitation(models.Model):
    """A code with which somebody makes their account their own. Only its hash is kept; it works once, for a while.

    Where there is no organisation, the city itself invites (its first steward).
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="invitations")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    through = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    email = models.EmailField(blank=True)
    """Where the code was sent: the only address it proves."""
    code_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="invitation_channel_is_known"),
            models.CheckConstraint(condition=~Q(channel="colleague") | Q(through__isnull=False) | Q(used_at__isnull=False) | Q(withdrawn_at__isnull=False), name="open_invitation_through_somebody"),
        ]  # fmt: skip


class DataSharingAgreement(models.Model):
    """That an organisation lets the city's coordinators see its people's names in plans, by which minute, from when until when."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="agreements")
    reference = models.CharField(max_length=200)
    purpose = models.TextField()
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")), name="agreement_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(reference="") & ~Q(purpose=""), name="agreement_says_what_it_is"),
        ]


class ErasureRequest(models.Model):
    """That somebody wants what is held about them erased, and what became of it. To be decided within a month (UK GDPR article 12(3))."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="erasure_requests")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=Q(decided_at__isnull=True), name="one_open_erasure_request"),
            models.CheckConstraint(condition=Q(decided_at__isnull=True, decision="") | (Q(decided_at__isnull=False) & ~Q(decision="")), name="erasure_is_decided_or_open"),
            models.CheckConstraint(condition=~Q(decision="refused") | ~Q(reason=""), name="refused_erasure_has_a_reason"),
        ]  # fmt: skip


class Identifier(models.Model):
    """What a register calls an organisation, by org-id.guide: scheme GB-CHC and value 1234567 make GB-CHC-1234567."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="identifiers")
    scheme = models.CharField(max_length=20)
    value = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(F("scheme"), F("value"), name="identifier_is_one_organisation_s"),
            models.CheckConstraint(condition=~Q(scheme="") & ~Q(value=""), name="identifier_says_both"),
        ]


class Relationship(Sourced):
    """That an organisation is, or was, part of another, replaced by it, a member of it or its partner."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="relations")
    relation = models.CharField(max_length=15, choices=Relation.choices)
    other = models.ForeignKey(Organisation, models.CASCADE, related_name="relations_to")
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(relation__in=Relation.values), name="relation_is_known"),
            models.CheckConstraint(condition=~Q(organisation=F("other")), name="relation_is_to_another"),
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(from_on__isnull=True) | Q(to_on__gte=F("from_on")), name="relation_ends_after_it_starts"),
            models.UniqueConstraint(fields=["organisation", "relation", "other"], condition=Q(to_on__isnull=True), name="relation_once_at_a_time"),
        ]  # fmt: skip


class Regime(models.Model):
    """How complaints about a service are dealt with: by when they are acknowledged and answered, and who looks at them after that.

    Data, shipped with the values of the law or code that `source_url` names, and changeable.
    """

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    acknowledged = models.CharField(max_length=80, blank=True)
    answered = models.CharField(max_length=120, blank=True)
    second = models.CharField(max_length=160, blank=True)
    afterwards = models.TextField(blank=True)
    """What to do if no answer comes, or not a fair one."""
    afterwards_url = models.URLField(blank=True)
    source = models.CharField(max_length=200, blank=True)


class ServiceType(models.Model):
    """A kind of public service, with the words people use for it: the city's taxonomy."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    group = models.CharField(max_length=40)
    about = models.TextField(blank=True)
    synonyms = ArrayField(models.CharField(max_length=120), default=list)
    delivered_by = ArrayField(models.CharField(max_length=20), default=list)
    regime = models.ForeignKey(Regime, models.PROTECT, null=True, related_name="+")
    urgent = models.TextField(blank=True)
    """Whom to call at once, before anything else is read."""

    def __str__(self) -> str:
        return self.name


class Service(Sourced):
    """What an organisation does for people: one line of the directory a resident looks for."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="services")
    name = models.CharField(max_length=200)
    about = models.TextField(blank=True)
    service_type = models.ForeignKey(ServiceType, models.PROTECT, null=True, related_name="services")
    post = models.ForeignKey(Post, models.SET_NULL, null=True, related_name="services")
    regime = models.ForeignKey(Regime, models.PROTECT, null=True, related_name="+")
    """Where it differs from its type's."""
    fees = models.CharField(max_length=300, blank=True)
    eligibility = models.CharField(max_length=500, blank=True)
    ended_on = models.DateField(null=True)
    imported_id = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="service_has_a_name"),
            models.UniqueConstraint(
                fields=["imported_id"], condition=~Q(imported_id=""), name="service_once_an_imported_id"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Responsibility(Sourced):
    """That an organisation delivers, commissions, funds, regulates or scrutinises a service, since when."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="responsibilities")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="responsibilities")
    duty = models.CharField(max_length=12, choices=Duty.choices)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(duty__in=Duty.values), name="duty_is_known"),
            models.UniqueConstraint(fields=["service", "organisation", "duty"], condition=Q(to_on__isnull=True), name="duty_once_at_a_time"),
        ]  # fmt: skip


class ContactPoint(Sourced):
    """A way to reach an organisation, about one of its services or posts or about anything."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="contacts")
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="contacts")
    post = models.ForeignKey(Post, models.CASCADE, null=True, related_name="contacts")
    reach = models.CharField(max_length=10, choices=Reach.choices)
    value = models.CharField(max_length=500)
    note = models.CharField(max_length=300, blank=True)
    """When it is open, whom to ask for."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(reach__in=Reach.values), name="reach_is_known"),
            models.CheckConstraint(condition=~Q(value=""), name="contact_says_where"),
            models.CheckConstraint(condition=Q(service__isnull=True) | Q(post__isnull=True), name="contact_is_of_one"),
        ]


class Delegation(models.Model):
    """What an organisation has resolved that its board contact may decide alone: the minute, and its words on how far."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="delegations")
    minute = models.CharField(max_length=200)
    scope = models.TextField()
    adopted_on = models.DateField()
    to_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(minute="") & ~Q(scope=""), name="delegation_says_what_it_is"),
            models.UniqueConstraint(fields=["organisation"], condition=Q(to_on__isnull=True), name="one_delegation_in_force"),
        ]  # fmt: skip


class SearchPhrase(models.Model):
    """Words under which something of the directory is found: a type's everyday names, a service's, an organisation's.

    Made from those rows by services, never typed. `words` are the lexemes of PostgreSQL's English dictionary; `norm` is the length of
    the phrase when each of them weighs by how rare it is.
    """

    service_type = models.ForeignKey(ServiceType, models.CASCADE, null=True, related_name="+")
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="+")
    text = models.TextField()
    words = ArrayField(models.TextField())
    weight = models.FloatField()
    norm = models.FloatField(default=1)

    class Meta:
        indexes: ClassVar = [GinIndex(F("words"), name="phrase_by_words")]


class SearchWord(models.Model):
    """A word as any phrase spells it, its lexeme, and how many phrases have that: rare ones say more, and what is misspelt is read as
    the nearest of these."""

    spelt = models.TextField(primary_key=True)
    word = models.TextField(db_index=True)
    phrases = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["spelt"], name="word_by_letters", opclasses=["gin_trgm_ops"])]
